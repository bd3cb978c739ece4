// How libraries and programs of the oracle make values and look at them. Nothing here has a symbol.
#pragma once

namespace {

#ifdef WITH_STRINGS
[[maybe_unused]] long num(const std::string& text) {
  long sum = 0;
  for (char letter : text) sum = sum * 31 + letter;
  return sum % 100003;
}
[[maybe_unused]] void put(const std::string& place, int number) {
  const_cast<std::string&>(place) = "a title that is too long for short strings " + std::to_string(number);
}
#endif

template <class T>
constexpr bool is_fraction = false;
template <>
[[maybe_unused]] constexpr bool is_fraction<float> = true;
template <>
[[maybe_unused]] constexpr bool is_fraction<double> = true;

template <class T, unsigned long N>
long num(const T (&values)[N]);

template <class T>
long num(T* const& pointer) {
  if constexpr (__is_class(T)) return pointer ? digest(*pointer) : 0;
  return pointer != nullptr;
}

template <class T>
long num(const T& value) {
  if constexpr (__is_class(T) || __is_union(T)) return digest(value);
  else if constexpr (is_fraction<T>) return static_cast<long>(value * 2);
  else return static_cast<long>(value);
}

template <class T, unsigned long N>
long num(const T (&values)[N]) {
  long sum = 0;
  for (const T& value : values) sum = sum * 3 + num(value);
  return sum;
}

template <class T, unsigned long N>
void put(const T (&values)[N], int number);

template <class T>
void put(const T& place, int number) {
  T& open = const_cast<T&>(place);
  if constexpr (__is_class(T) || __is_union(T)) fill(open, number);
  else if constexpr (__is_enum(T)) open = static_cast<T>(number & 1);
  else if constexpr (is_fraction<T>) open = static_cast<T>(number) + static_cast<T>(0.5);
  else if constexpr (sizeof(T) == 1) open = static_cast<T>(number & 1);
  else open = static_cast<T>(number & 2 ? -number : number);
}

template <class T>
void put(T* const&, int) {}

template <class T, unsigned long N>
void put(const T (&values)[N], int number) {
  for (const T& value : values) put(value, number++);
}

template <class T>
struct Maker {
  static T make(int number) {
    T value{};
    put(value, number);
    return value;
  }
};

template <class T>
struct Maker<T*> {
  static T* make(int number) {
    static T value{};
    put(value, number);
    return &value;
  }
};

template <>
struct Maker<void> {
  static void make(int) {}
};

template <class T>
T make(long number) {
  return Maker<T>::make(static_cast<int>(number % 30011));
}

}  // namespace

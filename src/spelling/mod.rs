//! The one canonical spelling of C++ types and qualified names.
//!
//! GCC and Clang, and old and new versions of each, write one type in many ways: `long unsigned int` and
//! `unsigned long`, `> >` and `>>`, `const T&` and `T const&`, `5ul` and `5`, `basic_string<char>` and all of its
//! arguments. Since a name is an identity here, every name that enters the model goes through [`canonical`], or is put
//! together from canonical parts by [`Spelled`], which gives the same text:
//!
//! - qualifiers stand behind what they qualify: `char const* const&`
//! - no space before `*`, `&`, `>`, `[`; one after a comma
//! - integers in the words of `c++filt`: `unsigned long`, `long long`
//! - template arguments: integers and characters as plain decimal numbers, `true` and `false`, enumerators as
//!   `(E)1`, and those of well-known standard templates in full
//! - `(anonymous namespace)`, `{lambda(int)#1}`
//!
//! | file | what it does |
//! |---|---|
//! | `compose` | declarators around a name |
//! | `read` | text of any producer taken apart |
//! | `shape` | a canonical type taken apart by one step |
//! | `tables` | words of builtin types, default arguments of standard templates |
//! | `terse` | names as people write them: without what the place says |

mod compose;
mod read;
mod shape;
mod tables;
mod terse;

use std::borrow::Cow;

pub use compose::Spelled;
pub use shape::{Shape, shape};
pub use tables::builtin;
pub use terse::{declarator, inside, terse};

/// The canonical spelling of a type or qualified name, whoever wrote it.
///
/// What does not read as either (an expression in a template argument, a name of another language) keeps its words, with
/// runs of white space made one.
#[must_use]
pub fn canonical(text: &str) -> Cow<'_, str> {
    // Most names are a plain identifier.
    if text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Cow::Borrowed(builtin(text).unwrap_or(text));
    }
    Cow::Owned(read::read(text).unwrap_or_else(|| text.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// Splits the template arguments off the last component of a canonical name: `a::b<c>` gives `a::b` and `c`.
#[must_use]
pub fn template_arguments(name: &str) -> Option<(&str, &str)> {
    let inner = name.strip_suffix('>')?;
    let mut depth = 1usize;
    // An arrow or comparison operator ends with this character without opening anything.
    for (at, byte) in inner.bytes().enumerate().rev() {
        match byte {
            b'>' if at == 0 || inner.as_bytes()[at - 1] != b'-' => depth += 1,
            b'<' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let base = &inner[..at];
            return (!base.is_empty() && !base.ends_with("operator")).then(|| (base, &inner[at + 1..]));
        }
    }
    None
}

/// The arguments of a list in canonical spelling.
#[must_use]
pub fn split_arguments(list: &str) -> Vec<&str> {
    let (mut depth, mut start) = (0usize, 0);
    let mut arguments = Vec::new();
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            b'<' | b'(' | b'[' | b'{' => depth += 1,
            b'>' | b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                arguments.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    arguments.push(list[start..].trim());
    arguments.retain(|argument| !argument.is_empty());
    arguments
}

/// The ABI tags in a name, in order: `[abi:v1]`; not that of libstdc++.
#[must_use]
pub fn abi_tags(text: &str) -> Vec<&str> {
    let tag = |(at, _): (usize, &str)| {
        let tag = &text[at..];
        tag.find(']').map(|end| &tag[..=end]).filter(|tag| *tag != CXX11)
    };
    text.match_indices(TAG).filter_map(tag).collect()
}

/// A name without its ABI tags, but for that of libstdc++.
#[must_use]
pub fn without_abi_tags(text: &str) -> Cow<'_, str> {
    let tags = abi_tags(text);
    if tags.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(tags.into_iter().fold(text.to_owned(), |text, tag| text.replace(tag, "")))
}

/// How ABI tags begin where names are shown, and the one that functions have which return a `std::string`.
const TAG: &str = "[abi:";
const CXX11: &str = "[abi:cxx11]";

/// How far a name looks from what people outside use: words for internals first, then the scopes of the name itself, not of
/// its parameters or arguments.
#[must_use]
pub fn seclusion(name: &str) -> (bool, usize) {
    let is_internal = ["detail", "impl", "internal", "(anonymous"].iter().any(|word| name.contains(word));
    let own = &name[..name.find(['(', '<']).unwrap_or(name.len())];
    (is_internal, own.matches("::").count())
}

/// Whether a name is a type of the language, in any spelling of it.
pub fn is_builtin(name: &str) -> bool {
    let is_word = |word: &str| {
        let others =
            ["bool", "_Bool", "void", "wchar_t", "char8_t", "char16_t", "char32_t", "auto", "std::nullptr_t"];
        // `__float128`, `__bf16`, `_Float16`: names that only a compiler may give.
        let is_compilers = (word.starts_with("__") || word.starts_with("_Float")) && !word.contains("::");
        tables::is_builtin_word(word) || others.contains(&word) || is_compilers
    };
    name.split(' ').all(is_word)
}

/// Whether a character may be part of an identifier. Compilers take most that are not ASCII, combining marks among them,
/// which are no letters.
pub fn is_identifier(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

/// The text before the last characters that belong to a name, and those: `("const ", "std::vector")`.
pub fn split_last_name(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let before = text.trim_end_matches(belongs);
    text.split_at(before.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_marks_that_are_no_letters() {
        let of = |text: &'static str| split_last_name(text, |c| is_identifier(c) || c == ':');
        assert_eq!(of("const a::Cafe\u{301}"), ("const ", "a::Cafe\u{301}"));
        assert_eq!(of("Cafe\u{301}X"), ("", "Cafe\u{301}X"));
        assert_eq!(of("int*"), ("int*", ""));
        assert_eq!(terse("Cafe\u{301}X<int>"), "Cafe\u{301}X<int>");
        assert_eq!(inside("\u{301}", "e\u{301}::x"), "e\u{301}::x");
    }

    #[test]
    fn types_of_the_language() {
        for name in ["int", "unsigned long", "_Bool", "__int128", "char8_t", "_Float16", "long double"] {
            assert!(is_builtin(name), "{name}");
        }
        for name in ["charset", "integer", "a::b", "unsigned_t"] {
            assert!(!is_builtin(name), "{name}");
        }
    }

    #[test]
    fn one_spelling_for_all_producers() {
        for (spelling, others) in [
            ("unsigned long", &["long unsigned int", "unsigned long int", "unsigned long"][..]),
            ("unsigned int", &["unsigned", "unsigned int"]),
            ("short", &["short int", "short"]),
            ("char const*", &["const char*", "const char *", "char const *"]),
            ("char const* const&", &["const char* const&", "char const * const &"]),
            ("std::nullptr_t", &["decltype(nullptr)", "std::nullptr_t", "decltype (nullptr)"]),
            (
                "f<unsigned long, 5>",
                &["f<long unsigned int, 5ul>", "f<unsigned long,5>", "f<unsigned long, 5UL>"],
            ),
            ("f<g<int>>", &["f<g<int> >", "f<g<int>>", "f< g< int > >"]),
            (
                "f<(n::E)1, -3, true, 97>",
                &["f<(n::E)1, -3l, true, 'a'>", "f<(n::E)1, -3, (bool)1, (char)97>"],
            ),
            ("char const (&)[5]", &["const char (&)[5]", "char const (&) [5]", "const char(&)[5]"]),
            ("void (*)(int, a::B const&)", &["void (*)(int, const a::B&)", "void(*)(int,a::B const&)"]),
            ("int (A::*)(char) const", &["int (A::*)(char) const"]),
            ("void (int, ...)", &["void(int, ...)", "void (int, ...)"]),
            ("f<void ()>", &["f<void(void)>", "f<void ()>"]),
            ("(anonymous namespace)::A", &["{anonymous}::A", "<unnamed>::A", "(anonymous namespace)::A"]),
            ("f(int)::A", &["f(int)::A"]),
            ("n::g(char const*)::{lambda(int)}", &["n::g(const char*)::<lambda(int)>"]),
            ("f<&n::g>", &["f<& n::g>", "f<&n::g>", "f<(& n::g)>", "f<(&n::g)>"]),
            ("int const volatile", &["volatile const int", "const int volatile"]),
            ("__int128", &["__int128", "signed __int128", "__int128 signed"]),
        ] {
            for other in others {
                assert_eq!(canonical(other), spelling, "{other}");
            }
            assert_eq!(canonical(spelling), spelling, "a spelling stays as it is");
        }
    }

    #[test]
    fn standard_templates_have_all_their_arguments() {
        let string = "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char>>";
        assert_eq!(canonical("std::__cxx11::basic_string<char>"), string);
        assert_eq!(canonical("std::vector<int>"), "std::vector<int, std::allocator<int>>");
        assert_eq!(
            canonical("const std::map<int, char*>&"),
            "std::map<int, char*, std::less<int>, std::allocator<std::pair<int const, char*>>> const&"
        );
        assert_eq!(canonical("mine::vector<int>"), "mine::vector<int>");
    }

    #[test]
    fn names_that_are_no_types_keep_their_words() {
        for name in ["operator<", "operator<<", "A::operator()", "A::operator bool", "~A", "f<operator+>"] {
            assert_eq!(canonical(name), name);
        }
        assert_eq!(canonical("a   strange  (thing"), "a strange (thing");
    }

    #[test]
    fn hostile_names_end_soon() {
        for name in
            ["<", ">", "a<", "f<f<f<", "((((", "a::", "::", "", " ", "*", "f(", "a[", "const", "'", "f<'"]
        {
            let _ = canonical(name);
        }
        let deep = "f<".repeat(100_000);
        assert_eq!(canonical(&deep), deep);
        let _ = canonical(&"(*".repeat(100_000));
    }

    #[test]
    fn template_arguments_are_split_off() {
        assert_eq!(template_arguments("a::b<c<d>, e>"), Some(("a::b", "c<d>, e")));
        assert_eq!(template_arguments("a<b>::c<d>"), Some(("a<b>::c", "d")));
        assert_eq!(template_arguments("a<b>::c"), None);
        assert_eq!(template_arguments("operator>"), None);
        assert_eq!(template_arguments("f<operator->>"), Some(("f", "operator->")));
    }
}

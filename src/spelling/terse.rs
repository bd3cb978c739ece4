//! Names of types as people write them, where the place says the rest: without default arguments of the standard
//! library, and without the class that they stand in.

use super as spelling;

/// Template arguments in template arguments that are looked into.
const DEEPEST: usize = 16;

/// No standard template has more that may be left out; a tuple or variant may have thousands.
const MOST_ARGUMENTS: usize = 8;

/// A type inside a class: `size_type` for `std::vector<int, std::allocator<int>>::size_type` in that vector.
pub fn inside(class: &str, type_: &str) -> String {
    let scope = format!("{class}::");
    let mut text = String::with_capacity(type_.len());
    let mut rest = type_;
    while let Some(at) = rest.find(&scope) {
        let before = &rest[..at];
        text.push_str(before);
        // The end of another name that happens to end alike.
        let is_part = before.ends_with(|c: char| spelling::is_identifier(c) || c == ':');
        if is_part {
            text.push_str(&scope);
        }
        rest = &rest[at + scope.len()..];
    }
    text.push_str(rest);
    terse(&text)
}

/// A type without what the standard library fills in: `std::vector<int>`, `std::string`.
pub fn terse(type_: &str) -> String {
    shortened(type_, DEEPEST)
}

fn shortened(text: &str, depth: usize) -> String {
    let Some((start, end)) = arguments(text).filter(|_| depth > 0) else { return text.to_owned() };
    let (base, inner, rest) = (&text[..start], &text[start + 1..end], &text[end + 1..]);
    // More scopes with arguments of their own.
    let rest = shortened(rest, depth - 1);
    let all = spelling::split_arguments(inner);
    // What the name starts with, when it is a standard one: a type may have a qualifier or scope before.
    let (before, name) = spelling::split_last_name(base, |c| spelling::is_identifier(c) || c == ':');
    let mut given = all.len();
    if name.starts_with("std::") && all.len() <= MOST_ARGUMENTS {
        let whole = format!("{name}<{}>", all.join(", "));
        let fewest = (1..all.len())
            .find(|n| spelling::canonical(&format!("{name}<{}>", all[..*n].join(", "))) == whole);
        given = fewest.unwrap_or(given);
    }
    let arguments: Vec<String> = all[..given].iter().map(|argument| shortened(argument, depth - 1)).collect();
    let arguments = arguments.join(", ");
    let bare = ["std::__cxx11::", "std::__1::", "std::__ndk1::"].iter().find_map(|p| name.strip_prefix(p));
    match (bare, name, &*arguments) {
        (Some("basic_string"), _, "char") => format!("{before}std::string{rest}"),
        (_, "std::basic_string_view" | "std::__1::basic_string_view", "char") => {
            format!("{before}std::string_view{rest}")
        }
        _ => format!("{base}<{arguments}>{rest}"),
    }
}

/// Where the first list of template arguments starts and ends.
fn arguments(text: &str) -> Option<(usize, usize)> {
    let start = text.find('<').filter(|at| !text[..*at].ends_with("operator"))?;
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            b'<' => depth += 1,
            // Not the arrow of a `decltype`.
            b'>' if text.as_bytes()[at - 1] != b'-' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((start, at));
        }
    }
    None
}

/// Splits a type where the name of what is declared with it belongs: `char[16]` gives `char` and `[16]`.
pub fn declarator(type_: &str) -> (&str, &str) {
    let mut angles = 0usize;
    let mut at = None;
    let bytes = type_.as_bytes();
    for (i, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' => angles += 1,
            b'>' if i > 0 && bytes[i - 1] != b'-' => angles = angles.saturating_sub(1),
            b'(' if angles == 0 && at.is_none_or(|at| at == i) => {
                let inner = &type_[i + 1..];
                if inner.starts_with(['*', '&']) || is_member_pointer(inner) {
                    let mut end = i + 1 + inner.find(['*', '&']).unwrap_or(0);
                    let words = ["*", "&", " const", " volatile", " restrict"];
                    while let Some(word) = words.iter().find(|word| type_[end..].starts_with(**word)) {
                        end += word.len();
                    }
                    at = Some(end);
                } else if !inner.starts_with("anonymous ") {
                    break;
                }
            }
            b'[' if angles == 0 && at.is_none() => return (&type_[..i], &type_[i..]),
            _ => {}
        }
    }
    type_.split_at(at.unwrap_or(type_.len()))
}

fn is_member_pointer(inner: &str) -> bool {
    let end = inner.find([')', '(']).unwrap_or(inner.len());
    inner[..end].contains("::*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_go() {
        let string = "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char>>";
        for (long, short) in [
            (string, "std::string"),
            (
                "std::vector<std::pair<int, long>, std::allocator<std::pair<int, long>>> const&",
                "std::vector<std::pair<int, long>> const&",
            ),
            ("std::vector<int, mine::allocator<int>>", "std::vector<int, mine::allocator<int>>"),
            ("std::vector<int, std::allocator<int>>::iterator", "std::vector<int>::iterator"),
            ("std::unique_ptr<a::B, std::default_delete<a::B>>", "std::unique_ptr<a::B>"),
            ("void (*)(std::vector<int, std::allocator<int>>&)", "void (*)(std::vector<int>&)"),
            ("int", "int"),
            ("a<", "a<"),
            ("operator<", "operator<"),
            ("operator->", "operator->"),
        ] {
            assert_eq!(terse(long), short);
        }
        assert_eq!(
            terse(&format!(
                "std::map<int, {string}, std::less<int>, std::allocator<std::pair<int const, {string}>>>"
            )),
            "std::map<int, std::string>"
        );
        let _ = terse(&"f<".repeat(10_000));
    }

    #[test]
    fn a_class_is_not_repeated_in_itself() {
        assert_eq!(inside("a::B", "a::B::C const*"), "C const*");
        assert_eq!(inside("a::B", "x<a::B::C, aa::B::C>"), "x<C, aa::B::C>");
        assert_eq!(inside("B", "a::B::C"), "a::B::C");
        assert_eq!(inside("a::B", "a::B*"), "a::B*");
    }

    #[test]
    fn names_go_into_declarators() {
        for (type_, split) in [
            ("char[16]", ("char", "[16]")),
            ("int[2][3]", ("int", "[2][3]")),
            ("void (*)(int, void (*)(int))", ("void (*", ")(int, void (*)(int))")),
            ("void (* const)(int)", ("void (* const", ")(int)")),
            ("void (* const*)(int)", ("void (* const*", ")(int)")),
            ("int (&)[5]", ("int (&", ")[5]")),
            ("int (A::*)(char) const", ("int (A::*", ")(char) const")),
            ("int (*[3])(char)", ("int (*", "[3])(char)")),
            ("int (*(*)(long))(char)", ("int (*(*", ")(long))(char)")),
            ("f<int[3]>", ("f<int[3]>", "")),
            ("std::function<void (int)>", ("std::function<void (int)>", "")),
            ("int*", ("int*", "")),
            ("(anonymous namespace)::A*", ("(anonymous namespace)::A*", "")),
            ("A::(anonymous union with i)[3]", ("A::(anonymous union with i)", "[3]")),
            ("", ("", "")),
        ] {
            assert_eq!(declarator(type_), split, "{type_}");
        }
    }
}

//! Constants of headers, read off the preprocessed text: compilers that do not optimize have no value for what is `static` in
//! C, nor GCC for what is in no namespace of C++, nor Clang for anything that is not used.

use std::collections::BTreeMap;

use super::declared::{Line, Lines, Token, tokens, without_attributes};
use crate::abi::{Constant, Location};
use crate::toolchain::compiler::Language;

/// What files of these directories declare constant with a value, outside of types and functions, sorted by name. `text` is what the
/// preprocessor made, with line markers. In C, values are as they are written, a space between tokens; in C++ numbers as in
/// debug info, which says some of them as well.
pub(super) fn constants(text: &str, folders: &[String], language: Language) -> Vec<Constant> {
    let mut found: BTreeMap<String, Constant> = BTreeMap::new();
    // Braces that are open of namespaces, by what they put in front of names, and of `extern "C"`, by nothing.
    let mut scopes: Vec<String> = Vec::new();
    let mut statement: Vec<Token<'_>> = Vec::new();
    let mut depth = 0usize;
    let mut place: Option<Location> = None;
    for line in Lines::of(text) {
        match line {
            Line::Marker(file, line) => {
                let inside = folders.iter().find_map(|folder| file.strip_prefix(folder.as_str()));
                place = inside.map(|file| Location { file: file.into(), line: line.saturating_sub(1) });
            }
            Line::Directive(_) => next_line(&mut place),
            Line::Text(line) => {
                next_line(&mut place);
                tokens(line, &mut |token| match token {
                    Token::Mark(b'{') if depth == 0 && scope(&statement).is_some() => {
                        scopes.extend(scope(&statement));
                        statement.clear();
                    }
                    Token::Mark(b'}') if depth == 0 && !scopes.is_empty() => {
                        scopes.pop();
                        statement.clear();
                    }
                    Token::Mark(b'{') => {
                        depth += 1;
                        statement.push(token);
                    }
                    Token::Mark(b'}') => {
                        depth = depth.saturating_sub(1);
                        // The body of a function has no semicolon behind it, nor has a namespace without a name.
                        let has = |token| statement.contains(&token);
                        if depth == 0 && (has(Token::Mark(b'(')) || has(Token::Word("namespace"))) {
                            statement.clear();
                        }
                    }
                    Token::Mark(b';') if depth == 0 => {
                        let plain = place.as_ref().and_then(|place| constant(&statement, place, language));
                        if let Some(mut constant) = plain {
                            let name = format!("{}{}", scopes.concat(), constant.name);
                            constant.name = name.as_str().into();
                            found.insert(name, constant);
                        }
                        statement.clear();
                    }
                    _ if depth > 0 => {}
                    token => statement.push(token),
                });
            }
        }
    }
    found.into_values().collect()
}

/// What a brace behind this puts in front of names: `n::` for `inline namespace n`, nothing for `extern "C"`. None where it
/// opens something else, or a namespace without a name.
fn scope(statement: &[Token<'_>]) -> Option<String> {
    if matches!(statement, [Token::Word("extern"), Token::Value(_)]) {
        return Some(String::new());
    }
    let plain = without_attributes(statement);
    let names = match plain.as_slice() {
        [Token::Word("namespace"), names @ ..]
        | [Token::Word("inline"), Token::Word("namespace"), names @ ..] => names,
        _ => return None,
    };
    let mut scope = String::new();
    for name in names {
        match name {
            // `namespace a::inline b`.
            Token::Word("inline") | Token::Mark(b':') => {}
            Token::Word(name) => {
                scope.push_str(name);
                scope.push_str("::");
            }
            _ => return None,
        }
    }
    (!scope.is_empty()).then_some(scope)
}

fn next_line(place: &mut Option<Location>) {
    if let Some(place) = place {
        place.line = place.line.saturating_add(1);
    }
}

/// `static const int n = 4`: one scalar, pointer or string with a value.
fn constant(statement: &[Token<'_>], location: &Location, language: Language) -> Option<Constant> {
    let plain = without_attributes(statement);
    let at = plain.iter().position(|token| *token == Token::Mark(b'='))?;
    let (declaration, value) = (&plain[..at], &plain[at + 1..]);
    let is_array = declaration.ends_with(&[Token::Mark(b'['), Token::Mark(b']')]);
    let declaration = if is_array { &declaration[..at - 2] } else { declaration };
    let (Token::Word(name), type_) = declaration.split_last()? else { return None };
    let has = |word: &str| type_.contains(&Token::Word(word));
    // What a pointer points at may be const without it.
    let is_const = match type_.iter().rposition(|token| *token == Token::Mark(b'*')) {
        Some(star) => type_[star..].contains(&Token::Word("const")),
        None => has("const") || has("constexpr"),
    };
    // Several declarators, functions and aggregates are passed over.
    let is_one = !declaration.iter().any(|token| matches!(token, Token::Mark(b'(' | b'[' | b',' | b'{')))
        && !value.iter().any(|token| matches!(token, Token::Mark(b',' | b'{')));
    if !is_one || !is_const {
        return None;
    }
    let value = match language {
        Language::C if has("static") && !value.is_empty() => text(value.iter().copied()),
        Language::Cxx if !is_array => number(type_, value)?,
        _ => return None,
    };
    let is_kept = |token: &&Token<'_>| !matches!(token, Token::Word("static" | "inline" | "__inline"));
    Some(Constant {
        name: (*name).into(),
        type_: text(type_.iter().filter(is_kept).copied()).into(),
        value: value.into(),
        location: Some(location.clone()),
    })
}

/// A whole number as debug info has it. None where that depends on more than is written here.
fn number(type_: &[Token<'_>], value: &[Token<'_>]) -> Option<String> {
    const OTHERS: [&str; 8] = ["bool", "float", "double", "auto", "template", "extern", "using", "enum"];
    let has = |words: &[&str]| type_.iter().any(|t| matches!(t, Token::Word(word) if words.contains(word)));
    if has(&OTHERS) || type_.contains(&Token::Mark(b'*')) {
        return None;
    }
    let (sign, literal) = match value {
        [Token::Value(literal)] => ("", *literal),
        [Token::Mark(b'-'), Token::Value(literal)] if has(&["int", "long"]) && !has(&["unsigned"]) => {
            ("-", *literal)
        }
        _ => return None,
    };
    let digits: String = literal.chars().filter(|c| *c != '\'').collect::<String>().to_ascii_lowercase();
    let digits = digits.trim_end_matches(['u', 'l', 'z']);
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0b") => (&digits[2..], 2),
        _ if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        _ => (digits, 10),
    };
    Some(format!("{sign}{}", u64::from_str_radix(digits, radix).ok()?))
}

/// With a space between tokens, unless they are one operator: `<<`.
fn text<'t>(tokens: impl Iterator<Item = Token<'t>>) -> String {
    let mut all = String::new();
    for token in tokens {
        let part = match token {
            Token::Word(text) | Token::Value(text) => text.to_owned(),
            Token::Mark(mark) => char::from(mark).to_string(),
        };
        let is_rest = ["<", ">", "&", "|", "="].contains(&&*part) && all.ends_with(&*part);
        if !all.is_empty() && !is_rest {
            all.push(' ');
        }
        all.push_str(&part);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_static_and_const_and_has_a_value() {
        let text = "# 1 \"/usr/include/x.h\"\nstatic const int theirs = 1;\n# 1 \"/inc/a.h\" 1\nstatic const int n = 4;\n\
                    static const unsigned __attribute__((unused)) u = 1u<<\n3; const static char *const s = \"a;b\";\n\
                    static const char *mutable = \"a\"; static const char t[] = \"abc\"; static int v = 1; const int w = 2;\n\
                    static inline int f(const int a) { static const int local = 1; return local; }\n\
                    static const int list[] = { 1, 2 }; struct S { int a; };\nstatic const double d = 1.5;\n";
        let found = constants(text, &["/inc/".to_owned()], Language::C);
        let found: Vec<(&str, &str, u32)> =
            found.iter().map(|c| (&*c.name, &*c.value, c.location.as_ref().map_or(0, |l| l.line))).collect();
        let expected =
            [("d", "1.5", 7), ("n", "4", 1), ("s", "\"a;b\"", 3), ("t", "\"abc\"", 4), ("u", "1u << 3", 3)];
        assert_eq!(found, expected);
    }
    #[test]
    fn numbers_of_cxx() {
        let text = "# 1 \"/inc/a.h\" 1\nextern \"C\" {\nconstexpr int a = 0x10; }\nnamespace n { constexpr int N = 4; int f() { const int l = 1; } struct S { int a; };\n\
                    inline namespace v1 { const int M = 2; } namespace o::inline p { const int L = 3; } const int K = 5; }\n\
                    namespace { const int q = 1; } namespace [[deprecated]] r { const int s = 6; } namespace t = n::o;\n\
                    inline constexpr unsigned long b = 1'000UL; const int c = -1; constexpr unsigned d = -1;\n\
                    constexpr double e = 1; template <class T> constexpr int f = 4; struct S { static const int g = 1; };\n\
                    static const std::size_t h = 010; constexpr int i = sizeof(int); extern const int j; int k = 1;\n\
                    int f(int a = 1) { const int l = 1; return l; }\nconst char o = 'x'; constexpr bool p = 1;\n";
        let found = constants(text, &["/inc/".to_owned()], Language::Cxx);
        let found: Vec<(&str, &str)> = found.iter().map(|c| (&*c.name, &*c.value)).collect();
        assert_eq!(
            found,
            [
                ("a", "16"),
                ("b", "1000"),
                ("c", "-1"),
                ("h", "8"),
                ("n::K", "5"),
                ("n::N", "4"),
                ("n::o::p::L", "3"),
                ("n::v1::M", "2"),
                ("r::s", "6"),
            ]
        );
    }
}

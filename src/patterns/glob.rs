//! One piece of text: `*` is any run of characters, `?` any character, `[a-z]` one of these, `{a,b}` either of both.

use super::{BadPattern, braces};

/// A pattern over plain text. `*` matches everything, separators too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    text: String,
    alternatives: Vec<Tokens>,
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Glob, BadPattern> {
        if text.is_empty() {
            return Err(BadPattern("an empty pattern".to_owned()));
        }
        let alternatives: Result<Vec<Tokens>, BadPattern> =
            braces::expand(text)?.iter().map(|one| Tokens::parse(one, true)).collect();
        Ok(Glob { text: text.to_owned(), alternatives: alternatives? })
    }

    /// A pattern that matches this text and no other.
    pub fn literal(text: &str) -> Glob {
        let tokens = Tokens(text.bytes().map(Token::Byte).collect());
        Glob { text: escape(text), alternatives: vec![tokens] }
    }

    /// Whether the whole text is what the pattern says.
    pub fn matches(&self, text: &str) -> bool {
        self.alternatives.iter().any(|tokens| tokens.matches(text))
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The text as a pattern for itself.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if r"*?[]{}\".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A pattern without braces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens(Vec<Token>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Byte(u8),
    /// One character.
    Any,
    /// Any number of characters.
    Star,
    /// One of these characters, or any but these.
    Class {
        ranges: Vec<(char, char)>,
        negated: bool,
    },
}

impl Tokens {
    /// Reads a pattern; `[` is a class of characters or, in C++ names, itself.
    pub(super) fn parse(text: &str, with_classes: bool) -> Result<Tokens, BadPattern> {
        let mut tokens = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match c {
                '*' if tokens.last() == Some(&Token::Star) => {}
                '*' => tokens.push(Token::Star),
                '?' => tokens.push(Token::Any),
                '[' if with_classes => tokens.push(class(&mut chars, text)?),
                '\\' => {
                    let next =
                        chars.next().ok_or_else(|| BadPattern(format!("{text:?} ends with a backslash")))?;
                    push(next, &mut tokens);
                }
                c => push(c, &mut tokens),
            }
        }
        Ok(Tokens(tokens))
    }

    /// The longest piece of an identifier that every text which matches has in it; none where something else than an
    /// identifier is asked for.
    pub(super) fn word(&self) -> Option<String> {
        let mut runs = vec![String::new()];
        for token in &self.0 {
            match token {
                Token::Byte(byte) if byte.is_ascii_alphanumeric() || *byte == b'_' => {
                    if let Some(run) = runs.last_mut() {
                        run.push(char::from(*byte));
                    }
                }
                Token::Byte(_) => return None,
                _ => runs.push(String::new()),
            }
        }
        runs.into_iter().max_by_key(String::len)
    }

    /// Whether the whole text matches. Goes back to the last `*` only, which is enough: at most length times length steps.
    pub(super) fn matches(&self, text: &str) -> bool {
        let (tokens, bytes) = (&self.0, text.as_bytes());
        // Most texts that do not match end otherwise, which no `*` has to be tried for.
        if matches!(tokens.last(), Some(Token::Byte(last)) if bytes.last() != Some(last)) {
            return false;
        }
        let (mut at, mut pos) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while pos < bytes.len() {
            let step = match tokens.get(at) {
                Some(Token::Star) => {
                    star = Some((at, pos));
                    at += 1;
                    continue;
                }
                Some(Token::Byte(byte)) => (bytes[pos] == *byte).then_some(1),
                Some(Token::Any) => Some(width(bytes[pos])),
                Some(Token::Class { ranges, negated }) => {
                    let c = text.get(pos..).and_then(|rest| rest.chars().next());
                    c.filter(|c| ranges.iter().any(|(a, b)| a <= c && c <= b) != *negated).map(char::len_utf8)
                }
                None => None,
            };
            match (step, &mut star) {
                (Some(step), _) => {
                    at += 1;
                    pos += step;
                }
                (None, Some((star_at, from))) => {
                    *from += 1;
                    (at, pos) = (*star_at + 1, *from);
                }
                (None, None) => return false,
            }
        }
        tokens[at..].iter().all(|token| *token == Token::Star)
    }
}

fn push(c: char, tokens: &mut Vec<Token>) {
    tokens.extend(c.encode_utf8(&mut [0; 4]).bytes().map(Token::Byte));
}

/// Bytes of the character that starts with this one.
fn width(first: u8) -> usize {
    match first {
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
        _ => 1,
    }
}

/// What follows `[`.
fn class(chars: &mut std::str::Chars<'_>, text: &str) -> Result<Token, BadPattern> {
    let open = || BadPattern(format!("unbalanced [ in {text:?} (\\[ is the character)"));
    let mut listed: Vec<char> = Vec::new();
    let mut ranges = Vec::new();
    let negated = chars.as_str().starts_with(['!', '^']);
    if negated {
        chars.next();
    }
    loop {
        match chars.next().ok_or_else(open)? {
            ']' => break,
            '\\' => listed.push(chars.next().ok_or_else(open)?),
            '-' if !listed.is_empty() && !chars.as_str().starts_with(']') => {
                let (first, last) = (listed.pop().ok_or_else(open)?, chars.next().ok_or_else(open)?);
                if first > last {
                    return Err(BadPattern(format!("[{first}-{last}] in {text:?} is the wrong way round")));
                }
                ranges.push((first, last));
            }
            c => listed.push(c),
        }
    }
    ranges.extend(listed.into_iter().map(|c| (c, c)));
    if ranges.is_empty() {
        return Err(BadPattern(format!("[] in {text:?} matches nothing")));
    }
    Ok(Token::Class { ranges, negated })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Glob::parse(pattern).unwrap().matches(text)
    }

    #[test]
    fn wildcards() {
        for (pattern, yes, no) in [
            ("a", "a", "ab"),
            ("a*", "abc", "ba"),
            ("*b", "ab", "aba"),
            ("b", "b", ""),
            ("*a*b*", "xaxbx", "xbxax"),
            ("a?c", "abc", "ac"),
            ("a?c", "aäc", "aäbc"),
            ("[a-c]x[!0-9]", "bxy", "bx1"),
            ("[]x", "", "x"),
            ("{lib,}c10*", "libc10.so", "xc10"),
            (r"\*", "*", "a"),
            ("a[b-]", "a-", "ac"),
        ] {
            if pattern == "[]x" {
                assert!(Glob::parse(pattern).is_err());
                continue;
            }
            assert!(matches(pattern, yes), "{pattern} {yes}");
            assert!(!matches(pattern, no), "{pattern} {no}");
        }
    }

    #[test]
    fn a_literal_matches_itself() {
        for text in ["a*b", "operator[]", r"\", "{lambda()#1}", "ä?"] {
            let glob = Glob::literal(text);
            assert!(glob.matches(text) && Glob::parse(glob.as_str()).unwrap().matches(text), "{text}");
        }
        assert!(!Glob::literal("a*").matches("ab"));
    }

    #[test]
    fn what_is_no_pattern() {
        for text in ["", "[", "[a", "[b-a]", "[]", "a\\", "{a"] {
            assert!(Glob::parse(text).is_err(), "{text}");
        }
    }

    /// What takes other matchers for ever.
    #[test]
    fn patterns_that_explode_elsewhere_do_not_here() {
        let started = std::time::Instant::now();
        let text = "a".repeat(60_000);
        assert!(!matches(&("a*".repeat(1000) + "b"), &text));
        assert!(!matches(&("*a".repeat(1000) + "?b"), &text));
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}

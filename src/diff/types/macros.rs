//! Whether two replacement texts of a macro are one to the compiler: white space between tokens and parentheses around a
//! number, or around the name of one, say nothing.

/// Tokens of one text that are looked at; longer texts are compared as they are.
const MOST: usize = 4096;

/// Operators of more than one character, longest first.
const OPERATORS: [&str; 25] = [
    "<<=", ">>=", "...", "->*", "<=>", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "++", "--", "->",
    "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "##",
];

/// Whether both are the same tokens; `is_number` says of a name whether it is that of a number.
pub(super) fn same(old: &str, new: &str, is_number: &dyn Fn(&str) -> bool) -> bool {
    tokens(old).zip(tokens(new)).is_some_and(|(old, new)| {
        let (old, new) = (bare(old, is_number), bare(new, is_number));
        old.len() == new.len() && old.iter().zip(&new).all(|(old, new)| is_one_token(old, new))
    })
}

/// Whether two tokens are one: `0xFFLLU` and `0XffULL` are the same number of the same type.
fn is_one_token(old: &str, new: &str) -> bool {
    let number = |token: &str| {
        let token = token.starts_with(|c: char| c.is_ascii_digit()).then(|| token.to_ascii_lowercase())?;
        let digits = token.trim_end_matches(['u', 'l']);
        let suffix = &token[digits.len()..];
        Some((digits.to_owned(), suffix.matches('u').count(), suffix.matches('l').count()))
    };
    old == new || number(old).is_some_and(|old| number(new) == Some(old))
}

/// Whether a replacement text is one number.
pub(super) fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && number(text) == text.len()
}

/// None for what is too long.
fn tokens(text: &str) -> Option<Vec<&str>> {
    let mut list = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' | '\'' => literal(rest, first),
            // A number of the preprocessor: signs after an exponent belong to it.
            c if c.is_ascii_digit() => number(rest),
            c if c == '_' || c.is_alphanumeric() => {
                let is_word = |c: char| c == '_' || c.is_alphanumeric();
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                // `L"text"`, `u8'c'`
                match rest[end..].chars().next() {
                    Some(quote @ ('"' | '\'')) if end <= 2 => end + literal(&rest[end..], quote),
                    _ => end,
                }
            }
            c => OPERATORS.iter().find(|o| rest.starts_with(**o)).map_or(c.len_utf8(), |o| o.len()),
        };
        let (token, after) = rest.split_at_checked(end)?;
        list.push(token);
        rest = after.trim_start();
        if list.len() > MOST {
            return None;
        }
    }
    Some(list)
}

/// Where a literal ends, or the text.
fn literal(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

fn number(text: &str) -> usize {
    let mut previous = ' ';
    let is_hex = text.starts_with("0x") || text.starts_with("0X");
    for (at, c) in text.char_indices() {
        let exponent = if is_hex { ['p', 'P'] } else { ['e', 'E'] };
        let is_sign = matches!(c, '+' | '-') && exponent.contains(&previous);
        if !(c == '.' || c == '_' || c.is_alphanumeric() || is_sign) {
            return at;
        }
        previous = c;
    }
    text.len()
}

/// Without parentheses around a number, unless they are those of a call.
fn bare<'t>(tokens: Vec<&'t str>, is_number: &dyn Fn(&str) -> bool) -> Vec<&'t str> {
    let mut list: Vec<&str> = Vec::with_capacity(tokens.len());
    for token in tokens {
        list.push(token);
        while let [before @ .., "(", number, ")"] = &list[..] {
            let is_number = number.starts_with(|c: char| c.is_ascii_digit()) || is_number(number);
            let is_call = before.last().is_some_and(|last| {
                last.ends_with(|c: char| c == '_' || c == ')' || c == ']' || c.is_alphanumeric())
            });
            if !is_number || is_call {
                break;
            }
            let number = *number;
            list.truncate(list.len() - 3);
            list.push(number);
        }
    }
    list
}

#[cfg(test)]
mod tests {
    fn same(old: &str, new: &str) -> bool {
        super::same(old, new, &|name| name == "USAGE")
    }

    #[test]
    fn names_of_numbers_are_numbers() {
        assert!(same("((1UL << USAGE) + 32)", "((1UL << (USAGE)) + 32)") && same("(USAGE)", "USAGE"));
        assert!(!same("f(USAGE)", "f USAGE") && !same("(USAGE)", "OTHER"));
        assert!(super::is_number("14") && super::is_number("0x1p+3") && !super::is_number("2 + 3"));
    }

    #[test]
    fn white_space_and_parentheses() {
        assert!(same("((1UL << (14)) + 32)", "( (1UL<<14)+32 )"));
        assert!(same("(5)", "5") && same("f( a,b )", "f(a, b)") && same("((5))", "5"));
        assert!(same("1.5e+3 + 2", "1.5e+3+2"));
        assert!(same("0xFF00LLU", "0XFF00ull") && same("f(1U)", "f(1u)") && !same("1L", "1LL"));
        assert!(!same("f(5)", "f 5") && !same("(a)", "a") && !same("a b", "ab") && !same("+ +1", "++1"));
        assert!(!same("\"a b\"", "\"ab\"") && !same("\"a\\\" b\"", "\"a\\\"b\"") && !same("1", "1UL"));
        assert!(!same("(5) * 2", "5 * 3") && !same("", "1") && same("", " ") && !same("\"open", "\"opem"));
    }
}

//! The token: a secret that shows nowhere.

use std::fmt;

/// What a request proves its right with. Neither `Debug` nor any error shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token without the line end that secrets often carry; `None` if nothing is left, or what no header can carry.
    pub fn new(text: &str) -> Option<Token> {
        let text = text.trim();
        let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Token(text.to_owned()))
    }

    /// The secret itself, for the one file that keeps it.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }

    /// The value of the header `Authorization`.
    pub(crate) fn authorization(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// The text without the token, should somebody send it back.
    pub(crate) fn hide_in(&self, text: &str) -> String {
        text.replace(&self.0, "***")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_trimmed_and_hidden() {
        let token = Token::new("ghs_secret\n").expect("it is one");
        assert_eq!(token.authorization(), "Bearer ghs_secret");
        assert_eq!(format!("{token:?}"), "Token(***)");
        assert_eq!(token.hide_in("Bearer ghs_secret is wrong"), "Bearer *** is wrong");
        for wrong in ["", " \n", "two words", "a\r\nX-Other: b", "gr\u{fc}n"] {
            assert!(Token::new(wrong).is_none(), "{wrong:?}");
        }
    }
}

//! Text that is put into a page. Names come out of files that nobody vouches for: whatever is in them is shown, and none
//! of it is markup.

use std::fmt::{self, Display, Formatter, Write as _};

use serde::Serialize;

/// Text between tags or in a quoted attribute.
pub(super) struct Text<T>(pub(super) T);

impl<T: Display> Display for Text<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

/// A writer that lets nothing through that a browser would read as markup.
struct Escaping<'a, 'f>(&'a mut Formatter<'f>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '&' => self.0.write_str("&amp;")?,
                '<' => self.0.write_str("&lt;")?,
                '>' => self.0.write_str("&gt;")?,
                '"' => self.0.write_str("&quot;")?,
                '\'' => self.0.write_str("&#39;")?,
                c if is_invisible(c) => self.0.write_char(char::REPLACEMENT_CHARACTER)?,
                c => self.0.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Control characters, and those that turn the direction of what follows, so that a name would look like another one.
fn is_invisible(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Data in a `<script type="application/json">`, which ends at the first `</script` whatever stands around it.
pub(super) fn data(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(serde_json::to_string(value)?.replace('<', r"\u003c"))
}

/// Base64, in which a page names the scripts and styles that it allows.
pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group =
            (0..3).fold(0u32, |group, at| group << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let digit = (group >> (18 - 6 * at)) & 63;
            text.push(if at > chunk.len() { '=' } else { char::from(DIGITS[digit as usize]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup() {
        let name = "f<\"x\">('&')<script>\u{202e}\u{0}";
        let shown = "f&lt;&quot;x&quot;&gt;(&#39;&amp;&#39;)&lt;script&gt;\u{fffd}\u{fffd}";
        assert_eq!(Text(name).to_string(), shown);
        assert_eq!(Text(42).to_string(), "42");
    }

    #[test]
    fn data_does_not_end_its_script() {
        let text = data(&["</script><!--", "é"]).unwrap();
        assert_eq!(text, "[\"\\u003c/script>\\u003c!--\",\"é\"]");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), ["</script><!--", "é"]);
    }

    #[test]
    fn base64_as_others_write_it() {
        let all = [&b""[..], b"f", b"fo", b"foo", b"foob", b"\xff\xfe"];
        assert_eq!(all.map(base64), ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "//4="]);
    }
}

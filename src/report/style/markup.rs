//! Text in XML and HTML.

/// Text between tags or in quotes: nothing in it is markup. What XML cannot hold at all is replaced; line ends stay.
pub(in crate::report) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The same in an attribute of XML, where a line end would become a space.
pub(in crate::report) fn attribute(text: &str) -> String {
    escaped(text).replace('\n', "&#10;")
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn names_are_text_and_not_markup() {
        assert_eq!(escaped("a<b>&\u{1}\"c]]>"), "a&lt;b&gt;&amp;\u{fffd}&quot;c]]&gt;");
        assert_eq!(attribute("x\ny"), "x&#10;y");
    }
}

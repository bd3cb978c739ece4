//! Text of a length that GitHub takes.
//!
//! GitHub speaks of characters and does not say which; a text that has few enough bytes has few enough of any of them.

use std::borrow::Cow;

/// Follows Markdown that was cut.
const NOTE: &str = "\n\n_Cut here, at GitHub's limit; the job has the whole report._\n";

/// As much of a plain text as fits into so many bytes.
pub(super) fn plain(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

/// As many whole lines of Markdown as fit into so many bytes together with a note that says so and the ends of what is
/// open: code and `<details>`.
pub(super) fn markdown(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return Cow::Borrowed(text);
    }
    let mut room = limit.saturating_sub(NOTE.len());
    loop {
        let kept = whole_lines(plain(text, room));
        let ends = ends(kept);
        let length = kept.len() + ends.len() + NOTE.len();
        if length <= limit {
            return Cow::Owned(format!("{kept}{ends}{NOTE}"));
        }
        if kept.is_empty() {
            return Cow::Borrowed(plain(text, limit)); // There is no room for anything but text.
        }
        room = (kept.len() - 1).min(room.saturating_sub(length - limit));
    }
}

/// Without the last line, which may be half of one; but all of it if there is only one.
fn whole_lines(text: &str) -> &str {
    text.rfind('\n').map_or(text, |end| &text[..end])
}

/// What closes the code and the `<details>` that are open at the end.
fn ends(text: &str) -> String {
    let mut fence: Option<&str> = None;
    let mut details = 0_usize;
    for line in text.lines().map(str::trim) {
        let marks = marks(line);
        match fence {
            Some(open) if marks == line && marks.starts_with(open) => fence = None,
            Some(_) => {}
            None if !marks.is_empty() => fence = Some(marks),
            None => {
                details += line.matches("<details").count();
                details = details.saturating_sub(line.matches("</details>").count());
            }
        }
    }
    let code = fence.map_or_else(String::new, |open| format!("\n{open}"));
    code + &"\n\n</details>".repeat(details)
}

/// The marks that open or close code at the start of a line: three or more of one kind.
fn marks(line: &str) -> &str {
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'));
    let length = mark.map_or(0, |mark| line.chars().take_while(|c| *c == mark).count());
    if length < 3 { "" } else { &line[..length] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_is_split() {
        let text = "\u{e4}".repeat(10);
        assert_eq!(plain(&text, 5), "\u{e4}\u{e4}");
        assert_eq!(plain(&text, 100), text);
        for limit in 0..text.len() {
            assert!(markdown(&text, limit).len() <= limit);
        }
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        assert_eq!(markdown("<details>", 9), "<details>");
    }

    #[test]
    fn what_is_open_is_closed() {
        let text = format!("<details>\n<details>\n\n````cpp\n<details>\n```\n{}", "int x;\n".repeat(100));
        let cut = markdown(&text, 300);
        assert!(cut.len() <= 300, "{}", cut.len());
        assert!(cut.ends_with(&format!("int x;\n````\n\n</details>\n\n</details>{NOTE}")), "{cut}");
        let closed = format!("<details>\n```\ncode\n```\n</details>\n{}", "text\n".repeat(100));
        assert!(markdown(&closed, 300).ends_with(&format!("text{NOTE}")));
    }

    #[test]
    fn every_limit_is_kept() {
        let text = "<details>\n```\nx\n".repeat(20);
        for limit in 0..=text.len() {
            assert!(markdown(&text, limit).len() <= limit, "{limit}");
        }
    }
}

//! Text that fits: numbers, plurals, names shortened in the middle, sentences wrapped at words.

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a text takes in a terminal: none for a combining mark, two for most characters of East Asia.
pub fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// A character with the marks that belong to it, which nothing may be cut between.
struct Cell<'t> {
    text: &'t str,
    columns: usize,
    /// Characters before it.
    at: usize,
}

/// The cells of a text, none of which is empty.
fn cells(text: &str) -> Vec<Cell<'_>> {
    let mut starts: Vec<(usize, usize)> = Vec::new();
    let mut is_joined = false;
    for (number, (byte, c)) in text.char_indices().enumerate() {
        let belongs = c.width().unwrap_or(0) == 0 && !c.is_control();
        if starts.is_empty() || !(belongs || is_joined) {
            starts.push((byte, number));
        }
        // A zero-width joiner binds what follows.
        is_joined = c == '\u{200d}';
    }
    let ends = starts.iter().skip(1).map(|start| start.0).chain([text.len()]);
    let cell = |(&(byte, at), end): (&(usize, usize), usize)| {
        let text = text.get(byte..end).unwrap_or("");
        Cell { text, columns: columns(text), at }
    };
    starts.iter().zip(ends).map(cell).collect()
}

/// As many cells from the start as fit, or from the end when they come that way round.
fn fitting<'c, 't: 'c>(cells: impl Iterator<Item = &'c Cell<'t>>, width: usize) -> usize {
    let mut room = width;
    cells.take_while(|cell| room.checked_sub(cell.columns).map(|left| room = left).is_some()).count()
}

/// `46,210`
pub fn number(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.char_indices() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 symbol`, `2,000 symbols`, `3 classes`, `2 libraries`
pub fn count(value: usize, noun: &str) -> String {
    if value == 1 {
        return format!("1 {noun}");
    }
    let plural = match noun.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if noun.ends_with('s') => format!("{noun}es"),
        None => format!("{noun}s"),
    };
    format!("{} {plural}", number(value))
}

/// `+1 consequence`, `+2 consequences`: findings that would not be there without another one.
pub(in crate::report) fn follow(derived: usize) -> String {
    format!("+{}", count(derived, "consequence"))
}

/// With a large letter at its beginning.
pub(in crate::report) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The first few of some names: `a, b, c and 4 more`.
pub fn list(names: &[&str], most: usize) -> String {
    // "and 1 more" is no shorter than the name itself.
    let shown = if names.len() <= most.saturating_add(1) { names.len() } else { most };
    let mut text = names[..shown].join(", ");
    if shown < names.len() {
        text.push_str(&format!(" and {} more", number(names.len() - shown)));
    }
    text
}

/// Leaves out the middle of a text that is wider than `width`.
pub fn shorten(text: &str, width: usize) -> String {
    shorten_around(text, 0..0, width)
}

/// Leaves out parts of a text that is wider than `width`, but not the start of `focus` (a range of characters).
pub fn shorten_around(text: &str, focus: Range<usize>, width: usize) -> String {
    if columns(text) <= width || width < 12 {
        return text.to_owned();
    }
    let cells = cells(text);
    let part = |cells: &[Cell<'_>]| cells.iter().map(|cell| cell.text).collect::<String>();
    let head_of = |width: usize| part(&cells[..fitting(cells.iter(), width)]);
    let tail_of = |width: usize| part(&cells[cells.len() - fitting(cells.iter().rev(), width)..]);
    // Without a focus both ends say most: the scope at the start, the parameters at the end.
    let head = if focus.is_empty() { width / 2 } else { width / 3 };
    let tail = width - head - 1;
    let is_in_tail = |cell: &Cell<'_>| cell.at <= focus.start;
    let tail_start = cells.len() - fitting(cells.iter().rev(), tail);
    if focus.is_empty() || cells.get(tail_start).is_some_and(is_in_tail) {
        return format!("{}…{}", head_of(head), tail_of(tail));
    }
    let near = fitting(cells.iter(), width - 12);
    if cells.get(near).is_none_or(|cell| focus.start < cell.at) {
        return format!("{}…{}", head_of(width - 12), tail_of(11));
    }
    // Some context before the words that differ.
    let focused = cells.partition_point(|cell| cell.at + 8 < focus.start);
    let start = focused.max(fitting(cells.iter(), head));
    let middle = &cells[start..];
    format!("{}…{}…", head_of(head), part(&middle[..fitting(middle.iter(), tail - 1)]))
}

/// Lines of at most `width` columns, broken at spaces. A longer word has a line to itself.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let line = lines.last_mut().expect("starts with one");
        if line.is_empty() {
            line.push_str(word);
        } else if columns(line) + 1 + columns(word) <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_nouns() {
        assert_eq!(
            [number(0), number(999), number(1000), number(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(count(1, "library"), "1 library");
        assert_eq!(count(2, "library"), "2 libraries");
        assert_eq!(count(0, "class"), "0 classes");
    }

    #[test]
    fn lists_end_in_a_count() {
        assert_eq!(list(&["a", "b", "c"], 2), "a, b, c");
        assert_eq!(list(&["a", "b", "c", "d"], 2), "a, b and 2 more");
    }

    #[test]
    fn long_names_lose_their_middle_and_keep_the_focus() {
        let name = format!("at::native::{}::add(int)", "x".repeat(60));
        assert_eq!(columns(&shorten(&name, 40)), 40);
        assert!(shorten(&name, 40).ends_with("xx::add(int)"));
        let text = format!("{}FOCUS{}", "a".repeat(100), "b".repeat(100));
        for start in [0, 20, 39, 40, 100, 180] {
            let text: String = text.chars().cycle().skip(100 + 205 - start).take(205).collect();
            let short = shorten_around(&text, start..start + 5, 40);
            assert!(columns(&short) <= 40, "{start} {short}");
            assert!(short.contains('F'), "{start} {short}");
        }
        assert_eq!(shorten("ünïcödé ünïcödé", 12), "ünïcöd…ïcödé");
    }

    #[test]
    fn no_cut_goes_through_a_character_and_its_marks() {
        assert_eq!(columns("Cafe\u{301}"), 4);
        assert_eq!(columns("名前"), 4);
        let marked = "e\u{301}".repeat(30);
        for width in 12..40 {
            let short = shorten(&marked, width);
            assert!(columns(&short) <= width && !short.contains("…\u{301}"), "{short}");
            for at in 0..60 {
                let short = shorten_around(&marked, at..at + 1, width);
                assert!(columns(&short) <= width && !short.contains("…\u{301}"), "{short}");
            }
            assert!(columns(&shorten(&"名前".repeat(20), width)) <= width);
        }
        assert_eq!(shorten("\u{301}\u{301}", 12), "\u{301}\u{301}");
    }

    #[test]
    fn sentences_break_at_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("averylongword a", 5), ["averylongword", "a"]);
        assert_eq!(wrap("", 5), [""]);
    }
}

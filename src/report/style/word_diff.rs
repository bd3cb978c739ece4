//! Which words of two lines differ.

use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::spelling;

/// Ranges of characters in the old and in the new line that the other one does not have.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::report) struct Differing {
    pub(in crate::report) old: Vec<Range<usize>>,
    pub(in crate::report) new: Vec<Range<usize>>,
}

/// Lines with more words are not compared: nobody reads the marks, and the time is quadratic.
const MOST_WORDS: usize = 2000;

/// Compares two lines word by word.
pub(in crate::report) fn differing(old: &str, new: &str) -> Differing {
    let (old_words, new_words) = (split(old), split(new));
    let mut differing = Differing::default();
    if old_words.len().max(new_words.len()) > MOST_WORDS {
        return differing;
    }
    let (old_at, new_at) = (offsets(&old_words), offsets(&new_words));
    for op in capture_diff_slices(Algorithm::Myers, &old_words, &new_words) {
        if op.tag() != DiffTag::Equal {
            push(&mut differing.old, old_at[op.old_range().start]..old_at[op.old_range().end]);
            push(&mut differing.new, new_at[op.new_range().start]..new_at[op.new_range().end]);
        }
    }
    differing
}

/// Adds a range; one that begins where the last ends, or one character later, continues it.
fn push(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    match ranges.last_mut() {
        _ if range.is_empty() => {}
        Some(last) if range.start <= last.end + 1 => last.end = range.end,
        _ => ranges.push(range),
    }
}

/// Identifiers, runs of spaces, and every other character by itself.
fn split(text: &str) -> Vec<&str> {
    let class = |c: char| {
        if spelling::is_identifier(c) && c != '…' && c != '→' { 0 } else { 1 + usize::from(c == ' ') }
    };
    let mut words = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        let goes_on = chars.peek().is_some_and(|&(_, next)| class(c) != 1 && class(next) == class(c));
        if !goes_on {
            words.push(&text[start..end]);
            start = end;
        }
    }
    words
}

/// Where each word starts, in characters, and where the last one ends.
fn offsets(words: &[&str]) -> Vec<usize> {
    let ends = words.iter().scan(0, |at, word| {
        *at += word.chars().count();
        Some(*at)
    });
    std::iter::once(0).chain(ends).collect()
}

/// A line of `^` below the ranges.
pub(in crate::report) fn underline(ranges: &[Range<usize>]) -> String {
    let mut line = String::new();
    for range in ranges {
        line.extend(std::iter::repeat_n(' ', range.start - line.len()));
        line.extend(std::iter::repeat_n('^', range.len()));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_differ_are_marked() {
        let differing = differing("f(int, long)", "f(int, unsigned long, bool)");
        assert_eq!(underline(&differing.old), "");
        assert_eq!(underline(&differing.new), "       ^^^^^^^^^    ^^^^^^");
        let changed = super::differing("a::f(c10::optional<int>)", "a::f(std::optional<int>)");
        assert_eq!(underline(&changed.old), "     ^^^");
    }

    #[test]
    fn equal_and_empty_lines_have_no_marks() {
        assert_eq!(differing("same", "same"), Differing::default());
        assert_eq!(differing("", ""), Differing::default());
    }
}

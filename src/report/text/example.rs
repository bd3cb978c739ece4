//! One finding in a few lines, for a report that has room for no more.

use std::ops::Range;

use super::super::outline::symbols;
use super::super::reach;
use super::super::style::color::Paint;
use super::super::style::text_layout::{self, columns, count};
use super::super::style::word_diff::differing;
use super::super::wording::Wording;
use crate::diff::SubjectKind;
use crate::policy::Finding;

/// One finding under its rule.
pub(in crate::report) fn example(finding: &Finding, width: usize, paint: Paint) -> Vec<String> {
    let change = &finding.change;
    let wording = Wording::of(change);
    let (old, new) = (wording.old.as_deref(), wording.new.as_deref());
    let mut lines = Vec::new();
    let name = change.subject.name.as_str();
    let beside = beside_with_place(finding, beside(finding), width);
    match (old, new) {
        // The name says both already.
        (Some(old), Some(new)) if change.subject.kind == SubjectKind::Spelling && name.starts_with(old) => {
            let room = width.saturating_sub(2 + columns(&beside));
            lines.push(format!(
                "  {}{}",
                text_layout::shorten(&format!("{old} → {new}"), room),
                paint.dim(&beside)
            ));
        }
        // The name is the old line: say it once.
        (Some(old), Some(new)) if old == name => {
            lines.extend(before_and_after(old, new, &beside, "  ", width, paint));
        }
        (Some(old), Some(new))
            if columns(name) + columns(old) + columns(new) + columns(&beside) + 9 <= width =>
        {
            lines.push(format!("  {name}: {old} → {new}{}", paint.dim(&beside)));
        }
        (Some(old), Some(new)) => {
            lines.push(named(name, &beside, width, paint));
            if columns(old) + columns(new) + 7 <= width {
                lines.push(format!("    {old} → {new}"));
            } else {
                lines.extend(before_and_after(old, new, "", "    ", width, paint));
            }
        }
        (one, other) => {
            lines.push(named(name, &beside, width, paint));
            let is_new = |text: &&str| *text != name;
            lines
                .extend(one.filter(is_new).map(|old| text_layout::shorten(&format!("    was {old}"), width)));
            lines.extend(
                other.filter(is_new).map(|new| text_layout::shorten(&format!("    now {new}"), width)),
            );
        }
    }
    if let Some(detail) = &wording.detail {
        // Two lines are better than one without its middle; what takes more is not for this report.
        let room = width.saturating_sub(4);
        let wrapped = text_layout::wrap(detail, room);
        let fits = wrapped.len() == 2 && wrapped.iter().all(|line| columns(line) <= room);
        let told = if fits { wrapped } else { vec![text_layout::shorten(detail, room)] };
        lines.extend(told.iter().map(|line| paint.dim(&format!("    {line}"))));
    }
    if let Some(reaches) = reach::sentence(change, width.saturating_sub(12)) {
        let line = text_layout::shorten(&format!("    reaches {reaches}"), width);
        lines.push(paint.dim(&line));
    }
    lines
}

/// What stands dim after a name: its library, and how far the change reaches.
fn beside(finding: &Finding) -> String {
    let change = &finding.change;
    let mut text = String::new();
    // A count of symbols names the library itself.
    let is_named = |library: &str| change.subject.name.ends_with(library);
    if let Some(library) = change.subject.library.as_ref().filter(|l| !is_named(l)) {
        text.push_str(&format!("  {library}"));
    }
    if symbols(finding) > 1 && change.subject.kind != SubjectKind::Symbols {
        text.push_str(&format!("  {}", count(symbols(finding), "symbol")));
    }
    if let Some((old, new)) = change.resized() {
        text.push_str(&format!("  {old} → {new} bytes"));
    }
    if change.affects.derived > 0 {
        text.push_str(&format!("  {}", text_layout::follow(change.affects.derived as usize)));
    }
    text
}

/// The same with where it is declared, if that leaves the name whole.
fn beside_with_place(finding: &Finding, beside: String, width: usize) -> String {
    let name = columns(&finding.change.subject.name);
    let place = super::block::declared(finding).map(|place| format!("  {place}"));
    match place.filter(|place| 4 + name + columns(&beside) + columns(place) <= width) {
        Some(place) => beside + &place,
        None => beside,
    }
}

fn named(name: &str, beside: &str, width: usize, paint: Paint) -> String {
    let room = width.saturating_sub(2 + columns(beside));
    format!("  {}{}", text_layout::shorten(name, room), paint.dim(beside))
}

/// `- old` and `+ new`, shortened so that the first words that differ stay, which are bold where that shows.
fn before_and_after(
    old: &str,
    new: &str,
    beside: &str,
    indent: &str,
    width: usize,
    paint: Paint,
) -> [String; 2] {
    let differing = differing(old, new);
    // One width for both, so that what they share stays aligned.
    let room = width.saturating_sub(indent.len() + 2 + columns(beside));
    let line = |mark: &str, text: &str, ranges: &[Range<usize>], beside: &str| {
        let text = if columns(text) <= room {
            mark_words(text, ranges, paint)
        } else {
            text_layout::shorten_around(text, ranges.first().cloned().unwrap_or(0..0), room)
        };
        format!("{indent}{mark} {text}{}", paint.dim(beside))
    };
    [line("-", old, &differing.old, beside), line("+", new, &differing.new, "")]
}

fn mark_words(text: &str, ranges: &[Range<usize>], paint: Paint) -> String {
    let chars: Vec<char> = text.chars().collect();
    let part = |from: usize, to: usize| chars[from..to].iter().collect::<String>();
    let mut line = String::new();
    let mut at = 0;
    for range in ranges {
        line.push_str(&part(at, range.start));
        line.push_str(&paint.bold(&part(range.start, range.end)));
        at = range.end;
    }
    line + &part(at, chars.len())
}

/// One finding under the class that it is about: `member-added: bool set at byte 8`.
pub(in crate::report) fn under_subject(finding: &Finding, width: usize, paint: Paint) -> Vec<String> {
    let change = &finding.change;
    let rule = change.rule.id();
    let wording = Wording::of(change);
    let (old, new) = (wording.old.as_deref(), wording.new.as_deref());
    let between = old.zip(new).map(|(old, new)| format!("{} → {}", terse(old), terse(new)));
    let detail = wording.detail.as_deref().map(terse);
    let text = match (between, detail) {
        (Some(between), Some(detail)) => format!("{detail}: {between}"),
        (Some(text), None) | (None, Some(text)) => text,
        (None, None) => return vec![format!("  {rule}")],
    };
    let room = width.saturating_sub(4 + rule.len());
    // Two lines are better than one without its middle; what takes more is not for this report.
    let wrapped = text_layout::wrap(&text, room);
    let fits = wrapped.len() == 2 && wrapped.iter().all(|line| columns(line) <= room);
    let told = if fits { wrapped } else { vec![text_layout::shorten(&text, room)] };
    let first = format!("  {rule}{} {}", paint.dim(":"), told[0]);
    let indent = " ".repeat(4 + rule.len());
    std::iter::once(first).chain(told[1..].iter().map(|line| format!("{indent}{line}"))).collect()
}

fn terse(text: &str) -> String {
    crate::spelling::terse(text)
}

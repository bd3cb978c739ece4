//! One screenful: each rule with its count, and as many of its worst examples as there is room for.

use std::ops::Range;

use super::fit::{self, columns, count, number};
use super::outline::{Group, Outline, symbols};
use super::paint::Paint;
use super::reach;
use super::words::differing;
use crate::diff::SubjectKind;
use crate::policy::{Finding, Tier};
use crate::rules::Severity;

/// Examples of one rule.
const MOST_EXAMPLES: usize = 3;

/// The body of a report, in at most `room` lines, as far as rules and tiers alone fit.
pub(super) fn lines(outline: &Outline, width: usize, room: usize, paint: Paint) -> Vec<String> {
    let (told, compatible): (Vec<&Group>, Vec<&Group>) =
        outline.tier(Tier::Public).partition(|g| g.severity > Severity::Compatible);
    let mut tail = Vec::new();
    tail.extend(one_line("compatible", &compatible, width, paint));
    for tier in [Tier::ThirdParty, Tier::Toolchain] {
        let groups: Vec<&Group> = outline.tier(tier).collect();
        tail.extend(one_line(tier.name(), &groups, width, paint));
    }
    if !tail.is_empty() {
        tail.insert(0, String::new());
    }
    let mut lines = body(&told, width, room.saturating_sub(tail.len()), paint);
    lines.extend(tail);
    lines
}

/// A rule and what of it is shown.
struct Shown<'a> {
    group: &'a Group<'a>,
    examples: Vec<Vec<String>>,
}

impl Shown<'_> {
    fn hidden(&self) -> usize {
        self.group.roots.len() - self.examples.len()
    }

    /// The only finding of a rule that has no room for an example, behind the heading as far as it goes there.
    fn instead(&self, width: usize, paint: Paint) -> String {
        let [only] = &self.group.roots[..] else { return String::new() };
        let room = width.saturating_sub(columns(&header(self.group, Paint { color: false })) + 2);
        if !self.examples.is_empty() || room < 24 {
            return String::new();
        }
        let change = &only.change;
        let text = match (&change.old, &change.new, &change.detail) {
            (Some(old), Some(new), _) if change.subject.kind == SubjectKind::Release => {
                format!("{old} → {new}")
            }
            (_, _, Some(detail)) if change.subject.kind == SubjectKind::Release => detail.clone(),
            _ => change.subject.name.clone(),
        };
        format!("  {}", paint.dim(&fit::shorten(&text, room)))
    }

    fn lines(&self, width: usize, paint: Paint) -> Vec<String> {
        let mut lines = vec![header(self.group, paint) + &self.instead(width, paint)];
        lines.extend(self.examples.iter().flatten().cloned());
        if !self.examples.is_empty() && self.hidden() > 0 {
            lines.push(paint.dim(&format!("  … and {} more", number(self.hidden()))));
        }
        lines
    }
}

fn body(groups: &[&Group], width: usize, room: usize, paint: Paint) -> Vec<String> {
    let severities = groups.chunk_by(|a, b| a.severity == b.severity).count();
    // One line each, a blank one before each severity, and one for what has no room at all.
    let fits = room.saturating_sub(severities).max(1);
    let shown = if groups.len() <= fits { groups.len() } else { fits.saturating_sub(1) };
    let mut left = fits.saturating_sub(shown + usize::from(shown < groups.len()));
    // What is about the whole release stays when others have no room.
    let mut by_need: Vec<usize> = (0..groups.len()).collect();
    by_need.sort_by_key(|&at| !groups[at].is_release_wide());
    let (told, rest) = by_need.split_at_mut(shown);
    told.sort_unstable();
    let mut shown: Vec<Shown> =
        told.iter().map(|&at| Shown { group: groups[at], examples: Vec::new() }).collect();
    // The first example of every rule before the second of any, and first what explains much of the rest.
    let mut order: Vec<usize> = (0..shown.len()).collect();
    order.sort_by_key(|&i| shown[i].group.roots[0].change.subject.kind != SubjectKind::Release);
    for nth in 0..MOST_EXAMPLES {
        for &i in &order {
            let one = &mut shown[i];
            let Some(finding) = one.group.roots.get(nth).filter(|_| one.examples.len() == nth) else {
                continue;
            };
            let example = example(finding, width, paint);
            // The line that counts the others comes with the first example and goes with the last.
            let before = usize::from(nth > 0 && one.hidden() > 0);
            let after = usize::from(one.hidden() > 1);
            if example.len() + after <= left + before {
                left = left + before - after - example.len();
                one.examples.push(example);
            }
        }
    }
    let mut lines = Vec::new();
    for same in shown.chunk_by(|a, b| a.group.severity == b.group.severity) {
        lines.push(String::new());
        lines.extend(same.iter().flat_map(|one| one.lines(width, paint)));
    }
    if !rest.is_empty() {
        let roots: usize = rest.iter().map(|&at| groups[at].roots.len()).sum();
        let line = format!("… and {} by {}", count(roots, "root cause"), count(rest.len(), "more rule"));
        lines.push(line.replace("more rules", "other rules").replace("more rule", "other rule"));
    }
    lines
}

/// `signature-changed  ×123  breaking  431 symbols`
fn header(group: &Group, paint: Paint) -> String {
    let symbols = group.symbols();
    let reach =
        if symbols > group.roots.len() { format!("  {}", count(symbols, "symbol")) } else { String::new() };
    format!(
        "{}  ×{}  {}{}",
        paint.bold(group.rule.id()),
        number(group.roots.len()),
        paint.severity(group.severity, group.severity.name()),
        paint.dim(&reach)
    )
}

/// One finding in one to four lines.
fn example(finding: &Finding, width: usize, paint: Paint) -> Vec<String> {
    let change = &finding.change;
    let (old, new) = (change.old.as_deref(), change.new.as_deref());
    let mut lines = Vec::new();
    let name = change.subject.name.as_str();
    let beside = beside(finding);
    match (old, new) {
        // The name says both already.
        (Some(old), Some(new)) if change.subject.kind == SubjectKind::Spelling && name.starts_with(old) => {
            let room = width.saturating_sub(2 + columns(&beside));
            lines.push(format!("  {}{}", fit::shorten(&format!("{old} → {new}"), room), paint.dim(&beside)));
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
            lines.extend(one.filter(is_new).map(|old| fit::shorten(&format!("    was {old}"), width)));
            lines.extend(other.filter(is_new).map(|new| fit::shorten(&format!("    now {new}"), width)));
        }
    }
    if let Some(detail) = &change.detail {
        // Two lines are better than one without its middle; what takes more is not for this report.
        let room = width.saturating_sub(4);
        let wrapped = fit::wrap(detail, room);
        let fits = wrapped.len() == 2 && wrapped.iter().all(|line| columns(line) <= room);
        let told = if fits { wrapped } else { vec![fit::shorten(detail, room)] };
        lines.extend(told.iter().map(|line| paint.dim(&format!("    {line}"))));
    }
    if let Some(reaches) = reach::sentence(change, width.saturating_sub(12)) {
        let line = fit::shorten(&format!("    reaches {reaches}"), width);
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
    if let Some((old, new)) = change.layout.as_ref().map(|layout| layout.size).filter(|size| size.0 != size.1)
    {
        text.push_str(&format!("  {old} → {new} bytes"));
    }
    if change.affects.derived > 0 {
        text.push_str(&format!("  {}", fit::follow(change.affects.derived as usize)));
    }
    text
}

fn named(name: &str, beside: &str, width: usize, paint: Paint) -> String {
    let room = width.saturating_sub(2 + columns(beside));
    format!("  {}{}", fit::shorten(name, room), paint.dim(beside))
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
            fit::shorten_around(text, ranges.first().cloned().unwrap_or(0..0), room)
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

/// Groups that need no looking at, in one line: `third-party: leaked-symbol-removed ×5 (214 symbols of protobuf …)`.
fn one_line(label: &str, groups: &[&Group], width: usize, paint: Paint) -> Option<String> {
    if groups.is_empty() {
        return None;
    }
    let told = |with_names: bool| -> Vec<String> {
        groups.iter().map(|group| rule_in_short(group, with_names)).collect()
    };
    let mut line = format!("{label}: {}", told(true).join(", "));
    // Names go first, then whole rules, not half of one.
    let told = told(false);
    let mut shown = told.len();
    if columns(&line) > width {
        line = format!("{label}: {}", told.join(", "));
    }
    while columns(&line) > width && shown > 1 {
        shown -= 1;
        line =
            format!("{label}: {} and {}", told[..shown].join(", "), count(told.len() - shown, "more rule"));
    }
    let line = fit::shorten(&line, width);
    Some(paint.bold(label) + &line[label.len()..])
}

fn rule_in_short(group: &Group, with_names: bool) -> String {
    // "12 symbols of liba.so" would repeat the count.
    let name = |finding: &&Finding| match (finding.change.subject.kind, &finding.change.subject.library) {
        (SubjectKind::Symbols, Some(library)) => library.clone(),
        _ => finding.change.subject.name.clone(),
    };
    let names: Vec<String> = group.roots.iter().map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let is_short = with_names && names.iter().take(3).all(|name| columns(name) <= 24);
    let of = if is_short { format!(" of {}", fit::list(&names, 2)) } else { String::new() };
    let symbols = group.symbols();
    match symbols {
        0 if of.is_empty() => format!("{} ×{}", group.rule, number(group.roots.len())),
        0 => format!("{} ({})", group.rule, of.trim_start_matches(" of ")),
        _ => format!("{} ({}{of})", group.rule, count(symbols, "symbol")),
    }
}

//! Parts of a brief report: a rule with its worst examples, or a class with everything that happened to it.

use std::collections::HashMap;

use super::super::outline::{Group, broken, importance, reach};
use super::super::reach as reached;
use super::super::reported::by_policy;
use super::super::style::color::Paint;
use super::super::style::text_layout::{self, columns, count, number};
use super::super::wording::Wording;
use super::example::{example, under_subject};
use crate::diff::SubjectKind;
use crate::policy::{Finding, Tier};
use crate::rules::{Family, Rule, Severity};

/// Examples of one rule, and lines about one class.
const MOST_ITEMS: usize = 3;

/// A heading and what may stand below it.
pub(in crate::report) struct Block<'a> {
    pub(in crate::report) severity: Severity,
    /// About the release as a whole, so that it stays when others have no room.
    pub(in crate::report) is_release_wide: bool,
    /// About one class.
    pub(in crate::report) subject: Option<&'a str>,
    /// Everything that it stands for.
    pub(in crate::report) roots: Vec<&'a Finding>,
    heading: String,
    /// Behind the heading, while nothing stands below it.
    instead: String,
    /// The most important first.
    pub(in crate::report) items: Vec<Vec<String>>,
    /// How many of them there is room for.
    pub(in crate::report) shown: usize,
    /// What happens to old programs, and what to do: of the worst finding.
    pub(in crate::report) advice: Vec<String>,
    /// Whether there is room for that.
    pub(in crate::report) is_advised: bool,
}

impl Block<'_> {
    /// Findings that are not shown and worth a line that says so.
    pub(in crate::report) fn hidden(&self) -> usize {
        self.roots.len().saturating_sub(self.shown)
    }

    pub(in crate::report) fn lines(&self, paint: Paint) -> Vec<String> {
        let instead = if self.shown == 0 { &*self.instead } else { "" };
        let mut lines = vec![format!("{}{instead}", self.heading)];
        lines.extend(self.items[..self.shown].iter().flatten().cloned());
        if self.is_advised {
            lines.extend(self.advice.iter().map(|line| paint.dim(line)));
        }
        if self.shown > 0 && self.hidden() > 0 {
            lines.push(paint.dim(&format!("  … and {} more", number(self.hidden()))));
        }
        lines
    }

    /// How much it reaches, to be told before others.
    pub(in crate::report) fn reach(&self) -> (usize, u64) {
        (broken(&self.roots), self.roots.iter().map(|f| reach(f)).sum())
    }
}

/// All blocks of some groups of one tier: classes by themselves, everything else by rule. The worst first, then what reaches
/// most.
pub(in crate::report) fn blocks<'a>(groups: &[&'a Group<'a>], width: usize, paint: Paint) -> Vec<Block<'a>> {
    let mut by_subject: HashMap<(Severity, &str), Vec<&'a Finding>> = HashMap::new();
    let mut blocks = Vec::new();
    for group in groups {
        let (classes, rest): (Vec<&Finding>, Vec<&Finding>) =
            group.roots.iter().partition(|f| is_about_class(f));
        for finding in classes {
            by_subject.entry((group.severity, &finding.change.subject.name)).or_default().push(finding);
        }
        if !rest.is_empty() {
            blocks.push(of_rule(group, rest, width, paint));
        }
    }
    blocks.extend(by_subject.into_iter().map(|((_, name), roots)| of_class(name, roots, width, paint)));
    blocks.sort_by_cached_key(|block| {
        let first = importance(block.roots[0]);
        let key = (first.1, first.2, first.3.to_owned(), first.4.to_owned());
        (std::cmp::Reverse(block.severity), !block.is_release_wide, std::cmp::Reverse(block.reach()), key)
    });
    blocks
}

fn is_about_class(finding: &Finding) -> bool {
    // A constant of a class has a name of its own.
    matches!(finding.change.subject.kind, SubjectKind::Class | SubjectKind::Type)
        && finding.change.rule.entry().family != Family::Evidence
}

/// `signature-changed  ×123  breaking  431 symbols`
fn of_rule<'a>(group: &Group<'a>, roots: Vec<&'a Finding>, width: usize, paint: Paint) -> Block<'a> {
    let symbols = roots.iter().map(|f| super::super::outline::symbols(f)).sum::<usize>();
    let reach = if symbols > roots.len() { format!("  {}", count(symbols, "symbol")) } else { String::new() };
    let reach = by_policy(&roots).to_owned() + &tier(&group.tier) + &reach + &breaks(&roots);
    let heading = |paint: Paint| {
        format!(
            "{}  ×{}  {}{}",
            paint.bold(group.rule.id()),
            number(roots.len()),
            paint.severity(group.severity, group.severity.name()),
            paint.dim(&reach)
        )
    };
    let room = width.saturating_sub(columns(&heading(Paint { color: false })) + 2);
    Block {
        severity: group.severity,
        is_release_wide: group.is_release_wide(),
        subject: None,
        heading: heading(paint),
        instead: instead(&roots, room, paint),
        items: roots.iter().take(MOST_ITEMS).map(|f| example(f, width, paint)).collect(),
        shown: 0,
        advice: advice(group.rule, group.severity, width),
        is_advised: false,
        roots,
    }
}

/// `effect: …` and `fix: …`, each in half a sentence; nothing for what breaks nobody.
fn advice(rule: Rule, severity: Severity, width: usize) -> Vec<String> {
    if severity <= Severity::Compatible {
        return Vec::new();
    }
    let entry = rule.entry();
    let lines = |label: &str, text: &str| -> Vec<String> {
        let label = format!("  {label}: ");
        let room = width.saturating_sub(label.len()).max(NARROWEST);
        let wrapped = text_layout::wrap(half(text, room), room);
        // A sentence is read to its end or not at all: what has no room in one line has it in the next.
        let start = |at: usize| if at == 0 { label.clone() } else { " ".repeat(label.len()) };
        wrapped.into_iter().enumerate().map(|(at, line)| start(at) + &line).collect()
    };
    [lines("effect", entry.effect), lines("fix", entry.remedy)].concat()
}

/// Columns of a sentence on the smallest screen.
const NARROWEST: usize = 24;

/// The first sentence of a text, or what stands before its first colon or semicolon where that is too long.
fn half(text: &str, room: usize) -> &str {
    let sentence = text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.');
    if columns(sentence) <= room {
        return sentence;
    }
    let marks = [": ", "; "].iter().filter_map(|mark| sentence.rfind(mark));
    // A comma in a list ends nothing: "sizes, limits" of "sizes, limits, flags or versions" would be another sentence.
    let commas = sentence.match_indices(", ").map(|(at, _)| at);
    let comma = commas.filter(|at| begins_clause(&sentence[at + 2..])).last();
    let fitting = marks.chain(comma).filter(|&at| columns(&sentence[..at]) <= room).max();
    fitting.and_then(|at| sentence.get(..at)).unwrap_or(sentence)
}

/// Whether what stands behind a comma is no further word of a list.
fn begins_clause(text: &str) -> bool {
    let first = text.split(' ').next().unwrap_or_default();
    matches!(first, "and" | "or" | "but" | "which" | "whichever" | "where" | "so" | "since" | "such")
        || matches!(first, "unless" | "if" | "even" | "not" | "with")
}

/// Where something is declared, shortened to the end of the path.
pub(super) fn declared(finding: &Finding) -> Option<String> {
    let location = finding.change.location.as_ref().filter(|location| !location.is_system())?;
    let file = match columns(&location.file) {
        0..=36 => location.file.to_string(),
        _ => location.file.rsplit('/').next().unwrap_or_default().to_owned(),
    };
    Some(format!("{file}:{}", location.line))
}

/// The tier, where it does not go without saying.
fn tier(tier: &Tier) -> String {
    if tier.is_default() { String::new() } else { format!("  tier {}", tier.name()) }
}

/// `  breaks 3 consumers`
fn breaks(roots: &[&Finding]) -> String {
    match broken(roots) {
        0 => String::new(),
        n => format!("  breaks {}", count(n, "consumer")),
    }
}

/// The first finding of a rule that has no room for an example, behind the heading as far as it goes there.
fn instead(roots: &[&Finding], room: usize, paint: Paint) -> String {
    let Some(only) = roots.first().filter(|_| room >= 24) else { return String::new() };
    let change = &only.change;
    let Wording { old, new, detail } = Wording::of(change);
    let text = match (old, new, detail) {
        (Some(old), Some(new), _) if change.subject.kind == SubjectKind::Release => {
            let whole = format!("{old} → {new}");
            Wording::in_short(change).filter(|_| columns(&whole) > room).unwrap_or(whole)
        }
        (_, _, Some(detail)) if change.subject.kind == SubjectKind::Release => detail,
        _ => Wording::in_short(change).unwrap_or_else(|| change.subject.name.clone()),
    };
    format!("  {}", paint.dim(&text_layout::shorten(&text, room)))
}

/// `virtual-inserted: …` in a line of that width: what happened is cut, and the rule's name stays whole or is left out.
fn rule_and_rest(text: &str, width: usize) -> Option<String> {
    if columns(text) <= width {
        return Some(text.to_owned());
    }
    let (rule, rest) = text.split_once(": ")?;
    match width.checked_sub(columns(rule) + 2) {
        Some(room) if room >= 12 => Some(format!("{rule}: {}", text_layout::shorten(rest, room))),
        _ => Some(rule.to_owned()).filter(|rule| columns(rule) <= width),
    }
}

/// `c10::TensorImpl  breaking  216 → 192 bytes  libc10.so  6 follow`
fn of_class<'a>(name: &'a str, mut roots: Vec<&'a Finding>, width: usize, paint: Paint) -> Block<'a> {
    roots.sort_by_cached_key(|f| (f.change.layout.is_none(), importance(f).0, f.change.rule));
    let severity = roots[0].severity;
    let size = roots.iter().find_map(|f| f.change.layout.as_ref()).map(|layout| layout.size);
    let size = size.filter(|(old, new)| old != new).map(|(old, new)| format!("  {old} → {new} bytes"));
    let library = roots[0].change.subject.library.as_ref().map(|library| format!("  {library}"));
    let derived: u32 = roots.iter().map(|f| f.change.affects.derived).sum();
    let follow = (derived > 0).then(|| format!("  {}", text_layout::follow(derived as usize)));
    let tier = by_policy(&roots).to_owned() + &tier(&roots[0].tier);
    let breaks = Some(breaks(&roots)).filter(|text| !text.is_empty());
    let place = roots.iter().find_map(|f| declared(f)).map(|place| format!("  {place}"));
    let short_name = crate::spelling::terse(name);
    // Names are cut last: where one has no room, the place goes first, then what follows, then the library.
    let mut parts = [Some(tier), size, library, follow, breaks, place];
    let taken = |parts: &[Option<String>]| parts.iter().flatten().map(|part| columns(part)).sum::<usize>();
    let name_and_severity = columns(&short_name) + 2 + severity.name().len();
    for least in [5, 3, 2] {
        if name_and_severity + taken(&parts) > width {
            parts[least] = None;
        }
    }
    let beside: String = parts.into_iter().flatten().collect();
    let fixed = columns(&beside) + 2 + severity.name().len();
    let heading = format!(
        "{}  {}{}",
        paint.bold(&text_layout::shorten(&short_name, width.saturating_sub(fixed))),
        paint.severity(severity, severity.name()),
        paint.dim(&beside),
    );
    let mut items: Vec<Vec<String>> =
        roots.iter().take(MOST_ITEMS).map(|f| under_subject(f, width, paint)).collect();
    let most = roots.iter().max_by_key(|f| reach(f));
    if let Some(text) = most.and_then(|f| reached::sentence(&f.change, width.saturating_sub(12))) {
        let line = paint.dim(&text_layout::shorten(&format!("  reaches {text}"), width));
        // With what happened first: both say how bad it is.
        items[0].push(line);
    }
    let room = width
        .saturating_sub(columns(&short_name).min(width) + 2 + severity.name().len() + columns(&beside) + 2);
    let brief = under_subject(roots[0], usize::MAX, Paint { color: false }).swap_remove(0);
    let brief = rule_and_rest(brief.trim(), room).filter(|_| room >= 24);
    let instead = brief.map_or_else(String::new, |brief| format!("  {}", paint.dim(&brief)));
    let advice = advice(roots[0].change.rule, severity, width);
    Block {
        severity,
        is_release_wide: false,
        subject: Some(name),
        roots,
        heading,
        instead,
        items,
        shown: 0,
        advice,
        is_advised: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_sentence_ends_where_a_clause_does() {
        let effect = Rule::ConstantChanged.entry().effect;
        assert_eq!(half(effect, 90), "The old value is compiled into programs");
        assert_eq!(half(effect, 200), effect.trim_end_matches('.'));
        assert_eq!(half("Members move, and calls, casts and typeid break.", 30), "Members move");
        // Nothing ends in time: it is wrapped.
        assert_eq!(half("Keep names, values, types.", 20), "Keep names, values, types");
    }
}

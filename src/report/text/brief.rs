//! One screenful: what reaches most with as much of it as there is room for, and counts of the rest.

use super::super::outline::{Group, Outline};
use super::super::style::color::Paint;
use super::super::style::text_layout::{self, columns, count, number};
use super::super::wording::Wording;
use super::block::{Block, blocks};
use crate::diff::SubjectKind;
use crate::policy::Finding;
use crate::rules::{Rule, Severity};

/// Blocks that say what happens to old programs and what to do, before others have more than a line.
const ADVISED: usize = 4;

/// Items that a block may show before every other has shown as many.
const ROUNDS: usize = 3;

/// The body of a report, in at most `room` lines, as far as rules and tiers alone fit.
pub(in crate::report) fn lines(outline: &Outline, width: usize, room: usize, paint: Paint) -> Vec<String> {
    let (told, compatible): (Vec<&Group>, Vec<&Group>) =
        outline.told().partition(|g| g.severity > Severity::Compatible);
    let mut tail = Vec::new();
    let mut blocks = blocks(&told, width, paint);
    // What weighs less has a line for itself when the rest needs the room, unless it is about the release as a whole.
    let mut lesser: Vec<(Severity, Vec<&Group>)> = Vec::new();
    for severity in [Severity::Source, Severity::Risky] {
        let worse = told.iter().any(|g| g.severity > severity);
        if worse && blocks.len() * LINES_EACH > room {
            let is_less = |of: Severity, is_release_wide: bool| of == severity && !is_release_wide;
            blocks.retain(|b| !is_less(b.severity, b.is_release_wide));
            lesser.push((
                severity,
                told.iter().filter(|g| is_less(g.severity, g.is_release_wide())).copied().collect(),
            ));
        }
    }
    for (severity, groups) in lesser.iter().rev() {
        tail.extend(one_line(severity.name(), groups, width, paint));
    }
    tail.extend(one_line("compatible", &compatible, width, paint));
    for groups in outline.aside() {
        tail.extend(one_line(groups[0].tier.name(), &groups, width, paint));
    }
    let is_declared = |group: &&Group| {
        group.roots.iter().all(|f| f.waived.as_ref().is_some_and(|waived| waived.declared.is_some()))
    };
    let (declared, waived): (Vec<&Group>, Vec<&Group>) = outline.waived.iter().partition(is_declared);
    let unreleased: Vec<&Group> = outline.unreleased.iter().collect();
    for (label, groups) in
        [("declared by a new SONAME", declared), ("waived", waived), ("not released", unreleased)]
    {
        tail.extend(one_line(label, &groups, width, paint));
    }
    if !tail.is_empty() {
        tail.insert(0, String::new());
    }
    let mut lines = body(blocks, width, room.saturating_sub(tail.len()), paint);
    lines.extend(tail);
    lines
}

/// Lines that a block should have on average before others get any.
const LINES_EACH: usize = 3;

fn body(blocks: Vec<Block>, width: usize, room: usize, paint: Paint) -> Vec<String> {
    let severities = blocks.chunk_by(|a, b| a.severity == b.severity).count();
    // One line each, a blank one before each severity, and one for what has no room at all.
    let fits = room.saturating_sub(severities).max(1);
    let (mut told, rest) = choose(blocks, fits);
    let mut left = fits.saturating_sub(told.len() + usize::from(!rest.is_empty()));
    // The first item of every block before the second of any, and first what explains much of the rest.
    let mut order: Vec<usize> = (0..told.len()).collect();
    order.sort_by_key(|&i| !told[i].is_release_wide);
    for nth in 0..ROUNDS {
        for (rank, &i) in order.iter().enumerate() {
            let block = &mut told[i];
            let Some(item) = block.items.get(nth).filter(|_| block.shown == nth) else { continue };
            // The line that counts the others comes with the first item and goes with the last.
            let before = usize::from(nth > 0 && block.hidden() > 0);
            let after = usize::from(block.hidden() > 1);
            if item.len() + after <= left + before {
                left = left + before - after - item.len();
                block.shown += 1;
                if nth == 0 && rank < ADVISED && block.advice.len() <= left {
                    left -= block.advice.len();
                    block.is_advised = true;
                }
            }
        }
    }
    let mut lines = Vec::new();
    // What has no room is told behind what weighs as much.
    let worst = rest.iter().map(|block| block.severity).max();
    let mut more = not_told(&rest, width);
    for same in told.chunk_by(|a, b| a.severity == b.severity) {
        lines.push(String::new());
        lines.extend(same.iter().flat_map(|block| block.lines(paint)));
        if Some(same[0].severity) == worst {
            lines.extend(more.take());
        }
    }
    lines.extend(more);
    lines
}

/// The blocks that are told, in their order, and those that are only counted. Rules are few and stand for many; of classes
/// as many are told as leave two lines for each.
fn choose(blocks: Vec<Block>, fits: usize) -> (Vec<Block>, Vec<Block>) {
    let rules = blocks.iter().filter(|b| b.subject.is_none()).count();
    let classes = blocks.len() - rules;
    let for_classes = fits.saturating_sub(rules) / LINES_EACH;
    let told_classes =
        if blocks.len() * 2 <= fits { classes } else { for_classes.clamp(usize::from(classes > 0), classes) };
    let told_rules = fits.saturating_sub(1 + told_classes).min(rules);
    // What is about the whole release stays when others have no room.
    let mut by_need: Vec<usize> = (0..blocks.len()).collect();
    by_need.sort_by_key(|&at| !blocks[at].is_release_wide);
    let (mut classes, mut rules) = (told_classes, told_rules);
    let mut is_told = vec![false; blocks.len()];
    for at in by_need {
        let left = if blocks[at].subject.is_some() { &mut classes } else { &mut rules };
        if *left > 0 {
            *left -= 1;
            is_told[at] = true;
        }
    }
    let (mut told, mut rest) = (Vec::new(), Vec::new());
    for (block, is_told) in blocks.into_iter().zip(is_told) {
        if is_told { told.push(block) } else { rest.push(block) }
    }
    (told, rest)
}

/// `… and 12 more classes, 40 root causes by 3 other rules`
fn not_told(rest: &[Block], width: usize) -> Option<String> {
    let (classes, rules): (Vec<&Block>, Vec<&Block>) = rest.iter().partition(|b| b.subject.is_some());
    let mut parts = Vec::new();
    let rules_apart = (!rules.is_empty()).then(|| {
        let roots: usize = rules.iter().map(|block| block.roots.len()).sum();
        format!("{} by {}", count(roots, "root cause"), count(rules.len(), "other rule"))
    });
    if !classes.is_empty() {
        let findings: Vec<&&Finding> = classes.iter().flat_map(|block| &block.roots).collect();
        let more = count(classes.len(), "more type");
        let rules = by_rule(&findings);
        // Whole rules, as many as there is room for.
        let listed = (1..=rules.len()).rev().map(|shown| {
            let others = match rules.len() - shown {
                0 => String::new(),
                n => format!(" and {}", count(n, "more rule")),
            };
            format!("{more} ({}{others})", rules[..shown].join(", "))
        });
        let room = width.saturating_sub(if rules_apart.is_some() { 40 } else { 6 });
        parts.push(listed.into_iter().find(|text| columns(text) <= room).unwrap_or(more));
    }
    parts.extend(rules_apart);
    (!parts.is_empty()).then(|| text_layout::shorten(&format!("… and {}", parts.join(", ")), width))
}

/// `member-added ×4, virtual-removed ×3`, the most frequent first.
fn by_rule(findings: &[&&Finding]) -> Vec<String> {
    let mut counts: Vec<(usize, Rule)> = Vec::new();
    for finding in findings {
        match counts.iter_mut().find(|c| c.1 == finding.change.rule) {
            Some(count) => count.0 += 1,
            None => counts.push((1, finding.change.rule)),
        }
    }
    counts.sort_by_key(|(n, rule)| (std::cmp::Reverse(*n), *rule));
    counts.iter().map(|(n, rule)| format!("{rule} ×{}", number(*n))).collect()
}

/// Groups that need no looking at, in one line: `third-party: leaked-symbol-removed ×5 (214 symbols of protobuf …)`.
fn one_line(label: &str, groups: &[&Group], width: usize, paint: Paint) -> Option<String> {
    if groups.is_empty() {
        return None;
    }
    let told = |names: Option<usize>| -> Vec<String> {
        groups.iter().map(|group| rule_in_short(group, names)).collect()
    };
    // Long names go first, then all of them, then whole rules, not half of one.
    let with = [usize::MAX, SHORT_NAME].map(|longest| format!("{label}: {}", told(Some(longest)).join(", ")));
    let mut line = match with.into_iter().find(|line| columns(line) <= width) {
        Some(line) => line,
        None => format!("{label}: {}", told(None).join(", ")),
    };
    let told = told(None);
    let mut shown = told.len();
    while columns(&line) > width && shown > 1 {
        shown -= 1;
        line =
            format!("{label}: {} and {}", told[..shown].join(", "), count(told.len() - shown, "more rule"));
    }
    if columns(&line) > width && told.len() > 1 {
        line = format!("{label}: {} and {}", groups[0].rule, count(told.len() - 1, "more rule"));
    }
    let line = text_layout::shorten(&line, width);
    Some(paint.bold(label) + &line[label.len()..])
}

/// Columns of a name that is told wherever there is room.
const SHORT_NAME: usize = 24;

/// A rule, how often, and the first names where none is longer than `longest`; none: no names.
fn rule_in_short(group: &Group, longest: Option<usize>) -> String {
    // "12 symbols of liba.so" would repeat the count.
    let name = |finding: &&Finding| match (finding.change.subject.kind, &finding.change.subject.library) {
        (SubjectKind::Symbols, Some(library)) => library.clone(),
        _ => finding.change.subject.name.clone(),
    };
    let names: Vec<String> = group.roots.iter().map(name).collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    // One name may have changed in several ways.
    let mut known = std::collections::HashSet::new();
    names.retain(|name| known.insert(*name));
    let is_short = longest.is_some_and(|longest| names.iter().take(3).all(|name| columns(name) <= longest));
    let of = if is_short { format!(" of {}", text_layout::list(&names, 2)) } else { String::new() };
    let symbols = group.symbols();
    let is_many = |kind| matches!(kind, SubjectKind::Symbols | SubjectKind::Library | SubjectKind::Release);
    let is_by_name = !group.roots.iter().any(|f| is_many(f.change.subject.kind));
    let in_short: Vec<String> =
        group.roots.iter().filter_map(|finding| Wording::in_short(&finding.change)).collect();
    let text = match symbols {
        _ if !in_short.is_empty() => format!("{} ({})", group.rule, in_short.join("; ")),
        0 if of.is_empty() => format!("{} ×{}", group.rule, number(group.roots.len())),
        0 => format!("{} ({})", group.rule, of.trim_start_matches(" of ")),
        // A count of names that stand there says nothing more.
        n if !of.is_empty() && n == group.roots.len() && is_by_name => {
            format!("{} ({})", group.rule, of.trim_start_matches(" of "))
        }
        _ => format!("{} ({}{of})", group.rule, count(symbols, "symbol")),
    };
    // Tiers that stop nobody have a line each, which begins with their name.
    let goes_without_saying = group.tier.is_default() || !group.tier.can_stop();
    if goes_without_saying { text } else { format!("{text} in {}", group.tier.name()) }
}

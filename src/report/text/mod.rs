//! For people: the verdict, how much is known, what broke and why, what to do next.

mod block;
mod brief;
mod example;
mod full;
pub(super) mod side_by_side;

pub(super) use block::blocks;

use std::io::{self, Write};

use super::Options;
use super::outline::Outline;
use super::style::color::Paint;
use super::style::text_layout::{self, count, number};
use super::summary::Summary;
use crate::policy::{Finding, Ledger, Outcome, Owed, Profile, ReleaseKind, Soname, Verdict};
use crate::rules::{Rule, Severity};

/// Gaps in the evidence, and other sentences of one kind, that a brief report gives.
const SENTENCES: usize = 2;

pub(super) fn write(verdict: &Verdict, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { color: options.color };
    let outline = Outline::new(verdict);
    let mut head = vec![headline(verdict), ledger(&verdict.ledger)];
    head.extend(owed(verdict));
    head.extend(policy(verdict));
    head.extend(verdict.trust.as_ref().map(super::wording::trust));
    head.extend(super::reach::headers_unknown(verdict));
    head.extend(consumers(verdict, options));
    head.extend(super::needed::lines(verdict));
    head.extend(some("cannot certify: ", &verdict.unmet, "requirement", options));
    head.extend(some("policy: ", &verdict.notices, "notice", options));
    let gaps = some("not known: ", &verdict.ledger.gaps, "gap", options);
    let width = if options.full { usize::MAX } else { options.width };
    head.extend(gaps.iter().map(|gap| text_layout::shorten(gap, width)));
    if !options.full {
        head = head.iter().flat_map(|line| text_layout::wrap(line, options.width)).collect();
    }
    head[0] = paint_headline(verdict, &head[0], paint);
    let mut next = next_steps(&outline, options, paint);
    // How to fix it stands with what broke, and on the page of the rule.
    let ways: Vec<String> =
        super::wording::evidence(verdict).into_iter().chain(super::wording::acceptance(verdict)).collect();
    if !ways.is_empty() {
        next.push(String::new());
        // A small screen has room for a few lines of each.
        let most = if options.full { usize::MAX } else { (options.height / 12).max(1) };
        let wrapped = |line: &String| match line.starts_with(super::wording::COMMAND) {
            true => vec![line.clone()],
            false => text_layout::wrap(line, width).into_iter().take(most).collect(),
        };
        next.extend(ways.iter().flat_map(wrapped));
    }
    if options.full {
        write_lines(&head, out)?;
        full::write(&outline, options, paint, out)?;
        return write_lines(&next, out);
    }
    let room = options.height.saturating_sub(head.len() + next.len());
    write_lines(&head, out)?;
    write_lines(&brief::lines(&outline, options.width, room, paint), out)?;
    write_lines(&next, out)
}

fn write_lines(lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    lines.iter().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

/// Which release and which SONAME the changes of versioned libraries ask for.
pub(super) fn owed(verdict: &Verdict) -> Vec<String> {
    let Owed { release, owing, declared, unneeded, has_types, accepted } = Owed::of(verdict);
    let listed = |names: Vec<String>| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        text_layout::list(&names, SENTENCES)
    };
    let bumps = |sonames: &[Soname]| {
        listed(sonames.iter().map(|soname| format!("{} → {}", soname.old, soname.new)).collect())
    };
    let mut lines = Vec::new();
    if !declared.is_empty() {
        let is_open = verdict.outcome == Outcome::Breaking && verdict.profile != Profile::Major;
        let hint = if is_open { " (passes between major releases, or with --profile major)" } else { "" };
        lines.push(format!("a declared break, by a new SONAME: {}{hint}", bumps(&declared)));
    }
    let unseen = if has_types { "" } else { " (types not compared)" };
    match release {
        _ if !owing.is_empty() => {
            lines.push(format!("this change owes a MAJOR release and another SONAME than {}", listed(owing)));
        }
        // The new SONAME says it.
        Some(ReleaseKind::Major) if !declared.is_empty() => {}
        Some(ReleaseKind::Major) if accepted => {
            lines.push("this change owes a MAJOR release: what was accepted breaks programs".to_owned());
        }
        Some(kind) => {
            let kind = match kind {
                ReleaseKind::Major => "MAJOR",
                ReleaseKind::Minor => "MINOR",
                ReleaseKind::Patch => "PATCH",
            };
            lines.push(format!("this change owes a {kind} release and no new SONAME{unseen}"));
        }
        None => {}
    }
    if !unneeded.is_empty() {
        lines.push(format!("a new SONAME that nothing else asks for: {}", bumps(&unneeded)));
    }
    lines
}

/// `BREAKING  v2.9.1 → v2.10.0 (linux-aarch64): 41 breaking, 12 risky root causes`
pub(super) fn headline(verdict: &Verdict) -> String {
    let (old, new) = (short_name(&verdict.releases.0), short_name(&verdict.releases.1));
    let place = (!verdict.build.is_empty()).then(|| verdict.build.join(", "));
    let place: Vec<&str> = place.as_deref().into_iter().chain(verdict.platform.as_deref()).collect();
    let place = if place.is_empty() { String::new() } else { format!(" ({})", place.join(", ")) };
    let summary = Summary::new(verdict);
    let counts = summary.counted;
    let told: Vec<String> = counts
        .present()
        .into_iter()
        .map(|(severity, n)| match severity {
            Severity::CannotCertify => format!("{} evidence-lost", number(n)),
            Severity::Source => format!("{} source-breaking", number(n)),
            _ => format!("{} {severity}", number(n)),
        })
        .collect();
    let total: usize = counts.present().iter().map(|(_, n)| n).sum();
    let told = match total {
        n if n == suspects(verdict) && verdict.is_same_build => "no changes, the same build".to_owned(),
        0 if verdict.ignored > 0
            || summary.waived + summary.unreleased > 0
            || summary.tiers.keys().any(|tier| !tier.can_stop()) =>
        {
            "no changes that count".to_owned()
        }
        0 => "no changes".to_owned(),
        1 => format!("{} root cause", told.join(", ")),
        _ => format!("{} root causes", told.join(", ")),
    };
    let apart = [
        (summary.declared, "declared by a new SONAME"),
        (summary.waived - summary.declared, "waived"),
        (summary.unreleased, "not released"),
    ];
    let apart = apart.into_iter().filter(|(n, _)| *n > 0);
    let told = apart.fold(told, |told, (n, what)| format!("{told}, {} {what}", number(n)));
    let told = unknown_layouts(&verdict.ledger).map_or(told.clone(), |unknown| format!("{told}; {unknown}"));
    // Nobody is to take for compatible what was not looked at.
    let unseen = types_unseen(verdict).filter(|_| verdict.outcome == Outcome::Compatible);
    let unseen = unseen.map(|why| format!("; types not compared: {why}")).unwrap_or_default();
    // Spaces that do not break keep the two columns apart when the line is wrapped.
    format!("{}\u{a0}\u{a0}{old} → {new}{place}: {told}{unseen}", word(verdict))
}

/// The name of a release; of a commit, as many digits as people read.
pub(super) fn short_name(name: &str) -> &str {
    let is_commit = name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_commit { &name[..12] } else { name }
}

/// Why types were not compared; none: they were, or there is nothing that has any.
pub(super) fn types_unseen(verdict: &Verdict) -> Option<String> {
    let ledger = &verdict.ledger;
    if ledger.headers.0.is_some() && ledger.headers.1.is_some() || ledger.old_exports == 0 {
        return None;
    }
    let (old, new) = &verdict.releases;
    let sides = [(ledger.old_types, ledger.variables.0, old), (ledger.new_types, ledger.variables.1, new)];
    let without = sides.into_iter().filter(|(functions, variables, _)| functions.1 + variables == 0);
    let without: Vec<&str> = without.map(|(.., name)| name.as_str()).collect();
    match without[..] {
        [] => None,
        [name] => Some(format!("no debug info in {name}")),
        // The names stand before, and those of files are long.
        _ => Some("no debug info in either".to_owned()),
    }
}

/// `layout of 3 classes not known: A, B, C`
fn unknown_layouts(ledger: &Ledger) -> Option<String> {
    let names: Vec<&str> = ledger.unknown_layouts.iter().map(String::as_str).collect();
    let of = count(names.len(), "class");
    (!names.is_empty()).then(|| format!("layout of {of} not known: {}", text_layout::list(&names, 3)))
}

fn paint_headline(verdict: &Verdict, line: &str, paint: Paint) -> String {
    let standing = standing(verdict);
    let word = standing.word();
    let rest = line.strip_prefix(word).unwrap_or(line);
    let painted = match standing {
        Standing::Risky => paint.severity(Severity::Risky, word),
        Standing::SourceBreaking => paint.severity(Severity::Source, word),
        _ => paint.outcome(verdict.outcome, word),
    };
    painted + &rest.replace('\u{a0}', " ")
}

/// Root causes that count and say no more than that both sides are one build.
fn suspects(verdict: &Verdict) -> usize {
    let is_one = |f: &&Finding| f.change.rule == Rule::ReleaseSuspect && f.counts() && f.tier.can_stop();
    verdict.findings.iter().filter(is_one).count()
}

/// What a comparison came to, as its first word says it: more than the exit code tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// What breaks was accepted, or breaks somebody by a policy that lets it.
    Passes,
    Risky,
    SourceBreaking,
    Compatible,
    Breaking,
    Inconclusive,
}

impl Standing {
    fn word(self) -> &'static str {
        match self {
            Standing::Passes => "PASSES",
            Standing::Risky => "RISKY",
            Standing::SourceBreaking => "SOURCE-BREAKING",
            Standing::Compatible => "COMPATIBLE",
            Standing::Breaking => "BREAKING",
            Standing::Inconclusive => "INCONCLUSIVE",
        }
    }
}

/// What breaks and passes is not compatible, and neither is what may break programs or their sources.
pub(super) fn standing(verdict: &Verdict) -> Standing {
    let counted = || Summary::new(verdict).counted;
    match verdict.outcome {
        Outcome::Compatible if breaks_and_passes(verdict) => Standing::Passes,
        Outcome::Compatible if counted().risky > suspects(verdict) => Standing::Risky,
        Outcome::Compatible if counted().source > 0 => Standing::SourceBreaking,
        Outcome::Compatible => Standing::Compatible,
        Outcome::Breaking => Standing::Breaking,
        Outcome::CannotCertify => Standing::Inconclusive,
    }
}

/// The verdict in a word.
pub(super) fn word(verdict: &Verdict) -> &'static str {
    standing(verdict).word()
}

/// Whether something breaks that nobody is stopped for.
pub(super) fn breaks_and_passes(verdict: &Verdict) -> bool {
    let is_accepted = |finding: &Finding| finding.waived.is_some() && finding.severity == Severity::Breaking;
    verdict.outcome == Outcome::Compatible
        && (verdict.consumers.as_ref().is_some_and(|toll| !toll.broken.is_empty())
            || verdict.findings.iter().any(|f| is_accepted(f) || (f.counts() && !f.compiled_in.is_empty())))
}

/// `13 libraries, 46,210 exports before, 47,001 after; every vtable and typeinfo decoded …; no types: …`
pub(super) fn ledger(ledger: &Ledger) -> String {
    let (old, new) = (ledger.old_rtti, ledger.new_rtti);
    let (old_types, new_types) = (ledger.old_types, ledger.new_types);
    let ((old_files, old_compiled), (new_files, new_compiled)) = ledger.header_files;
    // Headers of which none compiled say nothing.
    let said = |files: usize, compiled: usize| files == 0 || compiled > 0;
    let is_said = said(old_files, old_compiled) && said(new_files, new_compiled);
    let types = if let ((Some(old), Some(new)), true) = (ledger.headers, is_said) {
        let files = match old_files == old_compiled && new_files == new_compiled {
            true => String::new(),
            false => {
                let [a, b, c, d] = [old_compiled, old_files, new_compiled, new_files].map(number);
                format!(" (headers that compile: {a} of {b} before, {c} of {d} after)")
            }
        };
        format!("types of the public headers: {} before, {} after{files}", number(old), number(new))
    } else if old_types.0 + new_types.0 == 0 && ledger.variables.0.min(ledger.variables.1) > 0 {
        let (old, new) = ledger.variables;
        format!("variables with types: {} before, {} after", number(old), number(new))
    } else if old_types.1 == 0 || new_types.1 == 0 {
        "no types: neither debug info (-g) nor --headers".to_owned()
    } else {
        let [a, b, c, d] = [old_types.1, old_types.0, new_types.1, new_types.0].map(number);
        format!("functions with types: {a} of {b} before, {c} of {d} after")
    };
    let rtti = if old.0 + new.0 == 0 {
        "no vtables or typeinfos exported".to_owned()
    } else if old == new {
        format!("{} of {} vtables and typeinfos decoded on both sides", number(old.1), number(old.0))
    } else {
        let [a, b, c, d] = [old.1, old.0, new.1, new.0].map(number);
        format!("vtables and typeinfos decoded: {a} of {b} before, {c} of {d} after")
    };
    format!(
        "{}, {} exports before, {} after; {rtti}; {types}",
        count(ledger.libraries, "library"),
        number(ledger.old_exports),
        number(ledger.new_exports),
    )
}

/// Which policy it is, and how it saw the comparison.
pub(super) fn policy(verdict: &Verdict) -> Option<String> {
    let file = verdict.policy.as_ref()?;
    let ignored = match verdict.ignored {
        0 => String::new(),
        n => format!(", {} ignored", count(n, "change")),
    };
    Some(format!("policy: {file}, profile {}{ignored}", verdict.profile.name()))
}

/// `consumers: 5 of 17 that load with v2.9.1 break (torchvision 0.24.1 and 4 more), 3 more are reached`
pub(super) fn consumers(verdict: &Verdict, options: &Options) -> Option<String> {
    let toll = verdict.consumers.as_ref()?;
    let most = if options.full { usize::MAX } else { 3 };
    let names = |all: &[String]| {
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        text_layout::list(&all, most)
    };
    let broken = match toll.broken.len() {
        0 => "none".to_owned(),
        n => number(n),
    };
    let of = format!("{} that load with {}", number(toll.loaded), short_name(&verdict.releases.0));
    let listed = if toll.broken.is_empty() { String::new() } else { format!(" ({})", names(&toll.broken)) };
    let verb = if toll.broken.len() > 1 { "break" } else { "breaks" };
    let reached = match toll.exposed.len() {
        0 => String::new(),
        n => format!("; breaking changes reach {} ({})", number(n), names(&toll.exposed)),
    };
    Some(format!("consumers: {broken} of {of} {verb}{listed}{reached}"))
}

/// The first of some sentences, one a line.
fn some(label: &str, all: &[String], what: &str, options: &Options) -> Vec<String> {
    let most = if options.full { all.len() } else { SENTENCES };
    let shown = if all.len() <= most + 1 { all.len() } else { most };
    let mut lines: Vec<String> = all[..shown].iter().map(|sentence| format!("{label}{sentence}")).collect();
    if shown < all.len() {
        lines.push(format!("{label}… and {}", count(all.len() - shown, &format!("more {what}"))));
    }
    lines
}

/// What to do about it: the worst rule of the tiers that may stop somebody, and where the rest is.
fn next_steps(outline: &Outline, options: &Options, paint: Paint) -> Vec<String> {
    let worst = outline.told().find(|g| g.severity > Severity::Compatible).map(|g| g.rule);
    let explain = |rule: Rule| format!("abigate explain {rule}");
    let line = match (worst, options.full || outline.groups.is_empty()) {
        (None, true) => return Vec::new(),
        (Some(rule), true) => format!("What to do about it: {}", explain(rule)),
        (None, false) => format!("Full report: {} --full", options.command),
        (Some(rule), false) => {
            let line = format!("Full report: {} --full   How to fix: {}", options.command, explain(rule));
            if text_layout::columns(&line) > options.width {
                let lines = [
                    format!("Full report: {} --full", options.command),
                    format!("How to fix: {}", explain(rule)),
                ];
                return [String::new()].into_iter().chain(lines.map(|l| paint.dim(&l))).collect();
            }
            line
        }
    };
    vec![String::new(), paint.dim(&line)]
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_ledger_tells_what_differs() {
        let mut known = Ledger {
            old_types: (0, 0),
            new_types: (0, 0),
            variables: (0, 0),
            headers: (None, None),
            header_files: ((0, 0), (0, 0)),
            libraries: 1,
            old_exports: 1000,
            new_exports: 5,
            old_rtti: (10, 9),
            new_rtti: (10, 9),
            unknown_layouts: Vec::new(),
            gaps: Vec::new(),
        };
        assert!(ledger(&known).starts_with("1 library, 1,000 exports before, 5 after; 9 of 10 vtables"));
        known.new_rtti = (12, 12);
        assert!(ledger(&known).contains("9 of 10 before, 12 of 12 after"));
        (known.old_rtti, known.new_rtti) = ((0, 0), (0, 0));
        assert!(ledger(&known).contains("no vtables or typeinfos exported"));
        known.headers = (Some(6), Some(7));
        known.header_files = ((3, 1), (3, 3));
        assert!(
            ledger(&known).contains("6 before, 7 after (headers that compile: 1 of 3 before, 3 of 3 after)")
        );
        known.header_files.0 = (3, 0);
        assert!(ledger(&known).contains("no types"), "what no header says is not counted");
    }
}

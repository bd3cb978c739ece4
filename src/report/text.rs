//! Text for people: the verdict, what was known, and root causes by severity; a screenful unless all is asked for.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::policy::{Finding, Outcome, Tier, Verdict};
use crate::rules::{Rule, Severity};

/// How much to say.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions {
    /// Every finding with all its symbols, not a screenful.
    pub full: bool,
    /// Columns.
    pub width: usize,
}

const SEVERITIES: [Severity; 5] =
    [Severity::CannotCertify, Severity::Breaking, Severity::Risky, Severity::Source, Severity::Compatible];

/// Rules shown per severity, and examples per rule, on one screen.
const RULES: [usize; 5] = [3, 7, 4, 2, 4];

/// Writes the report, with ANSI styles that the caller strips where they are not wanted.
pub fn text(verdict: &Verdict, options: TextOptions) -> String {
    let mut out = String::new();
    heading(&mut out, verdict);
    let roots: Vec<&Finding> = verdict.findings.iter().filter(|f| f.derived_from.is_none()).collect();
    for (severity, most) in SEVERITIES.into_iter().zip(RULES) {
        let of: Vec<&Finding> =
            roots.iter().copied().filter(|f| f.severity == severity && f.tier == Tier::Public).collect();
        if !of.is_empty() {
            section(&mut out, severity, &of, verdict, most, options);
        }
    }
    other_tiers(&mut out, &roots, verdict, options);
    if !options.full && !verdict.findings.is_empty() {
        out.push_str("\n`--full` shows everything; `abigate explain RULE` says what a rule means.\n");
    }
    out
}

fn style(severity: Severity) -> Style {
    let color = match severity {
        Severity::Breaking | Severity::CannotCertify => AnsiColor::Red,
        Severity::Risky => AnsiColor::Yellow,
        Severity::Source | Severity::Compatible => AnsiColor::Green,
    };
    color.on_default().bold()
}

fn heading(out: &mut String, verdict: &Verdict) {
    let (word, severity) = match verdict.outcome {
        Outcome::Breaking => ("BREAKING", Severity::Breaking),
        Outcome::CannotCertify => ("CANNOT CERTIFY", Severity::CannotCertify),
        Outcome::Compatible => ("COMPATIBLE", Severity::Compatible),
    };
    let s = style(severity);
    let (old, new) = &verdict.releases;
    let platform = verdict.platform.as_ref().map_or_else(String::new, |p| format!(" on {p}"));
    let count = |severity: Severity| {
        verdict
            .findings
            .iter()
            .filter(|f| f.derived_from.is_none() && f.severity == severity && f.tier == Tier::Public)
            .count()
    };
    let counts = SEVERITIES.into_iter().filter(|s| count(*s) > 0).map(|s| format!("{} {s}", count(s)));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let counts = if counts.is_empty() { "no change".to_owned() } else { counts };
    let _ = writeln!(out, "{s}{word}{s:#}  {old} → {new}{platform}: {counts}");
    let ledger = &verdict.ledger;
    let rtti = |(all, decoded): (usize, usize)| format!("{decoded} of {all}");
    let _ = writeln!(
        out,
        "{} libraries compared; {} exports before, {} now; vtables and typeinfo decoded: {} before, {} now; no types (no debug info read)",
        ledger.libraries,
        ledger.old_exports,
        ledger.new_exports,
        rtti(ledger.old_rtti),
        rtti(ledger.new_rtti)
    );
    for gap in ledger.gaps.iter().take(3) {
        let _ = writeln!(out, "not known: {gap}");
    }
}

fn section(
    out: &mut String,
    severity: Severity,
    findings: &[&Finding],
    verdict: &Verdict,
    most: usize,
    options: TextOptions,
) {
    let mut by_rule: BTreeMap<Rule, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_rule.entry(finding.change.rule).or_default().push(finding);
    }
    let reach = |f: &Finding| f.change.affects.symbols + f.change.affects.derived;
    let mut groups: Vec<(Rule, Vec<&Finding>)> = by_rule.into_iter().collect();
    // A cause for the whole release explains the rest and comes first; then what concerns most symbols.
    let total = |g: &(Rule, Vec<&Finding>)| g.1.iter().map(|f| reach(f)).sum::<u32>();
    let is_release = |g: &(Rule, Vec<&Finding>)| g.1.iter().any(|f| f.change.subject.library.is_none());
    groups.sort_by(|a, b| (is_release(b), total(b)).cmp(&(is_release(a), total(a))).then(a.0.cmp(&b.0)));
    let s = style(severity);
    let _ = writeln!(out, "\n{s}{severity}{s:#}");
    let shown = if options.full { groups.len() } else { most.min(groups.len()) };
    for (rule, mut findings) in groups.drain(..shown) {
        findings.sort_by(|a, b| {
            reach(b).cmp(&reach(a)).then_with(|| a.change.subject.name.cmp(&b.change.subject.name))
        });
        let bold = Style::new().bold();
        let symbols: u32 = findings.iter().map(|f| f.change.affects.symbols).sum();
        let reached =
            if symbols as usize > findings.len() { format!(", {symbols} symbols") } else { String::new() };
        let _ = writeln!(out, "  {bold}{rule}{bold:#}  ×{}{reached}: {}", findings.len(), rule.entry().title);
        let examples = if options.full { findings.len() } else { 2 };
        for finding in findings.iter().take(examples) {
            example(out, finding, verdict, options);
        }
        if findings.len() > examples {
            let _ = writeln!(out, "    … and {} more", findings.len() - examples);
        }
    }
    if !groups.is_empty() {
        let rest: Vec<String> = groups.iter().map(|(rule, f)| format!("{rule} ×{}", f.len())).collect();
        let _ = writeln!(out, "  {}", fit(&format!("also: {}", rest.join(", ")), options.width - 2));
    }
}

fn example(out: &mut String, finding: &Finding, verdict: &Verdict, options: TextOptions) {
    let change = &finding.change;
    let width = if options.full { usize::MAX } else { options.width };
    let library = match &change.subject.library {
        Some(library) if *library != change.subject.name => format!("  [{library}]"),
        _ => String::new(),
    };
    let room = width.saturating_sub(4 + library.chars().count());
    let _ = writeln!(out, "    {}{library}", fit(&change.subject.name, room));
    let mut line = |text: &str| {
        let _ = writeln!(out, "      {}", fit(text, width.saturating_sub(6)));
    };
    let is_long = |text: &str| text.len() > 60;
    if let (Some(old), Some(new)) = (&change.old, &change.new) {
        if !is_long(old) && !is_long(new) {
            line(&format!("{old} → {new}"));
        } else if options.full || change.detail.is_none() {
            line(&format!("- {old}"));
            line(&format!("+ {new}"));
        }
    }
    if let Some(detail) = &change.detail {
        line(detail);
    }
    if change.affects.derived > 0 {
        let names = if change.affects.classes.is_empty() {
            String::new()
        } else {
            format!(": {}", change.affects.classes.join(", "))
        };
        line(&format!("{} more follow from it{names}", change.affects.derived));
    }
    if options.full {
        for member in &change.members {
            let arrow = member.replaced_by.as_ref().map_or_else(String::new, |r| format!(" → {r}"));
            line(&format!("{}{arrow}", member.symbol));
        }
        for derived in verdict.findings.iter().filter(|f| f.derived_from.as_ref() == Some(&finding.id)) {
            line(&format!("↳ {} {}: {}", derived.severity, derived.change.rule, derived.change.subject.name));
        }
    }
}

fn other_tiers(out: &mut String, roots: &[&Finding], verdict: &Verdict, options: TextOptions) {
    let mut is_first = true;
    for tier in [Tier::ThirdParty, Tier::Toolchain] {
        let of: Vec<&Finding> = roots.iter().copied().filter(|f| f.tier == tier).collect();
        if of.is_empty() {
            continue;
        }
        if std::mem::take(&mut is_first) {
            out.push('\n');
        }
        let symbols: u32 = of.iter().map(|f| f.change.affects.symbols).sum();
        let _ = writeln!(out, "{}: {} changes, {symbols} symbols, not judged", tier.name(), of.len());
        if options.full {
            for finding in of {
                let _ = writeln!(out, "  {}", finding.change.rule);
                example(out, finding, verdict, options);
            }
        }
    }
}

/// Shortens text in the middle to a number of columns.
fn fit(text: &str, columns: usize) -> String {
    let length = text.chars().count();
    if length <= columns || columns < 8 {
        return text.to_owned();
    }
    let tail = (columns - 1) / 3;
    let head = columns - 1 - tail;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - tail).collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn long_text_is_shortened_in_the_middle() {
        assert_eq!(fit("abcdefghijklmnop", 10), "abcdef…nop");
        assert_eq!(fit("short", 10), "short");
    }
}

//! The head of the page: what it comes to, what was known, which policy said so, and whom it concerns.

use std::io::{self, Write};

use super::super::needed;
use super::super::style::text_layout::{self, capital, count, number};
use super::super::summary::{Counts, Summary};
use super::super::text::{Standing, breaks_and_passes, owed, short_name, standing, types_unseen, word};
use super::escape::Text;
use crate::policy::{Ledger, Outcome, Verdict};
use crate::rules::Severity;

pub(super) fn write(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let summary = Summary::new(verdict);
    headline(verdict, &summary, out)?;
    writeln!(out, "<div class=\"facts\">")?;
    evidence(&verdict.ledger, out)?;
    tiers(&summary, out)?;
    consumers(verdict, out)?;
    writeln!(out, "</div>")
}

/// The class and the sign of an outcome.
fn look(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Compatible => ("fine", "✓"),
        Outcome::Breaking => ("bad", "✗"),
        Outcome::CannotCertify => ("unknown", "?"),
    }
}

fn headline(verdict: &Verdict, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let (class, sign) = look(verdict.outcome);
    let (old, new) = &verdict.releases;
    let means = match verdict.outcome {
        Outcome::Compatible if breaks_and_passes(verdict) => {
            "Something breaks, and the policy or somebody who decides lets it."
        }
        Outcome::Compatible if matches!(standing(verdict), Standing::Risky | Standing::SourceBreaking) => {
            "Nothing breaks every program; what is listed breaks those that use it in the way described."
        }
        Outcome::Compatible => {
            "Nothing breaking was found, and everything the baseline knew could be checked."
        }
        Outcome::Breaking => "Programs that were built against the old release break.",
        Outcome::CannotCertify => {
            "Nothing breaking was found, but not everything that has to be known is known."
        }
    };
    writeln!(
        out,
        "<header class=\"{class}\"><p class=\"verdict\"><span aria-hidden=\"true\">{sign}</span> {}</p>\
         <h1>{} <span role=\"img\" aria-label=\"to\">→</span> {}</h1><p>{means}</p>",
        word(verdict),
        Text(short_name(old)),
        Text(short_name(new)),
    )?;
    if !verdict.build.is_empty() {
        let places = verdict.build.join(", ");
        writeln!(out, "<p class=\"policy\">After: the build in <code>{}</code></p>", Text(places))?;
    }
    if verdict.is_same_build {
        writeln!(out, "<p class=\"notice\">Both sides are the same build.</p>")?;
    }
    for (label, name) in [("Before", old), ("After", new)] {
        if short_name(name) != name.as_str() {
            writeln!(out, "<p class=\"policy\">{label}: commit <code>{}</code></p>", Text(name))?;
        }
    }
    if let Some(why) = types_unseen(verdict).filter(|_| verdict.outcome == Outcome::Compatible) {
        writeln!(out, "<p class=\"notice\"><b>Types were not compared:</b> {}</p>", Text(why))?;
    }
    counts(summary, out)?;
    for line in owed(verdict) {
        writeln!(out, "<p class=\"policy\">{}</p>", Text(line))?;
    }
    writeln!(out, "<p class=\"policy\">{}</p>", Text(policy(verdict)))?;
    if let Some(trust) = &verdict.trust {
        writeln!(out, "<p class=\"policy\">{}</p>", Text(super::super::wording::trust(trust)))?;
    }
    for (label, sentences) in [("Cannot certify", &verdict.unmet), ("Policy", &verdict.notices)] {
        for sentence in sentences {
            writeln!(out, "<p class=\"notice\"><b>{label}:</b> {}</p>", Text(sentence))?;
        }
    }
    for line in super::super::wording::ways_out(verdict) {
        match line.strip_prefix(super::super::wording::COMMAND) {
            Some(command) => writeln!(out, "<p class=\"notice\"><code>{}</code></p>", Text(command))?,
            None => writeln!(out, "<p class=\"notice\">{}</p>", with_code(&line))?,
        }
    }
    writeln!(out, "</header>")
}

/// A sentence of the report's own, with its code marked.
fn with_code(line: &str) -> String {
    let code = |code: &str| format!("<code>{}</code>", Text(code));
    super::super::wording::with_code(line, &code, &|text| Text(text).to_string())
}

/// How many roots there are of each severity, worst first; what breaks is counted even where nothing does.
fn counts(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let mut told = summary.counted.present();
    if summary.counted.breaking == 0 {
        told.insert(usize::from(summary.counted.cannot_certify > 0), (Severity::Breaking, 0));
    }
    write!(out, "<ul class=\"counts\">")?;
    for (severity, n) in told {
        // None of a kind is no alarm.
        let class = if n == 0 { String::new() } else { format!(" class=\"{severity}\"") };
        write!(out, "<li{class}><b>{}</b> {severity}</li>", number(n))?;
    }
    for (n, what) in [
        (summary.derived, if summary.derived == 1 { "consequence" } else { "consequences" }),
        (summary.waived, "waived"),
        (summary.unreleased, "not released"),
    ] {
        if n > 0 {
            write!(out, "<li><b>{}</b> {what}</li>", number(n))?;
        }
    }
    writeln!(out, "</ul>")
}

/// `linux-aarch64; policy abigate.yaml, profile minor, 3 changes ignored`
fn policy(verdict: &Verdict) -> String {
    let platform = verdict.platform.as_ref().map(|platform| format!("{platform}; ")).unwrap_or_default();
    let file = verdict.policy.as_ref().map_or("no policy".to_owned(), |file| format!("policy {file}"));
    let ignored = match verdict.ignored {
        0 => String::new(),
        n => format!(", {} ignored", count(n, "change")),
    };
    format!("{platform}{file}, profile {}{ignored}", verdict.profile.name())
}

/// The ledger: how much both sides know.
fn evidence(ledger: &Ledger, out: &mut dyn Write) -> io::Result<()> {
    let of = |(all, known): (usize, usize)| match all {
        0 => "none".to_owned(),
        all if all == known => format!("all {}", number(all)),
        all => format!("{} of {}", number(known), number(all)),
    };
    let headers = |types: Option<usize>| types.map_or("not provided".to_owned(), number);
    let rows = [
        ("Exported symbols", number(ledger.old_exports), number(ledger.new_exports)),
        ("Vtables and typeinfos decoded", of(ledger.old_rtti), of(ledger.new_rtti)),
        ("Functions that debug info describes", of(ledger.old_types), of(ledger.new_types)),
        ("Types of the public headers", headers(ledger.headers.0), headers(ledger.headers.1)),
    ];
    writeln!(
        out,
        "<section aria-labelledby=\"evidence\"><h2 id=\"evidence\">Evidence</h2><table><caption>{} compared</caption>\
         <thead><tr><td></td><th scope=\"col\">before</th><th scope=\"col\">after</th></tr></thead><tbody>",
        count(ledger.libraries, "library"),
    )?;
    for (what, old, new) in rows {
        writeln!(
            out,
            "<tr><th scope=\"row\">{what}</th><td class=\"n\">{old}</td><td class=\"n\">{new}</td></tr>"
        )?;
    }
    writeln!(out, "</tbody></table>")?;
    if !ledger.unknown_layouts.is_empty() {
        let classes = count(ledger.unknown_layouts.len(), "class");
        writeln!(out, "<details><summary>Layout not known: {classes}</summary><ul>")?;
        ledger.unknown_layouts.iter().try_for_each(|name| writeln!(out, "<li>{}</li>", Text(name)))?;
        writeln!(out, "</ul></details>")?;
    }
    if !ledger.gaps.is_empty() {
        writeln!(out, "<details><summary>Not known: {}</summary><ul>", count(ledger.gaps.len(), "gap"))?;
        ledger.gaps.iter().try_for_each(|gap| writeln!(out, "<li>{}</li>", Text(gap)))?;
        writeln!(out, "</ul></details>")?;
    }
    writeln!(out, "</section>")
}

/// Roots of every tier.
fn tiers(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    if summary.tiers.is_empty() {
        return Ok(());
    }
    type Column = (&'static str, fn(&Counts) -> usize);
    let columns: [Column; 5] = [
        ("cannot certify", |counts| counts.cannot_certify),
        ("breaking", |counts| counts.breaking),
        ("risky", |counts| counts.risky),
        ("source", |counts| counts.source),
        ("compatible", |counts| counts.compatible),
    ];
    let present = |column: &&Column| summary.tiers.values().any(|counts| column.1(counts) > 0);
    let columns: Vec<&Column> = columns.iter().filter(present).collect();
    write!(
        out,
        "<section class=\"tiers\" aria-labelledby=\"tiers\"><h2 id=\"tiers\">Tiers</h2><table><caption>Root causes by part of the surface</caption>\
         <thead><tr><td></td>"
    )?;
    columns.iter().try_for_each(|(name, _)| write!(out, "<th scope=\"col\">{name}</th>"))?;
    writeln!(out, "</tr></thead><tbody>")?;
    for (tier, counts) in &summary.tiers {
        let aside = if tier.can_stop() { "" } else { " <small>not enforced</small>" };
        write!(out, "<tr><th scope=\"row\">{}{aside}</th>", Text(tier.name()))?;
        for (_, get) in &columns {
            let n = get(counts);
            let shown = if n == 0 { "–".to_owned() } else { number(n) };
            write!(out, "<td class=\"n\">{shown}</td>")?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody></table></section>")
}

/// Who breaks, of those that load with the old release.
fn consumers(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let Some(toll) = &verdict.consumers else { return Ok(()) };
    let of = format!("{} that load with {}", number(toll.loaded), verdict.releases.0);
    writeln!(
        out,
        "<section aria-labelledby=\"consumers\"><h2 id=\"consumers\">Consumers</h2><p>Of {}:</p><dl>",
        Text(of)
    )?;
    for (one, label, names) in [
        ("breaks", "break", &toll.broken),
        ("is reached by what breaks", "are reached by what breaks", &toll.exposed),
    ] {
        let label = if names.len() == 1 { one } else { label };
        let n = if names.is_empty() { "None".to_owned() } else { number(names.len()) };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        writeln!(out, "<dt>{n} {label}</dt><dd>{}</dd>", Text(text_layout::list(&names, 40)))?;
    }
    write!(out, "</dl>")?;
    for line in needed::lines(verdict) {
        write!(out, "<p>{}</p>", Text(capital(&line)))?;
    }
    writeln!(out, "</section>")
}

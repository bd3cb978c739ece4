//! `abigate policy check --releases`: how every stored release falls into the tiers, and what the policy says of none of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Result, bail};
use rayon::prelude::*;

use super::context::Context;
use super::unplaced;
use crate::policy::{Coverage, NameIndex, Policy, Versions, coverage_with};
use crate::report::style::text_layout::{columns, count, number};
use crate::store::Entry;

/// Writes what was found into `text`; whether the policy holds in the newest releases.
pub(super) fn check(
    policy: &Policy,
    platform: Option<&str>,
    unmatched: bool,
    context: &Context,
    text: &mut String,
) -> Result<bool> {
    let entries = context.session.stored(platform)?;
    let mut versions = Versions::new(policy);
    let progress = context.progress();
    let index = NameIndex::new(policy);
    let read = |entry: &Entry| -> Result<_> {
        let release = context.session.load_stored_surface(entry)?;
        Ok((coverage_with(&index, &release), versions.exported(&release)))
    };
    let read: Vec<_> = entries.par_iter().map(read).collect::<Result<_>>()?;
    drop(progress);
    let mut all: Vec<(&Entry, Coverage)> = Vec::new();
    for (entry, (coverage, exported)) in entries.iter().zip(read) {
        versions.add(&entry.release, exported);
        all.push((entry, coverage));
    }
    if all.is_empty() {
        bail!("no release is stored in {}", context.session.store().root().display());
    }
    table(&all, text);
    let is_met = required(&all, context, text);
    idle(&all, context, text);
    let misdated = versions.misdated();
    for wrong in &misdated {
        let _ = writeln!(text, "{}:{}: {}", wrong.file, wrong.line, wrong.what);
    }
    if versions.declared() > 0 && misdated.is_empty() {
        let names = count(versions.declared(), "name");
        let _ = writeln!(text, "{names} with a version: no stored release contradicts it");
    }
    if unmatched {
        all.iter().for_each(|(entry, coverage)| names(entry, coverage, text));
    }
    Ok(is_met && misdated.is_empty())
}

/// Symbols and types by tier, and how many nothing places.
fn table(all: &[(&Entry, Coverage)], text: &mut String) {
    for (what, place) in [("symbols", 0), ("types", 1)] {
        let tiers = &all[0].1.tiers;
        let mut lines = vec![vec![what.to_owned(), "all".to_owned()]];
        lines[0].extend(tiers.iter().cloned());
        lines[0].push("in no tier".to_owned());
        for (entry, coverage) in all {
            let (lost, sum) = coverage.unmatched()[place];
            let mut line = vec![format!("{} {}", entry.release, entry.platform), number(sum)];
            let of = |pair: &(usize, usize)| if place == 0 { pair.0 } else { pair.1 };
            line.extend(coverage.by_tier().iter().map(|pair| number(of(pair))));
            line.push(format!("{} {:4.1} %", number(lost), 100.0 * lost as f64 / sum.max(1) as f64));
            lines.push(line);
        }
        let width = |at: usize| lines.iter().map(|line| columns(&line[at])).max().unwrap_or(0);
        let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
        for line in &lines {
            let _ = write!(text, "{:1$}", line[0], widths[0]);
            for (cell, width) in line.iter().zip(&widths).skip(1) {
                let _ = write!(text, "  {cell:>width$}");
            }
            text.push('\n');
        }
        text.push('\n');
    }
}

/// What the policy requires and a release lacks. What only older ones lack came later, which is nobody's fault.
fn required(all: &[(&Entry, Coverage)], context: &Context, text: &mut String) -> bool {
    let mut is_met = true;
    for (at, (entry, coverage)) in all.iter().enumerate() {
        if all[at + 1..].iter().any(|(later, _)| later.platform == entry.platform) {
            continue;
        }
        for (line, pattern) in &coverage.missing {
            is_met = false;
            let (file, release) = (context.session.config().file_name(), &entry.release);
            let _ =
                writeln!(text, "{file}:{line}: required, and no library of {release} exports it: {pattern}");
        }
    }
    is_met
}

/// Patterns that find nothing in any release.
fn idle(all: &[(&Entry, Coverage)], context: &Context, text: &mut String) {
    let mut counts: BTreeMap<&(usize, String), usize> = BTreeMap::new();
    for pattern in all.iter().flat_map(|(_, coverage)| &coverage.idle) {
        *counts.entry(pattern).or_default() += 1;
    }
    for ((line, what), _) in counts.into_iter().filter(|(_, idle)| *idle == all.len()) {
        let file = context.session.config().file_name();
        let _ = writeln!(text, "{file}:{line}: {what} matches nothing in any stored release");
    }
}

fn names(entry: &Entry, coverage: &Coverage, text: &mut String) {
    for share in &coverage.libraries {
        let (symbols, types) = (&share.unmatched_symbols, &share.unmatched_types);
        if symbols.is_empty() && types.is_empty() {
            continue;
        }
        let told = format!("{}, {}", count(symbols.len(), "symbol"), count(types.len(), "type"));
        let _ =
            writeln!(text, "\n{} {}, {}: in no tier: {told}", entry.release, entry.platform, share.library);
        unplaced::write(share, text);
    }
}

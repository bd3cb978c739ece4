//! What the page can be searched and narrowed down by. It is there once the script runs: without it, everything shows.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::super::outline::Outline;
use super::super::style::text_layout::number;
use super::escape::Text;
use crate::policy::Finding;

pub(super) fn write(outline: &Outline, out: &mut dyn Write) -> io::Result<()> {
    let roots: Vec<&Finding> = outline.all().flat_map(|group| group.roots.iter().copied()).collect();
    if roots.len() < 2 {
        return Ok(());
    }
    writeln!(
        out,
        "<form id=\"filters\" role=\"search\" hidden><label class=\"search\">Search \
         <input type=\"search\" id=\"text\" placeholder=\"names, symbols, words\" autocomplete=\"off\" spellcheck=\"false\" \
         aria-keyshortcuts=\"/\"></label>"
    )?;
    // Worst first, and tiers as the policy has them: names alone would shuffle both.
    let severity = |f: &Finding| (std::cmp::Reverse(f.severity), f.severity.name().to_owned());
    select("severity", "Severity", &roots, severity, out)?;
    select("tier", "Tier", &roots, |f| (f.tier.clone(), f.tier.name().to_owned()), out)?;
    select("rule", "Rule", &roots, |f| ((), f.change.rule.id().to_owned()), out)?;
    select(
        "library",
        "Library",
        &roots,
        |f| ((), f.change.subject.library.clone().unwrap_or_default()),
        out,
    )?;
    writeln!(
        out,
        "<p class=\"tools\"><output id=\"shown\" data-total=\"{1}\" aria-live=\"polite\">{0} of {0}</output> \
         <button type=\"reset\">Clear</button> <button type=\"button\" id=\"open\">Open all</button> \
         <button type=\"button\" id=\"close\">Close all</button></p></form>\
         <p id=\"told\" role=\"status\" hidden></p>",
        number(roots.len()),
        roots.len(),
    )
}

/// A choice among what the roots have, with how many have it.
fn select<K: Ord>(
    id: &str,
    label: &str,
    roots: &[&Finding],
    key: impl Fn(&Finding) -> (K, String),
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut counts: BTreeMap<(K, String), usize> = BTreeMap::new();
    for root in roots {
        *counts.entry(key(root)).or_default() += 1;
    }
    write!(out, "<label>{label} <select id=\"{id}\"><option value=\"\">all</option>")?;
    for ((_, value), n) in counts.iter().filter(|((_, value), _)| !value.is_empty()) {
        write!(out, "<option value=\"{0}\">{0} ({1})</option>", Text(value), number(*n))?;
    }
    writeln!(out, "</select></label>")
}

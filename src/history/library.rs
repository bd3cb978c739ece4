//! One library through all releases: exports, breaks by tier, what it needs.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{Breaks, Figures, Now, Since, Table};
use crate::abi::library_stem;
use crate::abi::{Library, Release};
use crate::platform::floor;
use crate::policy::{Finding, Tier};
use crate::rules::{Family, Rule, Severity};

/// Findings that say that the bytes of a type are spent otherwise.
const LAYOUT: [Rule; 16] = [
    Rule::TypeSizeChanged,
    Rule::TypeAlignmentChanged,
    Rule::TailPaddingChanged,
    Rule::BaseAdded,
    Rule::BaseRemoved,
    Rule::BaseReordered,
    Rule::BaseMoved,
    Rule::MemberAdded,
    Rule::MemberRemoved,
    Rule::MemberMoved,
    Rule::MemberReordered,
    Rule::MemberAddedInPadding,
    Rule::MemberAddedInReserve,
    Rule::MemberTypeChanged,
    Rule::BitfieldChanged,
    Rule::UnderlyingTypeChanged,
];

/// The figures of the library that is called so (file name, SONAME, or either without version and hash), or the names of
/// all libraries where none is. `findings` gives those of a release and the one before it ([`super::judge`]).
///
/// # Errors
/// No release has such a library.
pub fn library(
    releases: &[&Release],
    name: &str,
    findings: &[Option<Vec<Finding>>],
) -> Result<Table, Vec<String>> {
    let found: Vec<Option<&Library>> = releases.iter().map(|release| find(release, name)).collect();
    let Some(newest) = found.iter().rev().flatten().next() else { return Err(library_names(releases)) };
    let comparisons: Vec<Option<(Since, BTreeMap<Tier, Breaks>)>> = (0..releases.len())
        .into_par_iter()
        .map(|new| {
            let old = new.checked_sub(1)?;
            if found[old].is_none() && found[new].is_none() {
                return None;
            }
            Some(since(findings.get(new)?.as_deref()?, found[old], found[new]))
        })
        .collect();
    let broken = comparisons.iter().flatten().flat_map(|(_, tiers)| tiers.keys());
    let tiers: BTreeSet<&Tier> = broken.collect();
    let rows =
        releases.iter().zip(&found).zip(&comparisons).map(|((release, library), comparison)| Figures {
            release: release.name.clone(),
            now: library.map(|library| now(release, library)),
            since: comparison.as_ref().map(|(since, by_tier)| Since {
                tiers: tiers.iter().map(|tier| by_tier.get(*tier).copied().unwrap_or_default()).collect(),
                ..since.clone()
            }),
        });
    Ok(Table {
        library: newest.name.clone(),
        platform: releases.first().map(|release| release.platform.to_string()).unwrap_or_default(),
        tiers: tiers.iter().map(|tier| tier.name().to_owned()).collect(),
        rows: rows.collect(),
    })
}

/// Names of all libraries without version and hash, sorted.
pub fn library_names(releases: &[&Release]) -> Vec<String> {
    let names =
        releases.iter().flat_map(|release| &release.libraries).map(|l| library_stem(&l.name).to_owned());
    names.collect::<BTreeSet<String>>().into_iter().collect()
}

fn find<'r>(release: &'r Release, name: &str) -> Option<&'r Library> {
    let is_exact = |library: &&Library| library.name == name || library.link_name() == name;
    let is_near = |library: &&Library| library_stem(&library.name) == library_stem(name);
    release.libraries.iter().find(is_exact).or_else(|| release.libraries.iter().find(is_near))
}

fn now(release: &Release, library: &Library) -> Now {
    Now {
        library: library.name.clone(),
        exports: library.exports.len(),
        floor: floor::highest(release, library).into_iter().map(str::to_owned).collect(),
        cxx11: library.cxx11,
    }
}

fn since(
    findings: &[Finding],
    old: Option<&Library>,
    new: Option<&Library>,
) -> (Since, BTreeMap<Tier, Breaks>) {
    let keys = |library: Option<&Library>| -> BTreeSet<String> {
        let exports = library.into_iter().flat_map(|library| &library.exports);
        exports.map(|export| export.versioned_name()).collect()
    };
    let (before, after) = (keys(old), keys(new));
    let is_of_library = |finding: &&Finding| concerns(finding, old) || concerns(finding, new);
    let mut by_tier: BTreeMap<Tier, Breaks> = BTreeMap::new();
    let (mut vtables, mut layouts) = (BTreeSet::new(), BTreeSet::new());
    for finding in findings.iter().filter(is_of_library) {
        let (rule, subject) = (finding.change.rule, &finding.change.subject);
        if rule.entry().family == Family::Vtables {
            vtables.insert(&subject.name);
        }
        if LAYOUT.contains(&rule) {
            layouts.insert(&subject.name);
        }
        if finding.derived_from.is_none() && finding.severity >= Severity::Risky {
            let breaks = by_tier.entry(finding.tier.clone()).or_default();
            match finding.severity {
                Severity::Breaking => breaks.breaking += 1,
                Severity::Risky => breaks.risky += 1,
                _ => {}
            }
        }
    }
    by_tier.retain(|_, breaks| *breaks != Breaks::default());
    let since = Since {
        added: after.difference(&before).count(),
        removed: before.difference(&after).count(),
        tiers: Vec::new(),
        vtables: vtables.len(),
        layouts: layouts.len(),
    };
    (since, by_tier)
}

/// Whether a finding is about a library, or about the release because of it.
fn concerns(finding: &Finding, library: Option<&Library>) -> bool {
    let Some(library) = library else { return false };
    let subject = &finding.change.subject;
    match &subject.library {
        Some(of) => *of == library.name,
        None => finding.change.affects.libraries.contains(&library.name),
    }
}

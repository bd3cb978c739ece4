//! The counts that every format gives.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::policy::{Finding, Tier, Verdict};
use crate::rules::{Rule, Severity};

/// Root findings by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Of [`Severity::Breaking`].
    pub breaking: usize,
    /// Of [`Severity::Risky`].
    pub risky: usize,
    /// Of [`Severity::Source`].
    pub source: usize,
    /// Of [`Severity::Compatible`].
    pub compatible: usize,
    /// Of [`Severity::CannotCertify`].
    pub cannot_certify: usize,
}

impl Counts {
    fn add(&mut self, severity: Severity) {
        *match severity {
            Severity::Breaking => &mut self.breaking,
            Severity::Risky => &mut self.risky,
            Severity::Source => &mut self.source,
            Severity::Compatible => &mut self.compatible,
            Severity::CannotCertify => &mut self.cannot_certify,
        } += 1;
    }

    /// Severities that occur, worst first.
    pub fn present(&self) -> Vec<(Severity, usize)> {
        let all = [
            (Severity::CannotCertify, self.cannot_certify),
            (Severity::Breaking, self.breaking),
            (Severity::Risky, self.risky),
            (Severity::Source, self.source),
            (Severity::Compatible, self.compatible),
        ];
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

/// Exported symbols on both sides.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Exports {
    pub(super) old: usize,
    pub(super) new: usize,
}

/// What the findings add up to.
#[derive(Clone, Debug)]
pub(super) struct Summary {
    /// Roots of the tiers that may stop somebody, which is what the verdict is about.
    pub(super) counted: Counts,
    /// Roots of every tier.
    pub(super) tiers: BTreeMap<Tier, Counts>,
    /// Findings that follow from others.
    pub(super) derived: usize,
    /// Roots that the policy accepts, which are in no other count.
    pub(super) waived: usize,
    /// Those among them that a new SONAME declares.
    pub(super) declared: usize,
    /// Roots about what no release promises yet, which are in no other count either.
    pub(super) unreleased: usize,
    pub(super) exports: Exports,
    pub(super) symbols_gone: usize,
    pub(super) symbols_added: usize,
}

impl Summary {
    pub(super) fn new(verdict: &Verdict) -> Summary {
        let mut tiers: BTreeMap<Tier, Counts> = BTreeMap::new();
        let (mut derived, mut waived, mut unreleased, mut gone, mut added) = (0, 0, 0, 0, 0);
        let mut counted = Counts::default();
        let is_declared = |finding: &&Finding| {
            finding.derived_from.is_none() && finding.waived.as_ref().is_some_and(|w| w.declared.is_some())
        };
        let declared = verdict.findings.iter().filter(is_declared).count();
        for finding in &verdict.findings {
            match finding.derived_from {
                Some(_) => derived += 1,
                None if finding.waived.is_some() => waived += 1,
                None if finding.unreleased.is_some() => unreleased += 1,
                None => {
                    tiers.entry(finding.tier.clone()).or_default().add(finding.severity);
                    if finding.tier.can_stop() {
                        counted.add(finding.severity);
                    }
                }
            }
            let members = finding.change.members.len();
            match finding.change.rule {
                rule if says_gone(rule) => gone += members,
                Rule::SymbolAdded => added += members,
                _ => {}
            }
        }
        Summary {
            counted,
            tiers,
            derived,
            waived,
            declared,
            unreleased,
            exports: Exports { old: verdict.ledger.old_exports, new: verdict.ledger.new_exports },
            symbols_gone: gone,
            symbols_added: added,
        }
    }
}

/// Whether the members of a finding are symbols that the library exported and does not any more. Each is in one such
/// finding only.
fn says_gone(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::SymbolRemoved
            | Rule::SymbolsRenamedTogether
            | Rule::Cxx11AbiChanged
            | Rule::LibraryRemoved
            | Rule::LeakedSymbolRemoved
            | Rule::SymbolMoved
            | Rule::SymbolOrphaned
            | Rule::WeakSymbolRemoved
            | Rule::InstantiationRemoved
            | Rule::SignatureChanged
            | Rule::SymbolRenamed
            | Rule::DefaultArgumentAbsorbed
            | Rule::SymbolVersionChanged
            | Rule::VtableRemoved
            | Rule::TypeinfoRemoved
            | Rule::ClassLostPolymorphism
    )
}

//! The order in which findings are told: roots by severity and rule, the most important first.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use crate::diff::SubjectKind;
use crate::policy::{Finding, Tier, Verdict};
use crate::rules::{Rule, Severity};
use crate::spelling;

/// Findings as a forest.
pub(super) struct Outline<'a> {
    /// Roots of every tier, by severity, rule and importance.
    pub(super) groups: Vec<Group<'a>>,
    /// Roots that the policy accepts, likewise; they are in none of the other groups.
    pub(super) waived: Vec<Group<'a>>,
    /// Roots about what no release promises yet, likewise.
    pub(super) unreleased: Vec<Group<'a>>,
    derived: HashMap<&'a str, Vec<&'a Finding>>,
}

/// Roots of one tier, severity and rule.
pub(super) struct Group<'a> {
    pub(super) tier: Tier,
    pub(super) severity: Severity,
    pub(super) rule: Rule,
    /// The most important first.
    pub(super) roots: Vec<&'a Finding>,
}

impl Group<'_> {
    /// In a word, why its roots do not count; none: they do. Roots of one group are alike in that.
    pub(super) fn uncounted(&self) -> Option<&'static str> {
        let first = self.roots.first()?;
        match (&first.waived, &first.unreleased) {
            (Some(_), _) => Some("waived"),
            (None, Some(_)) => Some("not released"),
            (None, None) => None,
        }
    }

    /// Exported symbols that the roots concern.
    pub(super) fn symbols(&self) -> usize {
        self.roots.iter().map(|f| symbols(f)).sum()
    }

    /// About the release as a whole: what explains most, or concerns everybody.
    pub(super) fn is_release_wide(&self) -> bool {
        self.roots.iter().any(|f| f.change.subject.kind == SubjectKind::Release)
    }

    fn reach(&self) -> (usize, u64) {
        (broken(&self.roots), self.roots.iter().map(|f| reach(f)).sum())
    }
}

/// What findings are told together by: not enforced and unreleased, tier, severity and rule.
type Together<'a> = ((bool, bool), &'a Tier, Severity, Rule);

impl<'a> Outline<'a> {
    pub(super) fn new(verdict: &'a Verdict) -> Outline<'a> {
        let mut derived: HashMap<&str, Vec<&Finding>> = HashMap::new();
        let mut by_kind: HashMap<Together<'_>, Vec<&Finding>> = HashMap::new();
        for finding in &verdict.findings {
            match &finding.derived_from {
                Some(root) => derived.entry(root).or_default().push(finding),
                None => {
                    let standing = (finding.waived.is_some(), finding.unreleased.is_some());
                    let kind = (standing, &finding.tier, finding.severity, finding.change.rule);
                    by_kind.entry(kind).or_default().push(finding);
                }
            }
        }
        let (mut groups, mut waived, mut unreleased) = (Vec::new(), Vec::new(), Vec::new());
        for ((standing, tier, severity, rule), mut roots) in by_kind {
            roots.sort_by_cached_key(|f| importance(f));
            let group = Group { tier: tier.clone(), severity, rule, roots };
            match standing {
                (true, _) => waived.push(group),
                (false, true) => unreleased.push(group),
                (false, false) => groups.push(group),
            }
        }
        for list in [&mut groups, &mut waived, &mut unreleased] {
            list.sort_by_cached_key(|g| {
                // What may stop somebody is told together, whatever its tier.
                let tier = Some(g.tier.clone()).filter(|tier| !tier.can_stop());
                let order = (Reverse(g.severity), !g.is_release_wide(), Reverse(g.reach()), g.rule);
                (tier, order, g.tier.clone())
            });
        }
        Outline { groups, waived, unreleased, derived }
    }

    /// Groups of the tiers that may stop somebody.
    pub(super) fn told(&self) -> impl Iterator<Item = &Group<'a>> {
        self.groups.iter().filter(|g| g.tier.can_stop())
    }

    /// Groups of each of the other tiers.
    pub(super) fn aside(&self) -> impl Iterator<Item = Vec<&Group<'a>>> {
        let groups: Vec<&Group> = self.groups.iter().filter(|g| !g.tier.can_stop()).collect();
        let tiers: Vec<Vec<&Group>> = groups.chunk_by(|a, b| a.tier == b.tier).map(<[_]>::to_vec).collect();
        tiers.into_iter()
    }

    /// Everything: what counts, then what does not.
    pub(super) fn all(&self) -> impl Iterator<Item = &Group<'a>> {
        self.groups.iter().chain(&self.waived).chain(&self.unreleased)
    }

    /// What follows from a finding.
    pub(super) fn derived(&self, finding: &Finding) -> &[&'a Finding] {
        self.derived.get(&*finding.id).map_or(&[], Vec::as_slice)
    }
}

/// Exported symbols that a finding concerns.
pub(super) fn symbols(finding: &Finding) -> usize {
    (finding.change.affects.symbols as usize).max(finding.change.members.len())
}

/// How much a finding concerns.
pub(super) fn reach(finding: &Finding) -> u64 {
    let affects = &finding.change.affects;
    let users = [affects.derived, affects.by_value, affects.by_pointer, affects.variables, affects.types];
    symbols(finding) as u64 + users.into_iter().map(u64::from).sum::<u64>() + 1
}

/// Consumers that any of some roots breaks.
pub(super) fn broken(roots: &[&Finding]) -> usize {
    let names: BTreeSet<&String> = roots.iter().flat_map(|root| &root.consumers.breaks).collect();
    names.len()
}

/// What breaks most consumers first, then what reaches most, then what looks most public: few scopes, no words for internals; ties by name.
pub(super) fn importance(finding: &Finding) -> (Reverse<(usize, u64)>, bool, usize, &str, &str) {
    let name = finding.change.subject.name.as_str();
    let (is_internal, scopes) = spelling::seclusion(name);
    (Reverse((finding.consumers.breaks.len(), reach(finding))), is_internal, scopes, name, &finding.id)
}

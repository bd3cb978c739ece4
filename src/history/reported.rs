//! Which findings of a comparison concern what is asked for.

use std::collections::BTreeMap;

use super::Told;
use super::entities::{Entities, subject_name};
use crate::abi::{Release, unversioned};
use crate::diff::{self, AffectedSymbol, Change, SubjectKind};
use crate::policy::{self, Date, Finding, JudgeContext, Policy};
use crate::rules::Rule;

/// What a policy thinks of the changes between two releases, whoever has accepted them.
pub fn judge(old: &Release, new: &Release, policy: &Policy) -> Vec<Finding> {
    let changes = diff::compare_with(old, new, policy.patterns());
    // Waivers are not looked at, so that it is the same on every day.
    let circumstances = JudgeContext::of(old, new, Date::from_days(0));
    policy::judge_unwaived(changes, old, new, policy, &circumstances).findings
}

/// The findings by entity, worst first.
pub(super) fn by_entity(entities: &Entities, findings: &[Finding]) -> BTreeMap<usize, Vec<Told>> {
    let roots: BTreeMap<&str, &Finding> = findings.iter().map(|f| (f.id.as_str(), f)).collect();
    let mut told: BTreeMap<usize, Vec<Told>> = BTreeMap::new();
    for finding in findings {
        for (entity, concerned) in concerned(entities, &finding.change) {
            let root = finding.derived_from.as_deref().and_then(|id| roots.get(id));
            let change = &finding.change;
            told.entry(entity).or_default().push(Told {
                rule: change.rule,
                severity: finding.severity,
                tier: finding.tier.clone(),
                subject: change.subject.name.clone(),
                kind: change.subject.kind,
                is_own: concerned.is_own,
                detail: change.detail.clone(),
                follows: root.map(|root| (root.change.rule, root.change.subject.name.clone())),
                symbols: concerned.symbols,
                of: change.members.len(),
            });
        }
    }
    told
}

#[derive(Default)]
struct Concerned {
    is_own: bool,
    symbols: Vec<AffectedSymbol>,
}

/// The entities that a change is about, or that some of its symbols belong to.
fn concerned(entities: &Entities, change: &Change) -> BTreeMap<usize, Concerned> {
    let mut found: BTreeMap<usize, Concerned> = BTreeMap::new();
    let subject = change.subject.symbol.as_deref().map(unversioned);
    for member in &change.members {
        // Who was renamed to what is asked for tells where that came from.
        for symbol in [Some(&member.symbol), member.replaced_by.as_ref()].into_iter().flatten() {
            let Some(&(entity, is_own)) = entities.by_symbol.get(unversioned(symbol)) else { continue };
            let concerned = found.entry(entity).or_default();
            concerned.is_own |= is_own && change.subject.kind != SubjectKind::Symbols;
            if concerned.symbols.last() != Some(member) {
                concerned.symbols.push(member.clone());
            }
        }
    }
    if let Some(&(entity, is_own)) = subject.and_then(|symbol| entities.by_symbol.get(symbol)) {
        found.entry(entity).or_default().is_own |= is_own;
    }
    let has_name = matches!(
        change.subject.kind,
        SubjectKind::Class
            | SubjectKind::Type
            | SubjectKind::Constant
            | SubjectKind::Variable
            | SubjectKind::Scope
    );
    if has_name && (subject.is_none() || change.subject.kind == SubjectKind::Class) {
        for &entity in entities
            .by_name
            .get(&subject_name(&change.subject.name, change.subject.kind))
            .into_iter()
            .flatten()
        {
            found.entry(entity).or_default().is_own = true;
        }
    }
    values_of_enum(entities, change, &mut found);
    found
}

/// An enum's findings list the enumerators that they are about.
fn values_of_enum(entities: &Entities, change: &Change, found: &mut BTreeMap<usize, Concerned>) {
    let is_about_values = matches!(
        change.rule,
        Rule::EnumeratorValueChanged
            | Rule::EnumeratorRemoved
            | Rule::EnumeratorRenamed
            | Rule::EnumeratorAdded
            | Rule::EnumSentinelMoved
            | Rule::TypeRemoved
            | Rule::UnderlyingTypeChanged
    );
    if change.subject.kind != SubjectKind::Type || !is_about_values {
        return;
    }
    let of_enum = subject_name(&change.subject.name, change.subject.kind);
    for (at, entity) in entities.list.iter().enumerate() {
        if entity.of_enum.as_ref() == Some(&of_enum) {
            found.entry(at).or_default().is_own = true;
        }
    }
}

//! Enumerations that both releases define.

use std::collections::BTreeMap;

use super::layout_equivalence::{LayoutEquivalence, LayoutEquivalences};
use super::raw_finding::{Found, list};
use crate::abi::Type;
use crate::patterns::Patterns;
use crate::rules::Rule;

/// Compares two definitions of one enumeration.
pub(super) fn compare(
    equivalences: &LayoutEquivalences<'_, '_>,
    patterns: &Patterns,
    old: &Type,
    new: &Type,
) -> Vec<Found> {
    let mut found = Vec::new();
    underlying(equivalences, old, new, &mut found);
    if old.scoped != new.scoped {
        let text = |scoped: bool| if scoped { "enum class" } else { "enum" };
        found.push(Found::aside(Rule::EnumScopedChanged).between(text(old.scoped), text(new.scoped)));
    }
    enumerators(patterns, old, new, &mut found);
    found
}

fn underlying(equivalences: &LayoutEquivalences<'_, '_>, old: &Type, new: &Type, found: &mut Vec<Found>) {
    let text = |type_: &Type| match (&type_.target, type_.size) {
        (Some(target), _) => target.to_string(),
        (None, Some(size)) => super::raw_finding::bytes(size),
        (None, None) => "unknown".to_owned(),
    };
    let equivalence = match (&old.target, &new.target) {
        _ if old.size != new.size => LayoutEquivalence::Different,
        (Some(from), Some(to)) => equivalences.of(from, to),
        _ => LayoutEquivalence::Identical,
    };
    // The compiler chooses it anew for each set of values: another sign alone is no decision.
    if equivalence != LayoutEquivalence::Identical {
        found.push(Found::retyped(Rule::UnderlyingTypeChanged, equivalence).between(text(old), text(new)));
    }
}

/// Whether an enumerator is the largest or the last that is declared. Behind one that ends the others may stand one that
/// counts them.
fn is_last(patterns: &Patterns, of: &Type, name: &str, value: i128) -> bool {
    let others = || of.enumerators.iter();
    let is_largest = || others().all(|other| other.value <= value || patterns.is_sentinel(&other.name));
    let behind = others().skip_while(|other| *other.name != *name);
    is_largest() || behind.skip(1).all(|other| patterns.is_sentinel(&other.name))
}

fn enumerators(patterns: &Patterns, old: &Type, new: &Type, found: &mut Vec<Found>) {
    let values = |type_: &Type| -> BTreeMap<String, i128> {
        type_.enumerators.iter().map(|e| (e.name.to_string(), e.value)).collect()
    };
    let (before, after) = (values(old), values(new));
    let mut added: Vec<(&String, i128)> =
        after.iter().filter(|(name, _)| !before.contains_key(*name)).map(|(n, v)| (n, *v)).collect();
    added.sort_by_key(|(_, value)| *value);
    let (mut changed, mut moved, mut renamed, mut removed) = (vec![], vec![], vec![], vec![]);
    for (name, value) in old.enumerators.iter().map(|e| (e.name.to_string(), e.value)) {
        match after.get(&name) {
            Some(now) if *now == value => {}
            Some(now) => {
                let counts = patterns.is_sentinel(&name)
                    && is_last(patterns, old, &name, value)
                    && is_last(patterns, new, &name, *now);
                let list = if counts { &mut moved } else { &mut changed };
                list.push(format!("{name} {value} → {now}"));
            }
            // Another name for the value, which nobody had before.
            None => match added.iter().position(|(_, v)| *v == value) {
                Some(at) => renamed.push(format!("{name} is {}", added.remove(at).0)),
                None => removed.push(format!("{name} = {value}")),
            },
        }
    }
    let added: Vec<String> = added.into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
    for (rule, items) in [
        (Rule::EnumeratorValueChanged, changed),
        (Rule::EnumSentinelMoved, moved),
        (Rule::EnumeratorRenamed, renamed),
        (Rule::EnumeratorRemoved, removed),
        (Rule::EnumeratorAdded, added),
    ] {
        if !items.is_empty() {
            found.push(Found::aside(rule).detail(list(&items)));
        }
    }
}

//! Enumerations that both releases define.

use std::collections::BTreeMap;

use super::super::{Detail, Enumerator, Renamed, Value, ValueChange};
use super::layout_equivalence::{LayoutEquivalence, LayoutEquivalences};
use super::raw_finding::RawFinding;
use crate::abi::Type;
use crate::patterns::Patterns;
use crate::rules::{Rule, Severity};

/// Compares two definitions of one enumeration. `now`: what the name of an enumerator stands for that is a macro or another
/// constant in the new release.
pub(super) fn compare(
    equivalences: &LayoutEquivalences<'_, '_>,
    patterns: &Patterns,
    now: &dyn Fn(&str) -> Option<i128>,
    old: &Type,
    new: &Type,
) -> Vec<RawFinding> {
    let mut found = Vec::new();
    underlying(equivalences, old, new, &mut found);
    if old.scoped != new.scoped {
        let (from, to) = (Value::Scoped(old.scoped), Value::Scoped(new.scoped));
        found.push(RawFinding::independent(Rule::EnumScopedChanged).between(from, to));
    }
    enumerators(patterns, now, old, new, &mut found);
    found
}

fn underlying(
    equivalences: &LayoutEquivalences<'_, '_>,
    old: &Type,
    new: &Type,
    found: &mut Vec<RawFinding>,
) {
    let value = |type_: &Type| match (&type_.target, type_.size) {
        (Some(target), _) => Value::type_(&**target),
        (None, Some(size)) => Value::Bytes(size),
        (None, None) => Value::Unknown,
    };
    let equivalence = match (&old.target, &new.target) {
        _ if old.size != new.size => LayoutEquivalence::Different,
        (Some(from), Some(to)) => equivalences.of(from, to),
        _ => LayoutEquivalence::Identical,
    };
    // The compiler chooses it anew for each set of values: another sign alone is no decision.
    if equivalence != LayoutEquivalence::Identical {
        let change = RawFinding::retyped(Rule::UnderlyingTypeChanged, equivalence);
        found.push(change.between(value(old), value(new)));
    }
}

/// Whether an enumerator is the largest or the last that is declared, or is that of those that stand before it. Behind one
/// that ends the others may stand one that counts them, places that are kept, or others that are numbered apart.
fn is_last(patterns: &Patterns, of: &Type, name: &str, value: i128) -> bool {
    let others = || of.enumerators.iter();
    let counts =
        |other: &crate::abi::Enumerator| !patterns.is_sentinel(&other.name) && !is_placeholder(&other.name);
    let is_largest = || others().all(|other| other.value <= value || !counts(other));
    let behind = || others().skip_while(|other| *other.name != *name).skip(1);
    let before = others().take_while(|other| *other.name != *name).filter(|other| counts(other));
    let largest_before = before.map(|other| other.value).max();
    let ends_those_before = || largest_before.is_some_and(|largest| value == largest || value == largest + 1);
    is_largest() || !behind().any(counts) || ends_those_before() || is_mask_of_all(of, name, value)
}

/// Whether an enumerator is all bits of the smaller ones together, of which several are one bit each.
fn is_mask_of_all(of: &Type, name: &str, value: i128) -> bool {
    let others = || of.enumerators.iter().filter(|other| *other.name != *name && other.value < value);
    let flags = others().filter(|other| other.value > 0 && other.value & (other.value - 1) == 0).count();
    flags > 1 && others().fold(0, |all, other| all | other.value) == value
}

/// Whether an enumerator is called as one that stands for all others.
fn is_all(name: &str) -> bool {
    name.rsplit('_').next().is_some_and(|last| ["all", "mask", "any"].contains(&&*last.to_ascii_lowercase()))
}

/// Whether an enumerator only keeps a number: nobody is to use it.
fn is_placeholder(name: &str) -> bool {
    const WORDS: [&str; 4] = ["obsolete", "reserved", "unused", "placeholder"];
    let word = |part: &str| part.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase();
    name.split('_').any(|part| WORDS.contains(&&*word(part)))
}

fn enumerators(
    patterns: &Patterns,
    now: &dyn Fn(&str) -> Option<i128>,
    old: &Type,
    new: &Type,
    found: &mut Vec<RawFinding>,
) {
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
                let counts = (patterns.is_sentinel(&name) || is_all(&name))
                    && is_last(patterns, old, &name, value)
                    && is_last(patterns, new, &name, *now);
                let list = if counts { &mut moved } else { &mut changed };
                list.push(ValueChange { name, old: value.to_string(), new: now.to_string() });
            }
            // Another name for the value, which nobody had before.
            None => match added.iter().position(|(_, v)| *v == value) {
                Some(at) => renamed.push(Renamed { old: name, new: added.remove(at).0.clone() }),
                None => match now(&name) {
                    Some(other) if other == value => {}
                    Some(other) => {
                        changed.push(ValueChange { name, old: value.to_string(), new: other.to_string() });
                    }
                    None => removed.push(Enumerator { name, value }),
                },
            },
        }
    }
    let is_kept = changed.iter().all(|change: &ValueChange| is_placeholder(&change.name));
    let has_added = !added.is_empty();
    let added = added.into_iter().map(|(name, value)| Enumerator { name: name.clone(), value }).collect();
    for (rule, is_any, detail) in [
        (Rule::EnumeratorValueChanged, !changed.is_empty(), Detail::Values(changed)),
        (Rule::EnumSentinelMoved, !moved.is_empty(), Detail::Values(moved)),
        (Rule::EnumeratorRenamed, !renamed.is_empty(), Detail::Renamed(renamed)),
        (Rule::EnumeratorRemoved, !removed.is_empty(), Detail::Enumerators(removed)),
        (Rule::EnumeratorAdded, has_added, Detail::Enumerators(added)),
    ] {
        if is_any {
            let change = RawFinding::independent(rule).detail(detail);
            found.push(match rule == Rule::EnumeratorValueChanged && is_kept {
                true => change.weighing(Severity::Risky),
                false => change,
            });
        }
    }
}

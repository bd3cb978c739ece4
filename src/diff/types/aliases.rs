//! Typedefs and alias declarations that both releases have.

use super::super::Value;
use super::layout_equivalence::LayoutEquivalences;
use super::members::qualifiers;
use super::raw_finding::RawFinding;
use crate::abi::Type;
use crate::rules::{Rule, Severity};

/// Compares what two definitions of one alias stand for; `is_passed`: functions take or return it by value.
pub(super) fn compare(
    equivalences: &LayoutEquivalences<'_, '_>,
    is_passed: bool,
    old: &Type,
    new: &Type,
) -> Vec<RawFinding> {
    let (Some(from), Some(to)) = (&old.target, &new.target) else { return Vec::new() };
    let is_one = || {
        equivalences.old.resolve(from) == equivalences.new.resolve(to)
            // Qualifiers of a function's parameters are its own business.
            || (equivalences.is_same(from, to) && qualifiers(from) == qualifiers(to))
    };
    if from == to {
        return Vec::new();
    }
    if is_one() {
        // What is `const` cannot be written to by the sources that did; the bytes are the same.
        let cv = |one: &[&'static str]| one.iter().any(|word| matches!(*word, " const" | " volatile"));
        let (before, after) = equivalences.qualifiers_of(from, to);
        let gained: Vec<&'static str> = after.into_iter().filter(|word| !before.contains(word)).collect();
        let change = RawFinding::independent(Rule::TypedefChanged).weighing(Severity::Source);
        let change = change.between(Value::type_(&**from), Value::type_(&**to));
        return if cv(&gained) { vec![change] } else { Vec::new() };
    }
    let equivalence = if is_passed { equivalences.passed(from, to) } else { equivalences.of(from, to) };
    vec![
        RawFinding::retyped(Rule::TypedefChanged, equivalence)
            .between(Value::type_(&**from), Value::type_(&**to)),
    ]
}

//! Typedefs and alias declarations that both releases have.

use super::super::Value;
use super::layout_equivalence::LayoutEquivalences;
use super::members::qualifiers;
use super::raw_finding::RawFinding;
use crate::abi::Type;
use crate::rules::Rule;

/// Compares what two definitions of one alias stand for.
pub(super) fn compare(equivalences: &LayoutEquivalences<'_, '_>, old: &Type, new: &Type) -> Vec<RawFinding> {
    let (Some(from), Some(to)) = (&old.target, &new.target) else { return Vec::new() };
    let is_one = || {
        equivalences.old.resolve(from) == equivalences.new.resolve(to)
            // Qualifiers of a function's parameters are its own business.
            || (equivalences.is_same(from, to) && qualifiers(from) == qualifiers(to))
    };
    if from == to || is_one() {
        return Vec::new();
    }
    vec![
        RawFinding::retyped(Rule::TypedefChanged, equivalences.of(from, to))
            .between(Value::type_(&**from), Value::type_(&**to)),
    ]
}

//! Typedefs and alias declarations that both releases have.

use super::layout_equivalence::LayoutEquivalences;
use super::raw_finding::Found;
use crate::abi::Type;
use crate::rules::Rule;

/// Compares what two definitions of one alias stand for.
pub(super) fn compare(equivalences: &LayoutEquivalences<'_, '_>, old: &Type, new: &Type) -> Vec<Found> {
    let (Some(from), Some(to)) = (&old.target, &new.target) else { return Vec::new() };
    if from == to || equivalences.old.resolve(from) == equivalences.new.resolve(to) {
        return Vec::new();
    }
    vec![Found::retyped(Rule::TypedefChanged, equivalences.of(from, to)).between(&**from, &**to)]
}

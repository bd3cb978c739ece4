//! Typedefs and alias declarations that both releases have.

use super::found::Found;
use super::likeness::Likenesses;
use crate::abi::Type;
use crate::rules::Rule;

/// Compares what two definitions of one alias stand for.
pub(super) fn compare(likenesses: &Likenesses<'_, '_>, old: &Type, new: &Type) -> Vec<Found> {
    let (Some(from), Some(to)) = (&old.target, &new.target) else { return Vec::new() };
    if from == to || likenesses.old.resolve(from) == likenesses.new.resolve(to) {
        return Vec::new();
    }
    vec![Found::retyped(Rule::TypedefChanged, likenesses.of(from, to)).between(&**from, &**to)]
}

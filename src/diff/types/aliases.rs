//! Typedefs and alias declarations that both releases have.

use super::found::Found;
use super::likeness::{Likeness, Likenesses};
use crate::abi::Type;
use crate::rules::{Rule, Severity};

/// Compares what two definitions of one alias stand for.
pub(super) fn compare(likenesses: &Likenesses<'_, '_>, old: &Type, new: &Type) -> Vec<Found> {
    let (Some(from), Some(to)) = (&old.target, &new.target) else { return Vec::new() };
    if from == to || likenesses.old.resolve(from) == likenesses.new.resolve(to) {
        return Vec::new();
    }
    let change = Found::cause(Rule::TypedefChanged).between(&**from, &**to);
    vec![match likenesses.of(from, to) {
        Likeness::Same => Found { part: super::found::Part::Aside, ..change.weighing(Severity::Source) },
        Likeness::Alike => Found { part: super::found::Part::Aside, ..change.weighing(Severity::Risky) },
        Likeness::Other => change,
    }]
}

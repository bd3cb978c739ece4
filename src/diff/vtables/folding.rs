//! Functions of the same code that a linker or compiler made one: a slot then holds the function it always held, under
//! the name of another one.

use std::collections::HashSet;

use super::super::context::Context;
use crate::abi::{Slot, VtableGroup};

/// The new tables, in which a slot that holds the old function under the name of another one says the old name: linkers
/// and compilers fold functions of the same code into one.
pub(super) fn unfolded(context: &Context<'_>, old: &VtableGroup, new: &VtableGroup) -> VtableGroup {
    let folded = |a: &str, b: &str| {
        [context.old, context.new].into_iter().flat_map(|release| &release.libraries).any(|library| {
            let leader = |name: &str| {
                let export = library.exports_named(name).next()?;
                Some(export.alias_of.as_deref().unwrap_or(&export.name).to_owned())
            };
            leader(a).is_some_and(|leader_of_a| leader(b) == Some(leader_of_a))
        })
    };
    let mut new = new.clone();
    for (before, after) in old.tables.iter().zip(&mut new.tables) {
        if before.slots.len() != after.slots.len() {
            continue;
        }
        // A function has one slot. One that stands in its own as before and in another as well, or in several, took
        // those of others over.
        let same =
            before.slots.iter().zip(&after.slots).filter(|(from, to)| from == to).map(|(from, _)| from);
        let mut kept: HashSet<String> = same.filter_map(Slot::function).map(str::to_owned).collect();
        kept.extend([&before.slots, &after.slots].into_iter().flat_map(|slots| repeated(slots)));
        for (from, to) in before.slots.iter().zip(&mut after.slots) {
            if let (Some(a), Some(b)) = (from.function(), to.function())
                && a != b
                // A covariant function has a slot for each type of its result, of which thunks fill the others.
                && !(a.starts_with("_ZT") || b.starts_with("_ZT"))
                && (kept.contains(a) || kept.contains(b) || folded(a, b))
            {
                *to = from.clone();
            }
        }
    }
    new
}

/// Functions that stand in several slots.
fn repeated(slots: &[Slot]) -> Vec<String> {
    let mut seen = HashSet::new();
    slots.iter().filter_map(Slot::function).filter(|name| !seen.insert(*name)).map(str::to_owned).collect()
}

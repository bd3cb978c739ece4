//! Functions of the same code that a linker or compiler made one, where no export list says so: a slot then holds the
//! function it always held, under the name of another one.

use std::collections::HashSet;

use super::slot_names::Identity;

/// Adds to slots of the new table the names that the same slots had before, where the new names are those of functions
/// that certainly have another slot.
pub(super) fn unfold(before: &[Identity], after: &mut [Identity]) {
    if before.len() != after.len() {
        return;
    }
    // A function has one slot. One that stands in its own as before and in another as well, or in several, took those
    // of others over.
    let same = before.iter().zip(after.iter()).filter(|(from, to)| from.shares_linkage(to));
    let mut kept: HashSet<String> = same.flat_map(|(from, _)| linkages(from)).map(str::to_owned).collect();
    kept.extend([before, &*after].into_iter().flat_map(repeated));
    let took_over = |slot: &Identity| linkages(slot).any(|name| kept.contains(name));
    // A covariant function has a slot for each type of its result, of which thunks fill the others.
    let is_thunk = |slot: &Identity| linkages(slot).any(|name| name.starts_with("_ZT"));
    for (from, to) in before.iter().zip(after) {
        let has_names = !from.functions.is_empty() && !to.functions.is_empty();
        if has_names
            && !from.shares_linkage(to)
            && !(is_thunk(from) || is_thunk(to))
            && (took_over(from) || took_over(to))
        {
            to.functions.clone_from(&from.functions);
        }
    }
}

fn linkages(slot: &Identity) -> impl Iterator<Item = &str> {
    slot.functions.iter().map(|function| &*function.linkage).filter(|name| !name.is_empty())
}

/// Functions that stand in several slots.
fn repeated(slots: &[Identity]) -> Vec<String> {
    let mut seen = HashSet::new();
    slots.iter().flat_map(linkages).filter(|name| !seen.insert(*name)).map(str::to_owned).collect()
}

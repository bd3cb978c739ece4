//! Virtual functions whose signature changed: the vtable that they left is the cause, for the class that declares the
//! function as for all that override it.

use std::collections::{HashMap, HashSet};

use super::context::Context;
use super::{ChangeId, Changes};
use crate::abi::{Release, Slot};
use crate::rules::Rule;

/// Lets changed signatures follow from the change of the vtable.
pub(super) fn attach(context: &Context<'_>, changes: &mut Changes) {
    let mut causes: HashMap<&str, ChangeId> = HashMap::new();
    for (id, change) in changes.as_slice().iter().enumerate() {
        let Some(vtable) = change.subject.symbol.as_deref().filter(|_| change.rule == Rule::VirtualRemoved)
        else {
            continue;
        };
        let kept: HashSet<&str> = functions(context.new, vtable).collect();
        let left = functions(context.old, vtable).filter(|function| !kept.contains(function));
        let cause = change.derived_from.unwrap_or(id);
        left.for_each(|function| {
            causes.entry(function).or_insert(cause);
        });
    }
    for id in 0..changes.as_slice().len() {
        let change = &changes.as_slice()[id];
        let is_root = change.rule == Rule::SignatureChanged && change.derived_from.is_none();
        let Some(member) = change.members.first().filter(|_| is_root) else { continue };
        let name = member.symbol.split('@').next().unwrap_or(&member.symbol);
        let Some(&cause) = causes.get(name) else { continue };
        // What stops somebody must not hide behind what does not.
        if changes.as_slice()[cause].severity < change.severity {
            continue;
        }
        let list = changes.as_mut_slice();
        list[id].derived_from = Some(cause);
        list[cause].affects.derived += 1;
    }
}

/// The functions in the vtable of that name, wherever the release defines it.
fn functions<'a>(release: &'a Release, vtable: &str) -> impl Iterator<Item = &'a str> {
    let groups = release.libraries.iter().filter_map(move |library| {
        let at = library.vtables.binary_search_by(|v| (*v.name).cmp(vtable)).ok()?;
        Some(&library.vtables[at])
    });
    groups.flat_map(|group| &group.tables).flat_map(|table| &table.slots).filter_map(Slot::function)
}

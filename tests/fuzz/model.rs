//! What the model promises of its lists.

use std::collections::BTreeSet;

use abigate::abi::Library;

/// Every list holds each key once. The reader of dumps does not insist yet: what it makes of one that says something
/// twice depends on the order in which it does.
pub(crate) fn holds_each_key_once(library: &Library) -> bool {
    once(library.exports.iter().map(|e| e.key()))
        && once(library.imports.iter().map(|i| i.key()))
        && once(library.sections.iter().map(|s| &s.name))
        && once(library.versions.iter().map(|v| &v.name))
        && once(library.vtables.iter().map(|v| &v.name))
        && once(library.vtts.iter().map(|v| &v.name))
        && once(library.typeinfos.iter().map(|t| &t.name))
}

fn once<K: Ord>(keys: impl Iterator<Item = K>) -> bool {
    let mut seen = BTreeSet::new();
    keys.into_iter().all(|key| seen.insert(key))
}

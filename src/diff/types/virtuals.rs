//! Virtual functions as debug info declares them, for classes whose virtual tables the image does not show: hidden ones,
//! and those that every program has a copy of.

use std::collections::BTreeMap;

use super::class::Pair;
use super::found::{Found, list};
use super::functions;
use crate::abi::VirtualFunction;
use crate::mangling;
use crate::rules::Rule;

/// A virtual function without the class that implements it.
fn key(function: &VirtualFunction) -> String {
    let signature = function.symbol.as_deref().and_then(|s| mangling::parse(s).ok()?.signature());
    signature.map_or_else(|| function.name.to_string(), |signature| signature.without_scope())
}

fn slots(functions: &[VirtualFunction]) -> BTreeMap<String, u64> {
    functions.iter().filter_map(|f| Some((key(f), f.slot?))).collect()
}

/// Compares the results of functions that no symbol leads to: pure ones, and hidden ones.
pub(super) fn results(pair: &Pair<'_, '_>, found: &mut Vec<Found>) {
    for old in &pair.old.virtuals {
        let same = |new: &&VirtualFunction| old.symbol.is_some() && old.symbol == new.symbol;
        let Some(new) = pair.new.virtuals.iter().find(same) else { continue };
        let (Some(from), Some(to)) = (&old.returns, &new.returns) else { continue };
        if let Some(change) = functions::retyped(pair.likenesses, Rule::ReturnTypeChanged, from, to) {
            found.push(change.between(&**from, &**to).detail(key(old)));
        }
    }
}

/// Compares what the class itself declares, slot by slot.
pub(super) fn compare(pair: &Pair<'_, '_>, found: &mut Vec<Found>) {
    let (old, new) = (slots(&pair.old.virtuals), slots(&pair.new.virtuals));
    // Compilers that say no slots say nothing about their order.
    if old == new || old.is_empty() || (new.is_empty() && !pair.new.virtuals.is_empty()) {
        return;
    }
    let gone: Vec<String> = old.keys().filter(|k| !new.contains_key(*k)).cloned().collect();
    let mut moved: Vec<(&String, u64, u64)> = Vec::new();
    for (key, from) in &old {
        if let Some(to) = new.get(key).filter(|to| *to != from) {
            moved.push((key, *from, *to));
        }
    }
    let last = old.keys().filter_map(|k| new.get(k)).max();
    let (inserted, appended): (Vec<_>, Vec<_>) = new
        .iter()
        .filter(|(k, _)| !old.contains_key(*k))
        .partition(|(_, slot)| last.is_some_and(|last| *slot < last));
    let texts = |functions: &[(&String, &u64)]| -> String {
        list(&functions.iter().map(|(key, slot)| format!("{key} in slot {slot}")).collect::<Vec<_>>())
    };
    if !inserted.is_empty() {
        found.push(Found::cause(Rule::VirtualInserted).detail(texts(&inserted)));
    }
    if !gone.is_empty() {
        found.push(Found::cause(Rule::VirtualRemoved).detail(list(&gone)));
    }
    // A function that takes the slot of one that went is told with that.
    if !appended.is_empty() && gone.is_empty() {
        found.push(Found::cause(Rule::VirtualAppended).detail(texts(&appended)));
    }
    if moved.is_empty() || !inserted.is_empty() || !gone.is_empty() {
        return;
    }
    let shift = |m: &(&String, u64, u64)| m.2 as i64 - m.1 as i64;
    let together = moved.iter().all(|m| shift(m) == shift(&moved[0])) && moved.len() > 1;
    let text: Vec<String> = moved.iter().map(|(k, a, b)| format!("{k} {a} → {b}")).collect();
    let text = format!("slots: {}", list(&text));
    let is_only = moved.len() == 1 && old.len() == 1;
    found.push(match together || is_only {
        // All of them: something stands before them now, a destructor or what a base has more.
        true => Found::consequence(Rule::VirtualInserted).detail(text),
        false => Found::cause(Rule::VirtualReordered).detail(text),
    });
}

//! Virtual functions as debug info declares them, for classes whose virtual tables the image does not show: hidden ones,
//! and those that every program has a copy of.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Detail, Moved, Part, SlotRow, SlotsChange, Unit, Value, Virtual};
use super::class::Pair;
use super::functions;
use super::raw_finding::RawFinding;
use crate::abi::VirtualFunction;
use crate::mangling;
use crate::rules::Rule;
use crate::spelling;

/// A virtual function without the class that implements it.
fn key(function: &VirtualFunction) -> String {
    let signature = function.symbol.as_deref().and_then(|s| mangling::parse(s).ok()?.signature());
    let key = signature.map_or_else(|| function.name.to_string(), |signature| signature.without_scope());
    // Another tag is another name of the same function, which symbols tell.
    spelling::without_abi_tags(&key).into_owned()
}

fn slots(functions: &[VirtualFunction]) -> BTreeMap<String, u64> {
    functions.iter().filter_map(|f| Some((key(f), f.slot?))).collect()
}

/// What the class itself declares, in the order of the slots.
fn before_and_after(old: &BTreeMap<String, u64>, new: &BTreeMap<String, u64>) -> SlotsChange {
    let number = |slots: &BTreeMap<String, u64>, key: &String| u32::try_from(*slots.get(key)?).ok();
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let row = |name: &String| SlotRow { name: name.clone(), old: number(old, name), new: number(new, name) };
    let mut rows: Vec<SlotRow> = names.into_iter().map(row).collect();
    // What went stands before what took its slot.
    rows.sort_by_key(|row| (row.new.or(row.old), row.new.is_some()));
    SlotsChange { rows }
}

/// Compares the results of functions that no symbol leads to: pure ones, and hidden ones.
pub(super) fn results(pair: &Pair<'_, '_>, found: &mut Vec<RawFinding>) {
    for old in &pair.old.virtuals {
        let same = |new: &&VirtualFunction| old.symbol.is_some() && old.symbol == new.symbol;
        let Some(new) = pair.new.virtuals.iter().find(same) else { continue };
        let (Some(from), Some(to)) = (&old.returns, &new.returns) else { continue };
        if let Some(change) = functions::retyped(pair.equivalences, Rule::ReturnTypeChanged, from, to) {
            let (from, to) = (Value::type_(&**from), Value::type_(&**to));
            found.push(change.detail(Detail::part_changed(Part::Function(key(old)), from, to)));
        }
    }
}

/// Compares what the class itself declares, slot by slot.
pub(super) fn compare(pair: &Pair<'_, '_>, found: &mut Vec<RawFinding>) {
    let (old, new) = (slots(&pair.old.virtuals), slots(&pair.new.virtuals));
    // Compilers that say no slots say nothing about their order.
    if old == new || old.is_empty() || (new.is_empty() && !pair.new.virtuals.is_empty()) {
        return;
    }
    let slots = before_and_after(&old, &new);
    let gone: Vec<Virtual> = old
        .keys()
        .filter(|key| !new.contains_key(*key))
        .map(|key| Virtual { name: key.clone(), slot: None })
        .collect();
    let mut moved: Vec<Moved> = Vec::new();
    for (key, from) in &old {
        if let Some(to) = new.get(key).filter(|to| *to != from) {
            moved.push(Moved { name: key.clone(), old: *from, new: *to });
        }
    }
    let last = old.keys().filter_map(|k| new.get(k)).max();
    let (inserted, appended): (Vec<_>, Vec<_>) = new
        .iter()
        .filter(|(k, _)| !old.contains_key(*k))
        .partition(|(_, slot)| last.is_some_and(|last| *slot < last));
    let placed = |functions: &[(&String, &u64)]| {
        let one = |(key, slot): &(&String, &u64)| Virtual { name: (*key).clone(), slot: Some(**slot) };
        Detail::Virtuals(functions.iter().map(one).collect())
    };
    if !inserted.is_empty() {
        found.push(RawFinding::cause(Rule::VirtualInserted).detail(placed(&inserted)).slots(&slots));
    }
    let keeps_all = gone.is_empty();
    if !keeps_all {
        found.push(RawFinding::cause(Rule::VirtualRemoved).detail(Detail::Virtuals(gone)).slots(&slots));
    }
    // A function that takes the slot of one that went is told with that.
    if !appended.is_empty() && keeps_all {
        found.push(RawFinding::cause(Rule::VirtualAppended).detail(placed(&appended)).slots(&slots));
    }
    if moved.is_empty() || !inserted.is_empty() || !keeps_all {
        return;
    }
    let shift = |m: &Moved| m.new.wrapping_sub(m.old);
    let together = moved.iter().all(|m| shift(m) == shift(&moved[0])) && moved.len() > 1;
    let is_only = moved.len() == 1 && old.len() == 1;
    let detail = Detail::Moved { unit: Unit::Slots, items: moved };
    found.push(match together || is_only {
        // All of them: something stands before them now, a destructor or what a base has more.
        true => RawFinding::consequence(Rule::VirtualInserted).detail(detail),
        false => RawFinding::cause(Rule::VirtualReordered).detail(detail).slots(&slots),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_told_in_order() {
        let slots =
            |all: &[(&str, u64)]| all.iter().map(|(name, slot)| ((*name).to_owned(), *slot)).collect();
        let change = before_and_after(
            &slots(&[("f()", 2), ("g()", 3), ("h()", 4)]),
            &slots(&[("f()", 2), ("a()", 3), ("h()", 5)]),
        );
        let row = |name: &str, old, new| SlotRow { name: name.to_owned(), old, new };
        let wanted = [
            row("f()", Some(2), Some(2)),
            row("g()", Some(3), None),
            row("a()", None, Some(3)),
            row("h()", Some(4), Some(5)),
        ];
        assert_eq!(change.rows, wanted);
    }
}

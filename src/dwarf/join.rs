//! Virtual functions seen from both sides: the slots that debug info says, and the virtual tables in the image.
//!
//! Both describe one thing, so that a disagreement is a defect of the producer or of ours. It is counted, since facts that
//! contradict each other are no base for a verdict.

use std::collections::HashMap;

use crate::abi::{Function, Library, Slot, Type, VirtualFunction, VtableGroup};
use crate::{mangling, spelling};

/// What comparing the two gives.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Join {
    /// Virtual functions that both sides describe.
    pub joined: u32,
    /// Those about which they disagree, one sentence each, sorted.
    pub disagreements: Vec<String>,
}

/// Compares the virtual functions of all types whose virtual table is in the image.
pub(super) fn join(types: &[Type], library: &Library) -> Join {
    let tables: HashMap<String, &VtableGroup> = library
        .vtables
        .iter()
        .filter(|group| group.name.starts_with("_ZTV"))
        .filter_map(|group| {
            let text = mangling::demangle(&group.name)?;
            let class = spelling::canonical(text.strip_prefix("vtable for ")?).into_owned();
            Some((class, group))
        })
        .collect();
    let mut join = Join::default();
    for type_ in types.iter().filter(|type_| type_.variant == 0) {
        let Some(group) = tables.get(&*type_.name) else { continue };
        for function in &type_.virtuals {
            let (Some(slot), Some(symbol)) = (function.slot, &function.symbol) else { continue };
            join.joined += 1;
            if !agrees(group, slot, symbol) {
                join.disagreements.push(sentence(type_, function, group, slot));
            }
        }
    }
    join.disagreements.sort();
    join
}

/// Leaves the result of a virtual function to the description of the function itself, where there is one.
pub(super) fn describe_once(types: &mut [Type], functions: &[Function]) {
    let is_described =
        |symbol: &str| functions.binary_search_by(|function| (*function.symbol).cmp(symbol)).is_ok();
    for function in types.iter_mut().flat_map(|type_| &mut type_.virtuals) {
        if function.symbol.as_deref().is_some_and(is_described) {
            function.returns = None;
        }
    }
}

/// Whether some table of the group has the function, or one that nobody can name, in that slot. Debug info does not say in
/// which table: a function may override one of a secondary base alone.
fn agrees(group: &VtableGroup, slot: u64, symbol: &str) -> bool {
    let Ok(slot) = usize::try_from(slot) else { return false };
    group.tables.iter().filter_map(|table| table.slots.get(slot)).any(|found| match found {
        Slot::Function(name) => **name == *symbol || target(name) == target(symbol),
        Slot::Pure | Slot::Deleted | Slot::Null | Slot::Unnamed => true,
    })
}

/// What a thunk leads to; of other functions the encoding behind `_Z`.
fn target(symbol: &str) -> &str {
    let Some(rest) = symbol.strip_prefix("_ZTh").or_else(|| symbol.strip_prefix("_ZTv")) else {
        return symbol.strip_prefix("_Z").unwrap_or(symbol);
    };
    // `h <number> _` or `v <number> _ <number> _`
    let fields = if symbol.starts_with("_ZTh") { 1 } else { 2 };
    rest.splitn(fields + 1, '_').nth(fields).unwrap_or(rest)
}

fn sentence(type_: &Type, function: &VirtualFunction, group: &VtableGroup, slot: u64) -> String {
    let found = group.tables.first().and_then(|table| table.slots.get(usize::try_from(slot).ok()?));
    let found =
        found.map_or_else(|| "nothing".to_owned(), |slot| mangling::display(slot.as_str()).into_owned());
    format!("{}: debug info has {} in slot {slot}, the virtual table {found}", type_.name, function.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::VirtualTable;

    #[test]
    fn both_sides_are_compared() {
        let table = |slots: &[&str]| VirtualTable {
            slots: slots.iter().map(|name| Slot::Function((*name).into())).collect(),
            ..VirtualTable::default()
        };
        let tables = vec![table(&["_ZN1A1fEv", "_ZN1A1gEv"]), table(&["_ZThn16_N1A1hEv"])];
        let group = VtableGroup { name: "_ZTV1A".into(), relative: false, tables };
        let library = Library { vtables: vec![group], ..Library::default() };
        let function = |slot, name: &str| VirtualFunction {
            slot: Some(slot),
            name: name.into(),
            symbol: Some(format!("_ZN1A1{name}Ev").into()),
            returns: None,
            access: Default::default(),
        };
        let type_ = |virtuals| Type { name: "A".into(), virtuals, ..Type::default() };
        let right = join(&[type_(vec![function(0, "f"), function(1, "g"), function(0, "h")])], &library);
        assert_eq!(right, Join { joined: 3, disagreements: Vec::new() });
        let wrong = join(&[type_(vec![function(1, "f")])], &library);
        assert_eq!(wrong.disagreements, ["A: debug info has f in slot 1, the virtual table A::g()"]);
    }
}

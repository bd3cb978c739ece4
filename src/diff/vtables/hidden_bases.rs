//! Virtual functions of a base whose own virtual table no library shows: what happened to it shows in every class that
//! inherits from it, and is one decision.
//!
//! A slot's function names the class that defines it. Where the new slots of several classes are filled by functions of
//! one class that is not among them, that class is where they were declared.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::context::Context;
use super::super::{Change, ChangeId, Changes, Detail, Subject, SubjectKind};
use crate::abi::{Release, Slot, VtableGroup};
use crate::mangling;
use crate::rules::Rule;

/// Classes that have to show the same before it counts as one decision.
const FEWEST: usize = 2;

/// What becomes of a virtual table when a base declares more virtual functions.
const GROWN: [Rule; 3] = [Rule::VirtualInserted, Rule::VirtualAppended, Rule::PureVirtualAdded];

/// Functions by linkage name: without their class, and the class.
type Known<'a> = HashMap<&'a str, Option<(String, String)>>;

/// Slots of one class that are there on one side only.
struct OneSided {
    id: ChangeId,
    /// Functions without the class that defines them, by slot.
    functions: Vec<String>,
    /// The classes that define them.
    owners: BTreeSet<String>,
}

/// Adds a root for each base of that kind, and lets what its derived classes show follow from it.
pub(in crate::diff) fn attach(context: &Context<'_>, changes: &mut Changes) {
    let (old, new) = (context.old, context.new);
    find_roots(&GROWN, (old, new), true, changes);
    find_roots(&[Rule::VirtualRemoved], (new, old), false, changes);
}

/// `releases`: one without the slots, and one with them, which is the new one or the old one.
fn find_roots(rules: &[Rule], releases: (&Release, &Release), is_new: bool, changes: &mut Changes) {
    // Classes share most of what they inherit.
    let mut known = Known::new();
    let all: Vec<OneSided> = changes
        .as_slice()
        .iter()
        .enumerate()
        .filter(|(_, c)| c.derived_from.is_none() && rules.contains(&c.rule))
        .filter_map(|(id, c)| slots(releases, id, c.subject.symbol.as_deref()?, &mut known))
        .collect();
    let shown: BTreeSet<&str> = changes.as_slice().iter().map(|c| c.subject.name.as_str()).collect();
    // The functions that each hidden class fills those slots with.
    let mut hidden: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for slots in all.iter().filter(|slots| slots.owners.len() == 1) {
        for owner in slots.owners.iter().filter(|owner| !shown.contains(owner.as_str())) {
            hidden.entry(owner.clone()).or_insert_with(|| slots.functions.clone());
        }
    }
    for (class, functions) in hidden {
        // An override is a function of the derived class in the same slot.
        let follows: Vec<&OneSided> = all.iter().filter(|slots| slots.functions == functions).collect();
        let by_name = follows.iter().filter(|slots| slots.owners.contains(&class)).count();
        if by_name >= FEWEST {
            report(&class, is_new, functions, &follows, changes);
        }
    }
}

fn report(class: &str, is_new: bool, functions: Vec<String>, follows: &[&OneSided], changes: &mut Changes) {
    let of = |slots: &&&OneSided| changes.as_slice()[slots.id].clone();
    let Some(worst) = follows.iter().max_by_key(|slots| of(slots).severity).as_ref().map(of) else { return };
    let mut subject = Subject::named(SubjectKind::Class, class, "");
    subject.library.clone_from(&worst.subject.library);
    // What is appended to the base is inserted into a class that goes on after it.
    let rules: Vec<Rule> = follows.iter().map(|slots| changes.as_slice()[slots.id].rule).collect();
    let rule = if rules.contains(&Rule::VirtualInserted) { Rule::VirtualInserted } else { worst.rule };
    let detail = Detail::HiddenBase { is_new, functions, classes: follows.len() as u64 };
    let mut change = Change::new(rule, subject).with_severity(worst.severity).with_detail(detail);
    let names = follows.iter().map(|slots| changes.as_slice()[slots.id].subject.name.clone());
    change.affects.classes = names.take(20).collect();
    let root = changes.push(change);
    let ids: BTreeSet<ChangeId> = follows.iter().map(|slots| slots.id).collect();
    for (id, change) in changes.as_mut_slice().iter_mut().enumerate() {
        if ids.contains(&id) || change.derived_from.is_some_and(|above| ids.contains(&above)) {
            change.derived_from = Some(root);
        }
    }
}

/// The slots of a class's own virtual table that hold a function which the other release does not have in it.
fn slots<'a>(
    (without, with): (&'a Release, &'a Release),
    id: ChangeId,
    vtable: &str,
    known: &mut Known<'a>,
) -> Option<OneSided> {
    let mut functions = |group: &'a VtableGroup| -> Vec<(String, String)> {
        let slots = group.tables.first().map_or(&[][..], |table| &table.slots);
        let functions = slots.iter().filter_map(Slot::function);
        functions.filter_map(|f| known.entry(f).or_insert_with(|| name(f)).clone()).collect()
    };
    let before = functions(find(without, vtable)?);
    let mut found = OneSided { id, functions: Vec::new(), owners: BTreeSet::new() };
    for (function, owner) in functions(find(with, vtable)?) {
        if !before.iter().any(|(known, _)| *known == function) {
            found.functions.push(function);
            found.owners.insert(owner);
        }
    }
    (!found.functions.is_empty()).then_some(found)
}

fn find<'a>(release: &'a Release, vtable: &str) -> Option<&'a VtableGroup> {
    release.libraries.iter().find_map(|library| library.vtable(vtable))
}

/// A function without its class, and the class.
fn name(linkage: &str) -> Option<(String, String)> {
    let signature = mangling::parse(linkage).ok()?.signature()?;
    Some((signature.without_scope(), signature.scope.join("::")))
}

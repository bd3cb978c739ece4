//! Vtables, VTTs and typeinfo that both releases have.
//!
//! [`slots`] (one virtual table, by way of [`slot_names`], [`align`] and [`folding`]), [`typeinfo`] (bases), [`causes`] and
//! [`hidden_bases`] (one decision behind what many classes show).

mod align;
mod causes;
mod folding;
mod hidden_bases;
mod slot_names;
mod slots;
mod typeinfo;

use std::collections::BTreeSet;

use self::causes::Growth;
pub(super) use self::slot_names::SlotNames;
use self::slot_names::{Identity, State, matches};
use super::context::Context;
use super::{AffectedSymbol, Change, Changes, Detail, Note, Part, Subject, SubjectKind, Value};
use crate::abi::{Library, Slot, VirtualTable, VtableGroup, Vtt};
use crate::mangling;
use crate::rules::{Rule, Severity};

/// Compares all vtables, VTTs and typeinfos that exist on both sides, each class once.
pub(super) fn compare(context: &Context<'_>, changes: &mut Changes) {
    compare_tables(context, changes);
    hidden_bases::attach(context, changes);
}

fn compare_tables(context: &Context<'_>, changes: &mut Changes) {
    let mut found: Vec<(&str, Change)> = Vec::new();
    let mut growth = Growth::new();
    let mut seen = BTreeSet::new();
    let names = (SlotNames::new(context.old), SlotNames::new(context.new));
    for (old, new) in context.pairs.iter().filter_map(|p| p.both()) {
        for before in &old.vtables {
            let after = now(context, new, &before.name, Library::vtable);
            let Some(after) = after.filter(|after| *after != before) else { continue };
            if seen.insert(&*before.name) {
                let slots = |g: &VtableGroup| g.tables.first().map_or(0, |t| t.slots.len() as isize);
                if before.name.starts_with("_ZTV") {
                    growth.insert(&before.name[4..], slots(after) - slots(before));
                }
                let changes = group(context, old, (before, &names.0), (after, &names.1));
                found.extend(changes.into_iter().map(|c| (&before.name[4..], c)));
            }
        }
        // Of objects that were not linked yet the tables are not decoded, but they are there.
        for after in new.exports_from("_ZTV") {
            if became_polymorphic(context, old, &after.name) && seen.insert(&*after.name) {
                found.push((&after.name[4..], class_change(Rule::ClassBecamePolymorphic, &after.name, old)));
            }
        }
        for before in &old.vtts {
            let after = now(context, new, &before.name, Library::vtt);
            if after.is_some_and(|after| !same_entries(before, after)) && seen.insert(&*before.name) {
                let change = class_change(Rule::ConstructionVtableChanged, &before.name, old);
                found.push((&before.name[4..], change.with_note(Note::VttDiffers)));
            }
        }
        for before in &old.typeinfos {
            let after = now(context, new, &before.name, Library::typeinfo);
            if let Some(after) = after.filter(|after| *after != before)
                && seen.insert(&*before.name)
            {
                found.push((&before.name[4..], typeinfo::typeinfo(old, before, after)));
            }
        }
    }
    causes::attach(context, found, &growth, changes);
}

/// What `library` of the new release says about a symbol, or the library that the symbol moved to.
fn now<'a, T>(
    context: &Context<'a>,
    library: &'a Library,
    name: &str,
    get: fn(&'a Library, &str) -> Option<&'a T>,
) -> Option<&'a T> {
    get(library, name).or_else(|| get(context.provider(name, Some(library))?.0, name))
}

/// GCC hides the construction vtables that a VTT points at, so that a stripped file has no names for them.
fn same_entries(old: &Vtt, new: &Vtt) -> bool {
    let nameless = |entry: &str| entry == "(unnamed)";
    let same = |a: &str, b: &str| a == b || nameless(a) || nameless(b);
    old.entries.len() == new.entries.len() && old.entries.iter().zip(&new.entries).all(|(a, b)| same(a, b))
}

/// The class had exported member functions and neither vtable nor typeinfo.
fn became_polymorphic(context: &Context<'_>, old: &Library, vtable: &str) -> bool {
    let class = &vtable[4..];
    let body = class.strip_prefix('N').map_or(class, |c| c.strip_suffix('E').unwrap_or(c));
    let described = |l: &Library| l.vtable(vtable).is_some();
    if context.old.libraries.iter().any(described)
        || context.old.exporter(vtable).is_some()
        || was_declared_virtual(context, vtable)
    {
        return false;
    }
    let had = |name: String| context.old.exporter(&name).is_some();
    let members = ["_ZN", "_ZNK"].iter().any(|p| {
        let prefix = format!("{p}{body}");
        // A template argument or a longer name may follow the same letters; a member begins with a digit, C or D.
        old.exports_from(&prefix).any(|e| {
            e.is_strong()
                && e.name[prefix.len()..].starts_with(|c: char| c.is_ascii_digit() || "CDa".contains(c))
        })
    });
    // Linking a whole program may leave of all these the name alone.
    members && !["_ZTV", "_ZTI", "_ZTS"].iter().any(|prefix| had(format!("{prefix}{class}")))
}

/// Whether debug info of the old release knows the class as one with virtual functions, whose tables nobody emitted.
fn was_declared_virtual(context: &Context<'_>, vtable: &str) -> bool {
    let class = class_name(vtable);
    let class = crate::spelling::canonical(&class);
    context.old.libraries.iter().any(|library| {
        library.types_named(&class).next().is_some_and(|t| t.vptr.is_some() || !t.virtuals.is_empty())
    })
}

/// The class that a `_ZTV`, `_ZTI` or `_ZTT` symbol is about.
pub(super) fn class_name(symbol: &str) -> String {
    let text = mangling::display(symbol).into_owned();
    let prefixes = ["vtable for ", "VTT for ", "typeinfo for ", "construction vtable for "];
    prefixes.iter().find_map(|p| text.strip_prefix(p)).unwrap_or(&text).to_owned()
}

fn class_change(rule: Rule, symbol: &str, library: &Library) -> Change {
    let mut subject = Subject::symbol(SubjectKind::Class, symbol, &library.name);
    subject.name = class_name(symbol);
    let mut change = Change::new(rule, subject);
    change.affects.symbols = 1;
    change.with_members(vec![AffectedSymbol {
        symbol: symbol.to_owned(),
        library: library.name.clone(),
        replaced_by: None,
    }])
}

/// The slots of a group's tables, as [`slot_names`] reads them.
type Tables = Vec<Vec<Identity>>;

fn group<'a>(
    context: &Context<'a>,
    library: &Library,
    (old, old_names): (&'a VtableGroup, &SlotNames<'a>),
    (new, new_names): (&'a VtableGroup, &SlotNames<'a>),
) -> Vec<Change> {
    let before = old_names.identities(old);
    let mut after = new_names.identities(new);
    before.iter().zip(&mut after).for_each(|(before, after)| folding::unfold(before, after));
    if old.name.starts_with("_ZTC") {
        let change = class_change(Rule::ConstructionVtableChanged, &old.name, library);
        return match (same_shape((old, &before), (new, &after)), same_functions(&before, &after)) {
            (true, true) => Vec::new(),
            // While a base is constructed another override runs, as it does afterwards.
            (true, false) => {
                vec![change.with_severity(Severity::Risky).with_note(Note::OtherFunctions)]
            }
            (false, _) => vec![change],
        };
    }
    let mut changes = Vec::new();
    if old.tables.len() != new.tables.len() {
        let count = |group: &VtableGroup| Value::Tables(group.tables.len() as u64);
        let change = class_change(Rule::SecondaryVtableChanged, &old.name, library);
        changes.push(change.between(count(old), count(new)));
    }
    for (i, (from, to)) in old.tables.iter().zip(&new.tables).enumerate() {
        if (from.top, &from.offsets) != (to.top, &to.offsets) {
            let change = class_change(Rule::VtableOffsetChanged, &old.name, library);
            let detail = Detail::part_changed(Part::Table(i as u64), offsets(from), offsets(to));
            changes.push(change.with_detail(detail));
        }
    }
    for (i, (before, after)) in before.iter().zip(&after).enumerate() {
        slots::slots(context, library, old, i, (before, after), &mut changes);
    }
    virtuality(context, library, old, (&before, &after), &mut changes);
    changes
}

/// Linkage names of the functions in slots of `old` which `new` has no name for. A null there is as good as nothing:
/// only the destructors of abstract classes, which nobody calls, are left null by compilers.
pub(super) fn lost_names<'a>(
    (old, old_names): (&'a VtableGroup, &SlotNames<'a>),
    (new, new_names): (&'a VtableGroup, &SlotNames<'a>),
) -> Vec<String> {
    let has_name = |slot: &Slot| !matches!(slot, Slot::Null | Slot::Unnamed);
    if new.tables.iter().flat_map(|table| &table.slots).all(has_name) {
        return Vec::new();
    }
    let (before, after) = (old_names.identities(old), new_names.identities(new));
    let mut lost = Vec::new();
    for ((before, after), table) in before.iter().zip(&after).zip(&new.tables) {
        for (from, to) in before.iter().zip(align::partners(before, after)) {
            let Some((to, slot)) = to.and_then(|to| after.get(to).zip(table.slots.get(to))) else { continue };
            let is_null_destructor = *slot == Slot::Null && from.is_destructor();
            if from.state == State::Defined && to.is_unknown() && !has_name(slot) && !is_null_destructor {
                lost.extend(from.functions.iter().map(|function| function.linkage.clone()));
            }
        }
    }
    lost
}

/// What stands before the slots of a virtual table.
fn offsets(table: &VirtualTable) -> Value {
    Value::Offsets { top: table.top, others: table.offsets.clone() }
}

/// Exported member functions of the class that entered or left its vtable.
fn virtuality(
    context: &Context<'_>,
    library: &Library,
    group: &VtableGroup,
    (before, after): (&Tables, &Tables),
    changes: &mut Vec<Change>,
) {
    let class = class_name(&group.name);
    // Destructor slots of abstract classes are null or filled as the compiler likes.
    let own = |name: &str| {
        let signature = mangling::parse(name).ok().and_then(|m| m.signature());
        signature.is_some_and(|s| s.scope.join("::") == class && s.ctor_dtor.is_none())
    };
    let became = |rule: Rule, name: &str| {
        let mut change = Change::new(rule, Subject::symbol(SubjectKind::Function, name, &library.name));
        change.affects.symbols = 1;
        change.with_members(vec![AffectedSymbol {
            symbol: name.to_owned(),
            library: library.name.clone(),
            replaced_by: None,
        }])
    };
    let was_exported = |name: &str| library.exports_named(name).next().is_some();
    for name in only_in(after, before).into_iter().filter(|name| was_exported(name) && own(name)) {
        changes.push(became(Rule::FunctionBecameVirtual, name));
    }
    let is_exported = |name: &str| context.provider(name, None).is_some();
    for name in only_in(before, after).into_iter().filter(|name| is_exported(name) && own(name)) {
        changes.push(became(Rule::FunctionBecameNonvirtual, name));
    }
}

/// Functions that certainly stand in a slot of `tables` and in none of `others`.
fn only_in<'t>(tables: &'t Tables, others: &'t Tables) -> BTreeSet<&'t str> {
    let slots = |tables: &'t Tables| tables.iter().flatten();
    // A function may stand in any slot that has no name.
    let pairs = tables.iter().zip(others);
    let is_hidden = |(from, to): (&Vec<Identity>, &Vec<Identity>)| {
        from.iter().zip(align::partners(from, to)).any(|(from, partner)| {
            let to = partner.and_then(|at| to.get(at));
            from.state == State::Defined && !from.is_destructor() && to.is_some_and(Identity::is_unknown)
        })
    };
    if pairs.into_iter().any(is_hidden) {
        return BTreeSet::new();
    }
    let known: BTreeSet<&str> =
        slots(others).flat_map(|slot| &slot.functions).map(|function| &*function.linkage).collect();
    slots(tables)
        .filter(|slot| slot.state == State::Defined)
        // Of several names of one piece of code one is virtual: which, is known where the others have it.
        .filter(|slot| slot.functions.iter().all(|function| !known.contains(&*function.linkage)))
        .filter_map(|slot| match &slot.functions[..] {
            [function] => Some(&*function.linkage),
            _ => None,
        })
        .collect()
}

/// Every slot that has a name on both sides has the same one.
fn same_functions(old: &Tables, new: &Tables) -> bool {
    let named = |slot: &Identity| slot.state == State::Defined && !slot.functions.is_empty();
    let pairs = old.iter().zip(new).flat_map(|(old, new)| old.iter().zip(new));
    pairs.into_iter().all(|(a, b)| !named(a) || !named(b) || a.shares_linkage(b))
}

/// Same tables, offsets and slot identities; names of thunks and overriders may differ.
fn same_shape((old, before): (&VtableGroup, &Tables), (new, after): (&VtableGroup, &Tables)) -> bool {
    let same_offsets = |(a, b): (&VirtualTable, &VirtualTable)| a.top == b.top && a.offsets == b.offsets;
    let same_slots = |(a, b): (&Vec<Identity>, &Vec<Identity>)| {
        a.len() == b.len() && a.iter().zip(b).all(|(x, y)| matches(x, y))
    };
    old.tables.len() == new.tables.len()
        && old.tables.iter().zip(&new.tables).all(same_offsets)
        && before.iter().zip(after).all(same_slots)
}

#[cfg(test)]
mod tests {
    use crate::abi::{Export, Library, Release, Slot, VirtualTable, VtableGroup};
    use crate::diff::compare;
    use crate::rules::Rule;

    fn export(name: &str) -> Export {
        Export {
            name: name.into(),
            version: None,
            hidden_version: false,
            kind: Default::default(),
            binding: Default::default(),
            visibility: Default::default(),
            size: None,
            section: None,
            alias_of: None,
            unpromised: false,
        }
    }

    /// `struct A { virtual void f(); void g(); }` with these slots.
    fn release(exports: &[&str], slots: Vec<Slot>) -> Release {
        let table = VirtualTable { slots, ..VirtualTable::default() };
        let vtables = vec![VtableGroup { name: "_ZTV1A".into(), relative: false, tables: vec![table] }];
        let exports = exports.iter().map(|name| export(name)).collect();
        let library = Library { name: "liba.so".into(), exports, vtables, ..Library::default() };
        Release { libraries: vec![library], ..Release::default() }
    }

    fn rules(old: &Release, new: &Release) -> Vec<Rule> {
        compare(old, new).into_vec().into_iter().map(|change| change.rule).collect()
    }

    #[test]
    fn a_dump_that_contradicts_itself_does_not_differ_from_itself() {
        // The vtable is described and not exported, as no library has it.
        let odd = release(&["_ZN1A1fEv"], vec![Slot::Function("_ZN1A1fEv".into())]);
        assert_eq!(rules(&odd, &odd), []);
    }

    #[test]
    fn what_cannot_be_read_did_not_leave_the_vtable() {
        let exports = ["_ZN1A1fEv", "_ZN1A1gEv", "_ZTV1A"];
        let slots = |names: [Option<&str>; 2]| {
            names.map(|name| name.map_or(Slot::Unnamed, |name| Slot::Function(name.into()))).to_vec()
        };
        let known = release(&exports, slots([Some("_ZN1A1fEv"), Some("_ZN1A1gEv")]));
        let stripped = release(&exports, slots([Some("_ZN1A1fEv"), None]));
        assert_eq!(rules(&known, &stripped), [Rule::EvidenceLost]);
        assert_eq!(rules(&stripped, &known), []);
        // Compilers leave destructors out, and nothing else.
        let cleared = release(&exports, vec![Slot::Function("_ZN1A1fEv".into()), Slot::Null]);
        assert_eq!(rules(&known, &cleared), [Rule::EvidenceLost]);
    }

    #[test]
    fn functions_that_were_folded_are_in_the_slots_of_both() {
        let exports = ["_ZN1A1fEv", "_ZN1B1gEv", "_ZTV1A"];
        let apart = release(&exports, vec![Slot::Function("_ZN1A1fEv".into())]);
        let mut folded = release(&exports, vec![Slot::Function("_ZN1B1gEv".into())]);
        folded.libraries[0].exports[1].alias_of = Some("_ZN1A1fEv".into());
        assert_eq!(rules(&apart, &folded), []);
        assert_eq!(rules(&folded, &apart), []);
        // Without that it is another function.
        folded.libraries[0].exports[1].alias_of = None;
        assert_ne!(rules(&apart, &folded), []);
    }

    #[test]
    fn a_class_of_which_only_the_name_was_exported_did_not_become_polymorphic() {
        let bare = |exports: &[&str]| {
            let mut release = release(exports, Vec::new());
            release.libraries[0].vtables.clear();
            release
        };
        let new = release(&["_ZN1A1fEv", "_ZTS1A", "_ZTV1A"], vec![Slot::Function("_ZN1A1fEv".into())]);
        assert!(!rules(&bare(&["_ZN1A1fEv", "_ZTS1A"]), &new).contains(&Rule::ClassBecamePolymorphic));
        assert!(rules(&bare(&["_ZN1A1fEv"]), &new).contains(&Rule::ClassBecamePolymorphic));
    }

    #[test]
    fn a_function_does_not_take_two_slots() {
        let slots = |names: [&str; 3]| names.map(|name| Slot::Function(name.into())).to_vec();
        let exports = ["_ZN1A1fEv", "_ZN1A1gEv", "_ZN1A1hEv", "_ZTV1A"];
        let apart = release(&exports, slots(["_ZN1A1fEv", "_ZN1A1gEv", "_ZN1A1hEv"]));
        let folded = release(&exports, slots(["_ZN1A1fEv", "_ZN1A1fEv", "_ZN1A1hEv"]));
        assert_eq!(rules(&apart, &folded), []);
        assert_eq!(rules(&folded, &apart), []);
        let swapped = release(&exports, slots(["_ZN1A1gEv", "_ZN1A1fEv", "_ZN1A1hEv"]));
        assert_eq!(rules(&apart, &swapped), [Rule::VirtualReordered]);
    }

    /// `name old new` of every row.
    fn slots(old: &[&str], new: &[&str]) -> Vec<String> {
        let exports = ["_ZN1A1fEv", "_ZN1A1gEv", "_ZN1A1hEv", "_ZTV1A"];
        let table = |names: &[&str]| release(&exports, names.iter().map(|name| Slot::from(*name)).collect());
        let changes = compare(&table(old), &table(new)).into_vec();
        let slots = changes.into_iter().find_map(|change| change.slots).expect("slots changed");
        let number = |at: Option<u32>| at.map_or("-".to_owned(), |at| at.to_string());
        slots.rows.iter().map(|row| format!("{} {} {}", row.name, number(row.old), number(row.new))).collect()
    }

    #[test]
    fn slots_are_told_before_and_after() {
        let [f, g, h] = ["_ZN1A1fEv", "_ZN1A1gEv", "_ZN1A1hEv"];
        assert_eq!(slots(&[f, h], &[f, g, h]), ["f() 0 0", "g() - 1", "h() 1 2"]);
        assert_eq!(slots(&[f, h], &[g, f, h]), ["g() - 0", "f() 0 1", "h() 1 2"]);
        assert_eq!(slots(&[f, g, h], &[f, h]), ["f() 0 0", "g() 1 -", "h() 2 1"]);
        assert_eq!(slots(&[f], &[f, g, "(pure)"]), ["f() 0 0", "g() - 1", "pure - 2"]);
        let swapped = slots(&[f, g, h], &[g, f, h]);
        assert!(
            swapped.contains(&"f() 0 1".to_owned()) && swapped.contains(&"g() 1 0".to_owned()),
            "{swapped:?}"
        );
    }
}

//! Vtables and typeinfo that both releases have, slot by slot.
//!
//! A slot's identity is the virtual function without the class that implements it. A null slot (GCC leaves destructors
//! of abstract classes null) and a slot whose function no symbol names match anything.

mod hidden_bases;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::context::Context;
use super::{
    AffectedSymbol, Change, ChangeId, Changes, Detail, Note, Part, RttiBase, RttiDifference, SlotRetyped, SlotRow, SlotsChange, SlotsDetail,
    Subject, SubjectKind, Value,
};
use crate::abi::{Library, Slot, Typeinfo, VirtualTable, VtableGroup, Vtt};
use crate::mangling::{self, Entity};
use crate::rules::{Rule, Severity};

/// Tables with more slots are not shown before and after: nobody would read that.
const MOST_SLOTS: usize = 1000;

/// Compares all vtables, VTTs and typeinfos that exist on both sides, each class once.
pub(super) fn compare(context: &Context<'_>, changes: &mut Changes) {
    compare_tables(context, changes);
    hidden_bases::attach(context, changes);
}

fn compare_tables(context: &Context<'_>, changes: &mut Changes) {
    let mut found: Vec<(&str, Change)> = Vec::new();
    let mut growth = Growth::new();
    let mut seen = BTreeSet::new();
    for (old, new) in context.pairs.iter().filter_map(|p| p.both()) {
        for before in &old.vtables {
            let after = now(context, new, &before.name, Library::vtable);
            let Some(after) = after.filter(|after| *after != before) else { continue };
            if seen.insert(&*before.name) {
                let slots = |g: &VtableGroup| g.tables.first().map_or(0, |t| t.slots.len() as isize);
                if before.name.starts_with("_ZTV") {
                    growth.insert(&before.name[4..], slots(after) - slots(before));
                }
                found.extend(group(context, old, before, after).into_iter().map(|c| (&before.name[4..], c)));
            }
        }
        for after in new.vtables.iter().filter(|v| v.name.starts_with("_ZTV")) {
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
                found.push((&before.name[4..], typeinfo(old, before, after)));
            }
        }
    }
    attach(context, found, &growth, changes);
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
    let described = |l: &Library| l.vtables.binary_search_by(|v| (*v.name).cmp(vtable)).is_ok();
    if context.old.libraries.iter().any(described) || was_declared_virtual(context, vtable) {
        return false;
    }
    let had = |name: String| context.old.exporter(&name).is_some();
    let members = ["_ZN", "_ZNK"].iter().any(|p| {
        let prefix = format!("{p}{body}");
        // A template argument or a longer name may follow the same letters; a member begins with a digit, C or D.
        super::context::exports_with_prefix(old, &prefix).any(|e| {
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
        let at = library.types.partition_point(|t| *t.name < *class);
        library
            .types
            .get(at)
            .is_some_and(|t| *t.name == *class && (t.vptr.is_some() || !t.virtuals.is_empty()))
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

/// What makes two slots the same virtual function.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Identity {
    Any,
    Pure,
    Deleted,
    Function { key: String, name: String },
}

fn identity(slot: &Slot) -> Identity {
    let linkage = match slot {
        Slot::Null | Slot::Unnamed => return Identity::Any,
        Slot::Pure => return Identity::Pure,
        Slot::Deleted => return Identity::Deleted,
        Slot::Function(name) => name,
    };
    let plain = |text: String| Identity::Function { key: text.clone(), name: text };
    let Ok(read) = mangling::parse(linkage) else { return plain(linkage.to_string()) };
    let Some(signature) = read.signature() else { return plain(linkage.to_string()) };
    if signature.name.starts_with('~') {
        // Clang fills a slot with a base's destructor where it does the same: only the role counts.
        let role = if linkage.contains("D0Ev") { "deleting destructor" } else { "destructor" };
        return plain(role.to_owned());
    }
    let params = signature.params.clone().unwrap_or_default().join(", ");
    let quals = if signature.is_const { " const" } else { "" };
    // The dual ABI renames a function without moving its slot.
    let neutral = params.replace("std::__cxx11::", "std::");
    Identity::Function { key: format!("{}({neutral}){quals}", signature.name), name: signature.name.clone() }
}

fn matches(a: &Identity, b: &Identity) -> bool {
    let defined = |i: &Identity| matches!(i, Identity::Function { .. });
    match (a, b) {
        (Identity::Any, _) | (_, Identity::Any) => true,
        (Identity::Function { key: x, .. }, Identity::Function { key: y, .. }) => x == y,
        (Identity::Pure | Identity::Deleted, other) | (other, Identity::Pure | Identity::Deleted) => {
            defined(other) || a == b || matches!(other, Identity::Pure | Identity::Deleted)
        }
    }
}

/// A slot for people: functions of the class itself without its name.
fn shown(slot: &Slot, own: &str) -> String {
    match slot {
        Slot::Function(name) => {
            let text = mangling::display(name);
            text.strip_prefix(own).unwrap_or(&text).to_owned()
        }
        other => other.as_str().trim_matches(['(', ')']).to_owned(),
    }
}

/// The new tables, in which a slot that holds the old function under the name of another one says the old name: linkers
/// and compilers fold functions of the same code into one.
fn unfolded(context: &Context<'_>, old: &VtableGroup, new: &VtableGroup) -> VtableGroup {
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

fn group(context: &Context<'_>, library: &Library, old: &VtableGroup, new: &VtableGroup) -> Vec<Change> {
    let new = &unfolded(context, old, new);
    if old.name.starts_with("_ZTC") {
        let change = class_change(Rule::ConstructionVtableChanged, &old.name, library);
        return match (same_shape(old, new), same_functions(old, new)) {
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
    for (i, (before, after)) in old.tables.iter().zip(&new.tables).enumerate() {
        if (before.top, &before.offsets) != (after.top, &after.offsets) {
            let change = class_change(Rule::VtableOffsetChanged, &old.name, library);
            let detail = Detail::part_changed(Part::Table(i as u64), offsets(before), offsets(after));
            changes.push(change.with_detail(detail));
        }
        slots(context, library, old, i, &before.slots, &after.slots, &mut changes);
    }
    virtuality(context, library, old, new, &mut changes);
    changes
}

/// What stands before the slots of a virtual table.
fn offsets(table: &VirtualTable) -> Value {
    Value::Offsets { top: table.top, others: table.offsets.clone() }
}

/// Exported member functions of the class that entered or left its vtable.
fn virtuality(
    context: &Context<'_>,
    library: &Library,
    old: &VtableGroup,
    new: &VtableGroup,
    changes: &mut Vec<Change>,
) {
    let functions = |g: &'_ VtableGroup| -> BTreeSet<String> {
        g.tables.iter().flat_map(|t| &t.slots).filter_map(|s| s.function().map(str::to_owned)).collect()
    };
    let (before, after) = (functions(old), functions(new));
    let class = class_name(&old.name);
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
    // A function may stand in any slot that has no name.
    if !super::evidence::lost_names(new, old) {
        for name in after.difference(&before).filter(|n| library.exports_named(n).next().is_some() && own(n))
        {
            changes.push(became(Rule::FunctionBecameVirtual, name));
        }
    }
    if !super::evidence::lost_names(old, new) {
        for name in before.difference(&after).filter(|n| context.provider(n, None).is_some() && own(n)) {
            changes.push(became(Rule::FunctionBecameNonvirtual, name));
        }
    }
}

/// Every slot that has a name on both sides has the same one.
fn same_functions(old: &VtableGroup, new: &VtableGroup) -> bool {
    let slots = |g: &'_ VtableGroup| g.tables.iter().flat_map(|t| t.slots.clone()).collect::<Vec<_>>();
    slots(old).iter().zip(&slots(new)).all(|(a, b)| match (a.function(), b.function()) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    })
}

/// Same tables, offsets and slot identities; names of thunks and overriders may differ.
fn same_shape(old: &VtableGroup, new: &VtableGroup) -> bool {
    old.tables.len() == new.tables.len()
        && old.tables.iter().zip(&new.tables).all(|(a, b)| {
            a.top == b.top
                && a.offsets == b.offsets
                && a.slots.len() == b.slots.len()
                && a.slots.iter().zip(&b.slots).all(|(x, y)| x == y || matches(&identity(x), &identity(y)))
        })
}

fn slots(
    context: &Context<'_>,
    library: &Library,
    group: &VtableGroup,
    table: usize,
    old: &[Slot],
    new: &[Slot],
    changes: &mut Vec<Change>,
) {
    if old == new {
        return;
    }
    let before: Vec<Identity> = old.iter().map(identity).collect();
    let after: Vec<Identity> = new.iter().map(identity).collect();
    let common = before.len().min(after.len());
    let own = format!("{}::", class_name(&group.name));
    let shown = |slot: &Slot| shown(slot, &own);
    let mut push = |rule: Rule, what: SlotsDetail| {
        let is_about_slots = is_layout(rule);
        // What happens to the slots of a base's table is what happens to the class's secondary table.
        let rule = if table > 0 && is_about_slots { Rule::SecondaryVtableChanged } else { rule };
        let count = (old.len() != new.len()).then_some((old.len() as u64, new.len() as u64));
        let mut change = class_change(rule, &group.name, library).with_detail(Detail::Slots { count, what });
        if is_about_slots {
            change.slots = before_and_after((old, new), (&before, &after), shown);
        }
        changes.push(change);
    };
    if in_step(&before, &after) {
        in_place(group, old, new, (&before, &after), shown, &mut push);
        if new.len() > common {
            let functions: Vec<String> = new[common..].iter().map(shown).collect();
            let behind = SlotsDetail::After { slot: common.saturating_sub(1) as u64, functions };
            match after[common..].contains(&Identity::Pure) {
                true if nameless(&new[common..]) => {
                    push(Rule::PureVirtualAdded, SlotsDetail::MorePure((new.len() - common) as u64));
                }
                true => push(Rule::PureVirtualAdded, behind),
                // Without headers nobody knows which classes programs derive, or which vtables they emit.
                false => push(Rule::VirtualAppended, behind),
            }
        } else if old.len() > common {
            let removed: Vec<String> = old[common..].iter().map(shown).collect();
            push(
                Rule::VirtualRemoved,
                match nameless(&old[common..]) {
                    true => SlotsDetail::FewerPure((old.len() - common) as u64),
                    false => SlotsDetail::FromEnd(removed),
                },
            );
        }
        return;
    }
    let hidden = |a: &Slot, b: &Slot| {
        let exported = |s: &Slot| {
            s.function().is_some_and(|f| {
                library.exports_named(f).next().is_some() || context.provider(f, None).is_some()
            })
        };
        a.function().is_some() && b.function().is_some() && !exported(a) && !exported(b)
    };
    moved((old, new), (&before, &after), hidden, shown, &mut push);
}

/// The functions of both tables; none where nobody would read them.
fn before_and_after(
    (old, new): (&[Slot], &[Slot]),
    (before, after): (&[Identity], &[Identity]),
    shown: impl Fn(&Slot) -> String,
) -> Option<SlotsChange> {
    if before.len().max(after.len()) > MOST_SLOTS {
        return None;
    }
    let partners = partners(before, after);
    let row = |from: Option<usize>, to: Option<usize>| {
        let slots: Vec<&Slot> =
            [to.map(|at| &new[at]), from.map(|at| &old[at])].into_iter().flatten().collect();
        // A slot without a function says less than the one it was or became.
        let slot = slots.iter().find(|slot| slot.function().is_some()).or(slots.first());
        let number = |at: Option<usize>| at.and_then(|at| u32::try_from(at).ok());
        SlotRow { name: slot.map_or(String::new(), |slot| shown(slot)), old: number(from), new: number(to) }
    };
    let mut places: Vec<(Option<usize>, Option<usize>)> =
        partners.iter().enumerate().map(|(at, partner)| (Some(at), *partner)).collect();
    for put_in in (0..new.len()).filter(|at| !partners.contains(&Some(*at))) {
        let above = put_in.checked_sub(1);
        let at = above.and_then(|above| places.iter().position(|place| place.1 == Some(above)));
        places.insert(at.map_or(0, |at| at + 1), (None, Some(put_in)));
    }
    Some(SlotsChange { rows: places.into_iter().map(|(from, to)| row(from, to)).collect() })
}

/// Where each slot's function is afterwards.
fn partners(before: &[Identity], after: &[Identity]) -> Vec<Option<usize>> {
    if in_step(before, after) {
        return (0..before.len()).map(|at| Some(at).filter(|at| *at < after.len())).collect();
    }
    let (kept_old, kept_new) = align(before, after);
    let mut kept = (0..after.len()).filter(|&at| kept_new[at]);
    let mut partners: Vec<Option<usize>> =
        kept_old.iter().map(|is_kept| is_kept.then(|| kept.next()).flatten()).collect();
    // What left its place may stand in another one.
    let mut free: Vec<usize> = (0..after.len()).filter(|&at| !kept_new[at]).collect();
    for at in (0..before.len()).filter(|&at| !kept_old[at] && before[at] != Identity::Any) {
        if let Some(found) = free.iter().position(|&other| before[at] == after[other]) {
            partners[at] = Some(free.remove(found));
        }
    }
    partners
}

/// Pure slots say nothing of their functions, so that which of several came or went cannot be told.
fn nameless(slots: &[Slot]) -> bool {
    slots.iter().all(|s| *s == Slot::Pure)
}

fn is_layout(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::VirtualInserted
            | Rule::VirtualRemoved
            | Rule::VirtualReordered
            | Rule::VirtualAppended
            | Rule::PureVirtualAdded
    )
}

/// Slots that kept their place: who implements them now, and with which adjustment.
fn in_place(
    group: &VtableGroup,
    old: &[Slot],
    new: &[Slot],
    (before, after): (&[Identity], &[Identity]),
    shown: impl Fn(&Slot) -> String,
    push: &mut impl FnMut(Rule, SlotsDetail),
) {
    let mut by_rule: BTreeMap<Rule, Vec<String>> = BTreeMap::new();
    for (i, (a, b)) in old.iter().zip(new).enumerate().filter(|(_, (a, b))| a != b) {
        let rule = match (&before[i], &after[i]) {
            (Identity::Any, _) | (_, Identity::Any) => continue,
            (Identity::Pure | Identity::Deleted, Identity::Function { .. }) => Rule::PureBecameDefined,
            (Identity::Function { .. }, Identity::Pure | Identity::Deleted) => Rule::VirtualBecamePure,
            _ => match implementor(&group.name[4..], a, b) {
                Some(rule) => rule,
                None => continue,
            },
        };
        let name = if rule == Rule::VirtualBecamePure { shown(a) } else { shown(b) };
        by_rule.entry(rule).or_default().push(name);
    }
    for (rule, names) in by_rule {
        push(rule, SlotsDetail::Functions(names));
    }
}

/// The same function in the same slot, implemented elsewhere or reached by another thunk.
fn implementor(class: &str, old: &Slot, new: &Slot) -> Option<Rule> {
    let (old, new) = (old.function()?, new.function()?);
    let (from, to) = (mangling::parse(old).ok()?, mangling::parse(new).ok()?);
    let covariant = |e: &Entity| match e {
        Entity::CovariantThunk { result, .. } => Some(*result),
        _ => None,
    };
    let (a, b) = (from.entity(), to.entity());
    if covariant(&a) != covariant(&b) {
        return Some(Rule::CovariantReturnChanged);
    }
    let scope = |m: &mangling::Mangled| m.signature().map(|s| s.scope.join("::"));
    let (from_class, to_class) = (scope(&from)?, scope(&to)?);
    if from_class == to_class {
        return (a != b && from.signature() == to.signature()).then_some(Rule::ThunkChanged);
    }
    if to.signature()?.name.starts_with('~') {
        return None;
    }
    let own = class_name(&format!("_ZTV{class}"));
    // Nearer to the class itself is an override more; between two bases the direction cannot be told.
    Some(if from_class == own { Rule::OverrideRemoved } else { Rule::OverrideAdded })
}

/// Slots changed place: which were put in, which are gone, or only the order differs.
fn moved(
    (old, new): (&[Slot], &[Slot]),
    (before, after): (&[Identity], &[Identity]),
    hidden: impl Fn(&Slot, &Slot) -> bool,
    shown: impl Fn(&Slot) -> String,
    push: &mut impl FnMut(Rule, SlotsDetail),
) {
    let (kept_old, kept_new) = align(before, after);
    let added: Vec<usize> = (0..after.len()).filter(|i| !kept_new[*i]).collect();
    let removed: Vec<usize> = (0..before.len()).filter(|i| !kept_old[*i]).collect();
    let name = |i: &Identity| match i {
        Identity::Function { name, .. } => Some(name.clone()),
        _ => None,
    };
    let reordered = added.len() == removed.len()
        && removed
            .iter()
            .all(|&r| added.iter().any(|&a| before[r] == after[a] && before[r] != Identity::Any));
    if reordered {
        let names: Vec<String> = removed.iter().map(|&r| shown(&old[r])).collect();
        return push(Rule::VirtualReordered, SlotsDetail::Functions(names));
    }
    // Another signature under the same name in the same slot: old overrides no longer override.
    let retyped = |&r: &usize| {
        let same = |&&a: &&usize| a == r && name(&before[r]).is_some() && name(&before[r]) == name(&after[a]);
        added.iter().find(same).map(|&a| (r, a))
    };
    let (mut gone, mut put_in): (Vec<usize>, Vec<usize>) = (removed.clone(), added.clone());
    let mut other_types = Vec::new();
    for (r, a) in removed.iter().filter_map(retyped) {
        other_types.push(SlotRetyped { slot: r as u64, old: shown(&old[r]), new: shown(&new[a]) });
        gone.retain(|&g| g != r);
        put_in.retain(|&p| p != a);
    }
    if !other_types.is_empty() {
        push(Rule::VirtualRemoved, SlotsDetail::Retyped(other_types));
    }
    // A function that neither release exports can be renamed: programs know it by its slot alone.
    let is_private = |i: &usize| old.len() == new.len() && put_in.contains(i) && hidden(&old[*i], &new[*i]);
    let renamed: Vec<usize> = gone.iter().copied().filter(is_private).collect();
    gone.retain(|g| !renamed.contains(g));
    put_in.retain(|p| !renamed.contains(p));
    let texts = |positions: &[usize], slots: &[Slot]| -> Vec<String> {
        positions.iter().map(|&i| shown(&slots[i])).collect()
    };
    let numbers = |positions: &[usize]| -> Vec<u64> { positions.iter().map(|&at| at as u64).collect() };
    if let Some(&first) = put_in.first() {
        let pure = put_in.iter().any(|&i| after[i] == Identity::Pure);
        let last_kept = kept_new.iter().rposition(|&k| k).unwrap_or(0);
        let rule = match (pure, first > last_kept && gone.is_empty()) {
            (true, _) => Rule::PureVirtualAdded,
            (false, true) => Rule::VirtualAppended,
            (false, false) => Rule::VirtualInserted,
        };
        let (slots, functions) = (numbers(&put_in), texts(&put_in, new));
        push(rule, SlotsDetail::Added { slots, functions });
    }
    if !gone.is_empty() {
        let (slots, functions) = (numbers(&gone), texts(&gone, old));
        push(Rule::VirtualRemoved, SlotsDetail::Removed { slots, functions });
    }
}

/// How sure two slots are the same virtual function: pure slots have no name and null slots no function, so that a
/// match with either is worth less than one by name. Zero for none.
fn score(a: &Identity, b: &Identity) -> u32 {
    match (a, b) {
        _ if !matches(a, b) => 0,
        (Identity::Function { .. }, Identity::Function { .. }) => 8,
        _ if a == b => 4,
        _ => 1,
    }
}

/// Whether the best alignment leaves every slot that both tables have where it was.
fn in_step(before: &[Identity], after: &[Identity]) -> bool {
    if !before.iter().zip(after).all(|(a, b)| matches(a, b)) {
        return false;
    }
    let (kept_old, kept_new) = align(before, after);
    let common = before.len().min(after.len());
    let straight: u32 = before.iter().zip(after).map(|(a, b)| score(a, b)).sum();
    let pairs = |kept: &[bool]| kept.iter().enumerate().filter(|k| *k.1).map(|k| k.0).collect::<Vec<_>>();
    let best: u32 =
        pairs(&kept_old).iter().zip(pairs(&kept_new)).map(|(&a, b)| score(&before[a], &after[b])).sum();
    straight >= best || common == 0
}

/// Marks the slots of a longest common subsequence; a certain match counts more than one by wildcard.
fn align(before: &[Identity], after: &[Identity]) -> (Vec<bool>, Vec<bool>) {
    let (n, m) = (before.len(), after.len());
    let (mut kept_old, mut kept_new) = (vec![false; n], vec![false; m]);
    if n.saturating_mul(m) > 4_000_000 {
        return (kept_old, kept_new);
    }
    let mut best = vec![vec![0u32; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            let here = score(&before[i], &after[j]);
            let with = if here > 0 { here + best[i + 1][j + 1] } else { 0 };
            best[i][j] = with.max(best[i + 1][j]).max(best[i][j + 1]);
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < n && j < m {
        let here = score(&before[i], &after[j]);
        if here > 0 && best[i][j] == here + best[i + 1][j + 1] {
            (kept_old[i], kept_new[j]) = (true, true);
            (i, j) = (i + 1, j + 1);
        } else if best[i][j] == best[i + 1][j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    (kept_old, kept_new)
}

fn typeinfo(library: &Library, old: &Typeinfo, new: &Typeinfo) -> Change {
    let bases = |t: &Typeinfo| -> Vec<RttiBase> {
        let one = |b: &crate::abi::Base| RttiBase {
            name: class_name(&format!("_ZTI{}", b.base)),
            non_public: b.is_private,
            // Of a virtual base the file says where in the vtable its place stands, which is not its place.
            offset: Some(b.offset).filter(|_| !b.is_virtual),
        };
        t.bases.iter().map(one).collect()
    };
    let (from, to) = (bases(old), bases(new));
    // What is left are the flags, or where the vtable keeps the place of a virtual base.
    let besides = (from == to).then(|| match old.flags == new.flags && old.kind == new.kind {
        true => RttiDifference::Place,
        false => RttiDifference::Inheritance { old: (old.kind, old.flags), new: (new.kind, new.flags) },
    });
    let change = class_change(Rule::RttiBasesChanged, &old.name, library);
    change.with_detail(Detail::Rtti { old: from, new: to, besides })
}

/// Finds the root of each change: an ancestor with a change under the same rule, or of the same class's layout.
fn attach<'a>(
    context: &Context<'a>,
    mut found: Vec<(&'a str, Change)>,
    growth: &Growth<'_>,
    changes: &mut Changes,
) {
    found.sort_by(|a, b| (a.0, a.1.rule).cmp(&(b.0, b.1.rule)));
    let mut ancestors: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for typeinfo in context.old.libraries.iter().chain(&context.new.libraries).flat_map(|l| &l.typeinfos) {
        let bases = ancestors.entry(&typeinfo.name[4..]).or_default();
        bases.extend(typeinfo.bases.iter().map(|b| &*b.base));
    }
    past_hidden_bases(context, &found, &mut ancestors);
    let changed: BTreeMap<(&str, Rule), usize> =
        found.iter().enumerate().map(|(i, (c, x))| ((*c, x.rule), i)).collect();
    let causes: Vec<Option<usize>> = found
        .iter()
        .map(|(class, change)| root_of(class, change.rule, &ancestors, &changed, growth))
        .collect();
    let ids: Vec<ChangeId> = found.iter().map(|(_, change)| changes.push(change.clone())).collect();
    for (i, (_, change)) in found.iter().enumerate() {
        let Some(root) = first_cause(i, &causes) else { continue };
        let name = &change.subject.name;
        let list = changes.as_mut_slice();
        list[ids[i]].derived_from = Some(ids[root]);
        list[ids[i]].slots = None;
        let affects = &mut list[ids[root]].affects;
        if affects.classes.len() < 20 && !affects.classes.contains(name) {
            affects.classes.push(name.clone());
        }
    }
}

/// A base whose typeinfo the libraries hide cuts the chain to what is above it. A class that inherits a virtual function
/// without overriding it names that ancestor in its vtable all the same.
fn past_hidden_bases<'a>(
    context: &Context<'a>,
    found: &[(&'a str, Change)],
    ancestors: &mut BTreeMap<&'a str, Vec<&'a str>>,
) {
    let is_cut = |class: &str| {
        ancestors.get(class).is_some_and(|bases| bases.iter().any(|b| !ancestors.contains_key(b)))
    };
    let cut: BTreeSet<&str> = found.iter().map(|(class, _)| *class).filter(|class| is_cut(class)).collect();
    if cut.is_empty() {
        return;
    }
    let by_name: HashMap<&str, &'a str> =
        found.iter().map(|(class, change)| (change.subject.name.as_str(), *class)).collect();
    // Classes share most of what they inherit.
    let mut definers: HashMap<&str, Option<&'a str>> = HashMap::new();
    for class in cut {
        let name = format!("_ZTV{class}");
        let groups = context.old.libraries.iter().filter_map(|l| {
            l.vtables.binary_search_by(|v| (*v.name).cmp(&name)).ok().map(|at| &l.vtables[at])
        });
        for function in groups.flat_map(|g| &g.tables).flat_map(|t| &t.slots).filter_map(Slot::function) {
            let definer = *definers.entry(function).or_insert_with(|| {
                let signature = mangling::parse(function).ok()?.signature()?;
                by_name.get(signature.scope.join("::").as_str()).copied()
            });
            let bases = ancestors.entry(class).or_default();
            bases.extend(definer.filter(|definer| *definer != class && !bases.contains(definer)));
        }
    }
}

/// Follows causes to one that has none; None for a change that is its own.
fn first_cause(change: usize, causes: &[Option<usize>]) -> Option<usize> {
    let mut seen = BTreeSet::from([change]);
    let mut first = causes[change]?;
    while let Some(cause) = causes[first] {
        if cause == change {
            return None;
        }
        if !seen.insert(first) {
            break;
        }
        first = cause;
    }
    Some(first)
}

/// By how many slots the virtual table of a class itself grew.
type Growth<'a> = BTreeMap<&'a str, isize>;

/// The topmost ancestor whose change is of the same kind; a secondary table follows any change of a base's layout.
fn root_of(
    class: &str,
    rule: Rule,
    ancestors: &BTreeMap<&str, Vec<&str>>,
    changed: &BTreeMap<(&str, Rule), usize>,
    growth: &Growth<'_>,
) -> Option<usize> {
    const LAYOUT: [Rule; 6] = [
        Rule::VirtualInserted,
        Rule::VirtualRemoved,
        Rule::VirtualReordered,
        Rule::VirtualAppended,
        Rule::PureVirtualAdded,
        Rule::RttiBasesChanged,
    ];
    let follows_layout = matches!(
        rule,
        Rule::SecondaryVtableChanged
            | Rule::VtableOffsetChanged
            | Rule::ThunkChanged
            | Rule::ConstructionVtableChanged
    );
    // Its own bases come first: other bases are another layout.
    let mut found = changed.get(&(class, Rule::RttiBasesChanged)).filter(|_| follows_layout).copied();
    let mut seen = BTreeSet::from([class]);
    let mut next: Vec<&str> = ancestors.get(class).cloned().unwrap_or_default();
    while let Some(ancestor) = next.pop() {
        if !seen.insert(ancestor) {
            continue;
        }
        // What is appended to a base is inserted into a class that goes on after it.
        let grew_alike =
            is_layout(rule) && growth.get(ancestor).is_some_and(|g| growth.get(class) == Some(g));
        let causes: &[Rule] = if follows_layout || grew_alike { &LAYOUT } else { &[] };
        let same = std::iter::once(&rule).chain(causes).find_map(|r| changed.get(&(ancestor, *r)));
        found = same.copied().or(found);
        next.extend(ancestors.get(ancestor).into_iter().flatten());
    }
    found
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

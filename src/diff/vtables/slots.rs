//! The function pointers of one virtual table, before and after: which functions were put in, left, moved, or are
//! implemented elsewhere now.
//!
//! A slot is what [`super::slot_names`] says that it may be for: the virtual function without the class that implements
//! it.

use std::collections::BTreeMap;

use super::super::context::Context;
use super::super::{Change, Detail, SlotRetyped, SlotRow, SlotsChange, SlotsDetail};
use super::align::{align, in_step, partners};
use super::slot_names::{Identity, State};
use super::{class_change, class_name};
use crate::abi::{Export, Library, VtableGroup};
use crate::mangling::{self, Entity};
use crate::rules::{Rule, Severity};

/// Tables with more slots are not shown before and after: nobody would read that.
const MOST_SLOTS: usize = 1000;

/// Compares the slots of one table of a group. `table`: its index.
pub(super) fn slots(
    context: &Context<'_>,
    library: &Library,
    group: &VtableGroup,
    table: usize,
    (before, after): (&[Identity], &[Identity]),
    changes: &mut Vec<Change>,
) {
    if before == after {
        return;
    }
    let own = format!("{}::", class_name(&group.name));
    let was_final = was_final(context, library, &group.name);
    let shown = |slot: &Identity| shown(slot, &own);
    let mut push = |rule: Rule, what: SlotsDetail| {
        let is_about_slots = is_layout(rule);
        // What happens to the slots of a base's table is what happens to the class's secondary table.
        let rule = if table > 0 && is_about_slots { Rule::SecondaryVtableChanged } else { rule };
        let count = (before.len() != after.len()).then_some((before.len() as u64, after.len() as u64));
        let mut change = class_change(rule, &group.name, library).with_detail(Detail::Slots { count, what });
        if is_about_slots {
            change.slots = before_and_after((before, after), shown);
        }
        if was_final && rule == Rule::VirtualAppended {
            change = change.with_severity(Severity::Risky);
        }
        changes.push(change);
    };
    if in_step(before, after) {
        in_place(group, (before, after), shown, &mut push);
        at_the_end((before, after), was_final, shown, &mut push);
        return;
    }
    let hidden = |a: &Identity, b: &Identity| {
        let is_exported = |name: &str| {
            library.exports_named(name).next().is_some() || context.provider(name, None).is_some()
        };
        let no_export = |slot: &Identity| slot.functions.iter().all(|f| !is_exported(&f.linkage));
        let defined = |slot: &Identity| slot.state == State::Defined;
        defined(a) && defined(b) && no_export(a) && no_export(b)
    };
    moved((before, after), hidden, shown, &mut push);
}

/// Whether nobody can derive from a class, by the old headers or since all its constructors are private, and its table is
/// the library's alone: a virtual function of its own has a strong definition there, so that programs make no table of the
/// class.
fn was_final(context: &Context<'_>, library: &Library, table: &str) -> bool {
    let name = class_name(table);
    let described = context
        .old
        .headers
        .iter()
        .chain([library])
        .find_map(|by| by.types_named(&name).find(|type_| type_.size.is_some()));
    let Some(type_) = described.filter(|type_| type_.is_final || type_.closed) else { return false };
    let mut symbols = type_.virtuals.iter().filter_map(|function| function.symbol.as_deref());
    symbols.any(|symbol| library.exports_named(symbol).any(Export::is_strong))
}

/// What came or went after the last slot that both tables have.
fn at_the_end(
    (before, after): (&[Identity], &[Identity]),
    was_final: bool,
    shown: impl Fn(&Identity) -> String,
    push: &mut impl FnMut(Rule, SlotsDetail),
) {
    let common = before.len().min(after.len());
    let texts = |slots: &[Identity]| slots.iter().map(&shown).collect();
    let (gone, added) = (&before[common..], &after[common..]);
    if !added.is_empty() {
        let is_pure = added.iter().any(|slot| slot.state == State::Pure);
        // Without headers nobody knows which classes programs derive, or which vtables they emit.
        let rule = if is_pure { Rule::PureVirtualAdded } else { Rule::VirtualAppended };
        let detail = match nameless(added) {
            true => SlotsDetail::MorePure(added.len() as u64),
            false => {
                let slot = common.saturating_sub(1) as u64;
                SlotsDetail::After { slot, functions: texts(added), was_final }
            }
        };
        push(rule, detail);
    }
    if !gone.is_empty() {
        let detail = match nameless(gone) {
            true => SlotsDetail::FewerPure(gone.len() as u64),
            false => SlotsDetail::FromEnd(texts(gone)),
        };
        push(Rule::VirtualRemoved, detail);
    }
}

/// The functions of both tables; none where nobody would read them.
fn before_and_after(
    (before, after): (&[Identity], &[Identity]),
    shown: impl Fn(&Identity) -> String,
) -> Option<SlotsChange> {
    if before.len().max(after.len()) > MOST_SLOTS {
        return None;
    }
    let partners = partners(before, after);
    let row = |from: Option<usize>, to: Option<usize>| {
        let slots: Vec<&Identity> =
            [to.map(|at| &after[at]), from.map(|at| &before[at])].into_iter().flatten().collect();
        // A slot without a function says less than the one it was or became.
        let slot = slots.iter().find(|slot| !slot.functions.is_empty()).or(slots.first());
        let number = |at: Option<usize>| at.and_then(|at| u32::try_from(at).ok());
        // A class has two slots for its destructor, which differ in who gives the memory back.
        let name = slot.map(|slot| match slot.is_deleting() && !slot.is_nameless() {
            true => format!("{} (deleting)", shown(slot)),
            false => shown(slot),
        });
        SlotRow { name: name.unwrap_or_default(), old: number(from), new: number(to) }
    };
    let mut places: Vec<(Option<usize>, Option<usize>)> =
        partners.iter().enumerate().map(|(at, partner)| (Some(at), *partner)).collect();
    for put_in in (0..after.len()).filter(|at| !partners.contains(&Some(*at))) {
        let above = put_in.checked_sub(1);
        let at = above.and_then(|above| places.iter().position(|place| place.1 == Some(above)));
        places.insert(at.map_or(0, |at| at + 1), (None, Some(put_in)));
    }
    Some(SlotsChange { rows: places.into_iter().map(|(from, to)| row(from, to)).collect() })
}

/// Slots that kept their place: who implements them now, and with which adjustment.
fn in_place(
    group: &VtableGroup,
    (before, after): (&[Identity], &[Identity]),
    shown: impl Fn(&Identity) -> String,
    push: &mut impl FnMut(Rule, SlotsDetail),
) {
    let mut by_rule: BTreeMap<Rule, Vec<String>> = BTreeMap::new();
    for (a, b) in before.iter().zip(after).filter(|(a, b)| a != b) {
        let rule = match (a.state, b.state) {
            (State::Unknown, _) | (_, State::Unknown) => continue,
            (State::Pure | State::Deleted, State::Defined) => Rule::PureBecameDefined,
            (State::Defined, State::Pure | State::Deleted) => Rule::VirtualBecamePure,
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
fn implementor(class: &str, old: &Identity, new: &Identity) -> Option<Rule> {
    // Where code has several names, one that both have is what is meant.
    if old.shares_linkage(new) {
        return None;
    }
    let (old, new) = old.functions.iter().find_map(|a| {
        let same = new.functions.iter().find(|b| a.key == b.key)?;
        Some((&*a.linkage, &*same.linkage))
    })?;
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
    (before, after): (&[Identity], &[Identity]),
    hidden: impl Fn(&Identity, &Identity) -> bool,
    shown: impl Fn(&Identity) -> String,
    push: &mut impl FnMut(Rule, SlotsDetail),
) {
    let (kept_old, kept_new) = align(before, after);
    let added: Vec<usize> = (0..after.len()).filter(|i| !kept_new[*i]).collect();
    let removed: Vec<usize> = (0..before.len()).filter(|i| !kept_old[*i]).collect();
    let name = |i: &Identity| i.functions.first().map(|function| function.name.clone());
    let reordered = added.len() == removed.len()
        && removed.iter().all(|&r| added.iter().any(|&a| before[r].equals(&after[a])));
    if reordered {
        let names: Vec<String> = removed.iter().map(|&r| shown(&before[r])).collect();
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
        other_types.push(SlotRetyped { slot: r as u64, old: shown(&before[r]), new: shown(&after[a]) });
        gone.retain(|&g| g != r);
        put_in.retain(|&p| p != a);
    }
    if !other_types.is_empty() {
        push(Rule::VirtualRemoved, SlotsDetail::Retyped(other_types));
    }
    // A function that neither release exports can be renamed: programs know it by its slot alone.
    let is_private =
        |i: &usize| before.len() == after.len() && put_in.contains(i) && hidden(&before[*i], &after[*i]);
    let renamed: Vec<usize> = gone.iter().copied().filter(is_private).collect();
    gone.retain(|g| !renamed.contains(g));
    put_in.retain(|p| !renamed.contains(p));
    let texts = |positions: &[usize], slots: &[Identity]| -> Vec<String> {
        positions.iter().map(|&i| shown(&slots[i])).collect()
    };
    let numbers = |positions: &[usize]| -> Vec<u64> { positions.iter().map(|&at| at as u64).collect() };
    if let Some(&first) = put_in.first() {
        let pure = put_in.iter().any(|&i| after[i].state == State::Pure);
        let last_kept = kept_new.iter().rposition(|&k| k).unwrap_or(0);
        // Which of several pure functions without names is the new one cannot be told.
        let is_named = put_in.iter().all(|&i| !after[i].functions.is_empty());
        let rule = match (pure, first > last_kept && gone.is_empty()) {
            (true, at_the_end) if at_the_end || !is_named => Rule::PureVirtualAdded,
            (false, true) => Rule::VirtualAppended,
            (_, _) => Rule::VirtualInserted,
        };
        let (slots, functions) = (numbers(&put_in), texts(&put_in, after));
        push(rule, SlotsDetail::Added { slots, functions });
    }
    if !gone.is_empty() {
        let (slots, functions) = (numbers(&gone), texts(&gone, before));
        push(Rule::VirtualRemoved, SlotsDetail::Removed { slots, functions });
    }
}

/// A slot for people: functions of the class itself without its name.
fn shown(slot: &Identity, own: &str) -> String {
    let word = match slot.state {
        State::Pure => "pure",
        State::Deleted => "deleted",
        State::Defined | State::Unknown => "unnamed",
    };
    match slot.functions.first() {
        None => word.to_owned(),
        Some(function) if function.linkage.is_empty() => function.name.clone(),
        Some(function) => {
            let text = mangling::display(&function.linkage);
            text.strip_prefix(own).unwrap_or(&text).to_owned()
        }
    }
}

/// Pure slots say nothing of their functions, so that which of several came or went cannot be told.
fn nameless(slots: &[Identity]) -> bool {
    slots.iter().all(|slot| slot.state == State::Pure && slot.functions.is_empty())
}

pub(super) fn is_layout(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::VirtualInserted
            | Rule::VirtualRemoved
            | Rule::VirtualReordered
            | Rule::VirtualAppended
            | Rule::PureVirtualAdded
    )
}

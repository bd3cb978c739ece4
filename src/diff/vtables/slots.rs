//! The function pointers of one virtual table, before and after: which functions were put in, left, moved, or are
//! implemented elsewhere now.
//!
//! A slot's identity is the virtual function without the class that implements it. A null slot (GCC leaves destructors
//! of abstract classes null) and a slot whose function no symbol names match anything.

use std::collections::BTreeMap;

use super::super::context::Context;
use super::super::{Change, Detail, SlotRetyped, SlotRow, SlotsChange, SlotsDetail};
use super::align::{align, in_step, partners};
use super::{class_change, class_name};
use crate::abi::{Library, Slot, VtableGroup};
use crate::mangling::{self, Entity};
use crate::rules::Rule;

/// Tables with more slots are not shown before and after: nobody would read that.
const MOST_SLOTS: usize = 1000;

/// What makes two slots the same virtual function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    Any,
    Pure,
    Deleted,
    Function { key: String, name: String },
}

pub(super) fn identity(slot: &Slot) -> Identity {
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

pub(super) fn matches(a: &Identity, b: &Identity) -> bool {
    let defined = |i: &Identity| matches!(i, Identity::Function { .. });
    match (a, b) {
        (Identity::Any, _) | (_, Identity::Any) => true,
        (Identity::Function { key: x, .. }, Identity::Function { key: y, .. }) => x == y,
        (Identity::Pure | Identity::Deleted, other) | (other, Identity::Pure | Identity::Deleted) => {
            defined(other) || a == b || matches!(other, Identity::Pure | Identity::Deleted)
        }
    }
}

pub(super) fn slots(
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

/// Pure slots say nothing of their functions, so that which of several came or went cannot be told.
fn nameless(slots: &[Slot]) -> bool {
    slots.iter().all(|s| *s == Slot::Pure)
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

//! Breaks of virtual tables and type information, as the image holds them.

use super::names::{after_class, class_body, is_exported, is_strong_function, new_function, no_destructor};
use super::names::{plain_function, rename_one};
use super::subjects::{break_vtable, own_vtables, remove_symbol, shown};
use super::{Break, Broken};
use crate::abi::{Library, Release, Slot, Typeinfo, VtableGroup};
use crate::origin::{Origin, Origins};
use crate::rules::Rule;

pub(super) const BREAKS: &[Break] = &[
    Break { rule: Rule::VirtualInserted, apply: insert },
    Break { rule: Rule::VirtualReordered, apply: swap },
    Break { rule: Rule::VirtualRemoved, apply: remove },
    Break { rule: Rule::VirtualAppended, apply: append },
    Break { rule: Rule::PureVirtualAdded, apply: append_pure },
    Break { rule: Rule::VirtualBecamePure, apply: make_pure },
    Break { rule: Rule::PureBecameDefined, apply: define },
    Break { rule: Rule::OverrideAdded, apply: add_override },
    Break { rule: Rule::OverrideRemoved, apply: remove_override },
    Break { rule: Rule::VtableRemoved, apply: remove_vtable },
    Break { rule: Rule::TypeinfoRemoved, apply: remove_typeinfo },
    Break { rule: Rule::ClassBecamePolymorphic, apply: make_polymorphic },
    Break { rule: Rule::ClassLostPolymorphism, apply: make_plain },
    Break { rule: Rule::VtableOffsetChanged, apply: other_offset },
    Break { rule: Rule::SecondaryVtableChanged, apply: grow_secondary },
    Break { rule: Rule::ConstructionVtableChanged, apply: grow_vtt },
    Break { rule: Rule::ThunkChanged, apply: adjust_otherwise },
    Break { rule: Rule::RttiBasesChanged, apply: move_base },
    Break { rule: Rule::CovariantReturnChanged, apply: return_plainly },
    Break { rule: Rule::FunctionBecameVirtual, apply: make_virtual },
    Break { rule: Rule::FunctionBecameNonvirtual, apply: make_nonvirtual },
];

/// The slots of the class's own table.
fn slots(group: &VtableGroup) -> &[Slot] {
    group.tables.first().map_or(&[], |table| &table.slots)
}

/// Position of the first function that is no destructor.
fn first_function(group: &VtableGroup) -> Option<usize> {
    slots(group).iter().position(|slot| no_destructor(slot).is_some())
}

fn has_function(_: &Library, group: &VtableGroup) -> bool {
    first_function(group).is_some()
}

fn insert(release: &Release, nth: usize) -> Option<Broken> {
    break_vtable(release, nth, has_function, |group| {
        let (at, new) = (first_function(group)?, new_function(group));
        group.tables[0].slots.insert(at, new);
        Some(format!("a new function in slot {at}"))
    })
}

/// Two neighbouring functions of different names.
fn neighbours(group: &VtableGroup) -> Option<usize> {
    let name = |slot: &Slot| Some(plain_function(no_destructor(slot)?)?.name);
    slots(group).windows(2).position(|pair| match (name(&pair[0]), name(&pair[1])) {
        (Some(a), Some(b)) => a != b,
        _ => false,
    })
}

fn swap(release: &Release, nth: usize) -> Option<Broken> {
    break_vtable(
        release,
        nth,
        |_, group| neighbours(group).is_some(),
        |group| {
            let at = neighbours(group)?;
            group.tables[0].slots.swap(at, at + 1);
            Some(format!("slots {at} and {} are swapped", at + 1))
        },
    )
}

fn remove(release: &Release, nth: usize) -> Option<Broken> {
    break_vtable(release, nth, has_function, |group| {
        let at = first_function(group)?;
        let gone = group.tables[0].slots.remove(at);
        Some(format!("{} is gone", shown(gone.as_str())))
    })
}

fn append(release: &Release, nth: usize) -> Option<Broken> {
    break_vtable(release, nth, has_function, |group| {
        let new = new_function(group);
        group.tables[0].slots.push(new);
        Some("a new function at the end".to_owned())
    })
}

fn append_pure(release: &Release, nth: usize) -> Option<Broken> {
    break_vtable(release, nth, has_function, |group| {
        group.tables[0].slots.push(Slot::Pure);
        Some("a new pure virtual function at the end".to_owned())
    })
}

fn make_pure(release: &Release, nth: usize) -> Option<Broken> {
    break_vtable(release, nth, has_function, |group| {
        let at = first_function(group)?;
        let gone = std::mem::replace(&mut group.tables[0].slots[at], Slot::Pure);
        Some(format!("{} is pure", shown(gone.as_str())))
    })
}

fn define(release: &Release, nth: usize) -> Option<Broken> {
    let pure = |group: &VtableGroup| slots(group).iter().position(|slot| *slot == Slot::Pure);
    break_vtable(
        release,
        nth,
        |_, group| pure(group).is_some(),
        |group| {
            let at = pure(group)?;
            // Where debug info says which function the slot is for, it is that one that is defined now.
            let class = crate::mangling::display(&group.name);
            let class = release.class(&crate::spelling::canonical(class.strip_prefix("vtable for ")?));
            let declared = class.and_then(|class| release.declared_virtual(class, at as u64));
            group.tables[0].slots[at] = declared.map_or_else(|| new_function(group), Slot::from);
            Some(format!("slot {at} is not pure any more"))
        },
    )
}

/// The same function of another class: both as they stand inside a nested name.
fn of_other_class(function: &str, from: &str, to: &str) -> Option<String> {
    let rest = after_class(function, from)?;
    let prefix = function.strip_suffix(rest)?.strip_suffix(from)?;
    let other = format!("{prefix}{to}{rest}");
    // Abbreviations count the parts of the class.
    let (a, b) = (plain_function(function)?, plain_function(&other)?);
    (a.name == b.name && a.params == b.params).then_some(other)
}

/// The class that a function belongs to, as it stands inside a nested name.
fn owner(function: &str) -> Option<String> {
    let scope = plain_function(function)?.scope;
    let body: String = scope.iter().map(|part| format!("{}{part}", part.len())).collect();
    after_class(function, &body).map(|_| body)
}

/// A slot with a function of a base, and that function in the class itself.
fn inherited(group: &VtableGroup) -> Option<(usize, String)> {
    let own = class_body(&group.name);
    slots(group).iter().enumerate().find_map(|(at, slot)| {
        let function = no_destructor(slot)?;
        let base = owner(function).filter(|base| base != own)?;
        Some((at, of_other_class(function, &base, own)?))
    })
}

fn add_override(release: &Release, nth: usize) -> Option<Broken> {
    break_vtable(
        release,
        nth,
        |_, group| inherited(group).is_some(),
        |group| {
            let (at, function) = inherited(group)?;
            let what = format!("{} overrides slot {at}", shown(&function));
            group.tables[0].slots[at] = Slot::Function(function.into());
            Some(what)
        },
    )
}

/// A slot with a function of the class itself that its first base has as well, and that of the base.
fn overridden(release: &Release, library: &Library, group: &VtableGroup) -> Option<(usize, String)> {
    let typeinfo = library.typeinfo(&group.name.replacen("_ZTV", "_ZTI", 1))?;
    let base = format!("_ZTV{}", typeinfo.bases.first()?.base);
    let above = release.libraries.iter().find_map(|l| l.vtable(&base))?;
    let (own, theirs) = (class_body(&group.name), class_body(&base));
    slots(group).iter().zip(slots(above)).enumerate().find_map(|(at, (slot, inherited))| {
        let function = of_other_class(no_destructor(slot)?, own, theirs)?;
        (inherited.function() == Some(&*function)).then_some((at, function))
    })
}

fn remove_override(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |library: &Library, group: &VtableGroup| overridden(release, library, group).is_some();
    let (at, group) = own_vtables(release, wants).nth(nth)?;
    let (slot, function) = overridden(release, &release.libraries[at], group)?;
    let is_it = |_: &Library, other: &VtableGroup| other.name == group.name;
    break_vtable(release, 0, is_it, |group| {
        group.tables[0].slots[slot] = Slot::Function(function.as_str().into());
        Some(format!("slot {slot} is not overridden any more"))
    })
}

/// Whether the library defines a virtual function of the class itself, so that programs emit no vtable of their own.
fn has_key_function(library: &Library, group: &VtableGroup) -> bool {
    let functions = group.tables.iter().flat_map(|table| &table.slots).filter_map(no_destructor);
    functions
        .filter(|f| after_class(f, class_body(&group.name)).is_some())
        .any(|f| library.exports_named(f).any(is_strong_function))
}

/// The other symbols of a class, by the two letters of each.
fn of_class(group: &VtableGroup, kind: &str) -> String {
    group.name.replacen("_ZTV", &format!("_ZT{kind}"), 1)
}

fn remove_vtable(release: &Release, nth: usize) -> Option<Broken> {
    let (_, group) = own_vtables(release, has_key_function).nth(nth)?;
    let mut new = release.clone();
    remove_symbol(&mut new, &group.name);
    Some(Broken::new(new, format!("{} is gone", shown(&group.name))))
}

fn remove_typeinfo(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |library: &Library, group: &VtableGroup| {
        has_key_function(library, group) && is_exported(release, &of_class(group, "I"))
    };
    let (_, group) = own_vtables(release, wants).nth(nth)?;
    let mut new = release.clone();
    let typeinfo = of_class(group, "I");
    remove_symbol(&mut new, &typeinfo);
    Some(Broken::new(new, format!("{} is gone", shown(&typeinfo))))
}

/// The release with a class that has no virtual functions.
fn without_tables(release: &Release, group: &VtableGroup) -> Release {
    let mut plain = release.clone();
    let deleting = format!("_ZN{}D0Ev", class_body(&group.name));
    let names = ["V", "I", "S", "T"].map(|kind| of_class(group, kind));
    names.iter().chain([&deleting]).for_each(|name| remove_symbol(&mut plain, name));
    // Its declaration has no virtual functions either.
    let text = shown(&group.name);
    let class = crate::spelling::canonical(text.strip_prefix("vtable for ").unwrap_or(&text)).into_owned();
    for type_ in plain.libraries.iter_mut().flat_map(|l| &mut l.types).filter(|t| *t.name == *class) {
        type_.vptr = None;
        type_.virtuals.clear();
    }
    plain
}

fn make_polymorphic(release: &Release, nth: usize) -> Option<Broken> {
    let (_, group) = own_vtables(release, has_key_function).nth(nth)?;
    let old = Some(without_tables(release, group));
    Some(Broken { old, new: release.clone(), what: format!("{} is new", shown(&group.name)) })
}

fn make_plain(release: &Release, nth: usize) -> Option<Broken> {
    let (_, group) = own_vtables(release, has_key_function).nth(nth)?;
    let what = format!("{} and its typeinfo are gone", shown(&group.name));
    Some(Broken::new(without_tables(release, group), what))
}

fn other_offset(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |_: &Library, group: &VtableGroup| {
        group.tables.len() > 1 || group.tables.iter().any(|table| !table.offsets.is_empty())
    };
    break_vtable(release, nth, wants, |group| {
        let is_alone = group.tables.len() == 1;
        let last = group.tables.last_mut()?;
        match last.offsets.first_mut().filter(|_| is_alone) {
            Some(offset) => *offset += 8,
            None => last.top -= 8,
        }
        Some("an offset in it is 8 bytes off".to_owned())
    })
}

fn grow_secondary(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |_: &Library, group: &VtableGroup| group.tables.len() > 1;
    break_vtable(release, nth, wants, |group| {
        let new = new_function(group);
        group.tables.last_mut()?.slots.push(new);
        Some("a new function at the end of a secondary table".to_owned())
    })
}

/// Whether an exported symbol that describes a class is the library's own.
fn is_own(origins: &Origins, library: &Library, symbol: &str) -> bool {
    let export = library.exports_named(symbol).next();
    export.is_some_and(|e| origins.symbol(symbol, e.is_strong(), library) == Origin::Own)
}

fn grow_vtt(release: &Release, nth: usize) -> Option<Broken> {
    let origins = Origins::of(release);
    let all = release.libraries.iter().flat_map(|l| l.vtts.iter().map(move |vtt| (l, vtt)));
    let wants = |(library, vtt): &(&Library, &crate::abi::Vtt)| {
        !vtt.entries.is_empty() && is_own(&origins, library, &vtt.name)
    };
    let (_, vtt) = all.filter(wants).nth(nth)?;
    let mut new = release.clone();
    for found in new.libraries.iter_mut().flat_map(|l| &mut l.vtts).filter(|v| v.name == vtt.name) {
        found.entries.extend(vtt.entries.last().cloned());
    }
    Some(Broken::new(new, format!("{}: one more entry", shown(&vtt.name))))
}

/// A thunk that adjusts `this` by 8 bytes more.
fn other_thunk(symbol: &str) -> Option<String> {
    let (prefix, rest) = ["_ZThn", "_ZTv0_n"].iter().find_map(|p| Some((*p, symbol.strip_prefix(*p)?)))?;
    let (number, rest) = rest.split_once('_')?;
    let number: u64 = number.parse().ok()?;
    Some(format!("{prefix}{}_{rest}", number + 8))
}

fn adjust_otherwise(release: &Release, nth: usize) -> Option<Broken> {
    let thunks = own_vtables(release, |_, _| true)
        .flat_map(|(_, group)| group.tables.iter().flat_map(|table| &table.slots))
        .filter_map(|slot| Some((slot.function()?, other_thunk(slot.function()?)?)));
    let (thunk, other) = thunks.filter(|(_, other)| !is_exported(release, other)).nth(nth)?;
    let mut new = release.clone();
    rename_one(&mut new, thunk, &other)?;
    Some(Broken::new(new, format!("{} adjusts by 8 bytes more", shown(thunk))))
}

fn move_base(release: &Release, nth: usize) -> Option<Broken> {
    let origins = Origins::of(release);
    let all = release.libraries.iter().flat_map(|l| l.typeinfos.iter().map(move |t| (l, t)));
    let wants = |(library, typeinfo): &(&Library, &Typeinfo)| {
        let first = typeinfo.bases.first();
        first.is_some_and(|base| !base.is_virtual) && is_own(&origins, library, &typeinfo.name)
    };
    let (_, typeinfo) = all.filter(wants).nth(nth)?;
    let mut new = release.clone();
    for found in new.libraries.iter_mut().flat_map(|l| &mut l.typeinfos).filter(|t| t.name == typeinfo.name) {
        found.bases.first_mut()?.offset += 8;
    }
    Some(Broken::new(new, format!("{}: its first base is 8 bytes further on", shown(&typeinfo.name))))
}

/// The function behind a thunk that adjusts its result.
fn without_covariance(symbol: &str) -> Option<String> {
    let mut rest = symbol.strip_prefix("_ZTc")?;
    for _ in 0..2 {
        // `h <number> _`, or `v <number> _ <number> _`.
        let numbers = if rest.starts_with('v') { 2 } else { 1 };
        for _ in 0..numbers {
            rest = rest.split_once('_')?.1;
        }
    }
    Some(format!("_Z{rest}"))
}

fn return_plainly(release: &Release, nth: usize) -> Option<Broken> {
    let covariant = |group: &VtableGroup| {
        group.tables.iter().enumerate().find_map(|(table, t)| {
            let mut slots = t.slots.iter().enumerate();
            slots.find_map(|(at, slot)| Some((table, at, without_covariance(slot.function()?)?)))
        })
    };
    break_vtable(
        release,
        nth,
        |_, group| covariant(group).is_some(),
        |group| {
            let (table, at, function) = covariant(group)?;
            let what = format!("{} does not adjust its result", shown(&function));
            group.tables[table].slots[at] = Slot::Function(function.into());
            Some(what)
        },
    )
}

/// An exported function of the class that has no slot.
fn nonvirtual<'l>(library: &'l Library, group: &VtableGroup) -> Option<&'l str> {
    let body = class_body(&group.name);
    let slots = || group.tables.iter().flat_map(|table| &table.slots).filter_map(Slot::function);
    // A thunk ends like the function that it leads to.
    let has_slot = |name: &str| slots().any(|function| function.ends_with(&name[2..]));
    let members = ["_ZN", "_ZNK"].into_iter().flat_map(|prefix| {
        let prefix = format!("{prefix}{body}");
        let first = library.exports.partition_point(|e| *e.name < *prefix);
        library.exports[first..].iter().take_while(move |e| e.name.starts_with(&prefix))
    });
    let mut own = members.filter(|e| is_strong_function(e) && owner(&e.name).as_deref() == Some(body));
    own.find(|e| !has_slot(&e.name)).map(|e| &*e.name)
}

fn make_virtual(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |library: &Library, group: &VtableGroup| {
        has_function(library, group) && nonvirtual(library, group).is_some()
    };
    let (at, group) = own_vtables(release, wants).nth(nth)?;
    let function = nonvirtual(&release.libraries[at], group)?;
    break_vtable(
        release,
        0,
        |_, other| other.name == group.name,
        |group| {
            group.tables.first_mut()?.slots.push(Slot::Function(function.into()));
            Some(format!("{} is virtual", shown(function)))
        },
    )
}

/// The last slot with an exported function of the class itself.
fn own_slot(library: &Library, group: &VtableGroup) -> Option<usize> {
    let body = class_body(&group.name);
    slots(group).iter().rposition(|slot| {
        no_destructor(slot)
            .is_some_and(|f| owner(f).as_deref() == Some(body) && library.exports_named(f).next().is_some())
    })
}

fn make_nonvirtual(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |library: &Library, group: &VtableGroup| {
        group.tables.len() == 1 && own_slot(library, group).is_some()
    };
    let (at, group) = own_vtables(release, wants).nth(nth)?;
    let slot = own_slot(&release.libraries[at], group)?;
    break_vtable(
        release,
        0,
        |_, other| other.name == group.name,
        |group| {
            let gone = group.tables.first_mut()?.slots.remove(slot);
            Some(format!("{} is not virtual any more", shown(gone.as_str())))
        },
    )
}

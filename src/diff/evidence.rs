//! What the old release knew and the new one, which still exports it, no longer says.
//!
//! A break in there would not be seen: whoever asks has to be told that, never that all is well.

use std::collections::BTreeMap;

use foldhash::HashSet;

use super::context::Context;
use super::origin::Origin;
use super::{AffectedSymbol, Change, Changes, Detail, Lost, Subject, SubjectKind};
use crate::abi::{Library, Release, Slot, VtableGroup};
use crate::mangling;
use crate::rules::Rule;

/// Looks at everything that the old release knows of vtables, typeinfos and types.
pub(super) fn compare(context: &Context<'_>, changes: &mut Changes) {
    types(context, changes);
    let described: HashSet<&str> = context.new.libraries.iter().flat_map(tables).collect();
    for old in &context.old.libraries {
        let exported = |name: &&str| context.provider(name, None).is_some();
        let lost = tables(old).filter(|name| !described.contains(name)).filter(exported);
        for lost in by_origin(context, old, lost) {
            changes.push(undescribed(context.new, old, &lost));
        }
    }
    for (old, new) in context.pairs.iter().filter_map(|p| p.both()) {
        let same =
            |name: &str| new.vtables.binary_search_by(|v| (*v.name).cmp(name)).map(|i| &new.vtables[i]);
        let lost =
            old.vtables.iter().filter(|before| same(&before.name).is_ok_and(|a| lost_names(before, a)));
        for lost in by_origin(context, old, lost.map(|before| &*before.name)) {
            changes.push(unnamed(old, &lost));
        }
    }
}

/// Functions and variables whose types the old release knew, and which the new one exports without saying what they are.
fn types(context: &Context<'_>, changes: &mut Changes) {
    let described: HashSet<&str> = context.new.libraries.iter().flat_map(typed).collect();
    for old in context.old.libraries.iter().filter(|library| library.evidence.dwarf.is_some()) {
        let exported = |name: &&str| context.provider(name, None).is_some();
        let lost = typed(old).filter(|name| !described.contains(name)).filter(exported);
        for lost in by_origin(context, old, lost) {
            let without = |library: &&Library| library.evidence.dwarf.is_none();
            let no_debug_info =
                context.new.libraries.iter().filter(without).any(|l| l.link_name() == old.link_name());
            let what = Lost::Declarations { no_debug_info };
            changes.push(lost_change(old, "functions and variables", &lost, what));
        }
    }
}

/// Linkage names of what debug info describes.
fn typed(library: &Library) -> impl Iterator<Item = &str> {
    let functions = library.functions.iter().map(|f| &*f.symbol);
    functions.chain(library.variables.iter().map(|v| &*v.symbol))
}

/// Linkage names of the vtables, VTTs and typeinfos that could be decoded.
fn tables(library: &Library) -> impl Iterator<Item = &str> {
    let vtables = library.vtables.iter().map(|v| &*v.name);
    let vtts = library.vtts.iter().map(|v| &*v.name);
    vtables.chain(vtts).chain(library.typeinfos.iter().map(|t| &*t.name))
}

/// In groups of one origin: what the toolchain put there must not stand for what the library's authors did.
fn by_origin<'a>(
    context: &Context<'_>,
    library: &Library,
    names: impl Iterator<Item = &'a str>,
) -> impl Iterator<Item = Vec<&'a str>> {
    let mut groups: BTreeMap<Origin, Vec<&str>> = BTreeMap::new();
    for name in names {
        let strong = library.exports_named(name).any(crate::abi::Export::is_strong);
        groups.entry(context.origins.symbol(name, strong, library)).or_default().push(name);
    }
    groups.into_values()
}

fn undescribed(new: &Release, old: &Library, lost: &[&str]) -> Change {
    let gaps = || new.libraries.iter().flat_map(|l| &l.evidence.gaps);
    // Why: what was noted of one of them, or else of the whole library.
    let of_one = gaps().find(|gap| lost.iter().any(|name| gap.split(' ').next() == Some(name)));
    let of_all = || gaps().find(|gap| gap.starts_with("vtables of "));
    lost_change(old, "tables of classes", lost, Lost::Tables(of_one.or_else(of_all).cloned()))
}

fn unnamed(old: &Library, lost: &[&str]) -> Change {
    lost_change(old, "vtables", lost, Lost::SlotNames)
}

fn lost_change(library: &Library, noun: &str, lost: &[&str], what: Lost) -> Change {
    let subject = match lost {
        [symbol] => {
            let kind = match library.exports_named(symbol).next() {
                Some(export) if !symbol.starts_with("_ZT") => super::symbols::exports::kind(export),
                _ => SubjectKind::Class,
            };
            Subject::symbol(kind, symbol, &library.name)
        }
        _ => Subject::named(SubjectKind::Symbols, format!("{} {noun}", lost.len()), &library.name),
    };
    let first = lost.first().map(|first| (*first).to_owned()).unwrap_or_default();
    let detail = Detail::Lost { first, count: lost.len() as u64, what };
    let mut change = Change::new(Rule::EvidenceLost, subject).with_detail(detail);
    change.affects.symbols = lost.len() as u32;
    let member = |symbol: &&str| AffectedSymbol {
        symbol: (*symbol).to_owned(),
        library: library.name.clone(),
        replaced_by: None,
    };
    change.with_members(lost.iter().map(member).collect())
}

/// Whether a function that stood in a slot of `old` has no name in `new`. A null there is as good as nothing: only the
/// destructors of abstract classes, which nobody calls, are left null by compilers.
pub(super) fn lost_names(old: &VtableGroup, new: &VtableGroup) -> bool {
    let is_destructor = |name: &str| {
        let signature = mangling::parse(name).ok().and_then(|m| m.signature());
        signature.is_some_and(|s| s.ctor_dtor.is_some())
    };
    let pairs = old.tables.iter().zip(&new.tables).flat_map(|(a, b)| a.slots.iter().zip(&b.slots));
    pairs.into_iter().any(|(a, b)| match (a.function(), b) {
        (Some(_), Slot::Unnamed) => true,
        (Some(name), Slot::Null) => !is_destructor(name),
        _ => false,
    })
}

//! What the old release knew and the new one, which still exports it, no longer says.
//!
//! A break in there would not be seen: whoever asks has to be told that, never that all is well. How much that weighs
//! goes by what part it is of what the old release knew.

use std::collections::BTreeMap;

use foldhash::HashSet;

use super::context::Context;
use super::vtables::{self, SlotNames};
use super::{AffectedSymbol, Change, Changes, Detail, Lost, Subject, SubjectKind};
use crate::abi::{Export, Library, Release, SymbolKind};
use crate::origin::Origin;
use crate::rules::{Rule, Severity};

/// Looks at everything that the old release knows of vtables, typeinfos and types.
pub(super) fn compare(context: &Context<'_>, changes: &mut Changes) {
    types(context, changes);
    let described: HashSet<&str> = context.new.libraries.iter().flat_map(tables).collect();
    let known: usize = context.old.libraries.iter().map(|library| tables(library).count()).sum();
    for old in &context.old.libraries {
        let exported = |name: &&str| context.provider(name, None).is_some();
        let lost = tables(old).filter(|name| !described.contains(name)).filter(exported);
        for (origin, lost) in by_origin(context, old, lost) {
            let change = undescribed(context.new, old, &lost, known);
            changes.push(in_proportion(change, &origin, lost.len(), known));
        }
    }
    let names = (SlotNames::new(context.old), SlotNames::new(context.new));
    for (old, new) in context.pairs.iter().filter_map(|p| p.both()) {
        let lost = old.vtables.iter().filter(|before| {
            let after = new.vtable(&before.name).filter(|after| after != before);
            after.is_some_and(|after| {
                let lost = vtables::lost_names((before, &names.0), (after, &names.1));
                lost.iter().any(|name| is_evidence(context, old, name))
            })
        });
        for (origin, lost) in by_origin(context, old, lost.map(|before| &*before.name)) {
            changes.push(in_proportion(unnamed(old, &lost, known), &origin, lost.len(), known));
        }
    }
}

/// Whether that a slot has no longer this name means that something is not known: an inline function that is hidden now
/// took its name along, and a function that is no longer exported is a finding of its own.
fn is_evidence(context: &Context<'_>, old: &Library, name: &str) -> bool {
    let was_exported = context.old.exporter(name).is_some() || old.exports_named(name).next().is_some();
    !was_exported || context.provider(name, None).is_some()
}

/// Functions and variables whose types the old release knew, and which the new one exports without saying what they are.
fn types(context: &Context<'_>, changes: &mut Changes) {
    let described: HashSet<&str> = context.new.libraries.iter().flat_map(typed).collect();
    let known: usize = context.old.libraries.iter().map(|library| typed(library).count()).sum();
    for old in context.old.libraries.iter().filter(|library| library.evidence.dwarf.is_some()) {
        let lost = typed(old)
            .filter(|name| !described.contains(name))
            .filter(|name| context.provider(name, None).is_some_and(|(new, _)| is_promise(old, new, name)));
        for (origin, lost) in by_origin(context, old, lost) {
            let without = |library: &&Library| library.evidence.dwarf.is_none();
            let no_debug_info =
                context.new.libraries.iter().filter(without).any(|l| l.link_name() == old.link_name());
            let what = Lost::Declarations { no_debug_info };
            let change = lost_change(old, "functions and variables", &lost, known, what);
            changes.push(in_proportion(change, &origin, lost.len(), known));
        }
    }
}

/// Whether the types of an exported function or variable were evidence that can be had again. Every program has its own
/// copy of an inline function; and of ifuncs and of symbols with several versions, debug info describes what stands
/// behind them under other names.
fn is_promise(old: &Library, new: &Library, name: &str) -> bool {
    if new.evidence.dwarf.is_none() {
        return true;
    }
    let (before, after) = (old.exports_named(name), || new.exports_named(name));
    let versions = |export: &Export| export.version.clone();
    let is_ifunc = after().any(|export| export.kind == SymbolKind::Ifunc);
    let has_other_versions = after().nth(1).is_some() || !before.map(versions).eq(after().map(versions));
    old.exports_named(name).any(Export::is_strong) && !is_ifunc && !has_other_versions
}

/// One lost in more than this many known ones is a gap in what was looked at, not a comparison that says nothing.
const SMALL_SHARE: usize = 100;

/// What is missing weighs as much as the part that it is of what the old release knew; and what others are the authors
/// of was no promise of this release's.
fn in_proportion(change: Change, origin: &Origin, lost: usize, known: usize) -> Change {
    match origin {
        Origin::Own if lost.saturating_mul(SMALL_SHARE) < known => change.with_severity(Severity::Risky),
        Origin::Own => change,
        Origin::ThirdParty(_) | Origin::Toolchain => change.with_severity(Severity::Compatible),
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
) -> impl Iterator<Item = (Origin, Vec<&'a str>)> {
    let mut groups: BTreeMap<Origin, Vec<&str>> = BTreeMap::new();
    for name in names {
        let strong = library.exports_named(name).any(Export::is_strong);
        groups.entry(context.origins.symbol(name, strong, library)).or_default().push(name);
    }
    groups.into_iter()
}

fn undescribed(new: &Release, old: &Library, lost: &[&str], known: usize) -> Change {
    let gaps = || new.libraries.iter().flat_map(|l| &l.evidence.gaps);
    // Why: what was noted of one of them, or else of the whole library.
    let of_one = gaps().find(|gap| lost.iter().any(|name| gap.split(' ').next() == Some(name)));
    let of_all = || gaps().find(|gap| gap.starts_with("vtables of "));
    lost_change(old, "tables of classes", lost, known, Lost::Tables(of_one.or_else(of_all).cloned()))
}

fn unnamed(old: &Library, lost: &[&str], known: usize) -> Change {
    lost_change(old, "vtables", lost, known, Lost::SlotNames)
}

/// `known`: of how many things of that kind the old release said something.
fn lost_change(library: &Library, noun: &str, lost: &[&str], known: usize, what: Lost) -> Change {
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
    let detail = Detail::Lost { first, count: lost.len() as u64, known: Some(known as u64), what };
    let mut change = Change::new(Rule::EvidenceLost, subject).with_detail(detail);
    change.affects.symbols = lost.len() as u32;
    let member = |symbol: &&str| AffectedSymbol {
        symbol: (*symbol).to_owned(),
        library: library.name.clone(),
        replaced_by: None,
    };
    change.with_members(lost.iter().map(member).collect())
}

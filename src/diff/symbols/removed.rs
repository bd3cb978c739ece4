//! Symbols that are gone: each is put into exactly one change.
//!
//! What explains most comes first, and what it explains is not looked at again: moved to another library, of a third
//! party or of the toolchain, renamed by libstdc++'s dual ABI, renamed in some other systematic way, another signature,
//! folded into an overload, renamed alone. The rest was removed: a whole scope where nothing of it is left, else one
//! entity at a time.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::context::{Context, member};
use super::super::library;
use super::super::{AffectedSymbol, Change, ChangeId, Changes, Note, Subject, SubjectKind, Value};
use super::entity::{Entity, entities, take};
use super::exports::{self, Definition, Differences, OneSided};
use super::instances;
use super::renames;
use super::scopes;
use super::signature;
use crate::mangling::{self, CtorDtor, DualAbi, Entity as Kind};
use crate::origin::{Origin, Reason};
use crate::rules::{Rule, Severity};

/// Explains every symbol that is gone, and lists what was added.
pub(in crate::diff) fn compare<'a>(
    context: &Context<'a>,
    differences: Differences<'a>,
    changes: &mut Changes,
) {
    let mut known = differences.known;
    let gone = moved(context, differences.gone, &mut known, changes);
    let gone = not_own(context, gone, changes);
    let is_new = |a: &OneSided<'_>| !known.contains(&exports::definition(a.library, a.export));
    let (own_added, other_added): (Vec<_>, Vec<_>) =
        differences.added.iter().copied().filter(is_new).partition(|a| {
            context.origins.symbol(&a.export.name, a.export.is_strong(), a.library) == Origin::Own
        });
    let mut gone = entities(&gone);
    instances::mark(&mut gone, context.old);
    let mut added = entities(&own_added);

    dual_abi(context, &mut gone, &mut added, changes);
    renames::find(&mut gone, &mut added, changes);
    signature::pair(&mut gone, &mut added, changes);
    signature::absorbed(&mut gone, changes);
    renames::single(&mut gone, &mut added, changes);
    scopes::fold(context, &mut gone, changes);
    for entity in &gone {
        let mut change = removed(context, entity);
        change.derived_from = lost_with_bases(entity, changes);
        changes.push(change);
    }
    let added = added.iter().flat_map(|e| e.symbols.iter().copied());
    report_added(added.chain(other_added), changes);
}

/// Takes out symbols that another library of the new release defines.
fn moved<'a>(
    context: &Context<'a>,
    gone: Vec<OneSided<'a>>,
    known: &mut HashSet<Definition<'a>>,
    changes: &mut Changes,
) -> Vec<OneSided<'a>> {
    let mut groups: BTreeMap<(Rule, &str, &str, Severity), Vec<AffectedSymbol>> = BTreeMap::new();
    let mut rest = Vec::new();
    let mut found = Vec::new();
    for symbol in gone {
        let provider = context.provider(&symbol.export.name, symbol.counterpart);
        // A reference to a version is not answered by another version, nor by none.
        let definition = provider.and_then(|(library, _)| match symbol.export.version.as_deref() {
            None => library.exports_named(&symbol.export.name).next(),
            version => library.export(&symbol.export.name, version),
        });
        let (Some((provider, reached)), Some(definition)) = (provider, definition) else {
            rest.push(symbol);
            continue;
        };
        found.push((symbol, provider, definition));
        known.insert(exports::definition(provider, definition));
        let (rule, severity) = match (reached, symbol.export.is_strong()) {
            (true, _) => (Rule::SymbolMoved, Severity::Compatible),
            (false, true) => (Rule::SymbolOrphaned, Severity::Breaking),
            // Every program that uses an inline function can carry its own copy.
            (false, false) => (Rule::SymbolOrphaned, Severity::Risky),
        };
        let key = (rule, symbol.library.name.as_str(), provider.name.as_str(), severity);
        groups.entry(key).or_default().push(member(symbol.export, symbol.library));
    }
    for ((rule, from, to, severity), members) in groups {
        let subject = Subject::symbols(SubjectKind::Function, &members, from);
        let library = |name: &str| Value::Library(name.to_owned());
        let change = Change::new(rule, subject).between(library(from), library(to));
        let mut change = change.with_severity(severity);
        change.affects.symbols = members.len() as u32;
        changes.push(change.with_members(members));
    }
    exports::compare_moved(context, &found, changes);
    rest
}

/// Takes out symbols that are not the library's own.
fn not_own<'a>(context: &Context<'a>, gone: Vec<OneSided<'a>>, changes: &mut Changes) -> Vec<OneSided<'a>> {
    let mut groups: BTreeMap<(Origin, &str), Vec<AffectedSymbol>> = BTreeMap::new();
    let mut own = Vec::new();
    for symbol in gone {
        match context.origins.symbol(&symbol.export.name, symbol.export.is_strong(), symbol.library) {
            Origin::Own => own.push(symbol),
            other => {
                let members = groups.entry((other, &symbol.library.name)).or_default();
                members.push(member(symbol.export, symbol.library));
            }
        }
    }
    for ((origin, library), members) in groups {
        let (rule, what) = match &origin {
            Origin::ThirdParty(reason) => (Rule::LeakedSymbolRemoved, reason.owner()),
            _ => (Rule::WeakSymbolRemoved, "the C++ library, the compiler and the linker"),
        };
        let name = match members.len() {
            1 => format!("1 symbol of {what}"),
            many => format!("{many} symbols of {what}"),
        };
        let mut change = Change::new(rule, Subject::named(SubjectKind::Symbols, name, library));
        change.affects.symbols = members.len() as u32;
        change = match origin {
            Origin::ThirdParty(Reason::CopyOf(_)) => change.with_note(Note::LinkedCopy),
            Origin::ThirdParty(Reason::Policy) => change.with_note(Note::ThirdPartyByPolicy),
            _ => change,
        };
        changes.push(change.with_members(members));
    }
    own
}

/// Names that are equal but for libstdc++'s dual ABI: the flip is the cause, the renames follow from it.
fn dual_abi(
    context: &Context<'_>,
    gone: &mut Vec<Entity<'_>>,
    added: &mut Vec<Entity<'_>>,
    changes: &mut Changes,
) {
    let root = flip(context, changes);
    let is_neutral = |e: &Entity<'_>| e.dual_abi == DualAbi::Neutral;
    // What only returns a string says so under the new ABI alone, as `f()` and `f[abi:cxx11]()`. Without a flip that is
    // another return type.
    let takes_part = |e: &Entity<'_>| root.is_some() || !is_neutral(e);
    let by_neutral: HashMap<&str, usize> = added
        .iter()
        .enumerate()
        .filter(|(_, e)| takes_part(e))
        .map(|(i, e)| (e.neutral.as_str(), i))
        .collect();
    let pairs: Vec<(usize, usize)> = gone
        .iter()
        .enumerate()
        .filter(|(_, e)| takes_part(e))
        .filter_map(|(i, e)| Some((i, *by_neutral.get(e.neutral.as_str())?)))
        .filter(|&(g, a)| !is_neutral(&gone[g]) || !is_neutral(&added[a]))
        .collect();
    if pairs.is_empty() {
        return;
    }
    let mut by_library: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for &(g, a) in &pairs {
        by_library.entry(gone[g].library()).or_default().push((g, a));
    }
    for (library, pairs) in by_library {
        let members: Vec<AffectedSymbol> =
            pairs.iter().flat_map(|&(g, a)| gone[g].members_replaced_by(&added[a])).collect();
        let subject =
            Subject::named(SubjectKind::Spelling, "std::string and std::list of the other ABI", library);
        let mut change = Change::new(Rule::SymbolsRenamedTogether, subject).with_members(members);
        if !pairs.iter().any(|&(g, _)| gone[g].is_strong()) {
            change.severity = Severity::Risky;
        }
        let (g, a) = pairs[0];
        change = change.between(Value::name(&*gone[g].text), Value::name(&*added[a].text));
        change.affects.symbols = change.members.len() as u32;
        change.derived_from = root;
        if let Some(root) = root {
            changes.as_mut_slice()[root].affects.symbols += change.affects.symbols;
        }
        changes.push(change);
    }
    let (gone_at, added_at): (Vec<usize>, Vec<usize>) = pairs.into_iter().unzip();
    take(gone, &gone_at);
    take(added, &added_at);
}

/// The flip of a release: one cause for all its libraries.
fn flip(context: &Context<'_>, changes: &mut Changes) -> Option<usize> {
    let flipped: Vec<_> = context
        .pairs
        .iter()
        .filter_map(|p| p.both())
        .filter(|(old, _)| !context.origins.is_bundled(old))
        .filter_map(|(old, new)| Some((old, library::dual_abi_flip(old, new)?)))
        .collect();
    let &(_, (from, to)) = flipped.first()?;
    let mut change = Change::new(Rule::Cxx11AbiChanged, Subject::release(&context.new.name));
    change.affects.libraries = flipped.iter().map(|(l, _)| l.name.clone()).collect();
    Some(changes.push(change.between(Value::Cxx11(from), Value::Cxx11(to))))
}

/// An entity that nothing explains.
fn removed(context: &Context<'_>, entity: &Entity<'_>) -> Change {
    let in_template = entity.signature.as_ref().map_or_else(
        || entity.text.contains('<'),
        |s| s.template_args.is_some() || s.scope.iter().any(|scope| scope.contains('<')),
    );
    let is_local = entity.signature.as_ref().is_some_and(|signature| signature.is_local);
    match entity.kind {
        // Clang exports them, GCC does not: only the VTT beside them refers to them.
        Kind::ConstructionVtable => {
            let change = entity.change(Rule::VtableRemoved).with_severity(Severity::Compatible);
            change.with_note(Note::ConstructionVtable)
        }
        Kind::Vtable | Kind::Vtt | Kind::Typeinfo | Kind::TypeinfoName => class_data_removed(context, entity),
        // Programs refer to it weakly: where it is not there, nothing is to be initialized.
        Kind::TlsInit => {
            let change = entity.change(Rule::WeakSymbolRemoved).with_severity(Severity::Compatible);
            change.with_note(Note::CalledIfThere)
        }
        // What is inside an inline function is in every program that has the function.
        _ if !entity.is_strong() && is_local => {
            entity.change(Rule::WeakSymbolRemoved).with_severity(Severity::Compatible)
        }
        // What is inside a template is weak, unless optimization of the whole program made it strong.
        _ if !entity.is_strong() || (in_template && is_local) => entity.change(Rule::WeakSymbolRemoved),
        _ if in_template => entity.change(Rule::InstantiationRemoved),
        _ if is_unused_constructor(context, entity) => {
            let change = entity.change(Rule::SymbolRemoved).with_severity(Severity::Compatible);
            change.with_note(Note::AbstractConstructor)
        }
        _ => entity.change(Rule::SymbolRemoved),
    }
}

/// The complete object constructor (C1) of an abstract class, beside whose base object constructor (C2) it stood: GCC emits
/// it, Clang does not, and no program can call it (Itanium C++ ABI, section 5.1.4.3).
fn is_unused_constructor(context: &Context<'_>, entity: &Entity<'_>) -> bool {
    let Some(signature) = &entity.signature else { return false };
    let is_complete = signature.ctor_dtor == Some(CtorDtor::CompleteCtor);
    let class = signature.scope.join("::");
    let vtable = format!("vtable for {class}");
    let is_abstract = |library: &crate::abi::Library| {
        let of_class = library.vtables.iter().filter(|v| mangling::display(&v.name) == vtable);
        of_class.flat_map(|v| &v.tables).flat_map(|t| &t.slots).any(|slot| *slot == crate::abi::Slot::Pure)
    };
    let base_is_there = || {
        entity.symbols.iter().all(|symbol| {
            let base = symbol.export.name.replacen("C1E", "C2E", 1);
            base != *symbol.export.name && context.provider(&base, None).is_some()
        })
    };
    is_complete && base_is_there() && context.old.libraries.iter().any(is_abstract)
}

/// A vtable or typeinfo is gone. GCC makes all of them weak, so that binding says nothing: they are this library's
/// promise when it defines a strong virtual function of the class, since then no program emits its own.
fn class_data_removed(context: &Context<'_>, entity: &Entity<'_>) -> Change {
    let first = &entity.symbols[0];
    let class = first.export.name.get(4..).unwrap_or("");
    let is_promise = entity.is_strong() || has_key_function(first.library, class);
    if !is_promise {
        return entity.change(Rule::WeakSymbolRemoved);
    }
    let lost_both = ["_ZTV", "_ZTI"].iter().all(|prefix| {
        let name = format!("{prefix}{class}");
        first.library.exports_named(&name).next().is_some() && context.provider(&name, None).is_none()
    });
    let body = class.strip_prefix('N').map_or(class, |c| c.strip_suffix('E').unwrap_or(c));
    let deleting = format!("_ZN{body}D0Ev");
    let has_deleting = context.provider(&deleting, None).is_some();
    let had_deleting = first.library.exports_named(&deleting).next().is_some();
    let rule = match entity.kind {
        Kind::Vtable if lost_both && !(had_deleting && has_deleting) => Rule::ClassLostPolymorphism,
        Kind::Vtable | Kind::Vtt => Rule::VtableRemoved,
        _ => Rule::TypeinfoRemoved,
    };
    let mut change = entity.change(rule);
    change.severity = rule.severity();
    change.subject.name = class_name(&entity.text).to_owned();
    if entity.kind == Kind::Vtt {
        change = change.with_note(Note::VttGone);
    }
    change
}

/// The change of bases that took away the VTT and the thunks of a class.
fn lost_with_bases(entity: &Entity<'_>, changes: &Changes) -> Option<ChangeId> {
    let class = match entity.kind {
        Kind::Vtt => class_name(&entity.text).to_owned(),
        Kind::NonVirtualThunk { .. } | Kind::VirtualThunk { .. } | Kind::CovariantThunk { .. } => {
            entity.signature.as_ref()?.scope.join("::")
        }
        _ => return None,
    };
    let is_cause = |c: &Change| c.rule == Rule::RttiBasesChanged && c.subject.name == class;
    changes.as_slice().iter().position(is_cause)
}

/// Whether the library defines, strongly, a virtual function of the class itself.
fn has_key_function(library: &crate::abi::Library, class: &str) -> bool {
    let vtable = format!("_ZTV{class}");
    let Ok(at) = library.vtables.binary_search_by(|v| (*v.name).cmp(&vtable)) else { return false };
    let body = class.strip_prefix('N').map_or(class, |c| c.strip_suffix('E').unwrap_or(c));
    let prefixes = [format!("_ZN{body}"), format!("_ZNK{body}")];
    library.vtables[at].tables.iter().flat_map(|t| &t.slots).filter_map(|s| s.function()).any(|function| {
        prefixes.iter().any(|p| function.starts_with(p.as_str()))
            && library.exports_named(function).any(crate::abi::Export::is_strong)
    })
}

fn class_name(text: &str) -> &str {
    let prefixes = ["vtable for ", "VTT for ", "typeinfo for ", "typeinfo name for "];
    prefixes.iter().find_map(|p| text.strip_prefix(p)).unwrap_or(text)
}

/// One change per library for everything that is new.
fn report_added<'a>(added: impl Iterator<Item = OneSided<'a>>, changes: &mut Changes) {
    let mut by_library: BTreeMap<&str, Vec<AffectedSymbol>> = BTreeMap::new();
    for symbol in added {
        by_library.entry(&symbol.library.name).or_default().push(member(symbol.export, symbol.library));
    }
    for (library, mut members) in by_library {
        members.sort();
        let subject = Subject::symbols(SubjectKind::Function, &members, library);
        let mut change = Change::new(Rule::SymbolAdded, subject);
        change.affects.symbols = members.len() as u32;
        changes.push(change.with_members(members));
    }
}

#[cfg(test)]
mod tests {
    use crate::abi::{Export, Library, Release, VersionDefinition};
    use crate::diff;
    use crate::rules::Rule;

    fn library(name: &str, exports: &[(&str, Option<&str>)]) -> Library {
        let export = |(name, version): &(&str, Option<&str>)| Export {
            name: (*name).into(),
            version: version.map(Into::into),
            hidden_version: false,
            kind: Default::default(),
            binding: Default::default(),
            visibility: Default::default(),
            size: None,
            section: None,
            alias_of: None,
            unpromised: false,
        };
        Library { name: name.to_owned(), exports: exports.iter().map(export).collect(), ..Library::default() }
    }

    fn rules(old: Vec<Library>, new: Vec<Library>) -> Vec<Rule> {
        let release = |libraries| Release { libraries, ..Release::default() };
        let changes = diff::compare(&release(old), &release(new)).into_vec();
        changes.into_iter().map(|change| change.rule).collect()
    }

    #[test]
    fn what_moved_is_no_addition() {
        let release = |a: &[(&str, Option<&str>)], b: &[(&str, Option<&str>)]| {
            let mut libraries = vec![library("liba.so", a), library("libb.so", b)];
            libraries[0].dynamic.needed = vec!["libb.so".to_owned()];
            libraries
        };
        let old = release(&[("f", None), ("g", None)], &[]);
        let moved = release(&[("g", None)], &[("f", None)]);
        assert_eq!(rules(old.clone(), moved), [Rule::SymbolMoved]);
        let more = release(&[("g", None)], &[("f", None), ("h", None)]);
        assert_eq!(rules(old, more), [Rule::SymbolMoved, Rule::SymbolAdded]);
    }

    #[test]
    fn what_has_another_version_is_no_addition() {
        let with = |version: Option<&str>| {
            let mut library = library("liba.so", &[("f", version)]);
            let node = |name: &str| VersionDefinition { name: name.into(), parents: Vec::new(), weak: false };
            library.versions = version.map(node).into_iter().collect();
            vec![library]
        };
        assert_eq!(rules(with(None), with(Some("V1"))), [Rule::SymbolVersionChanged]);
    }
}

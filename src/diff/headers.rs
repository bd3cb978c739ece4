//! What public headers say about the whole of a release: whether both sides asked in the same way, and what they declare and
//! no library defines.

use std::collections::BTreeMap;

use super::context::Context;
use super::{Change, Changes, Detail, Note, Subject, SubjectKind, Value};
use crate::abi::{Function, HEADERS, Library, Probe, Release, Role, Type};
use crate::mangling;
use crate::rules::{Rule, Severity};

/// Compares what the headers of both releases say about the probes and about functions without a definition.
pub(super) fn compare(context: &Context<'_>, changes: &mut Changes) {
    match (&context.old.headers, &context.new.headers) {
        (Some(_), None) => {
            changes.push(lost(context.new));
        }
        (Some(old), Some(new)) => {
            if let Some(change) = made_differently(old, new) {
                changes.push(change);
            }
            if are_comparable(old, new) {
                left_out(old, new, changes);
                undefined(context, old, new, changes);
            }
        }
        (None, _) => {}
    }
}

/// The baseline knew what the headers say. Debug info of the libraries says much of it as well, but nobody can tell what not.
fn lost(new: &Release) -> Change {
    let has_types = new.libraries.iter().any(|library| library.evidence.dwarf.is_some());
    let change = Change::new(Rule::EvidenceLost, Subject::named(SubjectKind::Library, HEADERS, HEADERS));
    match has_types {
        true => change.with_severity(Severity::Risky).with_note(Note::DebugInfoForHeaders),
        false => change.with_note(Note::NoHeaders),
    }
}

/// Whether what two probes say of layouts, constants and functions can be compared. Compiler and language standard are what
/// the headers of the day ask for, as they ask it of every program, and the dual ABI is the libraries' own. Any other option
/// for the preprocessor or about code, such as `-DUSE_X` on one side, makes other headers of the same text.
pub(super) fn are_comparable(old: &Library, new: &Library) -> bool {
    match (&old.evidence.headers, &new.evidence.headers) {
        (Some(a), Some(b)) => deciding(a) == deciding(b),
        _ => true,
    }
}

/// Options that decide what headers define.
fn deciding(probe: &Probe) -> Vec<&str> {
    let harmless = ["-O", "-g", "-W", "-w", "-pipe", "-D_GLIBCXX_USE_CXX11_ABI="];
    let decides = |flag: &&str| !harmless.iter().any(|option| flag.starts_with(option));
    probe.flags.iter().map(String::as_str).filter(decides).collect()
}

/// Probes that were made with other options, by another compiler or in another language standard.
fn made_differently(old: &Library, new: &Library) -> Option<Change> {
    let (a, b) = (old.evidence.headers.as_ref()?, new.evidence.headers.as_ref()?);
    let how = |probe: &Probe| {
        let flags = probe.flags.iter().filter(|flag| !flag.is_empty());
        let all = [&*probe.compiler, &*probe.standard].into_iter().chain(flags.map(String::as_str));
        Value::Compilation(all.map(str::to_owned).collect())
    };
    let (before, after) = (how(a), how(b));
    if before == after {
        return None;
    }
    let subject = Subject::named(SubjectKind::Library, HEADERS, HEADERS);
    let (rule, note) = match are_comparable(old, new) {
        true => (Rule::ProducerChanged, Note::HeadersCompiledDifferently),
        false => (Rule::EvidenceLost, Note::HeadersNotComparable),
    };
    Some(Change::new(rule, subject).between(before, after).with_note(note))
}

/// Headers that compiled before and do not now: what they declare is no longer known.
fn left_out(old: &Library, new: &Library, changes: &mut Changes) {
    let (Some(before), Some(after)) = (&old.evidence.headers, &new.evidence.headers) else { return };
    let newly = after.left_out.iter().filter(|left| !before.left_out.iter().any(|l| l.header == left.header));
    for left in newly {
        // What nothing leads to that the library exports was no promise of its.
        let is_shared = |type_: &&Type| !(type_.c && type_.reached == [Role::Header]);
        let described = |library: &Library| {
            let places = library.types.iter().filter(is_shared).filter_map(|type_| type_.location.as_ref());
            places.filter(|location| *location.file == *left.header).count()
        };
        let known = described(old);
        if known == 0 || described(new) > 0 {
            continue;
        }
        let subject = Subject::named(SubjectKind::Library, left.header.clone(), HEADERS);
        let detail = Detail::Header { types: known as u64, error: left.error.clone() };
        changes.push(Change::new(Rule::EvidenceLost, subject).with_detail(detail));
    }
}

/// Functions that the new headers declare, not inline, and that nothing defines; one finding for each header.
fn undefined(context: &Context<'_>, old: &Library, new: &Library, changes: &mut Changes) {
    let is_known = new.evidence.headers.as_ref().is_some_and(|probe| probe.emitted);
    let was_known = old.evidence.headers.as_ref().is_some_and(|probe| probe.emitted);
    if !is_known || !was_known {
        return;
    }
    let mut by_header: BTreeMap<&str, Vec<&Function>> = BTreeMap::new();
    for function in &new.functions {
        let was_declared = || old.function(&function.symbol).is_some();
        // Of virtual functions the class's own table says whether they are defined. What was defined before is removed. Most
        // were declared before, which is found out faster than that nothing exports them.
        if !function.is_virtual
            && !function.deleted
            && !was_declared()
            && !is_exported(context.new, &function.symbol)
            && !is_exported(context.old, &function.symbol)
        {
            let header = function.location.as_ref().map_or("", |location| &*location.file);
            by_header.entry(header).or_default().push(function);
        }
    }
    for (header, functions) in by_header {
        let name = match &functions[..] {
            [one] => mangling::display(&one.symbol).into_owned(),
            _ => format!("{} functions of {header}", functions.len()),
        };
        let mut change =
            Change::new(Rule::DeclaredNotExported, Subject::named(SubjectKind::Function, name, HEADERS))
                .with_detail(Detail::Undefined(functions.iter().map(|f| f.symbol.to_string()).collect()));
        change.location = functions[0].location.clone();
        changes.push(change);
    }
}

/// Whether any library exports a symbol, or another variant of the constructor or destructor that it is.
fn is_exported(release: &Release, symbol: &str) -> bool {
    crate::mangling::variants(symbol).iter().any(|name| release.exporter(name).is_some())
}

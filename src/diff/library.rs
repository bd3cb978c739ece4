//! What the headers of a library say: identity, dependencies, loader requests, hardening.

use super::context::Context;
use super::{Change, Changes, Detail, Note, Pair, Subject, SubjectKind, Value};
use crate::abi::{Dynamic, Library, Property, StdLib};
use crate::rules::{Rule, Severity};

/// Compares the headers of all pairs.
pub(super) fn compare(context: &Context<'_>, changes: &mut Changes) {
    for pair in &context.pairs {
        match (pair.old, pair.new) {
            (Some(old), None) => removed(context, old, changes),
            (None, Some(new)) => {
                changes.push(Change::new(Rule::LibraryAdded, Subject::library(&new.name)));
            }
            (Some(old), Some(new)) => both(context, old, new, changes),
            (None, None) => {}
        }
    }
    unchanged(context, changes);
}

fn removed(context: &Context<'_>, old: &Library, changes: &mut Changes) {
    let mut change = Change::new(Rule::LibraryRemoved, Subject::library(&old.name));
    if old.is_plug_in() {
        change = change.with_severity(Severity::Risky).with_note(Note::LoadedByName);
    }
    change.members = context.members_of_removed(old);
    change.affects.symbols = change.members.len() as u32;
    changes.push(change);
}

fn both(context: &Context<'_>, old: &Library, new: &Library, changes: &mut Changes) {
    let subject = || Subject::library(&old.name);
    if old.machine != new.machine {
        let (from, to) = (Value::Machine(old.machine.clone()), Value::Machine(new.machine.clone()));
        changes.push(Change::new(Rule::MachineChanged, subject()).between(from, to));
    }
    let (from, to) = (&old.dynamic, &new.dynamic);
    if from.soname != to.soname
        && !context.origins.is_bundled(old)
        && !(old.is_extension_module() && new.is_extension_module())
    {
        let value = |soname: &Option<String>| soname.clone().map_or(Value::None, Value::Library);
        let change =
            Change::new(Rule::SonameChanged, subject()).between(value(&from.soname), value(&to.soname));
        changes.push(match from.soname {
            // Programs linked against a file without SONAME recorded the file's name.
            None => change.with_severity(Severity::Risky),
            Some(_) => change,
        });
    }
    standard_library(old, new, changes);
    needed(context, old, new, changes);
    loader(&subject, from, to, changes);
    isa_level(&subject, from, to, changes);
    hardening(&subject, from, to, changes);
    versions(old, new, changes);
    if old.producers != new.producers && !old.producers.is_empty() && !new.producers.is_empty() {
        let change = Change::new(Rule::ProducerChanged, subject());
        let value = |library: &Library| Value::Producers(library.producers.clone());
        changes.push(change.between(value(old), value(new)));
    }
}

fn standard_library(old: &Library, new: &Library, changes: &mut Changes) {
    let known = |lib: StdLib| matches!(lib, StdLib::LibStdCxx | StdLib::LibCxx);
    if known(old.stdlib) && known(new.stdlib) && old.stdlib != new.stdlib {
        let change = Change::new(Rule::StdlibChanged, Subject::library(&old.name));
        changes.push(change.between(Value::Stdlib(old.stdlib), Value::Stdlib(new.stdlib)));
    }
}

fn needed(context: &Context<'_>, old: &Library, new: &Library, changes: &mut Changes) {
    let new_names = |names: &[String], other: &[String]| -> Vec<String> {
        let stem = crate::abi::library_stem;
        let is_new = |n: &&String| !other.iter().any(|o| o == *n || stem(o) == stem(n));
        names.iter().filter(is_new).cloned().collect()
    };
    other_versions(context, old, new, changes);
    for (rule, names) in [
        (Rule::NeededAdded, new_names(&new.dynamic.needed, &old.dynamic.needed)),
        (Rule::NeededRemoved, new_names(&old.dynamic.needed, &new.dynamic.needed)),
    ] {
        // The C library's parts are on every system, and the release brings its own along. One that is still there but
        // not loaded any more takes its symbols from programs that found them through this library.
        let is_left_alone = |n: &str| {
            let part = context.new.library(n).filter(|l| !context.origins.is_bundled(l));
            part.is_some_and(|l| !context.reachable(new).any(|r| std::ptr::eq(r, l)))
        };
        let is_there = |n: &String| {
            super::loading::is_c_library(n)
                || (context.is_inside(n) && !(rule == Rule::NeededRemoved && is_left_alone(n)))
        };
        let (harmless, other): (Vec<String>, Vec<String>) = names.into_iter().partition(is_there);
        for (names, severity) in [(other, rule.severity()), (harmless, Severity::Compatible)] {
            if names.is_empty() {
                continue;
            }
            let change = Change::new(rule, Subject::library(&old.name)).with_severity(severity);
            changes.push(change.with_detail(Detail::Libraries(names)));
        }
    }
}

/// Libraries of others that are needed in another version. Of those that the release has, their own SONAMEs say it.
fn other_versions(context: &Context<'_>, old: &Library, new: &Library, changes: &mut Changes) {
    let stem = crate::abi::library_stem;
    let version = |name: &str| name.split_once(".so").map(|(_, version)| version.to_owned());
    let is_others = |name: &&String| !context.is_inside(name) && !super::loading::is_c_library(name);
    for now in new.dynamic.needed.iter().filter(is_others).filter(|name| !old.dynamic.needed.contains(name)) {
        let is_before = |before: &&String| {
            stem(before) == stem(now)
                && version(before) != version(now)
                && !new.dynamic.needed.contains(before)
        };
        let Some(before) = old.dynamic.needed.iter().filter(is_others).find(is_before) else { continue };
        let (before, now) = (Value::Library(before.clone()), Value::Library(now.clone()));
        changes
            .push(Change::new(Rule::NeededSonameChanged, Subject::library(&old.name)).between(before, now));
    }
}

fn loader(subject: &dyn Fn() -> Subject, old: &Dynamic, new: &Dynamic, changes: &mut Changes) {
    for (rule, before, after) in [
        (Rule::StaticTlsRequired, old.static_tls, new.static_tls),
        (Rule::ExecutableStackRequired, old.executable_stack, new.executable_stack),
        (Rule::TextRelocationsAdded, old.text_relocations, new.text_relocations),
    ] {
        if !before && after {
            changes.push(Change::new(rule, subject()));
        }
    }
    let path = |d: &Dynamic| match (&d.rpath, &d.runpath) {
        (_, Some(path)) => Value::SearchPath { is_runpath: true, path: path.clone() },
        (Some(path), None) => Value::SearchPath { is_runpath: false, path: path.clone() },
        (None, None) => Value::None,
    };
    if path(old) != path(new) {
        changes.push(Change::new(Rule::SearchPathChanged, subject()).between(path(old), path(new)));
    }
}

fn isa_level(subject: &dyn Fn() -> Subject, old: &Dynamic, new: &Dynamic, changes: &mut Changes) {
    let level = |d: &Dynamic| d.properties.iter().filter(|p| p.isa_level().is_some()).max().copied();
    let (before, after) = (level(old), level(new));
    let rank = |p: Option<Property>| p.and_then(Property::isa_level).unwrap_or(1);
    if rank(after) > rank(before) {
        let value = |p: Option<Property>| Value::Isa(p.map(|p| p.name().to_owned()));
        changes.push(Change::new(Rule::IsaFloorRaised, subject()).between(value(before), value(after)));
    }
}

fn hardening(subject: &dyn Fn() -> Subject, old: &Dynamic, new: &Dynamic, changes: &mut Changes) {
    let features = |d: &Dynamic| -> Vec<&'static str> {
        let flags = [(d.relro, "RELRO"), (d.bind_now, "BIND_NOW")];
        let properties = d.properties.iter().filter(|p| p.isa_level().is_none()).map(|p| p.name());
        flags.into_iter().filter(|f| f.0).map(|f| f.1).chain(properties).collect()
    };
    let kept = features(new);
    let lost = features(old).into_iter().filter(|f| !kept.contains(f));
    let lost: Vec<String> = lost.map(str::to_owned).collect();
    if !lost.is_empty() {
        changes.push(Change::new(Rule::HardeningLost, subject()).with_detail(Detail::Hardening(lost)));
    }
}

fn versions(old: &Library, new: &Library, changes: &mut Changes) {
    for version in old.versions.iter().filter(|version| is_needed_by_programs(old, &version.name)) {
        if !new.versions.iter().any(|v| v.name == version.name) {
            let subject = Subject::named(SubjectKind::Version, &*version.name, &old.name);
            changes.push(Change::new(Rule::VersionNodeRemoved, subject));
        }
    }
}

/// Whether a program may have recorded that it needs a version node: the linker notes those of the symbols that it binds to,
/// and of empty ones only the C library's marks of what the loader has to know (`GLIBC_ABI_DT_RELR`).
fn is_needed_by_programs(library: &Library, node: &str) -> bool {
    node.contains("_ABI_") || library.exports.iter().any(|export| export.version.as_deref() == Some(node))
}

/// Whether a library turned from one side of the dual ABI to the other: by its names, or else by what debug info says
/// that a string is.
///
/// True stands for the new ABI.
pub(super) fn dual_abi_flip(old: &Library, new: &Library) -> Option<(bool, bool)> {
    let by_names = |library: &Library| match library.cxx11 {
        abi if abi.old > abi.new => Some(false),
        abi if abi.new > abi.old => Some(true),
        _ => None,
    };
    let by_string = |library: &Library| {
        let at = library.types.binary_search_by(|type_| (*type_.name).cmp("std::string")).ok()?;
        let target = library.types[at].target.as_deref()?;
        Some(target.contains("__cxx11"))
    };
    let side = |library| by_names(library).or_else(|| by_string(library));
    match (side(old)?, side(new)?) {
        (from, to) if from != to => Some((from, to)),
        _ => None,
    }
}

/// A "new" release that is the old one, library by library.
fn unchanged(context: &Context<'_>, changes: &mut Changes) {
    let same = |pair: &Pair<'_>| {
        // Without a build-id two builds of one source may well agree.
        pair.both().is_some_and(|(old, new)| {
            old.build_id.is_some() && old.build_id == new.build_id && facts(old) == facts(new)
        })
    };
    let named_apart = context.old.name != context.new.name;
    if named_apart && !context.pairs.is_empty() && context.pairs.iter().all(same) {
        let change = Change::new(Rule::ReleaseSuspect, Subject::release(&context.new.name));
        changes.push(change.with_note(Note::SameBuild));
    }
}

fn facts(library: &Library) -> Library {
    Library { path: None, name: String::new(), ..library.clone() }
}

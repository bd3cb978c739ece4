//! The one-definition rule: a class is one thing in a program, whichever library or unit it is seen from.

use std::collections::BTreeSet;

use super::context::Context;
use super::{Change, Changes, Definition, Detail, Subject, SubjectKind};
use crate::abi::{Library, Release, Type};
use crate::rules::Rule;

/// What the new release defines twice and the old one did not.
pub(super) fn compare(context: &Context<'_>, changes: &mut Changes) {
    vtables(context, changes);
    // What a library without debug info had in it is not known.
    let pairs = context.pairs.iter().filter_map(|pair| pair.both());
    for (old, new) in pairs.filter(|(old, _)| old.evidence.dwarf.is_some()) {
        let before: BTreeSet<&str> = variants(old).map(|types| &*types[0].name).collect();
        for types in variants(new).filter(|types| !before.contains(&*types[0].name)) {
            let subject = Subject::named(SubjectKind::Class, &*types[0].name, &new.name);
            changes.push(Change::new(Rule::OdrViolation, subject).with_detail(definitions(types)));
        }
    }
}

/// Types of a library with several definitions. Names that are local to a unit may mean what they like.
fn variants(library: &Library) -> impl Iterator<Item = &[Type]> {
    let groups = library.types.chunk_by(|a, b| a.name == b.name);
    groups.filter(|types| types.len() > 1 && !types[0].is_local())
}

fn definitions(types: &[Type]) -> Detail {
    let definition = |type_: &Type| Definition { size: type_.size, location: type_.location.clone() };
    Detail::Definitions(types.iter().map(definition).collect())
}

/// Classes whose vtables differ in shape between two libraries of the new release, and did not before.
fn vtables(context: &Context<'_>, changes: &mut Changes) {
    let before: BTreeSet<&str> = shape_conflicts(context.old).into_iter().map(|c| c.0).collect();
    for (name, first, second) in shape_conflicts(context.new) {
        if before.contains(name) {
            continue;
        }
        let mut subject = Subject::symbol(SubjectKind::Class, name, &first.name);
        subject.name = subject.name.trim_start_matches("vtable for ").to_owned();
        let detail = Detail::OtherShape { library: first.name.clone(), other: second.name.clone() };
        let mut change = Change::new(Rule::OdrViolation, subject).with_detail(detail);
        change.affects.libraries.push(second.name.clone());
        changes.push(change);
    }
}

fn shape_conflicts(release: &Release) -> Vec<(&str, &Library, &Library)> {
    let mut seen = std::collections::BTreeMap::<&str, (Vec<usize>, &Library)>::new();
    let mut conflicts = Vec::new();
    for library in &release.libraries {
        for group in &library.vtables {
            let shape: Vec<usize> = group.tables.iter().map(|t| t.slots.len()).collect();
            match seen.get(&*group.name) {
                Some((known, first)) if *known != shape => conflicts.push((&*group.name, *first, library)),
                Some(_) => {}
                None => drop(seen.insert(&group.name, (shape, library))),
            }
        }
    }
    conflicts.sort_by_key(|c| c.0);
    conflicts
}

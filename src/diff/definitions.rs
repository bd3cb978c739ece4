//! One name, one definition: types of the new release that its units define differently, as debug info shows it.

use std::collections::BTreeSet;

use super::context::Context;
use super::{Change, Changes, Subject, SubjectKind};
use crate::abi::{Library, Type};
use crate::rules::Rule;

/// Looks for types that are defined differently in units of one library, and were not before.
pub(super) fn compare(context: &Context<'_>, changes: &mut Changes) {
    for (old, new) in context.pairs.iter().filter_map(|pair| pair.both()) {
        if old.evidence.dwarf.is_none() {
            continue;
        }
        let before: BTreeSet<&str> = conflicts(old).into_iter().map(|(first, _)| &*first.name).collect();
        for (first, other) in conflicts(new).into_iter().filter(|(first, _)| !before.contains(&*first.name)) {
            let subject = Subject::named(SubjectKind::Class, &*first.name, &new.name);
            changes.push(Change::new(Rule::OdrViolation, subject).with_detail(detail(first, other)));
        }
    }
}

/// Types with several definitions, with the first two of them.
fn conflicts(library: &Library) -> Vec<(&Type, &Type)> {
    let pairs = library.types.windows(2).map(|pair| (&pair[0], &pair[1]));
    pairs
        .filter(|(first, other)| other.variant == 1 && first.name == other.name && counts(first, other))
        .collect()
}

/// Whether a conflict is one for sure. In C, and in functions that Clang does not name, units may use one name for
/// different things; neither has a scope. Two readings of one declaration are a conflict everywhere.
fn counts(first: &Type, other: &Type) -> bool {
    first.name.contains("::") || (first.location.is_some() && first.location == other.location)
}

fn detail(first: &Type, other: &Type) -> String {
    let place = |type_: &Type| type_.location.as_ref().map(|place| format!("{}:{}", place.file, place.line));
    let what = match (first.size, other.size) {
        (Some(one), Some(two)) if one != two => format!("{one} bytes in some units and {two} in others"),
        _ => "units disagree about what is in it".to_owned(),
    };
    match (place(first), place(other)) {
        (Some(one), Some(two)) if one == two => format!("{what}, as declared in {one}"),
        (Some(one), Some(two)) => format!("{what}: {one} and {two}"),
        _ => what,
    }
}

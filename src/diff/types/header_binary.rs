//! Classes that one release describes twice, in its public headers and in its libraries' debug info, with two layouts: what
//! programs compile is not what the library was compiled with.

use super::super::{Change, Changes, Note, Subject, SubjectKind, Value};
use super::reach::Reach;
use super::{is_toolchains, reach};
use crate::abi::{Field, Library, Release, Type};
use crate::rules::{Rule, Severity};

/// A class with its two definitions.
struct Twice<'a> {
    library: &'a Library,
    binary: &'a Type,
    header: &'a Type,
}

/// Says which classes of the new release have two layouts.
pub(super) fn compare(old: &Release, new: &Release, reach: &Reach<'_, '_>, changes: &mut Changes) {
    let before = twice(old);
    for found in twice(new) {
        let Twice { library, binary, header } = found;
        let was_there = before.iter().any(|other| other.binary.name == binary.name);
        let affects = reach.affects(&binary.name);
        let is_taken = affects.by_value + affects.by_pointer + affects.variables > 0;
        let subject = Subject::named(SubjectKind::Type, &*binary.name, &library.name);
        let note = if was_there { Note::HeadersStillDisagree } else { Note::HeadersDisagree };
        let mut change = Change::new(Rule::HeaderBinaryMismatch, subject);
        if let Some((library, headers)) = binary.size.zip(header.size).filter(|(a, b)| a != b) {
            change = change.between(Value::Bytes(library), Value::Bytes(headers));
        }
        change = change.with_note(note);
        if was_there || !is_taken {
            change = change.with_severity(Severity::Risky);
        }
        change.location = header.location.clone().or_else(|| binary.location.clone());
        change.affects = affects;
        changes.push(change);
    }
}

/// All classes of a release with two layouts.
fn twice(release: &Release) -> Vec<Twice<'_>> {
    let Some(headers) = &release.headers else { return Vec::new() };
    let libraries: Vec<&Library> = release.libraries.iter().filter(|l| !l.types.is_empty()).collect();
    if libraries.is_empty() {
        return Vec::new();
    }
    let is_own = |type_: &&Type| {
        type_.kind.is_class()
            && type_.size.is_some()
            && !type_.is_local()
            && !is_toolchains(type_)
            && !reach::is_instance(&type_.name)
    };
    headers
        .types
        .iter()
        .filter(is_own)
        .filter_map(|header| {
            let described = |library: &'_ Library| definitions(library, &header.name).next().is_some();
            let library = libraries.iter().copied().find(|library| described(library))?;
            // Of several definitions in a library, one that fits is enough: others are odr-violation's.
            let mut all = definitions(library, &header.name);
            let binary = definitions(library, &header.name).next()?;
            let differs = same_file(binary, header) && !all.any(|type_| same_layout(type_, header));
            differs.then_some(Twice { library, binary, header })
        })
        .collect()
}

fn definitions<'a>(library: &'a Library, name: &str) -> impl Iterator<Item = &'a Type> {
    library.types_named(name).filter(|type_| type_.kind.is_class() && type_.size.is_some())
}

/// Whether two definitions put everything into the same places. Names of types are spelled in many ways, and not every
/// compiler describes everything: what has no name is left out, and a size that one of them does not say.
pub(super) fn same_layout(a: &Type, b: &Type) -> bool {
    if std::ptr::eq(a, b) {
        return true;
    }
    let places = |type_: &Type| {
        let named = type_.members.iter().filter(|member| !member.name.is_empty());
        let mut places: Vec<u64> = named.map(|member| member.bit_offset).collect();
        places.sort_unstable();
        places
    };
    let other_size = |member: &Field| {
        let same = b.members.iter().find(|other| other.name == member.name && !member.name.is_empty());
        same.and_then(|other| member.bit_size.zip(other.bit_size)).is_some_and(|(a, b)| a != b)
    };
    a.size == b.size
        && (a.members.is_empty()
            || b.members.is_empty()
            || (places(a) == places(b) && !a.members.iter().any(other_size)))
}

/// Whether both stand in a file of one name: in C, another file may have another type of that name.
fn same_file(a: &Type, b: &Type) -> bool {
    let name = |type_: &'_ Type| {
        type_.location.as_ref().map(|at| at.file.rsplit('/').next().unwrap_or_default().to_owned())
    };
    name(a).zip(name(b)).is_none_or(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_count_and_places_do() {
        let class = |members: &[(&str, u64)]| Type {
            size: Some(8),
            members: members
                .iter()
                .map(|(name, at)| Field {
                    name: (*name).into(),
                    type_: "int".into(),
                    bit_offset: *at,
                    bit_size: Some(32),
                    ..Field::default()
                })
                .collect(),
            ..Type::default()
        };
        assert!(same_layout(&class(&[("a", 0), ("b", 32)]), &class(&[("x", 0), ("y", 32)])));
        assert!(!same_layout(&class(&[("a", 0), ("b", 32)]), &class(&[("b", 32)])));
        assert!(same_layout(&class(&[("a", 0)]), &class(&[])));
        assert!(!same_layout(&class(&[]), &Type { size: Some(4), ..Type::default() }));
    }
}

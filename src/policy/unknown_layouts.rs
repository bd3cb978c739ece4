//! Classes of a release whose layout nothing describes, though debug info describes others: GCC describes a polymorphic class
//! only beside its key function, Clang only where it needs it whole, and units may be compiled without debug info.
//!
//! Only classes count that have exported symbols, or that exported functions mention. Whether the latter are opaque to
//! programs as well, nothing says: where no unit of the library defines them, others do.

use std::collections::BTreeSet;

use foldhash::HashSet;

use crate::abi::{Function, Library, Release, Type, is_local_name};
use crate::mangling;
use crate::origin::Origins;
use crate::spelling;

const TOOLCHAIN: [&str; 3] = ["std::", "__gnu_cxx::", "__cxxabiv1::"];

/// Names of those that both releases have, sorted. Public headers of the old release say what programs know: then there are
/// none.
pub(super) fn unknown_layouts(old: &Release, new: &Release) -> Vec<String> {
    let is_described = |release: &Release| release.libraries.iter().any(|l| l.evidence.dwarf.is_some());
    if old.headers.is_some() || !is_described(old) || !is_described(new) {
        return Vec::new();
    }
    let origins = Origins::of(old);
    let known: HashSet<&str> = old
        .libraries
        .iter()
        .flat_map(|library| &library.types)
        .filter(|type_| !type_.is_incomplete())
        .map(|type_| &*type_.name)
        .collect();
    let mut found: BTreeSet<String> = BTreeSet::new();
    for library in old.libraries.iter().filter(|library| !origins.is_bundled(library)) {
        if library.evidence.dwarf.is_none() {
            continue;
        }
        for name in polymorphic(library).chain(declared(library)) {
            let is_others = TOOLCHAIN.iter().any(|scope| name.starts_with(scope)) || is_local_name(&name);
            if !is_others && !known.contains(&*name) {
                found.insert(name);
            }
        }
    }
    // What is gone is told by itself.
    let stays: HashSet<String> =
        new.libraries.iter().flat_map(|l| polymorphic(l).chain(declared(l))).collect();
    let complete = |name: &str| {
        let types = new.libraries.iter().flat_map(|library| &library.types);
        types.into_iter().any(|type_| &*type_.name == name && !type_.is_incomplete())
    };
    found.into_iter().filter(|name| stays.contains(name) || complete(name)).collect()
}

/// Classes of exported virtual tables.
fn polymorphic(library: &Library) -> impl Iterator<Item = String> + '_ {
    let prefix = "_ZTV";
    let start = library.exports.partition_point(|export| &*export.name < prefix);
    let tables = library.exports[start..].iter().take_while(move |export| export.name.starts_with(prefix));
    tables.filter_map(|export| {
        let text = mangling::display(&export.name);
        let class = text.strip_prefix("vtable for ")?;
        Some(spelling::canonical(class).into_owned())
    })
}

/// Classes that are declared only, and which exported functions are members of or mention.
fn declared(library: &Library) -> impl Iterator<Item = String> + '_ {
    let mentioned = mentioned(library);
    let is_declared = |type_: &&Type| {
        type_.kind.is_class() && type_.is_incomplete() && !type_.c && !type_.reached.is_empty()
    };
    library
        .types
        .iter()
        .filter(is_declared)
        .filter(move |type_| mentioned.contains(&*type_.name) || has_members(library, &type_.name))
        .map(|type_| type_.name.to_string())
}

/// What the types of exported functions and variables of C++ lead to: `n::A` for `n::A const*&`.
fn mentioned(library: &Library) -> HashSet<&str> {
    let functions = library.functions.iter().filter(|function| function.symbol.starts_with("_Z"));
    let functions = functions.flat_map(Function::types);
    let mut found: HashSet<&str> = HashSet::default();
    for type_ in functions.chain(library.variables.iter().map(|variable| &*variable.type_)) {
        let mut core = type_;
        while let Some(inner) =
            ["*", "&", " const", " volatile"].iter().find_map(|end| core.strip_suffix(end))
        {
            core = inner;
        }
        found.insert(core);
    }
    found
}

/// Whether functions of a class without template arguments are exported.
fn has_members(library: &Library, class: &str) -> bool {
    let is_plain = |part: &str| !part.is_empty() && part.chars().all(spelling::is_identifier);
    if !class.split("::").all(is_plain) {
        return false;
    }
    let parts: String = class.split("::").map(|part| format!("{}{part}", part.len())).collect();
    ["_ZN", "_ZNK"].iter().any(|start| {
        let prefix = format!("{start}{parts}");
        let at = library.exports.partition_point(|export| *export.name < *prefix);
        library.exports.get(at).is_some_and(|export| export.name.starts_with(&prefix))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{DwarfCoverage, Export, TypeKind};

    fn release(exports: &[&str], types: &[(&str, Option<u64>)]) -> Release {
        let export = |name: &&str| Export {
            name: (*name).into(),
            version: None,
            hidden_version: false,
            kind: Default::default(),
            binding: Default::default(),
            visibility: Default::default(),
            size: None,
            section: None,
            alias_of: None,
            unpromised: false,
        };
        let type_ = |(name, size): &(&str, Option<u64>)| Type {
            name: (*name).into(),
            kind: TypeKind::Class,
            size: *size,
            reached: vec![crate::abi::Role::Pointer],
            ..Type::default()
        };
        let mut library = Library {
            name: "liba.so".to_owned(),
            exports: exports.iter().map(export).collect(),
            types: types.iter().map(type_).collect(),
            ..Library::default()
        };
        library.evidence.dwarf = Some(DwarfCoverage::default());
        Release { libraries: vec![library], ..Release::default() }
    }

    #[test]
    fn classes_with_symbols_and_without_a_definition() {
        let exports =
            ["_ZN1n5KnownC1Ev", "_ZN1n8DeclaredC1Ev", "_ZTV4Poly", "_ZTVN1n5KnownE", "_ZTVSt9exception"];
        let types = [("Handle", None), ("n::Declared", None), ("n::Known", Some(8))];
        let both = release(&exports, &types);
        assert_eq!(unknown_layouts(&both, &both), ["Poly", "n::Declared"]);
        let mut bare = both.clone();
        bare.libraries[0].evidence.dwarf = None;
        assert!(unknown_layouts(&bare, &both).is_empty());
        let mut with_headers = both.clone();
        with_headers.headers = Some(Library::default());
        assert!(unknown_layouts(&with_headers, &both).is_empty());
    }
}

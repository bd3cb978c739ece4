//! From the object files of a unit to the model.

use std::collections::BTreeSet;

use super::{Error, Probe, group, symbols};
use crate::abi::{Binding, Export, HEADERS, Import, Library, SymbolKind};
use crate::artifact::DebugFiles;
use crate::dwarf;

/// What the object files say: `described` has the debug info, `kept` the inline functions.
pub(super) fn read(
    probe: &Probe<'_>,
    described: &[u8],
    kept: Option<&[u8]>,
    headers: usize,
) -> Result<Library, Error> {
    let unreadable =
        |cause: crate::binary::Error| Error::Object { program: probe.compiler.program.clone(), cause };
    // The symbols of the release stand in for those of the object file, which defines nothing.
    let surface = Library {
        machine: probe.machine.clone(),
        exports: probe.exports.iter().map(|name| function(name)).collect(),
        ..Library::default()
    };
    let options = dwarf::Options {
        all_types: false,
        roots: probe.folders.iter().map(|folder| folder.display().to_string()).collect(),
        headers: true,
        inlined: false,
    };
    let found = dwarf::read(described, &surface, &DebugFiles::default(), &options).map_err(unreadable)?;
    let mut found = found.unwrap_or_default();
    let inline = kept.map(symbols::read).transpose().map_err(unreadable)?;
    let declared = std::mem::take(&mut found.declared);
    let producer = match probe.compiler.version.starts_with("Clang") {
        true => format!("clang version {}", probe.compiler.version.trim_start_matches("Clang ")),
        false => format!("GNU C++ {}", probe.compiler.version.trim_start_matches("GCC ")),
    };
    let mut library = Library {
        name: HEADERS.to_owned(),
        machine: probe.machine.clone(),
        producers: vec![producer],
        ..Library::default()
    };
    found.add_to(&mut library);
    library.evidence.headers = Some(group::evidence(probe, headers, inline.is_some()));
    let is_exported = |name: &str| probe.exports.binary_search(&name).is_ok();
    let is_inline = |name: &str| {
        inline.as_ref().is_some_and(|symbols| {
            crate::mangling::variants(name).iter().any(|one| symbols.defined.contains(one))
        })
    };
    library.functions.retain(|function| {
        let symbol = &*function.symbol;
        if is_exported(symbol) {
            return true;
        }
        // Without the inline functions nobody knows which of them a library should define. One of several variants is enough.
        let some_variant = || crate::mangling::variants(symbol).iter().any(|one| is_exported(one));
        inline.is_some() && declared.contains(symbol) && !is_inline(symbol) && !some_variant()
    });
    library
        .variables
        .retain(|variable| is_exported(&variable.symbol) || declared.contains(&*variable.symbol));
    if let Some(inline) = &inline {
        library.exports = inline
            .defined
            .iter()
            .filter(|name| is_declared(name, &declared))
            .map(|name| Export { binding: Binding::Weak, ..function(name) })
            .collect();
        library.imports = inline
            .undefined
            .iter()
            .filter(|name| is_exported(name))
            .map(|name| Import {
                name: name.as_str().into(),
                version: None,
                library: None,
                weak: false,
                copy: None,
            })
            .collect();
    }
    Ok(library)
}

/// Whether a public header declares the function, be it under the name that compilers have for all variants.
fn is_declared(name: &str, declared: &BTreeSet<String>) -> bool {
    declared.contains(name) || crate::mangling::variants(name).iter().any(|one| declared.contains(one))
}

fn function(name: &str) -> Export {
    Export { name: name.into(), kind: SymbolKind::Func, ..Export::default() }
}

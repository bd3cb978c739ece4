//! From the object files of a unit to the model.

use std::collections::BTreeSet;

use super::unit::Unit;
use super::{Error, Probe, group, symbols};
use crate::abi::{Binding, Export, Function, HEADERS, Import, Library, SymbolKind};
use crate::artifact::DebugFiles;
use crate::dwarf::{self, PROBED};
use crate::toolchain::compiler::Language;

/// What the object files say: `described` has the debug info, `kept` the inline functions.
pub(super) fn read(
    probe: &Probe<'_>,
    language: Language,
    unit: &Unit,
    described: &[u8],
    kept: Option<&[u8]>,
) -> Result<Library, Error> {
    let unreadable =
        |cause: crate::binary::Error| Error::Object { program: probe.compiler.program.clone(), cause };
    // The symbols of the release stand in for those of the object file, which defines nothing. In C, all that is declared is
    // asked for by a name of its own.
    let exports = match language {
        Language::Cxx => probe.exports.iter().map(|name| function(name)).collect(),
        Language::C => unit.candidates.iter().map(|c| function(&format!("{PROBED}{}", c.name))).collect(),
    };
    let surface = Library { machine: probe.machine.clone(), exports, ..Library::default() };
    let options = dwarf::Options {
        all_types: false,
        roots: probe.folders.iter().map(|folder| folder.display().to_string()).collect(),
        headers: true,
        inlined: false,
    };
    let found = dwarf::read(described, &surface, &DebugFiles::default(), &options).map_err(unreadable)?;
    let mut found = found.unwrap_or_default();
    let inline = kept.map(symbols::read).transpose().map_err(unreadable)?;
    let mut declared = std::mem::take(&mut found.declared);
    let producer = match (probe.compiler.version.starts_with("Clang"), language) {
        (true, _) => format!("clang version {}", probe.compiler.version.trim_start_matches("Clang ")),
        (false, Language::Cxx) => format!("GNU C++ {}", probe.compiler.version.trim_start_matches("GCC ")),
        (false, Language::C) => format!("GNU C {}", probe.compiler.version.trim_start_matches("GCC ")),
    };
    let mut library = Library {
        name: HEADERS.to_owned(),
        machine: probe.machine.clone(),
        producers: vec![producer],
        ..Library::default()
    };
    found.add_to(&mut library);
    let standard = probe.standard(language)?;
    library.evidence.headers = Some(group::evidence(probe, standard, unit.headers.len(), inline.is_some()));
    if language == Language::C {
        declared = name_as_declared(&mut library, unit);
    }
    let is_exported = |name: &str| probe.exports.binary_search(&name).is_ok();
    let is_inline = |name: &str| {
        inline.as_ref().is_some_and(|symbols| {
            crate::mangling::variants(name).iter().any(|one| symbols.defined.contains(&**one))
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
    declared.contains(name) || crate::mangling::variants(name).iter().any(|one| declared.contains(&**one))
}

fn function(name: &str) -> Export {
    Export { name: name.into(), kind: SymbolKind::Func, ..Export::default() }
}

/// Gives what a probe in C asked for by names of its own the names that the headers declare, and what the debug info does not
/// say of them. Gives what a library has to define.
fn name_as_declared(library: &mut Library, unit: &Unit) -> BTreeSet<String> {
    let candidate = |symbol: &str| {
        let name = symbol.strip_prefix(PROBED)?;
        unit.candidates
            .binary_search_by(|candidate| (*candidate.name).cmp(name))
            .ok()
            .map(|at| &unit.candidates[at])
    };
    for function in &mut library.functions {
        if let Some(candidate) = candidate(&function.symbol) {
            function.symbol = candidate.symbol().into();
            name_parameters(function, &candidate.parameters);
            function.noreturn |= candidate.is_noreturn;
            function.location = Some(candidate.location.clone());
        }
    }
    for variable in &mut library.variables {
        if let Some(candidate) = candidate(&variable.symbol) {
            variable.symbol = candidate.symbol().into();
            variable.location = Some(candidate.location.clone());
        }
    }
    library.functions.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    library.functions.dedup_by(|a, b| a.symbol == b.symbol);
    // Compilers of C describe declared variables under their own names as well.
    library.variables.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    library.variables.dedup_by(|a, b| a.symbol == b.symbol);
    let for_libraries = unit.candidates.iter().filter(|candidate| !candidate.is_inline);
    for_libraries.map(|candidate| candidate.symbol().to_owned()).collect()
}

/// Names parameters as debug info of the definition does: where one could be taken for another, or be the size of one.
fn name_parameters(function: &mut Function, names: &[Option<String>]) {
    if function.parameters.len() < 2 || function.parameters.len() != names.len() {
        return;
    }
    for (parameter, name) in function.parameters.iter_mut().zip(names) {
        parameter.name = name.as_deref().map(Into::into);
    }
}

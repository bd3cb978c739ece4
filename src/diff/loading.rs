//! Would the new release load: what its libraries need, found in the release or expected of the system.
//!
//! Only what the old release had settled is judged here, so that an unusual but working arrangement is no finding.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::context::Context;
use super::{AffectedSymbol, Change, Changes, Detail, Subject, SubjectKind};
use crate::abi::library_stem;
use crate::abi::{Library, Release};
use crate::platform;
use crate::rules::Rule;

/// The parts of the C library and the compiler's runtime, which every system with that C library has.
pub(super) fn is_c_library(name: &str) -> bool {
    const PARTS: [&str; 12] = [
        "libc.so",
        "libm.so",
        "libdl.so",
        "libpthread.so",
        "librt.so",
        "libutil.so",
        "libresolv.so",
        "libgcc_s.so",
        "libanl.so",
        "libmvec.so",
        "ld-linux",
        "ld64.so",
    ];
    PARTS.iter().any(|p| name.starts_with(p)) || name.starts_with("libstdc++.so") || name.starts_with("ld.so")
}

/// Looks for what the new release needs and does not find.
pub(super) fn compare(context: &Context<'_>, changes: &mut Changes) {
    // What was not linked yet is not loaded.
    let linked = |pair: &(&Library, &Library)| !pair.1.dynamic.relocatable;
    for (old, new) in context.pairs.iter().filter_map(|p| p.both()).filter(linked) {
        libraries(context, old, new, changes);
        versions(context, old, new, changes);
        symbols(context, old, new, changes);
    }
}

fn libraries(context: &Context<'_>, old: &Library, new: &Library, changes: &mut Changes) {
    for needed in &new.dynamic.needed {
        // The old release carried it, so it is not the system's.
        let carried = context
            .old
            .libraries
            .iter()
            .any(|l| l.link_name() == needed || library_stem(&l.name) == library_stem(needed));
        let present = context.new.library(needed).is_some();
        let was_missing = old.dynamic.needed.contains(needed) && context.old.library(needed).is_none();
        if carried && !present && !was_missing {
            let subject = Subject::library(&new.name);
            let detail = Detail::Needs { library: needed.clone() };
            changes.push(Change::new(Rule::UnresolvedLibrary, subject).with_detail(detail));
        }
    }
}

fn versions(context: &Context<'_>, old: &Library, new: &Library, changes: &mut Changes) {
    let before = missing_versions(context.old, old);
    for &(version, file) in missing_versions(context.new, new).difference(&before) {
        let subject = Subject::named(SubjectKind::Version, version, &new.name);
        let detail = Detail::NeedsOf { library: new.name.clone(), of: file.to_owned() };
        changes.push(Change::new(Rule::UnresolvedVersion, subject).with_detail(detail));
    }
}

/// Versions that a library needs from others of its release and that these do not define, with the others.
fn missing_versions<'r>(release: &'r Release, library: &'r Library) -> BTreeSet<(&'r str, &'r str)> {
    let needed = library.imports.iter().filter_map(|i| Some((i.version.as_deref()?, i.library.as_deref()?)));
    let is_missing = |&(version, file): &(&str, &str)| {
        let provider = release.library(file);
        provider.is_some_and(|provider| !provider.versions.iter().any(|v| *v.name == *version))
    };
    needed.filter(is_missing).collect()
}

/// Imports that nothing in the new release defines, though the old release did.
fn symbols(context: &Context<'_>, old: &Library, new: &Library, changes: &mut Changes) {
    let had = |name: &str| context.old.exporter(name).is_some();
    let closed = is_closed(context, old, new);
    let system = OnceCell::new();
    let is_systems = |name: &str| {
        let system = system.get_or_init(|| platform::system_of(context.new, new));
        system.iter().any(|library| library.exports_named(name).next().is_some())
            || is_bound_elsewhere(context, name)
    };
    let missing: Vec<AffectedSymbol> = new
        .imports
        .iter()
        .filter(|i| !i.weak && i.version.is_none())
        .filter(|i| context.provider(&i.name, Some(new)).is_none())
        .filter(|i| had(&i.name) || (closed && !old.has_import(&i.name) && !is_systems(&i.name)))
        .map(|i| AffectedSymbol { symbol: i.name.to_string(), library: new.name.clone(), replaced_by: None })
        .collect();
    if missing.is_empty() {
        return;
    }
    let mut change = match &missing[..] {
        [only] => Change::new(
            Rule::UnresolvedSymbol,
            Subject::symbol(SubjectKind::Function, &only.symbol, &new.name),
        ),
        many => {
            let name = format!("{} symbols that {} needs", many.len(), new.name);
            Change::new(Rule::UnresolvedSymbol, Subject::named(SubjectKind::Symbols, name, &new.name))
        }
    };
    change.affects.symbols = missing.len() as u32;
    changes.push(change.with_members(missing));
}

/// Whether a library of either release has a symbol by a version from outside: whoever was linked without the library that
/// defines it gets it from the same place.
fn is_bound_elsewhere(context: &Context<'_>, name: &str) -> bool {
    let libraries = [context.old, context.new].into_iter().flat_map(|release| &release.libraries);
    libraries.flat_map(|library| &library.imports).any(|import| {
        *import.name == *name
            && import.library.as_deref().is_some_and(|file| context.new.library(file).is_none())
    })
}

/// Whether everything that the library needs is in the release, or has versioned symbols only.
fn is_closed(context: &Context<'_>, old: &Library, new: &Library) -> bool {
    let known = |needed: &String| context.new.library(needed).is_some() || is_c_library(needed);
    // Python modules leave symbols to the interpreter, and plugins without dependencies to their program; the old
    // library shows whether this is one.
    let leaves_open = |l: &Library| l.imports.iter().any(|i| !i.weak && i.version.is_none());
    let is_plugin = new.dynamic.needed.is_empty() && leaves_open(old);
    !is_plugin
        && !new.imports.iter().any(|i| i.name.starts_with("Py") || i.name.starts_with("_Py"))
        && context.reachable(new).all(|l| l.dynamic.needed.iter().all(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Import;
    use crate::diff;

    fn release_of(libraries: Vec<Library>) -> Release {
        Release { name: "v1.0.0".to_owned(), libraries, ..Release::default() }
    }

    fn count(old: &Release, new: &Release, rule: Rule) -> usize {
        diff::compare(old, new).into_vec().iter().filter(|change| change.rule == rule).count()
    }

    fn release(version: &str) -> Release {
        let import = Import {
            name: "f".into(),
            version: Some(version.into()),
            library: Some("liba.so".into()),
            weak: false,
            copy: None,
        };
        let library = |name: &str, imports| Library { name: name.to_owned(), imports, ..Library::default() };
        let libraries = vec![library("liba.so", Vec::new()), library("libb.so", vec![import])];
        release_of(libraries)
    }

    #[test]
    fn a_version_that_was_missing_before_is_no_change() {
        assert_eq!(count(&release("V1"), &release("V1"), Rule::UnresolvedVersion), 0);
        assert_eq!(count(&release("V1"), &release("V2"), Rule::UnresolvedVersion), 1);
    }

    /// A library that was linked without the C library, or a part of it, asks for its symbols by no version.
    #[test]
    fn what_the_system_defines_is_found_without_a_version() {
        let import = |name: &str, version: Option<&str>| Import {
            name: name.into(),
            version: version.map(Into::into),
            library: version.map(|_| "libc.so.6".into()),
            weak: false,
            copy: None,
        };
        let release = |arch: &str, imports: Vec<Import>| {
            let mut library = Library { name: "liba.so".to_owned(), imports, ..Library::default() };
            arch.clone_into(&mut library.machine.arch);
            library.dynamic.needed = vec!["libc.so.6".to_owned()];
            release_of(vec![library])
        };
        let missing = |arch: &str, before: Vec<Import>, after: Vec<Import>| {
            count(&release(arch, before), &release(arch, after), Rule::UnresolvedSymbol)
        };
        assert_eq!(missing("x86_64", vec![], vec![import("pthread_join", None)]), 0);
        assert_eq!(missing("x86_64", vec![], vec![import("nobodys", None)]), 1);
        // Where there is no list, the libraries say what the system has.
        assert_eq!(missing("sparc64", vec![], vec![import("pthread_join", None)]), 1);
        let known = vec![import("pthread_join", Some("GLIBC_2.0"))];
        assert_eq!(missing("sparc64", known, vec![import("pthread_join", None)]), 0);
    }

    #[test]
    fn a_library_that_was_missing_before_is_no_change() {
        let release = |name: &str| {
            let mut user = Library { name: "libb.so".to_owned(), ..Library::default() };
            user.dynamic.needed = vec!["liba.so.1".to_owned()];
            release_of(vec![Library { name: name.to_owned(), ..Library::default() }, user])
        };
        // Another library of that name, of which the system has the one that is needed.
        assert_eq!(count(&release("liba.so"), &release("liba.so"), Rule::UnresolvedLibrary), 0);
        assert_eq!(count(&release("liba.so.1"), &release("liba.so"), Rule::UnresolvedLibrary), 1);
    }
}

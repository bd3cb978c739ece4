//! What may be broken: the library's own, exposed, in an order that is always the same. And copies of the release in
//! which it is.

use super::Broken;
use crate::abi::{Export, Function, Library, Release, Type, VtableGroup};
use crate::origin::{Origin, Origins};

/// Places of libraries that are no other project's.
pub(super) fn own_libraries(release: &Release) -> impl Iterator<Item = (usize, &Library)> {
    let origins = Origins::of(release);
    release.libraries.iter().enumerate().filter(move |(_, library)| !origins.is_bundled(library))
}

/// Places of exports, as library and position in it, that are the library's own.
pub(super) fn own_exports<'r>(
    release: &'r Release,
    wants: impl Fn(&Export) -> bool + 'r,
) -> impl Iterator<Item = (usize, &'r Export)> {
    let origins = Origins::of(release);
    let all = release.libraries.iter().enumerate().flat_map(|(at, l)| l.exports.iter().map(move |e| (at, e)));
    // Names are cheap to look at, origins are not.
    all.filter(move |(at, export)| {
        let library = &release.libraries[*at];
        wants(export) && origins.symbol(&export.name, export.is_strong(), library) == Origin::Own
    })
}

/// Whether an exported symbol is the library's own.
fn is_own(release: &Release, library: &Library, symbol: &str) -> bool {
    library
        .exports_named(symbol)
        .next()
        .is_some_and(|e| Origins::of(release).symbol(symbol, e.is_strong(), library) == Origin::Own)
}

/// Vtable groups, each with the place of its library, that are the library's own and exported.
pub(super) fn own_vtables<'r>(
    release: &'r Release,
    wants: impl Fn(&Library, &VtableGroup) -> bool + 'r,
) -> impl Iterator<Item = (usize, &'r VtableGroup)> {
    let all = release.libraries.iter().enumerate().flat_map(|(at, l)| l.vtables.iter().map(move |v| (at, v)));
    all.filter(move |(at, group)| {
        let library = &release.libraries[*at];
        group.name.starts_with("_ZTV") && wants(library, group) && is_own(release, library, &group.name)
    })
}

/// Functions that debug info describes behind strong exports of the library's own.
pub(super) fn own_functions<'r>(
    release: &'r Release,
    wants: impl Fn(&Function) -> bool + 'r,
) -> impl Iterator<Item = (usize, &'r Function)> {
    let all =
        release.libraries.iter().enumerate().flat_map(|(at, l)| l.functions.iter().map(move |f| (at, f)));
    all.filter(move |(at, function)| {
        let library = &release.libraries[*at];
        wants(function)
            && library.exports_named(&function.symbol).any(Export::is_strong)
            && is_own(release, library, &function.symbol)
    })
}

/// Types that programs see: declared in a header of the library's own, with one definition, reached from the surface.
pub(super) fn own_types<'r>(
    release: &'r Release,
    wants: impl Fn(&Library, &Type) -> bool + 'r,
) -> impl Iterator<Item = (usize, &'r Type)> {
    own_libraries(release)
        .flat_map(|(at, library)| library.types.iter().map(move |t| (at, library, t)))
        .filter(move |(_, library, type_)| is_public(type_) && wants(library, type_))
        .filter(|(_, library, type_)| library.types_named(&type_.name).count() == 1)
        .map(|(at, _, type_)| (at, type_))
}

/// Whether a type with a name stands in a header and not in one of the toolchain's.
fn is_public(type_: &Type) -> bool {
    let is_toolchains =
        ["std::", "__gnu_cxx::", "__cxxabiv1::", "__"].iter().any(|p| type_.name.starts_with(p));
    !type_.reached.is_empty()
        && !type_.is_local()
        && !is_toolchains
        && type_.location.as_ref().is_none_or(crate::abi::Location::is_own_header)
}

/// Whether the public headers define the type, where they are known.
pub(super) fn is_in_headers(release: &Release, type_: &Type) -> bool {
    release.headers.as_ref().is_none_or(|headers| {
        headers.types_named(&type_.name).next().is_some_and(|known| known.kind == type_.kind)
    })
}

/// Changes the nth of the own libraries that are wanted.
pub(super) fn break_library(
    release: &Release,
    nth: usize,
    wants: impl Fn(&Library) -> bool,
    change: impl FnOnce(&mut Library) -> String,
) -> Option<Broken> {
    let (at, library) = own_libraries(release).filter(|(_, library)| wants(library)).nth(nth)?;
    let mut new = release.clone();
    let what = format!("{}: {}", library.name, change(&mut new.libraries[at]));
    Some(Broken::new(new, what))
}

/// Changes the nth of the own exports that are wanted, in its library alone.
pub(super) fn break_export(
    release: &Release,
    nth: usize,
    wants: impl Fn(&Export) -> bool,
    change: impl FnOnce(&mut Export) -> String,
) -> Option<Broken> {
    let (at, export) = own_exports(release, wants).nth(nth)?;
    let mut new = release.clone();
    let found = new.libraries[at].exports.iter_mut().find(|e| e.key() == export.key())?;
    let what = change(found);
    Some(Broken::new(new, format!("{} {what}", shown(&export.name))))
}

/// Changes the nth of the own vtables that are wanted, in all libraries that have it.
pub(super) fn break_vtable(
    release: &Release,
    nth: usize,
    wants: impl Fn(&Library, &VtableGroup) -> bool,
    change: impl Fn(&mut VtableGroup) -> Option<String>,
) -> Option<Broken> {
    let (_, group) = own_vtables(release, wants).nth(nth)?;
    let mut new = release.clone();
    let mut what = None;
    for library in &mut new.libraries {
        if let Ok(at) = library.vtables.binary_search_by(|v| v.name.cmp(&group.name)) {
            what = change(&mut library.vtables[at]).or(what);
        }
    }
    Some(Broken::new(new, format!("{}: {}", shown(&group.name), what?)))
}

/// Changes the nth of the own functions that are wanted, in all libraries that have it.
pub(super) fn break_function(
    release: &Release,
    nth: usize,
    wants: impl Fn(&Function) -> bool,
    change: impl Fn(&mut Function) -> String,
) -> Option<Broken> {
    let (_, function) = own_functions(release, wants).nth(nth)?;
    let mut new = release.clone();
    let mut what = String::new();
    for library in &mut new.libraries {
        if let Ok(at) = library.functions.binary_search_by(|f| f.symbol.cmp(&function.symbol)) {
            what = change(&mut library.functions[at]);
        }
    }
    Some(Broken::new(new, format!("{} {what}", shown(&function.symbol))))
}

/// Changes the nth of the own types that are wanted, in all libraries that describe it.
pub(super) fn break_type(
    release: &Release,
    nth: usize,
    wants: impl Fn(&Type) -> bool,
    change: impl Fn(&mut Type) -> String,
) -> Option<Broken> {
    let (_, type_) = own_types(release, |_, type_| wants(type_)).nth(nth)?;
    let mut new = release.clone();
    let mut what = String::new();
    for library in &mut new.libraries {
        let first = library.types.partition_point(|t| t.name < type_.name);
        if let Some(found) = library.types.get_mut(first).filter(|t| t.name == type_.name && wants(t)) {
            what = change(found);
        }
    }
    Some(Broken::new(new, format!("{}: {what}", type_.name)))
}

/// Takes a symbol, under all its versions, out of every library, with what is known of it.
pub(super) fn remove_symbol(release: &mut Release, symbol: &str) {
    for library in &mut release.libraries {
        library.exports.retain(|e| *e.name != *symbol);
        library.vtables.retain(|v| *v.name != *symbol);
        library.vtts.retain(|v| *v.name != *symbol);
        library.typeinfos.retain(|t| *t.name != *symbol);
        library.functions.retain(|f| *f.symbol != *symbol);
        library.variables.retain(|v| *v.symbol != *symbol);
    }
}

/// A symbol as people read it.
pub(super) fn shown(symbol: &str) -> String {
    crate::mangling::display(symbol).into_owned()
}

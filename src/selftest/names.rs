//! Linkage names: taken apart as far as breaking them needs, put together, and replaced wherever they stand.

use crate::abi::{Export, Library, Release, Slot, SymbolKind, VtableGroup};
use crate::mangling::{self, Entity, Signature};

/// The signature of a function that is neither a template, nor in one, nor a constructor or destructor, nor local.
pub(super) fn plain_function(symbol: &str) -> Option<Signature> {
    // A clone of the compiler's has a suffix.
    if !symbol.starts_with("_Z") || symbol.contains('.') {
        return None;
    }
    let read = mangling::parse(symbol).ok().filter(|m| m.entity() == Entity::Function)?;
    let signature =
        read.signature().filter(|s| s.params.is_some() && s.ctor_dtor.is_none() && !s.is_local)?;
    let in_template = signature.template_args.is_some() || signature.scope.iter().any(|s| s.contains('<'));
    (!in_template).then_some(signature)
}

/// Whether an export is a strong function.
pub(super) fn is_strong_function(export: &Export) -> bool {
    export.kind == SymbolKind::Func && export.is_strong()
}

/// The same for a plain C++ function, or a C one.
pub(super) fn is_strong_plain_function(export: &Export) -> bool {
    is_strong_function(export) && (!export.name.starts_with("_Z") || plain_function(&export.name).is_some())
}

/// Whether an export is data that somebody wrote, not what the compiler lays out from other facts.
pub(super) fn is_data(export: &Export) -> bool {
    let made = ["_ZTV", "_ZTT", "_ZTC", "_ZTI", "_ZTS", "_ZGV", "_ZTH", "_ZTW"];
    export.kind == SymbolKind::Object && !made.iter().any(|prefix| export.name.starts_with(prefix))
}

/// The class of a `_ZTV` or `_ZTI` symbol as it stands inside a nested name: `3c105Error` of `_ZTVN3c105ErrorE`.
pub(super) fn class_body(symbol: &str) -> &str {
    let class = symbol.get(4..).unwrap_or("");
    class.strip_prefix('N').map_or(class, |c| c.strip_suffix('E').unwrap_or(c))
}

/// A function of the class behind a vtable that is not there: `void selftest()`.
pub(super) fn new_function(group: &VtableGroup) -> Slot {
    Slot::Function(format!("_ZN{}8selftestEv", class_body(&group.name)).into())
}

/// The function in a slot, where it is no destructor.
pub(super) fn no_destructor(slot: &Slot) -> Option<&str> {
    slot.function().filter(|f| !["D0Ev", "D1Ev", "D2Ev"].iter().any(|end| f.ends_with(end)))
}

/// The rest of a member function's linkage name after its class: `3addEi` of `_ZNK3Foo3addEi`.
pub(super) fn after_class<'n>(function: &'n str, body: &str) -> Option<&'n str> {
    let rest = function.strip_prefix("_ZNK").or_else(|| function.strip_prefix("_ZN"))?;
    rest.strip_prefix(body).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Replaces linkage names wherever they stand in a release. None when that gives two facts one name.
pub(super) fn rename(release: &mut Release, to: impl Fn(&str) -> Option<String>) -> Option<()> {
    for library in &mut release.libraries {
        rename_in(library, &to);
        library.restore_order().ok()?;
    }
    Some(())
}

fn rename_in(library: &mut Library, to: &impl Fn(&str) -> Option<String>) {
    let replace = |name: &mut Box<str>| {
        if let Some(other) = to(name) {
            *name = other.into();
        }
    };
    for export in &mut library.exports {
        replace(&mut export.name);
        export.alias_of.iter_mut().for_each(replace);
    }
    library.imports.iter_mut().for_each(|import| replace(&mut import.name));
    library.functions.iter_mut().for_each(|function| replace(&mut function.symbol));
    library.variables.iter_mut().for_each(|variable| replace(&mut variable.symbol));
    for table in &mut library.vtables {
        replace(&mut table.name);
        for table in &mut table.tables {
            table.typeinfo.iter_mut().for_each(replace);
            let functions = table.slots.iter_mut().filter_map(|slot| match slot {
                Slot::Function(name) => Some(name),
                _ => None,
            });
            functions.for_each(replace);
        }
    }
    library.vtts.iter_mut().for_each(|vtt| replace(&mut vtt.name));
    for typeinfo in &mut library.typeinfos {
        replace(&mut typeinfo.name);
    }
}

/// Replaces one name.
pub(super) fn rename_one(release: &mut Release, from: &str, to: &str) -> Option<()> {
    rename(release, |name| (name == from).then(|| to.to_owned()))
}

/// Whether any library of a release exports a symbol.
pub(super) fn is_exported(release: &Release, symbol: &str) -> bool {
    release.libraries.iter().any(|library| library.exports_named(symbol).next().is_some())
}

//! What of a consumer is kept: what it asks of others, and what it copied of them.

use foldhash::HashSet;

use crate::abi::{Evidence, Export, Import, Library, Release, Typeinfo};
use crate::mangling;
use crate::platform;

/// The consumer without what it defines for itself and what every system and CPython define. What remains is asked of other
/// packages; names, dependencies, and the copies of virtual tables and type information that vague linkage leaves in it.
pub fn reduced(consumer: Release, system: &[Library]) -> Release {
    let own: HashSet<String> = consumer
        .libraries
        .iter()
        .flat_map(|library| &library.exports)
        .map(|export| export.name.to_string())
        .collect();
    let is_systems = |name: &str| system.iter().any(|library| library.exports_named(name).next().is_some());
    let is_asked = |import: &Import| {
        !import.weak
            && !own.contains(&*import.name)
            && !is_systems(&import.name)
            && !platform::is_pythons(&import.name)
            && !import.name.starts_with("__gmon")
    };
    let reduce = |library: &Library| {
        let imported = namespaces(library);
        let imports: Vec<Import> =
            library.imports.iter().filter(|import| is_asked(import)).cloned().collect();
        let mut dynamic = crate::abi::Dynamic::default();
        dynamic.soname.clone_from(&library.dynamic.soname);
        dynamic.needed.clone_from(&library.dynamic.needed);
        dynamic.rpath.clone_from(&library.dynamic.rpath);
        dynamic.runpath.clone_from(&library.dynamic.runpath);
        Library {
            name: library.name.clone(),
            path: library.path.clone(),
            machine: library.machine.clone(),
            evidence: Evidence::default(),
            dynamic,
            exports: library.exports.iter().filter(|export| is_copy(export, &imported)).cloned().collect(),
            typeinfos: library
                .typeinfos
                .iter()
                .filter(|typeinfo| derives(typeinfo, library))
                .cloned()
                .collect(),
            inlined: library
                .inlined
                .iter()
                .filter(|function| mangling::outermost(&function.name).is_some_and(|n| imported.contains(n)))
                .cloned()
                .collect(),
            imports,
            ..Library::default()
        }
    };
    let is_of_interest = |library: &Library| {
        !library.imports.is_empty() || !library.exports.is_empty() || !library.inlined.is_empty()
    };
    let libraries: Vec<Library> = consumer.libraries.iter().map(reduce).filter(is_of_interest).collect();
    Release::new(consumer.name, consumer.platform, libraries)
}

/// A virtual table or type information of a class in a namespace that the library imports from, which vague linkage puts into
/// everybody who uses the class.
fn is_copy(export: &Export, imported: &HashSet<&str>) -> bool {
    let rest = ["_ZTVN", "_ZTIN"].iter().find_map(|prefix| export.name.strip_prefix(prefix));
    !export.is_strong()
        && rest.and_then(mangling::source_name).is_some_and(|(namespace, _)| imported.contains(namespace))
}

/// The outermost namespaces of the imported symbols.
fn namespaces(library: &Library) -> HashSet<&str> {
    library.imports.iter().filter_map(|import| mangling::outermost(&import.name)).collect()
}

/// A class that derives from one that the library does not define.
fn derives(typeinfo: &Typeinfo, library: &Library) -> bool {
    typeinfo.bases.iter().any(|base| {
        let name = format!("_ZTI{}", base.base);
        library.imports.iter().any(|import| *import.name == *name)
    })
}

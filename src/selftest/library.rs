//! Breaks of a shared object as a whole, and of what is known about it.

use super::names::{is_exported, new_function};
use super::subjects::{
    break_library, own_exports, own_libraries, own_types, own_vtables, remove_symbol, shown,
};
use super::{Break, Broken};
use crate::abi::{
    AbiOption, BaseType, Dynamic, Encoding, Export, Import, Library, Property, Release, StdLib, SymbolKind,
    Type, library_stem, split_version,
};
use crate::rules::Rule;

pub(super) const BREAKS: &[Break] = &[
    Break { rule: Rule::EvidenceLost, apply: strip },
    Break { rule: Rule::ProducerChanged, apply: other_producer },
    Break { rule: Rule::ReleaseSuspect, apply: same_again },
    Break { rule: Rule::LibraryRemoved, apply: remove },
    Break { rule: Rule::LibraryAdded, apply: add },
    Break { rule: Rule::SonameChanged, apply: other_soname },
    Break { rule: Rule::SonameBumpOwed, apply: break_without_bump },
    Break { rule: Rule::SonameBumpUnneeded, apply: bump_for_nothing },
    Break { rule: Rule::MachineChanged, apply: other_machine },
    Break { rule: Rule::StdlibChanged, apply: other_stdlib },
    Break { rule: Rule::Cxx11AbiChanged, apply: other_string_abi },
    Break { rule: Rule::NeededAdded, apply: need_more },
    Break { rule: Rule::NeededRemoved, apply: need_less },
    Break { rule: Rule::PlatformFloorRaised, apply: raise_floor },
    Break { rule: Rule::IsaFloorRaised, apply: raise_isa },
    Break { rule: Rule::VersionNodeRemoved, apply: remove_version },
    Break { rule: Rule::StaticTlsRequired, apply: require_static_tls },
    Break { rule: Rule::ExecutableStackRequired, apply: require_executable_stack },
    Break { rule: Rule::TextRelocationsAdded, apply: relocate_text },
    Break { rule: Rule::HardeningLost, apply: soften },
    Break { rule: Rule::SearchPathChanged, apply: search_elsewhere },
    Break { rule: Rule::UnresolvedSymbol, apply: lose_definition },
    Break { rule: Rule::UnresolvedLibrary, apply: lose_dependency },
    Break { rule: Rule::UnresolvedVersion, apply: lose_version },
    Break { rule: Rule::OdrViolation, apply: define_twice },
    Break { rule: Rule::BaseTypeChanged, apply: other_base_type },
    Break { rule: Rule::AbiOptionChanged, apply: other_option },
    Break { rule: Rule::NeededSonameChanged, apply: need_another_major },
];

/// A name that no library has.
const NOBODYS: &str = "libabigate-selftest.so.1";

fn strip(release: &Release, nth: usize) -> Option<Broken> {
    let described = |l: &Library| {
        let tables = l.vtables.iter().map(|v| &v.name).chain(l.typeinfos.iter().map(|t| &t.name));
        tables.chain(l.functions.iter().map(|f| &f.symbol)).any(|name| l.exports_named(name).next().is_some())
    };
    break_library(release, nth, described, |library| {
        library.vtables.clear();
        library.vtts.clear();
        library.typeinfos.clear();
        library.types.clear();
        library.functions.clear();
        library.variables.clear();
        library.evidence.dwarf = None;
        "stripped of what describes vtables and types".to_owned()
    })
}

fn other_producer(release: &Release, nth: usize) -> Option<Broken> {
    let is_known = |l: &Library| !l.producers.is_empty();
    break_library(release, nth, is_known, |library| {
        let compiler = "GCC: (GNU) 99.1.0";
        library.producers = vec![compiler.to_owned()];
        format!("compiled by {compiler}")
    })
}

/// A type of the language takes twice the bytes.
fn other_base_type(release: &Release, nth: usize) -> Option<Broken> {
    let is_number = |base: &BaseType| !matches!(base.encoding, Encoding::Boolean | Encoding::Other);
    let is_known = |l: &Library| l.base_types.iter().any(is_number);
    break_library(release, nth, is_known, |library| {
        let first = library.base_types.iter_mut().find(|base| is_number(base));
        first.map_or_else(String::new, |base| {
            base.size *= 2;
            format!("{} takes {} bytes", base.name, base.size)
        })
    })
}

/// All units are compiled with an option that changes the ABI, and a type of the language is another one for it.
fn other_option(release: &Release, nth: usize) -> Option<Broken> {
    let (option, name) = ("-mlong32", "long");
    let units = |l: &Library| l.evidence.dwarf.map_or(0, |dwarf| dwarf.with_options);
    let is_used = |l: &Library| l.base_types.iter().any(|base| &*base.name == name && base.size == 8);
    let is_known =
        |l: &Library| units(l) > 0 && is_used(l) && !l.options.iter().any(|o| &*o.option == option);
    break_library(release, nth, is_known, |library| {
        let units = units(library);
        library.options.push(AbiOption { option: option.into(), units });
        library.options.sort();
        library.base_types.iter_mut().filter(|base| &*base.name == name).for_each(|base| base.size = 4);
        format!("compiled with {option}, so that {name} takes 4 bytes")
    })
}

fn same_again(release: &Release, nth: usize) -> Option<Broken> {
    let is_known = !release.libraries.is_empty() && release.libraries.iter().all(|l| l.build_id.is_some());
    if nth > 0 || !is_known {
        return None;
    }
    let new = Release { name: format!("{} again", release.name), ..release.clone() };
    Some(Broken::new(new, "the same files under another name"))
}

fn remove(release: &Release, nth: usize) -> Option<Broken> {
    let linked = own_libraries(release).filter(|(_, l)| l.dynamic.soname.is_some());
    let (at, library) = linked.into_iter().nth(nth)?;
    let mut new = release.clone();
    new.libraries.remove(at);
    Some(Broken::new(new, format!("{} is gone", library.name)))
}

fn add(release: &Release, nth: usize) -> Option<Broken> {
    let (_, first) = own_libraries(release).nth(nth)?;
    let mut new = release.clone();
    add_library(&mut new, new_library(first));
    Some(Broken::new(new, format!("{NOBODYS} is new")))
}

/// A library without content that goes with another one.
pub(super) fn new_library(like: &Library) -> Library {
    let dynamic = Dynamic { soname: Some(NOBODYS.to_owned()), ..Dynamic::default() };
    Library { name: NOBODYS.to_owned(), machine: like.machine.clone(), dynamic, ..Library::default() }
}

pub(super) fn add_library(release: &mut Release, library: Library) {
    release.libraries.push(library);
    release.libraries.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
}

fn other_soname(release: &Release, nth: usize) -> Option<Broken> {
    break_library(
        release,
        nth,
        |l| l.dynamic.soname.is_some(),
        |library| {
            let soname = format!("{}.99", library.link_name());
            library.dynamic.soname = Some(soname.clone());
            format!("its SONAME is {soname}")
        },
    )
}

/// A function goes, and the SONAME stays.
fn break_without_bump(release: &Release, nth: usize) -> Option<Broken> {
    let is_versioned = |at: usize| split_version(release.libraries[at].link_name()).is_some();
    let functions = own_exports(release, |e| e.is_strong() && e.kind == SymbolKind::Func);
    let (at, export) = functions.filter(|(at, _)| is_versioned(*at)).nth(nth)?;
    let soname = release.libraries[at].link_name();
    let mut new = release.clone();
    remove_symbol(&mut new, &export.name);
    Some(Broken::new(new, format!("{} is gone, and the SONAME is still {soname}", shown(&export.name))))
}

/// The SONAME carries another version, and everything else stays.
fn bump_for_nothing(release: &Release, nth: usize) -> Option<Broken> {
    let is_versioned = |l: &Library| l.dynamic.soname.as_deref().and_then(split_version).is_some();
    break_library(release, nth, is_versioned, |library| {
        let soname = format!("{}.99", library.link_name());
        library.dynamic.soname = Some(soname.clone());
        format!("its SONAME is {soname}, and nothing else changed")
    })
}

fn other_machine(release: &Release, nth: usize) -> Option<Broken> {
    break_library(
        release,
        nth,
        |_| true,
        |library| {
            let other = if library.machine.arch == "aarch64" { "x86_64" } else { "aarch64" };
            library.machine.arch = other.to_owned();
            format!("compiled for {other}")
        },
    )
}

fn other_stdlib(release: &Release, nth: usize) -> Option<Broken> {
    let is_known = |l: &Library| matches!(l.stdlib, StdLib::LibStdCxx | StdLib::LibCxx);
    break_library(release, nth, is_known, |library| {
        let (other, name) = match library.stdlib {
            StdLib::LibCxx => (StdLib::LibStdCxx, "libstdc++"),
            _ => (StdLib::LibCxx, "libc++"),
        };
        library.stdlib = other;
        format!("compiled with {name}")
    })
}

fn other_string_abi(release: &Release, nth: usize) -> Option<Broken> {
    let leans = |l: &Library| l.cxx11.old != l.cxx11.new;
    break_library(release, nth, leans, |library| {
        std::mem::swap(&mut library.cxx11.old, &mut library.cxx11.new);
        let to = if library.cxx11.old > library.cxx11.new { "old" } else { "new" };
        format!("its names are of the {to} string ABI")
    })
}

fn need_more(release: &Release, nth: usize) -> Option<Broken> {
    break_library(
        release,
        nth,
        |_| true,
        |library| {
            library.dynamic.needed.push(NOBODYS.to_owned());
            format!("needs {NOBODYS}")
        },
    )
}

/// Whether a library is on every system.
fn is_of_system(name: &str) -> bool {
    let parts =
        ["libc.", "libm.", "libdl.", "libpthread.", "librt.", "libresolv.", "ld-", "libgcc_s.", "libstdc++."];
    parts.iter().any(|part| name.starts_with(part))
}

fn need_less(release: &Release, nth: usize) -> Option<Broken> {
    // The C library's parts come last: they are on every system.
    let mut all: Vec<(usize, &String)> = own_libraries(release)
        .flat_map(|(at, library)| library.dynamic.needed.iter().map(move |needed| (at, needed)))
        .collect();
    all.sort_by_key(|(_, needed)| is_of_system(needed));
    let (at, needed) = *all.get(nth)?;
    let mut new = release.clone();
    new.libraries[at].dynamic.needed.retain(|n| n != needed);
    Some(Broken::new(new, format!("{} no longer needs {needed}", release.libraries[at].name)))
}

fn raise_floor(release: &Release, nth: usize) -> Option<Broken> {
    let families = ["GLIBC_", "GLIBCXX_", "GCC_", "CXXABI_"];
    let of_system = |import: &Import| {
        let version = import.version.as_deref()?;
        let family = families.iter().find(|f| version.starts_with(**f))?;
        let is_inside = import.library.as_deref().is_some_and(|l| release.library(l).is_some());
        (!is_inside).then_some(*family)
    };
    let all = own_libraries(release)
        .flat_map(|(at, library)| library.imports.iter().map(move |import| (at, import)))
        .filter_map(|(at, import)| Some((at, import, of_system(import)?)));
    let (at, import, family) = all.into_iter().nth(nth)?;
    let mut new = release.clone();
    let version = format!("{family}99.1");
    let found = new.libraries[at].imports.iter_mut().find(|i| i.key() == import.key())?;
    found.version = Some(version.as_str().into());
    new.libraries[at].restore_order().ok()?;
    Some(Broken::new(new, format!("{} needs {}@{version}", release.libraries[at].name, import.name)))
}

fn raise_isa(release: &Release, nth: usize) -> Option<Broken> {
    let wants = |l: &Library| {
        l.machine.arch == "x86_64" && !l.dynamic.properties.iter().any(|p| p.isa_level() == Some(4))
    };
    break_library(release, nth, wants, |library| {
        library.dynamic.properties.push(Property::X86V4);
        library.dynamic.properties.sort();
        format!("requires {}", Property::X86V4.name())
    })
}

fn remove_version(release: &Release, nth: usize) -> Option<Broken> {
    break_library(
        release,
        nth,
        |l| promised_version(l).is_some(),
        |library| {
            let at = promised_version(library).unwrap_or_default();
            let version = library.versions.remove(at).name;
            library.exports.retain(|e| e.version.as_ref() != Some(&version));
            format!("the version {version} is gone")
        },
    )
}

/// Position of a version node that programs may need: one with symbols, which its name does not call private.
fn promised_version(library: &Library) -> Option<usize> {
    let has_symbols =
        |node: &str| library.exports.iter().any(|export| export.version.as_deref() == Some(node));
    let is_promised = |node: &str| has_symbols(node) && !crate::policy::is_private_node(node);
    library.versions.iter().position(|version| is_promised(&version.name))
}

fn require_static_tls(release: &Release, nth: usize) -> Option<Broken> {
    break_library(
        release,
        nth,
        |l| !l.dynamic.static_tls,
        |library| {
            library.dynamic.static_tls = true;
            "requires static TLS".to_owned()
        },
    )
}

fn require_executable_stack(release: &Release, nth: usize) -> Option<Broken> {
    break_library(
        release,
        nth,
        |l| !l.dynamic.executable_stack,
        |library| {
            library.dynamic.executable_stack = true;
            "requires an executable stack".to_owned()
        },
    )
}

fn relocate_text(release: &Release, nth: usize) -> Option<Broken> {
    break_library(
        release,
        nth,
        |l| !l.dynamic.text_relocations,
        |library| {
            library.dynamic.text_relocations = true;
            "has relocations in code".to_owned()
        },
    )
}

fn soften(release: &Release, nth: usize) -> Option<Broken> {
    let feature = |property: &Property| property.isa_level().is_none();
    let is_hard =
        |l: &Library| l.dynamic.relro || l.dynamic.bind_now || l.dynamic.properties.iter().any(feature);
    break_library(release, nth, is_hard, |library| {
        library.dynamic.relro = false;
        library.dynamic.bind_now = false;
        library.dynamic.properties.retain(|property| !feature(property));
        "linked without RELRO and the like".to_owned()
    })
}

fn search_elsewhere(release: &Release, nth: usize) -> Option<Broken> {
    break_library(
        release,
        nth,
        |_| true,
        |library| {
            let path = "$ORIGIN/../selftest";
            library.dynamic.runpath = Some(path.to_owned());
            format!("its RUNPATH is {path}")
        },
    )
}

/// First symbols that libraries of the release take from each other; where there are none, one that nobody has.
fn lose_definition(release: &Release, nth: usize) -> Option<Broken> {
    const FEW: usize = 4;
    let shared = own_libraries(release)
        .flat_map(|(_, library)| library.imports.iter().map(move |import| (library, import)))
        .filter(|(_, i)| !i.weak && i.version.is_none() && is_exported(release, &i.name))
        .take(FEW);
    let shared: Vec<(&Library, &Import)> = shared.collect();
    if let Some((library, import)) = shared.get(nth) {
        let mut new = release.clone();
        remove_symbol(&mut new, &import.name);
        let what = format!("{} needs {}, which is gone", library.name, shown(&import.name));
        return Some(Broken::new(new, what));
    }
    let nobodys = "abigate_selftest";
    break_library(
        release,
        nth - shared.len(),
        |_| true,
        |library| {
            library.imports.push(Import {
                name: nobodys.into(),
                version: None,
                library: None,
                weak: false,
                copy: None,
            });
            library.imports.sort_by(|a, b| a.key().cmp(&b.key()));
            format!("needs {nobodys}, which nobody has")
        },
    )
}

/// Libraries that other ones of the release need.
fn needed_inside(release: &Release) -> impl Iterator<Item = (&Library, &Library)> {
    let all = release.libraries.iter().flat_map(|l| l.dynamic.needed.iter().map(move |n| (l, n)));
    all.filter_map(|(library, needed)| Some((library, release.library(needed)?)))
}

fn lose_dependency(release: &Release, nth: usize) -> Option<Broken> {
    let (library, needed) = needed_inside(release).nth(nth)?;
    let mut new = release.clone();
    new.libraries.retain(|l| l.name != needed.name);
    Some(Broken::new(new, format!("{} needs {}, which is gone", library.name, needed.name)))
}

fn lose_version(release: &Release, nth: usize) -> Option<Broken> {
    let (library, needed) = needed_inside(release).filter(|(l, n)| l.name != n.name).nth(nth)?;
    let mut new = release.clone();
    let version = "ABIGATE_SELFTEST";
    let user = new.libraries.iter_mut().find(|l| l.name == library.name)?;
    let file = Some(needed.link_name().into());
    let name = "abigate_selftest".into();
    user.imports.push(Import { name, version: Some(version.into()), library: file, weak: false, copy: None });
    user.restore_order().ok()?;
    let what = format!("{} needs the version {version} of {}", library.name, needed.name);
    Some(Broken::new(new, what))
}

/// Another definition of a type, or, without debug info, another vtable of a class in another library.
fn define_twice(release: &Release, nth: usize) -> Option<Broken> {
    let is_class = |_: &Library, t: &Type| t.kind.is_class() && t.size.is_some();
    let types: Vec<_> = own_types(release, is_class).take(nth + 1).collect();
    let Some((at, type_)) = types.get(nth) else { return copy_vtable(release, nth - types.len()) };
    let second = Type { variant: 1, size: type_.size.map(|size| size + 8), ..(*type_).clone() };
    let mut new = release.clone();
    new.libraries[*at].types.push(second);
    new.libraries[*at].restore_order().ok()?;
    Some(Broken::new(new, format!("{}: another unit has another definition", type_.name)))
}

fn copy_vtable(release: &Release, nth: usize) -> Option<Broken> {
    let (at, group) = own_vtables(release, |_, group| !group.tables.is_empty()).nth(nth)?;
    let is_free = |l: &Library| l.vtable(&group.name).is_none() && l.export(&group.name, None).is_none();
    let other = own_libraries(release).find(|(other, l)| *other != at && is_free(l))?.0;
    let mut copy = group.clone();
    copy.tables[0].slots.push(new_function(group));
    let mut new = release.clone();
    let library = &mut new.libraries[other];
    library.vtables.push(copy);
    library.exports.push(Export { name: group.name.clone(), ..Export::default() });
    library.restore_order().ok()?;
    let what = format!("{}: another one in {}", shown(&group.name), library.name);
    Some(Broken::new(new, what))
}

/// What a library needs of others gets another version: `libcudart.so.12` becomes `libcudart.so.12001`.
fn need_another_major(release: &Release, nth: usize) -> Option<Broken> {
    let is_foreign = |name: &String| {
        let version = name.rsplit_once(".so.").map(|(_, version)| version);
        version.is_some_and(|version| version.bytes().all(|b| b.is_ascii_digit()))
            && release.library(name).is_none()
            && !is_of_system(name)
            && !release.libraries.iter().any(|l| library_stem(&l.name) == library_stem(name))
    };
    let needs = |library: &Library| library.dynamic.needed.iter().any(is_foreign);
    break_library(release, nth, needs, |library| {
        let Some(needed) = library.dynamic.needed.iter_mut().find(|name| is_foreign(name)) else {
            return String::new();
        };
        let before = needed.clone();
        needed.push_str("001");
        format!("needs {needed} instead of {before}")
    })
}

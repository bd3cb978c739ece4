//! The libraries that every system of a platform has, and what the interpreter of Python defines: lists that `ci/platform-lists`
//! makes of the real ones.

use std::cmp::Ordering;

use super::floor::{self, Promise};
use crate::abi::{Export, Library, Release};
use crate::dump;

/// By architecture: parts of Debian's C library, C++ library and compiler runtime.
const LISTS: [(&str, &[u8]); 2] =
    [("x86_64", include_bytes!("x86_64.abi.zst")), ("aarch64", include_bytes!("aarch64.abi.zst"))];

/// By architecture: Debian's musl.
const MUSL: [(&str, &[u8]); 2] =
    [("x86_64", include_bytes!("musl-x86_64.abi.zst")), ("aarch64", include_bytes!("musl-aarch64.abi.zst"))];

/// Each version of CPython as a library.
const CPYTHON: &[u8] = include_bytes!("cpython.abi.zst");

/// Libraries that manylinux wheels may expect besides (PEP 600 and auditwheel's policy), that of OpenMP, which wheels need under
/// its own name or bundle under another, and drivers that come with hardware.
/// What they define is not known.
pub const UNLISTED: [&str; 18] = [
    "libgomp.so.1",
    "libz.so.1",
    "libX11.so.6",
    "libXext.so.6",
    "libXrender.so.1",
    "libICE.so.6",
    "libSM.so.6",
    "libGL.so.1",
    "libEGL.so.1",
    "libGLdispatch.so.0",
    "libGLX.so.0",
    "libOpenGL.so.0",
    "libglib-2.0.so.0",
    "libgobject-2.0.so.0",
    "libgthread-2.0.so.0",
    "libexpat.so.1",
    "libcuda.so.1",
    "libnvidia-ml.so.1",
];

/// The libraries of a system for that architecture, none where there is no list. With a manylinux tag only what the oldest
/// system of that tag has.
pub fn libraries(arch: &str, tag: Option<&str>) -> Option<Vec<Library>> {
    let (_, list) = LISTS.iter().find(|(name, _)| *name == arch)?;
    let mut libraries = read(list);
    if let Some(promise) = tag.and_then(Promise::of) {
        for library in &mut libraries {
            library
                .exports
                .retain(|export| export.version.as_deref().is_none_or(|version| promise.has(version)));
            newest_is_default(&mut library.exports);
            library.versions.retain(|node| promise.has(&node.name));
        }
    }
    Some(libraries)
}

/// musl for that architecture, and the names that distributions give it: it is C library and loader in one file. It has no
/// symbol versions, so that all systems with it count as one.
pub fn musl(arch: &str) -> Option<(Library, [String; 3])> {
    let (_, list) = MUSL.iter().find(|(name, _)| *name == arch)?;
    let library = read(list).into_iter().next()?;
    let names = ["libc.so".to_owned(), format!("libc.musl-{arch}.so.1"), format!("ld-musl-{arch}.so.1")];
    Some((library, names))
}

/// The libraries of the system that a library of a release was linked for; none where there is no list.
pub fn system_of(release: &Release, library: &Library) -> Vec<Library> {
    let arch = &library.machine.arch;
    match CLibrary::of(&release.platform.name, &release.libraries) {
        CLibrary::Gnu => libraries(arch, None).unwrap_or_default(),
        CLibrary::Musl => musl(arch).into_iter().map(|(library, _)| library).collect(),
        CLibrary::Bionic => Vec::new(),
    }
}

/// The C libraries of Linux systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CLibrary {
    /// That of GNU; also where nothing says another one.
    Gnu,
    /// musl.
    Musl,
    /// Android's.
    Bionic,
}

impl CLibrary {
    /// The one that libraries for a platform, such as `musllinux-x86_64`, were linked with.
    pub fn of(platform: &str, libraries: &[Library]) -> CLibrary {
        match platform.split('-').next() {
            Some("musllinux") => return CLibrary::Musl,
            Some("android") => return CLibrary::Bionic,
            _ => {}
        }
        let needed = || libraries.iter().flat_map(|library| &library.dynamic.needed);
        if needed().any(|name| name.starts_with("libc.musl-")) {
            return CLibrary::Musl;
        }
        if !needed().any(|name| name == "libc.so") {
            return CLibrary::Gnu;
        }
        // Both are called that. musl has no versions, and what others spread over libm and libdl.
        let mut imports = libraries.iter().flat_map(|library| &library.imports);
        let is_versioned =
            imports.any(|import| import.library.as_deref() == Some("libc.so") && import.version.is_some());
        match is_versioned
            || needed().any(|name| ["libm.so", "libdl.so", "liblog.so"].contains(&name.as_str()))
        {
            true => CLibrary::Bionic,
            false => CLibrary::Musl,
        }
    }
}

/// Whether a text is a manylinux or musllinux tag that something is known of.
pub fn is_tag(text: &str) -> bool {
    let is_musl = |rest: &str| rest == "1_1" || rest == "1_2";
    Promise::of(text).is_some() || text.strip_prefix("musllinux_").is_some_and(is_musl)
}

/// Which of two tags is the older system.
pub fn order(a: &str, b: &str) -> Ordering {
    match (Promise::of(a), Promise::of(b)) {
        (Some(a), Some(b)) => a.order(&b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// Versions of CPython of which there is a list, oldest first.
pub fn pythons() -> Vec<String> {
    read(CPYTHON).into_iter().map(|library| library.name).collect()
}

/// The interpreter `python3.12`.
pub fn python(name: &str) -> Option<Library> {
    read(CPYTHON).into_iter().find(|library| library.name == name)
}

/// What the newest version of a symbol was before there were newer ones.
fn newest_is_default(exports: &mut [Export]) {
    for versions in exports.chunk_by_mut(|a, b| a.name == b.name) {
        if versions.iter().all(|export| export.hidden_version) {
            let number = |export: &Export| {
                let version = export.version.as_deref()?;
                floor::parse(version.rsplit('_').next()?)
            };
            if let Some(newest) = versions.iter_mut().max_by_key(|export| number(export)) {
                newest.hidden_version = false;
            }
        }
    }
}

/// What a list says. It is part of the program, and a test reads it.
fn read(list: &[u8]) -> Vec<Library> {
    let dumps = dump::read(list).unwrap_or_default();
    dumps.into_iter().map(|dump| dump.library).collect()
}

/// Whether a symbol is one that CPython defines for modules.
pub fn is_pythons(symbol: &str) -> bool {
    symbol.starts_with("Py") || symbol.starts_with("_Py")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_reads_and_knows_what_programs_need() {
        for (arch, loader) in [("x86_64", "ld-linux-x86-64.so.2"), ("aarch64", "ld-linux-aarch64.so.1")] {
            let all = libraries(arch, None).unwrap();
            let find = |name: &str| all.iter().find(|library| library.link_name() == name).unwrap();
            assert!(find("libc.so.6").exports_named("memcpy").next().is_some(), "{arch}");
            assert!(find("libstdc++.so.6").exports_named("_ZSt9terminatev").next().is_some());
            assert!(find("libgcc_s.so.1").exports_named("_Unwind_Resume").next().is_some());
            assert!(!find(loader).exports.is_empty());
            assert!(all.iter().all(|library| library.machine.arch == arch));
        }
        assert!(libraries("made-up", None).is_none());
        for arch in ["x86_64", "aarch64"] {
            let (musl, names) = musl(arch).unwrap();
            assert!(musl.exports_named("memcpy").next().is_some() && musl.machine.arch == arch);
            assert!(
                musl.exports_named("dlopen").next().is_some()
                    && musl.exports_named("__memcpy_chk").next().is_none()
            );
            assert!(names.contains(&format!("libc.musl-{arch}.so.1")));
        }
        assert!(pythons().contains(&"python3.12".to_owned()));
        let python = python("python3.12").unwrap();
        assert!(python.exports_named("PyModule_Create2").next().is_some());
        assert!(python.exports.iter().all(|export| is_pythons(&export.name)));
    }

    #[test]
    fn an_older_system_has_less() {
        let has = |tag: Option<&str>, name: &str, version: &str| {
            let all = libraries("x86_64", tag).unwrap();
            all.iter().flat_map(|l| l.exports_named(name)).any(|e| e.version.as_deref() == Some(version))
        };
        assert!(has(None, "pthread_create", "GLIBC_2.34") && has(None, "pthread_create", "GLIBC_2.2.5"));
        let old = Some("manylinux_2_28");
        assert!(!has(old, "pthread_create", "GLIBC_2.34") && has(old, "pthread_create", "GLIBC_2.2.5"));
        // What is a leftover today was the default one then.
        let all = libraries("x86_64", old).unwrap();
        let create = all.iter().flat_map(|l| l.exports_named("pthread_create")).next().unwrap();
        assert!(!create.hidden_version);
        assert!(is_tag("manylinux2014") && is_tag("manylinux_2_30") && !is_tag("manylinux_2_x"));
        assert_eq!(order("manylinux2014", "manylinux_2_28"), Ordering::Less);
    }
}

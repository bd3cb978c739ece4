//! The ELF and vtable reader on committed objects of many architectures, and on damaged ones.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use abigate::abi::{Library, Slot};
use abigate::binary;
use goblin::elf::Elf;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/elf")
}

fn read(name: &str) -> Library {
    let data = std::fs::read(folder().join(name)).expect("the fixture is there");
    binary::read(name, &data).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn objects() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("the fixtures are there")
        .map(|item| item.expect("readable").file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains(".so"))
        .collect();
    names.sort();
    names
}

/// Slots by class, as text; destructors and functions that no symbol names are left out, since compilers differ there.
fn slots(library: &Library) -> BTreeSet<String> {
    let groups = library.vtables.iter().filter(|g| g.name.starts_with("_ZTV"));
    let slots = groups.flat_map(|g| {
        g.tables.iter().enumerate().flat_map(move |(t, table)| {
            table.slots.iter().enumerate().map(move |(i, slot)| (g.name.clone(), t, i, slot.clone()))
        })
    });
    slots
        .filter(|(.., slot)| matches!(slot, Slot::Function(name) if !name.contains("D0Ev") && !name.contains("D1Ev") && !name.contains("D2Ev")))
        .map(|(group, table, index, slot)| {
            // Offsets in thunks depend on the word size.
            let name = slot.as_str().split_once("_N").map_or(slot.as_str(), |(_, rest)| rest).to_owned();
            format!("{group} {table}.{index} {name}")
        })
        .collect()
}

#[test]
fn every_architecture_has_the_same_vtables() {
    let expected = slots(&read("libshapes-x86_64.so"));
    assert!(expected.len() > 20, "{expected:?}");
    for arch in ["aarch64", "i686", "arm", "powerpc64le", "s390x", "riscv64", "powerpc"] {
        let library = read(&format!("libshapes-{arch}.so"));
        assert_eq!(library.evidence.rtti_decoded, library.evidence.rtti_symbols, "{arch}");
        assert_eq!(slots(&library), expected, "{arch}");
    }
}

#[test]
fn every_form_has_the_same_vtables() {
    let expected = slots(&read("libshapes-x86_64.so"));
    for form in ["relr", "stripped", "nosections", "nortti", "lld", "patchelf", "relative-vtables"] {
        let library = read(&format!("libshapes-x86_64-{form}.so"));
        assert_eq!(slots(&library), expected, "{form}");
    }
}

/// Relocations that Android packs are read like others, and damaged ones are no reason to see less.
#[test]
fn packed_relocations() {
    let name = "libshapes-x86_64-android-relocs.so";
    let library = read(name);
    assert_eq!(library.evidence.rtti_decoded, library.evidence.rtti_symbols);
    assert_eq!(slots(&library), slots(&read("libshapes-x86_64.so")));
    let mut data = std::fs::read(folder().join(name)).expect("readable");
    let magic = data.windows(4).position(|bytes| bytes == b"APS2").expect("a packed table");
    data[magic] = b'B';
    let error = binary::read(name, &data).expect_err("damaged").to_string();
    assert!(error.contains("APS2") && error.contains(&format!("{magic:#x}")), "{error}");
}

#[test]
fn without_section_headers_nothing_but_section_names_is_lost() {
    let strip = |mut library: Library| {
        library.exports.iter_mut().for_each(|e| e.section = None);
        (library.exports, library.imports, library.versions, library.vtables, library.typeinfos)
    };
    assert_eq!(strip(read("libshapes-x86_64-nosections.so")), strip(read("libshapes-x86_64-stripped.so")));
}

/// A second reader, goblin, agrees on names, SONAME and dependencies.
#[test]
fn goblin_sees_the_same() {
    for name in objects() {
        let data = std::fs::read(folder().join(&name)).expect("readable");
        let library = binary::read(&name, &data).unwrap_or_else(|error| panic!("{name}: {error}"));
        let Ok(elf) = Elf::parse(&data) else { continue };
        assert_eq!(library.dynamic.soname.as_deref(), elf.soname, "{name}");
        assert_eq!(library.dynamic.needed, elf.libraries, "{name}");
        let mut imports: Vec<&str> = elf
            .dynsyms
            .iter()
            .filter(|s| s.st_shndx == 0)
            .filter_map(|s| elf.dynstrtab.get_at(s.st_name))
            .filter(|s| !s.is_empty())
            .collect();
        imports.sort_unstable();
        imports.dedup();
        let mut ours: Vec<&str> = library.imports.iter().map(|i| &*i.name).collect();
        ours.dedup();
        assert_eq!(ours, imports, "{name}");
        let theirs: BTreeSet<&str> = elf
            .dynsyms
            .iter()
            .filter(|s| s.st_shndx != 0 && s.st_bind() != 0 && [0, 3].contains(&(s.st_other & 3)))
            .filter_map(|s| elf.dynstrtab.get_at(s.st_name))
            .collect();
        for export in &library.exports {
            assert!(theirs.contains(&*export.name), "{name}: {}", export.name);
        }
    }
}

#[test]
fn properties_and_loader_flags() {
    let dynamic = |name: &str| read(&format!("libtiny-x86_64-{name}.so")).dynamic;
    assert!(dynamic("execstack").executable_stack);
    assert!(dynamic("statictls").static_tls);
    assert!(dynamic("bindnow").bind_now);
    assert!(!dynamic("now-norelro").relro);
    assert!(dynamic("nosoname").soname.is_none());
    assert!(dynamic("rpath").rpath.is_some());
    assert!(dynamic("runpath").runpath.is_some());
    assert!(read("libtiny-i686-textrel.so").dynamic.text_relocations);
    let names = |name: &str| read(name).dynamic.properties.iter().map(|p| p.name()).collect::<Vec<_>>();
    assert_eq!(names("libtiny-x86_64-cet.so"), ["IBT", "SHSTK", "x86-64-v3"]);
    assert!(names("libtiny-aarch64-bti.so").contains(&"BTI"));
}

#[test]
fn versions() {
    let library = read("libshapes-x86_64-versioned.so");
    assert!(library.versions.iter().any(|v| !v.parents.is_empty()), "{:?}", library.versions);
    assert!(library.exports.iter().any(|e| e.hidden_version));
    assert!(library.imports.iter().any(|i| i.version.is_some() && i.library.is_some()));
}

/// Each line of `hostile.patches`: a name, a length in hexadecimal, and bytes to overwrite.
fn hostile() -> Vec<(String, Vec<u8>)> {
    let base = std::fs::read(folder().join("libtiny-x86_64.so")).expect("readable");
    let text = std::fs::read_to_string(folder().join("hostile.patches")).expect("readable");
    let hex = |text: &str| usize::from_str_radix(text, 16).expect("hexadecimal");
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let mut words = line.split(' ');
            let name = words.next().expect("a name").to_owned();
            let mut data = base.clone();
            data.resize(hex(words.next().expect("a length")), 0);
            for patch in words {
                let (offset, bytes) = patch.split_once(':').expect("offset:bytes");
                for (i, byte) in bytes.as_bytes().chunks(2).enumerate() {
                    data[hex(offset) + i] = hex(std::str::from_utf8(byte).expect("ASCII")) as u8;
                }
            }
            (name, data)
        })
        .collect()
}

#[test]
fn damaged_files_get_one_line_that_names_the_place() {
    let mut refused = 0;
    for (name, data) in hostile() {
        if let Err(error) = binary::read(&name, &data) {
            let text = error.to_string();
            assert!(text.contains("offset 0x") && !text.contains('\n'), "{name}: {text}");
            refused += 1;
        }
    }
    assert!(refused > 60, "only {refused} were refused");
}

#[test]
fn flipped_bytes_never_panic() {
    let base = std::fs::read(folder().join("libtiny-x86_64-symtab.so")).expect("readable");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    for _ in 0..2000 {
        let mut data = base.clone();
        for _ in 0..1 + random() % 6 {
            let at = random() % data.len();
            data[at] = random() as u8;
        }
        data.truncate(data.len() - if random() % 4 == 0 { random() % data.len() } else { 0 });
        let _ = binary::read("flipped.so", &data);
    }
}

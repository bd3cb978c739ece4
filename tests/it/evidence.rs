//! What the old library was known for and the new one no longer says is never called compatible.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use goblin::elf::Elf;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/elf").join(name)
}

fn diff(old: &Path, new: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    command.arg("diff").args([old, new]).args(more).output().expect("abigate runs")
}

/// Exit code 3, a verdict that says so, and each of these texts.
#[track_caller]
fn cannot_certify(old: &Path, new: &Path, parts: &[&str]) {
    let output = diff(old, new, &["--full"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.starts_with("INCONCLUSIVE"), "{text}");
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    let output = diff(old, new, &["--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((output.status.code(), &report["verdict"]), (Some(3), &"cannot-certify".into()));
    assert_eq!(diff(old, new, &["--fail-on", "never"]).status.code(), Some(0));
}

/// Overwrites a field of a dynamic symbol of `libshapes-x86_64.so`: `at` bytes into the entry.
fn with_symbol(symbol: &str, at: usize, value: u64) -> Vec<u8> {
    let mut data = fs::read(fixture("libshapes-x86_64.so")).expect("readable");
    let elf = Elf::parse(&data).expect("whole");
    let index = elf.dynsyms.iter().position(|s| elf.dynstrtab.get_at(s.st_name) == Some(symbol));
    let table = elf.section_headers.iter().find(|s| elf.shdr_strtab.get_at(s.sh_name) == Some(".dynsym"));
    let start = table.expect("a table").sh_offset as usize + index.expect("the symbol") * 24 + at;
    data[start..start + 8].copy_from_slice(&value.to_le_bytes());
    data
}

const VALUE: usize = 8;
const SIZE: usize = 16;

#[test]
fn a_vtable_that_can_no_longer_be_read() {
    let folder = tempfile::tempdir().expect("a directory");
    let (old, new) = (fixture("libshapes-x86_64.so"), folder.path().join("libshapes-x86_64.so"));
    fs::write(&new, with_symbol("_ZTVN6shapes6SquareE", VALUE, 0x7fff_0000)).expect("writable");
    cannot_certify(&old, &new, &["evidence-lost", "vtable for shapes::Square", "lies outside of the file"]);
    // What only the new library is known for is no loss.
    let output = diff(&new, &old, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_typeinfo_that_is_no_longer_described() {
    let folder = tempfile::tempdir().expect("a directory");
    let (old, new) = (fixture("libshapes-x86_64.so"), folder.path().join("libshapes-x86_64.so"));
    // Without a size it does not even count among those that should have been decoded.
    fs::write(&new, with_symbol("_ZTIN6shapes6SquareE", SIZE, 0)).expect("writable");
    cannot_certify(&old, &new, &["evidence-lost", "typeinfo for shapes::Square", "not described now"]);
}

/// The baseline need not know everything for a loss to count.
#[test]
fn a_further_loss_is_a_loss() {
    let folder = tempfile::tempdir().expect("a directory");
    let (old, new) = (folder.path().join("old.so"), folder.path().join("new.so"));
    fs::write(&old, with_symbol("_ZTVN6shapes6SquareE", VALUE, 0x7fff_0000)).expect("writable");
    fs::write(&new, with_symbol("_ZTIN6shapes6SquareE", VALUE, 0x7fff_0000)).expect("writable");
    cannot_certify(&old, &new, &["typeinfo for shapes::Square"]);
}

/// Builds a library from C++ with these flags.
fn build(folder: &Path, name: &str, flags: &[&str]) -> PathBuf {
    let (source, object) = (folder.join("types.cc"), folder.join(name));
    fs::write(&source, "struct A { int a; };\nint f(A const& a) { return a.a; }\nA exported;\n")
        .expect("writable");
    let mut compiler = Command::new("g++");
    compiler
        .args(["-shared", "-fPIC", "-O1", "-Wl,-soname,libtypes.so", "-o"])
        .arg(&object)
        .args(flags)
        .arg(&source);
    assert!(compiler.status().expect("g++ runs").success());
    object
}

#[test]
fn types_that_are_no_longer_known() {
    let folder = tempfile::tempdir().expect("a directory");
    let old = build(folder.path(), "old.so", &["-g"]);
    let new = build(folder.path(), "new.so", &["-g0"]);
    cannot_certify(&old, &new, &["evidence-lost", "f(A const&) and 1 more", "2 of 2", "build it with -g"]);
    let output = diff(&new, &old, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

/// A library whose debug info refers to a file that is missing is the same library.
#[test]
fn a_reference_that_leads_nowhere_is_not_void() {
    let folder = tempfile::tempdir().expect("a directory");
    let old = build(folder.path(), "old.so", &["-g"]);
    let (new, twin) = (folder.path().join("new.so"), folder.path().join("twin.so"));
    for copy in [&new, &twin] {
        fs::copy(&old, copy).expect("writable");
    }
    let dwz = Command::new("dwz")
        .current_dir(folder.path())
        .args(["-m", "alt.debug", "new.so", "twin.so"])
        .status();
    if !dwz.is_ok_and(|status| status.success()) || !folder.path().join("alt.debug").exists() {
        return;
    }
    fs::remove_file(folder.path().join("alt.debug")).expect("there");
    let output = diff(&old, &new, &["--full"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(!text.contains("void"), "{text}");
}

/// Nobody loads an object that was not linked, and what it exports is in it all the same.
#[test]
fn a_relocatable_object_has_nothing_unresolved() {
    let folder = tempfile::tempdir().expect("a directory");
    let object = |name: &str, class: &str| {
        let (source, object) = (folder.path().join("s.cc"), folder.path().join(name));
        fs::write(&source, format!("struct S {{ {class} }};\nint S::bar() {{ return 1; }}\n"))
            .expect("writable");
        let status = Command::new("g++").args(["-c", "-o"]).args([&object, &source]).status();
        assert!(status.expect("g++ runs").success());
        object
    };
    let (old, new) = (object("old.o", "int bar();"), object("new.o", "virtual int bar();"));
    let output = diff(&old, &new, &["--full"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("class-became-polymorphic") && !text.contains("unresolved-symbol"), "{text}");
}

/// Debug info that was split off is no library of its own.
#[test]
fn debug_info_alone_is_refused() {
    let folder = tempfile::tempdir().expect("a directory");
    let old = build(folder.path(), "old.so", &["-g"]);
    let debug = folder.path().join("old.debug");
    let split = Command::new("objcopy").arg("--only-keep-debug").args([&old, &debug]).status();
    assert!(split.expect("objcopy runs").success());
    let output = diff(&old, &debug, &[]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("--debug-dir"), "{text}");
}

/// Variables and functions that are chosen when the program starts have types like any other.
#[test]
fn types_of_what_is_no_plain_function_are_compared() {
    let folder = tempfile::tempdir().expect("a directory");
    let library = |name: &str, source: &str| {
        let (file, object) = (folder.path().join("s.c"), folder.path().join(name));
        fs::write(&file, source).expect("writable");
        let mut compiler = Command::new("gcc");
        compiler.args(["-shared", "-fPIC", "-g", "-Wl,-soname,libs.so", "-o"]).args([&object, &file]);
        assert!(compiler.status().expect("gcc runs").success());
        object
    };
    let table = "int limits[4] = {1, 2, 3, 4};\n";
    let chosen = "static int plain(int a) { return a; }\nstatic int (*choose(void))(int) { return plain; }\n\
                  int f(int a) __attribute__((ifunc(\"choose\")));\n";
    for (source, told) in
        [(table, "variables with types: 1 before, 1 after"), (chosen, "functions with types: 1 of 1")]
    {
        let (old, new) = (library("old.so", source), library("new.so", &format!("{source}// The same.\n")));
        let output = diff(&old, &new, &[]);
        let text = String::from_utf8_lossy(&output.stdout).replace('\n', " ");
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert!(text.contains(told) && !text.contains("types not compared"), "{text}");
    }
}

//! Output agrees with the published schemas, and a stored old dump goes on loading.

use std::path::{Path, PathBuf};
use std::process::Command;

use jsonschema::Validator;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn validator(schema: &str) -> Validator {
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is a schema")
}

fn abigate(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_abigate")).args(arguments).current_dir(root()).output();
    let output = output.expect("abigate runs");
    assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn every_line_of_a_dump() {
    let schema = validator(abigate::dump::SCHEMA);
    for name in ["libshapes-x86_64-versioned.so", "libshapes-x86_64-clang.so", "libtiny-x86_64-cet.so"] {
        let path = Path::new("tests/fixtures/elf").join(name);
        for line in abigate(&["dump", &path.to_string_lossy()]).lines() {
            let value: Value = serde_json::from_str(line).expect("a line is JSON");
            assert!(schema.is_valid(&value), "{name}: {line}");
        }
    }
}

/// What only debug info says, of vectors as well, which few libraries pass.
#[test]
fn every_line_of_a_dump_with_debug_info() {
    if !cfg!(target_arch = "x86_64") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let source = "typedef double four __attribute__((vector_size(32))); four twice(four x) { return x + x; }\n\
                  struct shop { int rooms : 3; enum { OPEN } state; }; int look(struct shop *s) { return s->rooms; }\n";
    std::fs::write(folder.path().join("a.c"), source).expect("written");
    let mut cc = Command::new("cc");
    cc.args(["-g", "-mavx", "-shared", "-fPIC", "-o", "liba.so", "a.c"]).current_dir(folder.path());
    assert!(cc.status().expect("a compiler runs").success());
    let schema = validator(abigate::dump::SCHEMA);
    let text = abigate(&["dump", &folder.path().join("liba.so").to_string_lossy()]);
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).expect("a line is JSON");
        assert!(schema.is_valid(&value), "{line}");
    }
    assert!(text.contains("\"vector_units\":{\"bits_256\":1}"), "{text}");
}

#[test]
fn every_line_of_the_stored_baselines() {
    let schema = validator(abigate::dump::SCHEMA);
    let store = abigate::store::Store::open(root().join("baselines"));
    let entry = &store.list().expect("the store is there")[0];
    let release = store.load(entry).expect("it loads");
    let library = release.libraries.into_iter().find(|l| l.name == "libc10.so").expect("libc10");
    let dump = abigate::dump::Dump { library, ..Default::default() };
    for line in abigate::dump::to_text(&dump).lines() {
        assert!(schema.is_valid(&serde_json::from_str(line).expect("JSON")), "{line}");
    }
}

#[test]
fn the_report() {
    let schema = validator(abigate::report::SCHEMA);
    let report = abigate(&["diff", "v2.5", "v2.6", "--platform", "linux-aarch64", "--format", "json"]);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert!(schema.is_valid(&report), "{:?}", schema.iter_errors(&report).next());
}

#[test]
fn histories() {
    let schema = validator(abigate::report::HISTORY_SCHEMA);
    for arguments in [&["c10::*Impl"][..], &["c10::**::operator*"], &["--library", "libc10"]] {
        let arguments =
            [&["history", "--format", "json", "--platform", "linux-aarch64"][..], arguments].concat();
        let report: Value = serde_json::from_str(&abigate(&arguments)).expect("JSON");
        assert!(schema.is_valid(&report), "{:?}", schema.iter_errors(&report).next());
    }
}

#[test]
fn a_dump_of_format_1_goes_on_loading() {
    let data =
        std::fs::read(root().join("tests/fixtures/dumps/format-1.abi.zst")).expect("the fixture is there");
    let dumps = abigate::dump::read(&data).expect("format 1 loads");
    let object =
        std::fs::read(root().join("tests/fixtures/elf/libshapes-x86_64-versioned.so")).expect("readable");
    let library = abigate::binary::read("libshapes-x86_64-versioned.so", &object).expect("it reads");
    assert_eq!(dumps.len(), 1);
    assert_eq!(dumps[0].library.exports, library.exports);
    assert_eq!(dumps[0].library.vtables, library.vtables);
    assert_eq!(dumps[0].library.typeinfos, library.typeinfos);
}

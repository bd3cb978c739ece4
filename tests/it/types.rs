//! `abigate show INPUT types`, on a library that the compiler makes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SOURCE: &str = r#"
namespace shop {
struct Base { virtual ~Base(); virtual int price() const; long id; char tag; };
class Item final : public Base {
public:
  static constexpr int kMost = 99;
  enum class State : short { Sold = -1, Open = 2 };
  Item(int);
  int price() const override;
private:
  char flag;
  union { int count; double weight; };
  unsigned small : 3;
  State state;
};
using Alias = Item*;
Base::~Base() {}
int Base::price() const { return 0; }
Item::Item(int) {}
int Item::price() const { return 1; }
int sell(Alias item) { return item->price(); }
}
"#;

fn library(folder: &Path, flags: &[&str]) -> PathBuf {
    let (source, object) = (folder.join("shop.cc"), folder.join("libshop.so"));
    std::fs::write(&source, SOURCE).expect("writable");
    let mut compiler = Command::new("g++");
    compiler.args(["-std=c++17", "-shared", "-fPIC", "-o"]).arg(&object).args(flags).arg(&source);
    // Sources are shown relative to what they share with the folder of compilation, which may be this checkout's.
    assert!(compiler.current_dir(folder).status().expect("g++ runs").success());
    object
}

fn show(library: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    command.arg("show").arg(library).arg("types").args(arguments).output().expect("abigate runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_class_is_shown_byte_by_byte() {
    let folder = tempfile::tempdir().expect("a directory");
    let output = show(&library(folder.path(), &["-g"]), &["--match", "shop::Item"]);
    let text = text(&output);
    let lines: Vec<String> =
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for wanted in [
        "class shop::Item shop.cc:4",
        "0 17 base shop::Base last 7 bytes reused",
        "17 1 char flag",
        "18 6 6 bytes hole",
        "24 8 union {",
        "24 4 int count",
        "24 8 double weight",
        "32:0-2 unsigned int small : 3",
        "34 2 State state",
        "static int const kMost = 99",
        "0-1 ~Item()",
        "2 price() const",
    ] {
        let is_there = lines.iter().any(|line| line == wanted);
        // Which destructors get an entry depends on the compiler; the rest does not.
        assert!(is_there || wanted.contains('~'), "{wanted:?} is not in\n{text}");
    }
    assert!(lines.iter().any(|line| line.starts_with("size 40, align 8")), "{text}");
}

/// Inheritance, bit-fields and unnamed types as one compiler lays them out; `UPDATE_GOLDEN=1 cargo test` renews the file.
#[test]
fn all_forms_of_classes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().expect("a directory");
    let object = folder.path().join("libforms.so");
    let mut compiler = Command::new("g++");
    compiler.args(["-std=c++20", "-g", "-shared", "-fPIC", "-o"]).arg(&object);
    compiler
        .args(["classes", "functions", "templates"].map(|name| format!("tests/fixtures/dwarf/{name}.cc")));
    assert!(compiler.current_dir(root).status().expect("g++ runs").success());
    let names =
        "Base,Bits,Callback,Compact,Declared,Diamond,Failure,Left,Packed,Payload,Right,Scoped,Tail,Wide";
    let shown = text(&show(&object, &["--cache-lines", "--match", &format!("forms::{{{names}}}")]));
    // What the place is relative to depends on what is compiled with it.
    let shown = shown.replace("tests/fixtures/dwarf/", "");
    let golden = root.join("tests/golden/types.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &shown).expect("writable");
    }
    let expected = std::fs::read_to_string(&golden).unwrap_or_default();
    assert!(shown == expected, "--- expected\n{expected}\n--- actual\n{shown}");
}

#[test]
fn a_list_without_a_pattern() {
    let folder = tempfile::tempdir().expect("a directory");
    let text = text(&show(&library(folder.path(), &["-g"]), &[]));
    let names: Vec<&str> = text.lines().filter_map(|line| line.get(11..)).collect();
    assert_eq!(names[..3], ["shop::Alias", "shop::Base", "shop::Item"], "{text}");
    assert!(names.len() == 5 && names.is_sorted(), "{text}");
}

#[test]
fn json_keeps_to_its_schema() {
    let folder = tempfile::tempdir().expect("a directory");
    let output = show(&library(folder.path(), &["-g"]), &["--format", "json"]);
    let types: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let schema: serde_json::Value = serde_json::from_str(abigate::report::TYPES_SCHEMA).expect("a schema");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    assert!(schema.is_valid(&types), "{:?}", schema.iter_errors(&types).next());
    let item =
        types.as_array().expect("a list").iter().find(|t| t["name"] == "shop::Item").expect("the class");
    assert_eq!((&item["size"], &item["align"]), (&40.into(), &8.into()));
    assert_eq!(item["members"][0]["bit_offset"], 17 * 8);
}

#[test]
fn without_debug_info_it_says_so() {
    let folder = tempfile::tempdir().expect("a directory");
    let output = show(&library(folder.path(), &["-g0"]), &[]);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(2), true));
    assert!(complaint.contains("no debug info in it") && complaint.lines().count() == 1, "{complaint}");
}

#[test]
fn a_pattern_that_nothing_matches_is_no_error() {
    let folder = tempfile::tempdir().expect("a directory");
    let output = show(&library(folder.path(), &["-g"]), &["--match", "shop::Itme"]);
    let warning = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(0), true));
    assert!(warning.contains("no type matches; --all-types"), "{warning}");
}

#[test]
fn a_dump_goes_on_without_the_library() {
    let folder = tempfile::tempdir().expect("a directory");
    let object = library(folder.path(), &["-g"]);
    let dump = folder.path().join("shop.abi.zst");
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    assert!(command.arg("dump").arg(&object).arg("-o").arg(&dump).status().expect("abigate runs").success());
    let of = |input: &Path| text(&show(input, &["--match", "shop::*"]));
    assert_eq!(of(&dump), of(&object));
}

#[test]
fn what_goes_with_types_only_says_so() {
    let folder = tempfile::tempdir().expect("a directory");
    for (arguments, part) in [
        (&["symbols", "--format", "json"][..], "abigate dump writes every fact as JSON"),
        (&["vtables", "--cache-lines"], "--cache-lines goes with types"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
        let output = command.arg("show").arg(folder.path()).args(arguments).output().expect("abigate runs");
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(part));
    }
}

#[test]
fn large_arrays_are_counted() {
    let folder = tempfile::tempdir().expect("a directory");
    let (source, object) = (folder.path().join("a.cc"), folder.path().join("liba.so"));
    // A byte, two and four hold their bounds: none of them is negative.
    let text = "struct A { char b[200]; char w[40000]; char none[0]; int m[2][70000]; };\nint f(A* a) { return a->b[0]; }\n";
    std::fs::write(&source, text).expect("writable");
    let status =
        Command::new("g++").args(["-g", "-shared", "-fPIC", "-o"]).arg(&object).arg(&source).status();
    assert!(status.expect("g++ runs").success());
    let output = show(&object, &["--match", "A", "--format", "json"]);
    let types: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let member =
        |at: usize| (types[0]["members"][at]["type"].clone(), types[0]["members"][at]["bit_size"].clone());
    assert_eq!(member(0), ("char[200]".into(), 1600.into()));
    assert_eq!(member(1), ("char[40000]".into(), 320_000.into()));
    assert_eq!(member(2), ("char[0]".into(), 0.into()));
    assert_eq!(member(3), ("int[2][70000]".into(), 4_480_000.into()));
}

//! Who breaks, seen from outside: extensions on one release of a library and another, and on the stored releases of torch.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

struct Folder(tempfile::TempDir);

impl Folder {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Builds `NAME` from C++ that is written beside it.
    fn build(&self, name: &str, source: &str, flags: &[&str]) {
        let place = self.path(name);
        fs::create_dir_all(place.parent().expect("a parent")).expect("a directory");
        fs::write(self.path("source.cc"), source).expect("written");
        let mut compiler = Command::new("g++");
        compiler
            .args(["-std=c++17", "-shared", "-fPIC", "-O1", "-g", "-I.", "-o"])
            .arg(&place)
            .arg("source.cc");
        compiler.args(flags).current_dir(self.0.path());
        assert!(compiler.status().expect("g++ runs").success(), "{name}");
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
        command.args(arguments).current_dir(self.0.path()).env_remove("ABIGATE_STORE");
        command.output().expect("abigate runs")
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const HEADER: &str = "#pragma once
namespace shop {
struct Base { virtual ~Base(); virtual int price() const; virtual int weight() const; int id = 1; };
int rate(int); int total(const Base&); int spare();
struct Tag { int place; int number; int both() const { return place + number; } };
const Tag& tag();
}
";

const SOURCE: &str = "#include \"shop.h\"
namespace shop {
Base::~Base() {} int Base::price() const { return 1; } int Base::weight() const { return 2; }
int rate(int x) { return x; } int total(const Base& b) { return b.price(); } int spare() { return 3; }
static Tag own; const Tag& tag() { return own; }
}
";

/// `rate` takes another parameter, and a virtual function comes before the others.
fn releases() -> Folder {
    let folder = Folder(tempfile::tempdir().expect("a directory"));
    fs::write(folder.path("shop.h"), HEADER).expect("written");
    folder.build("old/libshop.so", SOURCE, &["-Wl,-soname,libshop.so"]);
    let consumers = [
        ("calls.so", "#include \"shop.h\"\nint use() { return shop::rate(3); }\n"),
        (
            "derives.so",
            "#include \"shop.h\"\nnamespace mine { struct Own : shop::Base { int price() const override; };\n\
             int Own::price() const { return 5; } int use() { Own own; return shop::total(own); } }\n",
        ),
        ("spare.so", "#include \"shop.h\"\nint use() { return shop::spare(); }\n"),
        ("inlines.so", "#include \"shop.h\"\nint use() { return shop::tag().both(); }\n"),
        ("lost.so", "namespace shop { int never(); }\nint use() { return shop::never(); }\n"),
    ];
    for (name, source) in consumers {
        folder.build(name, source, &["old/libshop.so"]);
    }
    let header = HEADER
        .replace("int rate(int);", "int rate(int, int);")
        .replace("struct Tag { int place;", "struct Tag { int colour; int place;")
        .replace("virtual int price() const;", "virtual int colour() const; virtual int price() const;");
    fs::write(folder.path("shop.h"), header).expect("written");
    let source = SOURCE
        .replace("int rate(int x)", "int rate(int x, int)")
        .replace("int Base::price()", "int Base::colour() const { return 9; } int Base::price()");
    folder.build("new/libshop.so", &source, &["-Wl,-soname,libshop.so"]);
    folder
}

fn consumer<'r>(report: &'r Value, name: &str) -> &'r Value {
    let all = report["consumers"].as_array().expect("consumers");
    all.iter().find(|one| one["consumer"] == name).unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

#[test]
fn each_consumer_breaks_for_its_own_reason() {
    let folder = releases();
    let files = ["consumers", "old", "new", "calls.so", "derives.so", "spare.so", "inlines.so", "lost.so"];
    let output = folder.run(&[&files[..], &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let schema: Value = serde_json::from_str(abigate::report::CONSUMERS_SCHEMA).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");

    let calls = consumer(&report, "calls.so");
    assert_eq!(calls["effect"], "broken", "{calls:#}");
    let missing = &calls["missing_in_new"][0];
    assert_eq!(
        (&missing["name"], &missing["candidate"]),
        (&"_ZN4shop4rateEi".into(), &"_ZN4shop4rateEii".into())
    );
    assert_eq!(missing["rule"], "signature-changed");

    let derives = consumer(&report, "derives.so");
    assert_eq!(derives["effect"], "exposed", "{derives:#}");
    let exposure = &derives["exposures"][0];
    assert_eq!(
        (&exposure["rule"], &exposure["ways"][0]["how"]),
        (&"virtual-inserted".into(), &"derives".into())
    );
    assert_eq!(exposure["ways"][0]["class"], "mine::Own");

    let inlines = consumer(&report, "inlines.so");
    assert_eq!(inlines["effect"], "exposed", "{inlines:#}");
    let way = &inlines["exposures"][0]["ways"][0];
    assert_eq!((&way["how"], &way["class"]), (&"inline".into(), &"shop::Tag".into()), "{inlines:#}");

    let spare = consumer(&report, "spare.so");
    assert_eq!((&spare["effect"], &spare["exposures"]), (&"fine".into(), &Value::Array(Vec::new())));
    let lost = consumer(&report, "lost.so");
    assert_eq!(
        (&lost["effect"], &lost["missing_in_old"][0]["name"]),
        (&"never-loaded".into(), &"_ZN4shop5neverEv".into())
    );

    let told = text(&folder.run(&files));
    assert!(told.starts_with("BREAKS 1 of 5 consumers, and reaches 2 more"), "{told}");
    assert!(told.contains("lacks shop::rate(int)\n    has shop::rate(int, int)"), "{told}");
    assert!(told.contains("mine::Own derives from shop::Base"), "{told}");
    assert!(told.contains("it has its own code of shop::Tag::both() const"), "{told}");
    assert_eq!(folder.run(&["consumers", "old", "new", "spare.so"]).status.code(), Some(0));
    assert_eq!(folder.run(&["consumers", "old", "new"]).status.code(), Some(2));
}

/// A list stands in for the files that it was made of.
#[test]
fn a_list_says_the_same_as_the_file() {
    let folder = releases();
    for name in ["calls.so", "derives.so", "spare.so", "inlines.so"] {
        let output = folder.run(&["consumers", "export", name, "-o", "lists"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        let list =
            fs::read_dir(folder.path("lists")).expect("a directory").next().expect("a list").expect("a file");
        let list = list.path();
        assert!(list.metadata().expect("there").len() < 20_000);
        let of = |input: &str| {
            let output = folder.run(&["consumers", "old", "new", input, "--format", "json"]);
            let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            (output.status.code(), report["consumers"].clone())
        };
        assert_eq!(of(&list.display().to_string()), of(name), "{name}");
        fs::remove_file(list).expect("removed");
    }
}

#[test]
fn a_range_is_the_releases_with_which_a_consumer_loads() {
    let folder = releases();
    for (from, name) in [("old", "v1.0.0"), ("old", "v1.1.0"), ("new", "v2.0.0")] {
        let added = folder.run(&["baseline", "add", from, "--release", name]);
        assert_eq!(added.status.code(), Some(0), "{}", text(&added));
    }
    let output = folder.run(&["consumers", "--range", "calls.so", "spare.so", "lost.so"]);
    let told = text(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    let output = folder.run(&["consumers", "--range", "calls.so", "lost.so", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let schema: Value = serde_json::from_str(abigate::report::RANGES_SCHEMA).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(report["releases"], serde_json::json!(["v1.0.0", "v1.1.0", "v2.0.0"]));
    assert_eq!(consumer(&report, "calls.so")["last"], "v1.1.0");
    let row = |name: &str| told.lines().find(|line| line.starts_with(name)).expect("a row").to_owned();
    assert!(row("calls.so").ends_with("v1.0.0 to v1.1.0"), "{told}");
    assert!(row("spare.so").ends_with("v1.0.0 to v2.0.0"), "{told}");
    assert!(row("lost.so").ends_with("none of them"), "{told}");
    assert!(told.contains("calls.so after, v2.0.0: lacks shop::rate(int)"), "{told}");
    // What really happens: the real loader finds nothing missing where none is told to be.
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    for (release, loads) in [("old", true), ("new", false)] {
        let real = Command::new("/lib64/ld-linux-x86-64.so.2")
            .args(["--library-path", &folder.path(release).display().to_string()])
            .arg(folder.path("calls.so"))
            .envs([("LD_TRACE_LOADED_OBJECTS", "1"), ("LD_WARN", "yes"), ("LD_BIND_NOW", "yes")])
            .output()
            .expect("the loader runs");
        assert_eq!(!text(&real).contains("undefined symbol: _ZN4shop4rateEi"), loads, "{}", text(&real));
    }
}

/// The policy names consumers: a comparison says whom it breaks, what breaks them comes first, and what they import may be a
/// tier.
#[test]
fn a_comparison_says_whom_it_breaks() {
    let folder = releases();
    let lists = ["calls.so", "derives.so", "spare.so", "lost.so"];
    let exported = folder.run(&[&["consumers", "export"][..], &lists, &["-o", "lists"]].concat());
    assert_eq!(exported.status.code(), Some(0), "{}", text(&exported));
    let policy = "consumers: lists/*.abi.zst\ntiers:\n- {name: used, imported-by: 1, severity: breaking}\n\
                  - {name: public, severity: risky}\n";
    fs::write(folder.path("abigate.yaml"), policy).expect("written");
    let told = text(&folder.run(&["diff", "old", "new"]));
    assert!(told.contains("consumers: 1 of 3 that load with old breaks (calls.so)"), "{told}");
    assert!(told.contains("breaking changes reach 1 (derives.so)"), "{told}");
    assert!(told.contains("breaking  tier used  breaks 1 consumer"), "{told}");
    let output = folder.run(&["diff", "old", "new", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let schema: Value = serde_json::from_str(abigate::report::SCHEMA).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(report["consumers"]["broken"], serde_json::json!(["calls.so"]), "{report:#}");
    let findings = report["findings"].as_array().expect("findings");
    let rate = findings.iter().find(|finding| finding["rule"] == "signature-changed").expect("rate");
    assert_eq!((&rate["tier"], &rate["consumers"]["breaks"][0]), (&"used".into(), &"calls.so".into()));
    // A policy that promises nothing hides nothing that somebody breaks on.
    let hiding = "consumers: lists/*.abi.zst\ntiers:\n- {name: hidden, names: ['**'], severity: note}\n";
    fs::write(folder.path("abigate.yaml"), hiding).expect("written");
    let told = text(&folder.run(&["diff", "old", "new"]));
    assert!(told.contains("they break on: shop::rate(int) (1 consumer)"), "{told}");
    // Two versions of one project are one consumer.
    fs::write(folder.path("abigate.yaml"), policy.replace("imported-by: 1", "imported-by: 2"))
        .expect("written");
    let told = text(&folder.run(&["diff", "old", "new"]));
    assert!(!told.contains("tier used"), "{told}");
    // What is mistyped is told with its place.
    fs::write(folder.path("abigate.yaml"), "consumers: nowhere/*.zst\n").expect("written");
    let wrong = folder.run(&["diff", "old", "new"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong).contains("abigate.yaml:1:12: no file is called nowhere/*.zst"), "{}", text(&wrong));
    fs::write(folder.path("abigate.yaml"), "tiers:\n- {name: used, imported-by: 0}\n").expect("written");
    assert!(text(&folder.run(&["diff", "old", "new"])).contains("at least 0"));
}

/// A consumer needs a library of a package that is not here. That library may define anything, but not what is called as the
/// functions of the release are.
#[test]
fn what_is_called_as_the_release_calls_its_own_is_not_looked_for_elsewhere() {
    let folder = Folder(tempfile::tempdir().expect("a directory"));
    let c = |functions: &[&str]| {
        let text: Vec<String> = functions.iter().map(|name| format!("int {name}(){{return 1;}}")).collect();
        format!("extern \"C\" {{ {} }}", text.join(" "))
    };
    folder.build("old/libshop.so", &c(&["shop_open", "shop_close"]), &["-Wl,-soname,libshop.so"]);
    folder.build("new/libshop.so", &c(&["shop_open"]), &["-Wl,-soname,libshop.so"]);
    folder.build("far/libfar.so", &c(&["far_away"]), &["-Wl,-soname,libfar.so"]);
    let source = "extern \"C\" { int shop_open(); int shop_close(); int far_away(); }\n\
                  int use() { return shop_open() + shop_close() + far_away(); }\n";
    folder.build("mixed.so", source, &["old/libshop.so", "far/libfar.so"]);
    let output = folder.run(&["consumers", "old", "new", "mixed.so", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mixed = consumer(&report, "mixed.so");
    assert_eq!(mixed["effect"], "broken", "{mixed:#}");
    let missing: Vec<&Value> = mixed["missing_in_new"].as_array().expect("a list").iter().collect();
    assert_eq!(missing.iter().map(|one| &one["name"]).collect::<Vec<_>>(), ["shop_close"], "{mixed:#}");
}

/// The stored lists on the stored releases: a package loads with the release that it was published for.
#[test]
fn stored_consumers_load_with_the_release_of_their_day() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lists = ["torchvision-0.19.1", "torchvision-0.24.1", "torchvision-0.29.2", "torchrl-0.14.1"];
    let files = lists.map(|name| format!("baselines/consumers/{name}-linux-aarch64.abi.zst"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    command.args(["consumers", "--range", "--format", "json", "--store", "baselines"]).args(&files);
    let output = command.current_dir(root).output().expect("abigate runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let range = |name: &str| {
        let one = consumer(&report, name);
        [&one["first"], &one["last"]].map(|end| end.as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(range("torchvision 0.19.1"), ["v2.4.1", "v2.5.1"]);
    assert_eq!(range("torchvision 0.24.1"), ["v2.9.1", "v2.9.1"]);
    // It has gone over to the C shim.
    assert_eq!(range("torchvision 0.29.2"), ["v2.13.0", "v2.15.0"]);
    assert_eq!(range("torchrl 0.14.1"), ["v2.14.1", "v2.15.0"]);
}

/// Builds a C file as a library, an extension or a program.
fn c(folder: &Folder, name: &str, source: &str, flags: &[&str]) {
    let place = folder.path(name);
    fs::create_dir_all(place.parent().expect("a parent")).expect("a folder");
    fs::write(folder.path("source.c"), source).expect("written");
    let mut compiler = Command::new("gcc");
    compiler.args(["-g", "-O1", "-o"]).arg(&place).arg("source.c").args(flags).current_dir(folder.0.path());
    assert!(compiler.status().expect("gcc runs").success(), "{name}");
}

fn report(folder: &Folder, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = folder.run(&[&["consumers"], arguments, &["--format", "json"]].concat());
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    let schema: Value = serde_json::from_str(abigate::report::CONSUMERS_SCHEMA).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    assert!(validator.is_valid(&report), "{report:#}");
    (output.status.code(), report)
}

/// Programs are consumers as extensions are, whether they are loaded at a fixed address or not, by themselves and in a folder.
#[test]
fn programs_are_consumers() {
    let folder = Folder(tempfile::tempdir().expect("a folder"));
    let library = ["-shared", "-fPIC", "-Wl,-soname,libf.so.1"];
    c(&folder, "old/libf.so.1", "int data[4]; int f(void) { return 1; } int g(void) { return 2; }", &library);
    c(&folder, "new/libf.so.1", "int data[8]; int g(void) { return 2; }", &library);
    let uses = "int f(void); int main(void) { return f(); }";
    c(&folder, "bin/pie", uses, &["-fPIE", "-pie", "old/libf.so.1"]);
    c(&folder, "bin/fixed", uses, &["-fno-pie", "-no-pie", "old/libf.so.1"]);
    c(
        &folder,
        "copies",
        "extern int data[4]; int main(void) { return data[1]; }",
        &["-fno-pie", "-no-pie", "old/libf.so.1"],
    );
    c(&folder, "other", "int main(void) { return 0; }", &[]);
    for input in ["bin/pie", "bin/fixed", "bin"] {
        let (code, report) = report(&folder, &["old", "new", input]);
        let one = &report["consumers"][0];
        assert_eq!((code, &one["effect"]), (Some(1), &"broken".into()), "{input} {report:#}");
        assert_eq!(one["missing_in_new"][0]["name"], "f");
    }
    let (code, report) = report(&folder, &["old", "new", "copies"]);
    assert_eq!((code, &report["consumers"][0]["effect"]), (Some(1), &"exposed".into()), "{report:#}");
    // One that has nothing to do with the library.
    let unrelated = folder.run(&["consumers", "old", "new", "other"]);
    assert_eq!(unrelated.status.code(), Some(0));
    assert!(text(&unrelated).starts_with("NOT USED by this consumer"), "{}", text(&unrelated));
    assert!(text(&unrelated).contains("does not use it  other"), "{}", text(&unrelated));
    // What is none is named, and the others are looked at.
    fs::write(folder.path("notes.txt"), "words").expect("written");
    let with_others = folder.run(&["consumers", "old", "new", "bin/pie", "notes.txt"]);
    assert_eq!(with_others.status.code(), Some(1));
    assert!(text(&with_others).contains("skipped, no consumer: notes.txt"), "{}", text(&with_others));
    let alone = folder.run(&["consumers", "old", "new", "notes.txt"]);
    assert_eq!(alone.status.code(), Some(2));
    assert!(text(&alone).contains("a text file"), "{}", text(&alone));
}

#[test]
fn a_static_program_is_refused_with_the_reason() {
    let folder = Folder(tempfile::tempdir().expect("a folder"));
    c(&folder, "old/libf.so", "int f(void) { return 1; }", &["-shared", "-fPIC"]);
    for flags in
        [&["-static", "-nostdlib", "-Wl,-e,main"][..], &["-static-pie", "-fPIE", "-nostdlib", "-Wl,-e,main"]]
    {
        c(&folder, "alone", "int main(void) { for (;;) ; }", flags);
        let output = folder.run(&["consumers", "old", "old", "alone"]);
        assert_eq!(output.status.code(), Some(2), "{flags:?} {}", text(&output));
        assert!(text(&output).contains("a statically linked program"), "{flags:?} {}", text(&output));
    }
}

/// A library without SONAME is needed by the name of its file.
#[test]
fn a_library_without_soname_goes_by_its_file() {
    let folder = Folder(tempfile::tempdir().expect("a folder"));
    c(&folder, "old/libs.so", "int f(void) { return 1; } int g(void) { return 1; }", &["-shared", "-fPIC"]);
    c(&folder, "same/libs.so", "int f(void) { return 2; } int g(void) { return 1; }", &["-shared", "-fPIC"]);
    c(&folder, "less/libs.so", "int g(void) { return 1; }", &["-shared", "-fPIC"]);
    c(&folder, "moved/libt.so", "int f(void) { return 2; } int g(void) { return 1; }", &["-shared", "-fPIC"]);
    c(&folder, "app.so", "int f(void); int h(void) { return f(); }", &["-shared", "-fPIC", "-Lold", "-ls"]);
    for (new, effect, code) in [("same", "fine", 0), ("less", "broken", 1), ("moved", "broken", 1)] {
        for [old, new] in [
            ["old".to_owned(), new.to_owned()],
            ["old/libs.so".to_owned(), format!("{new}/lib{}.so", if new == "moved" { "t" } else { "s" })],
        ] {
            let (found, report) = report(&folder, &[&old, &new, "app.so"]);
            assert_eq!(
                (found, &report["consumers"][0]["effect"]),
                (Some(code), &effect.into()),
                "{new} {report:#}"
            );
        }
    }
}

/// A program that exports functions is the library of its plug-ins.
#[test]
fn a_program_is_the_library_of_its_plug_ins() {
    let folder = Folder(tempfile::tempdir().expect("a folder"));
    let host = |more: &str| {
        format!("int host_log(const char* s) {{ return *s; }} {more} int main(void) {{ return 0; }}")
    };
    for (name, more, flag) in [
        ("old/host", "int host_ask(void) { return 1; }", "-pie"),
        ("new/host", "", "-pie"),
        ("old/fixed", "int host_ask(void) { return 1; }", "-no-pie"),
        ("new/fixed", "", "-no-pie"),
    ] {
        c(
            &folder,
            name,
            &host(more),
            &["-rdynamic", if flag == "-pie" { "-fPIE" } else { "-fno-pie" }, flag],
        );
    }
    c(
        &folder,
        "plug.so",
        "int host_ask(void); int start(void) { return host_ask(); }",
        &["-shared", "-fPIC"],
    );
    c(
        &folder,
        "fine.so",
        "int host_log(const char*); int start(void) { return host_log(\"\"); }",
        &["-shared", "-fPIC"],
    );
    for name in ["host", "fixed"] {
        let [old, new] = ["old", "new"].map(|side| format!("{side}/{name}"));
        let diff = folder.run(&["diff", &old, &new]);
        assert_eq!(diff.status.code(), Some(1), "{}", text(&diff));
        assert!(
            text(&diff).contains("symbol-removed") && text(&diff).contains("host_ask"),
            "{}",
            text(&diff)
        );
        assert_eq!(folder.run(&["dump", &old]).status.code(), Some(0));
        assert_eq!(folder.run(&["check", &old]).status.code(), Some(0));
        let (code, report) = report(&folder, &[&old, &new, "plug.so", "fine.so"]);
        assert_eq!(code, Some(1));
        assert_eq!(consumer(&report, "plug.so")["effect"], "broken", "{report:#}");
        assert_eq!(consumer(&report, "fine.so")["effect"], "fine", "{report:#}");
    }
    // One that exports nothing is no library.
    c(&folder, "plain", "int main(void) { return 0; }", &[]);
    let plain = folder.run(&["diff", "plain", "plain"]);
    assert_eq!(plain.status.code(), Some(2), "{}", text(&plain));
    assert!(text(&plain).contains("a program that exports nothing"), "{}", text(&plain));
}

/// What the old release had and the new one has not breaks whoever imports it, whatever else was missing before and after.
#[test]
fn a_lost_symbol_breaks_whatever_else_is_missing() {
    let folder = Folder(tempfile::tempdir().expect("a folder"));
    let library = ["-shared", "-fPIC", "-Wl,-soname,libf.so.1"];
    c(&folder, "old/libf.so.1", "int f(void) { return 1; } int g(void) { return 2; }", &library);
    c(&folder, "new/libf.so.1", "int g(void) { return 2; }", &library);
    c(
        &folder,
        "far/libfar.so",
        "int far_away(void) { return 1; }",
        &["-shared", "-fPIC", "-Wl,-soname,libfar.so"],
    );
    let all = ["-shared", "-fPIC", "old/libf.so.1", "far/libfar.so"];
    c(
        &folder,
        "hurt.so",
        "int f(void); int far_away(void); int gone(void); int u(void) { return f() + far_away() + gone(); }",
        &all,
    );
    c(&folder, "well.so", "int g(void); int far_away(void); int u(void) { return g() + far_away(); }", &all);
    let (code, report) = report(&folder, &["old", "new", "hurt.so", "well.so"]);
    assert_eq!(code, Some(1), "{report:#}");
    let hurt = consumer(&report, "hurt.so");
    assert_eq!(hurt["effect"], "broken", "{hurt:#}");
    assert!(
        hurt["missing_in_new"].as_array().expect("a list").iter().any(|one| one["name"] == "f"),
        "{hurt:#}"
    );
    let well = consumer(&report, "well.so");
    assert_eq!(
        (&well["effect"], &well["not_looked_into"][0]),
        (&"fine".into(), &"libfar.so".into()),
        "{well:#}"
    );
}

/// Which changes reach a consumer, the facts of the functions and variables that it imports say: their parameters and
/// results, by value and behind pointers, what lies behind these, and virtual calls.
#[test]
fn what_a_consumer_imports_says_what_reaches_it() {
    let folder = Folder(tempfile::tempdir().expect("a folder"));
    let header = |more: &str, table: &str| {
        format!(
            "struct S {{ int a; {more} }}; struct Box {{ struct S* inner; }}; struct Other {{ int x; }};\n\
             #ifdef __cplusplus\nstruct Base {{ {table} virtual int ask(); }}; Base* make(); extern \"C\" {{\n#endif\n\
             int by_value(struct S); struct S give(void); int by_pointer(const struct S*); int boxed(struct Box*);\n\
             extern struct S thing; int other(struct Other*);\n\
             #ifdef __cplusplus\n}}\n#endif\n"
        )
    };
    let source = "#include \"s.h\"\nint Base::ask() { return 1; } Base* make() { return new Base; }\n\
                  int by_value(S s) { return s.a; } S give() { return S(); } int by_pointer(const S* s) { return s->a; }\n\
                  int boxed(Box* b) { return b->inner->a; } S thing; int other(Other* o) { return o->x; }\n";
    for (side, more, table) in [("old", "", ""), ("new", "long b, c, d;", "virtual int first();")] {
        fs::write(folder.path("s.h"), header(more, table)).expect("written");
        let source = if side == "new" {
            format!("{source}int Base::first() {{ return 0; }}\n")
        } else {
            source.to_owned()
        };
        folder.build(&format!("{side}/libs.so"), &source, &["-Wl,-soname,libs.so"]);
    }
    fs::write(folder.path("s.h"), header("", "")).expect("written");
    let uses = [
        ("by_value", "struct S s = {1}; return by_value(s);"),
        ("give", "return give().a;"),
        ("by_pointer", "struct S s = {1}; return by_pointer(&s);"),
        ("boxed", "struct S s = {1}; struct Box b = {&s}; return boxed(&b);"),
        ("thing", "return thing.a;"),
    ];
    for (name, body) in uses {
        let text = format!("#include \"s.h\"\nint use(void) {{ {body} }}\n");
        c(&folder, &format!("{name}.so"), &text, &["-I.", "-shared", "-fPIC", "old/libs.so"]);
        let (code, report) = report(&folder, &["old", "new", &format!("{name}.so")]);
        assert_eq!(code, Some(1), "{name} {report:#}");
        let one = &report["consumers"][0];
        assert_eq!(one["effect"], "exposed", "{name} {report:#}");
        assert_eq!(one["exposures"][0]["subject"], "S", "{name} {report:#}");
    }
    folder.build("calls.so", "#include \"s.h\"\nint use() { return make()->ask(); }\n", &["old/libs.so"]);
    let (code, virtuals) = report(&folder, &["old", "new", "calls.so"]);
    assert_eq!((code, &virtuals["consumers"][0]["effect"]), (Some(1), &"exposed".into()), "{virtuals:#}");
    c(
        &folder,
        "other.so",
        "#include \"s.h\"\nint use(struct Other* o) { return other(o); }\n",
        &["-I.", "-shared", "-fPIC", "old/libs.so"],
    );
    let (code, other) = report(&folder, &["old", "new", "other.so"]);
    assert_eq!((code, &other["consumers"][0]["effect"]), (Some(0), &"fine".into()), "{other:#}");
}

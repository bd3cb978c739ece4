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
    assert!(told.contains("breaking  used  breaks 1 consumer"), "{told}");
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
    // Two versions of one project are one consumer.
    fs::write(folder.path("abigate.yaml"), policy.replace("imported-by: 1", "imported-by: 2"))
        .expect("written");
    let told = text(&folder.run(&["diff", "old", "new"]));
    assert!(!told.contains("breaking  used"), "{told}");
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

//! What a policy does, from the outside: on libraries that the compiler makes, and on the stored releases.

use std::fs;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::scratch::Scratch;

struct Folder(Scratch);

impl Deref for Folder {
    type Target = Scratch;

    fn deref(&self) -> &Scratch {
        &self.0
    }
}

impl Folder {
    fn new() -> Folder {
        Folder(Scratch::new())
    }

    /// Builds `NAME/libpair.so` from C++.
    fn build(&self, name: &str, source: &str, flags: &[&str]) {
        self.write(&format!("{name}/source.cc"), source);
        let mut compiler = Command::new("g++");
        compiler.args(["-std=c++17", "-shared", "-fPIC", "-O1", "-Wl,-soname,libpair.so", "-I."]);
        compiler.args(flags).arg("-o").arg(self.path(&format!("{name}/libpair.so")));
        compiler.arg(format!("{name}/source.cc")).current_dir(self.root());
        assert!(compiler.status().expect("g++ runs").success());
        fs::remove_file(self.path(&format!("{name}/source.cc"))).expect("it was there");
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        self.run_in("", arguments)
    }

    fn run_in(&self, inner: &str, arguments: &[&str]) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
        command.args(arguments).current_dir(self.path(inner)).env_remove("ABIGATE_STORE");
        Answer::new(command.output().expect("abigate runs"))
    }
}

struct Answer {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Answer {
    fn new(output: Output) -> Answer {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Answer { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    #[track_caller]
    fn expect(self, code: i32, parts: &[&str]) -> Answer {
        let all = format!("stdout:\n{}\nstderr:\n{}", self.out, self.err);
        assert_eq!(self.code, Some(code), "{all}");
        for part in parts {
            assert!(all.contains(part), "{part:?} is not in\n{all}");
        }
        self
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).expect("JSON")
    }
}

const BOTH: &str = "namespace a { void kept() {} void gone() {} }\n";
const ONE: &str = "namespace a { void kept() {} }\n";

/// Two builds, the second without `a::gone()`.
fn pair() -> Folder {
    let folder = Folder::new();
    folder.build("old", BOTH, &[]);
    folder.build("new", ONE, &[]);
    folder
}

#[test]
fn tiers_by_name_decide_what_stops() {
    let folder = pair();
    folder.run(&["diff", "old", "new"]).expect(1, &["BREAKING"]);
    folder.write("abigate.yaml", "tiers:\n  - {name: inner, names: 'a::g*', severity: note}\n");
    folder
        .run(&["diff", "old", "new"])
        .expect(0, &["COMPATIBLE", "inner: symbol-removed", "policy: abigate.yaml"]);
    folder.write("abigate.yaml", "tiers:\n  - {name: inner, names: 'a::k*', severity: note}\n");
    folder.run(&["diff", "old", "new"]).expect(1, &["BREAKING"]);
    folder.write("abigate.yaml", "tiers:\n  - {name: inner, names: 'a::*', severity: ignore}\n");
    let ignored = folder.run(&["diff", "old", "new", "--format", "json"]).expect(0, &[]).json();
    assert_eq!((&ignored["policy"]["ignored"], &ignored["findings"]), (&1.into(), &Value::Array(Vec::new())));
}

#[test]
fn tiers_by_header_go_by_debug_info() {
    let folder = Folder::new();
    folder.write("include/api/a.h", "namespace a { struct P { int x; int f() const; }; }\n");
    folder.write("include/inner/b.h", "namespace b { struct Q { int x; int g() const; }; }\n");
    let includes = "#include \"include/api/a.h\"\n#include \"include/inner/b.h\"\n";
    let a = "int a::P::f() const { return x; }\n";
    let b = "int b::Q::g() const { return x; }\n";
    folder.build("old", &format!("{includes}{a}{b}"), &["-g"]);
    folder.build("no-b", &format!("{includes}{a}"), &["-g"]);
    folder.build("no-a", &format!("{includes}{b}"), &["-g"]);
    folder.write("include/inner/b.h", "namespace b { struct Q { long y; int x; int g() const; }; }\n");
    folder.build("other-b", &format!("{includes}{a}{b}"), &["-g"]);
    folder.write("abigate.yaml", "tiers:\n  - {name: inner, headers: 'inner/**', severity: note}\n");
    folder.run(&["diff", "old", "no-b"]).expect(0, &["inner: "]);
    folder.run(&["diff", "old", "no-a"]).expect(1, &["a::P"]);
    // A type is in the tier of its header as well.
    let types =
        folder.run(&["diff", "old", "other-b", "--format", "json"]).expect(0, &["type-size-changed"]).json();
    let findings = types["findings"].as_array().expect("findings");
    assert!(findings.iter().all(|f| f["tier"] == "inner" || f["severity"] == "compatible"), "{findings:#?}");
}

#[test]
fn tiers_by_list_by_import_and_by_library() {
    let folder = pair();
    folder.write("lists/names.txt", "# promised\na::kept: V1\n");
    folder.write("lists/imports.txt", "U _ZN1a4goneEv\n");
    let public = "  - {name: public, severity: note}\n";
    folder.write("abigate.yaml", &format!("tiers:\n  - {{name: used, listed: lists/names.txt}}\n{public}"));
    folder.run(&["diff", "old", "new"]).expect(0, &[]);
    folder
        .write("abigate.yaml", &format!("tiers:\n  - {{name: used, imports: lists/imports.txt}}\n{public}"));
    folder.run(&["diff", "old", "new"]).expect(1, &["symbol-removed  ×1  breaking  tier used"]);
    // Paths are those of the file, not of whoever runs the program.
    fs::create_dir(folder.path(".git")).expect("a directory");
    folder.run_in("lists", &["diff", "../old", "../new"]).expect(1, &["used"]);
    folder.write("abigate.yaml", "tiers:\n  - {name: inner, libraries: 'libpair.*', severity: note}\n");
    folder.run(&["diff", "old", "new"]).expect(0, &["inner: symbol-removed"]);
    folder.write("abigate.yaml", "tiers:\n  - {name: used, imports: nowhere.txt}\n");
    folder.run(&["diff", "old", "new"]).expect(2, &["abigate.yaml:2:27: nowhere.txt: No such file"]);
}

#[test]
fn the_profile_follows_from_the_names_or_is_said() {
    let folder = pair();
    for (release, build) in [("v1.0.0", "old"), ("v1.0.1", "new"), ("v1.1.0", "new")] {
        folder.run(&["baseline", "add", build, "--release", release]).expect(0, &[]);
    }
    folder.write(
        "abigate.yaml",
        "build: new\ntiers:\n  - {name: public, severity: {minor: risky, trunk: note}}\n",
    );
    folder.run(&["diff", "v1.0.0", "v1.0.1"]).expect(1, &["profile patch", "1 breaking"]);
    folder.run(&["diff", "v1.0.0", "v1.1.0"]).expect(0, &["profile minor", "1 risky"]);
    folder.run(&["diff", "v1.0.0", "v1.1.0", "--fail-on", "risky"]).expect(1, &[]);
    folder.run(&["diff", "v1.0.0", "HEAD"]).expect(0, &["profile trunk"]);
    folder.run(&["diff", "v1.0.0", "HEAD", "--profile", "patch"]).expect(1, &["profile patch"]);
    folder.run(&["diff", "old", "new", "--profile", "pach"]).expect(2, &["patch"]);
}

#[test]
fn waivers_from_writing_them_to_their_end() {
    let folder = pair();
    let written = folder.run(&["diff", "old", "new", "--write-waivers=nobody calls it"]).expect(0, &[]);
    assert!(
        written.out.contains("# a::gone()") && written.out.contains("name: _ZN1a4goneEv"),
        "{}",
        written.out
    );
    folder.write("abigate.yaml", &written.out);
    folder
        .run(&["diff", "old", "new"])
        .expect(0, &["PASSES", "no changes that count, 1 waived", "waived: symbol-removed"]);
    folder.run(&["diff", "old", "new", "--full"]).expect(0, &["waived: nobody calls it"]);
    let report = folder.run(&["diff", "old", "new", "--format", "json"]).expect(0, &[]).json();
    let finding = &report["findings"][0];
    assert_eq!(
        (&finding["severity"], &finding["waived"]["reason"]),
        (&"breaking".into(), &"nobody calls it".into())
    );
    assert_eq!((&report["summary"]["waived"], &report["summary"]["breaking"]), (&1.into(), &0.into()));
    folder.run(&["diff", "old", "new", "--write-waivers"]).expect(0, &["there is nothing to waive"]);

    let waiver =
        "waivers:\n  - {rule: symbol-removed, name: 'a::gone', reason: x, by: ada, until: 2027-01-31}\n";
    folder.write("abigate.yaml", waiver);
    folder.run(&["diff", "old", "new", "--today", "2027-01-31"]).expect(0, &["1 waived"]);
    folder
        .run(&["diff", "old", "new", "--today", "2027-02-01"])
        .expect(1, &["abigate.yaml:2: the waiver of symbol-removed a::gone ended on 2027-01-31 and"]);
    folder
        .run(&["diff", "old", "old"])
        .expect(0, &["abigate.yaml:2: the waiver of symbol-removed a::gone matches nothing"]);
    folder.write("abigate.yaml", &waiver.replace("symbol-removed", "symbol-moved"));
    folder.run(&["diff", "old", "new"]).expect(1, &["BREAKING", "matches nothing"]);
}

#[test]
fn no_waiver_in_a_tier_that_has_none() {
    let folder = pair();
    let policy = "tiers:\n  - {name: stable, names: 'a::**', waivers: never}\n\
                  waivers:\n  - {rule: symbol-removed, name: 'a::gone', reason: x}\n";
    folder.write("abigate.yaml", policy);
    let answer =
        folder.run(&["diff", "old", "new"]).expect(2, &["abigate.yaml:4:5: ", "tier stable", "a::gone()"]);
    assert_eq!((&*answer.out, answer.err.lines().count()), ("", 1));
}

/// A waiver is a decision about a change that was made; the gate is as awake with it as without.
#[test]
fn selftest_obeys_tiers_and_no_waiver() {
    let folder = pair();
    let trial = |policy: &str| {
        folder.write("abigate.yaml", policy);
        let report = folder.run(&["selftest", "old", "--format", "json"]).expect(0, &[]);
        report.out
    };
    let bare = trial("");
    let tier = "tiers:\n  - {name: stable, names: 'a::**', waivers: never}\n";
    let waived = trial(&format!("{tier}waivers:\n  - {{rule: symbol-removed, reason: x}}\n"));
    assert_eq!(bare, waived);
    assert_ne!(bare, trial("tiers:\n  - {name: inner, names: 'a::**', severity: note}\n"));
}

#[test]
fn evidence_that_is_required() {
    let folder = Folder::new();
    for (name, flag) in [("old", "-g"), ("new", "-g"), ("bare", "-g0")] {
        folder.build(name, "struct A { int x; };\nint f(A a) { return a.x; }\n", &[flag]);
    }
    let types = ["--require-evidence", "types"];
    let diff = |old: &str, new: &str, more: &[&str]| folder.run(&[&["diff", old, new], more].concat());
    diff("old", "new", &types).expect(0, &[]);
    diff("bare", "new", &[]).expect(0, &[]);
    let reason = "cannot certify: types are required, and libpair.so of bare has no debug info";
    let answer = diff("bare", "new", &types).expect(3, &["INCONCLUSIVE", reason]);
    assert_eq!(answer.out.matches("cannot certify: ").count(), 1, "{}", answer.out);
    let report =
        diff("bare", "bare", &["--require-evidence=types", "--format", "json"]).expect(3, &[]).json();
    assert_eq!(report["evidence"]["unmet"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["verdict"], "cannot-certify");
    diff("bare", "new", &["--require-evidence", "types", "--fail-on", "never"]).expect(0, &[]);
    diff("bare", "new", &["--require-evidence", "vtables"]).expect(0, &[]);
    folder.write("abigate.yaml", "require: [types]\n");
    diff("old", "new", &[]).expect(0, &[]);
    diff("bare", "new", &[]).expect(3, &[reason]);
    folder.write("abigate.yaml", "require: {types: libother.so}\n");
    diff("old", "new", &[]).expect(3, &["libother.so, and neither release has it"]);
}

#[test]
fn what_is_forbidden_required_registered_and_too_large() {
    let folder = Folder::new();
    folder.build(
        "old",
        "inline int leaf() { return 1; }\nint (*p())() { return leaf; }\nint small[10];\n",
        &[],
    );
    folder.build(
        "new",
        "int (*p())() { return 0; }\nint small[10];\nint big[10000];\nextern \"C\" void shim_new() {}\n",
        &[],
    );
    folder.write("shims.txt", "shim_old: V1\n");
    let with = |policy: &str| {
        folder.write("abigate.yaml", policy);
        folder.run(&["diff", "old", "new"])
    };
    with("").expect(0, &["weak-symbol-removed"]);
    with("required: leaf\n").expect(1, &["symbol-removed  ×1  breaking", "the policy requires it"]);
    with("forbidden: [big, 'shim_*']\n").expect(1, &["forbidden-export  ×1  breaking  2 symbols"]);
    with("forbidden: 'small'\n").expect(0, &[]);
    with("budgets:\n  - {library: 'libpair*', of: .bss, growth: 10 KiB}\n")
        .expect(0, &["size-budget-exceeded  ×1  risky", ".bss: it may grow by 10.00 KiB"]);
    with("budgets:\n  - {library: 'libpair*', of: .bss, growth: 100 KiB}\n")
        .expect(0, &["RISKY", "1 risky, 1 compatible"]);
    let stable = "tiers:\n  - {name: stable, c-names: 'shim_*', listed: shims.txt, additions: registered}\n";
    with(stable).expect(1, &["symbol-added  ×1  breaking by policy  tier stable", "not registered"]);
    folder.write("shims.txt", "shim_old: V1\nshim_new: V2\n");
    with(stable).expect(0, &["RISKY"]);
}

#[test]
fn checking_a_policy() {
    let folder = pair();
    folder.run(&["policy", "check"]).expect(2, &["there is no abigate.yaml here or above"]);
    let with = |policy: &str, arguments: &[&str]| {
        folder.write("abigate.yaml", policy);
        folder.run(&[&["policy", "check"], arguments].concat())
    };
    with("tiers:\n  - {name: x, names: 'a<'}\n", &[]).expect(2, &["abigate.yaml:2:22: unbalanced <"]);
    with("teirs: []\n", &[]).expect(2, &["abigate.yaml:1:1: unknown key \"teirs\"; did you mean tiers?"]);
    with("store: x\n", &[]).expect(0, &["no policy"]);
    let sound = "required: [a::kept]\ntiers:\n  - {name: stable, names: [a::kept, a::never]}\n";
    with(sound, &[]).expect(0, &["abigate.yaml: 1 tier, 1 required symbol"]);
    let counted =
        with(sound, &["old"]).expect(0, &["libpair.so  2 symbols", "in no tier of the policy: 1 symbol"]);
    assert!(
        counted.out.contains("abigate.yaml:3: a::never of tier stable matches nothing"),
        "{}",
        counted.out
    );
    assert!(
        counted.out.lines().any(|line| line.split_whitespace().take(2).eq(["stable", "1"])),
        "{}",
        counted.out
    );
    assert!(!counted.out.contains("a::gone"));
    with(sound, &["old", "--unmatched"]).expect(0, &["_ZN1a4goneEv  a::gone()"]);
    with("required: [a::lost]\n", &["old"])
        .expect(1, &["abigate.yaml:1: required, and no library exports it: a::lost"]);
    with(sound, &["--unmatched"]).expect(2, &["--releases"]);
}

/// What a list says of a name's first release is held against all stored ones, and so is every pattern.
#[test]
fn a_policy_is_held_against_all_stored_releases() {
    let folder = pair();
    folder.build(
        "later",
        "namespace a { void kept() {} } extern \"C\" { void s_new() {} void s_odd() {} }\n",
        &[],
    );
    let check = |arguments: &[&str]| folder.run(&[&["policy", "check"], arguments].concat());
    let policy = "required: [a::kept]\ntiers:\n- {name: stable, c-names: s_*, names: a::never*, listed: shims.txt}\n\
                  - {name: public, names: a::k*}\n";
    folder.write("abigate.yaml", policy);
    folder.write("shims.txt", "s_new: V_1_2_0\n");
    check(&["--releases"]).expect(2, &["no release is stored in"]);
    for (from, name) in [("old", "v1.0.0"), ("new", "v1.1.0"), ("later", "v1.2.0"), ("new", "0123456")] {
        folder.run(&["baseline", "add", from, "--release", name]).expect(0, &[]);
    }
    let told = check(&["--releases"]).expect(
        0,
        &[
            "1 name with a version: no stored release",
            "a::never* of tier stable matches nothing in any stored",
        ],
    );
    let row = |name: &str| {
        let line = told.out.lines().find(|line| line.starts_with(name)).expect("a row");
        line.split_whitespace().skip(2).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(row("v1.0.0"), ["2", "0", "2", "0", "0", "0", "1", "50.0", "%"]);
    assert_eq!(row("v1.2.0"), ["3", "2", "1", "0", "0", "0", "0", "0.0", "%"]);
    check(&["--releases", "--unmatched"]).expect(0, &["v1.0.0", "_ZN1a4goneEv  a::gone()"]);
    folder.write("shims.txt", "s_odd: V_1_1_0\ns_new: V_1_3_0\n");
    check(&["--releases"]).expect(
        1,
        &[
            "shims.txt:1: s_odd is of V_1_1_0, and v1.1.0 does not export it, only v1.2.0 does",
            "shims.txt:2: s_new is of V_1_3_0, and v1.2.0 exports it already",
        ],
    );
    // What the newest release lacks is missing; what only older ones lack came later.
    folder.write("shims.txt", "");
    folder.write("abigate.yaml", &policy.replace("[a::kept]", "[s_new]"));
    check(&["--releases"]).expect(1, &["no library of 0123456 exports it: s_new"]);
    check(&["--releases", "--platform", "linux-s390x"]).expect(2, &["no release is stored for linux-s390x"]);
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The policies that are shown and shipped are valid: for editors and for the program.
#[test]
fn the_examples_are_policies() {
    let folder = Folder::new();
    let schema: Value =
        serde_json::from_str(&folder.run(&["policy", "schema"]).expect(0, &[]).out).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let page = fs::read_to_string(root().join("src/guide/tiers.md")).expect("readable");
    let block = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let pytorch = fs::read_to_string(root().join("ci/pytorch.abigate.yaml")).expect("readable");
    for (name, text) in [("tiers.md", block), ("pytorch.abigate.yaml", &pytorch)] {
        let value: Value = serde_yaml::from_str(text).expect(name);
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
    folder.write("abigate.yaml", block);
    folder.write("shims.txt", "engine_open: V1\n");
    let list = "torchrl-0.14.1-linux-aarch64.abi.zst";
    fs::create_dir(folder.path("lists")).expect("a directory");
    fs::copy(root().join("baselines/consumers").join(list), folder.path("lists").join(list)).expect("copied");
    folder.run(&["policy", "check"]).expect(0, &["4 tiers"]);
}

/// The policy of the first user, on its releases: minor releases may break what is not stable, patches may not.
#[test]
fn the_policy_of_pytorch() {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
        command.args(["--config", "ci/pytorch.abigate.yaml"]).args(arguments);
        let output =
            command.args(["--platform", "linux-aarch64"]).current_dir(root()).env_remove("ABIGATE_STORE");
        Answer::new(output.output().expect("abigate runs"))
    };
    let check = run(&["policy", "check", "v2.9"]).expect(0, &[]);
    let cpu =
        check.out.split("libtorch_cpu.so  ").nth(1).expect("it is there").lines().nth(1).expect("a tier");
    // As many as the C shim of that release exports.
    assert_eq!(cpu.split_whitespace().take(2).collect::<Vec<_>>(), ["stable", "312"], "{}", check.out);
    run(&["diff", "v2.9", "v2.10"]).expect(0, &["profile minor"]);
    run(&["diff", "v2.9", "v2.10", "--profile", "patch"]).expect(1, &["BREAKING", "emitted"]);
    // A shim changed its name there.
    let report = run(&["diff", "v2.4", "v2.5", "--format", "json"]);
    let report = report.json();
    let stable: Vec<&Value> =
        report["findings"].as_array().expect("findings").iter().filter(|f| f["tier"] == "stable").collect();
    assert!(!stable.is_empty());
}

/// What editors say of a fingerprint is what the program says of it.
#[test]
fn editors_and_the_program_refuse_the_same_fingerprints() {
    let folder = Folder::new();
    let schema: Value = serde_json::from_str(abigate::policy::SCHEMA).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    for (print, is_one) in [
        ("0123456789abcdef", true),
        ("1234567890123456", true),
        ("0123456789ab", false),
        ("123456789012", false),
        ("0123456789abcdefa", false),
        ("12", false),
    ] {
        let text = format!("waivers:\n- {{rule: symbol-removed, old: {print}, reason: a test}}\n");
        let value: Value = serde_yaml::from_str(&text).expect("YAML");
        assert_eq!(validator.is_valid(&value), is_one, "{print}");
        folder.write("abigate.yaml", &text);
        let parts = if is_one { &[][..] } else { &["16 hexadecimal digits"] };
        folder.run(&["policy", "check"]).expect(if is_one { 0 } else { 2 }, parts);
    }
}

/// A name can be copied from a report, with its parameters.
#[test]
fn waivers_match_names_as_they_are_printed() {
    let folder = pair();
    folder.write("abigate.yaml", "waivers:\n- {rule: symbol-removed, name: \"a::gone()\", reason: agreed}\n");
    folder.run(&["diff", "old", "new"]).expect(0, &["PASSES", "1 waived"]);
    for (name, wanted) in [("a::gone(int)", 1), ("a::go\u{2026}ne()", 2)] {
        let waiver = format!("waivers:\n- {{rule: symbol-removed, name: \"{name}\", reason: agreed}}\n");
        folder.write("abigate.yaml", &waiver);
        folder.run(&["diff", "old", "new"]).expect(wanted, &[]);
    }
}

/// Waivers for everything between two real releases load back and leave nothing.
#[test]
fn waivers_of_a_real_release_load_back() {
    let folder = Folder::new();
    let store = root().join("baselines");
    let store = ["--store", store.to_str().expect("UTF-8")];
    let diff = ["diff", "v2.8", "v2.9", "--platform", "linux-aarch64", "--fail-on", "risky"];
    let written = folder.run(&[&store[..], &diff, &["--write-waivers=x"]].concat()).expect(0, &[]);
    folder.write("abigate.yaml", &written.out);
    let waived = folder.run(&[&store[..], &diff].concat()).expect(0, &["PASSES"]);
    assert!(!waived.out.contains("matches nothing"), "{}", waived.out);
}

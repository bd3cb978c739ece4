//! What somebody meets who tries the program for the first time: first steps, options, names, and what a gate says then.

use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::scratch::Scratch;

const SOURCE: &str = "namespace shop { struct Cart { int n; }; int rate(Cart* c) { return c->n; } int total() { return 2; } }\n";
/// A larger class.
const LARGER: &str = "namespace shop { struct Cart { int n; long m; }; int rate(Cart* c) { return c->n; } int total() { return 2; } }\n";
/// Without `total`.
const LESS: &str = "namespace shop { struct Cart { int n; }; int rate(Cart* c) { return c->n; } }\n";

struct Place(Scratch);

impl Deref for Place {
    type Target = Scratch;

    fn deref(&self) -> &Scratch {
        &self.0
    }
}

impl Place {
    fn new() -> Place {
        Place(Scratch::new())
    }

    /// Builds a library, with debug info or without.
    fn build(&self, library: &str, source: &str, flags: &[&str]) {
        let path = self.path(library);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        let source_file = self.path("made.cc");
        fs::write(&source_file, source).expect("written");
        let mut compiler = Command::new("g++");
        compiler.args(["-shared", "-fPIC", "-o"]).arg(&path).arg(&source_file).args(flags);
        assert!(compiler.status().expect("g++ runs").success());
        fs::remove_file(source_file).expect("removed");
    }

    fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]).args(arguments);
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            git.env_remove(name);
        }
        let output = git.current_dir(self.root()).output().expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", text(&output));
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.run_in("", arguments)
    }

    fn run_in(&self, directory: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
        command.args(arguments).current_dir(self.path(directory));
        for name in ["ABIGATE_STORE", "GITHUB_ACTIONS", "GITHUB_TOKEN", "CI_MERGE_REQUEST_LABELS"] {
            command.env_remove(name);
        }
        command.output().expect("abigate runs")
    }

    /// What it says, where it ends as it should.
    #[track_caller]
    fn said(&self, arguments: &[&str], exit: i32) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {}", text(&output));
        text(&output)
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const SONAME: &str = "-Wl,-soname,libshop.so.1";

/// `A/libshop.so` and what became of it, with debug info.
fn pair(source: &str) -> Place {
    let place = Place::new();
    place.build("A/libshop.so", SOURCE, &["-g", SONAME]);
    place.build("B/libshop.so", source, &["-g", SONAME]);
    place
}

/// The commands that nobody finds by guessing are listed, and short help fits a screen.
#[test]
fn help_is_found_and_short() {
    let place = Place::new();
    let short = place.said(&["-h"], 0);
    for command in ["help", "completions", "man", "init", "gate", "diff"] {
        assert!(short.lines().any(|line| line.trim_start().starts_with(&format!("{command} "))), "{short}");
    }
    // A terminal of usual height on a usual screen.
    const SCREEN: usize = 40;
    assert!(short.lines().count() <= SCREEN, "{short}");
    for line in short.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1) {
        let Some(command) = line.strip_prefix("  ").and_then(|line| line.split_whitespace().next()) else {
            break;
        };
        let help = place.said(&[command, "-h"], 0);
        assert!(help.lines().count() <= SCREEN, "{help}");
    }
    assert!(place.said(&["help"], 0).contains("abigate help TOPIC"));
    assert!(place.said(&["help", "gate"], 0).contains("Usage: abigate gate"));
    let first = place.said(&[], 2);
    assert!(first.contains("abigate init") && first.contains("abigate diff OLD NEW"), "{first}");
}

/// Options that would be obeyed by halves are errors, and all commands with a verdict take the same ones.
#[test]
fn options_are_taken_or_refused() {
    let place = pair(LARGER);
    for (wrong, wanted) in [
        (&["-o", "x.pdf"][..], "x.pdf: no format is known by this extension"),
        (&["-o", "x"], "x: no format is known by this extension"),
        (
            &["--format", "json", "--format", "html", "-o", "x.html"],
            "--format json has no --output of its own",
        ),
        (&["--fail-on", "sometimes"], "possible values: breaking, risky, source, never"),
    ] {
        let said = place.said(&[&["diff", "A", "B"], wrong].concat(), 2);
        assert!(said.contains(wanted), "{said}");
        assert!(!place.path("x.html").exists());
    }
    place.said(&["diff", "A", "B", "--fail-on", "source"], 1);
    // Another name of a member: programs do not compile, and those that were compiled go on.
    let renamed = pair(&SOURCE.replace("int n;", "int m;").replace("c->n", "c->m"));
    let said = renamed.said(&["diff", "A", "B"], 0);
    assert!(said.starts_with("SOURCE-BREAKING  A → B"), "{said}");
    renamed.said(&["diff", "A", "B", "--fail-on", "risky"], 0);
    renamed.said(&["diff", "A", "B", "--fail-on", "source"], 1);
    let bare = Place::new();
    bare.build("A/libshop.so", SOURCE, &[SONAME]);
    bare.write("abigate.yaml", "build: A\n");
    bare.said(&["baseline", "add", "A", "--release", "v1.0.0"], 0);
    bare.said(&["gate"], 0);
    let said = bare.said(&["gate", "--require-evidence", "types"], 3);
    assert!(said.contains("INCONCLUSIVE") && said.contains("types are required"), "{said}");
    bare.said(&["gate", "--require-evidence", "vtables"], 0);
}

/// Nothing but the answer, and nothing at all where everything was said by the exit code.
#[test]
fn quiet_is_quiet() {
    let place = pair(LARGER);
    let loud = place.run(&["diff", "A", "A"]);
    assert!(text(&loud).contains("abigate init"), "{}", text(&loud));
    let quiet = place.run(&["-q", "diff", "A", "A"]);
    assert!(quiet.stderr.is_empty() && !out(&quiet).contains("abigate init"), "{}", text(&quiet));
    assert!(out(&quiet).starts_with("COMPATIBLE"), "{}", out(&quiet));
    place.build("bare/libshop.so", SOURCE, &[SONAME]);
    // Warned of without -q.
    let added = place.run(&["-q", "baseline", "add", "bare", "--release", "v1.0.0"]);
    assert_eq!((added.status.code(), &*text(&added)), (Some(0), ""));
    let errors = place.run(&["-q", "diff", "A", "nowhere"]);
    assert!(text(&errors).contains("nowhere"), "{}", text(&errors));
}

/// What was compared stands in the first line.
#[test]
fn the_first_line_says_what_was_compared() {
    let place = pair(LARGER);
    for side in ["A", "B"] {
        let source = if side == "A" { SOURCE } else { LARGER };
        place.build(&format!("{side}n/libshop.so"), source, &[SONAME]);
    }
    let head = |arguments: &[&str], exit: i32| -> String {
        let said = place.said(&[&["diff"], arguments].concat(), exit);
        said.split("\n\n").next().unwrap_or_default().replace('\n', " ")
    };
    // Neither side knows types, or one does not.
    for (old, new, missing) in [("An", "Bn", "either"), ("An", "B", "An")] {
        let said = head(&[old, new], 0);
        assert!(said.contains(&format!("types not compared: no debug info in {missing}")), "{said}");
    }
    // What the old side knew is missed.
    let lost = head(&["A", "Bn"], 3);
    assert!(lost.starts_with("INCONCLUSIVE"), "{lost}");
    // What may break is no compatible release, and the same build is no new one.
    let risky = head(&["A", "B"], 0);
    assert!(risky.starts_with("RISKY  A → B"), "{risky}");
    fs::create_dir(place.path("C")).expect("a directory");
    fs::copy(place.path("A/libshop.so"), place.path("C/libshop.so")).expect("copied");
    let same = head(&["A", "C"], 0);
    assert!(same.starts_with("COMPATIBLE  A → C (linux-x86_64): no changes, the same build"), "{same}");
    assert!(same.contains("owes a PATCH release"), "{same}");
}

/// Names of releases as projects have them, and none that means something else.
#[test]
fn releases_are_named_as_tags_are() {
    let place = pair(LARGER);
    place.write("abigate.yaml", "build: B\n");
    let names = ["release-0.6.3", "yaml-cpp-0.7.0", "v1", "R_1_2_3", "boost-1.84.0", "2024.1"];
    for name in names {
        place.said(&["-q", "baseline", "add", "A", "--release", name], 0);
        // The newest of them, whatever the others are called.
        let gate = place.said(&["gate"], 0);
        assert!(gate.contains(&format!("{name} → HEAD")), "{gate}");
    }
    for (name, why) in [
        ("HEAD", "always means something else"),
        ("head", "always means something else"),
        ("latest", "always means something else"),
        ("../v1", "cannot be a release"),
        ("a/v1", "cannot be a release"),
        ("V1", "differ only in case"),
        ("CON", "Windows keeps that name for a device"),
        ("aux.1", "Windows keeps that name for a device"),
        ("v2.0.", "ends in a dot"),
        ("v2.lock", "ends in .lock"),
        ("v1..v2", "a range of commits"),
        ("", "cannot be a release"),
    ] {
        let said = place.said(&["baseline", "add", "A", "--release", name], 2);
        assert!(said.contains(why), "{name}: {said}");
    }
    assert_eq!(fs::read_dir(place.path("baselines")).expect("a store").count(), names.len());
    // What has no order is told, and the gate says what it misses.
    let other = pair(LARGER);
    other.write("abigate.yaml", "build: B\n");
    let said = other.said(&["baseline", "add", "A", "--release", "nightly"], 0);
    assert!(said.contains("no version and no commit"), "{said}");
    let said = other.said(&["gate"], 2);
    assert!(said.contains("under a name that is a version: --base names another one"), "{said}");
    other.said(&["gate", "--base", "nightly"], 0);
}

/// A store whose list says something else than what lies there is no base, when it is loaded as when it is verified.
#[test]
fn a_store_that_differs_from_its_list_is_an_error() {
    let place = pair(LARGER);
    place.build("A/libother.so", "int other() { return 1; }\n", &["-g", "-Wl,-soname,libother.so.1"]);
    place.said(&["-q", "baseline", "add", "A", "--release", "v1.0.0"], 0);
    let directory = place.path("baselines/v1.0.0/linux-x86_64");
    let list = fs::read_to_string(directory.join("SHA256SUMS")).expect("a list");
    let one: String = list.lines().skip(1).map(|line| format!("{line}\n")).collect();
    for damaged in
        ["", &one, &list.replace('a', "b"), &format!("{list}{}  libmore.so.abi.zst\n", "0".repeat(64))]
    {
        fs::write(directory.join("SHA256SUMS"), damaged).expect("written");
        for arguments in [&["diff", "v1.0.0", "B"][..], &["baseline", "verify"], &["show", "v1.0.0"]] {
            let said = place.said(arguments, 2);
            assert!(said.contains("SHA256SUMS") || said.contains("libmore.so"), "{arguments:?}: {said}");
        }
    }
    fs::write(directory.join("SHA256SUMS"), list).expect("written");
    fs::remove_file(directory.join("libother.so.abi.zst")).expect("removed");
    place.said(&["diff", "v1.0.0", "B"], 2);
}

/// A repository of two libraries, one of them a plug-in of the tests, with a tag.
fn project(flags: &[&str]) -> Place {
    let place = Place::new();
    place.git(&["init", "--quiet", "--initial-branch=main"]);
    place.write(".gitignore", "build\n");
    place.write(
        "include/shop.h",
        "namespace shop { struct Cart { int n; }; int rate(Cart* c); int total(); }\n",
    );
    place.commit("The first release");
    place.git(&["tag", "shop-1.0.0"]);
    place.build("build/libshop.so", SOURCE, &[&[SONAME], flags].concat());
    place.build("build/libhelper.so", "int helper() { return 1; }\n", flags);
    place.build("build/tests/plug.so", "extern \"C\" int plug() { return 1; }\n", flags);
    place.build("build/_deps/dep/libdep.so", "int dep() { return 1; }\n", flags);
    place
}

/// From a build to a red gate and on, by the commands that the program prints, with debug info and without.
#[test]
fn the_first_steps_lead_to_a_gate() {
    for flags in [&["-g"][..], &[]] {
        let place = project(flags);
        let said = place.said(&["init"], 0);
        assert!(
            said.contains("libdep.so, plug.so") && said.contains("for libhelper.so, libshop.so"),
            "{said}"
        );
        let policy = fs::read_to_string(place.path("abigate.yaml")).expect("written");
        // Headers describe types where debug info does not, so that their loss is no verdict.
        assert!(policy.contains("\nrequire: [types]\n"), "{policy}");
        let hides = |line: &&str| line.contains("severity: note") && !line.trim_start().starts_with('#');
        assert_eq!(policy.lines().find(hides), None, "{policy}");
        let steps: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("  ")).collect();
        let add = steps.iter().find_map(|line| line.strip_prefix("abigate baseline add ")).expect("a step");
        assert!(add.contains("--release shop-1.0.0"), "{said}");
        let words: Vec<&str> = ["baseline", "add"].into_iter().chain(add.split(' ')).collect();
        place.said(&words, 0);
        place.commit("An ABI gate");
        let green = place.said(&["gate"], 0);
        assert!(
            green.contains("COMPATIBLE  shop-1.0.0 → HEAD (build, linux-x86_64): no changes, the same build"),
            "{green}"
        );
        assert!(green.contains("enforced: policy and baselines of main@"), "{green}");
        assert!(place.said(&["init"], 2).contains("abigate.yaml already exists"));

        place.git(&["switch", "--quiet", "--create", "change"]);
        place.build("build/libshop.so", LESS, &[&[SONAME], flags].concat());
        place.write("include/shop.h", "namespace shop { struct Cart { int n; }; int rate(Cart* c); }\n");
        place.commit("Totals go");
        let red = place.said(&["gate", "--library", "libshop*"], 1);
        for wanted in
            ["shop::total()", "fix: ", "`abi-break-accepted`", "abigate gate --library 'libshop*' --full"]
        {
            assert!(red.contains(wanted), "{wanted}: {red}");
        }
        // The command in the footer makes the same comparison, and has done what it was asked for.
        let command =
            red.lines().find_map(|line| line.trim().strip_prefix("abigate diff ")).expect("a command");
        assert_eq!(
            command,
            "shop-1.0.0 HEAD --platform linux-x86_64 --library 'libshop*' --write-waivers='why'"
        );
        let arguments = [
            "diff",
            "shop-1.0.0",
            "HEAD",
            "--platform",
            "linux-x86_64",
            "--library",
            "libshop*",
            "--write-waivers=why",
        ];
        let written = place.run(&arguments);
        assert_eq!(written.status.code(), Some(0), "{}", text(&written));
        place.git(&["switch", "--quiet", "main"]);
        place.write("abigate.yaml", &(policy.clone() + &out(&written)));
        place.commit("Accepted");
        place.git(&["switch", "--quiet", "change"]);
        let accepted = place.said(&["gate"], 0);
        assert!(accepted.starts_with("PASSES") && accepted.contains("1 waived"), "{accepted}");
    }
}

/// Headers say as much as debug info where a build has none; what has neither is no verdict.
#[test]
fn types_are_required_of_headers_as_of_debug_info() {
    let place = project(&[]);
    place.said(&["init"], 0);
    place.said(&["-q", "baseline", "add", "build", "--release", "v1.0.0"], 0);
    place.said(&["diff", "v1.0.0", "HEAD"], 0);
    // The old side lacks what the policy requires, since it was stored before there were headers.
    let policy = fs::read_to_string(place.path("abigate.yaml")).expect("written");
    let without: String =
        policy.lines().filter(|line| !line.starts_with("headers:")).map(|line| format!("{line}\n")).collect();
    place.write("abigate.yaml", &without);
    place.said(&["-q", "baseline", "add", "build", "--release", "v1.0.0", "--replace"], 0);
    place.write("abigate.yaml", &policy);
    let said = place.said(&["diff", "v1.0.0", "HEAD"], 3);
    assert!(said.contains("types are required"), "{said}");
}

/// A build has directories that are called like those of the sources, itself among them: headers lie where headers are. Where
/// none is, that is said, and nothing stands in for them.
#[test]
fn headers_lie_where_headers_are() {
    let place = Place::new();
    place.git(&["init", "--quiet", "--initial-branch", "main"]);
    for folder in [".", "src"] {
        let policy = |header: &str| {
            format!(
                "build: build\nheaders: {{ folders: [{folder}], groups: [[{header}]], keep-going: true }}\n"
            )
        };
        place.write(
            &format!("{folder}/shop.h"),
            "namespace shop { struct Cart { int n; }; int rate(Cart*); }\n",
        );
        place.write("build/src/made.txt", "by a build system\n");
        place.write("abigate.yaml", &policy("shop.h"));
        place.build("build/libshop.so", SOURCE, &[]);
        place.said(&["-q", "baseline", "add", "build", "--release", "v1.0.0", "--replace"], 0);
        let said = place.said(&["diff", "v1.0.0", "HEAD"], 0);
        assert!(said.contains("types of the public headers"), "{folder}: {said}");
        place.write("abigate.yaml", &policy("other.h"));
        let said = place.said(&["baseline", "add", "build", "--release", "v1.0.0", "--replace"], 0);
        assert!(said.contains("no public header that abigate.yaml names is in"), "{folder}: {said}");
        let said = place.said(&["diff", "v1.0.0", "HEAD"], 0);
        assert!(said.contains("no types: neither debug info") && !said.contains("library-removed"), "{said}");
    }
}

/// Dumps that a .gitignore leaves out while their list is committed: told when they are stored, and no riddle for the gate.
#[test]
fn ignored_dumps_are_told() {
    let place = project(&["-g"]);
    place.write(".gitignore", "build\n*.zst\n");
    place.said(&["-q", "init"], 0);
    let said = place.said(&["baseline", "add", "build", "--release", "v1.0.0"], 0);
    assert!(said.contains("(.gitignore:2: *.zst)") && said.contains("git add --force baselines"), "{said}");
    place.commit("A gate");
    let said = place.said(&["gate"], 2);
    assert!(said.contains("not in commit") && said.contains("git add --force"), "{said}");
    place.git(&["add", "--force", "baselines"]);
    place.commit("All of it");
    place.said(&["gate"], 0);
    // A store that is kept elsewhere is left out as a whole.
    let place = project(&["-g"]);
    place.write(".gitignore", "build\nbaselines\n");
    let said = place.said(&["baseline", "add", "build", "--release", "v1.0.0"], 0);
    assert!(!said.contains("git ignores"), "{said}");
}

/// What somebody forgot or misspelt who asks for an acceptance is noticed.
#[test]
fn requests_that_nobody_would_find_are_told() {
    let place = project(&["-g"]);
    place.said(&["-q", "init"], 0);
    place.said(&["-q", "baseline", "add", "build", "--release", "v1.0.0"], 0);
    place.commit("A gate");
    place.git(&["switch", "--quiet", "--create", "change"]);
    place.build("build/libshop.so", LESS, &["-g", SONAME]);
    for (message, wanted) in [
        ("x\n\nABI-Break:", "says nothing: write why"),
        ("x\n\nABI-Break: agreed\n\nAnd more.", "is not in the last paragraph of its message"),
        ("x\n\nABI-Braek: agreed", "ABI-Break"),
    ] {
        place.commit(message);
        let output = place.run(&["gate"]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        let warned = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(warned.contains("warning: ") && warned.contains(wanted), "{message:?}: {warned}");
        place.git(&["reset", "--quiet", "--soft", "HEAD^"]);
    }
    // A clone that was cut off knows no commit in common.
    let elsewhere = tempfile::tempdir().expect("a directory");
    place.commit("Totals go");
    place.git(&["switch", "--quiet", "main"]);
    let from = format!("file://{}", place.root().display());
    let to = elsewhere.path().join("clone").display().to_string();
    place.git(&["clone", "--quiet", "--depth", "1", "--no-single-branch", "--branch", "change", &from, &to]);
    let mut copy = Command::new("cp");
    copy.arg("-r").arg(place.path("build")).arg(&to);
    assert!(copy.status().expect("cp runs").success());
    let mut gate = Command::new(env!("CARGO_BIN_EXE_abigate"));
    gate.arg("gate").current_dir(Path::new(&to)).env_remove("ABIGATE_STORE").env_remove("GITHUB_ACTIONS");
    let said = text(&gate.output().expect("abigate runs"));
    assert!(
        said.contains("fetch-depth: 0, or git fetch --unshallow") && said.contains("advisory: "),
        "{said}"
    );
}

/// A library that programs link is one, whatever its SONAME; what they open by name is a plug-in.
#[test]
fn a_library_without_soname_is_linked() {
    let place = Place::new();
    place.build("A/libbare.so", SOURCE, &["-g"]);
    place.build("A/plug.so", "extern \"C\" int plug() { return 1; }\n", &["-g"]);
    let said = place.said(&["show", "A"], 0);
    assert!(said.contains("libbare.so"), "{said}");
    place.build("build/libbare.so", SOURCE, &["-g"]);
    place.build("build/plug.so", "extern \"C\" int plug() { return 1; }\n", &["-g"]);
    let said = place.said(&["init"], 0);
    assert!(said.contains("wrote abigate.yaml for libbare.so (exclude: plug.so)"), "{said}");
    place.build("B/libbare.so", LESS, &["-g"]);
    let said = place.said(&["diff", "A", "B", "--library", "libbare.so"], 1);
    assert!(said.contains("symbol-removed") && said.contains("shop::total()"), "{said}");
}

/// A stored release is compared on the platform that this is, where several are stored.
#[test]
fn a_stored_release_is_that_of_this_platform() {
    let place = pair(LARGER);
    place.said(&["-q", "baseline", "add", "A", "--release", "v1.0.0"], 0);
    let dump = place.said(&["dump", "A/libshop.so"], 0);
    place.write("other.abi", &dump.replace("x86_64", "aarch64"));
    place.said(
        &["-q", "baseline", "add", "other.abi", "--release", "v1.0.0", "--platform", "linux-aarch64"],
        0,
    );
    place.said(
        &["-q", "baseline", "add", "other.abi", "--release", "v2.0.0", "--platform", "linux-aarch64"],
        0,
    );
    place.said(&["-q", "baseline", "add", "B", "--release", "v2.0.0"], 0);
    let host = place.said(&["diff", "v1.0.0", "v2.0.0"], 0);
    let wanted = format!("(linux-{})", std::env::consts::ARCH);
    assert!(host.contains(&wanted), "{host}");
    let other = place.said(&["diff", "v1.0.0", "v2.0.0", "--platform", "linux-aarch64"], 0);
    assert!(other.contains("(linux-aarch64)"), "{other}");
}

/// A wheel says which release it is.
#[test]
fn a_wheel_names_its_release() {
    let place = pair(LARGER);
    let library = fs::read(place.path("A/libshop.so")).expect("built");
    let members = [
        ("shop/libshop.so", &library[..], crate::archives::deflated()),
        (
            "shop-1.2.0.dist-info/METADATA",
            &b"Metadata-Version: 2.1\nName: shop\nVersion: 1.2.0\n"[..],
            crate::archives::deflated(),
        ),
        (
            "shop-1.2.0.dist-info/WHEEL",
            &b"Wheel-Version: 1.0\nTag: py3-none-linux_x86_64\n"[..],
            crate::archives::deflated(),
        ),
    ];
    let name = "shop-1.2.0-py3-none-linux_x86_64.whl";
    fs::write(place.path(name), crate::archives::zip(&members)).expect("written");
    let said = place.said(&["baseline", "add", name], 0);
    assert!(said.contains("added v1.2.0 linux-x86_64"), "{said}");
}

/// JSON says what the text says: where the build lies, what the headline is made of.
#[test]
fn where_the_build_lies_is_data_too() {
    let place = pair(LARGER);
    place.write("abigate.yaml", "build: B\n");
    place.said(&["-q", "baseline", "add", "A", "--release", "v1.0.0"], 0);
    let report: Value =
        serde_json::from_str(&place.said(&["gate", "--format", "json", "-q"], 0)).expect("JSON");
    assert_eq!(report["new"], serde_json::json!({"release": "HEAD", "build": ["B"]}));
    let html = place.said(&["-q", "gate", "--format", "html"], 0);
    assert!(html.contains("the build in <code>B</code>"));
    let markdown = place.said(&["-q", "gate", "--format", "markdown"], 0);
    assert!(markdown.contains("HEAD (B, linux-x86"), "{markdown}");
    // A path is what it says.
    let named = place.said(&["-q", "gate", "./B"], 0);
    assert!(
        named.contains("v1.0.0 → ./B (linux-x86_64)") || named.contains("v1.0.0 → B (linux-x86_64)"),
        "{named}"
    );
}

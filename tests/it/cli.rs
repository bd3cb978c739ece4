//! What the program promises from the outside: answers, exit codes, files.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use abigate::abi::{Export, Library, Machine, Platform};
use abigate::dump::{self, Dump};

/// A folder of its own for each test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("abigate-cli-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory");
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("written");
    }

    /// A dump of a library with these exports.
    fn library(&self, file: &str, name: &str, exports: &[&str]) {
        self.write(file, &library(name, exports, "linux-x86_64"));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
        command.args(arguments).current_dir(&self.0);
        for name in ["ABIGATE_STORE", "NO_COLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        Answer::new(self.command(arguments).output().expect("runs"))
    }

    /// Names of all files, hidden ones too.
    fn files(&self) -> Vec<String> {
        fn walk(folder: &Path, root: &Path, names: &mut Vec<String>) {
            for entry in fs::read_dir(folder).expect("readable") {
                let path = entry.expect("an entry").path();
                names.push(path.strip_prefix(root).expect("inside").display().to_string());
                if path.is_dir() {
                    walk(&path, root, names);
                }
            }
        }
        let mut names = Vec::new();
        walk(&self.0, &self.0, &mut names);
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Answer {
    code: i32,
    out: String,
    err: String,
}

impl Answer {
    fn new(output: Output) -> Answer {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let code = output.status.code().expect("not killed");
        Answer { code, out: text(output.stdout), err: text(output.stderr) }
    }

    #[track_caller]
    fn expect(self, code: i32) -> Answer {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Trouble: exit code 2, nothing on standard output, one line on standard error that says this.
    #[track_caller]
    fn trouble(self, parts: &[&str]) {
        let answer = self.expect(2);
        assert_eq!(answer.out, "");
        assert_eq!(answer.err.lines().count(), 1, "{}", answer.err);
        assert!(answer.err.starts_with("abigate: "), "{}", answer.err);
        for part in parts {
            assert!(answer.err.contains(part), "{part:?} is not in {}", answer.err);
        }
    }
}

fn library(name: &str, exports: &[&str], platform: &str) -> String {
    let export = |name: &&str| Export {
        name: (*name).into(),
        version: None,
        hidden_version: false,
        kind: Default::default(),
        binding: Default::default(),
        visibility: Default::default(),
        size: None,
        section: None,
        alias_of: None,
        unpromised: false,
    };
    let mut exports: Vec<Export> = exports.iter().map(export).collect();
    exports.sort_by(|a, b| a.key().cmp(&b.key()));
    dump::to_text(&Dump {
        release: None,
        platform: Platform::parse(platform),
        library: Library {
            name: name.to_owned(),
            machine: Machine { arch: "x86_64".to_owned(), bits: 64, ..Machine::default() },
            exports,
            ..Library::default()
        },
    })
}

/// `a.abi` with two functions, `b.abi` where one of them is gone, `c.abi` with one more.
fn three(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.library("a.abi", "liba.so", &["_Z1fi", "_Z1gv"]);
    folder.library("b.abi", "liba.so", &["_Z1gv"]);
    folder.library("c.abi", "liba.so", &["_Z1fi", "_Z1gv", "_Z1hv"]);
    folder
}

#[test]
fn exit_codes_of_diff() {
    let folder = three("codes");
    let same = folder.run(&["diff", "a.abi", "a.abi"]).expect(0);
    assert!(same.out.starts_with("COMPATIBLE"), "{}", same.out);
    folder.run(&["diff", "a.abi", "c.abi"]).expect(0);
    let broken = folder.run(&["diff", "a.abi", "b.abi"]).expect(1);
    assert!(
        broken.out.starts_with("BREAKING  a → b (linux-x86_64): 1 breaking root cause\n"),
        "{}",
        broken.out
    );
    assert!(broken.out.contains("f(int)"), "{}", broken.out);
    folder.run(&["diff", "a.abi", "b.abi", "--fail-on", "never"]).expect(0);
    folder.run(&["diff", "a.abi", "b.abi", "--fail-on", "risky"]).expect(1);
    folder.run(&["diff", "a.abi", "missing.abi"]).trouble(&["cannot find \"missing.abi\": no such path"]);
    // A path is no release: what lies beside it is what was meant.
    folder
        .run(&["diff", "a.abi", "./bb.abi"])
        .trouble(&["cannot find \"./bb.abi\": no such path; did you mean ./b.abi"]);
}

#[test]
fn json_is_one_object() {
    let folder = three("json");
    let answer = folder.run(&["diff", "a.abi", "b.abi", "--format", "json"]).expect(1);
    let report: serde_json::Value = serde_json::from_str(&answer.out).expect("JSON");
    assert_eq!(report["verdict"], "breaking");
    assert_eq!(report["findings"][0]["members"][0]["symbol"], "_Z1fi");
    folder.run(&["diff", "a.abi", "b.abi", "--format", "json", "-o", "r.json"]).expect(1);
    assert_eq!(fs::read_to_string(folder.0.join("r.json")).expect("written"), answer.out);
}

#[test]
fn html_is_one_page_and_no_answer_of_other_commands() {
    let folder = three("html");
    let page = folder.run(&["diff", "a.abi", "b.abi", "--format", "html"]).expect(1).out;
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"), "{page}");
    assert!(page.contains("BREAKING") && page.contains("f(int)"), "{page}");
    let refused = folder.run(&["explain", "--format", "html"]).expect(2).err;
    assert!(refused.contains("invalid value 'html'"), "{refused}");
}

#[test]
fn inputs_that_cannot_be_read_are_named() {
    let folder = three("damaged");
    folder.write("broken.abi", "{\"abigate\":1,\"library\":7}\n");
    folder.write("newer.abi", "{\"abigate\":99}\n");
    folder.run(&["diff", "a.abi", "broken.abi"]).trouble(&["broken.abi: line 1, column "]);
    folder.run(&["dump", "newer.abi"]).trouble(&["newer.abi: format version 99 is newer"]);
    fs::create_dir(folder.0.join("empty")).expect("a directory");
    folder.run(&["dump", "empty"]).trouble(&["empty"]);
    folder.library("mixed/good.abi.zst", "good.so", &["f"]);
    folder.write("mixed/bad.abi.zst", "{\"abigate\":1}\n");
    folder.run(&["dump", "mixed"]).trouble(&["mixed: bad.abi.zst: line 1"]);
}

#[test]
fn a_store_that_cannot_be_read_says_so_once() {
    let folder = three("unreadable");
    // A file in the place of the store's folder: permissions would not keep root out.
    folder.write("file", "");
    for arguments in [&["diff", "v1", "v2"][..], &["baseline", "list"]] {
        let arguments = [arguments, &["--store", "file"]].concat();
        let answer = folder.run(&arguments).expect(2);
        assert_eq!(answer.err, "abigate: file: Not a directory (os error 20)\n");
    }
}

#[test]
fn names_resolve_in_order() {
    let folder = three("names");
    folder.run(&["baseline", "add", "a.abi", "--release", "v2.4.0"]).expect(0);
    folder.run(&["diff", "v2.4.0", "v2.5.0"]).trouble(&["not v2.4.0, the one release in baselines,"]);
    folder.run(&["baseline", "add", "b.abi", "--release", "v2.4.1"]).expect(0);
    let answer = folder.run(&["diff", "v2.4.0", "v2.4"]).expect(1);
    assert!(answer.out.starts_with("BREAKING  v2.4.0 → v2.4.1 (linux-x86_64)"), "{}", answer.out);
    folder.run(&["diff", "v2.4.0", "v2.5.0"]).trouble(&[
        "no such path",
        "not among the 2 releases in baselines",
        "did you mean v2.4.0",
    ]);
    folder.run(&["diff", "v2.4.0", "HEAD"]).trouble(&["no abigate.yaml says where the build is"]);
    folder.write("abigate.yaml", "build: [c.abi]\n");
    let answer = folder.run(&["diff", "v2.4.0", "HEAD"]).expect(0);
    assert!(answer.out.starts_with("COMPATIBLE  v2.4.0 → HEAD"), "{}", answer.out);
    // A path of that name comes first.
    folder.library("v2.4.0", "liba.so", &["x"]);
    folder.run(&["diff", "v2.4.0", "v2.4.1"]).expect(1);
}

#[test]
fn git_revisions_are_stored_commits() {
    let folder = three("git");
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(arguments).current_dir(&folder.0);
        command.output().map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned())
    };
    if git(&["init", "-q"]).is_err() {
        return;
    }
    git(&["commit", "-q", "--allow-empty", "-m", "one"]).expect("commits");
    git(&["tag", "first"]).expect("tags");
    let hash = git(&["rev-parse", "HEAD"]).expect("a hash");
    folder.run(&["diff", "first", "a.abi"]).trouble(&["commit", "is not stored"]);
    folder.run(&["baseline", "add", "a.abi", "--release", &hash]).expect(0);
    folder.run(&["diff", "first", "a.abi"]).expect(0);
    folder.run(&["diff", "--", "--output=x", "a.abi"]).trouble(&["not a git revision"]);
    // A release called like a branch would stand for it, as it was on that day.
    git(&["branch", "stable"]).expect("branches");
    git(&["update-ref", "refs/remotes/origin/topic/next", "HEAD"]).expect("a remote's branch");
    for (name, why) in [
        ("stable", "it is a branch here (refs/heads/stable); name a version, or the whole commit"),
        (&hash[..10], &*format!("it is short for the commit {hash}")),
    ] {
        folder.run(&["baseline", "add", "a.abi", "--release", name]).trouble(&[
            "cannot be the name of a release",
            why,
            &format!("git rev-parse {name}"),
        ]);
    }
    // A tag is a release, and what only ends like a branch is none.
    folder.run(&["baseline", "add", "a.abi", "--release", "first"]).expect(0);
    folder.run(&["baseline", "add", "a.abi", "--release", "next"]).expect(0);
}

#[test]
fn platforms_of_stored_releases() {
    let folder = three("platforms");
    let add = |release: &str, platform: &str| {
        folder.run(&["baseline", "add", "a.abi", "--release", release, "--platform", platform]).expect(0);
    };
    add("v1", "linux-x86_64-cpu");
    add("v1", "linux-x86_64-cu126");
    add("v2", "linux-x86_64-cpu");
    add("v2", "linux-x86_64-cu126");
    add("v3", "linux-aarch64");
    let note = folder.run(&["diff", "v1", "v2"]).expect(0);
    assert!(
        note.err.contains("taking linux-x86_64-cpu; --platform chooses another one: linux-x86_64-cu126"),
        "{}",
        note.err
    );
    let chosen = folder.run(&["diff", "v1", "v2", "--platform", "linux-x86_64-cu126"]).expect(0);
    assert_eq!(chosen.err, "");
    assert!(chosen.out.contains("(linux-x86_64-cu126)"), "{}", chosen.out);
    folder.run(&["diff", "v1", "v3"]).trouble(&["v1 and v3 share no platform"]);
    folder
        .run(&["diff", "v3", "a.abi"])
        .trouble(&["v3 is not stored for linux-x86_64, only for linux-aarch64"]);
    folder.run(&["diff", "v1", "v2", "--platform", "linux"]).trouble(&["\"linux\" is no platform"]);
    assert_eq!(folder.run(&["-q", "diff", "v1", "v2"]).expect(0).err, "");
}

#[test]
fn the_life_of_a_baseline() {
    let folder = three("baseline");
    let empty = folder.run(&["baseline", "list"]).expect(0);
    assert_eq!((&*empty.out, &*empty.err), ("", "abigate: warning: no release is stored in baselines\n"));
    let added = folder.run(&["baseline", "add", "a.abi", "--release", "v1.0.0"]).expect(0);
    assert!(added.out.starts_with("added v1.0.0 linux-x86_64: 1 library, "), "{}", added.out);
    // What a baseline does not know is never compared.
    assert!(
        added.err.contains("warning: no debug info in liba.so: only symbols and vtables"),
        "{}",
        added.err
    );
    folder
        .run(&["baseline", "add", "a.abi"])
        .trouble(&["a.abi does not say which release it is: add --release"]);
    let odd = folder.run(&["baseline", "add", "a.abi", "--release", "nightly"]).expect(0);
    assert!(odd.err.contains("nightly is no version and no commit"), "{}", odd.err);
    assert_eq!(folder.run(&["-q", "baseline", "remove", "nightly"]).expect(0).out, "");
    folder
        .run(&["baseline", "add", "a.abi", "--release", "v1.0.0"])
        .trouble(&["already in the store; --replace"]);
    folder.run(&["baseline", "add", "a.abi", "--release", "v1.0.0", "--replace"]).expect(0);
    folder.run(&["baseline", "add", "a.abi", "--release", "../x"]).trouble(&["cannot be a release"]);
    assert_eq!(folder.run(&["baseline", "list"]).expect(0).out, "v1.0.0  linux-x86_64\n");
    assert!(folder.run(&["baseline", "list", "--long"]).expect(0).out.contains("1 library"));
    assert_eq!(folder.run(&["baseline", "verify"]).expect(0).out, "ok  v1.0.0 linux-x86_64  1 library\n");
    let stored = folder.0.join("baselines/v1.0.0/linux-x86_64/liba.so.abi.zst");
    fs::write(stored, "damaged").expect("written");
    let damaged = folder.run(&["baseline", "verify", "v1"]).expect(2);
    assert!(
        damaged.err.contains("SHA-256") && damaged.err.contains("1 of 1 stored release damaged"),
        "{}",
        damaged.err
    );
    folder.run(&["baseline", "remove", "v1.0"]).trouble(&["did you mean v1.0.0?"]);
    folder
        .run(&["baseline", "remove", "v1.0.0", "--platform", "linux-arm"])
        .trouble(&["only for linux-x86_64"]);
    assert_eq!(folder.run(&["baseline", "remove", "v1.0.0"]).expect(0).out, "removed v1.0.0 linux-x86_64\n");
    folder.run(&["baseline", "verify"]).trouble(&["no release is stored in baselines: nothing to verify"]);
    assert_eq!(folder.files(), ["a.abi", "b.abi", "baselines", "c.abi"]);
}

#[test]
fn the_store_is_where_the_nearest_option_says() {
    let folder = three("store");
    folder.write("abigate.yaml", "store: by-config\n");
    fs::create_dir(folder.0.join(".git")).expect("a directory");
    fs::create_dir(folder.0.join("inner")).expect("a directory");
    folder.run(&["baseline", "add", "a.abi", "--release", "v1"]).expect(0);
    let mut inner = folder.command(&["baseline", "add", "../a.abi", "--release", "v2"]);
    assert!(inner.current_dir(folder.0.join("inner")).status().expect("runs").success());
    let mut by_variable = folder.command(&["baseline", "add", "a.abi", "--release", "v3"]);
    assert!(by_variable.env("ABIGATE_STORE", "by-variable").status().expect("runs").success());
    folder.run(&["--store", "by-option", "baseline", "add", "a.abi", "--release", "v4"]).expect(0);
    for place in ["by-config/v1", "by-config/v2", "by-variable/v3", "by-option/v4"] {
        assert!(folder.0.join(place).is_dir(), "{place}");
    }
}

#[test]
fn mistakes_in_the_configuration() {
    let folder = three("config");
    let with = |text: &str| {
        folder.write("abigate.yaml", text);
        folder.run(&["baseline", "list"])
    };
    let here = "abigate.yaml:";
    with("store: x\nplatfrom: y\n").trouble(&[here, "2:1: unknown key \"platfrom\"; did you mean platform?"]);
    with("store: [1, 2]\n").trouble(&[here, "1:8: "]);
    with("store: {").trouble(&[here]);
    with(&"#".repeat(5 << 20)).trouble(&["larger than 4096 KiB"]);
    folder.write("abigate.yaml", "");
    folder.run(&["--config", "other.yaml", "baseline", "list"]).trouble(&["other.yaml: No such file"]);
    folder.write("abigate.yaml", "build: nowhere\n");
    folder.run(&["dump", "HEAD"]).trouble(&["the build", "nowhere", "was not found"]);
}

#[test]
fn dump_writes_whole_files_or_none() {
    let folder = three("dump");
    let text = folder.run(&["dump", "a.abi"]).expect(0).out;
    assert_eq!(text, library("liba.so", &["_Z1fi", "_Z1gv"], "linux-x86_64"));
    folder.run(&["dump", "a.abi", "-o", "x.abi"]).expect(0);
    folder.run(&["dump", "a.abi", "-o", "x.abi.zst", "--release", "v1"]).expect(0);
    folder.run(&["dump", "a.abi", "-o", "x.yaml", "--format", "yaml"]).expect(0);
    for form in ["x.abi", "x.abi.zst", "x.yaml"] {
        folder.run(&["diff", "a.abi", form]).expect(0);
    }
    assert_eq!(fs::read_to_string(folder.0.join("x.abi")).expect("written"), text);
    assert!(
        folder.run(&["dump", "x.abi.zst", "--release", "v2"]).expect(0).out.contains("\"release\":\"v2\"")
    );
    let before = folder.files();
    folder.run(&["dump", "a.abi", "-o", "nowhere/x.abi"]).trouble(&["nowhere/x.abi"]);
    folder.run(&["dump", "a.abi", "missing.so", "-o", "y.abi"]).trouble(&["missing.so"]);
    fs::create_dir_all(folder.0.join("out/liba.so.abi.zst")).expect("a directory");
    folder.run(&["dump", "a.abi", "-o", "out/"]).trouble(&["liba.so.abi.zst"]);
    let after: Vec<String> = folder.files().into_iter().filter(|name| !name.starts_with("out")).collect();
    assert_eq!(after, before);
    assert_eq!(fs::read_dir(folder.0.join("out")).expect("readable").count(), 1);
}

#[test]
fn several_libraries_make_several_files() {
    let folder = three("several");
    folder.library("d.abi", "libd.so", &["d"]);
    folder.run(&["dump", "a.abi", "d.abi", "-o", "new/"]).expect(0);
    let in_new =
        |folder: &Folder| folder.files().into_iter().filter(|n| n.starts_with("new/")).collect::<Vec<_>>();
    assert_eq!(in_new(&folder), ["new/liba.so.abi.zst", "new/libd.so.abi.zst"]);
    folder.run(&["dump", "a.abi", "d.abi", "--format", "yaml", "-o", "all.yaml"]).expect(0);
    folder.run(&["dump", "a.abi", "d.abi", "-o", "all.abi"]).expect(0);
    folder.run(&["diff", "new", "all.yaml"]).expect(0);
    folder.run(&["diff", "all.yaml", "all.abi"]).expect(0);
}

#[test]
fn show_prints_what_matches() {
    let folder = three("show");
    let symbols = folder.run(&["show", "a.abi", "symbols", "--match", "f"]).expect(0);
    assert_eq!(symbols.out, "func   global - f(int)\n");
    let mangled = folder.run(&["show", "a.abi", "symbols", "--mangled", "--match", "_Z1g*"]).expect(0);
    assert_eq!(mangled.out, "func   global - _Z1gv\n");
    assert!(folder.run(&["show", "a.abi"]).expect(0).out.contains("exports     2 (2 strong"));
    assert_eq!(folder.run(&["show", "a.abi", "vtables"]).expect(0).out, "");
    // What is asked of `show` means what it means to `history` and in policies.
    let bad = folder.run(&["show", "a.abi", "symbols", "--match", "f(int)"]).expect(2);
    assert!(bad.err.contains("--match") && bad.err.contains("leave the parameters out"), "{}", bad.err);
}

#[test]
fn explain_knows_every_rule() {
    let folder = Folder::new("explain");
    let table = folder.run(&["explain"]).expect(0).out;
    for entry in abigate::rules::CATALOGUE {
        assert!(table.contains(entry.title), "{}", entry.rule);
        let text = folder.run(&["explain", entry.rule.id()]).expect(0).out;
        // Code and what programs print stand as they are, indented further.
        let words = text.lines().filter(|line| !line.starts_with("    "));
        assert!(words.clone().count() > 8, "{text}");
        assert!(words.into_iter().all(|line| line.chars().count() <= 100), "{text}");
    }
    folder.run(&["explain", "signature-chnaged"]).trouble(&["did you mean signature-changed?"]);
    let json = folder.run(&["explain", "symbol-removed", "--format", "json"]).expect(0).out;
    let entry: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(entry["id"], "symbol-removed");
}

#[test]
fn help_and_mistakes_on_the_command_line() {
    let folder = Folder::new("help");
    for command in [
        &["--help"][..],
        &["dump", "--help"],
        &["diff", "--help"],
        &["baseline", "--help"],
        &["baseline", "add", "--help"],
        &["baseline", "list", "--help"],
        &["baseline", "verify", "--help"],
        &["baseline", "remove", "--help"],
        &["show", "--help"],
        &["policy", "--help"],
        &["policy", "check", "--help"],
        &["policy", "schema", "--help"],
        &["explain", "--help"],
    ] {
        let help = folder.run(command).expect(0);
        assert!(help.out.contains("Examples:\n  abigate "), "{command:?}\n{}", help.out);
        assert!(help.out.lines().all(|line| line.chars().count() <= 100), "{command:?}\n{}", help.out);
    }
    assert!(folder.run(&["--version"]).expect(0).out.starts_with("abigate 0."));
    assert!(folder.run(&["dif", "a", "b"]).expect(2).err.contains("'diff'"));
    assert!(folder.run(&["diff", "a", "b", "--fail-onn", "x"]).expect(2).err.contains("'--fail-on'"));
    assert!(folder.run(&["diff", "a", "b", "--threads", "0"]).expect(2).err.contains("from 1 to 1024"));
    folder.run(&[]).expect(2);
}

#[test]
fn completions_and_the_man_page_come_from_the_definitions() {
    let folder = Folder::new("shell");
    for shell in ["bash", "fish", "zsh"] {
        assert!(folder.run(&["completions", shell]).expect(0).out.contains("baseline"), "{shell}");
    }
    let man = folder.run(&["man"]).expect(0).out;
    assert!(man.contains(".TH") && man.contains("fail\\-on"), "{man}");
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let folder = Folder::new("pipe");
    let names: Vec<String> = (0..50_000).map(|n| format!("_Z4name{n}v")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    folder.library("a.abi", "liba.so", &names);
    folder.library("b.abi", "liba.so", &names[..1]);
    for (arguments, code) in [
        (&["dump", "a.abi"][..], 0),
        (&["show", "a.abi", "symbols"], 0),
        (&["diff", "a.abi", "b.abi", "--full"], 1),
    ] {
        let mut child =
            folder.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
        let mut start = [0; 10];
        child.stdout.take().expect("piped").read_exact(&mut start).expect("some output");
        let answer = Answer::new(child.wait_with_output().expect("ends"));
        assert_eq!((answer.code, &*answer.err), (code, ""), "{arguments:?}");
    }
}

#[test]
fn colours_only_where_they_are_wanted() {
    let folder = three("colour");
    let run = |arguments: &[&str], variable: Option<(&str, &str)>| {
        let mut command = folder.command(arguments);
        command.envs(variable);
        Answer::new(command.output().expect("runs")).out.contains('\x1b')
    };
    let diff = ["diff", "a.abi", "b.abi"];
    let always = ["diff", "a.abi", "b.abi", "--color", "always"];
    assert!(!run(&diff, None));
    assert!(run(&always, None));
    assert!(run(&diff, Some(("CLICOLOR_FORCE", "1"))));
    assert!(run(&always, Some(("NO_COLOR", "1"))));
    assert!(!run(&["diff", "a.abi", "b.abi", "--color", "never"], Some(("CLICOLOR_FORCE", "1"))));
}

#[test]
fn threads_do_not_change_a_byte() {
    let folder = three("threads");
    for n in 0..20 {
        let names: Vec<String> = (0..200).map(|i| format!("_Z1f{}v", i * (n + 1))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        folder.library(&format!("old/{n}.abi.zst"), &format!("lib{n}.so"), &names);
        folder.library(&format!("new/{n}.abi.zst"), &format!("lib{n}.so"), &names[n..]);
    }
    for command in
        [&["dump", "old"][..], &["diff", "old", "new", "--full"], &["diff", "old", "new", "--format", "json"]]
    {
        let with = |threads: &str| {
            let arguments: Vec<&str> = ["--threads", threads].iter().chain(command).copied().collect();
            folder.run(&arguments).out
        };
        let one = with("1");
        assert!(!one.is_empty());
        assert_eq!(one, with("2"), "{command:?}");
        assert_eq!(one, with("7"), "{command:?}");
    }
}

#[test]
fn a_hyphen_is_standard_output() {
    let folder = Folder::new("hyphen");
    folder.library("a.abi", "liba.so", &["f"]);
    let (named, plain) = (folder.run(&["dump", "a.abi", "-o", "-"]), folder.run(&["dump", "a.abi"]));
    assert_eq!((named.code, &named.out), (0, &plain.out));
    assert!(named.out.contains("liba.so"), "{}", named.out);
    assert_eq!(folder.files(), ["a.abi"]);
}

//! `abigate selftest`: every rule that has something to break in a release is told.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use abigate::rules::{CATALOGUE, Rule, Severity};
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Builds a library of the fixture with debug info, macros included.
fn build(folder: &Path, name: &str, flags: &[&str]) {
    let sources = root().join("tests/fixtures/selftest");
    let file = format!("lib{name}.so.1");
    let mut compiler = Command::new("g++");
    compiler.args(["-std=c++17", "-g3", "-O1", "-shared", "-fPIC", "-Wl,-z,now", "-Wl,--build-id", "-o"]);
    compiler.arg(folder.join(&file)).arg(format!("-Wl,-soname,{file}"));
    compiler.arg(format!("{name}.cc")).args(flags).current_dir(sources);
    assert!(compiler.status().expect("g++ runs").success(), "{name}");
}

/// A release of two libraries, of which one needs the other.
fn shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a directory");
    build(folder.path(), "part", &["-Wl,--version-script,part.map"]);
    let part = folder.path().join("libpart.so.1").display().to_string();
    build(folder.path(), "shop", &[&part]);
    folder
}

fn selftest(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    command.arg("selftest").args(arguments).current_dir(root()).env_remove("ABIGATE_STORE");
    command.output().expect("abigate runs")
}

fn answers(arguments: &[&str]) -> Value {
    let output = selftest(&[arguments, &["--format", "json"]].concat());
    let text = String::from_utf8_lossy(&output.stderr);
    assert_ne!(output.status.code(), Some(2), "{text}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Rules that were answered so.
fn rules<'v>(answers: &'v Value, answer: &str) -> Vec<&'v str> {
    let trials = answers["trials"].as_array().expect("trials");
    trials.iter().filter(|t| t["answer"] == answer).filter_map(|t| t["rule"].as_str()).collect()
}

#[test]
fn everything_in_a_small_library_is_told() {
    let folder = shop();
    let answers = answers(&[&folder.path().display().to_string()]);
    assert_eq!(rules(&answers, "missed"), [""; 0], "{answers:#}");
    // Some rules need a processor, a linker or a C library that has what they are about.
    let not_applicable = rules(&answers, "not-applicable");
    assert!(not_applicable.len() < 10, "{not_applicable:?}");
    weighs_in_full(&answers);
}

/// Every subject is the library's own and fully exposed: nothing is told with less than its rule's severity.
#[track_caller]
fn weighs_in_full(answers: &Value) {
    for entry in CATALOGUE {
        let trials = answers["trials"].as_array().expect("trials");
        let Some(trial) = trials.iter().find(|trial| trial["rule"] == entry.rule.id()) else { continue };
        let stops = entry.severity >= Severity::Breaking;
        match trial["answer"].as_str() {
            // What is weak there are inline member functions: a definition in one place serves whoever has a copy.
            Some("told") if entry.rule == Rule::SymbolStrengthened => {
                assert_eq!(trial["severity"], "compatible", "{trial}");
            }
            Some("told") => assert_eq!(trial["severity"], entry.severity.name(), "{trial}"),
            Some("stopped") => assert!(stops, "{trial}"),
            answer => assert_eq!(answer, Some("not-applicable"), "{trial}"),
        }
    }
}

#[test]
fn everything_in_a_stored_release_is_told() {
    let output = selftest(&["v2.10", "--platform", "linux-aarch64"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains(" 0 missed, "), "{text}");
}

#[test]
fn what_the_policy_lets_pass_is_not_missed() {
    let folder = shop();
    let policy = folder.path().join("abigate.yaml");
    let text = "tiers:\n  - name: public\n    severity: {symbols: note, vtables: ignore}\n\
                waivers:\n  - {rule: enumerator-value-changed, name: '**', reason: nobody switches on them}\n";
    std::fs::write(&policy, text).expect("writable");
    let answers = answers(&[&folder.path().display().to_string(), "--config", &policy.display().to_string()]);
    assert_eq!(rules(&answers, "missed"), [""; 0], "{answers:#}");
    let (told, ignored) = (rules(&answers, "told"), rules(&answers, "ignored"));
    assert!(told.contains(&"symbol-removed") && told.contains(&"signature-changed"), "{answers:#}");
    assert!(ignored.contains(&"virtual-removed"), "{answers:#}");
    // Waivers are about changes that somebody made, not about those of a test.
    let stopped = rules(&answers, "stopped");
    assert!(stopped.contains(&"enumerator-value-changed"), "{answers:#}");
    assert!(stopped.contains(&"member-added"), "{answers:#}");
}

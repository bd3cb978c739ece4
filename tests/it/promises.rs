//! What the README and the stored baselines promise, seen from outside the program.

use std::path::PathBuf;
use std::process::{Command, Output};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    command.args(arguments).current_dir(root()).env_remove("ABIGATE_STORE").output().expect("abigate runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const LIBRARY: &str = "tests/fixtures/elf/libshapes-x86_64.so";

#[test]
fn exit_codes() {
    assert_eq!(run(&["diff", LIBRARY, LIBRARY]).status.code(), Some(0));
    let breaking = ["diff", "v2.9", "v2.10", "--platform", "linux-aarch64"];
    assert_eq!(run(&breaking).status.code(), Some(1));
    assert_eq!(run(&[&breaking[..], &["--fail-on", "never"]].concat()).status.code(), Some(0));
    assert_eq!(run(&["diff", "nonsense", LIBRARY]).status.code(), Some(2));
}

#[test]
fn what_cannot_be_found_is_answered_in_one_line() {
    let output = run(&["diff", "v2.9.0", "v2.10"]);
    let text = stderr(&output);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("did you mean v2.9.1"), "{text}");
    let output = run(&["explain", "symbol-removd"]);
    assert!(stderr(&output).contains("did you mean symbol-removed"), "{}", stderr(&output));
    for input in ["Cargo.toml", "src/policy", "/dev/null", "no-such-file.so"] {
        let output = run(&["dump", input]);
        assert_eq!(output.status.code(), Some(2), "{input}");
        assert_eq!(stderr(&output).lines().count(), 1, "{input}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{input}");
    }
}

#[test]
fn every_subcommand_has_help_with_an_example() {
    for command in ["dump", "diff", "baseline", "show", "history", "check", "policy", "explain", "selftest"] {
        let output = run(&[command, "--help"]);
        assert!(stdout(&output).contains("Example"), "{command}");
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let dump = |threads| run(&["dump", LIBRARY, "--threads", threads]).stdout;
    assert_eq!(dump("1"), dump("2"));
    let diff = |threads| {
        run(&[
            "diff",
            "v2.9",
            "v2.10",
            "--platform",
            "linux-aarch64",
            "--format",
            "json",
            "--threads",
            threads,
        ])
        .stdout
    };
    assert_eq!(diff("1"), diff("2"));
}

#[test]
fn every_form_of_a_dump_is_the_same_library() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    for (name, format) in [("a.abi.zst", "abi"), ("a.abi", "abi"), ("a.yaml", "yaml")] {
        let path = folder.path().join(name);
        let path = path.to_string_lossy();
        assert_eq!(run(&["dump", LIBRARY, "-o", &path, "--format", format]).status.code(), Some(0), "{name}");
        let output = run(&["diff", &path, LIBRARY]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}{}", stdout(&output), stderr(&output));
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 3);
}

#[test]
fn stored_baselines_are_whole() {
    let output = run(&["baseline", "verify"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).lines().count() >= 9, "{}", stdout(&output));
}

#[test]
fn configuration_mistakes_are_named_by_place() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("abigate.yaml");
    std::fs::write(&path, "store: x\nplatfrom: linux-aarch64\n").expect("writable");
    let output = run(&["diff", LIBRARY, LIBRARY, "--config", &path.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("abigate.yaml:2:1") && text.contains("did you mean platform"), "{text}");
}

/// Vtable slots of a class, all tables: what `_ZTV`'s size must come to.
#[test]
fn slot_counts_agree_with_the_size_of_the_vtable() {
    let store = abigate::store::Store::open(root().join("baselines"));
    let mut checked = 0;
    for entry in store.list().expect("the store is there") {
        let release = store.load(&entry).expect("it loads");
        let library = release.libraries.iter().find(|l| l.name == "libc10.so").expect("libc10");
        for name in ["_ZTVN3c1010TensorImplE", "_ZTVN3c1013GeneratorImplE"] {
            let group = library.vtables.iter().find(|v| &*v.name == name).expect(name);
            let words: usize = group.tables.iter().map(|t| t.offsets.len() + 2 + t.slots.len()).sum();
            let size = library.export(name, None).and_then(|e| e.size).expect("a size");
            assert_eq!(words as u64 * 8, size, "{entry} {name}");
            checked += 1;
        }
    }
    assert!(checked >= 18, "{checked}");
}

/// The sessions that README.md shows: each `$ abigate …` line and what it prints.
#[test]
fn the_session_in_the_readme_is_real() {
    let readme = root().join("README.md");
    let text = std::fs::read_to_string(&readme).expect("readable");
    assert!(text.contains("\n```console\n$ abigate "), "the README has no session");
    crate::sessions::hold(&readme);
}

/// The table of rules in the book comes from the catalogue; `UPDATE_GOLDEN=1` writes it anew.
#[test]
fn the_book_has_every_rule() {
    use abigate::rules::CATALOGUE;
    let place = root().join("src/guide/rules.md");
    let page = std::fs::read_to_string(&place).expect("the page");
    let mut table = "| about | weighs at most | rules |\n| --- | --- | --- |\n".to_owned();
    let mut severities: Vec<_> = CATALOGUE.iter().map(|entry| entry.severity).collect();
    severities.sort_by_key(|severity| std::cmp::Reverse(*severity));
    severities.dedup();
    for rows in CATALOGUE.chunk_by(|a, b| a.family == b.family) {
        for severity in &severities {
            let ids: Vec<_> = rows
                .iter()
                .filter(|e| e.severity == *severity)
                .map(|e| format!("[{0}](rules/{0}.md)", e.rule))
                .collect();
            if !ids.is_empty() {
                table += &format!("| {} | {severity} | {} |\n", rows[0].family.heading(), ids.join(", "));
            }
        }
    }
    let start = page.find("| about | weighs at most |").expect("the table is there");
    let end = start + page[start..].find("\n\n").map_or(page.len() - start, |end| end + 1);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let text = format!("{}{table}{}", &page[..start], &page[end..]);
        std::fs::write(&place, text).expect("it can be written");
    } else {
        assert_eq!(&page[start..end], table);
    }
}

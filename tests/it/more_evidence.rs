//! More evidence never gives a worse answer: what is breaking for a library without symbol table and debug info is breaking
//! with them, and with the public headers besides, or the finding is still there and says why it weighs less.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use serde_json::Value;

use crate::rules::pairs;

/// What is told of a pair with one kind of evidence.
struct Said {
    evidence: &'static str,
    findings: Vec<(String, String, String)>,
}

impl Said {
    fn of(evidence: &'static str, old: &Path, new: &Path) -> Said {
        let output = abigate(&["diff", "--format", "json"]).args([old, new]).output().expect("abigate runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() != Some(2), "{}: {errors}", old.display());
        let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let one = |f: &Value| (text(&f["severity"]), text(&f["rule"]), text(&f["subject"]["name"]));
        let list = report["findings"].as_array().expect("findings");
        Said { evidence, findings: list.iter().map(one).collect() }
    }

    fn breaks(&self) -> impl Iterator<Item = &(String, String, String)> {
        self.findings.iter().filter(|f| f.0 == "breaking")
    }

    /// Whether it speaks of a finding's subject, or of what that is in.
    fn names(&self, subject: &str) -> bool {
        self.findings.iter().any(|f| f.2 == subject || subject.starts_with(&format!("{}::", f.2)))
    }

    /// What this says and `more` does not.
    fn lost(&self, more: &Said) -> Option<String> {
        let explained = |f: &&(String, String, String)| more.names(&f.2);
        let gone: Vec<_> = self.breaks().filter(|f| !explained(f)).collect();
        // One finding may take the place of many, and has to weigh as much.
        let is_lost = !gone.is_empty() && more.breaks().next().is_none();
        is_lost.then(|| format!("{} says {gone:?}, {} {:?}", self.evidence, more.evidence, more.findings))
    }
}

fn abigate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    command.args(arguments).args(["--quiet", "--threads", "1"]).env_remove("ABIGATE_STORE");
    command
}

/// Takes something out of all libraries of a folder.
fn strip(folder: &Path, what: &str) {
    for item in std::fs::read_dir(folder).expect("it was built") {
        let path = item.expect("readable").path();
        if !path.is_symlink() {
            let done = Command::new("strip").arg(what).arg(&path).output().expect("strip runs");
            let errors = String::from_utf8_lossy(&done.stderr);
            // Libraries for other machines stay as they are.
            assert!(done.status.success() || errors.contains("Unable to recognise"), "{errors}");
        }
    }
}

/// Both sides with their headers; none where the pair has none, or none that compile by themselves.
fn with_headers(pair: &Path, out: &Path) -> Option<Said> {
    let side = |side: &str| -> Option<PathBuf> {
        let folder = out.join("include").join(side);
        std::fs::create_dir_all(&folder).expect("it can be made");
        std::fs::copy(pair.join(format!("{side}.h")), folder.join("pair.h")).ok()?;
        let dump = out.join(format!("{side}.abi.zst"));
        let mut command = abigate(&["dump"]);
        command.arg(out.join(side)).arg("--headers").arg(folder).arg("-o").arg(&dump);
        command.output().expect("abigate runs").status.success().then_some(dump)
    };
    Some(Said::of("debug info and headers", &side("old")?, &side("new")?))
}

/// Builds a pair with debug info, and compares it with less and less. None when something that it needs is not installed.
fn problems(pair: &Path) -> Option<Vec<String>> {
    let out = tempfile::tempdir().expect("a temporary directory");
    let (old, new) = (out.path().join("old"), out.path().join("new"));
    let script = pair.parent().expect("a parent").join("build.sh");
    let built = Command::new(script).arg(pair).arg(out.path()).env("EXTRA_FLAGS", "-g").output();
    let built = built.expect("bash runs");
    if built.status.code() == Some(77) {
        return None;
    }
    assert!(built.status.success(), "{}: {}", pair.display(), String::from_utf8_lossy(&built.stderr));
    let headers = with_headers(pair, out.path());
    let described = Said::of("debug info", &old, &new);
    [&old, &new].into_iter().for_each(|folder| strip(folder, "--strip-debug"));
    let named = Said::of("the symbol table", &old, &new);
    [&old, &new].into_iter().for_each(|folder| strip(folder, "--strip-all"));
    let bare = Said::of("the dynamic symbol table", &old, &new);
    let mut found: Vec<String> = bare.lost(&named).into_iter().chain(named.lost(&described)).collect();
    found.extend(headers.and_then(|headers| described.lost(&headers)));
    Some(found.into_iter().map(|lost| format!("{}: {lost}", pair.display())).collect())
}

#[test]
fn more_evidence_never_gives_a_worse_answer() {
    let is_near_miss = |pair: &PathBuf| pair.to_string_lossy().contains("/near-miss-");
    let queue = Mutex::new(pairs().into_iter().filter(|pair| !is_near_miss(pair)));
    let next = || queue.lock().expect("no panic").next();
    let (found, compared) = (Mutex::new(Vec::new()), Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(pair) = next() {
                    let Some(problems) = problems(&pair) else { continue };
                    found.lock().expect("no panic").extend(problems);
                    *compared.lock().expect("no panic") += 1;
                }
            });
        }
    });
    let found = found.into_inner().expect("no panic");
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(compared.into_inner().expect("no panic") > 100, "hardly any pair could be built");
}

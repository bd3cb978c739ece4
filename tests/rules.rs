//! Every pair of sources under `fixtures/pairs` is built by the compiler and compared: a pair named after a rule must
//! show it, a near miss must show nothing that stops anybody.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use serde_json::Value;

/// Pairs that are told under another rule than the one they are named after, and why. Each has to go on being told so.
const TOLD_OTHERWISE: &[(&str, &str, &str)] = &[
    (
        "unresolved-library",
        "needed-added",
        "it was never in the release: whether the system has it is not known",
    ),
    (
        "construction-vtable-changed",
        "override-added",
        "GCC hides construction vtables: only the VTT leads to them",
    ),
    ("construction-vtable-changed--vtt", "rtti-bases-changed", "the same"),
    ("default-argument-absorbed--grown", "signature-changed", "names do not show default arguments"),
    ("instantiation-removed", "weak-symbol-removed", "explicit instantiations are weak like implicit ones"),
    ("symbol-renamed", "symbol-removed", "the names are unlike, and sizes of functions are not stored"),
    ("thunk-changed--virtual", "virtual-reordered", "the reordered base is the cause"),
    (
        "vtable-removed--became-inline",
        "symbol-removed",
        "nothing of the class is left: one finding for the class",
    ),
];

/// Pairs of which one change is the cause and everything else that breaks follows from it.
const ONE_CAUSE: &[&str] = &[
    "cxx11-abi-changed",
    "rtti-bases-changed--virtual",
    "symbols-renamed-together",
    "symbols-renamed-together--namespace",
    "symbols-renamed-together--template",
    "version-node-removed--every-version",
    "virtual-appended--derived",
    "virtual-inserted--moved",
];

/// Pairs whose rule weighs less there than it can, and why.
const WEIGH_LESS: &[(&str, &str)] = &[
    ("construction-vtable-changed--exported", "other functions in the same slots"),
    ("needed-added", "the release brings it along"),
    ("symbol-kind-changed--to-ifunc", "references to functions and to ifuncs are the same"),
];

fn pairs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pairs");
    let mut pairs: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the fixtures are there")
        .map(|item| item.expect("readable").path())
        .filter(|path| path.is_dir())
        .collect();
    pairs.sort();
    pairs
}

/// Builds a pair and compares it; none when something that it needs is not installed.
fn report(pair: &Path) -> Option<Value> {
    let out = tempfile::tempdir().expect("a temporary folder");
    let script = pair.parent().expect("a parent").join("build.sh");
    let built = Command::new(script).arg(pair).arg(out.path()).output().expect("bash runs");
    if built.status.code() == Some(77) {
        return None;
    }
    assert!(built.status.success(), "{}: {}", pair.display(), String::from_utf8_lossy(&built.stderr));
    let output = Command::new(env!("CARGO_BIN_EXE_abigate"))
        .args(["diff", "--format", "json"])
        .args([out.path().join("old"), out.path().join("new")])
        .output()
        .expect("abigate runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() != Some(2), "{}: {text}", pair.display());
    Some(serde_json::from_slice(&output.stdout).expect("the report is JSON"))
}

/// Rule and severity of a finding, and whether it follows from another one.
type Finding = (String, String, bool);

fn findings(report: &Value) -> Vec<Finding> {
    let text = |f: &Value, key: &str| f[key].as_str().unwrap_or_default().to_owned();
    let list = report["findings"].as_array().expect("findings");
    list.iter().map(|f| (text(f, "rule"), text(f, "severity"), !f["derived_from"].is_null())).collect()
}

/// What is wrong with one pair, if anything.
fn problem(name: &str, findings: &[Finding]) -> Option<String> {
    let otherwise = TOLD_OTHERWISE.iter().find(|t| t.0 == name).map(|t| t.1);
    let rule = otherwise.unwrap_or_else(|| name.split("--").next().unwrap_or(name));
    if name.starts_with("near-miss-") {
        let stopping: Vec<_> =
            findings.iter().filter(|f| ["breaking", "cannot-certify"].contains(&&*f.1)).collect();
        return (!stopping.is_empty()).then(|| format!("{name}: {stopping:?}"));
    }
    let weight = abigate::rules::CATALOGUE.iter().find(|e| e.rule.id() == rule).map(|e| e.severity.name());
    let weighs = |severity: &str| {
        Some(severity) == weight || otherwise.is_some() || WEIGH_LESS.iter().any(|w| w.0 == name)
    };
    if !findings.iter().any(|f| f.0 == rule && weighs(&f.1)) {
        return Some(format!("{name}: not among {findings:?}"));
    }
    let causes: Vec<_> = findings.iter().filter(|f| f.1 == "breaking" && !f.2).collect();
    let several = ONE_CAUSE.contains(&name) && causes.len() != 1;
    several.then(|| format!("{name}: {causes:?}"))
}

#[test]
fn every_pair_shows_its_rule_and_no_near_miss_stops_anybody() {
    let problems = Mutex::new(Vec::new());
    let queue = Mutex::new(pairs().into_iter());
    let next = || queue.lock().expect("no panic").next();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(pair) = next() {
                    let name = pair.file_name().expect("named").to_string_lossy().into_owned();
                    let Some(report) = report(&pair) else { continue };
                    if let Some(problem) = problem(&name, &findings(&report)) {
                        problems.lock().expect("no panic").push(problem);
                    }
                }
            });
        }
    });
    let mut problems = problems.into_inner().expect("no panic");
    problems.sort();
    assert!(problems.is_empty(), "{} pairs:\n{}", problems.len(), problems.join("\n"));
}

/// What one decision did to many names and classes is one root cause.
#[test]
fn one_decision_has_one_root() {
    let all = pairs();
    for (name, rule) in [
        ("cxx11-abi-changed", "cxx11-abi-changed"),
        ("symbols-renamed-together", "symbols-renamed-together"),
        ("symbols-renamed-together--template", "symbols-renamed-together"),
        ("virtual-inserted--base-without-table", "virtual-inserted"),
        ("virtual-inserted--hidden-base", "virtual-inserted"),
        ("virtual-removed--signature", "virtual-removed"),
    ] {
        let pair = all.iter().find(|pair| pair.ends_with(name)).expect(name);
        let report = report(pair).expect("it builds everywhere");
        let findings = report["findings"].as_array().expect("findings");
        let roots: Vec<&Value> = findings
            .iter()
            .filter(|f| f["derived_from"].is_null() && f["severity"] == "breaking")
            .map(|f| &f["rule"])
            .collect();
        assert_eq!(roots, [rule], "{name}");
    }
}

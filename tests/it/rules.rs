//! Every pair of sources under `fixtures/pairs` is built by the compiler and compared: a pair named after a rule must
//! show it, a near miss must show nothing that stops anybody.

use std::collections::BTreeMap;
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
    (
        "pure-virtual-added--hidden-vtable",
        "virtual-appended",
        "debug info of GCC does not say which functions are pure",
    ),
    (
        "static-member-changed--became-constant",
        "symbol-removed",
        "programs that load it do not find the symbol, which says more",
    ),
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
    "abi-option-changed",
    "anonymous-member-changed",
    "anonymous-member-changed--struct",
    "array-bound-changed",
    "array-bound-changed--variable",
    "base-added",
    "base-moved--grown",
    "base-removed",
    "base-reordered",
    "base-virtuality-changed",
    "bitfield-changed",
    "cxx11-abi-changed",
    "member-added",
    "member-added--base",
    "member-added--embedded",
    "member-added--middle",
    "member-moved",
    "member-removed",
    "member-reordered--different-types",
    "member-type-changed--grown",
    "passing-changed--member",
    "rtti-bases-changed--virtual",
    "symbols-renamed-together",
    "symbols-renamed-together--abi-tag",
    "symbols-renamed-together--derived",
    "symbols-renamed-together--namespace",
    "symbols-renamed-together--inline-namespace",
    "symbols-renamed-together--template",
    "template-parameters-changed",
    "template-parameters-changed--c-linkage",
    "template-parameters-changed--kind",
    "template-parameters-changed--versioned",
    "type-alignment-changed--grown",
    "type-replaced",
    "typedef-changed",
    "typedef-changed--member",
    "underlying-type-changed--short-enums",
    "union-member-removed--shrunk",
    "version-node-removed--every-version",
    "virtual-appended--derived",
    "virtual-inserted--moved",
];

/// Pairs whose rule does not weigh there what the catalogue says, and why.
const WEIGH_LESS: &[(&str, &str)] = &[
    ("abi-option-changed--long-double-format", "nothing follows that debug info shows"),
    ("base-added--empty", "an empty base takes no place"),
    ("base-removed--empty", "an empty base took no place"),
    ("base-type-changed--sign", "the same bytes, read with a sign or without"),
    ("bitfield-changed--sign", "the same bits, read with a sign or without"),
    ("constant-changed--macro-parameters", "only sources use the macro"),
    ("constant-changed--version", "versions are there to change"),
    ("construction-vtable-changed--exported", "other functions in the same slots"),
    ("anonymous-member-changed--alternative-grown", "the union had the room"),
    ("member-type-changed--same-representation", "the same bytes under another name"),
    ("member-type-changed--sign", "the same bytes, read with a sign or without"),
    ("member-type-changed--wrapped", "the same bytes in a struct"),
    ("needed-added", "the release brings it along"),
    ("parameter-type-changed--names-exchanged", "names may have been bettered only"),
    ("parameter-type-changed--same-representation", "the same bytes under another name"),
    ("passing-changed--by-nobody", "no function of the library passes it"),
    ("return-type-changed--from-void", "nobody looked at a result"),
    ("static-member-changed--removed", "a constant that is gone is compiled into programs"),
    ("symbol-kind-changed--to-ifunc", "references to functions and to ifuncs are the same"),
    ("symbols-renamed-together--constraints", "instances that programs can make themselves"),
    ("type-kind-changed--complex", "the same bytes, passed alike"),
    ("typedef-changed--const", "the same bytes, and nothing at run time says that they are read-only"),
    ("typedef-changed--function-to-pointer", "who uses it takes the same pointer"),
    ("typedef-changed--handle-to-void", "programs have pointers only"),
    ("typedef-changed--name-only", "the same bytes under another name"),
    ("underlying-type-changed--sign", "the same bytes, read with a sign or without"),
    ("union-member-added--grown", "more: the union grew"),
    ("union-member-removed", "the size is kept"),
    ("variable-type-changed--same-representation", "the same bytes under another name"),
    ("variable-type-changed--sign", "the same bytes, read with a sign or without"),
];

/// The folders of all pairs.
pub(crate) fn pairs() -> Vec<PathBuf> {
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
    let out = tempfile::tempdir().expect("a temporary directory");
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
    let told = Mutex::new(BTreeMap::new());
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
                    told.lock().expect("no panic").insert(name, lines(&report));
                }
            });
        }
    });
    let mut problems = problems.into_inner().expect("no panic");
    problems.sort();
    assert!(problems.is_empty(), "{} pairs:\n{}", problems.len(), problems.join("\n"));
    snapshot(&told.into_inner().expect("no panic"));
}

/// Every finding of a report, one a line, with what it follows from.
fn lines(report: &Value) -> Vec<String> {
    let list = report["findings"].as_array().expect("findings");
    let text = |f: &Value, key: &str| f[key].as_str().unwrap_or_default().to_owned();
    let rule_of =
        |id: &Value| list.iter().find(|f| f["id"] == *id).map_or(String::new(), |f| text(f, "rule"));
    let line = |f: &Value| {
        let root = match &f["derived_from"] {
            Value::Null => String::new(),
            id => format!(" <- {}", rule_of(id)),
        };
        let subject = f["subject"]["name"].as_str().unwrap_or_default();
        // The folder that the pair was built in has another name each time.
        let subject = subject.rsplit('/').next().unwrap_or(subject);
        let tier = text(f, "tier");
        let tier = if tier == "public" { String::new() } else { format!("{tier} ") };
        format!("{} {tier}{} {subject}{root}", text(f, "severity"), text(f, "rule"))
    };
    let mut lines: Vec<String> = list.iter().map(line).collect();
    lines.sort();
    lines
}

/// Holds all findings of all pairs against the ones on record, so that a false alarm elsewhere shows in review.
/// `UPDATE_GOLDEN=1` writes them anew. Other compilers emit other inline functions: they have nothing to be held against.
#[expect(clippy::print_stderr, reason = "who runs the tests should know what they did not check")]
fn snapshot(told: &BTreeMap<String, Vec<String>>) {
    let version = Command::new("g++").arg("-dumpversion").output().expect("g++ runs").stdout;
    let compiler = format!("# g++ {}", String::from_utf8_lossy(&version).trim());
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/findings.txt");
    let section = |(name, lines): (&String, &Vec<String>)| {
        format!("{name}\n{}", lines.iter().map(|line| format!("  {line}\n")).collect::<String>())
    };
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let all: Vec<String> = told.iter().map(section).collect();
        std::fs::write(&place, format!("{compiler}\n\n{}", all.join("\n"))).expect("it can be written");
        return;
    }
    let known = std::fs::read_to_string(&place).expect("the record is there");
    if known.lines().next() != Some(&compiler) {
        eprintln!("not held against the record, which is of another compiler than {compiler}");
        return;
    }
    let known: BTreeMap<&str, &str> = known
        .split("\n\n")
        .skip(1)
        .map(|section| section.trim_end().split_once('\n').unwrap_or((section.trim_end(), "")))
        .collect();
    let differing: Vec<String> = told
        .iter()
        .filter(|(name, lines)| {
            let now: Vec<String> = lines.iter().map(|line| format!("  {line}")).collect();
            known.get(name.as_str()).copied() != Some(now.join("\n").as_str())
        })
        .map(|(name, lines)| {
            let before = known.get(name.as_str()).copied().unwrap_or("  (not on record)");
            format!("{name}: on record\n{before}\nnow\n  {}", lines.join("\n  "))
        })
        .collect();
    assert!(differing.is_empty(), "UPDATE_GOLDEN=1 takes these over:\n{}", differing.join("\n"));
}

/// Rules that no pair of sources can show, and why.
const WITHOUT_A_PAIR: &[(&str, &str)] = &[
    ("became-final", "only headers say it; tests/it/c_headers.rs has one"),
    ("header-binary-mismatch", "pairs are compared without headers; tests/it/c_headers.rs has one"),
    ("declared-not-exported", "pairs are compared without headers; tests/it/headers.rs has one"),
    ("forbidden-export", "only a policy forbids"),
    ("member-became-mutable", "neither GCC nor Clang writes DW_AT_mutable"),
    ("size-budget-exceeded", "only a policy has budgets"),
    ("library-ambiguous", "a pair is one library on either side; tests/it/trust.rs has one"),
    ("policy-changed", "it is about a repository; tests/it/trust.rs has one"),
    ("baseline-changed", "it is about a repository; tests/it/trust.rs has one"),
    ("waiver-added", "it is about a repository; tests/it/trust.rs has one"),
    ("store-moved", "it is about a repository; tests/it/trust.rs has one"),
];

#[test]
fn every_rule_has_a_pair() {
    let pairs = pairs();
    let names: Vec<_> = pairs.iter().filter_map(|pair| pair.file_name()?.to_str()).collect();
    let missing: Vec<&str> = abigate::rules::CATALOGUE
        .iter()
        .map(|entry| entry.rule.id())
        .filter(|id| !names.iter().any(|name| name.split("--").next() == Some(*id)))
        .filter(|id| !WITHOUT_A_PAIR.iter().any(|without| without.0 == *id))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
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

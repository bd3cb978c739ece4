//! What no program can stop from inside: who owns the gate's own files, and what runs beside it. Read off the files of the
//! repository; which checks are required stands in the settings of the forge, which no file says.

use std::fs;
use std::path::Path;

use serde_yaml::Value;

use crate::gate::code_owners;
use crate::git::Repository;
use crate::session::{CONFIG_NAME, Config};

/// Most bytes of a workflow that are looked at.
const LARGEST: u64 = 1 << 20;

/// A sentence for each thing that is left open.
pub(super) fn open(directory: &Path, config: &Config) -> Vec<String> {
    let Ok(Some(repository)) = Repository::find(directory) else {
        return vec!["it is no git repository: the gate only advises".to_owned()];
    };
    let mut open = Vec::new();
    let policy =
        config.file().and_then(|file| repository.relative(file)).unwrap_or_else(|| CONFIG_NAME.to_owned());
    if config.file().is_none() {
        open.push(format!("there is no {CONFIG_NAME}: nothing is enforced (abigate init)"));
    }
    owners(repository.root(), &policy, &mut open);
    for (name, text) in workflows(repository.root()) {
        workflow(&name, &text, &mut open);
    }
    open
}

fn owners(root: &Path, policy: &str, open: &mut Vec<String>) {
    let text = code_owners::PLACES.iter().find_map(|place| read(&root.join(place)));
    let Some(text) = text else {
        open.push("no CODEOWNERS: whoever may merge may change policy and baselines (abigate init says which lines)".to_owned());
        return;
    };
    for path in [policy, "baselines/v1/linux-x86_64/SHA256SUMS", ".github/workflows/abi.yml"] {
        let owners = code_owners::owners(&text, path);
        if owners.people.is_empty() && owners.teams.is_empty() {
            let shown = path.split_once("/v1/").map_or(path, |(directory, _)| directory);
            open.push(format!("CODEOWNERS names nobody for {shown}"));
        }
    }
}

fn workflows(root: &Path) -> Vec<(String, String)> {
    let Ok(entries) = fs::read_dir(root.join(".github/workflows")) else { return Vec::new() };
    let mut found: Vec<(String, String)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            (name.ends_with(".yml") || name.ends_with(".yaml")).then_some(())?;
            Some((name, read(&entry.path())?))
        })
        .collect();
    found.sort();
    found
}

fn read(path: &Path) -> Option<String> {
    let data = path.symlink_metadata().ok()?;
    (data.is_file() && data.len() <= LARGEST).then(|| fs::read_to_string(path).ok())?
}

/// What a workflow with the gate leaves open.
fn workflow(name: &str, text: &str, open: &mut Vec<String>) {
    let Ok(read) = serde_yaml::from_str::<Value>(text) else { return };
    // YAML takes the key `on` for a truth value.
    let on = read.get("on").or_else(|| read.get(Value::Bool(true)));
    let is_on = |event: &str| match on {
        Some(Value::String(one)) => one == event,
        Some(Value::Sequence(all)) => all.iter().any(|one| one.as_str() == Some(event)),
        Some(Value::Mapping(all)) => all.contains_key(event),
        _ => false,
    };
    for (job, value) in read.get("jobs").and_then(Value::as_mapping).into_iter().flatten() {
        let (job, steps) = (job.as_str().unwrap_or("?"), value.get("steps").and_then(Value::as_sequence));
        let steps: Vec<&Value> = steps.into_iter().flatten().collect();
        let is_gate = |step: &&Value| {
            let of = |key: &str| step.get(key).and_then(Value::as_str).unwrap_or_default();
            of("uses").contains("abigate/ci@")
                || of("uses").contains("abigate@")
                || of("run").contains("abigate gate")
        };
        let Some(at) = steps.iter().position(is_gate) else { continue };
        // Fetching commits runs nothing of the change.
        let builds = |step: &&Value| {
            step.get("run")
                .and_then(Value::as_str)
                .is_some_and(|run| !run.trim_start().starts_with("git fetch"))
        };
        if is_on("pull_request_target") {
            open.push(format!("{name}: job {job} runs with the rights of the base on pull_request_target"));
        } else if is_on("pull_request") && steps.get(..at).unwrap_or_default().iter().any(builds) {
            open.push(format!(
                "{name}: job {job} builds the change and judges it, so that the build may leave a fake program, BASH_ENV or a \
                 loader variable behind: build in one workflow and judge in another (ci/examples/build.yml and gate.yml)"
            ));
        }
        let unpinned = steps.iter().filter_map(|step| step.get("uses")?.as_str()).filter(|uses| {
            let version = uses.rsplit_once('@').map_or("", |(_, version)| version);
            let is_commit = version.len() == 40 && version.bytes().all(|b| b.is_ascii_hexdigit());
            !(is_commit || uses.starts_with("./"))
        });
        for uses in unpinned {
            open.push(format!(
                "{name}: job {job} uses {uses}, which is no commit: whoever moves the tag runs code there"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let mut open = Vec::new();
        workflow("abi.yml", text, &mut open);
        open.join("\n")
    }

    #[test]
    fn what_runs_beside_the_gate_is_seen() {
        let sha = "0".repeat(40);
        let gate = |on: &str, steps: &str| {
            format!("on: {on}\njobs:\n  abi:\n    steps:\n{steps}      - uses: x/abigate/ci@{sha}\n")
        };
        assert_eq!(said(&gate("{workflow_run: {}}", "      - run: git fetch origin x\n")), "");
        assert!(
            said(&gate("pull_request", "      - run: make\n")).contains("builds the change and judges it")
        );
        assert!(said(&gate("[push, pull_request_target]", "")).contains("with the rights of the base"));
        let tag = gate("{workflow_run: {}}", "      - uses: actions/checkout@v5\n");
        assert!(said(&tag).contains("actions/checkout@v5, which is no commit"));
        assert_eq!(
            said("on: pull_request\njobs: {a: {steps: [{run: make}, {uses: actions/checkout@v5}]}}"),
            ""
        );
    }

    #[test]
    fn the_examples_with_two_workflows_leave_nothing_open() {
        let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("ci/examples");
        for name in ["build.yml", "gate.yml", "store-commits.yml"] {
            let text = read(&at.join(name)).unwrap();
            assert_eq!(said(&text), "", "{name}");
        }
    }
}

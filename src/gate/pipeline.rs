//! Files that say how a forge runs the gate: which they are, and what of them concerns it. Whoever edits them has a change judged
//! as he likes from then on.

use serde_yaml::{Mapping, Value};

/// Directories with workflows of GitHub, and with the actions that they are made of.
pub const DIRECTORIES: [&str; 2] = [".github/workflows", ".github/actions"];

/// Files of other forges and services.
pub const FILES: [&str; 10] = [
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    ".cirrus.yml",
    ".drone.yml",
    ".travis.yml",
    ".woodpecker.yml",
    "appveyor.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "Jenkinsfile",
];

/// What all jobs of a GitLab pipeline have in common.
const COMMON: [&str; 9] = [
    "after_script",
    "before_script",
    "default",
    "image",
    "include",
    "services",
    "stages",
    "variables",
    "workflow",
];

/// Whether a file runs the gate, or could.
pub fn runs_gate(text: &str) -> bool {
    text.to_ascii_lowercase().contains("abigate")
}

/// The files that run the gate, and those that call one of these: actions and workflows of the repository that a workflow uses.
pub fn callers(files: &[(String, String)]) -> Vec<&str> {
    let mut found: Vec<&str> =
        files.iter().filter(|(_, text)| runs_gate(text)).map(|(path, _)| &**path).collect();
    let mut at = 0;
    while let Some(path) = found.get(at) {
        // An action is used by its directory, a workflow by its file.
        let used = format!(
            "./{}",
            path.strip_suffix("/action.yml").or(path.strip_suffix("/action.yaml")).unwrap_or(path)
        );
        let new = files.iter().filter(|(path, text)| text.contains(&used) && !found.contains(&&**path));
        let new: Vec<&str> = new.map(|(path, _)| &**path).collect();
        found.extend(new);
        at += 1;
    }
    found
}

/// Names of the workflows whose end starts the gate of this one: what they leave behind is judged.
pub fn follows(text: &str) -> Vec<String> {
    if !runs_gate(text) {
        return Vec::new();
    }
    let Some(read) = mapping(text) else { return Vec::new() };
    // YAML takes the key `on` for a truth value.
    let on = read.get("on").or_else(|| read.get(Value::Bool(true)));
    let names = on.and_then(|on| on.get("workflow_run")?.get("workflows"));
    let names = names.and_then(Value::as_sequence).into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// What a workflow is called.
pub fn name(text: &str) -> Option<String> {
    Some(mapping(text)?.get("name")?.as_str()?.to_owned())
}

/// Whether two texts of a file run the gate in the same way: jobs that have nothing to do with it do not count, nor do comments
/// and layout. `is_followed`: its end starts the gate, so that all of it counts.
pub fn is_same(old: &str, new: &str, is_followed: bool) -> bool {
    match (mapping(old), mapping(new)) {
        (Some(old), Some(new)) if is_followed => old == new,
        (Some(old), Some(new)) => essence(old) == essence(new),
        _ => old == new,
    }
}

/// More than any pipeline has, in bytes, and more brackets in brackets than anybody writes: a reader of YAML would take its time.
const LARGEST: usize = 512 << 10;
const DEEPEST: usize = 100;

/// The file's mapping; none: it is no YAML, or none of a pipeline.
fn mapping(text: &str) -> Option<Mapping> {
    let mut depth = 0usize;
    let is_too_deep = text.bytes().any(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    });
    if text.len() > LARGEST || is_too_deep {
        return None;
    }
    match serde_yaml::from_str(text) {
        Ok(Value::Mapping(mapping)) => Some(mapping),
        _ => None,
    }
}

/// What of a file concerns the gate: its jobs, the jobs that these need, and what stands above all jobs.
fn essence(mut file: Mapping) -> Mapping {
    if let Some(Value::Mapping(jobs)) = file.get_mut("jobs") {
        let of_gate = with_needs(jobs);
        // Which job it is cannot be told: all of them count.
        if !of_gate.is_empty() {
            jobs.retain(|name, _| of_gate.contains(name));
        }
    } else if file.iter().any(|(_, value)| mentions(value)) {
        file.retain(|name, value| {
            mentions(value) || name.as_str().is_some_and(|name| COMMON.contains(&name))
        });
    }
    file
}

/// The jobs that run the gate, and those that they need.
fn with_needs(jobs: &Mapping) -> Vec<Value> {
    let mut found: Vec<Value> =
        jobs.iter().filter(|(_, job)| mentions(job)).map(|(name, _)| name.clone()).collect();
    let mut at = 0;
    while let Some(job) = found.get(at).and_then(|name| jobs.get(name)) {
        let needed = match job.get("needs") {
            Some(Value::Sequence(all)) => all.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        let new = needed.into_iter().filter(|name| jobs.contains_key(name) && !found.contains(name));
        let new: Vec<Value> = new.collect();
        found.extend(new);
        at += 1;
    }
    found
}

fn mentions(value: &Value) -> bool {
    match value {
        Value::String(text) => runs_gate(text),
        Value::Sequence(all) => all.iter().any(mentions),
        Value::Mapping(all) => all.iter().any(|(name, value)| mentions(name) || mentions(value)),
        Value::Tagged(tagged) => mentions(&tagged.value),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_concerns_the_gate_counts() {
        let workflow = |lint: &str, build: &str, gate: &str| {
            format!(
                "on: pull_request\njobs:\n  lint: {{steps: [{{run: {lint}}}]}}\n  build: {{steps: [{{run: {build}}}]}}\n  \
                 abi: {{needs: build, steps: [{{run: {gate}}}]}}\n"
            )
        };
        let old = workflow("x", "make", "abigate gate");
        assert!(is_same(&old, &format!("# said\n{}", workflow("y", "make", "abigate gate")), false));
        assert!(!is_same(&old, &workflow("x", "cp good.so build", "abigate gate"), false));
        assert!(!is_same(&old, &workflow("x", "make", "abigate gate || true"), false));
        assert!(!is_same(&old, &workflow("x", "make", "'true'"), false));
        assert!(!is_same(&old, &old.replace("pull_request", "push"), false));
        assert!(!is_same(&old, "jobs: [", false) && !is_same(&old, "", false));
        let gitlab = "test: {script: [x]}\nabi: {script: [abigate gate]}\nvariables: {A: 1}\n";
        assert!(is_same(gitlab, &gitlab.replace("[x]", "[y]"), false));
        assert!(!is_same(gitlab, &gitlab.replace("A: 1", "A: 2"), false));
        assert!(!is_same("sh 'abigate gate'", "sh 'true'", false));
    }

    #[test]
    fn who_uses_what_runs_the_gate_runs_it() {
        let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        let files = [
            file(".github/actions/abi/action.yml", "run: abigate gate"),
            file(".github/workflows/a.yml", "uses: ./.github/actions/abi"),
            file(".github/workflows/b.yml", "uses: ./.github/workflows/a.yml"),
            file(".github/workflows/c.yml", "uses: ./.github/actions/other"),
        ];
        let paths = [&*files[0].0, &*files[1].0, &*files[2].0];
        assert_eq!(callers(&files), paths);
        // What nobody writes is not read for long.
        assert!(!is_same("a: 1", &format!("a: {}", "[".repeat(1 << 18)), false));
    }

    #[test]
    fn a_workflow_follows_another() {
        let gate = "on:\n  workflow_run: {workflows: [Build], types: [completed]}\njobs: {a: {steps: [{uses: x/abigate@1}]}}\n";
        assert_eq!(follows(gate), ["Build"]);
        assert_eq!(follows(&gate.replace("abigate", "other")), Vec::<String>::new());
        assert_eq!(name("name: Build\non: push\n").as_deref(), Some("Build"));
        assert!(is_same("a: 1", "a:  1", true) && !is_same("a: {b: 1}", "a: {b: 2}", true));
    }
}

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

/// Whether a forge starts with that file.
pub fn is_start(path: &str) -> bool {
    let is_below = |directory: &str| path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
    FILES.contains(&path) || DIRECTORIES.iter().any(|directory| is_below(directory))
}

/// Whether a file has the form of a pipeline: it is one, or one includes it.
pub fn is_one(path: &str) -> bool {
    is_start(path) || [".yml", ".yaml"].iter().any(|ending| path.ends_with(ending))
}

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
/// and layout. `is_followed`: its end starts the gate, so that all of it counts. `concerns`: whether a text in it has to do with
/// the gate.
pub fn is_same(old: &str, new: &str, is_followed: bool, concerns: &dyn Fn(&str) -> bool) -> bool {
    match (mapping(old), mapping(new)) {
        (Some(old), Some(new)) if is_followed => old == new,
        (Some(old), Some(new)) => essence(old, concerns) == essence(new, concerns),
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
fn essence(mut file: Mapping, concerns: &dyn Fn(&str) -> bool) -> Mapping {
    if let Some(Value::Mapping(jobs)) = file.get_mut("jobs") {
        let of_gate = with_needs(jobs, concerns);
        // Which job it is cannot be told: all of them count.
        if !of_gate.is_empty() {
            jobs.retain(|name, _| of_gate.contains(name));
        }
    } else if file.iter().any(|(_, value)| mentions(value, concerns)) {
        file.retain(|name, value| {
            mentions(value, concerns) || name.as_str().is_some_and(|name| COMMON.contains(&name))
        });
    }
    file
}

/// The jobs that run the gate, and those that they need.
fn with_needs(jobs: &Mapping, concerns: &dyn Fn(&str) -> bool) -> Vec<Value> {
    let mut found: Vec<Value> =
        jobs.iter().filter(|(_, job)| mentions(job, concerns)).map(|(name, _)| name.clone()).collect();
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

fn mentions(value: &Value, concerns: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => concerns(text),
        Value::Sequence(all) => all.iter().any(|value| mentions(value, concerns)),
        Value::Mapping(all) => {
            all.iter().any(|(name, value)| mentions(name, concerns) || mentions(value, concerns))
        }
        Value::Tagged(tagged) => mentions(&tagged.value, concerns),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(old: &str, new: &str, is_followed: bool) -> bool {
        is_same(old, new, is_followed, &runs_gate)
    }

    #[test]
    fn what_concerns_the_gate_counts() {
        let workflow = |lint: &str, build: &str, gate: &str| {
            format!(
                "on: pull_request\njobs:\n  lint: {{steps: [{{run: {lint}}}]}}\n  build: {{steps: [{{run: {build}}}]}}\n  \
                 abi: {{needs: build, steps: [{{run: {gate}}}]}}\n"
            )
        };
        let old = workflow("x", "make", "abigate gate");
        assert!(same(&old, &format!("# said\n{}", workflow("y", "make", "abigate gate")), false));
        assert!(!same(&old, &workflow("x", "cp good.so build", "abigate gate"), false));
        assert!(!same(&old, &workflow("x", "make", "abigate gate || true"), false));
        assert!(!same(&old, &workflow("x", "make", "'true'"), false));
        assert!(!same(&old, &old.replace("pull_request", "push"), false));
        assert!(!same(&old, "jobs: [", false) && !same(&old, "", false));
        let gitlab = "test: {script: [x]}\nabi: {script: [abigate gate]}\nvariables: {A: 1}\n";
        assert!(same(gitlab, &gitlab.replace("[x]", "[y]"), false));
        assert!(!same(gitlab, &gitlab.replace("A: 1", "A: 2"), false));
        assert!(!same("sh 'abigate gate'", "sh 'true'", false));
    }

    /// What nobody writes is not read for long.
    #[test]
    fn no_pipeline_is_read_for_long() {
        assert!(!same("a: 1", &format!("a: {}", "[".repeat(1 << 18)), false));
    }

    #[test]
    fn a_workflow_follows_another() {
        let gate = "on:\n  workflow_run: {workflows: [Build], types: [completed]}\njobs: {a: {steps: [{uses: x/abigate@1}]}}\n";
        assert_eq!(follows(gate), ["Build"]);
        assert_eq!(follows(&gate.replace("abigate", "other")), Vec::<String>::new());
        assert_eq!(name("name: Build\non: push\n").as_deref(), Some("Build"));
        assert!(same("a: 1", "a:  1", true) && !same("a: {b: 1}", "a: {b: 2}", true));
    }
}

//! Files beside a pipeline that run the gate for it: scripts, makefiles and includes that its jobs call, directly or by way of
//! others. Which files a text names, and what of a script concerns the gate.

use std::collections::{BTreeMap, BTreeSet};

use super::pipeline;
use crate::patterns::Glob;

/// What tools run where no file is named.
const BY_TOOL: [(&str, &[&str]); 15] = [
    ("make", MAKEFILES),
    ("gmake", MAKEFILES),
    ("just", &["justfile", "Justfile", ".justfile"]),
    ("task", &["Taskfile.yml", "Taskfile.yaml"]),
    ("tox", &["tox.ini", "pyproject.toml"]),
    ("nox", &["noxfile.py"]),
    ("npm", &["package.json"]),
    ("yarn", &["package.json"]),
    ("pnpm", &["package.json"]),
    ("rake", &["Rakefile"]),
    ("invoke", &["tasks.py"]),
    ("cmake", &["CMakeLists.txt", "CMakePresets.json"]),
    ("ctest", &["CMakeLists.txt"]),
    ("meson", &["meson.build"]),
    ("pre-commit", &[".pre-commit-config.yaml"]),
];

const MAKEFILES: &[&str] = &["GNUmakefile", "makefile", "Makefile"];

/// Endings of what nobody runs, whatever it says about the gate: texts for people, and sources of what is built.
const NOT_RUN: [&str; 22] = [
    ".md", ".rst", ".adoc", ".txt", ".html", ".svg", ".png", ".tex", ".po", ".c", ".cc", ".cpp", ".cxx",
    ".cu", ".h", ".hh", ".hpp", ".hxx", ".inl", ".so", ".zst", ".map",
];

/// Most files that are read, and most bytes of one and of all: what a pipeline runs is less.
const MOST: usize = 1000;
/// In bytes.
pub const LARGEST: u64 = 512 << 10;
const MOST_BYTES: usize = 32 << 20;

/// Whether a file may be part of how the gate is run.
pub fn may_run(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "CMakeLists.txt" || !NOT_RUN.iter().any(|ending| name.ends_with(ending))
}

/// The files of a repository, by their names.
pub struct Files<'f> {
    paths: BTreeSet<&'f str>,
    /// Paths by their last parts.
    by_name: BTreeMap<&'f str, Vec<&'f str>>,
}

impl<'f> Files<'f> {
    /// All files that a commit has.
    pub fn new(paths: impl Iterator<Item = &'f str>) -> Files<'f> {
        let mut files = Files { paths: BTreeSet::new(), by_name: BTreeMap::new() };
        for path in paths {
            files.paths.insert(path);
            files.by_name.entry(path.rsplit('/').next().unwrap_or(path)).or_default().push(path);
        }
        files
    }

    /// The files that a text at a path names, sorted: by paths from the root, from where it stands itself, behind a variable,
    /// by patterns, as an action, and those that tools read which it calls. One that is named by chance does no harm, since
    /// only those count that run the gate.
    pub fn named(&self, path: &str, text: &str) -> BTreeSet<&'f str> {
        let here = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        let is_part = |c: char| c.is_alphanumeric() || "_-+./@*".contains(c);
        let words = || text.split(|c: char| !is_part(c)).filter(|word| !word.is_empty());
        let called: BTreeSet<&str> = words().collect();
        let tools = BY_TOOL.iter().filter(|(tool, _)| called.contains(tool));
        let tools: Vec<&str> = tools.flat_map(|(_, names)| names.iter().copied()).collect();
        let mut found = BTreeSet::new();
        // Tools look where they stand.
        for name in &tools {
            found.extend(self.paths.get(name));
            found.extend(self.paths.get(&*format!("{here}/{name}")));
        }
        for word in called {
            self.add(here, word, &tools, &mut found);
        }
        found.remove(path);
        found
    }

    fn add(&self, here: &str, word: &str, tools: &[&str], found: &mut BTreeSet<&'f str>) {
        let mut end = word.trim_end_matches(['.', '/']);
        while let Some(rest) = ["./", "../", "/"].iter().find_map(|start| end.strip_prefix(start)) {
            end = rest;
        }
        if end.is_empty() {
            return;
        }
        if end.contains('*') {
            // A pattern of no directory is one of a shell's, and not of files that a pipeline runs.
            if let Some(glob) = Glob::parse(end).ok().filter(|_| end.contains('/')) {
                found.extend(self.paths.iter().copied().filter(|path| glob.matches(path)));
            }
            return;
        }
        // It is a directory, of an action or for a tool.
        for name in ["action.yml", "action.yaml"].iter().chain(tools) {
            found.extend(self.paths.get(&*format!("{end}/{name}")));
        }
        // What could be any word is a file only where it is looked for first, or where a path says so. A path may start with
        // a variable, which is taken apart from it.
        let is_path = end.contains('.') || word.contains('/');
        let name = end.rsplit('/').next().unwrap_or(end);
        let Some(paths) = self.by_name.get(name) else { return };
        let tails = std::iter::successors(Some(end), |tail| Some(tail.split_once('/')?.1));
        for tail in tails {
            let before = found.len();
            for &path in paths {
                let above = path.strip_suffix(tail).unwrap_or_default();
                let is_below = path.ends_with(tail)
                    && above.ends_with('/')
                    && (is_path || above.trim_end_matches('/') == here);
                if path == tail || is_below {
                    found.insert(path);
                }
            }
            if found.len() > before {
                break;
            }
        }
    }
}

/// What stands in files, each with its path first.
pub type Texts = Vec<(String, String)>;

/// Which files are named by which, from a pipeline on.
pub struct Calls<'f> {
    /// What stands in each.
    pub texts: BTreeMap<String, String>,
    names: BTreeMap<String, BTreeSet<&'f str>>,
}

impl<'f> Calls<'f> {
    /// Follows what some texts name, as far as files may be run. `read`: texts of files, by their paths.
    pub fn follow(start: Texts, files: &Files<'f>, read: &mut dyn FnMut(&[&'f str]) -> Texts) -> Calls<'f> {
        let mut calls = Calls { texts: BTreeMap::new(), names: BTreeMap::new() };
        let (mut new, mut bytes) = (start, 0usize);
        while !new.is_empty() && bytes < MOST_BYTES {
            let mut next = BTreeSet::new();
            for (path, text) in new {
                let named = files.named(&path, &text);
                next.extend(named.iter().copied().filter(|name| may_run(name)));
                bytes += text.len();
                calls.names.insert(path.clone(), named);
                calls.texts.insert(path, text);
            }
            next.retain(|name| !calls.texts.contains_key(*name));
            let next: Vec<&str> = next.into_iter().take(MOST.saturating_sub(calls.texts.len())).collect();
            new = if next.is_empty() { Vec::new() } else { read(&next) };
        }
        calls
    }

    /// The files that run the gate, and those that lead to one of them.
    pub fn leading(&self) -> BTreeSet<String> {
        let runs = |(path, text): &(&String, &String)| may_run(path) && pipeline::runs_gate(text);
        let mut found: BTreeSet<String> =
            self.texts.iter().filter(runs).map(|(path, _)| path.clone()).collect();
        loop {
            let leads = |(path, names): &(&String, &BTreeSet<&str>)| {
                !found.contains(*path) && names.iter().any(|name| found.contains(*name))
            };
            let new: Vec<String> = self.names.iter().filter(leads).map(|(path, _)| path.clone()).collect();
            if new.is_empty() {
                return found;
            }
            found.extend(new);
        }
    }
}

/// Whether a file that comes is taken in the place of one that is there: `GNUmakefile` before `Makefile`.
pub fn stands_before(path: &str, other: &str) -> bool {
    let parts = |path| -> (&str, Option<usize>) {
        let (directory, name) = str::rsplit_once(path, '/').unwrap_or(("", path));
        (directory, MAKEFILES.iter().position(|known| *known == name))
    };
    match (parts(path), parts(other)) {
        ((a, Some(first)), (b, Some(second))) => a == b && first < second,
        _ => false,
    }
}

/// Whether two texts of a script run the gate in the same way. `concerns`: whether a text has to do with the gate. Of what also
/// says how everything is built, only the parts count that do; of a script all of it, since any line of it may end it.
pub fn is_same(path: &str, old: &str, new: &str, concerns: &dyn Fn(&str) -> bool) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.ends_with(".json") {
        let lines = |text: &str| -> Vec<String> { parts(text.lines().map(str::trim), concerns) };
        return lines(old) == lines(new);
    }
    let builds = MAKEFILES.contains(&name)
        || [".mk", ".cmake", ".ini", ".toml", ".build"].iter().any(|ending| name.ends_with(ending))
        || ["CMakeLists.txt", "justfile", "Justfile", ".justfile"].contains(&name);
    if !builds {
        return lines(old) == lines(new);
    }
    let (old, new) = (blocks(old), blocks(new));
    // A second rule of the same name, or another shell, is another way to run it.
    let has_rules = MAKEFILES.contains(&name) || name.ends_with(".mk") || name.contains("justfile");
    let both = old.iter().chain(&new).filter(|block| has_rules && concerns(block));
    let labels: BTreeSet<&str> = both.map(|block| label(block)).collect();
    let of = |blocks: &[String]| -> Vec<String> {
        let counts = |block: &&String| {
            let label = label(block);
            concerns(block) || labels.contains(label) || (has_rules && SPECIAL.contains(&label))
        };
        blocks.iter().filter(counts).cloned().collect()
    };
    of(&old) == of(&new)
}

/// Names in makefiles that say how every recipe runs.
const SPECIAL: [&str; 8] =
    [".IGNORE", ".ONESHELL", ".SHELLFLAGS", "MAKEFLAGS", "PATH", "SHELL", "export PATH", "export SHELL"];

fn parts<'t>(lines: impl Iterator<Item = &'t str>, concerns: &dyn Fn(&str) -> bool) -> Vec<String> {
    lines.filter(|line| concerns(line)).map(str::to_owned).collect()
}

/// Lines without those that say nothing to a shell or an interpreter; the first may say which one it is.
fn lines(text: &str) -> Vec<&str> {
    let says = |(at, line): &(usize, &str)| {
        (*at == 0 && line.starts_with("#!")) || !(line.is_empty() || line.trim_start().starts_with('#'))
    };
    text.lines().map(str::trim_end).enumerate().filter(says).map(|(_, line)| line).collect()
}

/// Lines that start at the margin, each with what is indented below it and what closes it.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in lines(text) {
        let is_inner = line.starts_with([' ', '\t', ')', ']', '}']) || goes_on;
        match blocks.last_mut() {
            Some(block) if is_inner => {
                block.push('\n');
                block.push_str(line);
            }
            _ => blocks.push(line.to_owned()),
        }
        goes_on = line.ends_with('\\');
    }
    blocks
}

/// What a block is called: the target of a rule, the variable that is set.
fn label(block: &str) -> &str {
    let first = block.lines().next().unwrap_or_default();
    first.split([':', '=', '(', '?', '+']).next().unwrap_or(first).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_files_in_many_ways() {
        let paths = [
            ".github/actions/abi/action.yml",
            "Makefile",
            "README.md",
            "ci/abi.sh",
            "ci/gitlab/abi.yml",
            "ci/run",
            "lib/Makefile",
            "tools/lib/common.sh",
        ];
        let files = Files::new(paths.iter().copied());
        let named = |path: &str, text: &str| files.named(path, text).into_iter().collect::<Vec<_>>();
        for text in [
            "run: ./ci/abi.sh build",
            "bash $GITHUB_WORKSPACE/ci/abi.sh",
            "- '${{ github.workspace }}/ci/abi.sh'",
            "working-directory: ci\nrun: ./abi.sh",
            "for f in ci/*.sh; do $f; done",
        ] {
            assert_eq!(named(".github/workflows/a.yml", text), ["ci/abi.sh"], "{text}");
        }
        assert_eq!(named("a.yml", "uses: ./.github/actions/abi"), [".github/actions/abi/action.yml"]);
        assert_eq!(named(".gitlab-ci.yml", "include: {local: /ci/gitlab/*.yml}"), ["ci/gitlab/abi.yml"]);
        assert_eq!(named("a.yml", "run: make -j2 abi"), ["Makefile"]);
        assert_eq!(named("ci/abi.sh", ". \"$HERE/../tools/lib/common.sh\""), ["tools/lib/common.sh"]);
        // A word is a file beside the one that says it, or where a path says so.
        assert_eq!(named("ci/abi.sh", "run it"), ["ci/run"]);
        assert_eq!(named("ci/abi.sh", "make -C lib"), ["Makefile", "lib/Makefile"]);
        assert_eq!(named("a.yml", "ci/run it"), ["ci/run"]);
        assert!(named("a.yml", "it is said somewhere.").is_empty());
    }

    #[test]
    fn what_leads_to_the_gate_counts() {
        let texts = [
            (".github/workflows/a.yml", "jobs: {abi: {steps: [{run: ci/all.sh}]}}"),
            (".github/workflows/b.yml", "jobs: {lint: {steps: [{run: ci/lint.sh, cat: README.md}]}}"),
            ("ci/all.sh", "make -C . abi"),
            ("ci/lint.sh", "true"),
            ("Makefile", "abi:\n\tabigate gate\n"),
            ("README.md", "abigate gate"),
        ];
        let texts: BTreeMap<String, String> =
            texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let files = Files::new(texts.keys().map(String::as_str));
        let of = |paths: &[&str]| -> Vec<(String, String)> {
            paths.iter().map(|path| ((*path).to_owned(), texts[*path].clone())).collect()
        };
        let start = of(&[".github/workflows/a.yml", ".github/workflows/b.yml"]);
        let calls = Calls::follow(start, &files, &mut |paths| of(paths));
        assert!(calls.texts.contains_key("ci/lint.sh") && !calls.texts.contains_key("README.md"));
        let found: Vec<String> = calls.leading().into_iter().collect();
        assert_eq!(found, [".github/workflows/a.yml", "Makefile", "ci/all.sh"]);
        assert!(stands_before("GNUmakefile", "Makefile") && !stands_before("a/GNUmakefile", "Makefile"));
    }

    #[test]
    fn of_a_makefile_the_parts_count_that_run_the_gate() {
        let same = |path: &str, old: &str, new: &str| is_same(path, old, new, &pipeline::runs_gate);
        let make =
            "SRC = a.c\nall: lib.so\nlib.so: $(SRC)\n\tcc -o $@ $(SRC)\nabi: all\n\tabigate gate build\n";
        assert!(same("Makefile", make, &make.replace("a.c", "a.c b.c").replace("cc -o", "cc -g -o")));
        assert!(same("Makefile", make, &format!("# said\n{make}")));
        for worse in [
            make.replace("abigate gate build", "abigate gate build || true"),
            make.replace("\tabigate", "\t-abigate"),
            make.replace("abi: all\n\tabigate gate build\n", "abi:\n\ttrue\n"),
            format!("{make}abi:\n\ttrue\n"),
            format!("SHELL = /bin/true\n{make}"),
            format!(".IGNORE: abi\n{make}"),
        ] {
            assert!(!same("Makefile", make, &worse), "{worse}");
        }
        let cmake = "add_library(shop SHARED a.cc)\nadd_test(\n  NAME abi\n  COMMAND abigate gate\n)\n";
        assert!(same("CMakeLists.txt", cmake, &cmake.replace("a.cc", "a.cc b.cc")));
        assert!(!same("CMakeLists.txt", cmake, &cmake.replace("abigate gate", "true")));
        let json = "{\"scripts\": {\n  \"lint\": \"x\",\n  \"abi\": \"abigate gate\"\n}}\n";
        assert!(same("package.json", json, &json.replace("\"x\"", "\"y\"")));
        assert!(!same("package.json", json, &json.replace("gate\"", "gate || true\"")));
        // Any line of a script may end it.
        assert!(!same("ci/abi.sh", "abigate gate\n", "exit 0\nabigate gate\n"));
        assert!(same("ci/abi.sh", "abigate gate\n", "\n# said\nabigate gate  \n".trim_start()));
    }
}

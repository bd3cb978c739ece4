//! Who may use whom, read off the sources: the arrows between modules go one way, and only the edge of the process knows
//! its environment.
//!
//! What a module uses is every path in its code that begins with `crate`, `super` or `self` or, in a `use`, with a module
//! below it; tests do not count. [`violations`] is tried on sources that are made up here before it is asked about the real
//! ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules that use nothing of the rest.
const LEAVES: [&str; 8] = ["abi", "git", "github", "http", "mangling", "rules", "spelling", "versions"];

/// What leaves use all the same: who, whom.
const BELOW_LEAVES: [(&str, &str); 1] = [("github", "http")];

/// Modules that know arguments, environment, terminals and exit codes.
const EDGES: [&str; 3] = ["cli", "main", "serve"];

/// Arrows that are forbidden though they would close no circle: who, whom.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    ("diff", &["policy", "report", "artifact"]),
    // What it writes was found and decided elsewhere.
    (
        "report",
        &["artifact", "binary", "dump", "dwarf", "probe", "selftest", "session", "store", "toolchain"],
    ),
    // Who is called by the edge, not who calls it.
    ("session", &["cli", "serve", "report"]),
    ("serve", &["cli"]),
];

/// Modules of which `report` takes types only, and which of those decide.
const READ_ONLY: [&str; 6] = ["consumers", "diff", "gate", "history", "loader", "policy"];
const DECIDING: [&str; 6] = ["Policy", "File", "JudgeContext", "TierAssigner", "Query", "SearchFilesystem"];

/// Crates of the edge.
const EDGE_CRATES: [&str; 7] =
    ["anstream", "anyhow", "clap", "clap_complete", "clap_mangen", "indicatif", "terminal_size"];

/// Names of the standard library that only the edge may say: paths, by their ends.
const EDGE_NAMES: [&[&str]; 10] = [
    &["process", "exit"],
    &["process", "ExitCode"],
    &["io", "stdin"],
    &["io", "stdout"],
    &["io", "stderr"],
    &["io", "IsTerminal"],
    &["panic", "set_hook"],
    &["panic", "take_hook"],
    &["mem", "forget"],
    &["std", "env"],
];

/// Macros that print.
const PRINTING: [&str; 5] = ["dbg", "eprint", "eprintln", "print", "println"];

/// Files with a variable for the whole process, and why.
const GLOBALS: [(&str, &str); 1] = [(
    "artifact/sigbus_guard.rs",
    "a signal handler is one for the whole process; only the edge installs it",
)];

#[test]
fn the_sources_keep_the_order_of_modules() {
    let found = violations(&sources());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Paths below `src/` and their text.
fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(files.len() > 100, "the sources are elsewhere");
    files
}

/// Everything that is against the order, a sentence each.
fn violations(files: &BTreeMap<String, String>) -> Vec<String> {
    let tree = Tree::new(files);
    let mut found = Vec::new();
    found.extend(circle(&tree.between_top_modules()).map(|way| format!("modules in a circle: {way}")));
    found.extend(circle(&tree.between_files_of("cli")).map(|way| format!("files in a circle: {way}")));
    for file in &tree.files {
        let top = file.module.first().map_or("lib", String::as_str);
        let is_edge = EDGES.contains(&top);
        let mut say = |what: String| found.push(format!("{}: {what}", file.name));
        for used in &file.uses {
            let whom = used.first().map_or("", String::as_str);
            let is_allowed = whom == top || BELOW_LEAVES.contains(&(top, whom));
            if !is_allowed && tree.tops.contains(whom) && LEAVES.contains(&top) {
                say(format!("{top} uses nothing of the rest, and here {whom}"));
            }
            if FORBIDDEN.iter().any(|(who, whoms)| *who == top && whoms.contains(&whom)) {
                say(format!("{top} does not use {whom}"));
            }
            if top == "report" && READ_ONLY.contains(&whom) && decides(used) {
                say(format!("report only reads, and here is {}", used.join("::")));
            }
        }
        for path in file.paths.iter().filter(|_| !is_edge) {
            if let Some(name) = of_edge(path) {
                say(format!("only the edge of the process uses {name}"));
            }
        }
        for name in file.globals.iter().filter(|_| !is_edge) {
            if !GLOBALS.iter().any(|(known, _)| *known == file.name) {
                say(format!("a variable for the whole process: {name}"));
            }
        }
    }
    found
}

/// Whether a path leads to a function, or to a type that decides something.
fn decides(path: &[String]) -> bool {
    let last = path.last().map_or("", String::as_str);
    let is_type = last.starts_with(|c: char| c.is_ascii_uppercase());
    // A module alone says nothing; what is used of it stands behind it.
    let is_function = !is_type && last != "*" && last != "self" && path.len() > 1;
    is_function || DECIDING.contains(&last)
}

/// What of the edge a path is.
fn of_edge(path: &[String]) -> Option<String> {
    let shown = || Some(path.join("::"));
    let first = path.first().map_or("", String::as_str);
    let is_crate = EDGE_CRATES.contains(&first);
    let printing = |name: &&str| path.len() == 1 && first == format!("{name}!");
    // What the program was compiled for is no environment.
    let is_constant = path.starts_with(&["std".to_owned(), "env".to_owned(), "consts".to_owned()]);
    let names = |names: &&[&str]| path.windows(names.len()).any(|part| part.iter().eq(names.iter()));
    let is_name = !is_constant && EDGE_NAMES.iter().any(names);
    if is_crate || is_name || PRINTING.iter().any(printing) { shown() } else { None }
}

/// A circle in a graph, as `a → b → a`.
fn circle(graph: &BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    fn walk<'g>(
        at: &'g str,
        graph: &'g BTreeMap<String, BTreeSet<String>>,
        way: &mut Vec<&'g str>,
        done: &mut BTreeSet<&'g str>,
    ) -> Option<String> {
        if let Some(start) = way.iter().position(|one| *one == at) {
            return Some([&way[start..], &[at]].concat().join(" → "));
        }
        if !done.insert(at) {
            return None;
        }
        way.push(at);
        let next = graph.get(at).into_iter().flatten();
        let found = next.filter_map(|next| walk(next, graph, way, done)).next();
        way.pop();
        found
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| walk(start, graph, &mut Vec::new(), &mut done))
}

/// The modules and what they use.
struct Tree {
    files: Vec<File>,
    tops: BTreeSet<String>,
}

/// A file and what is in it.
struct File {
    /// Path below `src/`.
    name: String,
    /// The module: `["cli", "diff"]`; none for `lib.rs`.
    module: Vec<String>,
    /// Paths into this crate, from its root.
    uses: Vec<Vec<String>>,
    /// All paths as they are written, with those of `use` taken apart; macros with their `!`.
    paths: Vec<Vec<String>>,
    /// Variables that can change.
    globals: Vec<String>,
}

impl Tree {
    fn new(files: &BTreeMap<String, String>) -> Tree {
        let modules: BTreeSet<Vec<String>> = files.keys().map(|name| module(name)).collect();
        let code: Vec<(&String, Vec<String>, Vec<String>)> = files
            .iter()
            .map(|(name, text)| {
                let (code, tests) = without_tests(&tokens(text));
                (name, code, tests)
            })
            .collect();
        // Files that are only there for tests.
        let of_tests: BTreeSet<Vec<String>> = code
            .iter()
            .flat_map(|(name, _, tests)| {
                tests.iter().map(move |test| [module(name), vec![test.clone()]].concat())
            })
            .collect();
        let files: Vec<File> = code
            .iter()
            .filter(|(name, ..)| !of_tests.contains(&module(name)))
            .map(|(name, code, _)| File::new(name, code, &modules))
            .collect();
        let tops = modules.iter().filter_map(|module| module.first().cloned()).collect();
        Tree { files, tops }
    }

    fn between_top_modules(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        // The library's root names all modules, which is no use.
        for file in self.files.iter().filter(|file| !file.module.is_empty()) {
            let others = file.uses.iter().filter_map(|used| used.first());
            let others = others.filter(|whom| self.tops.contains(*whom) && **whom != file.module[0]);
            graph.entry(file.module[0].clone()).or_default().extend(others.cloned());
        }
        graph
    }

    /// Files of one module: a path means the longest beginning of it that is a file.
    fn between_files_of(&self, top: &str) -> BTreeMap<String, BTreeSet<String>> {
        let inside = |file: &&File| file.module.first().is_some_and(|module| module == top);
        let by_module: BTreeMap<&[String], &str> =
            self.files.iter().filter(inside).map(|file| (&file.module[..], &*file.name)).collect();
        let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for file in self.files.iter().filter(inside) {
            let meant = |used: &Vec<String>| {
                let beginnings = (1..=used.len()).rev().map(|length| &used[..length]);
                beginnings.filter_map(|module| by_module.get(module)).next().copied()
            };
            let others = file.uses.iter().filter_map(meant).filter(|other| *other != file.name);
            graph.entry(file.name.clone()).or_default().extend(others.map(str::to_owned));
        }
        graph
    }
}

impl File {
    fn new(name: &str, code: &[String], modules: &BTreeSet<Vec<String>>) -> File {
        let module = module(name);
        let paths = paths(code);
        let absolute = |path: &Vec<String>| match path.first().map(String::as_str) {
            Some("crate") => Some(path[1..].to_vec()),
            Some("self") => Some([&module[..], &path[1..]].concat()),
            Some("super") => {
                let up = path.iter().take_while(|part| *part == "super").count();
                let above = &module[..module.len().saturating_sub(up)];
                Some([above, &path[up..]].concat())
            }
            Some(first) => {
                let below = [&module[..], &[first.to_owned()]].concat();
                modules.contains(&below).then(|| [&module[..], path].concat())
            }
            None => None,
        };
        let mut uses: Vec<Vec<String>> = paths.iter().filter_map(absolute).collect();
        // Who declares a module knows it.
        for pair in code.windows(3).filter(|part| part[0] == "mod" && part[2] == ";") {
            uses.push([&module[..], &[pair[1].clone()]].concat());
        }
        File { name: name.to_owned(), uses, paths, globals: globals(code), module }
    }
}

/// `cli/diff.rs` → `["cli", "diff"]`.
fn module(name: &str) -> Vec<String> {
    let name = name.trim_end_matches(".rs").trim_end_matches("/mod");
    if name == "lib" || name == "mod" { Vec::new() } else { name.split('/').map(str::to_owned).collect() }
}

/// Words, `::` and single signs of a Rust text; no comments, no literals.
fn tokens(text: &str) -> Vec<String> {
    let text: Vec<char> = text.chars().collect();
    let at = |place: usize| text.get(place).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut place = 0;
    while place < text.len() {
        let c = at(place);
        if c == '/' && at(place + 1) == '/' {
            while place < text.len() && at(place) != '\n' {
                place += 1;
            }
        } else if c == '/' && at(place + 1) == '*' {
            let mut depth = 0;
            loop {
                match (at(place), at(place + 1)) {
                    ('/', '*') => (depth, place) = (depth + 1, place + 2),
                    ('*', '/') => (depth, place) = (depth - 1, place + 2),
                    _ => place += 1,
                }
                if depth == 0 || place >= text.len() {
                    break;
                }
            }
        } else if c == '"' {
            place = behind_string(&text, place);
        } else if c == '\'' {
            // A lifetime has no quote behind it.
            if at(place + 1) == '\\' {
                place += 3;
                while place < text.len() && at(place) != '\'' {
                    place += 1;
                }
                place += 1;
            } else if at(place + 2) == '\'' {
                place += 3;
            } else {
                place += 1;
            }
        } else if is_word(c) {
            let start = place;
            while is_word(at(place)) {
                place += 1;
            }
            let word: String = text[start..place].iter().collect();
            let hashes = (place..).take_while(|place| at(*place) == '#').count();
            let is_raw = ["r", "br", "cr"].contains(&&*word) && at(place + hashes) == '"';
            if is_raw {
                place = behind_raw_string(&text, place + hashes + 1, hashes);
            } else if !(["b", "c"].contains(&&*word) && at(place) == '"') {
                tokens.push(word);
            }
        } else if c == ':' && at(place + 1) == ':' {
            tokens.push("::".to_owned());
            place += 2;
        } else {
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
            place += 1;
        }
    }
    tokens
}

fn behind_string(text: &[char], start: usize) -> usize {
    let mut place = start + 1;
    while place < text.len() && text[place] != '"' {
        place += if text[place] == '\\' { 2 } else { 1 };
    }
    place + 1
}

fn behind_raw_string(text: &[char], start: usize, hashes: usize) -> usize {
    let ends = |place: usize| text[place] == '"' && (1..=hashes).all(|n| text.get(place + n) == Some(&'#'));
    (start..text.len()).find(|place| ends(*place)).map_or(text.len(), |place| place + hashes + 1)
}

/// The code without what `#[cfg(test)]` stands before, and the modules among that which are files of their own.
fn without_tests(tokens: &[String]) -> (Vec<String>, Vec<String>) {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut code, mut modules) = (Vec::new(), Vec::new());
    let mut place = 0;
    while place < tokens.len() {
        if !tokens[place..].iter().take(MARK.len()).eq(MARK.iter()) {
            code.push(tokens[place].clone());
            place += 1;
            continue;
        }
        place += MARK.len();
        if let Some([mod_, name, end]) = tokens.get(place..place + 3)
            && mod_ == "mod"
            && end == ";"
        {
            modules.push(name.clone());
        }
        let mut depth = 0;
        while let Some(token) = tokens.get(place) {
            place += 1;
            match token.as_str() {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth -= 1,
                _ => {}
            }
            if depth == 0 && (token == ";" || token == "}") {
                break;
            }
        }
    }
    (code, modules)
}

/// All paths: those of `use`, and those of more than one part anywhere else; macros with their `!`.
fn paths(code: &[String]) -> Vec<Vec<String>> {
    let is_name = |token: &String| token.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let mut found = Vec::new();
    let mut place = 0;
    while place < code.len() {
        // `use<'a>` says what a returned type captures.
        if code[place] == "use" && code.get(place + 1).is_some_and(|next| next != "<") {
            place = tree(code, place + 1, &[], &mut found);
            continue;
        }
        if !is_name(&code[place]) {
            place += 1;
            continue;
        }
        let mut path = vec![code[place].clone()];
        place += 1;
        while code.get(place).is_some_and(|token| token == "::") && code.get(place + 1).is_some_and(is_name) {
            path.push(code[place + 1].clone());
            place += 2;
        }
        let is_macro = code.get(place).is_some_and(|token| token == "!")
            && code.get(place + 1).is_some_and(|token| ["(", "[", "{"].contains(&&**token));
        if path.len() > 1 {
            found.push(path);
        } else if is_macro {
            found.push(vec![format!("{}!", path[0])]);
        }
    }
    found
}

/// The paths of a tree behind `use`, each with what stands before it; the place behind the tree.
fn tree(code: &[String], start: usize, before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    let mut place = start;
    while let Some(token) = code.get(place) {
        match token.as_str() {
            "::" => place += 1,
            "{" => {
                place += 1;
                while code.get(place).is_some_and(|token| token != "}") {
                    place = tree(code, place, &path, found);
                    match code.get(place).map(String::as_str) {
                        Some(",") => place += 1,
                        Some("}") | None => {}
                        // Whatever this is, it is no tree.
                        Some(_) => return place + 1,
                    }
                }
                return place + 1;
            }
            // Behind it stands another name for it.
            "as" => place += 2,
            ";" | "," | "}" => break,
            // `{self, …}` is what stands before the brace.
            "self" if !path.is_empty() => place += 1,
            _ => {
                path.push(token.clone());
                place += 1;
            }
        }
    }
    found.push(path);
    place
}

/// Names of variables for the whole process that can change.
fn globals(code: &[String]) -> Vec<String> {
    let changing = ["Mutex", "RwLock", "OnceLock", "LazyLock", "OnceCell", "LazyCell", "Cell", "RefCell"];
    let mut found = Vec::new();
    for place in (0..code.len()).filter(|place| code[*place] == "static") {
        // `&'static T` has lost its quote, and is behind an ampersand; so is `T: 'static`.
        let name = code.get(place + 1).map_or("", String::as_str);
        let is_item = code.get(place + 2).is_some_and(|token| token == ":")
            && !place.checked_sub(1).is_some_and(|before| code[before] == "&" || code[before] == ":");
        let type_ = code[place..].iter().take_while(|token| *token != "=" && *token != ";");
        let can_change =
            |token: &String| changing.contains(&&**token) || token.starts_with("Atomic") || token == "mut";
        if (is_item && type_.clone().any(can_change)) || name == "mut" {
            found.push(name.to_owned());
        }
    }
    if code.windows(2).any(|pair| pair[0] == "thread_local" && pair[1] == "!") {
        found.push("thread_local!".to_owned());
    }
    found
}

/// Sources of a crate that keeps the order, with one file replaced.
fn with(name: &str, text: &str) -> Vec<String> {
    let mut files: BTreeMap<String, String> = [
        (
            "lib.rs",
            "pub mod abi; pub mod cli; pub mod diff; pub mod policy; pub mod report; pub mod session;",
        ),
        ("main.rs", "fn main() { abigate::cli::main(std::env::args_os().collect()) }"),
        ("abi.rs", "//! Used by crate::diff.\npub struct Release;"),
        ("diff/mod.rs", "mod types; use crate::abi::Release; pub fn compare(_: &Release) {}"),
        ("diff/types.rs", "use super::compare;"),
        ("policy.rs", "use crate::diff; pub struct Verdict; pub struct Policy; pub fn judge() {}"),
        ("report.rs", "use crate::policy::{self, Verdict}; fn title(_: &policy::Verdict) {}"),
        ("session.rs", "use crate::{diff, policy::judge};"),
        ("cli/mod.rs", "mod args; mod diff; use args::Args; fn run() { println!(); std::process::exit(1) }"),
        ("cli/args.rs", "use super::diff::Diff;"),
        ("cli/diff.rs", "use crate::session; pub struct Diff;"),
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()))
    .into();
    files.insert(name.to_owned(), text.to_owned());
    violations(&files)
}

#[track_caller]
fn is_found(name: &str, text: &str, what: &str) {
    let found = with(name, text);
    assert!(found.iter().any(|sentence| sentence.contains(what)), "{text}: {found:?}");
}

#[test]
fn what_keeps_the_order_is_not_told() {
    let none: Vec<String> = Vec::new();
    assert_eq!(with("other.rs", ""), none);
    // What is text, a comment, a test or a constant is no use.
    for text in [
        r####"fn f() -> &'static str { let c = '"'; let _ = c; r#"use crate::policy; " println!()"# }"####,
        "/* use crate::policy; /* nested */ println!() */ // use crate::report;",
        "#[cfg(test)] mod tests { use crate::policy::judge; fn f() { println!(\"{}\", std::env::args().count()) } }",
        "#[cfg(test)] use crate::policy; fn f() { let _ = std::env::consts::ARCH; }",
        "pub(crate) static NAMES: [&str; 1] = [\"a\"]; pub(super) fn f<T: 'static>() {}",
    ] {
        assert_eq!(with("abi.rs", text), none, "{text}");
    }
    let files =
        [("lib.rs", "mod abi; mod policy;"), ("policy.rs", ""), ("abi/mod.rs", "#[cfg(test)] mod tests;")];
    let files = files.into_iter().chain([("abi/tests.rs", "use crate::policy;")]);
    assert_eq!(violations(&files.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()), none);
}

#[test]
fn forbidden_uses_are_found() {
    is_found("abi.rs", "use crate::diff;", "abi uses nothing of the rest, and here diff");
    is_found("abi.rs", "fn f() { crate::policy::judge() }", "abi uses nothing of the rest, and here policy");
    is_found("abi.rs", "use crate::{abi, diff::{self as d, compare}};", "and here diff");
    is_found("diff/types.rs", "use super::super::policy::Verdict;", "diff does not use policy");
    is_found("diff/types.rs", "fn f(_: crate::report::Format) {}", "diff does not use report");
    is_found("report.rs", "use crate::policy::judge;", "report only reads, and here is policy::judge");
    is_found("report.rs", "use crate::policy; fn f() { crate::policy::judge() }", "report only reads");
    is_found(
        "report.rs",
        "use crate::policy::{Policy, Verdict};",
        "report only reads, and here is policy::Policy",
    );
    is_found("session.rs", "use crate::cli::run;", "session does not use cli");
}

#[test]
fn circles_are_found() {
    is_found("diff/mod.rs", "use crate::policy; mod types;", "modules in a circle: diff → policy → diff");
    is_found(
        "cli/diff.rs",
        "use super::args::Args;",
        "files in a circle: cli/args.rs → cli/diff.rs → cli/args.rs",
    );
    is_found("cli/diff.rs", "use super::run;", "cli/diff.rs → cli/mod.rs");
}

#[test]
fn only_the_edge_knows_the_process() {
    for (text, what) in [
        ("fn f() { println!(\"x\") }", "println!"),
        ("fn f() { eprint!(\"x\") }", "eprint!"),
        ("use std::env;", "std::env"),
        ("use std::{env, fs};", "std::env"),
        ("fn f() { std::env::var(\"HOME\"); }", "std::env::var"),
        ("use std::process; fn f() { process::exit(1) }", "process::exit"),
        ("use std::process::{Command, exit};", "std::process::exit"),
        ("use std::io::{self, IsTerminal};", "std::io::IsTerminal"),
        ("fn f() { std::mem::forget(1) }", "std::mem::forget"),
        ("use std::panic; fn f() { panic::set_hook(g) }", "panic::set_hook"),
        ("use anyhow::Result;", "anyhow::Result"),
        ("static COUNT: AtomicU32 = AtomicU32::new(0);", "a variable for the whole process: COUNT"),
        ("fn f() { static SEEN: OnceLock<u8> = OnceLock::new(); }", "a variable for the whole process: SEEN"),
        ("thread_local! { static X: u8 = 1 }", "a variable for the whole process"),
    ] {
        is_found("session.rs", text, what);
    }
}

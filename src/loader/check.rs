//! Whether a release loads, and what keeps it from loading on some systems.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashSet;
use rayon::prelude::*;
use serde::Serialize;

use super::SearchFilesystem;
use super::load::{Loading, Problem, closure, load};
use crate::abi::Library;
use crate::mangling;
use crate::platform;
use crate::platform::floor::{self, Promise};
use crate::rules::{Rule, Severity};

/// What the check came to.
#[derive(Clone, Debug, Default)]
pub struct Check {
    /// Libraries that were loaded.
    pub libraries: usize,
    /// What is wrong, worst first.
    pub faults: Vec<Fault>,
    /// Who defines what the libraries refer to.
    pub bound: Bound,
    /// Libraries that other packages are expected to have, and that were not looked into.
    pub elsewhere: BTreeSet<String>,
    /// References that only those can define.
    pub unknown: usize,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The rule.
    pub rule: Rule,
    /// What it weighs.
    pub severity: Severity,
    /// The library, version or symbol that is missing, or the library that asks too much.
    pub subject: String,
    /// Paths of the libraries that need it.
    pub by: Vec<String>,
    /// More about it.
    pub detail: Option<String>,
    /// Only plug-ins meet it, which the release loads when somebody asks for them; the rest loads.
    pub is_optional: bool,
}

/// References by who defines them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bound {
    /// The release itself.
    pub release: usize,
    /// What was named besides.
    pub beside: usize,
    /// The system.
    pub system: usize,
    /// The interpreter.
    pub python: usize,
}

/// Loads each library that nothing else of the release brings along, after `before`, and all that it brings along. `tag`: the
/// platform that the system's libraries are those of.
pub fn check(disk: &SearchFilesystem<'_>, before: &[usize], tag: Option<&str>) -> Check {
    let roots = roots(disk);
    let promise = tag.and_then(Promise::of);
    // Versions that the tag promises and that the list of the system is too old for.
    let is_promised = |problem: &Problem<'_>| match problem {
        Problem::Version { version, library, .. } => {
            disk.is_systems(library)
                && floor::is_systems(version)
                && promise.as_ref().is_some_and(|promise| promise.has(version))
        }
        Problem::Library { .. } | Problem::Symbol { .. } => false,
    };
    let loadings: Vec<(Loading<'_>, Vec<(usize, usize)>)> = roots
        .par_iter()
        .map(|root| {
            let mut bound: Vec<(usize, usize)> = Vec::new();
            let mut loading = load(disk, *root, before, |binding| bound.push((binding.by, binding.file)));
            loading.problems.retain(|problem| !is_promised(problem));
            (loading, bound)
        })
        .collect();
    let mut check = Check::default();
    let mut faults: BTreeMap<(Rule, String), Fault> = BTreeMap::new();
    // A library that several roots bring along counts once.
    let mut counted: HashSet<usize> = HashSet::default();
    let plug_ins = plug_ins(disk, &roots);
    let is_rest_fine = roots
        .iter()
        .zip(&loadings)
        .any(|(root, (loading, _))| !plug_ins.contains(root) && loading.problems.is_empty());
    for (root, (loading, bound)) in roots.iter().zip(&loadings) {
        let is_optional = is_rest_fine && plug_ins.contains(root);
        for problem in &loading.problems {
            let fault = fault(problem, disk, tag);
            let known = faults.entry((fault.rule, fault.subject.clone())).or_insert_with(|| Fault {
                by: Vec::new(),
                is_optional,
                ..fault.clone()
            });
            known.is_optional &= is_optional;
            for by in fault.by {
                if !known.by.contains(&by) {
                    known.by.push(by);
                }
            }
        }
        check.elsewhere.extend(loading.elsewhere.iter().map(|name| (*name).to_owned()));
        let fresh: HashSet<usize> =
            loading.files.iter().copied().filter(|file| counted.insert(*file)).collect();
        check.unknown = check.unknown.max(loading.unknown);
        for (_, definer) in bound.iter().filter(|(by, _)| fresh.contains(by)) {
            let file = &disk.files()[*definer];
            *match file {
                file if file.is_judged => &mut check.bound.release,
                file if file.is_interpreter() => &mut check.bound.python,
                file if file.is_systems() => &mut check.bound.system,
                _ => &mut check.bound.beside,
            } += 1;
        }
    }
    check.faults = faults.into_values().collect();
    check
        .faults
        .iter_mut()
        .filter(|fault| fault.is_optional)
        .for_each(|fault| fault.severity = Severity::Risky);
    for file in disk.files().iter().filter(|file| file.is_judged) {
        check.libraries += 1;
        check.faults.extend(demands(file.library, &file.path));
    }
    // What is missing because a library is comes after the library.
    let is_lesser = |fault: &Fault| fault.rule != Rule::UnresolvedLibrary;
    check.faults.sort_by(|a, b| {
        (b.severity, is_lesser(a), a.rule, &a.subject).cmp(&(a.severity, is_lesser(b), b.rule, &b.subject))
    });
    check
}

/// Libraries that no other one needs; of those that need each other in a circle, all.
fn roots(disk: &SearchFilesystem<'_>) -> Vec<usize> {
    let judged = || disk.files().iter().enumerate().filter(|(_, file)| file.is_judged);
    let mut needed: HashSet<&str> = HashSet::default();
    for (_, file) in judged() {
        let own = [file.library.link_name(), &file.library.name];
        let names = file.library.dynamic.needed.iter().map(String::as_str);
        needed.extend(names.filter(|name| !own.contains(name)));
    }
    let is_root =
        |library: &Library| !needed.contains(library.link_name()) && !needed.contains(library.name.as_str());
    let roots: Vec<usize> = judged().filter(|(_, file)| is_root(file.library)).map(|(at, _)| at).collect();
    // What no root reaches is in a circle, or only needed by what cannot find it.
    let mut reached: HashSet<usize> = HashSet::default();
    for root in &roots {
        reached.extend(closure(disk, *root));
    }
    let rest = judged().map(|(at, _)| at).filter(|at| !reached.contains(at));
    let rest: Vec<usize> = rest.collect();
    roots.into_iter().chain(rest).collect()
}

/// Those of the roots that the release loads itself once somebody asks for them (`dlopen`), so that it works without them:
/// beside Python's extension modules whatever is none; elsewhere what nobody can link against, beside libraries that one can.
fn plug_ins(disk: &SearchFilesystem<'_>, roots: &[usize]) -> HashSet<usize> {
    let library = |at: &usize| disk.files()[*at].library;
    let is_module = |library: &Library| library.exports_from("PyInit_").next().is_some();
    let has_modules = roots.iter().any(|at| is_module(library(at)));
    let is_linked =
        |library: &Library| library.dynamic.soname.as_deref().is_some_and(|name| name.starts_with("lib"));
    let is_essential = |library: &Library| if has_modules { is_module(library) } else { is_linked(library) };
    if !roots.iter().any(|at| is_essential(library(at))) {
        return HashSet::default();
    }
    roots.iter().copied().filter(|at| !is_essential(library(at))).collect()
}

fn fault(problem: &Problem<'_>, disk: &SearchFilesystem<'_>, tag: Option<&str>) -> Fault {
    let breaking = |rule, subject: String, by: &String, detail| Fault {
        rule,
        severity: Severity::Breaking,
        subject,
        by: vec![by.clone()],
        detail,
        is_optional: false,
    };
    match problem {
        Problem::Library { by, name } => {
            let lies = disk
                .files()
                .iter()
                .find(|file| file.library.link_name() == *name || file.library.name == *name);
            let detail = lies.map(|file| {
                let path = file.path.trim_start_matches('/');
                format!("{path} is not on the search path of the libraries that need it")
            });
            breaking(Rule::UnresolvedLibrary, (*name).to_owned(), by, detail)
        }
        Problem::Version { by, version, library } => {
            let is_systems =
                disk.files().iter().any(|file| file.is_systems() && file.library.link_name() == *library);
            match (is_systems, floor::is_systems(version), tag) {
                (true, true, Some(tag)) => {
                    let detail = Some(format!("{tag} promises a {library} without it"));
                    breaking(Rule::PlatformFloorRaised, (*version).to_owned(), by, detail)
                }
                _ => breaking(Rule::UnresolvedVersion, format!("{version} of {library}"), by, None),
            }
        }
        Problem::Symbol { by, name, version } => {
            let shown = match version {
                Some(version) => format!("{}@{version}", mangling::display(name)),
                None => mangling::display(name).into_owned(),
            };
            let detail =
                platform::is_pythons(name).then(|| "no interpreter of this version defines it".to_owned());
            breaking(Rule::UnresolvedSymbol, shown, by, detail)
        }
    }
}

/// What a library asks of the process or the system that not every one grants.
fn demands(library: &Library, path: &str) -> Vec<Fault> {
    let dynamic = &library.dynamic;
    let demand = |is_there: bool, rule: Rule, detail: &str| {
        is_there.then(|| Fault {
            rule,
            severity: rule.severity(),
            subject: library.name.clone(),
            by: vec![path.to_owned()],
            detail: Some(detail.to_owned()),
            is_optional: false,
        })
    };
    let all = [
        demand(
            dynamic.executable_stack,
            Rule::ExecutableStackRequired,
            "wants an executable stack, which new systems refuse",
        ),
        demand(
            dynamic.static_tls,
            Rule::StaticTlsRequired,
            "has initial-exec thread-local data: dlopen fails once the room for it is used up",
        ),
        demand(
            dynamic.text_relocations,
            Rule::TextRelocationsAdded,
            "writes into its code while it is loaded, which hardened systems refuse",
        ),
    ];
    all.into_iter().flatten().collect()
}

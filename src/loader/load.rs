//! One file and everything that it brings along.

use std::collections::BTreeSet;

use foldhash::HashSet;

use super::scope::Scope;
use super::search::{Loaded, SearchResult, search};
use super::search_filesystem::SearchFilesystem;
use crate::abi::{Export, Import, Library};
use crate::mangling;

/// What keeps an object from loading.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem<'a> {
    /// A library that is needed is not found.
    Library {
        /// Path of the object that needs it.
        by: String,
        /// As `DT_NEEDED` has it.
        name: &'a str,
    },
    /// A library lacks a version that is needed of it.
    Version {
        /// Path of the object that needs it.
        by: String,
        /// The version.
        version: &'a str,
        /// The library that should define it.
        library: &'a str,
    },
    /// No loaded object defines a symbol.
    Symbol {
        /// Path of the object that refers to it.
        by: String,
        /// Linkage name.
        name: &'a str,
        /// The version that is needed.
        version: Option<&'a str>,
    },
}

/// What a reference was bound to.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// Position of the referring file.
    pub by: usize,
    /// The reference.
    pub import: &'a Import,
    /// Position of the defining file.
    pub file: usize,
    /// The definition.
    pub export: &'a Export,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Loading<'a> {
    /// Positions of the loaded files, in the order in which symbols are looked up.
    pub files: Vec<usize>,
    /// What is missing, in the order in which the loader comes across it: libraries, versions, symbols.
    pub problems: Vec<Problem<'a>>,
    /// Needed libraries that another package is expected to have, because the search path leads out of what is known.
    pub elsewhere: BTreeSet<&'a str>,
    /// Symbols that only such a library can define.
    pub unknown: usize,
    /// References that are bound.
    pub bound: usize,
}

/// Loads `root` into a process in which `before` is loaded already and serves everybody, such as an interpreter or the
/// libraries of another package. `bindings` is told every reference of a file that is judged.
pub fn load<'a>(
    disk: &SearchFilesystem<'a>,
    root: usize,
    before: &[usize],
    mut bindings: impl FnMut(Binding<'a>),
) -> Loading<'a> {
    let (mut loading, loaded) = brought_along(disk, root, before);
    let scope = Scope::new(disk, loading.files.clone());
    for &file in scope.files() {
        if disk.files[file].is_judged {
            versions(disk, &loaded, file, &mut loading);
        }
    }
    let reasons = Reasons::of(&loading.problems);
    for &file in scope.files() {
        if disk.files[file].is_judged {
            symbols(disk, &scope, file, &reasons, &mut loading, &mut bindings);
        }
    }
    loading
}

/// Positions of the files that `root` brings along, itself among them.
pub(super) fn closure(disk: &SearchFilesystem<'_>, root: usize) -> Vec<usize> {
    brought_along(disk, root, &[]).0.files
}

fn brought_along<'a>(
    disk: &SearchFilesystem<'a>,
    root: usize,
    before: &[usize],
) -> (Loading<'a>, Vec<Loaded<'a>>) {
    let mut loading = Loading::default();
    let mut loaded: Vec<Loaded<'a>> = Vec::new();
    for &file in before.iter().chain([&root]) {
        if !loaded.iter().any(|object| object.file == file) {
            loaded.push(Loaded { file, names: Vec::new(), loader: None });
        }
    }
    bring_along(disk, &mut loaded, &mut loading);
    loading.files = loaded.iter().map(|object| object.file).collect();
    (loading, loaded)
}

/// Breadth first: the needed libraries of all objects, in order.
fn bring_along<'a>(disk: &SearchFilesystem<'a>, loaded: &mut Vec<Loaded<'a>>, loading: &mut Loading<'a>) {
    let mut at = 0;
    while at < loaded.len() {
        let file = &disk.files[loaded[at].file];
        for needed in &file.library.dynamic.needed {
            match search(disk, loaded, at, needed) {
                SearchResult::Loaded(known) => loaded[known].names.push(needed),
                SearchResult::File(found) => match loaded.iter().position(|object| object.file == found) {
                    // The same file under another name.
                    Some(known) => loaded[known].names.push(needed),
                    None => loaded.push(Loaded { file: found, names: vec![needed], loader: Some(at) }),
                },
                SearchResult::Elsewhere => drop(loading.elsewhere.insert(needed)),
                SearchResult::Nowhere if file.is_judged => {
                    loading.problems.push(Problem::Library { by: file.path.clone(), name: needed });
                }
                // What the system's own libraries need is the system's affair.
                SearchResult::Nowhere => {}
            }
        }
        at += 1;
    }
}

/// Versions that an object needs of a library which defines versions, and not this one.
fn versions<'a>(disk: &SearchFilesystem<'a>, loaded: &[Loaded<'a>], file: usize, loading: &mut Loading<'a>) {
    let by = &disk.files[file];
    let mut told: HashSet<(&str, &str)> = HashSet::default();
    for import in &by.library.imports {
        let (Some(version), Some(name)) = (import.version.as_deref(), import.library.as_deref()) else {
            continue;
        };
        if told.contains(&(name, version)) {
            continue;
        }
        let is_it = |object: &&Loaded<'_>| {
            object.names.contains(&name) || disk.files[object.file].library.link_name() == name
        };
        let provider = loaded.iter().find(is_it).map(|object| disk.files[object.file].library);
        if provider.is_some_and(|provider| lacks(provider, version, &import.name)) {
            told.insert((name, version));
            loading.problems.push(Problem::Version { by: by.path.clone(), version, library: name });
        }
    }
}

/// Whether a library does not have a version that a reference to `symbol` asks it for.
fn lacks(library: &Library, version: &str, symbol: &str) -> bool {
    if !library.versions.is_empty() {
        return !library.versions.iter().any(|node| *node.name == *version);
    }
    // Without versions of its own it serves every version, with a warning, as long as it has a table of them, be it for what
    // it imports itself. Where it has none and the symbol, ld.so stops the process (`check_match`).
    let has_table = library.imports.iter().any(|import| import.version.is_some());
    !has_table && library.exports_named(symbol).next().is_some()
}

/// Libraries and versions that are missing, which is why their symbols are.
#[derive(Default)]
struct Reasons<'a> {
    libraries: HashSet<&'a str>,
    /// Path of the object that needs it, version, library.
    versions: HashSet<(String, &'a str, &'a str)>,
}

impl<'a> Reasons<'a> {
    fn of(problems: &[Problem<'a>]) -> Reasons<'a> {
        let mut reasons = Reasons::default();
        for problem in problems {
            match problem {
                Problem::Library { name, .. } => drop(reasons.libraries.insert(name)),
                Problem::Version { by, version, library } => {
                    reasons.versions.insert((by.clone(), version, library));
                }
                Problem::Symbol { .. } => {}
            }
        }
        reasons
    }

    /// Whether one of them explains that a reference of `by` is not bound.
    fn explain(&self, by: &str, import: &'a Import) -> bool {
        let Some(library) = import.library.as_deref() else { return false };
        let is_version = |version: &'a str| {
            // Rarely is any missing.
            !self.versions.is_empty() && self.versions.contains(&(by.to_owned(), version, library))
        };
        self.libraries.contains(library) || import.version.as_deref().is_some_and(is_version)
    }
}

fn symbols<'a>(
    disk: &SearchFilesystem<'a>,
    scope: &Scope,
    file: usize,
    reasons: &Reasons<'a>,
    loading: &mut Loading<'a>,
    bindings: &mut impl FnMut(Binding<'a>),
) {
    let by = &disk.files[file];
    let needs_elsewhere =
        by.library.dynamic.needed.iter().any(|name| loading.elsewhere.contains(name.as_str()));
    for import in &by.library.imports {
        if let Some((found, export)) = scope.find(disk, file, import) {
            loading.bound += 1;
            bindings(Binding { by: file, import, file: found, export });
            continue;
        }
        if import.weak {
            continue;
        }
        let is_said_elsewhere =
            import.library.as_deref().is_some_and(|library| loading.elsewhere.contains(library));
        if is_said_elsewhere || needs_elsewhere && !is_ours(disk, scope, file, &import.name) {
            loading.unknown += 1;
            continue;
        }
        // A library or version that is missing is told already, and is the reason.
        if !reasons.explain(&by.path, import) {
            let version = import.version.as_deref();
            loading.problems.push(Problem::Symbol { by: by.path.clone(), name: &import.name, version });
        }
    }
}

/// How the names of a namespace start: `_ZN3c10` of `_ZN3c106ScalarD1Ev`, and of C names the word that projects put before
/// theirs, `torch_` of `torch_get`.
fn namespace(symbol: &str) -> Option<String> {
    if let Some(namespace) = mangling::outermost(symbol) {
        return Some(format!("_ZN{}{namespace}", namespace.len()));
    }
    let (word, _) = symbol.split_once('_')?;
    (word.len() > 2).then(|| format!("{word}_"))
}

/// Whether a symbol is of a namespace that other loaded files define something in, so that it is their part rather than that of
/// a package which is not here.
fn is_ours(disk: &SearchFilesystem<'_>, scope: &Scope, file: usize, symbol: &str) -> bool {
    let Some(prefix) = namespace(symbol) else { return false };
    let defines = |library: &Library| {
        let first = library.exports.partition_point(|export| *export.name < *prefix);
        library.exports.get(first).is_some_and(|export| export.name.starts_with(&prefix))
    };
    let others = scope.files().iter().filter(|other| **other != file).map(|other| &disk.files[*other]);
    others.filter(|other| !other.is_systems() && !other.is_interpreter()).any(|other| defines(other.library))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::abi::Machine;

    /// So many that looking at all problems again for each would take minutes.
    #[test]
    fn many_unresolved_symbols_take_no_longer_each() {
        const MANY: usize = 100_000;
        let import = |at: usize| Import {
            name: format!("u{at}").into(),
            version: at.is_multiple_of(2).then(|| "V1".into()),
            library: at.is_multiple_of(2).then(|| "libmissing.so".into()),
            weak: false,
            copy: None,
        };
        let mut library = Library { name: "libmany.so".to_owned(), ..Library::default() };
        library.machine = Machine { arch: "x86_64".to_owned(), bits: 64, ..Machine::default() };
        library.dynamic.needed = vec!["libmissing.so".to_owned()];
        library.imports = (0..MANY).map(import).collect();
        let mut disk = SearchFilesystem::default();
        let root = disk.add(&library, "/libmany.so", true);
        let start = Instant::now();
        let loading = load(&disk, root, &[], |_| {});
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        // The library is the reason for those that are said to be in it.
        let is_library = |p: &&Problem<'_>| matches!(p, Problem::Library { name: "libmissing.so", .. });
        assert_eq!(loading.problems.iter().filter(is_library).count(), 1);
        assert_eq!(loading.problems.len() + loading.unknown, 1 + MANY / 2);
    }
}

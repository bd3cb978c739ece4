//! A release as the ground that consumers stand on: its files, those of the system and of the interpreter, and the
//! consumers themselves.

use foldhash::{HashMap, HashSet};

use crate::abi::{Import, Library, Release};
use crate::loader::{Binding, Loading, Problem, SearchFilesystem, load};
use crate::platform::UNLISTED;

/// What a consumer does not find.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Missing {
    /// A library.
    Library {
        /// As `DT_NEEDED` has it.
        name: String,
    },
    /// A version of a library.
    Version {
        /// The version.
        version: String,
        /// The library.
        library: String,
    },
    /// A symbol.
    Symbol {
        /// Linkage name.
        name: String,
        /// Its version.
        version: Option<String>,
    },
}

/// What comes of loading a consumer on a release.
#[derive(Clone, Debug, Default)]
pub struct Loaded<'a> {
    /// What it does not find, sorted.
    pub missing: Vec<Missing>,
    /// References that the release serves, by the file of the consumer that has them, and by symbol; not weak ones, which may
    /// stay open.
    pub of_release: HashMap<(usize, &'a str), &'a Import>,
    /// References that something else serves.
    pub elsewhere: HashSet<(usize, &'a str)>,
    /// Libraries of other packages that it needs.
    pub not_looked_into: Vec<String>,
}

impl Loaded<'_> {
    /// Symbols that the release serves.
    pub fn imports(&self) -> usize {
        self.of_release.keys().map(|(_, symbol)| symbol).collect::<HashSet<_>>().len()
    }

    /// Symbols that the release served a file with and that nothing serves it with `after`, be it for whatever reason. Files
    /// have other numbers there: `shift` says by how much.
    pub fn lost(&self, after: &Loaded<'_>, shift: isize) -> Vec<Missing> {
        let is_lost = |(by, symbol): (usize, &str)| {
            let Some(by) = by.checked_add_signed(shift) else { return false };
            !after.of_release.contains_key(&(by, symbol)) && !after.elsewhere.contains(&(by, symbol))
        };
        let is_explained = |import: &Import| {
            after.missing.iter().any(|missing| match missing {
                Missing::Library { name } => import.library.as_deref() == Some(name),
                Missing::Version { version, .. } => import.version.as_deref() == Some(version),
                Missing::Symbol { .. } => false,
            })
        };
        let lost =
            self.of_release.iter().filter(|(symbol, import)| is_lost(**symbol) && !is_explained(import));
        let missing = lost.map(|(_, import)| Missing::Symbol {
            name: import.name.to_string(),
            version: import.version.as_deref().map(str::to_owned),
        });
        missing.collect()
    }
}

/// A release with consumers on it.
pub struct ProcessImage<'a> {
    disk: SearchFilesystem<'a>,
    /// Files that are loaded before any consumer: the interpreter, and the release, which a consumer's package imports first.
    before: Vec<usize>,
    /// Files of each consumer.
    consumers: Vec<Vec<usize>>,
}

impl<'a> ProcessImage<'a> {
    /// Puts consumers onto a release. `foreign`: libraries that they need and that no release has ([`foreign`]). Each lies in
    /// a directory of its own: two versions of one package are not installed beside each other.
    pub fn new(
        release: &'a Release,
        system: &'a [Library],
        python: Option<&'a Library>,
        consumers: &'a [Release],
        foreign: &[&str],
    ) -> ProcessImage<'a> {
        let mut disk = SearchFilesystem::default();
        foreign.iter().for_each(|name| disk.add_foreign(name));
        let mut before: Vec<usize> = python.iter().map(|library| disk.add_interpreter(library)).collect();
        for library in &release.libraries {
            let path = library.path.as_deref().unwrap_or(&library.name);
            let path = format!("/release/{path}");
            // A library without SONAME is needed by the name of its file.
            if let Some((folder, _)) = path.rsplit_once('/').filter(|_| library.dynamic.soname.is_none()) {
                disk.search(folder);
            }
            before.push(disk.add(library, &path, false));
        }
        system.iter().for_each(|library| disk.add_system(library));
        let put = |disk: &mut SearchFilesystem<'a>, (number, consumer): (usize, &'a Release)| {
            let add = |library: &'a Library| {
                let path = library.path.as_deref().unwrap_or(&library.name);
                disk.add(library, &format!("/{number}/{path}"), true)
            };
            consumer.libraries.iter().map(add).collect()
        };
        let consumers = consumers.iter().enumerate().map(|one| put(&mut disk, one)).collect();
        ProcessImage { disk, before, consumers }
    }

    /// What the consumer at a position does not find: nothing, and it loads. Sorted.
    pub fn missing(&self, at: usize) -> Vec<Missing> {
        self.lacking(&self.load(at, |_| ()))
    }

    /// The same, and what else comes of loading it.
    pub fn loaded(&self, at: usize) -> Loaded<'a> {
        let mut loaded = Loaded::default();
        let loading = self.load(at, |binding| {
            let definer = &self.disk.files()[binding.file];
            let symbol = (binding.by, &*binding.import.name);
            if self.before.contains(&binding.file) && !definer.is_interpreter() && !binding.import.weak {
                loaded.of_release.insert(symbol, binding.import);
            } else {
                loaded.elsewhere.insert(symbol);
            }
        });
        loaded.missing = self.lacking(&loading);
        let foreign = loading.elsewhere.iter().filter(|name| !UNLISTED.contains(name) && !is_bundled(name));
        loaded.not_looked_into = foreign.map(|name| (*name).to_owned()).collect();
        loaded
    }

    /// What is missing, but for what only a newer system has, which is no release's to bring along, and the consumer's own
    /// libraries, which its package knows where to find.
    fn lacking(&self, loading: &Loading<'_>) -> Vec<Missing> {
        let is_others = |problem: &&Problem<'_>| match problem {
            Problem::Version { library, .. } => self.disk.is_systems(library),
            Problem::Library { name, .. } => loading.files.iter().any(|file| {
                let file = &self.disk.files()[*file];
                file.is_judged && (file.library.link_name() == *name || file.library.name == *name)
            }),
            Problem::Symbol { .. } => false,
        };
        let problems = loading.problems.iter().filter(|problem| !is_others(problem));
        let mut missing: Vec<Missing> = problems.map(Missing::from).collect();
        missing.sort();
        missing.dedup();
        missing
    }

    /// Whether a consumer needs a library of the release.
    pub fn is_needed(&self, consumer: &Release) -> bool {
        let has = |name: &String| {
            self.before.iter().map(|file| &self.disk.files()[*file]).any(|file| {
                !file.is_interpreter() && (file.library.link_name() == name || file.library.name == *name)
            })
        };
        consumer.libraries.iter().flat_map(|library| &library.dynamic.needed).any(has)
    }

    /// Number of the first file of a consumer.
    pub fn first_file(&self, at: usize) -> usize {
        self.consumers.get(at).and_then(|files| files.first()).copied().unwrap_or_default()
    }

    /// All files of a consumer at once: which of them its package loads before which others, its code says.
    fn load(&self, at: usize, bindings: impl FnMut(Binding<'a>)) -> Loading<'a> {
        let Some((last, others)) = self.consumers[at].split_last() else { return Loading::default() };
        let before: Vec<usize> = self.before.iter().chain(others).copied().collect();
        load(&self.disk, *last, &before, bindings)
    }
}

impl From<&Problem<'_>> for Missing {
    fn from(problem: &Problem<'_>) -> Missing {
        match problem {
            Problem::Library { name, .. } => Missing::Library { name: (*name).to_owned() },
            Problem::Version { version, library, .. } => {
                Missing::Version { version: (*version).to_owned(), library: (*library).to_owned() }
            }
            Problem::Symbol { name, version, .. } => {
                Missing::Symbol { name: (*name).to_owned(), version: version.map(str::to_owned) }
            }
        }
    }
}

/// Whether a library has the name that tools give it which pack it into the package that needs it: a part of its stem is a hash
/// (`libpng16.e7413f67.so.16`, `libgomp-98df74fd.so.1.0.0`). Lists of consumers leave it out.
fn is_bundled(name: &str) -> bool {
    let stem = name.split_once(".so").map_or(name, |(stem, _)| stem);
    let last = stem.rsplit(['-', '.']).next().unwrap_or_default();
    last.len() == 8 && last.len() < stem.len() && last.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Libraries that consumers need and that neither they themselves nor the system nor any of the releases have: those of other
/// packages, of which nothing is known.
pub fn foreign<'a>(consumers: &'a [Release], releases: &[&Release], system: &[Library]) -> Vec<&'a str> {
    let has = |libraries: &[Library], name: &str| {
        libraries.iter().any(|library| library.link_name() == name || library.name == name)
    };
    let mut foreign = Vec::new();
    for consumer in consumers {
        let needed = consumer.libraries.iter().flat_map(|library| &library.dynamic.needed);
        foreign.extend(needed.map(String::as_str).filter(|name| {
            !has(&consumer.libraries, name)
                && !has(system, name)
                && !releases.iter().any(|release| has(&release.libraries, name))
        }));
    }
    foreign.sort_unstable();
    foreign.dedup();
    foreign
}

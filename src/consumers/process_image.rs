//! A release as the ground that consumers stand on: its files, those of the system and of the interpreter, and the
//! consumers themselves.

use foldhash::HashSet;

use crate::abi::{Library, Release};
use crate::loader::{Binding, Loading, Problem, SearchFilesystem, load};

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
            before.push(disk.add(library, &format!("/release/{path}"), false));
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

    /// The same, and how many symbols it imports of the release.
    pub fn missing_and_imports(&self, at: usize) -> (Vec<Missing>, usize) {
        let mut symbols: HashSet<&str> = HashSet::default();
        let loading = self.load(at, |binding| {
            let definer = &self.disk.files()[binding.file];
            if self.before.contains(&binding.file) && !definer.is_interpreter() {
                symbols.insert(&binding.import.name);
            }
        });
        (self.lacking(&loading), symbols.len())
    }

    /// What is missing, but for what only a newer system has: that is no release's to bring along.
    fn lacking(&self, loading: &Loading<'_>) -> Vec<Missing> {
        let is_systems = |problem: &&Problem<'_>| match problem {
            Problem::Version { library, .. } => self.disk.is_systems(library),
            Problem::Library { .. } | Problem::Symbol { .. } => false,
        };
        let problems = loading.problems.iter().filter(|problem| !is_systems(problem));
        let mut missing: Vec<Missing> = problems.map(Missing::from).collect();
        missing.sort();
        missing.dedup();
        missing
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

//! A release as the ground that consumers stand on: its files, those of the system and of the interpreter, and the
//! consumers themselves.

use crate::abi::{Library, Release};
use crate::loader::{Disk, Problem, load};

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
pub struct Ground<'a> {
    disk: Disk<'a>,
    /// Files that are loaded before any consumer: the interpreter, and the release, which a consumer's package imports first.
    before: Vec<usize>,
    /// Files of each consumer.
    consumers: Vec<Vec<usize>>,
}

impl<'a> Ground<'a> {
    /// Puts consumers onto a release. Each lies in a folder of its own: two versions of one package are not installed beside
    /// each other.
    pub fn new(
        release: &'a Release,
        system: &'a [Library],
        python: Option<&'a Library>,
        consumers: &'a [Release],
    ) -> Ground<'a> {
        let mut disk = Disk::default();
        let mut before: Vec<usize> = python.iter().map(|library| disk.add_interpreter(library)).collect();
        for library in &release.libraries {
            let path = library.path.as_deref().unwrap_or(&library.name);
            before.push(disk.add(library, &format!("/release/{path}"), false));
        }
        system.iter().for_each(|library| disk.add_system(library));
        let put = |disk: &mut Disk<'a>, (number, consumer): (usize, &'a Release)| {
            let add = |library: &'a Library| {
                let path = library.path.as_deref().unwrap_or(&library.name);
                disk.add(library, &format!("/{number}/{path}"), true)
            };
            consumer.libraries.iter().map(add).collect()
        };
        let consumers = consumers.iter().enumerate().map(|one| put(&mut disk, one)).collect();
        Ground { disk, before, consumers }
    }

    /// What the consumer at a position does not find: nothing, and it loads. Sorted.
    pub fn missing(&self, at: usize) -> Vec<Missing> {
        let mut missing: Vec<Missing> = Vec::new();
        for &file in &self.consumers[at] {
            let loading = load(&self.disk, file, &self.before, |_| ());
            missing.extend(loading.problems.iter().map(Missing::from));
        }
        missing.sort();
        missing.dedup();
        missing
    }

    /// Symbols that the consumer at a position imports of the release.
    pub fn imports(&self, at: usize) -> usize {
        let mut symbols: Vec<&str> = Vec::new();
        for &file in &self.consumers[at] {
            load(&self.disk, file, &self.before, |binding| {
                let definer = &self.disk.files()[binding.file];
                if self.before.contains(&binding.file) && !definer.is_interpreter() {
                    symbols.push(&binding.import.name);
                }
            });
        }
        symbols.sort_unstable();
        symbols.dedup();
        symbols.len()
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

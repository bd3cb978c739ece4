//! Baselines: where the dumps of releases are kept, and how a name finds one.
//!
//! A store is a folder: `<release>/<platform[-variant]>/<library>.abi.zst`, with a `SHA256SUMS` beside the dumps that
//! `sha256sum -c` understands. A release is written beside its place and moved there in one step, so that a reader, or
//! somebody who kills the writer, sees the old state or the new one. Names that start with a dot are work in progress.
//!
//! - this file: [`Store`]: list, load, verify
//! - [`crate::versions`]: which release a name means
//! - [`mod@write`]: add and remove

mod write;

pub(crate) use write::file_names;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::abi::{HEADERS, Library, Platform, Release};
use crate::artifact::open_regular;
use crate::dump;

/// Ending of a stored dump.
pub const EXTENSION: &str = ".abi.zst";

const CHECKSUMS: &str = "SHA256SUMS";

/// Why a store cannot be used. The texts are whole: a cause is part of them, and is not given as a source as well, which
/// would be told twice.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("{}: {cause}", path.display())]
    Io {
        /// File or directory.
        path: PathBuf,
        /// What it said.
        cause: io::Error,
    },
    /// A stored dump does not load.
    #[error("{}: {cause}", path.display())]
    Dump {
        /// The dump.
        path: PathBuf,
        /// What is wrong with it.
        cause: dump::Error,
    },
    /// A stored file is not what was written.
    #[error("{}: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How it differs.
        what: String,
    },
    /// A name that cannot be part of a path in the store.
    #[error("{0:?} cannot be a release or platform name: use letters, digits and . _ + -")]
    Name(String),
    /// The release is there already.
    #[error("{0} is already in the store; --replace overwrites it")]
    Exists(String),
    /// No such release.
    #[error("{0} is not in the store")]
    Missing(String),
}

type Result<T> = std::result::Result<T, Error>;

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |cause| Error::Io { path, cause }
}

/// One stored release on one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Release name: `v2.4.0`.
    pub release: String,
    /// Platform and variant.
    pub platform: Platform,
}

impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.release, self.platform)
    }
}

/// A directory of baselines.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// Opens a store. The directory need not exist before something is added.
    pub fn open(root: impl Into<PathBuf>) -> Store {
        Store { root: root.into() }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All stored releases: by version, then platform.
    ///
    /// # Errors
    /// A directory cannot be read.
    pub fn list(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for release in folders(&self.root)? {
            for platform in folders(&self.root.join(&release))? {
                let platform = Platform::parse(&platform);
                entries.push(Entry { release: release.clone(), platform });
            }
        }
        entries.sort_by(|a, b| {
            crate::versions::compare(&a.release, &b.release).then_with(|| a.platform.cmp(&b.platform))
        });
        Ok(entries)
    }

    /// The directory of a stored release.
    pub fn folder(&self, entry: &Entry) -> PathBuf {
        self.root.join(&entry.release).join(entry.platform.to_string())
    }

    /// Names of the dumps of a release, with their size in bytes, sorted.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn files(&self, entry: &Entry) -> Result<Vec<(String, u64)>> {
        let folder = self.folder(entry);
        let mut files = Vec::new();
        for item in fs::read_dir(&folder).map_err(io_error(&folder))? {
            let item = item.map_err(io_error(&folder))?;
            let name = item.file_name().to_string_lossy().into_owned();
            if name.ends_with(EXTENSION) && !name.starts_with('.') {
                let size = item.metadata().map_err(io_error(&item.path()))?.len();
                files.push((name, size));
            }
        }
        files.sort();
        Ok(files)
    }

    /// Loads a release, each file checked against its checksum.
    ///
    /// # Errors
    /// A file is missing, damaged or not a dump.
    pub fn load(&self, entry: &Entry) -> Result<Release> {
        self.load_with(entry, &dump::read)
    }

    /// Loads what a release says in facts that have a word in them ([`dump::read_about`]).
    ///
    /// # Errors
    /// A file is missing, damaged or not a dump.
    pub fn load_about(&self, entry: &Entry, word: &str) -> Result<Release> {
        self.load_with(entry, &|data| dump::read_about(data, word))
    }

    /// Loads what the dynamic loader asks of a release ([`dump::read_linkage`]), and nothing of its headers.
    ///
    /// # Errors
    /// A file is missing, damaged or not a dump.
    pub fn load_linkage(&self, entry: &Entry) -> Result<Release> {
        let headers = format!("{HEADERS}{EXTENSION}");
        self.load_some(entry, &dump::read_linkage, |name| name != headers)
    }

    fn load_with(&self, entry: &Entry, read: &Reader<'_>) -> Result<Release> {
        self.load_some(entry, read, |_| true)
    }

    /// Loads the files with names that are wanted.
    fn load_some(&self, entry: &Entry, read: &Reader<'_>, wanted: impl Fn(&str) -> bool) -> Result<Release> {
        let folder = self.folder(entry);
        let mut sums = self.checksums(entry)?;
        sums.retain(|name, _| wanted(name));
        let libraries: Vec<Vec<Library>> = sums
            .into_par_iter()
            .map(|(name, sum)| load_file(&folder.join(name), &sum, read))
            .collect::<Result<_>>()?;
        let libraries: Vec<Library> = libraries.into_iter().flatten().collect();
        Ok(Release::new(entry.release.clone(), entry.platform.clone(), libraries))
    }

    /// Checks every file of a release: its checksum, that it loads, and that nothing is missing or too much.
    /// Returns how many files are right.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self, entry: &Entry) -> Result<usize> {
        let folder = self.folder(entry);
        let sums = self.checksums(entry)?;
        for (name, _) in self.files(entry)? {
            if !sums.contains_key(&name) {
                let what = format!("is not listed in {CHECKSUMS}");
                return Err(Error::Damaged { path: folder.join(name), what });
            }
        }
        sums.par_iter()
            .try_for_each(|(name, sum)| load_file(&folder.join(name), sum, &dump::read).map(|_| ()))?;
        Ok(sums.len())
    }

    /// What tells one stored release from another: the checksums of all its files.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn identity(&self, entry: &Entry) -> Result<Vec<u8>> {
        read(&self.folder(entry).join(CHECKSUMS))
    }

    /// File names and checksums in hexadecimal.
    fn checksums(&self, entry: &Entry) -> Result<BTreeMap<String, String>> {
        let path = self.folder(entry).join(CHECKSUMS);
        let text = String::from_utf8(read(&path)?)
            .map_err(|_| Error::Damaged { path: path.clone(), what: "is not UTF-8 text".to_owned() })?;
        let parse = |line: &str| {
            let (sum, name) = line.split_once("  ")?;
            let plain = name.ends_with(EXTENSION) && !name.contains(['/', '\\']);
            (sum.len() == 64 && plain).then(|| (name.to_owned(), sum.to_owned()))
        };
        text.lines()
            .zip(1..)
            .map(|(line, number)| {
                let what = format!("line {number} is not a checksum and a dump's name");
                parse(line).ok_or(Error::Damaged { path: path.clone(), what })
            })
            .collect()
    }
}

/// How a file is read: all of it, or what matters.
type Reader<'r> = dyn Fn(&[u8]) -> std::result::Result<Vec<dump::Dump>, dump::Error> + Sync + 'r;

fn load_file(path: &Path, sum: &str, parse: &Reader<'_>) -> Result<Vec<Library>> {
    let data = read(path)?;
    let actual = checksum(&data);
    if actual != sum {
        let what = format!("SHA-256 is {actual}, {CHECKSUMS} says {sum}");
        return Err(Error::Damaged { path: path.to_owned(), what });
    }
    let dumps = parse(&data).map_err(|cause| Error::Dump { path: path.to_owned(), cause })?;
    Ok(dumps.into_iter().map(|d| d.library).collect())
}

/// The bytes of a regular file: a link in somebody's pull request may lead to a device that never ends.
fn read(path: &Path) -> Result<Vec<u8>> {
    let mut data = Vec::new();
    open_regular(path).and_then(|mut file| file.read_to_end(&mut data)).map_err(io_error(path))?;
    Ok(data)
}

/// SHA-256 in hexadecimal.
fn checksum(data: &[u8]) -> String {
    crate::hex::hex(&Sha256::digest(data))
}

/// Names of the directories inside a directory, without those that start with a dot. None where there is no such directory.
fn folders(path: &Path) -> Result<Vec<String>> {
    let items = match fs::read_dir(path) {
        Ok(items) => items,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io_error(path)(error)),
    };
    let mut names = Vec::new();
    for item in items {
        let item = item.map_err(io_error(path))?;
        let name = item.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && item.file_type().map_err(io_error(path))?.is_dir() {
            names.push(name);
        }
    }
    Ok(names)
}
/// Distinct release names, in order.
pub fn releases(entries: &[Entry]) -> Vec<&str> {
    let mut names: Vec<&str> = entries.iter().map(|e| e.release.as_str()).collect();
    names.dedup();
    names
}

//! Baselines: where the dumps of releases are kept, and how a name finds one.
//!
//! A store is a folder: `<release>/<platform[-variant]>/<library>.abi.zst`, with a `SHA256SUMS` beside the dumps that
//! `sha256sum -c` understands. A release is written beside its place and moved there in one step, so that a reader, or
//! somebody who kills the writer, sees the old state or the new one. Names that start with a dot are work in progress.
//!
//! A store is read from a directory, from the files of a commit, which nobody changes afterwards, or from a service by way of a
//! cache; the latter two are only read.
//!
//! - this file: [`Store`]: list, load, verify
//! - [`location`]: where it is
//! - [`service`]: one that a service keeps
//! - [`unused`]: what leaves its cache
//! - [`crate::versions`]: which release a name means
//! - [`mod@write`]: add and remove

mod location;
mod service;
mod unused;
mod write;

pub use location::Location;
pub use service::{Offline, TellOffline};
pub(crate) use write::file_names;
#[cfg(feature = "serve")]
pub(crate) use write::{check_name, check_release_name};

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use rayon::prelude::*;

use crate::abi::{HEADERS, Library, Platform, Release};
use crate::artifact::open_regular;
use crate::hex::sha256;
use crate::remote::{self, Address, Client};
use crate::{dump, git};
use service::Service;

/// Ending of a stored dump.
pub const EXTENSION: &str = ".abi.zst";

/// Name of the list of checksums beside the dumps of a release.
pub(crate) const CHECKSUMS: &str = "SHA256SUMS";

/// More than any file of a store has, in bytes.
const LARGEST: u64 = 4 << 30;

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
    /// A name that means something else.
    #[error("{0:?} cannot be the name of a release: {1}")]
    Reserved(String, &'static str),
    /// A commit has a release and not all of its files.
    #[error(
        "{}: not in commit {}; commit it, even if a .gitignore leaves it out: git add --force {}",
        path.display(),
        commit.get(..12).unwrap_or(commit),
        path.display()
    )]
    NotCommitted {
        /// The file.
        path: PathBuf,
        /// Full hash of the commit.
        commit: String,
    },
    /// A name that differs from a stored one by small and capital letters only.
    #[error("{0} is stored already as {1}: names that differ only in case are one directory on some systems")]
    CaseTwin(String, String),
    /// It is read from a commit.
    #[error("baselines of a commit are only read")]
    ReadOnly,
    /// Git does not give its files.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// It is a service's, where releases come by other ways and never change.
    #[error(
        "{0} is a service: abigate push INPUT --to {0} sends a release there, and what was sent never changes"
    )]
    OfService(Address),
    /// A service does not give its releases.
    #[error(transparent)]
    Remote(#[from] remote::Error),
    /// What a service says cannot be, or is nothing to go by.
    #[error("{address}: {what}")]
    Service {
        /// The project.
        address: Address,
        /// What is wrong.
        what: String,
    },
    /// A service does not answer, and what it would have said is not known here.
    #[error("{}{why}", what.as_ref().map(|what| format!("{what} is not in the cache, and ")).unwrap_or_default())]
    NotCached {
        /// What was to be read; none for the list.
        what: Option<String>,
        /// Why there is no answer.
        why: remote::Error,
    },
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
    /// The files of a commit, where they are not those of a directory.
    kept: Option<Arc<Kept>>,
    /// The service that keeps it, where that is no directory.
    service: Option<Arc<Service>>,
}

/// Files of a commit.
#[derive(Debug)]
struct Kept {
    tree: git::Tree,
    /// By their paths below the store.
    files: BTreeMap<PathBuf, git::Entry>,
}

impl Store {
    /// Opens a store. The directory need not exist before something is added.
    pub fn open(root: impl Into<PathBuf>) -> Store {
        Store { root: root.into(), kept: None, service: None }
    }

    /// Opens the store that a commit has in a directory. It need not be there.
    ///
    /// # Errors
    /// Git refuses, or there is a link in it.
    pub fn open_at(tree: git::Tree, directory: &str) -> Result<Store> {
        let below = |entry: git::Entry| {
            let path = Path::new(&entry.path).strip_prefix(directory).ok().map(Path::to_owned);
            Some((path?, entry))
        };
        let files: BTreeMap<PathBuf, git::Entry> =
            tree.files(directory)?.into_iter().filter_map(below).collect();
        if let Some(link) = files.values().find(|entry| entry.kind != git::Kind::File) {
            let what = "is no regular file, and baselines are nothing else";
            return Err(git::Error::Path { path: link.path.clone(), what }.into());
        }
        Ok(Store {
            root: PathBuf::from(directory),
            kept: Some(Arc::new(Kept { tree, files })),
            service: None,
        })
    }

    /// Opens the store that a project of a service is. Nothing is asked before something is read. `cache`: the directory that
    /// keeps what services said; `tell`: who is told when the service does not answer and the cache does.
    pub fn of_service(client: Client, address: Address, cache: &Path, tell: TellOffline) -> Store {
        let root = PathBuf::from(address.to_string());
        Store { root, kept: None, service: Some(Arc::new(Service::new(client, address, cache, tell))) }
    }

    /// The project of a service that it is.
    pub fn address(&self) -> Option<&Address> {
        self.service.as_deref().map(Service::address)
    }

    /// The directory, or the address as a path, to be shown.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All stored releases: by version, then platform.
    ///
    /// # Errors
    /// A directory cannot be read.
    pub fn list(&self) -> Result<Vec<Entry>> {
        let mut entries = match &self.service {
            Some(service) => service.list()?,
            None => self.entries()?,
        };
        entries.sort_by(|a, b| {
            crate::versions::compare(&a.release, &b.release).then_with(|| a.platform.cmp(&b.platform))
        });
        Ok(entries)
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for release in self.folders(Path::new(""))? {
            for platform in self.folders(Path::new(&release))? {
                let platform = Platform::parse(&platform);
                entries.push(Entry { release: release.clone(), platform });
            }
        }
        Ok(entries)
    }

    /// What is stored of a commit, for all platforms: under its hash, or the start of it. [`Store::list`] has it as well where
    /// it is in a directory.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn commits(&self, hash: &str) -> Result<Vec<Entry>> {
        let mut entries = self.list()?;
        let found = crate::versions::resolve_commit(hash, releases(&entries).into_iter()).map(str::to_owned);
        match (found, &self.service) {
            (Some(found), _) => {
                entries.retain(|entry| entry.release == found);
                Ok(entries)
            }
            (None, Some(service)) => service.commits(hash),
            (None, None) => Ok(Vec::new()),
        }
    }

    /// How many libraries a release has, and how many bytes: packed where they are in a directory, else of their facts.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn size(&self, entry: &Entry) -> Result<(usize, u64)> {
        if let Some(service) = &self.service {
            return service.size(entry);
        }
        let files = self.files(entry)?;
        Ok((files.len(), files.iter().map(|file| file.1).sum()))
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
        if let Some(service) = &self.service {
            return service.read(entry, |store| store.files(entry));
        }
        let folder = self.folder(entry);
        if let Some(kept) = &self.kept {
            let folder = Path::new(&entry.release).join(entry.platform.to_string());
            let dump = |(path, file): (&PathBuf, &git::Entry)| {
                let name = path.strip_prefix(&folder).ok()?.to_str()?;
                let is_dump = name.ends_with(EXTENSION) && !name.starts_with('.') && !name.contains('/');
                is_dump.then(|| (name.to_owned(), file.size))
            };
            return Ok(kept.files.iter().filter_map(dump).collect());
        }
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

    /// The dumps of a release as texts, by the names of their files, each file checked against its checksum.
    ///
    /// # Errors
    /// A file is missing, damaged or not a dump.
    pub fn texts(&self, entry: &Entry) -> Result<Vec<(String, String)>> {
        if let Some(service) = &self.service {
            return service.read(entry, |store| store.texts(entry));
        }
        let folder = self.folder(entry);
        let text = |(name, sum): (String, String)| {
            let path = folder.join(&name);
            let text = dump::text_of(&self.checked(&path, &sum)?)
                .map_err(|cause| Error::Dump { path: path.clone(), cause })?
                .into_owned();
            let what = || Error::Damaged { path, what: "is not UTF-8 text".to_owned() };
            Ok((name, String::from_utf8(text).map_err(|_| what())?))
        };
        self.listed(entry)?.into_par_iter().map(text).collect()
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
        self.load_some(entry, &dump::read_linkage, &|name| name != headers)
    }

    /// Loads what policies go by of a release ([`dump::read_surface`]).
    ///
    /// # Errors
    /// A file is missing, damaged or not a dump.
    pub fn load_surface(&self, entry: &Entry) -> Result<Release> {
        self.load_with(entry, &dump::read_surface)
    }

    fn load_with(&self, entry: &Entry, read: &Reader<'_>) -> Result<Release> {
        self.load_some(entry, read, &|_| true)
    }

    /// Loads the files with names that are wanted.
    fn load_some(&self, entry: &Entry, read: &Reader<'_>, wanted: &dyn Fn(&str) -> bool) -> Result<Release> {
        if let Some(service) = &self.service {
            return service.read(entry, |store| store.load_some(entry, read, wanted));
        }
        let folder = self.folder(entry);
        let mut sums = self.listed(entry)?;
        sums.retain(|name, _| wanted(name));
        let libraries: Vec<Vec<Library>> = sums
            .into_par_iter()
            .map(|(name, sum)| self.load_file(&folder.join(name), &sum, read))
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
        if let Some(service) = &self.service {
            return service.read(entry, |store| store.verify(entry));
        }
        let folder = self.folder(entry);
        let sums = self.listed(entry)?;
        sums.par_iter()
            .try_for_each(|(name, sum)| self.load_file(&folder.join(name), sum, &dump::read).map(|_| ()))?;
        Ok(sums.len())
    }

    /// File names and checksums of a release: as many as there are dumps, and at least one, since nothing is compared with an
    /// old side that has no library.
    fn listed(&self, entry: &Entry) -> Result<BTreeMap<String, String>> {
        let sums = self.checksums(entry)?;
        let folder = self.folder(entry);
        for (name, _) in self.files(entry)? {
            if !sums.contains_key(&name) {
                let what = format!("is not listed in {CHECKSUMS}");
                return Err(Error::Damaged { path: folder.join(name), what });
            }
        }
        if sums.is_empty() {
            return Err(Error::Damaged { path: folder.join(CHECKSUMS), what: "lists no dump".to_owned() });
        }
        Ok(sums)
    }

    /// What tells one stored release from another: the checksums of all its files, or the name of what never changes.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn identity(&self, entry: &Entry) -> Result<Vec<u8>> {
        if let Some(service) = &self.service {
            return service.identity(entry);
        }
        self.read(&self.folder(entry).join(CHECKSUMS))
    }

    /// File names and checksums in hexadecimal.
    fn checksums(&self, entry: &Entry) -> Result<BTreeMap<String, String>> {
        let path = self.folder(entry).join(CHECKSUMS);
        let text = String::from_utf8(self.read(&path)?)
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

impl Store {
    fn load_file(&self, path: &Path, sum: &str, parse: &Reader<'_>) -> Result<Vec<Library>> {
        let data = self.checked(path, sum)?;
        let dumps = parse(&data).map_err(|cause| Error::Dump { path: path.to_owned(), cause })?;
        Ok(dumps.into_iter().map(|d| d.library).collect())
    }

    /// The bytes of a file that has to have a checksum.
    fn checked(&self, path: &Path, sum: &str) -> Result<Vec<u8>> {
        let data = self.read(path)?;
        let actual = sha256(&data);
        if actual != sum {
            let what = format!("SHA-256 is {actual}, {CHECKSUMS} says {sum}");
            return Err(Error::Damaged { path: path.to_owned(), what });
        }
        Ok(data)
    }

    /// The bytes of a regular file: a link in somebody's pull request may lead to a device that never ends.
    fn read(&self, path: &Path) -> Result<Vec<u8>> {
        let Some(kept) = &self.kept else {
            let mut data = Vec::new();
            open_regular(path).and_then(|mut file| file.read_to_end(&mut data)).map_err(io_error(path))?;
            return Ok(data);
        };
        let entry = path.strip_prefix(&self.root).ok().and_then(|below| kept.files.get(below));
        match entry {
            Some(entry) => Ok(kept.tree.content(entry, LARGEST)?),
            None => Err(Error::NotCommitted { path: path.to_owned(), commit: kept.tree.commit().to_owned() }),
        }
    }

    /// Names of the folders inside a folder of the store, without those that start with a dot.
    fn folders(&self, below: &Path) -> Result<Vec<String>> {
        let Some(kept) = &self.kept else {
            // Joined with nothing, a path would end with a slash.
            let is_root = below.as_os_str().is_empty();
            return folders(&if is_root { self.root.clone() } else { self.root.join(below) });
        };
        let name = |path: &PathBuf| {
            let mut parts = path.strip_prefix(below).ok()?.components();
            let first = parts.next()?.as_os_str().to_str()?;
            // A file is no folder.
            parts.next().filter(|_| !first.starts_with('.')).map(|_| first.to_owned())
        };
        let mut names: Vec<String> = kept.files.keys().filter_map(name).collect();
        names.dedup();
        Ok(names)
    }
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

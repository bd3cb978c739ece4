//! A directory, read recursively.
//!
//! Links are not followed, so there are no loops: a link that stays inside leads to something that is read
//! anyway. Files are mapped only when a member is asked for its bytes.

use std::fs::{self, DirEntry};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::library_collector::LibraryCollector;
use super::map::Map;
use super::member::Source;
use super::names;
use super::sniff;
use super::sniff::Look;
use super::{Artifact, Error, Identity, Kind, Limits, open_regular};

pub(super) fn open(root: &Path, label: &str, limits: &Limits) -> Result<Artifact, Error> {
    let mut walk = Walk::new(root, label, limits)?;
    while let Some(folder) = walk.folders.pop() {
        walk.folder(&folder)?;
    }
    walk.finish()
}

struct Walk<'l> {
    root: PathBuf,
    /// The root with all links resolved, to tell links that stay inside.
    real_root: PathBuf,
    finds: LibraryCollector<'l>,
    folders: Vec<PathBuf>,
    dumps: Vec<(String, PathBuf, u64)>,
    links: Vec<(String, PathBuf)>,
}

impl<'l> Walk<'l> {
    fn new(root: &Path, label: &str, limits: &'l Limits) -> Result<Self, Error> {
        let real_root = root.canonicalize().map_err(|cause| unreadable(root, cause))?;
        Ok(Self {
            root: root.to_owned(),
            real_root,
            finds: LibraryCollector::new(&Arc::from(label), limits),
            folders: vec![root.to_owned()],
            dumps: Vec::new(),
            links: Vec::new(),
        })
    }

    fn folder(&mut self, folder: &Path) -> Result<(), Error> {
        let failed = |cause: io::Error| unreadable(folder, cause);
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            self.finds.saw(&relative(&entry.path(), &self.root))?;
            entries.push(entry);
        }
        // Sorted, so that what is said about a directory does not depend on the file system.
        entries.sort_by_key(DirEntry::file_name);
        entries.iter().try_for_each(|entry| self.entry(entry))
    }

    fn entry(&mut self, entry: &DirEntry) -> Result<(), Error> {
        let path = entry.path();
        let kind = entry.file_type().map_err(|cause| unreadable(&path, cause))?;
        let name = relative(&path, &self.root);
        if kind.is_dir() {
            self.folders.push(path);
        } else if kind.is_symlink() {
            self.link(name, path);
        } else if kind.is_file() && names::is_library(names::file_name(&name)) {
            self.library(&name, path)?;
        } else if kind.is_file() && names::is_dump(names::file_name(&name)) {
            let size = entry.metadata().map_err(|cause| unreadable(&path, cause))?.len();
            self.dumps.push((name, path, size));
        }
        Ok(())
    }

    fn library(&mut self, name: &str, path: PathBuf) -> Result<(), Error> {
        let name = self.finds.path(name)?;
        let map = Map::open(&path).map_err(|cause| unreadable(&path, cause))?;
        if self.finds.is_elf(&name, &map) && self.finds.is_library(&name, &map) {
            self.finds.keep(name, map.len() as u64, Source::OnDisk(path));
        }
        map.check()
    }

    fn link(&mut self, name: String, path: PathBuf) {
        let library = names::is_library(names::file_name(&name));
        match path.canonicalize() {
            Ok(target) => match target.strip_prefix(&self.real_root) {
                Ok(inside) if library => self.links.push((name, inside.to_owned())),
                Ok(_) => {}
                Err(_) if library || target.is_dir() => {
                    let target = names::shown(&target.to_string_lossy());
                    self.finds
                        .skip(format!("{} is a link that leads outside, to {target}", names::shown(&name)));
                }
                Err(_) => {}
            },
            Err(_) if library => {
                self.finds.skip(format!("{} is a link that leads nowhere", names::shown(&name)));
            }
            Err(_) => {}
        }
    }

    fn finish(mut self) -> Result<Artifact, Error> {
        for (name, target) in std::mem::take(&mut self.links) {
            let target = portable(&target);
            if !self.finds.has(&target) {
                let (name, target) = (names::shown(&name), names::shown(&target));
                self.finds.skip(format!(
                    "{name} is a link to {target}, which is not among the shared objects here"
                ));
            }
        }
        let kind = if self.finds.members().next().is_some() { Kind::Folder } else { Kind::Dump };
        for (name, path, size) in std::mem::take(&mut self.dumps) {
            if kind == Kind::Folder {
                self.finds.skip(format!("{} is a dump beside shared objects", names::shown(&name)));
            } else if let Some(other) = not_a_dump(&path)? {
                self.finds.skip(format!("{} is not a dump but {other}", names::shown(&name)));
            } else {
                self.finds.keep(self.finds.path(&name)?, size, Source::OnDisk(path));
            }
        }
        self.finds.finish(kind, Identity::default())
    }
}

/// What a file named like a dump is instead.
fn not_a_dump(path: &Path) -> Result<Option<&'static str>, Error> {
    let mut head = Vec::new();
    let read = open_regular(path).and_then(|file| file.take(64 << 10).read_to_end(&mut head));
    read.map_err(|cause| unreadable(path, cause))?;
    Ok(match sniff::look(&head) {
        Look::Dump => None,
        Look::Packed(packing) => match sniff::look(&super::unpack::head(&head, packing)) {
            Look::Dump => None,
            _ => Some(packing.describe()),
        },
        other => Some(other.describe()),
    })
}

fn relative(path: &Path, root: &Path) -> String {
    portable(path.strip_prefix(root).unwrap_or(path))
}

fn portable(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn unreadable(path: &Path, cause: io::Error) -> Error {
    Error::Read { file: names::shown(&path.to_string_lossy()), cause }
}

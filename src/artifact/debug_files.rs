//! Files with debug info beside a library, or in directories of such files: where linkers, `objcopy`, dwz and distributions
//! put them.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::Error;
use super::map::Map;
use crate::dwarf::debug_files::{Bytes, DebugFileSource, Wanted};

/// Looks for the debug files of one library.
#[derive(Clone, Debug, Default)]
pub struct DebugFiles {
    /// The library's own path, where it is a file on disk.
    library: Option<PathBuf>,
    /// Directories to look in, laid out as `/usr/lib/debug` is or holding the files themselves.
    folders: Vec<PathBuf>,
    /// What was found.
    found: Arc<Mutex<Vec<Arc<Map>>>>,
}

/// A map that is still there when it was read.
struct Shared(Arc<Map>);

impl Deref for Shared {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DebugFiles {
    /// Looks beside `library` and in `directories`.
    #[must_use]
    pub fn new(library: Option<&Path>, folders: &[PathBuf]) -> DebugFiles {
        let library = library.map(|path| path.canonicalize().unwrap_or_else(|_| path.to_owned()));
        DebugFiles { library, folders: folders.to_vec(), found: Arc::default() }
    }

    /// Whether all files that were found stayed as they were. To be asked once everything was read.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`].
    pub fn check(&self) -> Result<(), Error> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.iter().try_for_each(|map| map.check())
    }

    fn beside(&self) -> Option<&Path> {
        self.library.as_deref()?.parent()
    }

    fn candidates(&self, wanted: &Wanted) -> Vec<PathBuf> {
        match wanted {
            Wanted::Separate { build_id, link } => self.separate(build_id.as_deref(), link.as_deref()),
            Wanted::Supplementary { path, build_id } => self.supplementary(path, build_id),
            Wanted::Package => self.package(),
            Wanted::Split { folder, path } => self.split(folder, path),
        }
    }

    /// `.build-id/ab/cdef….debug` in every directory.
    fn by_build_id(&self, build_id: &str) -> Vec<PathBuf> {
        let Some((first, rest)) = build_id.split_at_checked(2).filter(|(_, rest)| !rest.is_empty()) else {
            return Vec::new();
        };
        let name = format!(".build-id/{first}/{rest}.debug");
        self.folders.iter().map(|folder| folder.join(&name)).collect()
    }

    fn separate(&self, build_id: Option<&str>, link: Option<&str>) -> Vec<PathBuf> {
        let mut candidates = build_id.map(|id| self.by_build_id(id)).unwrap_or_default();
        // A link is a plain name; one with directories in it would lead anywhere.
        if let Some(link) = link.filter(|link| !link.contains('/') && !link.is_empty()) {
            if let Some(beside) = self.beside() {
                candidates.push(beside.join(link));
                candidates.push(beside.join(".debug").join(link));
                let below = beside.strip_prefix("/").unwrap_or(beside);
                candidates.extend(self.folders.iter().map(|folder| folder.join(below).join(link)));
            }
            candidates.extend(self.folders.iter().map(|folder| folder.join(link)));
        }
        // A link may name the library itself.
        candidates.retain(|path| Some(path.as_path()) != self.library.as_deref());
        candidates
    }

    fn supplementary(&self, path: &str, build_id: &str) -> Vec<PathBuf> {
        let written = Path::new(path);
        let name = written.file_name().map(PathBuf::from).unwrap_or_default();
        let mut candidates = self.by_build_id(build_id);
        if written.is_absolute() {
            candidates.push(written.to_owned());
        }
        if let Some(beside) = self.beside() {
            candidates.push(beside.join(written));
            candidates.push(beside.join(&name));
        }
        candidates.extend(
            self.folders.iter().flat_map(|folder| [folder.join(".dwz").join(&name), folder.join(&name)]),
        );
        candidates
    }

    fn package(&self) -> Vec<PathBuf> {
        let Some(library) = &self.library else { return Vec::new() };
        let mut name = library.file_name().map(std::ffi::OsStr::to_owned).unwrap_or_default();
        name.push(".dwp");
        let mut candidates = vec![library.with_file_name(&name)];
        candidates.extend(self.folders.iter().map(|folder| folder.join(&name)));
        candidates
    }

    fn split(&self, folder: &str, path: &str) -> Vec<PathBuf> {
        let written = Path::new(path);
        let name = written.file_name().map(PathBuf::from).unwrap_or_default();
        let mut candidates = vec![Path::new(folder).join(written)];
        if let Some(beside) = self.beside() {
            candidates.push(beside.join(written));
            candidates.push(beside.join(&name));
        }
        candidates.extend(self.folders.iter().flat_map(|folder| [folder.join(written), folder.join(&name)]));
        candidates
    }
}

impl DebugFileSource for DebugFiles {
    fn open(&self, wanted: &Wanted) -> Option<Bytes> {
        let map = self.candidates(wanted).into_iter().find_map(|path| Map::open(&path).ok())?;
        let map = Arc::new(map);
        self.found.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&map));
        Some(Bytes::new(Shared(map)))
    }
}

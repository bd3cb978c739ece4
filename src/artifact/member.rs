//! One shared object (or dump) of an artifact, and how its bytes are reached.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use memmap2::{Mmap, MmapMut};

use super::map::{self, Map};
use super::zipped::Zipped;
use super::{Error, names};

/// One file of an artifact. Members do not depend on each other and can be read in parallel.
#[derive(Debug)]
pub struct Member {
    path: String,
    size: u64,
    /// What to call the artifact in messages.
    file: Arc<str>,
    source: Source,
}

/// Where the bytes of a member are.
#[derive(Debug)]
pub(super) enum Source {
    /// The artifact is this file.
    Whole(Arc<Map>),
    /// A file in the directory, mapped when asked for: a directory may hold more files than can be open.
    OnDisk(PathBuf),
    /// Unpacked in passing, because its stream can only be read once.
    Kept(Vec<u8>),
    /// The same, of what is too large for memory.
    Filed(Mmap),
    /// In a zip file, unpacked when asked for.
    Zipped(Zipped),
}

/// The bytes of a member; derefs to them.
#[derive(Debug)]
pub struct Data<'a>(Bytes<'a>);

#[derive(Debug)]
enum Bytes<'a> {
    Kept(&'a [u8]),
    /// A part of a map that others read as well.
    Borrowed(&'a [u8], &'a Map),
    Mapped(Box<Map>),
    /// The first so many bytes of a map of our own.
    Unpacked(MmapMut, usize),
    /// In a file of our own.
    Filed(Mmap),
}

impl<'a> Data<'a> {
    pub(super) fn borrowed(bytes: &'a [u8], map: &'a Map) -> Self {
        Self(Bytes::Borrowed(bytes, map))
    }

    /// The first `length` bytes of `room`, which has as many.
    pub(super) fn unpacked(room: MmapMut, length: usize) -> Self {
        Self(Bytes::Unpacked(room, length))
    }

    /// All of a file without a name.
    pub(super) fn filed(pages: Mmap) -> Self {
        Self(Bytes::Filed(pages))
    }

    /// Gives back the memory that they take, where they come from a file of this process's own when they are read again.
    pub fn give_back(&self) {
        if let Bytes::Filed(pages) = &self.0 {
            map::forget(pages, pages);
        }
    }

    /// Whether the file stayed as it was. To be asked once everything was read: if not, what was read means nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`].
    pub fn check(&self) -> Result<(), Error> {
        match &self.0 {
            Bytes::Kept(_) | Bytes::Unpacked(..) | Bytes::Filed(_) => Ok(()),
            Bytes::Borrowed(_, map) => map.check(),
            Bytes::Mapped(map) => map.check(),
        }
    }
}

impl Deref for Data<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Bytes::Kept(bytes) | Bytes::Borrowed(bytes, _) => bytes,
            Bytes::Mapped(bytes) => bytes,
            Bytes::Unpacked(room, length) => &room[..*length],
            Bytes::Filed(pages) => pages,
        }
    }
}

impl Member {
    pub(super) fn new(file: &Arc<str>, path: String, size: u64, source: Source) -> Self {
        Self { path, size, file: Arc::clone(file), source }
    }

    /// The file name, without directories.
    #[must_use]
    pub fn name(&self) -> &str {
        names::file_name(&self.path)
    }

    /// The path inside the artifact, separated by `/`, without `.` and `..`; for a single file its name.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where a file of a directory is on disk; none for what is inside an archive, and for a file that was named itself.
    #[must_use]
    pub fn on_disk(&self) -> Option<&std::path::Path> {
        if let Source::OnDisk(path) = &self.source { Some(path) } else { None }
    }

    /// Bytes, unpacked; for a file on disk as of when the artifact was opened.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The bytes; members of zip files are unpacked anew by every call.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] if a file of a directory has become unreadable; [`Error::DamagedMember`] if a member
    /// of a zip file cannot be unpacked or is not what the zip file says of it; [`Error::Memory`];
    /// [`Error::Changed`] if that shows already, for which [`Data::check`] asks afterwards.
    pub fn data(&self) -> Result<Data<'_>, Error> {
        match &self.source {
            Source::Whole(map) => Ok(Data::borrowed(map, map)),
            Source::Kept(bytes) => Ok(Data(Bytes::Kept(bytes))),
            Source::Filed(pages) => Ok(Data(Bytes::Kept(pages))),
            Source::Zipped(zipped) => zipped.data(&self.file, &self.path),
            Source::OnDisk(path) => {
                let failed = |cause: std::io::Error| Error::Read {
                    file: names::shown(&path.to_string_lossy()),
                    cause,
                };
                Ok(Data(Bytes::Mapped(Box::new(Map::open(path).map_err(failed)?))))
            }
        }
    }

    pub(super) fn zipped(&self) -> Option<&Zipped> {
        if let Source::Zipped(zipped) = &self.source { Some(zipped) } else { None }
    }
}

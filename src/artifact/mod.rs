//! What the user pointed at: a shared object, a directory of them, an archive that ships them, or a dump.
//!
//! Owns telling these apart and handing out the shared objects inside as [`Member`]s. What a thing is is
//! told by its content; names only break ties. Everything read here may be hostile: nothing but headers is written to
//! disk, and these below a directory that is named, nothing unpacked goes past [`Limits`], and archives inside archives stay closed. What a member
//! means beyond "an ELF shared object" is for the readers of ELF.

mod conda;
mod cpio;
mod deb;
mod deb_symbols;
mod debug_files;
mod directory;
mod elf;
mod error;
mod headers;
mod identity;
mod library_collector;
mod limits;
mod map;
mod member;
mod names;
mod rpm;
mod sigbus_guard;
mod sniff;
mod tar_reader;
mod tarball;
mod unpack;
mod zip_directory;
mod zipped;

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

pub use deb_symbols::DebSymbols;
pub use debug_files::DebugFiles;
pub use error::Error;
pub use headers::{dev_package, header_folders, header_folders_beside, holds_headers, unpack_headers};
pub use identity::Identity;
pub use limits::Limits;
pub use member::{Data, Member};
pub use sigbus_guard::install as guard_mapped_files;

use map::Map;
pub(crate) use map::open_regular;
use member::Source;
use sniff::Look;

/// What kind of thing an [`Artifact`] was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One ELF shared object, or a relocatable one that was named by itself.
    SharedObject,
    /// A program that the dynamic loader starts, named by itself: its plug-ins are linked against it.
    Program,
    /// A directory with shared objects in it or below it.
    Folder,
    /// A zip file; wheels are zip files.
    Zip,
    /// A tar file, plain or packed with gzip, xz, zstd or bzip2.
    Tar,
    /// A Debian package.
    Deb,
    /// An RPM package.
    Rpm,
    /// A conda package of either generation.
    Conda,
    /// A dump of an earlier run, or a directory of such dumps.
    Dump,
}

/// What the user named, opened.
#[derive(Debug)]
pub struct Artifact {
    /// What kind of thing it is.
    pub kind: Kind,
    /// Its shared objects (or dumps), sorted by path; never empty.
    pub members: Vec<Member>,
    /// What its name and metadata say it is.
    pub identity: Identity,
    /// What looked like a shared object and was not read, one sentence each.
    pub skipped: Vec<String>,
    /// What a Debian package promises of its libraries.
    pub promises: Option<DebSymbols>,
}

impl Artifact {
    fn single(file: &Opened, kind: Kind) -> Self {
        let name = file.file_name.clone();
        let size = file.map.len() as u64;
        Self::of_one(kind, Member::new(&file.label, name, size, Source::Whole(Arc::clone(&file.map))))
    }

    /// What has one member and says nothing of itself.
    fn of_one(kind: Kind, member: Member) -> Self {
        Self {
            kind,
            members: vec![member],
            identity: Identity::default(),
            skipped: Vec::new(),
            promises: None,
        }
    }
}

/// A regular file that was opened and mapped, with the names to call it by.
struct Opened {
    /// The path as the user gave it, fit for one line of a message.
    label: Arc<str>,
    file_name: String,
    map: Arc<Map>,
}

/// Opens what the user named: a shared object, a directory, or an archive.
///
/// # Errors
///
/// [`Error`] says what is wrong: the path is missing or cannot be read, is none of the known kinds, holds
/// no shared object, is damaged, encrypted, larger than `limits` allow, or changed meanwhile.
pub fn open(path: &Path, limits: &Limits) -> Result<Artifact, Error> {
    let label = names::shown(&path.to_string_lossy());
    let failed = |cause: io::Error| match cause.kind() {
        io::ErrorKind::NotFound => Error::Missing { file: label.clone() },
        _ => Error::Read { file: label.clone(), cause },
    };
    let about = fs::metadata(path).map_err(failed)?;
    if about.is_dir() {
        return directory::open(path, &label, limits);
    }
    if !about.is_file() {
        return Err(Error::NotAFile { file: label });
    }
    let map = Arc::new(Map::open(path).map_err(failed)?);
    let file_name = path.file_name().map_or_else(|| label.clone(), |n| n.to_string_lossy().into_owned());
    let artifact = open_file(&Opened { label: label.into(), file_name, map: Arc::clone(&map) }, limits);
    // What looks damaged may only have changed.
    map.check()?;
    artifact
}

/// Which of the kinds that are loaded an ELF file is.
fn loaded_kind(file: &Opened, name: &str, bytes: &[u8]) -> Result<Kind, Error> {
    match elf::not_a_library(bytes, names::is_library(name)) {
        None | Some(elf::RELOCATABLE) => Ok(Kind::SharedObject),
        Some(elf::PROGRAM) => Ok(Kind::Program),
        Some(what) => Err(Error::Unknown { file: file.label.to_string(), what }),
    }
}

/// A single library that is packed by itself: `libx.so.1.gz`.
fn packed(file: &Opened, limits: &Limits) -> Result<Artifact, Error> {
    let failed = |offset: usize, cause: &io::Error| Error::DamagedInside {
        file: file.label.to_string(),
        offset: offset as u64,
        what: cause.to_string(),
    };
    let allowed = limits.allowance(file.map.len() as u64).min(limits.member);
    let mut bytes = Vec::new();
    let mut reader = unpack::reader(&file.map).map_err(|cause| failed(0, &cause))?;
    let read = reader.by_ref().take(allowed.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|cause| failed(bytes.len(), &cause))?;
    if bytes.len() as u64 > allowed {
        return Err(limits.over_total(&file.label, allowed));
    }
    let endings = [".gz", ".xz", ".zst", ".bz2"];
    let name =
        endings.iter().find_map(|ending| file.file_name.strip_suffix(ending)).unwrap_or(&file.file_name);
    let kind = loaded_kind(file, name, &bytes)?;
    let member = Member::new(&file.label, name.to_owned(), bytes.len() as u64, Source::Kept(bytes));
    Ok(Artifact::of_one(kind, member))
}

fn open_file(file: &Opened, limits: &Limits) -> Result<Artifact, Error> {
    let bytes: &[u8] = &file.map;
    match sniff::look(bytes) {
        Look::Elf => Ok(Artifact::single(file, loaded_kind(file, &file.file_name, bytes)?)),
        Look::Dump => Ok(Artifact::single(file, Kind::Dump)),
        Look::Zip => zipped::open(file, limits),
        Look::Deb => deb::open(file, limits),
        Look::Rpm => rpm::open(file, limits),
        Look::Tar => tarball::open(file, limits),
        Look::Packed(packing) => match sniff::look(&unpack::head(bytes, packing)) {
            Look::Tar => tarball::open(file, limits),
            Look::Dump if packing == unpack::Packing::Zstd => Ok(Artifact::single(file, Kind::Dump)),
            Look::Elf => packed(file, limits),
            _ => Err(Error::Unknown { file: file.label.to_string(), what: packing.without_tar() }),
        },
        Look::Empty => Err(Error::Empty { file: file.label.to_string() }),
        other => Err(Error::Unknown { file: file.label.to_string(), what: other.describe() }),
    }
}

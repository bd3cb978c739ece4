//! Tar files, and the gathering of libraries from any tar stream, for the packages that have one inside.

use std::sync::Arc;

use super::library_collector::LibraryCollector;
use super::member::Source;
use super::tar_reader::{Entry, TarReader, What};
use super::{Artifact, Error, Identity, Kind, Limits, Opened, conda, elf, identity, names};

/// Enough to tell an ELF file from a linker script.
const FIRST_LOOK: u64 = 512;
/// The papers of a package are lists of a few lines.
const LONGEST_PAPER: u64 = 1 << 20;

pub(super) fn open(file: &Opened, limits: &Limits) -> Result<Artifact, Error> {
    let mut finds = LibraryCollector::new(&file.label, limits);
    let paper = gather(&file.map, &file.label, conda::INDEX, &mut finds)?;
    match paper.as_deref().and_then(identity::conda) {
        Some(identity) => finds.finish(Kind::Conda, identity),
        None => finds.finish(Kind::Tar, identity::from_name(&file.file_name)),
    }
}

/// Reads all of a tar stream, which `label` names, into `finds`; gives the content of the file at
/// `paper`, if there is one.
pub(super) fn gather(
    bytes: &[u8],
    label: &str,
    paper: &str,
    finds: &mut LibraryCollector,
) -> Result<Option<Vec<u8>>, Error> {
    let limits = *finds.limits;
    let mut tape = TarReader::new(bytes, label, &limits)?;
    let mut found = None;
    while let Some(entry) = tape.next()? {
        finds.saw(&entry.name)?;
        if finds.wants(&entry.name) && !(entry.what == What::File && is_paper(&entry, paper)) {
            library(&entry, label, &mut tape, finds)?;
        } else if entry.what == What::File && is_paper(&entry, paper) {
            found = Some(read_paper(&entry, &mut tape)?);
        }
    }
    if tape.unfinished {
        finds.skip(format!("{label} ends without the mark of its end, so something may be missing from it"));
    }
    Ok(found)
}

/// One file of a tar stream in which nothing else is of interest.
pub(super) fn paper(
    bytes: &[u8],
    label: &str,
    paper: &str,
    limits: &Limits,
) -> Result<Option<Vec<u8>>, Error> {
    let mut tape = TarReader::new(bytes, label, limits)?;
    let mut seen = 0;
    while let Some(entry) = tape.next()? {
        seen += 1;
        if seen > limits.entries {
            return Err(Error::Entries { file: label.to_owned(), limit: limits.entries });
        }
        if entry.what == What::File && is_paper(&entry, paper) {
            return read_paper(&entry, &mut tape).map(Some);
        }
    }
    Ok(None)
}

fn is_paper(entry: &Entry, paper: &str) -> bool {
    !paper.is_empty() && entry.name.trim_start_matches("./") == paper
}

fn read_paper(entry: &Entry, tape: &mut TarReader) -> Result<Vec<u8>, Error> {
    let mut paper = Vec::new();
    tape.read(entry.size.min(LONGEST_PAPER), &mut paper, &entry.name)?;
    Ok(paper)
}

fn library(
    entry: &Entry,
    label: &str,
    tape: &mut TarReader,
    finds: &mut LibraryCollector,
) -> Result<(), Error> {
    if entry.what == What::Other {
        return Ok(());
    }
    let path = finds.path(&entry.name)?;
    match entry.what {
        What::SymLink => finds.link(path, &entry.link),
        What::HardLink => hard_link(path, &entry.link, finds),
        What::Sparse => {
            finds.skip(format!("{path} is stored with holes (as a sparse file), which is not read"))
        }
        What::File | What::Other => return content(path, entry.size, label, tape, finds),
    }
    Ok(())
}

/// The same file under another name: no news if its first name is that of a member.
fn hard_link(path: String, target: &str, finds: &mut LibraryCollector) {
    // Hard links are named from the root of the archive, symbolic ones from where they are.
    let rooted = format!("/{}", target.trim_start_matches('/'));
    finds.link(path, &rooted);
}

fn content(
    path: String,
    size: u64,
    label: &str,
    tape: &mut TarReader,
    finds: &mut LibraryCollector,
) -> Result<(), Error> {
    let mut bytes = Vec::new();
    tape.read(size.min(FIRST_LOOK), &mut bytes, &path)?;
    if !finds.is_elf(&path, &bytes) {
        return Ok(());
    }
    if elf::is_definitely_not_loaded(&bytes) {
        finds.is_library(&path, &bytes);
        return Ok(());
    }
    finds.limits.check_member(label, &path, size)?;
    tape.read(size - bytes.len() as u64, &mut bytes, &path)?;
    if finds.is_library(&path, &bytes) {
        finds.keep(path, size, Source::Kept(bytes));
    }
    Ok(())
}

/// An artifact whose libraries are in one tar stream inside `file`.
pub(super) fn inside(
    file: &Opened,
    (inner, bytes): (&str, &[u8]),
    (kind, identity): (Kind, Identity),
    limits: &Limits,
) -> Result<Artifact, Error> {
    let mut finds = LibraryCollector::new(&file.label, limits);
    gather(bytes, &within(&file.label, inner), "", &mut finds)?;
    finds.finish(kind, identity)
}

/// Takes a file of a tar stream: its name, its size in bytes, and what reads its content.
pub(super) type Take<'t> =
    dyn FnMut(&str, u64, &mut dyn FnMut(&mut Vec<u8>) -> Result<(), Error>) -> Result<(), Error> + 't;

/// Gives every regular file of a tar stream.
pub(super) fn each_file(
    bytes: &[u8],
    label: &str,
    limits: &Limits,
    take: &mut Take<'_>,
) -> Result<(), Error> {
    let mut tape = TarReader::new(bytes, label, limits)?;
    let mut seen = 0;
    while let Some(entry) = tape.next()? {
        seen += 1;
        if seen > limits.entries {
            return Err(Error::Entries { file: label.to_owned(), limit: limits.entries });
        }
        if entry.what == What::File {
            take(&entry.name, entry.size, &mut |data| tape.read(entry.size, data, &entry.name))?;
        }
    }
    Ok(())
}

/// What to call an archive inside a package in messages.
pub(super) fn within(file: &Arc<str>, inner: &str) -> String {
    format!("{file}({})", names::shown(inner))
}

//! cpio streams in the "new ASCII" form (`070701`, `070702`), as RPM packages have them.
//!
//! Read in one pass. Every number is text of eight hexadecimal digits; names and contents are padded to four bytes.

use std::io::Read;

use super::library_collector::LibraryCollector;
use super::member::Source;
use super::{Error, elf, unpack};

const HEADER: usize = 110;
/// Longer than any path.
const LONGEST_NAME: u64 = 1 << 16;
const LAST: &str = "TRAILER!!!";
const TYPE_MASK: u64 = 0o170_000;
const REGULAR: u64 = 0o100_000;
const SYMBOLIC_LINK: u64 = 0o120_000;
/// Enough to tell an ELF file from a linker script.
const FIRST_LOOK: u64 = 512;

/// Reads all of a stream, which `label` names, into `finds`.
pub(super) fn gather(packed: &[u8], label: &str, finds: &mut LibraryCollector<'_>) -> Result<(), Error> {
    let reader = unpack::reader(packed).map_err(|cause| damaged(label, 0, cause.to_string()))?;
    let allowance = finds.limits.allowance(packed.len() as u64);
    let mut stream = Stream { reader, label, offset: 0, allowance, limits: *finds.limits };
    while let Some(entry) = stream.entry()? {
        finds.saw(&entry.name)?;
        let end = stream.end_of(entry.size)?;
        if finds.wants(&entry.name) {
            take(&entry, &mut stream, finds)?;
        }
        stream.skip_to(end)?;
    }
    Ok(())
}

fn take(entry: &Entry, stream: &mut Stream<'_>, finds: &mut LibraryCollector<'_>) -> Result<(), Error> {
    let path = finds.path(&entry.name)?;
    let mut bytes = Vec::new();
    match entry.mode & TYPE_MASK {
        SYMBOLIC_LINK => {
            stream.read(entry.size.min(LONGEST_NAME), &mut bytes)?;
            finds.link(path, &String::from_utf8_lossy(&bytes));
        }
        // Of several links to one file only the last one has its content.
        REGULAR if entry.size > 0 => {
            stream.read(entry.size.min(FIRST_LOOK), &mut bytes)?;
            if !finds.is_elf(&path, &bytes) {
                return Ok(());
            }
            if elf::is_definitely_not_loaded(&bytes) {
                finds.is_library(&path, &bytes);
                return Ok(());
            }
            finds.limits.check_member(stream.label, &path, entry.size)?;
            stream.read(entry.size - bytes.len() as u64, &mut bytes)?;
            if finds.is_library(&path, &bytes) {
                finds.keep(path, entry.size, Source::Kept(bytes));
            }
        }
        _ => {}
    }
    Ok(())
}

struct Entry {
    name: String,
    mode: u64,
    size: u64,
}

struct Stream<'a> {
    reader: Box<dyn Read + 'a>,
    /// What to call it in messages.
    label: &'a str,
    /// Bytes read so far, and how many may be.
    offset: u64,
    allowance: u64,
    limits: super::Limits,
}

impl Stream<'_> {
    /// The header and the name of the next entry; none after the last one.
    fn entry(&mut self) -> Result<Option<Entry>, Error> {
        let at = self.offset;
        let mut header = Vec::new();
        self.read(HEADER as u64, &mut header)?;
        if !(header.starts_with(b"070701") || header.starts_with(b"070702")) {
            return Err(damaged(self.label, at, "an entry of a cpio stream should begin here and does not"));
        }
        let number = |field: usize| {
            let digits =
                header.get(6 + field * 8..14 + field * 8).and_then(|digits| std::str::from_utf8(digits).ok());
            let value = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
            value.ok_or_else(|| damaged(self.label, at, "a number of a cpio header is none"))
        };
        let (mode, size, name_size) = (number(1)?, number(6)?, number(11)?);
        if name_size > LONGEST_NAME {
            return Err(damaged(self.label, at, "a name of a cpio entry is longer than any path"));
        }
        let mut name = Vec::new();
        self.read(name_size, &mut name)?;
        let name = String::from_utf8_lossy(&name).trim_end_matches('\0').to_owned();
        // Header and name are padded together.
        self.skip_to(at + (HEADER as u64 + name_size).next_multiple_of(4))?;
        Ok((name != LAST).then_some(Entry { name, mode, size }))
    }

    /// Where content of that size and its padding end.
    fn end_of(&self, size: u64) -> Result<u64, Error> {
        let end = self.offset.checked_add(size).and_then(|end| end.checked_next_multiple_of(4));
        end.ok_or_else(|| damaged(self.label, self.offset, "a cpio entry goes past all bounds"))
    }

    fn read(&mut self, size: u64, into: &mut Vec<u8>) -> Result<(), Error> {
        if self.offset.saturating_add(size) > self.allowance {
            return Err(self.limits.over_total(self.label, self.allowance));
        }
        let read = self.reader.by_ref().take(size).read_to_end(into);
        let read = read.map_err(|cause| damaged(self.label, self.offset, cause.to_string()))? as u64;
        self.offset += read;
        match read == size {
            true => Ok(()),
            false => Err(damaged(self.label, self.offset, "it ends in the middle of an entry")),
        }
    }

    fn skip_to(&mut self, end: u64) -> Result<(), Error> {
        let size = end.saturating_sub(self.offset);
        if end > self.allowance {
            return Err(self.limits.over_total(self.label, self.allowance));
        }
        let skipped = std::io::copy(&mut self.reader.by_ref().take(size), &mut std::io::sink());
        let skipped = skipped.map_err(|cause| damaged(self.label, self.offset, cause.to_string()))?;
        self.offset += skipped;
        match skipped == size {
            true => Ok(()),
            false => Err(damaged(self.label, self.offset, "it ends in the middle of an entry")),
        }
    }
}

fn damaged(label: &str, offset: u64, what: impl Into<String>) -> Error {
    Error::DamagedInside { file: label.to_owned(), offset, what: what.into() }
}

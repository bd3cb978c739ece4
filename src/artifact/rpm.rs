//! RPM packages: a lead, a signature, a header of papers, and a packed cpio stream of files.
//!
//! Signature and header have one form (rpm's `format_header.md`): a magic number, counts of index entries and of bytes, the
//! entries, and the bytes that they point into. Nothing of the signature is checked.

use super::cpio;
use super::library_collector::LibraryCollector;
use super::{Artifact, Error, Identity, Kind, Limits, Opened, identity, tarball};

/// The lead says nothing that the header does not.
const LEAD: usize = 96;
const MAGIC: &[u8] = b"\x8e\xad\xe8\x01";
const PREAMBLE: usize = 16;
const ENTRY: usize = 16;
/// Longer values are no names or versions.
const LONGEST_TEXT: usize = 200;

const TAG_NAME: u32 = 1000;
const TAG_VERSION: u32 = 1001;
const TAG_RELEASE: u32 = 1002;
const TAG_ARCH: u32 = 1022;
/// A value that is one text.
const TYPE_STRING: u32 = 6;

pub(super) fn open(file: &Opened, limits: &Limits) -> Result<Artifact, Error> {
    let (identity, payload) = parts(file)?;
    let mut finds = LibraryCollector::new(&file.label, limits);
    cpio::gather(payload, &tarball::within(&file.label, "payload"), &mut finds)?;
    finds.finish(Kind::Rpm, identity)
}

/// What the package says it is, and its packed files.
fn parts(file: &Opened) -> Result<(Identity, &[u8]), Error> {
    let signature = Header::at(file, LEAD)?;
    // What follows the signature starts at a multiple of eight bytes.
    let header = Header::at(file, signature.end.next_multiple_of(8))?;
    let payload = file.map.get(header.end..).unwrap_or_default();
    let text = |tag| header.text(tag).unwrap_or_default();
    let version = match (text(TAG_VERSION), text(TAG_RELEASE)) {
        (version, release) if release.is_empty() => version,
        (version, release) => format!("{version}-{release}"),
    };
    Ok((identity::rpm(&text(TAG_NAME), &version, &text(TAG_ARCH)), payload))
}

/// A header structure.
struct Header<'f> {
    entries: &'f [u8],
    store: &'f [u8],
    /// Where it ends, in bytes from the start of the file.
    end: usize,
}

impl<'f> Header<'f> {
    fn at(file: &'f Opened, at: usize) -> Result<Header<'f>, Error> {
        let damaged = |what: &str| Error::Damaged {
            file: file.label.to_string(),
            offset: at as u64,
            what: what.to_owned(),
        };
        let rest = file.map.get(at..).unwrap_or_default();
        if !rest.starts_with(MAGIC) {
            return Err(damaged("a header of an RPM package should begin here and does not"));
        }
        let too_short = || damaged("a header of an RPM package goes past the end of the file");
        let count = number(rest, 8).ok_or_else(too_short)? as usize;
        let bytes = number(rest, 12).ok_or_else(too_short)? as usize;
        let store =
            count.checked_mul(ENTRY).and_then(|size| size.checked_add(PREAMBLE)).ok_or_else(too_short)?;
        let end = store.checked_add(bytes).ok_or_else(too_short)?;
        let entries = rest.get(PREAMBLE..store).ok_or_else(too_short)?;
        let content = rest.get(store..end).ok_or_else(too_short)?;
        Ok(Header { entries, store: content, end: at + end })
    }

    /// The text under a tag.
    fn text(&self, tag: u32) -> Option<String> {
        let entry = self.entries.chunks_exact(ENTRY).find(|entry| number(entry, 0) == Some(tag))?;
        if number(entry, 4) != Some(TYPE_STRING) {
            return None;
        }
        let rest = self.store.get(number(entry, 8)? as usize..)?;
        let end = rest.iter().take(LONGEST_TEXT).position(|byte| *byte == 0)?;
        Some(String::from_utf8_lossy(&rest[..end]).into_owned())
    }
}

/// A big-endian number of four bytes.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(bytes.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
}

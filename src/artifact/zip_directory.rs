//! The directory at the end of a zip file.
//!
//! Read here and not by a crate because what matters is what crates keep to themselves: entries of the
//! same name, where in the file an entry is wrong, and a walk that holds one entry at a time. Zip64 and
//! zip files behind something else (self-extracting ones) are read; those in several volumes are not.

use super::Error;

const END: usize = 22;
const END_MAGIC: &[u8] = b"PK\x05\x06";
const END64_MAGIC: &[u8] = b"PK\x06\x06";
const LOCATOR: usize = 20;
const LOCATOR_MAGIC: &[u8] = b"PK\x06\x07";
const ENTRY: usize = 46;
const ENTRY_MAGIC: &[u8] = b"PK\x01\x02";
/// The end record is followed by a comment of at most this many bytes.
const LONGEST_COMMENT: usize = 0xffff;
/// What a field holds whose value is in its zip64 twin.
const ELSEWHERE_2: u64 = 0xffff;
const ELSEWHERE_4: u64 = 0xffff_ffff;

/// A zip file's directory; iterates over its entries in their order.
pub(super) struct ZipDirectory<'a> {
    bytes: &'a [u8],
    file: &'a str,
    at: usize,
    end: usize,
    /// Bytes before the zip file proper, which offsets do not count.
    shift: u64,
    said: u64,
    seen: u64,
}

/// One entry as the directory describes it.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) name: std::borrow::Cow<'a, str>,
    /// Where its local header is, in bytes from the start of the file.
    pub(super) header: u64,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) crc: u32,
    /// The number of the method it is packed with.
    pub(super) method: u16,
    pub(super) encrypted: bool,
    pub(super) link: bool,
}

/// The numbers of an end record.
struct End {
    at: usize,
    disk: u64,
    entries: u64,
    size: u64,
    offset: u64,
}

impl<'a> ZipDirectory<'a> {
    /// LibraryCollector the directory of the zip file that `bytes` are; `file` is what to call it in errors.
    pub(super) fn find(bytes: &'a [u8], file: &'a str) -> Result<Self, Error> {
        let cut =
            || damaged(file, bytes.len(), "no directory of a zip file before its end: is it cut short?");
        let end = end_record(bytes).ok_or_else(cut)?;
        if end.disk != 0 {
            let what = "a part of a zip file in several volumes";
            return Err(Error::Unsupported { file: file.to_owned(), what });
        }
        let outside = || damaged(file, end.at, "the directory of the zip file is not inside the file");
        let size = usize::try_from(end.size).map_err(|_| outside())?;
        let before_end = end.at.checked_sub(size).ok_or_else(outside)?;
        let as_said = usize::try_from(end.offset).ok().filter(|&at| at <= before_end).ok_or_else(outside)?;
        let is_entry = |at: usize| bytes[at..].starts_with(ENTRY_MAGIC);
        // Something in front of the zip file moves it; something between directory and end does not.
        let at = if size == 0 || is_entry(before_end) || !is_entry(as_said) { before_end } else { as_said };
        let shift = (at - as_said) as u64;
        Ok(Self { bytes, file, at, end: at + size, shift, said: end.entries, seen: 0 })
    }

    fn entry(&mut self) -> Result<Entry<'a>, Error> {
        let at = self.at;
        let bad = |what: &str| damaged(self.file, at, what);
        let rest = &self.bytes[at..self.end];
        if !rest.starts_with(ENTRY_MAGIC) {
            return Err(bad("an entry of the zip file's directory should be here and is not"));
        }
        let cut = || bad("an entry goes past the end of the zip file's directory");
        let field = |at, width| number(rest, at, width).ok_or_else(cut);
        let (name_length, extra_length) = (field(28, 2)? as usize, field(30, 2)? as usize);
        let length = ENTRY + name_length + extra_length + field(32, 2)? as usize;
        let name = rest.get(ENTRY..ENTRY + name_length).ok_or_else(cut)?;
        let extra = rest.get(ENTRY + name_length..length).ok_or_else(cut)?;
        let mut entry = Entry {
            name: String::from_utf8_lossy(name),
            header: field(42, 4)?,
            packed: field(20, 4)?,
            size: field(24, 4)?,
            crc: field(16, 4)? as u32,
            method: field(10, 2)? as u16,
            encrypted: field(8, 2)? & 1 != 0,
            // The upper half of the attributes is a Unix mode if the writer was on Unix or macOS.
            link: matches!(field(5, 1)?, 3 | 19) && field(40, 2)? & 0xf000 == 0xa000,
        };
        entry.widen(&extra[..extra_length]).ok_or_else(|| bad("an entry lacks the sizes it should have"))?;
        entry.header = entry.header.checked_add(self.shift).ok_or_else(cut)?;
        self.at += length;
        self.seen += 1;
        Ok(entry)
    }
}

impl<'a> Iterator for ZipDirectory<'a> {
    type Item = Result<Entry<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at < self.end {
            let entry = self.entry();
            if entry.is_err() {
                self.at = self.end;
                self.said = self.seen;
            }
            return Some(entry);
        }
        // Old writers let the count run over at 65536.
        let fits = self.said & ELSEWHERE_2 == self.seen & ELSEWHERE_2;
        let what = format!("the zip file should have {} entries and has {}", self.said, self.seen);
        self.said = self.seen;
        (!fits).then(|| Err(damaged(self.file, self.end, what)))
    }
}

impl Entry<'_> {
    /// Takes what did not fit into an entry from its zip64 field, which has just these in this order.
    fn widen(&mut self, mut extra: &[u8]) -> Option<()> {
        let mut wide: &[u8] = &[];
        while let (Some(kind), Some(length)) = (number(extra, 0, 2), number(extra, 2, 2)) {
            let Some(body) = extra.get(4..4 + length as usize) else { break };
            if kind == 1 {
                wide = body;
                break;
            }
            extra = &extra[4 + length as usize..];
        }
        for value in [&mut self.size, &mut self.packed, &mut self.header] {
            if *value == ELSEWHERE_4 {
                *value = number(wide, 0, 8)?;
                wide = &wide[8..];
            }
        }
        Some(())
    }
}

fn end_record(bytes: &[u8]) -> Option<End> {
    let last = bytes.len().checked_sub(END)?;
    let at = (last.saturating_sub(LONGEST_COMMENT)..=last).rev().find(|&at| {
        let comment = number(bytes, at + 20, 2).unwrap_or_default() as usize;
        bytes[at..].starts_with(END_MAGIC) && at + END + comment <= bytes.len()
    })?;
    let field = |offset, width| number(bytes, at + offset, width);
    let end =
        End { at, disk: field(4, 2)?, entries: field(10, 2)?, size: field(12, 4)?, offset: field(16, 4)? };
    let full = end.disk == ELSEWHERE_2
        || end.entries == ELSEWHERE_2
        || end.size == ELSEWHERE_4
        || end.offset == ELSEWHERE_4;
    Some(if full { end64_record(bytes, &end).unwrap_or(end) } else { end })
}

fn end64_record(bytes: &[u8], end: &End) -> Option<End> {
    let locator = end.at.checked_sub(LOCATOR)?;
    if !bytes[locator..].starts_with(LOCATOR_MAGIC) {
        return None;
    }
    let said = usize::try_from(number(bytes, locator + 8, 8)?).ok();
    // Behind something else, it is not where it says but, nearly always, right before its locator.
    let at = [said, locator.checked_sub(56)]
        .into_iter()
        .flatten()
        .find(|&at| at < locator && bytes[at..].starts_with(END64_MAGIC))?;
    let field = |offset, width| number(bytes, at + offset, width);
    Some(End { at, disk: field(16, 4)?, entries: field(32, 8)?, size: field(40, 8)?, offset: field(48, 8)? })
}

fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(width)?)?;
    Some(field.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

fn damaged(file: &str, offset: usize, what: impl Into<String>) -> Error {
    Error::Damaged { file: file.to_owned(), offset: offset as u64, what: what.into() }
}

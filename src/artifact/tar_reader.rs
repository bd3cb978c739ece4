//! Tar, read in one pass from a stream of any length.
//!
//! The walk is written here, on top of the `tar` crate's header, because an archive of an archive made to
//! harm may give a name of gigabytes, which that crate's own walk would read into memory.

use std::io::{self, Read};

use tar::{EntryType, Header};

use super::names;

use super::{Error, Limits};

const BLOCK: u64 = 512;
/// Longer than any path, short enough to read without a thought.
const LONGEST_RECORD: u64 = 1 << 20;

/// A tar stream and where it stands.
pub(super) struct TarReader<'a> {
    reader: Box<dyn Read + 'a>,
    /// What to call it in messages.
    file: &'a str,
    limits: &'a Limits,
    /// Bytes read so far, and how many may be.
    offset: u64,
    allowance: u64,
    plain: bool,
    /// Where the current entry's padded content ends.
    entry_end: u64,
    /// Whether the archive ended without its end mark.
    pub(super) unfinished: bool,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    File,
    /// A file with holes that are left out of the archive.
    Sparse,
    HardLink,
    SymLink,
    /// Directories, devices and the like.
    Other,
}

/// One entry; its content is what the tape gives next.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) link: String,
    pub(super) what: What,
    /// Bytes of content in the archive.
    pub(super) size: u64,
}

/// What records before an entry say about it, over what its header says.
#[derive(Default)]
struct Overrides {
    name: Option<String>,
    link: Option<String>,
    size: Option<u64>,
    sparse: bool,
}

impl<'a> TarReader<'a> {
    /// Starts reading what `bytes` unpack to.
    pub(super) fn new(bytes: &'a [u8], file: &'a str, limits: &'a Limits) -> Result<Self, Error> {
        let packed = bytes.len() as u64;
        let plain = super::unpack::Packing::of(bytes).is_none();
        let reader = super::unpack::reader(bytes).map_err(|cause| damaged(file, 0, cause.to_string()))?;
        // A plain tar file is what it is; only packed ones can be larger than they look.
        let allowance = if plain { packed } else { limits.allowance(packed) };
        Ok(Self { reader, file, limits, offset: 0, allowance, plain, entry_end: 0, unfinished: false })
    }

    /// The next entry; skips what was not read of the last one.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, Error> {
        let mut said = Overrides::default();
        loop {
            self.skip_to(self.entry_end)?;
            let at = self.offset;
            let Some(block) = self.block()? else { return Ok(None) };
            let header = Header::from_byte_slice(&block);
            let kind = header.entry_type();
            let size = match kind {
                // These have no content, whatever size some writers put down.
                EntryType::Link | EntryType::Symlink | EntryType::Directory => 0,
                EntryType::Char | EntryType::Block | EntryType::Fifo => 0,
                _ => header.entry_size().map_err(|cause| damaged(self.file, at, cause.to_string()))?,
            };
            match kind {
                EntryType::GNULongName => said.name = Some(self.long_name(size)?),
                EntryType::GNULongLink => said.link = Some(self.long_name(size)?),
                EntryType::XHeader => self.pax(size, &mut said)?,
                EntryType::XGlobalHeader => self.content_of(size)?,
                _ => return self.entry(header, size, said).map(Some),
            }
        }
    }

    fn entry(&mut self, header: &Header, size: u64, said: Overrides) -> Result<Entry, Error> {
        let kind = header.entry_type();
        let mut more_holes = kind.is_gnu_sparse() && header.as_gnu().is_some_and(tar::GnuHeader::is_extended);
        while more_holes {
            more_holes = self.raw_block()?.is_some_and(|block| block[504] == 1);
        }
        let what = match kind {
            EntryType::Regular | EntryType::Continuous if said.sparse => What::Sparse,
            EntryType::Regular | EntryType::Continuous => What::File,
            EntryType::GNUSparse => What::Sparse,
            EntryType::Link => What::HardLink,
            EntryType::Symlink => What::SymLink,
            _ => What::Other,
        };
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let name = said.name.unwrap_or_else(|| lossy(&header.path_bytes()));
        let link = said.link.or_else(|| header.link_name_bytes().map(|b| lossy(&b))).unwrap_or_default();
        let has_content = matches!(what, What::File | What::Sparse | What::Other) && !kind.is_dir();
        let size = said.size.filter(|_| has_content).unwrap_or(size);
        self.content_of(size)?;
        Ok(Entry { name, link, what, size })
    }

    /// Appends the next `want` bytes of the current entry's content.
    pub(super) fn read(&mut self, want: u64, out: &mut Vec<u8>, member: &str) -> Result<(), Error> {
        let memory =
            || Error::Memory { file: self.file.to_owned(), member: names::shown(member), size: want };
        if want > self.allowance.saturating_sub(self.offset) {
            let over = self.limits.over_total(self.file, self.allowance);
            return Err(if self.plain { self.ended() } else { over });
        }
        let room = usize::try_from(want).map_err(|_| memory())?;
        out.try_reserve_exact(room).map_err(|_| memory())?;
        let read = self.reader.by_ref().take(want).read_to_end(out);
        let read = read.map_err(|cause| damaged(self.file, self.offset, cause.to_string()))? as u64;
        self.advance(read)?;
        if read < want { Err(self.ended()) } else { Ok(()) }
    }

    /// A header block; none at the end of the archive, after which the stream is read to its end so that
    /// its checksum is checked.
    fn block(&mut self) -> Result<Option<[u8; BLOCK as usize]>, Error> {
        let at = self.offset;
        let Some(block) = self.raw_block()? else {
            self.unfinished = true;
            return Ok(None);
        };
        if block == [0; BLOCK as usize] {
            self.pass(u64::MAX)?;
            return Ok(None);
        }
        if !sum_fits(&block) {
            return Err(damaged(self.file, at, "the checksum of a header does not fit"));
        }
        Ok(Some(block))
    }

    fn raw_block(&mut self) -> Result<Option<[u8; BLOCK as usize]>, Error> {
        let mut block = Vec::with_capacity(BLOCK as usize);
        let read = self.reader.by_ref().take(BLOCK).read_to_end(&mut block);
        let read = read.map_err(|cause| damaged(self.file, self.offset, cause.to_string()))?;
        self.advance(read as u64)?;
        match <[u8; BLOCK as usize]>::try_from(block) {
            Ok(block) => Ok(Some(block)),
            Err(_) if read == 0 => Ok(None),
            Err(_) => Err(self.ended()),
        }
    }

    /// Notes that `size` bytes of content come next, if that many may be unpacked.
    fn content_of(&mut self, size: u64) -> Result<(), Error> {
        let end = size.checked_next_multiple_of(BLOCK).and_then(|size| self.offset.checked_add(size));
        self.entry_end =
            end.ok_or_else(|| damaged(self.file, self.offset, "a size that no file can have"))?;
        Ok(())
    }

    fn skip_to(&mut self, end: u64) -> Result<(), Error> {
        let want = end.saturating_sub(self.offset);
        if self.pass(want)? < want { Err(self.ended()) } else { Ok(()) }
    }

    /// Reads past `most` bytes or to the end, and says how many that were.
    fn pass(&mut self, most: u64) -> Result<u64, Error> {
        let allowed = most.min(self.allowance.saturating_sub(self.offset).saturating_add(1));
        let passed = io::copy(&mut self.reader.by_ref().take(allowed), &mut io::sink());
        let passed = passed.map_err(|cause| damaged(self.file, self.offset, cause.to_string()))?;
        self.advance(passed)?;
        Ok(passed)
    }

    fn advance(&mut self, read: u64) -> Result<(), Error> {
        self.offset = self.offset.saturating_add(read);
        if self.offset > self.allowance {
            return Err(self.limits.over_total(self.file, self.allowance));
        }
        Ok(())
    }

    fn record(&mut self, size: u64) -> Result<Vec<u8>, Error> {
        if size > LONGEST_RECORD {
            return Err(damaged(self.file, self.offset, format!("a name or attribute of {size} bytes")));
        }
        self.content_of(size)?;
        let mut record = Vec::new();
        self.read(size, &mut record, "a long name")?;
        Ok(record)
    }

    fn long_name(&mut self, size: u64) -> Result<String, Error> {
        let record = self.record(size)?;
        let name = record.split(|&b| b == 0).next().unwrap_or_default();
        Ok(String::from_utf8_lossy(name).into_owned())
    }

    fn pax(&mut self, size: u64, said: &mut Overrides) -> Result<(), Error> {
        let at = self.offset;
        let record = self.record(size)?;
        for field in tar::PaxExtensions::new(&record) {
            let field = field.map_err(|cause| damaged(self.file, at, cause.to_string()))?;
            let value = || String::from_utf8_lossy(field.value_bytes()).into_owned();
            match field.key_bytes() {
                b"path" if said.sparse && said.name.is_some() => {}
                b"path" | b"GNU.sparse.name" => said.name = Some(value()),
                b"linkpath" => said.link = Some(value()),
                b"size" => said.size = value().parse().ok(),
                _ => {}
            }
            said.sparse |= field.key_bytes().starts_with(b"GNU.sparse.");
        }
        Ok(())
    }

    fn ended(&self) -> Error {
        damaged(self.file, self.offset, "it ends in the middle of an entry")
    }
}

/// Whether a header's sum is that of its bytes, its own field counted as blanks.
pub(super) fn sum_fits(block: &[u8]) -> bool {
    let Some(field) = block.get(148..156) else { return false };
    let text = field.iter().skip_while(|&&b| b == b' ').take_while(|b| b.is_ascii_digit());
    let said = text.fold(0u32, |sum, &b| (sum << 3) | u32::from(b.wrapping_sub(b'0')));
    let rest = block.iter().take(BLOCK as usize).enumerate().filter(|(i, _)| !(148..156).contains(i));
    // Some ancient writers took bytes for signed numbers.
    let (unsigned, signed) =
        rest.fold((256u32, 256i32), |(u, s), (_, &b)| (u + u32::from(b), s + i32::from(b.cast_signed())));
    said == unsigned || said == signed.cast_unsigned()
}

fn damaged(file: &str, offset: u64, what: impl Into<String>) -> Error {
    // Some causes are told with names out of the file in them.
    Error::DamagedInside { file: file.to_owned(), offset, what: super::names::shown(&what.into()) }
}

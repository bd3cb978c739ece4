//! Zip files: wheels, and conda packages, whose two halves lie in one.
//!
//! Only the directory at the end is read on opening, and the first bytes of what is named like a library.
//! Everything else is unpacked member by member when asked for, straight from the map.

use std::io::{self, Read, Write};
use std::sync::Arc;

use flate2::Crc;
use libdeflater::{DecompressionError, Decompressor};
use memmap2::MmapMut;

use super::library_collector::LibraryCollector;
use super::map::{self, Map};
use super::member::{Data, Source};
use super::zip_directory::{Entry, ZipDirectory};
use super::{Artifact, Error, Identity, Kind, Limits, Opened, conda, elf, identity, names};

/// Program headers are nearly always within this.
const FIRST_LOOK: u64 = 4096;
/// The headers of a wheel's metadata come first, and a long description after them.
const METADATA: u64 = 64 << 10;
const LOCAL_HEADER: u64 = 30;
/// Bytes that are unpacked at a time on the way to a file.
const PIECE: usize = 2 << 20;

/// One member of a zip file as the directory describes it.
#[derive(Debug, Clone)]
pub(super) struct Zipped {
    map: Arc<Map>,
    /// Where its local header is, in bytes from the start of the file.
    header: u64,
    packed: u64,
    size: u64,
    crc: u32,
    method: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Stored,
    Deflate,
    Zstd,
}

/// Why a member was not unpacked into a file.
enum ToFile {
    /// It is damaged, and how.
    Damaged(String),
    /// There can be no such file.
    Failed,
}

/// The small files of a zip file that say what it is.
#[derive(Default)]
struct Metadata {
    metadata: Option<Vec<u8>>,
    wheel: Option<Vec<u8>>,
    conda: conda::Halves,
}

pub(super) fn open(file: &Opened, limits: &Limits) -> Result<Artifact, Error> {
    let mut finds = LibraryCollector::new(&file.label, limits);
    let mut papers = Metadata::default();
    for entry in ZipDirectory::find(&file.map, &file.label)? {
        visit(&entry?, file, &mut finds, &mut papers)?;
    }
    if papers.conda.complete() {
        return conda::open(file, &papers.conda, limits);
    }
    check_together(&finds)?;
    let identity = identify(file, &papers);
    finds.finish(Kind::Zip, identity)
}

fn visit(
    entry: &Entry,
    file: &Opened,
    finds: &mut LibraryCollector,
    papers: &mut Metadata,
) -> Result<(), Error> {
    let name = &entry.name;
    finds.saw(name)?;
    if name.ends_with('/') {
        return Ok(());
    }
    if let Some(paper) = papers.slot(name) {
        let zipped = Zipped::new(entry, file)?;
        match paper {
            Paper::Text(slot) => *slot = Some(zipped.head(METADATA, &file.label, name)?),
            Paper::Half(slot) => *slot = Some((name.to_string(), zipped)),
        }
    } else if finds.wants(name) {
        let path = finds.path(name)?;
        library(path, Zipped::new(entry, file)?, entry.link, finds)?;
    }
    Ok(())
}

fn library(path: String, zipped: Zipped, link: bool, finds: &mut LibraryCollector) -> Result<(), Error> {
    let file = Arc::clone(&finds.file);
    let mut head = zipped.head(FIRST_LOOK, &file, &path)?;
    if link {
        finds.link(path, &String::from_utf8_lossy(&head));
        return Ok(());
    }
    if !finds.is_elf(&path, &head) {
        return Ok(());
    }
    zipped.check(finds.limits, &file, &path)?;
    let needed = elf::needs(&head).min(zipped.size);
    if needed > head.len() as u64 {
        head = zipped.head(needed, &file, &path)?;
    }
    if finds.is_library(&path, &head) {
        finds.keep(path, zipped.size, Source::Zipped(zipped));
    }
    Ok(())
}

/// Checks what no member shows alone: the sum of the sizes, and that no byte is unpacked twice, which is
/// how the worst zip bombs are made.
fn check_together(finds: &LibraryCollector) -> Result<(), Error> {
    let mut total = 0u64;
    let mut spans = Vec::new();
    for member in finds.members() {
        total = total.saturating_add(member.size());
        if let Some(zipped) = member.zipped() {
            spans.push((
                zipped.header,
                zipped.header.saturating_add(LOCAL_HEADER + zipped.packed),
                member.path(),
            ));
        }
    }
    if total > finds.limits.total {
        return Err(finds.limits.over_total(&finds.file, finds.limits.total));
    }
    spans.sort_unstable();
    match spans.windows(2).find(|pair| pair[1].0 < pair[0].1) {
        None => Ok(()),
        Some(pair) => Err(Error::DamagedMember {
            file: finds.file.to_string(),
            member: pair[1].2.to_owned(),
            offset: pair[1].0,
            what: format!("it overlaps {}", pair[0].2),
        }),
    }
}

fn identify(file: &Opened, papers: &Metadata) -> Identity {
    match &papers.metadata {
        Some(metadata) => {
            identity::wheel(metadata, papers.wheel.as_deref().unwrap_or_default(), &file.file_name)
        }
        None => identity::from_name(&file.file_name),
    }
}

enum Paper<'a> {
    Text(&'a mut Option<Vec<u8>>),
    Half(&'a mut Option<(String, Zipped)>),
}

impl Metadata {
    fn slot(&mut self, name: &str) -> Option<Paper<'_>> {
        let Some((folder, base)) = name.split_once('/') else {
            return self.conda.slot(name).map(Paper::Half);
        };
        match base {
            "METADATA" if folder.ends_with(".dist-info") => Some(Paper::Text(&mut self.metadata)),
            "WHEEL" if folder.ends_with(".dist-info") => Some(Paper::Text(&mut self.wheel)),
            _ => None,
        }
    }
}

impl Zipped {
    pub(super) fn new(entry: &Entry, file: &Opened) -> Result<Self, Error> {
        let (label, member, offset) = (file.label.to_string(), names::shown(&entry.name), entry.header);
        if entry.encrypted {
            return Err(Error::Encrypted { file: label, member, offset });
        }
        let method = match entry.method {
            0 => Method::Stored,
            8 => Method::Deflate,
            // Zstandard has had two numbers.
            20 | 93 => Method::Zstd,
            method => return Err(Error::Method { file: label, member, method, offset }),
        };
        let Entry { header, packed, size, crc, .. } = *entry;
        let zipped = Self { map: Arc::clone(&file.map), header, packed, size, crc, method };
        zipped.packed_bytes().map_err(|what| zipped.damaged(&file.label, &entry.name, what))?;
        Ok(zipped)
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Checks the sizes that the directory says against the limits; [`Self::data`] holds them to it.
    pub(super) fn check(&self, limits: &Limits, file: &str, name: &str) -> Result<(), Error> {
        limits.check_member(file, name, self.size)?;
        limits.check_ratio(file, name, self.packed, self.size)
    }

    /// All bytes, checked against size and checksum.
    pub(super) fn data(&self, file: &str, name: &str) -> Result<Data<'_>, Error> {
        let data = self.unpack(file, name);
        // What looks damaged may only have changed.
        self.map.check()?;
        data
    }

    fn unpack(&self, file: &str, name: &str) -> Result<Data<'_>, Error> {
        let packed = self.packed_bytes().map_err(|what| self.damaged(file, name, what))?;
        if self.size >= map::LARGE && self.method != Method::Stored {
            match self.to_file(packed) {
                Ok(data) => return Ok(data),
                Err(ToFile::Damaged(what)) => return Err(self.damaged(file, name, what)),
                // No directory for such files, or no room in it.
                Err(ToFile::Failed) => {}
            }
        }
        let data = match self.method {
            Method::Stored => Data::borrowed(packed, &self.map),
            method => {
                let mut room = self.room(file, name)?;
                let unpacked = match method {
                    Method::Zstd => unzstd(packed, &mut room),
                    _ => self.inflate(packed, &mut room),
                };
                Data::unpacked(room, unpacked.map_err(|what| self.damaged(file, name, what))?)
            }
        };
        let mut crc = Crc::new();
        if data.len() as u64 == self.size {
            crc.update(&data);
        }
        self.fits(data.len() as u64, &crc).map_err(|what| self.damaged(file, name, what))?;
        Ok(data)
    }

    /// Whether what was unpacked is as long as the directory says, and has its checksum.
    fn fits(&self, length: u64, crc: &Crc) -> Result<(), String> {
        if length > self.size {
            return Err(self.too_long());
        }
        if length != self.size {
            return Err(format!("it should have {} bytes and has {length}", self.size));
        }
        if crc.sum() != self.crc { Err("its checksum does not fit".to_owned()) } else { Ok(()) }
    }

    fn too_long(&self) -> String {
        format!("it unpacks to more than the {} bytes it should have", self.size)
    }

    /// Unpacks all at once, which is fastest; gives the number of bytes, or what is wrong.
    fn inflate(&self, packed: &[u8], room: &mut [u8]) -> Result<usize, String> {
        Decompressor::new().deflate_decompress(packed, room).map_err(|cause| match cause {
            DecompressionError::InsufficientSpace => self.too_long(),
            DecompressionError::BadData => "its packed bytes are damaged, or end too early".to_owned(),
        })
    }

    /// Unpacks into a file without a name, so that only what is looked at takes memory, and of the packed bytes none.
    fn to_file(&self, packed: &[u8]) -> Result<Data<'_>, ToFile> {
        match self.method {
            Method::Zstd => {
                let reader = zstd::stream::read::Decoder::with_buffer(packed);
                let reader = reader.map_err(|cause| ToFile::Damaged(cause.to_string()))?;
                self.copy(packed, reader, |reader| reader.get_ref().len())
            }
            _ => match map::Filling::new(self.size) {
                Ok(filling) => self.inflate_to(filling, packed),
                // Not every file system can set room aside.
                Err(_) => {
                    let reader = flate2::bufread::DeflateDecoder::new(packed);
                    self.copy(packed, reader, |reader| reader.get_ref().len())
                }
            },
        }
    }

    fn inflate_to(&self, filling: map::Filling, packed: &[u8]) -> Result<Data<'_>, ToFile> {
        let forget_packed = || self.map.forget(packed);
        let (length, file) = filling.fill(|room| self.inflate(packed, room), forget_packed);
        let length = length.map_err(ToFile::Damaged)?;
        let file = file.map_err(|_| ToFile::Failed)?;
        let mut crc = Crc::new();
        for piece in file.chunks(PIECE) {
            crc.update(piece);
            map::forget(&file, piece);
        }
        self.fits(length as u64, &crc).map_err(ToFile::Damaged)?;
        Ok(Data::filed(file))
    }

    /// `rest`: how many packed bytes a reader has not read yet.
    fn copy<R: Read>(
        &self,
        packed: &[u8],
        mut reader: R,
        rest: impl Fn(&R) -> usize,
    ) -> Result<Data<'_>, ToFile> {
        let mut file = tempfile::tempfile().map_err(|_| ToFile::Failed)?;
        let (mut piece, mut crc) = (vec![0; PIECE], Crc::new());
        let (mut given, mut taken) = (0, 0);
        while given <= self.size {
            let read = match reader.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => &piece[..read],
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
                Err(cause) => return Err(ToFile::Damaged(format!("unpacked byte {given}: {cause}"))),
            };
            crc.update(read);
            given += read.len() as u64;
            file.write_all(read).map_err(|_| ToFile::Failed)?;
            let now = packed.len() - rest(&reader);
            self.map.forget(&packed[taken..now]);
            taken = now;
        }
        self.fits(given, &crc).map_err(ToFile::Damaged)?;
        Ok(Data::filed(map::of_unnamed(&file).map_err(|_| ToFile::Failed)?))
    }

    /// The first bytes, at most `most`.
    fn head(&self, most: u64, file: &str, name: &str) -> Result<Vec<u8>, Error> {
        let packed = self.packed_bytes().map_err(|what| self.damaged(file, name, what))?;
        let mut head = Vec::new();
        let read = match self.method {
            Method::Stored => packed.take(most).read_to_end(&mut head),
            Method::Deflate => flate2::bufread::DeflateDecoder::new(packed).take(most).read_to_end(&mut head),
            Method::Zstd => zstd_reader(packed).and_then(|r| r.take(most).read_to_end(&mut head)),
        };
        read.map_err(|cause| self.damaged(file, name, cause.to_string()))?;
        Ok(head)
    }

    fn packed_bytes(&self) -> Result<&[u8], &'static str> {
        let slice = |from: u64, length: u64| {
            let from = usize::try_from(from).ok()?;
            self.map.get(from..from.checked_add(usize::try_from(length).ok()?)?)
        };
        let header = slice(self.header, LOCAL_HEADER).ok_or("its header is past the end of the file")?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err("no member starts here");
        }
        let length = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
        // Cannot overflow: the header is inside the map.
        let start = self.header + LOCAL_HEADER + length(26) + length(28);
        slice(start, self.packed).ok_or("it goes past the end of the file")
    }

    /// Room for all bytes and one more, which shows that there are more than there should be.
    fn room(&self, file: &str, name: &str) -> Result<MmapMut, Error> {
        let wanted = usize::try_from(self.size).ok().and_then(|size| size.checked_add(1));
        let room = wanted.and_then(|wanted| map::room(wanted).ok());
        room.ok_or_else(|| Error::Memory {
            file: file.to_owned(),
            member: names::shown(name),
            size: self.size,
        })
    }

    fn damaged(&self, file: &str, name: &str, what: impl Into<String>) -> Error {
        let (file, member) = (file.to_owned(), names::shown(name));
        Error::DamagedMember { file, member, offset: self.header, what: what.into() }
    }
}

/// Unpacks into `room` until it is full; gives the number of bytes, or what is wrong.
fn unzstd(packed: &[u8], room: &mut [u8]) -> Result<usize, String> {
    let mut reader = zstd_reader(packed).map_err(|cause| cause.to_string())?;
    let mut given = 0;
    while given < room.len() {
        match reader.read(&mut room[given..]) {
            Ok(0) => break,
            Ok(more) => given += more,
            Err(cause) => return Err(format!("unpacked byte {given}: {cause}")),
        }
    }
    Ok(given)
}

fn zstd_reader(packed: &[u8]) -> io::Result<impl Read> {
    zstd::stream::read::Decoder::with_buffer(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A zip file's member of these bytes as its directory would describe it, and the file, which has to be removed.
    fn member(bytes: &[u8], method: Method, test: &str) -> (Zipped, std::path::PathBuf) {
        let packed = match method {
            Method::Zstd => zstd::encode_all(bytes, 1).unwrap(),
            _ => {
                let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
                packer.write_all(bytes).unwrap();
                packer.finish().unwrap()
            }
        };
        let mut crc = Crc::new();
        crc.update(bytes);
        let path = std::env::temp_dir().join(format!("abigate-zipped-{test}-{}", std::process::id()));
        let header = [&b"PK\x03\x04"[..], &[0; LOCAL_HEADER as usize - 4]].concat();
        std::fs::write(&path, [header, packed.clone()].concat()).unwrap();
        let (packed, size, crc) = (packed.len() as u64, bytes.len() as u64, crc.sum());
        (Zipped { map: Arc::new(Map::open(&path).unwrap()), header: 0, packed, size, crc, method }, path)
    }

    #[test]
    fn a_file_holds_what_memory_would() {
        let bytes: Vec<u8> = (0..3 * PIECE as u32 + 7).map(|at| ((at / 5) ^ (at >> 9)) as u8).collect();
        for (method, test) in [(Method::Deflate, "deflate"), (Method::Zstd, "zstd")] {
            let (zipped, path) = member(&bytes, method, test);
            let Ok(data) = zipped.to_file(zipped.packed_bytes().unwrap()) else { panic!("{test}") };
            assert!(*data == bytes[..] && *zipped.unpack("f", "m").unwrap() == bytes[..], "{test}");
            let what = |zipped: &Zipped| match zipped.to_file(zipped.packed_bytes().unwrap()) {
                Err(ToFile::Damaged(what)) => what,
                _ => panic!("{test}: not damaged"),
            };
            let size = zipped.size;
            for (lie, says) in [(size - 1, "more than"), (size + 1, "should have")] {
                assert!(what(&Zipped { size: lie, ..zipped.clone() }).contains(says), "{test}");
            }
            assert!(what(&Zipped { crc: 1, ..zipped.clone() }).contains("checksum"), "{test}");
            assert!(!what(&Zipped { packed: zipped.packed / 2, ..zipped.clone() }).is_empty(), "{test}");
            std::fs::remove_file(path).unwrap();
        }
    }
}

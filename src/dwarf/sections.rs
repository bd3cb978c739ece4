//! The debug sections of one object file, ready to be read: found under any of their names, decompressed, relocated.

use std::borrow::Cow;
use std::io::Read;

use gimli::SectionId;
use object::elf;
use rayon::prelude::*;

use super::relocate;
use crate::binary::{Error, Image, Section};

type Result<T> = std::result::Result<T, Error>;

/// What is read of an object file.
const WANTED: &[SectionId] = &[
    SectionId::DebugAbbrev,
    SectionId::DebugAddr,
    SectionId::DebugInfo,
    SectionId::DebugLine,
    SectionId::DebugLineStr,
    SectionId::DebugMacinfo,
    SectionId::DebugMacro,
    SectionId::DebugRanges,
    SectionId::DebugRngLists,
    SectionId::DebugStr,
    SectionId::DebugStrOffsets,
    SectionId::DebugTypes,
    SectionId::DebugCuIndex,
    SectionId::DebugTuIndex,
];

/// What a package of split units is divided into as well.
const IN_PACKAGES: &[SectionId] = &[SectionId::DebugLoc, SectionId::DebugLocLists];

/// Bytes that a compressed section may unpack to for each of its own: what zlib can do at most.
const LARGEST_RATIO: u64 = 1100;

/// Debug sections by their kind.
pub(super) struct Sections<'data> {
    content: Vec<(SectionId, bool, Cow<'data, [u8]>)>,
    pub endian: gimli::RunTimeEndian,
}

impl<'data> Sections<'data> {
    /// Finds the debug sections of a file, those for split units (`.dwo`) as well.
    ///
    /// # Errors
    /// A section that does not fit into the file, does not unpack, or has a relocation out of range.
    pub(super) fn load(image: &Image<'data>) -> Result<Sections<'data>> {
        let found: Vec<(SectionId, bool, usize)> = image
            .sections
            .iter()
            .enumerate()
            .filter_map(|(index, section)| identify(section.name).map(|(id, dwo)| (id, dwo, index)))
            .collect();
        let content = found
            .into_par_iter()
            .map(|(id, dwo, index)| {
                let section = &image.sections[index];
                let bytes = unpack(image, section)?;
                Ok((id, dwo, relocate::apply(image, index, bytes)?))
            })
            .collect::<Result<_>>()?;
        let endian = match image.endian {
            object::Endianness::Little => gimli::RunTimeEndian::Little,
            object::Endianness::Big => gimli::RunTimeEndian::Big,
        };
        Ok(Sections { content, endian })
    }

    /// Whether there is anything to read types from.
    pub(super) fn has_info(&self) -> bool {
        let info = |id| id == SectionId::DebugInfo || id == SectionId::DebugTypes;
        self.content.iter().any(|(id, _, bytes)| info(*id) && !bytes.is_empty())
    }

    /// Bytes of a section; none for one that is not there. Relocatable files may have several of a kind (`.debug_types`
    /// in groups): see [`Sections::all`].
    pub(super) fn get(&self, id: SectionId, dwo: bool) -> &[u8] {
        self.all(id, dwo).next().unwrap_or(&[])
    }

    /// All sections of a kind.
    pub(super) fn all(&self, id: SectionId, dwo: bool) -> impl Iterator<Item = &[u8]> {
        self.content.iter().filter(move |(i, d, _)| *i == id && *d == dwo).map(|(.., bytes)| &bytes[..])
    }
}

/// Which section a name stands for, and whether it is one of a split unit.
fn identify(name: &[u8]) -> Option<(SectionId, bool)> {
    let name = std::str::from_utf8(name).ok()?;
    let (name, dwo) = name.strip_suffix(".dwo").map_or((name, false), |name| (name, true));
    let plain = name.strip_prefix(".zdebug_").or_else(|| name.strip_prefix(".debug_"))?;
    let packed = if dwo { IN_PACKAGES } else { &[] };
    WANTED.iter().chain(packed).find(|id| id.name()[7..] == *plain).map(|id| (*id, dwo))
}

fn unpack<'data>(image: &Image<'data>, section: &Section<'data>) -> Result<Cow<'data, [u8]>> {
    let error = |what: String| Error::new(section.name(), section.offset, what);
    if section.kind == elf::SHT_NOBITS {
        return Ok(Cow::Borrowed(&[]));
    }
    let bytes = image.section_bytes(section).ok_or_else(|| error("does not fit into the file".to_owned()))?;
    if section.flags.0 & elf::SHF_COMPRESSED.0 != 0 {
        let (kind, size, packed) = compression_header(image, bytes)
            .ok_or_else(|| error("its compression header is cut off".into()))?;
        return match kind {
            elf::ELFCOMPRESS_ZLIB => inflate(packed, size).map(Cow::Owned).map_err(error),
            elf::ELFCOMPRESS_ZSTD => unzstd(packed, size).map(Cow::Owned).map_err(error),
            other => Err(error(format!("compressed in an unknown way ({})", other.0))),
        };
    }
    // The form before there was a flag: "ZLIB" and the size, always big-endian.
    if section.name.starts_with(b".zdebug_")
        && let Some((size, packed)) =
            bytes.strip_prefix(b"ZLIB").and_then(|rest| rest.split_first_chunk::<8>())
    {
        return inflate(packed, u64::from_be_bytes(*size)).map(Cow::Owned).map_err(error);
    }
    Ok(Cow::Borrowed(bytes))
}

/// Type, unpacked size and packed bytes (`Elf32_Chdr`, `Elf64_Chdr`).
fn compression_header<'data>(
    image: &Image<'data>,
    bytes: &'data [u8],
) -> Option<(elf::CompressionType, u64, &'data [u8])> {
    let kind = elf::CompressionType(image.u32_in(bytes, 0)?);
    let (size, header) = match image.is_64 {
        true => (image.u64_in(bytes, 8)?, 24),
        false => (image.u32_in(bytes, 4)?.into(), 12),
    };
    Some((kind, size, bytes.get(header..)?))
}

/// Room for what a section says it unpacks to, unless it lies.
fn room(packed: &[u8], size: u64) -> std::result::Result<Vec<u8>, String> {
    let honest = size <= (packed.len() as u64).saturating_mul(LARGEST_RATIO);
    let wanted = usize::try_from(size).ok().filter(|_| honest);
    let wanted = wanted.ok_or_else(|| format!("{} bytes cannot unpack to {size}", packed.len()))?;
    let mut room = Vec::new();
    room.try_reserve_exact(wanted).map_err(|_| format!("no memory for {size} bytes"))?;
    Ok(room)
}

fn inflate(packed: &[u8], size: u64) -> std::result::Result<Vec<u8>, String> {
    let mut bytes = room(packed, size)?;
    let reader = flate2::bufread::ZlibDecoder::new(packed);
    reader.take(size).read_to_end(&mut bytes).map_err(|cause| format!("does not unpack: {cause}"))?;
    full(bytes, size)
}

fn unzstd(packed: &[u8], size: u64) -> std::result::Result<Vec<u8>, String> {
    let mut bytes = room(packed, size)?;
    let reader = zstd::stream::read::Decoder::with_buffer(packed).map_err(|cause| cause.to_string())?;
    reader.take(size).read_to_end(&mut bytes).map_err(|cause| format!("does not unpack: {cause}"))?;
    full(bytes, size)
}

fn full(bytes: Vec<u8>, size: u64) -> std::result::Result<Vec<u8>, String> {
    if bytes.len() as u64 == size {
        Ok(bytes)
    } else {
        Err(format!("unpacks to {} bytes and not to {size}", bytes.len()))
    }
}

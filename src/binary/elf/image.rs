//! The file and its address space: header, segments and sections in one shape for all classes and byte orders.

use object::Endianness;
use object::elf::{self, FileHeader32, FileHeader64};
use object::pod::{self, Pod};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader};

use super::super::{Error, Result};
use crate::abi;

/// A mapped ELF file.
pub(crate) struct Image<'data> {
    pub data: &'data [u8],
    pub endian: Endianness,
    pub is_64: bool,
    pub machine: elf::Machine,
    pub flags: u32,
    pub file_type: elf::FileType,
    pub segments: Vec<Segment>,
    pub sections: Vec<Section<'data>>,
}

/// A program header.
pub(crate) struct Segment {
    pub kind: elf::ProgramType,
    pub flags: elf::ProgramFlags,
    pub offset: u64,
    pub address: u64,
    pub file_size: u64,
    pub memory_size: u64,
    pub align: u64,
}

/// A section header.
pub(crate) struct Section<'data> {
    pub name: &'data [u8],
    pub kind: elf::SectionType,
    pub flags: elf::SectionFlags,
    pub address: u64,
    pub offset: u64,
    pub size: u64,
    pub link: u32,
    pub info: u32,
    pub align: u64,
}

impl Section<'_> {
    pub(crate) fn name(&self) -> String {
        String::from_utf8_lossy(self.name).into_owned()
    }
}

/// `e_type`, when the bytes are long enough to hold one.
pub(crate) fn file_type(data: &[u8]) -> Option<elf::FileType> {
    let bytes = data.get(16..18)?.try_into().ok()?;
    match (super::super::is_elf(data), data.get(5)?) {
        (true, 1) => Some(elf::FileType(u16::from_le_bytes(bytes))),
        (true, 2) => Some(elf::FileType(u16::from_be_bytes(bytes))),
        _ => None,
    }
}

impl<'data> Image<'data> {
    /// Reads the ELF header, the program headers and the section headers.
    pub(crate) fn parse(data: &'data [u8]) -> Result<Image<'data>> {
        if data.is_empty() {
            return Err(Error::new("file", 0, "is empty"));
        }
        if !super::super::is_elf(data) {
            return Err(Error::new("file", 0, "not an ELF file"));
        }
        match data.get(4) {
            Some(1) => Self::parse_class::<FileHeader32<Endianness>>(data, false),
            Some(2) => Self::parse_class::<FileHeader64<Endianness>>(data, true),
            _ => Err(Error::new("ELF header", 4, "unknown file class")),
        }
    }

    fn parse_class<H: FileHeader<Endian = Endianness>>(
        data: &'data [u8],
        is_64: bool,
    ) -> Result<Image<'data>> {
        let bad = |place: &'static str, offset: u64| {
            move |e: object::read::Error| Error::new(place, offset, e.to_string())
        };
        let header = H::parse(data).map_err(bad("ELF header", 0))?;
        let endian = header.endian().map_err(bad("ELF header", 5))?;
        let phoff = header.e_phoff(endian).into();
        let segments: Vec<Segment> = header
            .program_headers(endian, data)
            .map_err(bad("program headers", phoff))?
            .iter()
            .map(|p| Segment {
                kind: p.p_type(endian),
                flags: p.p_flags(endian),
                offset: p.p_offset(endian).into(),
                address: p.p_vaddr(endian).into(),
                file_size: p.p_filesz(endian).into(),
                memory_size: p.p_memsz(endian).into(),
                align: p.p_align(endian).into(),
            })
            .collect();
        let shoff = header.e_shoff(endian).into();
        let table = header.sections(endian, data).map_err(bad("section headers", shoff))?;
        // A truncated download must not pass for a library that happens to have fewer symbols.
        for (segment, index) in segments.iter().zip(0u64..) {
            let end = segment.offset.checked_add(segment.file_size);
            if segment.kind == elf::PT_LOAD && end.is_none_or(|end| end > data.len() as u64) {
                let what = format!("segment {index} ends past the end of the file");
                return Err(Error::new("program headers", phoff, what));
            }
        }
        let sections = table
            .iter()
            .map(|s| Section {
                name: table.section_name(endian, s).unwrap_or(b"?"),
                kind: s.sh_type(endian),
                flags: s.sh_flags(endian),
                address: s.sh_addr(endian).into(),
                offset: s.sh_offset(endian).into(),
                size: s.sh_size(endian).into(),
                link: s.sh_link(endian),
                info: s.sh_info(endian),
                align: s.sh_addralign(endian).into(),
            })
            .collect();
        Ok(Image {
            data,
            endian,
            is_64,
            machine: header.e_machine(endian),
            flags: header.e_flags(endian).0,
            file_type: header.e_type(endian),
            segments,
            sections,
        })
    }

    /// Whether it names a dynamic loader, as programs do.
    pub(crate) fn has_interpreter(&self) -> bool {
        self.segments.iter().any(|segment| segment.kind == elf::PT_INTERP)
    }

    /// The section of the dynamic section or the symbols of a library, if it is there without content, as in files that
    /// keep debug info alone.
    pub(crate) fn dropped_dynamic_section(&self) -> Option<&Section<'data>> {
        let is_loaders = |section: &&Section<'_>| [&b".dynamic"[..], b".dynsym"].contains(&section.name);
        self.sections.iter().find(|section| is_loaders(section) && section.kind == elf::SHT_NOBITS)
    }

    /// Bytes of a target word: 4 or 8.
    pub(crate) fn word_size(&self) -> u64 {
        if self.is_64 { 8 } else { 4 }
    }

    /// The loaded bytes from an address to the end of its segment's file content.
    pub(crate) fn bytes_from(&self, address: u64) -> Option<&'data [u8]> {
        let segment = self.segment_of(address)?;
        let skip = address - segment.address;
        let start = segment.offset.checked_add(skip)?;
        let length = segment.file_size.checked_sub(skip)?;
        self.file_bytes(start, length)
    }

    /// `size` loaded bytes at an address.
    pub(crate) fn bytes_at(&self, address: u64, size: u64) -> Option<&'data [u8]> {
        self.bytes_from(address)?.get(..usize::try_from(size).ok()?)
    }

    /// A part of the file.
    pub(crate) fn file_bytes(&self, offset: u64, size: u64) -> Option<&'data [u8]> {
        let start = usize::try_from(offset).ok()?;
        let end = start.checked_add(usize::try_from(size).ok()?)?;
        self.data.get(start..end)
    }

    /// File offset of an address, for error messages; the address itself where it is not loaded from the file.
    pub(crate) fn offset_of(&self, address: u64) -> u64 {
        self.segment_of(address).map_or(address, |s| s.offset.wrapping_add(address - s.address))
    }

    fn segment_of(&self, address: u64) -> Option<&Segment> {
        self.segments
            .iter()
            .find(|s| s.kind == elf::PT_LOAD && address >= s.address && address - s.address < s.file_size)
    }

    /// Whether an address lies in a segment that is mapped executable.
    pub(crate) fn is_code(&self, address: u64) -> bool {
        self.segments.iter().any(|s| {
            s.kind == elf::PT_LOAD
                && s.flags.0 & elf::PF_X.0 != 0
                && address >= s.address
                && address - s.address < s.memory_size
        })
    }

    /// A target word at an address.
    pub(crate) fn word_at(&self, address: u64) -> Option<u64> {
        let bytes = self.bytes_at(address, self.word_size())?;
        Some(match self.is_64 {
            true => match self.endian {
                Endianness::Little => u64::from_le_bytes(bytes.try_into().ok()?),
                Endianness::Big => u64::from_be_bytes(bytes.try_into().ok()?),
            },
            false => self.u32_in(bytes, 0)?.into(),
        })
    }

    /// A target word at an address, sign-extended.
    pub(crate) fn signed_word_at(&self, address: u64) -> Option<i64> {
        let word = self.word_at(address)?;
        Some(if self.is_64 { word as i64 } else { i64::from(word as u32 as i32) })
    }

    /// A 32-bit value at an address.
    pub(crate) fn u32_at(&self, address: u64) -> Option<u32> {
        self.u32_in(self.bytes_at(address, 4)?, 0)
    }

    /// A 32-bit value of the file's byte order inside `bytes`.
    pub(crate) fn u32_in(&self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(match self.endian {
            Endianness::Little => u32::from_le_bytes(bytes),
            Endianness::Big => u32::from_be_bytes(bytes),
        })
    }

    /// A 64-bit value of the file's byte order inside `bytes`.
    pub(crate) fn u64_in(&self, bytes: &[u8], at: usize) -> Option<u64> {
        let bytes = bytes.get(at..at.checked_add(8)?)?.try_into().ok()?;
        Some(match self.endian {
            Endianness::Little => u64::from_le_bytes(bytes),
            Endianness::Big => u64::from_be_bytes(bytes),
        })
    }

    /// The content of the first section of a name.
    pub(crate) fn section_named(&self, name: &[u8]) -> Option<&'data [u8]> {
        self.section_bytes(self.sections.iter().find(|section| section.name == name)?)
    }

    /// A zero-terminated string at an address.
    pub(crate) fn string_at(&self, address: u64) -> Option<&'data [u8]> {
        let bytes = self.bytes_from(address)?;
        memchr::memchr(0, bytes).map(|end| &bytes[..end])
    }

    /// The content of a section that has some in the file.
    pub(crate) fn section_bytes(&self, section: &Section<'_>) -> Option<&'data [u8]> {
        if section.kind == elf::SHT_NOBITS {
            return None;
        }
        self.file_bytes(section.offset, section.size)
    }

    /// The first section of a type.
    pub(crate) fn section_of_kind(&self, kind: elf::SectionType) -> Option<&Section<'data>> {
        self.sections.iter().find(|s| s.kind == kind)
    }

    /// Name of the section that starts at or covers an address, for error messages.
    pub(crate) fn place_of(&self, address: u64, otherwise: &'static str) -> String {
        self.sections
            .iter()
            .find(|s| {
                s.flags.0 & elf::SHF_ALLOC.0 != 0
                    && address >= s.address
                    && address - s.address < s.size.max(1)
            })
            .map_or_else(|| otherwise.to_owned(), Section::name)
    }

    /// Allocated sections with their sizes, sorted by name; equal names are added up.
    pub(crate) fn section_sizes(&self) -> Vec<abi::Section> {
        let mut sizes = std::collections::BTreeMap::<String, u64>::new();
        for section in self.sections.iter().filter(|s| s.flags.0 & elf::SHF_ALLOC.0 != 0) {
            let size = sizes.entry(section.name()).or_default();
            *size = size.saturating_add(section.size);
        }
        sizes.into_iter().map(|(name, size)| abi::Section { name, size }).collect()
    }

    /// The strings of `.comment`: which compilers and linkers made the file.
    pub(crate) fn producers(&self) -> Vec<String> {
        let comment = self.sections.iter().find(|s| s.name == b".comment");
        let bytes = comment.and_then(|s| self.section_bytes(s)).unwrap_or(&[]);
        let mut producers: Vec<String> = bytes
            .split(|&b| b == 0)
            .filter(|s| !s.is_empty())
            .map(|s| String::from_utf8_lossy(s).into_owned())
            .collect();
        producers.sort();
        producers.dedup();
        producers
    }

    /// Views bytes as a table of fixed-size records; a rest that is too short for one is left out.
    pub(crate) fn table<T: Pod>(bytes: &'data [u8]) -> &'data [T] {
        let count = bytes.len() / size_of::<T>();
        pod::slice_from_bytes(bytes, count).map_or(&[], |(table, _)| table)
    }
}

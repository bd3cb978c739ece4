//! A first look at an ELF file: is it a shared object, or a program?
//!
//! Reads the file header, the program headers and the dynamic section's flags, and nothing else. A file
//! that contradicts itself further in passes as a shared object: its own reader says what is wrong.

const ET_REL: u64 = 1;
const ET_EXEC: u64 = 2;
const ET_DYN: u64 = 3;
const ET_CORE: u64 = 4;
const PT_DYNAMIC: u64 = 2;
const PT_INTERP: u64 = 3;
const DT_FLAGS_1: u64 = 0x6fff_fffb;
const DF_1_PIE: u64 = 0x0800_0000;

/// What [`not_a_library`] calls an object that a linker has yet to see.
pub(super) const RELOCATABLE: &str = "a relocatable object";

/// What [`not_a_library`] calls a program that the dynamic loader starts.
pub(super) const PROGRAM: &str = "an ELF program";

/// Says what an ELF file is if it is no shared object. `named` tells that its name is that of one; `bytes`
/// may be a prefix as far as [`needs`] says.
pub(super) fn not_a_library(bytes: &[u8], named: bool) -> Option<&'static str> {
    const STATIC: &str = "a statically linked program, which loads no libraries";
    let Some(elf) = Elf::parse(bytes) else { return Some("a truncated ELF file") };
    let starts_programs = elf.segment(PT_INTERP).is_some();
    match elf.kind {
        ET_DYN => {}
        ET_REL => return Some(RELOCATABLE),
        ET_EXEC if elf.segment(PT_DYNAMIC).is_none() => return Some(STATIC),
        ET_EXEC => return Some(PROGRAM),
        ET_CORE => return Some("a core dump"),
        _ => return Some("an ELF file of an unknown type"),
    }
    // The C library can be started and names an interpreter, yet is a library; its flags do not say PIE. A program that is
    // loaded at any address and names no interpreter relocates itself.
    match (starts_programs, elf.is_pie()) {
        (true, true) => Some(PROGRAM),
        (true, false) if !named => Some(PROGRAM),
        (false, true) if !named => Some(STATIC),
        _ => None,
    }
}

/// Whether the first bytes of an ELF file alone say that it is neither a shared object nor a program.
pub(super) fn is_definitely_not_loaded(head: &[u8]) -> bool {
    Elf::parse(head).is_none_or(|elf| ![ET_DYN, ET_EXEC].contains(&elf.kind))
}

/// How many bytes from the start [`not_a_library`] wants to see of a file named like a library, going by
/// the first bytes of it.
pub(super) fn needs(head: &[u8]) -> u64 {
    let Some(elf) = Elf::parse(head) else { return 0 };
    let headers = elf.headers.saturating_add(elf.header_size.saturating_mul(elf.header_count));
    if elf.segment(PT_INTERP).is_none() {
        return headers;
    }
    elf.segment(PT_DYNAMIC).map_or(headers, |(at, size)| headers.max(at.saturating_add(size)))
}

struct Elf<'a> {
    bytes: &'a [u8],
    wide: bool,
    big: bool,
    kind: u64,
    headers: u64,
    header_size: u64,
    header_count: u64,
}

impl<'a> Elf<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let ident = bytes.get(..16).filter(|ident| ident.starts_with(b"\x7fELF"))?;
        let (wide, big) = (ident[4] == 2, ident[5] == 2);
        let mut elf = Elf { bytes, wide, big, kind: 0, headers: 0, header_size: 0, header_count: 0 };
        elf.kind = elf.number(16, 2)?;
        let (offset, width, sizes) = if wide { (32, 8, 54) } else { (28, 4, 42) };
        elf.headers = elf.number(offset, width)?;
        elf.header_size = elf.number(sizes, 2)?;
        elf.header_count = elf.number(sizes + 2, 2)?;
        Some(elf)
    }

    fn number(&self, at: u64, width: usize) -> Option<u64> {
        let at = usize::try_from(at).ok()?;
        let field = self.bytes.get(at..at.checked_add(width)?)?;
        let push = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        Some(if self.big { field.iter().fold(0, push) } else { field.iter().rev().fold(0, push) })
    }

    /// File offset and size of the first segment of a type.
    fn segment(&self, kind: u64) -> Option<(u64, u64)> {
        let header = (0..self.header_count)
            .filter_map(|i| self.headers.checked_add(i * self.header_size))
            .find(|&at| self.number(at, 4) == Some(kind))?;
        let (offset, size, width) = if self.wide { (8, 32, 8) } else { (4, 16, 4) };
        Some((
            self.number(header.checked_add(offset)?, width)?,
            self.number(header.checked_add(size)?, width)?,
        ))
    }

    fn is_pie(&self) -> bool {
        let Some((start, size)) = self.segment(PT_DYNAMIC) else { return false };
        let width: u64 = if self.wide { 8 } else { 4 };
        for i in 0..size / (2 * width) {
            let Some(at) = start.checked_add(i * 2 * width) else { return false };
            match self.number(at, width as usize) {
                Some(DT_FLAGS_1) => {
                    return self
                        .number(at.saturating_add(width), width as usize)
                        .is_some_and(|f| f & DF_1_PIE != 0);
                }
                Some(0) | None => return false,
                Some(_) => {}
            }
        }
        false
    }
}

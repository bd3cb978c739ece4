//! Relocations of debug sections in relocatable files: a linker would have applied them.

use std::borrow::Cow;

use object::elf;

use crate::binary::{Error, Image};

/// One entry of a relocation table, of either class.
struct Entry {
    offset: u64,
    symbol: u32,
    kind: u32,
    /// None where the addend is in place (REL).
    addend: Option<i64>,
}

/// Bytes of section `index` as a linker would write them; they are unchanged in a file that was linked.
pub(super) fn apply<'data>(
    image: &Image<'data>,
    index: usize,
    bytes: Cow<'data, [u8]>,
) -> Result<Cow<'data, [u8]>, Error> {
    if image.file_type != elf::ET_REL {
        return Ok(bytes);
    }
    let mut bytes = bytes;
    for table in &image.sections {
        let is_rela = match table.kind {
            elf::SHT_RELA => true,
            elf::SHT_REL => false,
            _ => continue,
        };
        if table.info as usize != index {
            continue;
        }
        let error = |what: &str| Error::new(table.name(), table.offset, what.to_owned());
        let entries = image.section_bytes(table).ok_or_else(|| error("does not fit into the file"))?;
        let symbols = image.sections.get(table.link as usize).and_then(|s| image.section_bytes(s));
        let symbols = symbols.ok_or_else(|| error("refers to no symbol table"))?;
        let bytes = bytes.to_mut();
        let size = entry_size(image, is_rela);
        for entry in entries.chunks_exact(size).filter_map(|e| parse(image, e, is_rela)) {
            let Some(width) = width(image.machine, entry.kind) else { continue };
            let value = symbol_value(image, symbols, entry.symbol)
                .ok_or_else(|| error("names a symbol past the end of the table"))?;
            patch(image, bytes, &entry, value, width).ok_or_else(|| {
                Error::new(
                    table.name(),
                    table.offset,
                    format!("offset {:#x} is past the end of its section", entry.offset),
                )
            })?;
        }
    }
    Ok(bytes)
}

fn entry_size(image: &Image<'_>, is_rela: bool) -> usize {
    let words = if is_rela { 3 } else { 2 };
    words * if image.is_64 { 8 } else { 4 }
}

fn parse(image: &Image<'_>, bytes: &[u8], is_rela: bool) -> Option<Entry> {
    Some(match image.is_64 {
        true => {
            let info = image.u64_in(bytes, 8)?;
            let addend = if is_rela { Some(image.u64_in(bytes, 16)? as i64) } else { None };
            Entry { offset: image.u64_in(bytes, 0)?, symbol: (info >> 32) as u32, kind: info as u32, addend }
        }
        false => {
            let info = image.u32_in(bytes, 4)?;
            let addend = if is_rela { Some(i64::from(image.u32_in(bytes, 8)? as i32)) } else { None };
            Entry { offset: image.u32_in(bytes, 0)?.into(), symbol: info >> 8, kind: info & 0xff, addend }
        }
    })
}

/// Bytes that a relocation writes when it is a plain value plus addend. Debug sections have no others that types need.
fn width(machine: elf::Machine, kind: u32) -> Option<usize> {
    let (wide, narrow): (&[u32], &[u32]) = match machine {
        elf::EM_X86_64 => (&[1, 17], &[10, 11, 21]),
        elf::EM_AARCH64 => (&[257], &[258]),
        elf::EM_386 => (&[], &[1, 32]),
        elf::EM_ARM => (&[], &[2]),
        elf::EM_PPC64 => (&[38, 78], &[1]),
        elf::EM_S390 => (&[22], &[4]),
        elf::EM_RISCV => (&[2], &[1]),
        _ => return None,
    };
    let wide = wide.contains(&kind).then_some(8);
    wide.or(narrow.contains(&kind).then_some(4))
}

fn symbol_value(image: &Image<'_>, symbols: &[u8], index: u32) -> Option<u64> {
    let size = if image.is_64 { 24 } else { 16 };
    let entry = symbols.get((index as usize).checked_mul(size)?..)?.get(..size)?;
    if image.is_64 { image.u64_in(entry, 8) } else { image.u32_in(entry, 4).map(u64::from) }
}

fn patch(image: &Image<'_>, bytes: &mut [u8], entry: &Entry, value: u64, width: usize) -> Option<()> {
    let start = usize::try_from(entry.offset).ok()?;
    let place = bytes.get_mut(start..start.checked_add(width)?)?;
    let in_place = || match width {
        8 => image.u64_in(place, 0),
        _ => image.u32_in(place, 0).map(u64::from),
    };
    let addend = match entry.addend {
        Some(addend) => addend as u64,
        None => in_place()?,
    };
    let value = value.wrapping_add(addend);
    let little = image.endian == object::Endianness::Little;
    match (width, little) {
        (8, true) => place.copy_from_slice(&value.to_le_bytes()),
        (8, false) => place.copy_from_slice(&value.to_be_bytes()),
        (_, true) => place.copy_from_slice(&(value as u32).to_le_bytes()),
        (_, false) => place.copy_from_slice(&(value as u32).to_be_bytes()),
    }
    Some(())
}

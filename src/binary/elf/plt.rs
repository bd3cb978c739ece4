//! Procedure linkage stubs: which function a call through a stub reaches.
//!
//! Relative vtables cannot hold a relocated pointer, so a slot for a function that may be interposed leads to a stub.
//! A stub jumps through a word that `DT_JMPREL` or a GOT relocation fills in; reading its instructions gives the word.

use object::elf;

use super::super::Result;
use super::super::itanium::rtti::Table;
use super::super::itanium::vtables;
use super::dynamic::Tags;
use super::image::Image;
use super::relocations::{self, Pointer, Ranges, Words};
use super::symbols::DynamicSymbols;

/// Stubs found at the addresses that relative vtables lead to, sorted by address.
#[derive(Default)]
pub(in crate::binary) struct Stubs<'data> {
    targets: Vec<(u64, &'data [u8])>,
}

impl<'data> Stubs<'data> {
    /// Looks for stubs among the targets of relative vtables; without such vtables there is nothing to do.
    pub(in crate::binary) fn find(
        image: &Image<'data>,
        tags: &Tags<'data>,
        table: &DynamicSymbols<'data>,
        tables: &[Table<'data>],
        words: &Words,
    ) -> Result<Stubs<'data>> {
        let mut stubs: Vec<(u64, u64)> = vtables::relative_targets(image, tables, words)
            .filter_map(|address| Some((address, jump_slot(image, address)?)))
            .collect();
        stubs.sort_unstable();
        stubs.dedup();
        if stubs.is_empty() {
            return Ok(Stubs::default());
        }
        let plt = relocations::plt_slots(image, tags)?;
        let ranges = Ranges::new(stubs.iter().map(|&(_, slot)| (slot, slot.saturating_add(8))).collect());
        let got = relocations::collect(image, tags, &ranges)?;
        let symbol_of = |slot: u64| match plt.binary_search_by_key(&slot, |p| p.0) {
            Ok(found) => Some(plt[found].1),
            Err(_) => match got.get(slot)? {
                Pointer::Symbol(index, 0) => Some(index),
                _ => None,
            },
        };
        let targets = stubs.iter().filter_map(|&(address, slot)| {
            let (_, name) = table.symbols.get(symbol_of(slot)? as usize)?;
            Some((address, *name))
        });
        Ok(Stubs { targets: targets.collect() })
    }

    /// Linkage name of the function that the stub at an address calls.
    pub(in crate::binary) fn target(&self, address: u64) -> Option<&'data [u8]> {
        let found = self.targets.binary_search_by_key(&address, |t| t.0).ok()?;
        Some(self.targets[found].1)
    }
}

/// Address of the word that the stub at `address` jumps through.
fn jump_slot(image: &Image<'_>, address: u64) -> Option<u64> {
    match image.machine {
        elf::EM_X86_64 => x86_64(image, address),
        elf::EM_AARCH64 => aarch64(image, address),
        _ => None,
    }
}

/// `[endbr64] [bnd] jmp *disp32(%rip)`
fn x86_64(image: &Image<'_>, address: u64) -> Option<u64> {
    let code = image.bytes_at(address, 16)?;
    let skip = if code.starts_with(&[0xf3, 0x0f, 0x1e, 0xfa]) { 4 } else { 0 };
    let skip = if code[skip] == 0xf2 { skip + 1 } else { skip };
    if code.get(skip..skip + 2)? != [0xff, 0x25] {
        return None;
    }
    let displacement = i32::from_le_bytes(code.get(skip + 2..skip + 6)?.try_into().ok()?);
    Some(address.wrapping_add(skip as u64 + 6).wrapping_add_signed(displacement.into()))
}

/// `[bti c] adrp x16, page; ldr x17, [x16, #offset]`
fn aarch64(image: &Image<'_>, address: u64) -> Option<u64> {
    let code = image.bytes_at(address, 12)?;
    let at = |i: usize| Some(u32::from_le_bytes(code.get(i..i + 4)?.try_into().ok()?));
    let skip = if at(0)? == 0xd503_245f { 4 } else { 0 };
    let (adrp, ldr) = (at(skip)?, at(skip + 4)?);
    if adrp & 0x9f00_001f != 0x9000_0010 || ldr & 0xffc0_03ff != 0xf940_0211 {
        return None;
    }
    let pages = (((adrp >> 5) & 0x7_ffff) << 2 | (adrp >> 29) & 3) << 11;
    let pages = i64::from(pages as i32 >> 11) << 12;
    let page = (address + skip as u64) & !0xfff;
    Some(page.wrapping_add_signed(pages).wrapping_add(u64::from((ldr >> 10) & 0xfff) * 8))
}

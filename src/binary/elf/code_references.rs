//! The functions whose address a piece of code takes, such as those that the resolver of an ifunc chooses from.
//!
//! No disassembler: the instructions that compilers form addresses with have fixed bytes around a displacement, and what
//! they lead to has to be code. Machines whose compilers go another way have no answer.

use std::collections::BTreeSet;

use object::elf;

use super::dynamic::Tags;
use super::image::Image;
use super::machine;
use super::relocations::{self, Pointer, Ranges};
use super::symbols::DynamicSymbols;

/// Bytes of one function that are looked at.
const MOST: u64 = 1 << 16;

/// Registers of AArch64.
const REGISTERS: usize = 32;

/// What the instructions form.
#[derive(Default)]
struct Formed {
    /// Addresses themselves.
    direct: BTreeSet<u64>,
    /// Addresses of words that hold one (the global offset table).
    slots: BTreeSet<u64>,
}

/// Addresses of code that the `size` bytes at an address take, sorted.
pub(in crate::binary) fn taken(image: &Image<'_>, start: u64, size: u64) -> Vec<u64> {
    let Some(bytes) = image.bytes_at(start, size.min(MOST)) else { return Vec::new() };
    let formed = match image.machine {
        elf::EM_X86_64 => x86_64(bytes, start),
        elf::EM_AARCH64 => aarch64(bytes, start),
        _ => return Vec::new(),
    };
    let mut taken = formed.direct;
    taken.extend(in_slots(image, &formed.slots));
    taken.into_iter().filter(|address| image.is_code(*address)).collect()
}

/// `lea target(%rip), %reg`, and `mov` or `cmov` from a slot at such a place.
fn x86_64(code: &[u8], start: u64) -> Formed {
    let mut formed = Formed::default();
    for at in 0..code.len() {
        let (is_slot, length) = match code.get(at..) {
            Some([0x48 | 0x4c, 0x8d, form, ..]) if form & 0xc7 == 5 => (false, 7),
            Some([0x48 | 0x4c, 0x8b, form, ..]) if form & 0xc7 == 5 => (true, 7),
            Some([0x48 | 0x4c, 0x0f, 0x40..=0x4f, form, ..]) if form & 0xc7 == 5 => (true, 8),
            _ => continue,
        };
        let displacement = code.get(at + length - 4..at + length).and_then(|bytes| bytes.try_into().ok());
        let Some(displacement) = displacement.map(i32::from_le_bytes) else { continue };
        let next = start.wrapping_add((at + length) as u64);
        let target = next.wrapping_add_signed(displacement.into());
        if is_slot {
            formed.slots.insert(target)
        } else {
            formed.direct.insert(target)
        };
    }
    formed
}

/// `adr`, and `adrp` with the `add` or `ldr` that completes it.
fn aarch64(code: &[u8], start: u64) -> Formed {
    let mut formed = Formed::default();
    let mut pages: [Option<u64>; REGISTERS] = [None; REGISTERS];
    let words = code.chunks_exact(4).filter_map(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    for (number, word) in words.enumerate() {
        let here = start.wrapping_add(number as u64 * 4);
        let (target, source) = ((word & 31) as usize, ((word >> 5) & 31) as usize);
        // 21 bits, of which the lowest two stand apart.
        let raw = (((word >> 5) & 0x7_ffff) << 2) | ((word >> 29) & 3);
        let immediate = i64::from((raw << 11) as i32 >> 11);
        match word & 0x9f00_0000 {
            0x1000_0000 => drop(formed.direct.insert(here.wrapping_add_signed(immediate))),
            0x9000_0000 => {
                if let Some(page) = pages.get_mut(target) {
                    *page = Some((here & !0xfff).wrapping_add_signed(immediate << 12));
                }
            }
            _ => {
                let offset = u64::from((word >> 10) & 0xfff);
                let page = pages.get(source).copied().flatten();
                match (word & 0xffc0_0000, page) {
                    (0x9100_0000, Some(page)) => drop(formed.direct.insert(page.wrapping_add(offset))),
                    (0xf940_0000, Some(page)) => drop(formed.slots.insert(page.wrapping_add(offset * 8))),
                    _ => {}
                }
            }
        }
    }
    formed
}

/// What the loader puts into some words: addresses in this image.
fn in_slots(image: &Image<'_>, slots: &BTreeSet<u64>) -> Vec<u64> {
    if slots.is_empty() {
        return Vec::new();
    }
    let Ok(tags) = Tags::parse(image) else { return Vec::new() };
    let ranges =
        Ranges::new(slots.iter().map(|slot| (*slot, slot.saturating_add(image.word_size()))).collect());
    let (Ok(words), Ok(table)) =
        (relocations::collect(image, &tags, &ranges), DynamicSymbols::parse(image, &tags))
    else {
        return Vec::new();
    };
    let address = |slot: &u64| match words.get(*slot)? {
        Pointer::Address(address) => Some(address),
        Pointer::Symbol(symbol, addend) => {
            let (symbol, _) = table.symbols.get(symbol as usize)?;
            symbol.is_placed().then(|| symbol.value.wrapping_add_signed(addend))
        }
    };
    slots.iter().filter_map(address).map(|address| machine::code_address(image, address)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_x86_64_code_forms() {
        // lea -0xa(%rip),%rax; ret; cmovne 0x10(%rip),%rdx
        let code = [0x48, 0x8d, 0x05, 0xf6, 0xff, 0xff, 0xff, 0xc3, 0x48, 0x0f, 0x45, 0x15, 0x10, 0, 0, 0];
        let formed = x86_64(&code, 0x10fc);
        assert_eq!(formed.direct, BTreeSet::from([0x10f9]));
        assert_eq!(formed.slots, BTreeSet::from([0x111c]));
        assert!(x86_64(&[0x48, 0x8d, 0x05, 0], 0).direct.is_empty());
    }

    #[test]
    fn addresses_that_aarch64_code_forms() {
        // adrp x0, .+0x1000; add x0, x0, #0x5f4; adrp x1, .-0x1000; ldr x1, [x1, #0xfe0]; adr x2, .+8
        let words: [u32; 5] = [0xb000_0000, 0x9117_d000, 0xf0ff_ffe1, 0xf947_f021, 0x1000_0042];
        let code: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let formed = aarch64(&code, 0x4000);
        assert_eq!(formed.direct, BTreeSet::from([0x55f4, 0x4018]));
        assert_eq!(formed.slots, BTreeSet::from([0x3fe0]));
    }
}

//! Dynamic relocations: which words of the image hold which address once the library is loaded.
//!
//! Reads `DT_REL`, `DT_RELA`, `DT_RELR` and what Android packs ([`super::packed_relocations`]). Only words inside ranges that somebody asks for are kept: a large library
//! has a million relocations and a few ten thousand of them belong to vtables and typeinfo.

use std::collections::BTreeSet;

use object::Endianness;
use object::elf::{Rel32, Rel64, Rela32, Rela64, Relr32, Relr64};
use object::pod::Pod;

use super::super::{Error, Result};
use super::dynamic::Tags;
use super::image::Image;
use super::machine::{self, Stores};
use super::packed_relocations;
use crate::abi::RelocationCount;

/// What a relocated word points at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::binary) enum Pointer {
    /// An address inside the image.
    Address(u64),
    /// A dynamic symbol, by index, plus an addend in bytes.
    Symbol(u32, i64),
}

/// Relocated words, sorted by address.
#[derive(Default)]
pub(in crate::binary) struct Words {
    sorted: Vec<(u64, Pointer)>,
}

impl Words {
    /// The relocation of the word at an address.
    pub(in crate::binary) fn get(&self, address: u64) -> Option<Pointer> {
        let found = self.sorted.binary_search_by_key(&address, |w| w.0).ok()?;
        Some(self.sorted[found].1)
    }

    pub(in crate::binary) fn iter(&self) -> impl Iterator<Item = (u64, Pointer)> + '_ {
        self.sorted.iter().copied()
    }

    /// Adds the words of another collection.
    pub(in crate::binary) fn extend(&mut self, other: Words) {
        self.sorted.extend(other.sorted);
        self.sort();
    }

    fn sort(&mut self) {
        self.sorted.sort_by_key(|w| w.0);
        self.sorted.dedup_by_key(|w| w.0);
    }
}

/// Address ranges, sorted and disjoint.
pub(in crate::binary) struct Ranges {
    sorted: Vec<(u64, u64)>,
}

impl Ranges {
    /// From (start, end) pairs in any order, overlapping or not.
    pub(in crate::binary) fn new(mut ranges: Vec<(u64, u64)>) -> Ranges {
        ranges.sort_unstable();
        let mut sorted: Vec<(u64, u64)> = Vec::with_capacity(ranges.len());
        for (start, end) in ranges {
            match sorted.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => sorted.push((start, end)),
            }
        }
        Ranges { sorted }
    }

    pub(in crate::binary) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Whether an address is inside. Relocations mostly come in address order, so `near` remembers where to look first.
    fn contains(&self, address: u64, near: &mut usize) -> bool {
        let fits = |i: usize| {
            let after_previous = i == 0 || self.sorted[i - 1].1 <= address;
            after_previous && self.sorted.get(i).is_none_or(|r| address < r.1)
        };
        if !fits(*near) {
            *near = if *near < self.sorted.len() && fits(*near + 1) {
                *near + 1
            } else {
                self.sorted.partition_point(|r| r.1 <= address)
            };
        }
        self.sorted.get(*near).is_some_and(|r| r.0 <= address)
    }
}

fn table<'data>(image: &Image<'data>, place: &'static str, table: Option<(u64, u64)>) -> Result<&'data [u8]> {
    let Some((address, size)) = table else { return Ok(&[]) };
    if size == 0 {
        return Ok(&[]);
    }
    image.bytes_at(address, size).ok_or_else(|| {
        let what = format!("a table of {size:#x} bytes does not fit into its segment");
        Error::new(image.place_of(address, place), image.offset_of(address), what)
    })
}

/// Collects the relocated words inside `ranges`.
pub(in crate::binary) fn collect(image: &Image<'_>, tags: &Tags<'_>, ranges: &Ranges) -> Result<Words> {
    let mut words = Words::default();
    if ranges.is_empty() {
        return Ok(words);
    }
    let mut near = 0;
    let mut wanted = |address: u64| ranges.contains(address, &mut near);
    for_each(image, tags, |address, kind, symbol, addend| {
        if wanted(address) {
            push(image, &mut words, address, kind, symbol, addend);
        }
    })?;
    for_each_relr(image, table(image, "DT_RELR", tags.relr)?, |address| {
        if wanted(address)
            && let Some(target) = image.word_at(address)
        {
            words.sorted.push((address, Pointer::Address(target)));
        }
    });
    words.sort();
    Ok(words)
}

fn push(image: &Image<'_>, words: &mut Words, address: u64, kind: u32, symbol: u32, addend: Option<i64>) {
    // REL relocations keep their addend in the word itself.
    let Some(addend) = addend.or_else(|| image.signed_word_at(address)) else { return };
    let mask = if image.is_64 { u64::MAX } else { u32::MAX.into() };
    let pointer = match machine::relocation(image, kind) {
        Stores::Base => Pointer::Address(addend as u64 & mask),
        // A symbolic relocation against no symbol is relative to zero.
        Stores::Symbol if symbol == 0 => Pointer::Address(addend as u64 & mask),
        Stores::Symbol => Pointer::Symbol(symbol, addend),
        Stores::Other => return,
    };
    words.sorted.push((address, pointer));
}

/// All relocations but those of the PLT and of `DT_RELR`: address, type, symbol, and the addend where the table has it.
fn for_each(
    image: &Image<'_>,
    tags: &Tags<'_>,
    mut visit: impl FnMut(u64, u32, u32, Option<i64>),
) -> Result<()> {
    for_each_rela(image, table(image, "DT_RELA", tags.rela)?, |address, kind, symbol, addend| {
        visit(address, kind, symbol, Some(addend));
    });
    for_each_rel(image, table(image, "DT_REL", tags.rel)?, |address, kind, symbol| {
        visit(address, kind, symbol, None);
    });
    if let Some((address, size, has_addends)) = tags.android {
        let bytes = table(image, "DT_ANDROID_REL", Some((address, size)))?;
        packed_relocations::for_each(image, bytes, address, |packed| {
            let (kind, symbol) = match image.is_64 {
                true => (packed.info as u32, (packed.info >> 32) as u32),
                false => (packed.info as u32 & 0xff, packed.info as u32 >> 8),
            };
            visit(packed.offset, kind, symbol, has_addends.then_some(packed.addend));
        })?;
    }
    Ok(())
}

fn for_each_rela(image: &Image<'_>, bytes: &[u8], mut visit: impl FnMut(u64, u32, u32, i64)) {
    let e = image.endian;
    match image.is_64 {
        true => records::<Rela64<Endianness>>(bytes).iter().for_each(|r| {
            let info = r.r_info.get(e);
            visit(r.r_offset.get(e), info as u32, (info >> 32) as u32, r.r_addend.get(e));
        }),
        false => records::<Rela32<Endianness>>(bytes).iter().for_each(|r| {
            let info = r.r_info.get(e);
            visit(r.r_offset.get(e).into(), info & 0xff, info >> 8, r.r_addend.get(e).into());
        }),
    }
}

fn for_each_rel(image: &Image<'_>, bytes: &[u8], mut visit: impl FnMut(u64, u32, u32)) {
    let e = image.endian;
    match image.is_64 {
        true => records::<Rel64<Endianness>>(bytes).iter().for_each(|r| {
            let info = r.r_info.get(e);
            visit(r.r_offset.get(e), info as u32, (info >> 32) as u32);
        }),
        false => records::<Rel32<Endianness>>(bytes).iter().for_each(|r| {
            let info = r.r_info.get(e);
            visit(r.r_offset.get(e).into(), info & 0xff, info >> 8);
        }),
    }
}

/// An even entry is an address; an odd one is a bitmap of the words that follow the last address.
fn for_each_relr(image: &Image<'_>, bytes: &[u8], mut visit: impl FnMut(u64)) {
    let word = image.word_size();
    let mut next = 0u64;
    for_each_relr_entry(image, bytes, |entry| {
        if entry & 1 == 0 {
            visit(entry);
            next = entry.wrapping_add(word);
            return;
        }
        let mut bits = entry >> 1;
        while bits != 0 {
            visit(next.wrapping_add(word * u64::from(bits.trailing_zeros())));
            bits &= bits - 1;
        }
        next = next.wrapping_add(word * (word * 8 - 1));
    });
}

fn for_each_relr_entry(image: &Image<'_>, bytes: &[u8], mut visit: impl FnMut(u64)) {
    match image.is_64 {
        true => records::<Relr64<Endianness>>(bytes).iter().for_each(|r| visit(r.0.get(image.endian))),
        false => {
            records::<Relr32<Endianness>>(bytes).iter().for_each(|r| visit(r.0.get(image.endian).into()))
        }
    }
}

fn records<T: Pod>(bytes: &[u8]) -> &[T] {
    Image::table(bytes)
}

/// Entries of `DT_JMPREL`: the address of the slot that a PLT stub jumps through, and the symbol's index.
pub(in crate::binary) fn plt_slots(image: &Image<'_>, tags: &Tags<'_>) -> Result<Vec<(u64, u32)>> {
    let mut slots = Vec::new();
    let Some((address, size, has_addends)) = tags.plt else { return Ok(slots) };
    let bytes = table(image, "DT_JMPREL", Some((address, size)))?;
    if has_addends {
        for_each_rela(image, bytes, |address, _, symbol, _| slots.push((address, symbol)));
    } else {
        for_each_rel(image, bytes, |address, _, symbol| slots.push((address, symbol)));
    }
    slots.sort_unstable();
    Ok(slots)
}

/// Indices of the symbols of copy relocations. Linkers make them for programs alone, and where there is no interpreter there
/// is no program.
pub(in crate::binary) fn copied(image: &Image<'_>, tags: &Tags<'_>) -> Result<BTreeSet<u32>> {
    let mut copied = BTreeSet::new();
    if !image.has_interpreter() {
        return Ok(copied);
    }
    let Some(copy) = machine::copy_relocation(image) else { return Ok(copied) };
    for_each(image, tags, |_, kind, symbol, _| {
        if kind == copy {
            copied.insert(symbol);
        }
    })?;
    Ok(copied)
}

/// Counts the relocations of each table.
pub(in crate::binary) fn count(image: &Image<'_>, tags: &Tags<'_>) -> Result<RelocationCount> {
    let (rela, rel) = if image.is_64 { (24, 16) } else { (12, 8) };
    let mut relr = 0;
    for_each_relr_entry(image, table(image, "DT_RELR", tags.relr)?, |entry| {
        relr += if entry & 1 == 0 { 1 } else { u64::from((entry >> 1).count_ones()) };
    });
    let mut packed = 0;
    if let Some((address, size, _)) = tags.android {
        let bytes = table(image, "DT_ANDROID_REL", Some((address, size)))?;
        packed_relocations::for_each(image, bytes, address, |_| packed += 1)?;
    }
    let entries = |table: Option<(u64, u64)>, size: u64| table.map_or(0, |t| t.1 / size);
    Ok(RelocationCount {
        rela: entries(tags.rela, rela) + entries(tags.rel, rel) + packed,
        relr,
        plt: tags.plt.map_or(0, |(_, size, has_addends)| size / if has_addends { rela } else { rel }),
    })
}

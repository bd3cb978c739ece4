//! Android's packed relocations (`DT_ANDROID_REL`, `DT_ANDROID_RELA`; `lld --pack-dyn-relocs=android`): the magic `APS2`,
//! then numbers as SLEB128, in groups of relocations that have something in common.

use super::super::{Error, Result};
use super::image::Image;

const MAGIC: &[u8] = b"APS2";

/// What the relocations of a group have in common.
const BY_INFO: i64 = 1;
const BY_OFFSET_DELTA: i64 = 2;
const BY_ADDEND: i64 = 4;
const HAS_ADDEND: i64 = 8;

/// One relocation, as `Elf32_Rela` and `Elf64_Rela` have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Packed {
    pub offset: u64,
    pub info: u64,
    pub addend: i64,
}

/// Unpacks a table that stands at `address`.
///
/// # Errors
/// It is cut off, has another magic, or says that there are more relocations than the file has words.
pub(super) fn for_each(
    image: &Image<'_>,
    bytes: &[u8],
    address: u64,
    visit: impl FnMut(Packed),
) -> Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let most = image.data.len() as u64 / image.word_size();
    unpack(bytes, most, visit).map_err(|(at, what)| {
        let offset = image.offset_of(address).wrapping_add(at as u64);
        Error::new(image.place_of(address, "DT_ANDROID_REL"), offset, what)
    })
}

/// At which byte of the table something is wrong, and what.
type Damage = (usize, &'static str);

/// `most`: no file has more relocations. A group of equal ones takes no room, so that the table's size is no limit.
fn unpack(bytes: &[u8], most: u64, mut visit: impl FnMut(Packed)) -> std::result::Result<(), Damage> {
    if !bytes.starts_with(MAGIC) {
        return Err((0, "packed relocations do not begin with APS2"));
    }
    let mut numbers = Numbers { bytes, at: MAGIC.len() };
    let count = numbers.next()? as u64;
    if count > most {
        return Err((numbers.at, "there are more packed relocations than words in the file"));
    }
    let mut packed = Packed { offset: numbers.next()? as u64, ..Packed::default() };
    let mut left = count;
    while left > 0 {
        let size = numbers.next()? as u64;
        if size == 0 || size > left {
            return Err((numbers.at, "a group of packed relocations has an impossible size"));
        }
        let flags = numbers.next()?;
        let has = |flag: i64| flags & flag != 0;
        let delta = if has(BY_OFFSET_DELTA) { Some(numbers.next()?) } else { None };
        let info = if has(BY_INFO) { Some(numbers.next()?) } else { None };
        match (has(HAS_ADDEND), has(BY_ADDEND)) {
            (true, true) => packed.addend = packed.addend.wrapping_add(numbers.next()?),
            (true, false) => {}
            (false, _) => packed.addend = 0,
        }
        for _ in 0..size {
            let delta = delta.map_or_else(|| numbers.next(), Ok)?;
            packed.offset = packed.offset.wrapping_add_signed(delta);
            packed.info = info.map_or_else(|| numbers.next(), Ok)? as u64;
            if has(HAS_ADDEND) && !has(BY_ADDEND) {
                packed.addend = packed.addend.wrapping_add(numbers.next()?);
            }
            visit(packed);
        }
        left -= size;
    }
    Ok(())
}

/// A stream of SLEB128 numbers.
struct Numbers<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Numbers<'_> {
    fn next(&mut self) -> std::result::Result<i64, Damage> {
        let mut value = 0i64;
        let mut shift = 0u32;
        loop {
            let &byte = self.bytes.get(self.at).ok_or((self.at, "packed relocations are cut off"))?;
            self.at += 1;
            if shift >= 64 {
                return Err((self.at, "a number in packed relocations has more than 64 bits"));
            }
            value |= i64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                let is_negative = byte & 0x40 != 0 && shift < 64;
                return Ok(if is_negative { value | (-1 << shift) } else { value });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(numbers: &[u8]) -> std::result::Result<Vec<(u64, u64, i64)>, Damage> {
        let mut found = Vec::new();
        let bytes = [MAGIC, numbers].concat();
        unpack(&bytes, 100, |p| found.push((p.offset, p.info, p.addend)))?;
        Ok(found)
    }

    #[test]
    fn groups() {
        // Three: a group of two with one type, one distance and addends of their own, then one with nothing in common.
        let bytes = [3, 0x80, 0x01, 2, 11, 8, 8, 5, 0x7d, 1, 8, 16, 3, 0];
        let found = all(&bytes).unwrap();
        assert_eq!(found, [(136, 8, 5), (144, 8, 2), (160, 3, 2)]);
        // Without addends they are zero again; with one for the group it is added once.
        assert_eq!(all(&[2, 0, 1, 12, 8, 1, 7, 1, 0, 8, 1]).unwrap(), [(1, 7, 8), (9, 1, 0)]);
    }

    #[test]
    fn damage() {
        assert!(all(&[]).is_err() && all(&[1]).is_err() && all(&[1, 0, 2, 3, 8, 8]).is_err());
        assert!(all(&[1, 0, 0, 3]).is_err(), "an empty group would never end");
        assert!(all(&[0xff, 0xff, 0x7f]).is_err(), "a negative count");
        assert!(all(&[0x80; 20]).is_err());
        assert!(unpack(b"APS1\0", 9, |_| {}).is_err());
        assert!(unpack(&[MAGIC, &[10, 0, 10, 3, 8, 8]].concat(), 9, |_| {}).is_err());
        assert_eq!(all(&[0, 0]), Ok(vec![]));
    }
}

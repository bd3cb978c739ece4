//! Symbol versions: `.gnu.version`, `.gnu.version_d` and `.gnu.version_r`, found by their dynamic tags.

use foldhash::HashMap;
use object::elf::{Verdaux, Verdef, Vernaux, Verneed};
use object::pod::{self, Pod};
use object::{Endianness, U16};

use super::super::{Error, Result};
use super::dynamic::Tags;
use super::image::Image;
use crate::abi::VersionDefinition;

/// What a version index stands for.
#[derive(Clone, Copy)]
pub(in crate::binary) struct Version<'data> {
    pub name: &'data [u8],
    /// Library that has to define it; none for the file's own versions.
    pub library: Option<&'data [u8]>,
}

/// All version tables of a file.
#[derive(Default)]
pub(in crate::binary) struct Versions<'data> {
    indices: &'data [U16<Endianness>],
    by_index: HashMap<u16, Version<'data>>,
    /// Versions that the file defines, sorted, without the base definition.
    pub defined: Vec<VersionDefinition>,
}

/// A chained table: records at offsets relative to each other.
struct Chain<'data> {
    place: &'static str,
    file_offset: u64,
    bytes: &'data [u8],
}

impl<'data> Chain<'data> {
    fn open(image: &Image<'data>, address: u64, place: &'static str) -> Result<Chain<'data>> {
        let file_offset = image.offset_of(address);
        let bytes = image
            .bytes_from(address)
            .ok_or_else(|| Error::new(place, file_offset, "the table is not inside a loaded segment"))?;
        Ok(Chain { place, file_offset, bytes })
    }

    fn record<T: Pod>(&self, at: usize) -> Result<&'data T> {
        self.bytes
            .get(at..)
            .and_then(|rest| pod::from_bytes::<T>(rest).ok())
            .map(|(record, _)| record)
            .ok_or_else(|| self.error(at, "a record lies past the end of its segment"))
    }

    /// Offset of the record `step` bytes on; each record moves forward, so that no chain is a circle.
    fn next(&self, at: usize, step: u32) -> Result<usize> {
        match at.checked_add(step as usize) {
            Some(next) if step != 0 => Ok(next),
            _ => Err(self.error(at, "the chain of records ends before its count")),
        }
    }

    fn error(&self, at: usize, what: &'static str) -> Error {
        Error::new(self.place, self.file_offset.wrapping_add(at as u64), what)
    }
}

impl<'data> Versions<'data> {
    pub(in crate::binary) fn parse(image: &Image<'data>, tags: &Tags<'data>) -> Result<Versions<'data>> {
        let mut versions = Versions::default();
        if let Some(address) = tags.versym {
            let bytes = image.bytes_from(address).ok_or_else(|| {
                let what = "DT_VERSYM is not inside a loaded segment";
                Error::new(".gnu.version", image.offset_of(address), what)
            })?;
            versions.indices = Image::table(bytes);
        }
        if let Some((address, count)) = tags.verdef {
            versions.read_definitions(image, tags, address, count)?;
        }
        if let Some((address, count)) = tags.verneed {
            versions.read_needs(image, tags, address, count)?;
        }
        versions.defined.sort_by(|a, b| a.name.cmp(&b.name));
        versions.defined.dedup_by(|a, b| a.name == b.name);
        Ok(versions)
    }

    fn read_definitions(
        &mut self,
        image: &Image<'data>,
        tags: &Tags<'data>,
        address: u64,
        count: u64,
    ) -> Result<()> {
        let endian = image.endian;
        let chain = Chain::open(image, address, ".gnu.version_d")?;
        let mut at = 0;
        for i in 0..count {
            let definition: &Verdef<Endianness> = chain.record(at)?;
            let mut names = Vec::new();
            let mut aux_at = chain.next(at, definition.vd_aux.get(endian))?;
            let aux_count = definition.vd_cnt.get(endian);
            for j in 0..aux_count {
                let aux: &Verdaux<Endianness> = chain.record(aux_at)?;
                names.push(tags.strings.get(aux.vda_name.get(endian).into(), "a version's name")?);
                if j + 1 < aux_count {
                    aux_at = chain.next(aux_at, aux.vda_next.get(endian))?;
                }
            }
            let Some((&name, parents)) = names.split_first() else {
                return Err(chain.error(at, "a version definition without a name"));
            };
            let flags = definition.vd_flags.get(endian).0;
            self.by_index.insert(definition.vd_ndx.get(endian).0 & 0x7fff, Version { name, library: None });
            if flags & 1 == 0 {
                self.defined.push(VersionDefinition {
                    name: String::from_utf8_lossy(name).into(),
                    parents: parents.iter().map(|p| String::from_utf8_lossy(p).into()).collect(),
                    weak: flags & 2 != 0,
                });
            }
            if i + 1 < count {
                at = chain.next(at, definition.vd_next.get(endian))?;
            }
        }
        Ok(())
    }

    fn read_needs(
        &mut self,
        image: &Image<'data>,
        tags: &Tags<'data>,
        address: u64,
        count: u64,
    ) -> Result<()> {
        let endian = image.endian;
        let chain = Chain::open(image, address, ".gnu.version_r")?;
        let mut at = 0;
        for i in 0..count {
            let need: &Verneed<Endianness> = chain.record(at)?;
            let library = tags.strings.get(need.vn_file.get(endian).into(), "a needed library's name")?;
            let mut aux_at = chain.next(at, need.vn_aux.get(endian))?;
            let aux_count = need.vn_cnt.get(endian);
            for j in 0..aux_count {
                let aux: &Vernaux<Endianness> = chain.record(aux_at)?;
                let name = tags.strings.get(aux.vna_name.get(endian).into(), "a needed version's name")?;
                let index = aux.vna_other.get(endian).0 & 0x7fff;
                self.by_index.insert(index, Version { name, library: Some(library) });
                if j + 1 < aux_count {
                    aux_at = chain.next(aux_at, aux.vna_next.get(endian))?;
                }
            }
            if i + 1 < count {
                at = chain.next(at, need.vn_next.get(endian))?;
            }
        }
        Ok(())
    }

    /// Version of a symbol, and whether it is hidden (not the default). None for unversioned symbols.
    pub(in crate::binary) fn of(&self, symbol: usize, endian: Endianness) -> Option<(Version<'data>, bool)> {
        let index = self.indices.get(symbol)?.get(endian);
        // 0 is local and 1 is global without a version.
        if index & 0x7fff < 2 {
            return None;
        }
        self.by_index.get(&(index & 0x7fff)).map(|&version| (version, index & 0x8000 != 0))
    }
}

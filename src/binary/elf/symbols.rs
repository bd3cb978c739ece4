//! The dynamic symbol table: raw entries, and the exports and imports they make.

use std::borrow::Cow;
use std::collections::BTreeSet;

use object::Endianness;
use object::elf::{self, Sym32, Sym64};

use super::super::{Error, Result};
use super::dynamic::Tags;
use super::image::Image;
use super::versions::Versions;
use crate::abi::{Binding, Export, Import, SymbolKind, Visibility};

/// A symbol table entry of either class.
#[derive(Clone, Copy)]
pub(in crate::binary) struct RawSymbol {
    pub name: u32,
    pub value: u64,
    pub size: u64,
    pub kind: elf::SymbolType,
    pub bind: elf::SymbolBind,
    pub visibility: elf::SymbolVisibility,
    pub section: u16,
}

impl RawSymbol {
    /// Defined here, at an address (not absolute, not a section or file name).
    pub(in crate::binary) fn is_placed(&self) -> bool {
        self.is_defined() && self.section != elf::SHN_ABS.0 && !self.is_bookkeeping()
    }

    pub(in crate::binary) fn is_defined(&self) -> bool {
        self.section != elf::SHN_UNDEF.0
    }

    fn is_bookkeeping(&self) -> bool {
        self.kind == elf::STT_SECTION || self.kind == elf::STT_FILE
    }

    /// Other files can bind to it.
    pub(in crate::binary) fn is_visible(&self) -> bool {
        let visible = self.visibility == elf::STV_DEFAULT || self.visibility == elf::STV_PROTECTED;
        visible && self.bind != elf::STB_LOCAL
    }

    pub(in crate::binary) fn is_exported(&self) -> bool {
        self.is_defined() && self.is_visible() && !self.is_bookkeeping()
    }
}

/// Reads all entries of a symbol table from its bytes.
pub(in crate::binary) fn entries<'data>(
    image: &Image<'data>,
    bytes: &'data [u8],
) -> Box<dyn ExactSizeIterator<Item = RawSymbol> + 'data> {
    let endian = image.endian;
    match image.is_64 {
        true => Box::new(Image::table::<Sym64<Endianness>>(bytes).iter().map(move |s| RawSymbol {
            name: s.st_name.get(endian),
            value: s.st_value.get(endian),
            size: s.st_size.get(endian),
            kind: s.st_info.st_type(),
            bind: s.st_info.st_bind(),
            visibility: s.st_other.visibility(),
            section: s.st_shndx.get(endian).0,
        })),
        false => Box::new(Image::table::<Sym32<Endianness>>(bytes).iter().map(move |s| RawSymbol {
            name: s.st_name.get(endian),
            value: s.st_value.get(endian).into(),
            size: s.st_size.get(endian).into(),
            kind: s.st_info.st_type(),
            bind: s.st_info.st_bind(),
            visibility: s.st_other.visibility(),
            section: s.st_shndx.get(endian).0,
        })),
    }
}

/// The dynamic symbol table with its names.
pub(in crate::binary) struct DynamicSymbols<'data> {
    /// In table order: relocations refer to entries by index.
    pub symbols: Vec<(RawSymbol, &'data [u8])>,
}

impl<'data> DynamicSymbols<'data> {
    pub(in crate::binary) fn parse(
        image: &Image<'data>,
        tags: &Tags<'data>,
    ) -> Result<DynamicSymbols<'data>> {
        let entry_size = if image.is_64 { 24 } else { 16 };
        let count = symbol_count(image, tags)?;
        let bytes = count.checked_mul(entry_size).and_then(|size| image.bytes_at(tags.symtab, size));
        let bytes = bytes.ok_or_else(|| {
            let what = format!("{count} symbols do not fit into the segment");
            Error::new(".dynsym", image.offset_of(tags.symtab), what)
        })?;
        let symbols = entries(image, bytes)
            .map(|s| Ok((s, tags.strings.get(s.name.into(), "a symbol's name")?)))
            .collect::<Result<_>>()?;
        Ok(DynamicSymbols { symbols })
    }
}

/// Number of dynamic symbols. No tag says it: the section header does where there is one, else the hash tables.
fn symbol_count(image: &Image<'_>, tags: &Tags<'_>) -> Result<u64> {
    if tags.symtab == 0 {
        return Ok(0);
    }
    let section = image.section_of_kind(elf::SHT_DYNSYM);
    if let Some(section) = section.filter(|s| s.address == tags.symtab) {
        return Ok(section.size / if image.is_64 { 24 } else { 16 });
    }
    if let Some(address) = tags.hash {
        // s390x and Alpha have 64-bit entries in DT_HASH.
        let wide = image.is_64 && image.machine == elf::EM_S390;
        let chains = match wide {
            true => image.word_at(address.wrapping_add(8)),
            false => image.u32_at(address.wrapping_add(4)).map(u64::from),
        };
        return chains.ok_or_else(|| {
            Error::new(".hash", image.offset_of(address), "DT_HASH is not inside a loaded segment")
        });
    }
    match tags.gnu_hash {
        Some(address) => gnu_hash_count(image, address).ok_or_else(|| {
            let what = "DT_GNU_HASH is damaged or not inside a loaded segment";
            Error::new(".gnu.hash", image.offset_of(address), what)
        }),
        None => {
            let what = "neither a section header nor a hash table says how many symbols there are";
            Err(Error::new(".dynsym", image.offset_of(tags.symtab), what))
        }
    }
}

/// Symbols covered by `DT_GNU_HASH`: the end of the chain that starts last.
fn gnu_hash_count(image: &Image<'_>, address: u64) -> Option<u64> {
    let field = |i: u64| image.u32_at(address.checked_add(i * 4)?);
    let (buckets, first, bloom) = (u64::from(field(0)?), u64::from(field(1)?), u64::from(field(2)?));
    let bucket_table = address.checked_add(16)?.checked_add(bloom.checked_mul(image.word_size())?)?;
    let chain_table = bucket_table.checked_add(buckets.checked_mul(4)?)?;
    let bucket_bytes = image.bytes_at(bucket_table, buckets.checked_mul(4)?)?;
    let table = Image::table::<object::U32<Endianness>>(bucket_bytes);
    let last = table.iter().map(|b| u64::from(b.get(image.endian))).max().unwrap_or(0);
    if last < first {
        return Some(first);
    }
    let chain = image.bytes_from(chain_table.checked_add(last.checked_sub(first)?.checked_mul(4)?)?)?;
    let chain = Image::table::<object::U32<Endianness>>(chain);
    let length = chain.iter().position(|hash| hash.get(image.endian) & 1 != 0)?;
    Some(last + length as u64 + 1)
}

/// Names and indices of some symbols, sorted. Names are lighter to move than what is made of them, which then lies in
/// memory in the order in which it is walked later.
fn sorted_by_name<'data>(
    table: &DynamicSymbols<'data>,
    wanted: impl Fn(usize, &RawSymbol, &[u8]) -> bool,
) -> Vec<(Cow<'data, str>, usize)> {
    let symbols = table.symbols.iter().enumerate().skip(1);
    let mut names: Vec<(Cow<'data, str>, usize)> = symbols
        .filter(|(index, (symbol, name))| wanted(*index, symbol, name))
        .map(|(index, (_, name))| (String::from_utf8_lossy(name), index))
        .collect();
    names.sort_unstable();
    names
}

/// All definitions that other files can bind to, sorted by name and version.
pub(in crate::binary) fn exports(
    image: &Image<'_>,
    table: &DynamicSymbols<'_>,
    versions: &Versions<'_>,
) -> Result<Vec<Export>> {
    let names = sorted_by_name(table, |index, symbol, name| {
        let version = || versions.of(index, image.endian).map(|v| v.0.name);
        symbol.is_exported() && !is_version_marker(symbol, name, version)
    });
    let mut exports: Vec<Export> = Vec::with_capacity(names.len());
    // (address, is data, size): symbols that agree in all three are one entity with several names.
    let mut places: Vec<(u64, bool, u64, u32)> = Vec::with_capacity(names.len());
    for (name, index) in names {
        let symbol = &table.symbols[index].0;
        let version = versions.of(index, image.endian);
        let kind = kind_of(symbol.kind);
        let is_data = matches!(kind, SymbolKind::Object | SymbolKind::Tls);
        if symbol.is_placed() && matches!(kind, SymbolKind::Func | SymbolKind::Object) {
            places.push((symbol.value, is_data, symbol.size, exports.len() as u32));
        }
        exports.push(Export {
            name: name.into(),
            version: version.map(|(v, _)| String::from_utf8_lossy(v.name).into()),
            hidden_version: version.is_some_and(|(_, hidden)| hidden),
            kind,
            binding: match symbol.bind {
                elf::STB_WEAK => Binding::Weak,
                elf::STB_GNU_UNIQUE => Binding::Unique,
                _ => Binding::Global,
            },
            visibility: match symbol.visibility {
                elf::STV_PROTECTED => Visibility::Protected,
                _ => Visibility::Default,
            },
            size: is_data.then_some(symbol.size),
            section: is_data.then(|| section_name(image, symbol.section)).flatten(),
            alias_of: None,
            unpromised: false,
        });
    }
    name_aliases(&mut exports, &mut places);
    exports.sort_by(|a, b| a.key().cmp(&b.key()));
    exports.dedup_by(|a, b| a.key() == b.key());
    Ok(exports)
}

/// Linkers add an absolute symbol for each version node; it is no entity.
fn is_version_marker<'n>(symbol: &RawSymbol, name: &[u8], version: impl Fn() -> Option<&'n [u8]>) -> bool {
    symbol.section == elf::SHN_ABS.0 && version() == Some(name)
}

fn kind_of(kind: elf::SymbolType) -> SymbolKind {
    match kind {
        elf::STT_FUNC => SymbolKind::Func,
        elf::STT_OBJECT | elf::STT_COMMON => SymbolKind::Object,
        elf::STT_TLS => SymbolKind::Tls,
        elf::STT_GNU_IFUNC => SymbolKind::Ifunc,
        _ => SymbolKind::Notype,
    }
}

fn section_name(image: &Image<'_>, index: u16) -> Option<Box<str>> {
    image.sections.get(usize::from(index)).map(|s| String::from_utf8_lossy(s.name).into())
}

/// Names each alias group after its first name in byte order.
fn name_aliases(exports: &mut [Export], places: &mut [(u64, bool, u64, u32)]) {
    places.sort_unstable();
    for group in places.chunk_by(|a, b| a.0 == b.0 && a.1 == b.1 && a.2 == b.2) {
        // Symbols without a size may merely stand next to each other.
        if group.len() < 2 || group[0].2 == 0 {
            continue;
        }
        let names = group.iter().map(|&(.., i)| &exports[i as usize].name);
        let Some(first) = names.min().cloned() else { continue };
        for &(.., i) in group {
            let export = &mut exports[i as usize];
            if export.name != first {
                export.alias_of = Some(first.clone());
            }
        }
    }
}

/// All references that other files have to satisfy, sorted by name, version and library. `copied`: indices of the symbols
/// that copy relocations define here, which ask for a definition elsewhere all the same.
pub(in crate::binary) fn imports(
    image: &Image<'_>,
    table: &DynamicSymbols<'_>,
    versions: &Versions<'_>,
    copied: &BTreeSet<u32>,
) -> Result<Vec<Import>> {
    let is_copied = |index: usize| u32::try_from(index).is_ok_and(|index| copied.contains(&index));
    let names = sorted_by_name(table, |index, symbol, name| {
        (!symbol.is_defined() || is_copied(index)) && !name.is_empty()
    });
    let mut imports: Vec<Import> = Vec::with_capacity(names.len());
    for (name, index) in names {
        let version = versions.of(index, image.endian).map(|(v, _)| v);
        imports.push(Import {
            name: name.into(),
            version: version.map(|v| String::from_utf8_lossy(v.name).into()),
            library: version.and_then(|v| v.library).map(|l| String::from_utf8_lossy(l).into()),
            // A copy has to come from somewhere.
            weak: table.symbols[index].0.bind == elf::STB_WEAK && !is_copied(index),
            copy: is_copied(index).then_some(table.symbols[index].0.size),
        });
    }
    imports.sort_by(|a, b| a.key().cmp(&b.key()));
    imports.dedup_by(|a, b| a.key() == b.key());
    Ok(imports)
}

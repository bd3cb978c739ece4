//! Vtables, VTTs and typeinfo of the exported symbols: which symbols to decode, and the words they consist of.

use super::super::Result;
use super::super::elf::address_names::Names;
use super::super::elf::dynamic::Tags;
use super::super::elf::image::Image;
use super::super::elf::machine;
use super::super::elf::plt::Stubs;
use super::super::elf::relocations::{self, Pointer, Ranges, Words};
use super::super::elf::symbols::{DynamicSymbols, RawSymbol};
use super::typeinfos;
use super::vtables;
use crate::abi::{Typeinfo, VtableGroup, Vtt};

/// No class has a vtable of this many bytes; a larger size is damage.
const LARGEST_TABLE: u64 = 16 << 20;

/// Everything decoded.
#[derive(Default)]
pub(in crate::binary) struct Rtti {
    pub vtables: Vec<VtableGroup>,
    pub vtts: Vec<Vtt>,
    pub typeinfos: Vec<Typeinfo>,
    /// Exported symbols of these kinds.
    pub symbols: u32,
    /// Those that could be decoded.
    pub decoded: u32,
    pub symtab: bool,
}

/// What the decoders need: the image, its relocated words, and names for what they point at.
pub(in crate::binary) struct Context<'a, 'data> {
    pub image: &'a Image<'data>,
    pub table: &'a DynamicSymbols<'data>,
    pub words: Words,
    pub names: Names<'data>,
    pub stubs: Stubs<'data>,
    /// Exported tables by address.
    by_address: Vec<Table<'data>>,
}

/// An exported vtable, VTT or typeinfo symbol.
#[derive(Clone, Copy)]
pub(in crate::binary) struct Table<'data> {
    pub name: &'data [u8],
    pub address: u64,
    pub size: u64,
}

impl<'data> Table<'data> {
    fn new(symbol: &RawSymbol, name: &'data [u8]) -> Option<Table<'data>> {
        let wanted = [b"_ZTV", b"_ZTC", b"_ZTT", b"_ZTI"].iter().any(|p| name.starts_with(*p));
        let size_fits = (1..=LARGEST_TABLE).contains(&symbol.size);
        (wanted && size_fits && symbol.is_placed() && symbol.is_visible()).then_some(Table {
            name,
            address: symbol.value,
            size: symbol.size,
        })
    }

    fn end(&self) -> u64 {
        self.address.saturating_add(self.size)
    }
}

/// Decodes all exported tables. One that cannot be decoded is a gap, not an error.
pub(in crate::binary) fn read(
    image: &Image<'_>,
    tags: &Tags<'_>,
    table: &DynamicSymbols<'_>,
    gaps: &mut Vec<String>,
) -> Result<Rtti> {
    let mut tables: Vec<Table<'_>> =
        table.symbols.iter().filter_map(|(symbol, name)| Table::new(symbol, name)).collect();
    tables.sort_unstable_by_key(|t| t.name);
    tables.dedup_by_key(|t| t.name);
    let mut rtti = Rtti { symbols: tables.len() as u32, ..Rtti::default() };
    tables.retain(|table| {
        let inside = image.bytes_at(table.address, table.size).is_some();
        if !inside {
            gaps.push(format!("{} lies outside of the file", String::from_utf8_lossy(table.name)));
        }
        inside
    });
    if !tables.is_empty() && !machine::has_relocation_table(image) {
        gaps.push(format!("vtables of machine type {} are not understood", image.machine.0));
        return Ok(rtti);
    }
    let context = Context::build(image, tags, table, &tables)?;
    rtti.symtab = context.names.has_symtab;
    for table in &tables {
        let decoded = match &table.name[..4] {
            // Two such names may read the same in a dump.
            _ if std::str::from_utf8(table.name).is_err() => None,
            b"_ZTI" => typeinfos::decode(&context, table).map(|t| rtti.typeinfos.push(t)),
            b"_ZTT" => vtables::decode_vtt(&context, table).map(|t| rtti.vtts.push(t)),
            _ => vtables::decode(&context, table).map(|t| rtti.vtables.push(t)),
        };
        match decoded {
            Some(()) => rtti.decoded += 1,
            None => gaps.push(format!("{} cannot be decoded", String::from_utf8_lossy(table.name))),
        }
    }
    Ok(rtti)
}

impl<'a, 'data> Context<'a, 'data> {
    fn build(
        image: &'a Image<'data>,
        tags: &Tags<'data>,
        table: &'a DynamicSymbols<'data>,
        tables: &[Table<'data>],
    ) -> Result<Context<'a, 'data>> {
        let ranges = Ranges::new(tables.iter().map(|t| (t.address, t.end())).collect());
        let mut words = relocations::collect(image, tags, &ranges)?;

        // Typeinfo objects and relative vtables refer to words outside the exported tables: fetch those too.
        let further = Ranges::new(
            data_targets(image, &words)
                .chain(vtables::relative_candidates(image, tables, &words))
                .map(|address| (address, address.saturating_add(2 * image.word_size())))
                .collect(),
        );
        words.extend(relocations::collect(image, tags, &further)?);

        let stubs = Stubs::find(image, tags, table, tables, &words)?;
        let relocated = words.iter().filter_map(|(_, pointer)| match pointer {
            Pointer::Address(address) => Some(machine::code_address(image, address)),
            Pointer::Symbol(..) => None,
        });
        let relative = vtables::relative_targets(image, tables, &words);
        // A library that carries the C++ runtime refers to the vtables of `__cxxabiv1` by address.
        let runtime = tables.iter().filter(|t| t.name.starts_with(b"_ZTI")).filter_map(|t| {
            match words.get(t.address)? {
                Pointer::Address(address) => address.checked_sub(2 * image.word_size()),
                Pointer::Symbol(..) => None,
            }
        });
        let addresses: Vec<u64> = relocated.chain(relative).chain(runtime).collect();
        let names = Names::find(image, table, addresses.into_iter());
        let mut by_address = tables.to_vec();
        by_address.sort_unstable_by_key(|t| (t.address, t.name));
        Ok(Context { image, table, words, names, stubs, by_address })
    }

    /// The relocated word at an address; in a program that is not position-independent, the plain word.
    pub(in crate::binary) fn pointer_at(&self, address: u64) -> Option<Pointer> {
        self.words.get(address).or_else(|| {
            let fixed = self.image.file_type == object::elf::ET_EXEC;
            let word = fixed.then(|| self.image.word_at(address)).flatten()?;
            self.image.bytes_from(word).map(|_| Pointer::Address(word))
        })
    }

    /// A dynamic symbol's entry and name.
    pub(in crate::binary) fn symbol(&self, index: u32) -> Option<(&RawSymbol, &'data [u8])> {
        self.table.symbols.get(index as usize).map(|(symbol, name)| (symbol, *name))
    }

    /// The exported table that covers an address, as symbol and offset in bytes.
    pub(in crate::binary) fn table_around(&self, address: u64) -> Option<String> {
        let after = self.by_address.partition_point(|t| t.address <= address);
        let table = self.by_address[..after].last().filter(|t| address < t.end())?;
        Some(format!("{}+{}", String::from_utf8_lossy(table.name), address - table.address))
    }

    /// The vtable symbol that starts at an address.
    pub(in crate::binary) fn vtable_starting_at(&self, address: u64) -> Option<&'data [u8]> {
        self.names.with_prefix(address, b"_ZTV")
    }

    /// Linkage name of the typeinfo that a pointer refers to, if it is one.
    ///
    /// A local typeinfo has no symbol in a stripped file, but it always names its type.
    pub(in crate::binary) fn typeinfo_name(&self, pointer: Pointer) -> Option<String> {
        match pointer {
            Pointer::Symbol(index, 0) => {
                let (_, name) = self.symbol(index)?;
                name.starts_with(b"_ZTI").then(|| String::from_utf8_lossy(name).into_owned())
            }
            Pointer::Symbol(..) => None,
            Pointer::Address(address) => match self.names.with_prefix(address, b"_ZTI") {
                Some(name) => Some(String::from_utf8_lossy(name).into_owned()),
                None => typeinfos::type_name(self, address).map(|name| format!("_ZTI{name}")),
            },
        }
    }
}

/// Addresses outside of code that the words point at.
fn data_targets<'w>(image: &'w Image<'_>, words: &'w Words) -> impl Iterator<Item = u64> + 'w {
    words.iter().filter_map(|(_, pointer)| match pointer {
        Pointer::Address(address) if !image.is_code(address) => Some(address),
        _ => None,
    })
}

//! Relocatable objects (`.o`): what they will export once somebody links them, out of `.symtab`.
//!
//! There is nothing for a loader in them. Their virtual tables are left to the linked library: here each word is a
//! relocation in a section of its own.

use std::collections::BTreeSet;

use object::elf;

use super::super::itanium::stdlib;
use super::super::{Error, Result};
use super::dynamic::Tags;
use super::image::Image;
use super::machine;
use super::notes;
use super::symbols::{self, DynamicSymbols, RawSymbol};
use super::versions::Versions;
use crate::abi::{self, Evidence};

pub(in crate::binary) fn read(name: &str, image: &Image<'_>) -> Result<abi::Library> {
    let table = symbol_table(image)?;
    let versions = Versions::parse(image, &Tags::default())?;
    let exports = symbols::exports(image, &table, &versions)?;
    let imports = symbols::imports(image, &table, &versions, &BTreeSet::new())?;
    let mut gaps = Vec::new();
    let tables = exports.iter().filter(|e| ["_ZTV", "_ZTT", "_ZTI"].iter().any(|p| e.name.starts_with(p)));
    let tables = tables.count() as u32;
    if tables > 0 {
        gaps.push("virtual tables and typeinfo of an object that was not linked are not decoded".to_owned());
    }
    let notes = notes::Notes::read(image, &mut gaps);
    Ok(abi::Library {
        name: name.to_owned(),
        machine: machine::describe(image),
        build_id: notes.build_id,
        producers: image.producers(),
        stdlib: stdlib::stdlib(&exports, &imports, &[], |_| true),
        cxx11: stdlib::dual_abi(&exports, &imports),
        evidence: Evidence { symtab: true, rtti_symbols: tables, gaps, ..Evidence::default() },
        dynamic: abi::Dynamic { relocatable: true, properties: notes.properties, ..abi::Dynamic::default() },
        sections: image.section_sizes(),
        exports,
        imports,
        ..abi::Library::default()
    })
}

fn symbol_table<'data>(image: &Image<'data>) -> Result<DynamicSymbols<'data>> {
    let Some(section) = image.section_of_kind(elf::SHT_SYMTAB) else {
        return Err(Error::new("section headers", 0, "a relocatable object without a symbol table"));
    };
    let error = |what: &'static str| Error::new(".symtab", section.offset, what);
    let bytes = image.section_bytes(section).ok_or_else(|| error("does not fit into the file"))?;
    let strings = image.sections.get(section.link as usize).and_then(|strings| image.section_bytes(strings));
    let strings = strings.ok_or_else(|| error("refers to no strings"))?;
    let addresses = addresses(image);
    let symbols = symbols::entries(image, bytes)
        .enumerate()
        .map(|(index, symbol)| {
            let rest = strings.get(symbol.name as usize..);
            let name = rest.and_then(|rest| Some(&rest[..rest.iter().position(|&b| b == 0)?]));
            let name = name.ok_or_else(|| error("a symbol's name lies outside of the strings"))?;
            let value = address(&symbol, index, &addresses);
            // Local ones are nobody else's, and references carry no version here.
            Ok((RawSymbol { value, ..symbol }, name))
        })
        .collect::<Result<_>>()?;
    Ok(DynamicSymbols { symbols })
}

/// Values count from the start of a section: each gets a place in one address space, as a linker would do.
fn addresses(image: &Image<'_>) -> Vec<u64> {
    let mut next = 0u64;
    let mut place = |size: u64| {
        let start = next;
        next = next.saturating_add(size).saturating_add(1);
        start
    };
    image.sections.iter().map(|section| place(section.size)).collect()
}

fn address(symbol: &RawSymbol, index: usize, sections: &[u64]) -> u64 {
    match sections.get(usize::from(symbol.section)) {
        Some(start) => start.wrapping_add(symbol.value),
        // Common symbols have no place yet; no two get the same.
        None => (1 << 63) | index as u64,
    }
}

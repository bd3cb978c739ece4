//! What stands at an address: names for the targets of relocations that carry no symbol.
//!
//! The dynamic symbol table comes first, so that a stripped file and its unstripped twin differ as little as possible;
//! `.symtab` has the names of hidden functions, which may be the same code as exported ones.

use foldhash::{HashMap, HashSet};
use object::elf;

use super::image::Image;
use super::symbols::{self, DynamicSymbols, RawSymbol};

/// Names by address, for the addresses that were asked for.
pub(in crate::binary) struct Names<'data> {
    /// Addresses and names, those of one address together.
    found: Vec<(u64, &'data [u8])>,
    /// Where in `found` the names of an address start.
    starts: HashMap<u64, usize>,
    /// Addresses and names that `.symtab` alone has, those of one address together.
    hidden: Vec<(u64, &'data [u8])>,
    /// `.symtab` is there.
    pub has_symtab: bool,
}

impl<'data> Names<'data> {
    /// Looks up all `addresses` at once, since either table is walked as a whole.
    pub(in crate::binary) fn find(
        image: &Image<'data>,
        table: &DynamicSymbols<'data>,
        addresses: impl Iterator<Item = u64>,
    ) -> Names<'data> {
        let wanted: HashSet<u64> = addresses.collect();
        let symbols = table.symbols.iter();
        let placed = symbols.filter_map(|(symbol, name)| Some((named_address(image, symbol)?, *name)));
        let mut found: Vec<(u64, &[u8])> = placed.filter(|(address, _)| wanted.contains(address)).collect();
        let exported: HashSet<(u64, &[u8])> = found.iter().copied().collect();
        let named: HashSet<u64> = found.iter().map(|(address, _)| *address).collect();
        let mut hidden = Vec::new();
        let has_symtab = read_symtab(image, &wanted, |address, name| {
            if !exported.contains(&(address, name)) {
                hidden.push((address, name));
            }
            if !named.contains(&address) {
                found.push((address, name));
            }
        });
        found.sort_unstable_by_key(|f| f.0);
        hidden.sort_unstable();
        hidden.dedup();
        // The last one that is put in for an address stays: its first.
        let starts = found.iter().enumerate().rev().map(|(i, (address, _))| (*address, i)).collect();
        Names { found, starts, hidden, has_symtab: has_symtab.is_some() }
    }

    /// Names that an address has in `.symtab` alone.
    pub(in crate::binary) fn hidden(&self, address: u64) -> impl Iterator<Item = &'data [u8]> + '_ {
        let first = self.hidden.partition_point(|hidden| hidden.0 < address);
        self.hidden[first..].iter().take_while(move |hidden| hidden.0 == address).map(|hidden| hidden.1)
    }

    fn at(&self, address: u64) -> impl Iterator<Item = &'data [u8]> + '_ {
        let start = self.starts.get(&address).map_or(self.found.len(), |start| *start);
        self.found[start..].iter().take_while(move |f| f.0 == address).map(|f| f.1)
    }

    /// The best name for an address in the vtable of `class` (a mangled name such as `N3c105ErrorE`).
    ///
    /// Several functions may share an address: destructor variants, aliases, identical code folded by the linker.
    /// A member of the class itself comes first, then byte order decides.
    pub(in crate::binary) fn best(&self, address: u64, class: &[u8]) -> Option<&'data [u8]> {
        let scope = class.strip_prefix(b"N").map_or(class, |c| c.strip_suffix(b"E").unwrap_or(c));
        let is_member = |name: &[u8]| {
            let rest = name.strip_prefix(b"_ZN").unwrap_or(b"");
            rest.strip_prefix(b"K").unwrap_or(rest).starts_with(scope)
        };
        self.at(address).min_by_key(|name| (!is_member(name), *name))
    }

    /// The name at an address that starts with `prefix`.
    pub(in crate::binary) fn with_prefix(&self, address: u64, prefix: &[u8]) -> Option<&'data [u8]> {
        self.at(address).filter(|name| name.starts_with(prefix)).min()
    }
}

/// Address of a symbol that can name what stands there.
fn named_address(image: &Image<'_>, symbol: &RawSymbol) -> Option<u64> {
    let named = matches!(symbol.kind, elf::STT_FUNC | elf::STT_OBJECT | elf::STT_NOTYPE | elf::STT_GNU_IFUNC);
    if !named || !symbol.is_placed() {
        return None;
    }
    Some(match symbol.kind {
        elf::STT_FUNC => super::machine::code_address(image, symbol.value),
        _ => symbol.value,
    })
}

/// Visits the names that `.symtab` has for addresses; none when there is no such table or it is damaged.
fn read_symtab<'data>(
    image: &Image<'data>,
    addresses: &HashSet<u64>,
    mut found: impl FnMut(u64, &'data [u8]),
) -> Option<()> {
    let section = image.section_of_kind(elf::SHT_SYMTAB)?;
    let bytes = image.section_bytes(section)?;
    let strings = image.section_bytes(image.sections.get(section.link as usize)?)?;
    if addresses.is_empty() {
        return Some(());
    }
    for symbol in symbols::entries(image, bytes) {
        let Some(address) = named_address(image, &symbol).filter(|a| addresses.contains(a)) else { continue };
        let Some(rest) = strings.get(symbol.name as usize..) else { continue };
        let Some(end) = memchr::memchr(0, rest) else { continue };
        // Mapping symbols of Arm and RISC-V ($a, $x, $d) are no names; neither is an empty string.
        if end > 0 && rest[0] != b'$' {
            found(address, without_clone_suffix(&rest[..end]));
        }
    }
    Some(())
}

/// `.localalias`, `.lto_priv.0` and the like tell copies of one function apart, which the ABI does not.
fn without_clone_suffix(name: &[u8]) -> &[u8] {
    match memchr::memchr(b'.', name) {
        Some(dot) if dot > 0 && name.starts_with(b"_Z") => &name[..dot],
        _ => name,
    }
}

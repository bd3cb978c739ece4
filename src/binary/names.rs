//! What stands at an address: names for the targets of relocations that carry no symbol.
//!
//! The dynamic symbol table comes first; `.symtab` is read only for addresses that it leaves without a name, so that
//! a stripped file and its unstripped twin differ as little as possible.

use foldhash::HashMap;
use object::elf;

use super::image::Image;
use super::symbols::{self, DynamicSymbols, RawSymbol};

/// Names by address, for the addresses that were asked for.
pub(super) struct Names<'data> {
    by_address: HashMap<u64, Vec<&'data [u8]>>,
    /// `.symtab` is there.
    pub has_symtab: bool,
}

impl<'data> Names<'data> {
    /// Looks up all `addresses` at once, since either table is walked as a whole.
    pub(super) fn find(
        image: &Image<'data>,
        table: &DynamicSymbols<'data>,
        addresses: impl Iterator<Item = u64>,
    ) -> Names<'data> {
        let mut by_address: HashMap<u64, Vec<&[u8]>> = addresses.map(|a| (a, Vec::new())).collect();
        for (symbol, name) in &table.symbols {
            if let Some(names) = slot(&mut by_address, image, symbol) {
                names.push(name);
            }
        }
        let mut missing: HashMap<u64, Vec<&[u8]>> = by_address
            .iter()
            .filter(|(_, names)| names.is_empty())
            .map(|(&address, _)| (address, Vec::new()))
            .collect();
        let has_symtab = read_symtab(image, &mut missing).is_some();
        by_address.extend(missing);
        Names { by_address, has_symtab }
    }

    /// The best name for an address in the vtable of `class` (a mangled name such as `N3c105ErrorE`).
    ///
    /// Several functions may share an address: destructor variants, aliases, identical code folded by the linker.
    /// A member of the class itself comes first, then byte order decides.
    pub(super) fn best(&self, address: u64, class: &[u8]) -> Option<&'data [u8]> {
        let scope = class.strip_prefix(b"N").map_or(class, |c| c.strip_suffix(b"E").unwrap_or(c));
        let is_member = |name: &[u8]| {
            let rest = name.strip_prefix(b"_ZN").unwrap_or(b"");
            rest.strip_prefix(b"K").unwrap_or(rest).starts_with(scope)
        };
        let names = self.by_address.get(&address)?;
        names.iter().copied().min_by_key(|name| (!is_member(name), *name))
    }

    /// The name at an address that starts with `prefix`.
    pub(super) fn with_prefix(&self, address: u64, prefix: &[u8]) -> Option<&'data [u8]> {
        let names = self.by_address.get(&address)?;
        names.iter().copied().filter(|name| name.starts_with(prefix)).min()
    }
}

fn slot<'m, 'data>(
    names: &'m mut HashMap<u64, Vec<&'data [u8]>>,
    image: &Image<'_>,
    symbol: &RawSymbol,
) -> Option<&'m mut Vec<&'data [u8]>> {
    let named = matches!(symbol.kind, elf::STT_FUNC | elf::STT_OBJECT | elf::STT_NOTYPE | elf::STT_GNU_IFUNC);
    if !named || !symbol.is_placed() {
        return None;
    }
    let address = match symbol.kind {
        elf::STT_FUNC => super::machine::code_address(image, symbol.value),
        _ => symbol.value,
    };
    names.get_mut(&address)
}

/// Fills in names from `.symtab`; none when there is no such table or it is damaged.
fn read_symtab<'data>(image: &Image<'data>, names: &mut HashMap<u64, Vec<&'data [u8]>>) -> Option<()> {
    let section = image.section_of_kind(elf::SHT_SYMTAB)?;
    let bytes = image.section_bytes(section)?;
    let strings = image.section_bytes(image.sections.get(section.link as usize)?)?;
    if names.is_empty() {
        return Some(());
    }
    for symbol in symbols::entries(image, bytes) {
        let Some(names) = slot(names, image, &symbol) else { continue };
        let Some(rest) = strings.get(symbol.name as usize..) else { continue };
        let Some(end) = memchr::memchr(0, rest) else { continue };
        // Mapping symbols of Arm and RISC-V ($a, $x, $d) are no names; neither is an empty string.
        if end > 0 && rest[0] != b'$' {
            names.push(without_clone_suffix(&rest[..end]));
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

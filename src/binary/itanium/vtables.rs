//! Virtual table groups and VTTs (Itanium C++ ABI, sections 2.5.2 and 2.6.2): decoding what `_ZTV`, `_ZTC` and `_ZTT`
//! symbols cover.
//!
//! A virtual table is `vcall and vbase offsets…, offset-to-top, typeinfo, function pointers…`. The image does not say
//! where one ends and the next begins; what is known is that pointers are relocated and offsets are not, and that a
//! typeinfo pointer refers to data while a function pointer refers to code:
//!
//! - With RTTI each table is found by its typeinfo pointer. Plain words between the last function pointer of one table
//!   and the offset-to-top of the next are vcall and vbase offsets when the class has virtual bases (then the first
//!   table has such offsets too), else null function pointers.
//! - Without RTTI the typeinfo word is zero; a table starts where plain words hold a non-zero offset-to-top.

use super::super::elf::image::Image;
use super::super::elf::machine;
use super::super::elf::relocations::{Pointer, Words};
use super::rtti::{Context, Table};
use crate::abi::{OtherNames, Slot, VirtualTable, VtableGroup, Vtt};

/// Hidden names of one piece of code that are kept for a slot.
const MOST_NAMES: usize = 16;

/// One component of a group, as far as its kind can be told.
#[derive(Clone, Debug, PartialEq)]
enum Component {
    /// Not relocated: an offset or a null pointer.
    Plain(i64),
    /// With the further names that the code has.
    Function(Slot, Vec<Box<str>>),
    Typeinfo(String),
}

/// Decodes a virtual table group; none when it does not look like one.
pub(in crate::binary) fn decode(context: &Context<'_, '_>, table: &Table<'_>) -> Option<VtableGroup> {
    let relative = is_relative(context.image, table, &context.words);
    let components = match relative {
        true => relative_components(context, table)?,
        false => components(context, table)?,
    };
    let tables = split(&components)?;
    Some(VtableGroup { name: String::from_utf8_lossy(table.name).into(), relative, tables })
}

/// Decodes a VTT: address points of virtual tables, as symbol and offset.
pub(in crate::binary) fn decode_vtt(context: &Context<'_, '_>, table: &Table<'_>) -> Option<Vtt> {
    let word = context.image.word_size();
    let entries = (0..table.size / word).map(|i| {
        let text = match context.pointer_at(table.address + i * word)? {
            Pointer::Symbol(index, addend) => {
                format!("{}+{addend}", String::from_utf8_lossy(context.symbol(index)?.1))
            }
            Pointer::Address(address) => {
                context.table_around(address).unwrap_or_else(|| "(unnamed)".to_owned())
            }
        };
        Some(text.into())
    });
    Some(Vtt { name: String::from_utf8_lossy(table.name).into(), entries: entries.collect::<Option<_>>()? })
}

/// Mangled name of the class that a `_ZTV` or `_ZTC` symbol is about.
fn class_of(name: &[u8]) -> &[u8] {
    &name[4..]
}

fn components(context: &Context<'_, '_>, table: &Table<'_>) -> Option<Vec<Component>> {
    let word = context.image.word_size();
    (0..table.size / word)
        .map(|i| {
            let at = table.address + i * word;
            match context.pointer_at(at) {
                Some(pointer) => component(context, pointer, class_of(table.name)),
                None => context.image.signed_word_at(at).map(Component::Plain),
            }
        })
        .collect()
}

fn component(context: &Context<'_, '_>, pointer: Pointer, class: &[u8]) -> Option<Component> {
    match pointer {
        Pointer::Symbol(index, addend) => {
            let (symbol, name) = context.symbol(index)?;
            if name.starts_with(b"_ZTI") {
                return Some(Component::Typeinfo(String::from_utf8_lossy(name).into_owned()));
            }
            let plain = addend == 0 || (symbol.is_placed() && machine::code_address(context.image, 1) == 0);
            Some(Component::Function(if plain { slot(name) } else { Slot::Unnamed }, Vec::new()))
        }
        Pointer::Address(0) => Some(Component::Plain(0)),
        Pointer::Address(address) => {
            let code = machine::code_address(context.image, address);
            if let Some(name) = context.names.with_prefix(address, b"_ZTI") {
                return Some(Component::Typeinfo(String::from_utf8_lossy(name).into_owned()));
            }
            if context.image.is_code(code) {
                return Some(code_slot(context, code, class));
            }
            context.typeinfo_name(pointer).map(Component::Typeinfo)
        }
    }
}

fn code_slot(context: &Context<'_, '_>, address: u64, class: &[u8]) -> Component {
    let Some(name) = context.names.best(address, class) else {
        return Component::Function(context.stubs.target(address).map_or(Slot::Unnamed, slot), Vec::new());
    };
    let mut others: Vec<Box<str>> = context
        .names
        .hidden(address)
        .filter(|other| *other != name && other.starts_with(b"_Z"))
        // The destructors of complete objects and of bases are one function where there are no virtual bases.
        .filter(|other| !(other.ends_with(b"D2Ev") && name.ends_with(b"D1Ev")))
        .filter_map(|other| Some(std::str::from_utf8(other).ok()?.into()))
        .collect();
    others.sort_unstable();
    others.dedup();
    // Thousands of empty functions may be one, and those of the class stand first.
    if others.len() > MOST_NAMES {
        let class = String::from_utf8_lossy(class);
        others.sort_by_key(|other| crate::mangling::is_member(other, &class) != Some(true));
        others.truncate(MOST_NAMES);
        others.sort_unstable();
    }
    Component::Function(slot(name), others)
}

fn slot(name: &[u8]) -> Slot {
    match name {
        b"__cxa_pure_virtual" => Slot::Pure,
        b"__cxa_deleted_virtual" => Slot::Deleted,
        name => Slot::Function(String::from_utf8_lossy(name).into()),
    }
}

/// Splits a group into its virtual tables.
fn split(components: &[Component]) -> Option<Vec<VirtualTable>> {
    let with_rtti = components.iter().any(|c| matches!(c, Component::Typeinfo(_)));
    let starts = if with_rtti { starts_with_rtti(components)? } else { starts_without_rtti(components)? };
    let ends = starts.iter().skip(1).map(|start| start.offsets).chain([components.len()]);
    let tables = starts.iter().zip(ends).map(|(start, end)| {
        let offsets = components[start.offsets..start.top].iter().map(plain).collect::<Option<_>>()?;
        let typeinfo = match &components[start.top + 1] {
            Component::Typeinfo(name) => Some(name.as_str().into()),
            Component::Plain(0) => None,
            _ => return None,
        };
        let slots = components[start.top + 2..end].iter().map(|component| match component {
            Component::Function(slot, _) => Some(slot.clone()),
            Component::Plain(0) => Some(Slot::Null),
            _ => None,
        });
        let slots = slots.collect::<Option<_>>()?;
        let also = other_names(&components[start.top + 2..end]);
        Some(VirtualTable { offsets, top: plain(&components[start.top])?, typeinfo, slots, also })
    });
    tables.collect()
}

/// Further names of the slots' code.
fn other_names(slots: &[Component]) -> Vec<OtherNames> {
    let names = |(component, slot): (&Component, u32)| match component {
        Component::Function(_, names) if !names.is_empty() => Some(OtherNames { slot, names: names.clone() }),
        _ => None,
    };
    slots.iter().zip(0u32..).filter_map(names).collect()
}

fn plain(component: &Component) -> Option<i64> {
    match component {
        Component::Plain(value) => Some(*value),
        _ => None,
    }
}

/// Where a virtual table begins, as indices of components.
struct Start {
    /// First vcall or vbase offset.
    offsets: usize,
    /// Offset-to-top.
    top: usize,
}

fn starts_with_rtti(components: &[Component]) -> Option<Vec<Start>> {
    let typeinfos: Vec<usize> =
        (1..components.len()).filter(|&i| matches!(components[i], Component::Typeinfo(_))).collect();
    let first = *typeinfos.first()?;
    let has_virtual_bases = first > 1;
    let mut starts = vec![Start { offsets: 0, top: first - 1 }];
    for pair in typeinfos.windows(2) {
        let (previous, top) = (pair[0], pair[1].checked_sub(1)?);
        // Adjacent typeinfo pointers would make the second one's offset-to-top a pointer.
        plain(&components[top]).filter(|_| top > previous)?;
        let offsets = if has_virtual_bases { plain_run_before(components, previous + 1, top) } else { top };
        starts.push(Start { offsets, top });
    }
    Some(starts)
}

/// Start of the run of plain words that ends before `end`, not going below `floor`.
fn plain_run_before(components: &[Component], floor: usize, end: usize) -> usize {
    let run = components[floor..end].iter().rev().take_while(|c| matches!(c, Component::Plain(_))).count();
    end - run
}

fn starts_without_rtti(components: &[Component]) -> Option<Vec<Start>> {
    let is_plain = |i: usize| components.get(i).is_some_and(|c| matches!(c, Component::Plain(_)));
    let is_offset = |i: usize| components.get(i).is_some_and(|c| !matches!(c, Component::Plain(0)));
    let prefix = (0..components.len()).take_while(|&i| is_plain(i)).count();
    if prefix < 2 {
        return None;
    }
    // The last non-zero word is a vbase offset of the first table, whose offset-to-top and typeinfo are zero.
    let top = (0..prefix).rev().find(|&i| is_offset(i)).map_or(0, |last| last + 1);
    let has_virtual_bases = top > 0;
    (top + 1 < prefix).then_some(())?;
    let mut starts = vec![Start { offsets: 0, top }];
    let mut at = prefix;
    while at < components.len() {
        let run = (at..components.len()).take_while(|&i| is_plain(i)).count();
        // In a secondary table the last non-zero word is offset-to-top, and a zero typeinfo follows it.
        if let Some(top) = (at..at + run).rev().find(|&i| is_offset(i))
            && top + 1 < at + run
        {
            starts.push(Start { offsets: if has_virtual_bases { at } else { top }, top });
        }
        at += run.max(1);
    }
    Some(starts)
}

/// Whether a group has 32-bit relative components: nothing in it is relocated, and its second component leads to data.
fn is_relative(image: &Image<'_>, table: &Table<'_>, words: &Words) -> bool {
    let has_words = (0..table.size / image.word_size())
        .any(|i| words.get(table.address + i * image.word_size()).is_some());
    image.is_64
        && !has_words
        && image.file_type != object::elf::ET_EXEC
        && table.size >= 8
        && table.size.is_multiple_of(4)
        && relative_values(image, table).any(|v| v.is_some_and(|v| v != 0))
}

fn relative_values<'i>(image: &'i Image<'_>, table: &Table<'_>) -> impl Iterator<Item = Option<i32>> + 'i {
    let address = table.address;
    (0..table.size / 4).map(move |i| image.u32_at(address + i * 4).map(|v| v as i32))
}

/// Address that component `i` leads to if the component before address point `i + 1` holds the typeinfo.
fn relative_typeinfo(image: &Image<'_>, table: &Table<'_>, i: u64) -> Option<u64> {
    let value = image.u32_at(table.address + i * 4)? as i32;
    let address_point = table.address + (i + 1) * 4;
    (value != 0).then(|| address_point.wrapping_add_signed(value.into()))
}

fn relative_tables<'i, 'data>(
    image: &'i Image<'_>,
    tables: &'i [Table<'data>],
    words: &'i Words,
) -> impl Iterator<Item = &'i Table<'data>> + 'i {
    tables.iter().filter(move |t| {
        (t.name.starts_with(b"_ZTV") || t.name.starts_with(b"_ZTC")) && is_relative(image, t, words)
    })
}

/// Addresses of the words through which relative vtables may refer to their typeinfo.
pub(in crate::binary) fn relative_candidates<'i>(
    image: &'i Image<'_>,
    tables: &'i [Table<'_>],
    words: &'i Words,
) -> impl Iterator<Item = u64> + 'i {
    relative_tables(image, tables, words).flat_map(move |table| {
        let proxies = (1..table.size / 4).filter_map(move |i| relative_typeinfo(image, table, i));
        proxies.filter(move |&proxy| !image.is_code(proxy) && image.bytes_at(proxy, 8).is_some())
    })
}

/// Addresses of code that relative vtables may refer to.
pub(in crate::binary) fn relative_targets<'i>(
    image: &'i Image<'_>,
    tables: &'i [Table<'_>],
    words: &'i Words,
) -> impl Iterator<Item = u64> + 'i {
    relative_tables(image, tables, words).flat_map(move |table| {
        let points = relative_points(image, table, words);
        let count = table.size / 4;
        points
            .into_iter()
            .flat_map(move |point| (point..count).filter_map(move |i| relative_code(image, table, point, i)))
    })
}

/// Components that hold a typeinfo, found by the relocated proxy they lead to; given as index of the address point.
fn relative_points(image: &Image<'_>, table: &Table<'_>, words: &Words) -> Vec<u64> {
    (1..table.size / 4)
        .filter(|&i| relative_typeinfo(image, table, i).is_some_and(|proxy| words.get(proxy).is_some()))
        .map(|i| i + 1)
        .collect()
}

/// Code address of component `i` of the table whose address point is component `point`.
fn relative_code(image: &Image<'_>, table: &Table<'_>, point: u64, i: u64) -> Option<u64> {
    let value = image.u32_at(table.address + i * 4)? as i32;
    let target = (table.address + point * 4).wrapping_add_signed(value.into());
    (value != 0 && image.is_code(target)).then_some(target)
}

fn relative_components(context: &Context<'_, '_>, table: &Table<'_>) -> Option<Vec<Component>> {
    let points = relative_points(context.image, table, &context.words);
    let mut current = *points.first()?;
    let components = (0..table.size / 4).map(|i| {
        if points.contains(&(i + 1)) {
            current = i + 1;
            let proxy = relative_typeinfo(context.image, table, i)?;
            return context.typeinfo_name(context.words.get(proxy)?).map(Component::Typeinfo);
        }
        match relative_code(context.image, table, current, i) {
            Some(code) if i >= current => Some(code_slot(context, code, class_of(table.name))),
            _ => Some(Component::Plain((context.image.u32_at(table.address + i * 4)? as i32).into())),
        }
    });
    components.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str) -> Component {
        Component::Function(Slot::from(name), Vec::new())
    }

    fn typeinfo() -> Component {
        Component::Typeinfo("_ZTI1D".to_owned())
    }

    #[test]
    fn a_single_table() {
        let tables = split(&[Component::Plain(0), typeinfo(), function("f"), function("(pure)")]).unwrap();
        assert_eq!(tables.len(), 1);
        assert_eq!(tables[0].slots, [Slot::from("f"), Slot::Pure]);
        assert!(tables[0].offsets.is_empty());
    }

    #[test]
    fn null_slots_before_a_secondary_table_are_not_offsets() {
        let p = Component::Plain;
        let tables = split(&[
            p(0),
            typeinfo(),
            function("f"),
            p(0),
            p(0), //
            p(-16),
            typeinfo(),
            function("g"),
        ]);
        let tables = tables.unwrap();
        assert_eq!(tables[0].slots, [Slot::from("f"), Slot::Null, Slot::Null]);
        assert_eq!((tables[1].top, tables[1].offsets.len()), (-16, 0));
    }

    #[test]
    fn offsets_of_a_secondary_table_under_virtual_bases() {
        let p = Component::Plain;
        let tables = split(&[
            p(16),
            p(0),
            typeinfo(),
            function("f"), //
            p(-16),
            p(0),
            p(-16),
            typeinfo(),
            function("g"),
        ]);
        let tables = tables.unwrap();
        assert_eq!((&tables[0].offsets[..], tables[0].top), (&[16][..], 0));
        assert_eq!((&tables[1].offsets[..], tables[1].top), (&[-16, 0][..], -16));
    }

    #[test]
    fn without_rtti_an_abstract_class_keeps_its_null_destructors() {
        let p = Component::Plain;
        let tables = split(&[p(0), p(0), p(0), p(0), function("(pure)")]).unwrap();
        assert_eq!(tables[0].slots, [Slot::Null, Slot::Null, Slot::Pure]);
    }

    #[test]
    fn without_rtti_a_secondary_table_starts_at_its_offset_to_top() {
        let p = Component::Plain;
        let tables = split(&[p(0), p(0), function("f"), p(-16), p(0), function("g")]).unwrap();
        assert_eq!(tables.len(), 2);
        assert_eq!((tables[1].top, &tables[1].slots[..]), (-16, &[Slot::from("g")][..]));
    }

    #[test]
    fn garbage_is_refused() {
        assert!(split(&[function("f")]).is_none());
        assert!(split(&[Component::Plain(0)]).is_none());
        assert!(split(&[typeinfo(), typeinfo()]).is_none());
        assert!(split(&[]).is_none());
    }
}

//! Where members are, and how classes are aligned.

use foldhash::HashMap;
use gimli::AttributeValue;

use super::debug_units::DieRef;
use super::entry::Die;
use super::facts::Table;
use super::spell;
use super::value;

/// Place of a non-static member, in bits.
pub(super) struct Place {
    pub bit_offset: u64,
    /// Width of a bit-field, else size of the type; None for an incomplete one.
    pub bit_size: Option<u64>,
    pub is_bit_field: bool,
}

/// Where a member is. Bit-fields have three forms, of DWARF 5, 3 and 2.
pub(super) fn member<'a>(table: &Table<'_, 'a>, die: &Die<'a>, encoding: gimli::Encoding) -> Place {
    let debug_units = table.debug_units;
    let location = die.constant_or_expression(gimli::DW_AT_data_member_location, encoding).unwrap_or(0);
    let start = location.saturating_mul(8);
    let type_size = debug_units.reference(die, gimli::DW_AT_type).and_then(|at| size(table, at));
    let Some(width) = die.unsigned(gimli::DW_AT_bit_size) else {
        return Place {
            bit_offset: start,
            bit_size: type_size.map(|size| size.saturating_mul(8)),
            is_bit_field: false,
        };
    };
    let bit_offset = if let Some(offset) = die.unsigned(gimli::DW_AT_data_bit_offset) {
        start.saturating_add(offset)
    } else if let Some(from_top) = die
        .value(gimli::DW_AT_bit_offset)
        .and_then(|v| v.sdata_value().or_else(|| v.udata_value().map(|u| u as i64)))
    {
        // Counted from the most significant bit of the storage unit.
        let unit = die.unsigned(gimli::DW_AT_byte_size).or(type_size).unwrap_or(0).saturating_mul(8);
        let big = debug_units.files[debug_units.units[die.at.unit as usize].file as usize].is_big_endian();
        let inside = match big {
            true => from_top,
            false => (unit as i64).saturating_sub(from_top).saturating_sub(width as i64),
        };
        start.saturating_add_signed(inside)
    } else {
        start
    };
    // One that fills its type where that could stand by itself is as good as a plain member, and Clang calls it one.
    let fills = |size: u64| size.saturating_mul(8) == width && bit_offset.is_multiple_of(width.max(1));
    Place { bit_offset, bit_size: Some(width), is_bit_field: !type_size.is_some_and(fills) }
}

/// Alignments of classes that were worked out before; None where a part is not known.
pub(super) type Aligns = HashMap<DieRef, Option<u64>>;

/// Nesting of classes in classes after which debug info is taken for damaged.
const DEPTH: u32 = 48;

/// Alignment of a class in bytes, and whether its declaration demands it. None where no unit describes a part of it.
pub(super) fn align<'a>(
    table: &Table<'_, 'a>,
    die: &Die<'a>,
    children: &[Die<'a>],
    known: &mut Aligns,
) -> (Option<u64>, bool) {
    let derived = derived(table, die, children, known, DEPTH);
    match die.unsigned(gimli::DW_AT_alignment).filter(|align| align.is_power_of_two()) {
        // GCC repeats what a member with an alignment of its own demands of the class.
        Some(demanded) if derived.is_none_or(|derived| demanded > derived) => (Some(demanded), true),
        _ => (derived, false),
    }
}

/// What members and bases demand. Where they are not placed by it, the class is packed.
fn derived<'a>(
    table: &Table<'_, 'a>,
    die: &Die<'a>,
    children: &[Die<'a>],
    known: &mut Aligns,
    depth: u32,
) -> Option<u64> {
    let debug_units = table.debug_units;
    let encoding = debug_units.units[die.at.unit as usize].core.encoding();
    let mut align = 1u64;
    let mut places = die.unsigned(gimli::DW_AT_byte_size).unwrap_or(0);
    for child in children {
        let is_member = child.tag == gimli::DW_TAG_member
            && !child.has(gimli::DW_AT_external)
            && !child.has(gimli::DW_AT_declaration);
        if !is_member && child.tag != gimli::DW_TAG_inheritance {
            continue;
        }
        let natural = of_type(table, debug_units.reference(child, gimli::DW_AT_type)?, known, depth)?;
        let demanded = child.unsigned(gimli::DW_AT_alignment).unwrap_or(0);
        align = align.max(natural).max(demanded);
        // A base may stand where only the part of it without virtual bases is aligned.
        if is_member && !child.has(gimli::DW_AT_bit_size) {
            places |= child.constant_or_expression(gimli::DW_AT_data_member_location, encoding).unwrap_or(0)
                & (natural - 1);
        }
    }
    // The lowest bit of all of them is the largest power of two that divides them.
    Some(match places & (align - 1) {
        0 => align,
        rest => 1 << rest.trailing_zeros(),
    })
}

/// Alignment of any type inside a class.
fn of_type<'a>(table: &Table<'_, 'a>, type_: DieRef, known: &mut Aligns, depth: u32) -> Option<u64> {
    if let Some(align) = known.get(&type_) {
        return *align;
    }
    // A class that is part of itself is damaged.
    known.insert(type_, None);
    let debug_units = table.debug_units;
    let die = aligned_or_plain(table, type_)?;
    let demanded = die.unsigned(gimli::DW_AT_alignment).filter(|align| align.is_power_of_two());
    let align = demanded.or_else(|| match die.tag {
        // A vector is aligned as a whole.
        gimli::DW_TAG_array_type if die.flag(gimli::DW_AT_GNU_vector) => {
            size(table, die.at).filter(|size| size.is_power_of_two())
        }
        gimli::DW_TAG_array_type if depth > 0 => {
            of_type(table, debug_units.reference(&die, gimli::DW_AT_type)?, known, depth - 1)
        }
        gimli::DW_TAG_class_type | gimli::DW_TAG_structure_type | gimli::DW_TAG_union_type
            if depth > 0 && !die.flag(gimli::DW_AT_declaration) =>
        {
            let children = debug_units.children(&die);
            derived(table, &die, &children, known, depth - 1)
        }
        _ => scalar(table, &die),
    });
    known.insert(type_, align);
    align
}

/// The type behind typedefs and qualifiers, or a typedef that demands an alignment.
fn aligned_or_plain<'a>(table: &Table<'_, 'a>, type_: DieRef) -> Option<Die<'a>> {
    let debug_units = table.debug_units;
    let die = debug_units.die(type_)?;
    if die.has(gimli::DW_AT_alignment) { Some(die) } else { complete(table, type_) }
}

fn scalar<'a>(table: &Table<'_, 'a>, die: &Die<'a>) -> Option<u64> {
    let debug_units = table.debug_units;
    if die.tag == gimli::DW_TAG_ptr_to_member_type {
        // Of a function, it is a pair of words.
        return Some(debug_units.units[die.at.unit as usize].core.encoding().address_size.into());
    }
    let mut size = size(table, die.at)?;
    if let Some(AttributeValue::Encoding(gimli::DW_ATE_complex_float)) = die.value(gimli::DW_AT_encoding) {
        size /= 2;
    }
    // `long double` of i386 has 12 bytes, and 8-byte scalars are aligned to 4 in its structs.
    let largest = size.min(debug_units.largest_align).max(1);
    Some(1 << largest.ilog2())
}

/// The type behind typedefs and qualifiers, in whichever unit it is complete.
fn complete<'a>(table: &Table<'_, 'a>, type_: DieRef) -> Option<Die<'a>> {
    let die = value::strip(table.debug_units, type_)?;
    if !die.flag(gimli::DW_AT_declaration) {
        return Some(die);
    }
    let definition = table.id(die.at).and_then(|name| table.names.definitions(name).first().copied());
    let at = definition.map(|definition| DieRef { unit: definition.unit, offset: definition.offset });
    at.and_then(|at| table.debug_units.die(at)).or(Some(die))
}

/// Size of a type in bytes; None for an incomplete one.
pub(super) fn size<'a>(table: &Table<'_, 'a>, type_: DieRef) -> Option<u64> {
    size_within(table, type_, DEPTH)
}

fn size_within<'a>(table: &Table<'_, 'a>, type_: DieRef, depth: u32) -> Option<u64> {
    let debug_units = table.debug_units;
    let die = complete(table, type_)?;
    if let Some(size) = die.unsigned(gimli::DW_AT_byte_size) {
        return Some(size);
    }
    let address = u64::from(debug_units.units[die.at.unit as usize].core.encoding().address_size);
    match die.tag {
        gimli::DW_TAG_pointer_type | gimli::DW_TAG_reference_type | gimli::DW_TAG_rvalue_reference_type => {
            Some(address)
        }
        gimli::DW_TAG_ptr_to_member_type => {
            let target =
                debug_units.reference(&die, gimli::DW_AT_type).and_then(|at| value::strip(debug_units, at));
            let is_function = target.is_some_and(|t| t.tag == gimli::DW_TAG_subroutine_type);
            Some(if is_function { 2 * address } else { address })
        }
        gimli::DW_TAG_array_type if depth > 0 => {
            let element = size_within(table, debug_units.reference(&die, gimli::DW_AT_type)?, depth - 1)?;
            let counts = spell::bounds(debug_units, &die);
            counts.into_iter().try_fold(element, |size, count| size.checked_mul(count.unwrap_or(0)))
        }
        gimli::DW_TAG_unspecified_type => Some(address),
        _ => None,
    }
}

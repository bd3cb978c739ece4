//! Constant values to text, and sizes and alignments of types.

use gimli::AttributeValue;

use super::debug_units::{DebugUnits, DieRef, Slice};
use super::entry::Die;

/// Typedefs, qualifiers and arrays that are looked through before a type is taken for damaged.
const DEPTH: u32 = 64;

/// The type behind typedefs and qualifiers.
pub(super) fn strip<'a>(debug_units: &DebugUnits<'a>, type_: DieRef) -> Option<Die<'a>> {
    let mut die = debug_units.die(type_)?;
    for _ in 0..DEPTH {
        match die.tag {
            gimli::DW_TAG_typedef
            | gimli::DW_TAG_template_alias
            | gimli::DW_TAG_const_type
            | gimli::DW_TAG_volatile_type
            | gimli::DW_TAG_restrict_type
            | gimli::DW_TAG_atomic_type => {
                die = debug_units.die(debug_units.reference(&die, gimli::DW_AT_type)?)?;
            }
            _ => return definition_of(debug_units, die),
        }
    }
    None
}

/// A stub that names a type unit stands for the type in it.
fn definition_of<'a>(debug_units: &DebugUnits<'a>, die: Die<'a>) -> Option<Die<'a>> {
    match debug_units.reference(&die, gimli::DW_AT_signature) {
        Some(target) if target != die.at => debug_units.die(target),
        _ => Some(die),
    }
}

/// The text of `DW_AT_const_value`, read by the entry's type: numbers in decimal, `true`, strings in quotes.
pub(super) fn constant<'a>(debug_units: &DebugUnits<'a>, die: &Die<'a>) -> Option<String> {
    let raw = die.raw_value(gimli::DW_AT_const_value)?;
    let type_ = debug_units.reference(die, gimli::DW_AT_type).and_then(|at| strip(debug_units, at));
    let encoding = type_.as_ref().and_then(|type_| encoding(debug_units, type_));
    let size = type_.as_ref().and_then(|type_| type_.unsigned(gimli::DW_AT_byte_size)).unwrap_or(8);
    if let AttributeValue::Block(block) = raw {
        return Some(block_text(debug_units, die, block, encoding));
    }
    if raw.offset_value().is_none()
        && let Some(text) = debug_units.string(die.at.unit, raw)
    {
        return Some(format!("\"{}\"", String::from_utf8_lossy(text.slice()).escape_default()));
    }
    let bits = bits(&raw, size)?;
    Some(number(bits, size, encoding))
}

/// `DW_AT_encoding` of a base type, of an enumeration's underlying one.
fn encoding<'a>(debug_units: &DebugUnits<'a>, type_: &Die<'a>) -> Option<gimli::DwAte> {
    match type_.value(gimli::DW_AT_encoding) {
        Some(AttributeValue::Encoding(encoding)) => Some(encoding),
        _ if type_.tag == gimli::DW_TAG_enumeration_type => {
            let underlying =
                debug_units.reference(type_, gimli::DW_AT_type).and_then(|at| strip(debug_units, at));
            match underlying.map(|type_| type_.value(gimli::DW_AT_encoding)) {
                Some(Some(AttributeValue::Encoding(encoding))) => Some(encoding),
                Some(_) => None,
                // Before there were underlying types, the form of a negative value said that there is a sign.
                None => {
                    let is_negative = |child: &Die<'_>| matches!(child.raw_value(gimli::DW_AT_const_value), Some(AttributeValue::Sdata(v)) if v < 0);
                    let signed = debug_units.children(type_).iter().any(is_negative);
                    Some(if signed { gimli::DW_ATE_signed } else { gimli::DW_ATE_unsigned })
                }
            }
        }
        _ => None,
    }
}

/// The value's bits, sign-extended where the form has a sign.
fn bits(value: &AttributeValue<Slice<'_>>, size: u64) -> Option<u128> {
    Some(match *value {
        // A form of fixed size may hold a negative number of that size.
        AttributeValue::Data1(v) if size > 1 => u128::from(v),
        AttributeValue::Data1(v) => v as i8 as i128 as u128,
        AttributeValue::Data2(v) if size > 2 => u128::from(v),
        AttributeValue::Data2(v) => v as i16 as i128 as u128,
        AttributeValue::Data4(v) if size > 4 => u128::from(v),
        AttributeValue::Data4(v) => v as i32 as i128 as u128,
        AttributeValue::Data8(v) => v as i64 as i128 as u128,
        AttributeValue::Data16(v) => v,
        AttributeValue::Sdata(v) => i128::from(v) as u128,
        AttributeValue::Udata(v) => u128::from(v),
        AttributeValue::Flag(v) => u128::from(v),
        _ => return None,
    })
}

fn number(bits: u128, size: u64, encoding: Option<gimli::DwAte>) -> String {
    let width = (size.clamp(1, 16) * 8) as u32;
    let low = if width == 128 { bits } else { bits & ((1u128 << width) - 1) };
    let signed = ((low << (128 - width)) as i128) >> (128 - width);
    match encoding {
        Some(gimli::DW_ATE_boolean) => if low == 0 { "false" } else { "true" }.to_owned(),
        Some(gimli::DW_ATE_float) if size == 4 => float(f64::from(f32::from_bits(low as u32))),
        Some(gimli::DW_ATE_float) if size == 8 => float(f64::from_bits(low as u64)),
        Some(
            gimli::DW_ATE_unsigned | gimli::DW_ATE_unsigned_char | gimli::DW_ATE_UTF | gimli::DW_ATE_address,
        ) => low.to_string(),
        _ => signed.to_string(),
    }
}

fn float(value: f64) -> String {
    format!("{value:?}")
}

/// A block is an object's bytes in target order: a floating number, or something that only its bytes describe.
fn block_text<'a>(
    debug_units: &DebugUnits<'a>,
    die: &Die<'a>,
    block: Slice<'a>,
    encoding: Option<gimli::DwAte>,
) -> String {
    let bytes = block.slice();
    let is_little = !debug_units.files[debug_units.units[die.at.unit as usize].file as usize].is_big_endian();
    // Of the formats of long double only the bytes are told.
    let is_long_double = encoding == Some(gimli::DW_ATE_float) && bytes.len() > 8;
    if bytes.len() <= 16 && encoding.is_some() && !is_long_double {
        let fold = |value: u128, byte: &u8| value << 8 | u128::from(*byte);
        let value = if is_little { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) };
        return number(value, bytes.len() as u64, encoding);
    }
    let mut text = format!("0x{}", crate::hex::hex(bytes.get(..64).unwrap_or(bytes)));
    if bytes.len() > 64 {
        text.push('…');
    }
    text
}

/// An enumerator's value.
pub(super) fn enumerator<'a>(die: &Die<'a>, is_signed: bool, size: u64) -> Option<i128> {
    let bits = bits(&die.raw_value(gimli::DW_AT_const_value)?, size)?;
    let width = (size.clamp(1, 16) * 8) as u32;
    let low = if width == 128 { bits } else { bits & ((1u128 << width) - 1) };
    Some(if is_signed { ((low << (128 - width)) as i128) >> (128 - width) } else { low as i128 })
}

/// Whether an enumeration's values have a sign, by its underlying type; without one by what the compilers do.
pub(super) fn is_signed<'a>(debug_units: &DebugUnits<'a>, enumeration: &Die<'a>) -> Option<bool> {
    let encoding = encoding(debug_units, enumeration)?;
    Some(matches!(encoding, gimli::DW_ATE_signed | gimli::DW_ATE_signed_char))
}

//! Type information (Itanium C++ ABI, section 2.9.4): decoding the objects behind `_ZTI` symbols.

use super::super::elf::relocations::Pointer;
use super::rtti::{Context, Table};
use crate::abi::{Base, Typeinfo, TypeinfoKind};

/// More direct bases than any class has; a larger count is damage.
const MOST_BASES: u32 = 4096;

const VIRTUAL_MASK: i64 = 1;
const PUBLIC_MASK: i64 = 2;
const OFFSET_SHIFT: u32 = 8;

/// Decodes one typeinfo object; none when its class is not one of the ABI's or a part lies outside the file.
pub(in crate::binary) fn decode(context: &Context<'_, '_>, table: &Table<'_>) -> Option<Typeinfo> {
    let word = context.image.word_size();
    let kind = kind(context, table.address)?;
    let mut flags = 0;
    let mut bases = Vec::new();
    match kind {
        TypeinfoKind::SingleInheritance => bases.push(base(context, table.address + 2 * word, 0, true)?),
        TypeinfoKind::MultipleInheritance => {
            flags = context.image.u32_at(table.address + 2 * word)?;
            let count = context.image.u32_at(table.address + 2 * word + 4)?;
            if count > MOST_BASES {
                return None;
            }
            // Each record is a pointer and a long.
            for i in 0..u64::from(count) {
                let at = table.address + 2 * word + 8 + i * 2 * word;
                let offset_flags = context.image.signed_word_at(at + word)?;
                bases.push(base(context, at, offset_flags, false)?);
            }
        }
        TypeinfoKind::Pointer | TypeinfoKind::PointerToMember => {
            flags = context.image.u32_at(table.address + 2 * word)?;
            bases.push(base(context, table.address + 3 * word, 0, true)?);
        }
        _ => {}
    }
    let stored = type_name(context, table.address);
    let name = String::from_utf8_lossy(table.name);
    let type_name = stored.filter(|stored| **stored != name[4..]).map(Into::into);
    Some(Typeinfo { name: name.into(), kind, type_name, flags, bases })
}

/// The `__cxxabiv1` class of a typeinfo object, named by the vtable that its first word points into.
fn kind(context: &Context<'_, '_>, address: u64) -> Option<TypeinfoKind> {
    let vtable = match context.pointer_at(address)? {
        Pointer::Symbol(index, _) => context.symbol(index)?.1,
        // The C++ library's own typeinfo points into its own vtables, two words past their start.
        Pointer::Address(target) => {
            let start = target.checked_sub(2 * context.image.word_size())?;
            context.vtable_starting_at(start)?
        }
    };
    let class = vtable.strip_prefix(b"_ZTVN10__cxxabiv1")?;
    Some(match class {
        b"17__class_type_infoE" => TypeinfoKind::Class,
        b"20__si_class_type_infoE" => TypeinfoKind::SingleInheritance,
        b"21__vmi_class_type_infoE" => TypeinfoKind::MultipleInheritance,
        b"23__fundamental_type_infoE" => TypeinfoKind::Fundamental,
        b"17__array_type_infoE" => TypeinfoKind::Array,
        b"20__function_type_infoE" => TypeinfoKind::Function,
        b"16__enum_type_infoE" => TypeinfoKind::Enum,
        b"19__pointer_type_infoE" => TypeinfoKind::Pointer,
        b"29__pointer_to_member_type_infoE" => TypeinfoKind::PointerToMember,
        _ => return None,
    })
}

fn base(context: &Context<'_, '_>, at: u64, offset_flags: i64, plain: bool) -> Option<Base> {
    let name = context.typeinfo_name(context.pointer_at(at)?)?;
    Some(Base {
        base: name[4..].into(),
        offset: offset_flags >> OFFSET_SHIFT,
        is_virtual: offset_flags & VIRTUAL_MASK != 0,
        is_private: !plain && offset_flags & PUBLIC_MASK == 0,
    })
}

/// The mangled type name that a typeinfo object points at with its second word.
pub(in crate::binary) fn type_name(context: &Context<'_, '_>, address: u64) -> Option<String> {
    let at = address.checked_add(context.image.word_size())?;
    let text = match context.pointer_at(at)? {
        Pointer::Address(name) => context.image.string_at(name)?,
        Pointer::Symbol(index, 0) => match context.symbol(index)? {
            (symbol, _) if symbol.is_placed() => context.image.string_at(symbol.value)?,
            (_, name) => name.strip_prefix(b"_ZTS")?,
        },
        Pointer::Symbol(..) => return None,
    };
    // GCC marks names that are unique to one object file with an asterisk.
    let text = text.strip_prefix(b"*").unwrap_or(text);
    let plausible = !text.is_empty() && text.len() < 1 << 16 && text.iter().all(u8::is_ascii_graphic);
    plausible.then(|| String::from_utf8_lossy(text).into_owned())
}

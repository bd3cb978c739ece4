//! Types for programs: one JSON array, described by `types.schema.json`.
//!
//! Unlike a dump, which leaves out what is usual, every key is there.

use std::io::{self, Write};

use foldhash::HashMap;
use serde::Serialize;

use crate::abi::{Access, Location, Passing, Role, Type, TypeKind};
use crate::layout::{Item, Layout, Layouts, Row};

/// Writes types, each with the library that it is of.
///
/// # Errors
/// Writing failed.
pub fn write(types: &[(&Layouts<'_>, &str, &Type)], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "[")?;
    for (number, (layouts, library, type_)) in types.iter().enumerate() {
        serde_json::to_writer(&mut *out, &TypeOut::new(type_, layouts, library))?;
        writeln!(out, "{}", if number + 1 < types.len() { "," } else { "" })?;
    }
    writeln!(out, "]")
}

#[derive(Serialize)]
struct TypeOut<'a> {
    name: &'a str,
    library: &'a str,
    variant: u32,
    kind: TypeKind,
    size: Option<u64>,
    align: Option<u64>,
    aligned: bool,
    passing: Option<Passing>,
    #[serde(rename = "final")]
    is_final: bool,
    target: Option<&'a str>,
    scoped: bool,
    template: Vec<ArgumentOut<'a>>,
    bases: Vec<BaseOut<'a>>,
    vptr: Option<u64>,
    members: Vec<MemberOut<'a>>,
    holes: Option<Vec<HoleOut>>,
    padding: Option<u64>,
    statics: Vec<StaticOut<'a>>,
    virtuals: Vec<VirtualOut<'a>>,
    enumerators: Vec<EnumeratorOut<'a>>,
    location: Option<&'a Location>,
    reached: &'a [Role],
}

#[derive(Serialize)]
struct ArgumentOut<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    type_: Option<&'a str>,
    value: Option<&'a str>,
}

#[derive(Serialize)]
struct BaseOut<'a> {
    name: &'a str,
    bit_offset: Option<u64>,
    #[serde(rename = "virtual")]
    is_virtual: bool,
    access: Access,
}

#[derive(Serialize)]
struct MemberOut<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    type_: &'a str,
    bit_offset: u64,
    bit_size: Option<u64>,
    bit_field: bool,
    access: Access,
    mutable: bool,
}

#[derive(Serialize)]
struct HoleOut {
    bit_offset: u64,
    bit_size: u64,
}

#[derive(Serialize)]
struct StaticOut<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    type_: &'a str,
    value: Option<&'a str>,
    access: Access,
}

#[derive(Serialize)]
struct VirtualOut<'a> {
    slot: Option<u64>,
    name: &'a str,
    symbol: Option<&'a str>,
    pure: Option<bool>,
    access: Access,
}

#[derive(Serialize)]
struct EnumeratorOut<'a> {
    name: &'a str,
    value: i128,
}

impl<'a> TypeOut<'a> {
    fn new(type_: &'a Type, layouts: &Layouts<'a>, library: &'a str) -> TypeOut<'a> {
        let layout = layouts.of(type_);
        let has_layout = type_.kind.is_class() && !type_.is_incomplete() && layout.is_complete();
        let holes =
            layout.holes().map(|(bit_offset, bit_size)| HoleOut { bit_offset, bit_size }).collect::<Vec<_>>();
        TypeOut {
            name: &type_.name,
            library,
            variant: type_.variant,
            kind: type_.kind,
            size: type_.size,
            align: type_.align,
            aligned: type_.aligned,
            passing: type_.passing,
            is_final: type_.is_final,
            target: type_.target.as_deref(),
            scoped: type_.scoped,
            template: arguments(type_),
            bases: bases(type_, &layout),
            vptr: type_.vptr,
            members: members(type_, layouts),
            holes: has_layout.then_some(holes),
            padding: has_layout.then(|| layout.padding()),
            statics: statics(type_),
            virtuals: virtuals(type_, layouts),
            enumerators: type_
                .enumerators
                .iter()
                .map(|e| EnumeratorOut { name: &e.name, value: e.value })
                .collect(),
            location: type_.location.as_ref(),
            reached: &type_.reached,
        }
    }
}

/// The place of a virtual base is that in an object of this very class.
fn bases<'a>(type_: &'a Type, layout: &Layout<'a>) -> Vec<BaseOut<'a>> {
    let placed = |row: &Row<'a>| match row.item {
        Item::VirtualBase(base) => Some((&*base.name, row.start?)),
        _ => None,
    };
    let places: HashMap<&str, u64> = layout.rows.iter().filter_map(placed).collect();
    let out = type_.bases.iter().map(|base| BaseOut {
        name: &base.name,
        bit_offset: if base.is_virtual { places.get(&*base.name).copied() } else { base.bit_offset },
        is_virtual: base.is_virtual,
        access: base.access,
    });
    out.collect()
}

fn arguments(type_: &Type) -> Vec<ArgumentOut<'_>> {
    type_
        .template
        .iter()
        .map(|a| ArgumentOut { name: &a.name, type_: a.type_.as_deref(), value: a.value.as_deref() })
        .collect()
}

fn members<'a>(type_: &'a Type, layouts: &Layouts<'a>) -> Vec<MemberOut<'a>> {
    let out = type_.members.iter().map(|field| MemberOut {
        name: &field.name,
        type_: &field.type_,
        bit_offset: field.bit_offset,
        bit_size: layouts.field_size(field, type_.variant),
        bit_field: field.bit_field,
        access: field.access,
        mutable: field.mutable,
    });
    out.collect()
}

fn statics(type_: &Type) -> Vec<StaticOut<'_>> {
    let out = type_.statics.iter().map(|member| StaticOut {
        name: &member.name,
        type_: &member.type_,
        value: member.value.as_deref(),
        access: member.access,
    });
    out.collect()
}

fn virtuals<'a>(type_: &'a Type, layouts: &Layouts<'a>) -> Vec<VirtualOut<'a>> {
    let out = layouts.virtuals(type_).into_iter().map(|row| VirtualOut {
        slot: row.slot,
        name: &row.function.name,
        symbol: row.symbol,
        pure: row.is_pure,
        access: row.function.access,
    });
    out.collect()
}

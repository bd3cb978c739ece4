//! Classes, unions, enumerations and typedefs to facts.

use gimli::{AttributeValue, DwTag};

use super::debug_units::DebugUnits;
use super::debug_units::{DieRef, Language};
use super::entry::Die;
use super::facts::{Edge, Reader, Type, location};
use super::layout;
use super::passing;
use super::special;
use super::unit_scanner::is_template_parameter;
use super::value;
use crate::abi::{
    Access, BaseClass, Enumerator, Field, Passing, StaticMember, TemplateArgument, TypeKind, VirtualFunction,
};

/// The keyword of a type.
pub(super) fn keyword(tag: DwTag) -> &'static str {
    kind(tag).keyword()
}

fn kind(tag: DwTag) -> TypeKind {
    match tag {
        gimli::DW_TAG_structure_type => TypeKind::Struct,
        gimli::DW_TAG_union_type => TypeKind::Union,
        gimli::DW_TAG_enumeration_type => TypeKind::Enum,
        gimli::DW_TAG_typedef | gimli::DW_TAG_template_alias => TypeKind::Typedef,
        _ => TypeKind::Class,
    }
}

/// Access that an entry states, or the usual one of where it stands.
pub(super) fn access(die: &Die<'_>, in_class: bool) -> Access {
    match die.value(gimli::DW_AT_accessibility) {
        Some(AttributeValue::Accessibility(gimli::DW_ACCESS_public)) => Access::Public,
        Some(AttributeValue::Accessibility(gimli::DW_ACCESS_protected)) => Access::Protected,
        Some(AttributeValue::Accessibility(gimli::DW_ACCESS_private)) => Access::Private,
        _ if in_class => Access::Private,
        _ => Access::Public,
    }
}

/// Producers that mean other things by saying nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Older {
    No,
    /// GCC in DWARF 2: members are public everywhere, bases private.
    Gnu2,
}

impl Older {
    pub(super) fn of(debug_units: &DebugUnits<'_>, unit: u32) -> Older {
        let unit = &debug_units.units[unit as usize];
        let is_old = unit.core.header.version() == 2 && unit.producer.starts_with("GNU ");
        if is_old { Older::Gnu2 } else { Older::No }
    }
}

/// Linkage name, under either of its attributes.
pub(super) fn linkage_name<'a>(debug_units: &DebugUnits<'a>, die: &Die<'a>) -> Option<String> {
    let name = debug_units.text(die, gimli::DW_AT_linkage_name);
    name.or_else(|| debug_units.text(die, gimli::DW_AT_MIPS_linkage_name))
}

impl<'r, 'a> Reader<'r, 'a> {
    /// The facts of a type under its name; what it mentions is left in [`Reader::edges`].
    pub(super) fn type_facts(&mut self, name: &str, at: DieRef) -> Option<Type> {
        let die = self.debug_units().die(at)?;
        let mut type_ = Type {
            name: name.into(),
            kind: kind(die.tag),
            location: location(self.debug_units(), &die),
            c: self
                .debug_units()
                .units
                .get(at.unit as usize)
                .is_some_and(|unit| unit.language == Language::C),
            ..Type::default()
        };
        match type_.kind {
            TypeKind::Typedef => {
                type_.target = Some(self.type_text(&die, Edge::Same).into());
            }
            _ if die.flag(gimli::DW_AT_declaration) => {}
            TypeKind::Enum => self.enumeration(&die, &mut type_),
            _ => self.class(&die, &mut type_),
        }
        Some(type_)
    }

    fn enumeration(&mut self, die: &Die<'a>, type_: &mut Type) {
        let size = die.unsigned(gimli::DW_AT_byte_size);
        type_.size = size;
        type_.align = size;
        type_.scoped = die.flag(gimli::DW_AT_enum_class);
        if die.has(gimli::DW_AT_type) {
            type_.target = Some(self.type_text(die, Edge::Name).into());
        }
        let signed = value::is_signed(self.debug_units(), die);
        for child in self.debug_units().children(die) {
            if child.tag != gimli::DW_TAG_enumerator {
                continue;
            }
            // Without an underlying type, the form says whether there is a sign.
            let has_sign =
                matches!(child.raw_value(gimli::DW_AT_const_value), Some(AttributeValue::Sdata(_)));
            let value = value::enumerator(&child, signed.unwrap_or(has_sign), size.unwrap_or(8));
            let name = self.debug_units().text(&child, gimli::DW_AT_name).unwrap_or_default().into();
            type_.enumerators.push(Enumerator { name, value: value.unwrap_or_default() });
        }
    }

    fn class(&mut self, die: &Die<'a>, type_: &mut Type) {
        type_.size = die.unsigned(gimli::DW_AT_byte_size);
        type_.passing = match die.value(gimli::DW_AT_calling_convention) {
            Some(AttributeValue::CallingConvention(gimli::DW_CC_pass_by_value)) => Some(Passing::Value),
            Some(AttributeValue::CallingConvention(gimli::DW_CC_pass_by_reference)) => {
                Some(Passing::Reference)
            }
            _ => passing::derive(self.table, die, &mut self.specials),
        };
        let in_class = die.tag == gimli::DW_TAG_class_type;
        let older = Older::of(self.debug_units(), die.at.unit);
        let bases_are_private = in_class || older == Older::Gnu2;
        let in_class = in_class && older != Older::Gnu2;
        let children = self.debug_units().children(die);
        if !type_.c {
            let declared = special::of(self.debug_units(), die, in_class, &children);
            (type_.special, type_.closed) = (declared.special, declared.closed);
        }
        for child in &children {
            match child.tag {
                gimli::DW_TAG_inheritance => {
                    let base = self.base(child, bases_are_private);
                    type_.bases.push(base);
                }
                gimli::DW_TAG_member
                    if child.has(gimli::DW_AT_external) || child.has(gimli::DW_AT_declaration) =>
                {
                    type_.statics.extend(self.static_member(child, in_class));
                }
                gimli::DW_TAG_variable => {
                    type_.statics.extend(self.static_member(child, in_class));
                }
                gimli::DW_TAG_member => self.member(child, in_class, type_),
                gimli::DW_TAG_subprogram => type_.virtuals.extend(self.virtual_function(child, in_class)),
                tag if is_template_parameter(tag) => self.template_argument(child, &mut type_.template),
                _ => {}
            }
        }
        type_.statics.sort_by(|a, b| a.name.cmp(&b.name));
        type_.statics.dedup_by(|a, b| a.name == b.name);
        type_.virtuals.sort_by_key(|function| function.slot);
        let (align, declared) = layout::align(self.table, die, &children, &mut self.aligns);
        type_.align = align;
        type_.aligned = declared;
    }

    fn base(&mut self, die: &Die<'a>, in_class: bool) -> BaseClass {
        let is_virtual = matches!(
            die.value(gimli::DW_AT_virtuality),
            Some(AttributeValue::Virtuality(gimli::DW_VIRTUALITY_virtual))
        );
        let encoding = self.encoding(die.at.unit);
        let offset = die.constant_or_expression(gimli::DW_AT_data_member_location, encoding);
        BaseClass {
            name: self.class_text(die, Edge::Base).into(),
            bit_offset: if is_virtual { None } else { Some(offset.unwrap_or(0).saturating_mul(8)) },
            is_virtual,
            access: access(die, in_class),
        }
    }

    fn member(&mut self, die: &Die<'a>, in_class: bool, type_: &mut Type) {
        let name = self.debug_units().text(die, gimli::DW_AT_name).unwrap_or_default();
        let encoding = self.encoding(die.at.unit);
        let place = layout::member(self.table, die, encoding);
        if die.flag(gimli::DW_AT_artificial) && name.starts_with("_vptr") {
            type_.vptr = Some(place.bit_offset);
            return;
        }
        type_.members.push(Field {
            name: name.into(),
            type_: self.type_text(die, Edge::Member).into(),
            bit_offset: place.bit_offset,
            bit_size: place.bit_size,
            bit_field: place.is_bit_field,
            access: access(die, in_class),
            mutable: die.flag(gimli::DW_AT_mutable),
        });
    }

    /// Adds the static members that only other units describe.
    pub(super) fn add_static_members(&mut self, type_: &mut Type, members: impl Iterator<Item = DieRef>) {
        let in_class = type_.kind == TypeKind::Class;
        let debug_units = self.debug_units();
        for die in members.filter_map(|at| debug_units.die(at)) {
            type_.statics.extend(self.static_member(&die, in_class));
        }
        type_.statics.sort_by(|a, b| a.name.cmp(&b.name));
        type_.statics.dedup_by(|a, b| a.name == b.name);
    }

    /// A static member with a value, which programs have compiled in. Others are variables behind symbols, and GCC
    /// describes them only in units that use them.
    pub(super) fn static_member(&mut self, die: &Die<'a>, in_class: bool) -> Option<StaticMember> {
        let value = value::constant(self.debug_units(), die)?;
        // GCC leaves out the access of inline members, `constexpr` among them, which DWARF before version 4 cannot tell apart.
        let version = self.debug_units().units[die.at.unit as usize].core.header.version();
        let may_be_inline = die.has(gimli::DW_AT_inline) || die.has(gimli::DW_AT_const_expr) || version < 4;
        Some(StaticMember {
            name: self.debug_units().text(die, gimli::DW_AT_name).unwrap_or_default().into(),
            type_: self.type_text(die, Edge::Name).into(),
            value: Some(value.into()),
            access: access(die, in_class && !may_be_inline),
        })
    }

    /// A virtual function that somebody wrote: which implicit ones get an entry depends on the producer.
    fn virtual_function(&mut self, die: &Die<'a>, in_class: bool) -> Option<VirtualFunction> {
        // GCC calls pure functions plain virtual; the virtual table itself knows better.
        let is_virtual = matches!(
            die.value(gimli::DW_AT_virtuality)?,
            AttributeValue::Virtuality(gimli::DW_VIRTUALITY_virtual | gimli::DW_VIRTUALITY_pure_virtual)
        );
        if !is_virtual || die.flag(gimli::DW_AT_artificial) {
            return None;
        }
        let name = self.debug_units().text(die, gimli::DW_AT_name)?;
        let encoding = self.encoding(die.at.unit);
        // GCC gives destructors no slot and the name of no symbol, Clang gives them no name.
        let is_destructor = name.starts_with('~');
        let symbol = linkage_name(self.debug_units(), die).filter(|_| !is_destructor);
        let slot = die.constant_or_expression(gimli::DW_AT_vtable_elem_location, encoding);
        let returns = self.virtual_signature(die, is_destructor);
        Some(VirtualFunction {
            returns,
            slot: slot.filter(|_| !is_destructor),
            symbol: symbol.map(Into::into),
            name: name.into(),
            access: access(die, in_class),
        })
    }

    /// The result of a virtual function. Programs call it, and implement it, whether or not a symbol leads to it: what it
    /// takes and gives is used.
    fn virtual_signature(&mut self, die: &Die<'a>, is_destructor: bool) -> Option<Box<str>> {
        if is_destructor {
            return None;
        }
        for parameter in self.debug_units().children(die) {
            if parameter.tag == gimli::DW_TAG_formal_parameter && !parameter.flag(gimli::DW_AT_artificial) {
                self.type_text(&parameter, Edge::Value);
            }
        }
        die.has(gimli::DW_AT_type).then(|| self.type_text(die, Edge::Value).into())
    }

    fn template_argument(&mut self, die: &Die<'a>, list: &mut Vec<TemplateArgument>) {
        // Only Clang describes parameters without a name; the name of the type has all arguments anyway.
        let Some(name) = self.debug_units().text(die, gimli::DW_AT_name) else { return };
        let name: Box<str> = name.into();
        match die.tag {
            gimli::DW_TAG_GNU_template_parameter_pack => {}
            gimli::DW_TAG_GNU_template_template_param => {
                let value = self.debug_units().text(die, gimli::DW_AT_GNU_template_name);
                let value = value.map(|text| crate::spelling::canonical(&text).into_owned().into());
                list.push(TemplateArgument { name, type_: None, value });
            }
            gimli::DW_TAG_template_value_parameter => {
                let type_ = Some(self.type_text(die, Edge::Name).into());
                let value = value::constant(self.debug_units(), die).map(Into::into);
                list.push(TemplateArgument { name, type_, value });
            }
            _ => list.push(TemplateArgument {
                name,
                type_: Some(self.type_text(die, Edge::Name).into()),
                value: None,
            }),
        }
    }
}

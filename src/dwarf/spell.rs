//! Type entries to text: what a member's or parameter's type is called.

use std::sync::Arc;

use foldhash::HashMap;
use gimli::{AttributeValue, DwTag};

use super::debug_units::{DebugUnits, DieRef};
use super::entry::Die;
use super::names::NameId;
use super::value;
use crate::abi::{BaseType, Encoding};
use crate::spelling::{self, Spelled};

/// Gives the qualified canonical name of an entry that has one: class, union, enum, typedef.
pub(super) trait Namer {
    fn id(&mut self, die: DieRef) -> Option<NameId>;
    fn text(&mut self, name: NameId) -> Arc<str>;
    /// Whether the name of a typedef does not say which type it is. While units are named that is not known yet.
    fn is_ambiguous(&mut self, name: NameId) -> bool;
    /// Takes note of a type of the language, once for each entry.
    fn base_type(&mut self, _: BaseType) {}
}

/// How a type mentions another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mention {
    /// It is the type itself, or an array of it.
    Itself,
    /// It stands behind a pointer or reference, or is part of a function type.
    Behind,
}

/// Nesting of pointers, arrays and the like after which debug info is taken for damaged.
const DEPTH: u32 = 64;

/// What a missing type means in C++.
const VOID: &str = "void";

/// What is written for a type that debug info refers to and that is not to be found: in a file that is missing, or in
/// damaged debug info. No type of the language is spelled like that.
pub(super) const UNREADABLE: &str = "(damaged)";

/// Spells types, and remembers which named ones they mention.
pub(super) struct Speller<'f, 'a, N> {
    pub debug_units: &'f DebugUnits<'a>,
    pub namer: N,
    /// Named types met since the list was emptied last.
    pub mentions: Vec<(NameId, DieRef, Mention)>,
    /// Names of types of the language by their entries: nothing is spelled more often.
    builtins: HashMap<DieRef, Box<str>>,
}

/// Whether an entry is a scope that is no class or function: a namespace, or a module of Fortran.
pub(super) fn is_namespace(tag: DwTag) -> bool {
    matches!(tag, gimli::DW_TAG_namespace | gimli::DW_TAG_module)
}

pub(super) fn is_named_type(tag: DwTag) -> bool {
    matches!(
        tag,
        gimli::DW_TAG_class_type
            | gimli::DW_TAG_structure_type
            | gimli::DW_TAG_union_type
            | gimli::DW_TAG_enumeration_type
            | gimli::DW_TAG_typedef
            | gimli::DW_TAG_template_alias
    )
}

impl<'f, 'a, N: Namer> Speller<'f, 'a, N> {
    pub(super) fn new(debug_units: &'f DebugUnits<'a>, namer: N) -> Speller<'f, 'a, N> {
        Speller { debug_units, namer, mentions: Vec::new(), builtins: HashMap::default() }
    }

    /// The type that `DW_AT_type` of an entry says.
    pub(super) fn type_of(&mut self, die: &Die<'a>) -> String {
        self.referred(die, gimli::DW_AT_type, Mention::Itself, DEPTH).finish()
    }

    /// The type that an attribute refers to: `void` without the attribute, and not without what it refers to.
    fn referred(&mut self, die: &Die<'a>, attribute: gimli::DwAt, how: Mention, depth: u32) -> Spelled {
        match self.debug_units.reference(die, attribute) {
            None if die.value(attribute).is_some() => Spelled::name(UNREADABLE),
            type_ => self.spelled(type_, how, depth),
        }
    }

    /// A type; none is `void`.
    pub(super) fn spell(&mut self, type_: Option<DieRef>) -> String {
        self.spelled(type_, Mention::Itself, DEPTH).finish()
    }

    fn spelled(&mut self, type_: Option<DieRef>, how: Mention, depth: u32) -> Spelled {
        let Some(at) = type_ else { return Spelled::name(VOID) };
        if let Some(known) = self.builtins.get(&at) {
            return Spelled::name(&**known);
        }
        let die = self.debug_units.die(at).filter(|_| depth > 0);
        let Some(die) = die else { return Spelled::name(UNREADABLE) };
        let inner = |speller: &mut Self, how| speller.referred(&die, gimli::DW_AT_type, how, depth - 1);
        match die.tag {
            gimli::DW_TAG_pointer_type => inner(self, Mention::Behind).pointed("*"),
            gimli::DW_TAG_reference_type => inner(self, Mention::Behind).pointed("&"),
            gimli::DW_TAG_rvalue_reference_type => inner(self, Mention::Behind).pointed("&&"),
            gimli::DW_TAG_const_type => inner(self, how).qualified("const"),
            gimli::DW_TAG_volatile_type => inner(self, how).qualified("volatile"),
            gimli::DW_TAG_restrict_type => inner(self, how).qualified("restrict"),
            gimli::DW_TAG_atomic_type => inner(self, how).qualified("_Atomic"),
            gimli::DW_TAG_array_type => self.array(&die, how, depth),
            gimli::DW_TAG_subroutine_type => self.function(&die, depth),
            gimli::DW_TAG_ptr_to_member_type => self.member_pointer(&die, depth),
            tag if is_named_type(tag) => {
                // A stand-in for what a type unit describes.
                let described = self.debug_units.reference(&die, gimli::DW_AT_signature).unwrap_or(at);
                let Some(name) = self.namer.id(at) else { return Spelled::name(UNREADABLE) };
                let text = self.namer.text(name);
                // Only Clang names instances of alias templates by their arguments: both are taken for what they stand for.
                if tag == gimli::DW_TAG_typedef && (text.ends_with('>') || self.namer.is_ambiguous(name)) {
                    return inner(self, how);
                }
                self.mentions.push((name, described, how));
                Spelled::name(&*text)
            }
            _ => {
                let name = self.builtin(&die);
                self.builtins.insert(at, name.as_str().into());
                if die.tag == gimli::DW_TAG_base_type {
                    self.namer.base_type(base_type(&die, &name));
                }
                Spelled::name(name)
            }
        }
    }

    /// Base types and `nullptr_t`.
    fn builtin(&self, die: &Die<'a>) -> String {
        if die.value(gimli::DW_AT_encoding) == Some(AttributeValue::Encoding(gimli::DW_ATE_complex_float)) {
            // Clang names all of them alike.
            let part = match die.unsigned(gimli::DW_AT_byte_size) {
                Some(8) => "float",
                Some(16) => "double",
                _ => "long double",
            };
            return format!("{part} _Complex");
        }
        match self.debug_units.text(die, gimli::DW_AT_name) {
            Some(name) => spelling::canonical(&name).into_owned(),
            None => "(unnamed)".to_owned(),
        }
    }

    fn array(&mut self, die: &Die<'a>, how: Mention, depth: u32) -> Spelled {
        let element = self.referred(die, gimli::DW_AT_type, how, depth - 1);
        let bounds = bounds(self.debug_units, die);
        if die.flag(gimli::DW_AT_GNU_vector) {
            let count = bounds.first().copied().flatten().map_or(String::new(), |n| n.to_string());
            return Spelled::name(format!("{} __vector({count})", element.finish()));
        }
        // The last dimension is next to the element.
        bounds.iter().rev().fold(element, |spelled, bound| {
            spelled.array(&bound.map_or(String::new(), |count| count.to_string()))
        })
    }

    fn function(&mut self, die: &Die<'a>, depth: u32) -> Spelled {
        let result = self.referred(die, gimli::DW_AT_type, Mention::Behind, depth - 1);
        let mut parameters = Vec::new();
        let mut suffix = String::new();
        for child in self.debug_units.children(die) {
            match child.tag {
                gimli::DW_TAG_formal_parameter => {
                    if child.flag(gimli::DW_AT_artificial) {
                        let type_ = self.debug_units.reference(&child, gimli::DW_AT_type);
                        suffix = self.object_qualifiers(type_);
                        continue;
                    }
                    let text = self.referred(&child, gimli::DW_AT_type, Mention::Behind, depth - 1);
                    parameters.push(text.finish());
                }
                gimli::DW_TAG_unspecified_parameters => parameters.push("...".to_owned()),
                _ => {}
            }
        }
        result.function(&parameters.join(", "), &suffix)
    }

    /// Qualifiers of a member function type, read off the type of `this`.
    fn object_qualifiers(&self, this: Option<DieRef>) -> String {
        let pointer = this.and_then(|at| self.debug_units.die(at));
        let mut target = pointer.and_then(|die| self.debug_units.reference(&die, gimli::DW_AT_type));
        let mut suffix = String::new();
        // `const volatile` at most.
        for _ in 0..2 {
            let Some(die) = target.and_then(|at| self.debug_units.die(at)) else { break };
            match die.tag {
                gimli::DW_TAG_const_type => suffix.push_str(" const"),
                gimli::DW_TAG_volatile_type => suffix.push_str(" volatile"),
                _ => break,
            }
            target = self.debug_units.reference(&die, gimli::DW_AT_type);
        }
        suffix
    }

    fn member_pointer(&mut self, die: &Die<'a>, depth: u32) -> Spelled {
        let class = self.referred(die, gimli::DW_AT_containing_type, Mention::Behind, depth - 1).finish();
        self.referred(die, gimli::DW_AT_type, Mention::Behind, depth - 1).pointed(&format!("{class}::*"))
    }

    /// Template arguments in canonical spelling. `written` are those that the entry's own name spells out, for values
    /// that debug info leaves out.
    pub(super) fn template_arguments(&mut self, children: &[Die<'a>], written: &[&str]) -> Vec<String> {
        let mut arguments = Vec::new();
        for child in children {
            match child.tag {
                gimli::DW_TAG_template_type_parameter => {
                    let type_ = self.type_of(child);
                    let written = written.get(arguments.len()).filter(|_| type_.contains(UNREADABLE));
                    arguments.push(written.map_or(type_, |text| (*text).to_owned()));
                }
                gimli::DW_TAG_template_value_parameter => {
                    let as_written = written.get(arguments.len()).map(|text| (*text).to_owned());
                    let value = self.template_value(child);
                    arguments.push(value.or(as_written).unwrap_or_else(|| "?".to_owned()));
                }
                gimli::DW_TAG_GNU_template_template_param => {
                    let name =
                        self.debug_units.text(child, gimli::DW_AT_GNU_template_name).unwrap_or_default();
                    arguments.push(spelling::canonical(&name).into_owned());
                }
                gimli::DW_TAG_GNU_template_parameter_pack => {
                    let inner = self.debug_units.children(child);
                    let rest = written.get(arguments.len()..).unwrap_or(&[]);
                    let pack = self.template_arguments(&inner, rest);
                    arguments.extend(pack);
                }
                _ => {}
            }
        }
        arguments
    }

    /// A value with its type where the number alone would be ambiguous: `(E)1`.
    pub(super) fn template_value(&mut self, die: &Die<'a>) -> Option<String> {
        let type_ = self.debug_units.reference(die, gimli::DW_AT_type)?;
        let text = value::constant(self.debug_units, die)?;
        let underlying = value::strip(self.debug_units, type_)?;
        if underlying.tag != gimli::DW_TAG_enumeration_type {
            return Some(text);
        }
        let name = self.namer.id(underlying.at)?;
        Some(format!("({}){text}", self.namer.text(name)))
    }
}

/// What an entry says of a type of the language.
fn base_type(die: &Die<'_>, name: &str) -> BaseType {
    let encoding = match die.value(gimli::DW_AT_encoding) {
        Some(AttributeValue::Encoding(encoding)) => match encoding {
            gimli::DW_ATE_boolean => Encoding::Boolean,
            gimli::DW_ATE_complex_float => Encoding::ComplexFloat,
            gimli::DW_ATE_decimal_float => Encoding::DecimalFloat,
            gimli::DW_ATE_float => Encoding::Float,
            gimli::DW_ATE_signed => Encoding::Signed,
            gimli::DW_ATE_signed_char => Encoding::SignedChar,
            gimli::DW_ATE_unsigned => Encoding::Unsigned,
            gimli::DW_ATE_unsigned_char => Encoding::UnsignedChar,
            gimli::DW_ATE_UTF => Encoding::Utf,
            _ => Encoding::Other,
        },
        _ => Encoding::Other,
    };
    let size = die.unsigned(gimli::DW_AT_byte_size).unwrap_or(0);
    BaseType {
        name: name.into(),
        size,
        encoding,
        align: die.unsigned(gimli::DW_AT_alignment),
        bits: die.unsigned(gimli::DW_AT_bit_size).filter(|bits| *bits < size.saturating_mul(8)),
    }
}

/// Elements in each dimension of an array, the outermost first; None for an unknown bound.
pub(super) fn bounds<'a>(debug_units: &DebugUnits<'a>, die: &Die<'a>) -> Vec<Option<u64>> {
    let children = debug_units.children(die);
    let ranges = children.iter().filter(|c| c.tag == gimli::DW_TAG_subrange_type);
    let bounds: Vec<Option<u64>> = ranges
        .map(|range| {
            let count = range.unsigned(gimli::DW_AT_count);
            count.or_else(|| match range.raw_value(gimli::DW_AT_upper_bound)? {
                // GCC writes the bound of an array of no elements as -1, in a form of four bytes or more.
                AttributeValue::Data4(u32::MAX) => Some(0),
                upper => {
                    let upper =
                        upper.udata_value().or_else(|| upper.sdata_value().map(|value| value as u64))?;
                    Some(upper.wrapping_add(1))
                }
            })
        })
        .collect();
    if bounds.is_empty() { vec![None] } else { bounds }
}

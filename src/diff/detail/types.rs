//! What changes of types are about: members, bases, enumerators, and how parts of them are counted.

use serde::{Deserialize, Serialize};

use crate::abi::Field;
use crate::spelling;

/// A part of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// A non-static data member.
    Member {
        /// Empty for one without a name.
        name: String,
        /// Where it was, in bits, where that matters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bit_offset: Option<u64>,
    },
    /// A direct base.
    Base(String),
    /// A virtual function, without the class.
    Function(String),
    /// One of its virtual tables; 0 is its own.
    Table(u64),
    /// A type that has the subject in itself, and is concerned with it.
    Around(String),
}

/// Why programs may go on as they are though a struct grew at its end. Debug info does not show whether the library keeps to
/// the convention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grown {
    /// This member says how much of the struct the program knows.
    SizeMember(String),
    /// This member says which version of the struct the program knows.
    VersionMember(String),
    /// Public headers define it, and nothing that the library exports leads to it.
    OnlyInHeaders,
    /// Every function that takes it, such as this one, takes its size as well.
    SizeBeside(String),
    /// Programs pass arrays of it, whose elements are as large as this member beside each says.
    SizeBesideArray(String),
    /// Only the library creates it, and this function hands it out.
    HandedOut(String),
    /// Only the library creates it, and hands it to functions of programs.
    HandedToCallbacks,
    /// It is a part of this class and of nothing else, which has the room.
    Inside(String),
}

/// A member with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Empty for one without a name.
    pub name: String,
    /// As it is spelled inside the class.
    #[serde(rename = "type")]
    pub type_: String,
    /// Offset in bits.
    pub bit_offset: u64,
    /// Width in bits, of a bit-field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<u64>,
}

impl Member {
    /// A field of a class.
    pub fn of(class: &str, field: &Field) -> Member {
        Member {
            name: field.name.to_string(),
            type_: spelling::inside(class, &field.type_),
            bit_offset: field.bit_offset,
            bits: field.bit_size.filter(|_| field.bit_field),
        }
    }

    /// As it is declared in its class: `int x`, `char name[16]`, `bool set : 1`.
    pub fn declaration(&self) -> String {
        let (before, after) = spelling::declarator(&self.type_);
        let width = self.bits.map(|bits| format!(" : {bits}")).unwrap_or_default();
        let gap = if self.name.is_empty() || after.starts_with(')') { "" } else { " " };
        format!("{before}{gap}{}{after}{width}", self.name)
    }
}

/// Where members that came found room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Room {
    /// Nothing is to be said of it.
    Anywhere,
    /// After all others.
    AtEnd,
    /// In padding; exported constructors set them.
    PaddingSetByConstructors,
    /// In padding; programs that create objects leave them as they were in memory.
    PaddingUnset,
    /// In bytes that other members of a union have; exported constructors set them.
    SharedSetByConstructors,
    /// In bytes that other members of a union have; programs that create objects leave them as they were in memory.
    SharedUnset,
}

/// A base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Its name.
    pub name: String,
    /// `virtual`
    #[serde(rename = "virtual")]
    pub is_virtual: bool,
}

/// What places are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Bits from the start of the class.
    Bits,
    /// Slots of a virtual table.
    Slots,
}

/// Something that is elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// Empty for a member without a name.
    pub name: String,
    /// Where it was.
    pub old: u64,
    /// Where it is.
    pub new: u64,
}

/// Something that has another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renamed {
    /// What it was called.
    pub old: String,
    /// What it is called.
    pub new: String,
}

/// An enumerator that came or went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enumerator {
    /// Without the enumeration.
    pub name: String,
    /// Its value.
    pub value: i128,
}

/// An enumerator or a constant with another value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueChange {
    /// An enumerator without its enumeration; a constant with its scope.
    pub name: String,
    /// What it was, as it would be written.
    pub old: String,
    /// What it is.
    pub new: String,
}

/// By how much something may grow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Growth {
    /// By so much.
    By(u64),
    /// By so many per cent, as the policy writes it.
    Percent(String),
}

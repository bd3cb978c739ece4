//! Virtual tables, VTTs and type information, as the Itanium C++ ABI lays them out (sections 2.5, 2.6, 2.9).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::is_default;

/// A virtual table group (`_ZTV`) or a construction vtable group (`_ZTC`): one symbol, one or more virtual tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VtableGroup {
    /// Linkage name of the group.
    #[serde(rename = "vtable", deserialize_with = "vtable_name")]
    pub name: Box<str>,
    /// Components are 32-bit offsets, not pointers (`-fexperimental-relative-c++-abi-vtables`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub relative: bool,
    /// Primary table first, then the secondary ones in file order.
    pub tables: Vec<VirtualTable>,
}

/// One virtual table of a group (section 2.5.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VirtualTable {
    /// Virtual call and virtual base offsets in memory order, in bytes: what stands before offset-to-top.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offsets: Vec<i64>,
    /// Offset to top, in bytes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub top: i64,
    /// Linkage name of the typeinfo, none when compiled without RTTI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typeinfo: Option<Box<str>>,
    /// Virtual function pointers from the address point on.
    pub slots: Vec<Slot>,
    /// Further names of the code in slots that the export list does not tell, by slot: hidden functions that a linker
    /// folded with what the slot names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<OtherNames>,
}

impl VirtualTable {
    /// Further linkage names of the function in a slot.
    pub fn other_names(&self, slot: u32) -> &[Box<str>] {
        self.also.binary_search_by_key(&slot, |also| also.slot).map_or(&[], |at| &self.also[at].names)
    }
}

/// Names of the code in a slot, besides the one that the slot has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherNames {
    /// Index of the slot.
    pub slot: u32,
    /// Linkage names, sorted.
    pub names: Vec<Box<str>>,
}

/// What a virtual function pointer points at.
///
/// In a dump a slot is one string: the linkage name, or a word in parentheses, which no linkage name starts with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// A function or thunk, by linkage name.
    Function(Box<str>),
    /// `__cxa_pure_virtual`.
    Pure,
    /// `__cxa_deleted_virtual`.
    Deleted,
    /// A null pointer: destructors of abstract classes, and slots a linker dropped.
    Null,
    /// Code that no symbol names (the file is stripped).
    Unnamed,
}

impl Slot {
    /// The linkage name, if it has one.
    pub fn function(&self) -> Option<&str> {
        match self {
            Slot::Function(name) => Some(name),
            _ => None,
        }
    }

    /// The form used in dumps.
    pub fn as_str(&self) -> &str {
        match self {
            Slot::Function(name) => name,
            Slot::Pure => "(pure)",
            Slot::Deleted => "(deleted)",
            Slot::Null => "(null)",
            Slot::Unnamed => "(unnamed)",
        }
    }
}

impl From<&str> for Slot {
    fn from(text: &str) -> Slot {
        match text {
            "(pure)" => Slot::Pure,
            "(deleted)" => Slot::Deleted,
            "(null)" => Slot::Null,
            "(unnamed)" => Slot::Unnamed,
            name => Slot::Function(name.into()),
        }
    }
}

impl Serialize for Slot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Slot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Slot, D::Error> {
        deserializer.deserialize_str(SlotVisitor)
    }
}

/// Makes a slot of a borrowed string, without a copy on the way.
struct SlotVisitor;

impl serde::de::Visitor<'_> for SlotVisitor {
    type Value = Slot;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a linkage name or (pure), (deleted), (null), (unnamed)")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Slot, E> {
        Ok(Slot::from(text))
    }
}

/// A linkage name with one of these prefixes, which stand before the class: every reader of the model takes them off.
fn special_name<'de, D: Deserializer<'de>>(from: D, prefixes: &[&str]) -> Result<Box<str>, D::Error> {
    let name = Box::<str>::deserialize(from)?;
    match prefixes.iter().any(|prefix| name.starts_with(prefix)) {
        true => Ok(name),
        false => {
            let what = format!("{name:?} should start with {}", prefixes.join(" or "));
            Err(serde::de::Error::custom(what))
        }
    }
}

fn vtable_name<'de, D: Deserializer<'de>>(from: D) -> Result<Box<str>, D::Error> {
    special_name(from, &["_ZTV", "_ZTC"])
}

fn vtt_name<'de, D: Deserializer<'de>>(from: D) -> Result<Box<str>, D::Error> {
    special_name(from, &["_ZTT"])
}

fn typeinfo_name<'de, D: Deserializer<'de>>(from: D) -> Result<Box<str>, D::Error> {
    special_name(from, &["_ZTI"])
}

/// A table of virtual tables (section 2.6.2): the address points that constructors of classes with virtual bases use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vtt {
    /// Linkage name, `_ZTT…`.
    #[serde(rename = "vtt", deserialize_with = "vtt_name")]
    pub name: Box<str>,
    /// Each entry as symbol and offset in bytes: `_ZTV1D+24`; `(unnamed)` where no symbol covers the address.
    pub entries: Vec<Box<str>>,
}

/// Which of the `__cxxabiv1` classes describes the type (section 2.9.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TypeinfoKind {
    /// `__class_type_info`: a class without bases.
    Class,
    /// `__si_class_type_info`: a single, public, non-virtual base at offset zero.
    SingleInheritance,
    /// `__vmi_class_type_info`: any other bases.
    MultipleInheritance,
    /// `__fundamental_type_info`
    Fundamental,
    /// `__array_type_info`
    Array,
    /// `__function_type_info`
    Function,
    /// `__enum_type_info`
    Enum,
    /// `__pointer_type_info`
    Pointer,
    /// `__pointer_to_member_type_info`
    PointerToMember,
}

/// Type information behind a `_ZTI` symbol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typeinfo {
    /// Linkage name, `_ZTI…`.
    #[serde(rename = "typeinfo", deserialize_with = "typeinfo_name")]
    pub name: Box<str>,
    /// Class of the type.
    pub kind: TypeinfoKind,
    /// The type's mangled name as stored in the image, where it is not what the linkage name says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_name: Option<Box<str>>,
    /// `__flags` of multiple inheritance (1 non-diamond repeat, 2 diamond) or of a pointer (1 const, 2 volatile, …).
    #[serde(default, skip_serializing_if = "is_default")]
    pub flags: u32,
    /// Base classes in declaration order, or the pointee.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bases: Vec<Base>,
}

/// A base class as typeinfo describes it (section 2.9.5), or the pointee of a pointer type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Mangled type name without `_ZTI`: `N3c1020intrusive_ptr_targetE`.
    pub base: Box<str>,
    /// Offset in bytes; of a virtual base, where in the vtable its offset stands.
    #[serde(default, skip_serializing_if = "is_default")]
    pub offset: i64,
    /// `__virtual_mask`
    #[serde(default, rename = "virtual", skip_serializing_if = "is_default")]
    pub is_virtual: bool,
    /// Not `__public_mask`.
    #[serde(default, rename = "private", skip_serializing_if = "is_default")]
    pub is_private: bool,
}

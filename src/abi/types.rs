//! Types as debug info describes them: classes, unions, enums, typedefs.
//!
//! A C++ name is an identity (the one-definition rule), so types refer to each other by name, as text, in the one
//! canonical spelling of [`crate::spelling`]. Sizes are in bytes and offsets in bits, as in DWARF.

use serde::{Deserialize, Serialize};

use super::is_default;

/// What a type is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TypeKind {
    /// `class`
    #[default]
    Class,
    /// `struct`; on Itanium the same thing as a class
    Struct,
    /// `union`
    Union,
    /// `enum` and `enum class`
    Enum,
    /// `typedef` and `using`
    Typedef,
}

impl TypeKind {
    /// The keyword.
    pub fn keyword(self) -> &'static str {
        match self {
            TypeKind::Class => "class",
            TypeKind::Struct => "struct",
            TypeKind::Union => "union",
            TypeKind::Enum => "enum",
            TypeKind::Typedef => "typedef",
        }
    }

    /// Whether it has members and a layout.
    pub fn is_class(self) -> bool {
        matches!(self, TypeKind::Class | TypeKind::Struct | TypeKind::Union)
    }
}

/// Access of a member or a base class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Everybody.
    #[default]
    Public,
    /// Derived classes.
    Protected,
    /// The class itself and its friends.
    Private,
}

impl Access {
    /// The keyword.
    pub fn keyword(self) -> &'static str {
        match self {
            Access::Public => "public",
            Access::Protected => "protected",
            Access::Private => "private",
        }
    }
}

/// How a class is passed to functions by value (Itanium C++ ABI, section 3.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Passing {
    /// As the C ABI passes its bytes, in registers where they fit.
    Value,
    /// By invisible reference, since copying it is not trivial.
    Reference,
}

/// What a class declares of the special members that decide whether it is POD for the purpose of layout (Itanium C++ ABI,
/// section 1.1). Compilers differ in how much it takes: what is enough for one is enough with every later value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpecialMembers {
    /// Nothing.
    None,
    /// A copy assignment or destructor that is defaulted or deleted, or a move assignment. Enough for Clang before 16.
    Assignment,
    /// A constructor that is defaulted or deleted. Enough for GCC in C++20.
    Constructor,
    /// An `explicit` one of those. Enough for GCC in older standards.
    Explicit,
    /// A constructor, copy assignment or destructor with a body, or a member with an initializer. Enough for all.
    Provided,
}

/// How something outside gets hold of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Base class of a type that is reached.
    Base,
    /// A public header defines it.
    Header,
    /// A non-static member, or element of one, of a type that is reached.
    Member,
    /// Named as a template argument, a typedef's target or the scope of a type that is reached.
    Name,
    /// Behind a pointer or reference.
    Pointer,
    /// Parameter or result of an exported function by value, or exported data.
    Value,
    /// Its vtable or typeinfo is exported.
    Vtable,
}

/// Place of a declaration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// File, relative to the root of the sources; a header of the system as it is included: `<vector>`.
    pub file: Box<str>,
    /// One-based line.
    pub line: u32,
}

impl Location {
    /// Whether it is in a header of the system or the compiler.
    pub fn is_system(&self) -> bool {
        self.file.starts_with('<')
    }

    /// Whether it is in a header of the library's own, which programs may include.
    pub fn is_own_header(&self) -> bool {
        !self.is_system() && !self.is_source()
    }

    /// Whether the file is compiled by itself, so that no program includes it. A module interface unit is compiled, and
    /// programs import what is in it.
    pub fn is_source(&self) -> bool {
        let name = self.file.rsplit('/').next().unwrap_or(&self.file);
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        let compiled = ["c", "cc", "cpp", "cxx", "c++", "C", "cu", "m", "mm"];
        extension.is_some_and(|extension| compiled.contains(&extension))
    }

    /// Whether a header is private by its name: `q_impl.h`, `widget_p.h`, and whatever has `internal` or `priv` in the name of
    /// the file or a directory.
    pub fn is_private_by_name(file: &str) -> bool {
        let name = file.rsplit('/').next().unwrap_or(file);
        let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
        let words = ["internal", "priv"];
        let says_so = |part: &str| words.iter().any(|word| part.to_ascii_lowercase().contains(word));
        let ends = ["_impl", "-impl", "_p", "_int", "-int"];
        stem == "impl" || ends.iter().any(|end| stem.ends_with(end)) || file.split('/').any(says_so)
    }
}

/// A class, union, enum or typedef.
///
/// Several with one name are different definitions in different units, which the one-definition rule forbids; the
/// first by [`Type::variant`] is that of the first unit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Type {
    /// Qualified name in canonical spelling, with template arguments.
    #[serde(rename = "type")]
    pub name: Box<str>,
    /// 0 for the first definition, 1 for the next different one, …
    #[serde(default, skip_serializing_if = "is_default")]
    pub variant: u32,
    /// Class, union, …
    pub kind: TypeKind,
    /// It was read from a unit written in C: another unit or library may have another type of its name. The name of one
    /// that shares it inside the library ends with `@` and the file of its definition.
    #[serde(default, skip_serializing_if = "is_default")]
    pub c: bool,
    /// Size in bytes; none for a type that is declared only, and for typedefs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Alignment in bytes: what the declaration demands, else derived from the members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub align: Option<u64>,
    /// The alignment stands in the declaration (`alignas`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub aligned: bool,
    /// Passing convention, where the compiler recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passing: Option<Passing>,
    /// What it declares of its special members; none where that is not known, and in C.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special: Option<SpecialMembers>,
    /// All constructors that it declares are private, so that no program derives from it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub closed: bool,
    /// `final`, where the compiler recorded it.
    #[serde(default, skip_serializing_if = "is_default", rename = "final")]
    pub is_final: bool,
    /// Template parameters that have a name, with their arguments; packs are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub template: Vec<TemplateArgument>,
    /// Direct bases in order of declaration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bases: Vec<BaseClass>,
    /// Bit offset of the pointer to the virtual table that the class itself introduced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vptr: Option<u64>,
    /// Non-static data members in order of declaration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Field>,
    /// Static data members, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statics: Vec<StaticMember>,
    /// Virtual functions that the class declares, by slot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub virtuals: Vec<VirtualFunction>,
    /// Linkage names of virtual functions that it declares `final`, sorted; of the destructor its name. Only headers say it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finals: Vec<Box<str>>,
    /// What a typedef stands for; the underlying type of an enum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Box<str>>,
    /// `enum class`
    #[serde(default, skip_serializing_if = "is_default")]
    pub scoped: bool,
    /// Enumerators in order of declaration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enumerators: Vec<Enumerator>,
    /// Place of the declaration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// How it is reached from the surface, sorted; empty when it is kept only because everything was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<Role>,
}

impl Type {
    /// Whether only the name is known.
    pub fn is_incomplete(&self) -> bool {
        self.kind != TypeKind::Typedef && self.size.is_none()
    }

    /// Whether both are one declaration, wherever it stands and whoever reaches it. `class` and `struct` are one thing.
    pub fn says_the_same_as(&self, other: &Type) -> bool {
        let kind = |type_: &Type| match type_.kind {
            TypeKind::Struct => TypeKind::Class,
            kind => kind,
        };
        kind(self) == kind(other)
            && (self.size, self.align, self.aligned, self.passing, self.is_final, self.vptr, self.scoped)
                == (
                    other.size,
                    other.align,
                    other.aligned,
                    other.passing,
                    other.is_final,
                    other.vptr,
                    other.scoped,
                )
            && self.target == other.target
            && self.template == other.template
            && self.bases == other.bases
            && self.members == other.members
            && self.statics == other.statics
            && self.virtuals == other.virtuals
            && self.enumerators == other.enumerators
    }

    /// Looks at all names of types in it, its own first.
    pub fn for_each_name(&mut self, look: &impl Fn(&mut Box<str>)) {
        look(&mut self.name);
        self.bases.iter_mut().for_each(|base| look(&mut base.name));
        self.members.iter_mut().for_each(|member| look(&mut member.type_));
        self.statics.iter_mut().for_each(|member| look(&mut member.type_));
        self.virtuals.iter_mut().filter_map(|function| function.returns.as_mut()).for_each(look);
        self.template.iter_mut().filter_map(|argument| argument.type_.as_mut()).for_each(look);
        self.target.iter_mut().for_each(look);
    }

    /// Whether the one-definition rule does not hold for it: it is local to a unit or a function, or unnamed.
    pub fn is_local(&self) -> bool {
        is_local_name(&self.name)
    }
}

/// Whether several things may have a canonical name: an unnamed namespace, a lambda or a function, which may be overloaded,
/// is part of it.
pub fn is_local_name(name: &str) -> bool {
    name.contains("(anonymous namespace)") || name.contains("{lambda") || name.contains("()::")
}

/// A template argument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateArgument {
    /// Name of the parameter.
    pub name: Box<str>,
    /// The type, or the type of the value.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub type_: Option<Box<str>>,
    /// The value, or the name of a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Box<str>>,
}

/// A direct base class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseClass {
    /// Canonical name.
    pub name: Box<str>,
    /// Offset in bits; none for a virtual base, which has one in each most derived class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bit_offset: Option<u64>,
    /// `virtual`
    #[serde(default, skip_serializing_if = "is_default", rename = "virtual")]
    pub is_virtual: bool,
    /// Access.
    #[serde(default, skip_serializing_if = "is_default")]
    pub access: Access,
}

/// A non-static data member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Name; empty for the member behind an anonymous union or struct.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub name: Box<str>,
    /// Type in canonical spelling.
    #[serde(rename = "type")]
    pub type_: Box<str>,
    /// Offset in bits from the start of the class.
    pub bit_offset: u64,
    /// Size in bits: the width of a bit-field, else that of the type; none where the type has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bit_size: Option<u64>,
    /// It is a bit-field.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bit_field: bool,
    /// Access.
    #[serde(default, skip_serializing_if = "is_default")]
    pub access: Access,
    /// `mutable`
    #[serde(default, skip_serializing_if = "is_default")]
    pub mutable: bool,
}

/// A static data member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticMember {
    /// Name.
    pub name: Box<str>,
    /// Type in canonical spelling.
    #[serde(rename = "type")]
    pub type_: Box<str>,
    /// Value, where it is a constant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Box<str>>,
    /// Access.
    #[serde(default, skip_serializing_if = "is_default")]
    pub access: Access,
}

/// A virtual function as the class declares it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VirtualFunction {
    /// Slot in the virtual table of the class, where the compiler recorded it. None for destructors, which take two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u64>,
    /// Name without scope.
    pub name: Box<str>,
    /// Linkage name; none for destructors, which have several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<Box<str>>,
    /// Type of the result, where nothing else says it: of functions that no symbol leads to, pure ones above all. None
    /// for `void` as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<Box<str>>,
    /// Access.
    #[serde(default, skip_serializing_if = "is_default")]
    pub access: Access,
}

/// An enumerator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enumerator {
    /// Name without scope.
    pub name: Box<str>,
    /// Value.
    pub value: i128,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_sources() {
        let is_source = |file: &str| Location { file: file.into(), line: 1 }.is_source();
        assert!(is_source("src/a.cpp") && is_source("a.cc") && is_source("k.cu"));
        assert!(!is_source("<c++/12/vector>") && !is_source("a.h") && !is_source("a.cuh") && !is_source(""));
    }
}

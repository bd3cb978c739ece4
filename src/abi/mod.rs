//! The model: what a library promises, as plain data.
//!
//! Nothing here reads a file or knows how a fact was found. Each fact is a small struct that serializes to
//! one line of a dump; lists are sorted by their key and hold each key once, so that two libraries are
//! compared by walking both lists at once. A symbol is its mangled name and version; addresses never appear.
//!
//! - [`library`]: a shared object and what its headers say: [`Library`], [`Machine`], [`Dynamic`]
//! - [`symbol`]: what it exports and imports: [`Export`], [`Import`], [`VersionDefinition`]
//! - [`vtable`]: virtual tables, VTTs and typeinfo: [`VtableGroup`], [`Vtt`], [`Typeinfo`]
//! - [`types`]: classes, enums and typedefs as debug info describes them: [`Type`]
//! - [`function`]: what stands behind exported symbols: [`Function`], [`Variable`], [`Constant`]
//! - [`compilation`]: what the code was compiled with: [`BaseType`], [`AbiOption`]
//! - [`headers`]: how the public headers were asked: [`Probe`]
//! - [`release`]: a named set of libraries for one platform: [`Release`]

pub mod compilation;
pub mod function;
pub mod headers;
pub mod library;
pub mod release;
pub mod symbol;
pub mod types;
pub mod vtable;

pub use compilation::{AbiOption, BaseType, Encoding, abi_option_choice, abi_options, vector_bits};
pub use function::{Constant, Function, Macro, Parameter, Reference, Variable};
pub use headers::{HEADERS, LeftOut, Probe};
pub use library::{
    Cxx11Abi, DwarfCoverage, Dynamic, Evidence, Library, Machine, Property, RelocationCount, Repeated,
    Section, StdLib, VectorUnits, library_stem, split_version,
};
pub use release::{Platform, Release};
pub use symbol::{Binding, Export, Import, Inlined, SymbolKind, VersionDefinition, Visibility, unversioned};
pub use types::{
    Access, BaseClass, Enumerator, Field, Location, Passing, Role, SpecialMembers, StaticMember,
    TemplateArgument, Type, TypeKind, VirtualFunction, is_local_name,
};
pub use vtable::{Base, OtherNames, Slot, Typeinfo, TypeinfoKind, VirtualTable, VtableGroup, Vtt};

/// For `skip_serializing_if`: leaves a value out of a dump line when it is the usual one.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

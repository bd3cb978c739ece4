//! The ELF object file format (System V gABI): headers and address space, the dynamic section, symbols and their
//! versions, relocations, notes. Every offset, count and size is checked against the file before it is used.

pub(super) mod address_names;
pub(super) mod code_references;
pub(super) mod dynamic;
pub(super) mod image;
pub(super) mod machine;
pub(super) mod notes;
mod packed_relocations;
pub(super) mod plt;
pub(super) mod relocatable;
pub(super) mod relocations;
pub(super) mod symbols;
pub(super) mod versions;

//! Exported symbols: those that both releases have, those that are gone, and why they are gone.
//!
//! [`exports`] (there on both sides), [`entity`] (what stands behind the names), [`instances`] (weak, and yet promised), [`removed`] (gone), [`renames`],
//! [`signature`] and [`scopes`] (one decision behind many), [`causes`] (symbols that go with a type or a virtual table).

pub(super) mod causes;
pub(super) mod entity;
pub(crate) mod exports;
pub(super) mod instances;
pub(super) mod removed;
pub(super) mod renames;
pub(super) mod scopes;
pub(super) mod signature;

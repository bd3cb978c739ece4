//! Exported symbols: those that both releases have, those that are gone, and why they are gone.
//!
//! [`crate::diff::symbols::exports`] (there on both sides), [`removed`] (gone), [`crate::diff::symbols::renames`], [`crate::diff::symbols::signature`] and [`crate::diff::symbols::scopes`] (one decision behind
//! many), [`causes`] (symbols that go with a type or a virtual table).

pub(super) mod causes;
pub(crate) mod exports;
pub(super) mod removed;
pub(super) mod renames;
pub(super) mod scopes;
pub(super) mod signature;

//! What systems have: the libraries of a platform, the interpreter of Python, and how old a system may be for a release.
//!
//! [`system_libraries`] (lists that `ci/platform-lists` makes of the real ones), [`floor`] (distributions and manylinux tags). And what processors do: [`calling_convention`].

pub mod calling_convention;
pub mod floor;
mod system_libraries;

pub use system_libraries::{
    CLibrary, UNLISTED, is_pythons, is_tag, libraries, musl, order, python, pythons, system_of,
};

//! The dynamic loader over facts: what a program or module brings along, and where everything that it asks for comes from,
//! without running any of it and for any architecture.
//!
//! Follows ld.so of the GNU C library and chapter "Dynamic Linking" of the System V gABI. [`SearchFilesystem`] knows which files there
//! are, [`search`] finds what `DT_NEEDED` names, [`scope`] looks symbols up in the order of the loaded objects, and [`fn@load`]
//! puts them together: a [`Loading`] says what is missing. [`crate::platform`] has the libraries that every system of a platform
//! has, and [`fn@check`] asks all that of a whole release.
//!
//! What is not looked into: libraries of packages that are not here, where the search path of a file leads
//! ([`Loading::elsewhere`]), and constructors, which may `dlopen` anything.

mod check;
mod load;
mod scope;
mod search;
mod search_filesystem;

pub use check::{Bound, Check, Fault, check};
pub use load::{Binding, Loading, Problem, load};
pub use search_filesystem::{File, SearchFilesystem};

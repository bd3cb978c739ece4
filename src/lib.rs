//! A gate against breaking C++ ABIs: what do these shared objects promise, and which promises does the next release break?
//!
//! # For programs
//!
//! [`session`] is the way in: a [`session::Session`] resolves names, loads releases, compares them under a policy and decides
//! whether a change may be merged. Its documentation begins with an example that is compiled. What comes out is plain data:
//!
//! - [`policy`]: the verdict, its findings, and the policy behind it
//! - [`report`]: a verdict to text, JSON, HTML, SARIF and more
//! - [`rules`]: the catalogue of everything that can be found, with a page for each
//! - [`guide`]: the book: guides, concepts, formats, questions
//! - [`abi`]: releases: libraries, symbols, types, vtables
//! - [`gate`]: what stops a change before it is merged, and who may let it through
//! - [`consumers`]: who breaks: programs and extensions on one release and another
//! - [`loader`]: would a release load, and a program with it
//! - [`store`], [`dump`]: baselines, and the format that they are kept in
//! - [`artifact::guard_mapped_files`]: for the edge of a process, so that large files are mapped instead of read
//!
//! The other modules are documented for those who work on this crate, and change without notice; some are hidden. Nothing but
//! the command line (`cli`) prints, ends the process, or reads its environment.
//!
//! # How it is built
//!
//! Data goes one way, and each step is one plain data type without I/O in it:
//!
//! ```text
//! what the user named ──artifact──▶ object files ──binary, dwarf──▶ abi::Library
//!   ──dump──▶ bytes on disk ──store──▶ abi::Release (old, new)
//!   ──diff──▶ changes ──rules──▶ findings ──policy──▶ Verdict ──report──▶ text, JSON
//! ```
//!
//! The arrows between modules go one way as well, which `tests/it/architecture.rs` holds. Besides those above:
//!
//! - [`artifact`]: "what did you point at": a file, a directory, a wheel, a package
//! - [`binary`]: ELF files to the model
//! - [`dwarf`]: debug info to the model
//! - [`probe`], [`toolchain`]: what the public headers say, asked of a compiler
//! - [`origin`]: whose a symbol or library is: the release's own, another project's, the toolchain's
//! - [`diff`]: two releases to changes
//! - [`history`]: what became of a name, or of a library, from release to release
//! - [`platform`]: what systems and interpreters bring along
//! - [`layout`]: how the bytes of a class are spent
//! - [`mangling`], [`spelling`]: mangled names, and the one way to write a C++ type or name
//! - [`patterns`]: wildcards over the names that a policy speaks of
//! - [`git`]: the files of a commit, whatever is checked out
//! - [`versions`]: the order of versions, and which one a name means
//! - [`selftest`]: does the gate catch breaks: one known break per rule
//! - [`github`]: publishing a verdict where GitHub runs the gate; [`http`]: what it shares with other clients of APIs
//! - [`remote`]: the service, as its clients see it: addresses, tokens, its API; `serve`, behind a feature: the service
//! - [`cli`]: the command line, a thin layer over [`session`]

pub mod abi;
pub mod artifact;
pub mod binary;
#[doc(hidden)]
pub mod cli;
pub mod consumers;
pub mod diff;
pub mod dump;
pub mod dwarf;
pub mod gate;
pub mod git;
#[doc(hidden)]
pub mod github;
pub mod guide;
mod hex;
pub mod history;
#[doc(hidden)]
pub mod http;
#[doc(hidden)]
pub mod layout;
pub mod loader;
#[doc(hidden)]
pub mod mangling;
#[doc(hidden)]
pub mod origin;
#[doc(hidden)]
pub mod patterns;
#[doc(hidden)]
pub mod platform;
pub mod policy;
pub mod probe;
#[doc(hidden)]
pub mod remote;
pub mod report;
pub mod rules;
#[doc(hidden)]
pub mod selftest;
#[cfg(feature = "serve")]
mod serve;
pub mod session;
#[doc(hidden)]
pub mod spelling;
pub mod store;
pub mod toolchain;
#[doc(hidden)]
pub mod versions;

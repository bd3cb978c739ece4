//! A gate against breaking C++ ABIs: what do these shared objects promise, and which promises does the next release break?
//!
//! Data goes one way, and each step is one plain data type without I/O in it:
//!
//! ```text
//! what the user named ──artifact──▶ object files ──binary, dwarf──▶ abi::Library
//!   ──dump──▶ bytes on disk ──store──▶ abi::Release (old, new)
//!   ──diff──▶ changes ──rules──▶ findings ──policy──▶ Verdict ──report──▶ text, JSON
//! ```
//!
//! The modules, in reading order:
//!
//! - [`abi`]: the model: libraries, symbols, vtables, typeinfo as plain data
//! - [`artifact`]: "what did you point at": a file, a folder, a wheel, a package
//! - [`binary`]: ELF files to the model
//! - [`dwarf`]: debug info to the model
//! - [`probe`]: what the public headers say, asked of a compiler
//! - [`spelling`]: the one way to write a C++ type or name
//! - [`layout`]: how the bytes of a class are spent
//! - [`mangling`]: what a mangled name says, and how people read it
//! - [`dump`]: the model to bytes and back
//! - [`store`]: baselines: where releases are kept and how names resolve
//! - [`diff`]: two releases to changes
//! - [`patterns`]: wildcards over the names that a policy speaks of
//! - [`rules`]: the catalogue of everything that can be said
//! - [`policy`]: changes to a verdict
//! - [`history`]: what became of a name, or of a library, from release to release
//! - [`loader`]: would a release load, and a program with it
//! - [`consumers`]: who breaks: programs and extensions on one release and another
//! - [`selftest`]: is the gate awake: one known break per rule
//! - [`report`]: a verdict to text and JSON
//! - [`gate`]: what stops a change before it is merged, and who may let it through
//! - [`github`]: publishing a verdict where GitHub runs the gate
//! - [`cli`]: the command line, a thin layer over the rest

pub mod abi;
pub mod artifact;
pub mod binary;
pub mod cli;
pub mod consumers;
pub mod diff;
pub mod dump;
pub mod dwarf;
pub mod gate;
pub mod github;
pub mod history;
pub mod layout;
pub mod loader;
pub mod mangling;
pub mod patterns;
pub mod platform;
pub mod policy;
pub mod probe;
pub mod report;
pub mod rules;
pub mod selftest;
pub mod session;
pub mod spelling;
pub mod store;
pub mod toolchain;
pub mod versions;

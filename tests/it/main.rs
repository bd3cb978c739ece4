//! What the program promises, tried from the outside: one binary, so that it is linked once.
//!
//! The modules that are linked apart are those that run for minutes or replace the process: `oracle`, `hostile`, `layouts`, `page`.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test stops where something is wrong")]

mod architecture;
mod archives;
mod artifact;
mod c_headers;
mod cli;
mod compiled_in;
mod consumers;
mod dwarf_forms;
mod elf;
mod evidence;
mod fake_github;
mod first_steps;
mod gate;
mod github;
mod guide;
mod headers;
mod history;
mod loader;
mod more_evidence;
mod noise;
mod packages;
mod passing;
mod platforms;
mod policy;
mod promises;
mod rules;
mod schemas;
mod scratch;
mod selftest;
mod session;
mod sessions;
mod trust;
mod types;
mod unfinished;

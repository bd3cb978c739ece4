//! The crate `cpp_demangle`, for names our reader finds wrong.
//!
//! It knows a few vendor forms we do not. Its parser and printer recurse and its output can
//! grow without bound, so it gets short names only, limits, and a writer that stops.

use cpp_demangle::{DemangleOptions, DemangleWrite, ParseOptions, Symbol};

use super::print::MAX_OUTPUT;

/// Longest name it is given.
const MAX_INPUT: usize = 4 * 1024;
/// Its frames are large: at 32 a debug build needs more than 1 MiB of stack.
const RECURSION: u32 = 16;

struct Bounded(String);

impl DemangleWrite for Bounded {
    fn write_string(&mut self, text: &str) -> std::fmt::Result {
        if self.0.len().saturating_add(text.len()) > MAX_OUTPUT {
            return Err(std::fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

pub(super) fn demangle(mangled: &str) -> Option<String> {
    if mangled.len() > MAX_INPUT {
        return None;
    }
    let parse = ParseOptions::default().recursion_limit(RECURSION);
    let symbol = Symbol::new_with_options(mangled, &parse).ok()?;
    let mut out = Bounded(String::new());
    let print = DemangleOptions::default().recursion_limit(RECURSION);
    symbol.structured_demangle(&mut out, &print).ok()?;
    Some(out.0)
}

//! Which entries stand behind exported symbols.

use std::borrow::Cow;

use foldhash::HashMap;
use rayon::prelude::*;

use crate::mangling::{variant_digit, variants_at};

/// Linkage names that are looked for, each with the symbols that it describes.
///
/// A constructor is one function in the source and several symbols, and producers differ in which of them get an entry:
/// GCC describes `C4`, which is never exported, and leaves out aliases. An entry of any variant describes all.
pub(super) struct Surface<'s> {
    by_name: HashMap<Cow<'s, [u8]>, u32>,
    groups: Vec<Vec<&'s str>>,
}

impl<'s> Surface<'s> {
    /// Looks for these symbols.
    pub(super) fn new(symbols: &[&'s str]) -> Surface<'s> {
        let digits: Vec<Option<usize>> = symbols.par_iter().map(|name| variant_digit(name)).collect();
        let mut surface = Surface { by_name: HashMap::default(), groups: Vec::new() };
        for (symbol, digit) in symbols.iter().zip(digits) {
            let next = surface.groups.len() as u32;
            let group = *surface.by_name.entry(Cow::Borrowed(symbol.as_bytes())).or_insert(next);
            if group == next {
                surface.groups.push(Vec::new());
                surface.add_variants(symbol, digit, group);
            }
            surface.groups[group as usize].push(symbol);
        }
        surface
    }

    /// The names of the other variants of a constructor or destructor, whose digit stands there.
    fn add_variants(&mut self, symbol: &'s str, digit: Option<usize>, group: u32) {
        let variants = digit.map(|at| variants_at(symbol, at)).into_iter().flatten();
        for name in variants.filter(|name| **name != *symbol) {
            let name = match name {
                Cow::Borrowed(name) => Cow::Borrowed(name.as_bytes()),
                Cow::Owned(name) => Cow::Owned(name.into_bytes()),
            };
            self.by_name.insert(name, group);
        }
    }

    /// The group that a linkage name describes.
    pub(super) fn find(&self, name: &[u8]) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// The symbols of a group.
    pub(super) fn symbols(&self, group: u32) -> &[&'s str] {
        &self.groups[group as usize]
    }

    /// Number of groups.
    pub(super) fn len(&self) -> usize {
        self.groups.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_a_constructor_are_one() {
        let surface = Surface::new(&["_ZN1AC1Ev", "_ZN1AC2Ev", "f", "_ZN3AC1E", "_ZN1AD0Ev"]);
        let group = surface.find(b"_ZN1AC4Ev").unwrap();
        assert_eq!(surface.symbols(group), ["_ZN1AC1Ev", "_ZN1AC2Ev"]);
        assert_eq!(surface.find(b"_ZN1AC1Ev"), Some(group));
        assert_eq!(surface.symbols(surface.find(b"_ZN3AC1E").unwrap()), ["_ZN3AC1E"]);
        assert_eq!(surface.symbols(surface.find(b"_ZN1AD2Ev").unwrap()), ["_ZN1AD0Ev"]);
        assert_eq!(surface.find(b"_ZN3AC2E"), None);
        assert_eq!(surface.len(), 4);
    }
}

//! What every part of the comparison looks things up in.

use std::collections::HashMap;

use super::{AffectedSymbol, Pair, pair_libraries};
use crate::abi::{Export, Library, Release};
use crate::origin::Origins;
use crate::patterns::Patterns;

/// Two releases, their libraries paired, and the new release's dependencies.
pub(super) struct Context<'a> {
    pub old: &'a Release,
    pub new: &'a Release,
    pub patterns: &'a Patterns,
    pub pairs: Vec<Pair<'a>>,
    /// Whose symbols the old release's are.
    pub origins: Origins<'a>,
    /// For each library of the new release, by position, the libraries of the release that loading it brings along,
    /// itself first.
    reach: Vec<Vec<usize>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(old: &'a Release, new: &'a Release, patterns: &'a Patterns) -> Context<'a> {
        Context {
            old,
            new,
            patterns,
            pairs: pair_libraries(old, new),
            origins: Origins::new(old, &patterns.claims).joined_by(new),
            reach: (0..new.libraries.len()).map(|start| closure(new, start)).collect(),
        }
    }

    /// Whether either release contains a library of that link name.
    pub(super) fn is_inside(&self, name: &str) -> bool {
        self.old.library(name).is_some() || self.new.library(name).is_some()
    }

    /// Position of a library of the new release.
    fn position(&self, library: &Library) -> Option<usize> {
        self.new.libraries.iter().position(|l| std::ptr::eq(l, library))
    }

    /// Libraries that loading `library` of the new release brings along, itself first.
    pub(super) fn reachable(&self, library: &Library) -> impl Iterator<Item = &'a Library> {
        let positions = self.position(library).map_or(&[][..], |p| &self.reach[p]);
        positions.iter().map(|&p| &self.new.libraries[p])
    }

    /// The library of the new release that defines a symbol: one that `from` reaches if there is any (true), else any
    /// other (false).
    pub(super) fn provider(&self, name: &str, from: Option<&Library>) -> Option<(&'a Library, bool)> {
        let defines = |l: &&Library| l.exports_named(name).next().is_some();
        let reached = from.and_then(|from| self.reachable(from).find(defines));
        let is_loaded_with = |l: &&Library| from.is_none_or(|from| from.machine.arch == l.machine.arch);
        match reached {
            Some(library) => Some((library, true)),
            None => self.new.libraries.iter().filter(is_loaded_with).find(defines).map(|l| (l, false)),
        }
    }

    /// Exports of a library that has no counterpart, but for those that other libraries of the new release define.
    pub(super) fn members_of_removed(&self, library: &Library) -> Vec<AffectedSymbol> {
        let gone = library.exports.iter().filter(|e| self.provider(&e.name, None).is_none());
        gone.map(|e| member(e, library)).collect()
    }

    /// Whether any export of the new release starts with one of the prefixes.
    pub(super) fn new_has_prefix(&self, prefixes: &[String]) -> bool {
        self.new.libraries.iter().any(|l| prefixes.iter().any(|p| l.exports_from(p).next().is_some()))
    }
}

/// The symbol of an export, as a member of a change.
pub(super) fn member(export: &Export, library: &Library) -> AffectedSymbol {
    AffectedSymbol { symbol: export.versioned_name(), library: library.name.clone(), replaced_by: None }
}

fn closure(release: &Release, start: usize) -> Vec<usize> {
    let by_name: HashMap<&str, usize> = release
        .libraries
        .iter()
        .enumerate()
        .flat_map(|(i, l)| [(l.name.as_str(), i), (l.link_name(), i)])
        .collect();
    // Breadth first, as the loader searches.
    let mut found = vec![start];
    let mut next = 0;
    while let Some(&at) = found.get(next) {
        for needed in &release.libraries[at].dynamic.needed {
            if let Some(&library) = by_name.get(needed.as_str())
                && !found.contains(&library)
            {
                found.push(library);
            }
        }
        next += 1;
    }
    found
}

//! How a release falls into the tiers of a policy, and what of the policy finds nothing in it.

use super::compile::Policy;
use super::named::Named;
use super::profile::Profile;
use super::tier::PUBLIC;
use super::tier_assigner::TierAssigner;
use crate::abi::{Export, HEADERS, Library, Release, Type};

/// One release, seen by a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Tiers, in order.
    pub tiers: Vec<String>,
    /// Libraries, in the order of the release.
    pub libraries: Vec<Portion>,
    /// Required symbols that no library exports: the line of the policy, and the pattern.
    pub missing: Vec<(usize, String)>,
    /// Patterns of tiers that match nothing in the release: the line of the policy, and what it is.
    pub idle: Vec<(usize, String)>,
}

impl Coverage {
    /// Symbols and types that nothing places, of all of them: what is asked is whether the policy has forgotten something.
    pub fn unmatched(&self) -> [(usize, usize); 2] {
        let sum = |of: fn(&Portion) -> (usize, usize)| {
            self.libraries.iter().map(of).fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
        };
        [
            sum(|share| (share.unmatched_symbols.len(), share.symbols.iter().sum())),
            sum(|share| (share.unmatched_types.len(), share.types.iter().sum())),
        ]
    }

    /// Symbols and types of each tier.
    pub fn by_tier(&self) -> Vec<(usize, usize)> {
        let of_tier = |at: usize| {
            let sum = |of: fn(&Portion) -> &[usize]| self.libraries.iter().map(|share| of(share)[at]).sum();
            (sum(|share| &share.symbols), sum(|share| &share.types))
        };
        (0..self.tiers.len()).map(of_tier).collect()
    }
}

/// One library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portion {
    /// Its file name.
    pub library: String,
    /// Exported symbols by tier.
    pub symbols: Vec<usize>,
    /// Types by tier.
    pub types: Vec<usize>,
    /// Linkage names that are in the default tier because nothing places them.
    pub unmatched_symbols: Vec<String>,
    /// Types likewise.
    pub unmatched_types: Vec<String>,
}

/// Counts what falls where.
pub fn coverage(policy: &Policy, release: &Release) -> Coverage {
    let placer = TierAssigner::new(policy, Profile::Trunk, (release, release), Vec::new());
    let items: Vec<Items<'_>> = release.libraries.iter().chain(&release.headers).map(Items::of).collect();
    Coverage {
        tiers: policy.tiers.iter().map(|tier| tier.name.clone()).collect(),
        libraries: items.iter().map(|items| share(policy, &placer, items)).collect(),
        missing: missing(policy, &items),
        idle: idle(policy, release, &items),
    }
}

/// What is in a library, with names that are taken apart once for all that is asked of them.
struct Items<'r> {
    library: &'r Library,
    /// What it exports. Inline functions are no library's to export.
    exports: Vec<(&'r Export, Named<'r>)>,
    types: Vec<(&'r Type, Named<'r>)>,
    constants: Vec<Named<'r>>,
}

impl<'r> Items<'r> {
    fn of(library: &'r Library) -> Items<'r> {
        let exports = if library.name == HEADERS { &[][..] } else { &library.exports };
        Items {
            library,
            exports: exports.iter().map(|export| (export, Named::symbol(&export.name))).collect(),
            types: library.types.iter().map(|type_| (type_, Named::name(&type_.name))).collect(),
            constants: library.constants.iter().map(|constant| Named::name(&constant.name)).collect(),
        }
    }

    fn names(&self) -> impl Iterator<Item = &Named<'r>> {
        let exports = self.exports.iter().map(|(_, named)| named);
        exports.chain(self.types.iter().map(|(_, named)| named)).chain(&self.constants)
    }
}

fn share(policy: &Policy, placer: &TierAssigner<'_>, items: &Items<'_>) -> Portion {
    let library = items.library;
    let tiers = policy.tiers.len();
    let mut share = Portion {
        library: library.name.clone(),
        symbols: vec![0; tiers],
        types: vec![0; tiers],
        ..Portion::default()
    };
    let default = policy.built_in(PUBLIC);
    let name = Some(&*library.name);
    let mut before = "";
    for (export, named) in &items.exports {
        // Versions of one symbol are together; they are one promise.
        if std::mem::replace(&mut before, &export.name) == &*export.name {
            continue;
        }
        let placed = placer.place(named, name, None);
        let tier = placed.unwrap_or_else(|| placer.of_origin(&export.name, library));
        share.symbols[tier] += 1;
        if placed.is_none() && tier == default {
            share.unmatched_symbols.push(export.name.to_string());
        }
    }
    for (type_, named) in items.types.iter().filter(|(type_, _)| type_.variant == 0) {
        let placed = placer.place(named, name, type_.location.as_ref());
        let tier = placed.unwrap_or_else(|| placer.of_declared(&type_.name, library));
        share.types[tier] += 1;
        // What the standard library and the system define is in public headers whether anybody promises it or not.
        let is_systems = type_.location.as_ref().is_some_and(|location| !location.is_own_header())
            || ["std::", "__gnu_cxx::", "__cxxabiv1::"].iter().any(|scope| type_.name.starts_with(scope));
        if placed.is_none() && tier == default && !is_systems {
            share.unmatched_types.push(type_.name.to_string());
        }
    }
    share
}

fn missing(policy: &Policy, items: &[Items<'_>]) -> Vec<(usize, String)> {
    let exports = items.iter().flat_map(|items| &items.exports);
    let patterns = policy.required.iter().enumerate();
    let unmet = patterns.filter(|(_, pattern)| !exports.clone().any(|(_, named)| pattern.matches(named)));
    unmet.map(|(at, pattern)| (policy.line_of_required(at), pattern.as_str().to_owned())).collect()
}

/// Everything that tiers go by and that nothing in the release is called.
fn idle(policy: &Policy, release: &Release, items: &[Items<'_>]) -> Vec<(usize, String)> {
    let names = || items.iter().flat_map(Items::names);
    let mut found = Vec::new();
    for (tier, rule) in policy.tiers.iter().enumerate().filter(|(_, rule)| rule.has_members) {
        let members = &rule.members;
        let mut tell = |key: &str, at: usize| {
            let (line, pattern) = policy.pattern_of_tier(tier, key, at);
            found.push((line, format!("{pattern} of tier {}", rule.name)));
        };
        for (at, pattern) in members.names.iter().enumerate() {
            if !names().any(|named| named.is(pattern)) {
                tell("names", at);
            }
        }
        for (at, glob) in members.c_names.iter().enumerate() {
            if !names().filter_map(Named::identifier).any(|name| glob.matches(name)) {
                tell("c-names", at);
            }
        }
        for (at, glob) in members.libraries.iter().enumerate() {
            if !release.libraries.iter().any(|l| glob.matches(&l.name) || glob.matches(l.link_name())) {
                tell("libraries", at);
            }
        }
    }
    found
}

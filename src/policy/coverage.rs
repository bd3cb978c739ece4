//! How a release falls into the tiers of a policy, and what of the policy finds nothing in it.

use super::compile::Policy;
use super::name_index::NameIndex;
use super::named::Answers;
use super::profile::Profile;
use super::tier::PUBLIC;
use super::tier_assigner::TierAssigner;
use crate::abi::{HEADERS, Library, Release};

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
    coverage_with(&NameIndex::new(policy), release)
}

/// The same for one of several releases, of which the index knows the names that came up.
pub fn coverage_with(index: &NameIndex<'_>, release: &Release) -> Coverage {
    let policy = index.policy;
    let placer = TierAssigner::new(policy, Profile::Trunk, (release, release), Vec::new());
    let mut matched = Matched { names: vec![false; index.patterns.count], exports: Vec::new() };
    matched.exports.clone_from(&matched.names);
    let libraries = release.parts().map(|library| share(index, &placer, library, &mut matched)).collect();
    Coverage {
        tiers: policy.tiers.iter().map(|tier| tier.name.clone()).collect(),
        libraries,
        missing: missing(index, &matched),
        idle: idle(index, release, &matched),
    }
}

/// For each pattern, by its number, whether it matches something in a release.
struct Matched {
    /// Any name at all.
    names: Vec<bool>,
    /// Something that a library exports.
    exports: Vec<bool>,
}

fn share(
    index: &NameIndex<'_>,
    placer: &TierAssigner<'_>,
    library: &Library,
    matched: &mut Matched,
) -> Portion {
    let policy = index.policy;
    let tiers = policy.tiers.len();
    let mut share = Portion {
        library: library.name.clone(),
        symbols: vec![0; tiers],
        types: vec![0; tiers],
        ..Portion::default()
    };
    let default = policy.built_in(PUBLIC);
    let name = Some(&*library.name);
    // Inline functions are no library's to export.
    let exports = if library.name == HEADERS { &[][..] } else { &library.exports };
    // Versions of one symbol are together; they are one promise.
    for export in exports.chunk_by(|a, b| a.name == b.name).map(|versions| &versions[0]) {
        let (named, answers) = index.symbol(&export.name);
        for pattern in &answers.patterns {
            (matched.names[*pattern], matched.exports[*pattern]) = (true, true);
        }
        let placed = placer.place(&named, name, None);
        let tier = placed.unwrap_or_else(|| placer.of_origin(&export.name, library));
        share.symbols[tier] += 1;
        if placed.is_none() && tier == default {
            share.unmatched_symbols.push(export.name.to_string());
        }
    }
    let mut meet = |answers: &Answers| answers.patterns.iter().for_each(|at| matched.names[*at] = true);
    for type_ in &library.types {
        let (named, answers) = index.name(&type_.name);
        meet(&answers);
        // Several definitions of one type are one type.
        if type_.variant > 0 {
            continue;
        }
        let placed = placer.place(&named, name, type_.location.as_ref());
        let tier = placed.unwrap_or_else(|| placer.of_declared(&type_.name, library));
        share.types[tier] += 1;
        // What the standard library and the system define is in public headers whether anybody promises it or not.
        let is_systems = type_.location.as_ref().is_some_and(|location| !location.is_own_header())
            || ["std::", "__gnu_cxx::", "__cxxabiv1::"].iter().any(|scope| type_.name.starts_with(scope));
        if placed.is_none() && tier == default && !is_systems {
            share.unmatched_types.push(type_.name.to_string());
        }
    }
    library.constants.iter().for_each(|constant| meet(&index.name(&constant.name).1));
    share
}

fn missing(index: &NameIndex<'_>, matched: &Matched) -> Vec<(usize, String)> {
    let policy = index.policy;
    let patterns = policy.required.iter().enumerate();
    let unmet = patterns.filter(|(at, _)| !matched.exports[index.patterns.required(*at)]);
    unmet.map(|(at, pattern)| (policy.line_of_required(at), pattern.as_str().to_owned())).collect()
}

/// Everything that tiers go by and that nothing in the release is called.
fn idle(index: &NameIndex<'_>, release: &Release, matched: &Matched) -> Vec<(usize, String)> {
    let policy = index.policy;
    let mut found = Vec::new();
    for (tier, rule) in policy.tiers.iter().enumerate().filter(|(_, rule)| rule.has_members) {
        let members = &rule.members;
        let mut tell = |key: &str, at: usize| {
            let (line, pattern) = policy.pattern_of_tier(tier, key, at);
            found.push((line, format!("{pattern} of tier {}", rule.name)));
        };
        let is_idle = |number: usize| !matched.names[number];
        (0..members.names.len())
            .filter(|at| is_idle(index.patterns.name(tier, *at)))
            .for_each(|at| tell("names", at));
        (0..members.c_names.len())
            .filter(|at| is_idle(index.patterns.c_name(tier, *at)))
            .for_each(|at| tell("c-names", at));
        for (at, glob) in members.libraries.iter().enumerate() {
            if !release.libraries.iter().any(|l| glob.matches(&l.name) || glob.matches(l.link_name())) {
                tell("libraries", at);
            }
        }
    }
    found
}

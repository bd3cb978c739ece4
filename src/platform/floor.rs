//! The platform floor: the oldest C library, C++ library and compiler runtime that a release runs on, and which
//! distributions and manylinux tags that means.

use std::collections::BTreeMap;

use crate::abi::{Library, Release};

/// Version families of system libraries.
const FAMILIES: [&str; 6] = ["GLIBC_", "GLIBCXX_", "CXXABI_", "GCC_", "GOMP_", "OMP_"];

/// manylinux tags (PEP 513 to 600) with the newest GLIBC and GLIBCXX versions that each allows.
const MANYLINUX: [(&str, &str, &str); 9] = [
    ("manylinux1", "2.5", "3.4.8"),
    ("manylinux2010", "2.12", "3.4.13"),
    ("manylinux2014", "2.17", "3.4.19"),
    ("manylinux_2_24", "2.24", "3.4.22"),
    ("manylinux_2_28", "2.28", "3.4.25"),
    ("manylinux_2_31", "2.31", "3.4.28"),
    ("manylinux_2_34", "2.34", "3.4.29"),
    ("manylinux_2_35", "2.35", "3.4.30"),
    ("manylinux_2_39", "2.39", "3.4.33"),
];

/// Distributions with the GLIBC and GLIBCXX versions that they provide.
pub(crate) const DISTRIBUTIONS: [(&str, &str, &str); 14] = [
    ("CentOS 7", "2.17", "3.4.19"),
    ("Debian 9", "2.24", "3.4.22"),
    ("Amazon Linux 2", "2.26", "3.4.24"),
    ("Ubuntu 18.04", "2.27", "3.4.25"),
    ("RHEL 8", "2.28", "3.4.25"),
    ("Debian 10", "2.28", "3.4.25"),
    ("Ubuntu 20.04", "2.31", "3.4.28"),
    ("Debian 11", "2.31", "3.4.28"),
    ("RHEL 9", "2.34", "3.4.29"),
    ("Amazon Linux 2023", "2.34", "3.4.29"),
    ("Ubuntu 22.04", "2.35", "3.4.30"),
    ("Debian 12", "2.36", "3.4.30"),
    ("Ubuntu 24.04", "2.39", "3.4.33"),
    ("Debian 13", "2.41", "3.4.33"),
];

/// CXXABI versions with the GLIBCXX version that came in the same release of libstdc++.
pub(crate) const CXXABI: [(&str, &str); 9] = [
    ("1.3.7", "3.4.18"),
    ("1.3.8", "3.4.20"),
    ("1.3.9", "3.4.21"),
    ("1.3.10", "3.4.22"),
    ("1.3.11", "3.4.23"),
    ("1.3.12", "3.4.28"),
    ("1.3.13", "3.4.29"),
    ("1.3.14", "3.4.31"),
    ("1.3.15", "3.4.33"),
];

/// The newest version of libgcc_s that all of the above have.
pub(crate) const OLDEST_GCC: &str = "4.8.0";

pub(crate) type Version = Vec<u32>;

/// The numbers of `2.28`.
pub(crate) fn parse(text: &str) -> Option<Version> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

/// The highest version of each family that a release needs from outside itself.
pub(crate) struct Floor<'a> {
    pub(crate) highest: BTreeMap<&'static str, (Version, &'a str, &'a str)>,
}

impl<'a> Floor<'a> {
    pub(crate) fn of(release: &'a Release) -> Floor<'a> {
        Floor::of_some(release, release.libraries.iter())
    }

    /// What some libraries of a release need.
    fn of_some(release: &Release, libraries: impl Iterator<Item = &'a Library>) -> Floor<'a> {
        let mut highest: BTreeMap<&'static str, (Version, &str, &str)> = BTreeMap::new();
        for library in libraries {
            for import in &library.imports {
                let Some(version) = import.version.as_deref() else { continue };
                let bundled = import.library.as_deref().is_some_and(|l| release.library(l).is_some());
                let family = FAMILIES.iter().find(|f| version.starts_with(*f));
                let Some((family, false)) = family.map(|f| (*f, bundled)) else { continue };
                let Some(number) = parse(&version[family.len()..]) else { continue };
                let entry = (number, version, library.name.as_str());
                match highest.get(family) {
                    Some(known) if known.0 >= entry.0 => {}
                    _ => drop(highest.insert(family, entry)),
                }
            }
        }
        Floor { highest }
    }

    pub(crate) fn meets(&self, glibc: &str, glibcxx: &str) -> bool {
        let within = |family: &str, limit: &str| {
            self.highest.get(family).is_none_or(|(needed, ..)| parse(limit).is_some_and(|l| *needed <= l))
        };
        within("GLIBC_", glibc) && within("GLIBCXX_", glibcxx)
    }

    pub(crate) fn manylinux(&self) -> Option<&'static str> {
        MANYLINUX.iter().find(|(_, glibc, glibcxx)| self.meets(glibc, glibcxx)).map(|(tag, ..)| *tag)
    }

    /// The highest version of each of these families: `GLIBC_2.28`.
    pub(crate) fn versions<'f>(&'f self, families: &'f [&str]) -> impl Iterator<Item = &'a str> + 'f {
        families.iter().filter_map(|f| self.highest.get(f)).map(|(_, version, _)| *version)
    }
}

/// The newest GLIBC and GLIBCXX versions that a manylinux tag allows: `manylinux_2_28`, or any `manylinux_2_X`.
pub(crate) fn versions_of_tag(tag: &str) -> Option<(&'static str, &'static str)> {
    let exact = MANYLINUX.iter().find(|(name, ..)| *name == tag);
    let number = |tag: &str| tag.strip_prefix("manylinux_2_").and_then(|minor| minor.parse::<u32>().ok());
    let wanted = number(tag);
    // A tag between two known ones promises what the older of them does.
    let below = || MANYLINUX.iter().rev().find(|(name, ..)| number(name) <= wanted && wanted.is_some());
    exact.or_else(below).map(|(_, glibc, glibcxx)| (*glibc, *glibcxx))
}

/// Whether a version, as `2.28`, is no later than another one.
pub(crate) fn at_most(version: &str, limit: &str) -> bool {
    match (parse(version), parse(limit)) {
        (Some(version), Some(limit)) => version <= limit,
        // GLIBC_PRIVATE and the like are of no time.
        _ => true,
    }
}

/// Whether a version is of a family that system libraries define.
pub(crate) fn is_systems(version: &str) -> bool {
    FAMILIES.iter().any(|family| version.starts_with(family))
}

/// The highest version of each family that one library of a release needs from outside the release, in the order of the
/// families: `GLIBC_2.28`, `GLIBCXX_3.4.22`.
pub(crate) fn highest<'a>(release: &Release, library: &'a Library) -> Vec<&'a str> {
    let floor = Floor::of_some(release, std::iter::once(library));
    FAMILIES.iter().filter_map(|family| floor.highest.get(family)).map(|(_, version, _)| *version).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_meets_the_first_tag_that_allows_both() {
        let floor = |glibc: &str, glibcxx: &str| Floor {
            highest: [
                ("GLIBC_", (parse(glibc).unwrap(), "", "")),
                ("GLIBCXX_", (parse(glibcxx).unwrap(), "", "")),
            ]
            .into(),
        };
        assert_eq!(floor("2.17", "3.4.19").manylinux(), Some("manylinux2014"));
        assert_eq!(floor("2.17", "3.4.20").manylinux(), Some("manylinux_2_24"));
        assert_eq!(floor("2.27", "3.4.25").manylinux(), Some("manylinux_2_28"));
        assert_eq!(floor("2.99", "3.4.25").manylinux(), None);
    }
}

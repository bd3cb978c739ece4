//! The platform floor: the oldest C library, C++ library and compiler runtime that a release runs on, and which
//! distributions and manylinux tags that means.

use std::collections::BTreeMap;

use crate::abi::{Library, Release};

/// Version families of system libraries.
const FAMILIES: [&str; 6] = ["GLIBC_", "GLIBCXX_", "CXXABI_", "GCC_", "GOMP_", "OMP_"];

/// Versions of glibc with the GLIBCXX version of the distributions that came out with it: what a manylinux tag of that number
/// (PEP 513 to 600) promises.
const SYSTEMS: [(&str, &str); 28] = [
    ("2.5", "3.4.8"),
    ("2.12", "3.4.13"),
    ("2.17", "3.4.19"),
    ("2.18", "3.4.19"),
    ("2.19", "3.4.19"),
    ("2.20", "3.4.20"),
    ("2.21", "3.4.20"),
    ("2.22", "3.4.21"),
    ("2.23", "3.4.21"),
    ("2.24", "3.4.22"),
    ("2.25", "3.4.23"),
    ("2.26", "3.4.24"),
    ("2.27", "3.4.24"),
    ("2.28", "3.4.25"),
    ("2.29", "3.4.26"),
    ("2.30", "3.4.27"),
    ("2.31", "3.4.28"),
    ("2.32", "3.4.28"),
    ("2.33", "3.4.29"),
    ("2.34", "3.4.29"),
    ("2.35", "3.4.30"),
    ("2.36", "3.4.30"),
    ("2.37", "3.4.31"),
    ("2.38", "3.4.32"),
    ("2.39", "3.4.33"),
    ("2.40", "3.4.33"),
    ("2.41", "3.4.33"),
    ("2.42", "3.4.34"),
];

/// Tags that had a name before PEP 600 gave each version of glibc one.
const NAMED_TAGS: [(&str, &str); 3] =
    [("manylinux1", "2.5"), ("manylinux2010", "2.12"), ("manylinux2014", "2.17")];

/// Tags that auditwheel gives to wheels, by their version of glibc.
const GIVEN_TAGS: [&str; 16] = [
    "2.5", "2.12", "2.17", "2.24", "2.26", "2.27", "2.28", "2.31", "2.34", "2.35", "2.36", "2.37", "2.38",
    "2.39", "2.40", "2.41",
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
pub(crate) const CXXABI: [(&str, &str); 10] = [
    ("1.3.7", "3.4.18"),
    ("1.3.8", "3.4.20"),
    ("1.3.9", "3.4.21"),
    ("1.3.10", "3.4.22"),
    ("1.3.11", "3.4.23"),
    ("1.3.12", "3.4.28"),
    ("1.3.13", "3.4.29"),
    ("1.3.14", "3.4.31"),
    ("1.3.15", "3.4.33"),
    ("1.3.16", "3.4.34"),
];

/// Versions of libgcc_s with the GLIBCXX version that came in the same release of GCC.
const GCC: [(&str, &str); 7] = [
    ("4.3.0", "3.4.10"),
    ("4.7.0", "3.4.17"),
    ("4.8.0", "3.4.18"),
    ("7.0.0", "3.4.23"),
    ("11.0", "3.4.29"),
    ("12.0.0", "3.4.30"),
    ("14.0.0", "3.4.33"),
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

    /// The first tag whose systems have all that is needed.
    pub(crate) fn manylinux(&self) -> Option<String> {
        let given = SYSTEMS.iter().filter(|(glibc, _)| GIVEN_TAGS.contains(glibc));
        let (glibc, _) = given.into_iter().find(|(glibc, glibcxx)| self.meets(glibc, glibcxx))?;
        let named = NAMED_TAGS.iter().find(|(_, number)| number == glibc).map(|(name, _)| (*name).to_owned());
        Some(named.unwrap_or_else(|| format!("manylinux_{}", glibc.replace('.', "_"))))
    }

    /// The highest version of each of these families: `GLIBC_2.28`.
    pub(crate) fn versions<'f>(&'f self, families: &'f [&str]) -> impl Iterator<Item = &'a str> + 'f {
        families.iter().filter_map(|f| self.highest.get(f)).map(|(_, version, _)| *version)
    }
}

/// What the systems of a manylinux tag have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Promise {
    /// The newest version of glibc: the one that the tag is named after.
    glibc: Version,
    /// The newest GLIBCXX version.
    glibcxx: Version,
}

impl Promise {
    /// That of `manylinux_2_28`, or any `manylinux_2_X`. A system that is newer than all that are known has at least what
    /// these have.
    pub(crate) fn of(tag: &str) -> Option<Promise> {
        let named = NAMED_TAGS.iter().find(|(name, _)| *name == tag).map(|(_, glibc)| (*glibc).to_owned());
        let glibc = parse(&named.or_else(|| Some(tag.strip_prefix("manylinux_")?.replace('_', ".")))?)?;
        let is_older = |(known, _): &&(&str, &str)| parse(known).is_some_and(|known| known <= glibc);
        let (_, glibcxx) = SYSTEMS.iter().rev().find(is_older)?;
        let glibcxx = parse(glibcxx)?;
        (glibc.len() == 2).then_some(Promise { glibc, glibcxx })
    }

    /// That of a distribution, a manylinux tag or a version of glibc: `Debian 12`, `manylinux_2_28`, `GLIBC_2.28`.
    pub(crate) fn named(name: &str) -> Option<Promise> {
        let distribution = DISTRIBUTIONS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
        match (distribution, name.strip_prefix("GLIBC_")) {
            (Some((_, glibc, glibcxx)), _) => {
                Some(Promise { glibc: parse(glibc)?, glibcxx: parse(glibcxx)? })
            }
            (None, Some(version)) => Promise::of(&format!("manylinux_{}", version.replace('.', "_"))),
            (None, None) => Promise::of(name),
        }
    }

    /// Whether everything that a release needs of the system is there.
    pub(crate) fn meets(&self, release: &Release) -> bool {
        Floor::of(release).highest.values().all(|(_, version, _)| self.has(version))
    }

    /// Which of two is the older system.
    pub(crate) fn order(&self, other: &Promise) -> std::cmp::Ordering {
        self.glibc.cmp(&other.glibc)
    }

    /// Whether a version of a system's library, `GLIBC_2.28` or `CXXABI_1.3.9`, is there. What has no number, such as
    /// `GLIBC_PRIVATE`, is of no time.
    pub(crate) fn has(&self, version: &str) -> bool {
        let Some(family) = FAMILIES.iter().find(|family| version.starts_with(**family)) else { return true };
        let Some(number) = parse(&version[family.len()..]) else { return true };
        let came_with = |table: &[(&str, &str)]| {
            let known =
                table.iter().rev().find(|(known, _)| parse(known).is_some_and(|known| known <= number));
            known.and_then(|(_, glibcxx)| parse(glibcxx)).is_none_or(|glibcxx| glibcxx <= self.glibcxx)
        };
        match *family {
            "GLIBC_" => number <= self.glibc,
            "GLIBCXX_" => number <= self.glibcxx,
            "CXXABI_" => came_with(&CXXABI),
            "GCC_" => came_with(&GCC),
            _ => true,
        }
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
        let tag = |glibc: &str, glibcxx: &str| floor(glibc, glibcxx).manylinux();
        assert_eq!(tag("2.17", "3.4.19").as_deref(), Some("manylinux2014"));
        assert_eq!(tag("2.17", "3.4.20").as_deref(), Some("manylinux_2_24"));
        assert_eq!(tag("2.25", "3.4.22").as_deref(), Some("manylinux_2_26"));
        assert_eq!(tag("2.27", "3.4.25").as_deref(), Some("manylinux_2_28"));
        assert_eq!(tag("2.99", "3.4.25"), None);
    }

    #[test]
    fn a_tag_promises_the_glibc_in_its_name() {
        for minor in (17..=41).filter(|minor| *minor != 37) {
            let promise = Promise::of(&format!("manylinux_2_{minor}")).unwrap();
            assert!(promise.has(&format!("GLIBC_2.{minor}")), "{minor}");
            assert!(!promise.has(&format!("GLIBC_2.{}", minor + 1)), "{minor}");
            assert!(promise.has("GLIBC_2.2.5") && promise.has("GLIBC_PRIVATE") && promise.has("OTHER_9"));
        }
        let has = |tag: &str, version: &str| Promise::of(tag).unwrap().has(version);
        assert!(has("manylinux_2_27", "GLIBCXX_3.4.24") && !has("manylinux_2_27", "GLIBCXX_3.4.25"));
        assert!(has("manylinux2014", "CXXABI_1.3.7") && !has("manylinux2014", "CXXABI_1.3.8"));
        assert!(has("manylinux2014", "CXXABI_TM_1") && has("manylinux2014", "CXXABI_1.3"));
        assert!(has("manylinux_2_28", "GCC_7.0.0") && !has("manylinux_2_28", "GCC_12.0.0"));
        assert!(has("manylinux2014", "GCC_3.0") && has("manylinux_2_50", "GLIBC_2.50"));
        for wrong in ["manylinux_2_x", "manylinux_2", "manylinux_2_3", "manylinux", "musllinux_1_2", "v2.9"] {
            assert_eq!(Promise::of(wrong), None, "{wrong}");
        }
    }
}

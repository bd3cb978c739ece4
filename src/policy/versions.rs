//! The versions that lists declare for names, held against the releases that export them.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};

use super::Policy;
use super::lists::Dated;
use crate::abi::Release;

/// Which releases export what the lists of a policy give a version. Releases are added one by one and not kept.
#[derive(Debug, Default)]
pub struct Versions<'p> {
    dated: HashMap<&'p str, &'p Dated>,
    /// Names that a release exports by its numbers, whatever platform it is for, and its name.
    releases: BTreeMap<Vec<u64>, (String, HashSet<&'p str>)>,
}

/// A declared version that the releases contradict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Misdated {
    /// The list.
    pub file: String,
    /// Its line, from one.
    pub line: usize,
    /// What is wrong, in one sentence.
    pub what: String,
}

impl<'p> Versions<'p> {
    /// Nothing is known of any release yet.
    pub fn new(policy: &'p Policy) -> Versions<'p> {
        let all = policy.tiers.iter().flat_map(|tier| &tier.members.listed.dated);
        Versions { dated: all.map(|dated| (&*dated.name, dated)).collect(), ..Versions::default() }
    }

    /// How many names have a version.
    pub fn declared(&self) -> usize {
        self.dated.len()
    }

    /// Names of those that a release exports. It can be dropped afterwards.
    pub fn exported(&self, release: &Release) -> HashSet<&'p str> {
        let exports = release.libraries.iter().flat_map(|library| &library.exports);
        exports.filter_map(|export| self.dated.get_key_value(&*export.name)).map(|(name, _)| *name).collect()
    }

    /// Adds what a release exports. One whose name is no version has no place in the order.
    pub fn add(&mut self, release: &str, exported: HashSet<&'p str>) {
        if super::profile::is_version(release) {
            let known = self.releases.entry(numbers(release)).or_default();
            known.0 = release.to_owned();
            known.1.extend(exported);
        }
    }

    /// Names whose version is not the first stored one that exports them, by file and line. A name that no release exports is
    /// another platform's, or none of a symbol.
    pub fn misdated(&self) -> Vec<Misdated> {
        let wrong = |dated: &&Dated| {
            let what = self.contradiction(dated)?;
            Some(Misdated { file: dated.file.clone(), line: dated.line, what })
        };
        let mut found: Vec<Misdated> = self.dated.values().filter_map(wrong).collect();
        found.sort();
        found
    }

    fn contradiction(&self, dated: &Dated) -> Option<String> {
        let declared = numbers(&dated.version);
        let exports = |(_, (_, names)): &(&Vec<u64>, &(String, HashSet<&str>))| names.contains(&*dated.name);
        let (first, (release, _)) = self.releases.iter().find(exports)?;
        let Dated { name, version, .. } = dated;
        if *first < declared {
            return Some(format!("{name} is of {version}, and {release} exports it already"));
        }
        // The first stored release that may have it.
        let (due, (expected, _)) = self.releases.range(declared..).next()?;
        (due < first).then(|| {
            format!("{name} is of {version}, and {expected} does not export it, only {release} does")
        })
    }
}

/// The numbers of a version, without zeros at the end: `TORCH_VERSION_2_11_0` and `v2.11` are the same one.
fn numbers(version: &str) -> Vec<u64> {
    let digits = version.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let mut numbers: Vec<u64> = digits.map(|part| part.parse().unwrap_or(u64::MAX)).collect();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{Export, Library};
    use crate::policy::File;

    fn release(name: &str, exports: &[&str]) -> Release {
        let export = |name: &&str| Export { name: (*name).into(), ..Export::default() };
        let library = Library { exports: exports.iter().map(export).collect(), ..Library::default() };
        Release { name: name.to_owned(), libraries: vec![library], ..Release::default() }
    }

    #[test]
    fn the_version_of_a_name_is_the_first_release_that_exports_it() {
        let list =
            "# shims\na: V_2_9_0\nb: V_2_10_0\nearly: V_2_10_0\nlate: 2.9\nParallelFunc: V_2_9_0\nold\n";
        let file = File::parse("tiers:\n- {name: stable, listed: shims.txt}\n").unwrap();
        let policy = Policy::new(&file, &|_| Ok(list.to_owned())).unwrap();
        let mut versions = Versions::new(&policy);
        assert_eq!(versions.declared(), 5);
        for release in [
            release("v2.10.0", &["a", "b", "late"]),
            release("v2.8.0", &["old"]),
            release("v2.9.1", &["a", "early"]),
            // The same release for another platform.
            release("v2.10.0", &["old"]),
            release("HEAD", &["b", "late"]),
        ] {
            let exported = versions.exported(&release);
            versions.add(&release.name, exported);
        }
        let told: Vec<String> =
            versions.misdated().iter().map(|m| format!("{}: {}", m.line, m.what)).collect();
        assert_eq!(
            told,
            [
                "4: early is of V_2_10_0, and v2.9.1 exports it already",
                "5: late is of 2.9, and v2.9.1 does not export it, only v2.10.0 does",
            ]
        );
    }
}

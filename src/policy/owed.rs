//! What a comparison owes the users of libraries whose names carry a version: which release, and a new SONAME or none.
//!
//! Libraries without a version in their name, such as plug-ins and those of wheels, promise nothing by it and are left out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Verdict};
use crate::diff::SubjectKind;
use crate::rules::{Rule, Severity};

/// What breaking changes of versioned libraries come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// Libraries that break with their old SONAME: they owe a new one.
    pub owing: Vec<String>,
    /// Libraries that break and say so by a new SONAME.
    pub declared: Vec<String>,
    /// Libraries with a new SONAME that nothing else in them asks for.
    pub unneeded: Vec<String>,
}

impl Owed {
    /// By the findings that are breaking, whoever they stop.
    pub fn of(verdict: &Verdict) -> Owed {
        let mut breaking: BTreeSet<&str> = BTreeSet::new();
        let mut renamed: BTreeMap<&str, bool> = BTreeMap::new();
        let counted = |finding: &&Finding| {
            finding.counts() && finding.tier.can_stop() && finding.change.severity == Severity::Breaking
        };
        for finding in verdict.findings.iter().filter(counted) {
            let subject = &finding.change.subject;
            let library = match subject.kind {
                SubjectKind::Library => Some(subject.name.as_str()),
                _ => subject.library.as_deref(),
            };
            let Some(library) = library else { continue };
            match finding.change.rule {
                Rule::SonameChanged => drop(renamed.insert(library, is_versioned(library))),
                _ => drop(breaking.insert(library)),
            }
        }
        let owned = |name: &&str| (*name).to_owned();
        let is_renamed = |name: &&str| renamed.contains_key(*name);
        Owed {
            owing: breaking
                .iter()
                .filter(|name| is_versioned(name) && !is_renamed(name))
                .map(owned)
                .collect(),
            declared: breaking.iter().filter(|name| is_renamed(name)).map(owned).collect(),
            unneeded: renamed.keys().filter(|name| !breaking.contains(*name)).map(owned).collect(),
        }
    }
}

/// Whether the name of a file carries a version: `libx.so.1.2`.
fn is_versioned(library: &str) -> bool {
    library.rsplit_once(".so.").is_some_and(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_version_promise_something() {
        assert!(is_versioned("libx.so.1") && is_versioned("libx.so.1.2.3"));
        assert!(!is_versioned("libx.so") && !is_versioned("libtorch_cpu.so") && !is_versioned("a.so.debug"));
    }
}

//! Who breaks: programs and extensions that were built against a release, held against another one.
//!
//! A consumer is a release of its own kind: the files of a wheel, a directory or a package, of which only what they ask for
//! matters ([`list`]). [`ProcessImage`] is a release with everything else that the process has, in which consumers are loaded
//! ([`crate::loader`]); [`exposure`] says which breaking root causes reach one that loads; [`range`] with which of many
//! releases it loads; [`consumer_impact`] puts it all into a verdict.
//!
//! Plain data: nothing here reads a file.

pub mod consumer_impact;
pub mod exposure;
pub mod list;
mod process_image;
pub mod range;

pub use process_image::{Loaded, Missing, ProcessImage, foreign};

use crate::abi::Release;
use crate::policy::Verdict;
use exposure::{Exposure, Exposures};

/// What two releases mean to one consumer.
#[derive(Clone, Debug)]
pub struct Impact {
    /// Its name, with its version.
    pub consumer: String,
    /// What it lacks with the old release.
    pub old: Vec<Missing>,
    /// What it lacks with the new release.
    pub new: Vec<Missing>,
    /// What of that the comparison of the releases says, by position in `new`.
    pub reasons: Vec<Option<Reason>>,
    /// Breaking root causes that reach it though it loads.
    pub exposures: Vec<Exposure>,
    /// Symbols that it imports of the old release.
    pub imports: usize,
    /// It needs a library of one of the releases.
    pub needs: bool,
    /// Libraries of other packages that it needs, of which nothing is known.
    pub not_looked_into: Vec<String>,
}

/// Why something is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Id of the root finding.
    pub finding: String,
    /// Its rule.
    pub rule: crate::rules::Rule,
    /// What it is about; none: the missing thing itself.
    pub subject: Option<String>,
    /// The symbol that took its place, if there is one.
    pub candidate: Option<String>,
}

/// What the step from one release to the other does to a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It neither needs a library of the releases nor imports anything of them.
    Unrelated,
    /// It loads with neither, and lacks nothing of the new release that the old one had.
    NeverLoaded,
    /// It loads with the new release, and nothing breaking reaches it.
    Fine,
    /// It loads, and a breaking change reaches it.
    Exposed,
    /// The new release lacks something that the old one had for it.
    Broken,
}

impl Impact {
    /// What the step does.
    pub fn effect(&self) -> Effect {
        let is_worse = self.new.iter().any(|missing| !self.old.contains(missing));
        match (self.old.is_empty(), self.new.is_empty()) {
            _ if is_worse => Effect::Broken,
            _ if !self.exposures.is_empty() => Effect::Exposed,
            (true, true) if self.imports == 0 && !self.needs => Effect::Unrelated,
            (false, false) => Effect::NeverLoaded,
            _ => Effect::Fine,
        }
    }
}

/// Judges a consumer by both releases and what the comparison of them found.
pub fn impact(
    consumer: &Release,
    at: usize,
    old: &ProcessImage<'_>,
    new: &ProcessImage<'_>,
    verdict: &Verdict,
    exposures: &Exposures<'_>,
) -> Impact {
    let (before, after) = (old.loaded(at), new.loaded(at));
    let shift = new.first_file(at) as isize - old.first_file(at) as isize;
    let mut missing = after.missing.clone();
    missing.extend(before.lost(&after, shift));
    missing.sort();
    missing.dedup();
    let reasons = missing.iter().map(|missing| reason(missing, verdict)).collect();
    // What lacks a symbol never gets as far as to meet a change.
    let loads = missing
        .iter()
        .all(|missing| matches!(missing, Missing::Library { .. }) && before.missing.contains(missing));
    Impact {
        consumer: consumer.name.clone(),
        imports: before.imports(),
        needs: old.is_needed(consumer) || new.is_needed(consumer),
        exposures: if loads { exposures.of(consumer) } else { Vec::new() },
        not_looked_into: before.not_looked_into,
        old: before.missing,
        new: missing,
        reasons,
    }
}

/// The finding that a missing symbol, version or library is part of.
fn reason(missing: &Missing, verdict: &Verdict) -> Option<Reason> {
    let tells = |finding: &&crate::policy::Finding| {
        let change = &finding.change;
        match missing {
            Missing::Symbol { name, .. } => change.members.iter().any(|member| member.name() == name),
            Missing::Version { version, .. } => change.subject.name == *version,
            Missing::Library { name, .. } => {
                change.subject.name == *name
                    || change.detail.values().and_then(|(old, _)| old.as_library()) == Some(name)
            }
        }
    };
    let found = verdict.findings.iter().find(tells)?;
    let candidate = match missing {
        Missing::Symbol { name, .. } => {
            let member = found.change.members.iter().find(|member| member.name() == name);
            member.and_then(|member| member.replaced_by.clone())
        }
        _ => None,
    };
    let root = found.derived_from.as_ref().and_then(|id| verdict.findings.iter().find(|f| f.id == *id));
    let root = root.unwrap_or(found);
    Some(Reason {
        finding: root.id.clone(),
        rule: root.change.rule,
        subject: (root.change.members.len() > 1 || !std::ptr::eq(root, found))
            .then(|| root.change.subject.name.clone()),
        candidate,
    })
}

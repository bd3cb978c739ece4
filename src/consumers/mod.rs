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

pub use process_image::{Missing, ProcessImage, foreign};

use crate::abi::Release;
use crate::policy::Verdict;
use exposure::Exposure;

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
    /// It loads with neither: nothing can be said.
    NeverLoaded,
    /// It loads with the new release, and nothing breaking reaches it.
    Fine,
    /// It loads, and a breaking change reaches it.
    Exposed,
    /// It loaded, and does not any more.
    Broken,
}

impl Impact {
    /// What the step does.
    pub fn effect(&self) -> Effect {
        match (self.old.is_empty(), self.new.is_empty()) {
            (false, false) => Effect::NeverLoaded,
            (true, false) => Effect::Broken,
            (_, true) if !self.exposures.is_empty() => Effect::Exposed,
            (_, true) => Effect::Fine,
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
) -> Impact {
    let ((before, imports), after) = (old.missing_and_imports(at), new.missing(at));
    let reasons = after.iter().map(|missing| reason(missing, verdict)).collect();
    let exposures = if after.is_empty() { exposure::of(consumer, verdict) } else { Vec::new() };
    Impact { consumer: consumer.name.clone(), imports, old: before, new: after, reasons, exposures }
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

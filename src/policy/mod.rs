//! Changes to a verdict: tiers, severities per tier, and what the gate does about them.
//!
//! Built-in tiers until a policy file says otherwise: `public` for the library's own symbols, `third-party` for what it
//! bundles and `toolchain` for what compiler, linker and C++ library put there. Findings outside `public` are reported
//! and stop nobody.

mod judge;

use serde::Serialize;

use crate::diff::Change;
use crate::rules::Severity;

pub use judge::judge;

/// A named part of the surface with severities of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// The library's own.
    Public,
    /// Bundled projects.
    ThirdParty,
    /// Standard library instantiations, transactional clones, linker-made symbols.
    Toolchain,
}

impl Tier {
    /// The word used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Public => "public",
            Tier::ThirdParty => "third-party",
            Tier::Toolchain => "toolchain",
        }
    }
}

/// A change with its place in the policy.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Fingerprint: the same change has the same id in every comparison that finds it.
    pub id: String,
    /// Part of the surface.
    pub tier: Tier,
    /// Severity after exposure and tier.
    pub severity: Severity,
    /// The change. Its `derived_from` is replaced by `derived_from` here.
    pub change: Change,
    /// Id of the finding that this one follows from.
    pub derived_from: Option<String>,
}

/// What the comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing breaking was found, and everything the baseline knew could be checked.
    Compatible,
    /// At least one breaking finding.
    Breaking,
    /// Nothing breaking was found, but evidence was lost.
    CannotCertify,
}

/// One line of the evidence ledger: how much both sides know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Libraries compared pairwise.
    pub libraries: usize,
    /// Exported symbols of the old release.
    pub old_exports: usize,
    /// Exported symbols of the new release.
    pub new_exports: usize,
    /// Exported vtables, VTTs and typeinfos of the old release, and how many of them were decoded.
    pub old_rtti: (usize, usize),
    /// The same of the new release.
    pub new_rtti: (usize, usize),
    /// Exported functions of the old release's libraries that have debug info, and how many of them it describes.
    pub old_types: (usize, usize),
    /// The same of the new release.
    pub new_types: (usize, usize),
    /// What either side could not tell, by library.
    pub gaps: Vec<String>,
}

/// Everything that a report says.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What it comes to.
    pub outcome: Outcome,
    /// Names of the releases: old, new.
    pub releases: (String, String),
    /// Platform, when both sides agree on one.
    pub platform: Option<String>,
    /// What was known.
    pub ledger: Ledger,
    /// All findings: worst first, roots before what follows from them.
    pub findings: Vec<Finding>,
}

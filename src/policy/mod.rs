//! Changes to a verdict: tiers, severities per tier and profile, waivers, and what the gate does about it all.
//!
//! Nothing here reads a file or a clock: [`File::parse`] takes text, [`Policy::new`] a way to read the files that it
//! refers to, and [`judge()`] the day on which waivers are judged. Without a policy there are three tiers: `public` for the
//! library's own symbols, `third-party` for what it bundles and `toolchain` for what compiler, linker and C++ library put
//! there; findings outside `public` are reported and stop nobody.
//!
//! | file | what it does |
//! |---|---|
//! | `file`, `fields` | `abigate.yaml` as it is written |
//! | `config_error` | what is wrong with it, and where |
//! | `compile` | the entries looked into: a [`Policy`] |
//! | `tier`, `lists`, `named` | what belongs to a tier |
//! | `name_index` | what tiers say of names that many releases have |
//! | `level`, `profile` | what a change weighs |
//! | `waiver`, `date` | decisions to accept a finding, and their end |
//! | `exports`, `budget`, `require` | what is forbidden, too large, or has to be known |
//! | `tier_assigner` | changes in their tiers |
//! | `judge` | the verdict |
//! | `trust`, `difference` | whose policy it is, and what a change did to it |
//! | `owed` | which release and SONAME the changes ask for |
//! | `coverage` | how a release falls into tiers |
//! | `consumer_impact` | what it means to consumers |
//! | `compiled_in` | what breaks in code that programs have of the headers |
//! | `versions` | the versions that lists declare, held against releases |
//! | `import` | suppression files of libabigail as tiers and waivers |
//! | `write` | waivers for what a verdict found |

mod budget;
mod compile;
mod compiled_in;
mod config_error;
mod consumer_impact;
mod coverage;
mod date;
mod difference;
mod exports;
mod fields;
mod file;
mod import;
mod judge;
mod level;
mod lists;
mod name_index;
mod named;
mod owed;
mod profile;
mod require;
mod tier;
mod tier_assigner;
mod trust;
mod unknown_layouts;
mod versions;
mod waiver;
mod write;

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::diff::Change;
use crate::rules::Severity;

pub use compile::{Policy, Reader};
pub use config_error::ConfigError;
pub use consumer_impact::{AffectedConsumers, ConsumerImpact, LostSymbol};
pub use coverage::{Coverage, Portion, coverage, coverage_with};
pub use date::Date;
pub use difference::{FileDifference, difference};
pub use file::{File, Gate as GateSettings};
pub use import::{Imported, LeftOut, import};
pub use judge::{JudgeContext, judge, judge_unwaived};
pub use name_index::NameIndex;
pub use owed::{Owed, ReleaseKind, Soname};
pub use profile::Profile;
pub use require::{Needed, Requirement};
pub use tier::Tier;
pub(crate) use tier::is_private_node;
pub use trust::{OtherPolicy, Trust, WhyAdvisory};
pub use versions::{Misdated, Versions};
pub use waiver::Waived;
pub use write::write_waivers;

/// The JSON Schema of `abigate.yaml`.
pub const SCHEMA: &str = include_str!("policy.schema.json");

/// A change with its place in the policy.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Fingerprint: the same change has the same id in every comparison that finds it.
    pub id: String,
    /// Part of the surface.
    pub tier: Tier,
    /// Severity after exposure and tier.
    pub severity: Severity,
    /// The change. What it follows from stands in `derived_from` here, and no longer in the change.
    pub change: Change,
    /// Id of the finding that this one follows from.
    pub derived_from: Option<String>,
    /// The decision to accept it. It does not count then.
    pub waived: Option<Waived>,
    /// The release that does not have what it is about, which is why it does not count: nobody was promised it yet.
    pub unreleased: Option<String>,
    /// Consumers that it concerns, where any were asked and it is a root.
    pub consumers: AffectedConsumers,
    /// Linkage names of those of its symbols that inline functions and macros of the old release's headers use, and that break
    /// for code which has them compiled in.
    pub compiled_in: Vec<String>,
}

impl Finding {
    /// Whether it weighs what it weighs: nobody accepted it, and a release promises what it is about.
    pub fn counts(&self) -> bool {
        self.waived.is_none() && self.unreleased.is_none()
    }

    /// What exactly changed, in 16 hexadecimal digits: another change of the same thing has another fingerprint.
    pub fn fingerprint(&self) -> String {
        waiver::whole_fingerprint(&self.change)
    }
}

/// What the comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing breaking was found, and everything the baseline knew could be checked.
    Compatible,
    /// At least one breaking finding.
    Breaking,
    /// Nothing breaking was found, but evidence was lost, or some that the policy requires is not there.
    CannotCertify,
}

impl Outcome {
    /// The word in reports for programs.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Compatible => "compatible",
            Outcome::Breaking => "breaking",
            Outcome::CannotCertify => "cannot-certify",
        }
    }
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
    /// Exported variables that debug info describes, of the old and of the new release.
    pub variables: (usize, usize),
    /// Types that the public headers of the old and of the new release describe, where they were asked.
    pub headers: (Option<usize>, Option<usize>),
    /// Public headers that were asked for, and how many of them compiled, of the old and of the new release.
    pub header_files: ((usize, usize), (usize, usize)),
    /// Classes with exported symbols that neither debug info nor headers of the old release define.
    pub unknown_layouts: Vec<String>,
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
    /// Where the new side lies, where its name is that of the build which the configuration points at.
    pub build: Vec<String>,
    /// Both sides are one build: the same build-ids and the same facts.
    pub is_same_build: bool,
    /// Platform, when both sides agree on one.
    pub platform: Option<String>,
    /// The file of the policy, where there is one.
    pub policy: Option<String>,
    /// Whose policy and baselines counted, where a gate asked.
    pub trust: Option<Trust>,
    /// What kind of comparison it is.
    pub profile: Profile,
    /// What was known.
    pub ledger: Ledger,
    /// Evidence that is required and not there, one sentence each.
    pub unmet: Vec<String>,
    /// What the policy has that does nothing, one sentence each: waivers that are over or match nothing.
    pub notices: Vec<String>,
    /// Changes that the policy ignores, which are not among the findings.
    pub ignored: usize,
    /// What it means to consumers, where any were asked.
    pub consumers: Option<ConsumerImpact>,
    /// How somebody accepts what breaks, where that is known.
    pub accept: Option<HowToAccept>,
    /// Own libraries that both releases have and whose SONAME carried a version.
    pub sonames: Vec<Soname>,
    /// All findings: worst first, roots before what follows from them.
    pub findings: Vec<Finding>,
}

/// How somebody accepts what a comparison says breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HowToAccept {
    /// The label of a pull request that accepts it, where a gate asks and takes any.
    pub label: Option<String>,
    /// Whether who wrote the change may give it, too: where policy and baselines are the change's own anyway.
    pub is_advisory: bool,
    /// The command that writes waivers for all of it.
    pub waivers: String,
    /// Whether there is a configuration or a stored release; else somebody compares two files for the first time.
    pub is_set_up: bool,
}

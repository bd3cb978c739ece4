//! Whose policy and baselines a gate went by: those of a commit that the author of the change could not write, or the change's
//! own.

use serde::Serialize;

/// Whose policy and baselines counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "level", rename_all = "kebab-case")]
pub enum Trust {
    /// The change's own: who wrote it could write them as well.
    Advisory {
        /// Why nothing better was there.
        why: WhyAdvisory,
    },
    /// Those of a commit that the change starts from.
    Enforced {
        /// Its full hash.
        commit: String,
        /// What it was named by: a branch, or what somebody typed.
        of: String,
        /// Where baselines were, if not in that commit: a directory that git does not keep, put there by whoever runs the gate.
        #[serde(skip_serializing_if = "Option::is_none")]
        baselines: Option<String>,
        /// Where the policy was, if not in that commit.
        #[serde(skip_serializing_if = "Option::is_none")]
        policy: Option<OtherPolicy>,
    },
}

/// Where a policy was that counted and was not in the commit that the change starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtherPolicy {
    /// In the newest commit of the branch, by its full hash: it is another one there by now, and what a branch went by once is
    /// nobody's to choose.
    Commit(String),
    /// In a file that whoever runs the gate named, and that git does not keep.
    File(String),
}

/// Why a gate only advises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum WhyAdvisory {
    /// Somebody wanted it so.
    Asked,
    /// There is no git repository, or no git.
    NoRepository,
    /// Git knows no commit that the change starts from.
    NoMergeBase {
        /// The branch that it is to be merged into.
        target: String,
        /// History was cut off when it was cloned.
        is_shallow: bool,
    },
    /// The commit that the change starts from has neither policy nor baselines yet.
    NotAdopted {
        /// What it was named by.
        of: String,
    },
}

//! The gate before a merge: which of the changes of a pull request stop it, and who may let them through.
//!
//! What *this* change does is found against the commit that it starts from; what is promised, against the newest release. A
//! finding stops the change if both know of it: [`suppress_unreleased`] leaves out what no release has yet, and what others did before
//! only informs. [`acknowledge`] finds who has accepted what, [`code_owners`] who owns a
//! file, [`branch`] whether a branch is a release's, and [`pipeline`] and [`scripts`] which
//! files run the gate.
//!
//! Plain data: nothing here reads a file, asks git or knows of GitHub.

pub mod acknowledge;
pub mod branch;
pub mod code_owners;
pub mod pipeline;
pub mod scripts;
pub mod suppress_unreleased;

use crate::policy::Verdict;

/// What the gate came to.
#[derive(Clone, Debug)]
pub struct Gate {
    /// What stops the change, or would: of the change alone where the commit that it starts from is stored, else everything
    /// since the release.
    pub verdict: Verdict,
    /// Everything since the release, where that is something else.
    pub since: Option<Verdict>,
}

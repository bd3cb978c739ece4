//! Whose policy and baselines counted, in one line.

use crate::policy::{OtherPolicy, Trust, WhyAdvisory};

/// Digits of a commit that people read.
const DIGITS: usize = 12;

/// `enforced: policy and baselines of main@0123456789ab`
pub(crate) fn trust(trust: &Trust) -> String {
    match trust {
        Trust::Advisory { why } => {
            format!("advisory: policy and baselines are this change's own ({})", reason(why))
        }
        Trust::Enforced { commit, of, baselines, policy } => {
            let at = |commit: &str| match commit.starts_with(&**of) {
                true => short(commit).to_owned(),
                false => format!("{of}@{}", short(commit)),
            };
            let baselines = match baselines {
                None => at(commit),
                Some(directory) => format!("{directory}, which git does not keep"),
            };
            match policy {
                None if baselines == at(commit) => format!("enforced: policy and baselines of {baselines}"),
                None => format!("enforced: policy of {}; baselines of {baselines}", at(commit)),
                Some(OtherPolicy::Commit(newer)) => {
                    format!(
                        "enforced: policy of {}; baselines of {baselines}, where this change starts",
                        at(newer)
                    )
                }
                Some(OtherPolicy::File(file)) => {
                    format!("enforced: policy of {file}, which git does not keep; baselines of {baselines}")
                }
            }
        }
    }
}

/// As much of a commit's hash as people read.
fn short(commit: &str) -> &str {
    commit.get(..DIGITS).unwrap_or(commit)
}

fn reason(why: &WhyAdvisory) -> String {
    match why {
        WhyAdvisory::Asked => "--trust none".to_owned(),
        WhyAdvisory::NoRepository => "no git repository".to_owned(),
        WhyAdvisory::NoMergeBase { target, is_shallow: true } => {
            format!("the clone is shallow, so that git knows no commit in common with {target}")
        }
        WhyAdvisory::NoMergeBase { target, is_shallow: false } => {
            format!("git knows no commit in common with {target}")
        }
        WhyAdvisory::NotAdopted { of } => format!("{of} has neither abigate.yaml nor baselines yet"),
    }
}

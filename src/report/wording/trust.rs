//! Whose policy and baselines counted, in one line.

use crate::policy::{Trust, WhyAdvisory};

/// Digits of a commit that people read.
const DIGITS: usize = 12;

/// `enforced: policy and baselines of main@0123456789ab`
pub(crate) fn trust(trust: &Trust) -> String {
    match trust {
        Trust::Advisory { why } => {
            format!("advisory: policy and baselines are this change's own ({})", reason(why))
        }
        Trust::Enforced { commit, of, baselines } => {
            let short = commit.get(..DIGITS).unwrap_or(commit);
            let of = if commit.starts_with(&**of) { short.to_owned() } else { format!("{of}@{short}") };
            match baselines {
                None => format!("enforced: policy and baselines of {of}"),
                Some(directory) => {
                    format!("enforced: policy of {of}; baselines of {directory}, which git does not keep")
                }
            }
        }
    }
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

//! Who lets a break through: a label of the pull request, or a trailer in a commit's message. What a policy never lets through
//! nobody does.

use crate::policy::{Policy, Verdict, Waived};
use crate::rules::Severity;

/// A label that accepts the breaks of a pull request, where the policy names none.
pub const USUAL_LABEL: &str = "abi-break-accepted";
/// A trailer that does, where the policy names none: `ABI-Break: why`.
pub const USUAL_TRAILER: &str = "ABI-Break";

/// A decision to accept what a change breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Who: the author of a commit, or the label.
    pub by: String,
    /// Why, in the words of a trailer.
    pub reason: String,
}

/// A commit of the change: who made it, and its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Name of the author; none where nobody knows.
    pub author: Option<String>,
    /// The whole message.
    pub message: String,
}

/// The decision that labels or messages hold: a trailer first, since it says why.
pub fn find(
    labels: &[String],
    commits: &[Commit],
    wanted_labels: &[String],
    trailers: &[String],
) -> Option<Acknowledgement> {
    let by_trailer = commits.iter().find_map(|commit| {
        let reason = trailers.iter().find_map(|name| trailer(&commit.message, name))?;
        let by = commit.author.clone().unwrap_or_else(|| "a commit".to_owned());
        Some(Acknowledgement { by, reason })
    });
    by_trailer.or_else(|| {
        let label = labels.iter().find(|label| wanted_labels.iter().any(|wanted| wanted == *label))?;
        Some(Acknowledgement {
            by: format!("the label {label}"),
            reason: "accepted for this change".to_owned(),
        })
    })
}

/// The value of a trailer in the last paragraph of a message, as git-interpret-trailers(1) finds it. One without a value says
/// nothing.
fn trailer(message: &str, name: &str) -> Option<String> {
    let message = message.trim_end();
    let (_, last) = message.rsplit_once("\n\n")?;
    let mut lines = last.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((key, value)) = line.split_once(':') else { continue };
        if !key.trim_end().eq_ignore_ascii_case(name) {
            continue;
        }
        let mut value = value.trim().to_owned();
        // A line that begins with a space goes on with the value.
        while let Some(more) = lines.next_if(|line| line.starts_with([' ', '\t'])) {
            value.push(' ');
            value.push_str(more.trim());
        }
        return Some(value).filter(|value| !value.is_empty());
    }
    None
}

/// Accepts what breaks in a verdict, but in tiers where nothing may be waived. How many root causes were let through.
pub fn apply(verdict: &mut Verdict, policy: &Policy, decision: &Acknowledgement) -> usize {
    let mut accepted = 0;
    for finding in &mut verdict.findings {
        let stops = finding.severity == Severity::Breaking && finding.counts();
        if !stops || policy.never_waives(finding.tier.name()) {
            continue;
        }
        accepted += usize::from(finding.derived_from.is_none());
        finding.waived = Some(Waived {
            reason: decision.reason.clone(),
            by: Some(decision.by.clone()),
            issue: None,
            until: Some("this change is merged".to_owned()),
        });
    }
    verdict.settle();
    accepted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailers_stand_in_the_last_paragraph() {
        let message = "Move a member\n\nABI-Break: not here\n\nIt was time.\n\nSigned-off-by: A <a@x>\nabi-break: nobody\n  has it\n";
        assert_eq!(trailer(message, "ABI-Break").as_deref(), Some("nobody has it"));
        for silent in [
            "ABI-Break: a subject is no trailer",
            "x\n\nABI-Break: early\n\nThe end.",
            "x\n\nABI-Break:\n",
            "x\n\nABI-Breaks: y",
            "",
        ] {
            assert_eq!(trailer(silent, "ABI-Break"), None, "{silent}");
        }
    }

    #[test]
    fn a_trailer_says_more_than_a_label() {
        let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let commit = |message: &str| Commit { author: Some("Ada".to_owned()), message: message.to_owned() };
        let (labels, trailers) = (texts(&["abi"]), texts(&["ABI-Break"]));
        let find = |have: &[&str], message: &str| find(&texts(have), &[commit(message)], &labels, &trailers);
        let found = find(&["abi"], "x\n\nABI-Break: y").expect("both");
        assert_eq!((found.by.as_str(), found.reason.as_str()), ("Ada", "y"));
        assert_eq!(find(&["abi", "b"], "x").expect("a label").by, "the label abi");
        assert_eq!(find(&["abi2"], "x"), None);
    }
}

//! Who lets a break through: somebody with write access who is not the author of the change, by a label or by a review. What is
//! accepted is what breaks when the label or the review is given: what comes later is not, whatever is pushed. A trailer in a commit's message explains a break and asks for it to be accepted, and
//! accepts nothing: who writes the change writes its messages. What a policy never lets through nobody does.

use std::collections::BTreeSet;
use std::fmt;

use crate::diff::{Change, SubjectKind};
use crate::policy::{Finding, Policy, Verdict, Waived};
use crate::rules::{Rule, Severity};
use crate::spelling;

/// A label that accepts the breaks of a pull request, where the policy names none. With `: NAME` behind it, it accepts those of
/// one library, rule or name.
pub const USUAL_LABEL: &str = "abi-break-accepted";
/// A trailer that explains them, where the policy names none: `ABI-Break: why`.
pub const USUAL_TRAILER: &str = "ABI-Break";

/// A decision to accept what a change breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Who, and by what: `ada (label abi-break-accepted)`.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The library, rule, name or finding that it is about; none: whatever the change breaks.
    pub about: Option<String>,
    /// Fingerprints of what broke when it was given; none: what breaks now.
    pub stood: Option<Vec<String>>,
}

/// What somebody did that may be a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Who, where somebody knows.
    pub who: Option<String>,
    /// By what.
    pub how: How,
    /// Whether it counts.
    pub standing: Standing,
    /// What stands in a review.
    pub text: Option<String>,
    /// Fingerprints of what broke when it was given, as the gate said then; none: what breaks now.
    pub stood: Option<Vec<String>>,
}

impl Approval {
    /// A label or a review for what breaks now.
    pub fn new(who: Option<String>, how: How, standing: Standing) -> Approval {
        Approval { who, how, standing, text: None, stood: None }
    }
}

/// By what somebody decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// A label of the pull request.
    Label(String),
    /// An approving review of the commit that is judged.
    Review,
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            How::Label(name) => write!(f, "label {name}"),
            How::Review => f.write_str("approving review"),
        }
    }
}

/// Whether a label or a review counts, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is of somebody else with write access, for what is judged.
    Valid,
    /// Nobody knows who gave it: a name on a command line, a variable.
    UnknownGiver,
    /// The author of the change gave it.
    Author,
    /// Who gave it pushed commits of the change.
    Pusher,
    /// Who gave it may not write to the repository.
    NoWriteAccess,
    /// Commits came afterwards.
    BeforeLastPush,
    /// Whether commits came afterwards is not known.
    UnknownTime,
    /// The review is of somebody who does not own the policy.
    NotAnOwner,
    /// Only teams own the policy, and whether somebody is in one of them nobody says.
    UnknownTeam(Vec<String>),
    /// It names nothing, where more than one library breaks.
    NamesNothing(Vec<String>),
}

/// A label or review that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What it is.
    pub approval: Approval,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Approval { who, how, standing, .. } = &self.approval;
        let who = who.as_deref().unwrap_or("somebody");
        match standing {
            Standing::Valid => write!(f, "the {how} of {who} counts"),
            Standing::UnknownGiver => {
                write!(
                    f,
                    "the {how} accepts nothing here: nobody knows who gave it; a waiver on the target branch does"
                )
            }
            Standing::Author => {
                write!(f, "the {how} is of {who}, who wrote the change: somebody else has to give it")
            }
            Standing::Pusher => {
                write!(f, "the {how} is of {who}, who pushed to the change: somebody else has to give it")
            }
            Standing::NoWriteAccess => write!(f, "the {how} is of {who}, who has no write access"),
            Standing::BeforeLastPush => {
                write!(f, "the {how} of {who} is older than the last push: take it away and give it again")
            }
            Standing::UnknownTime => write!(
                f,
                "whether the {how} of {who} came after the last push is not known: take it away and give it again"
            ),
            Standing::NotAnOwner => {
                write!(f, "the {how} is of {who}, whom CODEOWNERS does not name for the policy")
            }
            Standing::UnknownTeam(teams) => write!(
                f,
                "whether the {how} of {who} counts is not known: CODEOWNERS names {}, and the forge does not say who is in it \
                 (a token that may read teams does, or people in CODEOWNERS)",
                teams.iter().map(|team| format!("@{team}")).collect::<Vec<_>>().join(", ")
            ),
            Standing::NamesNothing(libraries) => write!(
                f,
                "the {how} of {who} names nothing, and more than one library breaks: name each ({})",
                libraries.iter().map(|library| format!("`LABEL: {library}`")).collect::<Vec<_>>().join(", ")
            ),
        }
    }
}

/// A commit of the change: who made it, and its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Name of the author, as the commit says it; none where nobody knows.
    pub author: Option<String>,
    /// The whole message.
    pub message: String,
}

/// What the messages of a change say about its breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who wrote it, as the commit says.
    pub by: String,
    /// Why the break should be accepted.
    pub reason: String,
}

/// What a trailer asks for; the last one, since it was written with most of the change at hand.
pub fn request(commits: &[Commit], trailers: &[String]) -> Option<Request> {
    commits.iter().rev().find_map(|commit| {
        let reason = trailers.iter().find_map(|name| trailer(&commit.message, name))?;
        Some(Request { by: commit.author.clone().unwrap_or_else(|| "a commit".to_owned()), reason })
    })
}

/// The decisions among labels and reviews, and what does not count. `broken`: libraries that break; where there are several,
/// a decision names what it is about. Where nothing is enforced, a label counts whoever gave it.
pub fn decisions(
    approvals: &[Approval],
    wanted: &[String],
    request: Option<&Request>,
    is_enforced: bool,
    broken: &[String],
) -> (Vec<Acknowledgement>, Vec<Refusal>) {
    let reason =
        request.map_or_else(|| "accepted for this change".to_owned(), |request| request.reason.clone());
    let (mut accepted, mut refused) = (Vec::new(), Vec::new());
    for approval in approvals {
        let abouts = match &approval.how {
            How::Review => named_in_review(approval, wanted),
            How::Label(label) => match wanted.iter().find_map(|wanted| about(label, wanted)) {
                Some(about) => vec![about],
                None => continue,
            },
        };
        if abouts == [None] && broken.len() > 1 && approval.standing == Standing::Valid {
            let standing = Standing::NamesNothing(broken.to_vec());
            refused.push(Refusal { approval: Approval { standing, ..approval.clone() } });
            continue;
        }
        let counts = approval.standing == Standing::Valid
            || (!is_enforced && approval.standing == Standing::UnknownGiver);
        if !counts {
            refused.push(Refusal { approval: approval.clone() });
            continue;
        }
        let by = match &approval.who {
            Some(who) => format!("{who} ({})", approval.how),
            None => format!("the {}", approval.how),
        };
        for about in abouts {
            let (by, reason, stood) = (by.clone(), reason.clone(), approval.stood.clone());
            accepted.push(Acknowledgement { by, reason, about, stood });
        }
    }
    (accepted, refused)
}

/// What a review is about: what its lines name as a label would, else everything.
fn named_in_review(approval: &Approval, wanted: &[String]) -> Vec<Option<String>> {
    let lines = approval.text.iter().flat_map(|text| text.lines());
    let named = |line: &str| wanted.iter().find_map(|wanted| about(line.trim().trim_matches('`'), wanted));
    let abouts: Vec<Option<String>> =
        lines.filter_map(named).filter(Option::is_some).take(MOST_NAMES).collect();
    if abouts.is_empty() { vec![None] } else { abouts }
}

/// Names that a review may give.
const MOST_NAMES: usize = 100;

/// What a label is about, if it is the wanted one: `abi-break-accepted`, `abi-break-accepted: libshop.so`.
fn about(label: &str, wanted: &str) -> Option<Option<String>> {
    let rest = label.strip_prefix(wanted)?;
    if rest.is_empty() {
        return Some(None);
    }
    let name = rest.strip_prefix([':', '/'])?.trim();
    (!name.is_empty()).then(|| Some(name.to_owned()))
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

/// A line that was meant as a trailer and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// As it was written, without its value.
    pub key: String,
    /// The trailer that it was meant as.
    pub meant: String,
    /// What is wrong with it.
    pub what: Mistake,
}

/// Why a line is no trailer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// It is called a little otherwise.
    Misspelt,
    /// It does not stand in the last paragraph of its message.
    NotInTheLastParagraph,
    /// It has no value.
    Empty,
}

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Misplaced { key, meant, what } = self;
        match what {
            Mistake::Misspelt => {
                write!(f, "{key:?} in a commit's message is no trailer: did you mean {meant}?")
            }
            Mistake::NotInTheLastParagraph => {
                write!(f, "{meant} is not in the last paragraph of its message, where trailers are")
            }
            Mistake::Empty => write!(f, "{meant} in a commit's message says nothing: write why"),
        }
    }
}

/// Lines of the messages that were meant as trailers.
pub fn misplaced(commits: &[Commit], trailers: &[String]) -> Vec<Misplaced> {
    let plain = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let mut found = Vec::new();
    for commit in commits {
        for line in commit.message.lines() {
            let Some((key, value)) = line.split_once(':') else { continue };
            let key = key.trim();
            let near = |meant: &&String| strsim::osa_distance(&plain(key), &plain(meant)) <= 1;
            let Some(meant) = trailers.iter().find(near) else { continue };
            let what = if !key.eq_ignore_ascii_case(meant) {
                Mistake::Misspelt
            } else if trailer(&commit.message, meant).is_some() {
                continue;
            } else if value.trim().is_empty() {
                Mistake::Empty
            } else {
                Mistake::NotInTheLastParagraph
            };
            let misplaced = Misplaced { key: key.to_owned(), meant: meant.clone(), what };
            if !found.contains(&misplaced) {
                found.push(misplaced);
            }
        }
    }
    found
}

/// A root cause that an acceptance is about, as reports print it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The rule.
    pub rule: Rule,
    /// What changed.
    pub name: String,
}

/// What an acceptance came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// What it lets through.
    pub accepted: Vec<Root>,
    /// What it would be about, had it broken when it was given.
    pub later: Vec<Root>,
}

/// Libraries of the roots that break and that somebody may accept. One without a library (the release, a file) counts for
/// itself.
pub fn broken_libraries(verdict: &Verdict) -> Vec<String> {
    let roots = verdict.findings.iter().filter(|finding| is_open(finding) && finding.derived_from.is_none());
    let of = |finding: &Finding| {
        let subject = &finding.change.subject;
        match subject.kind {
            SubjectKind::Library => Some(subject.name.clone()),
            _ => subject.library.clone(),
        }
    };
    let names: BTreeSet<String> = roots.filter_map(of).collect();
    names.into_iter().collect()
}

/// Whether it stops, so far.
fn is_open(finding: &Finding) -> bool {
    finding.severity == Severity::Breaking && finding.counts()
}

/// Whether a name that somebody gave means a finding: its rule, library, name, symbol, or id.
fn is_called(finding: &Finding, name: &str) -> bool {
    let Change { rule, subject, .. } = &finding.change;
    rule.id() == name
        || subject.library.as_deref() == Some(name)
        || subject.name == name
        || spelling::canonical(&subject.name) == spelling::canonical(name)
        || subject.symbol.as_deref() == Some(name)
        || finding.id == name
        || finding.fingerprint() == name
}

/// Accepts what a decision is about of what breaks in a verdict, as far as it broke when the decision was made, but in tiers
/// where nothing may be waived.
pub fn apply(verdict: &mut Verdict, policy: &Policy, decision: &Acknowledgement) -> Applied {
    let is_about = |finding: &Finding| decision.about.as_ref().is_none_or(|name| is_called(finding, name));
    let stood = |finding: &Finding| {
        decision.stood.as_ref().is_none_or(|stood| stood.contains(&finding.fingerprint()))
    };
    // Who accepts a cause accepts what follows from it; what follows from a cause that came later came later.
    let of_roots = |is: &dyn Fn(&Finding) -> bool| -> Vec<String> {
        let roots = verdict.findings.iter().filter(|finding| finding.derived_from.is_none() && is(finding));
        roots.map(|finding| finding.id.clone()).collect()
    };
    let (roots, late) = (of_roots(&|f| is_about(f) && stood(f)), of_roots(&|f| !stood(f)));
    let mut applied = Applied::default();
    for finding in &mut verdict.findings {
        let root = finding.derived_from.as_ref().unwrap_or(&finding.id);
        if !is_open(finding) || policy.never_waives(finding.tier.name()) {
            continue;
        }
        let is_root = finding.derived_from.is_none();
        let told = Root { rule: finding.change.rule, name: finding.change.subject.name.clone() };
        if late.contains(root) {
            applied.later.extend(Some(told).filter(|_| is_root && is_about(finding)));
        } else if roots.contains(root) || is_about(finding) {
            applied.accepted.extend(Some(told).filter(|_| is_root));
            finding.waived = Some(Waived {
                reason: decision.reason.clone(),
                by: Some(decision.by.clone()),
                issue: None,
                until: Some("this change is merged".to_owned()),
                declared: None,
            });
        }
    }
    verdict.settle();
    applied
}

/// Fingerprints of the root causes that break, accepted or not: what an acceptance that is given from now on is about.
pub fn stands(verdict: &Verdict) -> Vec<String> {
    let roots = verdict.findings.iter().filter(|finding| finding.derived_from.is_none());
    roots.filter(|finding| finding.severity == Severity::Breaking).map(Finding::fingerprint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(message: &str) -> Commit {
        Commit { author: Some("Ada".to_owned()), message: message.to_owned() }
    }

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
    fn what_was_meant_as_a_trailer_is_noticed() {
        let trailers = ["ABI-Break".to_owned()];
        let noticed = |message: &str| {
            let found = misplaced(&[commit(message)], &trailers);
            found.into_iter().map(|found| found.what).collect::<Vec<_>>()
        };
        assert_eq!(noticed("x\n\nABI-Break: y"), []);
        assert_eq!(noticed("x\n\nABI-Breaks: y"), [Mistake::Misspelt]);
        assert_eq!(noticed("x\n\nabi_break: y"), [Mistake::Misspelt]);
        assert_eq!(noticed("x\n\nABI-Break:"), [Mistake::Empty]);
        assert_eq!(noticed("x\n\nABI-Break: y\n\nThe end."), [Mistake::NotInTheLastParagraph]);
        assert_eq!(noticed("Note: nothing\n\nReviewed-by: x"), []);
    }

    #[test]
    fn who_wrote_the_change_asks_and_somebody_else_accepts() {
        let wanted = ["abi".to_owned()];
        let asked = request(&[commit("x\n\nABI-Break: y")], &["ABI-Break".to_owned()]);
        assert_eq!(asked, Some(Request { by: "Ada".to_owned(), reason: "y".to_owned() }));
        let label = |name: &str, standing| {
            Approval::new(Some("bob".to_owned()), How::Label(name.to_owned()), standing)
        };
        let decide = |approval: Approval, is_enforced| {
            decisions(&[approval], &wanted, asked.as_ref(), is_enforced, &[])
        };
        let (accepted, refused) = decide(label("abi", Standing::Valid), true);
        assert_eq!((accepted[0].by.as_str(), accepted[0].reason.as_str()), ("bob (label abi)", "y"));
        assert!(accepted[0].about.is_none() && refused.is_empty());
        assert_eq!(
            decide(label("abi: libx.so", Standing::Valid), true).0[0].about.as_deref(),
            Some("libx.so")
        );
        for other in ["abi2", "abi:", "xabi"] {
            assert_eq!(decide(label(other, Standing::Valid), true), (Vec::new(), Vec::new()), "{other}");
        }
        for standing in [
            Standing::Author,
            Standing::Pusher,
            Standing::NoWriteAccess,
            Standing::BeforeLastPush,
            Standing::UnknownTime,
            Standing::UnknownGiver,
        ] {
            let (accepted, refused) = decide(label("abi", standing.clone()), true);
            assert!(accepted.is_empty() && refused.len() == 1, "{standing:?}");
        }
        let review = |text: &str| Approval {
            text: Some(text.to_owned()),
            ..Approval::new(Some("bob".to_owned()), How::Review, Standing::Valid)
        };
        let abouts = |text: &str| {
            let (accepted, _) = decide(review(text), true);
            accepted.into_iter().map(|one| one.about).collect::<Vec<_>>()
        };
        assert_eq!(abouts("Looks good.\n"), [None]);
        let broken = ["libx.so", "liby.so"].map(str::to_owned);
        let (accepted, refused) = decisions(&[review("Fine")], &wanted, None, true, &broken);
        assert!(accepted.is_empty() && refused[0].to_string().contains("`LABEL: liby.so`"), "{refused:?}");
        let named = decisions(&[label("abi: libx.so", Standing::Valid)], &wanted, None, true, &broken);
        assert_eq!(named.0.len(), 1);
        let named = ["libx.so", "symbol-removed"].map(|name| Some(name.to_owned()));
        assert_eq!(abouts("Fine with me\n\nabi: libx.so\r\n`abi: symbol-removed`\nabi is a word"), named);
        assert_eq!(decide(label("abi", Standing::UnknownGiver), false).0.len(), 1);
        assert_eq!(decide(label("abi", Standing::Author), false).0.len(), 0);
    }
}

//! Proof that the gate is awake: one known break per rule, put into the facts of a release in memory.
//!
//! Each break is a true instance of its rule on a subject that is the library's own and fully exposed, so that the
//! comparison has to tell it with the rule's full severity. What the policy then makes of it is what the trial shows.
//!
//! | file | what it breaks |
//! |---|---|
//! | `subjects` | finds what may be broken, and changes a copy of the release |
//! | `names` | linkage names taken apart and put together |
//! | `library`, `symbols`, `vtables`, `functions`, `classes`, `types` | the breaks, by what they change |

mod classes;
mod functions;
mod library;
mod names;
mod subjects;
mod symbols;
mod types;
mod vtables;

use rayon::prelude::*;

use crate::abi::Release;
use crate::diff;
use crate::policy::{self, Date, JudgeContext, Outcome, Policy, Verdict};
use crate::rules::{Rule, Severity};

/// Subjects that are tried for one rule before it counts as missed.
const MOST_SUBJECTS: usize = 20;

/// Rules that no break in here shows, and why.
pub const UNTRIED: &[(Rule, &str)] = &[
    (Rule::ForbiddenExport, "only a policy says what is forbidden"),
    (Rule::SizeBudgetExceeded, "only a policy says how large anything may be"),
    (Rule::LibraryAmbiguous, "it is about the files of a build, not about a release"),
    (Rule::PolicyChanged, "it is about the repository, not about a release"),
    (Rule::BaselineChanged, "it is about the repository, not about a release"),
    (Rule::WaiverAdded, "it is about the repository, not about a release"),
    (Rule::StoreMoved, "it is about the repository, not about a release"),
];

/// A way to break a rule.
struct Break {
    rule: Rule,
    /// Breaks the subject of that number; None when there are not so many.
    apply: fn(&Release, usize) -> Option<Broken>,
}

/// A release that was broken.
struct Broken {
    /// What it is compared with, where that is not the release as it is.
    old: Option<Release>,
    new: Release,
    /// What was done, in a few words.
    what: String,
}

impl Broken {
    fn new(new: Release, what: impl Into<String>) -> Broken {
        Broken { old: None, new, what: what.into() }
    }
}

/// What the gate made of a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// There is nothing in the release that could be broken like that.
    NotThere,
    /// The verdict stops it.
    Stopped,
    /// It is told under its rule, and the policy lets it pass with this severity.
    Told(Severity),
    /// The comparison finds it, and the policy does not want to hear of it.
    Ignored,
    /// It is not found, or the verdict is none in spite of it.
    Missed,
}

/// One rule tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The rule.
    pub rule: Rule,
    /// What was done to the release, where there was something to break.
    pub what: Option<String>,
    /// What came of it.
    pub answer: Answer,
}

/// Turns two releases into a verdict, under whatever policy.
pub type Judge<'j> = dyn Fn(&Release, &Release) -> Verdict + Sync + 'j;

/// Breaks every rule and asks the gate, in the order of the catalogue.
pub fn run(release: &Release, judge: &Judge<'_>) -> Vec<Trial> {
    let breaks: Vec<&Break> = breaks().collect();
    let mut trials: Vec<Trial> = breaks.par_iter().map(|b| try_out(b, release, judge)).collect();
    trials.sort_by_key(|trial| trial.rule);
    trials
}

fn breaks() -> impl Iterator<Item = &'static Break> {
    let all = [
        library::BREAKS,
        symbols::BREAKS,
        functions::BREAKS,
        vtables::BREAKS,
        classes::BREAKS,
        types::BREAKS,
    ];
    all.into_iter().flatten()
}

/// Tries one subject after the other: some are told under another rule that explains more, or weigh less.
fn try_out(broken: &Break, release: &Release, judge: &Judge<'_>) -> Trial {
    let mut best = Trial { rule: broken.rule, what: None, answer: Answer::NotThere };
    for nth in 0..MOST_SUBJECTS {
        let Some(case) = (broken.apply)(release, nth) else { break };
        let old = case.old.as_ref().unwrap_or(release);
        let answer = answer(broken.rule, &judge(old, &case.new), || is_found(broken.rule, old, &case.new));
        if best.what.is_none() || weight(answer) > weight(best.answer) {
            best = Trial { rule: broken.rule, what: Some(case.what), answer };
        }
        if is_enough(broken.rule, best.answer) {
            break;
        }
    }
    best
}

fn answer(rule: Rule, verdict: &Verdict, is_found: impl Fn() -> bool) -> Answer {
    let severities = verdict.findings.iter().filter(|f| f.change.rule == rule).map(|f| f.severity);
    match severities.max() {
        None if is_found() => Answer::Ignored,
        None => Answer::Missed,
        Some(severity) if severity < Severity::Breaking => Answer::Told(severity),
        // Told as a break, and the exit code says that all is well.
        Some(_) if verdict.outcome == Outcome::Compatible => Answer::Missed,
        Some(_) => Answer::Stopped,
    }
}

/// Whether the comparison finds it, whatever the policy says.
fn is_found(rule: Rule, old: &Release, new: &Release) -> bool {
    let changes = diff::compare(old, new);
    if !matches!(rule, Rule::SonameBumpOwed | Rule::SonameBumpUnneeded) {
        return changes.as_slice().iter().any(|change| change.rule == rule);
    }
    // What the changes ask for is said by the judge.
    let context = JudgeContext::of(old, new, Date::from_days(0));
    let verdict = policy::judge_unwaived(changes, old, new, &Policy::default(), &context);
    verdict.findings.iter().any(|finding| finding.change.rule == rule)
}

fn weight(answer: Answer) -> (u8, Option<Severity>) {
    match answer {
        Answer::NotThere => (0, None),
        Answer::Missed => (1, None),
        Answer::Ignored => (2, None),
        Answer::Told(severity) => (3, Some(severity)),
        Answer::Stopped => (4, None),
    }
}

/// Whether no other subject can do better.
fn is_enough(rule: Rule, answer: Answer) -> bool {
    match answer {
        Answer::Stopped => true,
        Answer::Told(severity) => severity >= rule.severity(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::abi::{Export, Library};
    use crate::policy::{Date, JudgeContext, Policy};
    use crate::rules::CATALOGUE;

    #[test]
    fn every_rule_is_broken_or_has_a_reason() {
        let all = breaks().map(|b| b.rule).chain(UNTRIED.iter().map(|u| u.0));
        let mut seen = BTreeSet::new();
        for rule in all {
            assert!(seen.insert(rule), "{rule} is there twice");
        }
        let missing: Vec<Rule> = CATALOGUE.iter().map(|e| e.rule).filter(|r| !seen.contains(r)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn an_empty_release_has_nothing_to_break() {
        let trials = run(&Release::default(), &judge);
        assert!(trials.iter().all(|trial| trial.answer == Answer::NotThere && trial.what.is_none()));
    }

    fn judge(old: &Release, new: &Release) -> Verdict {
        let circumstances = JudgeContext::of(old, new, Date::from_days(0));
        let changes = diff::compare(old, new);
        crate::policy::judge_unwaived(changes, old, new, &Policy::default(), &circumstances)
    }

    /// A release with one function, which can be broken in many ways.
    fn one_function() -> Release {
        let export = Export { name: "_ZN4shop4openEi".into(), ..Export::default() };
        let library = Library { name: "libshop.so".to_owned(), exports: vec![export], ..Library::default() };
        Release { name: "shop".to_owned(), libraries: vec![library], ..Release::default() }
    }

    fn answer_of(rule: Rule, judge: &Judge<'_>) -> Answer {
        let trials = run(&one_function(), judge);
        trials.iter().find(|trial| trial.rule == rule).expect("every rule is tried").answer
    }

    #[test]
    fn a_gate_that_lets_everything_pass_is_asleep() {
        let asleep =
            |old: &Release, new: &Release| Verdict { outcome: Outcome::Compatible, ..judge(old, new) };
        let deaf = |old: &Release, _: &Release| judge(old, old);
        for rule in [Rule::SymbolRemoved, Rule::SignatureChanged, Rule::SymbolOrphaned] {
            assert_eq!(answer_of(rule, &judge), Answer::Stopped, "{rule}");
            assert_eq!(answer_of(rule, &asleep), Answer::Missed, "{rule}");
            assert_eq!(answer_of(rule, &deaf), Answer::Ignored, "{rule}");
        }
        assert_eq!(answer_of(Rule::SymbolAdded, &asleep), Answer::Told(Severity::Compatible));
    }

    #[test]
    fn what_stops_counts_most() {
        let answers = [
            Answer::NotThere,
            Answer::Missed,
            Answer::Ignored,
            Answer::Told(Severity::Compatible),
            Answer::Told(Severity::Risky),
            Answer::Stopped,
        ];
        assert!(answers.is_sorted_by_key(|answer| weight(*answer)));
        assert!(is_enough(Rule::SymbolAdded, Answer::Told(Severity::Compatible)));
        assert!(!is_enough(Rule::SymbolRemoved, Answer::Told(Severity::Risky)));
    }
}

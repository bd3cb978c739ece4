//! What came of pairs, by edit: in C, and of cases.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;

use crate::trial::Outcome;

/// Pairs by edit and outcome.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) edits: BTreeMap<&'static str, BTreeMap<Outcome, usize>>,
    pub(crate) broken: BTreeMap<&'static str, usize>,
    pub(crate) failures: Vec<String>,
    pub(crate) unproven: Vec<&'static str>,
}

impl Tally {
    pub(crate) fn pairs(&self) -> usize {
        self.edits.values().flat_map(BTreeMap::values).sum()
    }

    pub(crate) fn of(&self, outcome: Outcome) -> usize {
        self.edits.values().filter_map(|outcomes| outcomes.get(&outcome)).sum()
    }

    /// One line an edit: its name, pairs, how many programs broke, and the outcomes.
    pub(crate) fn record(&self) -> String {
        let mut text = String::from("edit\tpairs\tbroken");
        for outcome in Outcome::ALL {
            let _ = write!(text, "\t{}", format!("{outcome:?}").to_lowercase());
        }
        text.push('\n');
        for (name, outcomes) in &self.edits {
            let pairs: usize = outcomes.values().sum();
            let _ = write!(text, "{name}\t{pairs}\t{}", self.broken.get(name).copied().unwrap_or(0));
            for outcome in Outcome::ALL {
                let _ = write!(text, "\t{}", outcomes.get(&outcome).copied().unwrap_or(0));
            }
            text.push('\n');
        }
        text
    }
}

/// Pairs of one seed after the other, until there are as many as `ORACLE_PAIRS` says or, without that, 3000; from seed
/// `ORACLE_SEED`, of edits whose names contain `ORACLE_ONLY`. The record goes to the file `ORACLE_RECORD` after each seed.
#[expect(clippy::print_stderr, reason = "a run of an hour says how far it is")]
pub(crate) fn many(what: &str, seed: impl Fn(u64, &str, &Mutex<Tally>)) -> Tally {
    let wanted = crate::number("ORACLE_PAIRS").unwrap_or(3000) as usize;
    let only = std::env::var("ORACLE_ONLY").unwrap_or_default();
    let mutex = Mutex::new(Tally::default());
    for at in crate::number("ORACLE_SEED").unwrap_or(100).. {
        seed(at, &only, &mutex);
        let tally = mutex.lock().expect("no panic");
        let of = |outcome| tally.of(outcome);
        eprintln!(
            "{what}, seed {at}: {} pairs, {} broken, {} missed, {} unproven, {} untellable, {} false, {} misnamed, {} harmful",
            tally.pairs(),
            tally.broken.values().sum::<usize>(),
            of(Outcome::Missed),
            of(Outcome::Unproven),
            of(Outcome::Untellable),
            of(Outcome::False),
            of(Outcome::Misnamed),
            of(Outcome::Harmful),
        );
        if let Ok(place) = std::env::var("ORACLE_RECORD") {
            std::fs::write(place, tally.record()).expect("writable");
        }
        if tally.pairs() >= wanted {
            break;
        }
    }
    mutex.into_inner().expect("no panic")
}

/// Nothing failed, and what was called breaking and not seen to be has a reason. `unseen`: the reason of an edit, or nothing.
pub(crate) fn check(tally: &Tally, unseen: impl Fn(&str) -> Option<&'static str>) {
    assert!(tally.failures.is_empty(), "{}", tally.failures.join("\n"));
    let has_reason = |name: &str| unseen(name).is_some_and(|reason| !reason.is_empty());
    let without: Vec<_> = tally.unproven.iter().filter(|name| !has_reason(name)).collect();
    assert!(without.is_empty(), "called breaking, not seen to be, and no reason given: {without:#?}");
}

//! Runs many pairs, on all cores, and shrinks those that fail.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;

use crate::dice::Dice;
use crate::generate;
use crate::model::Library;
use crate::operators::{Operator, operators};
use crate::score::Score;
use crate::shrink;
use crate::trial::{self, Edits, Outcome, Trial};
use crate::workshop::{Toolchain, Workshop};

/// What came of a run.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) score: Score,
    /// What failed, for people.
    pub(crate) failures: Vec<String>,
    /// What was called breaking and not seen to be: the edit, and the rules that said so.
    pub(crate) unproven: Vec<(String, String)>,
}

/// Every edit by itself, in an order that the seed chooses, then edits in twos and threes.
pub(crate) fn edits_of(seed: u64, twos: usize, threes: usize) -> Vec<Edits> {
    let mut dice = Dice::of(seed, "edits");
    let mut singles: Vec<&'static Operator> = operators().collect();
    dice.shuffle(&mut singles);
    let mut all: Vec<Edits> =
        singles.iter().map(|operator| Edits { operators: vec![operator], seed }).collect();
    for (count, size) in [(twos, 2), (threes, 3)] {
        for _ in 0..count {
            dice.shuffle(&mut singles);
            let mut operators = singles[..size].to_vec();
            // Renaming everything goes last, lest nothing else is found.
            operators.sort_by_key(|operator| operator.name.contains("namespace"));
            all.push(Edits { operators, seed });
        }
    }
    all
}

/// Runs pairs of one library; those whose edits have no place in it are left out.
pub(crate) fn seed(seed: u64, edits: Vec<Edits>, report: &Mutex<Report>) {
    let library = generate::library(seed);
    let toolchain = Toolchain::of(seed);
    let workshop = match Workshop::open(&library, toolchain.clone()) {
        Ok(workshop) => workshop,
        Err(refused) => panic!("seed {seed}, {toolchain}: {}", refused.0),
    };
    let queue = Mutex::new(edits.into_iter().enumerate().collect::<VecDeque<_>>());
    let next = || queue.lock().expect("no panic").pop_front();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some((at, edits)) = next() {
                    pair(&workshop, &library, &edits, &format!("new{at}"), report);
                }
            });
        }
    });
}

#[expect(clippy::print_stderr, reason = "in a run of an hour, failures are told when they happen")]
fn pair(workshop: &Workshop, library: &Library, edits: &Edits, name: &str, report: &Mutex<Report>) {
    let Some((edited, touched)) = edits.apply(library) else { return };
    let trial = match trial::run(workshop, library, edits, (&edited, &touched), name) {
        Ok(trial) => trial,
        Err(refused) => {
            let mut report = report.lock().expect("no panic");
            report.score.refused += 1;
            // Edits that do not go together are no failure; one that does not work by itself is.
            if edits.operators.len() == 1 {
                report.failures.push(format!("{} refused: {}", edits.name(), refused.0));
            }
            return;
        }
    };
    let failure = trial.outcome.is_failure().then(|| failure(workshop, library, edits, &trial, name));
    let mut report = report.lock().expect("no panic");
    report.score.add(&trial);
    if let Some(failure) = failure {
        eprintln!("{failure}");
        report.failures.push(failure);
    }
    if trial.outcome == Outcome::Unproven {
        let said = trial.said.findings.iter().filter(|f| f.severity == "breaking" && !f.is_derived);
        let rules: Vec<String> = said.map(|f| format!("{} {}", f.rule, f.subject)).collect();
        report.unproven.push((edits.name(), rules.join(", ")));
    }
}

/// Makes what failed small, and tells of it.
fn failure(workshop: &Workshop, library: &Library, edits: &Edits, trial: &Trial, name: &str) -> String {
    let outcome = trial.outcome;
    let fewer = shrink::fewest(library, workshop, edits, outcome, name);
    // A pair that is told under another name is small enough: it has the name.
    let is_wrong = matches!(outcome, Outcome::Missed | Outcome::False | Outcome::Harmful);
    let edited = fewer.apply(library).filter(|_| is_wrong);
    let small = edited.and_then(|(edited, _)| shrink::shrink(library, &edited, workshop, outcome, &fewer));
    shrink::describe(&fewer, workshop, trial, small.as_deref().map(Path::display))
}

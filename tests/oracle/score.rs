//! What came of many pairs, counted by edit and by family of rules.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use abigate::rules::{CATALOGUE, Family};

use crate::operators::{Effect, Operator, operators};
use crate::trial::{Outcome, Trial};

/// Counts of one kind of pair.
#[derive(Clone, Default)]
pub(crate) struct Counts {
    /// Programs broke.
    pub(crate) broken: usize,
    outcomes: BTreeMap<Outcome, usize>,
}

impl Counts {
    pub(crate) fn pairs(&self) -> usize {
        self.outcomes.values().sum()
    }

    pub(crate) fn of(&self, outcome: Outcome) -> usize {
        self.outcomes.get(&outcome).copied().unwrap_or(0)
    }

    fn add(&mut self, trial: &Trial) {
        self.broken += usize::from(trial.seen.is_broken());
        *self.outcomes.entry(trial.outcome).or_default() += 1;
    }

    pub(crate) fn merge(&mut self, other: &Counts) {
        self.broken += other.broken;
        for (outcome, count) in &other.outcomes {
            *self.outcomes.entry(*outcome).or_default() += count;
        }
    }
}

/// How often a rule was told, and how often where nothing was to be told.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told {
    pub(crate) pairs: usize,
    pub(crate) falsely: usize,
}

#[derive(Default)]
pub(crate) struct Score {
    /// By the name of the edit, or how many of them there were.
    pub(crate) edits: BTreeMap<String, Counts>,
    pub(crate) rules: BTreeMap<String, Told>,
    /// Edits that the compiler refused.
    pub(crate) refused: usize,
}

/// Pairs of several edits stand under these names.
const SEVERAL: [&str; 2] = ["two edits", "three edits"];

impl Score {
    pub(crate) fn add(&mut self, trial: &Trial) {
        let name = match &*trial.edits.operators {
            [operator] => operator.name,
            [_, _] => SEVERAL[0],
            _ => SEVERAL[1],
        };
        self.edits.entry(name.to_owned()).or_default().add(trial);
        let stops = |severity: &str| ["breaking", "risky", "cannot-certify"].contains(&severity);
        let mut rules: Vec<&str> =
            trial.said.findings.iter().filter(|f| stops(&f.severity)).map(|f| &*f.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        for rule in rules {
            let told = self.rules.entry(rule.to_owned()).or_default();
            told.pairs += 1;
            told.falsely += usize::from(trial.outcome == Outcome::False);
        }
    }

    pub(crate) fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.edits.values().for_each(|counts| total.merge(counts));
        total
    }

    /// By what is edited: a family of rules, nothing that matters, or several things.
    pub(crate) fn families(&self) -> Vec<(&'static str, Counts)> {
        let mut rows: Vec<(&'static str, Counts)> = Vec::new();
        for (name, counts) in &self.edits {
            let row = row_of(name);
            match rows.iter_mut().find(|(known, _)| *known == row) {
                Some((_, sum)) => sum.merge(counts),
                None => rows.push((row, counts.clone())),
            }
        }
        let order = self::rows();
        rows.sort_by_key(|(row, _)| order.iter().position(|known| known == row));
        rows
    }

    /// The record of a run: one line an edit, then one a rule.
    pub(crate) fn record(&self) -> String {
        let mut text = String::from("edit\tpairs\tbroken");
        for outcome in Outcome::ALL {
            let _ = write!(text, "\t{}", format!("{outcome:?}").to_lowercase());
        }
        text.push('\n');
        for (name, counts) in &self.edits {
            let _ = write!(text, "{name}\t{}\t{}", counts.pairs(), counts.broken);
            for outcome in Outcome::ALL {
                let _ = write!(text, "\t{}", counts.of(outcome));
            }
            text.push('\n');
        }
        text.push_str("\nrule\tpairs\tfalse\n");
        for (rule, told) in &self.rules {
            let _ = writeln!(text, "{rule}\t{}\t{}", told.pairs, told.falsely);
        }
        text
    }

    /// Reads a record; nothing where a line is not one.
    pub(crate) fn read(record: &str) -> Score {
        let mut score = Score::default();
        for line in record.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').collect();
            let numbers: Vec<usize> = fields[1..].iter().filter_map(|field| field.parse().ok()).collect();
            match &*numbers {
                [pairs, falsely] => {
                    let told = Told { pairs: *pairs, falsely: *falsely };
                    score.rules.insert(fields[0].to_owned(), told);
                }
                [_, broken, outcomes @ ..] if outcomes.len() == Outcome::ALL.len() => {
                    let outcomes = Outcome::ALL.into_iter().zip(outcomes.iter().copied()).collect();
                    score.edits.insert(fields[0].to_owned(), Counts { broken: *broken, outcomes });
                }
                _ => {}
            }
        }
        score
    }
}

const HARMLESS: &str = "Harmless edits";
const UNTELLABLE: &str = "What no binary tells";

/// Rows of the table, in order.
fn rows() -> Vec<&'static str> {
    let families = [Family::Library, Family::Symbols, Family::Vtables, Family::Types];
    let others = [UNTELLABLE, HARMLESS, SEVERAL[0], SEVERAL[1]];
    families.iter().map(|family| family.heading()).chain(others).collect()
}

fn row_of(edit: &str) -> &'static str {
    if let Some(several) = SEVERAL.iter().find(|several| **several == edit) {
        return several;
    }
    operators().find(|operator| operator.name == edit).map_or(UNTELLABLE, family)
}

/// The family of the rule that an edit is to be told under.
fn family(operator: &Operator) -> &'static str {
    if operator.effect == Effect::Harmless {
        return HARMLESS;
    }
    let first = operator.rules.first();
    let entry = first.and_then(|rule| CATALOGUE.iter().find(|entry| entry.rule.id() == *rule));
    entry.map_or(UNTELLABLE, |entry| entry.family.heading())
}

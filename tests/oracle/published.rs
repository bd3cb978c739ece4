//! What a run has shown, as it stands in the README and beside this file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::operators::{Effect, operators};
use crate::score::{Counts, Score};
use crate::trial::Outcome;

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/published")
}

pub(crate) fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap_or_default()
}

/// What a record says of where it is from: its comments, without the mark.
fn origin(record: &str) -> String {
    let comments = record.lines().filter_map(|line| line.strip_prefix("# "));
    comments.collect::<Vec<_>>().join("; ")
}

/// The section of the README.
pub(crate) fn section() -> String {
    let (pairs, noise, fuzz) = (read("pairs.tsv"), read("noise.tsv"), read("fuzz.tsv"));
    let mut text = String::new();
    oracle(&mut text, &Score::read(&pairs), &origin(&pairs));
    self::noise(&mut text, &noise);
    self::fuzz(&mut text, &fuzz);
    text
}

fn oracle(text: &mut String, score: &Score, origin: &str) {
    let total = score.total();
    let _ = writeln!(
        text,
        "**Pairs.** {} pairs of small libraries, each with a program that was built against the old one and run with both ({origin}):\n",
        total.pairs()
    );
    text.push_str("| | pairs | programs broke | missed | unproven | false | misnamed |\n|---|--:|--:|--:|--:|--:|--:|\n");
    for (row, counts) in score.families() {
        line(text, row, &counts);
    }
    line(text, "**All**", &total);
    let untellable = total.of(Outcome::Untellable);
    let _ = writeln!(
        text,
        "\n*Missed*: a program broke, and nobody was warned. *Unproven*: called breaking, and no program noticed; \
         [why it is a break all the same](tests/oracle/published/edits.md). *False*: a harmless edit, called worse than a \
         change of source. *Misnamed*: found under another rule than the edit's. In {untellable} more pairs a program broke \
         for a reason that no binary tells.\n"
    );
}

fn line(text: &mut String, row: &str, counts: &Counts) {
    let misnamed = counts.of(Outcome::Misnamed) + counts.of(Outcome::Untold);
    let _ = writeln!(
        text,
        "| {row} | {} | {} | {} | {} | {} | {misnamed} |",
        counts.pairs(),
        counts.broken,
        counts.of(Outcome::Missed),
        counts.of(Outcome::Unproven),
        counts.of(Outcome::False),
    );
}

/// Counts of the noise matrix: `library compiler level dwarf form place pairs failures`.
fn noise(text: &mut String, record: &str) {
    let mut cells: BTreeMap<(String, String), BTreeMap<String, (usize, usize)>> = BTreeMap::new();
    let mut forms: Vec<String> = Vec::new();
    let mut total = (0, 0);
    for line in record.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [library, compiler, _, _, form, _, pairs, failures, ..] = &*fields else { continue };
        let (Ok(pairs), Ok(failures)) = (pairs.parse::<usize>(), failures.parse::<usize>()) else { continue };
        if !forms.iter().any(|known| known == form) {
            forms.push((*form).to_owned());
        }
        let row = cells.entry(((*library).to_owned(), (*compiler).to_owned())).or_default();
        let cell = row.entry((*form).to_owned()).or_default();
        *cell = (cell.0 + pairs, cell.1 + failures);
        total = (total.0 + pairs, total.1 + failures);
    }
    let _ = writeln!(
        text,
        "**The same thing built twice.** {} comparisons of builds of one source, {} with a finding above *compatible* \
         that `nm` does not confirm ({}); comparisons by form of debug info:\n",
        total.0,
        total.1,
        origin(record)
    );
    let _ = writeln!(text, "| | {} |\n|---|{}", forms.join(" | "), "--:|".repeat(forms.len()));
    for ((library, compiler), row) in &cells {
        let _ = write!(text, "| {library}, {compiler} |");
        for form in &forms {
            let _ = match row.get(form) {
                Some((pairs, 0)) => write!(text, " {pairs} |"),
                Some((pairs, failures)) => write!(text, " {pairs}, {failures} failed |"),
                None => write!(text, " not built |"),
            };
        }
        text.push('\n');
    }
    text.push('\n');
}

/// Was a rule told of one source that was built twice: a ninth field names the rules that failed in a cell.
pub(crate) fn is_noisy(rule: &str) -> bool {
    let record = read("noise.tsv");
    let fields = record.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split('\t').nth(8));
    fields.flat_map(|rules| rules.split(',')).any(|told| told == rule)
}

/// Executions of the fuzz targets: `target seconds executions findings`.
fn fuzz(text: &mut String, record: &str) {
    let rows: Vec<Vec<&str>> =
        record.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect()).collect();
    let number = |row: &[&str], at: usize| row.get(at).and_then(|n| n.parse::<u64>().ok());
    let rows: Vec<&Vec<&str>> = rows.iter().filter(|row| number(row, 1).is_some()).collect();
    let sum = |at: usize| rows.iter().filter_map(|row| number(row, at)).sum::<u64>();
    let names: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    let _ = writeln!(
        text,
        "**Hostile input.** {:.1} hours and {:.1} million executions of {} fuzz targets ({}), {} findings left ({}).",
        sum(1) as f64 / 3600.0,
        sum(2) as f64 / 1e6,
        rows.len(),
        names.join(", "),
        sum(3),
        origin(record)
    );
}

/// Every edit, with what came of it.
pub(crate) fn edits(score: &Score) -> String {
    let mut text = String::from(
        "<!-- Written by ci/truth. -->\n# What every edit came to\n\nAn edit *breaks* programs that were built before it, or is \
         worth a *word*, or is *harmless*. *Unproven* is the share of pairs in which it was called breaking and no program \
         noticed.\n\n| edit | is | told as | pairs | programs broke | unproven | why it is a break all the same |\n\
         |---|---|---|--:|--:|--:|---|\n",
    );
    for operator in operators() {
        let Some(counts) = score.edits.get(operator.name) else { continue };
        let effect = match operator.effect {
            Effect::Breaks => "breaking",
            Effect::Tells => "worth a word",
            Effect::Harmless => "harmless",
        };
        let unproven = counts.of(Outcome::Unproven);
        let share =
            if unproven == 0 { String::new() } else { format!("{} %", unproven * 100 / counts.pairs()) };
        let why = match (unproven, operator.untold) {
            (0, Some((_, why))) => why,
            (0, None) => "",
            _ => operator.unseen,
        };
        let rules: Vec<String> = operator.rules.iter().map(|rule| format!("`{rule}`")).collect();
        let (name, pairs, broken) = (operator.name, counts.pairs(), counts.broken);
        let rules = rules.join(", ");
        let _ = writeln!(text, "| {name} | {effect} | {rules} | {pairs} | {broken} | {share} | {why} |");
    }
    text
}

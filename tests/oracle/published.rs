//! What a run has shown, as it stands in the book and beside this file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::c;
use crate::cases::{self, Case};
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

/// The section of src/guide/truth.md.
pub(crate) fn section() -> String {
    let (pairs, pairs_in_c, noise) = (read("pairs.tsv"), read("pairs-in-c.tsv"), read("noise.tsv"));
    let cases = read("cases.tsv");
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/record.tsv");
    let fuzz = std::fs::read_to_string(fuzz).unwrap_or_default();
    let mut text = String::new();
    oracle(&mut text, &Score::read(&pairs), &origin(&pairs));
    // A part that was not measured yet says nothing.
    if !pairs_in_c.is_empty() {
        oracle_in_c(&mut text, &Score::read(&pairs_in_c), &origin(&pairs_in_c));
    }
    if !cases.is_empty() {
        oracle_of_cases(&mut text, &Score::read(&cases), &origin(&cases));
    }
    if !noise.is_empty() {
        self::noise(&mut text, &noise);
    }
    if !fuzz.is_empty() {
        self::fuzz(&mut text, &fuzz);
    }
    text
}

fn oracle(text: &mut String, score: &Score, origin: &str) {
    let total = score.total();
    let _ = writeln!(
        text,
        "**Pairs.** {} pairs of small libraries, each with a program that was built against the old one and run with both ({origin}):\n",
        total.pairs()
    );
    text.push_str(HEAD);
    for (row, counts) in score.families() {
        line(text, row, &counts);
    }
    line(text, "**All**", &total);
    let untellable = total.of(Outcome::Untellable);
    let _ = writeln!(
        text,
        "\n*Missed*: a program broke, and nobody was warned. *Unproven*: called breaking, and no program noticed; \
         [why it is a break all the same](https://github.com/abigate/abigate/blob/main/tests/oracle/published/edits.md). *False*: a harmless edit, called worse than a \
         change of source. *Misnamed*: found under another rule than the edit's. In {untellable} pairs a program broke \
         for a reason that no binary tells.\n"
    );
}

const HEAD: &str =
    "| | pairs | programs broke | missed | unproven | false | misnamed |\n|---|--:|--:|--:|--:|--:|--:|\n";

fn oracle_in_c(text: &mut String, score: &Score, origin: &str) {
    let total = score.total();
    let _ = writeln!(
        text,
        "**Pairs in C.** {} pairs of small libraries of several source files, made and judged in the same way ({origin}); \
         how many there were of each edit [stands beside the others](https://github.com/abigate/abigate/blob/main/tests/oracle/published/edits.md):\n",
        total.pairs()
    );
    text.push_str(HEAD);
    let rows = [
        (c::Effect::Breaks, "Breaks"),
        (c::Effect::Risky, "What grows on purpose, and what may be private"),
        (c::Effect::Harmless, "Harmless edits"),
    ];
    for (effect, row) in rows {
        let mut counts = Counts::default();
        let of_row = c::OPERATORS.iter().filter(|operator| operator.effect == effect);
        of_row.filter_map(|operator| score.edits.get(operator.name)).for_each(|more| counts.merge(more));
        line(text, row, &counts);
    }
    line(text, "**All**", &total);
    text.push('\n');
}

fn oracle_of_cases(text: &mut String, score: &Score, origin: &str) {
    let total = score.total();
    let _ = writeln!(
        text,
        "**Pairs at the edges.** {} pairs of libraries around one thing that decides, such as a symbol version, a namesake, an \
         option or a tail, each compared by debug info, by headers and by both; the worst of the three counts ({origin}):\n",
        total.pairs()
    );
    text.push_str(HEAD);
    let rows = [
        (true, c::Effect::Breaks, "C: breaks"),
        (true, c::Effect::Risky, "C: what grows on purpose, and what may be private"),
        (true, c::Effect::Harmless, "C: harmless edits"),
        (false, c::Effect::Breaks, "C++: breaks"),
        (false, c::Effect::Risky, "C++: what may be private"),
        (false, c::Effect::Harmless, "C++: harmless edits"),
    ];
    for (is_in_c, effect, row) in rows {
        let mut counts = Counts::default();
        let of_row = cases::cases().filter(|case| case.is_in_c() == is_in_c && case.effect == effect);
        of_row.filter_map(|case| score.edits.get(case.name)).for_each(|more| counts.merge(more));
        if counts.pairs() > 0 {
            line(text, row, &counts);
        }
    }
    line(text, "**All**", &total);
    let untellable = total.of(Outcome::Untellable);
    let _ = writeln!(
        text,
        "\nIn {untellable} pairs one kind of evidence cannot tell, and [the table](https://github.com/abigate/abigate/blob/main/tests/oracle/published/edits.md) says why.\n"
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

/// The noise matrix: `library compiler level form cells pairs failures why`, where cells are those built of those there
/// are.
fn noise(text: &mut String, record: &str) {
    let mut rows: Vec<(String, BTreeMap<&str, [usize; 4]>)> = Vec::new();
    let mut forms: Vec<&str> = Vec::new();
    let mut total = [0; 4];
    for line in record.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [library, compiler, _, form, cells, pairs, failures, ..] = *fields else { continue };
        let (built, all) = cells.split_once('/').unwrap_or((cells, cells));
        let numbers = [built, all, pairs, failures].map(|number| number.parse::<usize>().unwrap_or(0));
        if numbers[1] == 0 {
            continue;
        }
        if !forms.contains(&form) {
            forms.push(form);
        }
        let name = format!("{library}, {compiler}");
        if rows.last().is_none_or(|(known, _)| *known != name) {
            rows.push((name, BTreeMap::new()));
        }
        let row = &mut rows.last_mut().expect("just pushed").1;
        let cell = row.entry(form).or_default();
        for (at, number) in numbers.into_iter().enumerate() {
            cell[at] += number;
            total[at] += number;
        }
    }
    let [built, _, pairs, failures] = total;
    let _ = writeln!(
        text,
        "**The same thing built twice.** {pairs} comparisons of {built} builds, by five levels of optimization, two DWARF \
         versions and three places in each cell; {failures} had a finding above *compatible* that no other tool confirms \
         ({}):\n",
        origin(record)
    );
    let _ = writeln!(
        text,
        "| comparisons (builds) | {} |\n|---|{}",
        forms.join(" | "),
        "--:|".repeat(forms.len())
    );
    for (name, row) in &rows {
        let _ = write!(text, "| {name} |");
        for form in &forms {
            let [built, all, pairs, failures] = row.get(form).copied().unwrap_or_default();
            let builds = if built == all { format!("{built}") } else { format!("{built} of {all}") };
            let failed = if failures == 0 { String::new() } else { format!(", **{failures} failed**") };
            let _ = write!(text, " {pairs} ({builds}){failed} |");
        }
        text.push('\n');
    }
    let told: Vec<String> = told_of_noise()
        .0
        .iter()
        .map(|(rule, severity, count)| format!("{rule} ({severity}) {count}"))
        .collect();
    if !told.is_empty() {
        let _ = writeln!(text, "\nTold all the same, by rule and comparisons: {}.", told.join(", "));
    }
    text.push_str(
        "\nOf libc10 and of what the oracle makes up, any two values of any two dimensions are together in some build. Where a tool refuses what a compiler \
         wrote, [the record](https://github.com/abigate/abigate/blob/main/tests/oracle/published/noise.tsv) says so.\n\n",
    );
}

/// What was told of one source, built twice: rule, severity, how often; and how many comparisons there were.
pub(crate) fn told_of_noise() -> (Vec<(String, String, usize)>, usize) {
    let record = read("noise.tsv");
    let rows = || record.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect::<Vec<_>>());
    let told = rows().filter_map(|row| match *row {
        [rule, severity, count] => Some((rule.to_owned(), severity.to_owned(), count.parse().ok()?)),
        _ => None,
    });
    let pairs = rows().filter_map(|row| row.get(5).and_then(|n| n.parse::<usize>().ok()));
    (told.collect(), pairs.sum())
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
pub(crate) fn edits() -> String {
    let score = Score::read(&read("pairs.tsv"));
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
    let score = Score::read(&read("pairs-in-c.tsv"));
    if !score.edits.is_empty() {
        edits_in_c(&mut text, &score);
    }
    let score = Score::read(&read("cases.tsv"));
    if !score.edits.is_empty() {
        text.push_str(
            "\n## At the edges\n\n| edit | is | pairs | programs broke | unproven | missed | false | why no program notices, or what cannot tell |\n\
             |---|---|--:|--:|--:|--:|--:|---|\n",
        );
        for case in cases::cases() {
            if let Some(counts) = score.edits.get(case.name) {
                case_line(&mut text, case, counts);
            }
        }
    }
    text
}

fn case_line(text: &mut String, case: &Case, counts: &Counts) {
    let effect = match case.effect {
        c::Effect::Breaks => "breaking",
        c::Effect::Risky => "risky",
        c::Effect::Harmless => "harmless",
    };
    let unseen = if counts.of(Outcome::Unproven) > 0 { case.unseen } else { "" };
    let untold = case.untold.map(|(evidence, why)| format!("{evidence}: {why}"));
    let why: Vec<&str> =
        [Some(unseen), untold.as_deref()].into_iter().flatten().filter(|w| !w.is_empty()).collect();
    let _ = writeln!(
        text,
        "| {} | {effect} | {} | {} | {} | {} | {} | {} |",
        case.name,
        counts.pairs(),
        counts.broken,
        counts.of(Outcome::Unproven),
        counts.of(Outcome::Missed),
        counts.of(Outcome::False),
        why.join("; "),
    );
}

fn edits_in_c(text: &mut String, score: &Score) {
    text.push_str(
        "\n## In C\n\nWhat is *risky* is a way in which libraries grow on purpose: it may be told, and may not be called \
         breaking.\n\n| edit | is | told as one of | pairs | programs broke | unproven | missed | false | why it is a break all the same |\n\
         |---|---|---|--:|--:|--:|--:|--:|---|\n",
    );
    for operator in c::OPERATORS {
        let Some(counts) = score.edits.get(operator.name) else { continue };
        let effect = match operator.effect {
            c::Effect::Breaks => "breaking",
            c::Effect::Risky => "risky",
            c::Effect::Harmless => "harmless",
        };
        let of = |outcome| counts.of(outcome);
        let unproven = of(Outcome::Unproven);
        let share =
            if unproven == 0 { String::new() } else { format!("{} %", unproven * 100 / counts.pairs()) };
        let why = if unproven == 0 { "" } else { operator.unseen };
        let rules: Vec<String> = operator.rules.iter().map(|rule| format!("`{rule}`")).collect();
        let name = operator.name.trim_start_matches("c: ");
        let _ = writeln!(
            text,
            "| {name} | {effect} | {} | {} | {} | {share} | {} | {} | {why} |",
            rules.join(", "),
            counts.pairs(),
            counts.broken,
            of(Outcome::Missed),
            of(Outcome::False),
        );
    }
}

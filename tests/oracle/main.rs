//! The oracle: small libraries are made, edited and judged, and programs that were built against the old one show what
//! is true.
//!
//! `generate` makes a library of a seed (`model`), `operators` edit it, `library` and `consumer` write the sources,
//! `workshop` builds and runs them, `trial` holds what was seen against what was said, `score` and `tally` count, `shrink`
//! makes small what failed, `cases` are what the others cannot have, and `published` writes what stands in the book.
//!
//! ```text
//! cargo test --test oracle                                        a fixed part
//! ORACLE_PAIRS=5000 cargo test --release --test oracle -- --ignored pairs --nocapture
//! ORACLE_PAIRS=10 ORACLE_ONLY="bit-field" …                       only edits of that name
//! ORACLE_PAIRS=3000 … --ignored pairs_of_cases                    cases (`cases`), each by debug info, headers and both
//! ```

mod c;
mod cases;
mod consumer;
mod dice;
mod generate;
mod library;
mod model;
mod operators;
mod properties;
mod published;
mod run;
mod score;
mod shrink;
mod tally;
mod trial;
mod workshop;

use std::collections::BTreeSet;
use std::sync::Mutex;

use abigate::rules::{CATALOGUE, Severity};
use operators::operators;
use run::Report;
use score::Score;
use tally::Tally;
use trial::Outcome;

/// Seeds of the fixed part: GCC and Clang, with and without versions and strings.
const FIXED: [u64; 2] = [3, 2];

/// Seeds for edits that have no place in those.
const SPARE: [u64; 4] = [0, 1, 7, 11];

/// The record has to be of so many pairs at least.
const ENOUGH: usize = 5000;

/// And that of C of so many.
const ENOUGH_IN_C: usize = 500;

/// Of how many of a rule's findings may be false, in thousandths, for it to be breaking unless told otherwise.
const BUDGET: usize = 1;

fn report(mutex: Mutex<Report>) -> Report {
    mutex.into_inner().expect("no panic")
}

fn number(variable: &str) -> Option<u64> {
    Some(std::env::var(variable).ok()?.parse().unwrap_or_else(|_| panic!("{variable} is no number")))
}

/// Nothing may be missed, false or misnamed, and whatever is unproven has a reason.
fn check(report: &Report) {
    assert!(report.failures.is_empty(), "{}", report.failures.join("\n"));
    let reasonless = |(edit, _): &&(String, String)| {
        operators().any(|operator| operator.name == *edit && operator.unseen.is_empty())
    };
    let without: Vec<_> = report.unproven.iter().filter(reasonless).collect();
    assert!(without.is_empty(), "called breaking, not seen to be, and no reason given: {without:#?}");
}

#[test]
fn every_edit_is_judged_as_it_is() {
    let mutex = Mutex::new(Report::default());
    let has_clang = workshop::has("clang++");
    let done = |name: &str| mutex.lock().expect("no panic").score.edits.contains_key(name);
    for (at, seed) in FIXED.into_iter().enumerate() {
        let mut edits = run::edits_of(seed, 8, 4);
        // Each edit once, half of them in either library.
        edits.retain(|edits| match &*edits.operators {
            [operator] => operator.name.len() % FIXED.len() == at,
            _ => true,
        });
        run::seed(seed, edits, &mutex);
    }
    for seed in FIXED.into_iter().chain(SPARE) {
        let mut edits = run::edits_of(seed, 0, 0);
        edits.retain(|edits| !done(edits.operators[0].name));
        if !edits.is_empty() {
            run::seed(seed, edits, &mutex);
        }
    }
    let report = report(mutex);
    check(&report);
    let placeless: Vec<&str> =
        operators().map(|o| o.name).filter(|name| !report.score.edits.contains_key(*name)).collect();
    assert!(placeless.is_empty() || !has_clang, "edits without a place: {placeless:?}");
}

#[test]
#[ignore = "takes an hour: ci/truth runs it"]
fn pairs() {
    let wanted = number("ORACLE_PAIRS").unwrap_or(5000) as usize;
    let mutex = Mutex::new(Report::default());
    let only = std::env::var("ORACLE_ONLY").unwrap_or_default();
    for seed in number("ORACLE_SEED").unwrap_or(100).. {
        let mut edits = run::edits_of(seed, 30, 15);
        edits.retain(|edits| edits.name().contains(&only));
        run::seed(seed, edits, &mutex);
        let report = mutex.lock().expect("no panic");
        let total = report.score.total();
        let of = |outcome| total.of(outcome);
        eprintln!(
            "seed {seed}: {} pairs, {} broken, {} missed, {} unproven, {} false, {} misnamed, {} refused",
            total.pairs(),
            total.broken,
            of(Outcome::Missed),
            of(Outcome::Unproven),
            of(Outcome::False),
            of(Outcome::Misnamed) + of(Outcome::Untold),
            report.score.refused,
        );
        if let Ok(place) = std::env::var("ORACLE_RECORD") {
            std::fs::write(place, report.score.record()).expect("writable");
        }
        if total.pairs() >= wanted {
            break;
        }
    }
    let report = report(mutex);
    for (edit, rules) in &report.unproven {
        eprintln!("unproven: {edit}: {rules}");
    }
    check(&report);
}

/// Seeds of the fixed part in C: GCC and Clang, with and without versions.
const FIXED_C: [u64; 3] = [1, 2, 3];

fn check_c(tally: &Tally) {
    tally::check(tally, |name| c::OPERATORS.iter().find(|o| o.name == name).map(|o| o.unseen));
}

#[test]
fn every_edit_of_a_c_library_is_judged_as_it_is() {
    let mutex = Mutex::new(Tally::default());
    for (at, seed) in FIXED_C.into_iter().enumerate() {
        c::seed(seed, |operator| at == 0 || operator.name.len() % 2 == at % 2, &mutex);
    }
    let report = mutex.into_inner().expect("no panic");
    check_c(&report);
    let placeless: Vec<&str> =
        c::OPERATORS.iter().map(|o| o.name).filter(|name| !report.edits.contains_key(*name)).collect();
    assert!(placeless.is_empty(), "edits without a place: {placeless:?}");
}

/// `ORACLE_PAIRS`, `ORACLE_SEED`, `ORACLE_ONLY` and `ORACLE_RECORD` as above.
#[test]
#[ignore = "takes an hour: ci/truth runs it"]
fn pairs_in_c() {
    check_c(&tally::many("C", |seed, only, tally| {
        c::seed(seed, |operator| operator.name.contains(only), tally);
    }));
}

fn check_cases(tally: &Tally) {
    tally::check(tally, |name| cases::cases().find(|case| case.name == name).map(|case| case.unseen));
}

#[test]
fn every_case_is_judged_as_it_is() {
    let mutex = Mutex::new(Tally::default());
    cases::seed(number("ORACLE_SEED").unwrap_or(1), true, |_| true, &mutex);
    check_cases(&mutex.into_inner().expect("no panic"));
}

/// `ORACLE_PAIRS`, `ORACLE_SEED`, `ORACLE_ONLY` and `ORACLE_RECORD` as above.
#[test]
#[ignore = "takes an hour: ci/truth runs it"]
fn pairs_of_cases() {
    check_cases(&tally::many("cases", |seed, only, tally| {
        cases::seed(seed, false, |case| case.name.contains(only), tally);
    }));
}

#[test]
fn nothing_is_lost_on_the_way() {
    let lost = properties::lost_on_the_way(number("ORACLE_SEED").unwrap_or(4), 12);
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[test]
fn both_directions_are_about_the_same() {
    let differing = properties::one_sided(number("ORACLE_SEED").unwrap_or(5), 25);
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn enough_edits_of_every_kind() {
    let of = |effect| operators().filter(|o| o.effect == effect).count();
    assert!(operators().count() >= 90 && of(operators::Effect::Harmless) >= 30);
    let names: BTreeSet<&str> = operators().map(|o| o.name).collect();
    assert_eq!(names.len(), operators().count(), "two edits of one name");
    let in_c = c::OPERATORS.iter().flat_map(|o| o.rules);
    let of_cases = cases::cases().flat_map(|case| case.rules);
    let named: BTreeSet<&str> = operators().flat_map(|o| o.rules).chain(in_c).copied().collect();
    for rule in named.iter().chain(of_cases.collect::<BTreeSet<_>>()) {
        assert!(CATALOGUE.iter().any(|entry| entry.rule.id() == *rule), "no rule {rule}");
    }
    for rule in CATALOGUE.iter().map(|entry| entry.rule.id()) {
        let reason = operators::NOT_BY_EDIT.iter().find(|(other, _)| *other == rule);
        assert!(named.contains(rule) != reason.is_some(), "{rule}: an edit that causes it, or a reason");
    }
}

/// What is on record of C was run in earnest: nothing missed, nothing false.
#[test]
fn the_record_of_c_is_clean() {
    let record = published::read("pairs-in-c.tsv");
    let score = Score::read(&record).total();
    assert!(score.pairs() >= ENOUGH_IN_C, "the record is of {} pairs", score.pairs());
    let failures: Vec<_> =
        Outcome::ALL.into_iter().filter(|o| o.is_failure()).map(|o| (o, score.of(o))).collect();
    assert!(failures.iter().all(|(_, count)| *count == 0), "{failures:?}");
}

/// What is on record of the cases: nothing missed, nothing false.
#[test]
fn the_record_of_cases_is_clean() {
    let score = Score::read(&published::read("cases.tsv")).total();
    let failures: Vec<_> =
        Outcome::ALL.into_iter().filter(|o| o.is_failure()).map(|o| (o, score.of(o))).collect();
    assert!(failures.iter().all(|(_, count)| *count == 0), "{failures:?}");
}

/// A rule that cries wolf may not stop anybody unless a policy says so.
#[test]
fn rules_that_are_breaking_are_right() {
    let score = Score::read(&published::read("pairs.tsv"));
    assert!(score.total().pairs() >= ENOUGH, "the record is of {} pairs", score.total().pairs());
    for entry in CATALOGUE.iter().filter(|entry| entry.severity == Severity::Breaking) {
        let told = score.rules.get(entry.rule.id()).copied().unwrap_or_default();
        let rule = entry.rule.id();
        assert!(
            told.falsely * 1000 <= told.pairs * BUDGET,
            "{rule}: {} of {} false",
            told.falsely,
            told.pairs
        );
    }
    // Where nothing changed but the toolchain, no rule may find anything.
    let (told, comparisons) = published::told_of_noise();
    assert!(comparisons > 5000 && told.is_empty(), "{comparisons} comparisons: {told:?}");
}

/// `UPDATE_GOLDEN=1` writes it anew.
#[test]
fn the_book_has_what_was_measured() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("src/guide/truth.md")).expect("readable");
    let (begin, end) = ("<!-- truth: written by ci/truth -->\n", "<!-- end of truth -->");
    let (before, rest) = page.split_once(begin).expect("the page has the section");
    let (section, after) = rest.split_once(end).expect("the section ends");
    let (expected, edits) = (published::section(), published::edits());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(root.join("src/guide/truth.md"), [before, begin, &expected, end, after].concat())
            .expect("writable");
        std::fs::write(published::folder().join("edits.md"), &edits).expect("writable");
        return;
    }
    assert_eq!(section, expected, "UPDATE_GOLDEN=1 cargo test --test oracle");
    assert_eq!(published::read("edits.md"), edits, "UPDATE_GOLDEN=1 cargo test --test oracle");
}

/// Writes the sources of libraries for `ci/noise-matrix`: `$ORACLE_SOURCES/NAME/`, one for each of `$ORACLE_SEEDS`.
#[test]
#[ignore = "for ci/noise-matrix"]
fn sources() {
    let folder = std::path::PathBuf::from(std::env::var_os("ORACLE_SOURCES").expect("a directory is named"));
    let seeds = std::env::var("ORACLE_SEEDS").unwrap_or_else(|_| "1-3".to_owned());
    let (first, last) = seeds.split_once('-').unwrap_or((&seeds, &seeds));
    let number = |text: &str| text.parse::<u64>().expect("seeds are numbers");
    for seed in number(first)..=number(last) {
        let place = folder.join(format!("shop{seed}"));
        std::fs::create_dir_all(&place).expect("writable");
        let sources = library::sources(&generate::library(seed));
        let script = if sources.version_script.is_empty() { "" } else { " -Wl,--version-script=shop.map" };
        let build =
            format!("libbase.so base.cpp\nlibapart.so apart.cpp\nlibshop.so shop.cpp -L. -lbase{script}\n");
        workshop::write_sources(&sources, &place);
        std::fs::write(place.join("build.txt"), build).expect("writable");
    }
}

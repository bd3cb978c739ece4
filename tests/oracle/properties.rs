//! What holds of every comparison, whatever was edited.

use std::collections::BTreeSet;

use abigate::rules::{CATALOGUE, Family};

use crate::dice::Dice;
use crate::generate;
use crate::operators::operators;
use crate::trial::{Edits, Finding, Said, diff};
use crate::workshop::{Toolchain, Workshop};

/// Rules that tell one direction: what is lowered, widened or won on the way back is no news.
const ONE_WAY: [&str; 15] = [
    "type-removed",
    "isa-floor-raised",
    "static-tls-required",
    "executable-stack-required",
    "hardening-lost",
    "access-changed",
    "member-access-changed",
    "base-access-changed",
    "function-became-noreturn",
    "variable-became-const",
    "type-became-incomplete",
    "pure-became-defined",
    "weak-symbol-removed",
    // A member that comes is compatible where the union keeps its size; where it does not, other rules tell both ways.
    "union-member-removed",
    // A constant that goes is missed by those who use it; nobody uses the one that comes.
    "static-member-changed",
];

/// The types, classes and libraries that a report is about, without how what happened is called and judged.
fn subjects(said: &Said) -> BTreeSet<&str> {
    let is_told_both_ways = |f: &&Finding| {
        let entry =
            CATALOGUE.iter().find(|entry| entry.rule.id() == f.rule).expect("a rule of the catalogue");
        let is_of_types = matches!(entry.family, Family::Types | Family::Vtables | Family::Library);
        is_of_types && !ONE_WAY.contains(&&*f.rule) && f.severity != "compatible"
    };
    said.findings.iter().filter(is_told_both_ways).map(|f| &*f.subject).collect()
}

fn told(said: &Said) -> BTreeSet<(&str, &str)> {
    // What is about a release as a whole has its name, which is where it was built.
    let subject = |f: &'_ Finding| !f.subject.starts_with('/');
    let told = said.findings.iter().filter(|f| f.severity != "compatible");
    told.map(|f| (&*f.rule, if subject(f) { &*f.subject } else { "" })).collect()
}

/// Libraries A, B and C, each an edit of the one before: what is found on the way is found between the ends too.
/// Gives what was lost.
pub(crate) fn lost_on_the_way(seed: u64, triples: usize) -> Vec<String> {
    let library = generate::library(seed);
    let workshop = Workshop::open(&library, Toolchain::of(seed)).expect("it is built");
    let mut dice = Dice::of(seed, "triples");
    let all: Vec<_> = operators().collect();
    let mut lost = Vec::new();
    let mut done = 0;
    while done < triples {
        let pair = [dice.pick(&all), dice.pick(&all)];
        let edits = Edits { operators: pair.to_vec(), seed };
        let first = Edits { operators: vec![pair[0]], seed };
        let (Some((b, _)), Some((c, touched))) = (first.apply(&library), edits.apply(&library)) else {
            continue;
        };
        // Edits of one thing may undo each other, or become one.
        if touched[0] == touched[1] || touched.iter().any(|t| t == "*") {
            continue;
        }
        let places = [workshop.place(&format!("b{done}")), workshop.place(&format!("c{done}"))];
        let (Ok(b), Ok(c)) = (workshop.build(&b, &places[0], false), workshop.build(&c, &places[1], false))
        else {
            continue;
        };
        done += 1;
        let (ab, bc, ac) = (diff(&workshop.old(), &b), diff(&b, &c), diff(&workshop.old(), &c));
        let whole = told(&ac);
        for (rule, subject) in told(&ab).union(&told(&bc)) {
            if !whole.contains(&(*rule, *subject)) {
                lost.push(format!("{}: {rule} {subject}", edits.name()));
            }
        }
    }
    lost
}

/// One edit there and back: both directions are about the same things. Gives where they are not.
pub(crate) fn one_sided(seed: u64, pairs: usize) -> Vec<String> {
    let library = generate::library(seed);
    let workshop = Workshop::open(&library, Toolchain::of(seed)).expect("it is built");
    let mut dice = Dice::of(seed, "directions");
    let all: Vec<_> = operators().collect();
    let mut differing = Vec::new();
    let mut done = 0;
    while done < pairs {
        let edits = Edits { operators: vec![dice.pick(&all)], seed };
        let Some((edited, _)) = edits.apply(&library) else { continue };
        let place = workshop.place(&format!("d{done}"));
        let Ok(new) = workshop.build(&edited, &place, false) else { continue };
        done += 1;
        let (there, back) = (diff(&workshop.old(), &new), diff(&new, &workshop.old()));
        assert_eq!(diff(&new, &new).findings, [], "{}: against itself", edits.name());
        if subjects(&there) != subjects(&back) {
            differing.push(format!(
                "{}: {:?} and back {:?}",
                edits.name(),
                subjects(&there),
                subjects(&back)
            ));
        }
    }
    differing
}

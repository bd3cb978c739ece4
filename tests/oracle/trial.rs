//! One pair: a library and what edits made of it, what programs saw, and what was said of it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::dice::Dice;
use crate::model::Library;
use crate::operators::{Effect, Operator};
use crate::workshop::{Refused, Seen, Workshop};

/// What `abigate diff` says of a pair.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) findings: Vec<Finding>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) subject: String,
    pub(crate) is_derived: bool,
}

impl Said {
    pub(crate) fn is(&self, severity: &str) -> bool {
        self.findings.iter().any(|f| f.severity == severity)
    }

    /// Does it stop a release that may break nobody, or at least warn of it.
    pub(crate) fn warns(&self) -> bool {
        ["breaking", "cannot-certify", "risky"].iter().any(|severity| self.is(severity))
    }

    pub(crate) fn has(&self, rules: &[&str]) -> bool {
        self.findings.iter().any(|f| rules.contains(&&*f.rule))
    }
}

/// The program that is judged: the one that was built with these tests, or `$ABIGATE`, a copy that stays as it is.
pub(crate) fn abigate() -> Command {
    let built = || env!("CARGO_BIN_EXE_abigate").into();
    Command::new(std::env::var_os("ABIGATE").unwrap_or_else(built))
}

/// Compares two folders.
pub(crate) fn diff(old: &Path, new: &Path) -> Said {
    let output = abigate()
        .args(["diff", "--format", "json", "--threads", "1"])
        .args([old, new])
        .env_remove("ABIGATE_STORE")
        .output()
        .expect("abigate runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{}: {errors}", new.display());
    let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = report["findings"].as_array().expect("findings");
    let finding = |f: &Value| Finding {
        rule: text(&f["rule"]),
        severity: text(&f["severity"]),
        subject: text(&f["subject"]["name"]),
        is_derived: !f["derived_from"].is_null(),
    };
    Said { findings: list.iter().map(finding).collect() }
}

/// What a pair is made of.
#[derive(Clone)]
pub(crate) struct Edits {
    pub(crate) operators: Vec<&'static Operator>,
    /// Chooses the places.
    pub(crate) seed: u64,
}

impl Edits {
    /// The edited library, with what was touched; none where one of the edits has no place.
    pub(crate) fn apply(&self, library: &Library) -> Option<(Library, Vec<String>)> {
        let mut edited = library.clone();
        let mut touched = Vec::new();
        for operator in &self.operators {
            let mut dice = Dice::of(self.seed, operator.name);
            touched.push((operator.edit)(&mut edited, &mut dice)?);
        }
        Some((edited, touched))
    }

    pub(crate) fn name(&self) -> String {
        self.operators.iter().map(|o| o.name).collect::<Vec<_>>().join(" + ")
    }

    pub(crate) fn effect(&self) -> Effect {
        self.operators.iter().map(|o| o.effect).min().unwrap_or(Effect::Harmless)
    }

    /// Edits of one and the same thing may hide each other.
    fn overlap(touched: &[String]) -> bool {
        touched.iter().enumerate().any(|(at, one)| one == "*" || touched[..at].contains(one))
            && touched.len() > 1
    }
}

/// How a pair came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// What was said is what is true.
    Right,
    /// It was called breaking, and no program of the oracle breaks.
    Unproven,
    /// A program breaks, nobody was warned, and nothing in a binary could have told.
    Untellable,
    /// A program breaks, and nobody was warned.
    Missed,
    /// It is harmless, and was called worse than a change of source.
    False,
    /// A break was found under another rule than the edit's.
    Misnamed,
    /// A change that is worth a word was not told under its rule.
    Untold,
    /// An edit that was held to be harmless breaks a program: the oracle is wrong.
    Harmful,
}

impl Outcome {
    pub(crate) const ALL: [Outcome; 8] = [
        Outcome::Right,
        Outcome::Unproven,
        Outcome::Untellable,
        Outcome::Missed,
        Outcome::False,
        Outcome::Misnamed,
        Outcome::Untold,
        Outcome::Harmful,
    ];

    /// Either the program or the oracle has to be mended.
    pub(crate) fn is_failure(self) -> bool {
        !matches!(self, Outcome::Right | Outcome::Unproven | Outcome::Untellable)
    }
}

pub(crate) struct Trial {
    pub(crate) edits: Edits,
    pub(crate) seen: Seen,
    pub(crate) said: Said,
    pub(crate) outcome: Outcome,
}

/// Builds, runs and compares what the edits make of a library.
pub(crate) fn run(
    workshop: &Workshop,
    library: &Library,
    edits: &Edits,
    (edited, touched): (&Library, &[String]),
    name: &str,
) -> Result<Trial, Refused> {
    let place = workshop.place(name);
    let result = compare(workshop, library, edited, &place, edits.effect());
    let _ = std::fs::remove_dir_all(&place);
    let (seen, said) = result?;
    let outcome = outcome(workshop, edits, touched, &seen, &said);
    Ok(Trial { edits: edits.clone(), seen, said, outcome })
}

/// What is true of a pair, and what is said of it.
pub(crate) fn compare(
    workshop: &Workshop,
    old: &Library,
    new: &Library,
    place: &Path,
    effect: Effect,
) -> Result<(Seen, Said), Refused> {
    let lib = workshop.build(new, place, false)?;
    let said = diff(&workshop.old(), &lib);
    let seen = workshop.look(place);
    // A sanitizer sees what leaves the output alone.
    let closer = seen == Seen::Same && effect == Effect::Breaks;
    Ok((if closer { workshop.look_closer(old, new, place)? } else { seen }, said))
}

fn outcome(workshop: &Workshop, edits: &Edits, touched: &[String], seen: &Seen, said: &Said) -> Outcome {
    let told = |operator: &Operator| operator.rules.is_empty() || said.has(operator.rules);
    let untellable = |operator: &Operator| {
        operator.untold.is_some_and(|(by, _)| workshop.toolchain().compiler.starts_with(by))
    };
    let effect = edits.effect();
    let mut of_effect = edits.operators.iter().filter(|o| o.effect == effect && !untellable(o));
    let named = Edits::overlap(touched) || of_effect.all(|o| told(o));
    match (seen.is_broken(), effect) {
        (true, Effect::Harmless) => Outcome::Harmful,
        (true, _) if !said.warns() && edits.operators.iter().any(|o| untellable(o)) => Outcome::Untellable,
        (true, _) if !said.warns() => Outcome::Missed,
        (true, Effect::Breaks) if !named => Outcome::Misnamed,
        (true, _) => Outcome::Right,
        (false, Effect::Harmless) if said.warns() => Outcome::False,
        (false, _) if effect != Effect::Harmless && said.is("breaking") => Outcome::Unproven,
        (false, _) if !named => Outcome::Untold,
        (false, _) => Outcome::Right,
    }
}

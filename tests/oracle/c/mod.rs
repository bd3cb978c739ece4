//! The oracle's C: libraries of several source files, edits of them, and programs that show what is true.
//!
//! `generate` makes a library of a seed (`model`), `operators` edit it, `sources` writes the files and the program, and
//! this file builds, runs, compares and counts. C has rules of its own: a type belongs to its source file, unnamed types
//! are many, and libraries grow in ways that break nobody.

mod generate;
mod model;
mod operators;
mod sources;

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use crate::dice::Dice;
use crate::tally::Tally;
use crate::trial::{Outcome, Said, diff};
use crate::workshop::{Refused, Seen, compile, has, judge};
use model::Library;
pub(crate) use operators::{Effect, OPERATORS, Operator};

/// How everything of one seed is compiled.
struct Toolchain {
    compiler: &'static str,
    level: &'static str,
    is_fixed: bool,
}

impl Toolchain {
    fn of(seed: u64) -> Toolchain {
        let mut dice = Dice::of(seed, "c toolchain");
        let compiler = if has("clang") && seed % 3 == 2 { "clang" } else { "gcc" };
        Toolchain { compiler, level: dice.pick(&["-O0", "-O1", "-O2", "-O0"]), is_fixed: dice.one_in(2) }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.compiler);
        command.args(["-std=gnu11", "-w", "-g", "-fno-common", self.level]);
        command
    }
}

/// One library of a seed, with the program that was built against it.
struct Place {
    folder: tempfile::TempDir,
    toolchain: Toolchain,
    expected: String,
}

impl Place {
    fn open(library: &Library, toolchain: Toolchain) -> Result<Place, Refused> {
        let folder = tempfile::tempdir().expect("a directory");
        let mut place = Place { folder, toolchain, expected: String::new() };
        let old = place.build(library, "old")?;
        let source = old.join("program.c");
        std::fs::write(&source, sources::program(library)).expect("writable");
        let mut command = place.toolchain.command();
        command.arg("-o").arg(old.join("program")).arg(&source).arg("-I").arg(&old);
        command.args(if place.toolchain.is_fixed { ["-fno-pie", "-no-pie"] } else { ["-fPIE", "-pie"] });
        command.arg("-L").arg(old.join("lib")).arg("-lshop");
        compile(command)?;
        let output = place.run(&old);
        place.expected = String::from_utf8_lossy(&output.stdout).into_owned();
        if !place.expected.ends_with("end = 0\n") {
            return Err(Refused(format!("the program does not end: {output:?}")));
        }
        Ok(place)
    }

    fn build(&self, library: &Library, name: &str) -> Result<PathBuf, Refused> {
        let place = self.folder.path().join(name);
        let lib = place.join("lib");
        std::fs::create_dir_all(&lib).expect("writable");
        for (file, text) in sources::files(library) {
            std::fs::write(place.join(file), text).expect("writable");
        }
        for unit in &library.units {
            let mut command = self.toolchain.command();
            command.args(["-fPIC", "-c"]).args(&library.flags).current_dir(&place);
            command.arg(format!("unit{unit}.c")).arg("-o").arg(format!("unit{unit}.o"));
            compile(command)?;
        }
        let mut command = self.toolchain.command();
        command.current_dir(&place).args(["-shared", "-Wl,-soname,libshop.so", "-o", "lib/libshop.so"]);
        command.args(library.units.iter().map(|unit| format!("unit{unit}.o")));
        if !library.versions.is_empty() {
            command.arg("-Wl,--version-script=shop.map");
        }
        compile(command)?;
        Ok(place)
    }

    fn run(&self, place: &Path) -> Output {
        let mut command = Command::new("timeout");
        command.args(["-s", "KILL", "20"]).arg(self.folder.path().join("old/program"));
        command.env("LD_LIBRARY_PATH", place.join("lib"));
        command.output().expect("the program runs")
    }

    /// What is true of an edited library, and what is said of it.
    fn look(&self, edited: &Library, name: &str) -> Result<(Seen, Said), Refused> {
        let place = self.build(edited, name)?;
        let said = diff(&self.folder.path().join("old/lib"), &place.join("lib"));
        let seen = judge(&self.run(&place), &self.expected);
        let _ = std::fs::remove_dir_all(&place);
        Ok((seen, said))
    }
}

/// What came of a pair.
fn outcome(operator: &Operator, seen: &Seen, said: &Said) -> Outcome {
    let is_named = operator.rules.is_empty() || said.has(operator.rules);
    match (seen.is_broken(), operator.effect) {
        (true, Effect::Harmless | Effect::Risky) => Outcome::Harmful,
        (true, _) if !said.warns() => Outcome::Missed,
        (true, _) if !is_named => Outcome::Misnamed,
        (false, Effect::Harmless) if said.warns() => Outcome::False,
        (false, Effect::Risky) if said.is("breaking") || said.is("cannot-certify") => Outcome::False,
        (false, Effect::Breaks) if said.is("breaking") => Outcome::Unproven,
        _ => Outcome::Right,
    }
}

/// Runs every edit that `only` lets through on the library of a seed.
#[expect(clippy::print_stderr, reason = "in a run of an hour, failures are told when they happen")]
pub(crate) fn seed(seed: u64, only: impl Fn(&Operator) -> bool, report: &Mutex<Tally>) {
    let library = generate::library(seed);
    let place = match Place::open(&library, Toolchain::of(seed)) {
        Ok(place) => place,
        Err(refused) => panic!("C seed {seed}: {}", refused.0),
    };
    let queue: VecDeque<&'static Operator> = OPERATORS.iter().filter(|operator| only(operator)).collect();
    let queue = Mutex::new(queue);
    let next = || queue.lock().expect("no panic").pop_front();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(operator) = next() {
                    let mut edited = library.clone();
                    if !(operator.edit)(&mut edited, &mut Dice::of(seed, operator.name)) {
                        continue;
                    }
                    let name = operator.name.replace([':', ' '], "-");
                    let result = place.look(&edited, &name);
                    let mut report = report.lock().expect("no panic");
                    let (seen, said) = match result {
                        Ok(answer) => answer,
                        Err(refused) => {
                            report
                                .failures
                                .push(format!("seed {seed}: {} refused: {}", operator.name, refused.0));
                            continue;
                        }
                    };
                    let outcome = outcome(operator, &seen, &said);
                    *report.edits.entry(operator.name).or_default().entry(outcome).or_default() += 1;
                    *report.broken.entry(operator.name).or_default() += usize::from(seen.is_broken());
                    if outcome == Outcome::Unproven {
                        report.unproven.push(operator.name);
                    }
                    if outcome.is_failure() {
                        let failure = describe(seed, &place, operator, outcome, &seen, &said);
                        keep(seed, &library, &edited, &name);
                        eprintln!("{failure}");
                        report.failures.push(failure);
                    }
                }
            });
        }
    });
}

fn describe(
    seed: u64,
    place: &Place,
    operator: &Operator,
    outcome: Outcome,
    seen: &Seen,
    said: &Said,
) -> String {
    let Toolchain { compiler, level, .. } = place.toolchain;
    let mut text = format!("{outcome:?}: {} (seed {seed}, {compiler} {level}): {seen:?}", operator.name);
    for finding in said.findings.iter().filter(|f| f.severity != "compatible") {
        let _ = write!(text, "\n    {} {} {}", finding.severity, finding.rule, finding.subject);
    }
    text
}

/// Keeps the sources of what failed, for whoever looks at it.
fn keep(seed: u64, old: &Library, new: &Library, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oracle/c").join(format!("{seed}-{name}"));
    for (side, library) in [("old", old), ("new", new)] {
        let place = folder.join(side);
        std::fs::create_dir_all(&place).expect("writable");
        for (file, text) in sources::files(library) {
            std::fs::write(place.join(file), text).expect("writable");
        }
    }
    std::fs::write(folder.join("old/program.c"), sources::program(old)).expect("writable");
}

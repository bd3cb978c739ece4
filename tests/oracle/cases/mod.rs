//! Cases: small libraries around one thing that decides, each an edit of it, and a program that shows what is true.
//!
//! The libraries of `generate` and of `c` have a bit of everything; a case has what they cannot: the edges of evidence,
//! such as symbol versions, namesakes, options, tables of functions. Each is written once with what differs
//! (`draft`), is built by a compiler and with options that the seed chooses, and compared three times: by debug info, by
//! headers, and by both.

mod c;
mod cxx;
mod draft;

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use crate::c::Effect;
use crate::dice::Dice;
use crate::tally::Tally;
use crate::trial::{Outcome, Said, abigate, diff};
use crate::workshop::{Refused, Seen, has, judge};
use draft::{Draft, Side};

/// One kind of edit, at one kind of place.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) effect: Effect,
    /// One of these has to be among the findings, where the edit breaks the program.
    pub(crate) rules: &'static [&'static str],
    make: fn(&mut Dice) -> Draft,
    /// Why it is a break where the program does not notice.
    pub(crate) unseen: &'static str,
    /// Evidence that cannot tell, and why.
    pub(crate) untold: Option<(Evidence, &'static str)>,
}

impl Case {
    const fn new(
        name: &'static str,
        effect: Effect,
        rules: &'static [&'static str],
        make: fn(&mut Dice) -> Draft,
    ) -> Case {
        Case { name, effect, rules, make, unseen: "", untold: None }
    }

    const fn unseen(self, why: &'static str) -> Case {
        Case { unseen: why, ..self }
    }

    const fn but_headers(self, why: &'static str) -> Case {
        Case { untold: Some((Evidence::Headers, why)), ..self }
    }

    const fn but_debug(self, why: &'static str) -> Case {
        Case { untold: Some((Evidence::Debug, why)), ..self }
    }

    pub(crate) fn is_in_c(&self) -> bool {
        self.name.starts_with("c: ")
    }
}

/// All of them.
pub(crate) fn cases() -> impl Iterator<Item = &'static Case> {
    c::CASES.iter().chain(cxx::CASES)
}

/// What a pair is compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    Debug,
    Headers,
    Both,
}

impl Evidence {
    const ALL: [Evidence; 3] = [Evidence::Debug, Evidence::Headers, Evidence::Both];
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Evidence::Debug => "debug info",
            Evidence::Headers => "headers",
            Evidence::Both => "both",
        })
    }
}

/// How a pair is compiled.
struct Toolchain {
    compiler: &'static str,
    level: &'static str,
    dwarf: &'static str,
    is_fixed: bool,
    is_in_c: bool,
}

impl Toolchain {
    fn of(case: &Case, seed: u64) -> Toolchain {
        let mut dice = Dice::of(seed, &format!("toolchain of {}", case.name));
        let is_in_c = case.is_in_c();
        let all: [&'static str; 4] = if is_in_c {
            ["gcc", "gcc", "clang", "clang-19"]
        } else {
            ["g++", "g++", "clang++", "clang++-19"]
        };
        let wanted = dice.pick(&all);
        let compiler = if has(wanted) { wanted } else { all[0] };
        Toolchain {
            compiler,
            level: dice.pick(&["-O0", "-O1", "-O2"]),
            dwarf: dice.pick(&["-gdwarf-4", "-gdwarf-5"]),
            is_fixed: dice.one_in(2),
            is_in_c,
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.compiler);
        let standard = if self.is_in_c { "-std=gnu11" } else { "-std=c++20" };
        command.args([standard, "-w", "-g", self.dwarf, "-fno-common", self.level]);
        command
    }

    fn ending(&self) -> &'static str {
        if self.is_in_c { "c" } else { "cc" }
    }

    fn header(&self) -> &'static str {
        if self.is_in_c { "shop.h" } else { "shop.hpp" }
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.is_fixed { "no-pie" } else { "pie" };
        write!(f, "{} {} {} {place}", self.compiler, self.level, self.dwarf)
    }
}

/// A folder in which a pair is built.
struct Bench {
    folder: tempfile::TempDir,
    toolchain: Toolchain,
}

const LINE: &str = "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n";
const PRINT: &str = "static void line(const char *what, long number) { printf(\"%s = %ld\\n\", what, number); fflush(stdout); }\n";

impl Bench {
    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Builds one side into `NAME/lib`, with its header in `NAME/include`.
    fn build(&self, side: &Side, name: &str) -> Result<(), Refused> {
        let place = self.place(name);
        for folder in ["lib", "include"] {
            std::fs::create_dir_all(place.join(folder)).expect("writable");
        }
        let write = |file: &str, text: &str| std::fs::write(place.join(file), text).expect("writable");
        write(&format!("include/{}", self.toolchain.header()), &format!("#pragma once\n{}", side.header));
        write("shop.map", &side.map);
        let mut objects = Vec::new();
        for (at, source) in side.sources.iter().enumerate() {
            objects.push(self.object(&place, &format!("unit{at}"), source, side)?);
        }
        if !side.desk.is_empty() {
            let object = self.object(&place, "desk", &side.desk, side)?;
            self.link(&place, "libdesk.so", &[object], &[])?;
        }
        let map = "-Wl,--version-script=shop.map".to_owned();
        let mut options = side.link.clone();
        if !side.desk.is_empty() {
            options.extend(["-Llib".to_owned(), "-ldesk".to_owned()]);
        }
        options.extend((!side.map.is_empty()).then_some(map));
        self.link(&place, "libshop.so", &objects, &options)
    }

    fn object(&self, place: &Path, name: &str, source: &str, side: &Side) -> Result<String, Refused> {
        let file = format!("{name}.{}", self.toolchain.ending());
        // A source file with types of its own does not know the public header.
        let own = source.starts_with("#define OWN") || source.starts_with("#define NO_HEADER");
        let included =
            if own { String::new() } else { format!("#include \"{}\"\n", self.toolchain.header()) };
        std::fs::write(place.join(&file), format!("{LINE}{included}{source}")).expect("writable");
        let mut command = self.toolchain.command();
        command.args(["-fPIC", "-Iinclude", "-c"]).args(&side.flags).current_dir(place);
        compile_into(command.arg(file), &format!("{name}.o"))
    }

    fn link(&self, place: &Path, name: &str, objects: &[String], options: &[String]) -> Result<(), Refused> {
        let mut command = self.toolchain.command();
        command.current_dir(place).args(["-shared", &format!("-Wl,-soname,{name}")]);
        command.args(objects).args(options);
        compile_into(&mut command, &format!("lib/{name}")).map(drop)
    }

    fn program(&self, draft: &Draft, old: &Side) -> Result<(), Refused> {
        let (place, file) = (self.place("old"), format!("program.{}", self.toolchain.ending()));
        let text = format!("{LINE}#include \"{}\"\n{PRINT}{}", self.toolchain.header(), draft.program());
        std::fs::write(place.join(&file), text).expect("writable");
        let mut command = self.toolchain.command();
        command.current_dir(&place).arg("-Iinclude").args(draft.flags_of_program()).arg(file);
        command.args(if self.toolchain.is_fixed { ["-fno-pie", "-no-pie"] } else { ["-fPIE", "-pie"] });
        command.args(["-Llib", "-Wl,--no-as-needed", "-lshop"]);
        command.args((!old.desk.is_empty()).then_some("-ldesk"));
        compile_into(&mut command, "program").map(drop)
    }

    fn run(&self, name: &str) -> Output {
        let mut command = Command::new("timeout");
        command.args(["-s", "KILL", "20"]).arg(self.place("old/program"));
        command.env("LD_LIBRARY_PATH", self.place(name).join("lib"));
        command.output().expect("the program runs")
    }

    /// What is said of the pair by some evidence.
    fn said(&self, evidence: Evidence) -> Said {
        if evidence == Evidence::Debug {
            return diff(&self.place("old/lib"), &self.place("new/lib"));
        }
        let [old, new] = ["old", "new"].map(|name| {
            let out = self.place(&format!("{name}-{evidence:?}.abi"));
            let mut command = abigate();
            command.args(["dump", "-q", "--threads", "1", "--release", name, "--headers"]);
            command
                .arg(self.place(name).join("include"))
                .arg(self.place(name).join("lib"))
                .arg("-o")
                .arg(&out);
            command.args((evidence == Evidence::Headers).then_some("--no-debug-info"));
            command
                .args(["--probe-cxx", if self.toolchain.is_in_c { "g++" } else { self.toolchain.compiler }]);
            command.args((!self.toolchain.is_in_c).then_some("--probe-flag=-std=c++20"));
            let output = command.env("XDG_CACHE_HOME", self.place("cache")).output().expect("abigate runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            out
        });
        diff(&old, &new)
    }
}

fn compile_into(command: &mut Command, out: &str) -> Result<String, Refused> {
    command.args(["-o", out]);
    let output = command.output().expect("the compiler runs");
    if output.status.success() {
        return Ok(out.to_owned());
    }
    Err(Refused(String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// What came of a pair by one evidence.
fn outcome(case: &Case, evidence: Evidence, seen: &Seen, said: &Said) -> Outcome {
    let is_named = case.rules.is_empty() || said.has(case.rules);
    let is_untold = case.untold.is_some_and(|(by, _)| by == evidence);
    let or_untold = |outcome| if is_untold { Outcome::Untellable } else { outcome };
    match (seen.is_broken(), case.effect) {
        (true, Effect::Harmless | Effect::Risky) => Outcome::Harmful,
        (true, _) if !said.warns() => or_untold(Outcome::Missed),
        (true, _) if !is_named => Outcome::Misnamed,
        (false, Effect::Harmless) if said.warns() => or_untold(Outcome::False),
        (false, Effect::Risky) if said.is("breaking") || said.is("cannot-certify") => {
            or_untold(Outcome::False)
        }
        (false, Effect::Breaks) if said.is("breaking") => Outcome::Unproven,
        _ => Outcome::Right,
    }
}

/// What counts of three: what failed, then what was left open.
fn worst(outcomes: impl Iterator<Item = Outcome>) -> Outcome {
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Right => 0,
        Outcome::Untellable => 1,
        Outcome::Unproven => 2,
        _ => 3,
    };
    outcomes.max_by_key(rank).unwrap_or(Outcome::Right)
}

/// Runs every case that `only` lets through with a seed; in a `short` run, each is compared by one evidence, which its
/// name chooses.
#[expect(clippy::print_stderr, reason = "in a run of an hour, failures are told when they happen")]
pub(crate) fn seed(seed: u64, short: bool, only: impl Fn(&Case) -> bool, report: &Mutex<Tally>) {
    let queue: VecDeque<&'static Case> = cases().filter(|case| only(case)).collect();
    let queue = Mutex::new(queue);
    let next = || queue.lock().expect("no panic").pop_front();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(case) = next() {
                    let all = Evidence::ALL;
                    let one = case.name.len() % all.len();
                    let failure = pair(case, seed, if short { &all[one..=one] } else { &all }, report);
                    if let Some(failure) = failure {
                        eprintln!("{failure}");
                        report.lock().expect("no panic").failures.push(failure);
                    }
                }
            });
        }
    });
}

/// Builds, runs and compares one pair, and counts it; gives what failed.
fn pair(case: &'static Case, seed: u64, by: &[Evidence], report: &Mutex<Tally>) -> Option<String> {
    let draft = (case.make)(&mut Dice::of(seed, case.name));
    let bench =
        Bench { folder: tempfile::tempdir().expect("a directory"), toolchain: Toolchain::of(case, seed) };
    let name = format!("{} (seed {seed}, {})", case.name, bench.toolchain);
    let seen = match look(&bench, &draft) {
        Ok(seen) => seen,
        Err(refused) => return Some(format!("{name} refused: {}", refused.0)),
    };
    let judged = by.iter().map(|&evidence| {
        let said = bench.said(evidence);
        (evidence, outcome(case, evidence, &seen, &said), said)
    });
    let by: Vec<_> = judged.collect();
    let worst = worst(by.iter().map(|(_, outcome, _)| *outcome));
    let mut report = report.lock().expect("no panic");
    *report.edits.entry(case.name).or_default().entry(worst).or_default() += 1;
    *report.broken.entry(case.name).or_default() += usize::from(seen.is_broken());
    if worst == Outcome::Unproven {
        report.unproven.push(case.name);
    }
    if !worst.is_failure() {
        return None;
    }
    let kept = keep(bench, case, seed);
    let mut text = format!("{name}: {seen:?}, kept in {}", kept.display());
    for (evidence, outcome, said) in by.iter().filter(|(_, outcome, _)| outcome.is_failure()) {
        let _ = write!(text, "\n  {outcome:?} by {evidence}");
        for finding in said.findings.iter().filter(|f| f.severity != "compatible") {
            let _ = write!(text, "\n    {} {} {}", finding.severity, finding.rule, finding.subject);
        }
    }
    Some(text)
}

/// What is true of a pair.
fn look(bench: &Bench, draft: &Draft) -> Result<Seen, Refused> {
    let (old, new) = (draft.old(), draft.new_side());
    bench.build(&old, "old")?;
    bench.program(draft, &old)?;
    let usual = bench.run("old");
    if !usual.status.success() || usual.stdout.is_empty() {
        return Err(Refused(format!("the program does not end: {usual:?}")));
    }
    bench.build(&new, "new")?;
    Ok(judge(&bench.run("new"), &String::from_utf8_lossy(&usual.stdout)))
}

/// Keeps what failed, for whoever looks at it.
fn keep(bench: Bench, case: &Case, seed: u64) -> PathBuf {
    let words: String = case.name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oracle/cases");
    let place = root.join(format!("{words}-{seed}"));
    std::fs::create_dir_all(&root).expect("writable");
    let _ = std::fs::remove_dir_all(&place);
    let from = bench.folder.keep();
    // The temporary directory may be on another disk.
    let moved = Command::new("mv").arg(&from).arg(&place).status().is_ok_and(|status| status.success());
    if moved { place } else { from }
}

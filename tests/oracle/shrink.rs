//! Makes a pair that fails small: whatever can be left out of both libraries is, as long as it fails in the same way.

use std::fmt::{Display, Write as _};
use std::path::{Path, PathBuf};

use crate::library::sources;
use crate::model::{Item, Library};
use crate::trial::{self, Edits, Outcome, Said, Trial};
use crate::workshop::{OBSERVE, Seen, Toolchain, Workshop};

/// Pairs that are built for one failure, at most.
const TRIES: usize = 60;

/// What has to stay for a pair to fail in the same way.
fn fails_so(outcome: Outcome, seen: &Seen, said: &Said) -> bool {
    match outcome {
        Outcome::Missed => seen.is_broken() && !said.warns(),
        Outcome::False => !seen.is_broken() && said.warns(),
        Outcome::Harmful => seen.is_broken(),
        // What is told under another name is not made small.
        _ => false,
    }
}

/// The folder of the smallest pair that was found, in the form of a fixture; none where not even the pair itself fails
/// twice.
pub(crate) fn shrink(
    old: &Library,
    new: &Library,
    workshop: &Workshop,
    outcome: Outcome,
    edits: &Edits,
) -> Option<PathBuf> {
    let toolchain = workshop.toolchain();
    let fails = |old: &Library, new: &Library| attempt(old, new, toolchain, outcome, edits);
    fails(old, new).then_some(())?;
    let (mut old, mut new) = (old.clone(), new.clone());
    let mut tries = 0;
    let mut size = (old.items.len() / 2).max(1);
    while size > 0 && tries < TRIES {
        let mut at = 0;
        while at < old.items.len() && tries < TRIES {
            let without = (leave_out(&old, &old, at, size), leave_out(&new, &old, at, size));
            tries += 1;
            if fails(&without.0, &without.1) {
                (old, new) = without;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    Some(write(&old, &new, toolchain, edits))
}

/// A library without what `model` has at some places.
fn leave_out(library: &Library, model: &Library, at: usize, size: usize) -> Library {
    let end = (at + size).min(model.items.len());
    let gone: Vec<String> = model.items[at..end].iter().map(name).collect();
    let mut library = library.clone();
    library.items.retain(|item| !gone.contains(&name(item)));
    library
}

fn name(item: &Item) -> String {
    match item {
        Item::Class(class) => format!("class {}", class.name),
        Item::Enum(enum_) => format!("enum {}", enum_.name),
        Item::Function(function) => format!("function {}", function.id),
        Item::Variable(variable) => format!("variable {}", variable.name),
        Item::Constant(constant) => format!("constant {}", constant.name),
        Item::Alias { name, .. } => format!("alias {name}"),
        Item::Text(text) => format!("text {text}"),
    }
}

fn attempt(old: &Library, new: &Library, toolchain: &Toolchain, outcome: Outcome, edits: &Edits) -> bool {
    let Ok(workshop) = Workshop::open(old, toolchain.clone()) else { return false };
    let result = trial::compare(&workshop, old, new, &workshop.place("new"), edits.effect());
    result.is_ok_and(|(seen, said)| fails_so(outcome, &seen, &said))
}

/// Writes the pair as `tests/fixtures/pairs` has them, beside the program; it is to be moved there under the name of the
/// rule that it shows.
fn write(old: &Library, new: &Library, toolchain: &Toolchain, edits: &Edits) -> PathBuf {
    let words: String = edits.name().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oracle");
    let folder = root.join(format!("{words}-{}", edits.seed));
    std::fs::create_dir_all(&folder).expect("writable");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("writable");
    let mut flags = String::new();
    for (side, library) in [("old", old), ("new", new)] {
        let sources = sources(library);
        let header = format!("{side}.h");
        write(&header, &sources.header);
        let main = sources.main.replace("shop.h", &header);
        write(&format!("{side}.cc"), &[main, sources.base].concat());
        let mut line = vec!["-g3".to_owned()];
        line.extend(library.flags.iter().chain(&library.link_flags).cloned());
        if !sources.version_script.is_empty() {
            write(&format!("{side}.map"), &sources.version_script);
            line.push(format!("-Wl,--version-script={side}.map"));
        }
        let _ = writeln!(flags, "{side}: {}", line.join(" "));
    }
    write("observe.h", OBSERVE);
    write("flags", &flags);
    write("consumer.cc", &crate::consumer::consumer(old));
    write("why", &format!("{} ({toolchain}, seed {})\n", edits.name(), edits.seed));
    folder
}

/// The fewest of several edits that come out as all of them do.
pub(crate) fn fewest(
    library: &Library,
    workshop: &Workshop,
    edits: &Edits,
    outcome: Outcome,
    name: &str,
) -> Edits {
    for without in 0..edits.operators.len() {
        let mut fewer = edits.clone();
        fewer.operators.remove(without);
        let Some((edited, touched)) = fewer.apply(library).filter(|_| !fewer.operators.is_empty()) else {
            continue;
        };
        let trial = trial::run(workshop, library, &fewer, (&edited, &touched), &format!("{name}-{without}"));
        if trial.is_ok_and(|trial| trial.outcome == outcome) {
            return fewest(library, workshop, &fewer, outcome, &format!("{name}-{without}"));
        }
    }
    edits.clone()
}

/// A failure for people.
pub(crate) fn describe(
    edits: &Edits,
    workshop: &Workshop,
    trial: &Trial,
    small: Option<impl Display>,
) -> String {
    let mut text =
        format!("{:?}: {} (seed {}, {})", trial.outcome, edits.name(), edits.seed, workshop.toolchain());
    match &trial.seen {
        Seen::Same => text.push_str("\n  the program runs as before"),
        Seen::Broken(why) => {
            let _ = write!(text, "\n  the program breaks: {why}");
        }
    }
    for finding in trial.said.findings.iter().filter(|f| !f.is_derived).take(8) {
        let _ = write!(text, "\n  {} {} {}", finding.severity, finding.rule, finding.subject);
    }
    if let Some(small) = small {
        let _ = write!(text, "\n  made small: {small}");
    }
    text
}

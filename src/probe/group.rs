//! One translation unit, from its headers to facts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;

use super::cache::Cache;
use super::declared;
use super::finals::{self, Finals};
use super::instances::{self, Instances};
use super::unit::{FILE, Line, Unit};
use super::{Error, Probe};
use super::{constants, facts, macros};
use crate::abi::{self, Constant, LeftOut, Library, Macro};
use crate::toolchain::compiler::Language;
use crate::toolchain::diagnostics::complaints;
use crate::toolchain::scratch_directory::Finished;

/// Rounds of leaving out what does not compile, after which something else is wrong.
const MOST_ROUNDS: usize = 200;

/// A directory of a unit, and what is known of it so far.
struct Work<'w> {
    probe: &'w Probe<'w>,
    language: Language,
    folder: PathBuf,
    unit: Unit,
    left_out: BTreeMap<String, String>,
    macros: Vec<Macro>,
    constants: Vec<Constant>,
    finals: Finals,
    instances: Instances,
}

/// Where systems have headers, which everybody may read.
const SYSTEM: [&str; 3] = ["/usr", "/opt", "/nix"];

/// Rounds after which each header is asked by itself what it needs.
const ROUNDS_BEFORE_SIFTING: usize = 4;

/// Headers that are asked by themselves at most.
const MOST_SIFTED: usize = 1_000;

/// How often those are tried behind the others that did not compile: what one needs may be among them.
const MOST_ROUNDS_BEHIND: usize = 3;

/// Headers that are tried by themselves once they did not compile in company.
const MOST_ALONE: usize = 20;

/// What the headers of a group say, in one or more units. Headers that do not compile even by themselves are in the evidence
/// of the first.
///
/// Headers of a library of C are compiled as C, others as C++; those that do not compile as that are tried in the other
/// language, where the release has both. What neither takes is left out for the first one's reason.
pub(super) fn read(probe: &Probe<'_>, headers: Vec<String>) -> Result<Vec<Library>, Error> {
    let mut all: Vec<Library> = Vec::new();
    let mut left_out: BTreeMap<String, String> = BTreeMap::new();
    let mut rest = headers;
    for (number, language) in probe.languages(&rest).iter().enumerate() {
        if number > 0 {
            rest.retain(|header| left_out.contains_key(header) && probe.may_be(*language, header, &all));
            if rest.is_empty() {
                break;
            }
        }
        let mut found = read_as(probe, *language, rest.clone())?;
        let mut refused: BTreeSet<String> = BTreeSet::new();
        for evidence in found.iter_mut().filter_map(|library| library.evidence.headers.as_mut()) {
            for left in evidence.left_out.drain(..) {
                refused.insert(left.header.clone());
                left_out.entry(left.header).or_insert(left.error);
            }
        }
        left_out.retain(|header, _| !rest.contains(header) || refused.contains(header));
        // The first has the evidence, whatever came of it.
        let says =
            |library: &Library| library.evidence.headers.as_ref().is_some_and(|probe| probe.headers > 0);
        all.extend(
            found.into_iter().enumerate().filter(|(at, l)| (number == 0 && *at == 0) || says(l)).map(|f| f.1),
        );
    }
    if let Some(first) = all.first_mut() {
        *first = with_left_out(std::mem::take(first), &left_out);
    }
    Ok(all)
}

fn read_as(probe: &Probe<'_>, language: Language, headers: Vec<String>) -> Result<Vec<Library>, Error> {
    let is_one = headers.len() == 1;
    let mut all = vec![unit(probe, language, Unit::of(headers.clone()))?];
    let left_out = match &all[0].evidence.headers {
        Some(evidence) if !is_one => evidence.left_out.clone(),
        _ => Vec::new(),
    };
    for left in left_out.iter().filter(|left| !is_missing(&left.error)).take(MOST_ALONE) {
        let alone = unit(probe, language, Unit::of(vec![left.header.clone()]))?;
        let evidence = alone.evidence.headers.as_ref();
        if evidence.is_some_and(|evidence| evidence.left_out.is_empty()) {
            take_in(&mut all[0], |header| header == left.header);
            all.push(alone);
        }
    }
    if language == Language::C {
        behind_others(probe, headers, &mut all)?;
    }
    Ok(all)
}

/// Asks headers of C that do not compile by themselves behind those that do, and behind the standard's: some expect programs to
/// have included these. One may need another that does, too.
fn behind_others(probe: &Probe<'_>, mut headers: Vec<String>, all: &mut Vec<Library>) -> Result<(), Error> {
    for _ in 0..MOST_ROUNDS_BEHIND {
        let left_out = all[0].evidence.headers.iter().flat_map(|evidence| &evidence.left_out);
        let wanted: BTreeSet<String> =
            left_out.filter(|left| !is_missing(&left.error)).map(|left| left.header.clone()).collect();
        if wanted.is_empty() {
            break;
        }
        // Those before them stay in their order.
        headers.sort_by_key(|header| wanted.contains(header));
        let unit_of = Unit { after_standard: true, ..Unit::of(headers.clone()) };
        let mut library = unit(probe, Language::C, unit_of)?;
        let Some(evidence) = &mut library.evidence.headers else { break };
        let refused = std::mem::take(&mut evidence.left_out);
        let is_taken = |header: &str| wanted.contains(header) && !refused.iter().any(|l| l.header == header);
        let count = wanted.iter().filter(|header| is_taken(header)).count();
        if count == 0 {
            break;
        }
        evidence.headers = u32::try_from(count).unwrap_or(u32::MAX);
        take_in(&mut all[0], is_taken);
        all.push(library);
    }
    Ok(())
}

/// Takes headers off the list of those that were left out.
fn take_in(library: &mut Library, is_taken: impl Fn(&str) -> bool) {
    if let Some(evidence) = &mut library.evidence.headers {
        evidence.left_out.retain(|left| !is_taken(&left.header));
    }
}

/// Whether a header needs another one that is not there: what is not there for one is not there for two.
fn is_missing(error: &str) -> bool {
    error.contains("No such file") || error.contains("file not found")
}

/// What the headers of a unit say.
fn unit(probe: &Probe<'_>, language: Language, unit: Unit) -> Result<Library, Error> {
    let mut work = Work::new(probe, language, unit)?;
    let preprocessed = work.preprocess()?;
    let cache = Cache::new(probe, language, probe.standard(language)?, &preprocessed);
    if let Some(known) = cache.get() {
        return Ok(with_left_out(known, &work.left_out));
    }
    let start = Instant::now();
    work.say(&format!("compiling with {}", probe.compiler.version));
    // Inline functions are compiled beside; should a header turn out not to compile, that is done again without it.
    let alone = Work {
        unit: work.unit.clone(),
        left_out: BTreeMap::new(),
        ..Work::new(probe, language, Unit::default())?
    };
    let (described, kept) = rayon::join(|| work.describe(preprocessed), || alone.keep_inline());
    let described = described?;
    let mut kept = kept?;
    if kept.is_none() && work.unit.headers != alone.unit.headers {
        let again = Work { unit: Unit { candidates: Vec::new(), ..work.unit.clone() }, ..alone };
        kept = again.keep_inline()?;
    }
    let mut library = facts::read(probe, language, &work.unit, &described, kept.as_deref())?;
    library.macros = std::mem::take(&mut work.macros);
    for constant in std::mem::take(&mut work.constants) {
        if let Err(at) = library.constants.binary_search_by(|known| known.name.cmp(&constant.name)) {
            library.constants.insert(at, constant);
        }
    }
    work.finals.mark(&mut library.types);
    if let Some(evidence) = &mut library.evidence.headers {
        evidence.extern_templates = work.instances.external.iter().cloned().collect();
        evidence.without_body = work.instances.without_body().cloned().collect();
    }
    let library = with_left_out(library, &work.left_out);
    cache.put(&library);
    let types = match library.types.len() {
        1 => "1 type".to_owned(),
        several => format!("{several} types"),
    };
    work.say(&format!("{types} in {} s", start.elapsed().as_secs()));
    Ok(library)
}

/// Whether a header refuses the language standard.
pub(super) fn wants_newer(probe: &Probe<'_>, headers: &[String], standard: &str) -> Result<bool, Error> {
    let mut work = Work::new(probe, Language::Cxx, Unit::of(headers.to_vec()))?;
    let words = ["C++20", "C++2a", "C++23", "C++2b", "c++20", "c++23"];
    let says_so = |error: &str| words.iter().any(|word| error.contains(word));
    // One that does is enough, and it is mostly the first: to leave out all of them would take a run for each.
    let first = work.attempt(standard, &["-E"], "/dev/null")?;
    if first.success || complaints(&first.messages, FILE).iter().any(|complaint| says_so(&complaint.what)) {
        return Ok(!first.success);
    }
    work.insist(standard, &["-E"], "/dev/null")?;
    Ok(work.left_out.values().any(|error| says_so(error)))
}

fn with_left_out(mut library: Library, left_out: &BTreeMap<String, String>) -> Library {
    if let Some(evidence) = &mut library.evidence.headers {
        let more =
            left_out.iter().map(|(header, error)| LeftOut { header: header.clone(), error: error.clone() });
        evidence.left_out.extend(more);
        evidence.left_out.sort();
        evidence.left_out.dedup();
    }
    library
}

impl<'w> Work<'w> {
    fn new(probe: &'w Probe<'w>, language: Language, unit: Unit) -> Result<Work<'w>, Error> {
        let folder = probe.workplace.path().join(format!("unit-{}", probe.workplace.number()));
        fs::create_dir(&folder).map_err(|cause| Error::Io { path: folder.clone(), cause })?;
        Ok(Work {
            probe,
            language,
            folder,
            unit,
            left_out: BTreeMap::new(),
            macros: Vec::new(),
            constants: Vec::new(),
            finals: Finals::default(),
            instances: Instances::default(),
        })
    }

    fn say(&self, what: &str) {
        let first = self.unit.headers.first().map_or("no header", String::as_str);
        let name = match self.unit.headers.len() {
            0 | 1 => first.to_owned(),
            count => format!("{first} and {} more", count - 1),
        };
        (self.probe.say)(&format!("headers: {name}: {what}"));
    }

    fn write(&self) -> Result<(), Error> {
        let path = self.folder.join(FILE);
        fs::write(&path, self.unit.text(self.language)).map_err(|cause| Error::Io { path, cause })
    }

    fn run(&self, arguments: &[String]) -> Result<Finished, Error> {
        let probe = self.probe;
        let program = &probe.compiler.program;
        let finished = probe.workplace.run(program, arguments, &self.folder, None, probe.options.limits)?;
        match &finished.why {
            Some(what) => Err(Error::Compiler { program: program.clone(), what: what.clone() }),
            None => Ok(finished),
        }
    }

    fn read_file(&self, name: &str) -> Result<Vec<u8>, Error> {
        let path = self.folder.join(name);
        let data = fs::read(&path).map_err(|cause| Error::Io { path: path.clone(), cause });
        let _ = fs::remove_file(&path);
        data
    }

    /// Runs the compiler over what is left of the unit.
    fn attempt(&self, standard: &str, options: &[&str], output: &str) -> Result<Finished, Error> {
        self.write()?;
        let mut arguments = self.probe.arguments(self.language, standard);
        arguments.extend(options.iter().map(|option| (*option).to_owned()));
        arguments.extend(["-o", output, FILE].map(str::to_owned));
        self.run(&arguments)
    }

    /// Runs the compiler until it has nothing to say against what is left of the unit.
    fn insist(&mut self, standard: &str, options: &[&str], output: &str) -> Result<(), Error> {
        for round in 1..=MOST_ROUNDS {
            let finished = self.attempt(standard, options, output)?;
            if finished.success {
                return Ok(());
            }
            self.leave_out(&finished.messages)?;
            let is_sifted = round == ROUNDS_BEFORE_SIFTING && self.unit.headers.len() <= MOST_SIFTED;
            if is_sifted && self.left_out.values().any(|error| is_missing(error)) {
                self.sift(standard)?;
            }
        }
        let program = self.probe.compiler.program.clone();
        Err(Error::Compiler { program, what: format!("there are still errors after {MOST_ROUNDS} attempts") })
    }

    /// Takes out of the unit each header that needs one that is not there. A compiler stops at the first of them, so that a
    /// library of which another package is missing would take a round for every header.
    fn sift(&mut self, standard: &str) -> Result<(), Error> {
        let (probe, language) = (self.probe, self.language);
        let missing = |header: &String| -> Result<Option<(String, String)>, Error> {
            let mut alone = Work::new(probe, language, Unit::of(vec![header.clone()]))?;
            let finished = alone.attempt(standard, &["-E"], "/dev/null")?;
            if !finished.success {
                alone.leave_out(&finished.messages)?;
            }
            Ok(alone.left_out.into_iter().find(|(_, error)| is_missing(error)))
        };
        let found: Vec<_> = self.unit.headers.par_iter().map(missing).collect::<Result<_, _>>()?;
        for (header, error) in found.into_iter().flatten() {
            self.unit.headers.retain(|other| *other != header);
            self.left_out.insert(header, error);
        }
        Ok(())
    }

    /// Takes out of the unit what the compiler complains about.
    fn leave_out(&mut self, messages: &str) -> Result<(), Error> {
        let mut headers: BTreeMap<usize, String> = BTreeMap::new();
        let mut candidates: BTreeSet<usize> = BTreeSet::new();
        for complaint in complaints(messages, FILE) {
            match complaint.line.and_then(|line| self.unit.line(line)) {
                Some(Line::Header(at)) => {
                    // One of the headers that is in itself, such as one without a guard, rather than one that includes it.
                    let itself = self.unit.headers.iter().position(|header| is_file(&complaint.file, header));
                    let what = match self.may_quote(&complaint.file) {
                        true => with_condition(&complaint.file, complaint.what),
                        false => without_quote(&complaint.what),
                    };
                    headers.entry(itself.unwrap_or(at)).or_insert(what);
                }
                Some(Line::Candidate(at)) => drop(candidates.insert(at)),
                None => {}
            }
        }
        if headers.is_empty() && candidates.is_empty() {
            let what =
                messages.lines().find(|line| !line.trim().is_empty()).unwrap_or("it failed and said nothing");
            return Err(Error::Compiler {
                program: self.probe.compiler.program.clone(),
                what: what.to_owned(),
            });
        }
        for (at, what) in headers.into_iter().rev() {
            let header = self.unit.headers.remove(at);
            self.left_out.insert(header, what);
        }
        for at in candidates.into_iter().rev() {
            self.unit.candidates.remove(at);
        }
        Ok(())
    }

    /// The unit as the compiler sees it, without headers that need what is not there. A header that others include is asked
    /// with them.
    fn preprocess(&mut self) -> Result<String, Error> {
        self.insist(self.probe.standard(self.language)?, &["-E", "-dD"], "unit.ii")?;
        let text = self.read_file("unit.ii")?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let included = included(&text, &self.folders());
        self.left_out.retain(|header, _| !included.contains(header));
        Ok(text)
    }

    /// The directories of headers as line markers begin.
    /// Whether what stands in a file may be told: a header includes whatever it likes, and who reads the report need not be who
    /// may read that file. Links are followed.
    fn may_quote(&self, file: &str) -> bool {
        let path = self.folder.join(file);
        let Ok(path) = path.canonicalize() else { return false };
        let flags = self.probe.flags.iter().filter_map(|flag| {
            let joined = ["-isystem", "-iquote", "-idirafter", "-I"]
                .iter()
                .find_map(|option| flag.strip_prefix(option));
            joined.or((!flag.starts_with('-')).then_some(flag))
        });
        let named = self.probe.folders.iter().map(PathBuf::as_path).chain(flags.map(Path::new));
        let named = named.chain([self.folder.as_path()]).filter_map(|folder| folder.canonicalize().ok());
        SYSTEM.iter().any(|folder| path.starts_with(folder))
            || named.into_iter().any(|folder| path.starts_with(folder))
    }

    fn folders(&self) -> Vec<String> {
        self.probe.folders.iter().map(|folder| format!("{}/", folder.display())).collect()
    }

    /// The object file whose debug info describes what the headers define and declare.
    fn describe(&mut self, mut preprocessed: String) -> Result<Vec<u8>, Error> {
        loop {
            let folders = self.folders();
            self.unit.candidates = declared::candidates(&preprocessed, &folders, self.language);
            self.macros = macros::macros(&preprocessed, &folders);
            self.finals = finals::finals(&preprocessed, &folders);
            self.constants = constants::constants(&preprocessed, &folders, self.language);
            if self.language == Language::Cxx {
                self.instances = instances::instances(&preprocessed, &folders);
            }
            // A header that others include is asked with them.
            let included = included(&preprocessed, &folders);
            drop(preprocessed);
            let headers = self.unit.headers.len();
            let mut options = self.probe.compiler.describing().to_vec();
            options.push("-c");
            self.insist(self.probe.standard(self.language)?, &options, "unit.o")?;
            if headers == self.unit.headers.len() {
                self.left_out.retain(|header, _| !included.contains(header));
                return self.read_file("unit.o");
            }
            // Others may declare less without it.
            preprocessed = self.preprocess()?;
        }
    }

    /// The object file with all inline functions. None where the compiler cannot make it, or a header does not compile.
    fn keep_inline(&self) -> Result<Option<Vec<u8>>, Error> {
        for options in self.probe.compiler.keeping_inline() {
            let standard = self.probe.standard(self.language)?;
            let finished = self.attempt(standard, &[options, &["-c"][..]].concat(), "inline.o")?;
            if finished.success {
                return self.read_file("inline.o").map(Some);
            }
            // GCC can be built without it.
            if !finished.messages.contains("LTO") {
                break;
            }
        }
        Ok(None)
    }
}

/// How the probe was made, for the record.
pub(super) fn evidence(probe: &Probe<'_>, standard: &str, headers: usize, emitted: bool) -> abi::Probe {
    let mut flags: Vec<String> = probe.flags.iter().filter(|flag| !is_about_place(flag)).cloned().collect();
    flags.retain(|flag| !flag.starts_with("-std="));
    flags.sort();
    flags.dedup();
    abi::Probe {
        compiler: probe.compiler.version.clone(),
        standard: standard.to_owned(),
        flags,
        headers: u32::try_from(headers).unwrap_or(u32::MAX),
        left_out: Vec::new(),
        emitted,
        finals: true,
        ..abi::Probe::default()
    }
}

/// The files of these directories that the preprocessor read, as they are included.
fn included(preprocessed: &str, folders: &[String]) -> BTreeSet<String> {
    let file = |line| match line {
        declared::Line::Marker(file, _) => {
            folders.iter().find_map(|folder| file.strip_prefix(folder.as_str()))
        }
        _ => None,
    };
    declared::Lines::of(preprocessed).filter_map(file).map(str::to_owned).collect()
}

/// Whether a file is the one that is included by a name.
fn is_file(path: &str, header: &str) -> bool {
    path.strip_suffix(header).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
}

/// Where an error is, without what it says: a compiler quotes the file.
fn without_quote(what: &str) -> String {
    let place = what.split(": ").next().unwrap_or_default();
    format!("{place}: an error in a file that is neither among the headers nor the system's")
}

/// Whether an option only says where something is on this machine.
fn is_about_place(flag: &str) -> bool {
    ["-I", "-isystem", "-iquote", "-idirafter", "--sysroot", "-isysroot", "-B"]
        .iter()
        .any(|o| flag.starts_with(o))
        || Path::new(flag).is_absolute()
}

/// Bytes of a header that are looked through for a condition.
const LARGEST_HEADER: u64 = 8 << 20;

/// What a compiler says of an `#error`, with the condition that it stands under: it names the macro that is missing.
fn with_condition(file: &str, what: String) -> String {
    if !what.contains("#error") && !what.contains("error directive") {
        return what;
    }
    let line = what.split(": ").next().and_then(|place| place.rsplit(':').next()?.parse::<usize>().ok());
    let is_small = fs::metadata(file).is_ok_and(|data| data.len() <= LARGEST_HEADER);
    let Some((line, text)) = line.zip(is_small.then(|| fs::read(file).ok()).flatten()) else { return what };
    let text = String::from_utf8_lossy(&text);
    let before: Vec<&str> = text.lines().take(line.saturating_sub(1)).collect();
    let mut depth = 0usize;
    for line in before.into_iter().rev() {
        let Some(directive) = line.trim_start().strip_prefix('#').map(str::trim) else { continue };
        match directive {
            ended if ended.starts_with("endif") => depth += 1,
            opened if opened.starts_with("if") && depth > 0 => depth -= 1,
            opened if opened.starts_with("if") || (opened.starts_with("elif") && depth == 0) => {
                return format!("{what} (#{})", opened.split_whitespace().collect::<Vec<_>>().join(" "));
            }
            _ => {}
        }
    }
    what
}

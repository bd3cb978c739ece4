//! What the public headers of a release say: compiled into a probe, whose debug info describes every layout that programs
//! compile into themselves, however bare the libraries are.
//!
//! Headers go into translation units, one for each group. A unit is preprocessed, which tells the names that it declares; then
//! compiled with debug info for everything that nothing uses; and once more with all its inline functions kept, which tells
//! what these call out of line.
//!
//! Runs a compiler and writes temporary files, which is all that leaves this process. Knows nothing of the command line.
//!
//! Headers of a library of C are compiled as C, all others as C++.
//!
//! Reading order: [`headers`] (which files), [`roots`] (where they are included from), [`mod@unit`] (the text), [`declared`] (names to ask for), [`macros`], [`crate::toolchain::compiler`] and
//! [`crate::toolchain::scratch_directory`] (running it), [`crate::toolchain::diagnostics`] (what it complains about), [`group`] (one unit, start to end), [`symbols`] and
//! [`facts`] (from the object files to the model), [`merge`] (all units), [`cache`], [`hint`] (what
//! helps headers that do not compile).

mod cache;
mod constants;
mod declared;
mod facts;
mod finals;
mod group;
mod headers;
pub mod hint;
mod instances;
mod macros;
mod merge;
mod roots;
mod symbols;
mod unit;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rayon::prelude::*;

use crate::abi::{LeftOut, Library, Location, Machine, Release, StdLib};
use crate::patterns::PathPattern;
use crate::toolchain::compiler::{Compiler, Language};
use crate::toolchain::{Limits, Workplace};
pub(crate) use cache::keep;
use roots::Roots;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Directories that headers are included from, in the order in which the compiler looks for them. They hold public headers.
    pub folders: Vec<PathBuf>,
    /// Patterns of the headers of each translation unit; none for all headers in one.
    pub groups: Vec<Vec<String>>,
    /// Headers that no group has.
    pub except: Vec<String>,
    /// The compiler; none for GCC for the machine of the libraries.
    pub compiler: Option<String>,
    /// More options for it.
    pub flags: Vec<String>,
    /// Leave out headers that do not compile.
    pub keep_going: bool,
    /// Directory that keeps what was found out.
    pub cache: Option<PathBuf>,
    /// What one run of the compiler may take.
    pub limits: Limits,
}

/// Why headers could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused, or a program does not start.
    #[error("{}: {cause}", path.display())]
    Io {
        /// File, directory or program.
        path: PathBuf,
        /// What it said.
        cause: io::Error,
    },
    /// No directory to look in.
    #[error("no directory of headers was named")]
    NoFolder,
    /// A pattern that is none.
    #[error("{pattern:?} is no pattern of headers: {what}")]
    Pattern {
        /// As it was written.
        pattern: String,
        /// What is wrong with it.
        what: String,
    },
    /// A pattern without a header.
    #[error("no header in {} is called {pattern}", folders.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(" or "))]
    NoHeader {
        /// As it was written.
        pattern: String,
        /// Where it was looked for.
        folders: Vec<PathBuf>,
    },
    /// More headers than a compiler takes at once.
    #[error(
        "{count} headers are more than the {most} that can be compiled at once: name some with --header, or groups of them in abigate.yaml"
    )]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// No compiler for the machine, or it does not start.
    #[error(transparent)]
    Toolchain(#[from] crate::toolchain::Error),
    /// Headers that do not compile by themselves.
    #[error("{}", refused(.0))]
    Refused(Vec<LeftOut>),
    /// The compiler failed, and not because of a header.
    #[error("{program}: {what}")]
    Compiler {
        /// Its name.
        program: String,
        /// What it said.
        what: String,
    },
    /// The object file cannot be read.
    #[error("what {program} made of the headers: {cause}")]
    Object {
        /// Name of the compiler.
        program: String,
        /// What is wrong with it.
        cause: crate::binary::Error,
    },
}

/// The pattern that names every header.
const EVERYTHING: &str = "**";

/// Headers that an error lists.
const MOST_NAMED: usize = 10;

fn refused(headers: &[LeftOut]) -> String {
    let each = |left: &LeftOut| format!("{}: {}", left.header, hint::explained(left));
    let mut text = match headers {
        [one] => format!("{} does not compile by itself ({})", one.header, hint::explained(one)),
        _ => {
            let named: Vec<String> = headers.iter().take(MOST_NAMED).map(each).collect();
            format!("{} headers do not compile by themselves ({})", headers.len(), named.join("; "))
        }
    };
    if headers.len() > MOST_NAMED {
        text.insert_str(text.len() - 1, &format!("; and {} more", headers.len() - MOST_NAMED));
    }
    text.push_str(": --keep-going leaves them out, and the dump says so");
    text
}

/// What all units have in common.
struct Probe<'p> {
    options: &'p Options,
    compiler: Compiler,
    workplace: &'p Workplace,
    /// Directories as the compiler knows them.
    folders: Vec<PathBuf>,
    /// More directories that the headers are included from.
    roots: Roots,
    /// Options that decide what the headers say.
    flags: Vec<String>,
    /// Standard of C++, once it is known.
    cxx_standard: OnceLock<String>,
    groups: &'p [Vec<String>],
    release: &'p Release,
    /// Linkage names that the release exports, sorted.
    exports: Vec<&'p str>,
    machine: Machine,
    say: &'p (dyn Fn(&str) + Sync),
}

/// Asks a compiler what the headers of a release say. Headers that do not compile are tried again with what they mention of
/// the macros that the libraries were compiled with.
///
/// # Errors
/// See [`Error`]: headers that do not compile, unless these are to be left out.
pub fn read(
    options: &Options,
    release: &Release,
    workplace: &Workplace,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Library, Error> {
    let (mut merged, mut refused) = attempt(options, release, workplace, say)?;
    let left = |library: &Library| library.evidence.headers.as_ref().map_or(0, |probe| probe.left_out.len());
    let wanted = recorded_macros(options, release, &merged);
    if !wanted.is_empty() {
        say(&format!("headers: once more with {}, as the libraries were compiled", wanted.join(" ")));
        let flags = options.flags.iter().cloned().chain(wanted).collect();
        let again = attempt(&Options { flags, ..options.clone() }, release, workplace, say)?;
        if left(&again.0) < left(&merged) {
            (merged, refused) = again;
        }
    }
    match options.keep_going || refused.is_empty() {
        true => Ok(merged),
        false => Err(Error::Refused(refused)),
    }
}

/// Whether there is any header in a directory that these options name.
pub fn finds(options: &Options, folder: &Path) -> bool {
    let found = headers::find(&[folder.to_owned()], &options.groups, &[], true);
    found.is_ok_and(|groups| !groups.is_empty())
}

/// Options that define those macros of the libraries' command lines that headers mention which do not compile.
fn recorded_macros(options: &Options, release: &Release, merged: &Library) -> Vec<String> {
    let recorded: BTreeMap<&str, &str> =
        release.libraries.iter().flat_map(|l| &l.command_line).map(|m| (&*m.name, &*m.value)).collect();
    let mut wanted = BTreeSet::new();
    if recorded.is_empty() {
        return Vec::new();
    }
    let left_out = merged.evidence.headers.iter().flat_map(|probe| &probe.left_out);
    for left in left_out {
        let Some(text) = text_of(&options.folders, &left.header) else { continue };
        wanted.extend(words(&text).filter_map(|word| recorded.get_key_value(word)).map(|(n, v)| (*n, *v)));
    }
    let is_named = |name: &str| {
        let named = [format!("-D{name}"), format!("-U{name}")];
        options.flags.iter().any(|flag| named.iter().any(|n| flag.split('=').next() == Some(n)))
    };
    let wanted = wanted.into_iter().filter(|(name, _)| !is_named(name));
    wanted.map(|(name, value)| format!("-D{name}={value}")).collect()
}

/// The text of a header that is included from one of some folders.
fn text_of(folders: &[PathBuf], header: &str) -> Option<String> {
    let text = folders.iter().find_map(|folder| std::fs::read(folder.join(header)).ok())?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// Everything in a text that could be a name.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
}

/// What the headers say, and those that do not compile and should.
fn attempt(
    options: &Options,
    release: &Release,
    workplace: &Workplace,
    say: &(dyn Fn(&str) + Sync),
) -> Result<(Library, Vec<LeftOut>), Error> {
    if options.folders.is_empty() {
        return Err(Error::NoFolder);
    }
    let except = options.except.iter().map(|text| {
        PathPattern::parse(text).map_err(|bad| Error::Pattern { pattern: text.clone(), what: bad.0 })
    });
    let groups = headers::find(
        &options.folders,
        &options.groups,
        &except.collect::<Result<Vec<_>, _>>()?,
        options.keep_going,
    )?;
    let machine = release.machine();
    let compiler = Compiler::find(options.compiler.as_deref(), &machine)?;
    let folders = options
        .folders
        .iter()
        .map(|folder| folder.canonicalize().map_err(|cause| Error::Io { path: folder.clone(), cause }));
    let mut exports: Vec<&str> =
        release.libraries.iter().flat_map(|library| &library.exports).map(|export| &*export.name).collect();
    exports.sort_unstable();
    exports.dedup();
    let mut probe = Probe {
        options,
        folders: folders.collect::<Result<_, _>>()?,
        roots: Roots::default(),
        flags: flags(options, release),
        cxx_standard: OnceLock::new(),
        groups: &groups,
        release,
        compiler,
        workplace,
        exports,
        machine,
        say,
    };
    probe.roots = roots::find(&probe.folders, &groups, |names| probe.finds(names))?;
    if groups.iter().any(|headers| probe.languages(headers)[0] == Language::Cxx) {
        probe.standard(Language::Cxx)?;
    }
    let found: Vec<Vec<Library>> = groups
        .par_iter()
        .map(|headers| group::read(&probe, headers.clone()))
        .collect::<Result<Vec<_>, _>>()?;
    let found = found.into_iter().flatten().collect();
    let merged = merge::merge(found, release);
    let evidence = merged.evidence.headers.as_ref();
    let left_out = evidence.map_or(&[][..], |probe| &probe.left_out);
    // Who names headers means them; of all that there are, some say themselves that they are for others, or are private.
    let names_all = |pattern: &String| pattern.trim_start_matches('/') == EVERYTHING;
    let is_all =
        options.groups.iter().flatten().all(names_all) && evidence.is_some_and(|probe| probe.headers > 0);
    let is_for_others = |left: &LeftOut| {
        hint::is_for_others(left)
            || Location::is_private_by_name(&left.header)
            || probe.declares_nothing(left, &merged)
    };
    let refused: Vec<LeftOut> =
        left_out.iter().filter(|left| !is_all || !is_for_others(left)).cloned().collect();
    Ok((merged, refused))
}

/// Options that the libraries were compiled with as well, as far as their names tell, and those that were asked for.
fn flags(options: &Options, release: &Release) -> Vec<String> {
    let mut flags = Vec::new();
    let (old, new) =
        release.libraries.iter().fold((0, 0), |(old, new), l| (old + l.cxx11.old, new + l.cxx11.new));
    let gnus = release.libraries.iter().any(|l| matches!(l.stdlib, StdLib::LibStdCxx | StdLib::Both));
    let is_named = options.flags.iter().any(|flag| flag.contains("_GLIBCXX_USE_CXX11_ABI"));
    if gnus && old != new && !is_named {
        flags.push(format!("-D_GLIBCXX_USE_CXX11_ABI={}", u8::from(new > old)));
    }
    flags.extend(options.flags.iter().cloned());
    flags
}

impl Probe<'_> {
    /// Options of every run.
    fn arguments(&self, language: Language, standard: &str) -> Vec<String> {
        let mut arguments = self.compiler.common(language);
        arguments.push(format!("-std={standard}"));
        arguments.extend(self.flags.iter().filter(|flag| !is_about_language(flag)).cloned());
        let folders = self.folders.iter().chain(&self.roots.before);
        arguments.extend(folders.map(|folder| crate::toolchain::compiler::include(folder)));
        let after = self.roots.after.iter();
        arguments.extend(after.map(|folder| format!("-idirafter{}", folder.display())));
        arguments
    }

    /// Which headers the compiler finds by itself, or in what its options name.
    fn finds(&self, names: &[&str]) -> Result<Vec<bool>, Error> {
        let folder = self.workplace.path().join(format!("roots-{}", self.workplace.number()));
        let io_error = |path: &Path| {
            let path = path.to_owned();
            |cause| Error::Io { path, cause }
        };
        std::fs::create_dir(&folder).map_err(io_error(&folder))?;
        let (asked, said) = (folder.join("asked.cpp"), folder.join("said"));
        let asks = |name: &&str| format!("#if __has_include(<{name}>)\nyes\n#else\nno\n#endif\n");
        std::fs::write(&asked, names.iter().map(asks).collect::<String>()).map_err(io_error(&asked))?;
        let mut arguments = self.compiler.common(Language::Cxx);
        arguments.extend(self.flags.iter().filter(|flag| !is_about_language(flag)).cloned());
        arguments.extend(["-E", "-P", "-o", "said", "asked.cpp"].map(str::to_owned));
        let program = &self.compiler.program;
        let finished = self.workplace.run(program, &arguments, &folder, None, self.options.limits)?;
        let said = match finished.success {
            true => std::fs::read_to_string(&said).map_err(io_error(&said))?,
            // An older compiler cannot be asked, and an option may be wrong, of which it is told with the headers.
            false => String::new(),
        };
        let mut answers = said.split_whitespace().map(|word| word == "yes");
        Ok(names.iter().map(|_| answers.next().unwrap_or(true)).collect())
    }

    /// The languages to compile headers as, the first first: what was asked for; C++ where the release exports a name of C++,
    /// or a header has an ending of C++, and what is not C++ as C; else C, and what is not C as C++.
    fn languages(&self, headers: &[String]) -> &'static [Language] {
        const ENDINGS: [&str; 6] = ["hh", "hpp", "hxx", "h++", "H", "cuh"];
        let ending = |header: &String| {
            let extension = Path::new(header).extension().and_then(|extension| extension.to_str());
            extension.is_some_and(|extension| ENDINGS.contains(&extension))
        };
        match asked_language(&self.options.flags) {
            Some(Language::C) => &[Language::C],
            Some(Language::Cxx) => &[Language::Cxx],
            None if self.exports.is_empty() => &[Language::Cxx],
            None if headers.iter().all(ending) => &[Language::Cxx],
            None if headers.iter().any(ending) || self.exports.iter().any(|name| name.starts_with("_Z")) => {
                &[Language::Cxx, Language::C]
            }
            None => &[Language::C, Language::Cxx],
        }
    }

    /// The language standard: what was asked for; in C that of today's compilers, which says more than older ones; in C++
    /// what the libraries' own debug info says, else the oldest of the current ones that no header refuses by `#error`.
    fn standard(&self, language: Language) -> Result<&str, Error> {
        if let Some(standard) = standard_in(self.options.flags.iter().map(String::as_str), language) {
            return Ok(standard);
        }
        if language == Language::C {
            return Ok("gnu17");
        }
        if let Some(known) = self.cxx_standard.get() {
            return Ok(known);
        }
        let found = self.find_standard()?;
        Ok(self.cxx_standard.get_or_init(|| found))
    }

    /// Whether a header of a library of C names no symbol of the release that the other headers do not declare: it is for
    /// another system, for another language, or no header at all, and nothing that programs link against is lost with it.
    fn declares_nothing(&self, left: &LeftOut, merged: &Library) -> bool {
        let has_cxx = self.exports.iter().any(|name| name.starts_with("_Z"));
        !has_cxx && self.names_more(&left.header, std::slice::from_ref(merged)) == Some(false)
    }

    /// Whether a header that is not of the first language may be of another one: as C only what names a symbol of the
    /// release that nobody has declared.
    fn may_be(&self, language: Language, header: &str, known: &[Library]) -> bool {
        language == Language::Cxx || self.names_more(header, known) == Some(true)
    }

    /// Whether a header names a symbol of the release that these facts do not describe. None where it cannot be read.
    fn names_more(&self, header: &str, known: &[Library]) -> Option<bool> {
        let text = text_of(&self.folders, header)?;
        let is_known = |name: &str| {
            known.iter().any(|library| library.function(name).is_some() || library.variable(name).is_some())
        };
        Some(words(&text).any(|word| self.exports.binary_search(&word).is_ok() && !is_known(word)))
    }

    fn find_standard(&self) -> Result<String, Error> {
        let producers = self.release.libraries.iter().flat_map(|library| &library.producers);
        let words = producers.flat_map(|producer| producer.split_whitespace());
        if let Some(standard) = standard_in(words, Language::Cxx) {
            return Ok(standard.to_owned());
        }
        let standards = ["c++17", "c++20", "c++23"];
        for standard in &standards[..standards.len() - 1] {
            let mut wants_newer = false;
            for headers in self.groups {
                wants_newer |= group::wants_newer(self, headers, standard)?;
            }
            if !wants_newer {
                return Ok((*standard).to_owned());
            }
        }
        Ok(standards[standards.len() - 1].to_owned())
    }
}

/// The last `-std=` for a language among some options.
fn standard_in<'f>(flags: impl Iterator<Item = &'f str>, language: Language) -> Option<&'f str> {
    let standards = flags.filter_map(|flag| flag.strip_prefix("-std="));
    standards.filter(|standard| (language == Language::Cxx) == standard.contains("++")).last()
}

/// The language that options ask for, if they do.
fn asked_language(flags: &[String]) -> Option<Language> {
    let mut named = flags.iter().enumerate().filter_map(|(at, flag)| match &**flag {
        "-x" => flags.get(at + 1).map(String::as_str),
        flag => flag.strip_prefix("-x"),
    });
    match named.next_back() {
        Some("c" | "c-header") => Some(Language::C),
        Some(_) => Some(Language::Cxx),
        None => {
            let flags = || flags.iter().map(String::as_str);
            let is = |language| standard_in(flags(), language).is_some();
            let cxx = is(Language::Cxx).then_some(Language::Cxx);
            cxx.or_else(|| is(Language::C).then_some(Language::C))
        }
    }
}

/// Whether an option chooses language or standard, which every run does by itself.
fn is_about_language(flag: &str) -> bool {
    flag.starts_with("-std=") || flag.starts_with("-x") || ["c", "c++"].contains(&flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_ask_for_a_language() {
        let asked = |flags: &str| {
            let flags: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
            asked_language(&flags)
        };
        assert_eq!(asked("-DX -xc"), Some(Language::C));
        assert_eq!(asked("-x c -x c++"), Some(Language::Cxx));
        assert_eq!(asked("-std=gnu11"), Some(Language::C));
        assert_eq!(asked("-std=c++20 -O2"), Some(Language::Cxx));
        assert_eq!(asked("-O2"), None);
    }
}

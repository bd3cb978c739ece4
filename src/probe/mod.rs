//! What the public headers of a release say: compiled into a probe, whose debug info describes every layout that programs
//! compile into themselves, however bare the libraries are.
//!
//! Headers go into translation units, one for each group. A unit is preprocessed, which tells the names that it declares; then
//! compiled with debug info for everything that nothing uses; and once more with all its inline functions kept, which tells
//! what these call out of line.
//!
//! Runs a compiler and writes temporary files, which is all that leaves this process. Knows nothing of the command line.
//!
//! Reading order: [`headers`] (which files), [`mod@unit`] (the text), [`declared`] (names to ask for), [`macros`], [`crate::toolchain::compiler`] and
//! [`crate::toolchain::scratch_directory`] (running it), [`crate::toolchain::diagnostics`] (what it complains about), [`group`] (one unit, start to end), [`symbols`] and
//! [`facts`] (from the object files to the model), [`merge`] (all units), [`cache`].

mod cache;
mod declared;
mod facts;
mod group;
mod headers;
mod macros;
mod merge;
mod symbols;
mod unit;

use std::io;
use std::path::PathBuf;

use rayon::prelude::*;

use crate::abi::{LeftOut, Library, Machine, Release, StdLib};
use crate::patterns::PathPattern;
use crate::toolchain::compiler::Compiler;
use crate::toolchain::{Limits, Workplace};
pub(crate) use cache::keep;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Folders that headers are included from, in the order in which the compiler looks for them. They hold public headers.
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
    /// Folder that keeps what was found out.
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
        /// File, folder or program.
        path: PathBuf,
        /// What it said.
        cause: io::Error,
    },
    /// No folder to look in.
    #[error("no folder of headers was named")]
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

/// Headers that an error lists.
const MOST_NAMED: usize = 10;

fn refused(headers: &[LeftOut]) -> String {
    let each = |left: &LeftOut| format!("{}: {}", left.header, left.error);
    let mut text = match headers {
        [one] => format!("{} does not compile by itself ({})", one.header, one.error),
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
    /// Folders as the compiler knows them.
    folders: Vec<PathBuf>,
    /// Options that decide what the headers say.
    flags: Vec<String>,
    standard: String,
    /// Linkage names that the release exports, sorted.
    exports: Vec<&'p str>,
    machine: Machine,
    say: &'p (dyn Fn(&str) + Sync),
}

/// Asks a compiler what the headers of a release say.
///
/// # Errors
/// See [`Error`]: headers that do not compile, unless these are to be left out.
pub fn read(
    options: &Options,
    release: &Release,
    workplace: &Workplace,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Library, Error> {
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
        flags: flags(options, release),
        standard: String::new(),
        compiler,
        workplace,
        exports,
        machine,
        say,
    };
    probe.standard = probe.find_standard(&groups, release)?;
    let found: Vec<Vec<Library>> =
        groups.into_par_iter().map(|headers| group::read(&probe, headers)).collect::<Result<Vec<_>, _>>()?;
    let found = found.into_iter().flatten().collect();
    let merged = merge::merge(found, release);
    let left_out = merged.evidence.headers.as_ref().map_or(&[][..], |probe| &probe.left_out);
    match left_out {
        [] => Ok(merged),
        _ if options.keep_going => Ok(merged),
        headers => Err(Error::Refused(headers.to_vec())),
    }
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
    fn arguments(&self, standard: &str) -> Vec<String> {
        let mut arguments = self.compiler.common();
        arguments.push(format!("-std={standard}"));
        arguments.extend(self.flags.iter().cloned());
        arguments.extend(self.folders.iter().map(|folder| crate::toolchain::compiler::include(folder)));
        arguments
    }

    /// The language standard: what was asked for, what the libraries' own debug info says, else the oldest of the current
    /// ones that no header refuses by `#error`.
    fn find_standard(&self, groups: &[Vec<String>], release: &Release) -> Result<String, Error> {
        let named = |flags: &[String]| {
            flags.iter().rev().find_map(|flag| flag.strip_prefix("-std=").map(str::to_owned))
        };
        if let Some(standard) = named(&self.options.flags) {
            return Ok(standard);
        }
        let producers = release.libraries.iter().flat_map(|library| &library.producers);
        let words: Vec<String> = producers.flat_map(|p| p.split_whitespace()).map(str::to_owned).collect();
        if let Some(standard) = named(&words) {
            return Ok(standard);
        }
        let standards = ["c++17", "c++20", "c++23"];
        for standard in &standards[..standards.len() - 1] {
            let mut wants_newer = false;
            for headers in groups {
                wants_newer |= group::wants_newer(self, headers, standard)?;
            }
            if !wants_newer {
                return Ok((*standard).to_owned());
            }
        }
        Ok(standards[standards.len() - 1].to_owned())
    }
}

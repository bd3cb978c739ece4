//! Why a session has no answer.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::abi::Platform;
use crate::policy::ConfigError;
use crate::remote::{self, Address, AddressError};
use crate::{artifact, binary, dump, git, probe, store, toolchain};

/// Why a session has no answer. As everywhere in this crate, the texts are whole: a cause is part of them, and is kept as
/// data, not given as a source as well, which would be told twice.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing has the name.
    #[error("cannot find {name:?}: {}{}", joined(tried, ", "), did_you_mean(nearest))]
    NotFound {
        /// The name.
        name: String,
        /// Where it was looked for, in order.
        tried: Vec<Tried>,
        /// Stored releases with a name like it.
        nearest: Vec<String>,
    },
    /// The store has no release at all.
    #[error("no release is stored in {}{hint}", root.display())]
    EmptyStore {
        /// Its root.
        root: PathBuf,
        /// What to do, if there is something.
        hint: &'static str,
    },
    /// No release is stored for a platform that was asked for.
    #[error("no release is stored for {wanted}{}", only_for(stored))]
    NoRelease {
        /// The platform.
        wanted: Platform,
        /// Platforms that releases are stored for; none where nobody asks.
        stored: Vec<Platform>,
    },
    /// A release is not stored for the platform that was asked for.
    #[error("{release} is not stored for {wanted}, only for {}", joined(stored, ", "))]
    OtherPlatform {
        /// The release.
        release: String,
        /// The platform.
        wanted: Platform,
        /// Platforms that it is stored for.
        stored: Vec<Platform>,
    },
    /// An input has no libraries for the platform that was asked for.
    #[error("{release} has no libraries for {wanted}, only for {}", joined(found, ", "))]
    NotForPlatform {
        /// The release.
        release: String,
        /// The platform.
        wanted: Platform,
        /// Platforms that it has libraries for.
        found: Vec<Platform>,
    },
    /// An input has libraries for several platforms where one is meant.
    #[error(
        "{release} has one library for several platforms: --platform chooses one of {}",
        joined(platforms, ", ")
    )]
    SeveralPlatforms {
        /// The release.
        release: String,
        /// The platforms.
        platforms: Vec<Platform>,
    },
    /// Two releases are stored for different platforms.
    #[error(
        "{} and {} share no platform: {} against {}",
        releases[0], releases[1], joined(&platforms[0], ", "), joined(&platforms[1], ", ")
    )]
    NoSharedPlatform {
        /// The releases.
        releases: [String; 2],
        /// The platforms of each.
        platforms: [Vec<Platform>; 2],
    },
    /// A text that is no platform.
    #[error("{0:?} is no platform: write linux-x86_64 or, with a variant, linux-x86_64-cu126")]
    NotAPlatform(String),
    /// One directory of headers for two releases.
    #[error("--headers are those of one release: name each one's, --old-headers DIR --new-headers DIR")]
    HeadersOfTwo,
    /// There are no headers where some were asked for.
    #[error("there is no directory called include in {}: name one with --headers", paths(.0))]
    NoHeaders(Vec<PathBuf>),
    /// Nothing was named.
    #[error("no path was given")]
    NoPath,
    /// A build with dumps in it, which no build makes.
    #[error(
        "{}: there are dumps in it, which are not what was built; to judge a dump, name it: abigate gate FILE.abi.zst",
        .0.display()
    )]
    DumpsInBuild(PathBuf),
    /// The old side has no library at all, so that nothing would be compared.
    #[error("{0} has no library: there is nothing to compare with")]
    NoLibraries(String),
    /// No commit is called so.
    #[error("{name:?} is no commit here: fetch it, or say --trust none for a gate that only advises")]
    NoTrust {
        /// The name.
        name: String,
    },
    /// Something that the change brings along and the commit that it starts from does not have.
    #[error(
        "{path} is not in {of}, and that of the change does not count; --trust none shows what it would say"
    )]
    NotAtBase {
        /// From the root of the repository.
        path: String,
        /// What the commit was named by.
        of: String,
    },
    /// A file to compare with that the change has made another one of.
    #[error(
        "{path} is another one than in {of}, and that of the change does not count; --trust none shows what it would say"
    )]
    NotAsInBase {
        /// From the root of the repository.
        path: String,
        /// What the commit was named by.
        of: String,
    },
    /// Git does not give what counts.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// A pattern of libraries that is none.
    #[error("library {pattern:?}: {what}")]
    LibraryPattern {
        /// As it was written.
        pattern: String,
        /// What is wrong with it.
        what: String,
    },
    /// No library of a release is one of those that are compared.
    #[error("{release} has none of the libraries that are compared, only {}", names.join(", "))]
    NothingInScope {
        /// The release.
        release: String,
        /// What it has.
        names: Vec<String>,
    },
    /// What was named has no library in it.
    #[error("{}: there is no shared object in it", .0.display())]
    NoSharedObject(PathBuf),
    /// A program that plug-ins cannot use anything of.
    #[error("{}: a program that exports nothing (-rdynamic): no plug-in can be linked against it", .0.display())]
    ProgramWithoutExports(PathBuf),
    /// What was named cannot be opened, or changed while it was read.
    #[error(transparent)]
    Artifact(#[from] artifact::Error),
    /// A library or dump that cannot be read.
    #[error("{place}: {cause}")]
    Unreadable {
        /// The file, and the member where it is an archive.
        place: String,
        /// What is wrong with it.
        cause: Unreadable,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Headers cannot be compiled.
    #[error(transparent)]
    Headers(#[from] probe::Error),
    /// There is no compiler, or no directory for it to work in.
    #[error(transparent)]
    Toolchain(#[from] toolchain::Error),
    /// The configuration has a mistake.
    #[error("{file}:{cause}")]
    Config {
        /// The file.
        file: String,
        /// The mistake, with line and column.
        cause: ConfigError,
    },
    /// The configuration names a service that cannot be one.
    #[error("{}: store: {cause}", file.display())]
    StoreAddress {
        /// The file.
        file: PathBuf,
        /// What is wrong with the address.
        cause: AddressError,
    },
    /// A service cannot be asked.
    #[error(transparent)]
    Remote(#[from] remote::Error),
    /// What services say has no place to be kept.
    #[error("no directory for what is read from {0}: set HOME or XDG_CACHE_HOME")]
    NoCache(Address),
    /// A release branch of the configuration is no pattern.
    #[error("release branch {pattern:?}: {what}")]
    ReleaseBranch {
        /// As it was written.
        pattern: String,
        /// What is wrong with it.
        what: String,
    },
    /// Consumers for different machines.
    #[error("{} is for {}, and {} for {}", other.0, other.1, first.0, first.1)]
    Machines {
        /// Name and architecture of the first.
        first: (String, String),
        /// Name and architecture of one that differs.
        other: (String, String),
    },
    /// No consumer was named.
    #[error("no consumer was named")]
    NoConsumer,
    /// None of what was named is a consumer.
    #[error("no consumer: {}", .0.join("; "))]
    NoConsumers(Vec<String>),
    /// There is no list of what that version of Python exports.
    #[error("there is no list of {wanted}; there are {}", known.join(", "))]
    UnknownPython {
        /// The version.
        wanted: String,
        /// Those that there is a list of.
        known: Vec<String>,
    },
    /// The file system refused.
    #[error("{}: {cause}", path.display())]
    Io {
        /// File or directory.
        path: PathBuf,
        /// What it said.
        cause: io::Error,
    },
    /// The system has no threads left.
    #[error("cannot start threads: {0}")]
    Threads(rayon::ThreadPoolBuildError),
}

/// What is wrong with the bytes of a library or a dump.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// A shared object, or its debug info.
    #[error(transparent)]
    Binary(#[from] binary::Error),
    /// A dump.
    #[error(transparent)]
    Dump(#[from] dump::Error),
}

/// Where a name was looked for in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tried {
    /// The file system.
    Path,
    /// The store.
    Store {
        /// Its root.
        root: PathBuf,
        /// How many releases it has.
        releases: usize,
        /// The release, where there is one.
        only: Option<String>,
    },
    /// The build that a configuration names; there is no configuration.
    NoConfig,
    /// The configuration names no build.
    NoBuild {
        /// The configuration.
        config: PathBuf,
    },
    /// The build has not been made.
    NotBuilt {
        /// The configuration.
        config: PathBuf,
        /// The part of the build that is missing.
        path: PathBuf,
    },
    /// Git knows the commit, and the store does not.
    Commit {
        /// Its full hash.
        hash: String,
    },
    /// The directory is in no git repository.
    NoRepository,
    /// Git cannot be started.
    NoGit,
    /// Git does not know it.
    NotARevision,
    /// The directory that the search began in is gone.
    NoDirectory,
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tried::Path => f.write_str("no such path"),
            Tried::Store { root, releases, only } => match (releases, only) {
                (0, _) => write!(f, "no release is stored in {}", root.display()),
                (_, Some(only)) => write!(f, "not {only}, the one release in {}", root.display()),
                (count, None) => write!(f, "not among the {count} releases in {}", root.display()),
            },
            Tried::NoConfig => write!(f, "no {} says where the build is", super::CONFIG_NAME),
            Tried::NoBuild { config } => write!(f, "{} has no key build", config.display()),
            Tried::NotBuilt { config, path } => {
                write!(f, "the build {} that {} names was not found", path.display(), config.display())
            }
            Tried::Commit { hash } => {
                write!(f, "commit {} is not stored", hash.get(..12).unwrap_or(hash))
            }
            Tried::NoRepository => f.write_str("not in a git repository"),
            Tried::NoGit => f.write_str("git does not run"),
            Tried::NotARevision => f.write_str("not a git revision"),
            Tried::NoDirectory => f.write_str("the current directory is gone"),
        }
    }
}

fn joined<T: ToString>(items: &[T], between: &str) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

fn paths(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" or ")
}

fn only_for(stored: &[Platform]) -> String {
    if stored.is_empty() { String::new() } else { format!(", only for {}", joined(stored, ", ")) }
}

fn did_you_mean(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; did you mean {}?", nearest.join(" or ")) }
}

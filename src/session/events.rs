//! What a session tells while it works: how far it is, and what its caller should know though the answer stands.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::abi::Platform;
use crate::gate::acknowledge::Misplaced;
use crate::policy::Date;
use crate::store::Offline;

/// Who is told. Every method may be called from several threads at once, and does nothing unless it is written.
pub trait Events: Send + Sync {
    /// There is more to be read, in bytes.
    fn expect(&self, bytes: u64) {
        let _ = bytes;
    }

    /// So much of it was read, in bytes.
    fn done(&self, bytes: u64) {
        let _ = bytes;
    }

    /// Reading is over, and something else begins.
    fn phase(&self, phase: Phase) {
        let _ = phase;
    }

    /// Something the caller should know.
    fn notice(&self, notice: &Notice<'_>) {
        let _ = notice;
    }
}

/// Nobody is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Events for Silent {}

/// Work that takes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// A compiler reads public headers.
    CompilingHeaders,
    /// Two releases are compared.
    Comparing,
    /// The dynamic loader is followed.
    Loading,
}

impl Phase {
    /// What is being done, in the progressive form.
    pub fn name(self) -> &'static str {
        match self {
            Phase::CompilingHeaders => "compiling headers",
            Phase::Comparing => "comparing",
            Phase::Loading => "loading",
        }
    }
}

/// Who wants to know of a [`Notice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// Everybody: the answer may not be the one that was meant.
    Warning,
    /// Whoever waits.
    Info,
    /// Who asks why something is not in the answer.
    Detail,
    /// Who asks how long things took.
    Timing,
}

/// Something that is not part of an answer. Displays as one line.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// A release is stored for several platforms that fit.
    SeveralPlatforms {
        /// Name of the release, or of several.
        whose: &'a str,
        /// The one that is used.
        used: &'a Platform,
        /// The others.
        others: &'a [Platform],
    },
    /// A release is stored for platforms that a build is not for.
    NotCompared {
        /// Name of the release.
        release: &'a str,
        /// The platforms.
        platforms: &'a [Platform],
    },
    /// The headers that the configuration names are those of its build, and not of what is compared.
    HeadersOfCheckout {
        /// What is compared.
        paths: &'a [PathBuf],
    },
    /// No header is there that the configuration names.
    NoHeaderNamed {
        /// Where they were looked for.
        folders: &'a [PathBuf],
    },
    /// Public headers of both sides are there, and nobody said that they are to be compiled, though nothing else tells the types.
    HeadersNotAsked {
        /// The old side's first directory of them, or the package.
        old: &'a Path,
        /// The new side's.
        new: &'a Path,
    },
    /// There is no list of what a version of Python exports, so that the newest known one stands in for it.
    UnknownPython {
        /// The version.
        wanted: &'a str,
        /// Those that there is a list of.
        known: &'a [String],
    },
    /// A public header that does not compile by itself.
    HeaderLeftOut {
        /// The header as it is included.
        header: &'a str,
        /// What the compiler says.
        error: &'a str,
    },
    /// What the probe of headers is doing.
    Probing(&'a str),
    /// What looked like a shared object and was not read.
    Skipped {
        /// The artifact.
        path: PathBuf,
        /// The member, and why.
        what: &'a str,
    },
    /// Libraries that are not compared, since somebody said so.
    LeftOut {
        /// Name of the release.
        release: &'a str,
        /// Their names.
        names: &'a [&'a str],
    },
    /// What was named as a consumer and is none.
    NotAConsumer {
        /// Why, with its name.
        why: &'a str,
    },
    /// The commit that a change starts from has no baseline, so that the change is compared with the release alone.
    CommitNotStored {
        /// Its hash.
        hash: &'a str,
    },
    /// Git knows no commit that a change starts from, so that policy and baselines are the change's own.
    NoMergeBase {
        /// The branch that it is to be merged into.
        target: &'a str,
        /// History was cut off when it was cloned.
        is_shallow: bool,
    },
    /// A service does not answer, so that what it said before stands in.
    Offline(&'a Offline),
    /// A trailer that nobody takes for one.
    Trailer {
        /// What is wrong with it.
        what: &'a Misplaced,
    },
    /// How long the phases of reading a library's debug info took.
    Timings {
        /// The library.
        library: &'a str,
        /// Phases in order.
        phases: &'a [(&'static str, Duration)],
    },
}

impl Notice<'_> {
    /// Who wants to know.
    pub fn level(&self) -> Level {
        match self {
            Notice::SeveralPlatforms { .. }
            | Notice::NotCompared { .. }
            | Notice::HeadersOfCheckout { .. }
            | Notice::NoHeaderNamed { .. }
            | Notice::UnknownPython { .. }
            | Notice::HeaderLeftOut { .. }
            | Notice::NotAConsumer { .. }
            | Notice::NoMergeBase { .. }
            | Notice::Offline(_)
            | Notice::Trailer { .. } => Level::Warning,
            Notice::Probing(_) | Notice::LeftOut { .. } | Notice::HeadersNotAsked { .. } => Level::Info,
            Notice::Skipped { .. } | Notice::CommitNotStored { .. } => Level::Detail,
            Notice::Timings { .. } => Level::Timing,
        }
    }
}

impl fmt::Display for Notice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::SeveralPlatforms { whose, used, others } => {
                let others: Vec<String> = others.iter().map(ToString::to_string).collect();
                write!(f, "{whose}: taking {used}; --platform chooses another one: {}", others.join(", "))
            }
            Notice::NotCompared { release, platforms } => {
                let platforms: Vec<String> = platforms.iter().map(ToString::to_string).collect();
                write!(f, "{release} is also stored for {}, which is not compared", platforms.join(", "))
            }
            Notice::NoHeaderNamed { folders } => {
                let folders = listed(folders);
                write!(f, "no public header that abigate.yaml names is in {folders}: none was compiled")
            }
            Notice::HeadersOfCheckout { paths } => {
                let paths = listed(paths);
                write!(
                    f,
                    "the headers that the policy names are those of this checkout, and are not used for {paths}: \
                     --headers names its own, of two sides --old-headers and --new-headers"
                )
            }
            Notice::HeadersNotAsked { old, new } => {
                let (old, new) = (old.display(), new.display());
                write!(
                    f,
                    "types are not compared; public headers are in {old} and {new}: --header '**' compiles them"
                )
            }
            Notice::UnknownPython { wanted, known } => {
                write!(f, "there is no list of {wanted}: taking the newest of {}", known.join(", "))
            }
            Notice::HeaderLeftOut { header, error } => write!(f, "{header} is left out: {error}"),
            Notice::Probing(what) => f.write_str(what),
            Notice::LeftOut { release, names } => {
                write!(f, "left out of {release}, which is not compared: {}", names.join(", "))
            }
            Notice::NotAConsumer { why } => write!(f, "skipped, no consumer: {why}"),
            Notice::Skipped { path, what } => write!(f, "{}: {what}", path.display()),
            Notice::CommitNotStored { hash } => {
                write!(f, "commit {hash}, which the change starts from, is not stored")
            }
            Notice::NoMergeBase { target, is_shallow } => {
                write!(
                    f,
                    "git knows no commit that this change and {target} have in common, so that nothing is enforced: "
                )?;
                f.write_str(match is_shallow {
                    true => "the clone is shallow (fetch-depth: 0, or git fetch --unshallow)",
                    false => "fetch the branch, or name it with --target",
                })
            }
            Notice::Offline(Offline { address, why, asked_at }) => {
                let minutes = asked_at.div_euclid(60_000);
                let day = i32::try_from(minutes.div_euclid(1440)).map(Date::from_days);
                let day = day.map(|day| day.to_string()).unwrap_or_default();
                let (hour, minute) = (minutes.rem_euclid(1440) / 60, minutes.rem_euclid(60));
                write!(
                    f,
                    "offline, {why}; using the releases of {address} as of {day} {hour:02}:{minute:02} UTC"
                )
            }
            Notice::Trailer { what } => what.fmt(f),
            Notice::Timings { library, phases } => {
                let shown =
                    |(phase, time): &(&str, Duration)| format!("{phase} {:.1} ms", time.as_secs_f64() * 1e3);
                let phases: Vec<String> = phases.iter().map(shown).collect();
                write!(f, "{library}: {}", phases.join(", "))
            }
        }
    }
}

/// Paths, one behind the other.
fn listed(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

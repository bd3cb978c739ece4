//! What a session is told before it starts. Everything that a program would look up in its environment stands here, since a
//! session reads none of it.

use std::path::PathBuf;

use crate::remote::Access;
use crate::store::Location;
use crate::{dwarf, probe};

/// Options of a session. The default reads debug info, keeps no cache, and finds configuration and baselines from the
/// current directory.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The configuration; none for the nearest `abigate.yaml` from [`Options::directory`] upwards, up to the root of the
    /// repository.
    pub config: Option<PathBuf>,
    /// Where the search for the configuration and for a git repository begins.
    pub directory: PathBuf,
    /// Where baselines are; none for what the configuration says, else `baselines` beside it.
    pub store: Option<Location>,
    /// By which rights services are asked for baselines.
    pub services: Access,
    /// How debug info is read; none when it is not.
    pub debug_info: Option<dwarf::Options>,
    /// Directories with separate debug files.
    pub debug_directories: Vec<PathBuf>,
    /// Public headers to compile, before what the configuration says of them. Without directories and groups, only the
    /// configuration's are compiled. Its `cache` is replaced by one below [`Options::cache`].
    pub headers: probe::Options,
    /// Directory that keeps what was found out about headers and about stored releases, and what was read from services; none:
    /// nothing is kept, and no service is read from.
    pub cache: Option<PathBuf>,
    /// Which build of the program asks: findings that are kept for one are not those of another. None: findings are not kept.
    pub program: Option<String>,
    /// Directory for temporary files.
    pub scratch: PathBuf,
    /// Number of threads; 0 for one per processor.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            config: None,
            directory: PathBuf::from("."),
            store: None,
            services: Access::default(),
            debug_info: Some(dwarf::Options::default()),
            debug_directories: vec![PathBuf::from("/usr/lib/debug")],
            headers: probe::Options::default(),
            cache: None,
            program: None,
            scratch: PathBuf::from("/tmp"),
            threads: 0,
        }
    }
}

/// Options about headers before those of the configuration. None where neither asks for any.
pub(super) fn headers(asked: &probe::Options, configured: Option<&probe::Options>) -> Option<probe::Options> {
    if !are_asked(asked) && configured.is_none() {
        return None;
    }
    let mut options = configured.cloned().unwrap_or_default();
    if !asked.folders.is_empty() {
        options.folders.clone_from(&asked.folders);
    }
    if !asked.groups.is_empty() {
        options.groups.clone_from(&asked.groups);
    }
    options.compiler = asked.compiler.clone().or(options.compiler);
    options.flags.extend(asked.flags.iter().cloned());
    options.keep_going |= asked.keep_going;
    Some(options)
}

/// Whether options say which headers, not only how they are compiled.
pub(super) fn are_asked(options: &probe::Options) -> bool {
    !options.folders.is_empty() || !options.groups.is_empty()
}

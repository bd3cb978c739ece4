//! What every subcommand knows: options, configuration, the store.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::args::Global;
use super::config::Config;
use super::progress::Progress;
use super::{headers, output, scene};
use crate::policy::Policy;
use crate::store::Store;
use crate::{dwarf, probe};

/// Options and configuration taken together.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) config: Config,
    pub(super) store: Store,
    pub(super) quiet: bool,
    verbose: bool,
    /// How debug info is read; none when it is not.
    pub(super) debug_info: Option<dwarf::Options>,
    /// Folders with separate debug files.
    pub(super) debug_dirs: Vec<PathBuf>,
    timings: bool,
    /// How public headers are asked; none when they are not.
    pub(super) headers: Option<probe::Options>,
    /// The command line says which.
    pub(super) headers_are_typed: bool,
}

impl Context {
    pub(super) fn new(global: &Global) -> Result<Context> {
        let config = Config::load(global.config.as_deref())?;
        // An empty variable counts as unset, as for other tools.
        let named = global.store.clone().filter(|path| !path.as_os_str().is_empty());
        let beside = || match config.file.as_ref().and_then(|file| file.parent()) {
            Some(folder) => folder.join("baselines"),
            None => PathBuf::from("baselines"),
        };
        let store = Store::open(named.or_else(|| config.store.clone()).unwrap_or_else(beside));
        let options = dwarf::Options {
            all_types: global.all_types,
            roots: global.source_roots.clone(),
            headers: false,
            inlined: false,
        };
        let mut debug_dirs = global.debug_dirs.clone();
        debug_dirs.push(PathBuf::from("/usr/lib/debug"));
        let headers = global.headers.before(config.headers.as_ref());
        let headers = headers.map(|options| probe::Options { cache: headers::cache(), ..options });
        Ok(Context {
            config,
            store,
            quiet: global.quiet,
            verbose: global.verbose,
            debug_info: (!global.no_debug_info).then_some(options),
            debug_dirs,
            timings: global.timings,
            headers,
            headers_are_typed: global.headers.is_given(),
        })
    }

    /// The same for who asks neither debug info nor headers.
    pub(super) fn bare(&self) -> Context {
        Context { debug_info: None, headers: None, ..self.clone() }
    }

    /// The policy, which knows what consumers import where it goes by that.
    pub(super) fn policy(&self, progress: &Progress) -> Result<Policy> {
        let mut policy = self.config.policy()?;
        if policy.goes_by_consumers() {
            policy.meet(&scene::named(self, progress)?);
        }
        Ok(policy)
    }

    /// The same for consumers, of whose debug info only matters what it says of copied functions.
    pub(super) fn of_consumers(&self) -> Context {
        let debug_info = self.debug_info.clone().map(|options| dwarf::Options { inlined: true, ..options });
        Context { debug_info, headers: None, ..self.clone() }
    }

    /// Something the user should know, though the answer stands.
    pub(super) fn warn(&self, text: &str) {
        if !self.quiet {
            output::complain(&format!("warning: {text}"));
        }
    }

    /// What takes long, for who may wonder.
    pub(super) fn tell(&self, text: &str) {
        if !self.quiet {
            output::complain(text);
        }
    }

    /// Times of the phases, for who asked.
    pub(super) fn time(&self, what: &str, timings: &[(&str, Duration)]) {
        if self.timings {
            let phases: Vec<String> = timings
                .iter()
                .map(|(phase, time)| format!("{phase} {:.1} ms", time.as_secs_f64() * 1e3))
                .collect();
            output::complain(&format!("{what}: {}", phases.join(", ")));
        }
    }

    /// Something that only matters to who asks why a file is not in the answer.
    pub(super) fn mention(&self, text: &str) {
        if self.verbose {
            self.warn(text);
        }
    }
}

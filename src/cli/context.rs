//! What every subcommand knows: options, configuration, the store.

use std::path::PathBuf;

use anyhow::Result;

use super::args::Global;
use super::config::Config;
use super::output;
use crate::store::Store;

/// Options and configuration taken together.
pub(super) struct Context {
    pub(super) config: Config,
    pub(super) store: Store,
    pub(super) quiet: bool,
    verbose: bool,
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
        Ok(Context { config, store, quiet: global.quiet, verbose: global.verbose })
    }

    /// Something the user should know, though the answer stands.
    pub(super) fn warn(&self, text: &str) {
        if !self.quiet {
            output::complain(&format!("warning: {text}"));
        }
    }

    /// Something that only matters to who asks why a file is not in the answer.
    pub(super) fn mention(&self, text: &str) {
        if self.verbose {
            self.warn(text);
        }
    }
}

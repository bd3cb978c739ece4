//! What every subcommand knows: a session as the options and the environment say, and the terminal.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use anyhow::{Context as _, Result, anyhow};

use super::global::Global;
use super::terminal::{Progress, Terminal};
use crate::dwarf;
use crate::policy::Date;
use crate::session::{Options, Session};

/// A session and the terminal that it tells what it does.
pub(super) struct Context {
    pub(super) session: Session,
    terminal: Arc<Terminal>,
}

impl Context {
    pub(super) fn new(global: &Global) -> Result<Context> {
        let terminal = Arc::new(Terminal::new(global.quiet, global.verbose, global.timings));
        let session = Session::open(options(global), terminal.clone())?;
        Ok(Context { session, terminal })
    }

    /// A bar until what is returned goes away.
    pub(super) fn progress(&self) -> Progress<'_> {
        self.terminal.progress()
    }

    /// Something the user should know, though the answer stands.
    pub(super) fn warn(&self, text: &str) {
        self.terminal.warn(text);
    }

    /// What takes long, for who may wonder.
    pub(super) fn tell(&self, text: &str) {
        self.terminal.tell(text);
    }

    /// Something that only matters to who asks why a file is not in the answer.
    pub(super) fn mention(&self, text: &str) {
        self.terminal.mention(text);
    }
}

fn options(global: &Global) -> Options {
    let debug_info = dwarf::Options {
        all_types: global.all_types,
        roots: global.source_roots.clone(),
        ..dwarf::Options::default()
    };
    let mut options = Options::default();
    options.config.clone_from(&global.config);
    // An empty variable counts as unset, as for other tools.
    options.store = global.store.clone().filter(|path| !path.as_os_str().is_empty());
    options.debug_info = (!global.no_debug_info).then_some(debug_info);
    options.debug_directories = [&global.debug_dirs[..], &options.debug_directories[..]].concat();
    options.headers = global.headers.options();
    options.cache = cache();
    options.program = program();
    options.scratch = env::temp_dir();
    options.threads = global.threads.unwrap_or(0);
    options
}

/// Directory of what is kept, as the system says where such things belong.
fn cache() -> Option<PathBuf> {
    let directory = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = directory("XDG_CACHE_HOME").or_else(|| directory("HOME").map(|home| home.join(".cache")))?;
    Some(base.join("abigate"))
}

/// Tells this build of the program from others of the same version, which may find other things.
fn program() -> Option<String> {
    let program = env::current_exe().and_then(fs::metadata).ok()?;
    let changed = program.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {}", program.len(), changed.as_nanos()))
}

/// Today in Greenwich.
pub(super) fn today() -> Result<Date> {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().context("the clock is before 1970")?;
    let days = i32::try_from(since.as_secs() / 86_400).map_err(|_| anyhow!("the clock is after all days"))?;
    Ok(Date::from_days(days))
}

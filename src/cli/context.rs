//! What every subcommand knows: a session as the options and the environment say, and the terminal.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use anyhow::{Context as _, Result, anyhow};

use super::access;
use super::directories;
use super::global::Global;
use super::output;
use super::terminal::{Progress, Terminal};
use super::typed;
use crate::dwarf;
use crate::policy::Date;
use crate::report;
use crate::session::{Config, Options, Session};
use crate::store::{Location, Store};

/// A session and the terminal that it tells what it does.
pub(super) struct Context {
    pub(super) session: Session,
    /// What somebody types for the same answer.
    pub(super) command: String,
    /// What was typed for every command: configuration and store.
    everywhere: String,
    terminal: Arc<Terminal>,
}

impl Context {
    pub(super) fn new(global: &Global, arguments: &[OsString]) -> Result<Context> {
        let terminal = Arc::new(Terminal::new(global.quiet, global.verbose, global.timings));
        let session = Session::open(options(global)?, terminal.clone())?;
        let store = global.store.as_deref().filter(|path| !path.as_os_str().is_empty());
        let command = typed::command(arguments, store);
        let mut everywhere = String::new();
        for (option, value) in [("--config", global.config.as_deref()), ("--store", store)] {
            if let Some(value) = value {
                everywhere += &format!(" {option} {}", typed::quoted(&value.display().to_string()));
            }
        }
        Ok(Context { session, command, everywhere, terminal })
    }

    /// What writes waivers for what the comparison that was asked for says breaks. `platform`: it is one of several.
    pub(super) fn waivers_command(&self, platform: Option<&str>) -> String {
        format!("{}{} --write-waivers='why'", self.command, of_platform(platform))
    }

    /// The same for the comparison with a release that a gate made. `options`: what else was typed that says what is compared.
    pub(super) fn gate_waivers_command(
        &self,
        old: &str,
        new: &str,
        platform: Option<&str>,
        options: &str,
    ) -> String {
        let [old, new] = [old, new].map(typed::quoted);
        let (everywhere, platform) = (&self.everywhere, of_platform(platform));
        format!("abigate{everywhere} diff {old} {new}{platform}{options} --write-waivers='why'")
    }

    /// Whether only answers and errors are wanted.
    pub(super) fn is_quiet(&self) -> bool {
        self.terminal.quiet
    }

    /// Whether there is a configuration or a stored release here.
    pub(super) fn is_set_up(&self) -> bool {
        self.session.config().file().is_some()
            || self.session.store().list().is_ok_and(|stored| !stored.is_empty())
    }

    /// A session with another configuration.
    pub(super) fn with(&self, config: Config) -> Result<Session> {
        Ok(Session::with(config, self.session.options().clone(), self.terminal.clone())?)
    }

    /// The store of a directory: the one that is named, or the session's, or `baselines` beside the configuration where the
    /// session reads from a service.
    pub(super) fn directory(&self, named: Option<&Path>) -> Result<Store> {
        if let Some(path) = named {
            return Ok(Store::open(path));
        }
        if self.session.store().address().is_some() {
            return Ok(Store::open(self.session.config().directory().join("baselines")));
        }
        Ok(self.session.store().clone())
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

    /// What was done, on standard output: an answer to nobody who wants it quiet.
    pub(super) fn done(&self, text: &str) -> Result<()> {
        if self.terminal.quiet {
            return Ok(());
        }
        output::print(|out| out.write_all(report::safe::lines(text).as_bytes()))
    }

    /// Something that only matters to who asks why a file is not in the answer.
    pub(super) fn mention(&self, text: &str) {
        self.terminal.mention(text);
    }
}

/// An option of `diff`.
fn of_platform(platform: Option<&str>) -> String {
    platform.map(|name| format!(" --platform {}", typed::quoted(name))).unwrap_or_default()
}

fn options(global: &Global) -> Result<Options> {
    let debug_info = dwarf::Options {
        all_types: global.all_types,
        roots: global.source_roots.clone(),
        ..dwarf::Options::default()
    };
    let mut options = Options::default();
    options.config.clone_from(&global.config);
    // An empty variable counts as unset, as for other tools.
    let store = global.store.as_deref().filter(|path| !path.as_os_str().is_empty());
    options.store = store.map(|text| Location::parse(text, Path::new(""))).transpose()?;
    options.services = access::access(options.store.as_ref())?;
    options.debug_info = (!global.no_debug_info).then_some(debug_info);
    options.debug_directories = [&global.debug_dirs[..], &options.debug_directories[..]].concat();
    options.headers = global.headers.options();
    options.cache = directories::cache();
    options.program = program();
    options.scratch = env::temp_dir();
    options.threads = global.threads.unwrap_or(0);
    Ok(options)
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

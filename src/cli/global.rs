//! Options of every subcommand.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::probe;

/// Options of every subcommand.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Directory of baselines, or https://HOST/p/PROJECT [default: `store` of abigate.yaml, else baselines]
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "DIR|URL",
        env = "ABIGATE_STORE",
        hide_env_values = true
    )]
    pub(super) store: Option<PathBuf>,
    /// Configuration [default: the nearest abigate.yaml, here or above]
    ///
    /// It is looked for up to the root of the repository.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// When to use colors
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = false
    )]
    pub(super) color: Color,
    /// Print the answer and errors only: no progress, no warnings, no notes
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// Also print what was skipped
    #[arg(long, short, global = true, hide_short_help = true, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    /// Directory with separate debug files, laid out as /usr/lib/debug is (which is searched as well)
    #[arg(
        long = "debug-dir",
        global = true,
        hide_short_help = true,
        value_name = "DIR",
        help_heading = "Debug info"
    )]
    pub(super) debug_dirs: Vec<PathBuf>,
    /// Directory that paths of source files are relative to [default: what holds both the sources and the build]
    #[arg(
        long = "source-root",
        global = true,
        hide_short_help = true,
        value_name = "DIR",
        help_heading = "Debug info"
    )]
    pub(super) source_roots: Vec<String>,
    /// Keep types that nothing exported reaches as well
    #[arg(long, global = true, hide_short_help = true, help_heading = "Debug info")]
    pub(super) all_types: bool,
    /// Do not read debug info
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        conflicts_with = "all_types",
        help_heading = "Debug info"
    )]
    pub(super) no_debug_info: bool,
    /// Print how long each phase of reading debug info took
    #[arg(long, global = true, hide_short_help = true, help_heading = "Debug info")]
    pub(super) timings: bool,
    #[command(flatten)]
    pub(super) headers: HeaderArgs,
    /// Threads to use [default: one per processor]
    #[arg(long, global = true, hide_short_help = true, value_name = "N", value_parser = threads, help_heading = "Global options")]
    pub(super) threads: Option<usize>,
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=1024) => Ok(number),
        _ => Err("a number from 1 to 1024 is needed".to_owned()),
    }
}

/// `--color`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Decides for every stream of the program; `auto` leaves it to the stream and to `NO_COLOR` and the like.
    pub(super) fn write_global(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// Options about public headers.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Public headers")]
pub(super) struct HeaderArgs {
    /// Directory of public headers, which are compiled to learn the layouts that programs see [default: `headers` of
    /// abigate.yaml]
    #[arg(long = "headers", global = true, hide_short_help = true, value_name = "DIR")]
    pub(super) folders: Vec<PathBuf>,
    /// Headers to compile together, as they are included [default: all]; in a wheel, the directories are found
    #[arg(long = "header", global = true, hide_short_help = true, value_name = "GLOB")]
    pub(super) header: Vec<String>,
    /// Compiler of C++, GCC or Clang [default: GCC for the machine of the libraries]
    #[arg(long, global = true, hide_short_help = true, value_name = "PROGRAM")]
    pub(super) probe_cxx: Option<String>,
    /// Option for the compiler, such as -DUSE_X or -std=c++20
    #[arg(
        long = "probe-flag",
        global = true,
        hide_short_help = true,
        value_name = "FLAG",
        allow_hyphen_values = true
    )]
    pub(super) probe_flags: Vec<String>,
    /// Leave out headers that do not compile by themselves
    #[arg(long, global = true, hide_short_help = true)]
    pub(super) keep_going: bool,
}

impl HeaderArgs {
    /// The same as a session takes them.
    pub(super) fn options(&self) -> probe::Options {
        probe::Options {
            folders: self.folders.clone(),
            groups: if self.header.is_empty() { Vec::new() } else { vec![self.header.clone()] },
            compiler: self.probe_cxx.clone(),
            flags: self.probe_flags.clone(),
            keep_going: self.keep_going,
            ..probe::Options::default()
        }
    }
}

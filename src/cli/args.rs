//! What can be typed: the definitions behind parsing, help, completions and the man page.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand, ValueEnum};

use super::headers::HeaderArgs;
use super::{
    baseline, check, consumers, diff, dump, explain, gate, history, init, policy, selftest, shell, show,
};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "abigate",
    version,
    about = "A gate against breaking C++ ABIs: says what the next release of a shared library breaks",
    styles = STYLES,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "Examples:
  abigate diff v2.9.1 build/lib         the newest baseline against a fresh build
  abigate diff old.whl new.whl --full   everything that differs between two wheels
  abigate history c10::TensorImpl       since which release, what changed when
  abigate explain signature-changed     what a rule means and what to do

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 trouble, 3 cannot certify"
)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Options of every subcommand.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Folder of baselines [default: `store` of abigate.yaml, else baselines]
    #[arg(long, global = true, value_name = "DIR", env = "ABIGATE_STORE", hide_env_values = true)]
    pub(super) store: Option<PathBuf>,
    /// Configuration [default: abigate.yaml here or above, up to the root of the repository]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = false)]
    pub(super) color: Color,
    /// Neither progress nor warnings
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// Also say what was skipped
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    /// Folder with separate debug files, laid out as /usr/lib/debug is (which is searched as well)
    #[arg(long = "debug-dir", global = true, value_name = "DIR", help_heading = "Debug info")]
    pub(super) debug_dirs: Vec<PathBuf>,
    /// Folder that paths of source files are relative to [default: what holds both the sources and the build]
    #[arg(long = "source-root", global = true, value_name = "DIR", help_heading = "Debug info")]
    pub(super) source_roots: Vec<String>,
    /// Keep types that nothing exported reaches as well
    #[arg(long, global = true, help_heading = "Debug info")]
    pub(super) all_types: bool,
    /// Do not read debug info
    #[arg(long, global = true, conflicts_with = "all_types", help_heading = "Debug info")]
    pub(super) no_debug_info: bool,
    /// Say how long each phase of reading debug info took
    #[arg(long, global = true, help_heading = "Debug info")]
    pub(super) timings: bool,
    #[command(flatten)]
    pub(super) headers: HeaderArgs,
    /// Threads to use [default: one per processor]
    #[arg(long, global = true, value_name = "N", value_parser = threads)]
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

/// The subcommands. Their help stands at their own structs.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Dump(dump::Dump),
    Diff(diff::Diff),
    Gate(gate::GateArgs),
    Init(init::Init),
    Baseline(baseline::Baseline),
    Show(show::Show),
    Check(check::Check),
    Consumers(consumers::Consumers),
    Policy(policy::Policy),
    History(history::History),
    Explain(explain::Explain),
    Selftest(selftest::Selftest),
    #[command(hide = true)]
    Completions(shell::Completions),
    /// Print the man page
    #[command(hide = true)]
    Man,
}

impl Command {
    /// What the user named, for a report about a panic.
    pub(super) fn inputs(&self) -> Vec<String> {
        match self {
            Command::Dump(dump) => dump.inputs.clone(),
            Command::Diff(diff) => vec![diff.old.clone(), diff.new.clone()],
            Command::Init(init) => init.build.iter().map(|path| path.display().to_string()).collect(),
            Command::Gate(gate) => gate.base.iter().chain([&gate.new]).cloned().collect(),
            Command::Baseline(baseline) => baseline.inputs(),
            Command::Show(show) => vec![show.input.clone()],
            Command::Check(check) => vec![check.input.clone()],
            Command::Consumers(consumers) => consumers.inputs(),
            Command::Policy(policy) => policy.inputs(),
            Command::Selftest(selftest) => vec![selftest.input.clone()],
            Command::History(history) => history.inputs(),
            Command::Explain(_) | Command::Completions(_) | Command::Man => Vec::new(),
        }
    }
}

/// The form of an answer that is no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    Text,
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_agree_with_each_other() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_subcommand_has_an_example() {
        fn check(command: &clap::Command) {
            for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
                let help = sub.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains("abigate "), "{}", sub.get_name());
                check(sub);
            }
        }
        check(&Args::command());
    }
}

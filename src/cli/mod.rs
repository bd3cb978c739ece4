//! The command line: the only part that prints, reads the environment and decides exit codes.
//!
//! One file per subcommand, each thin: parse, call, print.
//!
//! - [`args`]: what can be typed
//! - [`config`]: the file `abigate.yaml`
//! - [`context`]: both taken together
//! - [`resolve`], [`load`]: a name to a release
//! - [`comparisons`]: what comparisons of stored releases found before
//! - [`output`], [`progress`]: standard output, files, warnings, the bar
//! - [`dump`], [`diff`], [`baseline`], [`show`], [`history`], [`check`], [`consumers`], [`policy`], [`explain`], [`selftest`], [`shell`]: the subcommands
//! - [`types`]: what `show` says about types
//! - [`panics`]: the last resort
//!
//! # Exit codes
//! 0 nothing at or above `--fail-on`; 1 findings; 2 trouble, with a line on standard error; 3 cannot certify.

mod args;
mod baseline;
mod check;
mod comparisons;
mod config;
mod consumers;
mod context;
mod diff;
mod dump;
mod explain;
mod gate;
mod git;
mod headers;
mod history;
mod init;
mod judging;
mod lines;
mod load;
mod output;
mod outputs;
mod panics;
mod policy;
mod policy_releases;
mod progress;
mod publish;
mod resolve;
mod scene;
mod selftest;
mod shell;
mod show;
mod types;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;
use clap::error::ErrorKind;

use args::{Args, Command};
use context::Context;

/// What a command comes to, when nothing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Fine = 0,
    Findings = 1,
    CannotCertify = 3,
}

/// Anything that kept a command from its answer.
const TROUBLE: u8 = 2;

/// Recursion over hostile names and nested types is bounded, but deep.
const STACK: usize = 16 << 20;

/// Runs the program.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    let inputs = args.command.inputs();
    panics::silence();
    match catch_unwind(AssertUnwindSafe(|| run(args))) {
        Ok(Ok(exit)) => ExitCode::from(exit as u8),
        Ok(Err(error)) => {
            output::complain(&format!("{error:#}"));
            ExitCode::from(TROUBLE)
        }
        Err(payload) => {
            output::complain(&panics::sentence(&*payload, &inputs));
            ExitCode::from(TROUBLE)
        }
    }
}

/// Help and versions are an answer; a mistake is trouble.
fn usage(error: &clap::Error) -> ExitCode {
    // Nobody to tell when this does not print.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(TROUBLE),
    }
}

fn run(args: Args) -> Result<Exit> {
    args.global.color.write_global();
    // These need neither configuration nor threads.
    match &args.command {
        Command::Explain(command) => return explain::run(command),
        Command::Completions(command) => return shell::completions(command),
        Command::Man => return shell::man(),
        _ => {}
    }
    let threads = args.global.threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build();
    let pool = pool.context("cannot start threads")?;
    pool.install(|| {
        let context = Context::new(&args.global)?;
        match &args.command {
            Command::Dump(command) => dump::run(command, &context),
            Command::Diff(command) => diff::run(command, &context),
            Command::Gate(command) => gate::run(command, &context),
            Command::Init(command) => init::run(command, &context),
            Command::Baseline(command) => baseline::run(command, &context),
            Command::Show(command) => show::run(command, &context),
            Command::History(command) => history::run(command, &context),
            Command::Check(command) => check::run(command, &context),
            Command::Consumers(command) => consumers::run(command, &context),
            Command::Policy(command) => policy::run(command, &context),
            Command::Selftest(command) => selftest::run(command, &context),
            Command::Explain(_) | Command::Completions(_) | Command::Man => Ok(Exit::Fine),
        }
    })
}

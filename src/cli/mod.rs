//! The command line: the only part that prints, reads the environment and decides exit codes.
//!
//! One file per subcommand, each thin: parse, call a [`crate::session::Session`], print. No two files here use each other: this one
//! knows all of them, [`args`] the subcommands, and these what stands below them.
//!
//! - [`args`], [`global`], [`compare_args`], [`outputs`], [`form`]: what can be typed
//! - [`context`]: the session that options and environment ask for, and the terminal
//! - [`output`], [`terminal`]: standard output and files; standard error, with warnings and the bar
//! - [`exit`]: exit codes
//! - [`dump`], [`diff`], [`gate`], [`init`], [`baseline`], [`show`], [`history`], [`check`], [`consumers`], [`export`], [`policy`], [`explain`], [`help`], [`selftest`],
//!   [`shell`]: the subcommands
//! - [`typed`]: the command, to be typed again
//! - [`start`]: what is said where no command is
//! - [`evidence`]: what a release lacks as a baseline
//! - [`bypass`]: the part of [`selftest`] that attacks the gate
//! - [`publish`]: the verdict of [`gate`] where GitHub runs it
//! - [`policy_releases`], [`unplaced`]: parts of [`policy`]; [`types`]: what [`show`] says about types
//! - [`serve`]: the service, where it was built in
//! - [`push`], [`login`]: what a service is told, and the tokens for it; [`access`]: what the environment says of both
//! - [`panics`], [`aborts`]: the last resort, and what is left where there is none
//! - [`directories`]: where a user's files of ours belong
//!
//! # Exit codes
//! 0 nothing at or above `--fail-on`; 1 findings; 2 error, with a line on standard error; 3 cannot certify.

mod aborts;
mod access;
mod args;
mod baseline;
mod bypass;
mod check;
mod compare_args;
mod consumers;
mod context;
mod diff;
mod directories;
mod dump;
mod evidence;
mod exit;
mod explain;
mod export;
mod form;
mod gate;
mod global;
mod help;
mod history;
mod init;
mod login;
mod output;
mod outputs;
mod panics;
mod policy;
mod policy_releases;
mod publish;
mod push;
mod selftest;
mod serve;
mod shell;
mod show;
mod start;
mod terminal;
mod typed;
mod types;
mod unplaced;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use args::{Args, Command};
use context::Context;
use exit::{Exit, TROUBLE};

use crate::artifact;

/// Runs the program.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    if arguments.len() == 1 {
        return ExitCode::from(start::run());
    }
    let args = match Args::try_parse_from(&arguments) {
        Ok(args) => args,
        Err(error) => return usage(&outputs::with_format(error)),
    };
    let inputs = args.command.inputs();
    panics::silence();
    if let Err(error) = artifact::guard_mapped_files() {
        output::complain(&format!("cannot handle SIGBUS: {error}"));
        return ExitCode::from(TROUBLE);
    }
    // The service tells by the signal that a comparison of its own had too little memory.
    if !args.command.is_of_the_service()
        && let Err(error) = aborts::end_with_exit_code()
    {
        output::complain(&format!("cannot handle SIGABRT: {error}"));
        return ExitCode::from(TROUBLE);
    }
    match catch_unwind(AssertUnwindSafe(|| run(args, &arguments))) {
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

fn run(args: Args, typed: &[OsString]) -> Result<Exit> {
    args.global.color.write_global();
    // These need neither configuration nor threads.
    match &args.command {
        Command::Explain(command) => return explain::run(command),
        Command::Serve(command) => return serve::run(command),
        Command::Login(command) => return login::login(command, args.global.quiet),
        Command::Logout(command) => return login::logout(command, args.global.quiet),
        #[cfg(feature = "serve")]
        Command::JudgeOne(command) => return serve::judge_one(command),
        Command::Help(command) => return help::run::<Args>(command),
        Command::Completions(command) => return shell::completions(command, Args::command()),
        Command::Man => return shell::man(Args::command()),
        _ => {}
    }
    let context = Context::new(&args.global, typed)?;
    context.session.install(|| match &args.command {
        Command::Dump(command) => dump::run(command, &context),
        Command::Diff(command) => diff::run(command, &context),
        Command::Gate(command) => gate::run(command, &context),
        Command::Init(command) => init::run(command, &context),
        Command::Baseline(command) => baseline::run(command, &context),
        Command::Show(command) => show::run(command, &context),
        Command::History(command) => history::run(command, &context),
        Command::Check(command) => check::run(command, &context),
        Command::Consumers(command) => consumers::run(command, &context),
        Command::Export(command) => export::run(command, &context),
        Command::Policy(command) => policy::run(command, &context),
        Command::Selftest(command) => selftest::run(command, &context),
        Command::Push(command) => push::run(command, &context),
        Command::Login(_) | Command::Logout(_) | Command::Explain(_) => Ok(Exit::Fine),
        Command::Serve(_) | Command::Help(_) | Command::Completions(_) | Command::Man => Ok(Exit::Fine),
        #[cfg(feature = "serve")]
        Command::JudgeOne(_) => Ok(Exit::Fine),
    })
}

//! What can be typed: the definitions behind parsing, help, completions and the man page.

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};

use super::global::Global;
use super::{
    baseline, check, consumers, diff, dump, explain, export, gate, help, history, init, login, policy, push,
    selftest, serve, shell, show,
};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "abigate",
    version,
    about = "A gate against breaking C and C++ ABIs: reports what the next release of a shared library breaks",
    styles = STYLES,
    max_term_width = 100,
    disable_help_subcommand = true, // `help` prints pages of the book as well.
    after_help = "Examples:
  abigate diff v2.9.1 build/lib         the newest baseline against a fresh build
  abigate history c10::TensorImpl       since which release, what changed when
  abigate explain signature-changed     what a rule means and what to do

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 error, 3 inconclusive"
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
    Export(export::Export),
    Policy(policy::Policy),
    History(history::History),
    Explain(explain::Explain),
    Selftest(selftest::Selftest),
    Serve(serve::Serve),
    Push(push::Push),
    Login(login::Login),
    Logout(login::Logout),
    #[cfg(feature = "serve")]
    #[command(hide = true)]
    JudgeOne(serve::JudgeOne),
    Help(help::Help),
    Completions(shell::Completions),
    /// Print the man page
    #[command(after_help = "Examples:
  abigate man | man -l -")]
    Man,
}

impl Command {
    /// Whether it is the service that runs this, and not somebody who reads exit codes.
    pub(super) fn is_of_the_service(&self) -> bool {
        #[cfg(feature = "serve")]
        return matches!(self, Command::JudgeOne(_));
        #[cfg(not(feature = "serve"))]
        false
    }

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
            Command::Export(export) => vec![export.input.clone()],
            Command::Policy(policy) => policy.inputs(),
            Command::Selftest(selftest) => selftest.input.iter().cloned().collect(),
            Command::History(history) => history.inputs(),
            Command::Push(push) => push.inputs.clone(),
            Command::Login(_) | Command::Logout(_) => Vec::new(),
            Command::Explain(_) | Command::Serve(_) | Command::Help(_) => Vec::new(),
            Command::Completions(_) | Command::Man => Vec::new(),
            #[cfg(feature = "serve")]
            Command::JudgeOne(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_agree_with_each_other() {
        Args::command().debug_assert();
    }

    /// Who types `-h` wants to see what there is without turning pages.
    #[test]
    fn short_help_fits_on_a_screen() {
        fn check(command: &mut clap::Command, name: &str) {
            let help = command.render_help().to_string();
            assert!(
                help.lines().count() <= crate::report::HEIGHT,
                "{name} -h has {} lines:\n{help}",
                help.lines().count()
            );
            assert!(!help.contains("--probe-cxx"), "{help}");
            for sub in command.get_subcommands_mut() {
                let name = format!("{name} {}", sub.get_name());
                check(sub, &name);
            }
        }
        let mut command = Args::command();
        command.build();
        check(&mut command, "abigate");
        assert!(command.render_long_help().to_string().contains("--probe-cxx"));
        let listed = command.render_help().to_string();
        assert!(
            ["completions ", "man ", "help "].iter().all(|word| listed.contains(&format!("\n  {word}"))),
            "{listed}"
        );
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

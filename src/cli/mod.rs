//! The command line: one file per subcommand, thin: parse, call, print.
//!
//! Exit codes: 0 nothing at or above `--fail-on`; 1 findings; 2 trouble, with one line on stderr; 3 cannot certify.

mod baseline;
mod config;
mod diff;
mod dump;
mod explain;
mod load;
mod resolve;
mod show;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::store::Store;
use config::Config;

#[derive(Parser)]
#[command(name = "abigate", version, about, max_term_width = 100)]
#[command(
    after_help = "Examples:\n  abigate diff v2.9 v2.10\n  abigate diff build-old/lib build-new/lib --fail-on risky\n  abigate dump libfoo.so | grep export"
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every subcommand.
#[derive(Args)]
struct Global {
    /// Folder of baselines [default: $ABIGATE_STORE, else store: in abigate.yaml, else baselines]
    #[arg(long, global = true, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Configuration [default: abigate.yaml here or in a folder above, up to the repository's root]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// When to colour the output
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// No warnings on stderr
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Threads to work on [default: one per processor]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Command {
    Dump(dump::Arguments),
    Diff(diff::Arguments),
    #[command(subcommand)]
    Baseline(baseline::Command),
    Show(show::Arguments),
    Explain(explain::Arguments),
}

/// What a subcommand works with.
struct Session {
    config: Config,
    store: Store,
    quiet: bool,
}

impl Session {
    fn warn(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr(), "abigate: warning: {text}");
        }
    }
}

/// How a subcommand ended, besides trouble.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exit {
    Ok,
    Findings,
    CannotCertify,
}

/// Runs the program with the process's arguments.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match cli.global.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    match in_pool(cli) {
        Ok(Exit::Ok) => ExitCode::SUCCESS,
        Ok(Exit::Findings) => ExitCode::from(1),
        Ok(Exit::CannotCertify) => ExitCode::from(3),
        Err(error) => {
            let text: Vec<String> = error.chain().map(|e| e.to_string().replace('\n', " ")).collect();
            let _ = writeln!(anstream::stderr(), "abigate: {}", text.join(": "));
            ExitCode::from(2)
        }
    }
}

fn in_pool(cli: Cli) -> anyhow::Result<Exit> {
    let threads = cli.global.threads.map_or(0, usize::from);
    // Mangled names nest; the default stack of a thread is smaller than the main one's.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(8 << 20).build()?;
    pool.install(|| execute(cli))
}

fn execute(cli: Cli) -> anyhow::Result<Exit> {
    if let Command::Explain(arguments) = &cli.command {
        return explain::run(arguments);
    }
    let config = Config::find(cli.global.config.as_deref())?;
    let from_environment = || std::env::var_os("ABIGATE_STORE").map(PathBuf::from);
    let root = cli.global.store.or_else(from_environment).or_else(|| config.store.clone());
    let session = Session {
        store: Store::open(root.unwrap_or_else(|| PathBuf::from("baselines"))),
        config,
        quiet: cli.global.quiet,
    };
    match cli.command {
        Command::Dump(arguments) => dump::run(&session, &arguments),
        Command::Diff(arguments) => diff::run(&session, &arguments),
        Command::Baseline(command) => baseline::run(&session, &command),
        Command::Show(arguments) => show::run(&session, &arguments),
        Command::Explain(arguments) => explain::run(&arguments),
    }
}

/// Writes to stdout; a reader that has seen enough is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to stdout"),
    }
}

/// Writes a file under a temporary name beside its place and moves it there, so that a failure leaves nothing behind.
fn write_file(path: &std::path::Path, data: &[u8]) -> anyhow::Result<()> {
    let name = path.file_name().with_context(|| format!("{} is not a file name", path.display()))?;
    let draft = path.with_file_name(format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id()));
    let written = std::fs::write(&draft, data).and_then(|()| std::fs::rename(&draft, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    written.with_context(|| format!("cannot write {}", path.display()))
}

//! `abigate policy`: is the policy sound, and what does it do with a release.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use super::context::Context;
use super::exit::Exit;
use super::{output, policy_releases, unplaced};
use crate::policy::coverage;
use crate::policy::{self, Coverage, Portion};
use crate::report::style::text_layout::{count, number};
use crate::session::CONFIG_NAME;

/// Check the policy in abigate.yaml.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate policy check                       is it sound
  abigate policy check v2.9 --unmatched      what a release has in each tier, and in none
  abigate policy check --releases            every stored release, and the versions in lists
  abigate policy schema > policy.schema.json for editors
  abigate policy import old.abignore         suppressions of libabigail as tiers and waivers")]
pub(super) struct Policy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Check(Check),
    Schema(Schema),
    Import(Import),
}

/// Say what is wrong with the policy, and how a release falls into its tiers.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate policy check
  abigate policy check build/lib --unmatched
  abigate --config strict.yaml policy check v2.9
  abigate policy check --releases            every stored release, and the versions in lists

Exit codes: 0 sound, 1 a required symbol is missing, or a list names the wrong release for one,
2 error")]
struct Check {
    /// Shared object, directory, archive, dump, stored release or HEAD
    #[arg(value_name = "INPUT")]
    input: Option<String>,
    /// All stored releases
    #[arg(long, conflicts_with = "input")]
    releases: bool,
    /// List the symbols and types that no tier names
    #[arg(long)]
    unmatched: bool,
    /// Platform of stored releases, such as linux-x86_64
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
}

/// Print the JSON Schema of abigate.yaml.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate policy schema > policy.schema.json
  # yaml-language-server: $schema=policy.schema.json   (first line of abigate.yaml)")]
struct Schema {}

/// Print what a suppression file of libabigail is in abigate.yaml.
///
/// What would hide more than it did there is left out, and named by its line.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate policy import libfoo.abignore
  abigate policy import libfoo.abignore >> abigate.yaml    where that has no tiers and waivers yet

Exit codes: 0 all of it, 1 something was left out, 2 error")]
struct Import {
    /// Suppression file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Policy {
    /// What the user named.
    pub(super) fn inputs(&self) -> Vec<String> {
        match &self.command {
            Command::Check(check) => check.input.iter().cloned().collect(),
            Command::Schema(_) => Vec::new(),
            Command::Import(import) => vec![import.file.display().to_string()],
        }
    }
}

pub(super) fn run(args: &Policy, context: &Context) -> Result<Exit> {
    match &args.command {
        Command::Check(args) => check(args, context),
        Command::Schema(_) => {
            output::print(|out| out.write_all(policy::SCHEMA.as_bytes()))?;
            Ok(Exit::Fine)
        }
        Command::Import(args) => import(args, context),
    }
}

fn import(args: &Import, context: &Context) -> Result<Exit> {
    let place = args.file.display();
    let bytes = std::fs::read(&args.file).with_context(|| place.to_string())?;
    let imported = policy::import(&String::from_utf8_lossy(&bytes));
    for left in &imported.left_out {
        context.warn(&format!("{place}:{}: left out: {}", left.line, left.why));
    }
    output::print(|out| out.write_all(imported.yaml.as_bytes()))?;
    Ok(if imported.left_out.is_empty() { Exit::Fine } else { Exit::Findings })
}

fn check(args: &Check, context: &Context) -> Result<Exit> {
    let config = context.session.config();
    let Some(file) = config.file() else {
        bail!("there is no {CONFIG_NAME} here or above; --config names one");
    };
    let progress = context.progress();
    let policy = context.session.policy()?;
    drop(progress);
    let mut text = format!("{}: {}\n", file.display(), policy.summary());
    if args.releases {
        text.push('\n');
        let platform = args.platform.as_deref();
        let holds = policy_releases::check(&policy, platform, args.unmatched, context, &mut text)?;
        output::tell(|out| out.write_all(text.as_bytes()))?;
        return Ok(if holds { Exit::Fine } else { Exit::Findings });
    }
    let Some(input) = &args.input else {
        if args.unmatched {
            bail!("--unmatched needs an input, or --releases");
        }
        output::tell(|out| out.write_all(text.as_bytes()))?;
        return Ok(Exit::Fine);
    };
    let progress = context.progress();
    let release = context.session.load(input, args.platform.as_deref())?;
    let coverage = coverage(&policy, &release);
    drop(progress);
    for (line, pattern) in &coverage.missing {
        // Writing to a string does not fail.
        let _ =
            writeln!(text, "{}:{line}: required, and no library exports it: {pattern}", config.file_name());
    }
    for (line, what) in &coverage.idle {
        let _ = writeln!(text, "{}:{line}: {what} matches nothing", config.file_name());
    }
    coverage.libraries.iter().for_each(|share| library(share, &coverage, args.unmatched, &mut text));
    output::tell(|out| out.write_all(text.as_bytes()))?;
    Ok(if coverage.missing.is_empty() { Exit::Fine } else { Exit::Findings })
}

/// A table of tiers, and the names that fell into none.
fn library(share: &Portion, coverage: &Coverage, unmatched: bool, text: &mut String) {
    let (symbols, types): (usize, usize) = (share.symbols.iter().sum(), share.types.iter().sum());
    let _ = writeln!(text, "\n{}  {}, {}", share.library, count(symbols, "symbol"), count(types, "type"));
    let widest = coverage.tiers.iter().map(String::len).max().unwrap_or(0);
    for ((tier, symbols), types) in coverage.tiers.iter().zip(&share.symbols).zip(&share.types) {
        if symbols + types > 0 {
            let (symbols, types) = (number(*symbols), number(*types));
            let _ = writeln!(text, "  {tier:widest$}  {symbols:>9} symbols  {types:>9} types");
        }
    }
    let (symbols, types) = (&share.unmatched_symbols, &share.unmatched_types);
    if symbols.is_empty() && types.is_empty() {
        return;
    }
    let told = format!("{}, {}", count(symbols.len(), "symbol"), count(types.len(), "type"));
    if !unmatched {
        let _ = writeln!(text, "  in no tier of the policy: {told}");
        return;
    }
    let _ = writeln!(text, "  in no tier of the policy: {told}:");
    unplaced::write(share, text);
}

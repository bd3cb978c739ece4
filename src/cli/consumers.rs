//! `abigate consumers`: who breaks.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::context::{Context, today};
use super::exit::Exit;
use super::form::Form;
use super::output;
use crate::consumers::{Effect, list};
use crate::dump::{self, Effort};
use crate::report::consumers as report;
use crate::session::{Environment, Impacts};

/// Report which programs and extensions a release breaks.
///
/// Consumers are shared objects, wheels and directories that were built against the old release, or lists that
/// `abigate consumers export` made of them. Nothing runs.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  abigate consumers v2.9 v2.10 torchvision.whl my_ext.so   do they load, and what reaches them
  abigate consumers --range baselines/consumers/*.abi.zst  which stored releases do they load with
  abigate consumers export torchvision.whl -o lists/       what it imports, in a few kilobytes

Exit codes: 0 nothing breaks, 1 a consumer breaks or is reached by a breaking change, 2 error"
)]
pub(super) struct Consumers {
    #[command(subcommand)]
    command: Option<Command>,
    /// OLD NEW FILE…, or with --range FILE…
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<String>,
    /// List the stored releases that the consumers load with
    #[arg(long)]
    range: bool,
    /// With --range: the range as Requires-Dist of Python packages and as conda's pin of this package, such as torch
    #[arg(long, value_name = "PACKAGE", requires = "range")]
    pin: Option<String>,
    /// Platform of stored releases, such as linux-x86_64
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Form,
    /// Write the report to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show each missing symbol, and each way in which a change reaches a consumer
    #[arg(long)]
    full: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Export(Export),
}

/// Write what each consumer imports to a list that stands in for it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate consumers export torchvision.whl my_ext.so -o lists/")]
struct Export {
    /// Shared objects, wheels, directories
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// Directory of the lists
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
}

impl Consumers {
    /// What the user named.
    pub(super) fn inputs(&self) -> Vec<String> {
        match &self.command {
            Some(Command::Export(export)) => export.files.clone(),
            None => self.inputs.clone(),
        }
    }
}

pub(super) fn run(args: &Consumers, context: &Context) -> Result<Exit> {
    match (&args.command, args.range, &args.inputs[..]) {
        (Some(Command::Export(args)), ..) => export(args, context),
        (_, true, _) => range(args, context),
        (_, _, [old, new, files @ ..]) if !files.is_empty() => impacts(args, [old, new], files, context),
        _ => bail!("two releases and the consumers are expected: abigate consumers OLD NEW FILE…"),
    }
}

fn impacts(args: &Consumers, names: [&String; 2], files: &[String], context: &Context) -> Result<Exit> {
    let progress = context.progress();
    let names = names.map(String::as_str);
    let found = context.session.consumer_impacts(names, files, args.platform.as_deref(), today()?)?;
    drop(progress);
    let Impacts { old, new, impacts } = &found;
    let told = report::Told { old: &old.name, new: &new.name, platform: &old.platform.to_string(), impacts };
    output::report(args.output.as_deref(), args.full, |options, out| match args.format {
        Form::Text => report::write(&told, options, out),
        Form::Json => report::write_json(&told, out),
    })?;
    let breaks = impacts.iter().any(|impact| matches!(impact.effect(), Effect::Broken | Effect::Exposed));
    // Freeing millions of names one by one takes longer than the operating system does.
    std::mem::forget(found);
    Ok(if breaks { Exit::Findings } else { Exit::Fine })
}

fn range(args: &Consumers, context: &Context) -> Result<Exit> {
    let progress = context.progress();
    let found = context.session.consumer_ranges(&args.inputs, args.platform.as_deref())?;
    drop(progress);
    output::report(args.output.as_deref(), args.full, |options, out| match args.format {
        Form::Text => {
            report::write_ranges(&found.ranges, &found.names, options, out)?;
            match &args.pin {
                Some(package) => report::write_pins(&found.ranges, &found.names, package, out),
                None => Ok(()),
            }
        }
        Form::Json => report::write_ranges_json(&found.ranges, &found.names, out),
    })?;
    std::mem::forget(found);
    Ok(Exit::Fine)
}

fn export(args: &Export, context: &Context) -> Result<Exit> {
    let progress = context.progress();
    let Environment { consumers, system, .. } = context.session.environment(&args.files)?;
    drop(progress);
    let folder = args.output.clone().unwrap_or_default();
    for consumer in consumers {
        let name = consumer.name.clone();
        let reduced = list::reduced(consumer, &system);
        if reduced.libraries.is_empty() {
            bail!("{name} has no shared object that asks for anything");
        }
        let mut text = String::new();
        for library in reduced.libraries {
            let (release, platform) = (Some(name.clone()), reduced.platform.clone());
            text += &dump::to_text(&dump::Dump { release, platform, library });
        }
        let data = dump::compress(&text, Effort::Best)?;
        let arch = reduced.platform.name.clone();
        let file = format!("{}-{arch}.abi.zst", name.replace([' ', '/'], "-"));
        if !folder.as_os_str().is_empty() {
            std::fs::create_dir_all(&folder)?;
        }
        output::write_file(&folder.join(&file), |out| out.write_all(&data))?;
        context.tell(&format!("{}: {} bytes", folder.join(&file).display(), data.len()));
    }
    Ok(Exit::Fine)
}

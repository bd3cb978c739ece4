//! `abigate consumers`: who breaks.

use std::path::PathBuf;

use anyhow::{Result, bail};
use rayon::prelude::*;

use super::args::Form;
use super::context::Context;
use super::judging::{judged, today};
use super::progress::Progress;
use super::scene::Scene;
use super::{Exit, output, resolve};
use crate::abi::Release;
use crate::consumers::range::Range;
use crate::consumers::{self, Effect, list};
use crate::dump::{self, Effort};
use crate::policy::JudgeContext;
use crate::report::consumers as report;

/// Say which programs and extensions a release breaks.
///
/// Consumers are shared objects, wheels and folders that were built against the old release, or lists that
/// `abigate consumers export` made of them. Nothing runs.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  abigate consumers v2.9 v2.10 torchvision.whl my_ext.so     do they load, and what breaking changes reach them
  abigate consumers --range baselines/consumers/*.abi.zst    with which stored releases do they load
  abigate consumers export torchvision.whl -o lists/         what a consumer asks for, in some kilobytes

Exit codes: 0 nothing breaks, 1 a consumer breaks or is reached by a breaking change, 2 trouble"
)]
pub(super) struct Consumers {
    #[command(subcommand)]
    command: Option<Command>,
    /// OLD NEW FILE…, or with --range FILE…
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<String>,
    /// With which stored releases the consumers load
    #[arg(long)]
    range: bool,
    /// Platform of stored releases, such as linux-x86_64
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// Form of the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Form,
    /// Write the report to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Everything: each missing symbol, and each way in which a change reaches a consumer
    #[arg(long)]
    full: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Export(Export),
}

/// Write what each consumer asks for into a list, which stands in for it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate consumers export torchvision.whl my_ext.so -o lists/")]
struct Export {
    /// Shared objects, wheels, folders
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// Folder of the lists
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
    let progress = Progress::new(context.quiet);
    let policy = context.policy(&progress)?;
    let scene = Scene::of_files(files, context, &progress)?;
    let stored = args.platform.clone().or_else(|| platform_of(&scene.consumers));
    let names = names.map(String::as_str);
    let (old, new) = resolve::read_pair(names, stored.as_deref(), context, &progress)?;
    let mut circumstances = JudgeContext::of(&old, &new, today()?);
    circumstances.file = context.config.file_name();
    let verdict = judged((&old, &new), &policy, &circumstances, context, &progress)?;
    progress.say("loading");
    let impacts = scene.impacts(&old, &new, &verdict);
    drop(progress);
    let told = report::Told {
        old: &old.name,
        new: &new.name,
        platform: &old.platform.to_string(),
        impacts: &impacts,
    };
    output::report(args.output.as_deref(), args.full, |options, out| match args.format {
        Form::Text => report::write(&told, options, out),
        Form::Json => report::write_json(&told, out),
    })?;
    let breaks = impacts.iter().any(|impact| matches!(impact.effect(), Effect::Broken | Effect::Exposed));
    std::mem::forget((old, new));
    Ok(if breaks { Exit::Findings } else { Exit::Fine })
}

/// The platform that the consumers are for, where they say one.
fn platform_of(consumers: &[Release]) -> Option<String> {
    let arch = consumers.first().map(|consumer| consumer.machine().arch).filter(|arch| !arch.is_empty())?;
    Some(format!("linux-{arch}"))
}

fn range(args: &Consumers, context: &Context) -> Result<Exit> {
    let progress = Progress::new(context.quiet);
    let scene = Scene::of_files(&args.inputs, context, &progress)?;
    let platform = args.platform.clone().or_else(|| platform_of(&scene.consumers));
    let entries = resolve::history(platform.as_deref(), context)?;
    let releases: Vec<Release> =
        entries.par_iter().map(|entry| context.store.load_linkage(entry)).collect::<Result<_, _>>()?;
    let foreign = consumers::foreign(&scene.consumers, &releases.iter().collect::<Vec<_>>(), &scene.system);
    let missing = |release: &Release| -> Vec<Vec<consumers::Missing>> {
        let ground = scene.ground(release, &foreign);
        (0..scene.consumers.len()).into_par_iter().map(|at| ground.missing(at)).collect()
    };
    let by_release: Vec<Vec<Vec<consumers::Missing>>> = releases.par_iter().map(missing).collect();
    // Freeing millions of names one by one takes longer than the operating system does.
    std::mem::forget(releases);
    drop(progress);
    let ranges: Vec<Range> = scene
        .consumers
        .iter()
        .enumerate()
        .map(|(at, consumer)| Range {
            consumer: consumer.name.clone(),
            releases: by_release.iter().map(|of_release| of_release[at].clone()).collect(),
        })
        .collect();
    let releases: Vec<String> = entries.iter().map(|entry| entry.release.clone()).collect();
    output::report(args.output.as_deref(), args.full, |options, out| match args.format {
        Form::Text => report::write_ranges(&ranges, &releases, options, out),
        Form::Json => report::write_ranges_json(&ranges, &releases, out),
    })?;
    Ok(Exit::Fine)
}

fn export(args: &Export, context: &Context) -> Result<Exit> {
    let progress = Progress::new(context.quiet);
    let Scene { consumers, system, .. } = Scene::of_files(&args.files, context, &progress)?;
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

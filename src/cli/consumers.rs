//! `abigate consumers`: who breaks.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use rayon::prelude::*;

use super::context::Context;
use super::progress::Progress;
use super::{Exit, check, diff, load, output, resolve};
use crate::abi::{Library, Release};
use crate::consumers::range::Range;
use crate::consumers::{self, Effect, Ground, Impact, list};
use crate::dump::{self, Effort};
use crate::loader::platform;
use crate::policy::{self, Circumstances};
use crate::report::Format;
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
    format: Format,
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

/// Consumers with what every system and the interpreter that they are for have.
struct Scene {
    consumers: Vec<Release>,
    system: Vec<Library>,
    python: Option<Library>,
}

impl Scene {
    fn ground<'a>(&'a self, release: &'a Release, foreign: &[&str]) -> Ground<'a> {
        Ground::new(release, &self.system, self.python.as_ref(), &self.consumers, foreign)
    }
}

fn scene(files: &[String], context: &Context, progress: &Progress) -> Result<Scene> {
    let bare = context.bare();
    let read = |file: &String| -> Result<Release> {
        let mut consumer = load::paths(&[PathBuf::from(file)], &bare, progress)?;
        consumer.name = name(file, &consumer);
        Ok(consumer)
    };
    let consumers: Vec<Release> = files.par_iter().map(read).collect::<Result<_>>()?;
    let arch = consumers[0].machine().arch;
    if let Some(other) = consumers.iter().find(|consumer| consumer.machine().arch != arch) {
        bail!("{} is for {}, and {} for {arch}", other.name, other.machine().arch, consumers[0].name);
    }
    // Each may be for another Python: what it defines differs little, and the newest has the most.
    let python = consumers
        .iter()
        .zip(files)
        .find_map(|(consumer, file)| check::python(None, consumer, file, context).transpose())
        .transpose()?;
    Ok(Scene { system: platform::libraries(&arch, None).unwrap_or_default(), python, consumers })
}

/// `torchvision 0.24.1` of a wheel or a list, else what the file is called.
fn name(file: &str, consumer: &Release) -> String {
    let stem =
        Path::new(file).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    if stem.ends_with(".whl") {
        let mut parts = stem.split('-');
        if let (Some(project), Some(version)) = (parts.next(), parts.next()) {
            return format!("{project} {version}");
        }
    }
    match stem.ends_with(".abi.zst") || stem.ends_with(".abi") {
        true => consumer.name.clone(),
        false => stem,
    }
}

fn impacts(args: &Consumers, names: [&String; 2], files: &[String], context: &Context) -> Result<Exit> {
    let policy = context.config.policy()?;
    let progress = Progress::new(context.quiet);
    let scene = scene(files, context, &progress)?;
    let stored = args.platform.clone().or_else(|| platform_of(&scene.consumers));
    let names = names.map(String::as_str);
    let (old, new) = resolve::read_pair(names, stored.as_deref(), context, &progress)?;
    progress.say("comparing");
    let changes = crate::diff::compare_with(&old, &new, policy.patterns());
    let mut circumstances = Circumstances::of(&old, &new, diff::today()?);
    circumstances.file = context.config.file_name();
    let verdict = policy::judge(changes, &old, &new, &policy, &circumstances);
    let verdict = verdict.map_err(|mistake| context.config.at(&mistake))?;
    progress.say("loading");
    let foreign = consumers::foreign(&scene.consumers, &[&old, &new], &scene.system);
    let (before, after) = (scene.ground(&old, &foreign), scene.ground(&new, &foreign));
    let impacts: Vec<Impact> = scene
        .consumers
        .par_iter()
        .enumerate()
        .map(|(at, consumer)| consumers::impact(consumer, at, &before, &after, &verdict))
        .collect();
    drop(progress);
    let told = report::Told {
        old: &old.name,
        new: &new.name,
        platform: &old.platform.to_string(),
        impacts: &impacts,
    };
    output::report(args.output.as_deref(), args.full, |options, out| match args.format {
        Format::Text => report::write(&told, options, out),
        Format::Json => report::write_json(&told, out),
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
    let scene = scene(&args.inputs, context, &progress)?;
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
        Format::Text => report::write_ranges(&ranges, &releases, options, out),
        Format::Json => report::write_ranges_json(&ranges, &releases, out),
    })?;
    Ok(Exit::Fine)
}

fn export(args: &Export, context: &Context) -> Result<Exit> {
    let progress = Progress::new(context.quiet);
    let Scene { consumers, system, .. } = scene(&args.files, context, &progress)?;
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

//! `abigate baseline`: the store of releases.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Result, anyhow, bail};

use super::context::Context;
use super::exit::Exit;
use super::output;
use super::terminal::Progress;
use super::typed;
use crate::abi::Release;
use crate::git::Repository;
use crate::report::style::text_layout::{count, number};
use crate::session;
use crate::store::Entry;
use crate::versions;

/// Keep dumps of releases.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate baseline add torch-2.9.1.whl --release v2.9.1
  abigate baseline list")]
pub(super) struct Baseline {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Dump libraries and keep them under a release's name
    #[command(after_help = "Examples:
  abigate baseline add torch-2.9.1-cp312-cp312-manylinux_2_28_x86_64.whl    v2.9.1, as it says
  abigate baseline add build/lib --release v2.9.1
  abigate baseline add build/lib --release $(git rev-parse HEAD)            a commit")]
    Add {
        /// Shared object, directory, archive or dump
        #[arg(value_name = "INPUT")]
        input: String,
        /// Name of the release [default: the version that the input has in its name or says of itself]
        #[arg(long, value_name = "NAME")]
        release: Option<String>,
        /// Platform and variant, such as linux-x86_64-cu126 [default: what the input says]
        #[arg(long, value_name = "PLATFORM")]
        platform: Option<String>,
        /// Overwrite the release if it is stored already
        #[arg(long)]
        replace: bool,
    },
    /// List the stored releases: name and platform
    #[command(after_help = "Examples:
  abigate baseline list --long")]
    List {
        /// Also the number of libraries and the size
        #[arg(long, short)]
        long: bool,
    },
    /// Check that stored releases are whole: checksums, and that every dump loads
    #[command(after_help = "Examples:
  abigate baseline verify          everything
  abigate baseline verify v2.9     one release")]
    Verify {
        /// Only this release
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
    /// Remove a release, for all its platforms or for one
    #[command(after_help = "Examples:
  abigate baseline remove v2.9.1 --platform linux-x86_64-cu126")]
    Remove {
        /// Its full name
        #[arg(value_name = "NAME")]
        name: String,
        /// Only for this platform
        #[arg(long, value_name = "PLATFORM")]
        platform: Option<String>,
    },
}

impl Baseline {
    /// What the user named.
    pub(super) fn inputs(&self) -> Vec<String> {
        match &self.command {
            Action::Add { input, .. } => vec![input.clone()],
            Action::List { .. } | Action::Verify { .. } | Action::Remove { .. } => Vec::new(),
        }
    }
}

pub(super) fn run(args: &Baseline, context: &Context) -> Result<Exit> {
    refuse(args, context)?;
    let text = match &args.command {
        Action::Add { input, release, platform, replace } => {
            add(input, release.as_deref(), platform.as_deref(), *replace, context)?
        }
        Action::List { long } => list(*long, context)?,
        Action::Verify { name } => verify(name.as_deref(), context)?,
        Action::Remove { name, platform } => remove(name, platform.as_deref(), context)?,
    };
    match &args.command {
        Action::Add { .. } | Action::Remove { .. } => context.done(&text)?,
        Action::List { .. } | Action::Verify { .. } => output::tell(|out| out.write_all(text.as_bytes()))?,
    }
    Ok(Exit::Fine)
}

/// What is written is in a directory. A service is told by other commands, and nothing there is replaced or removed.
fn refuse(args: &Baseline, context: &Context) -> Result<()> {
    let Some(address) = context.session.store().address() else { return Ok(()) };
    match &args.command {
        Action::List { .. } | Action::Verify { .. } => Ok(()),
        Action::Add { input, release, .. } => {
            let release = release.as_ref().map(|name| format!(" --release {}", typed::quoted(name)));
            let (input, release) = (typed::quoted(input), release.unwrap_or_default());
            bail!(
                "{address} is a service: abigate push {input}{release} --to {address} sends a release there"
            )
        }
        Action::Remove { .. } => bail!("{address} is a service, and what was sent to it is never removed"),
    }
}

fn add(
    input: &str,
    name: Option<&str>,
    platform: Option<&str>,
    replace: bool,
    context: &Context,
) -> Result<String> {
    let progress = context.progress();
    let mut told = String::new();
    for release in context.session.load_platforms(input, platform)? {
        told.push_str(&add_one(release, input, name, replace, context, &progress)?);
    }
    Ok(told)
}

/// Adds what an input has for one platform.
fn add_one(
    release: Release,
    input: &str,
    name: Option<&str>,
    replace: bool,
    context: &Context,
    progress: &Progress<'_>,
) -> Result<String> {
    let mut release = context.session.in_scope(release)?;
    complete(&mut release, input, name)?;
    let name = &release.name;
    if let Some(why) = context.session.moving(name) {
        bail!(
            "{name:?} cannot be the name of a release: {why}; name a version, or the whole commit, as in --release $(git rev-parse {name})"
        );
    }
    progress.say("compressing");
    let entry = context.session.store().add(&release, replace)?;
    if versions::version(&release.name).is_none() && !versions::is_hash(&release.name) {
        context.warn(&format!(
            "{} is no version and no commit: `abigate gate` compares with it only where --base names it",
            release.name
        ));
    }
    if let Some(why) = super::evidence::without_types(&release) {
        context.warn(&why);
    }
    if let Some(why) = half_ignored(&entry, context) {
        context.warn(&why);
    }
    let (_, size) = size(&entry, context)?;
    Ok(format!("added {entry}: {}, {size}\n", count(release.libraries.len(), "library")))
}

/// What to tell where git would take the list of a stored release and leave out what is listed. A store that git leaves out
/// as a whole is kept elsewhere.
fn half_ignored(entry: &Entry, context: &Context) -> Option<String> {
    let store = context.session.store();
    let directory = store.root().join(&entry.release).join(entry.platform.to_string());
    let repository = Repository::find(&directory).ok()??;
    let files = fs::read_dir(&directory).ok()?.flatten();
    let files: Vec<String> = files.filter_map(|file| repository.relative(&file.path())).collect();
    let ignored = repository.ignored_by(&files);
    let taken = ignored.iter().any(Option::is_none);
    let (file, by) = files.iter().zip(ignored).find_map(|(file, by)| Some((file, by?))).filter(|_| taken)?;
    let root = repository.relative(store.root())?;
    Some(format!(
        "git ignores {file} ({by}): the gate would not find it; add it with git add --force {root}, or write !/{root}/** into .gitignore"
    ))
}

/// Gives a release that was read from an input the name that it is to have. It has to have one, and a platform.
pub(super) fn complete(release: &mut Release, input: &str, name: Option<&str>) -> Result<()> {
    if release.platform.name.is_empty() {
        bail!("{input} does not say for which platform it is: add --platform");
    }
    match name {
        Some(name) => name.clone_into(&mut release.name),
        None if versions::version(&release.name).is_none() => {
            bail!("{input} does not say which release it is: add --release, such as --release v1.0.0")
        }
        None => {}
    }
    Ok(())
}

/// How many dumps there are, and how large they are together.
fn size(entry: &Entry, context: &Context) -> Result<(usize, String)> {
    let (libraries, bytes) = context.session.store().size(entry)?;
    let kib = usize::try_from(bytes.div_ceil(1024)).unwrap_or(usize::MAX);
    Ok((libraries, format!("{} KiB", number(kib))))
}

fn list(long: bool, context: &Context) -> Result<String> {
    let entries = context.session.store().list()?;
    if entries.is_empty() {
        context.warn(&format!("no release is stored in {}", context.session.store().root().display()));
    }
    let widest = |width: fn(&Entry) -> usize| entries.iter().map(width).max().unwrap_or(0);
    let (name, platform) = (widest(|e| e.release.len()), widest(|e| e.platform.to_string().len()));
    let mut text = String::new();
    for entry in &entries {
        let shown = entry.platform.to_string();
        if long {
            let (files, size) = size(entry, context)?;
            let files = count(files, "library");
            writeln!(text, "{:name$}  {shown:platform$}  {files:>13}  {size:>12}", entry.release)?;
        } else {
            writeln!(text, "{:name$}  {shown}", entry.release)?;
        }
    }
    Ok(text)
}

/// Checks everything before it complains, so that one look tells all that is damaged.
fn verify(name: Option<&str>, context: &Context) -> Result<String> {
    let mut entries = context.session.store().list()?;
    if let Some(name) = name {
        let releases = crate::store::releases(&entries);
        let release =
            versions::resolve(name, releases.iter().copied()).ok_or_else(|| missing(name, &releases))?;
        let release = release.to_owned();
        entries.retain(|entry| entry.release == release);
    }
    // A mistyped directory has nothing wrong in it either.
    if entries.is_empty() {
        bail!("no release is stored in {}: nothing to verify", context.session.store().root().display());
    }
    let mut text = String::new();
    let mut damaged = Vec::new();
    for entry in &entries {
        match context.session.store().verify(entry) {
            Ok(files) => writeln!(text, "ok  {entry}  {}", count(files, "library"))?,
            Err(error) => damaged.push(format!("{entry}: {error}")),
        }
    }
    if damaged.is_empty() {
        return Ok(text);
    }
    output::tell(|out| out.write_all(text.as_bytes()))?;
    for sentence in &damaged {
        output::complain(sentence);
    }
    bail!("{} of {} damaged", damaged.len(), count(entries.len(), "stored release"))
}

/// Removes by the exact name only: `v2.4` shall not take `v2.4.1` away.
fn remove(name: &str, platform: Option<&str>, context: &Context) -> Result<String> {
    let entries = context.session.store().list()?;
    let platform = platform.map(session::parse_platform).transpose()?;
    let named: Vec<&Entry> = entries.iter().filter(|entry| entry.release == name).collect();
    if named.is_empty() {
        return Err(missing(name, &crate::store::releases(&entries)));
    }
    let meant: Vec<&Entry> = named
        .iter()
        .filter(|entry| platform.as_ref().is_none_or(|p| *p == entry.platform))
        .copied()
        .collect();
    if meant.is_empty() {
        let stored: Vec<String> = named.iter().map(|entry| entry.platform.to_string()).collect();
        bail!("{name} is not stored for that platform, only for {}", stored.join(", "));
    }
    let mut text = String::new();
    for entry in meant {
        context.session.store().remove(entry)?;
        writeln!(text, "removed {entry}")?;
    }
    Ok(text)
}

fn missing(name: &str, releases: &[&str]) -> anyhow::Error {
    let nearest = versions::nearest(name, releases.iter().copied());
    match nearest[..] {
        [] => anyhow!("{name} is not in the store"),
        _ => anyhow!("{name} is not in the store; did you mean {}?", nearest.join(" or ")),
    }
}

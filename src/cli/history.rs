//! `abigate history`: what became of a name, or of a library, through the stored releases.

use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use rayon::prelude::*;

use super::context::Context;
use super::exit::Exit;
use super::form::Form;
use super::output;
use crate::abi::Release;
use crate::history::{self, Outline, Query};
use crate::policy::{Policy, Profile};
use crate::report::history::chart;
use crate::report::history::json;
use crate::report::history::table;
use crate::report::{self, history as text};
use crate::store::Entry;
use crate::versions;

/// Show when a name appeared, changed and disappeared.
///
/// NAME is a qualified C++ name without parameters (c10::TensorImpl, Enum::enumerator, a constant or macro), a linkage
/// name, or a pattern over qualified names: * within a component, ** across components.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate history c10::TensorImpl                   a class: size, members, virtual functions
  abigate history aoti_torch_abi_version            a C function
  abigate history 'c10::Tensor*'                    a line for each name that matches
  abigate history 'c10::cuda::**' --full            every change of everything in a namespace
  abigate history --library libc10                  exports and breaks of each release
  abigate history --library libc10 --chart abi.svg  the same, drawn")]
pub(super) struct History {
    /// Name or pattern
    #[arg(value_name = "NAME", required_unless_present = "library", conflicts_with = "library")]
    name: Option<String>,
    /// Figures of a library, release by release: libc10 or libc10.so
    #[arg(long, value_name = "LIBRARY")]
    library: Option<String>,
    /// Draw the figures of the library
    #[arg(long, value_name = "FILE.svg", requires = "library")]
    chart: Option<PathBuf>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Form,
    /// Write the answer to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Everything: all names that match, and each symbol
    #[arg(long)]
    full: bool,
    /// Platform of the releases, such as linux-x86_64
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
}

impl History {
    /// What the user named.
    pub(super) fn inputs(&self) -> Vec<String> {
        self.name.iter().chain(&self.library).cloned().collect()
    }
}

pub(super) fn run(args: &History, context: &Context) -> Result<Exit> {
    // What is mistyped is told before anything is read.
    let query = args.name.as_deref().map(Query::parse).transpose().map_err(|error| anyhow!("{error}"))?;
    let progress = context.progress();
    let policy = context.session.policy()?;
    drop(progress);
    let entries = versions(context.session.stored_history(args.platform.as_deref())?, context);
    match (&query, &args.library) {
        (Some(query), _) => name(query, args, &entries, &policy, context)?,
        (None, library) => table(library.as_deref().unwrap_or_default(), args, &entries, &policy, context)?,
    }
    Ok(Exit::Fine)
}

/// Reads little of all releases; those that have to be compared are read as a whole, unless that was done before.
fn name(query: &Query, args: &History, entries: &[Entry], policy: &Policy, context: &Context) -> Result<()> {
    let progress = context.progress();
    let word = query.word();
    let about = entries.par_iter().map(|entry| context.session.load_stored_about(entry, word));
    let about: Vec<Release> = about.collect::<Result<_, _>>()?;
    let outline = Outline::new(&about.iter().collect::<Vec<_>>(), query);
    if outline.is_empty() {
        let releases = all(entries, context)?;
        drop(progress);
        bail!("{}", missing(query.as_str(), &releases.iter().collect::<Vec<_>>(), context));
    }
    progress.say("comparing");
    let comparisons = context.session.comparisons(entries, policy);
    let comparisons = match word {
        Some(_) => {
            // Freeing names one by one takes longer than the operating system does.
            std::mem::forget(about);
            comparisons
        }
        // Everything has been read.
        None => comparisons.of_releases(about),
    };
    let findings = comparisons.findings(&outline.compared())?;
    std::mem::forget(comparisons);
    let history = outline.tell(&findings);
    drop(progress);
    output::report(args.output.as_deref(), args.full, |options, out| match args.format {
        Form::Text => text::write(&history, options, out),
        Form::Json => json::write(&history, out),
    })
}

fn table(library: &str, args: &History, entries: &[Entry], policy: &Policy, context: &Context) -> Result<()> {
    let progress = context.progress();
    let releases: Vec<Release> = entries
        .par_iter()
        .map(|entry| context.session.store().load_linkage(entry))
        .collect::<Result<_, _>>()?;
    progress.say("comparing");
    let wanted: Vec<bool> = (0..entries.len()).map(|new| new > 0).collect();
    let comparisons = context.session.comparisons(entries, policy);
    let findings = comparisons.findings(&wanted)?;
    std::mem::forget(comparisons);
    let table = history::library(&releases.iter().collect::<Vec<_>>(), library, &findings);
    drop(progress);
    std::mem::forget(releases);
    let table = table.map_err(|names| no_library(library, &names))?;
    if let Some(place) = &args.chart {
        output::write_file(place, |out| chart::write(&table, out))?;
    }
    // Who asks for a picture on standard output wants nothing else there.
    if args.chart.as_deref() == Some("-".as_ref()) && args.output.is_none() {
        return Ok(());
    }
    output::report(args.output.as_deref(), args.full, |options, out| match args.format {
        Form::Text => table::write(&table, options, out),
        Form::Json => json::write_table(&table, out),
    })
}

fn all(entries: &[Entry], context: &Context) -> Result<Vec<Release>> {
    Ok(entries.par_iter().map(|entry| context.session.load_stored(entry)).collect::<Result<_, _>>()?)
}

/// Only releases that have a place in the order of versions, unless none has: commits are stored as well.
fn versions(entries: Vec<Entry>, context: &Context) -> Vec<Entry> {
    let is_version = |entry: &Entry| Profile::of(&entry.release, &entry.release) != Profile::Trunk;
    let (versions, others): (Vec<Entry>, Vec<Entry>) = entries.iter().cloned().partition(is_version);
    if versions.is_empty() {
        return entries;
    }
    if let Some(first) = others.first() {
        let many = report::style::text_layout::count(others.len(), "stored release");
        context.mention(&format!("{many} left out that are no versions, such as {}", first.release));
    }
    versions
}

/// That nothing has the name, with names like it.
fn missing(name: &str, releases: &[&Release], context: &Context) -> String {
    let many = match releases {
        [only] => format!("{}, the one release", only.name),
        [first, .., last] => {
            format!("the {} releases from {} to {}", releases.len(), first.name, last.name)
        }
        [] => "any release".to_owned(),
    };
    let platform = releases.first().map(|release| format!(" for {}", release.platform)).unwrap_or_default();
    let knows_types = |release: &Release| {
        release.headers.is_some() || release.libraries.iter().any(|library| library.evidence.dwarf.is_some())
    };
    let types = match releases.iter().copied().any(knows_types) {
        true => "",
        false => " (they know symbols and virtual tables, no types)",
    };
    let nearest = history::nearest(releases, name);
    let hint = match nearest.is_empty() {
        true => String::new(),
        false => format!("; did you mean {}?", nearest.join(" or ")),
    };
    let root = context.session.store().root().display();
    format!("nothing is called {name:?} in {many} of {root}{platform}{types}{hint}")
}

fn no_library(name: &str, names: &[String]) -> anyhow::Error {
    let nearest = versions::nearest(name, names.iter().map(String::as_str));
    match nearest[..] {
        [] => anyhow!("no stored release has a library {name:?}; there are {}", names.join(", ")),
        _ => anyhow!("no stored release has a library {name:?}; did you mean {}?", nearest.join(" or ")),
    }
}

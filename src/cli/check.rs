//! `abigate check`: would a release load.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::context::Context;
use super::exit::Exit;
use super::form::Form;
use super::output;
use crate::platform;
use crate::report::check::{self as report, Told};
use crate::rules::Severity;
use crate::session::CheckRequest;

/// Check that a release loads: every library, symbol and version it needs is found.
///
/// Nothing runs: the dynamic loader is followed over what the files say, for any architecture. Libraries are looked for in
/// the release, in what --with names, and on a list of what every system of the platform has.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate check torch-2.15.0-cp312-cp312-manylinux_2_28_aarch64.whl
  abigate check build/lib --with /opt/cuda/lib64
  abigate check v2.9 --platform manylinux_2_28            on the oldest system of that tag

Exit codes: 0 it loads, 1 it does not everywhere, 2 error")]
pub(super) struct Check {
    /// Shared object, directory, archive, dump, stored release or HEAD
    #[arg(value_name = "RELEASE")]
    pub(super) input: String,
    /// What is installed beside it: directory, file, archive or stored release
    #[arg(long, value_name = "INPUT")]
    with: Vec<String>,
    /// Oldest system that it has to load on, as a manylinux or musllinux tag [default: what the name of a wheel says, else any system],
    /// or the platform of a stored release, such as linux-x86_64
    #[arg(long, value_name = "PLATFORM")]
    platform: Vec<String>,
    /// Version of CPython that loads it, such as 3.12 [default: what names of files say, else the newest known]
    #[arg(long, value_name = "VERSION")]
    python: Option<String>,
    /// Libraries that other packages are expected to have count as missing, unless --with names them
    #[arg(long)]
    strict: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Form,
    /// Write the report to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show each library that needs what is missing
    #[arg(long)]
    full: bool,
}

/// Whether a platform is that of a system rather than that of a stored release: `manylinux_2_28`, not `musllinux-x86_64`.
fn is_system(text: &str) -> bool {
    ["manylinux", "musllinux"].iter().any(|family| text.starts_with(family)) && !text.contains('-')
}

pub(super) fn run(args: &Check, context: &Context) -> Result<Exit> {
    let (tags, names): (Vec<&String>, Vec<&String>) = args.platform.iter().partition(|text| is_system(text));
    if let Some(unknown) = tags.iter().find(|tag| !platform::is_tag(tag)) {
        bail!("{unknown} is no manylinux tag, such as manylinux_2_28, manylinux2014 or musllinux_1_2");
    }
    let mut request = CheckRequest::default();
    request.input.clone_from(&args.input);
    request.with.clone_from(&args.with);
    request.platform = names.first().map(|name| (*name).clone());
    request.tag = tags.first().map(|tag| (*tag).clone());
    request.python.clone_from(&args.python);
    request.strict = args.strict;
    let progress = context.progress();
    let checked = context.session.check(&request)?;
    drop(progress);
    let told = Told {
        release: &checked.release.name,
        platform: &checked.release.platform.to_string(),
        system: checked.system.clone(),
        python: checked.python.as_ref().map(|library| library.name.as_str()),
        check: &checked.check,
    };
    output::report(args.output.as_deref(), args.full, |options, out| match args.format {
        Form::Text => report::write(&told, options, out),
        Form::Json => report::write_json(&told, out),
    })?;
    let is_broken = checked.check.faults.iter().any(|fault| fault.severity >= Severity::Breaking);
    std::mem::forget(checked);
    Ok(if is_broken { Exit::Findings } else { Exit::Fine })
}

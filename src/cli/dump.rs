//! `abigate dump`: the facts of libraries, as JSON Lines or YAML.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use rayon::prelude::*;

use super::context::Context;
use super::exit::Exit;
use super::output::{self, Files};
use crate::abi::Release;
use crate::dump::{self, Effort};
use crate::store::file_names;

/// Write the ABI facts of libraries to a file.
///
/// One line of JSON per fact, sorted, so that grep, jq and diff work on it; `zstdcat FILE.abi.zst` shows a compressed
/// one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate dump libc10.so | grep vtable            look at the facts
  abigate dump libc10.so -o libc10.abi.zst        keep them, compressed
  abigate dump torch.whl -o dumps/                every library, each in a file of its own
  abigate dump libc10.so --format yaml            the form to read and review")]
pub(super) struct Dump {
    /// Shared objects, directories, archives or dumps
    #[arg(required = true, value_name = "INPUT")]
    pub(super) inputs: Vec<String>,
    /// Write to a file (.zst: compressed) or, for a directory or a path that ends in /, one file per library
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Name of the release that the libraries belong to
    #[arg(long, value_name = "NAME")]
    release: Option<String>,
    /// Platform to record, such as linux-x86_64-cu126 [default: what the input says]
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// Form of the text
    #[arg(long, value_name = "FORMAT", default_value = "abi")]
    format: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// JSON Lines
    Abi,
    /// One document per library
    Yaml,
}

pub(super) fn run(args: &Dump, context: &Context) -> Result<Exit> {
    let progress = context.progress();
    let releases: Vec<Vec<Release>> = args
        .inputs
        .par_iter()
        .map(|input| context.session.load_platforms(input, args.platform.as_deref()))
        .collect::<Result<_, _>>()?;
    let releases = releases.into_iter().flatten().collect();
    progress.say("writing");
    let mut dumps = dumps(releases, args.release.as_deref());
    sort(&mut dumps);
    drop(progress);
    match &args.output {
        None => output::print(|out| write_all(&dumps, args.format, out))?,
        Some(place) if is_folder(place) => write_folder(&dumps, args.format, place)?,
        Some(place) => write_one(&dumps, args.format, place)?,
    }
    // Freeing all names one by one takes longer than the operating system does.
    std::mem::forget(dumps);
    Ok(Exit::Fine)
}

/// Every library by itself. Only a release that somebody named is written down: a directory's name is none.
fn dumps(releases: Vec<Release>, name: Option<&str>) -> Vec<dump::Dump> {
    let mut dumps = Vec::new();
    for release in releases {
        for library in release.libraries.into_iter().chain(release.headers) {
            let (release, platform) = (name.map(str::to_owned), release.platform.clone());
            dumps.push(dump::Dump { release, platform, library });
        }
    }
    dumps
}

/// Brings dumps into an order that does not depend on the one in which the inputs were named.
fn sort(dumps: &mut [dump::Dump]) {
    let key = |dump: &dump::Dump| {
        let library = &dump.library;
        (library.name.clone(), library.path.clone(), dump.platform.to_string(), library.build_id.clone())
    };
    dumps.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| dump::to_text(a).cmp(&dump::to_text(b))));
}

/// A path that ends in a slash is a directory to be.
fn is_folder(place: &Path) -> bool {
    place.is_dir() || place.as_os_str().as_encoded_bytes().ends_with(b"/")
}

fn text(dump: &dump::Dump, form: Form) -> io::Result<String> {
    match form {
        Form::Abi => Ok(dump::to_text(dump)),
        Form::Yaml => dump::to_yaml(dump).map_err(io::Error::other),
    }
}

fn write_all(dumps: &[dump::Dump], form: Form, out: &mut dyn Write) -> io::Result<()> {
    for (i, dump) in dumps.iter().enumerate() {
        if i > 0 && form == Form::Yaml {
            out.write_all(b"---\n")?;
        }
        out.write_all(text(dump, form)?.as_bytes())?;
    }
    Ok(())
}

fn write_one(dumps: &[dump::Dump], form: Form, place: &Path) -> Result<()> {
    if place.extension().is_none_or(|ending| ending != "zst") {
        return output::write_file(place, |out| write_all(dumps, form, out));
    }
    let mut text = Vec::new();
    write_all(dumps, form, &mut text)?;
    let text = String::from_utf8(text).context("a dump is text")?;
    let data = dump::compress(&text, Effort::Fast)?;
    output::write_file(place, |out| out.write_all(&data))
}

fn write_folder(dumps: &[dump::Dump], form: Form, folder: &Path) -> Result<()> {
    // Who wrote the dump that a library comes from chose its name.
    let is_file_name = |name: &str| !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', '\0']);
    if let Some(dump) = dumps.iter().find(|dump| !is_file_name(&dump.library.name)) {
        bail!("{:?} is the name of a library and cannot be the name of a file", dump.library.name);
    }
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let libraries: Vec<_> = dumps.iter().map(|dump| &dump.library).collect();
    let names = file_names(&libraries);
    let data: Vec<Vec<u8>> = dumps
        .par_iter()
        .map(|dump| match form {
            Form::Abi => dump::compress(&text(dump, form)?, Effort::Fast),
            Form::Yaml => text(dump, form).map(String::into_bytes),
        })
        .collect::<io::Result<_>>()?;
    let mut files = Files::default();
    for (name, data) in names.iter().zip(&data) {
        let name = match form {
            Form::Abi => name.clone(),
            Form::Yaml => name.replace(crate::store::EXTENSION, ".abi.yaml"),
        };
        files.write(&folder.join(name), data)?;
    }
    files.publish()
}

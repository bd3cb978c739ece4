//! `abigate dump`: the facts of shared objects as data.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Exit, Session, load};
use crate::abi::Platform;
use crate::dump::{self, Dump, Effort};

/// Write down what libraries promise
#[derive(Args)]
#[command(
    after_help = "Examples:\n  abigate dump libfoo.so | grep '^{\"export\"'\n  abigate dump libfoo.so -o libfoo.abi.zst\n  abigate dump torch-2.9.1.whl -o dumps/ --release v2.9.1"
)]
pub(super) struct Arguments {
    /// Shared objects, folders, wheels, packages or dumps
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// File (compressed when it ends in .zst) or, with a slash at the end, folder
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Release name to write into the dump
    #[arg(long, value_name = "NAME")]
    release: Option<String>,
    /// Platform and variant to write into the dump
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// JSON Lines or YAML
    #[arg(long, value_enum, default_value_t = Format::Abi)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Abi,
    Yaml,
}

pub(super) fn run(_session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut dumps = Vec::new();
    for input in &arguments.inputs {
        let release = load::release(input)?;
        for library in release.libraries {
            dumps.push(Dump {
                release: arguments.release.clone(),
                platform: arguments
                    .platform
                    .as_deref()
                    .map_or_else(|| release.platform.clone(), Platform::parse),
                library,
            });
        }
    }
    let Some(output) = &arguments.output else {
        for dump in &dumps {
            let text = text(dump, arguments.format)?;
            super::print(text.strip_suffix("---\n").filter(|_| dumps.len() == 1).unwrap_or(&text))?;
        }
        return Ok(Exit::Ok);
    };
    if output.is_dir() || output.to_string_lossy().ends_with('/') {
        std::fs::create_dir_all(output)?;
        for dump in &dumps {
            let ending = if arguments.format == Format::Yaml { ".abi.yaml" } else { crate::store::EXTENSION };
            write(
                &output.join(format!("{}{ending}", dump.library.name)),
                std::slice::from_ref(dump),
                arguments.format,
            )?;
        }
    } else {
        write(output, &dumps, arguments.format)?;
    }
    Ok(Exit::Ok)
}

fn text(dump: &Dump, format: Format) -> anyhow::Result<String> {
    Ok(match format {
        Format::Abi => dump::to_text(dump),
        Format::Yaml => format!("{}---\n", dump::to_yaml(dump)?),
    })
}

fn write(path: &Path, dumps: &[Dump], format: Format) -> anyhow::Result<()> {
    let texts: Vec<String> = dumps.iter().map(|d| text(d, format)).collect::<anyhow::Result<_>>()?;
    let mut text = texts.concat();
    if format == Format::Yaml {
        text.truncate(text.len() - "---\n".len());
    }
    let data = match path.extension().is_some_and(|e| e == "zst") {
        true => dump::compress(&text, Effort::Fast)?,
        false => text.into_bytes(),
    };
    super::write_file(path, &data)
}

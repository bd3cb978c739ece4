//! `abigate export`: what a library exports, in the form of another tool.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::context::Context;
use super::exit::Exit;
use super::output;
use crate::report::debian::{self, Symbols};

/// Write what a release exports in a form that other tools read.
///
/// `symbols` is the file that dpkg-gensymbols compares libraries with (deb-symbols(5)). C++ names stay mangled; what every
/// program has a copy of, such as inline functions, is optional.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate export libz1_1.3_amd64.deb --format symbols -o debian/libz1.symbols
  abigate export build/libz.so.1 --format symbols --package libz1 --package-version 1.3

Exit codes: 0 written, 2 trouble")]
pub(super) struct Export {
    /// Shared object, directory, archive, dump, stored release or HEAD
    #[arg(value_name = "RELEASE")]
    pub(super) input: String,
    /// Which form
    #[arg(long, value_name = "FORMAT")]
    format: Format,
    /// Name of the Debian package [default: as Debian's policy names it after the SONAME]
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// Version of the Debian package since which all symbols are there [default: the upstream version of the release]
    #[arg(long, value_name = "VERSION")]
    package_version: Option<String>,
    /// Which platform, where there are several
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// Write it to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Forms of other tools.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// The `symbols` file of a Debian package.
    Symbols,
}

pub(super) fn run(args: &Export, context: &Context) -> Result<Exit> {
    let Format::Symbols = args.format;
    let progress = context.progress();
    let release = context.session.without_types().load_one(&args.input, args.platform.as_deref())?;
    drop(progress);
    let Some(version) = args.package_version.clone().or_else(|| upstream(&release.name)) else {
        bail!("{} says no version: name it with --package-version", args.input);
    };
    if release.libraries.iter().all(|library| library.dynamic.soname.is_none()) {
        bail!("{} has no library with a SONAME, by which packages know each other's libraries", args.input);
    }
    let symbols = Symbols { package: args.package.as_deref(), version: &version };
    output::report(args.output.as_deref(), true, |_, out| debian::write(&release, &symbols, out).map(drop))?;
    Ok(Exit::Fine)
}

/// The version of a release without Debian's revision: `1:1.2.13.dfsg` of `v1:1.2.13.dfsg-1`.
fn upstream(name: &str) -> Option<String> {
    let version = name.trim_start_matches('v');
    let version = version.rsplit_once('-').map_or(version, |(upstream, _)| upstream);
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_no_part_of_a_version() {
        assert_eq!(upstream("v1:1.2.13.dfsg-1").as_deref(), Some("1:1.2.13.dfsg"));
        assert_eq!(upstream("v2.9.1").as_deref(), Some("2.9.1"));
        assert_eq!(upstream("libz"), None);
    }
}

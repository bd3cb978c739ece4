//! `abigate check`: would a release load.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::args::Form;
use super::context::Context;
use super::progress::Progress;
use super::{Exit, output, resolve};
use crate::abi::{Library, Release};
use crate::loader::{self, SearchFilesystem};
use crate::platform;
use crate::report::check::{self as report, Told};
use crate::rules::Severity;
use crate::versions;

/// Say whether a release would load: every library, symbol and version that it needs is there.
///
/// Nothing runs: the dynamic loader is followed over what the files say, for any architecture. Libraries are looked for in
/// the release, in what --with names, and on a list of what every system of the platform has.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate check torch-2.15.0-cp312-cp312-manylinux_2_28_aarch64.whl
  abigate check build/lib --with /opt/cuda/lib64
  abigate check v2.9 --platform manylinux_2_28            a stored release, on the oldest system of that tag

Exit codes: 0 it loads, 1 it does not everywhere, 2 trouble")]
pub(super) struct Check {
    /// Shared object, folder, archive, dump, stored release or HEAD
    #[arg(value_name = "RELEASE")]
    pub(super) input: String,
    /// What is installed beside it: folder, file, archive or stored release
    #[arg(long, value_name = "INPUT")]
    with: Vec<String>,
    /// Oldest system that it has to load on, as a manylinux tag [default: what the name of a wheel says, else any system],
    /// or the platform of a stored release, such as linux-x86_64
    #[arg(long, value_name = "PLATFORM")]
    platform: Vec<String>,
    /// Version of CPython that loads it, such as 3.12 [default: what names of files say, else the newest known]
    #[arg(long, value_name = "VERSION")]
    python: Option<String>,
    /// Libraries that other packages are expected to have count as missing, unless --with names them
    #[arg(long)]
    strict: bool,
    /// Form of the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Form,
    /// Write the report to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Everything: each library that needs what is missing
    #[arg(long)]
    full: bool,
}

pub(super) fn run(args: &Check, context: &Context) -> Result<Exit> {
    let (tags, names): (Vec<&String>, Vec<&String>) =
        args.platform.iter().partition(|text| text.starts_with("manylinux"));
    if let Some(unknown) = tags.iter().find(|tag| !platform::is_tag(tag)) {
        bail!("{unknown} is no manylinux tag, such as manylinux_2_28 or manylinux2014");
    }
    let stored = names.first().map(|name| name.as_str());
    let progress = Progress::new(context.quiet);
    let (release, mount) = read(&args.input, stored, context, &progress)?;
    let beside: Vec<(Release, Mount)> =
        args.with.iter().map(|input| read(input, stored, context, &progress)).collect::<Result<_>>()?;
    progress.say("loading");
    let arch = release.machine().arch;
    let tag = tags.first().map(|tag| (*tag).clone()).or_else(|| tag_of_name(&args.input));
    let system = platform::libraries(&arch, tag.as_deref()).unwrap_or_default();
    let python = python(args.python.as_deref(), &release, &args.input, context)?;
    let mut disk = SearchFilesystem::default();
    for library in &release.libraries {
        disk.add(library, &mount.path_of(library), true);
    }
    for (other, mount) in &beside {
        for library in &other.libraries {
            disk.add(library, &mount.path_of(library), false);
        }
        mount.searched(other).iter().for_each(|folder| disk.search(folder));
    }
    system.iter().for_each(|library| disk.add_system(library));
    if args.strict {
        disk.complete();
    }
    let before: Vec<usize> = python.iter().map(|library| disk.add_interpreter(library)).collect();
    let check = loader::check(&disk, &before, tag.as_deref());
    drop(progress);
    let told = Told {
        release: &release.name,
        platform: &release.platform.to_string(),
        system: (!system.is_empty()).then(|| tag.unwrap_or_else(|| arch.clone())),
        python: python.as_ref().map(|library| library.name.as_str()),
        check: &check,
    };
    output::report(args.output.as_deref(), args.full, |options, out| match args.format {
        Form::Text => report::write(&told, options, out),
        Form::Json => report::write_json(&told, out),
    })?;
    let is_broken = check.faults.iter().any(|fault| fault.severity >= Severity::Breaking);
    std::mem::forget((release, beside));
    Ok(if is_broken { Exit::Findings } else { Exit::Fine })
}

/// Where what an input has is, once it is installed.
pub(super) enum Mount {
    /// What an archive or a stored release has is installed into one folder.
    Installed,
    /// The files of a folder, where they are.
    Folder(String),
}

impl Mount {
    pub(super) fn path_of(&self, library: &Library) -> String {
        let inside = library.path.as_deref().unwrap_or(&library.name);
        match self {
            Mount::Installed => format!("/{inside}"),
            Mount::Folder(folder) => format!("{folder}/{inside}"),
        }
    }

    /// Folders that are searched because somebody named them, each once.
    pub(super) fn searched(&self, release: &Release) -> Vec<String> {
        let Mount::Folder(_) = self else { return Vec::new() };
        let paths = release.libraries.iter().map(|library| self.path_of(library));
        let mut folders: Vec<String> =
            paths.filter_map(|path| Some(path.rsplit_once('/')?.0.to_owned())).collect();
        folders.sort();
        folders.dedup();
        folders
    }
}

/// Reads an input without its debug info, and says where it is. `stored`: the platform of a stored release.
pub(super) fn read(
    input: &str,
    stored: Option<&str>,
    context: &Context,
    progress: &Progress,
) -> Result<(Release, Mount)> {
    let release = resolve::read(input, stored, &context.bare(), progress)?;
    let path = Path::new(input);
    let folder = match () {
        () if path.is_dir() => Some(path.to_owned()),
        () if path.is_file() && release.libraries.iter().all(|library| library.path.is_none()) => {
            Some(path.parent().unwrap_or(Path::new("")).to_owned())
        }
        () => None,
    };
    let folder = folder.map(|folder| if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder });
    let mount = match folder {
        Some(folder) => Mount::Folder(folder.canonicalize()?.display().to_string()),
        None => Mount::Installed,
    };
    Ok((release, mount))
}

/// `manylinux_2_28` of `torch-2.15.0-cp312-cp312-manylinux_2_28_aarch64.whl`; of several the oldest, which the others include.
fn tag_of_name(input: &str) -> Option<String> {
    let name = Path::new(input).file_name()?.to_str()?.strip_suffix(".whl")?;
    let tags = name.rsplit('-').next()?.split('.');
    let tags = tags.filter_map(|tag| {
        let end = ["_x86_64", "_aarch64", "_i686", "_ppc64le", "_s390x", "_armv7l", "_riscv64"];
        end.iter().find_map(|arch| tag.strip_suffix(arch)).filter(|tag| platform::is_tag(tag))
    });
    tags.min_by(|a, b| platform::order(a, b)).map(str::to_owned)
}

/// The interpreter, where the release has modules for one.
pub(super) fn python(
    typed: Option<&str>,
    release: &Release,
    input: &str,
    context: &Context,
) -> Result<Option<Library>> {
    let known = platform::pythons;
    if let Some(typed) = typed {
        let name = format!("python{}", typed.trim_start_matches("python"));
        return match platform::python(&name) {
            Some(library) => Ok(Some(library)),
            None => bail!("there is no list of {name}; there are {}", known().join(", ")),
        };
    }
    let is_module = |library: &Library| {
        library.imports.iter().any(|import| !import.weak && platform::is_pythons(&import.name))
    };
    let has_its_own = |library: &Library| library.link_name().starts_with("libpython");
    if !release.libraries.iter().any(is_module) || release.libraries.iter().any(has_its_own) {
        return Ok(None);
    }
    // `_C.cpython-312-x86_64-linux-gnu.so`, `torch-2.15.0-cp312-cp312-….whl`
    let names = release.libraries.iter().map(|library| library.name.as_str()).chain([input]);
    let number = names
        .flat_map(|name| ["cpython-3", "-cp3"].map(|mark| name.split_once(mark)))
        .flatten()
        .find_map(|(_, rest)| {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            (digits > 0).then(|| format!("python3.{}", &rest[..digits]))
        });
    let found = number.as_deref().and_then(platform::python);
    let newest = || platform::python(&known().into_iter().max_by(|a, b| versions::compare(a, b))?);
    if let (Some(wanted), None) = (&number, &found) {
        context.warn(&format!("there is no list of {wanted}: taking the newest of {}", known().join(", ")));
    }
    Ok(found.or_else(newest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_says_the_oldest_system() {
        let tag = |name: &str| tag_of_name(name);
        assert_eq!(
            tag("a/torch-2.15.0-cp312-cp312-manylinux_2_28_aarch64.whl").as_deref(),
            Some("manylinux_2_28")
        );
        let both = "x-1-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
        assert_eq!(tag(both).as_deref(), Some("manylinux_2_17"));
        assert_eq!(tag("x-1-cp312-cp312-linux_x86_64.whl"), None);
        assert_eq!(tag("v2.9"), None);
    }
}

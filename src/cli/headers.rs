//! Public headers of what a name stands for: from the command line, from abigate.yaml, or out of a wheel.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::context::Context;
use super::progress::Progress;
use crate::abi::Release;
use crate::artifact::{self, Limits};
use crate::probe::{self, Options};
use crate::toolchain::Workplace;

/// Options about public headers.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Public headers")]
pub(super) struct HeaderArgs {
    /// Folder of public headers, which are compiled to learn the layouts that programs see [default: `headers` of
    /// abigate.yaml]
    #[arg(long = "headers", global = true, value_name = "DIR")]
    pub(super) folders: Vec<PathBuf>,
    /// Headers to compile together, as they are included [default: all]; in a wheel, the folders are found
    #[arg(long = "header", global = true, value_name = "GLOB")]
    pub(super) header: Vec<String>,
    /// Compiler of C++, GCC or Clang [default: GCC for the machine of the libraries]
    #[arg(long, global = true, value_name = "PROGRAM")]
    pub(super) probe_cxx: Option<String>,
    /// Option for the compiler, such as -DUSE_X or -std=c++20
    #[arg(long = "probe-flag", global = true, value_name = "FLAG", allow_hyphen_values = true)]
    pub(super) probe_flags: Vec<String>,
    /// Leave out headers that do not compile by themselves
    #[arg(long, global = true)]
    pub(super) keep_going: bool,
}

impl HeaderArgs {
    /// Whether headers were asked for here.
    pub(super) fn is_given(&self) -> bool {
        !self.folders.is_empty() || !self.header.is_empty()
    }

    /// These options before those of the configuration.
    pub(super) fn before(&self, configured: Option<&Options>) -> Option<Options> {
        if !self.is_given() && configured.is_none() {
            return None;
        }
        let mut options = configured.cloned().unwrap_or_default();
        if !self.folders.is_empty() {
            options.folders.clone_from(&self.folders);
        }
        if !self.header.is_empty() {
            options.groups = vec![self.header.clone()];
        }
        options.compiler = self.probe_cxx.clone().or(options.compiler);
        options.flags.extend(self.probe_flags.iter().cloned());
        options.keep_going |= self.keep_going;
        Some(options)
    }
}

/// Asks the public headers of what was read from some paths, where somebody wants that and no dump has answered already.
pub(super) fn ask(
    release: &mut Release,
    paths: &[PathBuf],
    context: &Context,
    progress: &Progress,
) -> Result<()> {
    let Some(options) = &context.headers else { return Ok(()) };
    if release.headers.is_some() || release.libraries.is_empty() {
        return Ok(());
    }
    let workplace = Workplace::create(&std::env::temp_dir())?;
    let Some(folders) = folders(&options.folders, paths, &workplace, context)? else { return Ok(()) };
    let options = Options { folders, ..options.clone() };
    progress.say("compiling headers");
    let say = |what: &str| context.tell(what);
    let found = probe::read(&options, release, &workplace, &say)?;
    for left in found.evidence.headers.iter().flat_map(|probe| &probe.left_out) {
        context.warn(&format!("{} is left out: {}", left.header, left.error));
    }
    release.headers = Some(found);
    Ok(())
}

/// The folders to look in. None where the configuration speaks of headers of something else.
///
/// What was named on the command line is meant as it is. What the configuration names lies inside of what is read, or beside
/// the configuration, where it belongs to the build that is called `HEAD`. Without names, all folders called `include` count.
fn folders(
    named: &[PathBuf],
    paths: &[PathBuf],
    workplace: &Workplace,
    context: &Context,
) -> Result<Option<Vec<PathBuf>>> {
    let mut roots = Vec::new();
    for (number, path) in paths.iter().enumerate() {
        if path.is_dir() {
            roots.push(path.clone());
        } else if artifact::holds_headers(path) {
            let root = workplace.path().join(format!("artifact-{number}"));
            std::fs::create_dir(&root).with_context(|| root.display().to_string())?;
            artifact::unpack_headers(path, &root, &Limits::default())?;
            roots.push(root);
        }
    }
    if named.is_empty() {
        let found: Vec<PathBuf> = roots.iter().flat_map(|root| artifact::header_folders(root)).collect();
        return match found.is_empty() {
            true if context.headers_are_typed => {
                bail!("there is no folder called include in {}: name one with --headers", list(paths))
            }
            true => Ok(None),
            false => Ok(Some(found)),
        };
    }
    let is_own = context.headers_are_typed || paths == context.config.build;
    let place = |folder: &PathBuf| {
        let inside = roots.iter().map(|root| root.join(folder)).find(|path| path.is_dir());
        inside.or_else(|| is_own.then(|| folder.clone()))
    };
    Ok(named.iter().map(place).collect())
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" or ")
}

/// Folder that keeps what was found out about headers, as the system says where such things belong.
pub(super) fn cache() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))?;
    Some(base.join(Path::new("abigate/headers")))
}

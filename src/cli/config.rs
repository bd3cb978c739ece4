//! `abigate.yaml`: where baselines are and what HEAD means.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Deserialize;

/// A configuration larger than this many bytes is a mistake.
const LARGEST: u64 = 256 << 10;

const KEYS: [&str; 3] = ["store", "platform", "build"];

/// The settings, with paths relative to the working directory.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub store: Option<PathBuf>,
    /// Platform that stored releases are compared on when nothing else says.
    pub platform: Option<String>,
    /// The build that `HEAD` means.
    pub build: Option<PathBuf>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    store: Option<PathBuf>,
    platform: Option<String>,
    build: Option<PathBuf>,
}

impl Config {
    /// Reads the named file, else the nearest `abigate.yaml`, else nothing.
    pub(super) fn find(named: Option<&Path>) -> anyhow::Result<Config> {
        match named.map(Path::to_owned).or_else(nearest) {
            Some(path) => Config::read(&path),
            None => Ok(Config::default()),
        }
    }

    fn read(path: &Path) -> anyhow::Result<Config> {
        let shown = path.display();
        let size = std::fs::metadata(path).with_context(|| format!("cannot read {shown}"))?.len();
        if size > LARGEST {
            bail!("{shown} has {size} bytes; a configuration has at most {LARGEST}");
        }
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        let file: File = match text.trim().is_empty() {
            true => File::default(),
            false => serde_yaml::from_str(&text).map_err(|error| explain(path, &error))?,
        };
        let base = path.parent().unwrap_or(Path::new(""));
        let relative = |p: Option<PathBuf>| p.map(|p| base.join(p));
        Ok(Config { store: relative(file.store), platform: file.platform, build: relative(file.build) })
    }
}

fn explain(path: &Path, error: &serde_yaml::Error) -> anyhow::Error {
    let place = error.location().map_or_else(String::new, |at| format!(":{}:{}", at.line(), at.column()));
    let text = error.to_string();
    let unknown = text.split("unknown field `").nth(1).and_then(|rest| rest.split('`').next());
    let nearest = unknown.and_then(|key| KEYS.into_iter().min_by_key(|k| strsim::osa_distance(k, key)));
    let hint = nearest.map_or_else(String::new, |key| format!(" (did you mean {key}?)"));
    anyhow::anyhow!("{}{place}: {text}{hint}", path.display())
}

/// `abigate.yaml` in the working directory or above it, up to the root of the repository.
fn nearest() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    for folder in here.ancestors() {
        let path = folder.join("abigate.yaml");
        if path.is_file() {
            return Some(path);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

//! `abigate.yaml`: what a project tells every command about itself.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

/// Name of the file.
pub(super) const NAME: &str = "abigate.yaml";

/// A configuration is written by hand; anything larger is another file. In bytes.
const LARGEST: u64 = 256 << 10;

/// The keys that the file may have.
const KEYS: [&str; 3] = ["store", "platform", "build"];

/// The configuration, with its paths made relative to the current folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Config {
    /// The file, if there is one.
    pub(super) file: Option<PathBuf>,
    /// Folder of baselines.
    pub(super) store: Option<PathBuf>,
    /// Platform to compare, where a release is stored for several.
    pub(super) platform: Option<String>,
    /// What `HEAD` means.
    pub(super) build: Vec<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File_ {
    store: Option<PathBuf>,
    platform: Option<String>,
    #[serde(default)]
    build: Paths,
}

/// One path, or a list of them.
#[derive(Debug, Default)]
struct Paths(Vec<PathBuf>);

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Paths, D::Error> {
        deserializer.deserialize_any(PathsVisitor)
    }
}

struct PathsVisitor;

impl<'de> Visitor<'de> for PathsVisitor {
    type Value = Paths;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path or a list of paths")
    }

    fn visit_str<E: serde::de::Error>(self, path: &str) -> Result<Paths, E> {
        Ok(Paths(vec![path.into()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Paths, A::Error> {
        let mut paths = Vec::new();
        while let Some(path) = items.next_element::<PathBuf>()? {
            paths.push(path);
        }
        Ok(Paths(paths))
    }
}

impl Config {
    /// Reads the file that was named, or the one that is found from the current folder upwards.
    pub(super) fn load(named: Option<&Path>) -> Result<Config> {
        match named {
            Some(file) => Config::read(file),
            None => match find(&std::env::current_dir().context("the current folder")?) {
                Some(file) => Config::read(&file),
                None => Ok(Config::default()),
            },
        }
    }

    fn read(file: &Path) -> Result<Config> {
        let name = file.display();
        let mut text = String::new();
        let opened = File::open(file).with_context(|| name.to_string())?;
        match opened.take(LARGEST + 1).read_to_string(&mut text) {
            Err(error) if error.kind() == ErrorKind::InvalidData => bail!("{name}: is not UTF-8 text"),
            result => result.with_context(|| name.to_string())?,
        };
        if text.len() as u64 > LARGEST {
            bail!("{name}: is larger than {} KiB", LARGEST >> 10);
        }
        let parsed = parse(&text).map_err(|what| anyhow::anyhow!("{name}:{what}"))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        Ok(Config {
            file: Some(file.to_owned()),
            store: parsed.store.map(|path| folder.join(path)),
            platform: parsed.platform,
            build: parsed.build.0.into_iter().map(|path| folder.join(path)).collect(),
        })
    }
}

/// The nearest file from a folder upwards, not beyond the repository that the folder is in.
fn find(folder: &Path) -> Option<PathBuf> {
    let root = folder.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(folder);
    let folders = folder.ancestors().take_while(|folder| folder.starts_with(root));
    folders.map(|folder| folder.join(NAME)).find(|file| file.is_file())
}

/// Reads the text; an error is `line:column: sentence`.
fn parse(text: &str) -> Result<File_, String> {
    // A file with nothing but comments is an empty mapping to everybody who writes one.
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(File_::default());
    }
    serde_yaml::from_str(text).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or(&text);
        format!("{line}:{column}: {}", unknown_key(what).unwrap_or_else(|| what.to_owned()))
    })
}

/// A better sentence for a key that does not exist: the nearest one that does.
fn unknown_key(what: &str) -> Option<String> {
    let key = what.split("unknown field `").nth(1)?.split('`').next()?;
    let nearest = KEYS.iter().min_by_key(|known| strsim::osa_distance(key, known))?;
    let hint = match strsim::osa_distance(key, nearest) {
        0..3 => format!("did you mean {nearest}?"),
        _ => format!("there are {}", KEYS.join(", ")),
    };
    Some(format!("unknown key {key:?}; {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_build_or_several() {
        let paths = |text: &str| parse(text).unwrap().build.0;
        assert_eq!(paths("build: out/lib"), [PathBuf::from("out/lib")]);
        assert_eq!(paths("build: [a, b]\nstore: x"), [PathBuf::from("a"), PathBuf::from("b")]);
        assert!(paths("# nothing yet\n").is_empty());
    }

    #[test]
    fn mistakes_are_named_by_line_and_column() {
        let error = |text: &str| parse(text).unwrap_err();
        assert_eq!(error("store: a\nplatfrom: x\n"), "2:1: unknown key \"platfrom\"; did you mean platform?");
        assert_eq!(error("tiers: x\n"), "1:1: unknown key \"tiers\"; there are store, platform, build");
        assert!(
            error("build: {a: b}\n").contains("a path or a list of paths"),
            "{}",
            error("build: {a: b}\n")
        );
        assert!(error("store: [\n").starts_with("1:8: "), "{}", error("store: [\n"));
    }

    #[test]
    fn the_search_ends_at_the_repository() {
        let root = std::env::temp_dir().join(format!("abigate-config-{}", std::process::id()));
        let inner = root.join("repo/a/b");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(root.join(NAME), "").unwrap();
        assert_eq!(find(&inner), None);
        std::fs::create_dir(root.join("repo/.git")).unwrap();
        assert_eq!(find(&inner), None);
        std::fs::write(root.join("repo").join(NAME), "").unwrap();
        assert_eq!(find(&inner), Some(root.join("repo").join(NAME)));
        std::fs::remove_dir_all(root).unwrap();
    }
}

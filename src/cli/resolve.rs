//! What a name means: a path, a stored release, `HEAD`, a git revision; and for which platform.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, anyhow, bail};

use super::config;
use super::context::Context;
use super::load;
use super::progress::Progress;
use crate::abi::{Platform, Release};
use crate::store::Entry;
use crate::versions;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Files or folders that are read as one release.
    Paths(Vec<PathBuf>),
    /// A release in the store, and the platforms it is stored for.
    Stored { release: String, platforms: Vec<Platform> },
}

/// Finds what a name means.
///
/// An existing path comes first, then a stored release, `HEAD`, and last any other git revision.
pub(super) fn resolve(name: &str, context: &Context) -> Result<Named> {
    if Path::new(name).exists() {
        return Ok(Named::Paths(vec![name.into()]));
    }
    let entries = context.store.list()?;
    let releases = crate::store::releases(&entries);
    if let Some(release) = versions::resolve(name, releases.iter().copied()) {
        return Ok(in_store(release, &entries));
    }
    let mut tried = vec!["no such path".to_owned()];
    let root = context.store.root().display();
    tried.push(match releases.len() {
        0 => format!("no release is stored in {root}"),
        1 => format!("not {}, the one release in {root}", releases[0]),
        count => format!("not among the {count} releases in {root}"),
    });
    if name == "HEAD" {
        match build(context) {
            Ok(named) => return Ok(named),
            Err(why) => tried.push(why),
        }
    }
    match commit(name) {
        Ok(hash) => match versions::resolve_commit(&hash, releases.iter().copied()) {
            Some(release) => return Ok(in_store(release, &entries)),
            None => tried.push(format!("commit {} is not stored", &hash[..12.min(hash.len())])),
        },
        Err(why) => tried.push(why.to_owned()),
    }
    let nearest = versions::nearest(name, releases.iter().copied());
    let hint =
        if nearest.is_empty() { String::new() } else { format!("; did you mean {}?", nearest.join(" or ")) };
    Err(anyhow!("cannot find {name:?}: {}{hint}", tried.join(", ")))
}

fn in_store(release: &str, entries: &[Entry]) -> Named {
    let platforms = entries.iter().filter(|e| e.release == release).map(|e| e.platform.clone()).collect();
    Named::Stored { release: release.to_owned(), platforms }
}

/// The build that the configuration points at.
fn build(context: &Context) -> Result<Named, String> {
    let Some(file) = &context.config.file else {
        return Err(format!("no {} says where the build is", config::NAME));
    };
    let file = file.display();
    if context.config.build.is_empty() {
        return Err(format!("{file} has no key build"));
    }
    match context.config.build.iter().find(|path| !path.exists()) {
        Some(path) => Err(format!("the build {} that {file} names is not there", path.display())),
        None => Ok(Named::Paths(context.config.build.clone())),
    }
}

/// The full hash of a git revision.
fn commit(name: &str) -> Result<String, &'static str> {
    let here = std::env::current_dir().map_err(|_| "the current folder is gone")?;
    if !here.ancestors().any(|folder| folder.join(".git").exists()) {
        return Err("this is no git repository");
    }
    // A name that starts with a hyphen would be an option to git.
    if name.starts_with('-') {
        return Err("not a git revision");
    }
    let mut git = Command::new("git");
    git.args(["rev-parse", "--verify", "--quiet"]).arg(format!("{name}^{{commit}}"));
    let output = git.stdin(Stdio::null()).stderr(Stdio::null()).output().map_err(|_| "git does not run")?;
    let hash = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && !hash.is_empty() { Ok(hash) } else { Err("not a git revision") }
}

/// Reads what a name means, for the platform that was asked for.
pub(super) fn read(
    name: &str,
    platform: Option<&str>,
    context: &Context,
    progress: &Progress,
) -> Result<Release> {
    match resolve(name, context)? {
        Named::Paths(paths) => {
            let mut release = load::paths(&paths, context, progress)?;
            if name == "HEAD" {
                release.name = "HEAD".to_owned();
            }
            load::override_platform(&mut release, platform)?;
            Ok(release)
        }
        Named::Stored { release, platforms } => {
            let platform = choose(&release, &platforms, wanted(platform, context)?.as_ref(), context)?;
            load::stored(&Entry { release, platform }, context, progress)
        }
    }
}

/// All stored releases, of one platform where one was typed, oldest first.
pub(super) fn stored(typed: Option<&str>, context: &Context) -> Result<Vec<Entry>> {
    let wanted = typed.map(load::parse_platform).transpose()?;
    let mut entries = context.store.list()?;
    entries.retain(|entry| wanted.as_ref().is_none_or(|wanted| fits(wanted, &entry.platform)));
    match wanted {
        Some(wanted) if entries.is_empty() => bail!("no release is stored for {wanted}"),
        _ => Ok(entries),
    }
}

/// All stored releases of one platform, oldest first.
pub(super) fn history(typed: Option<&str>, context: &Context) -> Result<Vec<Entry>> {
    let entries = context.store.list()?;
    if entries.is_empty() {
        bail!("no release is stored in {}", context.store.root().display());
    }
    let mut platforms: Vec<Platform> = entries.iter().map(|entry| entry.platform.clone()).collect();
    platforms.sort();
    platforms.dedup();
    let wanted = wanted(typed, context)?;
    let fitting = fitting(&platforms, wanted.as_ref());
    let platform = first(&fitting, "all releases", context);
    let Some(platform) = platform else {
        let wanted = wanted.unwrap_or_default();
        bail!("no release is stored for {wanted}, only for {}", list(&platforms));
    };
    Ok(entries.into_iter().filter(|entry| entry.platform == platform).collect())
}

/// The platform that the user or the configuration asks for.
fn wanted(typed: Option<&str>, context: &Context) -> Result<Option<Platform>> {
    typed.or(context.config.platform.as_deref()).map(load::parse_platform).transpose()
}

/// Reads both sides of a comparison at once.
pub(super) fn read_pair(
    names: [&str; 2],
    platform: Option<&str>,
    context: &Context,
    progress: &Progress,
) -> Result<(Release, Release)> {
    let [old, new] = [resolve(names[0], context)?, resolve(names[1], context)?];
    let (old, new) = match (old, new) {
        (
            Named::Stored { release: old, platforms: ours },
            Named::Stored { release: new, platforms: theirs },
        ) => {
            let wanted = wanted(platform, context)?;
            let platform = shared([&old, &new], [&ours, &theirs], wanted.as_ref(), context)?;
            let read = |release: &str| {
                let entry = Entry { release: release.to_owned(), platform: platform.clone() };
                load::stored(&entry, context, progress)
            };
            rayon::join(|| read(&old), || read(&new))
        }
        (Named::Paths(old), Named::Paths(new)) => {
            if context.headers.as_ref().is_some_and(|h| context.headers_are_typed && !h.folders.is_empty()) {
                bail!(
                    "--headers are those of one release: dump {} and {} with their own, and compare the dumps",
                    names[0],
                    names[1]
                );
            }
            let read = |paths: &[PathBuf]| load::paths(paths, context, progress);
            rayon::join(|| read(&old), || read(&new))
        }
        (Named::Stored { release, platforms }, Named::Paths(paths)) => {
            let (stored, built) = mixed((&release, &platforms), &paths, platform, context, progress);
            (stored, built)
        }
        (Named::Paths(paths), Named::Stored { release, platforms }) => {
            let (stored, built) = mixed((&release, &platforms), &paths, platform, context, progress);
            (built, stored)
        }
    };
    let (mut old, mut new) = (old?, new?);
    name_head(&mut old, names[0]);
    name_head(&mut new, names[1]);
    // Two folders of the same name are told apart by what was typed.
    if old.name == new.name && names[0] != names[1] {
        old.name = names[0].to_owned();
        new.name = names[1].to_owned();
    }
    Ok((old, new))
}

fn name_head(release: &mut Release, typed: &str) {
    if typed == "HEAD" {
        release.name = typed.to_owned();
    }
}

/// A stored release for the platform of what stands at some paths.
fn mixed(
    stored: (&str, &[Platform]),
    paths: &[PathBuf],
    typed: Option<&str>,
    context: &Context,
    progress: &Progress,
) -> (Result<Release>, Result<Release>) {
    let (release, platforms) = stored;
    let read = |platform: Platform| {
        let entry = Entry { release: release.to_owned(), platform };
        load::stored(&entry, context, progress)
    };
    // What was typed decides; else a single platform needs no choice, only a check afterwards.
    let known = match (typed, platforms) {
        (Some(typed), _) => {
            Some(load::parse_platform(typed).and_then(|p| choose(release, platforms, Some(&p), context)))
        }
        (None, [only]) => Some(Ok(only.clone())),
        (None, _) => None,
    };
    let build = || load::paths(paths, context, progress);
    match known {
        Some(platform) => {
            let (stored, built) = rayon::join(|| platform.and_then(read), build);
            match (stored, built) {
                (Ok(stored), Ok(built)) if typed.is_none() && !fits(&built.platform, &stored.platform) => {
                    (Err(mismatch(release, platforms, &built.platform)), Ok(built))
                }
                pair => pair,
            }
        }
        None => match build() {
            Ok(built) => {
                let wanted = Some(&built.platform).filter(|p| !p.name.is_empty());
                (choose(release, platforms, wanted, context).and_then(read), Ok(built))
            }
            // The pair's first error is shown, so this side must not bring one of its own.
            Err(error) => (Ok(Release::default()), Err(error)),
        },
    }
}

/// Whether a stored platform is what is asked for. No variant asks for any.
fn fits(wanted: &Platform, stored: &Platform) -> bool {
    let unknown = wanted.name.is_empty() || stored.name.is_empty();
    let same_variant = wanted.variant.is_none() || wanted.variant == stored.variant;
    unknown || (wanted.name == stored.name && same_variant)
}

fn mismatch(release: &str, platforms: &[Platform], wanted: &Platform) -> anyhow::Error {
    anyhow!("{release} is not stored for {wanted}, only for {}", list(platforms))
}

fn list(platforms: &[Platform]) -> String {
    platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The platform of a stored release that is meant.
fn choose(
    release: &str,
    platforms: &[Platform],
    wanted: Option<&Platform>,
    context: &Context,
) -> Result<Platform> {
    let fitting = fitting(platforms, wanted);
    first(&fitting, release, context)
        .ok_or_else(|| mismatch(release, platforms, wanted.unwrap_or(&Platform::default())))
}

/// The platform that both stored releases have.
fn shared(
    releases: [&str; 2],
    platforms: [&[Platform]; 2],
    wanted: Option<&Platform>,
    context: &Context,
) -> Result<Platform> {
    let both: Vec<Platform> = platforms[0].iter().filter(|p| platforms[1].contains(p)).cloned().collect();
    let fitting = fitting(&both, wanted);
    if let Some(platform) = first(&fitting, &releases.join(" and "), context) {
        return Ok(platform);
    }
    if let Some(wanted) = wanted {
        for (release, platforms) in releases.iter().zip(platforms) {
            if !platforms.iter().any(|platform| fits(wanted, platform)) {
                return Err(mismatch(release, platforms, wanted));
            }
        }
    }
    let [ours, theirs] = platforms.map(list);
    bail!("{} and {} share no platform: {ours} against {theirs}", releases[0], releases[1])
}

/// Platforms that are asked for: that very one, else those that only add a variant.
fn fitting(platforms: &[Platform], wanted: Option<&Platform>) -> Vec<Platform> {
    let Some(wanted) = wanted else { return platforms.to_vec() };
    match platforms.iter().find(|platform| *platform == wanted) {
        Some(exact) => vec![exact.clone()],
        None => platforms.iter().filter(|platform| fits(wanted, platform)).cloned().collect(),
    }
}

/// The first of several, with a note about the others.
fn first(platforms: &[Platform], whose: &str, context: &Context) -> Option<Platform> {
    let mut sorted = platforms.to_vec();
    sorted.sort();
    let (first, others) = sorted.split_first()?;
    if !others.is_empty() {
        let others = list(others);
        context.warn(&format!("{whose}: taking {first}; --platform chooses another one: {others}"));
    }
    Some(first.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platforms(names: &[&str]) -> Vec<Platform> {
        names.iter().map(|name| Platform::parse(name)).collect()
    }

    #[test]
    fn an_exact_platform_wins_and_no_variant_means_any() {
        let stored = platforms(&["linux-x86_64-cpu", "linux-x86_64-cu126", "linux-aarch64"]);
        let fitting = |wanted: &str| list(&fitting(&stored, Some(&Platform::parse(wanted))));
        assert_eq!(fitting("linux-x86_64-cu126"), "linux-x86_64-cu126");
        assert_eq!(fitting("linux-x86_64"), "linux-x86_64-cpu, linux-x86_64-cu126");
        assert_eq!(fitting("linux-aarch64-cpu"), "");
        assert_eq!(fitting("linux-ppc64le"), "");
    }

    #[test]
    fn what_is_unknown_fits() {
        assert!(fits(&Platform::default(), &Platform::parse("linux-x86_64")));
        assert!(!fits(&Platform::parse("linux-aarch64"), &Platform::parse("linux-x86_64")));
    }
}

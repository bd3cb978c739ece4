//! What a name on the command line means: a path, a stored release, HEAD or a git revision.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;

use super::Session;
use crate::abi::Platform;
use crate::store::{Entry, names};

/// A name that was understood.
#[derive(Debug)]
pub(super) enum Named {
    /// Something to read.
    Path(PathBuf),
    /// A stored release, on each of these platforms.
    Stored(Vec<Entry>),
}

/// Finds out what a name means, in this order: an existing path, a stored release, `HEAD`, a git revision.
pub(super) fn name(session: &Session, name: &str) -> anyhow::Result<Named> {
    let path = Path::new(name);
    if path.exists() {
        return Ok(Named::Path(path.to_owned()));
    }
    let entries = session.store.list()?;
    let releases = names::releases(&entries);
    let stored =
        |release: &str| Named::Stored(entries.iter().filter(|e| e.release == release).cloned().collect());
    if let Some(release) = names::resolve(name, releases.iter().copied()) {
        return Ok(stored(release));
    }
    if name == "HEAD"
        && let Some(build) = &session.config.build
    {
        if !build.exists() {
            bail!("HEAD is {} by abigate.yaml, which does not exist", build.display());
        }
        return Ok(Named::Path(build.clone()));
    }
    let commit = commit(name);
    let by_commit = commit.as_deref().and_then(|hash| names::resolve_commit(hash, releases.iter().copied()));
    if let Some(release) = by_commit {
        return Ok(stored(release));
    }
    let git = match &commit {
        Some(hash) => format!("commit {} without a stored dump", &hash[..hash.len().min(12)]),
        None => "no git revision".to_owned(),
    };
    let mut text = format!(
        "cannot find {name}: no such path; not a release in {} ({} stored); {git}",
        session.store.root().display(),
        releases.len()
    );
    let nearest = names::nearest(name, releases.iter().copied());
    if !nearest.is_empty() {
        text.push_str(&format!("; did you mean {}?", nearest.join(" or ")));
    }
    bail!(text)
}

/// Full hash of a git revision.
fn commit(name: &str) -> Option<String> {
    if name.starts_with('-') {
        return None;
    }
    let revision = format!("{name}^{{commit}}");
    let output = Command::new("git").args(["rev-parse", "--verify", "--quiet", &revision]).output().ok()?;
    let hash = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !hash.is_empty()).then_some(hash)
}

/// The platform on which two stored releases are compared: the one that was asked for, else the first that both have.
/// The other shared ones come along, to be mentioned.
pub(super) fn shared_platform(
    session: &Session,
    asked: Option<&str>,
    old: &[Entry],
    new: &[Entry],
) -> anyhow::Result<(Platform, Vec<Platform>)> {
    let shared: Vec<Platform> =
        old.iter().map(|e| e.platform.clone()).filter(|p| new.iter().any(|e| e.platform == *p)).collect();
    let list =
        |entries: &[Entry]| entries.iter().map(|e| e.platform.to_string()).collect::<Vec<_>>().join(", ");
    if let Some(asked) = asked.or(session.config.platform.as_deref()) {
        let wanted = Platform::parse(asked);
        // A platform without its variant is enough when it is the only one.
        let fits = |p: &&Platform| **p == wanted || (wanted.variant.is_none() && p.name == wanted.name);
        let fitting: Vec<&Platform> = shared.iter().filter(fits).collect();
        return match fitting.iter().find(|p| ***p == wanted).or(fitting.first()) {
            Some(platform) => Ok(((*platform).clone(), Vec::new())),
            None => bail!("{asked} is not stored for both releases: {} against {}", list(old), list(new)),
        };
    }
    let mut shared = shared.into_iter();
    match shared.next() {
        Some(first) => Ok((first, shared.collect())),
        None => bail!("no platform is stored for both releases: {} against {}", list(old), list(new)),
    }
}

/// The stored entry that fits a release read from a path.
pub(super) fn for_platform<'e>(
    asked: Option<&str>,
    entries: &'e [Entry],
    platform: &Platform,
) -> anyhow::Result<&'e Entry> {
    let wanted = asked.map_or_else(|| platform.clone(), Platform::parse);
    let exact = entries.iter().find(|e| e.platform == wanted);
    let same_name = || {
        let mut fitting = entries.iter().filter(|e| e.platform.name == wanted.name);
        fitting.next().filter(|_| fitting.next().is_none() && wanted.variant.is_none())
    };
    match exact.or_else(same_name) {
        Some(entry) => Ok(entry),
        None => {
            let stored: Vec<String> = entries.iter().map(|e| e.platform.to_string()).collect();
            bail!(
                "{} is stored for {}, not for {wanted}; --platform chooses",
                entries[0].release,
                stored.join(", ")
            )
        }
    }
}

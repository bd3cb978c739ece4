//! What a name means: a path, a stored release, `HEAD`, a git revision; and for which platform.

use std::path::{Path, PathBuf};

use super::error::Tried;
use super::{Error, Notice, Session, git, headers, load, platforms};
use crate::abi::{Platform, Release};
use crate::store::{self, Entry};
use crate::versions;

type Result<T> = std::result::Result<T, Error>;

/// What the build is called, whatever else may have that name.
pub(crate) const BUILD: &str = "HEAD";

/// Files of a directory that are looked at for one that was meant.
const MOST_BESIDE: usize = 10_000;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// Files or directories that are read as one release.
    Paths(Vec<PathBuf>),
    /// A release in the store, and the platforms it is stored for.
    Stored {
        /// Its full name.
        release: String,
        /// In no order.
        platforms: Vec<Platform>,
    },
}

impl Session {
    /// Finds what a name means.
    ///
    /// An existing path comes first, then a stored release and any other git revision; `HEAD` is the build, whatever is called so.
    ///
    /// # Errors
    /// [`Error::NotFound`], or the store cannot be read.
    pub fn resolve(&self, name: &str) -> Result<Named> {
        if name != BUILD && Path::new(name).exists() {
            return Ok(Named::Paths(vec![name.into()]));
        }
        self.resolve_stored(name)
    }

    /// Finds what a name means that is to be compared with: a stored release before a path, and a path only where it has a
    /// directory in it, so that no file that is called like a release stands for it.
    ///
    /// # Errors
    /// [`Error::NotFound`], or the store cannot be read.
    pub fn resolve_baseline(&self, name: &str) -> Result<Named> {
        match baseline_path(name) {
            Some(path) => Ok(Named::Paths(vec![path])),
            None => self.resolve_stored(name),
        }
    }

    /// A stored release, `HEAD`, or a revision of git that is stored.
    fn resolve_stored(&self, name: &str) -> Result<Named> {
        let entries = self.store.list()?;
        let releases = store::releases(&entries);
        // What is stored under that name was never the build.
        if name != BUILD
            && let Some(release) = versions::resolve(name, releases.iter().copied())
        {
            return Ok(in_store(release, &entries));
        }
        let only = if let [only] = releases[..] { Some(only.to_owned()) } else { None };
        let root = self.store.root().to_owned();
        let mut tried = vec![Tried::Path, Tried::Store { root, releases: releases.len(), only }];
        if name == BUILD {
            match self.build() {
                Ok(named) => return Ok(named),
                Err(why) => tried.push(why),
            }
        }
        match git::commit(&self.options.directory, name) {
            Ok(hash) => {
                let of_commit = self.store.commits(&hash)?;
                match store::releases(&of_commit)[..] {
                    [release, ..] => return Ok(in_store(release, &of_commit)),
                    [] => tried.push(Tried::Commit { hash }),
                }
            }
            Err(why) => tried.push(why),
        }
        let nearest = match self.beside(name) {
            // Who names a file in a directory means no release, and is told which file is there.
            Some(files) => {
                tried.truncate(1);
                files
            }
            None => {
                versions::nearest(name, releases.iter().copied()).into_iter().map(str::to_owned).collect()
            }
        };
        Err(Error::NotFound { name: name.to_owned(), tried, nearest })
    }

    /// The files that are called nearly as the one that a path leads to, beside it; none: it is no path, or leads nowhere.
    fn beside(&self, name: &str) -> Option<Vec<String>> {
        let (directory, file) = name.rsplit_once('/')?;
        let entries = std::fs::read_dir(self.options.directory.join(format!("{directory}/"))).ok()?;
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let names: Vec<String> =
            names.filter(|name| !name.contains(char::is_control)).take(MOST_BESIDE).collect();
        let nearest = versions::nearest(file, names.iter().map(String::as_str));
        Some(nearest.into_iter().map(|name| format!("{directory}/{name}")).collect())
    }

    /// What git means by a name that a release is to have, where that changes from day to day or is only part of a name: a
    /// branch that is not called like a version, or the first digits of a commit. A release of that name would stand for it.
    pub fn moving(&self, name: &str) -> Option<String> {
        let directory = &self.options.directory;
        if versions::version(name).is_some() {
            return None;
        }
        if let Some(branch) = git::branch_called(directory, name) {
            return Some(format!("it is a branch here ({branch})"));
        }
        let is_short = name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let hash = git::commit(directory, name).ok().filter(|_| is_short && !versions::is_hash(name))?;
        hash.starts_with(&name.to_ascii_lowercase()).then(|| format!("it is short for the commit {hash}"))
    }

    /// The build that the configuration points at.
    fn build(&self) -> std::result::Result<Named, Tried> {
        let config = &self.config;
        let Some(file) = config.file.clone() else { return Err(Tried::NoConfig) };
        if config.build.is_empty() {
            return Err(Tried::NoBuild { config: file });
        }
        match config.build.iter().find(|path| !path.exists()) {
            Some(path) => Err(Tried::NotBuilt { config: file, path: path.clone() }),
            None => Ok(Named::Paths(config.build.clone())),
        }
    }

    /// Where the build lies that a name means, as the configuration says it; nothing where it means something else.
    pub fn build_of(&self, name: &str) -> Vec<String> {
        let is_build = name == BUILD && self.config.file.is_some();
        let paths = self.config.build.iter().filter(|_| is_build);
        paths
            .map(|path| {
                let below = path.strip_prefix(self.config.directory()).unwrap_or(path);
                below.strip_prefix(".").unwrap_or(below).display().to_string()
            })
            .collect()
    }

    /// Reads what a name means, for the platform that was asked for: of a stored release that one, of files what they count
    /// as.
    ///
    /// # Errors
    /// Nothing has the name, or what has it cannot be read.
    pub fn load(&self, name: &str, platform: Option<&str>) -> Result<Release> {
        self.load_named(self.resolve(name)?, name, platform)
    }

    /// The same of a name that was resolved already.
    pub(super) fn load_named(&self, named: Named, name: &str, platform: Option<&str>) -> Result<Release> {
        self.install(|| match named {
            Named::Paths(paths) => {
                let mut release = load::paths(&paths, self)?;
                name_head(&mut release, name);
                match platform {
                    Some(text) => platforms::chosen(release, load::parse_platform(text)?),
                    None => Ok(release),
                }
            }
            Named::Stored { release, platforms } => {
                let platform = choose(&release, &platforms, wanted(platform, self)?.as_ref(), self)?;
                self.load_stored(&Entry { release, platform })
            }
        })
    }

    /// The same, if it is for one platform.
    ///
    /// # Errors
    /// Nothing has the name, what has it cannot be read, or it is for several platforms.
    pub fn load_one(&self, name: &str, platform: Option<&str>) -> Result<Release> {
        platforms::single(self.load(name, platform)?)
    }

    /// The same for each of the platforms that files have libraries for.
    ///
    /// # Errors
    /// Nothing has the name, or what has it cannot be read.
    pub fn load_platforms(&self, name: &str, platform: Option<&str>) -> Result<Vec<Release>> {
        Ok(platforms::split(self.load(name, platform)?))
    }

    /// All stored releases, of one platform where one is named, oldest first.
    ///
    /// # Errors
    /// There is none for that platform, or the store cannot be read.
    pub fn stored(&self, platform: Option<&str>) -> Result<Vec<Entry>> {
        let wanted = platform.map(load::parse_platform).transpose()?;
        let mut entries = self.store.list()?;
        entries.retain(|entry| wanted.as_ref().is_none_or(|wanted| fits(wanted, &entry.platform)));
        match wanted {
            Some(wanted) if entries.is_empty() => Err(Error::NoRelease { wanted, stored: Vec::new() }),
            _ => Ok(entries),
        }
    }

    /// All stored releases of one platform, oldest first: the one that is named, or that the configuration names, or the
    /// first that there is.
    ///
    /// # Errors
    /// There is none for that platform, or the store cannot be read.
    pub fn stored_history(&self, platform: Option<&str>) -> Result<Vec<Entry>> {
        let entries = self.store.list()?;
        if entries.is_empty() {
            return Err(Error::EmptyStore { root: self.store.root().to_owned(), hint: "" });
        }
        let mut platforms: Vec<Platform> = entries.iter().map(|entry| entry.platform.clone()).collect();
        platforms.sort();
        platforms.dedup();
        let wanted = wanted(platform, self)?;
        let fitting = fitting(&platforms, wanted.as_ref());
        let Some(platform) = first(&fitting, "all releases", self) else {
            return Err(Error::NoRelease { wanted: wanted.unwrap_or_default(), stored: platforms });
        };
        Ok(entries.into_iter().filter(|entry| entry.platform == platform).collect())
    }

    /// Reads both sides of a comparison at once, of stored releases for a platform that both have.
    ///
    /// # Errors
    /// Nothing has a name, what has it cannot be read, there is no common platform, or there are several in one input.
    pub fn load_pair(&self, names: [&str; 2], platform: Option<&str>) -> Result<(Release, Release)> {
        let named = [self.resolve(names[0])?, self.resolve(names[1])?];
        self.load_named_pair(named, names, platform)
    }

    /// The same, with a pair for each platform that one of the inputs has libraries for.
    ///
    /// # Errors
    /// Nothing has a name, what has it cannot be read, or there is no common platform.
    pub fn load_pairs(&self, names: [&str; 2], platform: Option<&str>) -> Result<Vec<(Release, Release)>> {
        let named = [self.resolve(names[0])?, self.resolve(names[1])?];
        self.install(|| pairs(named, names, platform, self))
    }

    /// The same of names that were resolved already.
    pub(super) fn load_named_pair(
        &self,
        named: [Named; 2],
        names: [&str; 2],
        platform: Option<&str>,
    ) -> Result<(Release, Release)> {
        let mut pairs = self.install(|| pairs(named, names, platform, self))?;
        match pairs.pop() {
            Some(pair) if pairs.is_empty() => Ok(pair),
            last => {
                let pairs = pairs.iter().chain(&last);
                let platforms = pairs.map(|(old, _)| old.platform.clone()).collect();
                Err(Error::SeveralPlatforms { release: names.join(" and "), platforms })
            }
        }
    }
}

/// The path that the name of what is compared with is, if it is one. No store is asked.
pub(super) fn baseline_path(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    (path.components().count() > 1 && path.exists() || path.is_absolute()).then(|| path.to_owned())
}

fn in_store(release: &str, entries: &[Entry]) -> Named {
    let platforms = entries.iter().filter(|e| e.release == release).map(|e| e.platform.clone()).collect();
    Named::Stored { release: release.to_owned(), platforms }
}

/// The platform that the user or the configuration asks for.
fn wanted(typed: Option<&str>, session: &Session) -> Result<Option<Platform>> {
    typed.or(session.config.platform.as_deref()).map(load::parse_platform).transpose()
}

/// Reads both sides of a comparison at once: of what has libraries for several platforms, both sides of each.
fn pairs(
    named: [Named; 2],
    names: [&str; 2],
    platform: Option<&str>,
    session: &Session,
) -> Result<Vec<(Release, Release)>> {
    let wanted = wanted(platform, session)?;
    let of_wanted = |release: Release| -> Result<Vec<Release>> {
        match &wanted {
            Some(wanted) => Ok(vec![platforms::only(release, wanted)?]),
            None => Ok(platforms::split(release)),
        }
    };
    let [old, new] = named;
    let pairs = match (old, new) {
        (
            Named::Stored { release: old, platforms: ours },
            Named::Stored { release: new, platforms: theirs },
        ) => {
            let platform = shared([&old, &new], [&ours, &theirs], wanted.as_ref(), session)?;
            let read = |release: &str| {
                let entry = Entry { release: release.to_owned(), platform: platform.clone() };
                session.load_stored(&entry)
            };
            let (old, new) = rayon::join(|| read(&old), || read(&new));
            // Older versions stored what has several as one.
            platforms::align(of_wanted(old?)?, of_wanted(new?)?)
        }
        (Named::Paths(old), Named::Paths(new)) => {
            let [ours, theirs] = headers::of_sides([&old, &new], session)?;
            let (read, built) = rayon::join(|| load::paths(&old, &ours), || load::paths(&new, &theirs));
            let (read, built) = (read?, built?);
            headers::offer([&read, &built], [&old, &new], [&ours, &theirs]);
            platforms::align(of_wanted(read)?, of_wanted(built)?)
        }
        (Named::Stored { release, platforms }, Named::Paths(paths)) => {
            mixed((&release, &platforms), &paths, platform, &headers::of_side(1, session))?
        }
        (Named::Paths(paths), Named::Stored { release, platforms }) => {
            let pairs = mixed((&release, &platforms), &paths, platform, &headers::of_side(0, session))?;
            pairs.into_iter().map(|(stored, built)| (built, stored)).collect()
        }
    };
    let is_only = pairs.len() == 1;
    pairs.into_iter().map(|(old, new)| prepared(old, new, names, is_only, session)).collect()
}

/// What is compared of both sides of one platform, under the names that were typed.
fn prepared(
    old: Release,
    new: Release,
    names: [&str; 2],
    is_only: bool,
    session: &Session,
) -> Result<(Release, Release)> {
    let (mut old, mut new) = (session.in_scope(old)?, session.in_scope(new)?);
    if is_only && old.libraries.is_empty() {
        return Err(Error::NoLibraries(names[0].to_owned()));
    }
    name_head(&mut old, names[0]);
    name_head(&mut new, names[1]);
    // Two directories of the same name are told apart by what was typed.
    if old.name == new.name && names[0] != names[1] {
        old.name = names[0].to_owned();
        new.name = names[1].to_owned();
    }
    Ok((old, new))
}

fn name_head(release: &mut Release, typed: &str) {
    if typed == BUILD {
        release.name = typed.to_owned();
    }
}

/// A stored release, and what stands at some paths, for each platform of the latter.
fn mixed(
    stored: (&str, &[Platform]),
    paths: &[PathBuf],
    typed: Option<&str>,
    session: &Session,
) -> Result<Vec<(Release, Release)>> {
    let (release, platforms) = stored;
    let read = |platform: Platform| {
        let entry = Entry { release: release.to_owned(), platform };
        session.load_stored(&entry)
    };
    // What was typed decides; else a single platform needs no choice, only a check afterwards.
    let wanted = typed.map(load::parse_platform).transpose()?;
    let known = match (&wanted, platforms) {
        (Some(wanted), _) => Some(choose(release, platforms, Some(wanted), session)?),
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    };
    let build = || load::paths(paths, session);
    let Some(known) = known else {
        let built = platforms::split(build()?);
        if let [_] = built[..] {
            let pair = |built: Release| {
                let wanted = Some(&built.platform).filter(|p| !p.name.is_empty());
                let platform = choose(release, platforms, wanted, session)?;
                Ok((read(platform)?, built))
            };
            return built.into_iter().map(pair).collect();
        }
        return several(release, platforms, built, None, session);
    };
    let (stored, built) = rayon::join(|| read(known.clone()), build);
    let (stored, built) = (stored?, built?);
    let (stored, built) = match &wanted {
        Some(wanted) => (vec![platforms::only(stored, wanted)?], vec![platforms::only(built, wanted)?]),
        None => (platforms::split(stored), platforms::split(built)),
    };
    match (&stored[..], &built[..]) {
        ([stored], [built]) if wanted.is_none() && !fits(&built.platform, &stored.platform) => {
            Err(mismatch(release, platforms, &built.platform))
        }
        // Older versions stored what has several as one.
        ([_, _, ..], _) | ([_], [_]) => Ok(platforms::align(stored, built)),
        _ => several(release, platforms, built, stored.into_iter().next(), session),
    }
}

/// What was built for several platforms, each with the stored release for it; `known` is one that was read already. What is
/// stored for another platform may be built elsewhere, and is said.
fn several(
    release: &str,
    platforms: &[Platform],
    built: Vec<Release>,
    mut known: Option<Release>,
    session: &Session,
) -> Result<Vec<(Release, Release)>> {
    let found: Vec<Platform> = built.iter().map(|built| built.platform.clone()).collect();
    let is_built = |stored: &&Platform| found.iter().any(|built| fits(built, stored));
    let left: Vec<Platform> = platforms.iter().filter(|stored| !is_built(stored)).cloned().collect();
    if !left.is_empty() {
        session.events.notice(&Notice::NotCompared { release, platforms: &left });
    }
    let mut pairs = Vec::new();
    for built in built {
        let fitting = fitting(platforms, Some(&built.platform));
        let stored = match first(&fitting, release, session) {
            None => {
                let (name, platform) = (release.to_owned(), built.platform.clone());
                Release { name, platform, ..Release::default() }
            }
            Some(platform) => match known.take_if(|known| known.platform == platform) {
                Some(known) => known,
                None => session.load_stored(&Entry { release: release.to_owned(), platform })?,
            },
        };
        pairs.push((stored, built));
    }
    if pairs.iter().all(|(stored, _)| stored.libraries.is_empty()) {
        return Err(mismatch(release, platforms, &found[0]));
    }
    Ok(pairs)
}

/// Whether a stored platform is what is asked for. No variant asks for any.
pub(super) fn fits(wanted: &Platform, stored: &Platform) -> bool {
    let unknown = wanted.name.is_empty() || stored.name.is_empty();
    let same_variant = wanted.variant.is_none() || wanted.variant == stored.variant;
    unknown || (wanted.name == stored.name && same_variant)
}

fn mismatch(release: &str, platforms: &[Platform], wanted: &Platform) -> Error {
    Error::OtherPlatform { release: release.to_owned(), wanted: wanted.clone(), stored: platforms.to_vec() }
}

/// The platform of a stored release that is meant.
fn choose(
    release: &str,
    platforms: &[Platform],
    wanted: Option<&Platform>,
    session: &Session,
) -> Result<Platform> {
    let fitting = fitting(platforms, wanted);
    first(&fitting, release, session)
        .ok_or_else(|| mismatch(release, platforms, wanted.unwrap_or(&Platform::default())))
}

/// The platform that both stored releases have.
fn shared(
    releases: [&str; 2],
    platforms: [&[Platform]; 2],
    wanted: Option<&Platform>,
    session: &Session,
) -> Result<Platform> {
    let both: Vec<Platform> = platforms[0].iter().filter(|p| platforms[1].contains(p)).cloned().collect();
    let fitting = fitting(&both, wanted);
    if let Some(platform) = first(&fitting, &releases.join(" and "), session) {
        return Ok(platform);
    }
    if let Some(wanted) = wanted {
        for (release, platforms) in releases.iter().zip(platforms) {
            if !platforms.iter().any(|platform| fits(wanted, platform)) {
                return Err(mismatch(release, platforms, wanted));
            }
        }
    }
    let (releases, platforms) = (releases.map(str::to_owned), platforms.map(<[Platform]>::to_vec));
    Err(Error::NoSharedPlatform { releases, platforms })
}

/// Platforms that are asked for: that very one, else those that only add a variant.
fn fitting(platforms: &[Platform], wanted: Option<&Platform>) -> Vec<Platform> {
    let Some(wanted) = wanted else { return platforms.to_vec() };
    match platforms.iter().find(|platform| *platform == wanted) {
        Some(exact) => vec![exact.clone()],
        None => platforms.iter().filter(|platform| fits(wanted, platform)).cloned().collect(),
    }
}

/// The platform that this program runs on, as stored ones are called.
fn host() -> String {
    let arch = match std::env::consts::ARCH {
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        "powerpc64" => "ppc64",
        "x86" => "i386",
        arch => arch,
    };
    format!("{}-{arch}", std::env::consts::OS)
}

/// The first of several, of the machine that this runs on where there is one, with a note about the others.
fn first(platforms: &[Platform], whose: &str, session: &Session) -> Option<Platform> {
    let mut sorted = platforms.to_vec();
    let here = host();
    sorted.sort_by(|a, b| (a.name != here, a).cmp(&(b.name != here, b)));
    let (first, others) = sorted.split_first()?;
    if !others.is_empty() {
        session.events.notice(&Notice::SeveralPlatforms { whose, used: first, others });
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
        let fitting = |wanted: &str| {
            let fitting = fitting(&stored, Some(&Platform::parse(wanted)));
            fitting.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(fitting("linux-x86_64-cu126"), "linux-x86_64-cu126");
        assert_eq!(fitting("linux-x86_64"), "linux-x86_64-cpu, linux-x86_64-cu126");
        assert_eq!(fitting("linux-aarch64-cpu"), "");
        assert_eq!(fitting("linux-ppc64le"), "");
    }

    #[test]
    fn the_machine_that_this_runs_on_comes_first() {
        let session =
            Session::open(crate::session::Options::default(), std::sync::Arc::new(crate::session::Silent))
                .unwrap();
        let here = host();
        let stored = platforms(&["linux-aarch64", "linux-x86_64-cu126", "linux-x86_64-cpu", "linux-ppc64"]);
        let found = first(&stored, "v1", &session).unwrap();
        assert!(!stored.iter().any(|platform| platform.name == here) || found.name == here, "{found}");
        assert_eq!(first(&platforms(&["b-b", "a-a"]), "v1", &session).unwrap().name, "a-a");
    }

    #[test]
    fn what_is_unknown_fits() {
        assert!(fits(&Platform::default(), &Platform::parse("linux-x86_64")));
        assert!(!fits(&Platform::parse("linux-aarch64"), &Platform::parse("linux-x86_64")));
    }
}

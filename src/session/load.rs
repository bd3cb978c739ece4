//! What a name stands for, read into a release.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Error, Notice, Session, Unreadable, headers, platforms};
use crate::abi::{Library, Platform, Release};
use crate::artifact::{self, Artifact, Data, DebugFiles, Identity, Kind, Limits, Member};
use crate::store::{self, Entry, Store};
use crate::{binary, dump, dwarf};

type Result<T> = std::result::Result<T, Error>;

impl Session {
    /// Reads what stands at some paths as one release.
    ///
    /// # Errors
    /// Nothing is there, or something there cannot be read.
    pub fn load_paths(&self, paths: &[PathBuf]) -> Result<Release> {
        self.install(|| self::paths(paths, self))
    }

    /// The same for one platform: the one that is wanted, or the only one that there is.
    ///
    /// # Errors
    /// Nothing is there, something there cannot be read, or it is for several platforms or another one.
    pub fn load_paths_for(&self, paths: &[PathBuf], platform: Option<&str>) -> Result<Release> {
        let release = self.load_paths(paths)?;
        match platform {
            Some(platform) => platforms::chosen(release, parse_platform(platform)?),
            None => platforms::single(release),
        }
    }

    /// Reads a stored release.
    ///
    /// # Errors
    /// It is not stored, or damaged.
    pub fn load_stored(&self, entry: &Entry) -> Result<Release> {
        self.load_stored_by(entry, Store::load)
    }

    /// Reads what policies go by of a stored release: what it exports, and what is declared where.
    ///
    /// # Errors
    /// It is not stored, or damaged.
    pub fn load_stored_surface(&self, entry: &Entry) -> Result<Release> {
        self.load_stored_by(entry, Store::load_surface)
    }

    fn load_stored_by(
        &self,
        entry: &Entry,
        load: fn(&Store, &Entry) -> std::result::Result<Release, store::Error>,
    ) -> Result<Release> {
        self.install(|| {
            let size = self.store.files(entry)?.iter().map(|file| file.1).sum();
            self.events.expect(size);
            let release = load(&self.store, entry)?;
            self.events.done(size);
            Ok(release)
        })
    }

    /// Reads what a stored release says in facts that have a word in them; without a word everything.
    ///
    /// # Errors
    /// It is not stored, or damaged.
    pub fn load_stored_about(&self, entry: &Entry, word: Option<&str>) -> Result<Release> {
        match word {
            Some(word) => Ok(self.install(|| self.store.load_about(entry, word))?),
            None => self.load_stored(entry),
        }
    }
}

/// Reads what stands at some paths as one release.
pub(super) fn paths(paths: &[PathBuf], session: &Session) -> Result<Release> {
    let parts: Vec<(Release, bool)> =
        paths.par_iter().map(|path| one_path(path, session)).collect::<Result<_>>()?;
    // A dump says what it says; only what was just built or published can be asked more.
    let are_files = parts.iter().all(|(_, is_dump)| !is_dump);
    let mut parts = parts.into_iter().map(|(release, _)| release);
    let mut release = parts.next().ok_or(Error::NoPath)?;
    let mut is_distributions = release.is_distributions;
    for part in parts {
        is_distributions &= part.is_distributions;
        release.libraries.extend(part.libraries);
        release.libraries.extend(part.headers);
    }
    release.libraries.extend(release.headers.take());
    let mut release = Release::new(release.name, release.platform, release.libraries);
    release.is_distributions = is_distributions;
    if are_files {
        headers::ask(&mut release, paths, session)?;
    }
    Ok(release)
}

/// What a member of an artifact was read as.
struct Part {
    library: Library,
    /// What a dump says it is of.
    release: Option<String>,
    platform: Option<Platform>,
    is_dump: bool,
}

/// What stands at a path, and whether any of it was dumped before.
fn one_path(path: &Path, session: &Session) -> Result<(Release, bool)> {
    let artifact = artifact::open(path, &Limits { programs: session.programs, ..Limits::default() })?;
    for what in &artifact.skipped {
        session.events.notice(&Notice::Skipped { path: path.to_owned(), what });
    }
    if artifact.members.is_empty() {
        return Err(Error::NoSharedObject(path.to_owned()));
    }
    session.events.expect(artifact.members.iter().map(Member::size).sum());
    let parts: Vec<Vec<Part>> = artifact
        .members
        .par_iter()
        .map(|member| {
            let parts = read_member(path, &artifact, member, session);
            session.events.done(member.size());
            parts
        })
        .collect::<Result<_>>()?;
    let parts: Vec<Part> = parts.into_iter().flatten().collect();
    if artifact.kind == Kind::Program
        && !session.programs
        && parts.iter().all(|part| offers_nothing(&part.library))
    {
        return Err(Error::ProgramWithoutExports(path.to_owned()));
    }
    let name = release_name(path, &artifact.identity, &parts);
    let platform = platform(&artifact.identity, &parts);
    let is_dump = parts.iter().any(|part| part.is_dump);
    if is_dump && !session.takes_dumps && (path.is_dir() || !is_single(&artifact)) {
        return Err(Error::DumpsInBuild(path.to_owned()));
    }
    let mut libraries: Vec<Library> = parts.into_iter().map(|part| part.library).collect();
    if let Some(promises) = &artifact.promises {
        libraries.iter_mut().for_each(|library| promises.mark(library));
    }
    let mut release = Release::new(name, platform, packed_once(libraries));
    release.is_distributions = matches!(artifact.kind, Kind::Deb | Kind::Rpm);
    Ok((release, is_dump))
}

/// Without the copies that packages have where links cannot be packed: `libx.so`, `libx.so.1` and `libx.so.1.2` beside each
/// other are one library, and the name that the loader asks for is its own.
fn packed_once(libraries: Vec<Library>) -> Vec<Library> {
    let folder = |library: &Library| {
        let path = library.path.as_deref()?;
        Some(path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned())
    };
    // The file that a link of the loader's name leads to goes on after that name.
    let rank = |library: &Library| match &library.dynamic.soname {
        Some(soname) if *soname == library.name => 2,
        Some(soname) if library.name.starts_with(&**soname) => 1,
        _ => 0,
    };
    let is_copy = |a: &Library, b: &Library| {
        a.dynamic.soname.is_some()
            && (&a.dynamic.soname, &a.build_id) == (&b.dynamic.soname, &b.build_id)
            && folder(a).is_some()
            && folder(a) == folder(b)
            && Library { name: b.name.clone(), path: b.path.clone(), ..a.clone() } == *b
    };
    let mut kept: Vec<Library> = Vec::with_capacity(libraries.len());
    for library in libraries {
        match kept.iter_mut().find(|known| is_copy(known, &library)) {
            Some(known) if rank(&library) > rank(known) => *known = library,
            Some(_) => {}
            None => kept.push(library),
        }
    }
    kept
}

/// Whether there is nothing that plug-ins could be linked against: what a program copied from its libraries is theirs.
fn offers_nothing(library: &Library) -> bool {
    let is_copy =
        |name: &str| library.imports.iter().any(|import| import.copy.is_some() && *import.name == *name);
    library.exports.iter().all(|export| is_copy(&export.name))
}

/// Where a member is, for an error: the path alone when it is the member.
fn place(path: &Path, artifact: &Artifact, member: &Member) -> String {
    let path = path.display().to_string();
    if is_single(artifact) { path } else { format!("{path}: {}", member.path()) }
}

/// Whether the artifact is one file that is its only member.
fn is_single(artifact: &Artifact) -> bool {
    matches!(artifact.kind, Kind::SharedObject | Kind::Program | Kind::Dump) && artifact.members.len() == 1
}

fn read_member(path: &Path, artifact: &Artifact, member: &Member, session: &Session) -> Result<Vec<Part>> {
    let data = member.data()?;
    let parts = catch_unwind(AssertUnwindSafe(|| parts_of(path, artifact, member, &data, session)));
    // Whatever came of a file that changed meanwhile, it means nothing: not even a panic, since no reader expects that what
    // it has checked is something else the next time.
    data.check()?;
    parts.unwrap_or_else(|payload| resume_unwind(payload))
}

fn parts_of(
    path: &Path,
    artifact: &Artifact,
    member: &Member,
    data: &Data<'_>,
    session: &Session,
) -> Result<Vec<Part>> {
    let failed = |cause: Unreadable| Error::Unreadable { place: place(path, artifact, member), cause };
    // A directory may hold dumps as well: content tells, not the kind of the artifact.
    if artifact.kind == Kind::Dump || dump::is_dump(data) {
        let part = |dump: dump::Dump| Part {
            library: dump.library,
            release: dump.release,
            platform: Some(dump.platform).filter(|platform| !platform.name.is_empty()),
            is_dump: true,
        };
        let dumps = dump::read(data).map_err(|cause| failed(cause.into()))?;
        return Ok(dumps.into_iter().map(part).collect());
    }
    let mut library = binary::read(member.name(), data).map_err(|cause| failed(cause.into()))?;
    // Debug info is elsewhere in the file.
    data.give_back();
    let on_disk = if is_single(artifact) { Some(path) } else { member.on_disk() };
    debug_info(&mut library, data, on_disk, session)?.map_err(|cause| failed(cause.into()))?;
    if !is_single(artifact) {
        library.path = Some(member.path().to_owned());
    }
    Ok(vec![Part { library, release: None, platform: None, is_dump: false }])
}

/// Adds what debug info says, in the file or beside it. The inner error is that of the debug info, the outer one that of the
/// file, which comes first.
fn debug_info(
    library: &mut Library,
    data: &[u8],
    on_disk: Option<&Path>,
    session: &Session,
) -> Result<std::result::Result<(), binary::Error>> {
    let Some(options) = &session.debug_info else { return Ok(Ok(())) };
    let files = DebugFiles::new(on_disk, &session.options.debug_directories);
    let facts = dwarf::read(data, library, &files, options);
    files.check()?;
    Ok(facts.map(|facts| {
        if let Some(facts) = facts {
            session.events.notice(&Notice::Timings { library: &library.name, phases: &facts.timings });
            facts.add_to(library);
        }
    }))
}

/// `v2.9.1` where the artifact says which version it is, what its dumps were made as, else the file's name.
fn release_name(path: &Path, identity: &Identity, parts: &[Part]) -> String {
    if let Some(version) = &identity.version {
        let is_number = version.starts_with(|c: char| c.is_ascii_digit());
        return if is_number { format!("v{version}") } else { version.clone() };
    }
    if let Some(name) = all_agree(parts.iter().map(|part| part.release.as_ref())) {
        return name.clone();
    }
    // `.` and `..` have a name only once they are resolved.
    let whole = if path.file_name().is_some() { Ok(path.to_owned()) } else { path.canonicalize() };
    let name = whole.ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    let name = name.unwrap_or_else(|| path.display().to_string());
    let endings = [".so.", ".so", ".abi.zst", ".abi", ".tar.", ".whl", ".zip", ".conda", ".deb"];
    let cut = endings.iter().filter_map(|ending| name.find(ending)).filter(|at| *at > 0).min();
    name[..cut.unwrap_or(name.len())].to_owned()
}

/// Platform by the artifact's name, else by what its libraries were compiled for.
fn platform(identity: &Identity, parts: &[Part]) -> Platform {
    if let Some(platform) = all_agree(parts.iter().map(|part| part.platform.as_ref())) {
        return platform.clone();
    }
    let name = identity.platform.clone().or_else(|| {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for part in parts {
            *counts.entry(&part.library.machine.arch).or_default() += 1;
        }
        // A wheel may carry a helper for another machine; the first name wins where counts are equal.
        let arch = counts.into_iter().rev().max_by_key(|(_, count)| *count)?.0;
        (!arch.is_empty()).then(|| format!("linux-{arch}"))
    });
    Platform { name: name.unwrap_or_default(), variant: identity.variant.clone() }
}

/// The value that all have, if they have one.
fn all_agree<'a, T: PartialEq>(mut values: impl Iterator<Item = Option<&'a T>>) -> Option<&'a T> {
    let first = values.next()??;
    values.all(|value| value == Some(first)).then_some(first)
}

/// A platform as people type it.
///
/// # Errors
/// [`Error::NotAPlatform`].
pub fn parse_platform(text: &str) -> Result<Platform> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    if text.split('-').take(2).any(str::is_empty) || !text.contains('-') || !text.chars().all(plain) {
        return Err(Error::NotAPlatform(text.to_owned()));
    }
    Ok(Platform::parse(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(arch: &str, release: Option<&str>) -> Part {
        let mut library = Library::default();
        arch.clone_into(&mut library.machine.arch);
        Part { library, release: release.map(str::to_owned), platform: None, is_dump: false }
    }

    #[test]
    fn what_is_packed_several_times_is_one_library() {
        let library = |path: &str, soname: Option<&str>, build_id: &str| {
            let mut library = Library { build_id: Some(build_id.to_owned()), ..Library::default() };
            path.rsplit('/').next().unwrap().clone_into(&mut library.name);
            library.path = Some(path.to_owned());
            library.dynamic.soname = soname.map(str::to_owned);
            library
        };
        let names = |libraries: Vec<Library>| -> Vec<String> {
            packed_once(libraries).into_iter().map(|library| library.name).collect()
        };
        let soname = Some("liba.so.1");
        let thrice = ["x/liba.so", "x/liba.so.1", "x/liba.so.1.2"].map(|path| library(path, soname, "aa"));
        assert_eq!(names(thrice.to_vec()), ["liba.so.1"]);
        let linked = ["x/liba-other.so", "x/liba.so.1.2"].map(|path| library(path, soname, "aa"));
        assert_eq!(names(linked.to_vec()), ["liba.so.1.2"]);
        // Of another build, in another folder, or without a name of their own they are several.
        let several = [
            library("x/liba.so", soname, "aa"),
            library("x/liba.so.1", soname, "bb"),
            library("y/liba.so", soname, "aa"),
        ];
        assert_eq!(names(several.to_vec()).len(), 3);
        let nameless = ["x/a.so", "x/b.so"].map(|path| library(path, None, "aa"));
        assert_eq!(names(nameless.to_vec()).len(), 2);
    }

    #[test]
    fn names_come_from_the_best_source() {
        let named = |path: &str, version: Option<&str>, release: Option<&str>| {
            let identity = Identity { version: version.map(str::to_owned), ..Identity::default() };
            release_name(Path::new(path), &identity, &[part("x86_64", release)])
        };
        assert_eq!(named("torch-2.9.1.whl", Some("2.9.1"), None), "v2.9.1");
        assert_eq!(named("x.abi.zst", None, Some("v1")), "v1");
        assert_eq!(named("lib/libstdc++.so.6", None, None), "libstdc++");
        assert_eq!(named("libc10.abi.zst", None, None), "libc10");
        assert_eq!(named("build-2.0", None, None), "build-2.0");
        assert_eq!(named("/", None, None), "/");
    }

    #[test]
    fn the_platform_is_that_of_most_libraries() {
        let parts = [part("aarch64", None), part("x86_64", None), part("x86_64", None)];
        assert_eq!(platform(&Identity::default(), &parts).to_string(), "linux-x86_64");
        assert_eq!(platform(&Identity::default(), &parts[..2]).to_string(), "linux-aarch64");
        let identity = Identity { variant: Some("cu126".to_owned()), ..Identity::default() };
        assert_eq!(platform(&identity, &parts).to_string(), "linux-x86_64-cu126");
    }

    #[test]
    fn platforms_are_checked() {
        assert_eq!(parse_platform("linux-x86_64-cu126").unwrap().variant.as_deref(), Some("cu126"));
        for wrong in ["linux", "", "-x", "linux-", "linux x86", "linux-../x"] {
            assert!(parse_platform(wrong).is_err(), "{wrong}");
        }
    }
}

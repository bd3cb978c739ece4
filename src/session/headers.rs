//! The public headers of what is read: which directories hold them, compiled where somebody wants that.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::config::io_error;
use super::options::are_asked;
use super::{Error, Notice, Phase, Session};
use crate::abi::Release;
use crate::artifact::{self, Limits};
use crate::probe::{self, Options};
use crate::toolchain::Workplace;

/// The sessions that read both sides of a comparison of two inputs, each with its own headers. Those that lie beside both inputs
/// are one's at most, and nobody knows whose.
pub(super) fn of_sides(paths: [&[PathBuf]; 2], session: &Session) -> Result<[Session; 2], Error> {
    let has_folders = session.headers.as_ref().is_some_and(|headers| !headers.folders.is_empty());
    if are_asked(&session.options.headers) && has_folders && session.side_headers.iter().any(Vec::is_empty) {
        return Err(Error::HeadersOfTwo);
    }
    let beside =
        paths.map(|paths| paths.iter().flat_map(|p| artifact::header_folders_beside(p)).collect::<Vec<_>>());
    let shared: Vec<PathBuf> =
        beside[0].iter().filter(|folder| beside[1].contains(folder)).cloned().collect();
    Ok([0, 1].map(|side| Session { foreign_headers: shared.clone(), ..of_side(side, session) }))
}

/// The session that reads one side of a comparison, with the headers that were named for it.
pub(super) fn of_side(side: usize, session: &Session) -> Session {
    let named = &session.side_headers[side];
    if named.is_empty() {
        return session.clone();
    }
    let mut options = (*session.options).clone();
    options.headers.folders.clone_from(named);
    let headers = Session::headers_of(&session.config, &options);
    Session { headers, options: Arc::new(options), ..session.clone() }
}

/// Whether paths are the build that the configuration names, or in it.
fn is_build(paths: &[PathBuf], session: &Session) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let builds: Vec<PathBuf> = session.config.build.iter().map(|path| real(path)).collect();
    !builds.is_empty() && paths.iter().all(|path| builds.iter().any(|build| real(path).starts_with(build)))
}

/// Asks the public headers of what was read from some paths, where somebody wants that and no dump has answered already.
pub(super) fn ask(release: &mut Release, paths: &[PathBuf], session: &Session) -> Result<(), Error> {
    let Some(options) = &session.headers else { return Ok(()) };
    if release.headers.is_some() || release.libraries.is_empty() {
        return Ok(());
    }
    let workplace = Workplace::create(&session.options.scratch)?;
    let Some(folders) = folders(options, paths, &workplace, session)? else { return Ok(()) };
    let options = Options { folders, ..options.clone() };
    session.events.phase(Phase::CompilingHeaders);
    let say = |what: &str| session.events.notice(&Notice::Probing(what));
    let found = probe::read(&options, release, &workplace, &say)?;
    if found.evidence.headers.is_none() {
        if are_asked(&session.options.headers) {
            return Err(Error::NoHeaders(paths.to_vec()));
        }
        session.events.notice(&Notice::NoHeaderNamed { folders: &options.folders });
        return Ok(());
    }
    for left in found.evidence.headers.iter().flat_map(|probe| &probe.left_out) {
        let error = probe::hint::explained(left);
        session.events.notice(&Notice::HeaderLeftOut { header: &left.header, error: &error });
    }
    release.headers = Some(found);
    Ok(())
}

/// Says of two releases of which nothing tells the types where their headers are, which nobody asked to compile.
pub(super) fn offer(releases: [&Release; 2], paths: [&[PathBuf]; 2], sessions: [&Session; 2]) {
    let tells_types = |release: &Release| {
        release.headers.is_some() || release.libraries.iter().any(|l| l.evidence.dwarf.is_some())
    };
    if releases.into_iter().any(tells_types) {
        return;
    }
    let places = [0, 1].map(|side| place(paths[side], sessions[side]));
    if let [Some(old), Some(new)] = &places {
        sessions[1].events.notice(&Notice::HeadersNotAsked { old, new });
    }
}

/// The first directory of headers in what is read, the -dev package beside it, or the directory beside it.
fn place(paths: &[PathBuf], session: &Session) -> Option<PathBuf> {
    let inside = |path: &PathBuf| match path.is_dir() {
        true => artifact::header_folders(path),
        false => artifact::dev_package(path).into_iter().collect(),
    };
    let beside = paths.iter().flat_map(|path| artifact::header_folders_beside(path));
    let beside = beside.filter(|place| !session.foreign_headers.contains(place));
    paths.iter().flat_map(inside).chain(beside).next()
}

/// The directories to look in. None where the configuration speaks of headers of something else.
///
/// What was named on the command line is meant as it is. What the configuration names lies inside of what is read, or beside
/// the configuration, where it belongs to the build that is called `HEAD`. Without names, all directories called `include` count: in
/// what is read, in the -dev package beside a package, else beside the directory that the libraries are installed in.
fn folders(
    options: &Options,
    paths: &[PathBuf],
    workplace: &Workplace,
    session: &Session,
) -> Result<Option<Vec<PathBuf>>, Error> {
    let (named, mut roots) = (&options.folders, Vec::new());
    for (number, path) in paths.iter().enumerate() {
        if path.is_dir() {
            roots.push(path.clone());
        }
        let packages = [Some(path.clone()), artifact::dev_package(path)];
        let packages = packages.into_iter().flatten().filter(|package| artifact::holds_headers(package));
        for (part, package) in packages.enumerate() {
            let root = workplace.path().join(format!("artifact-{number}-{part}"));
            std::fs::create_dir(&root).map_err(io_error(&root))?;
            artifact::unpack_headers(&package, &root, &Limits::default())?;
            roots.push(root);
        }
    }
    if named.is_empty() {
        let mut found: Vec<PathBuf> = roots.iter().flat_map(|root| artifact::header_folders(root)).collect();
        if found.is_empty() {
            found = paths.iter().flat_map(|path| artifact::header_folders_beside(path)).collect();
            found.dedup();
            found.retain(|folder| !session.foreign_headers.contains(folder));
        }
        return match found.is_empty() {
            true if are_asked(&session.options.headers) => Err(Error::NoHeaders(paths.to_vec())),
            true => Ok(None),
            false => Ok(Some(found)),
        };
    }
    let is_own = are_asked(&session.options.headers) || is_build(paths, session);
    let directory = session.config.directory();
    let place = |folder: &PathBuf| {
        // As it is written, which a directory beside the configuration no longer is.
        let written = folder.strip_prefix(directory).unwrap_or(folder);
        // A build has directories of the names of the sources, with what the compiler left in them.
        let holds = |path: &PathBuf| path.is_dir() && probe::finds(options, path);
        let inside = roots.iter().map(|root| root.join(written)).find(holds);
        inside.or_else(|| is_own.then(|| folder.clone()))
    };
    let found: Option<Vec<PathBuf>> = named.iter().map(place).collect();
    if found.is_none() {
        session.events.notice(&Notice::HeadersOfCheckout { paths });
    }
    Ok(found)
}

//! The public headers of what is read: which directories hold them, compiled where somebody wants that.

use std::path::PathBuf;

use super::config::io_error;
use super::options::are_asked;
use super::{Error, Notice, Phase, Session};
use crate::abi::Release;
use crate::artifact::{self, Limits};
use crate::probe::{self, Options};
use crate::toolchain::Workplace;

/// Asks the public headers of what was read from some paths, where somebody wants that and no dump has answered already.
pub(super) fn ask(release: &mut Release, paths: &[PathBuf], session: &Session) -> Result<(), Error> {
    let Some(options) = &session.headers else { return Ok(()) };
    if release.headers.is_some() || release.libraries.is_empty() {
        return Ok(());
    }
    let workplace = Workplace::create(&session.options.scratch)?;
    let Some(folders) = folders(&options.folders, paths, &workplace, session)? else { return Ok(()) };
    let options = Options { folders, ..options.clone() };
    session.events.phase(Phase::CompilingHeaders);
    let say = |what: &str| session.events.notice(&Notice::Probing(what));
    let found = probe::read(&options, release, &workplace, &say)?;
    for left in found.evidence.headers.iter().flat_map(|probe| &probe.left_out) {
        let error = probe::hint::explained(left);
        session.events.notice(&Notice::HeaderLeftOut { header: &left.header, error: &error });
    }
    release.headers = Some(found);
    Ok(())
}

/// The directories to look in. None where the configuration speaks of headers of something else.
///
/// What was named on the command line is meant as it is. What the configuration names lies inside of what is read, or beside
/// the configuration, where it belongs to the build that is called `HEAD`. Without names, all directories called `include` count: in
/// what is read, in the -dev package beside a package, else beside the directory that the libraries are installed in.
fn folders(
    named: &[PathBuf],
    paths: &[PathBuf],
    workplace: &Workplace,
    session: &Session,
) -> Result<Option<Vec<PathBuf>>, Error> {
    let mut roots = Vec::new();
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
        }
        return match found.is_empty() {
            true if are_asked(&session.options.headers) => Err(Error::NoHeaders(paths.to_vec())),
            true => Ok(None),
            false => Ok(Some(found)),
        };
    }
    let is_own = are_asked(&session.options.headers) || paths == session.config.build;
    let place = |folder: &PathBuf| {
        let inside = roots.iter().map(|root| root.join(folder)).find(|path| path.is_dir());
        inside.or_else(|| is_own.then(|| folder.clone()))
    };
    Ok(named.iter().map(place).collect())
}

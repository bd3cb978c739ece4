//! Inputs with builds of one library for several machines, as multi-arch directories and the packages of Android and Java have
//! them: each machine's libraries are a release of their own, compared with those of the same machine.
//!
//! A helper for another machine that lies in a package is none of that: only where one library is there twice is somebody
//! served by either.

use std::collections::BTreeMap;

use super::Error;
use super::resolve::fits;
use crate::abi::{HEADERS, Library, Platform, Release, library_stem};

/// A release for each machine, in the order of the platforms' names; what is for one machine stays whole.
pub(super) fn split(mut release: Release) -> Vec<Release> {
    if !has_several(&release) {
        return vec![release];
    }
    // The platform is that of most libraries, if it does not say itself which machine is meant.
    let named = release.platform.name.rsplit_once('-').map(|(_, arch)| arch.to_owned());
    let named = named.filter(|arch| release.libraries.iter().any(|library| library.machine.arch == *arch));
    let own = named.unwrap_or_else(|| release.machine().arch);
    let mut by_machine: BTreeMap<String, Vec<Library>> = BTreeMap::new();
    for library in std::mem::take(&mut release.libraries) {
        by_machine.entry(library.machine.arch.clone()).or_default().push(library);
    }
    let part = |(arch, libraries): (String, Vec<Library>)| {
        let platform = if arch == own { release.platform.clone() } else { other(&release.platform, &arch) };
        // Headers were compiled for one machine.
        let headers = release.headers.as_ref().filter(|headers| {
            let compiled_for = &headers.machine.arch;
            *compiled_for == arch || compiled_for.is_empty() && arch == own
        });
        let libraries = libraries.into_iter().chain(headers.cloned()).collect();
        let is_distributions = release.is_distributions;
        Release { is_distributions, ..Release::new(release.name.clone(), platform, libraries) }
    };
    by_machine.into_iter().map(part).collect()
}

/// The libraries for the platform that is wanted, as which they count from there on.
pub(super) fn chosen(release: Release, wanted: Platform) -> Result<Release, Error> {
    let release = only(release, &wanted)?;
    Ok(Release { platform: wanted, ..release })
}

/// The libraries for the platform that is wanted. What is for one machine stays what it is.
pub(super) fn only(release: Release, wanted: &Platform) -> Result<Release, Error> {
    let name = release.name.clone();
    let parts = split(release);
    if parts.len() == 1 {
        return Ok(parts.into_iter().next().unwrap_or_default());
    }
    let found = parts.iter().map(|part| part.platform.clone()).collect();
    let part =
        parts.into_iter().find(|part| fits(&Platform { variant: None, ..wanted.clone() }, &part.platform));
    part.ok_or_else(|| Error::NotForPlatform { release: name, wanted: wanted.clone(), found })
}

/// The release, if it is for one machine.
pub(super) fn single(release: Release) -> Result<Release, Error> {
    let name = release.name.clone();
    let mut parts = split(release);
    match parts.pop() {
        Some(only) if parts.is_empty() => Ok(only),
        last => {
            let platforms = parts.into_iter().chain(last).map(|part| part.platform).collect();
            Err(Error::SeveralPlatforms { release: name, platforms })
        }
    }
}

/// Both sides of each platform that either has; where one has nothing, a release without libraries.
pub(super) fn align(old: Vec<Release>, new: Vec<Release>) -> Vec<(Release, Release)> {
    if let ([_], [_]) = (&old[..], &new[..]) {
        return old.into_iter().zip(new).collect();
    }
    let [no_old, no_new] = [&old, &new].map(|side| {
        let name = side.first().map(|release| release.name.clone()).unwrap_or_default();
        move |platform: &Platform| Release {
            name: name.clone(),
            platform: platform.clone(),
            ..Release::default()
        }
    });
    let mut new: Vec<Option<Release>> = new.into_iter().map(Some).collect();
    let mut pairs = Vec::new();
    for old in old {
        let same =
            |side: &Option<Release>| side.as_ref().is_some_and(|new| fits(&old.platform, &new.platform));
        let new = new.iter().position(same).and_then(|at| new[at].take());
        let new = new.unwrap_or_else(|| no_new(&old.platform));
        pairs.push((old, new));
    }
    pairs.extend(new.into_iter().flatten().map(|new| (no_old(&new.platform), new)));
    pairs.sort_by(|a, b| a.0.platform.cmp(&b.0.platform));
    pairs
}

/// Whether one library is there for several machines.
fn has_several(release: &Release) -> bool {
    let mut machines: BTreeMap<&str, &str> = BTreeMap::new();
    release.libraries.iter().filter(|library| library.name != HEADERS).any(|library| {
        let arch = &*library.machine.arch;
        *machines.entry(library_stem(&library.name)).or_insert(arch) != arch
    })
}

/// The platform for another machine.
fn other(platform: &Platform, arch: &str) -> Platform {
    let system = platform.name.split('-').next().filter(|system| !system.is_empty()).unwrap_or("linux");
    Platform { name: format!("{system}-{arch}"), variant: platform.variant.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(libraries: &[(&str, &str)]) -> Release {
        let library = |&(name, arch): &(&str, &str)| {
            let mut library = Library { name: name.to_owned(), ..Library::default() };
            arch.clone_into(&mut library.machine.arch);
            library
        };
        let platform = Platform::parse("linux-x86_64");
        Release::new("v1".to_owned(), platform, libraries.iter().map(library).collect())
    }

    #[test]
    fn one_library_for_several_machines_is_several_platforms() {
        let both = release(&[("liba.so.1", "x86_64"), ("libb.so", "x86_64"), ("liba.so.1", "i386")]);
        let names = |release: &Release| -> Vec<String> {
            split(release.clone()).iter().map(|part| part.platform.to_string()).collect()
        };
        assert_eq!(names(&both), ["linux-i386", "linux-x86_64"]);
        assert_eq!(only(both.clone(), &Platform::parse("linux-i386")).unwrap().libraries.len(), 1);
        assert!(only(both.clone(), &Platform::parse("linux-arm")).is_err() && single(both.clone()).is_err());
        // Whatever machine the name is of, the other one has another.
        let named = Release { platform: Platform::parse("linux-i386"), ..both.clone() };
        assert_eq!(names(&named), ["linux-i386", "linux-x86_64"]);
        // A helper is none.
        let helper = release(&[("liba.so", "x86_64"), ("libhelper.so", "i386")]);
        assert_eq!(names(&helper), ["linux-x86_64"]);
        let pairs = align(split(both), split(release(&[("liba.so.2", "x86_64")])));
        let counts: Vec<(String, usize, usize)> = pairs
            .iter()
            .map(|(old, new)| (old.platform.to_string(), old.libraries.len(), new.libraries.len()))
            .collect();
        assert_eq!(counts, [("linux-i386".to_owned(), 1, 0), ("linux-x86_64".to_owned(), 2, 1)]);
        assert_eq!(pairs[0].1.name, "v1");
    }
}

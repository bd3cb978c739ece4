//! Whether a whole library is another project's that was packed beside the release's own, and by which sign.

use super::projects::{PROJECTS, Project};
use crate::abi::{Library, Release, library_stem};
use crate::patterns::{Claims, Whose};

/// How it is known that a library is another project's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bundled {
    /// It lies where wheel tools put what they copy: `<project>.libs`, `.dylibs`.
    Directory,
    /// Its name has the hash that wheel tools add: `libfoo-1a2b3c4d.so.1`.
    HashedName,
    /// Its name or SONAME is that of a known project's library.
    Named(&'static str),
    /// The policy says so.
    Policy,
}

/// Whether a library looks like one that a release of somebody else carries along.
pub(super) fn look(library: &Library) -> Option<Bundled> {
    let path = library.path.as_deref().unwrap_or("");
    if path.rsplit('/').skip(1).any(|directory| directory.ends_with(".libs") || directory == ".dylibs") {
        return Some(Bundled::Directory);
    }
    if has_hash(&library.name) {
        return Some(Bundled::HashedName);
    }
    project(library).map(|project| Bundled::Named(project.name))
}

/// The known project whose library it is by its file name or SONAME.
fn project(library: &Library) -> Option<&'static Project> {
    let stems = [library_stem(&library.name), library_stem(library.link_name())];
    PROJECTS.iter().find(|project| stems.iter().any(|stem| project.has_library(stem)))
}

/// `libgomp-98df74fd.so.1.0.0`. Eight digits may as well be a date.
fn has_hash(name: &str) -> bool {
    let stem = name.split_once(".so").map_or(name, |(stem, _)| stem);
    let stem = stem.split('.').next().unwrap_or(stem);
    stem.rsplit_once('-').is_some_and(|(_, hash)| {
        hash.len() == 8
            && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            && hash.bytes().any(|b| b.is_ascii_alphabetic())
    })
}

/// A release's libraries, each looked at once.
pub(super) struct Looks<'r> {
    release: &'r Release,
    looks: Vec<(&'r Library, Option<Bundled>)>,
}

impl<'r> Looks<'r> {
    pub(super) fn of(release: &'r Release) -> Looks<'r> {
        Looks { release, looks: release.libraries.iter().map(|library| (library, look(library))).collect() }
    }

    /// Whether some library looks like the release's own.
    pub(super) fn has_own(&self) -> bool {
        self.looks.iter().any(|(_, look)| look.is_none())
    }

    /// Whether the release is about a project whose libraries others carry along: the policy says so, the release is called
    /// so, or none of its other libraries needs the project's.
    pub(super) fn is_subject(&self, project: &Project, claims: &Claims) -> bool {
        let is_name =
            |look: &Option<Bundled>| matches!(look, Some(Bundled::Named(name)) if *name == project.name);
        let its: Vec<&Library> =
            self.looks.iter().filter(|(_, look)| is_name(look)).map(|(library, _)| *library).collect();
        let is_claimed = |library: &&Library| {
            claims.library([library.name.as_str(), library.link_name()]) == Some(Whose::Own)
        };
        if is_package_of(project, &self.release.name) || its.iter().any(is_claimed) {
            return true;
        }
        let products = self.looks.iter().filter(|(library, look)| {
            look.is_none() && is_linked_or_imported(library) && !project.is_called(&library.name)
        });
        !its.is_empty() && !products.into_iter().any(|(product, _)| needs(product, &its, self.release))
    }
}

/// `openssl-3.0.2`, `libssl3_3.0.11-1_arm64.deb`: the package is called as the project or its library.
fn is_package_of(project: &Project, release: &str) -> bool {
    let first = release.rsplit('/').next().unwrap_or(release).to_ascii_lowercase();
    let first = first.split(|c: char| !(c.is_ascii_alphanumeric() || c == '+')).next().unwrap_or("");
    let first = first.strip_prefix("lib").unwrap_or(first).trim_end_matches(|c: char| c.is_ascii_digit());
    let of_namespace = |name: &&str| !name.contains("::") && name.eq_ignore_ascii_case(first);
    let names = project.called.iter().chain(project.libraries).chain(project.namespaces);
    !first.is_empty() && (project.name.eq_ignore_ascii_case(first) || names.into_iter().any(of_namespace))
}

/// A library that programs link, or that Python imports; what is only loaded as a plug-in is nobody's product.
fn is_linked_or_imported(library: &Library) -> bool {
    const PLUGINS: &[&str] = &["engines", "plugin", "modules", "ossl-modules", "providers"];
    let path = library.path.as_deref().unwrap_or("");
    let is_plugin =
        path.rsplit('/').skip(1).any(|directory| PLUGINS.iter().any(|name| directory.starts_with(name)));
    let is_python = library.name.contains(".cpython-")
        || library.name.contains(".abi3.")
        || library.exports_from("PyInit_").next().is_some();
    !library.exports.is_empty() && (is_python || library.name.starts_with("lib") && !is_plugin)
}

/// Whether loading a library brings along one of those.
fn needs(library: &Library, those: &[&Library], release: &Release) -> bool {
    let mut found: Vec<&Library> = vec![library];
    let mut next = 0;
    while let Some(&at) = found.get(next) {
        for needed in at.dynamic.needed.iter().filter_map(|name| release.library(name)) {
            if those.iter().any(|one| std::ptr::eq(*one, needed)) {
                return true;
            }
            if !found.iter().any(|known| std::ptr::eq(*known, needed)) {
                found.push(needed);
            }
        }
        next += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(name: &str, needed: &[&str]) -> Library {
        let mut library = Library { name: name.to_owned(), ..Library::default() };
        library.exports.push(crate::abi::Export { name: "f".into(), ..Default::default() });
        library.dynamic.needed = needed.iter().map(|name| (*name).to_owned()).collect();
        library
    }

    fn is_about(release_name: &str, project: &str, libraries: &[Library]) -> bool {
        let release =
            Release { name: release_name.to_owned(), libraries: libraries.to_vec(), ..Release::default() };
        let project = PROJECTS.iter().find(|p| p.name == project).unwrap();
        Looks::of(&release).is_subject(project, &Claims::default())
    }

    #[test]
    fn names_of_libraries() {
        let bundled = |name: &str| look(&library(name, &[])).is_some();
        for name in
            ["libz.so.1", "libcudnn_ops.so.9", "libnvrtc-builtins.so.12", "libmkl_core.so", "libiomp5.so"]
        {
            assert!(bundled(name), "{name}");
        }
        for name in [
            "libzmq.so.5",
            "libcustomer.so",
            "libcurl.so.4",
            "libnvme.so.1",
            "libabsl-20230125.so",
            "zlib.so",
        ] {
            assert!(!bundled(name), "{name}");
        }
        assert_eq!(look(&library("libacme-1a2b3c4d.so.1", &[])), Some(Bundled::HashedName));
        let mut renamed = library("renamed.so", &[]);
        renamed.dynamic.soname = Some("libcrypto.so.3".to_owned());
        assert_eq!(look(&renamed), Some(Bundled::Named("OpenSSL")));
    }

    #[test]
    fn a_release_is_about_what_nothing_else_in_it_needs() {
        let crypto = library("libcrypto.so.3", &[]);
        let ssl = library("libssl.so.3", &["libcrypto.so.3"]);
        let engine = library("afalg.so", &["libcrypto.so.3"]);
        let acme = library("libacme.so", &["libssl.so.3"]);
        assert!(is_about("v1", "OpenSSL", &[crypto.clone(), ssl.clone(), engine.clone()]));
        assert!(is_about("v1", "OpenSSL", &[crypto.clone(), library("libother.so", &[])]));
        assert!(!is_about("v1", "OpenSSL", &[crypto.clone(), ssl.clone(), acme.clone()]));
        assert!(is_about("openssl-3.0.2", "OpenSSL", &[crypto.clone(), ssl.clone(), acme.clone()]));
        assert!(is_about("libssl3_3.0.11_arm64.deb", "OpenSSL", &[crypto, ssl, acme]));
        assert!(!is_about("v1", "OpenSSL", &[library("libfoo.so", &[])]));
    }
}

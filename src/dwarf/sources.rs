//! Paths of source files, relative to the root of the sources, kept once each.
//!
//! The root differs between machines and says nothing about the ABI. It is what the user named, else for each unit the
//! deepest directory that holds both its compilation directory and its own source. Headers of the system stand in other places on
//! other machines: they are told as they are included, in angle brackets. What else lies outside is told by the part from
//! its last `include` on, or by its name.

use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

use foldhash::HashMap;
use foldhash::fast::FixedState;

/// A path that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SourceId(u32);

#[derive(Default)]
struct Table {
    ids: HashMap<String, u32>,
    paths: Vec<String>,
    shapes: Vec<u32>,
}

/// All paths.
#[derive(Default)]
pub(super) struct Sources {
    table: Mutex<Table>,
}

impl Sources {
    /// Keeps a path that [`Root::relative`] made.
    pub(super) fn intern(&self, path: String) -> SourceId {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&known) = table.ids.get(&path) {
            return SourceId(known);
        }
        let id = table.paths.len() as u32;
        let name = path.rsplit('/').next().unwrap_or_default();
        let shape = FixedState::default().hash_one(name) as u32;
        table.shapes.push(shape);
        table.paths.push(path.clone());
        table.ids.insert(path, id);
        SourceId(id)
    }

    /// A hash of the file's name without directories: one header may be found through several of them.
    pub(super) fn shape(&self, id: SourceId) -> u32 {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.shapes.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// The path.
    pub(super) fn path(&self, id: SourceId) -> String {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.paths.get(id.0 as usize).cloned().unwrap_or_default()
    }
}

/// Where the paths of one unit start.
pub(super) struct Root {
    /// Directories that paths are relative to, without a trailing slash, longest first.
    folders: Vec<String>,
    /// Directory that relative paths start in.
    base: String,
}

impl Root {
    /// `named` by the user, compilation directory and source of the unit.
    pub(super) fn new(named: &[String], compilation: &str, source: &str) -> Root {
        let base = normal(compilation);
        let source = join(&base, source);
        let mut folders: Vec<String> = named.iter().map(|root| normal(root)).collect();
        folders.push(common(&base, &source));
        folders.push(base.clone());
        folders.retain(|folder| !folder.is_empty() && folder != "/");
        folders.sort_by_key(|folder| std::cmp::Reverse(folder.len()));
        // The deepest common directory holds the compilation folder: it is what paths should be relative to.
        if named.is_empty() {
            folders.reverse();
        }
        Root { folders, base }
    }

    /// Where the paths of units start that say nothing themselves, by what the others say.
    pub(super) fn of_all<'r>(named: &[String], others: impl Iterator<Item = &'r Root>) -> Root {
        let mut root = Root::new(named, "", "");
        for other in others {
            if root.base.is_empty() {
                root.base.clone_from(&other.base);
            }
            root.folders.extend(other.folders.iter().filter(|folder| !named.contains(folder)).cloned());
        }
        let own = named.len().min(root.folders.len());
        root.folders[own..].sort_by_key(String::len);
        root.folders.dedup();
        root
    }

    /// A path of the line table, relative to the root.
    pub(super) fn relative(&self, folder: &str, file: &str) -> String {
        let path = join(&join(&self.base, folder), file);
        for root in &self.folders {
            if let Some(rest) = path.strip_prefix(root.as_str()).and_then(|rest| rest.strip_prefix('/')) {
                return rest.to_owned();
            }
        }
        if !path.starts_with('/') {
            return path;
        }
        let name = || path.rsplit('/').next().unwrap_or_default();
        match path.rfind("/include/") {
            Some(at) if is_system(&path) => format!("<{}>", &path[at + "/include/".len()..]),
            None if is_system(&path) => format!("<{}>", name()),
            Some(at) => path[at + 1..].to_owned(),
            None => name().to_owned(),
        }
    }
}

/// Whether an absolute path is one of the system's or the compiler's.
fn is_system(path: &str) -> bool {
    let installed = path.strip_prefix("/usr/").is_some_and(|rest| !rest.starts_with("src/"));
    // Compilers for other systems have a copy of what the system has.
    let of_other_system = || path.split_once("sysroot/").is_some_and(|(_, rest)| rest.starts_with("usr/"));
    installed
        || of_other_system()
        || ["/include/c++/", "/lib/gcc/", "/lib/clang/"].iter().any(|part| path.contains(part))
}

fn join(folder: &str, file: &str) -> String {
    if file.starts_with('/') || folder.is_empty() {
        normal(file)
    } else {
        normal(&format!("{folder}/{file}"))
    }
}

/// A path without `.`, `..` and doubled slashes, as far as the text alone says.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if path.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if path.starts_with('/') { format!("/{joined}") } else { joined }
}

/// The deepest directory that holds `directory` (or is it) and the file `source`.
fn common(folder: &str, source: &str) -> String {
    let source_folder = source.rsplit_once('/').map_or("", |(folder, _)| folder);
    let shared = folder.split('/').zip(source_folder.split('/')).take_while(|(a, b)| a == b);
    shared.map(|(part, _)| part).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_do_not_depend_on_the_machine() {
        let root = Root::new(&[], "/home/me/src/build", "/home/me/src/c10/a.cpp");
        assert_eq!(root.relative("/home/me/src/c10", "a.h"), "c10/a.h");
        assert_eq!(root.relative("../c10/core", "b.h"), "c10/core/b.h");
        assert_eq!(root.relative("", "gen.h"), "build/gen.h");
        assert_eq!(root.relative("/usr/include/c++/12/bits", "x.h"), "<c++/12/bits/x.h>");
        assert_eq!(root.relative("/opt/odd", "y.h"), "y.h");
        assert_eq!(root.relative("/opt/sdk/arm-sysroot/usr/include/bits", "x.h"), "<bits/x.h>");
        let here = Root::new(&[], "/tmp/x", "a.cc");
        assert_eq!(here.relative("/tmp/x", "a.cc"), "a.cc");
        let named =
            Root::new(&["/home/me/src/c10".to_owned()], "/home/me/src/build", "/home/me/src/c10/a.cpp");
        assert_eq!(named.relative("/home/me/src/c10", "a.h"), "a.h");
    }
}

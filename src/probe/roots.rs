//! Directories below those of headers, or beside them, that headers are included from by others: `freetype2` in `include` for
//! `<freetype/config/ftheader.h>`, `lib/glib-2.0/include` for `<glibconfig.h>`. Build systems learn them from pkg-config.
//!
//! What a compiler finds by itself is not looked for, except in the directory of headers of one machine
//! (`include/x86_64-linux-gnu`), which systems have under the same name.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{Error, headers};

/// Directories that a compiler has to look in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Roots {
    /// Before the system's directories: those of one machine.
    pub before: Vec<PathBuf>,
    /// Behind the system's directories: nothing of the system's may be hidden by what has the same name.
    pub after: Vec<PathBuf>,
}

/// What one header includes and the named directories do not have, with a directory that has it.
struct Wanted {
    name: String,
    root: PathBuf,
}

/// Bytes of a header that is read. What is larger is data.
const LARGEST: u64 = 8 << 20;

/// Directories in a directory of libraries that may have headers: `lib/x86_64-linux-gnu/glib-2.0/include`.
const DEEPEST_BESIDE: usize = 3;

/// Directories that a compiler is given.
const MOST: usize = 32;

/// Directories that headers need which are included from `folders`. `finds` says which of some names a compiler finds by
/// itself.
///
/// # Errors
/// A directory cannot be read; those of `finds`.
pub(super) fn find(
    folders: &[PathBuf],
    groups: &[Vec<String>],
    finds: impl FnOnce(&[&str]) -> Result<Vec<bool>, Error>,
) -> Result<Roots, Error> {
    let wanted = wanted(folders, groups)?;
    if wanted.is_empty() {
        return Ok(Roots::default());
    }
    let names: Vec<&str> = wanted.iter().map(|wanted| &*wanted.name).collect();
    let found = finds(&names)?;
    let mut roots = Roots::default();
    for (wanted, is_found) in wanted.into_iter().zip(found) {
        let of_machine = is_of_machine(&wanted.root);
        let roots = if of_machine { &mut roots.before } else { &mut roots.after };
        if (of_machine || !is_found) && !roots.contains(&wanted.root) && roots.len() < MOST {
            roots.push(wanted.root);
        }
    }
    Ok(roots)
}

/// Each name once, as the headers include them.
fn wanted(folders: &[PathBuf], groups: &[Vec<String>]) -> Result<Vec<Wanted>, Error> {
    let known = Known::new(folders)?;
    let (mut asked, mut wanted) = (HashSet::new(), Vec::new());
    for header in groups.iter().flatten() {
        let Some(path) = folders.iter().map(|folder| folder.join(header)).find(|path| path.is_file()) else {
            continue;
        };
        let Some(text) = text_of(&path) else { continue };
        for (name, is_quoted) in included(&text) {
            let here = path.parent().unwrap_or(Path::new("")).join(&name);
            let is_here = is_quoted && here.is_file();
            if known.has(&name) || is_here || !asked.insert((here, name.clone())) {
                continue;
            }
            wanted.extend(known.root_of(&name, &path).map(|root| Wanted { name, root }));
        }
    }
    Ok(wanted)
}

/// The files that may be included.
struct Known {
    /// As they are included from the named directories.
    names: HashSet<String>,
    /// All files by their own name, in these directories and beside them.
    files: HashMap<String, BTreeSet<PathBuf>>,
}

impl Known {
    fn new(folders: &[PathBuf]) -> Result<Known, Error> {
        let mut known = Known { names: HashSet::new(), files: HashMap::new() };
        for folder in folders {
            for file in headers::files(folder)? {
                let path = folder.join(&file);
                known.names.insert(file);
                known.add(path);
            }
        }
        for folder in folders.iter().flat_map(|folder| beside(folder)) {
            headers::files(&folder)?.into_iter().for_each(|file| known.add(folder.join(file)));
        }
        Ok(known)
    }

    fn add(&mut self, path: PathBuf) {
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            self.files.entry(name.to_owned()).or_default().insert(path);
        }
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The directory from which a name is a file: the nearest around the header that includes it, else the only one.
    fn root_of(&self, name: &str, includer: &Path) -> Option<PathBuf> {
        let files = self.files.get(Path::new(name).file_name()?.to_str()?)?;
        let parts = Path::new(name).components().count();
        let has_name = |path: &&PathBuf| path.ends_with(name);
        let roots: BTreeSet<&Path> =
            files.iter().filter(has_name).filter_map(|path| path.ancestors().nth(parts)).collect();
        let around = roots.iter().filter(|root| includer.starts_with(root));
        let nearest = around.max_by_key(|root| root.components().count());
        let only = roots.first().filter(|_| roots.len() == 1);
        nearest.or(only).map(|root| root.to_path_buf())
    }
}

/// Directories of headers in `lib` beside a directory of headers. Those of everybody's are not looked for: they are many.
fn beside(folder: &Path) -> Vec<PathBuf> {
    const EVERYBODYS: [&str; 3] = ["/", "/usr", "/usr/local"];
    let Some(prefix) = folder.parent().filter(|prefix| {
        folder.ends_with("include") && !EVERYBODYS.iter().any(|all| *prefix == Path::new(all))
    }) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut work = vec![(prefix.join("lib"), 0), (prefix.join("lib64"), 0)];
    while let Some((here, depth)) = work.pop() {
        let inside = fs::read_dir(&here).into_iter().flatten().flatten();
        for path in
            inside.filter(|item| item.file_type().is_ok_and(|kind| kind.is_dir())).map(|item| item.path())
        {
            match path.ends_with("include") {
                true => found.push(path),
                false if depth + 1 < DEEPEST_BESIDE => work.push((path, depth + 1)),
                false => {}
            }
        }
    }
    found.sort();
    found
}

/// Whether a directory is called after a machine, as in `include/x86_64-linux-gnu`.
fn is_of_machine(root: &Path) -> bool {
    root.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.contains("-linux-"))
}

fn text_of(path: &Path) -> Option<String> {
    let is_small = fs::metadata(path).is_ok_and(|data| data.len() <= LARGEST);
    let text = is_small.then(|| fs::read(path).ok()).flatten()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// Names in the `#include` lines of a text, under whatever condition they stand, and whether they are quoted, so that they are
/// looked for beside the header first. Those that lead out of a directory are none.
fn included(text: &str) -> impl Iterator<Item = (String, bool)> {
    text.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("include")?.trim_start();
        let (name, is_quoted) = match rest.strip_prefix('<') {
            Some(rest) => (rest.split_once('>')?.0, false),
            None => (rest.strip_prefix('"')?.split_once('"')?.0, true),
        };
        let is_plain = !name.is_empty() && !name.starts_with('/') && name.split('/').all(|part| part != "..");
        is_plain.then(|| (name.to_owned(), is_quoted))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn roots(root: &Path, headers: &[&str], found: &[&str]) -> Roots {
        let groups = [headers.iter().map(|header| (*header).to_owned()).collect::<Vec<_>>()];
        let finds = |names: &[&str]| Ok(names.iter().map(|name| found.contains(name)).collect());
        find(&[root.join("include")], &groups, finds).unwrap()
    }

    #[test]
    fn directories_are_found_by_what_headers_include() {
        let files = [
            ("include/ft2/ft2build.h", "#include <ft/config.h>\n# include \"ft/more.h\"\n"),
            ("include/ft2/ft/config.h", "#include <stdint.h>\n#include <config.h>\n"),
            ("include/ft2/ft/more.h", ""),
            ("include/other/ft/config.h", ""),
            ("include/gl/gl.h", "#include <glconfig.h>\n#include \"types.h\"\n#include \"../up.h\"\n"),
            ("include/gl/types.h", ""),
            ("lib/x86_64-linux-gnu/gl/include/glconfig.h", ""),
            ("include/z/z.h", "#include <zconf.h>\n"),
            ("include/x86_64-linux-gnu/zconf.h", ""),
            ("include/own/own.h", "#include <string.h>\n"),
            ("include/own/compat/string.h", ""),
        ];
        let root = written(&files);
        let headers = ["ft2/ft2build.h", "ft2/ft/config.h", "gl/gl.h", "z/z.h", "own/own.h"];
        let found = roots(root.path(), &headers, &["string.h", "stdint.h", "zconf.h"]);
        let at = |name: &str| root.path().join(name);
        assert_eq!(found.before, [at("include/x86_64-linux-gnu")]);
        // Of two directories that have a header, the one around who includes it.
        assert_eq!(
            found.after,
            [at("include/ft2"), at("include/ft2/ft"), at("lib/x86_64-linux-gnu/gl/include")]
        );
    }

    #[test]
    fn what_is_found_needs_no_directory() {
        let root = written(&[
            ("include/a.h", "#include <b.h>\n#include \"sub/c.h\"\n#include <gone.h>\n"),
            ("include/b.h", ""),
            ("include/sub/c.h", ""),
        ]);
        assert_eq!(roots(root.path(), &["a.h", "b.h", "sub/c.h"], &[]), Roots::default());
    }
}

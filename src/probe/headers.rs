//! Which headers there are, and which of them are asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{EVERYTHING, Error};
use crate::patterns::PathPattern;

/// Endings of headers that patterns like `**` mean.
const ENDINGS: [&str; 8] = ["h", "hh", "hpp", "hxx", "h++", "H", "cuh", "inc"];

/// Files that a directory of headers may hold.
const MOST_FILES: usize = 500_000;

/// Directories in directories.
const DEEPEST: usize = 64;

/// Headers that one translation unit may include.
const MOST_HEADERS: usize = 3_000;

/// Headers as they are included, in groups that each make up one translation unit.
///
/// `groups` are lists of patterns; a header is in the first group that names it, in the order of its patterns, and
/// alphabetically within one. Without groups all headers are in one. `keep_going` lets patterns name nothing: one list may
/// serve many releases.
///
/// # Errors
/// A directory cannot be read; a pattern that names nothing; more headers than a compiler takes.
pub(super) fn find(
    folders: &[PathBuf],
    groups: &[Vec<String>],
    except: &[PathPattern],
    keep_going: bool,
) -> Result<Vec<Vec<String>>, Error> {
    let all = all(folders)?;
    let everything = [vec![EVERYTHING.to_owned()]];
    let groups = if groups.is_empty() { &everything[..] } else { groups };
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for patterns in groups {
        let mut group: Vec<String> = Vec::new();
        for text in patterns {
            // From the start of the path as it is included.
            let pattern = PathPattern::parse(&format!("/{}", text.trim_start_matches('/')))
                .map_err(|bad| Error::Pattern { pattern: text.clone(), what: bad.0 })?;
            let any_ending = text.ends_with('*');
            let fits = |name: &&String| {
                pattern.matches(name)
                    && !except.iter().any(|pattern| pattern.matches(name))
                    && (!any_ending || has_ending(name))
            };
            let before = taken.len();
            for name in all.iter().filter(fits) {
                if taken.insert(name) {
                    group.push(name.clone());
                }
            }
            if !keep_going && before == taken.len() && !all.iter().any(|name| pattern.matches(name)) {
                return Err(Error::NoHeader { pattern: text.clone(), folders: folders.to_vec() });
            }
        }
        if group.len() > MOST_HEADERS {
            return Err(Error::TooMany { count: group.len(), most: MOST_HEADERS });
        }
        if !group.is_empty() {
            found.push(group);
        }
    }
    Ok(found)
}

fn has_ending(name: &str) -> bool {
    Path::new(name).extension().and_then(|e| e.to_str()).is_some_and(|ending| ENDINGS.contains(&ending))
}

/// All files below the directories as they are included, sorted: one that is below several goes by its shortest name.
fn all(folders: &[PathBuf]) -> Result<Vec<String>, Error> {
    let mut by_file: BTreeMap<PathBuf, String> = BTreeMap::new();
    for folder in folders {
        let root = folder.canonicalize().map_err(|cause| Error::Io { path: folder.clone(), cause })?;
        for name in files(&root)? {
            let known = by_file.entry(root.join(&name)).or_insert_with(|| name.clone());
            if name.len() < known.len() {
                *known = name;
            }
            if by_file.len() > MOST_FILES {
                return Err(Error::TooMany { count: by_file.len(), most: MOST_FILES });
            }
        }
    }
    let mut names: Vec<String> = by_file.into_values().collect();
    names.sort();
    names.dedup();
    Ok(names)
}

/// All files below a directory, by their paths from there.
///
/// # Errors
/// A directory cannot be read; more files than a directory of headers has.
pub(super) fn files(root: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    let mut work = vec![(root.to_owned(), 0)];
    while let Some((here, depth)) = work.pop() {
        let items = fs::read_dir(&here).map_err(|cause| Error::Io { path: here.clone(), cause })?;
        for item in items {
            let item = item.map_err(|cause| Error::Io { path: here.clone(), cause })?;
            let kind = item.file_type().map_err(|cause| Error::Io { path: item.path(), cause })?;
            let path = item.path();
            if kind.is_dir() && depth < DEEPEST {
                work.push((path, depth + 1));
            } else if path.is_file()
                && let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str)
                && is_plain(name)
            {
                names.push(name.to_owned());
                if names.len() > MOST_FILES {
                    return Err(Error::TooMany { count: names.len(), most: MOST_FILES });
                }
            }
        }
    }
    Ok(names)
}

/// Whether a name can stand between angle brackets and means itself there.
fn is_plain(name: &str) -> bool {
    !name.contains(['>', '"', '\n', '\r', '\\'])
}

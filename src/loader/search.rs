//! Which file a `DT_NEEDED` entry means: ld.so(8), "when resolving shared object dependencies".

use super::search_filesystem::SearchFilesystem;
use crate::platform::UNLISTED;

/// An object that is loaded, as far as the search goes.
#[derive(Clone, Debug)]
pub(super) struct Loaded<'a> {
    /// Position among the files.
    pub(super) file: usize,
    /// The names that it was needed by.
    pub(super) names: Vec<&'a str>,
    /// Position, among the loaded objects, of the one that needed it first.
    pub(super) loader: Option<usize>,
}

/// What the search came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SearchResult {
    /// A loaded object has the name.
    Loaded(usize),
    /// A file.
    File(usize),
    /// The search path leads to directories of which nothing is known: another package may have it.
    Elsewhere,
    /// Nothing has it.
    Nowhere,
}

/// Looks for what the object at position `from` needs.
pub(super) fn search<'a>(
    disk: &SearchFilesystem<'a>,
    loaded: &[Loaded<'a>],
    from: usize,
    needed: &'a str,
) -> SearchResult {
    let is_known = |object: &Loaded<'a>| {
        object.names.contains(&needed)
            || disk.files[object.file].library.dynamic.soname.as_deref() == Some(needed)
    };
    if let Some(at) = loaded.iter().position(is_known) {
        return SearchResult::Loaded(at);
    }
    let asking = &disk.files[loaded[from].file];
    let machine = &asking.library.machine;
    if needed.contains('/') {
        let path = expanded(needed, asking.folder());
        return disk.at("", &path, machine).map_or(SearchResult::Nowhere, SearchResult::File);
    }
    let folders = folders(disk, loaded, from);
    let found = folders.iter().find_map(|folder| disk.at(folder, needed, machine));
    match found.or_else(|| disk.system.get(needed).copied()) {
        Some(file) => SearchResult::File(file),
        None if disk.is_complete => SearchResult::Nowhere,
        None if UNLISTED.contains(&needed) || disk.foreign.contains(needed) => SearchResult::Elsewhere,
        None if folders.iter().any(|folder| !disk.has_folder(folder)) => SearchResult::Elsewhere,
        None => SearchResult::Nowhere,
    }
}

/// The directories in the order in which they are searched: `DT_RPATH` of the object and of those that brought it along, unless
/// it has a `DT_RUNPATH`; the directories of the process; `DT_RUNPATH`.
fn folders(disk: &SearchFilesystem<'_>, loaded: &[Loaded<'_>], from: usize) -> Vec<String> {
    let mut folders = Vec::new();
    let runpath = disk.files[loaded[from].file].library.dynamic.runpath.as_deref();
    if runpath.is_none() {
        let mut at = Some(from);
        while let Some(object) = at {
            let file = &disk.files[loaded[object].file];
            let dynamic = &file.library.dynamic;
            // The two are not mixed in one object.
            let rpath = dynamic.rpath.as_deref().filter(|_| dynamic.runpath.is_none());
            folders.extend(rpath.iter().flat_map(|path| entries(path, file.folder())));
            at = loaded[object].loader;
        }
    }
    folders.extend(disk.searched.iter().cloned());
    let origin = disk.files[loaded[from].file].folder();
    folders.extend(runpath.iter().flat_map(|path| entries(path, origin)));
    folders
}

/// The directories of a search path. An empty one means the current directory, of which nobody knows which it will be.
fn entries<'p>(path: &'p str, origin: &'p str) -> impl Iterator<Item = String> + 'p {
    path.split(':').filter(|entry| !entry.is_empty()).map(move |entry| expanded(entry, origin))
}

/// With the token that stands for the directory of the object.
fn expanded(path: &str, origin: &str) -> String {
    path.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)
}

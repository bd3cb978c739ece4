//! Which definition a reference is bound to: `do_lookup_x` of the GNU C library, the gABI's "Shared Object Dependencies"
//! and the rules of symbol versions in the LSB's "Symbol Versioning".

use super::search_filesystem::SearchFilesystem;
use crate::abi::{Export, Import, Library};

/// Loaded objects in the order in which they are searched.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// Files in order.
    files: Vec<usize>,
    /// The place of each file in the order; none: it is not loaded.
    places: Vec<Option<u32>>,
}

impl Scope {
    pub(super) fn new(disk: &SearchFilesystem<'_>, files: Vec<usize>) -> Scope {
        let mut places = vec![None; disk.files.len()];
        for (file, place) in files.iter().zip(0..) {
            places[*file].get_or_insert(place);
        }
        Scope { files, places }
    }

    /// The first object that has a definition which the reference of `file` may be bound to.
    pub(super) fn find<'a>(
        &self,
        disk: &SearchFilesystem<'a>,
        file: usize,
        import: &Import,
    ) -> Option<(usize, &'a Export)> {
        let candidates = disk.exports.get(&*import.name)?;
        let definition = |file: usize, first: u32| {
            let library = disk.files[file].library;
            matching(library, first as usize, import).map(|export| (file, export))
        };
        // DT_SYMBOLIC puts the object itself before all others.
        if disk.files[file].library.dynamic.flags.iter().any(|flag| flag == "SYMBOLIC") {
            let own = candidates.iter().find(|(other, _)| *other as usize == file);
            if let Some(found) = own.and_then(|(other, first)| definition(*other as usize, *first)) {
                return Some(found);
            }
        }
        let mut placed: Vec<(u32, usize, u32)> = candidates
            .iter()
            // What is copied is not copied from the copy.
            .filter(|(other, _)| import.copy.is_none() || *other as usize != file)
            .filter_map(|(other, first)| Some((self.places[*other as usize]?, *other as usize, *first)))
            .collect();
        placed.sort_unstable();
        placed.into_iter().find_map(|(_, other, first)| definition(other, first))
    }

    /// Files in order.
    pub(super) fn files(&self) -> &[usize] {
        &self.files
    }
}

/// The export of a library that a reference accepts, among those of its name, which start at `first`.
fn matching<'a>(library: &'a Library, first: usize, import: &Import) -> Option<&'a Export> {
    let named = library.exports[first..].iter().take_while(|export| export.name == import.name);
    match import.version.as_deref() {
        Some(wanted) => {
            let exact = named.clone().find(|export| export.version.as_deref() == Some(wanted));
            exact.or_else(|| named.clone().find(|export| export.version.is_none()))
        }
        None => {
            // What has no version comes first, then the default one; the oldest of all does though it is hidden, which can
            // be told where there is only one.
            let unversioned = named.clone().find(|export| export.version.is_none());
            let default = || named.clone().find(|export| !export.hidden_version);
            unversioned.or_else(default).or_else(|| named.clone().find(|_| library.versions.len() == 1))
        }
    }
}

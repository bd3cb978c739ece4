//! The headers that come with libraries: folders called `include`, in a folder or in a zip file such as a wheel.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::map::Map;
use super::zip_directory::ZipDirectory;
use super::zipped::Zipped;
use super::{Error, Limits, Opened, names, sniff};

/// Name of a folder of headers.
const INCLUDE: &str = "include";

/// Bytes of one header. What is larger is data.
const LARGEST: u64 = 64 << 20;

/// Folders in folders that are looked through.
const DEEPEST: usize = 16;

/// Folders called `include` in a folder, and in these, sorted: outer ones come first.
#[must_use]
pub fn header_folders(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut work = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = work.pop() {
        let Ok(items) = fs::read_dir(&folder) else { continue };
        for item in items.flatten() {
            if item.file_type().is_ok_and(|kind| kind.is_dir()) && depth < DEEPEST {
                work.push((item.path(), depth + 1));
            }
        }
        if folder.file_name().is_some_and(|name| name == INCLUDE) {
            found.push(folder);
        }
    }
    found.sort_by(|a, b| (a.components().count(), a).cmp(&(b.components().count(), b)));
    found
}

/// Whether headers can be unpacked from the file: it is a zip file.
#[must_use]
pub fn holds_headers(path: &Path) -> bool {
    let is_zip = |map: Map| matches!(sniff::look(&map), sniff::Look::Zip);
    path.is_file() && Map::open(path).is_ok_and(is_zip)
}

/// Unpacks what lies in folders called `include` of a zip file into an empty folder. Links are left out.
///
/// # Errors
/// The file is damaged or larger than `limits` allow, a name leads out of the folder, or nothing can be written.
pub fn unpack_headers(path: &Path, to: &Path, limits: &Limits) -> Result<(), Error> {
    let label = names::shown(&path.to_string_lossy());
    let failed = |cause: std::io::Error| Error::Read { file: label.clone(), cause };
    let map = Arc::new(Map::open(path).map_err(failed)?);
    let file = Opened { label: label.clone().into(), file_name: String::new(), map: Arc::clone(&map) };
    let mut total = 0u64;
    let mut entries = 0usize;
    for entry in ZipDirectory::find(&map, &label)? {
        let entry = entry?;
        entries += 1;
        if entries > limits.entries {
            return Err(Error::Entries { file: label, limit: limits.entries });
        }
        let is_inside = entry.name.split('/').rev().skip(1).any(|part| part == INCLUDE);
        if !is_inside || entry.link || entry.name.ends_with('/') || entry.size > LARGEST {
            continue;
        }
        let inside = names::normalize(&entry.name).map_err(|why| Error::Name {
            file: label.clone(),
            member: names::shown(&entry.name),
            why,
        })?;
        total = total.saturating_add(entry.size);
        if total > limits.total {
            return Err(limits.over_total(&label, limits.total));
        }
        let zipped = Zipped::new(&entry, &file)?;
        zipped.check(limits, &label, &inside)?;
        let data = zipped.data(&label, &inside)?;
        let place = to.join(&inside);
        // Compilers take files with the same text and the same time for one that is included twice.
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(entries as u64);
        let write = || {
            place.parent().map_or(Ok(()), fs::create_dir_all)?;
            let mut file = File::create(&place)?;
            file.write_all(&data)?;
            file.set_modified(time)
        };
        write().map_err(|cause| Error::Read { file: place.display().to_string(), cause })?;
    }
    map.check()
}

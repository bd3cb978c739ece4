//! The headers that come with libraries: directories called `include`, in a directory, in a package, in the -dev package beside a
//! package, or beside the directory that a library is installed in.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::map::Map;
use super::zip_directory::ZipDirectory;
use super::zipped::Zipped;
use super::{Error, Limits, Opened, deb, names, sniff};

/// Name of a directory of headers.
const INCLUDE: &str = "include";

/// Bytes of one header. What is larger is data.
const LARGEST: u64 = 64 << 20;

/// Directories in directories that are looked through.
const DEEPEST: usize = 16;

/// Directories called `include` in a directory, and in these, sorted: outer ones come first.
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

/// Directories of headers beside the directory that a library, or a directory of libraries, is in: `include` beside `lib`, for
/// `lib/x86_64-linux-gnu` as well. What is installed for everybody is not looked at: nobody knows whose it is.
#[must_use]
pub fn header_folders_beside(path: &Path) -> Vec<PathBuf> {
    const OF_LIBRARIES: [&str; 5] = ["lib", "lib64", "lib32", "libx32", "bin"];
    const EVERYBODYS: [&str; 3] = ["/usr/include", "/usr/local/include", "/include"];
    let Ok(path) = path.canonicalize() else { return Vec::new() };
    let folder = if path.is_dir() { Some(&*path) } else { path.parent() };
    // The file may be in the build's own directory, in `lib`, or in a directory of `lib`.
    for folder in folder.into_iter().flat_map(Path::ancestors).take(3) {
        let beside = match folder.file_name().and_then(|name| name.to_str()) {
            Some(name) if OF_LIBRARIES.contains(&name) => folder.parent().map(|parent| parent.join(INCLUDE)),
            _ => None,
        };
        let found =
            beside.filter(|found| found.is_dir() && !EVERYBODYS.iter().any(|all| found == Path::new(all)));
        if let Some(found) = found {
            return vec![found];
        }
    }
    Vec::new()
}

/// The package of headers that lies beside a Debian package of a library: of the same version and machine, and called like it
/// but for the number behind the name.
#[must_use]
pub fn dev_package(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_suffix(".deb")?;
    let (package, rest) = name.split_once('_')?;
    let stem =
        |name: &str| name.trim_end_matches(|c: char| c.is_ascii_digit() || ".-+".contains(c)).to_owned();
    let mut others: Vec<(String, PathBuf)> = Vec::new();
    for item in
        fs::read_dir(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))
            .ok()?
            .flatten()
    {
        let file = item.file_name().to_string_lossy().into_owned();
        let known = file.strip_suffix(".deb").and_then(|name| name.split_once('_'));
        let is_dev = known.filter(|(package, other)| package.ends_with("-dev") && *other == rest);
        others.extend(is_dev.map(|(package, _)| (package.trim_end_matches("-dev").to_owned(), item.path())));
    }
    others.sort();
    let same = others.iter().find(|(other, _)| stem(other) == stem(package));
    // Packages of one version are of one source.
    same.or(if others.len() == 1 { others.first() } else { None }).map(|(_, path)| path.clone())
}

/// Whether headers can be unpacked from the file: it is a zip file or a Debian package.
#[must_use]
pub fn holds_headers(path: &Path) -> bool {
    let is_package = |map: Map| matches!(sniff::look(&map), sniff::Look::Zip | sniff::Look::Deb);
    path.is_file() && Map::open(path).is_ok_and(is_package)
}

/// Where headers are written to, and how much of it there is.
struct Unpacked<'u> {
    label: &'u str,
    to: &'u Path,
    limits: &'u Limits,
    total: u64,
    files: u64,
}

impl Unpacked<'_> {
    /// The path inside the directory where a file belongs; None where it is no header.
    fn inside(&mut self, name: &str, size: u64) -> Result<Option<String>, Error> {
        let is_inside = name.split('/').rev().skip(1).any(|part| part == INCLUDE);
        if !is_inside || name.ends_with('/') || size > LARGEST {
            return Ok(None);
        }
        let inside = names::normalize(name).map_err(|why| Error::Name {
            file: self.label.to_owned(),
            member: names::shown(name),
            why,
        })?;
        self.total = self.total.saturating_add(size);
        if self.total > self.limits.total {
            return Err(self.limits.over_total(self.label, self.limits.total));
        }
        Ok(Some(inside))
    }

    fn write(&mut self, inside: &str, data: &[u8]) -> Result<(), Error> {
        let place = self.to.join(inside);
        self.files += 1;
        // Compilers take files with the same text and the same time for one that is included twice.
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(self.files);
        let write = || {
            place.parent().map_or(Ok(()), fs::create_dir_all)?;
            let mut file = File::create(&place)?;
            file.write_all(data)?;
            file.set_modified(time)
        };
        write().map_err(|cause| Error::Read { file: place.display().to_string(), cause })
    }
}

/// Unpacks what lies in directories called `include` of a package into an empty directory. Links are left out.
///
/// # Errors
/// The file is damaged or larger than `limits` allow, a name leads out of the directory, or nothing can be written.
pub fn unpack_headers(path: &Path, to: &Path, limits: &Limits) -> Result<(), Error> {
    let label = names::shown(&path.to_string_lossy());
    let failed = |cause: std::io::Error| Error::Read { file: label.clone(), cause };
    let map = Arc::new(Map::open(path).map_err(failed)?);
    let file = Opened { label: label.clone().into(), file_name: String::new(), map: Arc::clone(&map) };
    let mut unpacked = Unpacked { label: &label, to, limits, total: 0, files: 0 };
    if matches!(sniff::look(&map), sniff::Look::Deb) {
        deb::each_file(&file, limits, &mut |name, size, read| match unpacked.inside(name, size)? {
            Some(inside) => {
                let mut data = Vec::new();
                read(&mut data)?;
                unpacked.write(&inside, &data)
            }
            None => Ok(()),
        })?;
        return map.check();
    }
    let mut entries = 0usize;
    for entry in ZipDirectory::find(&map, &label)? {
        let entry = entry?;
        entries += 1;
        if entries > limits.entries {
            return Err(Error::Entries { file: label, limit: limits.entries });
        }
        if entry.link {
            continue;
        }
        let Some(inside) = unpacked.inside(&entry.name, entry.size)? else { continue };
        let zipped = Zipped::new(&entry, &file)?;
        zipped.check(limits, &label, &inside)?;
        let data = zipped.data(&label, &inside)?;
        unpacked.write(&inside, &data)?;
    }
    map.check()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn include_is_beside_lib() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for path in ["p/lib/x86_64-linux-gnu", "p/include", "q/lib", "r/out", "r/include"] {
            fs::create_dir_all(root.join(path)).unwrap();
        }
        for library in ["p/lib/x86_64-linux-gnu/liba.so", "p/lib/liba.so", "q/lib/liba.so", "r/out/liba.so"] {
            fs::write(root.join(library), "").unwrap();
        }
        let beside = |path: &str| header_folders_beside(&root.join(path));
        assert_eq!(beside("p/lib/x86_64-linux-gnu/liba.so"), [root.join("p/include")]);
        assert_eq!(beside("p/lib"), [root.join("p/include")]);
        assert!(beside("q/lib/liba.so").is_empty() && beside("r/out/liba.so").is_empty());
        assert!(header_folders_beside(Path::new("/usr/lib")).is_empty());
    }

    #[test]
    fn a_dev_package_is_of_the_same_version() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            "libz1_1.2-1_amd64.deb",
            "libz-dev_1.2-1_amd64.deb",
            "libz-dev_1.3-1_amd64.deb",
            "liby-dev_1.2-1_amd64.deb",
        ];
        for file in files {
            fs::write(folder.path().join(file), "").unwrap();
        }
        let of = |name: &str| dev_package(&folder.path().join(name));
        assert_eq!(of(files[0]), Some(folder.path().join(files[1])));
        assert_eq!(of("libother3_1.3-1_amd64.deb"), Some(folder.path().join(files[2])));
        assert_eq!(of("libother3_1.2-1_amd64.deb"), None);
    }
}

//! Adding and removing releases: everything is written beside its place and moved there in one step.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;

use super::{CHECKSUMS, EXTENSION, Entry, Error, Result, Store, io_error};
use crate::abi::{Library, Release};
use crate::dump::{self, Dump, Effort};
use crate::hex::sha256;

/// Ending of the name of what is not complete.
const DRAFT: &str = ".tmp";

/// Names that mean something else, in small letters: the build, git's revisions, whatever is newest, nothing.
const RESERVED: [&str; 7] = ["head", "@", "stash", "auto_merge", "latest", "newest", "none"];

/// Names that Windows keeps for devices, in small letters, whatever stands behind a dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// How names of files end that are compared: who types one means the file.
const FILES: [&str; 9] = [".so", ".abi", ".abi.zst", ".yaml", ".whl", ".zip", ".conda", ".deb", ".tar.gz"];

impl Store {
    /// Writes a release into the store.
    ///
    /// # Errors
    /// The release is there already and `replace` is not set, its name cannot be a directory, or a file cannot be written;
    /// the store is then as it was.
    pub fn add(&self, release: &Release, replace: bool) -> Result<Entry> {
        let entry = Entry { release: release.name.clone(), platform: release.platform.clone() };
        self.check_release(&entry.release)?;
        check_name(&entry.platform.to_string())?;
        self.put(&entry, replace, |folder| write_files(folder, release))?;
        Ok(entry)
    }

    /// Puts what is written into a directory of its own in the place of a release.
    pub(super) fn put(
        &self,
        entry: &Entry,
        replace: bool,
        write: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<()> {
        let place = self.folder(entry);
        if place.exists() && !replace {
            return Err(Error::Exists(entry.to_string()));
        }
        let parent = self.root.join(&entry.release);
        fs::create_dir_all(&parent).map_err(io_error(&parent))?;
        let written = Draft::create(&parent, &entry.platform.to_string()).and_then(|draft| {
            write(draft.path())?;
            draft.publish(&place, entry, replace)?;
            sync_folder(&self.root)
        });
        if written.is_err() {
            // A release that was not there before is not there now; a directory that is not empty stays.
            let _ = fs::remove_dir(&parent);
        }
        written
    }

    /// Whether a release may have that name beside those that are stored.
    fn check_release(&self, name: &str) -> Result<()> {
        self.may_write()?;
        check_release_name(name)?;
        let stored = self.list()?;
        let is_twin = |entry: &&Entry| entry.release != name && entry.release.eq_ignore_ascii_case(name);
        match stored.iter().find(is_twin) {
            Some(twin) => Err(Error::CaseTwin(name.to_owned(), twin.release.clone())),
            None => Ok(()),
        }
    }

    fn may_write(&self) -> Result<()> {
        if let Some(address) = self.address() {
            return Err(Error::OfService(address.clone()));
        }
        if self.kept.is_some() { Err(Error::ReadOnly) } else { Ok(()) }
    }

    /// Removes a release. The dumps disappear from view in one step.
    ///
    /// # Errors
    /// No such release, or the file system refuses.
    pub fn remove(&self, entry: &Entry) -> Result<()> {
        self.may_write()?;
        let place = self.folder(entry);
        if !place.is_dir() {
            return Err(Error::Missing(entry.to_string()));
        }
        let parent = self.root.join(&entry.release);
        let draft = Draft::create(&parent, &entry.platform.to_string())?;
        fs::rename(&place, draft.path()).map_err(io_error(&place))?;
        drop(draft);
        // The last platform takes the release's directory along; a directory that is not empty stays.
        let _ = fs::remove_dir(&parent);
        Ok(())
    }
}

/// File names of the dumps: the library's, with its directory before it where two libraries share one.
pub(crate) fn file_names(libraries: &[&Library]) -> Vec<String> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for library in libraries {
        *count.entry(&library.name).or_default() += 1;
    }
    let folder = |library: &Library| {
        let path = library.path.as_deref()?;
        Some(path.strip_suffix(&library.name)?.trim_end_matches('/').replace('/', "--"))
    };
    libraries
        .iter()
        .map(|library| match folder(library).filter(|f| count[&*library.name] > 1 && !f.is_empty()) {
            Some(folder) => format!("{folder}--{}{EXTENSION}", library.name),
            None => format!("{}{EXTENSION}", library.name),
        })
        .collect()
}

fn write_files(folder: &Path, release: &Release) -> Result<()> {
    let libraries: Vec<&Library> = release.parts().collect();
    let names = file_names(&libraries);
    // The largest are begun first, or one of them is what all wait for in the end.
    let mut files: Vec<(&String, &&Library)> = names.iter().zip(&libraries).collect();
    files.sort_by_key(|(_, library)| Reverse(library.types.len() + library.exports.len()));
    let sums: BTreeMap<&String, String> = files
        .into_iter()
        .par_bridge()
        .map(|(name, library)| {
            check_name(name)?;
            let path = folder.join(name);
            let dump = Dump {
                release: Some(release.name.clone()),
                platform: release.platform.clone(),
                library: Library::clone(library),
            };
            let data = dump::compress(&dump::to_text(&dump), Effort::Best).map_err(io_error(&path))?;
            write_durably(&path, &data)?;
            Ok((name, sha256(&data)))
        })
        .collect::<Result<_>>()?;
    write_checksums(folder, &sums)
}

/// Writes the list of checksums, by the names of the dumps.
pub(super) fn write_checksums(folder: &Path, sums: &BTreeMap<impl AsRef<str>, String>) -> Result<()> {
    let text: String = sums.iter().map(|(name, sum)| format!("{sum}  {}\n", name.as_ref())).collect();
    write_durably(&folder.join(CHECKSUMS), text.as_bytes())
}

/// Writes a new file and waits until the disk has it.
pub(super) fn write_durably(path: &Path, data: &[u8]) -> Result<()> {
    let write = || {
        let mut file = File::create_new(path)?;
        file.write_all(data)?;
        file.sync_all()
    };
    write().map_err(io_error(path))
}

/// Whether a release may have that name, wherever it is stored.
///
/// # Errors
/// It cannot be a directory, or means something else.
pub(crate) fn check_release_name(name: &str) -> Result<()> {
    check_name(name)?;
    let lower = name.to_ascii_lowercase();
    if RESERVED.contains(&&*lower) || lower.ends_with("_head") {
        return Err(Error::Reserved(name.to_owned(), "it always means something else"));
    }
    if let Some(why) = elsewhere(&lower) {
        return Err(Error::Reserved(name.to_owned(), why));
    }
    if FILES.iter().any(|ending| lower.ends_with(ending)) {
        return Err(Error::Reserved(name.to_owned(), "it looks like the name of a file"));
    }
    Ok(())
}

/// Why a name, in small letters, can be no directory on Windows or no tag in git, both of which will have to take it.
fn elsewhere(lower: &str) -> Option<&'static str> {
    let stem = lower.split('.').next().unwrap_or_default();
    let is_numbered = |device: &str| {
        stem.strip_prefix(device)
            .is_some_and(|rest| matches!(rest.as_bytes(), [digit] if digit.is_ascii_digit()))
    };
    if DEVICES.contains(&stem) || is_numbered("com") || is_numbered("lpt") {
        return Some("Windows keeps that name for a device, and no checkout there could have it");
    }
    if lower.ends_with('.') {
        return Some("neither git nor Windows takes a name that ends in a dot");
    }
    if lower.contains("..") {
        return Some("two dots in a row are a range of commits to git");
    }
    lower.ends_with(".lock").then_some("git takes no tag that ends in .lock")
}

/// One path component that is the same on every file system, and never hidden.
///
/// # Errors
/// It is none.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-@".contains(c);
    let fits = !name.is_empty() && name.len() < 200 && !name.starts_with(['.', '-']);
    if fits && name.chars().all(plain) { Ok(()) } else { Err(Error::Name(name.to_owned())) }
}

/// A hidden directory beside its future place; removed when dropped, unless it was put there.
struct Draft {
    path: PathBuf,
    /// Nothing of it is left at `path`, which may be another writer's by now.
    is_moved: bool,
    /// The directory that it is in, locked by all that have a draft there. The lock ends with the process, however it ends.
    _lock: File,
}

impl Draft {
    fn create(parent: &Path, name: &str) -> Result<Draft> {
        let lock = File::open(parent).map_err(io_error(parent))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            // Whose drafts these are was killed.
            remove_drafts(parent)?;
        }
        // A file system without locks leaves drafts lying around, which are hidden, and nothing else.
        let _ = flock(&lock, FlockOperation::LockShared);
        // Processes in different containers may have the same number.
        let mut number = 0u64;
        loop {
            let path = parent.join(format!(".{name}.{}.{number}{DRAFT}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Draft { path, is_moved: false, _lock: lock }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(io_error(&path)(error)),
            }
        }
    }

    fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the draft in its place. What is there already, if only for a moment, stays unless `replace` is set, and goes away
    /// with the draft then.
    fn publish(mut self, place: &Path, entry: &Entry, replace: bool) -> Result<()> {
        sync_folder(&self.path)?;
        let path = self.path.clone();
        let rename = |flags| renameat_with(CWD, &path, CWD, place, flags);
        loop {
            let is_taken = match rename(RenameFlags::NOREPLACE) {
                Ok(()) => {
                    self.is_moved = true;
                    break;
                }
                Err(Errno::EXIST) => true,
                // A file system without such flags refuses to put one directory in the place of another that is not empty.
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) if !place.exists() => {
                    match fs::rename(&path, place) {
                        Ok(()) => {
                            self.is_moved = true;
                            break;
                        }
                        Err(error) => match error.kind() {
                            ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty => true,
                            _ => return Err(io_error(place)(error)),
                        },
                    }
                }
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => true,
                Err(error) => return Err(io_error(place)(error.into())),
            };
            if is_taken && !replace {
                return Err(Error::Exists(entry.to_string()));
            }
            match rename(RenameFlags::EXCHANGE) {
                Ok(()) => break,
                // Somebody has removed it meanwhile.
                Err(Errno::NOENT) if self.path.exists() => {}
                Err(error) => return Err(io_error(place)(error.into())),
            }
        }
        place.parent().map_or(Ok(()), sync_folder)
    }
}

fn sync_folder(path: &Path) -> Result<()> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(io_error(path))
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_moved {
            // Nothing to do about a failure: the name is hidden, and the next writer removes it.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn remove_drafts(parent: &Path) -> Result<()> {
    for item in fs::read_dir(parent).map_err(io_error(parent))? {
        let item = item.map_err(io_error(parent))?;
        let name = item.file_name();
        let name = name.to_string_lossy();
        let is_folder = item.file_type().map_err(io_error(&item.path()))?.is_dir();
        if is_folder && name.starts_with('.') && name.ends_with(DRAFT) {
            fs::remove_dir_all(item.path()).map_err(io_error(&item.path()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Platform;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("abigate-store-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        path
    }

    fn release(libraries: &[(&str, &str)]) -> Release {
        let library = |&(name, path): &(&str, &str)| Library {
            name: name.to_owned(),
            path: Some(path.to_owned()),
            ..Library::default()
        };
        let libraries = libraries.iter().map(library).collect();
        Release::new("v1.0.0".to_owned(), Platform::parse("linux-x86_64"), libraries)
    }

    #[test]
    fn what_is_added_comes_back() {
        let store = Store::open(folder("add"));
        let release = release(&[("_C.so", "a/_C.so"), ("_C.so", "b/c/_C.so"), ("liba.so", "lib/liba.so")]);
        let entry = store.add(&release, false).unwrap();
        assert_eq!(store.list().unwrap(), std::slice::from_ref(&entry));
        let names: Vec<String> = store.files(&entry).unwrap().into_iter().map(|f| f.0).collect();
        assert_eq!(names, ["a--_C.so.abi.zst", "b--c--_C.so.abi.zst", "liba.so.abi.zst"]);
        assert_eq!(store.load(&entry).unwrap(), release);
        assert_eq!(store.verify(&entry).unwrap(), 3);
        store.remove(&entry).unwrap();
        assert!(store.list().unwrap().is_empty());
        fs::remove_dir_all(store.root()).unwrap();
    }

    #[test]
    fn adding_twice_needs_replace_and_leaves_no_draft() {
        let store = Store::open(folder("twice"));
        let entry = store.add(&release(&[("liba.so", "liba.so")]), false).unwrap();
        assert!(matches!(store.add(&release(&[]), false), Err(Error::Exists(_))));
        store.add(&release(&[("libb.so", "libb.so")]), true).unwrap();
        assert_eq!(store.load(&entry).unwrap().libraries[0].name, "libb.so");
        assert_eq!(fs::read_dir(store.root().join("v1.0.0")).unwrap().count(), 1);
        fs::remove_dir_all(store.root()).unwrap();
    }

    #[test]
    fn of_two_who_add_the_same_release_one_is_told_that_it_is_there() {
        let store = Store::open(folder("race"));
        for round in 0..20 {
            let start = std::sync::Barrier::new(2);
            let add = |name: &'static str| {
                let mut release = release(&[(name, name)]);
                release.name = format!("v1.0.{round}");
                start.wait();
                store.add(&release, false)
            };
            let (one, two) = std::thread::scope(|scope| {
                let other = scope.spawn(|| add("libb.so"));
                (add("liba.so"), other.join().unwrap())
            });
            let (entry, winner, loser) = match (one, two) {
                (Ok(entry), loser) => (entry, "liba.so", loser),
                (loser, Ok(entry)) => (entry, "libb.so", loser),
                (one, two) => panic!("{one:?} {two:?}"),
            };
            assert!(matches!(loser, Err(Error::Exists(_))), "{loser:?}");
            assert_eq!(store.load(&entry).unwrap().libraries[0].name, winner);
        }
        // Both found nothing there when they began to write.
        let parent = store.root().join("v1.0.0");
        let entry = Entry { release: "v1.0.0".to_owned(), platform: Platform::parse("linux-aarch64") };
        let drafts = ["x", "x"].map(|name| Draft::create(&parent, name).unwrap());
        for draft in &drafts {
            write_files(draft.path(), &release(&[("liba.so", "liba.so")])).unwrap();
        }
        let mut published =
            drafts.into_iter().map(|draft| draft.publish(&store.folder(&entry), &entry, false));
        assert!(published.next().unwrap().is_ok());
        assert!(matches!(published.next().unwrap(), Err(Error::Exists(_))));
        fs::remove_dir_all(store.root()).unwrap();
    }

    #[test]
    fn damage_and_strangers_are_found() {
        let store = Store::open(folder("damage"));
        let entry = store.add(&release(&[("liba.so", "liba.so")]), false).unwrap();
        let stranger = store.folder(&entry).join("libx.so.abi.zst");
        fs::write(&stranger, b"x").unwrap();
        assert!(store.verify(&entry).unwrap_err().to_string().contains("is not listed"));
        fs::remove_file(stranger).unwrap();
        let file = store.folder(&entry).join("liba.so.abi.zst");
        let mut data = fs::read(&file).unwrap();
        data[10] ^= 1;
        fs::write(&file, data).unwrap();
        assert!(store.load(&entry).unwrap_err().to_string().contains("SHA-256 is"));
        fs::remove_dir_all(store.root()).unwrap();
    }

    #[test]
    fn a_list_that_is_emptied_is_no_empty_release() {
        let store = Store::open(folder("emptied"));
        let entry = store.add(&release(&[("liba.so", "liba.so"), ("libb.so", "libb.so")]), false).unwrap();
        let list = store.folder(&entry).join(CHECKSUMS);
        let whole = fs::read_to_string(&list).unwrap();
        let short: String = whole.lines().take(1).map(|line| format!("{line}\n")).collect();
        for (text, wanted) in
            [("", "liba.so.abi.zst: is not listed"), (&*short, "libb.so.abi.zst: is not listed")]
        {
            fs::write(&list, text).unwrap();
            for error in [store.load(&entry).unwrap_err(), store.verify(&entry).unwrap_err()] {
                assert!(error.to_string().contains(wanted), "{error}");
            }
        }
        for name in ["liba.so.abi.zst", "libb.so.abi.zst"] {
            fs::remove_file(store.folder(&entry).join(name)).unwrap();
        }
        fs::write(&list, "").unwrap();
        assert!(store.load(&entry).unwrap_err().to_string().contains("lists no dump"));
        fs::remove_dir_all(store.root()).unwrap();
    }

    #[test]
    fn names_that_mean_something_else_are_refused() {
        let store = Store::open(folder("reserved"));
        store.add(&release(&[("liba.so", "liba.so")]), false).unwrap();
        for (name, wanted) in [
            ("HEAD", "means something else"),
            ("Latest", "means something else"),
            ("@", "means something else"),
            ("CHERRY_PICK_HEAD", "means something else"),
            ("stash", "means something else"),
            ("CON", "Windows keeps that name"),
            ("nul.1.0", "Windows keeps that name"),
            ("lpt0", "Windows keeps that name"),
            ("v1.0.", "ends in a dot"),
            ("v1..v2", "range of commits"),
            ("v1.lock", "ends in .lock"),
            ("libx.so", "name of a file"),
            ("v1.abi.zst", "name of a file"),
            ("V1.0.0", "is stored already as v1.0.0"),
        ] {
            let release = Release { name: name.to_owned(), ..release(&[("liba.so", "liba.so")]) };
            let error = store.add(&release, false).unwrap_err().to_string();
            assert!(error.contains(wanted), "{name}: {error}");
        }
        for name in ["console", "com10", "auxiliary-1.0", "nullable", "v1.0-lock", "ahead", "v1.0@2"] {
            check_release_name(name).unwrap();
        }
        fs::remove_dir_all(store.root()).unwrap();
    }

    #[test]
    fn names_cannot_leave_the_store() {
        let store = Store::open(folder("names"));
        for name in ["../x", "", ".hidden", "a/b", "-x", "a b"] {
            let release = Release { name: name.to_owned(), ..release(&[]) };
            assert!(matches!(store.add(&release, false), Err(Error::Name(_))), "{name}");
        }
    }
}

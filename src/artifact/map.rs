//! Files mapped for reading, and room for what is unpacked. Where the process has no guard for mapped files, they are read.
//!
//! Whoever can write to a file can change it while it is mapped. What was read is then neither the old file nor the new one,
//! so that [`Map::check`] has to be asked once everything was read.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::ops::Deref;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use memmap2::{Mmap, MmapMut};

use super::sigbus_guard::{self, Watch};
use super::{Error, names};

/// A larger file is mapped or refused, in bytes.
const LARGEST_COPY: u64 = 4 << 30;

/// A regular file, mapped or read; derefs to its bytes. An empty file gives an empty map.
#[derive(Debug)]
pub(super) struct Map {
    bytes: Bytes,
    path: PathBuf,
    /// As it was when it was mapped.
    about: Metadata,
}

#[derive(Debug)]
enum Bytes {
    Mapped {
        // Dropped in this order: the pages must not go away while they are watched.
        watch: Watch,
        pages: Mmap,
    },
    Read(Vec<u8>),
}

impl Map {
    #[expect(unsafe_code, reason = "mapping is how libraries of gigabytes are read without a copy")]
    pub(super) fn open(path: &Path) -> io::Result<Map> {
        let file = open_regular(path)?;
        let about = file.metadata()?;
        if !sigbus_guard::is_installed() {
            let bytes = Bytes::Read(read(file, about.len())?);
            return Ok(Map { bytes, path: path.to_owned(), about });
        }
        // SAFETY: the map is only ever read. Should another process change the file meanwhile, the bytes read are
        // arbitrary, which every reader of them expects of its input anyway; should it cut the file short, they are zeros.
        let pages = unsafe { Mmap::map(&file) }?;
        let bytes = Bytes::Mapped { watch: Watch::new(&pages), pages };
        Ok(Map { bytes, path: path.to_owned(), about })
    }

    /// Gives back the memory that these of its bytes take. They come from the file again when somebody reads them.
    pub(super) fn forget(&self, part: &[u8]) {
        if let Bytes::Mapped { pages, .. } = &self.bytes {
            forget(pages, part);
        }
    }

    /// Whether the bytes that were read up to now are those of one and the same file.
    ///
    /// # Errors
    /// [`Error::Changed`], with what happened to it.
    pub(super) fn check(&self) -> Result<(), Error> {
        let changed = |what| Err(Error::Changed { file: names::shown(&self.path.to_string_lossy()), what });
        if let Bytes::Mapped { watch, .. } = &self.bytes
            && watch.is_cut()
        {
            return changed("cut short");
        }
        // Under another file of the same name, the one that is mapped goes on as it was.
        match self.path.metadata().ok().filter(|now| identity(now) == identity(&self.about)) {
            Some(now) if now.len() < self.about.len() => changed("cut short"),
            Some(now) if state(&now) != state(&self.about) => changed("changed"),
            _ => Ok(()),
        }
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mapped { pages, .. } => pages,
            Bytes::Read(bytes) => bytes,
        }
    }
}

/// The bytes of a file that is said to be so long.
fn read(file: File, length: u64) -> io::Result<Vec<u8>> {
    if length > LARGEST_COPY {
        let gib = LARGEST_COPY >> 30;
        return Err(io::Error::other(format!("larger than {gib} GiB, and this process may not map files")));
    }
    let mut bytes = Vec::new();
    let room = usize::try_from(length).map_err(io::Error::other)?;
    bytes.try_reserve_exact(room).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn identity(about: &Metadata) -> (u64, u64) {
    (about.dev(), about.ino())
}

fn state(about: &Metadata) -> (u64, i64, i64) {
    (about.len(), about.mtime(), about.mtime_nsec())
}

/// Opens a regular file. Anything else is refused unopened: a pipe may never be written to, a device never end.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let refused = || io::Error::other("not a regular file");
    if !path.metadata()?.is_file() {
        return Err(refused());
    }
    // It may have become something else just now, for which nobody shall wait.
    let file = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(refused()) }
}

/// What is as large is kept in a file without a name, in bytes. Of a library of a gigabyte, a tenth is ever looked at.
pub(super) const LARGE: u64 = 64 << 20;

/// Large bytes out of memory; where there is no room for such a file, they stay.
pub(super) fn filed(bytes: &[u8]) -> Option<Mmap> {
    if (bytes.len() as u64) < LARGE {
        return None;
    }
    let mut file = tempfile::tempfile().ok()?;
    file.write_all(bytes).ok()?;
    of_unnamed(&file).ok()
}

/// The bytes of a file that has no name, and that nobody but this process can change.
#[expect(unsafe_code, reason = "mapping is how libraries of gigabytes are read without a copy")]
pub(super) fn of_unnamed(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is only ever read, and nobody writes to the file, which no other process can open by a name.
    unsafe { Mmap::map(file) }
}

/// Gives back the memory that a part of a mapped file takes. It comes from the file again when somebody reads it.
#[expect(unsafe_code, reason = "whoever reads a package once keeps none of it in memory")]
pub(super) fn forget(pages: &Mmap, part: &[u8]) {
    let inside = (part.as_ptr() as usize).checked_sub(pages.as_ptr() as usize);
    let Some(start) = inside.filter(|start| start + part.len() <= pages.len()) else { return };
    // SAFETY: the pages are those of a file, mapped for reading, so that they are the same when they are read again. As
    // with every read of a map, another process may have changed the file meanwhile. It is a wish: its failure is none.
    let _ = unsafe { pages.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, part.len()) };
}

/// A file without a name that is yet to be filled, through a map, by what writes all of it in order.
pub(super) struct Filling {
    pages: MmapMut,
}

impl Filling {
    /// How long what was written stays in memory.
    const KEPT: Duration = Duration::from_millis(40);

    /// Room for so many bytes, which is set aside: a full disk would end whoever writes to the map.
    #[expect(unsafe_code, reason = "what unpacks all at once needs all of the room at once")]
    pub(super) fn new(bytes: u64) -> io::Result<Filling> {
        let file = tempfile::tempfile()?;
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, bytes)?;
        // SAFETY: no other process can open the file by a name, and this one has it here only.
        Ok(Filling { pages: unsafe { MmapMut::map_mut(&file) }? })
    }

    /// Lets `write` write, and meanwhile gives the memory back that its pages take, and what `meanwhile` knows of. Gives what
    /// `write` does, and the file.
    pub(super) fn fill<T>(
        mut self,
        write: impl FnOnce(&mut [u8]) -> T,
        meanwhile: impl Fn() + Sync,
    ) -> (T, io::Result<Mmap>) {
        let (start, length) = (self.pages.as_mut_ptr() as usize, self.pages.len());
        let is_over = AtomicBool::new(false);
        let give_back = || {
            while !is_over.load(Ordering::Relaxed) {
                thread::park_timeout(Self::KEPT);
                give_back(start, length);
                meanwhile();
            }
        };
        let written = thread::scope(|scope| {
            // Without such a thread, it takes more memory, and that is all.
            let giver = thread::Builder::new().spawn_scoped(scope, give_back).ok();
            let written = catch_unwind(AssertUnwindSafe(|| write(&mut self.pages)));
            is_over.store(true, Ordering::Relaxed);
            giver.inspect(|giver| giver.thread().unpark());
            written
        });
        (written.unwrap_or_else(|payload| resume_unwind(payload)), self.pages.make_read_only())
    }
}

/// Gives back the memory that the pages of a map take, in bytes from its start.
#[expect(unsafe_code, reason = "whoever writes to the pages has them all meanwhile")]
fn give_back(start: usize, length: usize) {
    // SAFETY: the pages are those of a file, mapped shared, so that they are the same when they are read or written again. They
    // stay mapped, since those who call this borrow the map. It is a wish: its failure is none.
    let _ = unsafe { libc::madvise(start as *mut libc::c_void, length, libc::MADV_DONTNEED) };
}

/// Zeroed memory for `bytes` bytes. What is never written to is never taken from the system, so that a lie
/// about the size of something costs nothing.
pub(super) fn room(bytes: usize) -> io::Result<MmapMut> {
    let room = MmapMut::map_anon(bytes)?;
    // A wish: without it, half of the time of unpacking a large library goes into handing out small pages.
    #[cfg(target_os = "linux")]
    let _ = room.advise(memmap2::Advice::HugePage);
    Ok(room)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No test of this crate's own installs the guard.
    #[test]
    fn without_a_guard_a_file_is_read_and_checked_all_the_same() {
        assert!(!sigbus_guard::is_installed());
        let path = std::env::temp_dir().join(format!("abigate-map-{}", std::process::id()));
        std::fs::write(&path, [7; 9000]).unwrap();
        let map = Map::open(&path).unwrap();
        map.check().unwrap();
        File::options().write(true).open(&path).unwrap().set_len(10).unwrap();
        assert_eq!(*map, [7; 9000]);
        assert!(map.check().unwrap_err().to_string().ends_with("cut short while it was read"));
        std::fs::remove_file(path).unwrap();
    }
}

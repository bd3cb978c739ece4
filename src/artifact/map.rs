//! Memory from the system: files mapped, which is the one unsafe call, and room for what is unpacked.

use std::fs::File;
use std::io;

use memmap2::{Mmap, MmapMut};

/// Maps a regular file for reading; an empty file gives an empty map.
#[expect(unsafe_code, reason = "mapping is how libraries of gigabytes are read without a copy")]
pub(super) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is only ever read. Should another process change the file meanwhile, the bytes read
    // are arbitrary, which every reader of them expects of its input anyway; should it cut the file short,
    // the process ends with SIGBUS, as it does for every program that maps its input.
    unsafe { Mmap::map(file) }
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

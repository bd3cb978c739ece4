//! The one unsafe call: mapping a file into memory.

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// Maps a regular file for reading; an empty file gives an empty map.
#[expect(unsafe_code, reason = "mapping is how libraries of gigabytes are read without a copy")]
pub(super) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the map is only ever read. Should another process change the file meanwhile, the bytes read
    // are arbitrary, which every reader of them expects of its input anyway; should it cut the file short,
    // the process ends with SIGBUS, as it does for every program that maps its input.
    unsafe { Mmap::map(file) }
}

//! Any bytes as a file that somebody names: told what it is, opened, and every library in it unpacked.

#![no_main]

use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use abigate::artifact::{self, Limits};
use libfuzzer_sys::fuzz_target;

/// As the defaults are meant to work, for inputs of some kilobytes.
const LIMITS: Limits = Limits { member: 4 << 20, total: 16 << 20, entries: 1000, ratio: 200, programs: false };

fuzz_target!(|data: &[u8]| {
    let fd = rustix::fs::memfd_create("fuzzed", rustix::fs::MemfdFlags::CLOEXEC).expect("a file in memory");
    let mut file = File::from(fd);
    file.write_all(data).expect("room");
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    match artifact::open(&path, &LIMITS) {
        Ok(artifact) => {
            for member in &artifact.members {
                if let Err(error) = member.data() {
                    assert!(!error.to_string().contains('\n'), "{error}");
                }
            }
        }
        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
    }
});

//! Files that change while they are read: cut short, which is a signal for who has them mapped, or written to.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use abigate::artifact::{Artifact, Error, Limits, guard_mapped_files, open};

use crate::archives::{deflated, stored, zip};

use super::{Random, bytes};

const LARGE: usize = 1 << 20;

/// A library of some pages more than one.
fn large() -> Vec<u8> {
    let mut library = bytes("elf/libshapes-x86_64.so");
    library.resize(LARGE, 7);
    library
}

fn put(folder: &Path, name: &str, data: &[u8]) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::write(&path, data).expect("a file");
    path
}

fn opened(path: &Path) -> Artifact {
    guard_mapped_files().expect("a handler");
    open(path, &Limits::default()).expect("whole")
}

fn cut(path: &Path, length: u64) {
    File::options().write(true).open(path).expect("a file").set_len(length).expect("shorter");
}

fn sum(data: &[u8]) -> usize {
    data.iter().map(|byte| usize::from(*byte)).sum()
}

#[track_caller]
fn is_told<T: std::fmt::Debug>(result: Result<T, Error>, path: &Path, what: &str) {
    let said = result.expect_err("it changed").to_string();
    assert_eq!(said, format!("{}: {what} while it was read", path.display()));
}

/// Read in this process, so that it is certain when the file changes.
#[test]
fn a_mapped_file_is_cut_short() {
    let folder = tempfile::tempdir().expect("a directory");
    let path = put(folder.path(), "libone.so", &large());
    let artifact = opened(&path);
    let data = artifact.members[0].data().expect("bytes");
    data.check().expect("nothing happened");
    cut(&path, 5000);
    // Zeros from the page on that is gone, and the rest as it was.
    assert_eq!(sum(&data[8192..]), 0);
    assert!(data.starts_with(b"\x7fELF"));
    is_told(data.check(), &path, "cut short");
    // It remembers, even if the file is there again.
    fs::write(&path, large()).expect("a file");
    is_told(data.check(), &path, "cut short");
    opened(&path).members[0].data().expect("bytes").check().expect("whole again");
}

/// Nobody notices when nothing is read from a page that is gone, but what was read may be from before or after.
#[test]
fn a_mapped_file_is_cut_within_a_page_or_changed() {
    let folder = tempfile::tempdir().expect("a directory");
    for (length, what) in [(LARGE as u64 - 1, "cut short"), (LARGE as u64 + 1, "changed")] {
        let path = put(folder.path(), "libone.so", &large());
        let artifact = opened(&path);
        cut(&path, length);
        is_told(artifact.members[0].data().expect("bytes").check(), &path, what);
    }
    let path = put(folder.path(), "libone.so", &large());
    let artifact = opened(&path);
    let before = path.metadata().expect("a file").modified().expect("a time");
    // Clocks of file systems tick some hundred times a second.
    while path.metadata().expect("a file").modified().expect("a time") == before {
        File::options().write(true).open(&path).expect("a file").write_all(b"\x7fELF").expect("written");
    }
    is_told(artifact.members[0].data().expect("bytes").check(), &path, "changed");
}

/// How careful programs write a file: who has it open keeps the old one.
#[test]
fn a_file_that_is_replaced_stays_whole() {
    let folder = tempfile::tempdir().expect("a directory");
    let path = put(folder.path(), "libone.so", &large());
    let artifact = opened(&path);
    let other = put(folder.path(), "other", b"x");
    fs::rename(other, &path).expect("renamed");
    let data = artifact.members[0].data().expect("bytes");
    assert_eq!(*data, large());
    data.check().expect("the old one is whole");
    fs::remove_file(&path).expect("it was there");
    data.check().expect("the old one is whole");
}

#[test]
fn archives_are_cut_short() {
    let folder = tempfile::tempdir().expect("a directory");
    let members = [("liba.so", &*large(), stored()), ("libb.so", &*large(), deflated())];
    let path = put(folder.path(), "a.zip", &zip(&members));
    let artifact = opened(&path);
    let [first, second] = &artifact.members[..] else { panic!("two members") };
    let data = first.data().expect("bytes");
    cut(&path, 4096);
    assert_eq!(sum(&data[8192..]), 0);
    is_told(data.check(), &path, "cut short");
    // Not "damaged", which it is not.
    is_told(second.data(), &path, "cut short");
}

#[test]
fn files_of_a_folder_are_cut_short() {
    let folder = tempfile::tempdir().expect("a directory");
    let path = put(folder.path(), "libone.so", &large());
    put(folder.path(), "libtwo.so", &large());
    let artifact = opened(folder.path());
    let data = artifact.members.iter().map(|m| m.data().expect("bytes")).collect::<Vec<_>>();
    cut(&path, 0);
    assert_eq!((sum(&data[0]), *data[1] == *large()), (0, true));
    is_told(data[0].check(), &path, "cut short");
    data[1].check().expect("the other one is whole");
}

/// Many threads read many files of which some are cut short: each is told for itself.
#[test]
fn threads_do_not_disturb_each_other() {
    let folder = tempfile::tempdir().expect("a directory");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let folder = folder.path();
            scope.spawn(move || {
                for round in 0..20 {
                    let path = put(folder, &format!("lib{thread}.so"), &large());
                    let artifact = opened(&path);
                    let data = artifact.members[0].data().expect("bytes");
                    let is_cut = (thread + round) % 2 == 0;
                    if is_cut {
                        cut(&path, 4096);
                    }
                    assert_eq!(*data == *large(), !is_cut);
                    assert_eq!(data.check().is_err(), is_cut);
                }
            });
        }
    });
}

/// The program itself, with files that are cut at some moment: before it looks, while it reads, or when it is done.
#[test]
fn the_program_tells_which_file_changed() {
    let folder = tempfile::tempdir().expect("a directory");
    let here = folder.path();
    let whole = bytes("dwarf/libsample-x86_64.so");
    let (mut random, mut told, start) = (Random::new(1), 0, Instant::now());
    while told < 10 {
        assert!(start.elapsed() < Duration::from_secs(60), "never cut while it was read");
        let path = put(here, "libone.so", &whole);
        let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
        command.args(["dump", "libone.so"]).current_dir(here).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("it runs");
        std::thread::sleep(Duration::from_micros(random.below(60_000) as u64));
        cut(&path, random.below(whole.len()) as u64);
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => assert_eq!(said, ""),
            Some(2) => {
                assert!(said.starts_with("abigate: libone.so: ") && said.lines().count() == 1, "{said}")
            }
            _ => panic!("{:?}: {said}", output.status),
        }
        told += usize::from(said.contains("while it was read"));
    }
}

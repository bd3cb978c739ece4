//! A store whose writer is stopped: by a disk that is full, or by `kill -9`. It is what it was or what it was to become,
//! and what is left over disturbs nobody.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Random, Run, fixture, kill};

const PLACE: &str = "baselines/v1/linux-x86_64";

/// A folder of libraries to make a baseline of.
fn libraries(folder: &Path, name: &str, names: &[&str]) -> PathBuf {
    let to = folder.join(name);
    fs::create_dir_all(&to).expect("a directory");
    for name in names {
        fs::copy(fixture("elf").join(name), to.join(name)).expect("a copy");
    }
    to
}

fn two_releases() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a directory");
    libraries(folder.path(), "old", &["libtiny-x86_64.so", "libshapes-x86_64.so"]);
    let new = ["libshapes-x86_64.so", "libshapes-x86_64-clang.so", "libshapes-x86_64-relr.so"];
    libraries(folder.path(), "new", &new);
    folder
}

const ADD_NEW: [&str; 6] = ["baseline", "add", "new", "--release", "v1", "--replace"];

/// All files below a folder with their bytes, hidden ones too.
fn state(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files.extend(state(&path)),
            false => files.push((path.clone(), fs::read(&path).expect("a file"))),
        }
    }
    files.sort();
    files
}

/// Folders in the folder of the release: platforms, and what nobody finished.
fn names(here: &Path) -> Vec<String> {
    let entries = fs::read_dir(here.join("baselines/v1")).into_iter().flatten();
    entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// No file may be larger than so many blocks of 512 bytes: what a full disk says, but for the number of the error.
#[test]
fn a_disk_that_is_full() {
    let folder = two_releases();
    let here = folder.path();
    let full = |blocks: u32, arguments: &[&str]| {
        Run::after(here, &format!("trap '' XFSZ; ulimit -f {blocks};"), arguments)
    };
    // Nothing is stored yet, and nothing is afterwards.
    for blocks in [1, 2] {
        full(blocks, &ADD_NEW).refuses(&[".abi.zst", "File too large"]);
        assert!(!here.join("baselines/v1").exists());
    }
    Run::new(here, &["baseline", "add", "old", "--release", "v1"]).succeeds();
    let before = state(here);
    for blocks in [1, 2] {
        full(blocks, &ADD_NEW).refuses(&[".abi.zst", "File too large"]);
        full(blocks, &["dump", "new/libshapes-x86_64.so", "-o", "a.abi"])
            .refuses(&["a.abi", "File too large"]);
        full(blocks, &["dump", "new", "-o", "old/"]).refuses(&["old/lib", ".abi.zst", "File too large"]);
        assert_eq!(state(here), before);
    }
    Run::new(here, &["baseline", "verify"]).succeeds();
    Run::new(here, &ADD_NEW).succeeds();
}

/// A disk of 16 KiB, for who may mount one.
#[test]
fn a_small_disk_that_is_full() {
    let folder = two_releases();
    let here = folder.path();
    fs::create_dir(here.join("baselines")).expect("a directory");
    let script = "mount -t tmpfs -o size=16k none baselines || exit 77
        $0 --quiet baseline add old/libtiny-x86_64.so --release v1 || exit 1
        before=$(cd baselines && find . -type f -exec cksum {} + | sort)
        $0 baseline add new --release v1 --platform linux-x86_64 --replace 2>err; [ $? = 2 ] || exit 1
        $0 baseline add new --release v2 2>>err; [ $? = 2 ] || exit 1
        [ \"$before\" = \"$(cd baselines && find . -type f -exec cksum {} + | sort)\" ] || exit 1
        [ \"$(ls -A baselines)\" = v1 ] || exit 1
        $0 baseline verify";
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script, env!("CARGO_BIN_EXE_abigate")]);
    let output = match command.current_dir(here).env_remove("ABIGATE_STORE").output() {
        Ok(output) if output.status.code() != Some(77) => output,
        _ => return eprintln!("left out: a small disk, since nothing can be mounted here"),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stdout));
    let err = fs::read_to_string(here.join("err")).expect("two lines");
    assert_eq!(err.lines().count(), 2, "{err}");
    for line in err.lines() {
        assert!(line.contains(".abi.zst") && line.contains("No space left on device"), "{line}");
    }
}

/// How long it takes to add the new release when nothing happens.
fn usual(here: &Path) -> Duration {
    let start = Instant::now();
    Run::new(here, &ADD_NEW).succeeds();
    start.elapsed()
}

/// Starts adding the new release and kills it after a while; whether it was still at work.
fn add_and_kill(here: &Path, after: Duration) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    command.args(ADD_NEW).current_dir(here).env_remove("ABIGATE_STORE");
    let mut child = command.stdout(Stdio::null()).spawn().expect("it runs");
    std::thread::sleep(after);
    let was_at_work = child.try_wait().expect("our child").is_none();
    kill(&mut child);
    was_at_work
}

/// Kills the writer at many moments; gives how often something was left over, and how often it was done all the same.
fn kill_often(
    here: &Path,
    start: impl Fn(),
    old: &[(PathBuf, Vec<u8>)],
    new: &[(PathBuf, Vec<u8>)],
) -> (usize, usize) {
    let usual = usual(here);
    let mut random = Random::new(9);
    let (mut left_over, mut done) = (0, 0);
    for _ in 0..60 {
        start();
        let part = random.below(1100) as u32;
        add_and_kill(here, usual * part / 1000);
        let now = state(&here.join(PLACE));
        assert!(now == old || now == new, "neither the old release nor the new one");
        left_over += usize::from(names(here).iter().any(|name| name.starts_with('.')));
        done += usize::from(now == new);
        if !now.is_empty() {
            let verified = Run::new(here, &["baseline", "verify"]);
            verified.succeeds();
            assert_eq!(verified.out.lines().count(), 1, "{}", verified.out);
        }
    }
    (left_over, done)
}

#[test]
fn a_writer_that_is_killed_while_it_replaces_a_release() {
    let folder = two_releases();
    let here = folder.path();
    let add_old = || Run::new(here, &["baseline", "add", "old", "--release", "v1", "--replace"]).succeeds();
    add_old();
    let old = state(&here.join(PLACE));
    Run::new(here, &ADD_NEW).succeeds();
    let new = state(&here.join(PLACE));
    assert_ne!(old, new);
    let (left_over, done) = kill_often(here, add_old, &old, &new);
    assert!(left_over > 5 && done < 60, "{left_over} left over, {done} done: killed at the wrong moments");
    add_old();
    assert_eq!(names(here), ["linux-x86_64"]);
}

#[test]
fn a_writer_that_is_killed_while_it_adds_a_release() {
    let folder = two_releases();
    let here = folder.path();
    Run::new(here, &ADD_NEW).succeeds();
    let new = state(&here.join(PLACE));
    let remove = || {
        let _ = fs::remove_dir_all(here.join(PLACE));
    };
    let (left_over, done) = kill_often(here, remove, &[], &new);
    assert!(left_over > 5 && done < 60, "{left_over} left over, {done} done: killed at the wrong moments");
    Run::new(here, &ADD_NEW).succeeds();
    assert_eq!(names(here), ["linux-x86_64"]);
}

/// Somebody else's work in the same place is not what was left over.
#[test]
fn writers_do_not_clear_each_other_away() {
    let folder = two_releases();
    let here = folder.path();
    let run = |platform: String| {
        let arguments = ["baseline", "add", "new", "--release", "v1", "--platform", &platform];
        Run::new(here, &arguments).succeeds();
    };
    std::thread::scope(|scope| {
        for number in 0..6 {
            scope.spawn(move || run(format!("linux-x86_64-v{number}")));
        }
    });
    assert_eq!(names(here).len(), 6);
    Run::new(here, &["baseline", "verify"]).succeeds();
}

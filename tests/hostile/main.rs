//! Hostile input: whatever stands in a file, wherever a name leads, whatever happens meanwhile, there is a result that is
//! right or one line that says what is wrong with what, in little time and memory.
//!
//! - `damaged`: fixtures of every kind with bytes changed, cut, and sections swapped
//! - `debug_info`: the same for debug info alone, in this process and so with many more cases
//! - `bombs`: archives and dumps that unpack to far more than they are
//! - `places`: devices, pipes, links, and names that lead out of a folder
//! - `meanwhile`: files that change while they are read
//! - `store`: a full disk and `kill -9` while a baseline is written
//!
//! Most of it runs the program itself, under the limits of [`Run`]: what a panic, a signal or an allocation comes to is
//! only seen from outside.

#[path = "../it/archives.rs"]
mod archives;
mod bombs;
mod damaged;
mod debug_info;
mod meanwhile;
mod places;
mod store;

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Processor time for one file, in seconds.
const SECONDS: u32 = 2;

/// Memory, in KiB. It is address space that is limited, which counts what is asked for and never used as well; the fixed
/// number of threads and heaps keeps their share of it the same on every machine.
const MEMORY: u32 = 512 << 10;

/// Who waits for longer than this waits for ever: the machine may be busy, and the limit on time does not count waiting.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the program said.
struct Run {
    code: Option<i32>,
    signal: Option<i32>,
    out: String,
    err: String,
    /// What was run, for messages.
    line: String,
}

impl Run {
    /// Runs the program in a folder, under the limits.
    fn new(folder: &Path, arguments: &[&str]) -> Run {
        Run::after(folder, "", arguments)
    }

    /// The same, after a command of the shell such as `ulimit -f 1;`.
    fn after(folder: &Path, before: &str, arguments: &[&str]) -> Run {
        let limits = format!("{before} ulimit -v {MEMORY}; ulimit -t {SECONDS}; ulimit -c 0; exec \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &limits, "sh", env!("CARGO_BIN_EXE_abigate"), "--threads", "2"]).args(arguments);
        Run::wait(command.current_dir(folder), arguments)
    }

    fn wait(command: &mut Command, arguments: &[&str]) -> Run {
        let line = arguments.join(" ");
        // Files, since nobody reads pipes while this waits.
        let files = tempfile::tempdir().expect("a directory");
        let path = |name| files.path().join(name);
        let create = |name| File::create(path(name)).expect("a file");
        command.env("MALLOC_ARENA_MAX", "1").env_remove("ABIGATE_STORE").env_remove("RUST_BACKTRACE");
        command.stdin(Stdio::null()).stdout(create("out")).stderr(create("err"));
        let mut child = command.spawn().expect("it runs");
        let start = Instant::now();
        let status = loop {
            match child.try_wait().expect("our child") {
                Some(status) => break status,
                None if start.elapsed() > PATIENCE => {
                    kill(&mut child);
                    panic!("{line}: hangs");
                }
                None => std::thread::sleep(Duration::from_micros(500)),
            }
        };
        let text = |name| String::from_utf8(fs::read(path(name)).expect("a file")).expect("UTF-8");
        Run { code: status.code(), signal: status.signal(), out: text("out"), err: text("err"), line }
    }

    /// It ended by itself, and not by a bug.
    #[track_caller]
    fn ends(&self) {
        assert_eq!(self.signal, None, "{}: {}", self.line, self.err);
        let bug = ["bug in abigate", "panicked"].iter().any(|word| self.err.contains(word));
        assert!(!bug && matches!(self.code, Some(0..=3)), "{}: {:?} {}", self.line, self.code, self.err);
    }

    #[track_caller]
    fn succeeds(&self) {
        self.ends();
        assert_eq!(self.code, Some(0), "{}: {}", self.line, self.err);
    }

    /// Exit code 2, and one line that has all these parts. Warnings may stand before it.
    #[track_caller]
    fn refuses(&self, parts: &[&str]) {
        self.ends();
        assert_eq!(self.code, Some(2), "{}: {}{}", self.line, self.out, self.err);
        assert_eq!(self.out, "", "{}", self.line);
        let last = self.err.lines().last().unwrap_or_default();
        let is_fine = last.starts_with("abigate: ") && parts.iter().all(|part| last.contains(part));
        assert!(is_fine, "{}: {parts:?} should be in {:?}", self.line, self.err);
    }
}

fn kill(child: &mut Child) {
    child.kill().expect("our child");
    child.wait().expect("our child");
}

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(path)
}

fn bytes(path: &str) -> Vec<u8> {
    fs::read(fixture(path)).expect("the fixture is there")
}

/// Numbers that look random and are always the same ones.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The upper half is the better one.
        (self.0 >> 32) as usize % end.max(1)
    }
}

//! A directory for temporary files that goes away however the process ends, and the compilers that work in it.
//!
//! Somebody may kill this process with a signal that cannot be handled. A small shell beside it waits for the end of a pipe
//! that only this process holds: when it ends, whyever, the shell kills the compilers and removes the directory.

use std::fs::File;
use std::io::Write;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use super::Error;

/// What waits for the end: keeps the process groups that are at work, `+` for a new one and `-` for one that has ended.
const JANITOR: &str = r#"trap '' INT TERM HUP QUIT
groups=' '
while read -r line; do
  case $line in
    +*) groups="$groups${line#+} " ;;
    -*) groups="${groups%% ${line#-} *} ${groups#* ${line#-} }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
rm -rf -- "$1""#;

/// How often a running compiler is looked at.
const TICK: Duration = Duration::from_millis(10);

/// What one run of a compiler may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time of the processor and on the clock each.
    pub time: Duration,
    /// Address space, in bytes.
    pub memory: u64,
}

impl Default for Limits {
    /// Ten minutes and 8 GiB: the largest headers known take one minute and 3 GiB.
    fn default() -> Limits {
        Limits { time: Duration::from_secs(600), memory: 8 << 30 }
    }
}

/// The directory.
pub struct Workplace {
    path: PathBuf,
    janitor: Child,
    pipe: Option<Mutex<ChildStdin>>,
    numbers: AtomicU32,
}

/// What a run came to.
pub(crate) struct Finished {
    pub success: bool,
    /// It was stopped, or stopped itself, at a limit.
    pub why: Option<String>,
    /// Standard error.
    pub messages: String,
}

impl Workplace {
    /// Makes a directory in the system's directory for temporary files.
    ///
    /// # Errors
    /// The directory cannot be made, or no shell runs.
    pub fn create(within: &Path) -> Result<Workplace, Error> {
        let failed = |path: &Path, cause: io::Error| Error::Io { path: path.to_owned(), cause };
        let mut number = 0u32;
        let path = loop {
            let path = within.join(format!("abigate-{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => break path,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(failed(&path, error)),
            }
        };
        let mut shell = Command::new("sh");
        shell.args(["-c", JANITOR, "sh"]).arg(&path).stdin(Stdio::piped());
        // A group of its own: what is typed at the terminal does not reach it.
        shell.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut janitor = match shell.spawn() {
            Ok(janitor) => janitor,
            Err(cause) => {
                let _ = fs::remove_dir(&path);
                return Err(failed(Path::new("sh"), cause));
            }
        };
        let pipe = janitor.stdin.take().map(Mutex::new);
        Ok(Workplace { path, janitor, pipe, numbers: AtomicU32::new(0) })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A number that nothing else in the workplace has.
    pub(crate) fn number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Runs a program in a directory of the workplace within limits; its standard output goes to a file.
    pub(crate) fn run(
        &self,
        program: &str,
        arguments: &[String],
        folder: &Path,
        output: Option<&Path>,
        limits: Limits,
    ) -> Result<Finished, Error> {
        let number = self.number();
        let messages = self.path.join(format!("messages-{number}"));
        let create =
            |path: &Path| File::create(path).map_err(|cause| Error::Io { path: path.to_owned(), cause });
        let seconds = limits.time.as_secs().max(1);
        let mut command = Command::new("sh");
        // The shell becomes the program; its limits are those of all that the program starts.
        let script =
            format!("ulimit -t {seconds}; ulimit -v {}; ulimit -c 0; exec \"$@\"", limits.memory >> 10);
        command.args(["-c", &script, "sh", program]).args(arguments).current_dir(folder);
        command.env("LC_ALL", "C").env("TMPDIR", &self.path).process_group(0).stdin(Stdio::null());
        command.stdout(output.map(create).transpose()?.map_or_else(Stdio::null, Stdio::from));
        command.stderr(create(&messages)?);
        let mut child = command.spawn().map_err(|cause| Error::Io { path: program.into(), cause })?;
        self.tell('+', child.id());
        let ended = wait(&mut child, limits.time);
        self.tell('-', child.id());
        let (status, in_time) = ended.map_err(|cause| Error::Io { path: program.into(), cause })?;
        let text = fs::read(&messages).unwrap_or_default();
        let _ = fs::remove_file(&messages);
        let messages = String::from_utf8_lossy(&text).into_owned();
        Ok(Finished { success: status.success(), why: why(status, in_time, &messages, limits), messages })
    }

    fn tell(&self, what: char, group: u32) {
        if let Some(pipe) = &self.pipe {
            let mut pipe = pipe.lock().unwrap_or_else(PoisonError::into_inner);
            // A janitor that is gone cannot be told; the directory is removed by whoever finds it.
            let _ = writeln!(pipe, "{what}{group}");
        }
    }
}

fn wait(child: &mut Child, limit: Duration) -> io::Result<(std::process::ExitStatus, bool)> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, true));
        }
        if start.elapsed() > limit {
            let group = rustix::process::Pid::from_child(child);
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            return Ok((child.wait()?, false));
        }
        thread::sleep(TICK);
    }
}

/// Why a run ended at a limit, if it did.
fn why(status: std::process::ExitStatus, in_time: bool, messages: &str, limits: Limits) -> Option<String> {
    let time = || format!("it took more than {} seconds", limits.time.as_secs());
    let is_out_of_time =
        !in_time || matches!(status.signal(), Some(9 | 24)) || messages.contains("CPU time limit exceeded");
    let no_memory = ["out of memory", "virtual memory exhausted", "memory exhausted", "bad_alloc"];
    if is_out_of_time {
        Some(time())
    } else if !status.success() && no_memory.iter().any(|text| messages.contains(text)) {
        Some(format!("it wanted more than {} MiB of memory", limits.memory >> 20))
    } else {
        None
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        self.pipe = None;
        let _ = self.janitor.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(workplace: &Workplace, script: &str, limits: Limits) -> Finished {
        let arguments = ["-c".to_owned(), script.to_owned()];
        workplace.run("sh", &arguments, workplace.path(), None, limits).unwrap()
    }

    #[test]
    fn the_folder_goes_away_with_what_is_in_it() {
        let workplace = Workplace::create(&std::env::temp_dir()).unwrap();
        let path = workplace.path().to_owned();
        let done = run(&workplace, "mkdir -p a/b && echo x >a/b/c; echo no >&2; exit 3", Limits::default());
        assert!(path.join("a/b/c").exists() && !done.success && done.why.is_none());
        assert_eq!(done.messages, "no\n");
        drop(workplace);
        assert!(!path.exists());
    }

    #[test]
    fn what_takes_too_long_is_stopped_with_all_it_started() {
        let workplace = Workplace::create(&std::env::temp_dir()).unwrap();
        let limits = Limits { time: Duration::from_secs(1), ..Limits::default() };
        let start = Instant::now();
        let done = run(&workplace, "sleep 100 & sleep 100", limits);
        assert!(start.elapsed() < Duration::from_secs(20));
        assert_eq!(done.why.as_deref(), Some("it took more than 1 seconds"));
        let busy = run(&workplace, "while :; do :; done", limits);
        assert!(busy.why.is_some());
    }

    #[test]
    fn memory_is_limited() {
        let workplace = Workplace::create(&std::env::temp_dir()).unwrap();
        let limits = Limits { memory: 64 << 20, ..Limits::default() };
        let done = run(&workplace, "ulimit -v", limits);
        assert!(done.success);
        let out = workplace.path().join("out");
        let arguments = ["-c".to_owned(), "ulimit -v".to_owned()];
        workplace.run("sh", &arguments, workplace.path(), Some(&out), limits).unwrap();
        assert_eq!(fs::read_to_string(out).unwrap().trim(), (64 << 10).to_string());
    }
}

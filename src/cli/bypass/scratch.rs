//! A repository whose main branch has a policy and a baseline, and a branch whose build breaks it; beside it the good build and
//! the bad one. Nothing in it is compiled: the libraries are a thousand bytes each and part of the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, bail};

/// `namespace shop { int rate(int); int total(); }` for x86-64: GCC's -shared -fPIC -Os -nostdlib, stripped.
const GOOD: &[u8] = include_bytes!("shop-1.so");
/// The same without `total`.
const BAD: &[u8] = include_bytes!("shop-2.so");

/// A directory that goes away with what is in it.
struct Directory(PathBuf);

impl Directory {
    fn new(above: &Path) -> Result<Directory> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = above.join(format!("abigate-bypass-{}-{number}", std::process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Directory(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).with_context(|| path.display().to_string()),
            }
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What does not go away lies in a directory for such things.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What each scratch repository is a copy of.
pub(super) struct Template(Directory);

impl Template {
    pub(super) fn new(above: &Path) -> Result<Template> {
        let directory = Directory::new(above)?;
        for (name, data) in [("good", GOOD), ("bad", BAD)] {
            let place = directory.0.join(name);
            fs::create_dir_all(&place)?;
            fs::write(place.join("libshop.so"), data)?;
        }
        let scratch = Scratch { root: directory.0.join("repository"), _directory: None };
        fs::create_dir_all(&scratch.root)?;
        scratch.git(&["init", "--quiet", "--initial-branch=main"])?;
        scratch.write(".gitignore", "build\n")?;
        scratch.write("abigate.yaml", "build: build\n")?;
        scratch.write(".github/CODEOWNERS", "/abigate.yaml @ada\n/baselines/ @ada\n/.github/ @ada\n")?;
        let workflow = "on: workflow_run\njobs: {abi: {runs-on: any, steps: [{run: abigate gate}]}}\n";
        scratch.write(".github/workflows/abi.yml", workflow)?;
        let calls = "on: workflow_run\njobs: {abi: {runs-on: any, steps: [{run: ci/abi.sh}]}}\n";
        scratch.write(".github/workflows/script.yml", calls)?;
        scratch.write("ci/abi.sh", "#!/bin/sh\nabigate gate build\n")?;
        scratch.build("good")?;
        scratch.ok(&["baseline", "add", "build", "--release", "v1.0.0"])?;
        scratch.commit("The first release")?;
        scratch.git(&["switch", "--quiet", "--create", "change"])?;
        scratch.build("bad")?;
        scratch.commit("Totals go")?;
        Ok(Template(directory))
    }
}

/// A copy of it.
pub(super) struct Scratch {
    root: PathBuf,
    _directory: Option<Directory>,
}

impl Scratch {
    pub(super) fn new(template: &Template) -> Result<Scratch> {
        let directory = Directory::new(template.0.0.parent().unwrap_or(Path::new(".")))?;
        copy(&template.0.0, &directory.0)?;
        Ok(Scratch { root: directory.0.join("repository"), _directory: Some(directory) })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(super) fn write(&self, name: &str, data: impl AsRef<[u8]>) -> Result<()> {
        let path = self.path(name);
        if let Some(above) = path.parent() {
            fs::create_dir_all(above)?;
        }
        fs::write(&path, data).with_context(|| path.display().to_string())
    }

    /// Puts the good or the bad library somewhere.
    pub(super) fn library(&self, which: &str, place: &str) -> Result<()> {
        self.write(place, if which == "good" { GOOD } else { BAD })
    }

    pub(super) fn build(&self, which: &str) -> Result<()> {
        if self.path("build").exists() {
            fs::remove_dir_all(self.path("build"))?;
        }
        self.library(which, "build/libshop.so")
    }

    /// The bad library, with another name in the place of one of its functions.
    pub(super) fn hostile_build(&self, name: &[u8]) -> Result<()> {
        const RATE: &[u8] = b"_ZN4shop4rateEi";
        let mut data = BAD.to_vec();
        let at = data.windows(RATE.len()).position(|part| part == RATE);
        let part =
            at.and_then(|at| data.get_mut(at..at + RATE.len())).context("the library has another name")?;
        let shown = name.iter().copied().chain(std::iter::repeat(b'x'));
        part.iter_mut().zip(shown).for_each(|(place, byte)| *place = byte);
        self.write("build/libshop.so", data)
    }

    pub(super) fn git(&self, arguments: &[&str]) -> Result<String> {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]);
        git.args(["-c", "core.hooksPath=/dev/null"]).args(arguments).current_dir(&self.root);
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_CONFIG_GLOBAL"] {
            git.env_remove(name);
        }
        let output = git.stdin(Stdio::null()).output().context("git does not run")?;
        if !output.status.success() {
            bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    pub(super) fn commit(&self, message: &str) -> Result<()> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]).map(drop)
    }

    /// This program in the repository, with nothing of a workflow around it: exit code, and all that it says.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<(Option<i32>, String)> {
        let mut command = Command::new(std::env::current_exe().context("this program has no file")?);
        command.args(arguments).current_dir(&self.root).stdin(Stdio::null()).env_clear();
        // What finds git and a place for temporary files.
        for name in ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        let output = command.output().context("this program does not run")?;
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        Ok((output.status.code(), said))
    }

    pub(super) fn ok(&self, arguments: &[&str]) -> Result<()> {
        match self.run(arguments)? {
            (Some(0), _) => Ok(()),
            (_, said) => bail!("abigate {}: {}", arguments.join(" "), said.trim()),
        }
    }

    pub(super) fn gate(&self, more: &[&str]) -> Result<(Option<i32>, String)> {
        self.run(&[&["gate"], more].concat())
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&place)?;
            copy(&entry.path(), &place)?;
        } else {
            fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}

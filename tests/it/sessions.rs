//! Sessions that documents print: each command is run, and what is printed below it is what it says.
//!
//! In a block that begins with ```` ```console ````, each line `$ abigate …` is run at the root of the repository. In one that
//! begins with ```` ```console shop ````, each line `$ …` is given to bash in a scratch copy of `tests/fixtures/book`, a small
//! project with its own repository of git; a page has one copy, so that a block goes on where the last one stopped.
//! A block whose first line ends with `file=PATH` has that file of the repository in it.
//! `UPDATE_GOLDEN=1` writes what is printed anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where a page's commands are run, and how the last one ended.
struct Shop {
    folder: TempDir,
    code: i32,
}

impl Shop {
    fn new() -> Shop {
        let shop = Shop { folder: tempfile::tempdir().expect("a temporary directory"), code: 0 };
        let start = "cp -r \"$BOOK\"/. . && git init --quiet --initial-branch main . && git add . && \
                     git commit --quiet --message 'Version 1'";
        let output =
            shop.command(start).env("BOOK", root().join("tests/fixtures/book")).output().expect("bash runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        shop
    }

    fn command(&self, line: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_abigate")).parent().expect("it is in a directory");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("bash");
        command.args(["-c", line]).current_dir(self.folder.path()).env_clear();
        command
            .env("PATH", format!("{}:{path}", binary.display()))
            .env("HOME", self.folder.path())
            .env("LC_ALL", "C");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "ada").env(format!("GIT_{who}_EMAIL"), "ada@example.org");
            command.env(format!("GIT_{who}_DATE"), "2026-01-05T10:00:00Z");
        }
        command
    }

    /// What a line prints: its result, or what is wrong where there is none.
    fn run(&mut self, line: &str) -> String {
        if line == "echo $?" {
            return self.code.to_string();
        }
        let output = self.command(line).output().expect("bash runs");
        self.code = output.status.code().unwrap_or(-1);
        let said = if output.stdout.is_empty() { output.stderr } else { output.stdout };
        let text = String::from_utf8_lossy(&said).into_owned();
        with_one_commit(&text.replace(&*self.folder.path().to_string_lossy(), "/home/ada/shop"))
    }
}

/// Debug info names the directory of the build, so that libraries, baselines and commits of each run are others.
fn with_one_commit(text: &str) -> String {
    let mut parts = text.split("main@");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        out.push_str("main@");
        out.push_str(if digits == 12 { "1f0c5d2ab7e9" } else { &part[..digits] });
        out.push_str(&part[digits..]);
    }
    out
}

fn at_the_root(arguments: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    let words: Vec<&str> = arguments.split(' ').collect();
    let output =
        command.args(words).current_dir(root()).env_remove("ABIGATE_STORE").output().expect("abigate runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether sessions of the small project can be run here: its compiler and machine are in what they print.
fn has_shop() -> bool {
    let version =
        Command::new("g++").arg("-dumpversion").output().map(|output| output.stdout).unwrap_or_default();
    cfg!(target_arch = "x86_64") && String::from_utf8_lossy(&version).trim() == "12"
}

/// The document with what its commands print now.
fn replayed(text: &str) -> String {
    let mut shop: Option<Shop> = None;
    let mut out = String::new();
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        let kind = line.trim_end();
        if let Some((_, file)) = kind.strip_prefix("```").and_then(|info| info.split_once(" file=")) {
            let shown =
                fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            while lines.next_if(|line| line.trim_end() != "```").is_some() {}
            out.push_str(shown.trim_end());
            out.push('\n');
            continue;
        }
        let in_shop = kind == "```console shop";
        if (kind != "```console" && !in_shop) || (in_shop && !has_shop()) {
            continue;
        }
        let mut is_first = true;
        while let Some(line) = lines.next_if(|line| line.trim_end() != "```") {
            let Some(command) = line.trim_end().strip_prefix("$ ") else { continue };
            let said = match command.strip_prefix("abigate ") {
                Some(arguments) if !in_shop => at_the_root(arguments),
                None if !in_shop => panic!("only abigate is run at the root, not {command}"),
                _ => shop.get_or_insert_with(Shop::new).run(command),
            };
            out.push_str(if is_first { "" } else { "\n" });
            is_first = false;
            out.push_str(line);
            out.push_str(said.trim_end());
            out.push_str(if said.trim_end().is_empty() { "" } else { "\n" });
        }
    }
    out
}

/// Holds a document against what its commands print.
pub(crate) fn hold(place: &Path) {
    let text = fs::read_to_string(place).expect("readable");
    let now = replayed(&text);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        if now != text {
            fs::write(place, now).expect("writable");
        }
        return;
    }
    for (number, (was, is)) in (1..).zip(text.lines().zip(now.lines())) {
        assert_eq!(was, is, "{}:{number}; UPDATE_GOLDEN=1 writes it anew", place.display());
    }
    assert_eq!(text, now, "{}", place.display());
}

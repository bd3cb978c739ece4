//! What git keeps: commits, their trees, and the files in them as they were, whatever is checked out.
//!
//! Asks the program `git`, since formats of packs, partial clones and worktrees are its own. Nothing here follows a link or
//! leaves the repository, no filter or hook of a checkout runs, and replaced objects do not count. Paths are relative to the
//! repository's root, with `/` between their parts.
//!
//! - this file: [`Repository`]: where it is, which commit a name means, what differs between commits
//! - `tree`: [`Tree`]: the files of a commit

mod tree;

use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

pub use tree::{Entry, Kind, Tree};

/// Why git has no answer. The texts are whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The program does not run, or refuses.
    #[error("git {command}: {what}")]
    Refused {
        /// The subcommand.
        command: String,
        /// What it said, in one line.
        what: String,
    },
    /// There is a repository, and nothing of it can be known.
    #[error("{}: git does not read this repository: {what}; --trust none makes a gate that only advises", root.display())]
    Unusable {
        /// The directory in it.
        root: PathBuf,
        /// What git said, in one line.
        what: String,
    },
    /// A path that leads out of the repository, or into it by a way that nobody checked.
    #[error("{path} {what}")]
    Path {
        /// As it was written.
        path: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A file that is larger than anything of its kind.
    #[error("{path} is larger than {} KiB", most >> 10)]
    TooLarge {
        /// The file.
        path: String,
        /// What is allowed, in bytes.
        most: u64,
    },
}

/// What git answers.
pub type Result<T> = std::result::Result<T, Error>;

/// A repository with a working tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    root: PathBuf,
}

/// What became of a file from one commit to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It came.
    Added,
    /// Its content or its kind is another one.
    Modified,
    /// It went.
    Removed,
}

/// A file that is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// From the root of the repository.
    pub path: String,
    /// What became of it.
    pub change: Change,
    /// It is, or was until it went, a regular file and neither a link nor a submodule.
    pub is_file: bool,
}

impl Repository {
    /// The repository that a directory is in; none: it is in none.
    ///
    /// # Errors
    /// It is in one, and git is not there or refuses to look at it: a checkout of another user, a damaged one.
    pub fn find(directory: &Path) -> Result<Option<Repository>> {
        let here = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        let is_in_one = here.ancestors().any(|above| above.join(".git").exists());
        let asked = git(directory).args(["rev-parse", "--show-toplevel"]).stderr(Stdio::piped()).output();
        let root = asked.as_ref().ok().filter(|output| output.status.success()).and_then(|output| {
            let text = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
            PathBuf::from(text).canonicalize().ok()
        });
        match (root, asked) {
            (Some(root), _) => Ok(Some(Repository { root })),
            (None, _) if !is_in_one => Ok(None),
            (None, Ok(output)) => {
                let said = String::from_utf8_lossy(&output.stderr);
                // Something is called .git and is none.
                if said.contains("not a git repository") {
                    return Ok(None);
                }
                let what =
                    said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it refuses without a word");
                let what = what.trim_start_matches("fatal: ").to_owned();
                Err(Error::Unusable { root: here, what: what + advice(&said) })
            }
            (None, Err(error)) => {
                Err(Error::Unusable { root: here, what: format!("git does not run: {error}") })
            }
        }
    }

    /// Its root, without links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The full hash of the commit that a name means.
    pub fn commit(&self, name: &str) -> Option<String> {
        // A name that starts with a hyphen would be an option to git.
        if name.is_empty() || name.starts_with('-') {
            return None;
        }
        ask(&self.root, &["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])
    }

    /// The newest commit that two have in common.
    pub fn merge_base(&self, one: &str, other: &str) -> Option<String> {
        ask(&self.root, &["merge-base", one, other])
    }

    /// Whether history was cut off when it was cloned.
    pub fn is_shallow(&self) -> bool {
        ask(&self.root, &["rev-parse", "--is-shallow-repository"]).as_deref() == Some("true")
    }

    /// The branch that the remote calls its own, where it was cloned.
    pub fn default_branch(&self) -> Option<String> {
        let name = ask(&self.root, &["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"])?;
        name.strip_prefix("origin/").map(str::to_owned)
    }

    /// Whether what is checked out has files of a commit at a path or below it.
    pub fn tracks(&self, path: &str) -> bool {
        ask(&self.root, &["--literal-pathspecs", "ls-files", "-z", "--", path]).is_some()
    }

    /// The lines that make git leave out files which it does not keep yet, as `.gitignore:2: *.zst`, in the order of the files;
    /// none for what it takes.
    pub fn ignored_by(&self, paths: &[String]) -> Vec<Option<String>> {
        let options = ["check-ignore", "--verbose", "--non-matching", "--"];
        let arguments: Vec<&str> = options.into_iter().chain(paths.iter().map(String::as_str)).collect();
        // Where it leaves out none of them, it answers with an exit code.
        let said = ask(&self.root, &arguments).unwrap_or_default();
        let by = |said: &str| {
            let mut parts = said.split_once('\t')?.0.splitn(3, ':');
            let (file, line, pattern) = (parts.next()?, parts.next()?, parts.next()?);
            (!file.is_empty()).then(|| format!("{file}:{line}: {pattern}"))
        };
        let mut lines = said.lines().map(by);
        paths.iter().map(|_| lines.next().flatten()).collect()
    }

    /// The files of a commit, by its full hash.
    pub fn tree(&self, commit: String) -> Tree {
        Tree::new(self.clone(), commit)
    }

    /// What became of the files at a path or below it from one commit to another; without another one, to what is checked out,
    /// as far as git keeps it.
    ///
    /// # Errors
    /// Git refuses.
    pub fn changed(&self, from: &str, to: Option<&str>, path: &str) -> Result<Vec<Changed>> {
        let fixed = [
            "--literal-pathspecs",
            "diff",
            "--raw",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            // The commit that it stands at counts, and nothing of what is in it.
            "--ignore-submodules=dirty",
            "--no-relative",
        ];
        let mut arguments = fixed.to_vec();
        arguments.push(from);
        arguments.extend(to);
        arguments.extend(["--", path]);
        let output = self.run(&arguments)?;
        let mut parts = output.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let mut found = Vec::new();
        while let (Some(facts), Some(path)) = (parts.next().filter(|facts| !facts.is_empty()), parts.next()) {
            let change = match facts.chars().last() {
                Some('A') => Change::Added,
                Some('D') => Change::Removed,
                _ => Change::Modified,
            };
            // `:100644 120000 HASH HASH T`: the second is what is there now.
            let mode = facts.split_ascii_whitespace().nth(1).unwrap_or_default();
            let is_file = change == Change::Removed || mode.starts_with("100");
            found.push(Changed { path: path.into_owned(), change, is_file });
        }
        Ok(found)
    }

    /// Where a path is below the root, with `/` between its parts; none: it is not below it. What is there need not exist, and
    /// a link in the directories above it is followed, since that is where it is.
    pub fn relative(&self, path: &Path) -> Option<String> {
        let mut rest = Vec::new();
        let mut above = std::path::absolute(path).ok()?;
        let place = loop {
            match above.canonicalize() {
                // The last part is what was named, even if it is a link.
                Ok(place) if !rest.is_empty() => break place,
                _ => {
                    rest.push(above.file_name()?.to_owned());
                    above.pop();
                }
            }
        };
        let whole = rest.iter().rev().fold(place, |place, part| place.join(part));
        let below = whole.strip_prefix(&self.root).ok()?;
        let parts: Option<Vec<&str>> = below.components().map(|part| part.as_os_str().to_str()).collect();
        Some(parts?.join("/"))
    }

    /// Standard output of a subcommand that reads something.
    fn run_with(&self, arguments: &[&str], input: String) -> Result<Vec<u8>> {
        use std::io::Write as _;
        let refused = |error: std::io::Error| Error::Refused {
            command: arguments.first().copied().unwrap_or_default().to_owned(),
            what: error.to_string(),
        };
        let mut git = git(&self.root);
        git.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = git.spawn().map_err(refused)?;
        let input_pipe = child.stdin.take();
        // Who answers before everything is asked waits for somebody to listen.
        let asks = std::thread::spawn(move || input_pipe.map(|mut pipe| pipe.write_all(input.as_bytes())));
        let output = child.wait_with_output().map_err(refused)?;
        // What was not asked has no answer.
        let _ = asks.join();
        Ok(output.stdout)
    }

    /// Standard output of a subcommand.
    fn run(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        let command = || {
            let is_word = |word: &&&str| !word.starts_with('-');
            arguments.iter().find(is_word).map_or_else(String::new, |word| (*word).to_owned())
        };
        let refused = |what: String| Error::Refused { command: command(), what };
        let output = git(&self.root).args(arguments).stderr(Stdio::piped()).output();
        let output = output.map_err(|error| refused(error.to_string()))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(refused(said.lines().next().unwrap_or("it failed without a word").to_owned()))
    }
}

/// A path below a directory of the repository, without `.` and `..`.
///
/// # Errors
/// It is absolute, or leaves the repository.
pub fn below(directory: &str, path: &str) -> Result<String> {
    let wrong = |what| Error::Path { path: path.to_owned(), what };
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str().ok_or_else(|| wrong("is no UTF-8 text"))?),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop().ok_or_else(|| wrong("leaves the repository"))?;
            }
            Component::RootDir | Component::Prefix(_) => return Err(wrong("is outside of the repository")),
        }
    }
    Ok(parts.join("/"))
}

/// What to do about what git says.
fn advice(said: &str) -> &'static str {
    match said.contains("dubious ownership") {
        true => " (git config --global --add safe.directory DIR, if its owner is trusted)",
        false => "",
    }
}

/// Git, so that neither replaced objects, grafts nor helpers of the checkout count, and the repository is the one of the
/// directory: whatever set variables for git to look elsewhere, an earlier step of a job or a hook, is not followed.
pub(crate) fn git(directory: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(directory).stdin(Stdio::null()).stderr(Stdio::null());
    git.args(["--no-replace-objects", "-c", "core.fsmonitor=false", "-c", "core.quotepath=false"]);
    for name in MISLEADING {
        git.env_remove(name);
    }
    git.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_GRAFT_FILE", "/dev/null").env("LC_ALL", "C");
    git
}

/// Variables that say which repository, objects, index or paths git takes. Those of its configuration stay, since whose checkouts
/// are trusted stands there.
const MISLEADING: [&str; 21] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ATTR_SOURCE",
    "GIT_CEILING_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DEFAULT_HASH",
    "GIT_DIFF_OPTS",
    "GIT_DIR",
    "GIT_EXTERNAL_DIFF",
    "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REF_PARANOIA",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// What git prints for a command; none: it is not there, this is no repository, or it does not know.
fn ask(directory: &Path, arguments: &[&str]) -> Option<String> {
    let output = git(directory).args(arguments).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_repository() {
        let inside = |directory, path| below(directory, path).map_err(|error| error.to_string());
        assert_eq!(inside("", "./a//b/"), Ok("a/b".to_owned()));
        assert_eq!(inside("ci/abi", "../lists/x.txt"), Ok("ci/lists/x.txt".to_owned()));
        assert_eq!(inside("ci", ".."), Ok(String::new()));
        assert_eq!(inside("ci", "../../x"), Err("../../x leaves the repository".to_owned()));
        assert_eq!(inside("", "/etc/x"), Err("/etc/x is outside of the repository".to_owned()));
    }
}

//! What git knows of a change: its branch, the commit that it starts from, its own commits.

use std::path::Path;

use super::error::Tried;
use crate::gate::acknowledge::Commit;
use crate::git::git;

/// Commits of a change that are looked through for trailers.
const MOST_COMMITS: usize = 250;

/// What git prints for a command; none: it is not there, this is no repository, or it does not know.
fn ask(directory: &Path, arguments: &[&str]) -> Option<String> {
    let output = git(directory).args(arguments).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The full hash of a revision.
pub(super) fn commit(directory: &Path, name: &str) -> Result<String, Tried> {
    let here = directory.canonicalize().map_err(|_| Tried::NoDirectory)?;
    if !here.ancestors().any(|folder| folder.join(".git").exists()) {
        return Err(Tried::NoRepository);
    }
    // A name that starts with a hyphen would be an option to git.
    if name.starts_with('-') {
        return Err(Tried::NotARevision);
    }
    let mut git = git(directory);
    git.args(["rev-parse", "--verify", "--quiet"]).arg(format!("{name}^{{commit}}"));
    let output = git.output().map_err(|_| Tried::NoGit)?;
    let hash = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && !hash.is_empty() { Ok(hash) } else { Err(Tried::NotARevision) }
}

/// The branch that is checked out; none where a commit is.
pub(super) fn branch(directory: &Path) -> Option<String> {
    ask(directory, &["symbolic-ref", "--quiet", "--short", "HEAD"])
}

/// The branch of that name, here or as a remote had it last: `refs/heads/main`.
pub(super) fn branch_called(directory: &Path, name: &str) -> Option<String> {
    let (here, remote) = (format!("refs/heads/{name}"), format!("refs/remotes/*/{name}"));
    let ending = format!("/{name}");
    let listed = ask(directory, &["for-each-ref", "--format=%(refname)", &here, &remote])?;
    // What goes on behind the name is listed as well.
    let is_called = |line: &&str| **line == here || line.matches('/').count() == 3 && line.ends_with(&ending);
    listed.lines().find(is_called).map(str::to_owned)
}

/// Commits that `head` has and `base` has not, oldest first.
pub(super) fn commits(directory: &Path, base: &str, head: &str) -> Vec<Commit> {
    let range = format!("{base}..{head}");
    let most = format!("--max-count={MOST_COMMITS}");
    let text = ask(directory, &["log", "--reverse", "-z", "--format=%an%n%B", &most, &range]);
    let text = text.unwrap_or_default();
    let commit = |text: &str| {
        let (author, message) = text.split_once('\n')?;
        Some(Commit { author: Some(author.to_owned()), message: message.to_owned() })
    };
    text.split('\0').filter_map(commit).collect()
}

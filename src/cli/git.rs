//! What git knows of a change: its branch, the commit that it starts from, its own commits.

use std::process::{Command, Stdio};

use crate::gate::acknowledge::Commit;

/// Commits of a change that are looked through for trailers.
const MOST_COMMITS: usize = 250;

/// What git prints for a command; none: it is not there, this is no repository, or it does not know.
fn ask(arguments: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    git.args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
    let output = git.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The branch that is checked out; none where a commit is.
pub(super) fn branch() -> Option<String> {
    ask(&["symbolic-ref", "--quiet", "--short", "HEAD"])
}

/// The newest commit that both have, `head` and the branch that it is to be merged into, as somebody fetched it.
pub(super) fn merge_base(target: &str, head: &str) -> Option<String> {
    [format!("refs/remotes/origin/{target}"), format!("refs/heads/{target}")]
        .iter()
        .find_map(|reference| ask(&["merge-base", reference, head]))
}

/// Commits that `head` has and `base` has not, oldest first.
pub(super) fn commits(base: &str, head: &str) -> Vec<Commit> {
    let range = format!("{base}..{head}");
    let most = format!("--max-count={MOST_COMMITS}");
    let text = ask(&["log", "--reverse", "-z", "--format=%an%n%B", &most, &range]).unwrap_or_default();
    let commit = |text: &str| {
        let (author, message) = text.split_once('\n')?;
        Some(Commit { author: Some(author.to_owned()), message: message.to_owned() })
    };
    text.split('\0').filter_map(commit).collect()
}

//! The event that started the run, of which its JSON file says a great deal and little is of interest here.

use serde::Deserialize;

/// What of an event concerns a verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The pull request, if it is one's event.
    pub pull_request: Option<PullRequest>,
    /// The head of the run that this one follows (`workflow_run`), which is not the commit that this one checks out.
    pub followed_sha: Option<String>,
    /// When that run was made, which was when its commit was pushed.
    pub followed_at: Option<String>,
    /// The one pull request of that run, where GitHub says which it is.
    pub followed_pull_request: Option<u64>,
    /// The branch that the run was for, and the owner of the repository that it is in, perhaps a fork.
    pub followed_branch: Option<(String, String)>,
    /// What happened: `synchronize`, `labeled`.
    pub action: Option<String>,
    /// The label, where it is about one.
    pub label: Option<String>,
    /// Login of who did it.
    pub sender: Option<String>,
    /// The branch that the repository calls its own.
    pub default_branch: Option<String>,
}

/// A pull request as it was when the event happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// Its newest commit. Check runs belong there; `GITHUB_SHA` is a merge that nobody sees.
    pub head_sha: String,
    /// Commit that it is to be merged into.
    pub base_sha: String,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// How many commits it has, where the event says so.
    pub commits: Option<u64>,
    /// Whether it comes from another repository, so that the run's token only reads.
    pub is_fork: bool,
    /// When it changed last, which is this event.
    pub updated_at: Option<String>,
}

impl Event {
    /// Reads an event's JSON.
    ///
    /// # Errors
    /// It is no JSON, or lacks what every such event has.
    pub fn parse(json: &[u8]) -> Result<Event, serde_json::Error> {
        let raw: Raw = serde_json::from_slice(json)?;
        Ok(Event {
            pull_request: raw.pull_request.map(PullRequest::from),
            followed_at: raw.workflow_run.as_ref().and_then(|run| run.created_at.clone()),
            followed_pull_request: raw.workflow_run.as_ref().and_then(|run| match &run.pull_requests[..] {
                [one] => Some(one.number),
                _ => None,
            }),
            followed_branch: raw.workflow_run.as_ref().and_then(|run| {
                Some((run.head_repository.as_ref()?.owner.login.clone(), run.head_branch.clone()?))
            }),
            followed_sha: raw.workflow_run.map(|run| run.head_sha),
            action: raw.action,
            label: raw.label.map(|label| label.name),
            sender: raw.sender.map(|sender| sender.login),
            default_branch: raw.repository.and_then(|repository| repository.default_branch),
        })
    }
}

#[derive(Deserialize)]
struct Raw {
    pull_request: Option<RawPullRequest>,
    workflow_run: Option<RawRun>,
    action: Option<String>,
    label: Option<RawLabel>,
    sender: Option<RawLogin>,
    repository: Option<RawProject>,
}

#[derive(Deserialize)]
struct RawProject {
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct RawLogin {
    login: String,
}

#[derive(Deserialize)]
struct RawOwned {
    owner: RawLogin,
}

#[derive(Deserialize)]
struct RawNumber {
    number: u64,
}

#[derive(Deserialize)]
struct RawRun {
    head_sha: String,
    created_at: Option<String>,
    head_branch: Option<String>,
    head_repository: Option<RawOwned>,
    #[serde(default)]
    pull_requests: Vec<RawNumber>,
}

#[derive(Deserialize)]
struct RawPullRequest {
    number: u64,
    head: RawSide,
    base: RawSide,
    #[serde(default)]
    labels: Vec<RawLabel>,
    commits: Option<u64>,
    updated_at: Option<String>,
}

#[derive(Deserialize)]
struct RawSide {
    sha: String,
    repo: Option<RawRepository>,
}

#[derive(Deserialize)]
struct RawRepository {
    full_name: String,
}

#[derive(Deserialize)]
struct RawLabel {
    name: String,
}

impl From<RawPullRequest> for PullRequest {
    fn from(raw: RawPullRequest) -> PullRequest {
        let is_same = match (&raw.head.repo, &raw.base.repo) {
            (Some(head), Some(base)) => head.full_name.eq_ignore_ascii_case(&base.full_name),
            _ => false, // A fork that is gone.
        };
        PullRequest {
            number: raw.number,
            head_sha: raw.head.sha,
            base_sha: raw.base.sha,
            labels: raw.labels.into_iter().map(|label| label.name).collect(),
            commits: raw.commits,
            is_fork: !is_same,
            updated_at: raw.updated_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(head: &str) -> PullRequest {
        let json = format!(
            r#"{{"action": "opened", "number": 7, "pull_request": {{
                "number": 7, "commits": 3, "labels": [{{"id": 1, "name": "abi-break-accepted"}}],
                "head": {{"sha": "aa", "repo": {head}}},
                "base": {{"sha": "bb", "repo": {{"full_name": "pytorch/pytorch"}}}} }} }}"#
        );
        Event::parse(json.as_bytes()).expect("JSON").pull_request.expect("it has one")
    }

    #[test]
    fn a_pull_request_says_where_it_comes_from() {
        let own = event(r#"{"full_name": "PyTorch/pytorch"}"#);
        assert_eq!((own.number, &*own.head_sha, &*own.base_sha), (7, "aa", "bb"));
        assert_eq!((own.labels, own.commits), (vec!["abi-break-accepted".to_owned()], Some(3)));
        assert!(!own.is_fork);
        assert!(event(r#"{"full_name": "somebody/pytorch"}"#).is_fork);
        assert!(event("null").is_fork);
    }

    #[test]
    fn other_events_have_no_pull_request() {
        assert_eq!(Event::parse(br#"{"ref": "refs/heads/main"}"#).expect("JSON"), Event::default());
        let follows = Event::parse(br#"{"workflow_run": {"id": 1, "head_sha": "cc"}}"#).expect("JSON");
        assert_eq!(follows.followed_sha.as_deref(), Some("cc"));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        for json in ["", "[]", "{", r#"{"pull_request": {"number": "seven"}}"#, r#"{"pull_request": 7}"#] {
            assert!(Event::parse(json.as_bytes()).is_err(), "{json}");
        }
    }
}

//! The requests that are made, and nothing that decides which.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::transport::{ANSWER, Failure, PAGE, Pause, Request, Transport};
use super::wire::{
    Activity, CheckRuns, Completion, Label, LabelEvent, ListedCheckRun, ListedComment, ListedCommit,
    ListedPullRequest, Membership, NewCheckRun, NewComment, Numbered, Permission, Review, WireAnnotation,
};
use super::{Error, Publication, RetryPolicy, Target, comment};
use crate::http::encoded;

/// Entries of a page, the most there can be.
const PER_PAGE: usize = 100;
/// Pages that are read of one list: no pull request has ten thousand comments.
const PAGES: usize = 100;
/// Annotations that GitHub takes in one request.
const ANNOTATIONS: usize = 50;

/// A check run that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckRun {
    /// Its number.
    pub id: u64,
}

/// A comment at a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its number.
    pub id: u64,
}

/// GitHub's API, for one repository and commit.
///
/// Each request is tried as often as its [`RetryPolicy`] lets it, which ends for all of them together. The errors of all
/// methods are those of [`Error`].
pub struct Client(Transport);

impl Client {
    /// A client that publishes there.
    pub fn new(target: Target, patience: RetryPolicy) -> Client {
        Client(Transport::new(target, patience))
    }

    /// Where it publishes.
    pub fn target(&self) -> &Target {
        self.0.target()
    }

    /// Begins a check run at the target's commit.
    ///
    /// If GitHub did what was asked and its answer was lost, the next try begins a second one of that name. GitHub shows
    /// the newest of a name.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn create_check_run(&self, name: &str, details_url: Option<&str>) -> Result<CheckRun, Error> {
        let head_sha = &*self.target().head_sha;
        let new = NewCheckRun { name, head_sha, status: "in_progress", details_url };
        let made: Numbered = self.0.send(&self.request("POST", "check-runs", &new)?)?;
        Ok(CheckRun { id: made.id })
    }

    /// Ends a check run. The first request has the conclusion and fifty annotations; further requests append the others.
    ///
    /// # Errors
    /// See [`Client`]. What earlier requests said stays.
    pub fn complete_check_run(&self, run: CheckRun, publication: &Publication) -> Result<(), Error> {
        let path = format!("check-runs/{}", run.id);
        let placed: Vec<WireAnnotation<'_>> =
            publication.annotations.iter().filter_map(WireAnnotation::of).collect();
        let mut groups = placed.chunks(ANNOTATIONS);
        let mut group = groups.next().unwrap_or_default();
        loop {
            let completion = Completion::new(publication, group);
            self.0.send::<Numbered>(&self.request("PATCH", &path, &completion)?)?;
            match groups.next() {
                Some(next) => group = next,
                None => return Ok(()),
            }
        }
    }

    /// The comment of that name at a pull request, if it is there.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn find_comment(&self, pull_request: u64, name: &str) -> Result<Option<Comment>, Error> {
        let marker = comment::marker(name);
        let path = format!("issues/{pull_request}/comments");
        let find = |page: Vec<ListedComment>| page.into_iter().find(|it| comment::is_ours(it, &marker));
        Ok(self.pages(&path, find)?.map(|found| Comment { id: found.id }))
    }

    /// Edits a comment.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn edit_comment(&self, comment: Comment, body: &str) -> Result<(), Error> {
        let path = format!("issues/comments/{}", comment.id);
        self.0.send::<Numbered>(&self.request("PATCH", &path, &NewComment { body })?)?;
        Ok(())
    }

    /// Edits the comment of that name, or writes it. Returns whether it is new.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn put_comment(&self, pull_request: u64, name: &str, body: &str) -> Result<bool, Error> {
        let new = self.request("POST", &format!("issues/{pull_request}/comments"), &NewComment { body })?;
        let mut tries = self.0.tries();
        loop {
            if let Some(comment) = self.find_comment(pull_request, name)? {
                return self.edit_comment(comment, body).map(|()| false);
            }
            // A try whose answer was lost may have written it, and a second comment would stay there for good: so each
            // try looks for it first.
            match self.0.once::<Numbered>(&new) {
                Ok(_) => return Ok(true),
                Err(Failure { passes: Some(Pause(pause)), .. }) if tries.again(pause) => {}
                Err(failure) => return Err(failure.error),
            }
        }
    }

    /// Names of the labels that a pull request has now.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn labels(&self, pull_request: u64) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        self.pages(&format!("issues/{pull_request}/labels"), |page: Vec<Label>| -> Option<()> {
            names.extend(page.into_iter().map(|label| label.name));
            None
        })?;
        Ok(names)
    }

    /// A pull request as it is now.
    pub(super) fn pull_request(&self, number: u64) -> Result<ListedPullRequest, Error> {
        self.get(&format!("pulls/{number}"))
    }

    /// The open pull request that a branch of a repository, perhaps a fork, is the head of at that commit; none: there is none,
    /// or several are.
    pub(super) fn pull_request_of(
        &self,
        owner: &str,
        branch: &str,
        sha: &str,
    ) -> Result<Option<ListedPullRequest>, Error> {
        let head = encoded(&format!("{owner}:{branch}"));
        let path = self.path(&format!("pulls?state=open&per_page={PER_PAGE}&head={head}"));
        let listed: Vec<ListedPullRequest> =
            self.0.send(&Request { method: "GET", path, body: None, longest: PAGE })?;
        let mut fitting = listed.into_iter().filter(|it| it.head.sha == sha);
        Ok(fitting.next().filter(|_| fitting.next().is_none()))
    }

    /// The check runs of a name at a commit, all that there ever were.
    pub(super) fn check_runs(&self, sha: &str, name: &str) -> Result<Vec<ListedCheckRun>, Error> {
        let query = format!("check_name={}&filter=all&per_page={PER_PAGE}", encoded(name));
        let listed: CheckRuns = self.get(&format!("commits/{sha}/check-runs?{query}"))?;
        Ok(listed.check_runs.into_iter().filter(|run| run.name == name).collect())
    }

    /// Whether somebody is in a team, `organization/team`; none: nobody says, as where a token may not read teams.
    pub fn is_member(&self, team: &str, login: &str) -> Option<bool> {
        let (organization, slug) = team.split_once('/').filter(|(a, b)| is_plain(a) && is_plain(b))?;
        if !is_plain(login) {
            return None;
        }
        // That the token may read the team at all is asked first: who is not in one that it may not read is "not found" too.
        let ask = |path: String| Request { method: "GET", path, body: None, longest: PAGE };
        let team = format!("/orgs/{organization}/teams/{slug}");
        self.0.send::<Numbered>(&ask(team.clone())).ok()?;
        match self.0.send::<Membership>(&ask(format!("{team}/memberships/{login}"))) {
            Ok(membership) => Some(membership.state == "active"),
            Err(Error::Refused { status: 404, .. }) => Some(false),
            Err(_) => None,
        }
    }

    /// Whether somebody pushed one of these commits to a branch of a repository, perhaps a fork: as GitHub keeps it, whatever
    /// authors the commits name. None: it does not say.
    pub(super) fn pushed(
        &self,
        repository: &str,
        branch: &str,
        login: &str,
        commits: &[String],
    ) -> Option<bool> {
        let (owner, name) = repository.split_once('/').filter(|(a, b)| is_plain(a) && is_plain(b))?;
        let reference = encoded(&format!("refs/heads/{branch}"));
        let query = format!("ref={reference}&actor={}&per_page={PER_PAGE}", encoded(login));
        let path = format!("/repos/{owner}/{name}/activity?{query}");
        let asked = self.0.send::<Vec<Activity>>(&Request { method: "GET", path, body: None, longest: PAGE });
        let done = asked.ok()?;
        // Whoever pushes so often that there is another page may have pushed what stands on it.
        Some(done.len() >= PER_PAGE || done.iter().any(|push| commits.contains(&push.after)))
    }

    /// What happened to the labels of a pull request, oldest first.
    pub(super) fn label_events(&self, pull_request: u64) -> Result<Vec<LabelEvent>, Error> {
        self.all(&format!("issues/{pull_request}/events"))
    }

    /// Its reviews, oldest first.
    pub(super) fn reviews(&self, pull_request: u64) -> Result<Vec<Review>, Error> {
        self.all(&format!("pulls/{pull_request}/reviews"))
    }

    /// Whether somebody may write to the repository. Who cannot be asked about may not.
    pub(super) fn may_write(&self, login: &str) -> bool {
        let is_login =
            !login.is_empty() && login.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        let asked = || self.get::<Permission>(&format!("collaborators/{login}/permission"));
        is_login && asked().is_ok_and(|it| ["admin", "maintain", "write"].contains(&&*it.permission))
    }

    /// Hashes of a pull request's commits, oldest first.
    pub(super) fn commits(&self, pull_request: u64) -> Result<Vec<String>, Error> {
        let all: Vec<ListedCommit> = self.all(&format!("pulls/{pull_request}/commits"))?;
        Ok(all.into_iter().map(|listed| listed.sha).collect())
    }

    /// Messages of a pull request's commits, oldest first. GitHub gives 250 of them and no more;
    /// [`PullRequest::commits`](super::PullRequest::commits) says how many there are.
    ///
    /// # Errors
    /// See [`Client`].
    pub fn commit_messages(&self, pull_request: u64) -> Result<Vec<String>, Error> {
        let mut messages = Vec::new();
        self.pages(&format!("pulls/{pull_request}/commits"), |page: Vec<ListedCommit>| -> Option<()> {
            messages.extend(page.into_iter().map(|listed| listed.commit.message));
            None
        })?;
        Ok(messages)
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.0.send(&Request { method: "GET", path: self.path(path), body: None, longest: PAGE })
    }

    /// All entries of a list.
    fn all<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        self.pages(path, |page: Vec<T>| -> Option<()> {
            all.extend(page);
            None
        })?;
        Ok(all)
    }

    /// Shows one page after the other until one has what is looked for, or they end.
    fn pages<T: DeserializeOwned, F>(
        &self,
        path: &str,
        mut look: impl FnMut(Vec<T>) -> Option<F>,
    ) -> Result<Option<F>, Error> {
        for number in 1..=PAGES {
            let path = format!("{}?per_page={PER_PAGE}&page={number}", self.path(path));
            let page: Vec<T> = self.0.send(&Request { method: "GET", path, body: None, longest: PAGE })?;
            let is_last = page.len() < PER_PAGE;
            if let Some(found) = look(page) {
                return Ok(Some(found));
            }
            if is_last {
                return Ok(None);
            }
        }
        let why = format!("there are more than {PAGES} pages");
        Err(Error::Senseless { request: format!("GET {}", self.path(path)), why })
    }

    fn request(&self, method: &'static str, path: &str, body: &impl Serialize) -> Result<Request, Error> {
        let path = self.path(path);
        let why = |error: serde_json::Error| error.to_string();
        let body = serde_json::to_vec(body)
            .map_err(|error| Error::Senseless { request: format!("{method} {path}"), why: why(error) })?;
        Ok(Request { method, path, body: Some(body), longest: ANSWER })
    }

    fn path(&self, below: &str) -> String {
        format!("/repos/{}/{below}", self.target().repository)
    }
}

/// Whether a word is a name of GitHub's that leads nowhere else in a path.
fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        && !word.starts_with('.')
}

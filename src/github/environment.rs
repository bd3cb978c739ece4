//! What GitHub Actions says of the run, in variables and in the event's file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Client, Error, Event, Proxy, Target, Token};
use crate::http::PROXY;

/// Variables by name, as a process has them.
pub type Variables = BTreeMap<String, String>;

/// More than the largest event that GitHub sends.
const EVENT: u64 = 32 << 20;

/// Why the environment does not say enough.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A variable that every run has, or this one needs, is not set.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// A variable has a value that it cannot have. The values of secrets are not shown.
    #[error("{variable} is {value:?}, which is not {wanted}")]
    Wrong {
        /// The variable.
        variable: &'static str,
        /// What it says.
        value: String,
        /// What it should have been.
        wanted: &'static str,
    },
    /// The event's file cannot be read.
    #[error("GITHUB_EVENT_PATH: cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The event's file is not an event.
    #[error("GITHUB_EVENT_PATH: {} is not an event of GitHub: {source}", path.display())]
    NoEvent {
        /// The file.
        path: PathBuf,
        /// Where it stopped being one.
        source: serde_json::Error,
    },
}

/// The run.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Where the API is, without a slash at the end.
    pub api_url: String,
    /// Where the pages are, without a slash at the end.
    pub server_url: String,
    /// `owner/name`
    pub repository: String,
    /// Commit that is checked out; of a pull request, a merge that GitHub made.
    pub sha: String,
    /// `refs/pull/7/merge`
    pub reference: Option<String>,
    /// Branch that a pull request is to be merged into.
    pub base_ref: Option<String>,
    /// Branch that a pull request comes from.
    pub head_ref: Option<String>,
    /// What started the run: `pull_request`, `push`.
    pub event_name: String,
    /// What its file says.
    pub event: Event,
    /// File of the job's summary.
    pub summary: Option<PathBuf>,
    /// File of the step's outputs.
    pub output: Option<PathBuf>,
    /// Number of the run.
    pub run_id: Option<String>,
    /// The right to publish.
    pub token: Option<Token>,
    /// Proxy on the way to GitHub, from `HTTPS_PROXY` and `NO_PROXY`.
    pub proxy: Option<Proxy>,
}

impl Environment {
    /// Reads the variables and the event's file; `None` where no GitHub Actions runs.
    ///
    /// # Errors
    /// A variable is missing or cannot be what it says, or the event's file is none.
    pub fn read(variables: &Variables) -> Result<Option<Environment>, Problem> {
        let variables = Look(variables);
        if variables.get("GITHUB_ACTIONS") != Some("true") {
            return Ok(None);
        }
        let event_name = variables.get("GITHUB_EVENT_NAME").unwrap_or_default();
        let event = match variables.get("GITHUB_EVENT_PATH") {
            Some(path) => read_event(Path::new(path))?,
            None if event_name.starts_with("pull_request") => {
                return Err(Problem::Missing("GITHUB_EVENT_PATH"));
            }
            None => Event::default(),
        };
        let owned = |name| variables.get(name).map(str::to_owned);
        Ok(Some(Environment {
            api_url: variables.url("GITHUB_API_URL", "https://api.github.com")?,
            server_url: variables.url("GITHUB_SERVER_URL", "https://github.com")?,
            repository: variables.repository()?,
            sha: variables.commit()?,
            reference: owned("GITHUB_REF"),
            base_ref: owned("GITHUB_BASE_REF"),
            head_ref: owned("GITHUB_HEAD_REF"),
            event_name: event_name.to_owned(),
            event,
            summary: owned("GITHUB_STEP_SUMMARY").map(PathBuf::from),
            output: owned("GITHUB_OUTPUT").map(PathBuf::from),
            run_id: owned("GITHUB_RUN_ID"),
            token: variables.token()?,
            proxy: variables.proxy()?,
        }))
    }

    /// Page of the run.
    pub fn run_url(&self) -> Option<String> {
        let run = self.run_id.as_ref()?;
        Some(format!("{}/{}/actions/runs/{run}", self.server_url, self.repository))
    }

    /// Commit that a check run belongs to.
    pub fn head_sha(&self) -> &str {
        let pull_request = self.event.pull_request.as_ref().map(|it| &it.head_sha);
        pull_request.or(self.event.followed_sha.as_ref()).unwrap_or(&self.sha)
    }

    /// The branch that was pushed.
    pub fn pushed(&self) -> Option<&str> {
        self.reference.as_deref().and_then(|name| name.strip_prefix("refs/heads/"))
    }

    /// What tells check runs for another branch than the repository's own from those that are required there: a verdict is about
    /// where a change goes, and GitHub keeps it at the commit, wherever the pull request is retargeted to.
    pub fn elsewhere(&self) -> Option<&str> {
        let own = self.event.default_branch.as_deref()?;
        self.base_ref.as_deref().or_else(|| self.pushed()).filter(|branch| *branch != own)
    }

    /// Number of the pull request that is judged.
    pub fn pull_request(&self) -> Option<u64> {
        self.event.pull_request.as_ref().map(|it| it.number).or(self.event.followed_pull_request)
    }

    /// Asks GitHub for the pull request that a run is about which follows another one (`workflow_run`): its event names none
    /// for a fork, and its branch is the one of the workflow. Nothing that the other run left says so.
    ///
    /// # Errors
    /// GitHub does not say.
    pub fn follow(&mut self, client: &Client) -> Result<(), Error> {
        let Some(sha) = self.event.followed_sha.clone() else { return Ok(()) };
        let found = match (self.event.followed_pull_request, &self.event.followed_branch) {
            (Some(number), _) => Some(client.pull_request(number)?),
            (None, Some((owner, branch))) => client.pull_request_of(owner, branch, &sha)?,
            (None, None) => None,
        };
        if let Some(found) = found {
            self.event.followed_pull_request = Some(found.number);
            self.base_ref = found.base.branch;
        }
        Ok(())
    }

    /// Where the verdict is to be published.
    ///
    /// # Errors
    /// There is no token.
    pub fn target(&self) -> Result<Target, Problem> {
        Ok(Target {
            api_url: self.api_url.clone(),
            token: self.token.clone().ok_or(Problem::Missing("GITHUB_TOKEN"))?,
            repository: self.repository.clone(),
            head_sha: self.head_sha().to_owned(),
            pull_request: self.pull_request(),
            proxy: self.proxy.clone(),
        })
    }
}

/// Whether a token may be sent there: by TLS, or to this machine; without a user, whose name may look like a host, and without
/// what no address of an API has.
fn is_safe(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(inside) => inside.split(']').next(),
        None => authority.split(':').next(),
    };
    let is_plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/:[]%".contains(&byte));
    let is_here = matches!(host, Some("127.0.0.1" | "localhost" | "::1"));
    let has_host = host.is_some_and(|host| !host.is_empty());
    is_plain && has_host && (scheme == "https" || (scheme == "http" && is_here))
}

fn read_event(path: &Path) -> Result<Event, Problem> {
    let mut json = Vec::new();
    File::open(path)
        .and_then(|file| file.take(EVENT).read_to_end(&mut json))
        .map_err(|source| Problem::Unreadable { path: path.to_owned(), source })?;
    Event::parse(&json).map_err(|source| Problem::NoEvent { path: path.to_owned(), source })
}

/// Variables, of which an empty one is none: Actions sets those that do not apply to nothing.
struct Look<'v>(&'v Variables);

impl Look<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn needed(&self, name: &'static str) -> Result<&str, Problem> {
        self.get(name).ok_or(Problem::Missing(name))
    }

    /// A URL that a token may be sent to: nobody between here and there reads it.
    fn url(&self, variable: &'static str, default: &str) -> Result<String, Problem> {
        let value = self.get(variable).unwrap_or(default);
        if is_safe(value) {
            return Ok(value.trim_end_matches('/').to_owned());
        }
        Err(Problem::Wrong { variable, value: value.to_owned(), wanted: "an https:// URL" })
    }

    fn repository(&self) -> Result<String, Problem> {
        let variable = "GITHUB_REPOSITORY";
        let value = self.needed(variable)?;
        // It becomes part of a path, which no name may leave.
        let is_name = |name: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
            !name.bytes().all(|byte| byte == b'.') && name.bytes().all(fits)
        };
        match value.split_once('/') {
            Some((owner, name)) if is_name(owner) && is_name(name) => Ok(value.to_owned()),
            _ => Err(Problem::Wrong { variable, value: value.to_owned(), wanted: "owner/name" }),
        }
    }

    fn commit(&self) -> Result<String, Problem> {
        let variable = "GITHUB_SHA";
        let value = self.needed(variable)?;
        if matches!(value.len(), 40 | 64) && value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(value.to_owned());
        }
        Err(Problem::Wrong { variable, value: value.to_owned(), wanted: "a commit" })
    }

    fn token(&self) -> Result<Option<Token>, Problem> {
        let variable = "GITHUB_TOKEN";
        let wrong = || Problem::Wrong { variable, value: "***".to_owned(), wanted: "a token" };
        self.get(variable).map(|value| Token::new(value).ok_or_else(wrong)).transpose()
    }

    fn proxy(&self) -> Result<Option<Proxy>, Problem> {
        let wrong =
            |_| Problem::Wrong { variable: PROXY, value: "***".to_owned(), wanted: "the URL of a proxy" };
        Proxy::of_variables(|name| self.get(name).map(str::to_owned)).map_err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "0123456789012345678901234567890123456789";

    fn variables(more: &[(&str, &str)]) -> Variables {
        let base =
            [("GITHUB_ACTIONS", "true"), ("GITHUB_REPOSITORY", "pytorch/pytorch"), ("GITHUB_SHA", SHA)];
        base.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn read(more: &[(&str, &str)]) -> Result<Environment, String> {
        let read = Environment::read(&variables(more)).map_err(|problem| problem.to_string())?;
        Ok(read.expect("Actions run"))
    }

    fn refusal(more: &[(&str, &str)]) -> String {
        read(more).expect_err("it is refused")
    }

    #[test]
    fn elsewhere_there_is_none() {
        assert!(Environment::read(&Variables::new()).expect("no problem").is_none());
        assert!(Environment::read(&variables(&[("GITHUB_ACTIONS", "")])).expect("no problem").is_none());
    }

    #[test]
    fn a_push_is_judged_where_it_is() {
        let run = [("GITHUB_EVENT_NAME", "push"), ("GITHUB_RUN_ID", "12"), ("GITHUB_BASE_REF", "")];
        let environment = read(&run).expect("it reads");
        assert_eq!(environment.api_url, "https://api.github.com");
        assert_eq!(environment.head_sha(), SHA);
        assert_eq!(environment.base_ref, None);
        assert_eq!(
            environment.run_url().as_deref(),
            Some("https://github.com/pytorch/pytorch/actions/runs/12")
        );
        let problem = environment.target().expect_err("no token");
        assert_eq!(problem.to_string(), "GITHUB_TOKEN is not set");
    }

    #[test]
    fn a_check_run_goes_to_the_head_of_a_pull_request() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("event.json");
        let event = r#"{"pull_request": {"number": 7, "head": {"sha": "aa", "repo": null},
            "base": {"sha": "bb", "repo": {"full_name": "pytorch/pytorch"}}}}"#;
        std::fs::write(&path, event).expect("written");
        let path = path.display().to_string();
        let run = [
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_EVENT_PATH", &*path),
            ("GITHUB_TOKEN", "ghs_1\n"),
        ];
        let target = read(&run).expect("it reads").target().expect("there is a token");
        assert_eq!((&*target.head_sha, target.pull_request), ("aa", Some(7)));
    }

    #[test]
    fn problems_name_the_variable() {
        let nothing = Environment::read(&[("GITHUB_ACTIONS".to_owned(), "true".to_owned())].into());
        assert_eq!(nothing.expect_err("missing").to_string(), "GITHUB_REPOSITORY is not set");
        assert_eq!(refusal(&[("GITHUB_EVENT_NAME", "pull_request_target")]), "GITHUB_EVENT_PATH is not set");
        assert_eq!(
            refusal(&[("GITHUB_API_URL", "http://api.github.com")]),
            r#"GITHUB_API_URL is "http://api.github.com", which is not an https:// URL"#
        );
        for wrong in [
            "http://localhost:x@evil.example",
            "https://a@b.example",
            "http://127.0.0.1.evil.example",
            "https://",
        ] {
            assert!(refusal(&[("GITHUB_API_URL", wrong)]).starts_with("GITHUB_API_URL is "), "{wrong}");
        }
        for wrong in ["pytorch", "a/b/c", "../..", "a/..", "a/b?c", "/b", "a/"] {
            assert!(refusal(&[("GITHUB_REPOSITORY", wrong)]).starts_with("GITHUB_REPOSITORY is "), "{wrong}");
        }
        assert!(refusal(&[("GITHUB_SHA", "main")]).starts_with("GITHUB_SHA is "));
    }

    #[test]
    fn problems_name_the_file() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("event.json").display().to_string();
        let start = format!("GITHUB_EVENT_PATH: cannot read {path}: ");
        assert!(refusal(&[("GITHUB_EVENT_PATH", &path)]).starts_with(&start));
        std::fs::write(&path, "{").expect("written");
        let start = format!("GITHUB_EVENT_PATH: {path} is not an event of GitHub: ");
        assert!(refusal(&[("GITHUB_EVENT_PATH", &path)]).starts_with(&start));
    }

    #[test]
    fn no_token_is_ever_shown() {
        let problem = refusal(&[("GITHUB_TOKEN", "ghs secret")]);
        assert_eq!(problem, r#"GITHUB_TOKEN is "***", which is not a token"#);
        let environment = read(&[("GITHUB_TOKEN", "ghs_secret")]).expect("it reads");
        let target = environment.target().expect("there is a token");
        assert!(!format!("{environment:?}{target:?}").contains("ghs_secret"));
    }
}

//! Publishing a verdict where GitHub runs the gate: a check run, one comment, the job's summary, annotations.
//!
//! Decides nothing: what a verdict comes to stands in the [`Publication`], and an API that fails changes none of it.
//! Publishing is best effort, and says what was published and why the rest was not. Nothing here reads the environment:
//! [`Environment`] is told its variables.
//!
//! | file | what it does |
//! |---|---|
//! | `environment`, `event` | what GitHub Actions says of the run: commit, pull request, where files go |
//! | `target` | whose API, in whose name, for which commit, and the way there |
//! | `client`, `wire` | the requests that are made, and their JSON |
//! | `transport` | how a request is sent, and when once more |
//! | `approvals` | who gave a label or a review, and whether that was after the last push |
//! | `error` | why one came to nothing |
//! | `publish`, `comment` | a publication to check run and comment |
//! | `cut` | text of a length that GitHub takes |
//! | [`command`] | lines for the job's log that become annotations |
//! | [`files`] | the job's summary and the step's outputs |

mod approvals;
mod client;
pub mod command;
mod comment;
mod cut;
mod environment;
mod error;
mod event;
pub mod files;
mod publish;
mod target;
mod transport;
mod wire;

pub use approvals::{Given, GivenStanding, approvals, record};
pub use client::{CheckRun, Client, Comment};
pub use environment::{Environment, Problem, Variables};
pub use error::Error;
pub use event::{Event, PullRequest};
pub use publish::{Done, Outcome, Part, publish, start};
pub use target::Target;

pub use crate::http::{Proxy, RetryPolicy, Token};

/// What a verdict comes to, as a check run puts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Green.
    Success,
    /// Red.
    Failure,
    /// Red, and somebody has to decide.
    ActionRequired,
    /// Grey: it stops nobody.
    Neutral,
}

/// How loud an annotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Blue.
    Notice,
    /// Yellow.
    Warning,
    /// Red.
    Failure,
}

/// Lines of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// Path from the root of the repository.
    pub path: String,
    /// One-based line.
    pub first: u32,
    /// Last line of it.
    pub last: u32,
}

/// A remark, at lines of a file where it is about any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// What it is about. A job's log has remarks without a place, a check run has not.
    pub lines: Option<Lines>,
    /// How loud.
    pub level: Level,
    /// One short line.
    pub title: String,
    /// A few sentences.
    pub message: String,
    /// What unfolds below it.
    pub raw_details: Option<String>,
}

/// A verdict, written down for GitHub.
#[derive(Clone, Debug)]
pub struct Publication {
    /// Whose verdict: `abigate / linux-x86_64`. Tells check runs and comments of a pull request apart.
    pub name: String,
    /// What it comes to.
    pub conclusion: Conclusion,
    /// One line: `3 breaking changes`.
    pub title: String,
    /// The check run's first part.
    pub summary_markdown: String,
    /// The check run's second part.
    pub text_markdown: String,
    /// The comment at the pull request.
    pub comment_markdown: String,
    /// Whether there is nothing to do for anybody: the comment is folded then, and not written at all if none is there.
    pub is_clean: bool,
    /// Remarks at lines, worst first.
    pub annotations: Vec<Annotation>,
    /// Where all of it can be read.
    pub details_url: Option<String>,
}

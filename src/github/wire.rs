//! The JSON of requests and answers: as much of GitHub's as is used.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Annotation, Conclusion, Level, Lines, Publication, cut};

/// GitHub's limits for a check run.
const OUTPUT: usize = 65_535;
const TITLE: usize = 255;
const MESSAGE: usize = 64 << 10;

#[derive(Serialize)]
pub(super) struct NewCheckRun<'a> {
    pub(super) name: &'a str,
    pub(super) head_sha: &'a str,
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) details_url: Option<&'a str>,
}

/// The end of a check run. Each of several says all of it but annotations, which GitHub appends: what an update leaves out
/// might be taken for nothing.
#[derive(Serialize)]
pub(super) struct Completion<'a> {
    status: &'static str,
    conclusion: Conclusion,
    #[serde(skip_serializing_if = "Option::is_none")]
    details_url: Option<&'a str>,
    output: Output<'a>,
}

#[derive(Serialize)]
struct Output<'a> {
    title: &'a str,
    summary: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: Cow<'a, str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    annotations: &'a [WireAnnotation<'a>],
}

#[derive(Serialize)]
pub(super) struct WireAnnotation<'a> {
    path: &'a str,
    start_line: u32,
    end_line: u32,
    annotation_level: Level,
    title: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_details: Option<&'a str>,
}

impl<'a> Completion<'a> {
    pub(super) fn new(publication: &'a Publication, annotations: &'a [WireAnnotation<'a>]) -> Completion<'a> {
        let summary = match &*publication.summary_markdown {
            "" => &*publication.title, // GitHub wants one.
            summary => summary,
        };
        let output = Output {
            title: cut::plain(&publication.title, TITLE),
            summary: cut::markdown(summary, OUTPUT),
            text: cut::markdown(&publication.text_markdown, OUTPUT),
            annotations,
        };
        Completion {
            status: "completed",
            conclusion: publication.conclusion,
            details_url: publication.details_url.as_deref(),
            output,
        }
    }
}

impl<'a> WireAnnotation<'a> {
    /// None: it has no place, and a check run takes none without one. The summary tells what it says.
    pub(super) fn of(annotation: &'a Annotation) -> Option<WireAnnotation<'a>> {
        let Lines { path, first, last } = annotation.lines.as_ref()?;
        let start_line = *first.max(&1);
        Some(WireAnnotation {
            path,
            start_line,
            end_line: *last.max(&start_line),
            annotation_level: annotation.level,
            title: cut::plain(&annotation.title, TITLE),
            message: cut::plain(&annotation.message, MESSAGE),
            raw_details: annotation.raw_details.as_deref().map(|details| cut::plain(details, MESSAGE)),
        })
    }
}

#[derive(Serialize)]
pub(super) struct NewComment<'a> {
    pub(super) body: &'a str,
}

/// What has a number: a check run, a comment. Addresses in an answer are not used; they may lead elsewhere.
#[derive(Deserialize)]
pub(super) struct Numbered {
    pub(super) id: u64,
}

#[derive(Deserialize)]
pub(super) struct ListedComment {
    pub(super) id: u64,
    pub(super) body: Option<String>,
    pub(super) user: Option<User>,
    pub(super) author_association: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct User {
    #[serde(rename = "type")]
    pub(super) kind: String,
}

#[derive(Deserialize)]
pub(super) struct Login {
    pub(super) login: String,
}

#[derive(Deserialize)]
pub(super) struct Side {
    pub(super) sha: String,
    #[serde(rename = "ref")]
    pub(super) branch: Option<String>,
    /// None: a fork that is gone.
    pub(super) repo: Option<Project>,
}

#[derive(Deserialize)]
pub(super) struct Project {
    pub(super) full_name: String,
}

/// Something that somebody did to a branch: a push, its creation.
#[derive(Deserialize)]
pub(super) struct Activity {
    /// Its newest commit from then on.
    pub(super) after: String,
}

/// A pull request as it is now. Whose it was when its account is gone is not known.
#[derive(Deserialize)]
pub(super) struct ListedPullRequest {
    pub(super) number: u64,
    pub(super) head: Side,
    pub(super) base: Side,
    pub(super) user: Option<Login>,
}

/// An event of an issue; of those that are about no label, only that they are there matters.
#[derive(Deserialize)]
pub(super) struct LabelEvent {
    pub(super) event: String,
    pub(super) actor: Option<Login>,
    pub(super) label: Option<Label>,
    pub(super) created_at: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Review {
    pub(super) user: Option<Login>,
    pub(super) state: String,
    pub(super) commit_id: Option<String>,
    pub(super) body: Option<String>,
    pub(super) submitted_at: Option<String>,
}

/// The check runs of a commit.
#[derive(Deserialize)]
pub(super) struct CheckRuns {
    pub(super) check_runs: Vec<ListedCheckRun>,
}

#[derive(Deserialize)]
pub(super) struct ListedCheckRun {
    pub(super) name: String,
    pub(super) head_sha: String,
    pub(super) completed_at: Option<String>,
    pub(super) output: ListedOutput,
}

#[derive(Deserialize)]
pub(super) struct ListedOutput {
    pub(super) text: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Membership {
    pub(super) state: String,
}

#[derive(Deserialize)]
pub(super) struct Permission {
    pub(super) permission: String,
}

#[derive(Deserialize)]
pub(super) struct Label {
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct ListedCommit {
    pub(super) sha: String,
    pub(super) commit: Commit,
}

#[derive(Deserialize)]
pub(super) struct Commit {
    pub(super) message: String,
}

/// Why GitHub refuses: a message, and what about which field.
#[derive(Default, Deserialize)]
pub(super) struct Refusal {
    #[serde(default, alias = "detail")]
    pub(super) message: String,
    #[serde(default, alias = "validation")]
    pub(super) errors: Value,
}

impl Refusal {
    /// All of it on one line that is not too long.
    pub(super) fn line(&self) -> String {
        // Mostly a list of objects, but not everywhere.
        let errors = match &self.errors {
            Value::Array(errors) => errors.as_slice(),
            Value::Null => &[],
            other => std::slice::from_ref(other),
        };
        let details = errors.iter().map(|error| error.as_str().map_or(error.to_string(), str::to_owned));
        let message = Some(self.message.clone()).filter(|message| !message.is_empty());
        let line = message.into_iter().chain(details).collect::<Vec<_>>().join("; ");
        let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        cut::plain(&line, 500).to_owned()
    }
}

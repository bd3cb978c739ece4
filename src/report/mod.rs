//! A verdict to what people and programs read. Decides nothing: what counts and how bad it is stands in the verdict.
//!
//! - [`text`]: for people, with `text::brief` (one screenful, made of `text::block`s and `text::example`s) and `text::full` (everything)
//! - [`html`]: for people with a browser, in one file
//! - [`json`]: for programs; `report.schema.json` is its published description
//! - [`mod@markdown`], [`sarif`], [`junit`], [`workflow`], [`code_quality`]: for the places where others show them, made of what
//!   [`reported`] says of each root cause
//! - [`types`], [`types::json`]: types, as [`crate::layout`] lays them out; `types.schema.json` describes the latter
//! - [`history`], [`history::table`], [`history::chart`], [`history::json`]: what became of names and libraries;
//!   `history.schema.json` describes the last
//! - [`check`]: whether a release loads; `check.schema.json` describes it for programs
//! - [`consumers`]: who breaks, and with which releases consumers load; `consumers.schema.json` and `ranges.schema.json`
//!   describe it for programs
//! - [`safe`]: no text that a terminal, a log or a page would obey
//! - [`debian`]: what a library exports, for `dpkg-gensymbols`
//! - [`summary`]: the counts that both give
//! - [`outline`]: roots, what follows from them, and the order in which they are told
//! - [`text::side_by_side`], [`reach`]: a class before and after, and who is concerned
//! - [`style::text_layout`], [`style::shorten`], [`style::word_diff`], [`style::color`], [`style::markup`]: lines of a width, names made short, words that differ, colours

pub mod check;
mod code_quality;
pub mod consumers;
pub mod debian;
pub mod history;
mod html;
mod json;
mod junit;
mod markdown;
mod needed;
mod outline;
mod reach;
mod reported;
pub mod safe;
mod sarif;
pub mod style;
mod summary;
mod text;
pub mod types;
mod wording;
mod workflow;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use crate::policy::Verdict;
pub use summary::Counts;

/// The JSON Schema of [`Format::Json`].
pub const SCHEMA: &str = include_str!("report.schema.json");

/// The JSON Schema of [`types::json`].
pub const TYPES_SCHEMA: &str = include_str!("types.schema.json");

/// The JSON Schema of [`history::json`].
pub const HISTORY_SCHEMA: &str = include_str!("history.schema.json");

/// The JSON Schema of [`consumers::write_json`].
pub const CONSUMERS_SCHEMA: &str = include_str!("consumers.schema.json");

/// The JSON Schema of [`consumers::write_ranges_json`].
pub const RANGES_SCHEMA: &str = include_str!("ranges.schema.json");

/// The JSON Schema of [`check::write_json`].
pub const CHECK_SCHEMA: &str = include_str!("check.schema.json");

/// How a verdict is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For people with a browser.
    Html,
    /// For comments and summaries of jobs.
    Markdown,
    /// For code scanning.
    Sarif,
    /// As results of tests.
    Junit,
    /// As annotations of a GitHub workflow.
    Github,
    /// As GitLab's code quality.
    Gitlab,
}

impl Format {
    /// All of them, in the order of the help.
    pub const ALL: [Format; 8] = [
        Format::Text,
        Format::Json,
        Format::Html,
        Format::Markdown,
        Format::Sarif,
        Format::Junit,
        Format::Github,
        Format::Gitlab,
    ];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Html => "html",
            Format::Markdown => "markdown",
            Format::Sarif => "sarif",
            Format::Junit => "junit",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
        }
    }

    /// What the ending of a file's name says of it.
    pub fn of_file(name: &str) -> Option<Format> {
        Some(match name.rsplit_once('.')?.1 {
            "txt" => Format::Text,
            "json" => Format::Json,
            "html" => Format::Html,
            "md" => Format::Markdown,
            "sarif" => Format::Sarif,
            "xml" => Format::Junit,
            _ => return None,
        })
    }
}

/// What a text report may use.
#[derive(Clone, Debug)]
pub struct Options {
    /// Everything instead of what fits on a screen.
    pub full: bool,
    /// Columns of a line.
    pub width: usize,
    /// Lines of a screen.
    pub height: usize,
    /// Whether colours show.
    pub color: bool,
    /// The command that was typed, to be repeated with `--full`.
    pub command: String,
}

/// Columns and lines when nobody knows the terminal.
pub const WIDTH: usize = 100;
/// See [`WIDTH`].
pub const HEIGHT: usize = 40;

impl Default for Options {
    fn default() -> Options {
        Options {
            full: false,
            width: WIDTH,
            height: HEIGHT,
            color: false,
            command: "abigate diff OLD NEW".to_owned(),
        }
    }
}

/// A verdict in Markdown, in at most that many bytes as far as its head alone fits: what has no room is counted.
#[must_use]
pub fn markdown(verdict: &Verdict, most: usize) -> String {
    markdown::text_of(&safe::verdict(verdict), most)
}

/// Text in Markdown of which nothing is markup, a mention or a link.
#[must_use]
pub fn escaped_markdown(text: &str) -> String {
    markdown::escaped(&safe::text(text))
}

/// Bytes of Markdown that a comment or a field of a check run takes.
pub const MARKDOWN: usize = markdown::MOST;

/// The verdict in one line: `BREAKING v2.9.1 → v2.10.0 (linux-x86_64): 3 breaking root causes`.
#[must_use]
pub fn headline(verdict: &Verdict) -> String {
    text::headline(&safe::verdict(verdict)).replace('\u{a0}', " ")
}

/// Root causes by severity, in the tiers that may stop somebody; waived ones are not counted.
#[must_use]
pub fn counts(verdict: &Verdict) -> Counts {
    summary::Summary::new(verdict).counted
}

/// A remark at a line for each root cause that may stop somebody, worst first.
#[must_use]
pub fn annotations(verdict: &Verdict) -> Vec<crate::github::Annotation> {
    workflow::annotations(&safe::verdict(verdict))
}

/// The style of the HTML page.
#[cfg(feature = "serve")]
pub(crate) const STYLE: &str = html::STYLE;

/// Writes a report. The same verdict, format and options give the same bytes.
///
/// # Errors
/// Writing failed.
pub fn write(verdict: &Verdict, format: Format, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let verdict = &*safe::verdict(verdict);
    match format {
        Format::Text => text::write(verdict, options, out),
        Format::Json => json::write(verdict, out),
        Format::Html => html::write(verdict, out),
        Format::Markdown => markdown::write(verdict, markdown::MOST, out),
        Format::Sarif => sarif::write(verdict, out),
        Format::Junit => junit::write(verdict, out),
        Format::Github => workflow::write(verdict, out),
        Format::Gitlab => code_quality::write(verdict, out),
    }
}

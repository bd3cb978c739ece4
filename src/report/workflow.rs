//! Findings as remarks at lines, for [`crate::github`]: as workflow commands or in a check run.

use std::io::{self, Write};

use super::reported;
use crate::github::{Annotation, Level, Lines, command};
use crate::policy::{Finding, Verdict};

pub(super) fn write(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    command::write(&annotations(verdict), out)?;
    match &verdict.trust {
        Some(trust) => command::notice("abigate", &super::wording::trust(trust), out),
        None => Ok(()),
    }
}

/// A remark for each root cause that may stop somebody, worst first, where it is declared if that is known.
pub(super) fn annotations(verdict: &Verdict) -> Vec<Annotation> {
    reported::roots(verdict)
        .map(|finding| {
            let at = |(file, line): (&str, u32)| Lines { path: file.to_owned(), first: line, last: line };
            Annotation {
                lines: reported::place(finding).map(at),
                level: if reported::stops(finding) { Level::Failure } else { Level::Warning },
                title: format!("abigate: {}", finding.change.rule.id()),
                message: lines(finding, verdict).join("\n"),
                raw_details: None,
            }
        })
        .collect()
}

/// What the remark says: what it is, what helps to understand it, and how to go on.
fn lines(finding: &Finding, verdict: &Verdict) -> Vec<String> {
    [reported::title(finding)].into_iter().chain(reported::message_with_ways(finding, verdict)).collect()
}

//! GitLab's code quality report, which is Code Climate's issue with a fingerprint, a severity and one line.

use std::io::{self, Write};

use serde::Serialize;

use super::reported;
use crate::policy::Verdict;
use crate::rules::Severity;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: &'a str,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

pub(super) fn write(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let issues: Vec<Issue<'_>> = reported::roots(verdict)
        .map(|finding| {
            let place = reported::place(finding, verdict);
            Issue {
                description: format!(
                    "{}. {}",
                    reported::title(finding),
                    reported::message(finding).join(". ")
                ),
                check_name: finding.change.rule.id(),
                fingerprint: &finding.id,
                severity: word(finding.severity),
                location: Location { path: place.file, lines: Lines { begin: place.line } },
            }
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::CannotCertify | Severity::Breaking => "critical",
        Severity::Risky => "major",
        Severity::Source => "minor",
        Severity::Compatible => "info",
    }
}

//! GitLab's code quality report, which is Code Climate's issue with a fingerprint, a severity and one line.

use std::io::{self, Write};

use serde::Serialize;

use super::reported;
use crate::policy::{Finding, Trust, Verdict};
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
    let mut issues: Vec<Issue<'_>> = reported::roots(verdict)
        .map(|finding| {
            // The form has no issue without a line.
            let (path, begin) = reported::place(finding).unwrap_or((reported::policy_file(verdict), 1));
            Issue {
                description: sentences(finding, verdict),
                check_name: finding.change.rule.id(),
                fingerprint: &finding.id,
                severity: word(finding.severity),
                location: Location { path, lines: Lines { begin } },
            }
        })
        .collect();
    // The form has no other place for it.
    if let Some(trust @ Trust::Advisory { .. }) = &verdict.trust {
        issues.push(Issue {
            description: super::wording::trust(trust),
            check_name: "abigate",
            fingerprint: "abigate-advisory",
            severity: "info",
            location: Location { path: reported::policy_file(verdict), lines: Lines { begin: 1 } },
        });
    }
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    writeln!(out)
}

/// All of it in one line.
fn sentences(finding: &Finding, verdict: &Verdict) -> String {
    let lines = [reported::title(finding)].into_iter().chain(reported::message_with_ways(finding, verdict));
    lines.map(|line| line.trim_end_matches('.').to_owned()).collect::<Vec<_>>().join(". ")
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::CannotCertify | Severity::Breaking => "critical",
        Severity::Risky => "major",
        Severity::Source => "minor",
        Severity::Compatible => "info",
    }
}

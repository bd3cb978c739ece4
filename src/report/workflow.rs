//! Findings as remarks at lines, for [`crate::github`]: as workflow commands or in a check run.

use std::io::{self, Write};

use super::reported;
use crate::github::{Annotation, Level, command};
use crate::policy::Verdict;

pub(super) fn write(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    command::write(&annotations(verdict), out)?;
    match &verdict.trust {
        Some(trust) => command::notice("abigate", &super::wording::trust(trust), out),
        None => Ok(()),
    }
}

/// A remark for each root cause that may stop somebody, worst first, where it is declared.
pub(super) fn annotations(verdict: &Verdict) -> Vec<Annotation> {
    reported::roots(verdict)
        .map(|finding| {
            let place = reported::place(finding, verdict);
            Annotation {
                path: place.file.to_owned(),
                start_line: place.line,
                end_line: place.line,
                level: if reported::stops(finding) { Level::Failure } else { Level::Warning },
                title: format!("abigate: {}", finding.change.rule.id()),
                message: format!("{}\n{}", reported::title(finding), reported::message(finding).join("\n")),
                raw_details: None,
            }
        })
        .collect()
}

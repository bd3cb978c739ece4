//! GitHub Actions' workflow commands: an annotation for each of the worst findings, on the line that it is about.
//!
//! A step shows ten errors and ten warnings and drops the others without a word, so that no more are written and one says how
//! many there are.

use std::io::{self, Write};

use super::fit::count;
use super::told;
use crate::policy::{Finding, Verdict};

/// Annotations of one level that a step shows.
const MOST: usize = 10;

pub(super) fn write(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let (errors, others): (Vec<&Finding>, Vec<&Finding>) = told::roots(verdict).partition(|f| told::stops(f));
    for (level, findings) in [("error", errors), ("warning", others)] {
        // The last one has the line that counts the others.
        let shown = if findings.len() > MOST { MOST - 1 } else { findings.len() };
        for finding in &findings[..shown] {
            let place = told::place(finding, verdict);
            let title = property(&format!("abigate: {}", finding.change.rule.id()));
            let text = format!("{}\n{}", told::title(finding), told::message(finding).join("\n"));
            let (file, line) = (property(place.file), place.line);
            writeln!(out, "::{level} file={file},line={line},title={title}::{}", data(&text))?;
        }
        if shown < findings.len() {
            let more = count(findings.len() - shown, &format!("more {level}"));
            writeln!(
                out,
                "::{level} title=abigate::{}",
                data(&format!("and {more}: the report has them all"))
            )?;
        }
    }
    Ok(())
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn what_ends_a_command_is_escaped() {
        assert_eq!(data("100%\r\na::b, c"), "100%25%0D%0Aa::b, c");
        assert_eq!(property("a::b, 1%\n"), "a%3A%3Ab%2C 1%25%0A");
    }
}

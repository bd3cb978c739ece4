//! JUnit's XML, as CI systems show test results: a test for each root cause, of which those that break fail, and one for the
//! verdict, so that a comparison without findings is a test that passed.

use std::io::{self, Write};

use super::reported;
use super::style::markup::{attribute, escaped};
use super::text;
use crate::policy::{Finding, Outcome, Verdict};

pub(super) fn write(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let roots: Vec<&Finding> = reported::roots(verdict).collect();
    let skipped = reported::uncounted(verdict).count();
    let is_bad = verdict.outcome != Outcome::Compatible;
    let failures = roots.iter().filter(|f| reported::stops(f)).count() + usize::from(is_bad);
    let tests = roots.len() + skipped + 1;
    let (old, new) = &verdict.releases;
    let name = match &verdict.platform {
        Some(platform) => format!("abigate {old} → {new} ({platform})"),
        None => format!("abigate {old} → {new}"),
    };
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites>")?;
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"");
    writeln!(out, "  <testsuite name=\"{}\" {counts}>", attribute(&name))?;
    if let Some(trust) = verdict.trust.as_ref().map(super::wording::trust) {
        let property = format!("<property name=\"trust\" value=\"{}\"/>", attribute(&trust));
        writeln!(out, "    <properties>{property}</properties>")?;
    }
    let headline = text::headline(verdict);
    writeln!(out, "    <testcase classname=\"abigate\" name=\"verdict\">")?;
    match is_bad {
        true => {
            let ways = super::wording::ways_out(verdict).join("\n");
            writeln!(
                out,
                "      <failure message=\"{}\">{}</failure>",
                attribute(&headline),
                escaped(&ways)
            )?;
        }
        false => writeln!(out, "      <system-out>{}</system-out>", escaped(&headline))?,
    }
    writeln!(out, "    </testcase>")?;
    for finding in roots {
        test(finding, out)?;
    }
    for (finding, why) in reported::uncounted(verdict) {
        open(finding, out)?;
        writeln!(out, "      <skipped message=\"{}\"/>", attribute(&why))?;
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")?;
    writeln!(out, "</testsuites>")
}

fn open(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let name = format!("{} {}", finding.change.rule.id(), finding.change.subject.name);
    let class = format!("abigate.{}", finding.tier.name());
    let at = |(file, line)| format!(" file=\"{}\" line=\"{line}\"", attribute(file));
    let at = reported::place(finding).map(at).unwrap_or_default();
    writeln!(out, "    <testcase classname=\"{}\" name=\"{}\"{at}>", attribute(&class), attribute(&name))
}

fn test(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    open(finding, out)?;
    let lines = reported::message(finding).join("\n");
    match reported::stops(finding) {
        true => {
            let title = attribute(&reported::title(finding));
            let kind = finding.severity.name();
            writeln!(
                out,
                "      <failure type=\"{kind}\" message=\"{title}\">{}</failure>",
                escaped(&lines)
            )?;
        }
        false => writeln!(
            out,
            "      <system-out>{}</system-out>",
            escaped(&format!("{}: {}\n{lines}", finding.severity, reported::title(finding)))
        )?,
    }
    writeln!(out, "    </testcase>")
}

//! JSON for programs, described by `report.schema.json`. Every finding with every symbol that it stands for.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diff::{Affects, Member, Subject};
use crate::policy::{Finding, Ledger, Outcome, Verdict};
use crate::rules::{Rule, Severity};

/// The JSON Schema of the report.
pub const SCHEMA: &str = include_str!("report.schema.json");

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    verdict: Outcome,
    old: &'a str,
    new: &'a str,
    platform: Option<&'a str>,
    summary: Summary,
    evidence: &'a Ledger,
    findings: Vec<Row<'a>>,
}

/// Root causes by severity and by tier.
#[derive(Serialize)]
struct Summary {
    roots: BTreeMap<&'static str, usize>,
    derived: usize,
    by_tier: BTreeMap<&'static str, BTreeMap<&'static str, usize>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    rule: Rule,
    severity: Severity,
    tier: &'static str,
    subject: &'a Subject,
    old: Option<&'a str>,
    new: Option<&'a str>,
    detail: Option<&'a str>,
    derived_from: Option<&'a str>,
    /// Sources are unknown without debug info.
    location: Option<&'a str>,
    affects: &'a Affects,
    members: &'a [Member],
    /// Waivers come with the policy file.
    waived: Option<&'a str>,
}

/// Writes the report, indented by two blanks.
///
/// # Errors
/// The serializer failed, which plain data never makes it do.
pub fn json(verdict: &Verdict) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(&Report {
        schema_version: 1,
        verdict: verdict.outcome,
        old: &verdict.releases.0,
        new: &verdict.releases.1,
        platform: verdict.platform.as_deref(),
        summary: summary(&verdict.findings),
        evidence: &verdict.ledger,
        findings: verdict.findings.iter().map(row).collect(),
    })?;
    text.push('\n');
    Ok(text)
}

fn row(finding: &Finding) -> Row<'_> {
    let change = &finding.change;
    Row {
        id: &finding.id,
        rule: change.rule,
        severity: finding.severity,
        tier: finding.tier.name(),
        subject: &change.subject,
        old: change.old.as_deref(),
        new: change.new.as_deref(),
        detail: change.detail.as_deref(),
        derived_from: finding.derived_from.as_deref(),
        location: None,
        affects: &change.affects,
        members: &change.members,
        waived: None,
    }
}

fn summary(findings: &[Finding]) -> Summary {
    let mut summary = Summary { roots: BTreeMap::new(), derived: 0, by_tier: BTreeMap::new() };
    for finding in findings {
        if finding.derived_from.is_some() {
            summary.derived += 1;
            continue;
        }
        *summary.roots.entry(finding.severity.name()).or_default() += 1;
        *summary
            .by_tier
            .entry(finding.tier.name())
            .or_default()
            .entry(finding.severity.name())
            .or_default() += 1;
    }
    summary
}

//! The findings of a comparison of two stored releases, written down so that the next question about them need not compare
//! again: JSON Lines, one finding each, with what a history says of it.

use serde::{Deserialize, Serialize};

use crate::diff::{AffectedSymbol, Change, Detail, Subject, SubjectKind};
use crate::policy::{AffectedConsumers, Finding, Policy, Profile};
use crate::rules::{Rule, Severity};

/// A finding. Layouts, exposure and what is reached are not told by histories.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    rule: String,
    severity: Severity,
    tier: String,
    kind: SubjectKind,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    symbol: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    library: Option<String>,
    /// Always there, so that a line of another form is damage.
    detail: Detail,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    root: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    members: Vec<AffectedSymbol>,
    /// Libraries that it concerns, where it is of none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    libraries: Vec<String>,
}

/// The findings as text.
pub fn write(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let change = &finding.change;
        let line = Line {
            id: finding.id.clone(),
            rule: change.rule.id().to_owned(),
            severity: finding.severity,
            tier: finding.tier.name().to_owned(),
            kind: change.subject.kind,
            name: change.subject.name.clone(),
            symbol: change.subject.symbol.clone(),
            library: change.subject.library.clone(),
            detail: change.detail.clone(),
            root: finding.derived_from.clone(),
            members: change.members.clone(),
            libraries: change.affects.libraries.clone(),
        };
        // Plain data always serializes.
        text += &serde_json::to_string(&line).unwrap_or_default();
        text.push('\n');
    }
    text
}

/// The findings that a text has, as the policy that they were judged by has its tiers; none where the text is damaged.
pub fn read(text: &str, policy: &Policy, profile: Profile) -> Option<Vec<Finding>> {
    let read = |line: &str| {
        let line: Line = serde_json::from_str(line).ok()?;
        let subject =
            Subject { kind: line.kind, name: line.name, symbol: line.symbol, library: line.library };
        let mut change = Change::new(Rule::from_id(&line.rule)?, subject).with_members(line.members);
        change.detail = line.detail;
        change.affects.libraries = line.libraries;
        Some(Finding {
            id: line.id,
            tier: policy.tier(&line.tier, profile)?,
            severity: line.severity,
            change,
            derived_from: line.root,
            waived: None,
            unreleased: None,
            consumers: AffectedConsumers::default(),
            compiled_in: Vec::new(),
        })
    };
    text.lines().map(read).collect()
}

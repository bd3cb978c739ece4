//! SARIF 2.1.0 (OASIS), as code scanning reads it: one run, its rules, and a result for each root cause.
//!
//! Line numbers move, so that each result has a fingerprint of its own: the id of the finding.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::reported;
use crate::policy::{Finding, Verdict};
use crate::rules::{Rule, Severity, page_url};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Results that GitHub takes of one run.
const MOST: usize = 25_000;

pub(super) fn write(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let mut findings: Vec<(&Finding, Option<String>)> = reported::roots(verdict).map(|f| (f, None)).collect();
    findings.extend(reported::uncounted(verdict).map(|(finding, why)| (finding, Some(why))));
    findings.truncate(MOST);
    let mut rules: BTreeMap<&'static str, Rule> = BTreeMap::new();
    for (finding, _) in &findings {
        rules.insert(finding.change.rule.id(), finding.change.rule);
    }
    let positions: BTreeMap<&str, usize> = rules.keys().zip(0..).map(|(id, at)| (*id, at)).collect();
    let platform = verdict.platform.as_deref().unwrap_or("any");
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: json!({ "driver": {
                "name": "abigate",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.values().map(|rule| description(*rule)).collect::<Vec<_>>(),
            }}),
            // Each platform is an analysis of its own.
            automation_details: json!({ "id": format!("abigate/{platform}/") }),
            original_uri_base_ids: json!({ "ROOT": { "description": { "text": "the root of the repository" } } }),
            column_kind: "unicodeCodePoints",
            properties: properties(verdict),
            results: findings.iter().map(|(f, why)| result(f, why.as_deref(), verdict, &positions)).collect(),
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn properties(verdict: &Verdict) -> Value {
    let (old, new) = &verdict.releases;
    let mut properties = json!({ "old": old, "new": new, "verdict": verdict.outcome });
    if let Some(trust) = &verdict.trust {
        properties["trust"] = json!(super::wording::trust(trust));
    }
    let ways = super::wording::ways_out(verdict);
    if !ways.is_empty() {
        properties["waysOut"] = json!(ways.iter().map(|line| line.trim()).collect::<Vec<_>>());
    }
    properties
}

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Value,
    automation_details: Value,
    original_uri_base_ids: Value,
    column_kind: &'static str,
    properties: Value,
    results: Vec<Value>,
}

fn description(rule: Rule) -> Value {
    let entry = rule.entry();
    json!({
        "id": rule.id(),
        "shortDescription": { "text": entry.title },
        "fullDescription": { "text": entry.trigger },
        "helpUri": page_url(rule),
        "help": { "text": format!("{}\nHow to fix: {}", entry.effect, entry.remedy) },
        "defaultConfiguration": { "level": level(entry.severity) },
        "properties": { "tags": ["abi", entry.family] },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::CannotCertify | Severity::Breaking => "error",
        Severity::Risky => "warning",
        Severity::Source | Severity::Compatible => "note",
    }
}

fn result(
    finding: &Finding,
    suppressed: Option<&str>,
    verdict: &Verdict,
    positions: &BTreeMap<&str, usize>,
) -> Value {
    let rule = finding.change.rule.id();
    // Code scanning takes no result without a file. One that has no line is about the whole of it.
    let (file, line) = reported::place(finding)
        .map_or((reported::policy_file(verdict), None), |(file, line)| (file, Some(line)));
    let mut physical = json!({ "artifactLocation": { "uri": uri(file), "uriBaseId": "ROOT" } });
    if let Some(line) = line {
        physical["region"] = json!({ "startLine": line });
    }
    let text =
        format!("{}\n{}", reported::title(finding), reported::message_with_ways(finding, verdict).join("\n"));
    let mut result = json!({
        "ruleId": rule,
        "ruleIndex": positions[rule],
        "level": level(finding.severity),
        "message": { "text": text },
        "locations": [{
            "physicalLocation": physical,
            "logicalLocations": [{ "fullyQualifiedName": finding.change.subject.name }],
        }],
        "partialFingerprints": { "abigate/v1": finding.id },
        "properties": { "tier": finding.tier, "severity": finding.severity },
    });
    if let Some(why) = suppressed {
        let suppression = json!({ "kind": "external", "status": "accepted", "justification": why });
        result["suppressions"] = json!([suppression]);
    }
    result
}

/// A relative path as a URI reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'+' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("c10/core/Tensor Impl.h"), "c10/core/Tensor%20Impl.h");
        assert_eq!(uri("a:b#c%"), "a%3Ab%23c%25");
    }
}

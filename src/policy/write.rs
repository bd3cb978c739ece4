//! Waivers for what a verdict found, as text that loads back.

use std::fmt::Write as _;

use super::named::{Named, SymbolPattern};
use super::tier_assigner::named;
use super::waiver::{new_fingerprint, old_fingerprint};
use super::{Finding, Verdict};
use crate::abi::unversioned;
use crate::diff::SubjectKind;
use crate::mangling;
use crate::patterns::Glob;
use crate::rules::Severity;

/// Writes a waiver for each root of that severity or worse that is not waived yet: a policy of waivers alone. None when
/// there is nothing to waive.
pub fn write_waivers(verdict: &Verdict, least: Severity, reason: &str) -> Option<String> {
    let remains = |f: &&Finding| f.derived_from.is_none() && f.counts() && f.severity >= least;
    let mut entries: Vec<String> = Vec::new();
    for finding in verdict.findings.iter().filter(remains) {
        let entry = entry(finding, reason);
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    (!entries.is_empty()).then(|| format!("waivers:\n{}", entries.concat()))
}

fn entry(finding: &Finding, reason: &str) -> String {
    let change = &finding.change;
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(text, "  # {}", comment(&change.subject.name));
    let _ = writeln!(text, "  - rule: {}", change.rule);
    match &names(finding)[..] {
        [] => {}
        [only] => {
            let _ = writeln!(text, "    name: {}", scalar(only));
        }
        several => {
            let _ = writeln!(text, "    name:");
            for name in several {
                let _ = writeln!(text, "      - {}", scalar(name));
            }
        }
    }
    if let Some(library) = &change.subject.library {
        let _ = writeln!(text, "    library: {}", scalar(Glob::literal(library).as_str()));
    }
    let _ = writeln!(text, "    old: \"{}\"", old_fingerprint(change));
    let _ = writeln!(text, "    new: \"{}\"", new_fingerprint(change));
    let _ = writeln!(text, "    reason: {}", scalar(reason));
    text
}

/// Patterns that match what the finding is about and, as far as patterns can, nothing else.
fn names(finding: &Finding) -> Vec<String> {
    let subject = &finding.change.subject;
    let literal = |symbol: &str| {
        let symbol = unversioned(symbol);
        let pattern = Glob::literal(symbol).as_str().to_owned();
        Some(pattern).filter(|pattern| fits(pattern, &Named::symbol(symbol)))
    };
    if let Some(symbol) = &subject.symbol {
        return literal(symbol).into_iter().collect();
    }
    if subject.kind == SubjectKind::Symbols {
        let mut names: Vec<String> =
            finding.change.members.iter().filter_map(|m| literal(&m.symbol)).collect();
        names.dedup();
        return names;
    }
    let named = named(subject);
    let pattern = match named.qualified() {
        Some(name) => name.as_pattern(),
        // The name of a release changes; that of a library is a key of its own.
        None if matches!(subject.kind, SubjectKind::Release | SubjectKind::Library) => return Vec::new(),
        None => escaped(&subject.name),
    };
    Some(pattern).filter(|pattern| fits(pattern, &named)).into_iter().collect()
}

fn fits(pattern: &str, named: &Named<'_>) -> bool {
    SymbolPattern::parse(pattern).is_ok_and(|pattern| pattern.matches(named))
}

/// Text that is no C++ name, as a pattern for itself.
fn escaped(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.chars() {
        if r"*?[]{}<>()\".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// A text as YAML: as it is where that is safe, else in quotes, which JSON and YAML have in common.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b))
        && !["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
            .contains(&&*text.to_ascii_lowercase());
    if is_plain {
        return text.to_owned();
    }
    // JSON leaves more characters as they are than YAML does.
    let quoted = serde_json::Value::from(text).to_string();
    let escape = |c: char| if is_special(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    quoted.chars().map(escape).collect()
}

/// What YAML refuses, or takes for the end of a line.
fn is_special(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A name in one line of a comment.
fn comment(name: &str) -> String {
    let shown = mangling::display(name);
    shown.chars().map(|c| if is_special(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_comes_back() {
        let special = (0..0x3000).chain(0xfe00..0x1_0100).filter_map(char::from_u32);
        for text in special.map(|c| format!("a {c} b")) {
            let yaml = format!("# {}\nreason: {}\n", comment(&text), scalar(&text));
            let read: std::collections::BTreeMap<String, String> = serde_yaml::from_str(&yaml).unwrap();
            assert_eq!(read["reason"], text, "{yaml:?}");
        }
    }
}

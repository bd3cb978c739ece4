//! Constants and macros, whose values programs have compiled in.

use super::super::{Change, Changes, Subject, SubjectKind};
use crate::abi::{Library, Location};
use crate::rules::{Rule, Severity};

/// Compares the values of what both libraries define.
pub(super) fn compare(old: &Library, new: &Library, changes: &mut Changes) {
    let mut tell = |name: &str, from: &str, to: &str, location: Option<&Location>| {
        let subject = Subject::named(SubjectKind::Constant, name, &old.name);
        let mut change = Change::new(Rule::ConstantChanged, subject).between(from, to);
        change.location = location.cloned();
        if location.is_some_and(Location::is_source) {
            // No program has it compiled in.
            change.severity = Severity::Compatible;
        }
        changes.push(if is_release_version(name, from, to) {
            change.with_severity(Severity::Compatible).with_detail("it says which release this is")
        } else {
            change
        });
    };
    for (before, after) in both(&old.constants, &new.constants, |c| &*c.name) {
        if before.value != after.value {
            tell(&before.name, &before.value, &after.value, after.location.as_ref());
        }
    }
    for (before, after) in both(&old.macros, &new.macros, |m| &*m.name) {
        if before.value != after.value {
            tell(&before.name, &before.value, &after.value, None);
        }
    }
}

/// Items of two lists, sorted by name, that have a name in common.
fn both<'l, T>(
    old: &'l [T],
    new: &'l [T],
    name: impl Fn(&T) -> &str,
) -> impl Iterator<Item = (&'l T, &'l T)> {
    old.iter().filter_map(move |before| {
        let at = new.binary_search_by(|after| name(after).cmp(name(before))).ok()?;
        Some((before, &new[at]))
    })
}

/// Whether a constant is there to differ between releases: `TORCH_VERSION_MINOR`, `"2.5.1"`. A `PROTOCOL_VERSION` is not.
fn is_release_version(name: &str, from: &str, to: &str) -> bool {
    let own = name.rsplit("::").next().unwrap_or(name).to_ascii_lowercase();
    let parts = ["major", "minor", "patch", "micro", "tweak", "build", "string", "str", "hex", "number"];
    let is_part = own.rsplit_once("version_").is_some_and(|(_, part)| parts.contains(&part));
    let is_dotted = |value: &str| {
        let text = value.trim_matches('"');
        text.matches('.').count() >= 1 && text.split('.').take(2).all(|n| n.parse::<u32>().is_ok())
    };
    is_part || (own.contains("version") && is_dotted(from) && is_dotted(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_differ_in_their_version() {
        assert!(is_release_version("TORCH_VERSION_MINOR", "5", "6"));
        assert!(is_release_version("n::kVersion", "\"2.5.1\"", "\"2.6.0\""));
        assert!(!is_release_version("PROTOCOL_VERSION", "3", "4"));
        assert!(!is_release_version("kLimit", "1.5", "2.5"));
    }
}

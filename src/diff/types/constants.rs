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
        changes.push(if names_a_version(name) {
            change
                .with_severity(Severity::Compatible)
                .with_detail("it names a version, which is there to change")
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

fn names_a_version(name: &str) -> bool {
    let own = name.rsplit("::").next().unwrap_or(name).to_ascii_lowercase();
    own.contains("version")
}

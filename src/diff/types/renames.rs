//! Spellings that changed everywhere, as symbols showed: a member whose type is only spelt the new way is no news.

use super::super::{ChangeId, Changes, Detail};
use super::raw_finding::RawFinding;
use crate::rules::Severity;

/// The systematic renames among the changes.
pub(super) struct Renames {
    list: Vec<(String, String, ChangeId)>,
}

impl Renames {
    pub(super) fn of(changes: &Changes) -> Renames {
        let list = changes.as_slice().iter().enumerate().filter_map(|(id, c)| match &c.detail {
            Detail::Respelled { old, new, .. } => Some((old.clone(), new.clone(), id)),
            _ => None,
        });
        // Shorter ones are part of too many names.
        let named = |text: &str| text.len() > 2;
        Renames { list: list.filter(|(old, new, _)| named(old) && named(new)).collect() }
    }

    /// What a type of the old release is called now, by one of the renames.
    pub(super) fn renamed(&self, name: &str) -> impl Iterator<Item = String> {
        self.list
            .iter()
            .filter(|(old, ..)| name.contains(old.as_str()))
            .map(|(old, new, _)| name.replace(old, new))
    }

    /// The rename that turns what was into what is, if it weighs as much.
    pub(super) fn explain(
        &self,
        found: &RawFinding,
        severity: Severity,
        changes: &Changes,
    ) -> Option<ChangeId> {
        let (before, after) = found.detail.values()?;
        let explains = |(old, new, _): &&(String, String, ChangeId)| before.respelled(old, new) == *after;
        let id = self.list.iter().find(explains).map(|rename| rename.2)?;
        (changes.as_slice()[id].severity >= severity).then_some(id)
    }
}

//! Spellings that changed everywhere, as symbols showed: a member whose type is only spelt the new way is no news.

use super::super::{ChangeId, Changes, SubjectKind};
use super::raw_finding::Found;
use crate::rules::{Rule, Severity};

/// The systematic renames among the changes.
pub(super) struct Renames {
    list: Vec<(String, String, ChangeId)>,
}

impl Renames {
    pub(super) fn of(changes: &Changes) -> Renames {
        let spelt = changes.as_slice().iter().enumerate().filter(|(_, c)| {
            c.rule == Rule::SymbolsRenamedTogether && c.subject.kind == SubjectKind::Spelling
        });
        let list = spelt.filter_map(|(id, c)| Some((c.old.clone()?, c.new.clone()?, id)));
        let named = |text: &str| text != "(nothing)" && text.len() > 2;
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
    pub(super) fn explain(&self, found: &Found, severity: Severity, changes: &Changes) -> Option<ChangeId> {
        let (before, after) = found.old.as_deref().zip(found.new.as_deref())?;
        let explains =
            |(old, new, _): &&(String, String, ChangeId)| before.replace(old.as_str(), new) == after;
        let id = self.list.iter().find(explains).map(|rename| rename.2)?;
        (changes.as_slice()[id].severity >= severity).then_some(id)
    }
}

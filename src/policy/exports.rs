//! Exports that the policy forbids.

use foldhash::HashSet;
use rayon::prelude::*;

use super::named::{Named, SymbolPattern};
use crate::abi::{Export, Release};
use crate::diff::{AffectedSymbol, Change, Subject, SubjectKind};
use crate::rules::Rule;

/// What the new release exports, the old one did not, and the policy forbids: one change a library.
pub(super) fn forbidden(patterns: &[SymbolPattern], old: &Release, new: &Release) -> Vec<Change> {
    if patterns.is_empty() {
        return Vec::new();
    }
    let before: HashSet<&str> = old.libraries.iter().flat_map(|l| &l.exports).map(|e| &*e.name).collect();
    let mut changes = Vec::new();
    for library in &new.libraries {
        let is_forbidden = |name: &str| {
            let named = Named::symbol(name);
            !before.contains(name) && patterns.iter().any(|pattern| pattern.matches(&named))
        };
        let exports: Vec<&Export> =
            library.exports.par_iter().filter(|export| is_forbidden(&export.name)).collect();
        let member =
            |symbol: String| AffectedSymbol { symbol, library: library.name.clone(), replaced_by: None };
        let members: Vec<AffectedSymbol> =
            exports.into_iter().map(|export| member(export.versioned_name())).collect();
        if !members.is_empty() {
            let subject = Subject::symbols(SubjectKind::Function, &members, &library.name);
            let mut change = Change::new(Rule::ForbiddenExport, subject);
            change.affects.symbols = members.len() as u32;
            changes.push(change.with_members(members));
        }
    }
    changes
}

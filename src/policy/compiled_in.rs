//! What programs have compiled in that no longer holds: calls that inline functions and macros of the old release's headers
//! make, of what the new release lacks or serves in another way.

use super::{Finding, Policy};
use crate::abi::Release;
use crate::diff::AffectedSymbol;
use crate::mangling::{self, Scope};
use crate::rules::{Rule, Severity};

/// Writes down with each finding which of its symbols those are.
pub(super) fn note(findings: &mut [Finding], old: &Release, new: &Release, policy: &Policy) {
    for finding in findings {
        let change = &finding.change;
        if change.severity < Severity::Risky {
            continue;
        }
        // Code that includes the headers calls it, whatever the code does itself.
        let is_called = |member: &AffectedSymbol| {
            old.headers.as_ref().is_some_and(|headers| headers.has_import(member.name()))
        };
        // Copies of inline functions are in a tier by its names only.
        let by_tier = policy.is_emitted(&finding.tier) && change.rule != Rule::WeakSymbolRemoved;
        // The C++ library serves its own.
        let is_own = |member: &AffectedSymbol| {
            mangling::symbol(member.name()).is_none_or(|symbol| symbol.scope() != Scope::Std)
        };
        let is_gone = |member: &AffectedSymbol| new.exporter(member.name()).is_none();
        let breaks = |member: &&AffectedSymbol| is_gone(member) || breaks_callers(change.rule);
        let called = change.members.iter().filter(|member| by_tier || is_called(member));
        let called = called.filter(|member| is_own(member)).filter(breaks);
        finding.compiled_in = called.map(|member| member.name().to_owned()).collect();
        finding.compiled_in.dedup();
    }
}

/// Whether a rule is about functions and variables that are still there, and that old code uses wrongly or does not reach.
fn breaks_callers(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::SymbolOrphaned
            | Rule::SymbolKindChanged
            | Rule::ReturnTypeChanged
            | Rule::ParameterTypeChanged
            | Rule::VariadicChanged
            | Rule::CallingConventionChanged
            | Rule::VariableTypeChanged
            | Rule::ThreadLocalChanged
    )
}

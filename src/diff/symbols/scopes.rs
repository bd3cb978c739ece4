//! Whole namespaces and classes that are gone: one change for everything in them.

use std::collections::{BTreeMap, HashMap};

use super::super::context::Context;
use super::super::{Change, Changes, Note, Subject, SubjectKind};
use super::entity::{Entity, take};
use crate::rules::{Rule, Severity};

/// Folds entities whose outermost scope without a trace in the new release is the same.
pub(in crate::diff) fn fold(context: &Context<'_>, gone: &mut Vec<Entity<'_>>, changes: &mut Changes) {
    let mut is_gone: HashMap<String, bool> = HashMap::new();
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, entity) in gone.iter().enumerate() {
        let Some(scope) = outermost_gone(context, entity, &mut is_gone) else { continue };
        groups.entry(scope).or_default().push(i);
    }
    groups.retain(|_, entities| entities.len() > 1);
    for (scope, entities) in &groups {
        let library = gone[entities[0]].library();
        let strong = entities.iter().any(|&e| gone[e].is_strong());
        let rule = if strong { Rule::SymbolRemoved } else { Rule::WeakSymbolRemoved };
        let subject = Subject::named(SubjectKind::Scope, scope.as_str(), library);
        let mut change = Change::new(rule, subject).with_note(Note::ScopeGone);
        change.members = entities.iter().flat_map(|&e| gone[e].members()).collect();
        change.members.sort();
        change.affects.symbols = change.members.len() as u32;
        change.severity = if strong { Severity::Breaking } else { Severity::Risky };
        changes.push(change);
    }
    let positions: Vec<usize> = groups.into_values().flatten().collect();
    take(gone, &positions);
}

fn outermost_gone(
    context: &Context<'_>,
    entity: &Entity<'_>,
    known: &mut HashMap<String, bool>,
) -> Option<String> {
    let signature = entity.signature.as_ref()?;
    let mut path: Vec<&str> = signature.scope.iter().map(String::as_str).collect();
    // A vtable or typeinfo is part of its class.
    if signature.params.is_none() && entity.text.contains(" for ") {
        path.push(&signature.name);
    }
    let mut encoded = String::new();
    for (depth, component) in path.iter().enumerate() {
        let is_plain = component.chars().all(crate::spelling::is_identifier);
        if !is_plain || component.is_empty() || *component == "std" {
            return None;
        }
        encoded.push_str(&format!("{}{component}", component.len()));
        let gone = *known
            .entry(encoded.clone())
            .or_insert_with(|| !context.new_has_prefix(&prefixes(&encoded, depth == 0)));
        if gone {
            return Some(path[..=depth].join("::"));
        }
    }
    None
}

/// How linkage names of things inside a scope begin, and of the scope's own vtable and typeinfo.
fn prefixes(encoded: &str, is_outermost: bool) -> Vec<String> {
    let mut prefixes: Vec<String> = [
        "_ZN", "_ZNK", "_ZTVN", "_ZTIN", "_ZTSN", "_ZTTN", "_ZGVN", "_ZZN", "_ZGVZN", "_ZTIPN", "_ZNO",
        "_ZNKO",
    ]
    .iter()
    .map(|p| format!("{p}{encoded}"))
    .collect();
    if is_outermost {
        prefixes.extend(["_ZTV", "_ZTI"].iter().map(|p| format!("{p}{encoded}")));
    }
    prefixes
}

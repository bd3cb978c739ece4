//! Which change of a class's tables follows from a change of one of its bases.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::context::Context;
use super::super::{Change, ChangeId, Changes};
use super::slots::is_layout;
use crate::abi::Slot;
use crate::mangling;
use crate::rules::Rule;

/// By how many slots the virtual table of a class itself grew.
pub(super) type Growth<'a> = BTreeMap<&'a str, isize>;

/// Finds the root of each change: an ancestor with a change under the same rule, or of the same class's layout.
pub(super) fn attach<'a>(
    context: &Context<'a>,
    mut found: Vec<(&'a str, Change)>,
    growth: &Growth<'_>,
    changes: &mut Changes,
) {
    found.sort_by(|a, b| (a.0, a.1.rule).cmp(&(b.0, b.1.rule)));
    let mut ancestors: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for typeinfo in context.old.libraries.iter().chain(&context.new.libraries).flat_map(|l| &l.typeinfos) {
        let bases = ancestors.entry(&typeinfo.name[4..]).or_default();
        bases.extend(typeinfo.bases.iter().map(|b| &*b.base));
    }
    past_hidden_bases(context, &found, &mut ancestors);
    let changed: BTreeMap<(&str, Rule), usize> =
        found.iter().enumerate().map(|(i, (c, x))| ((*c, x.rule), i)).collect();
    let causes: Vec<Option<usize>> = found
        .iter()
        .map(|(class, change)| root_of(class, change.rule, &ancestors, &changed, growth))
        .collect();
    let ids: Vec<ChangeId> = found.iter().map(|(_, change)| changes.push(change.clone())).collect();
    for (i, (_, change)) in found.iter().enumerate() {
        let Some(root) = first_cause(i, &causes) else { continue };
        let name = &change.subject.name;
        let list = changes.as_mut_slice();
        list[ids[i]].derived_from = Some(ids[root]);
        list[ids[i]].slots = None;
        let affects = &mut list[ids[root]].affects;
        if affects.classes.len() < 20 && !affects.classes.contains(name) {
            affects.classes.push(name.clone());
        }
    }
}

/// A base whose typeinfo the libraries hide cuts the chain to what is above it. A class that inherits a virtual function
/// without overriding it names that ancestor in its vtable all the same.
fn past_hidden_bases<'a>(
    context: &Context<'a>,
    found: &[(&'a str, Change)],
    ancestors: &mut BTreeMap<&'a str, Vec<&'a str>>,
) {
    let is_cut = |class: &str| {
        ancestors.get(class).is_some_and(|bases| bases.iter().any(|b| !ancestors.contains_key(b)))
    };
    let cut: BTreeSet<&str> = found.iter().map(|(class, _)| *class).filter(|class| is_cut(class)).collect();
    if cut.is_empty() {
        return;
    }
    let by_name: HashMap<&str, &'a str> =
        found.iter().map(|(class, change)| (change.subject.name.as_str(), *class)).collect();
    // Classes share most of what they inherit.
    let mut definers: HashMap<&str, Option<&'a str>> = HashMap::new();
    for class in cut {
        let name = format!("_ZTV{class}");
        let groups = context.old.libraries.iter().filter_map(|l| {
            l.vtables.binary_search_by(|v| (*v.name).cmp(&name)).ok().map(|at| &l.vtables[at])
        });
        for function in groups.flat_map(|g| &g.tables).flat_map(|t| &t.slots).filter_map(Slot::function) {
            let definer = *definers.entry(function).or_insert_with(|| {
                let signature = mangling::parse(function).ok()?.signature()?;
                by_name.get(signature.scope.join("::").as_str()).copied()
            });
            let bases = ancestors.entry(class).or_default();
            bases.extend(definer.filter(|definer| *definer != class && !bases.contains(definer)));
        }
    }
}

/// Follows causes to one that has none; None for a change that is its own.
fn first_cause(change: usize, causes: &[Option<usize>]) -> Option<usize> {
    let mut seen = BTreeSet::from([change]);
    let mut first = causes[change]?;
    while let Some(cause) = causes[first] {
        if cause == change {
            return None;
        }
        if !seen.insert(first) {
            break;
        }
        first = cause;
    }
    Some(first)
}

/// The topmost ancestor whose change is of the same kind; a secondary table follows any change of a base's layout.
fn root_of(
    class: &str,
    rule: Rule,
    ancestors: &BTreeMap<&str, Vec<&str>>,
    changed: &BTreeMap<(&str, Rule), usize>,
    growth: &Growth<'_>,
) -> Option<usize> {
    const LAYOUT: [Rule; 6] = [
        Rule::VirtualInserted,
        Rule::VirtualRemoved,
        Rule::VirtualReordered,
        Rule::VirtualAppended,
        Rule::PureVirtualAdded,
        Rule::RttiBasesChanged,
    ];
    let follows_layout = matches!(
        rule,
        Rule::SecondaryVtableChanged
            | Rule::VtableOffsetChanged
            | Rule::ThunkChanged
            | Rule::ConstructionVtableChanged
    );
    // Its own bases come first: other bases are another layout.
    let mut found = changed.get(&(class, Rule::RttiBasesChanged)).filter(|_| follows_layout).copied();
    let mut seen = BTreeSet::from([class]);
    let mut next: Vec<&str> = ancestors.get(class).cloned().unwrap_or_default();
    while let Some(ancestor) = next.pop() {
        if !seen.insert(ancestor) {
            continue;
        }
        // What is appended to a base is inserted into a class that goes on after it.
        let grew_alike =
            is_layout(rule) && growth.get(ancestor).is_some_and(|g| growth.get(class) == Some(g));
        let causes: &[Rule] = if follows_layout || grew_alike { &LAYOUT } else { &[] };
        let same = std::iter::once(&rule).chain(causes).find_map(|r| changed.get(&(ancestor, *r)));
        found = same.copied().or(found);
        next.extend(ancestors.get(ancestor).into_iter().flatten());
    }
    found
}

//! Functions of one qualified name: which removed overload became which added one, and what differs between them.

use std::collections::{BTreeMap, HashMap};

use super::super::context::exports_with_prefix;
use super::super::{Change, Changes};
use super::entity::{Entity, take};
use crate::mangling::{self, RefQualifier, Signature};
use crate::rules::Rule;

/// Pairs removed and added functions of the same qualified name, the most similar first.
pub(in crate::diff) fn pair(gone: &mut Vec<Entity<'_>>, added: &mut Vec<Entity<'_>>, changes: &mut Changes) {
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, entity) in added.iter().enumerate() {
        if let Some(key) = key(entity) {
            by_name.entry(key).or_default().push(i);
        }
    }
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, entity) in gone.iter().enumerate() {
        if let Some(key) = key(entity).filter(|k| by_name.contains_key(k)) {
            groups.entry(key).or_default().push(i);
        }
    }
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (key, removed) in groups {
        pair_group(gone, added, &removed, &by_name[&key], &mut pairs);
    }
    for &(g, a) in &pairs {
        changes.push(changed(&gone[g], &added[a]));
    }
    let (gone_at, added_at): (Vec<usize>, Vec<usize>) = pairs.into_iter().unzip();
    take(gone, &gone_at);
    take(added, &added_at);
}

/// Qualified name without the template arguments of its last component; functions only.
fn key(entity: &Entity<'_>) -> Option<String> {
    let signature = entity.signature.as_ref()?;
    let is_plain = matches!(entity.kind, mangling::Entity::Function);
    (is_plain && signature.params.is_some())
        .then(|| format!("{}::{}", signature.scope.join("::"), signature.name))
}

/// Overload sets are small; anything larger is generated, and pairing it would be guessing.
const LARGEST_SET: usize = 64;

fn pair_group(
    gone: &[Entity<'_>],
    added: &[Entity<'_>],
    removed: &[usize],
    candidates: &[usize],
    pairs: &mut Vec<(usize, usize)>,
) {
    if removed.len() > LARGEST_SET || candidates.len() > LARGEST_SET {
        return;
    }
    let mut scored: Vec<(usize, usize, usize)> = Vec::new();
    for &g in removed {
        for &a in candidates {
            if let (Some(from), Some(to)) = (&gone[g].signature, &added[a].signature) {
                scored.push((distance(from, to), g, a));
            }
        }
    }
    scored.sort_unstable();
    let mut used: Vec<(usize, usize)> = Vec::new();
    for (_, g, a) in scored {
        if used.iter().all(|&(ug, ua)| ug != g && ua != a) {
            used.push((g, a));
        }
    }
    pairs.extend(used);
}

/// How far two signatures are apart: parameters added, removed or changed count most.
fn distance(old: &Signature, new: &Signature) -> usize {
    let (from, to) = (old.params.as_deref().unwrap_or(&[]), new.params.as_deref().unwrap_or(&[]));
    let changed = from.iter().zip(to).filter(|(a, b)| a != b).count();
    let count = from.len().abs_diff(to.len());
    let qualifiers =
        usize::from(old.is_const != new.is_const) + usize::from(old.ref_qualifier != new.ref_qualifier);
    let template = usize::from(old.template_args != new.template_args);
    changed * 4 + count * 4 + qualifiers + template * 2
}

fn changed(old: &Entity<'_>, new: &Entity<'_>) -> Change {
    let mut change = old.change(Rule::SignatureChanged).between(&*old.text, &*new.text);
    change.members = old.members_replaced_by(new);
    if let (Some(from), Some(to)) = (&old.signature, &new.signature) {
        change.detail = Some(describe(from, to));
    }
    change
}

/// What differs, in one sentence.
pub(in crate::diff) fn describe(old: &Signature, new: &Signature) -> String {
    let mut parts = Vec::new();
    let (from, to) = (old.params.as_deref().unwrap_or(&[]), new.params.as_deref().unwrap_or(&[]));
    parameters(from, to, &mut parts);
    for (before, after, word) in
        [(old.is_const, new.is_const, "const"), (old.is_volatile, new.is_volatile, "volatile")]
    {
        match (before, after) {
            (true, false) => parts.push(format!("no longer {word}")),
            (false, true) => parts.push(format!("now {word}")),
            _ => {}
        }
    }
    if old.variadic != new.variadic {
        parts.push(if new.variadic { "now variadic" } else { "no longer variadic" }.to_owned());
    }
    if old.ref_qualifier != new.ref_qualifier {
        let text = |q| match q {
            RefQualifier::None => "none",
            RefQualifier::Lvalue => "&",
            RefQualifier::Rvalue => "&&",
        };
        parts.push(format!("ref-qualifier {} is {} now", text(old.ref_qualifier), text(new.ref_qualifier)));
    }
    if old.template_args != new.template_args {
        parts.push("template arguments differ".to_owned());
    }
    if old.return_type != new.return_type {
        let text = |t: &Option<String>| t.clone().unwrap_or_else(|| "unknown".to_owned());
        parts.push(format!("returns {} instead of {}", text(&new.return_type), text(&old.return_type)));
    }
    if old.abi_tags != new.abi_tags {
        parts.push("ABI tags differ".to_owned());
    }
    if parts.is_empty() { "encoded differently".to_owned() } else { parts.join("; ") }
}

fn parameters(from: &[String], to: &[String], parts: &mut Vec<String>) {
    if from.len() == to.len() {
        for (i, (a, b)) in from.iter().zip(to).enumerate().filter(|(_, (a, b))| a != b) {
            parts.push(format!("parameter {}: {a} is {b} now", i + 1));
        }
        return;
    }
    let (longer, shorter, word) = match to.len() > from.len() {
        true => (to, from, "added"),
        false => (from, to, "removed"),
    };
    // One run of parameters was put in or taken out: what is before and after it agrees.
    let before = longer.iter().zip(shorter).take_while(|(a, b)| a == b).count();
    let after = longer.iter().rev().zip(shorter.iter().rev()).take_while(|(a, b)| a == b).count();
    let extra = longer.len() - shorter.len();
    if before + after >= shorter.len() {
        let start = before.min(longer.len() - extra);
        let run = longer[start..start + extra].join(", ");
        parts.push(format!("parameter {} {word}: {run}", start + 1));
    } else {
        parts.push(format!("{} parameters instead of {}", to.len(), from.len()));
    }
}

/// Overloads that are gone while a longer one that starts with the same parameters was there before and still is.
pub(in crate::diff) fn absorbed(gone: &mut Vec<Entity<'_>>, changes: &mut Changes) {
    let mut positions = Vec::new();
    for (i, entity) in gone.iter().enumerate() {
        let Some(longer) = longer_overload(entity) else { continue };
        let change = entity.change(Rule::DefaultArgumentAbsorbed).between(&*entity.text, &*longer);
        changes.push(change.with_detail("callers now reach the longer overload"));
        positions.push(i);
    }
    take(gone, &positions);
}

fn longer_overload(entity: &Entity<'_>) -> Option<String> {
    let signature =
        entity.signature.as_ref().filter(|s| s.template_args.is_none() && s.ctor_dtor.is_none())?;
    let params = signature.params.as_ref()?;
    let first = &entity.symbols[0];
    let new = first.counterpart?;
    let prefix = encoded_prefix(&first.export.name, &signature.name)?;
    if !matches!(entity.kind, mangling::Entity::Function) {
        return None;
    }
    exports_with_prefix(new, prefix)
        .filter(|e| first.library.exports_named(&e.name).next().is_some())
        .take(LARGEST_SET)
        .find_map(|candidate| {
            let other = mangling::parse(&candidate.name).ok()?;
            let other_signature = other.signature()?;
            let other_params = other_signature.params.as_ref()?;
            let extends = other_params.len() > params.len() && other_params.starts_with(params);
            let same = other_signature.qualified_name() == signature.qualified_name()
                && other_signature.is_const == signature.is_const;
            (extends && same).then(|| other.text(mangling::Style::Canonical))?
        })
}

/// The linkage name up to and including the encoded function name.
fn encoded_prefix<'n>(linkage: &'n str, name: &str) -> Option<&'n str> {
    let encoded = format!("{}{name}", name.len());
    let end = linkage.find(&encoded)? + encoded.len();
    linkage.get(..end)
}

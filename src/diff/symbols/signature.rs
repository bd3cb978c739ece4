//! Functions of one qualified name: which removed overload became which added one, and what differs between them.

use std::collections::{BTreeMap, HashMap};

use super::super::{Change, Changes, Detail, Note, SignatureDifference, Value};
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
            if let (Some(from), Some(to)) = (&gone[g].signature, &added[a].signature)
                && !are_other_instances(from, to)
            {
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

/// Whether they are instances of one template for other types, each of which is what it is: `get<int>` never became `get<long>`.
fn are_other_instances(old: &Signature, new: &Signature) -> bool {
    let (Some(from), Some(to)) = (&old.template_args, &new.template_args) else { return false };
    let is_same_function = old.params == new.params && old.return_type == new.return_type;
    !is_same_function && from.iter().zip(to).any(|(a, b)| a != b)
}

/// How far two signatures are apart: parameters added, removed or changed count most.
fn distance(old: &Signature, new: &Signature) -> usize {
    let (from, to) = (old.params.as_deref().unwrap_or(&[]), new.params.as_deref().unwrap_or(&[]));
    let changed = from.iter().zip(to).filter(|(a, b)| a != b).count();
    let count = from.len().abs_diff(to.len());
    let qualifiers =
        usize::from(old.is_const != new.is_const) + usize::from(old.ref_qualifier != new.ref_qualifier);
    let (given, taken) = (old.template_args.as_deref(), new.template_args.as_deref());
    let first = given.unwrap_or(&[]).iter().zip(taken.unwrap_or(&[]));
    let template = usize::from(given != taken)
        + usize::from(first.into_iter().any(|(a, b)| a != b))
        + usize::from(old.return_type != new.return_type);
    changed * 4 + count * 4 + qualifiers + template * 2
}

fn changed(old: &Entity<'_>, new: &Entity<'_>) -> Change {
    let signatures = old.signature.as_ref().zip(new.signature.as_ref());
    let change = old.change(Rule::SignatureChanged).with_detail(Detail::Signature {
        old: old.text.clone(),
        new: new.text.clone(),
        differences: signatures.map(|(from, to)| differences(from, to)),
    });
    change.with_members(old.members_replaced_by(new))
}

/// What differs; nothing where the names encode the same in two ways.
fn differences(old: &Signature, new: &Signature) -> Vec<SignatureDifference> {
    use SignatureDifference as Difference;
    let mut parts = Vec::new();
    let (from, to) = (old.params.as_deref().unwrap_or(&[]), new.params.as_deref().unwrap_or(&[]));
    parameters(from, to, &mut parts);
    parts.extend((old.is_const != new.is_const).then_some(Difference::Const(new.is_const)));
    parts.extend((old.is_volatile != new.is_volatile).then_some(Difference::Volatile(new.is_volatile)));
    parts.extend((old.variadic != new.variadic).then_some(Difference::Variadic(new.variadic)));
    if old.ref_qualifier != new.ref_qualifier {
        let text = |q| match q {
            RefQualifier::None => "",
            RefQualifier::Lvalue => "&",
            RefQualifier::Rvalue => "&&",
        };
        let text = |q| text(q).to_owned();
        parts.push(Difference::RefQualifier { old: text(old.ref_qualifier), new: text(new.ref_qualifier) });
    }
    parts.extend((old.template_args != new.template_args).then_some(Difference::TemplateArguments));
    if old.return_type != new.return_type {
        let (old, new) = (old.return_type.clone(), new.return_type.clone());
        parts.push(Difference::ReturnType { old, new });
    }
    parts.extend((old.abi_tags != new.abi_tags).then_some(Difference::AbiTags));
    parts
}

fn parameters(from: &[String], to: &[String], parts: &mut Vec<SignatureDifference>) {
    use SignatureDifference as Difference;
    if from.len() == to.len() {
        for (at, (a, b)) in (1..).zip(from.iter().zip(to)).filter(|(_, (a, b))| a != b) {
            parts.push(Difference::Parameter { at, old: a.clone(), new: b.clone() });
        }
        return;
    }
    let is_longer = to.len() > from.len();
    let (longer, shorter) = if is_longer { (to, from) } else { (from, to) };
    // One run of parameters was put in or taken out: what is before and after it agrees.
    let before = longer.iter().zip(shorter).take_while(|(a, b)| a == b).count();
    let after = longer.iter().rev().zip(shorter.iter().rev()).take_while(|(a, b)| a == b).count();
    let extra = longer.len() - shorter.len();
    if before + after >= shorter.len() {
        let start = before.min(longer.len() - extra);
        let (at, types) = (start as u64 + 1, longer[start..start + extra].to_vec());
        parts.push(match is_longer {
            true => Difference::ParametersAdded { at, types },
            false => Difference::ParametersRemoved { at, types },
        });
    } else {
        parts.push(Difference::ParameterCount { old: from.len() as u64, new: to.len() as u64 });
    }
}

/// Overloads that are gone while a longer one that starts with the same parameters was there before and still is.
pub(in crate::diff) fn absorbed(gone: &mut Vec<Entity<'_>>, changes: &mut Changes) {
    let mut positions = Vec::new();
    for (i, entity) in gone.iter().enumerate() {
        let Some(longer) = longer_overload(entity) else { continue };
        let change = entity.change(Rule::DefaultArgumentAbsorbed);
        let change = change.between(Value::name(&*entity.text), Value::Name(longer));
        changes.push(change.with_note(Note::LongerOverload));
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
    new.exports_from(prefix)
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

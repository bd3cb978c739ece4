//! One decision that shows in many places: a type that gave way to another one in declaration after declaration, and a
//! template, each of whose instances tells what was changed in it.
//!
//! Runs when everything else has found its root: only roots are gathered.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, ChangeId, Changes, Detail, SignatureDifference, Subject, SubjectKind, Value};
use crate::abi::Location;
use crate::rules::Rule;

/// Declarations in which a type has to be replaced before that counts as one decision.
const FEWEST: usize = 5;

/// Rules that say that a declaration names another type.
const RETYPED: [Rule; 8] = [
    Rule::SignatureChanged,
    Rule::ParameterTypeChanged,
    Rule::ReturnTypeChanged,
    Rule::MemberTypeChanged,
    Rule::VariableTypeChanged,
    Rule::StaticMemberChanged,
    Rule::ArrayBoundChanged,
    Rule::TypedefChanged,
];

/// Gathers them. `resolved`: a type of the old release, or (true) of the new one, without the typedefs on its outside.
pub(super) fn gather(changes: &mut Changes, resolved: &dyn Fn(&str, bool) -> String) {
    replaced(changes, resolved);
    instances(changes);
}

/// One finding for each type that another one replaced in many declarations. It weighs what they weigh.
fn replaced(changes: &mut Changes, resolved: &dyn Fn(&str, bool) -> String) {
    let mut groups: BTreeMap<(String, String), Vec<ChangeId>> = BTreeMap::new();
    for (id, change) in changes.as_slice().iter().enumerate() {
        if change.derived_from.is_none()
            && RETYPED.contains(&change.rule)
            && let Some(pair) = replacement(&change.detail, resolved)
        {
            groups.entry(pair).or_default().push(id);
        }
    }
    for ((old, new), ids) in groups {
        let places: BTreeSet<&str> =
            ids.iter().map(|id| changes.as_slice()[*id].subject.name.as_str()).collect();
        if places.len() < FEWEST {
            continue;
        }
        let entities = places.len() as u64;
        let root = root(changes.as_slice(), &ids, old, new, entities);
        let root = root.map(|root| changes.push(root));
        ids.into_iter().for_each(|id| changes.attach(id, root));
        root.into_iter().for_each(|root| inside_others(root, changes));
    }
}

/// Types that have the replaced one inside, such as those of functions.
fn inside_others(root: ChangeId, changes: &mut Changes) {
    let list = changes.as_slice();
    let Detail::Respelled { old, new, .. } = &list[root].detail else { return };
    let is_respelled = |change: &Change| {
        change.detail.values().is_some_and(|(before, after)| before.respelled(old, new) == *after)
    };
    let follows = list.iter().enumerate().filter(|(_, change)| {
        change.derived_from.is_none() && RETYPED.contains(&change.rule) && is_respelled(change)
    });
    let ids: Vec<ChangeId> = follows.map(|(id, _)| id).collect();
    ids.into_iter().for_each(|id| changes.attach(id, Some(root)));
}

fn root(list: &[Change], ids: &[ChangeId], old: String, new: String, entities: u64) -> Option<Change> {
    let heaviest = ids.iter().map(|id| &list[*id]).max_by_key(|change| change.severity)?;
    let library = heaviest.subject.library.as_deref().unwrap_or_default();
    let subject = Subject::named(SubjectKind::Spelling, format!("{old} became {new}"), library);
    let example = heaviest.subject.name.clone();
    let mut change = Change::new(Rule::TypeReplaced, subject)
        .with_severity(heaviest.severity)
        .with_detail(Detail::Respelled { old, new, entities, example });
    change.affects.symbols = ids.iter().map(|id| list[*id].affects.symbols).sum();
    Some(change)
}

/// The one type that is another one now, if that is all that happened.
fn replacement(detail: &Detail, resolved: &dyn Fn(&str, bool) -> String) -> Option<(String, String)> {
    let pairs: Vec<(&str, &str)> = match detail {
        Detail::Signature { differences: Some(differences), .. } => {
            differences.iter().map(types).collect::<Option<_>>()?
        }
        _ => match detail.values()? {
            (Value::Type(old), Value::Type(new)) => vec![(old, new)],
            (Value::Parameters(old), Value::Parameters(new)) if old.len() == new.len() => {
                old.iter().zip(new).filter(|(a, b)| a != b).map(|(a, b)| (a.as_str(), b.as_str())).collect()
            }
            _ => return None,
        },
    };
    let mut cores = pairs.into_iter().map(|(old, new)| {
        let (old, new) = core(old, new);
        (resolved(old, false), resolved(new, true))
    });
    let first = cores.next()?;
    (first.0 != first.1 && cores.all(|core| core == first)).then_some(first)
}

fn types(difference: &SignatureDifference) -> Option<(&str, &str)> {
    match difference {
        SignatureDifference::Parameter { old, new, .. } => Some((old, new)),
        SignatureDifference::ReturnType { old, new } => old.as_deref().zip(new.as_deref()),
        _ => None,
    }
}

/// Both without the pointers, references and qualifiers that they share on the outside.
fn core<'t>(mut old: &'t str, mut new: &'t str) -> (&'t str, &'t str) {
    const SHARED: [&str; 4] = ["*", "&", " const", " volatile"];
    while let Some(end) = SHARED.iter().find(|end| old.ends_with(**end) && new.ends_with(**end)) {
        // A pointer to member is no pointer.
        if old.ends_with("::*") || new.ends_with("::*") {
            break;
        }
        old = &old[..old.len() - end.len()];
        new = &new[..new.len() - end.len()];
    }
    (old, new)
}

/// Lets instances of one template that all tell of one change follow from one of them.
fn instances(changes: &mut Changes) {
    type Declaration<'c> = (String, Rule, Option<&'c str>, Option<&'c Location>);
    let mut groups: BTreeMap<Declaration<'_>, Vec<ChangeId>> = BTreeMap::new();
    for (id, change) in changes.as_slice().iter().enumerate() {
        let is_class = matches!(change.subject.kind, SubjectKind::Type | SubjectKind::Class);
        if change.derived_from.is_none()
            && is_class
            && let Some(template) = without_arguments(&change.subject.name)
        {
            let library = change.subject.library.as_deref();
            let declaration = (template, change.rule, library, change.location.as_ref());
            groups.entry(declaration).or_default().push(id);
        }
    }
    let groups: Vec<Vec<ChangeId>> = groups.into_values().filter(|ids| ids.len() > 1).collect();
    for ids in groups {
        let list = changes.as_slice();
        let key = |id: &&ChangeId| (std::cmp::Reverse(list[**id].severity), &list[**id].subject.name, **id);
        let root = ids.iter().min_by_key(key).copied();
        ids.iter().for_each(|id| changes.attach(*id, root));
    }
}

/// `n::V::Node` of `n::V<int>::Node`. None where there are no template arguments.
fn without_arguments(name: &str) -> Option<String> {
    let (mut template, mut depth) = (String::with_capacity(name.len()), 0usize);
    if !name.contains('<') || name.contains("operator") {
        return None;
    }
    for c in name.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.checked_sub(1)?,
            c if depth == 0 => template.push(c),
            _ => {}
        }
    }
    Some(template)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retyped(changes: &mut Changes, subject: &str, old: &str, new: &str) -> ChangeId {
        let subject = Subject::named(SubjectKind::Type, subject, "l.so");
        let change = Change::new(Rule::MemberTypeChanged, subject);
        changes.push(change.between(Value::type_(old), Value::type_(new)))
    }

    #[test]
    fn a_type_that_is_replaced_everywhere_is_one_root() {
        let mut changes = Changes::default();
        for subject in ["A", "B", "C", "D"] {
            retyped(&mut changes, subject, "int*", "size_t*");
        }
        let differences = vec![SignatureDifference::Parameter {
            at: 1,
            old: "int const&".to_owned(),
            new: "unsigned long const&".to_owned(),
        }];
        let detail = Detail::Signature {
            old: "f(int const&)".to_owned(),
            new: "f(unsigned long const&)".to_owned(),
            differences: Some(differences),
        };
        let function = Subject::named(SubjectKind::Function, "f(int const&)", "l.so");
        changes.push(Change::new(Rule::SignatureChanged, function).with_detail(detail));
        retyped(&mut changes, "E", "int", "float");
        retyped(&mut changes, "F", "char (int, int)", "char (unsigned long, unsigned long)");
        let resolved = |type_: &str, _| type_.replace("size_t", "unsigned long");
        gather(&mut changes, &resolved);
        let list = changes.as_slice();
        assert_eq!(list[7].subject.name, "int became unsigned long");
        assert!(list[..5].iter().chain(&list[6..7]).all(|change| change.derived_from == Some(7)));
        assert_eq!((list[5].derived_from, list[7].derived_from), (None, None));
    }

    #[test]
    fn instances_of_one_declaration_are_one_root() {
        let mut changes = Changes::default();
        let place = |line| Some(Location { file: "v.h".into(), line });
        for (name, line) in [("n::V<int>", 3), ("n::V<V<int>>", 3), ("n::V<char>", 9), ("n::W<int>", 3)] {
            let id = retyped(&mut changes, name, "int", "long");
            changes.as_mut_slice()[id].location = place(line);
        }
        instances(&mut changes);
        let roots: Vec<Option<ChangeId>> = changes.as_slice().iter().map(|c| c.derived_from).collect();
        assert_eq!(roots, [Some(1), None, None, None]);
        assert_eq!(without_arguments("n::V<A<int>, 3>::Node").as_deref(), Some("n::V::Node"));
        assert_eq!(without_arguments("n::V"), None);
    }
}

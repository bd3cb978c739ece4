//! What programs call the bytes of a type and the values of an enumeration: two types that are made of the same scalars are
//! still not one if a name means something else in the other.

use std::collections::BTreeMap;

use super::flat;
use super::model::Model;
use crate::abi::{Type, TypeKind};
use crate::spelling::{self, Shape};

/// Structs in structs, and arrays of arrays, that are followed.
const DEEPEST: u32 = 16;

/// Names of one type that are looked at.
const MOST: usize = 1 << 14;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A member, by its offset in bits.
    Member(u64),
    /// An enumerator, by its value.
    Value(i128),
    /// The last enumerator of all, which counts the others.
    Last(i128),
}

/// The names in a type, with the way to them: `node.next`; enumerators after the way to the enumeration.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Names(BTreeMap<String, Place>);

/// Whether a type has no name of its own that programs could say.
pub(super) fn is_unnamed(name: &str) -> bool {
    let own = name.rfind("(anonymous ").and_then(|at| name.get(at..));
    own.is_some_and(|own| !own.starts_with("(anonymous namespace)") && own.ends_with(')'))
}

/// All names in a type of a release, however deep.
pub(super) fn of(model: &Model<'_>, type_: &str) -> Names {
    let mut names = BTreeMap::new();
    let mut open = vec![(String::new(), type_.to_owned(), 0u64, DEEPEST)];
    while let Some((path, type_, offset, depth)) = open.pop() {
        let Some(depth) = depth.checked_sub(1) else { continue };
        let resolved = model.resolve(&type_);
        let name = match spelling::shape(&resolved) {
            // All elements are like the first one.
            Shape::Array { element, .. } => {
                open.push((path, element.into_owned(), offset, depth));
                continue;
            }
            Shape::Named(name) => name,
            _ => continue,
        };
        let Some(definition) = model.definition(name) else { continue };
        if definition.kind == TypeKind::Enum {
            enumerators(definition, &path, &mut names);
            continue;
        }
        for base in &definition.bases {
            // Members of bases are named as those of the class.
            let at = offset.saturating_add(base.bit_offset.unwrap_or(0));
            open.push((path.clone(), base.name.to_string(), at, depth));
        }
        for member in flat::members(model, definition) {
            if names.len().max(open.len()) >= MOST {
                return Names(names);
            }
            let own = match &*path {
                "" => member.name.to_string(),
                path => format!("{path}.{}", member.name),
            };
            let at = offset.saturating_add(member.bit_offset);
            if !member.name.is_empty() {
                names.entry(own.clone()).or_insert(Place::Member(at));
            }
            open.push((own, member.type_.to_string(), at, depth));
        }
    }
    Names(names)
}

fn enumerators(type_: &Type, path: &str, names: &mut BTreeMap<String, Place>) {
    let last = type_.enumerators.iter().map(|e| e.value).max();
    for enumerator in &type_.enumerators {
        let is_last = Some(enumerator.value) == last;
        let place = if is_last { Place::Last(enumerator.value) } else { Place::Value(enumerator.value) };
        if names.len() < MOST {
            names.insert(format!("{path}#{}", enumerator.name), place);
        }
    }
}

/// Whether a name that both know means something else in the new one.
pub(super) fn moved(old: &Names, new: &Names) -> bool {
    old.0.iter().any(|(name, before)| {
        new.0.get(name).is_some_and(|after| match (before, after) {
            // A count grows with what it counts.
            (Place::Last(_), Place::Last(_)) => false,
            (Place::Value(a) | Place::Last(a), Place::Value(b) | Place::Last(b)) => a != b,
            (a, b) => a != b,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_without_a_name_of_their_own() {
        for name in ["(anonymous struct of conf)", "a::S::(anonymous union with x)"] {
            assert!(is_unnamed(name), "{name}");
        }
        for name in
            ["S", "(anonymous namespace)::A", "S::(anonymous struct with a)::inner", "(anonymous namespace)"]
        {
            assert!(!is_unnamed(name), "{name}");
        }
    }

    #[test]
    fn a_count_may_grow_and_a_name_may_not_move() {
        let names =
            |list: &[(&str, Place)]| Names(list.iter().map(|(name, at)| ((*name).to_owned(), *at)).collect());
        let old = names(&[("#A", Place::Value(0)), ("#COUNT", Place::Last(1)), ("x", Place::Member(0))]);
        let grown = names(&[("#A", Place::Value(0)), ("#B", Place::Value(1)), ("#COUNT", Place::Last(2))]);
        assert!(!moved(&old, &grown));
        assert!(moved(&old, &names(&[("#A", Place::Value(1)), ("#COUNT", Place::Last(2))])));
        assert!(moved(&old, &names(&[("x", Place::Member(32))])));
    }
}

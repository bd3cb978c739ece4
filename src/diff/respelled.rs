//! What only follows from names that are spelt another way: bases, virtual functions and types that are the same under the new
//! name. An inline namespace that counts releases up and the C++ library's other ABI show everywhere, in tables and typeinfo as
//! well as in symbols, and are one decision.
//!
//! Runs when everything else has found its root: only roots are looked at.

use std::collections::HashMap;

use super::{Base, Change, ChangeId, Changes, Detail, RttiBase, SlotsDetail, Value};
use crate::rules::Rule;
use crate::spelling;

/// A spelling that gave way to another one, and the change that says so.
struct Spelling {
    old: String,
    new: String,
    root: ChangeId,
}

/// Lets changes follow from the spelling that explains all of them.
pub(super) fn attach(changes: &mut Changes) {
    let spellings = spellings(changes.as_slice());
    if spellings.is_empty() {
        return;
    }
    let list = changes.as_slice();
    let root = |change: &Change| spellings.iter().find(|s| explains(s, change)).map(|s| s.root);
    let mut roots: Vec<(ChangeId, ChangeId)> = Vec::new();
    for (id, change) in list.iter().enumerate().filter(|(_, change)| change.derived_from.is_none()) {
        roots.extend(root(change).map(|root| (id, root)));
    }
    roots.extend(bases(list, &spellings));
    roots.extend(toolchains_own(list, &spellings));
    roots.into_iter().for_each(|(id, root)| changes.attach(id, Some(root)));
}

fn spellings(list: &[Change]) -> Vec<Spelling> {
    let one = |(root, change): (ChangeId, &Change)| match (&change.detail, change.rule) {
        // Shorter ones are part of too many names.
        (Detail::Respelled { old, new, .. }, _)
            if (old.len() > 2 && new.len() > 2) || is_tag(old) || is_tag(new) =>
        {
            vec![Spelling { old: old.clone(), new: new.clone(), root }]
        }
        (_, Rule::Cxx11AbiChanged) => {
            let to_new = change.detail.values().is_some_and(|(_, new)| *new == Value::Cxx11(true));
            let pair = ("std::".to_owned(), "std::__cxx11::".to_owned());
            let (old, new) = if to_new { pair } else { (pair.1, pair.0) };
            vec![Spelling { old, new, root }]
        }
        _ => Vec::new(),
    };
    list.iter().enumerate().flat_map(one).collect()
}

fn explains(spelling: &Spelling, change: &Change) -> bool {
    let is_now = |old: &str, new: &str| old != new && is_respelled(spelling, old, new);
    match &change.detail {
        Detail::Rtti { old, new, besides: None } => {
            let is_same = |(a, b): (&RttiBase, &RttiBase)| {
                (a.non_public, a.offset) == (b.non_public, b.offset)
                    && (a.name == b.name || is_now(&a.name, &b.name))
            };
            old.len() == new.len() && old != new && old.iter().zip(new).all(is_same)
        }
        Detail::Slots { what: SlotsDetail::Retyped(slots), .. } => {
            !slots.is_empty() && slots.iter().all(|slot| is_now(&slot.old, &slot.new))
        }
        detail => match detail.values() {
            Some((Value::Type(old), Value::Type(new)) | (Value::Name(old), Value::Name(new))) => {
                is_now(old, new)
            }
            _ => false,
        },
    }
}

/// Whether a spelling is that of an ABI tag.
fn is_tag(text: &str) -> bool {
    spelling::abi_tags(text).first() == Some(&text)
}

/// Whether a text is another one in the new spelling. The C++ library has names of both ABIs in one text.
fn is_respelled(spelling: &Spelling, old: &str, new: &str) -> bool {
    let is_abi = |text: &str| text == "std::__cxx11::";
    if is_abi(&spelling.new) {
        return new.contains(&spelling.new) && new.replace("std::__cxx11::", "std::") == old;
    }
    if is_abi(&spelling.old) {
        return old.contains(&spelling.old) && old.replace("std::__cxx11::", "std::") == new;
    }
    if is_tag(&spelling.old) || is_tag(&spelling.new) {
        return spelling::without_abi_tags(old) == spelling::without_abi_tags(new);
    }
    old.replace(&spelling.old, &spelling.new) == new
}

/// Bases that went and came under another name.
fn bases(list: &[Change], spellings: &[Spelling]) -> Vec<(ChangeId, ChangeId)> {
    let mut gone: HashMap<&str, (ChangeId, &[Base])> = HashMap::new();
    let of = |rule: Rule| {
        list.iter().enumerate().filter_map(move |(id, change)| match &change.detail {
            Detail::Bases(bases) if change.rule == rule && change.derived_from.is_none() => {
                Some((&*change.subject.name, (id, &bases[..])))
            }
            _ => None,
        })
    };
    gone.extend(of(Rule::BaseRemoved));
    let mut roots = Vec::new();
    for (class, (id, added)) in of(Rule::BaseAdded) {
        let Some((other, removed)) = gone.get(class) else { continue };
        let is_it = |s: &&Spelling| {
            let is_same =
                |(a, b): (&Base, &Base)| a.is_virtual == b.is_virtual && is_respelled(s, &a.name, &b.name);
            removed.len() == added.len() && removed.iter().zip(added).all(is_same)
        };
        if let Some(spelling) = spellings.iter().find(is_it) {
            roots.extend([(id, spelling.root), (*other, spelling.root)]);
        }
    }
    roots
}

/// What is in the C++ library itself differs between its ABIs.
fn toolchains_own(list: &[Change], spellings: &[Spelling]) -> Vec<(ChangeId, ChangeId)> {
    let flips = spellings.iter().map(|spelling| spelling.root);
    let Some(flip) = flips.into_iter().find(|root| list[*root].rule == Rule::Cxx11AbiChanged) else {
        return Vec::new();
    };
    let is_own = |change: &Change| {
        change.derived_from.is_none()
            && change.subject.name.starts_with("std::")
            && change.rule.entry().family == crate::rules::Family::Types
    };
    list.iter().enumerate().filter(|(_, change)| is_own(change)).map(|(id, _)| (id, flip)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Subject, SubjectKind};
    use super::*;

    fn change(rule: Rule, class: &str, detail: Detail) -> Change {
        Change::new(rule, Subject::named(SubjectKind::Class, class, "l.so")).with_detail(detail)
    }

    fn rtti(old: &str, new: &str, offset: i64) -> Detail {
        let base =
            |name: &str, offset| RttiBase { name: name.to_owned(), non_public: false, offset: Some(offset) };
        Detail::Rtti { old: vec![base(old, 0)], new: vec![base(new, offset)], besides: None }
    }

    fn base(name: &str) -> Detail {
        Detail::Bases(vec![Base { name: name.to_owned(), is_virtual: false }])
    }

    #[test]
    fn what_is_the_same_under_a_new_name_follows_from_it() {
        let mut changes = Changes::default();
        let renamed = Detail::Respelled {
            old: "n::v9".to_owned(),
            new: "n::v10".to_owned(),
            entities: 3,
            example: "n::v9::f()".to_owned(),
        };
        let root = changes.push(change(Rule::SymbolsRenamedTogether, "n::v9 is spelt n::v10", renamed));
        let follows = [
            changes.push(change(Rule::RttiBasesChanged, "A", rtti("n::v9::B", "n::v10::B", 0))),
            changes.push(change(Rule::BaseRemoved, "A", base("n::v9::B"))),
            changes.push(change(Rule::BaseAdded, "A", base("n::v10::B"))),
        ];
        let stays = [
            changes.push(change(Rule::RttiBasesChanged, "C", rtti("n::v9::B", "n::v10::B", 8))),
            changes.push(change(Rule::RttiBasesChanged, "D", rtti("n::v9::B", "n::v10::C", 0))),
            changes.push(change(Rule::BaseRemoved, "E", base("n::v9::B"))),
            changes.push(change(Rule::BaseAdded, "E", base("n::v10::C"))),
        ];
        attach(&mut changes);
        let of = |id: ChangeId| changes.as_slice()[id].derived_from;
        assert!(follows.iter().all(|id| of(*id) == Some(root)));
        assert!(stays.iter().all(|id| of(*id).is_none()));
    }

    #[test]
    fn the_other_abi_of_the_library_explains_its_types() {
        let mut changes = Changes::default();
        let flip =
            change(Rule::Cxx11AbiChanged, "l", Detail::changed(Value::Cxx11(false), Value::Cxx11(true)));
        let flip = changes.push(flip);
        let member = Detail::changed(Value::type_("std::list<int>"), Value::type_("std::__cxx11::list<int>"));
        let member = changes.push(change(Rule::MemberTypeChanged, "A", member));
        let node = changes.push(change(Rule::TypeSizeChanged, "std::__detail::_Node", Detail::default()));
        let other = Detail::changed(Value::type_("std::list<int>"), Value::type_("std::__cxx11::list<long>"));
        let other = changes.push(change(Rule::MemberTypeChanged, "B", other));
        attach(&mut changes);
        let of = |id: ChangeId| changes.as_slice()[id].derived_from;
        assert_eq!([of(member), of(node), of(other)], [Some(flip), Some(flip), None]);
    }
}

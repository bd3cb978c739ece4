//! Virtual functions that a class shows and a base of it declares: the base is where somebody decided.
//!
//! Debug info and headers give the slots that each class declares, overrides among them, and the image those of its whole
//! table, so that one new function of a base is found in each class that overrides or merely has it.

use foldhash::{HashMap, HashSet};

use super::super::{Change, ChangeId, Changes, Detail, SlotsDetail};
use crate::abi::Type;
use crate::rules::Rule;
use crate::spelling;

/// Bases of bases that are followed.
const MOST_BASES: usize = 256;

/// Functions that came to a class, or went.
struct Shown<'c> {
    id: ChangeId,
    class: String,
    is_new: bool,
    functions: Vec<&'c str>,
    /// As the class declares them: without the scope.
    is_declared: bool,
}

/// Lets what classes show follow from the declaration in a base. `find`: a class of the old release.
pub(super) fn attach<'a>(changes: &mut Changes, find: &dyn Fn(&str) -> Option<&'a Type>) {
    let all: Vec<Shown<'_>> = changes.as_slice().iter().enumerate().filter_map(shown).collect();
    let mut declared: HashMap<&str, Vec<&Shown<'_>>> = HashMap::default();
    for shown in all.iter().filter(|shown| shown.is_declared) {
        declared.entry(&shown.class).or_default().push(shown);
    }
    let root = |shown: &Shown<'_>| {
        let declares = |class: &str| {
            let of_class = declared.get(class)?;
            of_class.iter().find(|base| base.id != shown.id && has_all(base, shown)).map(|base| base.id)
        };
        // A base whose table no library shows, and whose declaration does.
        if !shown.is_declared
            && let Some(id) = declares(&shown.class)
        {
            return Some(id);
        }
        let bases = ancestors(&shown.class, find);
        bases.iter().map(String::as_str).chain(owner(shown)).find_map(declares)
    };
    let roots: Vec<(ChangeId, ChangeId)> =
        all.iter().filter_map(|shown| Some((shown.id, root(shown)?))).collect();
    roots.into_iter().for_each(|(id, root)| changes.attach(id, Some(root)));
}

fn shown((id, change): (usize, &Change)) -> Option<Shown<'_>> {
    let is_gone = change.rule == Rule::VirtualRemoved;
    if change.derived_from.is_some() || !(is_gone || is_grown(change.rule)) {
        return None;
    }
    let (functions, is_new, is_declared): (Vec<&str>, bool, bool) = match &change.detail {
        Detail::Virtuals(all) => (all.iter().map(|one| one.name.as_str()).collect(), !is_gone, true),
        Detail::HiddenBase { functions, is_new, .. } => {
            (functions.iter().map(String::as_str).collect(), *is_new, false)
        }
        Detail::Slots { what, .. } => {
            let (functions, is_new) = of_slots(what)?;
            (functions.iter().map(String::as_str).collect(), is_new, false)
        }
        _ => return None,
    };
    let class = spelling::canonical(&change.subject.name).into_owned();
    (!functions.is_empty()).then_some(Shown { id, class, is_new, functions, is_declared })
}

fn is_grown(rule: Rule) -> bool {
    matches!(rule, Rule::VirtualInserted | Rule::VirtualAppended | Rule::PureVirtualAdded)
}

fn of_slots(what: &SlotsDetail) -> Option<(&[String], bool)> {
    match what {
        SlotsDetail::After { functions, .. } | SlotsDetail::Added { functions, .. } => {
            Some((functions, true))
        }
        SlotsDetail::Removed { functions, .. } | SlotsDetail::FromEnd(functions) => Some((functions, false)),
        _ => None,
    }
}

/// Whether a base declares all that a class shows.
fn has_all(base: &Shown<'_>, shown: &Shown<'_>) -> bool {
    let is_it = |declared: &str, function: &str| {
        function.strip_suffix(declared).is_some_and(|scope| scope.is_empty() || scope.ends_with("::"))
    };
    base.is_new == shown.is_new
        && shown.functions.iter().all(|function| base.functions.iter().any(|d| is_it(d, function)))
}

/// The class whose function fills the first slot, if it is another one.
fn owner<'c>(shown: &Shown<'c>) -> Option<&'c str> {
    let function = shown.functions.first()?;
    let name = function.split('(').next().unwrap_or_default();
    name.rsplit_once("::").map(|(class, _)| class).filter(|class| *class != shown.class)
}

/// All bases of a class, the nearest first.
fn ancestors<'a>(class: &str, find: &dyn Fn(&str) -> Option<&'a Type>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut seen: HashSet<String> = HashSet::default();
    seen.insert(class.to_owned());
    let mut at = 0;
    let mut name = class.to_owned();
    loop {
        for base in find(&name).iter().flat_map(|type_| &type_.bases) {
            if found.len() < MOST_BASES && seen.insert(base.name.to_string()) {
                found.push(base.name.to_string());
            }
        }
        let Some(next) = found.get(at) else { return found };
        name.clone_from(next);
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Subject, SubjectKind, Virtual};
    use super::*;
    use crate::abi::{Access, BaseClass};

    fn declared(changes: &mut Changes, class: &str, functions: &[&str]) -> ChangeId {
        let one = |name: &&str| Virtual { name: (*name).to_owned(), slot: Some(2) };
        let subject = Subject::named(SubjectKind::Type, class, "l.so");
        let change = Change::new(Rule::VirtualInserted, subject);
        changes.push(change.with_detail(Detail::Virtuals(functions.iter().map(one).collect())))
    }

    fn in_table(changes: &mut Changes, class: &str, functions: &[&str]) -> ChangeId {
        let functions = functions.iter().map(|name| (*name).to_owned()).collect();
        let what = SlotsDetail::Added { slots: vec![2], functions };
        let change = Change::new(Rule::VirtualInserted, Subject::named(SubjectKind::Class, class, "l.so"));
        changes.push(change.with_detail(Detail::Slots { count: Some((2, 3)), what }))
    }

    #[test]
    fn what_a_base_declares_is_the_bases() {
        let class = |name: &str, base: &str| {
            let base = BaseClass {
                name: base.into(),
                bit_offset: Some(0),
                is_virtual: false,
                access: Access::Public,
            };
            Type { name: name.into(), bases: vec![base], ..Type::default() }
        };
        let (derived, middle) = (class("Derived", "Middle"), class("Middle", "n::Base"));
        let find = |name: &str| match name {
            "Derived" => Some(&derived),
            "Middle" => Some(&middle),
            _ => None,
        };
        let mut changes = Changes::default();
        let base = declared(&mut changes, "n::Base", &["f() const"]);
        let overrides = declared(&mut changes, "Derived", &["f() const"]);
        let inherits = in_table(&mut changes, "Foreign", &["n::Base::f() const"]);
        let more = in_table(&mut changes, "Middle", &["n::Base::f() const", "g()"]);
        let other = declared(&mut changes, "Other", &["f() const"]);
        let alike = in_table(&mut changes, "Alike", &["m::Base::f() const"]);
        attach(&mut changes, &find);
        let root = |id: ChangeId| changes.as_slice()[id].derived_from;
        assert_eq!([root(overrides), root(inherits)], [Some(base); 2]);
        assert_eq!([root(base), root(more), root(other), root(alike)], [None; 4]);
    }
}

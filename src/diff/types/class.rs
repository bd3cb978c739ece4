//! Classes, structs and unions that both releases define: what is in them, and what follows for size and passing.

use super::bases::{self, Inherited};
use super::layout_equivalence::{LayoutEquivalence, LayoutEquivalences};
use super::raw_finding::{Found, Part, bytes};
use super::{members, virtuals};
use crate::abi::{Passing, StaticMember, Type};
use crate::patterns::Patterns;
use crate::rules::{Rule, Severity};
use crate::spelling;

/// Unnamed classes in unnamed classes that are followed.
pub(super) const DEEPEST: u32 = 16;

/// Two definitions of one class.
pub(super) struct Pair<'p, 'a> {
    pub(super) old: &'a Type,
    pub(super) new: &'a Type,
    pub(super) equivalences: &'p LayoutEquivalences<'p, 'a>,
    pub(super) patterns: &'p Patterns,
    /// Whether the class's virtual tables in the images tell what became of its virtual functions.
    pub(super) told_by_image: bool,
    /// Whether programs get objects of the class from an exported constructor.
    pub(super) has_exported_constructor: bool,
    pub(super) depth: u32,
}

impl<'a> Pair<'_, 'a> {
    /// Size and alignment are what they were.
    pub(super) fn same_size(&self) -> bool {
        self.old.size == self.new.size && same(self.old.align, self.new.align)
    }

    /// Who gives a value to a member that old programs do not know.
    pub(super) fn who_sets_it(&self) -> &'static str {
        match self.has_exported_constructor {
            true => "the exported constructors set it, code that was compiled into programs does not",
            false => "programs that create objects leave it as it was in memory",
        }
    }

    /// What changed in the class behind an unnamed member.
    pub(super) fn unnamed(&self, old: &str, new: &str) -> Vec<Found> {
        let model = (self.equivalences.old, self.equivalences.new);
        let definitions = model.0.definition(old).zip(model.1.definition(new));
        match (definitions, self.depth.checked_sub(1)) {
            (Some((old, new)), Some(depth)) => {
                let inner = Pair { old, new, depth, has_exported_constructor: false, ..*self };
                compare(&inner).into_iter().map(as_part_of_another).collect()
            }
            _ if self.equivalences.of(old, new) == LayoutEquivalence::Identical => Vec::new(),
            _ => vec![Found::cause(Rule::AnonymousMemberChanged).between(old, new)],
        }
    }
}

/// What happens inside an unnamed member happens to the class around it.
pub(super) fn as_part_of_another(found: Found) -> Found {
    let what = found.rule.entry().title;
    let detail = found.detail.map_or_else(|| what.to_owned(), |detail| format!("{what}: {detail}"));
    Found { rule: Rule::AnonymousMemberChanged, detail: Some(detail), ..found }
}

/// Compares two definitions of one class.
pub(super) fn compare(pair: &Pair<'_, '_>) -> Vec<Found> {
    let mut found = Vec::new();
    let inherited = Inherited::of(pair);
    bases::compare(pair, &inherited, &mut found);
    polymorphism(pair, &mut found);
    if !pair.told_by_image {
        virtuals::compare(pair, &mut found);
    }
    virtuals::results(pair, &mut found);
    members::compare(pair, &inherited, &mut found);
    statics(pair, &mut found);
    templates(pair.old, pair.new, &mut found);
    whole(pair, &mut found);
    found
}

/// Equal, as far as both are known.
pub(super) fn same<T: PartialEq>(old: Option<T>, new: Option<T>) -> bool {
    old.zip(new).is_none_or(|(old, new)| old == new)
}

/// The pointer to the virtual table that the class itself introduces.
fn polymorphism(pair: &Pair<'_, '_>, found: &mut Vec<Found>) {
    let has_polymorphic_base = |type_: &Type| type_.vptr.is_none() && !type_.virtuals.is_empty();
    // A virtual base is found through a virtual table, whether or not there are virtual functions.
    let virtual_bases = |type_: &Type| type_.bases.iter().filter(|base| base.is_virtual).count();
    let part =
        if virtual_bases(pair.old) == virtual_bases(pair.new) { Part::Cause } else { Part::Consequence };
    match (pair.old.vptr, pair.new.vptr) {
        (None, Some(_)) if !has_polymorphic_base(pair.old) => {
            let change = Found::new(part, Rule::ClassBecamePolymorphic);
            found.push(change.detail("it has a pointer to a virtual table now"));
        }
        (Some(_), None) if !has_polymorphic_base(pair.new) => {
            let change = Found::new(part, Rule::ClassLostPolymorphism);
            found.push(change.detail("it had a pointer to a virtual table"));
        }
        _ => {}
    }
}

fn statics(pair: &Pair<'_, '_>, found: &mut Vec<Found>) {
    let (old, new) = (pair.old, pair.new);
    let find = |type_: &'_ Type, name: &str| type_.statics.iter().position(|s| *s.name == *name);
    for before in &old.statics {
        if let Some(at) = find(new, &before.name) {
            static_member(pair, before, &new.statics[at], found);
        } else if new.members.iter().any(|m| m.name == before.name) {
            let change = Found::cause(Rule::StaticMemberChanged);
            found.push(change.between("static", "in each object").of(&*before.name));
        } else if before.value.is_some() {
            // What has a symbol is told when that goes.
            let change = Found::aside(Rule::StaticMemberChanged).weighing(Severity::Source);
            found.push(change.detail("a constant of the class is gone").of(&*before.name));
        }
    }
    for member in old.members.iter().filter(|m| !m.name.is_empty() && find(new, &m.name).is_some()) {
        let change = Found::cause(Rule::StaticMemberChanged);
        found.push(change.between("in each object", "static").of(&*member.name));
    }
}

fn static_member(pair: &Pair<'_, '_>, old: &StaticMember, new: &StaticMember, found: &mut Vec<Found>) {
    let resolved = (pair.equivalences.old.resolve(&old.type_), pair.equivalences.new.resolve(&new.type_));
    if resolved.0 != resolved.1 {
        let equivalence = pair.equivalences.of(&old.type_, &new.type_);
        let change = Found::retyped(Rule::StaticMemberChanged, equivalence).between(&*old.type_, &*new.type_);
        // It is in no object: nothing moves for it.
        found.push(Found { part: Part::Aside, ..change.of(&*old.name) });
    } else if let Some((from, to)) =
        old.value.as_ref().zip(new.value.as_ref()).filter(|(from, to)| from != to)
    {
        found.push(Found::aside(Rule::ConstantChanged).between(&**from, &**to).of(&*old.name));
    }
}

/// Parameters of the template that the class is an instance of. The name of the class has the arguments of both.
fn templates(old: &Type, new: &Type, found: &mut Vec<Found>) {
    let arguments = |type_: &Type| -> Vec<String> {
        let one = |a: &crate::abi::TemplateArgument| match (&a.type_, &a.value) {
            (Some(type_), Some(value)) => format!("{type_} = {value}"),
            (Some(type_), None) => type_.to_string(),
            (None, value) => value.as_deref().unwrap_or("").to_owned(),
        };
        type_.template.iter().map(one).collect()
    };
    let (before, after) = (arguments(old), arguments(new));
    // Packs and unnamed parameters are left out by some compilers.
    if before.len() == after.len() && before != after && spelling::template_arguments(&old.name).is_some() {
        let change = Found::aside(Rule::TemplateParametersChanged);
        found.push(change.between(before.join(", "), after.join(", ")));
    }
}

/// What the declaration does not say.
fn whole(pair: &Pair<'_, '_>, found: &mut Vec<Found>) {
    let (old, new) = (pair.old, pair.new);
    if let Some((from, to)) = old.size.zip(new.size).filter(|(from, to)| from != to) {
        found.push(Found::consequence(Rule::TypeSizeChanged).between(bytes(from), bytes(to)));
    }
    if let Some((from, to)) = old.align.zip(new.align).filter(|(from, to)| from != to) {
        // What stands in the declaration is a cause.
        let part = if old.aligned || new.aligned { Part::Cause } else { Part::Consequence };
        found.push(Found::new(part, Rule::TypeAlignmentChanged).between(bytes(from), bytes(to)));
    }
    let text = |passing: Passing| match passing {
        Passing::Value => "in registers or as bytes on the stack",
        Passing::Reference => "by invisible reference",
    };
    if let Some((from, to)) = old.passing.zip(new.passing).filter(|(from, to)| from != to) {
        found.push(Found::consequence(Rule::PassingChanged).between(text(from), text(to)));
    }
}

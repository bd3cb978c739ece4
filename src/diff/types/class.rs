//! Classes, structs and unions that both releases define: what is in them, and what follows for size and passing.

use super::super::{Detail, Note, Room, Value};
use super::bases::{self, Inherited};
use super::layout_equivalence::{LayoutEquivalence, LayoutEquivalences};
use super::raw_finding::{RawFinding, Relation};
use super::{members, virtuals};
use crate::abi::{StaticMember, Type, TypeKind};
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

    /// Padding, with who gives a value to a member there that old programs do not know.
    pub(super) fn padding(&self) -> Room {
        match self.has_exported_constructor {
            true => Room::PaddingSetByConstructors,
            false => Room::PaddingUnset,
        }
    }

    /// What changed in the class behind an unnamed member.
    pub(super) fn unnamed(&self, old: &str, new: &str) -> Vec<RawFinding> {
        let model = (self.equivalences.old, self.equivalences.new);
        let definitions = model.0.definition(old).zip(model.1.definition(new));
        match (definitions, self.depth.checked_sub(1)) {
            (Some((old, new)), Some(depth)) => {
                let inner = Pair { old, new, depth, has_exported_constructor: false, ..*self };
                compare(&inner).into_iter().map(as_part_of_another).collect()
            }
            _ if self.equivalences.of(old, new) == LayoutEquivalence::Identical => Vec::new(),
            _ => vec![
                RawFinding::cause(Rule::AnonymousMemberChanged).between(Value::type_(old), Value::type_(new)),
            ],
        }
    }
}

/// Whether a union of C has a size and no members: GCC leaves them out of an unnamed one that its typedef makes
/// transparent. It is passed as its first member, and GCC allows that only where the union would go there as well.
pub(super) fn is_undescribed(type_: &Type) -> bool {
    let has_size = type_.size.is_some_and(|size| size > 0);
    type_.c && type_.kind == TypeKind::Union && has_size && type_.members.is_empty()
}

/// What happens inside an unnamed member happens to the class around it.
pub(super) fn as_part_of_another(found: RawFinding) -> RawFinding {
    let detail = Detail::Inside { rule: found.rule, detail: Box::new(found.detail) };
    RawFinding { rule: Rule::AnonymousMemberChanged, detail, ..found }
}

/// Compares two definitions of one class.
pub(super) fn compare(pair: &Pair<'_, '_>) -> Vec<RawFinding> {
    let mut found = Vec::new();
    if is_undescribed(pair.old) != is_undescribed(pair.new) && pair.old.size == pair.new.size {
        return found;
    }
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
fn polymorphism(pair: &Pair<'_, '_>, found: &mut Vec<RawFinding>) {
    let has_polymorphic_base = |type_: &Type| type_.vptr.is_none() && !type_.virtuals.is_empty();
    // A virtual base is found through a virtual table, whether or not there are virtual functions.
    let virtual_bases = |type_: &Type| type_.bases.iter().filter(|base| base.is_virtual).count();
    let part = if virtual_bases(pair.old) == virtual_bases(pair.new) {
        Relation::Cause
    } else {
        Relation::Consequence
    };
    match (pair.old.vptr, pair.new.vptr) {
        (None, Some(_)) if !has_polymorphic_base(pair.old) => {
            let change = RawFinding::new(part, Rule::ClassBecamePolymorphic);
            found.push(change.note(Note::VptrAdded));
        }
        (Some(_), None) if !has_polymorphic_base(pair.new) => {
            let change = RawFinding::new(part, Rule::ClassLostPolymorphism);
            found.push(change.note(Note::VptrRemoved));
        }
        _ => {}
    }
}

fn statics(pair: &Pair<'_, '_>, found: &mut Vec<RawFinding>) {
    let (old, new) = (pair.old, pair.new);
    let find = |type_: &'_ Type, name: &str| type_.statics.iter().position(|s| *s.name == *name);
    for before in &old.statics {
        if let Some(at) = find(new, &before.name) {
            static_member(pair, before, &new.statics[at], found);
            let narrowed = members::narrowed(&before.name, before.access, new.statics[at].access);
            found.extend(narrowed.map(|change| change.of(&*before.name)));
        } else if new.members.iter().any(|m| m.name == before.name) {
            let change = RawFinding::cause(Rule::StaticMemberChanged);
            found.push(change.between(Value::InObject(false), Value::InObject(true)).of(&*before.name));
        } else if before.value.is_some() {
            // What has a symbol is told when that goes.
            let change = RawFinding::independent(Rule::StaticMemberChanged).weighing(Severity::Source);
            found.push(change.note(Note::ConstantGone).of(&*before.name));
        }
    }
    for member in old.members.iter().filter(|m| !m.name.is_empty() && find(new, &m.name).is_some()) {
        let change = RawFinding::cause(Rule::StaticMemberChanged);
        found.push(change.between(Value::InObject(true), Value::InObject(false)).of(&*member.name));
    }
}

fn static_member(pair: &Pair<'_, '_>, old: &StaticMember, new: &StaticMember, found: &mut Vec<RawFinding>) {
    let resolved = (pair.equivalences.old.resolve(&old.type_), pair.equivalences.new.resolve(&new.type_));
    if resolved.0 != resolved.1 {
        let equivalence = pair.equivalences.of(&old.type_, &new.type_);
        let (from, to) = (Value::type_(&*old.type_), Value::type_(&*new.type_));
        let change = RawFinding::retyped(Rule::StaticMemberChanged, equivalence).between(from, to);
        // It is in no object: nothing moves for it.
        found.push(RawFinding { relation: Relation::Independent, ..change.of(&*old.name) });
    } else if let Some((from, to)) =
        old.value.as_ref().zip(new.value.as_ref()).filter(|(from, to)| from != to)
    {
        let (from, to) = (Value::Constant(from.to_string()), Value::Constant(to.to_string()));
        found.push(RawFinding::independent(Rule::ConstantChanged).between(from, to).of(&*old.name));
    }
}

/// Parameters of the template that the class is an instance of. The name of the class has the arguments of both.
fn templates(old: &Type, new: &Type, found: &mut Vec<RawFinding>) {
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
        let change = RawFinding::independent(Rule::TemplateParametersChanged);
        found.push(change.between(Value::Arguments(before), Value::Arguments(after)));
    }
}

/// What the declaration does not say.
fn whole(pair: &Pair<'_, '_>, found: &mut Vec<RawFinding>) {
    let (old, new) = (pair.old, pair.new);
    if let Some((from, to)) = old.size.zip(new.size).filter(|(from, to)| from != to) {
        found.push(
            RawFinding::consequence(Rule::TypeSizeChanged).between(Value::Bytes(from), Value::Bytes(to)),
        );
    }
    if let Some((from, to)) = old.align.zip(new.align).filter(|(from, to)| from != to) {
        // What stands in the declaration is a cause.
        let relation = if old.aligned || new.aligned { Relation::Cause } else { Relation::Consequence };
        let change = RawFinding::new(relation, Rule::TypeAlignmentChanged);
        found.push(change.between(Value::Bytes(from), Value::Bytes(to)));
    }
    if let Some((from, to)) = old.passing.zip(new.passing).filter(|(from, to)| from != to) {
        found.push(
            RawFinding::consequence(Rule::PassingChanged).between(Value::Passing(from), Value::Passing(to)),
        );
    }
}

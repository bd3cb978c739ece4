//! The bases of a class that both releases define, and members that moved between the class and a base of it.

use super::super::{Base, Detail, Moved, Part, Unit, Value};
use super::class::{Pair, same};
use super::layout_equivalence::LayoutEquivalence;
use super::raw_finding::RawFinding;
use crate::abi::{BaseClass, Field, Type};
use crate::rules::{Rule, Severity};

/// Bases in bases that are followed.
const DEEPEST: u32 = 16;

/// Members that a base has on the other side, in the bytes where they are: nobody who uses the class can tell.
#[derive(Default)]
pub(super) struct Inherited<'a> {
    /// Names of the bases that came or went with nothing but such members.
    pub(super) bases: Vec<&'a str>,
    /// Members of the old class that a new base has, and members of the new class that a base had.
    members: Vec<&'a Field>,
}

impl<'a> Inherited<'a> {
    /// Looks at the bases that only one side has.
    pub(super) fn of(pair: &Pair<'_, 'a>) -> Inherited<'a> {
        let mut inherited = Inherited::default();
        if !pair.same_size() || !same(pair.old.passing, pair.new.passing) {
            return inherited;
        }
        for (one, other, is_old) in [(pair.new, pair.old, false), (pair.old, pair.new, true)] {
            for base in one.bases.iter().filter(|base| other.bases.iter().all(|b| b.name != base.name)) {
                let mut members = Vec::new();
                if holds(pair, base, 0, other, is_old, DEEPEST, &mut members).is_some() && !members.is_empty()
                {
                    inherited.bases.push(&base.name);
                    inherited.members.extend(members);
                }
            }
        }
        inherited
    }

    /// Whether a member is in a base on the other side.
    pub(super) fn has(&self, member: &Field) -> bool {
        self.members.iter().any(|other| std::ptr::eq(*other, member))
    }
}

/// The members of `class`, which is the other side's, that stand where those of the base do; none where one does not, or the
/// base has more than members.
fn holds<'a>(
    pair: &Pair<'_, 'a>,
    base: &BaseClass,
    start: u64,
    class: &'a Type,
    is_old: bool,
    depth: u32,
    members: &mut Vec<&'a Field>,
) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    let model = if is_old { pair.equivalences.old } else { pair.equivalences.new };
    let start = start.checked_add(base.bit_offset.filter(|_| !base.is_virtual)?)?;
    let definition = model.definition(&base.name)?;
    if definition.vptr.is_some() || !definition.virtuals.is_empty() {
        return None;
    }
    for field in &definition.members {
        let place = start.checked_add(field.bit_offset)?;
        let is_it = |own: &&Field| {
            let (old, new) = if is_old { (&field.type_, &own.type_) } else { (&own.type_, &field.type_) };
            own.name == field.name
                && own.bit_offset == place
                && own.bit_field == field.bit_field
                && own.bit_size == field.bit_size
                && pair.equivalences.of(old, new) == LayoutEquivalence::Identical
        };
        members.push(class.members.iter().find(is_it)?);
    }
    definition.bases.iter().try_for_each(|base| holds(pair, base, start, class, is_old, depth, members))
}

/// Compares the bases.
pub(super) fn compare(pair: &Pair<'_, '_>, inherited: &Inherited<'_>, found: &mut Vec<RawFinding>) {
    let (old, new) = (&pair.old.bases, &pair.new.bases);
    if old == new {
        return;
    }
    let find = |list: &'_ [BaseClass], name: &str| list.iter().position(|b| *b.name == *name);
    let bases = |list: &[&BaseClass]| {
        let base = |b: &&BaseClass| Base { name: b.name.to_string(), is_virtual: b.is_virtual };
        Detail::Bases(list.iter().map(base).collect())
    };
    let gone: Vec<&BaseClass> = old.iter().filter(|b| find(new, &b.name).is_none()).collect();
    let added: Vec<&BaseClass> = new.iter().filter(|b| find(old, &b.name).is_none()).collect();
    let kept: Vec<(&BaseClass, &BaseClass)> =
        old.iter().filter_map(|b| Some((b, &new[find(new, &b.name)?]))).collect();
    // A class without data in front of others takes no room and moves nobody.
    let stays = pair.same_size()
        && same(pair.old.passing, pair.new.passing)
        && kept.iter().all(|(a, b)| a.bit_offset == b.bit_offset)
        && pair.old.vptr == pair.new.vptr;
    let harmless = |bases: &[&BaseClass], is_old: bool| {
        let is_harmless = |b: &&BaseClass| {
            let name = &b.name;
            inherited.bases.contains(&&**name) || pair.equivalences.is_empty_class(name, is_old)
        };
        stays && bases.iter().all(|b| !b.is_virtual && is_harmless(b))
    };
    if !gone.is_empty() {
        let change = RawFinding::cause(Rule::BaseRemoved).detail(bases(&gone));
        let severity = if harmless(&gone, true) { Severity::Source } else { Severity::Breaking };
        found.push(change.weighing(severity));
    }
    if !added.is_empty() {
        let change = RawFinding::cause(Rule::BaseAdded).detail(bases(&added));
        let severity = if harmless(&added, false) { Severity::Compatible } else { Severity::Breaking };
        found.push(change.weighing(severity));
    }
    kept_bases(&kept, found);
}

fn kept_bases(kept: &[(&BaseClass, &BaseClass)], found: &mut Vec<RawFinding>) {
    let names = |list: &[&BaseClass]| Value::Names(list.iter().map(|b| b.name.to_string()).collect());
    let position = |b: &BaseClass| b as *const BaseClass;
    // Declared order is that of the slices the references point into.
    if kept.windows(2).any(|w| position(w[0].1) > position(w[1].1)) {
        let mut now: Vec<&BaseClass> = kept.iter().map(|k| k.1).collect();
        now.sort_by_key(|b| position(b));
        let before: Vec<&BaseClass> = kept.iter().map(|k| k.0).collect();
        found.push(RawFinding::cause(Rule::BaseReordered).between(names(&before), names(&now)));
    }
    let mut moved = Vec::new();
    for (old, new) in kept {
        let base = || Part::Base(old.name.to_string());
        if old.is_virtual != new.is_virtual {
            let (from, to) = (Value::Virtual(old.is_virtual), Value::Virtual(new.is_virtual));
            let change = RawFinding::cause(Rule::BaseVirtualityChanged);
            found.push(change.detail(Detail::part_changed(base(), from, to)));
        } else if let Some((from, to)) = old.bit_offset.zip(new.bit_offset).filter(|(from, to)| from != to) {
            moved.push(Moved { name: old.name.to_string(), old: from, new: to });
        }
        if new.access > old.access {
            let change = RawFinding::independent(Rule::BaseAccessChanged);
            let (from, to) = (Value::Access(old.access), Value::Access(new.access));
            found.push(change.detail(Detail::part_changed(base(), from, to)));
        }
    }
    if !moved.is_empty() {
        let detail = Detail::Moved { unit: Unit::Bits, items: moved };
        found.push(RawFinding::consequence(Rule::BaseMoved).detail(detail));
    }
}

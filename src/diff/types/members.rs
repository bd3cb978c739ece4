//! The non-static data members of a class that both releases define.

use foldhash::{HashMap, HashSet};

use super::super::{Detail, Member, Moved, Note, Part, Renamed, Room, Unit, Value};
use super::bases::Inherited;
use super::class::Pair;
use super::layout_equivalence::LayoutEquivalence;
use super::raw_finding::RawFinding;
use crate::abi::{Field, TypeKind};
use crate::rules::{Rule, Severity};

/// Members on one side only among which renames are looked for.
const MOST_RENAMES: usize = 64;

/// The members of both definitions, and which is which.
struct Members<'p, 'a> {
    pair: &'p Pair<'p, 'a>,
    /// Members with a counterpart: old, new.
    kept: Vec<(&'a Field, &'a Field)>,
    gone: Vec<&'a Field>,
    added: Vec<&'a Field>,
    /// Those that only have another name now.
    renamed: Vec<(&'a Field, &'a Field)>,
}

pub(super) fn compare(pair: &Pair<'_, '_>, inherited: &Inherited<'_>, found: &mut Vec<RawFinding>) {
    let members = Members::new(pair, inherited);
    let uses_reserve = members.use_reserve(found);
    members.renames(found);
    members.gone(uses_reserve, found);
    if !uses_reserve {
        members.added(found);
    }
    members.order(found);
    for (old, new) in members.kept.iter().chain(&members.renamed) {
        if !(uses_reserve && pair.patterns.is_reserved(&old.name)) {
            retyped(pair, old, new, found);
        }
        declared(old, new, found);
    }
    members.moved(uses_reserve, found);
}

impl<'p, 'a> Members<'p, 'a> {
    fn new(pair: &'p Pair<'p, 'a>, inherited: &Inherited<'_>) -> Members<'p, 'a> {
        let key = |field: &'a Field| (&*field.name, if field.name.is_empty() { &*field.type_ } else { "" });
        let mut by_key: HashMap<(&str, &str), usize> = HashMap::default();
        for (at, field) in pair.new.members.iter().enumerate() {
            by_key.entry(key(field)).or_insert(at);
        }
        let (mut kept, mut gone) = (Vec::new(), Vec::new());
        for old in &pair.old.members {
            match by_key.remove(&key(old)) {
                Some(at) => kept.push((old, &pair.new.members[at])),
                None => gone.push(old),
            }
        }
        let taken: HashSet<*const Field> = kept.iter().map(|k| std::ptr::from_ref(k.1)).collect();
        let mut added: Vec<&Field> =
            pair.new.members.iter().filter(|f| !taken.contains(&std::ptr::from_ref(*f))).collect();
        // An unnamed member is called after what is in it, which may be what changed.
        gone.retain(|old| {
            let same =
                |new: &&Field| old.name.is_empty() && new.name.is_empty() && new.bit_offset == old.bit_offset;
            let at = added.iter().position(same);
            kept.extend(at.map(|at| (*old, added.remove(at))));
            at.is_none()
        });
        gone.retain(|field| !inherited.has(field));
        added.retain(|field| !inherited.has(field));
        let mut members = Members { pair, kept, gone, added, renamed: Vec::new() };
        if members.gone.len().max(members.added.len()) <= MOST_RENAMES {
            members.find_renames();
        }
        members
    }

    /// A member of the same type in the same place, or alone between the same neighbours.
    fn find_renames(&mut self) {
        let (pair, kept) = (self.pair, &self.kept);
        let before = |field: &Field, fields: &[Field], is_old: bool| {
            let at = fields.iter().position(|f| std::ptr::eq(f, field)).unwrap_or(0);
            let (previous, next) = (at.checked_sub(1).map(|at| &fields[at]), fields.get(at + 1));
            let number = |neighbour: &Field| {
                kept.iter().position(|k| std::ptr::eq(if is_old { k.0 } else { k.1 }, neighbour))
            };
            // None: no neighbour. Some(None): one that is not on both sides.
            (previous.map(number), next.map(number))
        };
        let mut renamed = Vec::new();
        let added = &mut self.added;
        self.gone.retain(|old| {
            let same = |new: &&Field| {
                let neighbours = before(old, &pair.old.members, true);
                let alone = !matches!(neighbours, (Some(None), _) | (_, Some(None)));
                let same_place = new.bit_offset == old.bit_offset && pair.old.kind != TypeKind::Union;
                (same_place || (alone && neighbours == before(new, &pair.new.members, false)))
                    && new.bit_size == old.bit_size
                    && new.bit_field == old.bit_field
                    && pair.equivalences.of(&old.type_, &new.type_) == LayoutEquivalence::Identical
            };
            let at = added.iter().position(same);
            renamed.extend(at.map(|at| (*old, added.remove(at))));
            at.is_none()
        });
        self.renamed = renamed;
    }

    fn renames(&self, found: &mut Vec<RawFinding>) {
        let is_reserve = |pair: &&(&Field, &Field)| self.pair.patterns.is_reserved(&pair.0.name);
        let name =
            |pair: &(&Field, &Field)| Renamed { old: pair.0.name.to_string(), new: pair.1.name.to_string() };
        let (put_to_use, renamed): (Vec<_>, Vec<_>) = self.renamed.iter().partition(is_reserve);
        for (rule, pairs) in [(Rule::MemberAddedInReserve, put_to_use), (Rule::MemberRenamed, renamed)] {
            if !pairs.is_empty() {
                let detail = Detail::Renamed(pairs.into_iter().map(name).collect());
                found.push(RawFinding::independent(rule).detail(detail));
            }
        }
    }

    /// Whether all that was added stands where the old release kept room, and nothing else moved.
    fn use_reserve(&self, found: &mut Vec<RawFinding>) -> bool {
        let reserves: Vec<&Field> =
            self.pair.old.members.iter().filter(|f| self.pair.patterns.is_reserved(&f.name)).collect();
        let inside = |new: &&Field| {
            let end = |f: &Field| f.bit_offset.saturating_add(f.bit_size.unwrap_or(u64::MAX));
            reserves.iter().any(|r| r.bit_offset <= new.bit_offset && end(new) <= end(r))
        };
        let others_stay = self
            .kept
            .iter()
            .all(|(a, b)| self.pair.patterns.is_reserved(&a.name) || a.bit_offset == b.bit_offset);
        let uses = !self.added.is_empty()
            && self.added.iter().all(inside)
            && self.pair.same_size()
            && others_stay
            && self.gone.iter().all(|f| self.pair.patterns.is_reserved(&f.name));
        if uses {
            let detail = self.placed(self.added.iter().copied(), Room::Anywhere);
            found.push(RawFinding::independent(Rule::MemberAddedInReserve).detail(detail));
        }
        uses
    }

    fn gone(&self, uses_reserve: bool, found: &mut Vec<RawFinding>) {
        let (reserves, gone): (Vec<&&Field>, Vec<&&Field>) =
            self.gone.iter().partition(|f| self.pair.patterns.is_reserved(&f.name));
        let is_union = self.pair.old.kind == TypeKind::Union;
        let rule = if is_union { Rule::UnionMemberRemoved } else { Rule::MemberRemoved };
        let placed = |fields: &[&&'a Field]| self.placed(fields.iter().map(|field| **field), Room::Anywhere);
        if !gone.is_empty() {
            let change = RawFinding::cause(rule).detail(placed(&gone));
            let harmless = is_union && self.pair.same_size();
            found.push(if harmless { change.weighing(Severity::Compatible) } else { change });
        }
        if !reserves.is_empty() && !uses_reserve {
            let change = RawFinding::cause(rule).detail(placed(&reserves));
            let harmless = self.pair.same_size() && self.added.is_empty();
            found.push(if harmless { change.weighing(Severity::Compatible) } else { change });
        }
    }

    fn added(&self, found: &mut Vec<RawFinding>) {
        if self.added.is_empty() {
            return;
        }
        let placed = |room| self.placed(self.added.iter().copied(), room);
        if self.pair.old.kind == TypeKind::Union {
            let change = RawFinding::cause(Rule::UnionMemberAdded).detail(placed(Room::Anywhere));
            let severity = if self.pair.same_size() { Severity::Compatible } else { Severity::Breaking };
            found.push(change.weighing(severity));
            return;
        }
        let stays = self.kept.iter().all(|(a, b)| a.bit_offset == b.bit_offset);
        let in_padding = self.pair.same_size()
            && stays
            && self.added.iter().all(|f| {
                let end = f.bit_offset.saturating_add(f.bit_size.unwrap_or(0));
                f.bit_size.is_some()
                    && self.pair.equivalences.is_padding(&self.pair.old.name, f.bit_offset, end)
            });
        if in_padding {
            let detail = placed(self.pair.padding());
            found.push(RawFinding::independent(Rule::MemberAddedInPadding).detail(detail));
            return;
        }
        let last = self.kept.iter().map(|k| k.1.bit_offset).max();
        let at_end = stays && self.added.iter().all(|f| last.is_none_or(|last| f.bit_offset > last));
        let room = if at_end && last.is_some() { Room::AtEnd } else { Room::Anywhere };
        found.push(RawFinding::cause(Rule::MemberAdded).detail(placed(room)));
    }

    fn order(&self, found: &mut Vec<RawFinding>) {
        if self.pair.old.kind == TypeKind::Union {
            return;
        }
        let mut kept = self.kept.clone();
        kept.sort_by_key(|(old, _)| old.bit_offset);
        // Members of no size share their place with others.
        let backwards = |w: &[(&Field, &Field)]| {
            w[0].0.bit_offset < w[1].0.bit_offset && w[0].1.bit_offset > w[1].1.bit_offset
        };
        if !kept.windows(2).any(backwards) {
            return;
        }
        let old: Vec<String> = kept.iter().map(|k| called(k.0)).collect();
        let mut now = kept.clone();
        now.sort_by_key(|(_, new)| new.bit_offset);
        // By the old name: an unnamed member is called after what is in it.
        let new: Vec<String> = now.iter().map(|k| called(k.0)).collect();
        // What stands at both ends where it stood says nothing.
        let first = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let last = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
        // Members that are called alike may have changed places.
        let part = |names: &[String]| match names.get(first..names.len().saturating_sub(last)) {
            Some(part) if !part.is_empty() => Value::Names(part.to_vec()),
            _ => Value::Names(names.to_vec()),
        };
        found.push(RawFinding::cause(Rule::MemberReordered).between(part(&old), part(&new)));
    }

    fn moved(&self, uses_reserve: bool, found: &mut Vec<RawFinding>) {
        let both = self.kept.iter().chain(&self.renamed);
        let moved: Vec<&(&Field, &Field)> = both
            .filter(|(old, new)| old.bit_offset != new.bit_offset)
            .filter(|(old, _)| !(uses_reserve && self.pair.patterns.is_reserved(&old.name)))
            .collect();
        let (bits, whole): (Vec<_>, Vec<_>) = moved.into_iter().partition(|(old, _)| old.bit_field);
        for (rule, moved) in [(Rule::MemberMoved, whole), (Rule::BitfieldChanged, bits)] {
            if moved.is_empty() {
                continue;
            }
            let one = |(old, new): &(&Field, &Field)| Moved {
                name: old.name.to_string(),
                old: old.bit_offset,
                new: new.bit_offset,
            };
            let detail = Detail::Moved { unit: Unit::Bits, items: moved.into_iter().map(one).collect() };
            found.push(RawFinding::consequence(rule).detail(detail));
        }
    }

    /// Members that came or went, with their places.
    fn placed(&self, fields: impl Iterator<Item = &'a Field>, room: Room) -> Detail {
        let members = fields.map(|field| Member::of(&self.pair.new.name, field)).collect();
        Detail::Members { members, room }
    }
}

fn part(field: &Field, bit_offset: Option<u64>) -> Part {
    Part::Member { name: field.name.to_string(), bit_offset }
}

/// The name of a member, or that of its type where it has none.
fn called(field: &Field) -> String {
    match &*field.name {
        "" => match field.type_.rsplit_once("::(anonymous ") {
            Some((_, own)) => format!("(anonymous {own}"),
            None => field.type_.to_string(),
        },
        name => name.to_owned(),
    }
}

/// The type or the width of a member.
fn retyped(pair: &Pair<'_, '_>, old: &Field, new: &Field, found: &mut Vec<RawFinding>) {
    let equivalences = pair.equivalences;
    if old.bit_field || new.bit_field {
        let value = |f: &Field| Value::BitField {
            type_: f.type_.to_string(),
            bits: f.bit_size.filter(|_| f.bit_field),
        };
        let unit = equivalences.of(&old.type_, &new.type_);
        if old.bit_field != new.bit_field
            || old.bit_size != new.bit_size
            || unit == LayoutEquivalence::Different
        {
            let detail = Detail::part_changed(part(old, Some(old.bit_offset)), value(old), value(new));
            found.push(RawFinding::cause(Rule::BitfieldChanged).detail(detail));
        } else if unit == LayoutEquivalence::SameBits {
            let detail = Detail::part_changed(part(old, None), value(old), value(new));
            let change = RawFinding::independent(Rule::BitfieldChanged).detail(detail);
            found.push(change.note(Note::SameBits).weighing(Severity::Risky));
        }
        return;
    }
    if old.type_ == new.type_ {
        return;
    }
    // The class behind an unnamed member is called after what is in it.
    if old.name.is_empty() && new.name.is_empty() {
        found.extend(pair.unnamed(&old.type_, &new.type_));
        return;
    }
    let change = |found: RawFinding| {
        let (from, to) = (Value::type_(&*old.type_), Value::type_(&*new.type_));
        found.detail(Detail::part_changed(part(old, Some(old.bit_offset)), from, to))
    };
    let (a, b) = (equivalences.old.resolve(&old.type_), equivalences.new.resolve(&new.type_));
    if a == b {
        if qualifiers(&old.type_) != qualifiers(&new.type_) {
            found.push(change(RawFinding::independent(Rule::MemberCvChanged)));
        }
        return;
    }
    // Another compiler's name for what is only declared is no news.
    let pointee = |type_: &'_ str| type_.trim_end_matches(['*', '&', ' ']).len();
    if a[pointee(&a)..] == b[pointee(&b)..]
        && equivalences.differ_in_enumerators(&a[..pointee(&a)], &b[..pointee(&b)])
    {
        return;
    }
    if equivalences.differ_in_bounds(&a, &b) {
        // As many elements in other rows are found elsewhere.
        found.push(change(RawFinding::cause(Rule::ArrayBoundChanged)));
        return;
    }
    found.push(change(RawFinding::retyped(Rule::MemberTypeChanged, equivalences.of(&old.type_, &new.type_))));
}

/// The qualifiers on the outside of a type.
pub(super) fn qualifiers(type_: &str) -> Vec<&str> {
    let (mut rest, mut found) = (type_, Vec::new());
    while let Some(word) =
        [" const", " volatile", " restrict", " _Atomic"].iter().find(|q| rest.ends_with(**q))
    {
        rest = &rest[..rest.len() - word.len()];
        found.push(word.trim_start());
    }
    found
}

/// What of a declaration concerns sources alone.
fn declared(old: &Field, new: &Field, found: &mut Vec<RawFinding>) {
    if new.access > old.access {
        let change = RawFinding::independent(Rule::MemberAccessChanged);
        let (from, to) = (Value::Access(old.access), Value::Access(new.access));
        found.push(change.detail(Detail::part_changed(part(old, None), from, to)));
    }
    if new.mutable && !old.mutable {
        found.push(RawFinding::independent(Rule::MemberBecameMutable).detail(Detail::Part(part(old, None))));
    }
}

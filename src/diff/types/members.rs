//! The non-static data members of a class that both releases define. What is in an unnamed struct or union is a member of
//! the class around it, as in the language.

use foldhash::{HashMap, HashSet};

use super::super::{Detail, Member, Moved, Note, Part, Renamed, Room, Unit, Value};
use super::bases::Inherited;
use super::class::{Pair, as_part_of_another};
use super::flat::{self, Flat};
use super::layout_equivalence::LayoutEquivalence;
use super::raw_finding::{RawFinding, Relation};
use crate::abi::{Access, Field, TypeKind};
use crate::rules::{Rule, Severity};

/// Members on one side only among which renames are looked for.
const MOST_RENAMES: usize = 64;

/// The members of both definitions, and which is which.
struct Members<'p, 'a> {
    pair: &'p Pair<'p, 'a>,
    all: (&'p [Flat<'a>], &'p [Flat<'a>]),
    /// Members with a counterpart: old, new.
    kept: Vec<(&'p Flat<'a>, &'p Flat<'a>)>,
    gone: Vec<&'p Flat<'a>>,
    added: Vec<&'p Flat<'a>>,
    /// Those that only have another name now.
    renamed: Vec<(&'p Flat<'a>, &'p Flat<'a>)>,
    /// Those that are in a named struct or union now, or were, with their new and their old name.
    wrapped: Vec<Renamed>,
    /// Added ones of which all that is new was padding.
    in_padding: Vec<&'p Flat<'a>>,
}

pub(super) fn compare(pair: &Pair<'_, '_>, inherited: &Inherited<'_>, found: &mut Vec<RawFinding>) {
    let (old, new) =
        (flat::members(pair.equivalences.old, pair.old), flat::members(pair.equivalences.new, pair.new));
    let members = Members::new(pair, inherited, &old, &new);
    let uses_reserve = members.use_reserve(found);
    members.renames(found);
    members.gone(uses_reserve, found);
    if !uses_reserve {
        members.added(found);
    }
    members.order(found);
    for (old, new) in members.kept.iter().chain(&members.renamed) {
        let mut own = Vec::new();
        if !pair.patterns.is_reserved(&old.name) {
            retyped(pair, old, new, &mut own);
        } else if !uses_reserve {
            members.reserve(old, new, &mut own);
        }
        declared(old, new, &mut own);
        let is_inside = old.is_nested && new.is_nested;
        found.extend(own.into_iter().map(|own| if is_inside { as_part_of_another(own) } else { own }));
    }
    members.moved(uses_reserve, found);
}

/// Whether what changed is in an unnamed member, and what is found about it.
fn told(is_nested: bool, change: RawFinding) -> RawFinding {
    if is_nested { as_part_of_another(change) } else { change }
}

impl<'p, 'a> Members<'p, 'a> {
    fn new(
        pair: &'p Pair<'p, 'a>,
        inherited: &Inherited<'_>,
        old: &'p [Flat<'a>],
        new: &'p [Flat<'a>],
    ) -> Members<'p, 'a> {
        let key = |field: &'p Flat<'a>| {
            (&*field.field.name, if field.name.is_empty() { &*field.field.type_ } else { "" })
        };
        let mut by_key: HashMap<(&str, &str), usize> = HashMap::default();
        for (at, field) in new.iter().enumerate() {
            by_key.entry(key(field)).or_insert(at);
        }
        let (mut kept, mut gone) = (Vec::new(), Vec::new());
        for before in old {
            match by_key.remove(&key(before)).and_then(|at| new.get(at)) {
                Some(after) => kept.push((before, after)),
                None => gone.push(before),
            }
        }
        let taken: HashSet<*const Flat<'_>> = kept.iter().map(|k| std::ptr::from_ref(k.1)).collect();
        let mut added: Vec<&Flat<'_>> =
            new.iter().filter(|f| !taken.contains(&std::ptr::from_ref(*f))).collect();
        // An unnamed member that nobody describes is called after what is in it, which may be what changed.
        gone.retain(|old| {
            let same = |new: &&Flat<'_>| {
                old.name.is_empty() && new.name.is_empty() && new.bit_offset == old.bit_offset
            };
            let at = added.iter().position(same);
            kept.extend(at.map(|at| (*old, added.remove(at))));
            at.is_none()
        });
        gone.retain(|field| !inherited.has(field.declared));
        added.retain(|field| !inherited.has(field.declared));
        let mut members = Members {
            pair,
            all: (old, new),
            kept,
            gone,
            added,
            renamed: Vec::new(),
            wrapped: Vec::new(),
            in_padding: Vec::new(),
        };
        if members.gone.len().max(members.added.len()) <= MOST_RENAMES {
            members.find_renames();
            members.find_wrapped();
        }
        members
    }

    /// A member of the same type in the same place, or alone between the same neighbours.
    fn find_renames(&mut self) {
        let (pair, kept, all) = (self.pair, &self.kept, self.all);
        let before = |field: &Flat<'_>, fields: &[Flat<'_>], is_old: bool| {
            let at = fields.iter().position(|f| std::ptr::eq(f, field)).unwrap_or(0);
            let (previous, next) = (at.checked_sub(1).and_then(|at| fields.get(at)), fields.get(at + 1));
            let number = |neighbour: &Flat<'_>| {
                kept.iter().position(|k| std::ptr::eq(if is_old { k.0 } else { k.1 }, neighbour))
            };
            // None: no neighbour. Some(None): one that is not on both sides.
            (previous.map(number), next.map(number))
        };
        let mut renamed = Vec::new();
        let added = &mut self.added;
        self.gone.retain(|old| {
            let same = |new: &&Flat<'_>| {
                let neighbours = before(old, all.0, true);
                let alone = !matches!(neighbours, (Some(None), _) | (_, Some(None)));
                let same_place = new.bit_offset == old.bit_offset && !old.in_union();
                (same_place || (alone && neighbours == before(new, all.1, false)))
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

    /// Members that stand in a named struct or union now, in the bytes where they were; and the other way round.
    fn find_wrapped(&mut self) {
        for is_new in [true, false] {
            let (outer, inner) = match is_new {
                true => (self.added.clone(), self.gone.clone()),
                false => (self.gone.clone(), self.added.clone()),
            };
            for around in outer {
                let parts = self.parts_in(around, &inner, is_new);
                let Some(fills_padding) = self.is_explained(around, &parts, is_new) else { continue };
                let is_part = |field: &&Flat<'_>| parts.iter().any(|(part, _)| std::ptr::eq(*part, *field));
                match is_new {
                    true => {
                        self.gone.retain(|field| !is_part(field));
                        self.added.retain(|field| !std::ptr::eq(*field, around));
                        self.in_padding.extend(fills_padding.then_some(around));
                    }
                    false => {
                        self.added.retain(|field| !is_part(field));
                        self.gone.retain(|field| !std::ptr::eq(*field, around));
                    }
                }
                for (part, path) in parts {
                    let plain = part.name.to_string();
                    let (old, new) = if is_new { (plain, path) } else { (path, plain) };
                    self.wrapped.push(Renamed { old, new });
                }
            }
        }
    }

    /// Those of `inner` that stand in `around` on the other side, with the way to them.
    fn parts_in(
        &self,
        around: &Flat<'a>,
        inner: &[&'p Flat<'a>],
        is_new: bool,
    ) -> Vec<(&'p Flat<'a>, String)> {
        let equivalences = self.pair.equivalences;
        let model = if is_new { equivalences.new } else { equivalences.old };
        if around.bit_field || around.name.is_empty() {
            return Vec::new();
        }
        let inside = flat::paths(model, around);
        let way = |part: &&'p Flat<'a>| {
            let fits = |(_, field): &&(String, Field)| {
                let (old, new) =
                    if is_new { (&part.type_, &field.type_) } else { (&field.type_, &part.type_) };
                field.bit_offset == part.bit_offset
                    && field.bit_size == part.bit_size
                    && field.bit_field == part.bit_field
                    && equivalences.of(old, new) == LayoutEquivalence::Identical
            };
            // Of several that fit, the one of the same name.
            let named = inside.iter().filter(fits).find(|(_, field)| field.name == part.name);
            named.or_else(|| inside.iter().find(fits)).map(|(path, _)| path.clone())
        };
        inner
            .iter()
            .filter(|part| !part.name.is_empty())
            .filter_map(|part| Some((*part, way(part)?)))
            .collect()
    }

    /// Whether every scalar of a struct or union belongs to one of the parts, or was padding: `Some(true)` for the latter.
    fn is_explained(&self, around: &Flat<'a>, parts: &[(&Flat<'a>, String)], is_new: bool) -> Option<bool> {
        if parts.is_empty() || !self.pair.same_size() {
            return None;
        }
        let equivalences = self.pair.equivalences;
        let mut fills_padding = false;
        for (start, size) in equivalences.places(&around.type_, is_new)? {
            let start = start.saturating_add(around.bit_offset);
            let end = start.saturating_add(size);
            let is_in = |part: &Flat<'_>| part.bit_offset <= start && end <= part.end();
            if parts.iter().any(|(part, _)| is_in(part)) {
                continue;
            }
            if !is_new || !equivalences.is_padding(&self.pair.old.name, start, end) {
                return None;
            }
            fills_padding = true;
        }
        Some(fills_padding)
    }

    fn renames(&self, found: &mut Vec<RawFinding>) {
        let is_reserve = |pair: &&(&Flat<'_>, &Flat<'_>)| self.pair.patterns.is_reserved(&pair.0.name);
        let name = |pair: &(&Flat<'_>, &Flat<'_>)| Renamed {
            old: pair.0.name.to_string(),
            new: pair.1.name.to_string(),
        };
        let (put_to_use, renamed): (Vec<_>, Vec<_>) = self.renamed.iter().partition(is_reserve);
        let put_to_use: Vec<Renamed> = put_to_use.into_iter().map(name).collect();
        let renamed: Vec<Renamed> =
            renamed.into_iter().map(name).chain(self.wrapped.iter().cloned()).collect();
        for (rule, list) in [(Rule::MemberAddedInReserve, put_to_use), (Rule::MemberRenamed, renamed)] {
            if !list.is_empty() {
                found.push(RawFinding::independent(rule).detail(Detail::Renamed(list)));
            }
        }
    }

    /// Whether all that was added stands where the old release kept room, and nothing else moved.
    fn use_reserve(&self, found: &mut Vec<RawFinding>) -> bool {
        let reserves: Vec<&Flat<'_>> =
            self.all.0.iter().filter(|f| self.pair.patterns.is_reserved(&f.name)).collect();
        let inside = |new: &&Flat<'_>| {
            let has_size = |f: &Flat<'_>| f.bit_size.is_some();
            reserves.iter().any(|r| {
                has_size(r) && has_size(new) && r.bit_offset <= new.bit_offset && new.end() <= r.end()
            })
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
            let detail = self.placed(&self.added, Room::Anywhere);
            found.push(RawFinding::independent(Rule::MemberAddedInReserve).detail(detail));
        }
        uses
    }

    /// A reserve that was cut or is made of other elements, with nothing put into it: nobody reads it.
    fn reserve(&self, old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<RawFinding>) {
        let mut own = Vec::new();
        retyped(self.pair, old, new, &mut own);
        let in_room = |start: u64, end: u64| {
            start >= end || self.pair.equivalences.is_padding(&self.pair.old.name, start, end)
        };
        let harmless = self.pair.same_size()
            && old.bit_size.is_some()
            && new.bit_size.is_some()
            && in_room(new.bit_offset, new.end().min(old.bit_offset))
            && in_room(new.bit_offset.max(old.end()), new.end());
        found.extend(own.into_iter().map(|own| match harmless {
            true => RawFinding { severity: Severity::Compatible, relation: Relation::Independent, ..own },
            false => own,
        }));
    }

    fn gone(&self, uses_reserve: bool, found: &mut Vec<RawFinding>) {
        let (reserves, gone): (Vec<&Flat<'_>>, Vec<&Flat<'_>>) =
            self.gone.iter().partition(|f| self.pair.patterns.is_reserved(&f.name));
        for is_nested in [false, true] {
            let here = gone.iter().filter(|f| f.is_nested == is_nested);
            // What a union can be as a whole, or a member of a struct that stays.
            let (choices, parts): (Vec<_>, Vec<_>) =
                here.partition(|f| f.in_union() && !self.has_sibling(f, true));
            for (is_choice, fields) in [(true, choices), (false, parts)] {
                if fields.is_empty() {
                    continue;
                }
                let rule = if is_choice { Rule::UnionMemberRemoved } else { Rule::MemberRemoved };
                let change = RawFinding::cause(rule).detail(self.placed(&fields, Room::Anywhere));
                let harmless = is_choice && self.pair.same_size();
                // Programs that name it do not compile; what they set, the library no longer understands.
                let change = if harmless { change.weighing(Severity::Source) } else { change };
                found.push(told(is_nested, change));
            }
        }
        if !reserves.is_empty() && !uses_reserve {
            let is_union = self.pair.old.kind == TypeKind::Union;
            let rule = if is_union { Rule::UnionMemberRemoved } else { Rule::MemberRemoved };
            let change = RawFinding::cause(rule).detail(self.placed(&reserves, Room::Anywhere));
            let harmless = self.pair.same_size() && self.added.is_empty();
            found.push(if harmless { change.weighing(Severity::Compatible) } else { change });
        }
    }

    /// Whether a member that both releases have stands in the same struct of the union.
    fn has_sibling(&self, field: &Flat<'_>, is_old: bool) -> bool {
        let mut kept = self.kept.iter().chain(&self.renamed);
        kept.any(|pair| if is_old { pair.0.choice == field.choice } else { pair.1.choice == field.choice })
    }

    fn added(&self, found: &mut Vec<RawFinding>) {
        let stays = self.pair.same_size() && self.kept.iter().all(|(a, b)| a.bit_offset == b.bit_offset);
        let is_padding = |f: &&Flat<'_>| {
            f.bit_size.is_some()
                && self.pair.equivalences.is_padding(&self.pair.old.name, f.bit_offset, f.end())
        };
        for is_nested in [false, true] {
            let here = self.added.iter().copied().filter(|f| f.is_nested == is_nested);
            let (choices, plain): (Vec<&Flat<'_>>, Vec<&Flat<'_>>) = here.partition(|f| f.in_union());
            let mut rest = plain;
            if stays {
                let (padding, others): (Vec<_>, Vec<_>) = choices.into_iter().partition(is_padding);
                let (grown, own): (Vec<_>, Vec<_>) =
                    others.into_iter().partition(|f| self.has_sibling(f, false));
                self.add_choices(own, is_nested, Severity::Compatible, found);
                self.add_to_choice(grown, is_nested, found);
                rest.extend(padding);
            } else {
                self.add_choices(choices, is_nested, Severity::Breaking, found);
            }
            if rest.is_empty() {
                continue;
            }
            if stays && rest.iter().all(is_padding) {
                self.add_in_padding(&rest, is_nested, found);
                continue;
            }
            self.add_members(&rest, is_nested, found);
        }
        if !self.in_padding.is_empty() {
            self.add_in_padding(&self.in_padding, false, found);
        }
    }

    /// Another thing that a union may be.
    fn add_choices(
        &self,
        fields: Vec<&Flat<'_>>,
        is_nested: bool,
        severity: Severity,
        found: &mut Vec<RawFinding>,
    ) {
        if !fields.is_empty() {
            let change =
                RawFinding::cause(Rule::UnionMemberAdded).detail(self.placed(&fields, Room::Anywhere));
            found.push(told(is_nested, change.weighing(severity)));
        }
    }

    /// More of a thing that a union may be, in bytes that another one has.
    fn add_to_choice(&self, fields: Vec<&Flat<'_>>, is_nested: bool, found: &mut Vec<RawFinding>) {
        if !fields.is_empty() {
            let room = match self.pair.has_exported_constructor {
                true => Room::SharedSetByConstructors,
                false => Room::SharedUnset,
            };
            let change =
                RawFinding::independent(Rule::MemberAddedInPadding).detail(self.placed(&fields, room));
            found.push(told(is_nested, change));
        }
    }

    fn add_in_padding(&self, fields: &[&Flat<'_>], is_nested: bool, found: &mut Vec<RawFinding>) {
        let detail = self.placed(fields, self.pair.padding());
        found.push(told(is_nested, RawFinding::independent(Rule::MemberAddedInPadding).detail(detail)));
    }

    fn add_members(&self, fields: &[&Flat<'_>], is_nested: bool, found: &mut Vec<RawFinding>) {
        let last = self.kept.iter().map(|k| k.1.bit_offset).max();
        let stays = self.kept.iter().all(|(a, b)| a.bit_offset == b.bit_offset);
        let at_end = stays && fields.iter().all(|f| last.is_none_or(|last| f.bit_offset > last));
        let room = if at_end && last.is_some() { Room::AtEnd } else { Room::Anywhere };
        found.push(told(is_nested, RawFinding::cause(Rule::MemberAdded).detail(self.placed(fields, room))));
    }

    /// Members that came or went, with their places.
    fn placed(&self, fields: &[&Flat<'_>], room: Room) -> Detail {
        let members = fields.iter().map(|field| Member::of(&self.pair.new.name, field)).collect();
        Detail::Members { members, room }
    }

    fn order(&self, found: &mut Vec<RawFinding>) {
        let mut kept = self.kept.clone();
        kept.sort_by_key(|(old, _)| old.bit_offset);
        // Members of no size share their place with others.
        let backwards = |w: &[(&Flat<'_>, &Flat<'_>)]| match w {
            [a, b] => a.0.bit_offset < b.0.bit_offset && a.1.bit_offset > b.1.bit_offset,
            _ => false,
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
        let is_reserve = |old: &Flat<'_>| self.pair.patterns.is_reserved(&old.name);
        let moved: Vec<&(&Flat<'_>, &Flat<'_>)> = both
            .filter(|(old, new)| old.bit_offset != new.bit_offset)
            .filter(|(old, _)| !(uses_reserve && is_reserve(old)))
            .collect();
        let (bits, whole): (Vec<_>, Vec<_>) = moved.into_iter().partition(|(old, _)| old.bit_field);
        for (rule, moved) in [(Rule::MemberMoved, whole), (Rule::BitfieldChanged, bits)] {
            if moved.is_empty() {
                continue;
            }
            let one = |(old, new): &(&Flat<'_>, &Flat<'_>)| Moved {
                name: old.name.to_string(),
                old: old.bit_offset,
                new: new.bit_offset,
            };
            let detail = Detail::Moved { unit: Unit::Bits, items: moved.into_iter().map(one).collect() };
            found.push(RawFinding::consequence(rule).detail(detail));
        }
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
        let is_one = equivalences.is_same(&old.type_, &new.type_);
        let unit = match old.bit_field && new.bit_field && keeps_places(pair) {
            _ if is_one => equivalences.of(&old.type_, &new.type_),
            true => equivalences.bits(old, new),
            false => equivalences.of(&old.type_, &new.type_),
        };
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
        } else if !is_one {
            // What plain members of one representation are told as.
            let detail = Detail::part_changed(part(old, None), value(old), value(new));
            found.push(RawFinding::retyped(Rule::BitfieldChanged, unit).detail(detail));
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
    // What a typedef hides is told there.
    if equivalences.is_same(&old.type_, &new.type_) && qualifiers(&old.type_) == qualifiers(&new.type_) {
        return;
    }
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

/// Whether all members that both definitions have are where they were, so that the types of bit-fields moved nothing.
fn keeps_places(pair: &Pair<'_, '_>) -> bool {
    let stays = |old: &Field| {
        let mut same = pair.new.members.iter().filter(|new| new.name == old.name);
        same.all(|new| new.bit_offset == old.bit_offset)
    };
    pair.same_size() && pair.old.members.iter().all(stays)
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
    found.extend(narrowed(&old.name, old.access, new.access));
    if new.mutable && !old.mutable {
        found.push(RawFinding::independent(Rule::MemberBecameMutable).detail(Detail::Part(part(old, None))));
    }
}

/// A member that less of the source may name than before.
pub(super) fn narrowed(name: &str, old: Access, new: Access) -> Option<RawFinding> {
    let member = Part::Member { name: name.to_owned(), bit_offset: None };
    let detail = Detail::part_changed(member, Value::Access(old), Value::Access(new));
    (new > old).then(|| RawFinding::independent(Rule::MemberAccessChanged).detail(detail))
}

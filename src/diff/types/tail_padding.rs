//! Where the data of a class ends for what programs derive from it, or have as a `[[no_unique_address]]` member: these
//! use the padding at its end, unless it is POD for the purpose of layout (Itanium C++ ABI, sections 1.1 and 2.4).
//!
//! Debug info does not say where that is. It follows from members and bases, from what the class declares of its special
//! members, and from the compiler, which decides how much of that it takes for a class to be POD no more.

use std::cell::RefCell;

use foldhash::HashMap;

use super::super::{Note, Value};
use super::model::Model;
use super::raw_finding::RawFinding;
use super::scalars;
use crate::abi::{Access, Library, Release, SpecialMembers, Type, TypeKind};
use crate::rules::{Rule, Severity};
use crate::spelling::{self, Shape};

/// Classes in classes that are followed.
const DEEPEST: u32 = 48;

/// The classes of one release.
pub(super) struct Tails<'m, 'a> {
    model: &'m Model<'a>,
    /// What is exported.
    release: &'a Release,
    /// What programs compile, where it is known; see [`Type::special`].
    headers: Option<&'a Library>,
    /// What a class has to declare in order not to be POD.
    enough: SpecialMembers,
    is_pod: RefCell<HashMap<&'a str, Option<bool>>>,
}

impl<'m, 'a> Tails<'m, 'a> {
    pub(super) fn new(
        model: &'m Model<'a>,
        release: &'a Release,
        headers: Option<&'a Library>,
        enough: SpecialMembers,
    ) -> Tails<'m, 'a> {
        Tails { model, release, headers, enough, is_pod: RefCell::default() }
    }

    /// The definition that programs see, else that of the library.
    fn definition(&self, name: &str) -> Option<&'a Type> {
        let in_headers = self.headers.and_then(|library| self.model.first_in(library, name));
        in_headers.filter(|type_| type_.size.is_some()).or_else(|| self.model.definition(name))
    }

    /// The bytes of a class before the padding that others use (`nvsize`); 0 for an empty one. None where something is not
    /// known that decides.
    fn used(&self, type_: &'a Type, depth: u32) -> Option<u64> {
        let depth = depth.checked_sub(1)?;
        let size = type_.size?;
        match self.end(type_, depth)? {
            0 => Some(0),
            end if end >= size || self.is_pod(type_, depth)? => Some(size),
            end => Some(end),
        }
    }

    /// Where the last member or base ends, in bytes, virtual bases left out.
    fn end(&self, type_: &'a Type, depth: u32) -> Option<u64> {
        let mut end = type_.vptr.map_or(0, |at| at.saturating_add(self.model.word));
        let mut is_inherited = type_.vptr.is_some();
        for base in &type_.bases {
            let Some(at) = base.bit_offset.filter(|_| !base.is_virtual) else { continue };
            let base = self.definition(&base.name)?;
            is_inherited = true;
            match self.used(base, depth)? {
                0 => {}
                used => end = end.max(at.saturating_add(used.saturating_mul(8))),
            }
        }
        // The pointer of a virtual base that has nothing else stands for its own.
        let has_table = !type_.virtuals.is_empty() || type_.bases.iter().any(|base| base.is_virtual);
        if has_table && !is_inherited {
            end = end.max(self.model.word);
        }
        for member in &type_.members {
            let size = match member.bit_size {
                Some(size) => size,
                // What may be as long as it likes counts nothing.
                None if member.type_.ends_with("[]") => 0,
                None => return None,
            };
            end = end.max(member.bit_offset.saturating_add(size));
        }
        Some(end.div_ceil(8))
    }

    fn is_pod(&self, type_: &'a Type, depth: u32) -> Option<bool> {
        if let Some(known) = self.is_pod.borrow().get(&*type_.name) {
            return *known;
        }
        // A class that is part of itself is damaged.
        self.is_pod.borrow_mut().insert(&type_.name, None);
        let is_pod = self.work_out(type_, depth);
        self.is_pod.borrow_mut().insert(&type_.name, is_pod);
        is_pod
    }

    fn work_out(&self, type_: &'a Type, depth: u32) -> Option<bool> {
        let depth = depth.checked_sub(1)?;
        let declares = |special: SpecialMembers| special >= self.enough;
        let special = type_.special.or_else(|| self.exports_special_members(type_));
        let is_plain = type_.vptr.is_none()
            && type_.virtuals.is_empty()
            && type_.bases.is_empty()
            && type_.members.iter().all(|member| member.access == Access::Public)
            && !special.is_some_and(declares);
        if !is_plain {
            return Some(false);
        }
        let mut is_known = type_.c || special.is_some();
        for member in &type_.members {
            match self.is_pod_member(&member.type_, depth) {
                Some(false) => return Some(false),
                Some(true) => {}
                None => is_known = false,
            }
        }
        is_known.then_some(true)
    }

    /// What is defaulted in the class is inline: a strong constructor, destructor or assignment has a body in a source file.
    fn exports_special_members(&self, type_: &Type) -> Option<SpecialMembers> {
        let has_any = !type_.c && super::exports_member(self.release, &type_.name, &["C", "D", "aS"]);
        has_any.then_some(SpecialMembers::Provided)
    }

    fn is_pod_member(&self, type_: &str, depth: u32) -> Option<bool> {
        let mut current = type_.to_owned();
        for _ in 0..DEEPEST {
            let next = match spelling::shape(&self.model.resolve(&current)) {
                Shape::Reference(_) => return Some(false),
                Shape::Array { element, .. } => element.into_owned(),
                Shape::Named(name) => {
                    return match self.definition(name) {
                        Some(class) if class.kind.is_class() => self.is_pod(class, depth),
                        Some(_) => Some(true),
                        None => scalars::builtin(self.model, name).map(|_| true),
                    };
                }
                _ => return Some(true),
            };
            current = next;
        }
        None
    }
}

/// Compares where the data of a class ends that is as large as it was.
pub(super) fn compare<'a>(
    (before, after): (&Tails<'_, 'a>, &Tails<'_, 'a>),
    (old, new): (&'a Type, &'a Type),
) -> Option<RawFinding> {
    let (old, new) = match (before.definition(&old.name), after.definition(&new.name)) {
        (Some(old), Some(new)) => (old, new),
        _ => (old, new),
    };
    let is_like = |type_: &Type| type_.kind.is_class() && !type_.c && !type_.closed && !type_.is_local();
    if !is_like(old) || !is_like(new) || old.size != new.size {
        return None;
    }
    let (from, to) = (before.used(old, DEEPEST)?, after.used(new, DEEPEST)?);
    if from == to {
        return None;
    }
    // Nobody derives from them.
    let only_embedded = old.is_final || old.kind == TypeKind::Union;
    let severity = if only_embedded { Severity::Risky } else { Severity::Breaking };
    let found = RawFinding::consequence(Rule::TailPaddingChanged).weighing(severity);
    Some(found.between(Value::Bytes(from), Value::Bytes(to)).note(Note::DerivedMembers))
}

/// What a class has to declare in order not to be POD for these compilers; where they disagree, what is enough for all.
pub(super) fn enough<'l>(libraries: impl Iterator<Item = &'l Library>) -> SpecialMembers {
    let producers = libraries.flat_map(|library| &library.producers);
    producers.filter_map(|producer| enough_for(producer)).max().unwrap_or(SpecialMembers::Provided)
}

fn enough_for(producer: &str) -> Option<SpecialMembers> {
    let number = |text: &str| -> Option<u32> {
        let digits = text.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    };
    if let Some((_, version)) = producer.split_once("clang version ") {
        return Some(match number(version)? {
            0..16 => SpecialMembers::Assignment,
            _ => SpecialMembers::Provided,
        });
    }
    let standard = number(producer.strip_prefix("GNU C++")?)?;
    // Two digits of the year.
    Some(match (20..90).contains(&standard) {
        true => SpecialMembers::Constructor,
        false => SpecialMembers::Explicit,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compilers_differ_in_what_is_enough() {
        assert_eq!(enough_for("clang version 14.0.6"), Some(SpecialMembers::Assignment));
        assert_eq!(enough_for("Ubuntu clang version 19.1.0 (x)"), Some(SpecialMembers::Provided));
        assert_eq!(enough_for("GNU C++17 12.2.0 -mtune=generic"), Some(SpecialMembers::Explicit));
        assert_eq!(enough_for("GNU C++98 12.2.0"), Some(SpecialMembers::Explicit));
        assert_eq!(enough_for("GNU C++20 12.2.0"), Some(SpecialMembers::Constructor));
        assert_eq!(enough_for("GNU C17 12.2.0"), None);
        assert_eq!(enough_for("GNU C++"), None);
    }
}

//! The members of a class with those of its unnamed structs and unions in their places.

use std::ops::Deref;

use super::model::Model;
use crate::abi::{Field, Type, TypeKind};

/// Structs in structs that are followed.
const DEEPEST: u32 = 16;

/// Members of one class that are looked at.
const MOST: usize = 1 << 14;

/// Steps of a way into named structs.
const FARTHEST: u32 = 3;

/// A member that programs name as one of the class.
#[derive(Clone, Debug)]
pub(super) struct Flat<'a> {
    /// The member, with its offset in the class around and the access that it has from there.
    pub(super) field: Field,
    /// The declaration, which says the offset in the unnamed class.
    pub(super) declared: &'a Field,
    /// It stands in an unnamed member.
    pub(super) is_nested: bool,
    /// Number of the alternative of the innermost union that it is, or is part of.
    pub(super) choice: Option<u32>,
}

impl Deref for Flat<'_> {
    type Target = Field;

    fn deref(&self) -> &Field {
        &self.field
    }
}

impl Flat<'_> {
    /// Where it ends, in bits from the start of the class around; where it starts if its size is not known.
    pub(super) fn end(&self) -> u64 {
        self.bit_offset.saturating_add(self.bit_size.unwrap_or(0))
    }

    /// Whether other members may have the same bytes.
    pub(super) fn in_union(&self) -> bool {
        self.choice.is_some()
    }
}

/// The members of a class, in order of declaration. Unnamed members that nobody describes stay as they are.
pub(super) fn members<'a>(model: &Model<'a>, class: &'a Type) -> Vec<Flat<'a>> {
    let mut flat = Flattened { model, list: Vec::new(), choices: 0 };
    flat.class(class, &Outer::default(), DEEPEST);
    flat.list
}

/// The class of an unnamed member.
pub(super) fn unnamed<'a>(model: &Model<'a>, member: &Field) -> Option<&'a Type> {
    if !member.name.is_empty() || member.bit_field {
        return None;
    }
    model.definition(&model.resolve(&member.type_)).filter(|t| t.kind.is_class())
}

/// What a member is in.
#[derive(Clone, Debug, Default)]
struct Outer {
    offset: u64,
    choice: Option<u32>,
    access: crate::abi::Access,
    is_nested: bool,
}

struct Flattened<'m, 'a> {
    model: &'m Model<'a>,
    list: Vec<Flat<'a>>,
    choices: u32,
}

impl<'a> Flattened<'_, 'a> {
    fn class(&mut self, class: &'a Type, outer: &Outer, depth: u32) {
        for member in &class.members {
            if self.list.len() >= MOST {
                return;
            }
            let choice = match class.kind {
                TypeKind::Union => {
                    self.choices += 1;
                    Some(self.choices)
                }
                _ => outer.choice,
            };
            let place = Outer {
                offset: outer.offset.saturating_add(member.bit_offset),
                choice,
                access: member.access.max(outer.access),
                is_nested: true,
            };
            match (unnamed(self.model, member), depth.checked_sub(1)) {
                (Some(inner), Some(depth)) => self.class(inner, &place, depth),
                _ => self.list.push(Flat {
                    field: Field { bit_offset: place.offset, access: place.access, ..member.clone() },
                    declared: member,
                    is_nested: outer.is_nested,
                    choice,
                }),
            }
        }
    }
}

/// What is in a named member of class type, and how programs name it from the class around: `node.heap`. Offsets are those
/// in the class around.
pub(super) fn paths(model: &Model<'_>, member: &Flat<'_>) -> Vec<(String, Field)> {
    let mut all = Vec::new();
    let mut open = vec![(member.name.to_string(), member.field.clone(), FARTHEST)];
    while let Some((path, field, depth)) = open.pop() {
        let Some(depth) = depth.checked_sub(1) else { continue };
        let class = model.definition(&model.resolve(&field.type_)).filter(|t| t.kind.is_class());
        for inner in class.map(|class| members(model, class)).into_iter().flatten() {
            if all.len() >= MOST {
                return all;
            }
            let bit_offset = field.bit_offset.saturating_add(inner.bit_offset);
            let placed = Field { bit_offset, ..inner.field };
            let path = format!("{path}.{}", placed.name);
            all.push((path.clone(), placed.clone()));
            open.push((path, placed, depth));
        }
    }
    all
}

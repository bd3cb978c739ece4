//! How programs pass a type by value, worked out from its definition: the type taken apart for
//! [`crate::platform::calling_convention`].

use super::class::is_undescribed;
use super::model::Model;
use super::scalars::{self, Format, Scalar};
use crate::abi::{Field, Passing, Type, TypeKind};
use crate::platform::calling_convention::{self, Form, LARGEST, Passage, Place, ScalarKind, Value};
use crate::spelling::{self, Shape};

/// Classes in classes and arrays of arrays that are followed.
const DEEPEST: u32 = 32;

/// Scalars and members of one value that are looked at.
const MOST_STEPS: usize = 1 << 12;

/// Where a type of a release goes when it is passed or returned. None where that is not known: nobody defines it, or the
/// rules of the machine are not known.
pub(super) fn passage(model: &Model<'_>, type_: &str) -> Option<Passage> {
    let machine = model.machine?;
    let resolved = model.resolve(type_);
    let class = model.definition(&resolved).filter(|t| t.kind.is_class());
    if class.is_some_and(|class| class.passing == Some(Passing::Reference)) {
        return Some(Passage { argument: vec![Place::Reference], result: vec![Place::Memory] });
    }
    calling_convention::passage(machine, &value(model, &resolved, class)?)
}

/// How many bits a type has that is passed as one vector of more than 128 bits by whoever has registers for it.
pub(super) fn vector_bits(model: &Model<'_>, type_: &str) -> Option<u64> {
    let resolved = model.resolve(type_);
    let class = model.definition(&resolved).filter(|t| t.kind.is_class());
    let value = value(model, &resolved, class)?;
    let is_reference = class.is_some_and(|class| class.passing == Some(Passing::Reference));
    let is_whole = value.scalars.iter().any(|s| s.kind == ScalarKind::Vector && s.size == value.size);
    (!is_reference && is_whole && value.size > 128).then_some(value.size)
}

fn value(model: &Model<'_>, resolved: &str, class: Option<&Type>) -> Option<Value> {
    let mut parts = Parts { model, scalars: Vec::new(), has_union: false, steps: MOST_STEPS };
    let (size, form) = match class {
        Some(class) => (class.size?.checked_mul(8)?, Form::Aggregate),
        None => {
            let is_complex = resolved.ends_with(" _Complex");
            (0, if is_complex { Form::Complex } else { Form::Scalar })
        }
    };
    let align = class.and_then(|class| class.align);
    if size > LARGEST {
        return Some(Value { size, align, form, scalars: Vec::new(), has_union: false });
    }
    let size = match class {
        Some(class) if is_undescribed(class) => return None,
        Some(class) => {
            parts.class(class, 0, DEEPEST)?;
            size
        }
        None => parts.add(resolved, 0, DEEPEST)?,
    };
    let mut scalars = parts.scalars;
    scalars.sort_unstable();
    Some(Value { size, align, form, scalars, has_union: parts.has_union })
}

/// Collects scalars.
struct Parts<'m, 'a> {
    model: &'m Model<'a>,
    scalars: Vec<calling_convention::Scalar>,
    has_union: bool,
    steps: usize,
}

impl Parts<'_, '_> {
    fn push(&mut self, offset: u64, size: u64, kind: ScalarKind) -> Option<u64> {
        self.scalars.push(calling_convention::Scalar { offset, size, kind });
        Some(size)
    }

    /// Adds a type at an offset, and says how large it is. All in bits.
    fn add(&mut self, type_: &str, offset: u64, depth: u32) -> Option<u64> {
        let depth = depth.checked_sub(1)?;
        self.steps = self.steps.checked_sub(1)?;
        let model = self.model;
        let resolved = model.resolve(type_);
        match spelling::shape(&resolved) {
            Shape::Pointer(_) | Shape::Reference(_) => self.push(offset, model.word, ScalarKind::Integer),
            Shape::MemberPointer { to, .. } => {
                let is_function = matches!(spelling::shape(&to), Shape::Function { .. });
                for at in 0..=u64::from(is_function) {
                    self.push(offset.checked_add(at * model.word)?, model.word, ScalarKind::Integer)?;
                }
                Some(model.word * if is_function { 2 } else { 1 })
            }
            Shape::Array { element, bound } => {
                let bound = bound.unwrap_or(0);
                let mut at = offset;
                for _ in 0..bound {
                    at = at.checked_add(self.add(&element, at, depth)?)?;
                }
                Some(at - offset)
            }
            Shape::Function { .. } | Shape::Qualified(_) => None,
            Shape::Named(name) => match model.definition(name) {
                Some(class) if class.kind.is_class() => self.class(class, offset, depth),
                Some(enumeration) => {
                    self.push(offset, enumeration.size?.checked_mul(8)?, ScalarKind::Integer)
                }
                None => self.builtin(name, offset),
            },
        }
    }

    fn builtin(&mut self, name: &str, offset: u64) -> Option<u64> {
        let (size, scalar) = scalars::builtin(self.model, name)?;
        let of_format = |format| match format {
            Format::Ieee | Format::Bfloat | Format::Decimal => ScalarKind::Float,
            Format::X87 => ScalarKind::X87,
            Format::DoubleDouble => ScalarKind::DoubleDouble,
        };
        let kind = match scalar {
            Scalar::Signed | Scalar::Unsigned | Scalar::Bool | Scalar::Pointer(_) => ScalarKind::Integer,
            Scalar::Float(format) => of_format(format),
            Scalar::Complex(Format::X87) => ScalarKind::ComplexX87,
            Scalar::Complex(format) => {
                self.push(offset, size / 2, of_format(format))?;
                self.push(offset.checked_add(size / 2)?, size / 2, of_format(format))?;
                return Some(size);
            }
            Scalar::Named(name) if name.contains(" __vector(") => ScalarKind::Vector,
            Scalar::MemberPointer { .. } | Scalar::Named(_) => return None,
        };
        self.push(offset, size, kind)
    }

    fn class(&mut self, class: &Type, offset: u64, depth: u32) -> Option<u64> {
        let depth = depth.checked_sub(1)?;
        self.steps = self.steps.checked_sub(1)?;
        self.has_union |= class.kind == TypeKind::Union;
        if let Some(vptr) = class.vptr {
            self.push(offset.checked_add(vptr)?, self.model.word, ScalarKind::Integer)?;
        }
        for base in &class.bases {
            let at = offset.checked_add(base.bit_offset?)?;
            self.class(self.model.definition(&base.name)?, at, depth)?;
        }
        for member in &class.members {
            self.member(member, offset, depth)?;
        }
        class.size?.checked_mul(8)
    }

    fn member(&mut self, member: &Field, offset: u64, depth: u32) -> Option<()> {
        let at = offset.checked_add(member.bit_offset)?;
        if member.bit_field {
            return self.push(at, member.bit_size?, ScalarKind::Bits).map(drop);
        }
        // A flexible array is no part of the value.
        let resolved = self.model.resolve(&member.type_);
        if let Shape::Array { bound: None | Some(0), .. } = spelling::shape(&resolved) {
            return Some(());
        }
        self.add(&member.type_, at, depth).map(drop)
    }
}

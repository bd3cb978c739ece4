//! How the bytes of a class were spent and are now, side by side.

use std::cell::RefCell;

use foldhash::HashMap;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::super::{LayoutChange, LayoutRow, Member};
use super::model::Model;
use crate::abi::Library;
use crate::layout::{Item, Layouts, Row};
use crate::spelling::{self, Shape};

/// Pointers to pointers and functions of functions in which typedefs are followed.
const DEEPEST: u32 = 12;

/// Classes with more rows are not laid out: nobody would read that.
const MOST_ROWS: usize = 400;

/// Lays classes out in both releases.
pub(super) struct SideBySide<'m, 'a> {
    old: Side<'m, 'a>,
    new: Side<'m, 'a>,
}

struct Side<'m, 'a> {
    model: &'m Model<'a>,
    /// By address of the library: finding its virtual tables by class takes a while.
    layouts: RefCell<HashMap<*const Library, std::rc::Rc<Layouts<'a>>>>,
}

/// A row without its place. Rows are the same by what they are: a typedef that a member is spelled with does not count.
#[derive(Clone, Debug)]
struct Line {
    depth: usize,
    what: String,
    text: String,
}

impl Line {
    fn key(&self) -> (usize, &str) {
        (self.depth, &self.what)
    }
}

impl<'m, 'a> SideBySide<'m, 'a> {
    pub(super) fn new(old: &'m Model<'a>, new: &'m Model<'a>) -> SideBySide<'m, 'a> {
        let side = |model| Side { model, layouts: RefCell::default() };
        SideBySide { old: side(old), new: side(new) }
    }

    /// None for what has no layout on one side, or too large a one.
    pub(super) fn of(&self, name: &str) -> Option<LayoutChange> {
        let (old, new) = (self.old.rows(name)?, self.new.rows(name)?);
        if old.len().max(new.len()) > MOST_ROWS {
            return None;
        }
        fn keys(rows: &[(Line, Option<u64>)]) -> Vec<(usize, &str)> {
            rows.iter().map(|row| row.0.key()).collect()
        }
        let (before, after) = (keys(&old), keys(&new));
        let mut rows = Vec::new();
        let row = |from: Option<usize>, to: Option<usize>| {
            let line = to.map_or_else(|| &old[from.unwrap_or(0)].0, |at| &new[at].0);
            LayoutRow {
                depth: line.depth,
                text: line.text.clone(),
                old: from.map(|at| old[at].1),
                new: to.map(|at| new[at].1),
            }
        };
        for op in capture_diff_slices(Algorithm::Patience, &before, &after) {
            match op {
                DiffOp::Equal { old_index, new_index, len } => {
                    rows.extend((0..len).map(|i| row(Some(old_index + i), Some(new_index + i))));
                }
                other => {
                    rows.extend(other.old_range().map(|at| row(Some(at), None)));
                    rows.extend(other.new_range().map(|at| row(None, Some(at))));
                }
            }
        }
        if rows.iter().all(|row: &LayoutRow| row.old == row.new) {
            return None;
        }
        let size = |side: &Side<'_, '_>| side.model.definition(name).and_then(|t| t.size);
        Some(LayoutChange { rows, size: (size(&self.old)?, size(&self.new)?) })
    }
}

impl<'a> Side<'_, 'a> {
    /// The rows of a class, each with its offset in bits.
    fn rows(&self, name: &str) -> Option<Vec<(Line, Option<u64>)>> {
        let known = self.model.known(name)?;
        let type_ = self.model.definition(name).filter(|t| t.kind.is_class())?;
        let mut all = self.layouts.borrow_mut();
        let layouts = all
            .entry(std::ptr::from_ref(known.library))
            .or_insert_with(|| Layouts::new(known.library).into());
        let layout = layouts.of(type_);
        let line = |row: &Row<'a>| (line(self.model, &type_.name, row), row.start);
        Some(layout.rows.iter().map(line).collect())
    }
}

/// A type without the typedefs in it, as far as that is followed.
fn resolved(model: &Model<'_>, type_: &str, depth: u32) -> String {
    let Some(depth) = depth.checked_sub(1) else { return type_.to_owned() };
    let inner = |type_: &str| resolved(model, type_, depth);
    let constant = if type_.ends_with(" const") { " const" } else { "" };
    let resolved = model.resolve(type_);
    let plain = match spelling::shape(&resolved) {
        Shape::Pointer(to) => format!("{}*", inner(&to)),
        Shape::Reference(to) => format!("{}&", inner(&to)),
        Shape::Array { element, bound } => format!("{}{bound:?}", inner(&element)),
        Shape::Function { returns, parameters } => {
            let parameters: Vec<String> = parameters.iter().map(|type_| inner(type_)).collect();
            format!("{} ({})", inner(&returns), parameters.join(", "))
        }
        Shape::MemberPointer { class, to } => format!("{} {class}::*", inner(&to)),
        Shape::Named(_) | Shape::Qualified(_) => resolved.into_owned(),
    };
    plain + constant
}

fn line(model: &Model<'_>, class: &str, row: &Row<'_>) -> Line {
    let short = |type_: &str| spelling::inside(class, type_);
    let text = match row.item {
        Item::Base(base) => format!("base {}", short(&base.name)),
        Item::VirtualBase(base) => format!("virtual base {}", short(&base.name)),
        Item::Vptr => "vptr".to_owned(),
        Item::Member(field) => Member::of(class, field).declaration(),
        Item::Open(_, kind) => format!("{} {{", kind.keyword()),
        Item::Close(field) => format!("}} {}", field.name).trim_end().to_owned(),
        Item::Hole | Item::Padding | Item::Unknown => {
            let what = if row.item == Item::Hole { "hole" } else { "padding" };
            match row.size.unwrap_or(0) {
                8 => format!("(1 byte {what})"),
                bits if bits % 8 == 0 => format!("({} bytes {what})", bits / 8),
                bits => format!("({bits} bits {what})"),
            }
        }
    };
    let what = match row.item {
        Item::Member(field) => {
            let type_ = resolved(model, &field.type_, DEEPEST);
            let bits = field.bit_size.filter(|_| field.bit_field);
            format!("{type_} {} {bits:?}", field.name)
        }
        _ => text.clone(),
    };
    Line { depth: row.depth, what, text }
}

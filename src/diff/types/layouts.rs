//! How the bytes of a class were spent and are now, side by side.

use std::cell::RefCell;

use foldhash::HashMap;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::super::{LayoutChange, LayoutRow, Member};
use super::model::Model;
use crate::abi::Library;
use crate::layout::{Item, Layouts, Row};

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

/// A row without its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Line {
    depth: usize,
    text: String,
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
        let lines = |rows: &[(Line, Option<u64>)]| rows.iter().map(|r| r.0.clone()).collect::<Vec<_>>();
        let (before, after) = (lines(&old), lines(&new));
        let mut rows = Vec::new();
        let row = |from: Option<usize>, to: Option<usize>| {
            let line = from.map_or_else(|| &after[to.unwrap_or(0)], |at| &before[at]);
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
        Some(layout.rows.iter().map(|row| (line(&type_.name, row), row.start)).collect())
    }
}

fn line(class: &str, row: &Row<'_>) -> Line {
    let short = |type_: &str| crate::spelling::inside(class, type_);
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
    Line { depth: row.depth, text }
}

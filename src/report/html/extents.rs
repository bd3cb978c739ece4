//! From where to where everything in a class goes, before and after, and what became of it.
//!
//! Rows say where something starts only. It ends where the next one starts; what is in a union ends with the union.

use std::ops::Range;

use crate::diff::{LayoutChange, LayoutRow};
use crate::spelling;

/// A row with its extents, in bits. None: it is not there, or nobody knows where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed<'a> {
    pub(super) row: &'a LayoutRow,
    pub(super) old: Option<Range<u64>>,
    pub(super) new: Option<Range<u64>>,
    pub(super) fate: Fate,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is where it was.
    Kept,
    /// It is elsewhere, so many bits further on.
    Moved(i128),
    /// It is not there any more.
    Gone,
    /// It was not there before.
    New,
    /// A member of its name is there with another declaration, in that row.
    Retyped(usize),
}

impl Fate {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Fate::Kept => "",
            Fate::Moved(_) => "~",
            Fate::Gone => "−",
            Fate::New => "+",
            Fate::Retyped(_) => "≠",
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Fate::Kept => "",
            Fate::Moved(_) => "moved",
            Fate::Gone => "gone",
            Fate::New => "new",
            Fate::Retyped(_) => "other type",
        }
    }
}

/// Whether nothing is there: a hole or padding. No declaration begins like that.
pub(super) fn is_gap(row: &LayoutRow) -> bool {
    row.text.starts_with('(') && (row.text.ends_with(" hole)") || row.text.ends_with(" padding)"))
}

/// The start of an unnamed class, whose members follow.
pub(super) fn is_open(row: &LayoutRow) -> bool {
    row.text.ends_with(" {")
}

/// The end of one.
pub(super) fn is_close(row: &LayoutRow) -> bool {
    row.text.starts_with('}')
}

/// The rows of a class with their extents.
pub(super) fn placed(change: &LayoutChange) -> Vec<Placed<'_>> {
    let rows = &change.rows;
    let old = extents(rows, |row| row.old.flatten(), change.size.0.saturating_mul(8));
    let new = extents(rows, |row| row.new.flatten(), change.size.1.saturating_mul(8));
    let fates = fates(rows);
    let all = rows.iter().zip(old).zip(new).zip(fates);
    all.map(|(((row, old), new), fate)| Placed { row, old, new, fate }).collect()
}

fn extents(rows: &[LayoutRow], place: fn(&LayoutRow) -> Option<u64>, size: u64) -> Vec<Option<Range<u64>>> {
    let known: Vec<(usize, u64)> =
        rows.iter().enumerate().filter_map(|(at, row)| Some((at, place(row)?))).collect();
    let tops: Vec<_> =
        known.iter().map(|&(at, start)| (&rows[at], start)).filter(|(row, _)| row.depth == 0).collect();
    let members = || tops.iter().filter(|(row, _)| !is_gap(row) && !is_close(row));
    let is_union =
        members().count() > 1 && members().all(|(row, start)| *start == 0 && !row.text.starts_with("base "));
    let mut extents = vec![None; rows.len()];
    // Whether what is around the row is a union, by depth.
    let mut around = vec![is_union];
    for (position, &(at, start)) in known.iter().enumerate() {
        let row = &rows[at];
        around.truncate(row.depth + 1);
        let in_union = around.last().copied().unwrap_or(false);
        if is_open(row) {
            around.push(row.text.starts_with("union"));
        }
        let next = known[position + 1..].iter().find(|&&(other, place)| {
            let other = &rows[other];
            match other.depth.cmp(&row.depth) {
                std::cmp::Ordering::Greater => false,
                std::cmp::Ordering::Less => true,
                std::cmp::Ordering::Equal if is_close(other) => is_open(row),
                std::cmp::Ordering::Equal if is_open(row) => false,
                std::cmp::Ordering::Equal => !in_union && place >= start,
            }
        });
        let end = if is_close(row) { start } else { next.map_or(size, |&(_, place)| place) };
        extents[at] = Some(start..end.max(start));
    }
    extents
}

fn fates(rows: &[LayoutRow]) -> Vec<Fate> {
    let mut fates: Vec<Fate> = rows.iter().map(fate).collect();
    let name = |at: usize| declared(&rows[at]).map(|name| (rows[at].depth, name));
    for at in (0..rows.len()).filter(|&at| fate(&rows[at]) == Fate::Gone) {
        let is_same = |&other: &usize| fates[other] == Fate::New && name(other) == name(at);
        if name(at).is_some()
            && let Some(other) = (0..rows.len()).find(is_same)
        {
            fates[at] = Fate::Retyped(other);
            fates[other] = Fate::Retyped(at);
        }
    }
    fates
}

fn fate(row: &LayoutRow) -> Fate {
    match (&row.old, &row.new) {
        (Some(_), None) => Fate::Gone,
        (None, Some(_)) => Fate::New,
        (Some(Some(old)), Some(Some(new))) if old != new => Fate::Moved(i128::from(*new) - i128::from(*old)),
        _ => Fate::Kept,
    }
}

/// The name that a declaration of a member declares; none for what has none.
fn declared(row: &LayoutRow) -> Option<&str> {
    let text = row.text.as_str();
    if is_gap(row)
        || is_open(row)
        || is_close(row)
        || text == "vptr"
        || text.starts_with("base ")
        || text.starts_with("virtual base ")
    {
        return None;
    }
    let text = text.rsplit_once(" : ").map_or(text, |(before, _)| before);
    // `int a[3]`; of a pointer to a function, `void (*call)(int)`, the name stands in the middle.
    let text = match text.find("(*") {
        Some(at) => text[at + 2..].split(')').next()?,
        None => text.split('[').next()?,
    };
    Some(spelling::split_last_name(text, spelling::is_identifier).1).filter(|name| !name.is_empty())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A row at these bytes.
    pub(in super::super) fn row(depth: usize, text: &str, old: Option<u64>, new: Option<u64>) -> LayoutRow {
        let bits = |at: Option<u64>| at.map(|at| Some(at * 8));
        LayoutRow { depth, text: text.to_owned(), old: bits(old), new: bits(new) }
    }

    fn kept(depth: usize, text: &str, at: u64) -> LayoutRow {
        row(depth, text, Some(at), Some(at))
    }

    fn bytes(rows: Vec<LayoutRow>, size: u64) -> Vec<(u64, u64)> {
        let change = LayoutChange { size: (size, size), rows };
        let placed = placed(&change);
        placed.iter().map(|p| p.old.as_ref().map_or((99, 99), |r| (r.start / 8, r.end / 8))).collect()
    }

    #[test]
    fn everything_ends_where_the_next_begins() {
        let rows = vec![
            kept(0, "base Empty", 0),
            kept(0, "vptr", 0),
            kept(0, "int a", 8),
            kept(0, "(4 bytes hole)", 12),
            kept(0, "long b[2]", 16),
        ];
        assert_eq!(bytes(rows, 32), [(0, 0), (0, 8), (8, 12), (12, 16), (16, 32)]);
    }

    #[test]
    fn members_of_a_union_end_with_it() {
        let rows = vec![
            kept(0, "union {", 0),
            kept(1, "long a", 0),
            kept(1, "struct {", 0),
            kept(2, "int x", 0),
            kept(2, "int y", 4),
            kept(1, "} s", 8),
            kept(1, "char b", 0),
            kept(0, "} payload", 8),
            kept(0, "int tag", 8),
        ];
        let wanted = [(0, 8), (0, 8), (0, 8), (0, 4), (4, 8), (8, 8), (0, 8), (8, 8), (8, 12)];
        assert_eq!(bytes(rows, 12), wanted);
        let whole = vec![kept(0, "long a", 0), kept(0, "char b", 0), kept(0, "(7 bytes padding)", 1)];
        assert_eq!(bytes(whole, 8)[..2], [(0, 8), (0, 8)]);
    }

    #[test]
    fn what_nobody_knows_the_place_of_has_no_extent() {
        let mut unknown = kept(0, "virtual base V", 0);
        (unknown.old, unknown.new) = (Some(None), None);
        let change = LayoutChange { size: (8, 8), rows: vec![kept(0, "vptr", 0), unknown] };
        let placed = placed(&change);
        assert_eq!((placed[0].old.clone(), placed[1].old.clone()), (Some(0..64), None));
        assert_eq!(placed[1].fate, Fate::Gone);
    }

    #[test]
    fn members_of_other_types_are_joined_by_name() {
        let rows = vec![
            row(0, "int a", Some(0), None),
            row(0, "long a", None, Some(0)),
            row(0, "void (*call)(int)", Some(8), None),
            row(0, "void (*call)(long)", None, Some(8)),
            row(0, "bool flag : 1", Some(16), None),
            row(0, "char x[4]", Some(17), Some(20)),
        ];
        let fates: Vec<Fate> = fates(&rows);
        use Fate::{Gone, Moved, Retyped};
        assert_eq!(fates, [Retyped(1), Retyped(0), Retyped(3), Retyped(2), Gone, Moved(24)]);
        let names: Vec<_> = rows.iter().map(declared).collect();
        assert_eq!(names[3..], [Some("call"), Some("flag"), Some("x")]);
    }
}

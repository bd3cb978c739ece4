//! A class before and after, byte by byte.
//!
//! ```text
//! before  after
//!      0      0   vptr
//!      8      8   DataPtr data_ptr_
//! +           32  bool resizable_
//! ~    32     40  SymInt size_bytes_
//! ```

use super::super::style::color::Paint;
use super::super::style::text_layout::{self, columns};
use crate::diff::{LayoutChange, LayoutRow};

/// Rows that did not change and that are shown before and after one that did.
const CONTEXT: usize = 1;

/// The lines of the table, each with `indent` before it and at most `width` columns wide.
pub(in crate::report) fn lines(
    change: &LayoutChange,
    indent: &str,
    width: usize,
    paint: Paint,
) -> Vec<String> {
    let offsets =
        |row: &LayoutRow| [row.old.flatten(), row.new.flatten()].map(|o| o.map_or(String::new(), place));
    let sizes = [change.size.0, change.size.1].map(|size| size.to_string());
    let widest = change.rows.iter().flat_map(offsets).chain(sizes.clone()).map(|text| columns(&text)).max();
    let column = widest.unwrap_or(0).max("before".len());
    let line = |mark: char, places: [&str; 2], text: &str| {
        let left = format!("{indent}{mark} {:>column$}  {:>column$}  ", places[0], places[1]);
        let room = width.saturating_sub(columns(&left)).max(12);
        format!("{left}{}", text_layout::shorten(text, room)).trim_end().to_owned()
    };
    let mut lines = vec![paint.dim(&line(' ', ["before", "after"], ""))];
    let shown = shown(&change.rows);
    let mut hidden = 0;
    for (row, is_shown) in change.rows.iter().zip(shown) {
        if !is_shown {
            hidden += 1;
            continue;
        }
        skipped(&mut hidden, &mut lines, &line, paint);
        let text = format!("{}{}", "  ".repeat(row.depth), row.text);
        let [old, new] = offsets(row);
        let mark = mark(row);
        let told = line(mark, [&old, &new], &text);
        lines.push(if mark == ' ' { paint.dim(&told) } else { told });
    }
    skipped(&mut hidden, &mut lines, &line, paint);
    let mark = if change.size.0 == change.size.1 { ' ' } else { '~' };
    lines.push(line(mark, [&sizes[0], &sizes[1]], "bytes in all"));
    lines
}

fn skipped(
    hidden: &mut usize,
    lines: &mut Vec<String>,
    line: &dyn Fn(char, [&str; 2], &str) -> String,
    paint: Paint,
) {
    if *hidden > 0 {
        lines.push(paint.dim(&line(
            ' ',
            ["", ""],
            &format!("… {} unchanged", text_layout::count(*hidden, "row")),
        )));
        *hidden = 0;
    }
}

/// `-` gone, `+` new, `~` moved.
fn mark(row: &LayoutRow) -> char {
    match (&row.old, &row.new) {
        (Some(_), None) => '-',
        (None, Some(_)) => '+',
        (old, new) if old != new => '~',
        _ => ' ',
    }
}

/// Rows near one that changed.
fn shown(rows: &[LayoutRow]) -> Vec<bool> {
    let mut shown = vec![false; rows.len()];
    for at in (0..rows.len()).filter(|&at| mark(&rows[at]) != ' ') {
        let last = rows.len() - 1;
        shown[at.saturating_sub(CONTEXT)..=(at + CONTEXT).min(last)].fill(true);
    }
    // A note that one row is left out takes as much room as the row.
    for at in 0..shown.len() {
        let alone = (at == 0 || shown[at - 1]) && shown.get(at + 1).copied().unwrap_or(true);
        shown[at] |= alone;
    }
    shown
}

/// Bytes, and bits where they are no whole number: `8`, `8:3`.
pub(in crate::report) fn place(bits: u64) -> String {
    match bits % 8 {
        0 => (bits / 8).to_string(),
        bit => format!("{}:{bit}", bits / 8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str, old: Option<u64>, new: Option<u64>) -> LayoutRow {
        LayoutRow { depth: 0, text: text.to_owned(), old: old.map(Some), new: new.map(Some) }
    }

    #[test]
    fn what_moved_is_marked_and_what_stays_is_counted() {
        let rows = vec![
            row("int a", Some(0), Some(0)),
            row("int b", Some(32), Some(32)),
            row("int c", Some(64), Some(64)),
            row("bool d : 1", None, Some(96)),
            row("long e", Some(96), Some(128)),
            row("(4 bytes padding)", Some(160), None),
        ];
        let change = LayoutChange { size: (24, 32), rows };
        let lines = lines(&change, "  ", 40, Paint { color: false });
        let wanted = [
            "    before   after",
            "                    … 2 rows unchanged",
            "         8       8  int c",
            "  +             12  bool d : 1",
            "  ~     12      16  long e",
            "  -     20          (4 bytes padding)",
            "  ~     24      32  bytes in all",
        ];
        assert_eq!(lines, wanted);
    }
}

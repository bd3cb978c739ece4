//! A virtual table before and after: both lists of slots, side by side.

use std::io::{self, Write};

use super::super::style::text_layout::count;
use super::escape::Text;
use crate::diff::{SlotRow, SlotsChange};

/// Slots of one run that are shown at each end of it; those between are counted.
const CONTEXT: usize = 2;

pub(super) fn write(change: &SlotsChange, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Slots of the virtual table\"><table class=\"slots\">\
         <colgroup><col class=\"number\"><col><col class=\"number\"><col><col class=\"change\"></colgroup><thead><tr><th scope=\"col\" colspan=\"2\">slot before</th><th scope=\"col\" colspan=\"2\">slot after</th>\
         <th scope=\"col\">change</th></tr></thead><tbody>"
    )?;
    for run in change.rows.chunk_by(|a, b| shift(a).is_some() && shift(a) == shift(b)) {
        // A note that one row is left out takes as much room as the row.
        if run.len() <= 2 * CONTEXT + 1 {
            run.iter().try_for_each(|row| one(row, out))?;
            continue;
        }
        run[..CONTEXT].iter().try_for_each(|row| one(row, out))?;
        let (slots, told) = (count(run.len() - 2 * CONTEXT, "slot"), word(&run[0]));
        let told = if told.is_empty() { "as before".to_owned() } else { told };
        writeln!(out, "<tr class=\"cut\"><td colspan=\"5\">… {slots}, {}</td></tr>", Text(told))?;
        run[run.len() - CONTEXT..].iter().try_for_each(|row| one(row, out))?;
    }
    writeln!(out, "</tbody></table></div>")
}

fn one(row: &SlotRow, out: &mut dyn Write) -> io::Result<()> {
    let class = match (row.old, row.new) {
        (Some(_), None) => "gone",
        (None, Some(_)) => "new",
        (old, new) if old != new => "moved",
        _ => "kept",
    };
    write!(out, "<tr class=\"{class}\">")?;
    for slot in [row.old, row.new] {
        match slot {
            Some(slot) => {
                write!(out, "<td class=\"n\">{slot}</td><td><code>{}</code></td>", Text(&row.name))?
            }
            None => write!(out, "<td class=\"n\"></td><td class=\"none\">none</td>")?,
        }
    }
    writeln!(out, "<td class=\"word\">{}</td></tr>", Text(word(row)))
}

/// By how much a slot that both tables have moved.
fn shift(row: &SlotRow) -> Option<i64> {
    Some(i64::from(row.new?) - i64::from(row.old?))
}

fn word(row: &SlotRow) -> String {
    match (row.old, shift(row)) {
        (None, _) => "+ new".to_owned(),
        (Some(_), None) => "− gone".to_owned(),
        (_, Some(0)) => String::new(),
        (_, Some(by)) => format!(
            "~ {} {}",
            count(by.unsigned_abs() as usize, "slot"),
            if by > 0 { "later" } else { "earlier" }
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, old: Option<u32>, new: Option<u32>) -> SlotRow {
        SlotRow { name: name.to_owned(), old, new }
    }

    #[test]
    fn runs_are_cut_and_names_escaped() {
        let mut rows = vec![row("<script>f()", Some(0), Some(0)), row("g()", None, Some(1))];
        rows.extend((1..12).map(|at| row(&format!("h{at}()"), Some(at), Some(at + 1))));
        let mut out = Vec::new();
        write(&SlotsChange { rows }, &mut out).unwrap();
        let page = String::from_utf8(out).unwrap();
        assert!(page.contains("<code>&lt;script&gt;f()</code>") && !page.contains("<script>"), "{page}");
        assert!(page.contains("… 7 slots, ~ 1 slot later"), "{page}");
        assert!(page.contains(
            "<tr class=\"new\"><td class=\"n\"></td><td class=\"none\">none</td><td class=\"n\">1</td>"
        ));
        assert_eq!(page.matches("<tr class=\"moved\">").count(), 4);
    }
}

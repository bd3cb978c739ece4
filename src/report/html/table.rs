//! What a drawing shows, in words and in full: for those who do not see it, and for what it leaves out.

use std::io::{self, Write};

use super::super::text::side_by_side::place;
use super::escape::Text;
use super::extents::{Fate, Placed};

pub(super) fn write((old, new): (u64, u64), rows: &[Placed<'_>], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<details class=\"rows\"><summary>The layout as a table</summary>\
         <div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Layout as a table\"><table><thead><tr>\
         <th scope=\"col\">byte before</th><th scope=\"col\">byte after</th><th scope=\"col\">what</th>\
         <th scope=\"col\">change</th></tr></thead><tbody>"
    )?;
    rows.iter().try_for_each(|placed| row(placed, out))?;
    writeln!(
        out,
        "<tr><td class=\"n\">{old}</td><td class=\"n\">{new}</td><td>bytes in all</td><td></td></tr></tbody></table></div></details>"
    )
}

fn row(placed: &Placed, out: &mut dyn Write) -> io::Result<()> {
    let offset = |place_: Option<Option<u64>>| match place_ {
        None => String::new(),
        Some(None) => "?".to_owned(),
        Some(Some(bits)) => place(bits),
    };
    let change = match placed.fate {
        Fate::Kept => String::new(),
        fate => format!("{} {}", fate.sign(), fate.word()),
    };
    writeln!(
        out,
        "<tr><td class=\"n\">{}</td><td class=\"n\">{}</td><td><code class=\"d{}\">{}</code></td><td class=\"word\">{change}</td></tr>",
        offset(placed.row.old),
        offset(placed.row.new),
        placed.row.depth.min(6),
        Text(&placed.row.text),
    )
}

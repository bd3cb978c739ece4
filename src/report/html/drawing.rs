//! A class before and after, drawn: a column of blocks for each, one per member, with its bytes in a strip that is one
//! word of 64 bits wide, and bands from where something was to where it is.
//!
//! Whatever colours say is said by a sign or a word as well. What is in no drawing, since runs are cut, is in the table
//! below it.

use std::io::{self, Write};
use std::ops::Range;

use super::super::style::shorten::fitted;
use super::super::style::text_layout::count;
use super::super::text::side_by_side::place;
use super::escape::Text;
use super::extents::{Fate, Placed, is_close, is_gap, is_open};

/// Width of a column, and of the bands between both.
const COLUMN: u64 = 470;
const BANDS: u64 = 100;
/// Where in a column the strip begins, after sign and offset, and the text after it.
const STRIP: u64 = 66;
const TEXT: u64 = STRIP + BITS * SCALE / 10 + 10;
/// Bits of a row of the strip, and tenths of a pixel for each.
const BITS: u64 = 64;
const SCALE: u64 = 15;
/// Width of a single bit, that it is seen.
const LEAST_BAR: u64 = 3;
/// Height of a row of the strip with its gap, of the least block, and of what stands above the columns.
const WORD: u64 = 10;
const BLOCK: u64 = 24;
const HEAD: u64 = 30;
/// Rows of a strip; of more, the first and the last are drawn.
const MOST_WORDS: u64 = 4;
/// Characters of a declaration that fit.
const CHARACTERS: usize = 40;
/// Hues that members take in turn.
const HUES: usize = 6;
/// Lines of a drawing. What comes then is in the table only.
const MOST_LINES: usize = 80;

/// What a column has one below the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// The row of that number.
    Row(usize),
    /// So many rows that all went the same way, from that one on.
    Cut { first: usize, count: usize },
    /// So many rows for which there is no room.
    Rest(usize),
}

/// A line in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    line: Line,
    top: u64,
    height: u64,
}

/// A rectangle of the strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bar {
    x: u64,
    y: u64,
    width: u64,
}

/// One column.
struct Side<'p, 'a> {
    rows: &'p [Placed<'a>],
    is_old: bool,
    blocks: Vec<Block>,
}

pub(super) fn write(
    id: &str,
    name: &str,
    (old, new): (u64, u64),
    rows: &[Placed<'_>],
    out: &mut dyn Write,
) -> io::Result<()> {
    let lines = lines(rows);
    let sides = [true, false].map(|is_old| Side::new(rows, &lines, is_old));
    let height = sides.iter().map(Side::bottom).max().unwrap_or(HEAD) + 4;
    // Lines are two pixels wide.
    let width = 2 * COLUMN + BANDS + 2;
    writeln!(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Drawing of the layout\">\
         <svg class=\"layout\" viewBox=\"-1 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-label=\"Layout of {} before and after, {} and {}; the table below says the same\">",
        Text(name),
        bytes(old),
        bytes(new),
    )?;
    writeln!(out, "<g class=\"drawing\" id=\"drawing-{}\">", Text(id))?;
    for (x, word, size) in [(0, "before", old), (COLUMN + BANDS, "after", new)] {
        let grown = match (word, new.cmp(&old)) {
            ("after", std::cmp::Ordering::Greater) => format!(", {} more", bytes(new - old)),
            ("after", std::cmp::Ordering::Less) => format!(", {} fewer", bytes(old - new)),
            _ => String::new(),
        };
        writeln!(
            out,
            "<text class=\"head\" x=\"{}\" y=\"18\">{word}: {}{grown}</text>",
            x + STRIP,
            bytes(size)
        )?;
    }
    bands(&sides, out)?;
    sides.iter().try_for_each(|side| side.write(out))?;
    writeln!(out, "</g></svg>")?;
    // On a narrow screen: the two columns below each other, without the bands between them.
    for x in [0, COLUMN + BANDS] {
        writeln!(
            out,
            "<svg class=\"layout stacked\" viewBox=\"{} 0 {} {height}\" aria-hidden=\"true\"><use href=\"#drawing-{}\"/></svg>",
            i128::from(x) - 1,
            COLUMN + 2,
            Text(id)
        )?;
    }
    writeln!(out, "</div>")
}

/// `1 byte`, `2,000 bytes`
fn bytes(size: u64) -> String {
    count(usize::try_from(size).unwrap_or(usize::MAX), "byte")
}

/// `8 bytes`, `3 bits`
fn size(bits: u64) -> String {
    match bits % 8 {
        0 => bytes(bits / 8),
        _ => count(usize::try_from(bits).unwrap_or(usize::MAX), "bit"),
    }
}

/// The rows, with runs cut that all stay or all move by the same.
fn lines(rows: &[Placed]) -> Vec<Line> {
    let moved = |placed: &Placed| match placed.fate {
        Fate::Kept if placed.old.is_some() && placed.new.is_some() => Some(0),
        Fate::Moved(by) => Some(by),
        _ => None,
    };
    let mut lines = Vec::new();
    let mut first = 0;
    for run in rows.chunk_by(|a, b| moved(a).is_some() && moved(a) == moved(b)) {
        let end = first + run.len();
        let is_still = moved(&run[0]) == Some(0);
        // One neighbour of what changed, where something did.
        let head = if first == 0 && is_still { 0 } else { 1 + usize::from(!is_still) };
        let tail = usize::from(end < rows.len());
        if run.len() < head + tail + 3 {
            lines.extend((first..end).map(Line::Row));
        } else {
            lines.extend((first..first + head).map(Line::Row));
            lines.push(Line::Cut { first: first + head, count: run.len() - head - tail });
            lines.extend((end - tail..end).map(Line::Row));
        }
        first = end;
    }
    if lines.len() > MOST_LINES + 1 {
        let rest = lines.split_off(MOST_LINES);
        lines.push(Line::Rest(rest.iter().map(Line::rows).sum()));
    }
    lines
}

impl Line {
    fn rows(&self) -> usize {
        match *self {
            Line::Row(_) => 1,
            Line::Cut { count, .. } | Line::Rest(count) => count,
        }
    }
}

/// The rectangles that an extent takes in a strip, and whether some between are left out.
fn bars(extent: &Range<u64>) -> (Vec<Bar>, bool) {
    if extent.is_empty() {
        return (Vec::new(), false);
    }
    let (first, last) = (extent.start / BITS, (extent.end - 1) / BITS);
    let is_cut = last - first >= MOST_WORDS;
    let words: Vec<u64> = if is_cut { vec![first, first + 1, last] } else { (first..=last).collect() };
    let bar = |(row, &word): (usize, &u64)| {
        let from = extent.start.max(word * BITS) % BITS;
        let to = (extent.end.min((word + 1).saturating_mul(BITS)) - word * BITS).min(BITS);
        // What was left out has a row's room.
        let row = row as u64 + u64::from(is_cut && word == last);
        let scaled = |bits: u64| bits * SCALE / 10;
        let width = (scaled(to) - scaled(from)).max(LEAST_BAR);
        Bar { x: scaled(from).min(scaled(BITS) - width), y: row * WORD, width }
    };
    (words.iter().enumerate().map(bar).collect(), is_cut)
}

impl<'p, 'a> Side<'p, 'a> {
    fn new(rows: &'p [Placed<'a>], lines: &[Line], is_old: bool) -> Side<'p, 'a> {
        let mut side = Side { rows, is_old, blocks: Vec::new() };
        for &line in lines {
            let height = match line {
                Line::Row(at) if !side.has(at) => continue,
                Line::Row(at) => {
                    let strip = side.extent(at).map_or(0, |extent| {
                        let (bars, _) = bars(extent);
                        bars.last().map_or(0, |bar| bar.y + WORD)
                    });
                    // A brace has no bytes of its own: those inside are drawn.
                    if is_open(rows[at].row) { BLOCK } else { BLOCK.max(strip + 8) }
                }
                Line::Cut { .. } | Line::Rest(_) => BLOCK,
            };
            let top = side.bottom();
            side.blocks.push(Block { line, top, height });
        }
        side
    }

    fn x(&self) -> u64 {
        if self.is_old { 0 } else { COLUMN + BANDS }
    }

    fn has(&self, at: usize) -> bool {
        let row = self.rows[at].row;
        if self.is_old { row.old.is_some() } else { row.new.is_some() }
    }

    fn extent(&self, at: usize) -> Option<&Range<u64>> {
        let placed = &self.rows[at];
        if self.is_old { placed.old.as_ref() } else { placed.new.as_ref() }
    }

    fn bottom(&self) -> u64 {
        self.blocks.last().map_or(HEAD, |block| block.top + block.height)
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let words = self.blocks.iter().map(|block| match block.line {
            Line::Row(at) => self.block(block, at, out),
            Line::Cut { first, count: n } => {
                let told = match self.rows[first].fate {
                    Fate::Moved(by) => format!("… {}, {} all", count(n, "row"), moved(by)),
                    _ => format!("… {} as before", count(n, "row")),
                };
                self.note(block, &told, out)
            }
            Line::Rest(n) => self.note(block, &format!("… {}, see the table", count(n, "more row")), out),
        });
        words.collect()
    }

    /// Words in the place of rows.
    fn note(&self, block: &Block, text: &str, out: &mut dyn Write) -> io::Result<()> {
        let (x, y) = (self.x() + STRIP, block.top + 16);
        writeln!(out, "<text class=\"note\" x=\"{x}\" y=\"{y}\">{}</text>", Text(text))
    }

    fn block(&self, block: &Block, at: usize, out: &mut dyn Write) -> io::Result<()> {
        let placed = &self.rows[at];
        let row = placed.row;
        let extent = self.extent(at);
        let (x, top, y) = (self.x(), block.top, block.top + 16);
        let hue = hue(self.rows, at);
        let offset = extent.map_or("?".to_owned(), |extent| place(extent.start));
        write!(out, "<g class=\"{} {hue}\"><title>{}</title>", class(placed), Text(self.title(at)))?;
        write!(
            out,
            "<rect class=\"block\" x=\"{x}\" y=\"{}\" width=\"{COLUMN}\" height=\"{}\"/>",
            top + 1,
            block.height - 2
        )?;
        write!(out, "<text class=\"sign\" x=\"{}\" y=\"{y}\">{}</text>", x + 6, placed.fate.sign())?;
        if !is_close(row) {
            write!(out, "<text class=\"offset\" x=\"{}\" y=\"{y}\">{offset}</text>", x + STRIP - 8)?;
        }
        if let Some(extent) = extent.filter(|_| !is_open(row)) {
            self.strip(extent, is_gap(row), top + 7, out)?;
        }
        let indent = 12 * row.depth.min(8) as u64;
        let room = CHARACTERS.saturating_sub(2 * row.depth.min(8));
        let text = fitted(&row.text, room);
        write!(out, "<text class=\"what\" x=\"{}\" y=\"{y}\">{}</text>", x + TEXT + indent, Text(text))?;
        writeln!(out, "</g>")
    }

    fn strip(&self, extent: &Range<u64>, is_gap: bool, top: u64, out: &mut dyn Write) -> io::Result<()> {
        let (bars, is_cut) = bars(extent);
        let x = self.x() + STRIP;
        let class = if is_gap { "bytes gap" } else { "bytes" };
        for bar in &bars {
            // The word that the bytes are in shows how they are aligned.
            let (y, word) = (top + bar.y, BITS * SCALE / 10);
            write!(
                out,
                "<rect class=\"word\" x=\"{x}\" y=\"{y}\" width=\"{word}\" height=\"{}\"/>",
                WORD - 2
            )?;
            let height = WORD - 2;
            write!(
                out,
                "<rect class=\"{class}\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{height}\"/>",
                x + bar.x,
                bar.width
            )?;
        }
        if is_cut {
            let y = top + 3 * WORD - 2;
            write!(out, "<text class=\"left-out\" x=\"{}\" y=\"{y}\">⋮</text>", x + BITS * SCALE / 20)?;
        }
        Ok(())
    }

    /// All about a row, in words.
    fn title(&self, at: usize) -> String {
        let placed = &self.rows[at];
        let mut text = placed.row.text.clone();
        if let Some(extent) = self.extent(at) {
            text += &format!(": {} at byte {}", size(extent.end - extent.start), place(extent.start));
        }
        match placed.fate {
            Fate::Kept => {}
            Fate::Moved(by) => text += &format!(", {}", moved(by)),
            fate => text += &format!(", {}", fate.word()),
        }
        text
    }
}

/// `moved by +8 bytes`
fn moved(by: i128) -> String {
    let sign = if by < 0 { '−' } else { '+' };
    format!("moved by {sign}{}", size(u64::try_from(by.unsigned_abs()).unwrap_or(u64::MAX)))
}

fn class(placed: &Placed) -> &'static str {
    match placed.fate {
        Fate::Kept => "kept",
        Fate::Moved(_) => "moved",
        Fate::Gone => "gone",
        Fate::New => "new",
        Fate::Retyped(_) => "retyped",
    }
}

/// Both sides of a member have the same hue, neighbours have others.
fn hue(rows: &[Placed], at: usize) -> String {
    if is_gap(rows[at].row) {
        return "nothing".to_owned();
    }
    let at = match rows[at].fate {
        Fate::Retyped(other) => at.min(other),
        _ => at,
    };
    let before = rows[..at].iter().filter(|placed| !is_gap(placed.row)).count();
    format!("k{}", before % HUES)
}

/// Bands between what is on both sides.
fn bands(sides: &[Side<'_, '_>; 2], out: &mut dyn Write) -> io::Result<()> {
    let [old, new] = sides;
    for from in &old.blocks {
        let other = match from.line {
            Line::Row(at) => match old.rows[at].fate {
                Fate::Retyped(other) => Line::Row(other),
                _ => Line::Row(at),
            },
            line => line,
        };
        let Some(to) = new.blocks.iter().find(|block| block.line == other) else { continue };
        let (class, told) = match from.line {
            Line::Row(at) => {
                (format!("{} {}", class(&old.rows[at]), hue(old.rows, at)), delta(old.rows[at].fate))
            }
            Line::Cut { first, .. } => {
                (format!("{} nothing", class(&old.rows[first])), delta(old.rows[first].fate))
            }
            Line::Rest(_) => continue,
        };
        let (left, middle, right) = (COLUMN, COLUMN + BANDS / 2, COLUMN + BANDS);
        let [a, b] = [from, to].map(|block| (block.top + 2, block.top + block.height - 2));
        writeln!(
            out,
            "<path class=\"band {class}\" d=\"M{left} {}C{middle} {} {middle} {} {right} {}V{}C{middle} {} {middle} {} {left} {}Z\"/>",
            a.0, a.0, b.0, b.0, b.1, b.1, a.1, a.1,
        )?;
        if !told.is_empty() {
            let y = (a.0 + a.1 + b.0 + b.1) / 4 + 4;
            writeln!(out, "<text class=\"delta\" x=\"{middle}\" y=\"{y}\">{told}</text>")?;
        }
    }
    Ok(())
}

/// What is written on a band: `+8`, in bytes.
fn delta(fate: Fate) -> String {
    match fate {
        Fate::Moved(by) => {
            let sign = if by < 0 { '−' } else { '+' };
            format!("{sign}{}", place(u64::try_from(by.unsigned_abs()).unwrap_or(u64::MAX)))
        }
        Fate::Retyped(_) => Fate::Retyped(0).sign().to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::extents::placed;
    use super::super::extents::tests::row;
    use super::*;
    use crate::diff::LayoutChange;

    /// `n` members of eight bytes; one is put in at byte 8.
    fn grown(n: u64) -> LayoutChange {
        let mut rows = vec![row(0, "int a", Some(0), Some(0)), row(0, "int put_in", None, Some(8))];
        rows.extend((1..n).map(|at| row(0, &format!("long m{at}"), Some(at * 8), Some(at * 8 + 8))));
        LayoutChange { size: (n * 8, n * 8 + 8), rows }
    }

    #[test]
    fn blocks_stand_one_below_the_other() {
        let change = grown(4);
        let rows = placed(&change);
        let lines = lines(&rows);
        for is_old in [true, false] {
            let side = Side::new(&rows, &lines, is_old);
            assert_eq!(side.blocks.len(), if is_old { 4 } else { 5 });
            assert_eq!(side.blocks[0].top, HEAD);
            assert!(side.blocks.windows(2).all(|pair| pair[0].top + pair[0].height == pair[1].top));
        }
    }

    #[test]
    fn runs_are_cut_to_their_ends() {
        let change = grown(100);
        let lines = lines(&placed(&change));
        let wanted =
            [Line::Row(0), Line::Row(1), Line::Row(2), Line::Row(3), Line::Cut { first: 4, count: 97 }];
        assert_eq!(lines, wanted);
        // However many changes there are, a drawing ends.
        let rows = (0..400).map(|at| row(0, &format!("int m{at}"), Some(at * 8), Some(at * 16))).collect();
        let change = LayoutChange { size: (3200, 6400), rows };
        let lines = super::lines(&placed(&change));
        assert_eq!(lines.len(), MOST_LINES + 1);
        assert_eq!(lines.iter().map(Line::rows).sum::<usize>(), 400);
    }

    #[test]
    fn bytes_stand_where_they_are_in_their_word() {
        let bar = |x, y, width| Bar { x, y, width };
        assert_eq!(bars(&(32..64)), (vec![bar(48, 0, 48)], false));
        assert_eq!(bars(&(96..160)), (vec![bar(48, 0, 48), bar(0, 10, 48)], false));
        // One bit is still seen.
        assert_eq!(bars(&(3..4)), (vec![bar(4, 0, 3)], false));
        assert_eq!(bars(&(63..64)), (vec![bar(93, 0, 3)], false));
        assert_eq!(bars(&(0..640)), (vec![bar(0, 0, 96), bar(0, 10, 96), bar(0, 30, 96)], true));
        assert_eq!(bars(&(8..8)), (vec![], false));
        // Offsets that no class has.
        assert_eq!(bars(&(u64::MAX - 1..u64::MAX)).0.len(), 1);
    }

    #[test]
    fn a_drawing_joins_what_moved_and_escapes_names() {
        let mut change = grown(3);
        change.rows.push(row(0, "T<\"</svg><script>\"> x", Some(24), None));
        change.rows.push(row(0, "(4 bytes padding)", None, Some(28)));
        let mut out = Vec::new();
        write("f1", "<b>", change.size, &placed(&change), &mut out).unwrap();
        let svg = String::from_utf8(out).unwrap();
        assert_eq!(svg.matches("<path class=\"band").count(), 3);
        assert_eq!(svg.matches("<text class=\"delta\" x=\"520\"").count(), 2);
        assert!(svg.contains(">+8</text>") && svg.contains("after: 32 bytes, 8 bytes more"), "{svg}");
        assert!(svg.contains("class=\"bytes gap\"") && !svg.contains("<script>"), "{svg}");
    }
}

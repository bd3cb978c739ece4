//! The figures of a library for people: a line for each release.

use std::io::{self, Write};

use super::super::Options;
use super::super::style::color::Paint;
use super::super::style::text_layout::{self, number};
use crate::history::{Breaks, Figures, Now, Table};

/// Writes the table, and what its columns mean.
///
/// # Errors
/// Writing failed.
pub fn write(table: &Table, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { color: options.color };
    let title = format!("{} on {}", table.library, table.platform);
    writeln!(out, "{}", paint.bold(&title))?;
    let mut lines = vec![headings(table)];
    lines.extend(table.rows.iter().map(|row| cells(row, table)));
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let empty = |column: usize| lines.iter().skip(1).all(|line| line[column].is_empty());
    // What no release has, such as layouts without debug info, takes no room.
    let shown: Vec<usize> = (0..columns).filter(|column| *column < 4 || !empty(*column)).collect();
    let width =
        |column: usize| lines.iter().map(|line| text_layout::columns(&line[column])).max().unwrap_or(0);
    for (number, line) in lines.iter().enumerate() {
        let mut text = String::new();
        for (place, column) in shown.iter().enumerate() {
            let (cell, width) = (&line[*column], width(*column));
            let gap = if place == 0 { "" } else { "  " };
            // Words to the left, numbers to the right.
            let is_word = *column == 0 || *column + 2 > columns;
            text += &if is_word { format!("{gap}{cell:width$}") } else { format!("{gap}{cell:>width$}") };
        }
        let text = text.trim_end();
        writeln!(out, "{}", if number == 0 { paint.dim(text) } else { text.to_owned() })?;
    }
    notes(table, options, paint, out)?;
    floors(table, options, paint, out)
}

/// What the columns mean that do not say it themselves.
fn notes(table: &Table, options: &Options, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let mut notes = Vec::new();
    match &table.tiers[..] {
        [] => {}
        [_] => notes.push("breaks: breaking and risky root causes since the release before"),
        _ => notes.push("tiers: breaking and risky root causes since the release before"),
    }
    if table.rows.iter().flat_map(|row| &row.now).any(|now| !strings(now).is_empty()) {
        notes.push("strings: names of libstdc++'s old and new ABI");
    }
    if notes.is_empty() {
        return Ok(());
    }
    let lines = text_layout::wrap(&notes.join("; "), options.width);
    lines.iter().try_for_each(|line| writeln!(out, "{}", paint.dim(line)))
}

fn headings(table: &Table) -> Vec<String> {
    let fixed = ["release", "exports", "added", "removed"].map(str::to_owned);
    let is_only = table.tiers.len() == 1;
    let tiers = table.tiers.iter().map(|tier| if is_only { "breaks".to_owned() } else { tier.clone() });
    fixed.into_iter().chain(tiers).chain(["vtables", "layouts", "strings"].map(str::to_owned)).collect()
}

fn cells(row: &Figures, table: &Table) -> Vec<String> {
    let mut cells = vec![row.release.clone()];
    cells.push(row.now.as_ref().map_or_else(|| "absent".to_owned(), |now| number(now.exports)));
    match &row.since {
        None => cells.extend(vec![String::new(); table.tiers.len() + 4]),
        Some(since) => {
            cells.push(signed('+', since.added));
            cells.push(signed('−', since.removed));
            let pair = |breaks: &Breaks| format!("{}/{}", number(breaks.breaking), number(breaks.risky));
            cells.extend(since.tiers.iter().map(pair));
            cells.push(some(since.vtables));
            cells.push(some(since.layouts));
        }
    }
    cells.push(row.now.as_ref().map(strings).unwrap_or_default());
    cells
}

fn signed(sign: char, value: usize) -> String {
    if value == 0 { "0".to_owned() } else { format!("{sign}{}", number(value)) }
}

fn some(value: usize) -> String {
    if value == 0 { String::new() } else { number(value) }
}

/// Names of libstdc++'s two ABIs.
fn strings(now: &Now) -> String {
    match (now.cxx11.old, now.cxx11.new) {
        (0, 0) => String::new(),
        (old, new) => format!("{}/{}", number(old as usize), number(new as usize)),
    }
}

/// What the library needs of the system, where that changed.
fn floors(table: &Table, options: &Options, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let mut before: Option<&[String]> = None;
    let mut lines = Vec::new();
    for row in &table.rows {
        let Some(now) = &row.now else { continue };
        if before != Some(&now.floor) && !now.floor.is_empty() {
            lines.push((&row.release, now.floor.join(", ")));
        }
        before = Some(&now.floor);
    }
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", paint.dim("needs at least, from that release on"))?;
    let name = table
        .rows
        .iter()
        .map(|row| text_layout::columns(&row.release))
        .max()
        .unwrap_or(0)
        .max("release".len());
    for (release, floor) in lines {
        for (number, part) in
            text_layout::wrap(&floor, options.width.saturating_sub(name + 2)).iter().enumerate()
        {
            let release = if number == 0 { release.as_str() } else { "" };
            writeln!(out, "{release:name$}  {part}")?;
        }
    }
    Ok(())
}

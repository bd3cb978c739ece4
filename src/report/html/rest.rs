//! Long lists: their beginning is in the page, the rest waits as data until somebody asks for it or a search or a link
//! needs it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::super::style::text_layout::number;
use super::escape::{Text, data};

/// What the entries of a list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Root causes, which filters narrow down.
    Root,
    /// Symbols of a root cause.
    Symbol,
    /// What follows from a root cause.
    Consequence,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Root => "root cause",
            Kind::Symbol => "symbol",
            Kind::Consequence => "finding",
        }
    }
}

/// Text that all lists together may keep as data, in bytes: those of root causes, and the others. What comes later is
/// counted only. Root causes have room of their own, so that a search finds them whatever has many symbols.
const ROOM_OF_ROOTS: usize = 320_000;
const ROOM: usize = 220_000;

/// Entries that nobody sees yet, by the list that they belong to.
#[derive(Default)]
pub(super) struct Rest {
    lists: BTreeMap<String, Vec<Entry>>,
    taken: usize,
    taken_by_roots: usize,
}

/// An entry of a list.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    /// Id of the finding that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// What is shown in code.
    pub(super) code: String,
    /// What is said about that.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) note: String,
    /// What a root cause is filtered by, as far as its section does not say it for all.
    #[serde(flatten)]
    pub(super) facets: Facets,
}

/// What root causes can be filtered by.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Facets {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) library: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) severity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tier: Option<String>,
}

impl Facets {
    fn present(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("library", self.library.as_deref()),
            ("rule", self.rule),
            ("severity", self.severity),
            ("tier", self.tier.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

impl Rest {
    /// A list with its first `most` entries. `key` is its name in the data.
    pub(super) fn list(
        &mut self,
        key: &str,
        kind: Kind,
        most: usize,
        entries: &[Entry],
        out: &mut dyn Write,
    ) -> io::Result<()> {
        // "and 1 more" is no shorter than the entry itself.
        let shown = if entries.len() <= most + 1 { entries.len() } else { most };
        writeln!(out, "<ul class=\"list\">")?;
        entries[..shown].iter().try_for_each(|entry| entry.write(out))?;
        writeln!(out, "</ul>")?;
        let rest = &entries[shown..];
        if rest.is_empty() {
            return Ok(());
        }
        let left = number(rest.len());
        let kept = self.keep(key, kind, rest);
        let lost = match rest.len() - kept {
            0 => String::new(),
            lost => format!(", {} of them in the JSON report only", number(lost)),
        };
        writeln!(
            out,
            "<p class=\"left-out\" data-rest=\"{}\" data-what=\"{}\">and {left} more{lost}</p>",
            Text(key),
            kind.word(),
        )
    }

    /// Keeps as many entries as there is room for, and says how many.
    fn keep(&mut self, key: &str, kind: Kind, entries: &[Entry]) -> usize {
        let (taken, room) = match kind {
            Kind::Root => (&mut self.taken_by_roots, ROOM_OF_ROOTS),
            Kind::Symbol | Kind::Consequence => (&mut self.taken, ROOM),
        };
        let mut kept = Vec::new();
        for entry in entries {
            let facets: usize =
                entry.facets.present().map(|(name, value)| name.len() + value.len() + 6).sum();
            let size = entry.code.len() + entry.note.len() + facets + 40;
            if *taken + size > room {
                break;
            }
            *taken += size;
            kept.push(entry.clone());
        }
        let count = kept.len();
        self.lists.insert(key.to_owned(), kept);
        count
    }

    /// The data of all lists.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "<script type=\"application/json\" id=\"rest\">{}</script>", data(&self.lists)?)
    }
}

impl Entry {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "<li")?;
        if let Some(id) = &self.id {
            write!(out, " id=\"{}\"", Text(id))?;
        }
        self.facets
            .present()
            .try_for_each(|(name, value)| write!(out, " data-{name}=\"{}\"", Text(value)))?;
        write!(out, "><code>{}</code>", Text(&self.code))?;
        if !self.note.is_empty() {
            write!(out, " <span>{}</span>", Text(&self.note))?;
        }
        writeln!(out, "</li>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(count: usize, size: usize) -> Vec<Entry> {
        let entry = |at| Entry {
            id: None,
            code: format!("{at:0size$}"),
            note: String::new(),
            facets: Facets::default(),
        };
        (0..count).map(entry).collect()
    }

    #[test]
    fn what_is_not_shown_is_counted_and_kept() {
        let (mut rest, mut out) = (Rest::default(), Vec::new());
        rest.list("a", Kind::Symbol, 3, &entries(4, 1), &mut out).unwrap();
        assert!(rest.lists.is_empty());
        rest.list("b", Kind::Symbol, 3, &entries(1003, 1), &mut out).unwrap();
        rest.list("c", Kind::Symbol, 3, &entries(1003, 10_000), &mut out).unwrap();
        let page = String::from_utf8(out).unwrap();
        assert_eq!(page.matches("<li>").count(), 4 + 3 + 3);
        assert!(page.contains("data-rest=\"b\" data-what=\"symbol\">and 1,000 more</p>"), "{page}");
        let kept = rest.lists["c"].len();
        assert!(kept > 0 && page.contains(&format!("and 1,000 more, {} of them in the JSON", 1000 - kept)));
        let mut data = Vec::new();
        rest.write(&mut data).unwrap();
        assert!(data.len() < ROOM + 100_000);
    }
}

//! Long lists: their beginning is in the page, the rest waits as data until somebody asks for it or a search or a link
//! needs it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::super::style::text_layout::number;
use super::escape::{Text, data};

/// Text that all lists together may keep as data, in bytes. What comes later is counted only.
const ROOM: usize = 500_000;

/// Entries that nobody sees yet, by the list that they belong to.
#[derive(Default)]
pub(super) struct Rest {
    lists: BTreeMap<String, Vec<Entry>>,
    taken: usize,
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
}

impl Rest {
    /// A list with its first `most` entries. `key` is its name in the data, `what` its entries are: `symbol`.
    pub(super) fn list(
        &mut self,
        key: &str,
        what: &str,
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
        let kept = self.keep(key, rest);
        let lost = match rest.len() - kept {
            0 => String::new(),
            lost => format!(", {} of them in the JSON report only", number(lost)),
        };
        writeln!(
            out,
            "<p class=\"left-out\" data-rest=\"{}\" data-what=\"{what}\">and {left} more{lost}</p>",
            Text(key)
        )
    }

    /// Keeps as many entries as there is room for, and says how many.
    fn keep(&mut self, key: &str, entries: &[Entry]) -> usize {
        let mut kept = Vec::new();
        for entry in entries {
            let size = entry.code.len() + entry.note.len() + 40;
            if self.taken + size > ROOM {
                break;
            }
            self.taken += size;
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
        match &self.id {
            Some(id) => write!(out, "<li id=\"{}\">", Text(id))?,
            None => write!(out, "<li>")?,
        }
        write!(out, "<code>{}</code>", Text(&self.code))?;
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
        let entry = |at| Entry { id: None, code: format!("{at:0size$}"), note: String::new() };
        (0..count).map(entry).collect()
    }

    #[test]
    fn what_is_not_shown_is_counted_and_kept() {
        let (mut rest, mut out) = (Rest::default(), Vec::new());
        rest.list("a", "symbol", 3, &entries(4, 1), &mut out).unwrap();
        assert!(rest.lists.is_empty());
        rest.list("b", "symbol", 3, &entries(1003, 1), &mut out).unwrap();
        rest.list("c", "symbol", 3, &entries(1003, 10_000), &mut out).unwrap();
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

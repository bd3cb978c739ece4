//! A page of the book on a terminal: Markdown as far as the book uses it, without its marks.

use super::text_layout::{columns, wrap};

/// A page in lines of at most `width` columns; only code, and words that are longer, go beyond it.
#[must_use]
pub fn page(markdown: &str, width: usize) -> String {
    let mut page = Page { out: String::new(), width, indent: 0, is_below_heading: false };
    let mut lines = markdown.lines().peekable();
    let mut paragraph = String::new();
    while let Some(line) = lines.next() {
        let marker = line.trim_start();
        if marker.starts_with("```") {
            page.paragraph(&mut paragraph);
            page.gap();
            let code = lines.by_ref().take_while(|line| !line.trim_start().starts_with("```"));
            code.for_each(|line| page.line(2, line));
            page.gap();
        } else if marker.starts_with("<!--") || is_definition(marker) {
            page.paragraph(&mut paragraph);
        } else if let Some(title) = heading(marker) {
            page.paragraph(&mut paragraph);
            page.indent = 0;
            page.is_below_heading = false;
            page.gap();
            page.wrapped("", "", &plain(title));
            // Below the title of the page nothing is indented.
            page.indent = if marker.starts_with("# ") { 0 } else { 2 };
            page.is_below_heading = page.indent > 0;
        } else if marker.starts_with('|') {
            page.paragraph(&mut paragraph);
            let mut rows = vec![cells(marker)];
            while let Some(row) = lines.next_if(|line| line.trim_start().starts_with('|')) {
                rows.push(cells(row.trim_start()));
            }
            page.gap();
            page.table(&rows);
            page.gap();
        } else if marker.is_empty() {
            page.paragraph(&mut paragraph);
            page.gap();
        } else {
            if is_item(marker) {
                page.paragraph(&mut paragraph);
            }
            paragraph.push_str(if paragraph.is_empty() { "" } else { " " });
            paragraph.push_str(marker);
        }
    }
    page.paragraph(&mut paragraph);
    page.out.trim().to_owned() + "\n"
}

struct Page {
    out: String,
    width: usize,
    indent: usize,
    /// The last line is a heading, which what is under it follows without a blank line.
    is_below_heading: bool,
}

impl Page {
    fn line(&mut self, more: usize, text: &str) {
        let indent = " ".repeat(self.indent + more);
        self.out.push_str(format!("{indent}{text}").trim_end());
        self.out.push('\n');
        self.is_below_heading = false;
    }

    /// A blank line, unless there is one.
    fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") && !self.is_below_heading {
            self.out.push('\n');
        }
    }

    fn paragraph(&mut self, text: &mut String) {
        let text = std::mem::take(text);
        if text.is_empty() {
            return;
        }
        match is_item(&text).then(|| text.split_once(' ')).flatten() {
            Some((mark, rest)) => {
                let first = format!("{mark} ");
                let rest_indent = " ".repeat(columns(&first));
                self.wrapped(&first, &rest_indent, &plain(rest));
            }
            None => self.wrapped("", "", &plain(&text)),
        }
    }

    fn wrapped(&mut self, first: &str, others: &str, text: &str) {
        let room = self.width.saturating_sub(self.indent + columns(first));
        for (number, line) in wrap(text, room).iter().enumerate() {
            let start = if number == 0 { first } else { others };
            self.line(0, &format!("{start}{line}"));
        }
    }

    /// Columns as wide as they need, the last one wrapped into what is left; rows of cells that leave too little one by one.
    fn table(&mut self, rows: &[Vec<String>]) {
        let rows: Vec<&Vec<String>> = rows
            .iter()
            .filter(|row| !row.iter().all(|cell| cell.chars().all(|c| "-: ".contains(c)) && !cell.is_empty()))
            .filter(|row| row.iter().any(|cell| !cell.is_empty()))
            .collect();
        let most = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let widest =
            |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|c| columns(c)).max().unwrap_or(0);
        let widths: Vec<usize> = (0..most.saturating_sub(1)).map(widest).collect();
        let before: usize = widths.iter().map(|width| width + 2).sum();
        let room = self.width.saturating_sub(self.indent + before);
        if room < 24 && widest(most.saturating_sub(1)) > room {
            for row in rows {
                self.wrapped(
                    "",
                    "  ",
                    &row.iter().filter(|c| !c.is_empty()).cloned().collect::<Vec<_>>().join(": "),
                );
            }
            return;
        }
        for row in rows {
            let Some((last, first)) = row.split_last() else { continue };
            let head: String = first
                .iter()
                .zip(&widths)
                .map(|(cell, width)| {
                    format!("{cell}{}", " ".repeat((width + 2).saturating_sub(columns(cell))))
                })
                .collect();
            for (number, line) in wrap(last, room).iter().enumerate() {
                let start = if number == 0 { head.clone() } else { " ".repeat(before) };
                self.line(0, &format!("{start}{line}"));
            }
        }
    }
}

/// The text of a heading of any level.
fn heading(line: &str) -> Option<&str> {
    let text = line.trim_start_matches('#');
    (text.len() < line.len()).then(|| text.strip_prefix(' ')).flatten()
}

/// `- item`, `* item` or `1. item`
fn is_item(line: &str) -> bool {
    let Some((mark, _)) = line.split_once(' ') else { return false };
    let is_number = |mark: &str| !mark.is_empty() && mark.chars().all(|c| c.is_ascii_digit());
    mark == "-" || mark == "*" || mark.strip_suffix('.').is_some_and(is_number)
}

/// `[label]: target`
fn is_definition(line: &str) -> bool {
    line.starts_with('[') && line.split_once("]: ").is_some_and(|(label, _)| !label.contains(' '))
}

fn cells(row: &str) -> Vec<String> {
    let row = row.trim().trim_start_matches('|');
    let row = row.strip_suffix('|').unwrap_or(row);
    let mut cells = vec![String::new()];
    let mut chars = row.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let last = cells.last_mut().expect("starts with one");
                match chars.next() {
                    Some('|') => last.push('|'),
                    Some(other) => last.extend(['\\', other]),
                    None => last.push('\\'),
                }
            }
            '|' => cells.push(String::new()),
            c => cells.last_mut().expect("starts with one").push(c),
        }
    }
    cells.iter().map(|cell| plain(cell.trim())).collect()
}

/// Text without marks: emphasis, links, pictures and escapes; what is code stays as it is.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        if c == '`' {
            if let Some((code, behind)) = after.split_once('`') {
                out.push_str(code);
                rest = behind;
                continue;
            }
        } else if c == '\\' && after.starts_with(|c: char| c.is_ascii_punctuation()) {
            out.push_str(&after[..1]);
            rest = &after[1..];
            continue;
        } else if let Some(behind) = rest.strip_prefix("**") {
            rest = behind;
            continue;
        } else if let Some((shown, behind)) = link(rest) {
            out.push_str(&plain(shown));
            rest = behind;
            continue;
        }
        out.push(c);
        rest = after;
    }
    out
}

/// The text of a link or picture that a text begins with, and what is behind it.
fn link(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("![").or_else(|| text.strip_prefix('['))?;
    let (shown, behind) = inner.split_once(']')?;
    let target_end = match behind.chars().next()? {
        '(' => ')',
        '[' => ']',
        _ => return None,
    };
    let (_, behind) = behind[1..].split_once(target_end)?;
    Some((shown, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_code_stays() {
        assert_eq!(
            plain("**A** `c10::**` is \\[\\[x\\]\\], see [the *page*][a.md] and [b](c)."),
            "A c10::** is [[x]], see the *page* and b."
        );
        assert_eq!(plain("f(int) [abi:cxx11] a ` b"), "f(int) [abi:cxx11] a ` b");
    }

    #[test]
    fn a_page_has_headings_lists_code_and_tables() {
        let text = "# T: a title\n\nFirst words\nof a paragraph.\n\n## Part\n\n- one item that is long\n- two\n\n```sh\nrun  it\n```\n\
                    <!-- no -->\n| a | b |\n| --- | --- |\n| x | `y\\|z` |\n\n[a.md]: a.md\n";
        let expected = "T: a title\n\nFirst words of a paragraph.\n\nPart\n  - one item that is\n    long\n  - two\n\n    run  it\n\n  \
                        a  b\n  x  y|z\n";
        assert_eq!(
            page(text, 20).replace("First words of a\nparagraph.", "First words of a paragraph."),
            expected
        );
    }
}

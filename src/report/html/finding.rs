//! One root cause: what it was and is, drawn where it is a layout or a table of slots, whom it reaches, and what follows.

use std::collections::HashSet;
use std::io::{self, Write};
use std::ops::Range;

use super::super::outline::Outline;
use super::super::reach;
use super::super::reported;
use super::super::style::shorten::fitted;
use super::super::style::text_layout::{self, capital, count, follow};
use super::super::style::word_diff::differing;
use super::super::wording::Wording;
use super::escape::Text;
use super::extents::placed;
use super::rest::{Entry, Facets, Kind, Rest};
use super::{drawing, slots, table};
use crate::diff::{AffectedSymbol, Change, Value};
use crate::mangling;
use crate::policy::Finding;
use crate::rules::page_url;

/// Entries of its lists that are in the page from the start.
const MOST_SYMBOLS: usize = 8;
const MOST_FOLLOWING: usize = 10;
const MOST_NAMES: usize = 40;

/// Characters of a detail beside the name, of the name there, of what is said about an entry, and of what it was and is: macros may be as
/// long as they like.
const BRIEF: usize = 160;
const MOST_VALUES: usize = 60;
const NAME: usize = 150;
const MOST_NOTE: usize = 300;
const MOST_TEXT: usize = 3000;

pub(super) fn write(
    finding: &Finding,
    outline: &Outline,
    is_open: bool,
    is_under_class: bool,
    rest: &mut Rest,
    out: &mut dyn Write,
) -> io::Result<()> {
    let open = if is_open { " open" } else { "" };
    let library = finding.change.subject.library.as_deref().unwrap_or_default();
    writeln!(
        out,
        "<details class=\"finding {1}\" id=\"{0}\" data-rule=\"{2}\" data-severity=\"{1}\" data-tier=\"{3}\" \
         data-library=\"{4}\"{open}>",
        Text(&finding.id),
        finding.severity,
        finding.change.rule,
        Text(finding.tier.name()),
        Text(library)
    )?;
    let wording = Wording::of(&finding.change);
    summary(finding, &wording, is_under_class, out)?;
    writeln!(out, "<div class=\"body\">")?;
    place(finding, &wording, out)?;
    before_and_after(wording.old.as_deref(), wording.new.as_deref(), out)?;
    words(finding, &wording, out)?;
    if let Some(layout) = &finding.change.layout {
        let rows = placed(layout);
        drawing::write(&finding.id, &finding.change.subject.name, layout.size, &rows, out)?;
        table::write(layout.size, &rows, out)?;
    }
    if let Some(change) = &finding.change.slots {
        slots::write(change, out)?;
    }
    reached(finding, out)?;
    symbols(finding, rest, out)?;
    following(finding, outline, rest, out)?;
    remedy(finding, is_under_class, out)?;
    writeln!(out, "</div></details>")
}

/// What shows while it is folded.
fn summary(
    finding: &Finding,
    wording: &Wording,
    is_under_class: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let change = &finding.change;
    // Under the heading of its class a finding is called by its rule.
    match is_under_class {
        true => write!(out, "<summary><code class=\"name\">{}</code>", change.rule)?,
        false => {
            write!(out, "<summary><code class=\"name\">{}</code>", Text(fitted(&change.subject.name, NAME)))?
        }
    }
    let brief = brief(change, wording);
    if !brief.is_empty() {
        write!(out, " <span class=\"brief\">{}</span>", Text(text_layout::shorten(&brief, BRIEF)))?;
    }
    let affects = &change.affects;
    let hit = affects.by_value + affects.by_pointer;
    if hit > 0 {
        write!(out, " <span class=\"chip\">reaches {}</span>", count(hit as usize, "function"))?;
    }
    let broken = finding.consumers.breaks.len();
    if broken > 0 {
        write!(out, " <span class=\"chip\">breaks {}</span>", count(broken, "consumer"))?;
    }
    for (is, word) in [(finding.waived.is_some(), "waived"), (finding.unreleased.is_some(), "not released")] {
        if is {
            write!(out, " <span class=\"chip\">{word}</span>")?;
        }
    }
    writeln!(out, "</summary>")
}

/// What happens to old programs and what to do; below a rule's heading, which says it once for all, only where that leads.
fn remedy(finding: &Finding, is_under_class: bool, out: &mut dyn Write) -> io::Result<()> {
    let entry = finding.change.rule.entry();
    let page = page_url(finding.change.rule);
    if !is_under_class {
        return writeln!(
            out,
            "<p class=\"remedy\"><a href=\"{}\">{}</a>: example and fix</p>",
            Text(page),
            entry.rule
        );
    }
    writeln!(
        out,
        "<p class=\"remedy\">{} <b>Fix:</b> {} <a href=\"{}\">{}</a></p>",
        Text(entry.effect),
        Text(entry.remedy),
        Text(page),
        entry.rule
    )
}

/// What changed about it, by how much a class grew or shrank, and from which value to which a constant went.
fn brief(change: &Change, wording: &Wording) -> String {
    let grown = change.resized().map(|(old, new)| format!("{old} → {new} bytes"));
    wording.detail.iter().cloned().chain(grown).chain(values(change)).collect::<Vec<_>>().join("; ")
}

/// The values of a constant, where both fit beside its name.
fn values(change: &Change) -> Option<String> {
    let (Value::Constant(old), Value::Constant(new)) = change.detail.values()? else { return None };
    let both = format!("{old} → {new}");
    (text_layout::columns(&both) <= MOST_VALUES).then_some(both)
}

/// Where it is, and the link to it.
fn place(finding: &Finding, wording: &Wording, out: &mut dyn Write) -> io::Result<()> {
    let change = &finding.change;
    write!(
        out,
        "<p class=\"place\"><a href=\"#{0}\" title=\"Link to this finding\">#{0}</a>",
        Text(&finding.id)
    )?;
    if let Some(library) = &change.subject.library {
        write!(out, " in <code>{}</code>", Text(library))?;
    }
    if let Some(location) = &change.location {
        write!(out, ", declared in <code>{}:{}</code>", Text(&location.file), location.line)?;
    }
    writeln!(out, "</p>")?;
    let name = &change.subject.name;
    if text_layout::columns(name) > NAME && wording.old.as_ref() != Some(name) {
        writeln!(out, "<p><code>{}</code></p>", Text(text_layout::shorten(name, MOST_TEXT)))?;
    }
    if let Some(weighed) = reported::weighed(finding) {
        writeln!(out, "<p class=\"waiver\">{}</p>", Text(capital(&weighed)))?;
    }
    match reported::why_uncounted(finding) {
        Some(why) => writeln!(out, "<p class=\"waiver\">{}</p>", Text(why)),
        None => Ok(()),
    }
}

/// Both lines, with the words marked that the other one does not have.
fn before_and_after(old: Option<&str>, new: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    if old.is_none() && new.is_none() {
        return Ok(());
    }
    let [short_old, short_new] =
        [old, new].map(|text| text.map(|text| text_layout::shorten(text, MOST_TEXT)));
    let marks = match (&short_old, &short_new) {
        (Some(old), Some(new)) => differing(old, new),
        _ => Default::default(),
    };
    write!(out, "<dl class=\"lines\">")?;
    for (word, class, tag, whole, text, ranges) in [
        ("before", "gone", "del", old, short_old, &marks.old),
        ("after", "new", "ins", new, short_new, &marks.new),
    ] {
        let (Some(whole), Some(text)) = (whole, text) else { continue };
        write!(out, "<div class=\"{class}\"><dt>{word}</dt><dd><code>")?;
        marked(&text, ranges, tag, out)?;
        write!(out, "</code>")?;
        if text.len() < whole.len() {
            let all = text_layout::number(text_layout::columns(whole));
            write!(
                out,
                " <span class=\"left-out\">shortened from {all} characters; the JSON report has all</span>"
            )?;
        }
        write!(out, "</dd></div>")?;
    }
    writeln!(out, "</dl>")
}

/// A line with some ranges of characters in an element.
fn marked(text: &str, ranges: &[Range<usize>], tag: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    ends.push(text.len());
    let byte = |at: usize| ends.get(at).copied().unwrap_or(text.len());
    // All of it is nothing to look for.
    let ranges = if ranges.iter().map(Range::len).sum::<usize>() + 1 >= ends.len() { &[] } else { ranges };
    let mut done = 0;
    for range in ranges {
        let (start, end) = (byte(range.start), byte(range.end));
        write!(out, "{}<{tag}>{}</{tag}>", Text(&text[done..start]), Text(&text[start..end]))?;
        done = end;
    }
    write!(out, "{}", Text(&text[done..]))
}

fn words(finding: &Finding, wording: &Wording, out: &mut dyn Write) -> io::Result<()> {
    let change = &finding.change;
    // What the summary has in full is not said twice.
    let detail = wording.detail.clone().filter(|_| text_layout::columns(&brief(change, wording)) > BRIEF);
    let sentences = detail.into_iter().chain(reach::exposure(change));
    sentences.into_iter().try_for_each(|sentence| writeln!(out, "<p>{}</p>", Text(capital(&sentence))))
}

/// Functions, classes, libraries and consumers that it concerns.
fn reached(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let affects = &finding.change.affects;
    let symbols = (affects.symbols > 1).then(|| count(affects.symbols as usize, "exported symbol"));
    let reached: Vec<String> = symbols.into_iter().chain(reach::parts(affects)).collect();
    if !reached.is_empty() {
        writeln!(out, "<p>Reaches {}.</p>", Text(reached.join(", ")))?;
    }
    for (verb, names) in [("Breaks", &finding.consumers.breaks), ("Reaches", &finding.consumers.reaches)] {
        if let Some(text) = reported::consumers(verb, names) {
            writeln!(out, "<p>{}</p>", Text(text))?;
        }
    }
    for (label, what) in [
        ("Functions that it reaches", &affects.names),
        ("Derived classes", &affects.classes),
        ("Also in", &affects.libraries),
    ] {
        names(label, what, out)?;
    }
    Ok(())
}

/// A few names in a line, more of them folded.
fn names(label: &str, all: &[String], out: &mut dyn Write) -> io::Result<()> {
    match all {
        [] => Ok(()),
        few if few.len() <= 3 => writeln!(out, "<p>{label}: <code>{}</code></p>", Text(few.join(", "))),
        many => {
            let n = text_layout::number(many.len());
            writeln!(out, "<details><summary>{label}: {n}</summary><ul class=\"list\">")?;
            let shown = many.len().min(MOST_NAMES);
            many[..shown]
                .iter()
                .try_for_each(|name| writeln!(out, "<li><code>{}</code></li>", Text(name)))?;
            if shown < many.len() {
                writeln!(out, "<li>and {} more</li>", text_layout::number(many.len() - shown))?;
            }
            writeln!(out, "</ul></details>")
        }
    }
}

/// The symbols that it stands for, as the loader knows them and as people do.
fn symbols(finding: &Finding, rest: &mut Rest, out: &mut dyn Write) -> io::Result<()> {
    let change = &finding.change;
    if change.members.is_empty() {
        return Ok(());
    }
    let entry = |member: &AffectedSymbol| {
        let shown = mangling::display(member.name());
        let mut note = match shown != member.name() && shown != *change.subject.name {
            true => shown.into_owned(),
            false => String::new(),
        };
        if let Some(new) = &member.replaced_by {
            note = format!("{note} → {new}").trim_start().to_owned();
        }
        Entry {
            id: None,
            code: member.symbol.clone(),
            note: text_layout::shorten(&note, MOST_NOTE),
            facets: Facets::default(),
        }
    };
    let entries: Vec<Entry> = change.members.iter().map(entry).collect();
    writeln!(out, "<details><summary>{}</summary>", count(entries.len(), "symbol"))?;
    rest.list(&format!("symbols-{}", finding.id), Kind::Symbol, MOST_SYMBOLS, &entries, out)?;
    writeln!(out, "</details>")
}

/// What would not be there without it.
fn following(root: &Finding, outline: &Outline, rest: &mut Rest, out: &mut dyn Write) -> io::Result<()> {
    let mut all = Vec::new();
    let mut seen = HashSet::from([root.id.as_str()]);
    let mut next = vec![root];
    while let Some(finding) = next.pop() {
        for derived in
            outline.derived(finding).iter().copied().filter(|derived| seen.insert(derived.id.as_str()))
        {
            let about = about(&derived.change).map(|about| format!(": {about}")).unwrap_or_default();
            all.push(entry(derived, &format!("{}, {}{about}", derived.change.rule, derived.severity)));
            next.push(derived);
        }
    }
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "<details><summary>{} from it</summary>", follow(all.len()))?;
    rest.list(&format!("follows-{}", root.id), Kind::Consequence, MOST_FOLLOWING, &all, out)?;
    writeln!(out, "</details>")
}

/// What changed about it, in one line.
pub(super) fn about(change: &Change) -> Option<String> {
    let Wording { old, new, detail } = Wording::of(change);
    detail.or_else(|| Some(format!("{} → {}", old?, new?)))
}

/// A finding as a line of a list, to which a link may lead.
pub(super) fn entry(finding: &Finding, note: &str) -> Entry {
    Entry {
        id: Some(finding.id.clone()),
        code: finding.change.subject.name.clone(),
        note: text_layout::shorten(note, MOST_NOTE),
        facets: Facets::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_differ_are_marked_and_escaped() {
        let page = |old, new| {
            let mut out = Vec::new();
            before_and_after(old, new, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let both = page(Some("é(A<int> const&)"), Some("é(A<long> const&)"));
        assert!(both.contains("é(A&lt;<del>int</del>&gt; const&amp;)"), "{both}");
        assert!(both.contains("é(A&lt;<ins>long</ins>&gt; const&amp;)"), "{both}");
        // Where everything differs no word is worth a mark.
        assert!(!page(Some("a"), Some("b")).contains("<del>"));
        assert!(!page(Some("a"), None).contains("after"));
        assert_eq!(page(None, None), "");
    }
}

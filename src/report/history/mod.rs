//! The history of names for people: what happened in which release, and nothing about the others.

pub mod chart;
pub mod json;
pub mod table;

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::style::color::Paint;
use super::style::text_layout::{self, count};
use super::wording::Wording;
use super::{Options, safe};
use crate::abi::unversioned;
use crate::diff::{AffectedSymbol, SubjectKind};
use crate::history::{Event, History, Kind, Row, State, Story, Told};
use crate::mangling;
use crate::policy::Tier;
use crate::rules::{Rule, Severity};

/// More names than that are told in one line each.
const MOST_STORIES: usize = 3;

/// One-line stories that are told.
const MOST_LINES: usize = 50;

/// Writes what became of each name; of many names in one line each, unless everything is asked for.
///
/// # Errors
/// Writing failed.
pub fn write(history: &History, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { color: options.color };
    if history.stories.len() > MOST_STORIES && !options.full {
        return list(history, options, paint, out);
    }
    for (number, story) in history.stories.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        let page = Page { history, story, options, paint, margin: margin(history) };
        page.write(out)?;
    }
    Ok(())
}

/// Columns before what happened.
fn margin(history: &History) -> usize {
    history.releases.iter().map(|release| text_layout::columns(release)).max().unwrap_or(0) + 4
}

/// One line each: kind, name, since when, until when, how much happened.
fn list(history: &History, options: &Options, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    // What is left out shall be what nothing happened to.
    let mut stories: Vec<&Story> = history.stories.iter().collect();
    if stories.len() > MOST_LINES {
        stories.sort_by_key(|story| std::cmp::Reverse(worst(story)));
        stories.truncate(MOST_LINES);
        stories.sort_by(|a, b| a.name.cmp(&b.name));
    }
    let shown = &stories[..];
    let widest =
        |text: fn(&Story) -> &str| shown.iter().map(|s| text_layout::columns(text(s))).max().unwrap_or(0);
    let kind = widest(|story| story.kind.name());
    let life: Vec<String> = shown.iter().map(|story| life(history, story)).collect();
    let pasts: Vec<String> = shown.iter().map(|story| past(history, story)).collect();
    let columns = |texts: &[String]| texts.iter().map(|text| text_layout::columns(text)).max().unwrap_or(0);
    let (life_width, past_width) = (columns(&life), columns(&pasts));
    let room = options.width.saturating_sub(kind + life_width + past_width + 6).max(20);
    let name = widest(|story| &story.name).min(room);
    for ((story, life), past) in shown.iter().zip(&life).zip(&pasts) {
        let worst = worst(story).unwrap_or(Severity::Compatible);
        let past = if worst >= Severity::Risky { paint.severity(worst, past) } else { past.clone() };
        let text = text_layout::shorten(&story.name, name);
        let text = safe::text(&text);
        let line = format!("{:kind$}  {text:name$}  {life:life_width$}  {past}", story.kind.name());
        writeln!(out, "{}", line.trim_end())?;
    }
    if shown.len() < history.stories.len() {
        let more = text_layout::number(history.stories.len() - shown.len());
        let quiet = history.stories.iter().filter(|story| past(history, story).is_empty()).count();
        let quiet = text_layout::number(quiet);
        writeln!(out, "… and {more} more; to {quiet} in all nothing happened; --full shows everything")?;
    }
    Ok(())
}

/// `v2.6.0`, `v2.4.0 or older`
fn life(history: &History, story: &Story) -> String {
    let Some(first) = story.rows.first() else { return String::new() };
    let older = if first.event == Event::First { " or older" } else { "" };
    format!("since {}{older}", history.releases[first.release])
}

/// `gone in v2.9.1, breaking`, `2 changes, last v2.10.0, breaking`; nothing where nothing happened.
fn past(history: &History, story: &Story) -> String {
    let changes = story.rows.iter().filter(|row| !matches!(row.event, Event::First | Event::Came)).count();
    let Some(last) = story.rows.last().filter(|_| changes > 0) else { return String::new() };
    let release = &history.releases[last.release];
    let worst = worst(story).map(|severity| format!(", {severity}")).unwrap_or_default();
    let changes = count(changes, "change");
    match last.event {
        Event::Gone => format!("gone in {release}{worst}"),
        Event::Unknown => format!("not known since {release}{worst}"),
        _ if changes.starts_with("1 ") => format!("{changes}, {release}{worst}"),
        _ => format!("{changes}, last {release}{worst}"),
    }
}

/// How bad the worst is that happened.
fn worst(story: &Story) -> Option<Severity> {
    let told = story.rows.iter().filter(|row| row.event != Event::Came).flat_map(|row| &row.findings);
    told.map(|told| told.severity).max()
}

/// One story, as it is told in full.
struct Page<'h> {
    history: &'h History,
    story: &'h Story,
    options: &'h Options,
    paint: Paint,
    margin: usize,
}

impl Page<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.title(out)?;
        for row in &self.story.rows {
            let release = &self.history.releases[row.release];
            let pad = self.margin - 2;
            let head = happened(row, self.story.kind);
            let lines = text_layout::wrap(&head, self.options.width.saturating_sub(self.margin).max(20));
            for (number, line) in lines.iter().enumerate() {
                let release = if number == 0 { release.as_str() } else { "" };
                // Painted after it was padded.
                writeln!(out, "  {}{line}", self.paint.bold(&format!("{release:pad$}")))?;
            }
            self.findings(row, out)?;
        }
        self.end(out)
    }

    fn title(&self, out: &mut dyn Write) -> io::Result<()> {
        let story = self.story;
        let title = format!("{} {}", story.kind.name(), story.name);
        let libraries: Vec<&str> = story.libraries.iter().map(String::as_str).collect();
        let mut place = text_layout::list(&libraries, 2);
        if let Some(location) = &story.location {
            place += &format!(", {}:{}", location.file, location.line);
        }
        let title =
            text_layout::shorten(&title, if self.options.full { usize::MAX } else { self.options.width });
        let (title, place) = (safe::text(&title), safe::text(place.trim_start_matches(", ")));
        if text_layout::columns(&title) + 2 + text_layout::columns(&place) <= self.options.width {
            return writeln!(out, "{}  {}", self.paint.bold(&title), self.paint.dim(&place));
        }
        writeln!(out, "{}", self.paint.bold(&title))?;
        writeln!(out, "  {}", self.paint.dim(&place))
    }

    fn end(&self, out: &mut dyn Write) -> io::Result<()> {
        let (Some(last), Some(newest)) = (self.story.rows.last(), self.history.releases.last()) else {
            return Ok(());
        };
        let is_newest = last.release + 1 == self.history.releases.len();
        let text = match last.event {
            _ if is_newest => return Ok(()),
            Event::Gone => format!("gone since; newest stored: {newest}"),
            Event::Unknown => return Ok(()),
            _ => format!("unchanged since; newest stored: {newest}"),
        };
        writeln!(out, "  {}", self.paint.dim(&text))
    }

    /// What the comparison says: findings about the thing itself, and counts of those about what is in it.
    fn findings(&self, row: &Row, out: &mut dyn Write) -> io::Result<()> {
        let is_told = |told: &&Told| told.is_own || !self.story.kind.has_members() || self.options.full;
        for told in row.findings.iter().filter(is_told) {
            let is_listed = self.options.full && !told.is_own && told.symbols.len() > 1;
            self.finding(told.severity, &told.tier, &sentence(told, self.story, is_listed), out)?;
            if is_listed {
                self.symbols(told, out)?;
            }
        }
        let mut counted: BTreeMap<(std::cmp::Reverse<Severity>, &Tier, Rule), Vec<&str>> = BTreeMap::new();
        for told in row.findings.iter().filter(|told| !is_told(told)) {
            let key = (std::cmp::Reverse(told.severity), &told.tier, told.rule);
            counted.entry(key).or_default().extend(told.symbols.iter().map(|member| &*member.symbol));
        }
        for ((severity, tier, rule), mut symbols) in counted {
            symbols.sort_unstable();
            symbols.dedup();
            let first = symbols.first().map(|symbol| mangling::display(unversioned(symbol)));
            let text = match (symbols.len(), first) {
                (1, Some(name)) => format!("{rule}: {name}"),
                (many, _) => format!("{rule}: {}", count(many, "symbol")),
            };
            self.finding(severity.0, tier, &text, out)?;
        }
        Ok(())
    }

    fn finding(&self, severity: Severity, tier: &Tier, text: &str, out: &mut dyn Write) -> io::Result<()> {
        let indent = " ".repeat(self.margin);
        let word = format!("{:10}", severity.name());
        let tier = if tier.is_default() { String::new() } else { format!("[{}] ", tier.name()) };
        let room = self.options.width.saturating_sub(self.margin + 11).max(30);
        let text = format!("{tier}{text}");
        let text = if self.options.full { text } else { text_layout::shorten(&text, room * 4) };
        for (number, line) in text_layout::wrap(&text, room).iter().enumerate() {
            match number {
                0 => writeln!(out, "{indent}{} {line}", self.paint.severity(severity, &word))?,
                _ => writeln!(out, "{indent}{:11}{line}", "")?,
            }
        }
        Ok(())
    }

    fn symbols(&self, told: &Told, out: &mut dyn Write) -> io::Result<()> {
        let indent = " ".repeat(self.margin + 11);
        told.symbols.iter().try_for_each(|member| writeln!(out, "{indent}{}", shown(member)))
    }
}

/// `c10::f(int)`, `c10::f(int) → c10::f(long)`
fn shown(member: &AffectedSymbol) -> String {
    let name = |symbol: &str| mangling::display(unversioned(symbol)).into_owned();
    match &member.replaced_by {
        Some(by) if name(by) != name(&member.symbol) => format!("{} → {}", name(&member.symbol), name(by)),
        _ => name(&member.symbol),
    }
}

/// `type-size-changed: 192 bytes → 184 bytes; follows from member-removed of c10::TensorImpl`.
/// Symbols that are listed below are left out.
fn sentence(told: &Told, story: &Story, is_listed: bool) -> String {
    let mut parts: Vec<String> = Vec::new();
    let Wording { old, new, detail } = Wording::new(told.rule, &told.detail);
    if told.kind == SubjectKind::Symbols {
        // They have nothing in common but what happened to them.
        parts.extend(old.iter().zip(&new).map(|(old, new)| format!("{old} → {new}")));
        let names: Vec<String> = told.symbols.iter().map(shown).filter(|name| *name != story.name).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        parts.extend(Some(text_layout::list(&names, 3)).filter(|names| !names.is_empty() && !is_listed));
    } else if told.of > told.symbols.len() {
        parts.push(format!("{}, with {}", told.subject, count(told.of - told.symbols.len(), "other symbol")));
        parts.extend(told.symbols.iter().take(if is_listed { 0 } else { 2 }).map(shown));
    } else if let (Some(old), Some(new)) = (old, new) {
        parts.push(format!("{old} → {new}"));
        parts.extend(detail);
    } else {
        // Several overloads are one story.
        let is_named = told.subject == story.name || told.subject.starts_with(&format!("{}::", story.name));
        if detail.is_none() || !is_named {
            parts.extend(Some(told.subject.clone()).filter(|subject| *subject != story.name));
        }
        parts.extend(detail);
    }
    if let Some((rule, subject)) = &told.follows {
        let of = if *subject == story.name { String::new() } else { format!(" of {subject}") };
        parts.push(format!("follows from {rule}{of}"));
    }
    match parts.is_empty() {
        true => told.rule.to_string(),
        false => format!("{}: {}", told.rule, parts.join("; ")),
    }
}

/// What happened in a release, in words.
fn happened(row: &Row, kind: Kind) -> String {
    let facts = |state: &State| facts(state, kind).join(", ");
    let with = |word: &str, facts: String| {
        if facts.is_empty() { word.to_owned() } else { format!("{word}: {facts}") }
    };
    match (row.event, &row.before, &row.state) {
        (Event::First, _, Some(now)) => with("first stored release, may be older", facts(now)),
        (Event::Came, _, Some(now)) => with("came", facts(now)),
        (Event::Back, _, Some(now)) => with("back", facts(now)),
        (Event::Gone, ..) => "gone".to_owned(),
        (Event::Unknown, ..) => match kind {
            Kind::Macro => "not known: the release was stored without macros".to_owned(),
            _ => "not known: the release was stored without debug info and headers".to_owned(),
        },
        (_, Some(before), Some(now)) => {
            let changed = differences(before, now, row);
            if changed.is_empty() { "changed".to_owned() } else { changed.join(", ") }
        }
        _ => "changed".to_owned(),
    }
}

/// `size 192 bytes`, `12 members`, `virtual table of 28 slots`, `41 symbols`
fn facts(state: &State, kind: Kind) -> Vec<String> {
    let mut facts = Vec::new();
    facts.extend(state.value.as_ref().map(|value| match kind {
        Kind::Typedef => value.clone(),
        _ => format!("= {value}"),
    }));
    facts.extend(state.size.map(|size| format!("size {}", count(size as usize, "byte"))));
    facts.extend(state.members.map(|members| count(members, "member")));
    facts.extend(state.enumerators.map(|values| count(values, "enumerator")));
    facts.extend(state.slots.map(|slots| format!("virtual table of {}", count(slots, "slot"))));
    // A name with one symbol goes without saying.
    let is_counted = kind.has_members() || state.symbols.len() > 1;
    if is_counted && !state.symbols.is_empty() {
        facts.push(count(state.symbols.len(), "symbol"));
    }
    facts
}

/// `size 192 → 184 bytes`, `symbols +3 −1`
fn differences(before: &State, now: &State, row: &Row) -> Vec<String> {
    let mut changed = Vec::new();
    if let (Some(old), Some(new)) = (&before.value, &now.value)
        && old != new
    {
        changed.push(format!("{old} → {new}"));
    }
    let mut number = |what: &str, unit: &str, old: Option<u64>, new: Option<u64>| match (old, new) {
        (Some(old), Some(new)) if old != new => changed.push(format!("{what}{old} → {new}{unit}")),
        (None, Some(new)) => changed.push(format!("{what}{new}{unit}")),
        (Some(_), None) => changed.push(format!("{what}{unit} no longer known").trim().to_owned()),
        _ => {}
    };
    let wide = |count: Option<usize>| count.map(|count| count as u64);
    number("size ", " bytes", before.size, now.size);
    number("alignment ", "", before.align, now.align);
    number("", " members", wide(before.members), wide(now.members));
    number("", " enumerators", wide(before.enumerators), wide(now.enumerators));
    number("", " virtual table slots", wide(before.slots), wide(now.slots));
    if !row.added.is_empty() || !row.removed.is_empty() {
        let sign = |sign: char, many: usize| if many > 0 { format!(" {sign}{many}") } else { String::new() };
        let (old, new) = (before.symbols.len(), now.symbols.len());
        let total = if old == new { format!("{new} symbols") } else { format!("{old} → {new} symbols") };
        let (more, less) = (sign('+', row.added.len()), sign('−', row.removed.len()));
        changed.push(format!("{total} ({})", format!("{more}{less}").trim_start()));
    }
    changed
}

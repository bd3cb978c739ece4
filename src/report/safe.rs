//! Text that leaves the program: names come out of files that nobody vouches for, reasons and authors out of commits, and
//! whatever shows them obeys some characters instead of showing them: a terminal, a workflow's log, a browser.
//!
//! One rule for all formats: control characters (C0, C1, escape, line ends), those that turn the direction of what follows or
//! show nothing, and the marker `##[` of a workflow's log do not leave. What a format has as markup is that format's own to
//! escape.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::diff::{Change, Detail};
use crate::policy::{Finding, HowToAccept, OtherPolicy, Trust, Verdict, Waived, WhyAdvisory};

/// The marker with which a workflow's log begins a command wherever it stands, and how it leaves.
const MARKER: (&str, &str) = ("##[", "#\u{fffd}[");

/// Whether something obeys a character instead of showing it.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A text that is shown and not obeyed, in one line.
pub fn text(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) && !text.contains(MARKER.0) {
        return Cow::Borrowed(text);
    }
    let shown: String =
        text.chars().map(|c| if is_unsafe(c) { char::REPLACEMENT_CHARACTER } else { c }).collect();
    Cow::Owned(shown.replace(MARKER.0, MARKER.1))
}

/// One line for people that has colors of the program's own: an end of line in it came out of a name.
pub(super) fn line(line: &str) -> Cow<'_, str> {
    shown(line.as_bytes())
}

/// Lines that are shown and not obeyed: of the characters that end one, only `\n` does.
pub fn lines(lines: &str) -> Cow<'_, str> {
    if lines.split('\n').all(|line| matches!(text(line), Cow::Borrowed(_))) {
        return Cow::Borrowed(lines);
    }
    let safe: Vec<Cow<'_, str>> = lines.split('\n').map(text).collect();
    Cow::Owned(safe.join("\n"))
}

/// Standard output of a command for people: what is shown on it is not obeyed, whatever names are in it. Colors stay.
///
/// Lines are looked at as a whole, so that it has to be [finished](Shown::finish).
pub struct Shown<'w> {
    out: &'w mut dyn Write,
    line: Vec<u8>,
}

impl<'w> Shown<'w> {
    /// What is written there is safe.
    pub fn new(out: &'w mut dyn Write) -> Shown<'w> {
        Shown { out, line: Vec::new() }
    }

    /// Writes what no line end came after.
    ///
    /// # Errors
    /// Writing failed.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.write_all(shown(&self.line).as_bytes())?;
        self.line.clear();
        self.out.flush()
    }
}

impl Write for Shown<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        for part in data.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if let Some(line) = self.line.strip_suffix(b"\n") {
                self.out.write_all(shown(line).as_bytes())?;
                self.out.write_all(b"\n")?;
                self.line.clear();
            }
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A line as it is shown: colors and tabs are the program's own, and no line begins as a command of a workflow does.
fn shown(line: &[u8]) -> Cow<'_, str> {
    let line = String::from_utf8_lossy(line);
    let is_command = line.trim_start().starts_with("::");
    if !is_command && !line.contains(|c: char| is_unsafe(c) && c != '\t') && !line.contains(MARKER.0) {
        return line;
    }
    let mut safe = String::with_capacity(line.len());
    let mut rest = &*line;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\u{1b}' => color(rest).unwrap_or(0),
            '\t' => 1,
            _ => 0,
        };
        match length {
            0 => safe.push(if is_unsafe(c) { char::REPLACEMENT_CHARACTER } else { c }),
            _ => safe.push_str(&rest[..length]),
        }
        rest = &rest[length.max(c.len_utf8())..];
    }
    let safe = safe.replace(MARKER.0, MARKER.1);
    Cow::Owned(if is_command { safe.replacen("::", ":\u{fffd}:", 1) } else { safe })
}

/// Bytes of a sequence that sets colors, at the start of a text.
fn color(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("\u{1b}[")?;
    let length = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    (rest.as_bytes().get(length) == Some(&b'm')).then_some(length + 3)
}

/// A verdict of which every text is safe.
pub(super) fn verdict(verdict: &Verdict) -> Cow<'_, Verdict> {
    if !is_hostile(verdict) {
        return Cow::Borrowed(verdict);
    }
    let mut verdict = verdict.clone();
    clean(&mut verdict.releases.0);
    clean(&mut verdict.releases.1);
    each(verdict.build.iter_mut());
    each(verdict.platform.iter_mut().chain(&mut verdict.policy));
    each(verdict.unmet.iter_mut().chain(&mut verdict.notices).chain(&mut verdict.ledger.gaps));
    each(verdict.ledger.unknown_layouts.iter_mut());
    match &mut verdict.trust {
        Some(Trust::Enforced { commit, of, baselines, policy }) => {
            each([commit, of].into_iter().chain(baselines));
            if let Some(OtherPolicy::Commit(name) | OtherPolicy::File(name)) = policy {
                clean(name);
            }
        }
        Some(Trust::Advisory {
            why: WhyAdvisory::NoMergeBase { target: name, .. } | WhyAdvisory::NotAdopted { of: name },
        }) => {
            clean(name);
        }
        _ => {}
    }
    if let Some(HowToAccept { label, waivers, .. }) = &mut verdict.accept {
        each(label.iter_mut().chain([waivers]));
    }
    if let Some(toll) = &mut verdict.consumers {
        each(toll.broken.iter_mut().chain(&mut toll.exposed));
    }
    for found in &mut verdict.findings {
        finding(found);
    }
    Cow::Owned(verdict)
}

fn finding(finding: &mut Finding) {
    let Change { subject, detail, location, layout, slots, members, affects, .. } = &mut finding.change;
    clean(&mut subject.name);
    each(subject.symbol.iter_mut().chain(&mut subject.library));
    if let Some(safe) = safe_detail(detail) {
        *detail = safe;
    }
    if let Some(location) = location {
        location.file = text(&location.file).into();
    }
    each(layout.iter_mut().flat_map(|layout| &mut layout.rows).map(|row| &mut row.text));
    each(slots.iter_mut().flat_map(|slots| &mut slots.rows).map(|row| &mut row.name));
    for member in members {
        clean(&mut member.symbol);
        clean(&mut member.library);
        each(member.replaced_by.iter_mut());
    }
    each(affects.names.iter_mut().chain(&mut affects.classes));
    if let Some(Waived { reason, by, issue, until, declared }) = &mut finding.waived {
        clean(reason);
        each(by.iter_mut().chain(issue).chain(until).chain(declared));
    }
    each(finding.unreleased.iter_mut());
    each(finding.consumers.breaks.iter_mut().chain(&mut finding.consumers.reaches));
}

fn each<'t>(texts: impl Iterator<Item = &'t mut String>) {
    texts.for_each(clean);
}

fn clean(dirty: &mut String) {
    if let Cow::Owned(safe) = text(dirty) {
        *dirty = safe;
    }
}

/// What a change says, where it has to be made safe.
fn safe_detail(detail: &Detail) -> Option<Detail> {
    if !is_hostile_detail(detail) {
        return None;
    }
    fn walk(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => clean(text),
            serde_json::Value::Array(all) => all.iter_mut().for_each(walk),
            serde_json::Value::Object(all) => all.values_mut().for_each(walk),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(detail).ok()?;
    walk(&mut value);
    // What cannot be said safely is not said.
    Some(serde_json::from_value(value).unwrap_or_default())
}

fn is_hostile(verdict: &Verdict) -> bool {
    let dirty = |text: &String| matches!(self::text(text), Cow::Owned(_));
    let head = [&verdict.releases.0, &verdict.releases.1].into_iter().chain(&verdict.platform);
    let head = head.chain(&verdict.policy).chain(&verdict.unmet).chain(&verdict.notices);
    let tolls = verdict.consumers.iter().flat_map(|toll| toll.broken.iter().chain(&toll.exposed));
    let ways = verdict.accept.iter().flat_map(|how| how.label.iter().chain([&how.waivers]));
    let trusted = trust_texts(verdict);
    head.chain(&verdict.ledger.gaps)
        .chain(&verdict.build)
        .chain(ways)
        .chain(&verdict.ledger.unknown_layouts)
        .chain(trusted)
        .chain(tolls)
        .any(dirty)
        || verdict.findings.iter().any(|finding| is_hostile_finding(finding, &dirty))
}

/// Names of branches and directories in what is said of trust.
fn trust_texts(verdict: &Verdict) -> Vec<&String> {
    match &verdict.trust {
        Some(Trust::Enforced { commit, of, baselines, policy }) => {
            let other = policy.iter().map(|(OtherPolicy::Commit(name) | OtherPolicy::File(name))| name);
            [commit, of].into_iter().chain(baselines).chain(other).collect()
        }
        Some(Trust::Advisory {
            why: WhyAdvisory::NoMergeBase { target: name, .. } | WhyAdvisory::NotAdopted { of: name },
        }) => {
            vec![name]
        }
        _ => Vec::new(),
    }
}

fn is_hostile_finding(finding: &Finding, dirty: &dyn Fn(&String) -> bool) -> bool {
    let Change { subject, detail, location, layout, slots, members, affects, .. } = &finding.change;
    let names = [&subject.name].into_iter().chain(&subject.symbol).chain(&subject.library);
    let rows = layout.iter().flat_map(|layout| &layout.rows).map(|row| &row.text);
    let slots = slots.iter().flat_map(|slots| &slots.rows).map(|row| &row.name);
    let members = members.iter().flat_map(|m| [&m.symbol, &m.library].into_iter().chain(&m.replaced_by));
    let waived = finding.waived.iter();
    let waived = waived.flat_map(|w| [&w.reason].into_iter().chain(&w.by).chain(&w.issue).chain(&w.until));
    let consumers = finding.consumers.breaks.iter().chain(&finding.consumers.reaches);
    let all = names.chain(rows).chain(slots).chain(members).chain(waived).chain(consumers);
    let is_file = location.as_ref().is_some_and(|at| matches!(text(&at.file), Cow::Owned(_)));
    is_file
        || all.chain(&affects.names).chain(&affects.classes).chain(&finding.unreleased).any(dirty)
        || is_hostile_detail(detail)
}

/// Whether any text in it is unsafe, which its JSON shows without a copy of it.
fn is_hostile_detail(detail: &Detail) -> bool {
    if *detail == Detail::Nothing {
        return false;
    }
    let mut scan = Scan::default();
    serde_json::to_writer(&mut scan, detail).is_err() || scan.is_hostile
}

/// Looks at JSON: controls are escaped in it by a backslash and a letter, and what else is unsafe stands as it is.
#[derive(Default)]
struct Scan {
    is_hostile: bool,
    is_escape: bool,
}

impl Write for Scan {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        for byte in data {
            // `\"` and `\\` are the only escapes of what is safe.
            self.is_hostile |= self.is_escape && !matches!(byte, b'"' | b'\\');
            self.is_escape = !self.is_escape && *byte == b'\\';
        }
        self.is_hostile |= match std::str::from_utf8(data) {
            Ok(text) => text.contains(|c: char| is_unsafe(c)) || text.contains(MARKER.0),
            // A character that is written in pieces is looked at as a whole, in a copy.
            Err(_) => true,
        };
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_obeyed_is_shown() {
        assert!(matches!(text("std::vector<int>::größe() \"x\""), Cow::Borrowed(_)));
        for (hostile, shown) in [
            ("a\nb", "a\u{fffd}b"),
            ("\u{1b}[31mred", "\u{fffd}[31mred"),
            ("a\u{85}b\u{9b}c\u{202e}d\u{feff}", "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}"),
            ("x##[error]y", "x#\u{fffd}[error]y"),
            ("###[group]", "##\u{fffd}[group]"),
        ] {
            assert_eq!(text(hostile), shown);
        }
    }

    #[test]
    fn what_is_shown_keeps_its_colors_and_nothing_else() {
        let through = |text: &[u8]| {
            let mut out = Vec::new();
            let mut shown = Shown::new(&mut out);
            for piece in text.chunks(3) {
                shown.write_all(piece).unwrap();
            }
            shown.finish().unwrap();
            String::from_utf8(out).unwrap()
        };
        for plain in ["a\n\tb\u{1b}[1;32mc\u{1b}[0m\n", "größe", "a::b\n", ""] {
            assert_eq!(through(plain.as_bytes()), plain);
        }
        assert_eq!(through("a\u{1b}[2Jb\u{202e}\r\n".as_bytes()), "a\u{fffd}[2Jb\u{fffd}\u{fffd}\n");
        assert_eq!(through(b"  ::error ::x\n##[group]"), "  :\u{fffd}:error ::x\n#\u{fffd}[group]");
        assert_eq!(through(b"\xff\n"), "\u{fffd}\n");
    }

    #[test]
    fn details_are_looked_into() {
        for (name, hostile) in
            [("plain \"x\" \\ y", false), ("a\nb", true), ("a\u{202e}", true), ("##[x]", true)]
        {
            let detail = Detail::Libraries(vec![name.to_owned()]);
            assert_eq!(is_hostile_detail(&detail), hostile, "{name:?}");
        }
        let detail = Detail::Libraries(vec!["a\nb".to_owned()]);
        assert_eq!(safe_detail(&detail), Some(Detail::Libraries(vec!["a\u{fffd}b".to_owned()])));
    }
}

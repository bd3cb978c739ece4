//! Everything: each finding with its id, what it stands for, and below it what follows from it.

use std::io::{self, Write};

use super::super::Options;
use super::super::outline::{Group, Outline};
use super::super::reach;
use super::super::reported;
use super::super::style::color::Paint;
use super::super::style::text_layout::{columns, count, follow, number, wrap};
use super::super::style::word_diff::{differing, underline};
use super::super::wording::Wording;
use super::side_by_side;
use crate::mangling;
use crate::policy::Finding;

/// Findings may follow from findings; a chain that is longer, or a circle, ends here.
const DEEPEST: usize = 8;

pub(in crate::report) fn write(
    outline: &Outline,
    options: &Options,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let writer = Writer { outline, width: options.width, paint };
    outline.all().try_for_each(|group| writer.group(group, out))
}

struct Writer<'a> {
    outline: &'a Outline<'a>,
    width: usize,
    paint: Paint,
}

impl Writer<'_> {
    fn group(&self, group: &Group, out: &mut dyn Write) -> io::Result<()> {
        let tier = if group.tier.is_default() { String::new() } else { format!("  {}", group.tier.name()) };
        let uncounted = group.uncounted().map(|word| format!("  {word}")).unwrap_or_default();
        writeln!(
            out,
            "\n{}  ×{}  {}{tier}{uncounted}  {}",
            self.paint.bold(group.rule.id()),
            number(group.roots.len()),
            self.paint.severity(group.severity, group.severity.name()),
            self.paint.dim(group.rule.entry().title),
        )?;
        group.roots.iter().try_for_each(|root| self.finding(root, 1, out))
    }

    fn finding(&self, finding: &Finding, depth: usize, out: &mut dyn Write) -> io::Result<()> {
        let change = &finding.change;
        let indent = "  ".repeat(depth);
        let library = change.subject.library.as_ref().filter(|l| **l != change.subject.name);
        let library = library.map(|l| format!("  {l}")).unwrap_or_default();
        // Below its root a finding stands without the heading that names its rule.
        let rule = if depth > 1 { format!("{}  ", change.rule) } else { String::new() };
        let beside = self.paint.dim(&format!("{library}  {}", finding.id));
        writeln!(out, "{indent}{rule}{}{beside}", change.subject.name)?;
        let inner = format!("{indent}  ");
        if let Some(why) = reported::why_uncounted(finding) {
            self.sentence(&why, &inner, out)?;
        }
        let wording = Wording::of(change);
        self.before_and_after(wording.old.as_deref(), wording.new.as_deref(), &inner, out)?;
        if let Some(detail) = &wording.detail {
            self.sentence(detail, &inner, out)?;
        }
        if finding.derived_from.is_none()
            && let Some(exposure) = reach::exposure(change)
        {
            self.sentence(&exposure, &inner, out)?;
        }
        if let Some(layout) = &change.layout {
            for line in side_by_side::lines(layout, &inner, self.width, self.paint) {
                writeln!(out, "{line}")?;
            }
        }
        self.affects(finding, &inner, out)?;
        let concern = &finding.consumers;
        for (verb, names) in [("breaks", &concern.breaks), ("reaches", &concern.reaches)] {
            if let Some(text) = reported::consumers(verb, names) {
                self.sentence(&text, &inner, out)?;
            }
        }
        self.members(finding, &inner, out)?;
        let derived = if depth < DEEPEST { self.outline.derived(finding) } else { &[] };
        derived.iter().try_for_each(|finding| self.finding(finding, depth + 1, out))
    }

    /// Both lines in full, with `^` below the words that differ where bold cannot show them.
    fn before_and_after(
        &self,
        old: Option<&str>,
        new: Option<&str>,
        indent: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let marks = differing(old.unwrap_or_default(), new.unwrap_or_default());
        let both = old.is_some() && new.is_some();
        for (sign, text, ranges) in [("-", old, &marks.old), ("+", new, &marks.new)] {
            let Some(text) = text else { continue };
            writeln!(out, "{indent}{sign} {text}")?;
            if both && !ranges.is_empty() && ranges.iter().map(|r| r.len()).sum::<usize>() < columns(text) {
                writeln!(out, "{indent}  {}", self.paint.dim(&underline(ranges)))?;
            }
        }
        Ok(())
    }

    fn sentence(&self, text: &str, indent: &str, out: &mut dyn Write) -> io::Result<()> {
        let lines = wrap(text, self.width.saturating_sub(indent.len()).max(20));
        lines.iter().try_for_each(|line| writeln!(out, "{indent}{line}"))
    }

    fn affects(&self, finding: &Finding, indent: &str, out: &mut dyn Write) -> io::Result<()> {
        let affects = &finding.change.affects;
        let symbols = (affects.symbols > 1).then(|| count(affects.symbols as usize, "exported symbol"));
        let reached = symbols.into_iter().chain(reach::sentence(&finding.change, usize::MAX));
        let reached = reached.collect::<Vec<_>>().join(", ");
        let mut told = Vec::new();
        if affects.derived > 0 {
            told.push(follow(affects.derived as usize));
        }
        if !reached.is_empty() {
            told.push(format!("reaches {reached}"));
        }
        if !told.is_empty() {
            self.sentence(&told.join("; "), indent, out)?;
        }
        for (label, names) in [("derived classes", &affects.classes), ("also in", &affects.libraries)] {
            if !names.is_empty() {
                self.sentence(&format!("{label}: {}", names.join(", ")), indent, out)?;
            }
        }
        Ok(())
    }

    fn members(&self, finding: &Finding, indent: &str, out: &mut dyn Write) -> io::Result<()> {
        for member in &finding.change.members {
            let (name, version) = member.symbol.split_once('@').unwrap_or((&member.symbol, ""));
            let shown = mangling::display(name);
            let version = if version.is_empty() { "" } else { &member.symbol[name.len()..] };
            // The name that the loader looks for; the readable one where it adds something.
            write!(out, "{indent}{}", self.paint.dim(&member.symbol))?;
            if shown != name && shown != *finding.change.subject.name {
                write!(out, "  {shown}{version}")?;
            }
            if let Some(new) = &member.replaced_by {
                write!(out, "  → {new}")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

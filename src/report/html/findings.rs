//! Root causes, under the rule that they fall under; those of tiers that stop nobody and those that the policy accepts
//! apart.

use std::io::{self, Write};

use super::super::outline::{Group, Outline};
use super::super::style::text_layout::{count, number};
use super::escape::Text;
use super::rest::{Entry, Rest};
use super::{filters, finding};
use crate::policy::Finding;
use crate::rules::Severity;

/// Roots of one group, and of all, that are told in full; the rest are lines of a list.
const MOST_OF_GROUP: usize = 300;
const MOST: usize = 1000;

/// Lines of that list.
const MOST_LINES: usize = 20;

/// So few findings are all open at the start.
const FEW: usize = 6;

/// Writes groups and counts what they have.
pub(super) struct Findings<'a, 'o> {
    outline: &'o Outline<'a>,
    rest: Rest,
    /// Roots that were told in full.
    told: usize,
    /// Groups that were written.
    groups: usize,
}

impl<'a, 'o> Findings<'a, 'o> {
    pub(super) fn new(outline: &'o Outline<'a>) -> Findings<'a, 'o> {
        Findings { outline, rest: Rest::default(), told: 0, groups: 0 }
    }

    pub(super) fn write(mut self, out: &mut dyn Write) -> io::Result<()> {
        let outline = self.outline;
        writeln!(
            out,
            "<section id=\"findings\" aria-labelledby=\"roots\"><h2 id=\"roots\">Root causes</h2>"
        )?;
        filters::write(outline, out)?;
        let told: Vec<&Group> = outline.told().collect();
        if told.is_empty() {
            writeln!(out, "<p>There are none in the enforced tiers.</p>")?;
        }
        let is_open = told.iter().map(|group| group.roots.len()).sum::<usize>() <= FEW;
        told.iter().try_for_each(|group| self.group(group, is_open, out))?;
        writeln!(out, "<p id=\"nothing\" hidden>Nothing matches.</p></section>")?;
        for groups in outline.aside() {
            let roots: usize = groups.iter().map(|group| group.roots.len()).sum();
            let tier = groups.first().map_or("", |group| group.tier.name());
            let causes = count(roots, "root cause");
            self.aside(&format!("{tier}: {causes}, not enforced"), &groups, out)?;
        }
        for (title, groups) in [("Waived", &outline.waived), ("Not released", &outline.unreleased)] {
            let roots: usize = groups.iter().map(|group| group.roots.len()).sum();
            if roots > 0 {
                let groups: Vec<&Group> = groups.iter().collect();
                self.aside(&format!("{title}: {}", count(roots, "root cause")), &groups, out)?;
            }
        }
        self.rest.write(out)
    }

    /// Groups that stop nobody, folded.
    fn aside(&mut self, title: &str, groups: &[&Group], out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "<details class=\"aside\"><summary><h2>{}</h2></summary>", Text(title))?;
        groups.iter().try_for_each(|group| self.group(group, false, out))?;
        writeln!(out, "</details>")
    }

    fn group(&mut self, group: &Group, is_open: bool, out: &mut dyn Write) -> io::Result<()> {
        let entry = group.rule.entry();
        let severity = group.severity;
        let roots = &group.roots;
        let uncounted = group.uncounted().map(|word| format!(", {word}")).unwrap_or_default();
        self.groups += 1;
        writeln!(
            out,
            "<section class=\"group {severity}\" data-rule=\"{0}\" data-tier=\"{1}\" data-severity=\"{severity}\">\
             <h3><span class=\"badge\">{severity}</span> {2} <code>{0}</code> <span class=\"beside\">×{3} in {1}{uncounted}</span></h3>",
            group.rule,
            Text(group.tier.name()),
            Text(entry.title),
            number(roots.len()),
        )?;
        let open = if severity > Severity::Compatible { " open" } else { "" };
        writeln!(
            out,
            "<details class=\"why\"{open}><summary>Why it matters, and what to do</summary><p>{}</p><p><b>Instead:</b> {}</p></details>",
            Text(entry.effect),
            Text(entry.remedy),
        )?;
        let most = roots.len().min(MOST_OF_GROUP).min(MOST - self.told);
        self.told += most;
        let (told, listed) = roots.split_at(most);
        told.iter().try_for_each(|root| finding::write(root, self.outline, is_open, &mut self.rest, out))?;
        if !listed.is_empty() {
            let entries: Vec<Entry> = listed.iter().map(|root| line(root)).collect();
            let key = format!("group-{}", self.groups);
            self.rest.list(&key, "root cause", MOST_LINES, &entries, out)?;
        }
        writeln!(out, "</section>")
    }
}

/// A finding in a list of findings.
fn line(root: &Finding) -> Entry {
    let library = root.change.subject.library.iter().cloned();
    let note = library.chain(finding::about(&root.change)).collect::<Vec<_>>().join(": ");
    finding::entry(root, &note)
}

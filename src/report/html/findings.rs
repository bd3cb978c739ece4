//! Root causes, under the rule that they fall under; those of tiers that stop nobody and those that the policy accepts
//! apart.

use std::io::{self, Write};

use super::super::outline::{Group, Outline};
use super::super::reported::by_policy;
use super::super::style::color::Paint;
use super::super::style::shorten::fitted;
use super::super::style::text_layout::{self, count, number};
use super::super::text::blocks;
use super::escape::Text;
use super::rest::{Entry, Facets, Kind, Rest};
use super::{filters, finding};
use crate::policy::Finding;
use crate::rules::{Severity, page_url};

/// Roots of one group that are reported in full, and bytes that all of these may take; the rest are lines of a list. With
/// both kinds of lists the page stays below a megabyte.
const MOST_OF_GROUP: usize = 300;
const ROOM: usize = 400_000;

/// Lines of that list.
const MOST_LINES: usize = 20;

/// Characters of a name in such a line, and of what is said about it: instantiations may be as long as they like.
const MOST_LINE: usize = 200;
const MOST_NOTE: usize = 120;

/// Characters of the name of a class in its heading.
const MOST_NAME: usize = 150;

/// So few findings are all open at the start.
const FEW: usize = 6;

/// Writes groups and counts what they have.
pub(super) struct Findings<'a, 'o> {
    outline: &'o Outline<'a>,
    rest: Rest,
    /// Bytes of the roots that were reported in full.
    taken: usize,
    /// Groups that were written.
    groups: usize,
    /// Findings are open at the start.
    is_open: bool,
}

impl<'a, 'o> Findings<'a, 'o> {
    pub(super) fn new(outline: &'o Outline<'a>) -> Findings<'a, 'o> {
        Findings { outline, rest: Rest::default(), taken: 0, groups: 0, is_open: false }
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
        self.is_open = told.iter().map(|group| group.roots.len()).sum::<usize>() <= FEW;
        // As the text report groups them: a class with all that happened to it, everything else by rule.
        for block in blocks(&told, 100, Paint { color: false }) {
            match block.subject {
                Some(name) => self.class(name, &block.roots, out)?,
                None => {
                    let first = block.roots[0];
                    let group = Group {
                        tier: first.tier.clone(),
                        severity: block.severity,
                        rule: first.change.rule,
                        roots: block.roots,
                    };
                    self.group(&group, out)?;
                }
            }
        }
        self.is_open = false;
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
        groups.iter().try_for_each(|group| self.group(group, out))?;
        writeln!(out, "</details>")
    }

    /// A class with the findings about it, of which each has the rule's remedy.
    fn class(&mut self, name: &str, roots: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
        let first = roots[0];
        let severity = first.severity;
        let library = first.change.subject.library.iter().map(|library| format!(" in {library}"));
        let size =
            roots.iter().find_map(|f| f.change.resized()).map(|(old, new)| format!(", {old} → {new} bytes"));
        let tier = (!first.tier.is_default()).then(|| format!(", {}", first.tier.name()));
        let beside: String = library.chain(size).chain(tier).collect();
        self.groups += 1;
        writeln!(
            out,
            "<section class=\"group {severity}\"><h3><span class=\"badge\">{severity}{}</span> <code class=\"class\">{}</code> \
             <span class=\"beside\">{}</span></h3>",
            by_policy(roots),
            Text(fitted(name, MOST_NAME)),
            Text(beside.trim_start_matches(", ")),
        )?;
        self.findings(roots, true, out)?;
        writeln!(out, "</section>")
    }

    fn group(&mut self, group: &Group<'_>, out: &mut dyn Write) -> io::Result<()> {
        let entry = group.rule.entry();
        let severity = group.severity;
        let roots = &group.roots;
        let uncounted = group.uncounted().map(|word| format!(", {word}")).unwrap_or_default();
        self.groups += 1;
        writeln!(
            out,
            "<section class=\"group {severity}\" data-rule=\"{0}\" data-tier=\"{1}\" data-severity=\"{severity}\">\
             <h3><span class=\"badge\">{severity}{4}</span> {2} <code>{0}</code> <span class=\"beside\">×{3} in {1}{uncounted}</span></h3>",
            group.rule,
            Text(group.tier.name()),
            Text(entry.title),
            number(roots.len()),
            by_policy(roots),
        )?;
        let open = if severity > Severity::Compatible { " open" } else { "" };
        let page = Text(page_url(group.rule));
        writeln!(
            out,
            "<details class=\"why\"{open}><summary>Why it matters, and what to do</summary><p>{}</p><p><b>Fix:</b> {} <a href=\"{page}\">Example</a></p></details>",
            Text(entry.effect),
            Text(entry.remedy),
        )?;
        self.findings(roots, false, out)?;
        writeln!(out, "</section>")
    }

    /// Findings of a section: the first ones told in full, the others as lines.
    fn findings(&mut self, roots: &[&Finding], is_under_class: bool, out: &mut dyn Write) -> io::Result<()> {
        let mut full = 0;
        for root in roots.iter().take(MOST_OF_GROUP) {
            if self.taken >= ROOM {
                break;
            }
            // The first of all shows what there is to see.
            let is_open = self.is_open || self.taken == 0;
            let mut text = Vec::new();
            finding::write(root, self.outline, is_open, is_under_class, &mut self.rest, &mut text)?;
            self.taken += text.len();
            out.write_all(&text)?;
            full += 1;
        }
        let listed = roots.get(full..).unwrap_or_default();
        if !listed.is_empty() {
            let entries: Vec<Entry> = listed.iter().map(|root| line(root, is_under_class)).collect();
            let key = format!("group-{}", self.groups);
            self.rest.list(&key, Kind::Root, MOST_LINES, &entries, out)?;
        }
        Ok(())
    }
}

/// A finding in a list of findings. Under a rule's heading all have its rule, severity and tier.
fn line(root: &Finding, is_under_class: bool) -> Entry {
    let library = root.change.subject.library.iter().cloned();
    let note = library.chain(finding::about(&root.change)).collect::<Vec<_>>().join(": ");
    let own = is_under_class.then_some(root);
    let facets = Facets {
        library: root.change.subject.library.clone(),
        rule: own.map(|root| root.change.rule.id()),
        severity: own.map(|root| root.severity.name()),
        tier: own.map(|root| root.tier.name().to_owned()),
    };
    let entry = finding::entry(root, &text_layout::shorten(&note, MOST_NOTE));
    Entry { facets, code: fitted(&entry.code, MOST_LINE), ..entry }
}

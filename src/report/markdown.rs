//! Markdown as GitHub and GitLab show it, for the summary of a job or a comment: the verdict, a table of root causes, and what
//! was accepted, in no more characters than such a place takes.

use std::io::{self, Write};
use std::ops::Range;

use super::outline::{self, Outline};
use super::reported;
use super::style::color::Paint;
use super::style::text_layout::{self, capital, count, number};
use super::style::word_diff::differing;
use super::text::{self, side_by_side};
use super::wording::Wording;
use crate::diff::SubjectKind;
use crate::policy::{Finding, Outcome, Verdict};
use crate::rules::{Rule, page_url};

/// Bytes of a comment or of one field of a check run; a job's summary takes more, and nobody reads it.
pub(super) const MOST: usize = 65_000;

/// Characters of a name or a signature in a cell.
const CELL: usize = 140;

/// Columns and lines of a layout, and rules whose remedies are given.
const WIDTH: usize = 90;
const MOST_LINES: usize = 24;
const MOST_FIXES: usize = 6;

/// Writes the report, in at most `most` bytes: what does not fit is counted.
pub(super) fn write(verdict: &Verdict, most: usize, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(text_of(verdict, most).as_bytes())
}

/// The report in at most `most` bytes, as far as its head alone fits.
pub(super) fn text_of(verdict: &Verdict, most: usize) -> String {
    let mut text = head(verdict);
    let roots = roots(verdict);
    let help = help(&roots);
    let rest = tail(verdict, true);
    // What helps has room where the roots leave it; it says how to fix each rule.
    let is_helped = !help.is_empty() && text.len() + help.len() + rest.len() + 2 * ROOM < most / 2;
    let tail = if is_helped { help + &tail(verdict, false) } else { rest };
    let mut told = 0;
    for same in roots.chunk_by(|a, b| a.severity == b.severity) {
        let heading = format!(
            "\n#### {} ({})\n\n| what | change |\n| --- | --- |\n",
            capital(same[0].severity.name()),
            number(same.len())
        );
        // A heading without a row says nothing.
        let first = row(same[0]);
        if text.len() + heading.len() + first.len() + tail.len() + ROOM > most {
            break;
        }
        text.push_str(&heading);
        let before = told;
        for finding in same {
            let row = row(finding);
            if text.len() + row.len() + tail.len() + ROOM > most {
                break;
            }
            text.push_str(&row);
            told += 1;
        }
        if told - before < same.len() {
            break;
        }
    }
    if told < roots.len() {
        let left = count(roots.len() - told, "more root cause");
        text.push_str(&format!("\n… and {left}, which had no room here: the full report has them.\n"));
    }
    if text.len() + tail.len() <= most {
        text.push_str(&tail);
    }
    text
}

/// Bytes for the line that counts what was left out.
const ROOM: usize = 120;

/// Root causes that may stop somebody, in the order in which people are told them.
fn roots(verdict: &Verdict) -> Vec<&Finding> {
    let mut roots: Vec<&Finding> = reported::roots(verdict).collect();
    roots.sort_by_cached_key(|f| {
        let (reach, internal, scopes, name, id) = outline::importance(f);
        (std::cmp::Reverse(f.severity), reach, internal, scopes, name.to_owned(), id.to_owned())
    });
    roots
}

fn head(verdict: &Verdict) -> String {
    let mark = match verdict.outcome {
        Outcome::Compatible => "✅",
        Outcome::Breaking => "❌",
        Outcome::CannotCertify => "⚠️",
    };
    let headline = text::headline(verdict).replace('\u{a0}', " ");
    let mut text =
        format!("### {mark} {}\n\n{}\n", escaped(&headline), escaped(&text::ledger(&verdict.ledger)));
    let unlimited = super::Options { full: true, ..super::Options::default() };
    let lines = text::owed(verdict)
        .into_iter()
        .chain(text::policy(verdict))
        .chain(verdict.trust.as_ref().map(super::wording::trust))
        .chain(super::reach::headers_unknown(verdict))
        .chain(text::consumers(verdict, &unlimited))
        .chain(super::needed::lines(verdict));
    let unmet = verdict.unmet.iter().map(|what| format!("cannot certify: {what}"));
    for line in lines.chain(unmet) {
        text.push_str(&format!("\n{}\n", escaped(&line)));
    }
    text
}

/// The layout of the first root that has one, and how to fix what the worst ones report.
fn help(roots: &[&Finding]) -> String {
    let mut text = String::new();
    if let Some((finding, layout)) = roots.iter().find_map(|f| Some((f, f.change.layout.as_ref()?))) {
        let lines = side_by_side::lines(layout, "", WIDTH, Paint { color: false });
        // No line of it ends the block.
        let lines: Vec<String> =
            lines.iter().take(MOST_LINES).map(|line| line.replace("```", "~~~")).collect();
        let name = code(&text_layout::shorten(&finding.change.subject.name, CELL));
        text.push_str(&format!("\nLayout of {name}:\n\n```text\n{}\n```\n", lines.join("\n")));
    }
    let mut rules: Vec<Rule> = Vec::new();
    for finding in roots {
        if !rules.contains(&finding.change.rule) && rules.len() < MOST_FIXES {
            rules.push(finding.change.rule);
        }
    }
    let fix = |rule: &Rule| format!("- [{rule}]({}): {}\n", page_url(*rule), escaped(rule.entry().remedy));
    if !rules.is_empty() {
        text.push_str(&folded("How to fix it", &rules.iter().map(fix).collect::<String>()));
    }
    text
}

/// What can be done, with how to fix the worst rule or without; what was accepted, by whom and until when; and where the rest is.
fn tail(verdict: &Verdict, with_remedy: bool) -> String {
    let ways = match with_remedy {
        true => super::wording::ways_out(verdict),
        false => super::wording::acceptance(verdict),
    };
    let shown = |line: &String| match line.strip_prefix(super::wording::COMMAND) {
        Some(command) => code(command),
        None => with_code(line),
    };
    let mut text: String = ways.iter().map(|line| format!("\n{}\n", shown(line))).collect();
    let lines = |is_waived: bool| -> Vec<String> {
        let of_kind =
            reported::uncounted(verdict).filter(|(finding, _)| finding.waived.is_some() == is_waived);
        let line = |(finding, why): (&Finding, String)| {
            format!(
                "- {} {}: {}\n",
                code(finding.change.rule.id()),
                code(&text_layout::shorten(&finding.change.subject.name, CELL)),
                escaped(&why)
            )
        };
        of_kind.map(line).collect()
    };
    for (is_waived, what) in [(true, "accepted"), (false, "not released yet")] {
        let lines = lines(is_waived);
        if !lines.is_empty() {
            let summary = format!("{} {what}", count(lines.len(), "root cause"));
            text.push_str(&folded(&summary, &lines.concat()));
        }
    }
    let outline = Outline::new(verdict);
    let aside: Vec<String> = outline
        .aside()
        .map(|groups| {
            let roots: usize = groups.iter().map(|group| group.roots.len()).sum();
            format!("- {}: {}\n", escaped(groups[0].tier.name()), count(roots, "root cause"))
        })
        .collect();
    if !aside.is_empty() {
        text.push_str(&folded("In tiers that are not enforced", &aside.concat()));
    }
    text
}

fn folded(summary: &str, body: &str) -> String {
    format!("\n<details><summary>{summary}</summary>\n\n{body}\n</details>\n")
}

/// `| `c10::TensorImpl` in `c10/core/TensorImpl.h:12` | … |`
fn row(finding: &Finding) -> String {
    let change = &finding.change;
    let mut what = code(&text_layout::shorten(&change.subject.name, CELL));
    let tier = if finding.tier.is_default() { String::new() } else { format!(" ({})", finding.tier.name()) };
    let library = change.subject.library.as_ref().filter(|_| change.subject.kind != SubjectKind::Library);
    let library = library.map(|library| format!(" in {}", escaped(library))).unwrap_or_default();
    what.push_str(&format!("<br>{}{library}{tier}", change.rule.id()));
    what.extend(reported::weighed(finding).map(|text| format!("<br>{text}")));
    if let Some((file, line)) = reported::place(finding) {
        what.push_str(&format!("<br>{}:{line}", escaped(file)));
    }
    let short = |text: &String| code(&text_layout::shorten(text, CELL));
    let wording = Wording::of(change);
    let mut between = match (&wording.old, &wording.new) {
        (Some(old), Some(new)) => {
            // Cut so that the first words that differ show.
            let differing = differing(old, new);
            let cut = |text: &str, ranges: &[Range<usize>]| {
                code(&text_layout::shorten_around(text, ranges.first().cloned().unwrap_or(0..0), CELL))
            };
            format!("{} → {}", cut(old, &differing.old), cut(new, &differing.new))
        }
        (Some(old), None) => format!("was {}", short(old)),
        (None, Some(new)) => format!("now {}", short(new)),
        (None, None) => String::new(),
    };
    if let Some(detail) = &wording.detail {
        let separator = if between.is_empty() { "" } else { "<br>" };
        between.push_str(&format!("{separator}{}", escaped(&text_layout::shorten(detail, 2 * CELL))));
    }
    let symbols = outline::symbols(finding);
    let mut reaches: Vec<String> = Vec::new();
    reaches.extend((symbols > 1).then(|| count(symbols, "symbol")));
    reaches.extend(super::reach::sentence(change, 60).map(|text| escaped(&text)));
    reaches
        .extend((change.affects.derived > 0).then(|| text_layout::follow(change.affects.derived as usize)));
    reaches.extend(reported::breaks(finding).map(|text| format!("**{}**", escaped(&text))));
    if between.is_empty() {
        // Nothing differs but that it is gone, or there: what that does is said once.
        let effect = change.rule.entry().effect;
        let first = effect.split_once(". ").map_or(effect, |(first, _)| first).trim_end_matches('.');
        between = escaped(first);
    }
    let cell: Vec<String> =
        Some(between).filter(|text| !text.is_empty()).into_iter().chain(reaches).collect();
    format!("| {what} | {} |\n", cell.join("<br>"))
}

/// Text as code, whatever it has in it: a fence longer than any inside, and no bar that would end the cell.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    let text = text.replace('|', "\\|").replace(['\n', '\r'], " ");
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A sentence of the report's own, with its code marked.
fn with_code(line: &str) -> String {
    super::wording::with_code(line, &code, &escaped)
}

/// Text as text: nothing in it is markup, a mention or a link to an issue.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod unit {
    use super::*;
    use crate::report::samples;

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(with_code("sets `a_b` or <c>"), "sets `a_b` or &lt;c&gt;");
        assert_eq!(with_code("a `b_"), "a \\`b\\_");
    }

    #[test]
    fn names_are_no_markup() {
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a`b``c"), "``` a`b``c ```");
        assert_eq!(escaped("a<b>_c_ @x #1"), "a&lt;b&gt;\\_c\\_ &#64;x \\#1");
    }

    #[test]
    fn what_has_no_room_is_counted_and_no_row_is_cut() {
        let verdict = samples::verdict();
        let whole = text_of(&verdict, usize::MAX);
        let roots = reported::roots(&verdict).count();
        for most in (600..whole.len() + 200).step_by(97) {
            let text = text_of(&verdict, most);
            assert!(text.len() <= most.max(head(&verdict).len() + ROOM), "{most}: {}", text.len());
            let rows = text.lines().filter(|line| line.starts_with("| `")).count();
            assert!(text.lines().filter(|line| line.starts_with('|')).all(|line| line.ends_with('|')));
            let left = roots - rows;
            assert_eq!(left > 0, text.contains("had no room here"), "{most}: {text}");
            assert!(left == 0 || text.contains(&format!("… and {left} more root cause")), "{text}");
        }
    }
}

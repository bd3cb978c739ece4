//! Histories for programs: one JSON object, described by `history.schema.json`.

use std::io::{self, Write};

use serde::Serialize;

use super::super::wording::Wording;
use crate::abi::Location;
use crate::diff::{AffectedSymbol, Detail};
use crate::history::{Event, Figures, History, Kind, Now, Row, Since, State, Story, Table, Told};
use crate::rules::{Rule, Severity};

/// Raised when a key changes its meaning or goes away; new keys do not raise it.
const SCHEMA_VERSION: u32 = 1;

/// Writes what became of names.
///
/// # Errors
/// Writing failed.
pub fn write(history: &History, out: &mut dyn Write) -> io::Result<()> {
    let releases = history.releases.as_slice();
    let names = history.stories.iter().map(|story| StoryOut::new(story, releases)).collect();
    let whole = HistoryOut {
        schema_version: SCHEMA_VERSION,
        query: &history.query,
        platform: &history.platform,
        releases,
        names,
    };
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    writeln!(out)
}

/// Writes the figures of a library.
///
/// # Errors
/// Writing failed.
pub fn write_table(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let whole = TableOut {
        schema_version: SCHEMA_VERSION,
        library: &table.library,
        platform: &table.platform,
        releases: table.rows.iter().map(|row| FiguresOut::new(row, &table.tiers)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    writeln!(out)
}

#[derive(Serialize)]
struct HistoryOut<'a> {
    schema_version: u32,
    query: &'a str,
    platform: &'a str,
    releases: &'a [String],
    names: Vec<StoryOut<'a>>,
}

#[derive(Serialize)]
struct StoryOut<'a> {
    name: &'a str,
    kind: Kind,
    libraries: &'a [String],
    location: Option<&'a Location>,
    since: Option<&'a str>,
    may_be_older: bool,
    gone: Option<&'a str>,
    changes: Vec<RowOut<'a>>,
}

impl<'a> StoryOut<'a> {
    fn new(story: &'a Story, releases: &'a [String]) -> StoryOut<'a> {
        let name = |row: &'a Row| releases[row.release].as_str();
        StoryOut {
            name: &story.name,
            kind: story.kind,
            libraries: &story.libraries,
            location: story.location.as_ref(),
            since: story.rows.first().map(name),
            may_be_older: story.rows.first().is_some_and(|row| row.event == Event::First),
            gone: story.rows.last().filter(|row| row.event == Event::Gone).map(name),
            changes: story.rows.iter().map(|row| RowOut::new(row, name(row))).collect(),
        }
    }
}

#[derive(Serialize)]
struct RowOut<'a> {
    release: &'a str,
    event: Event,
    state: Option<&'a State>,
    added: &'a [String],
    removed: &'a [String],
    findings: Vec<ToldOut<'a>>,
}

impl<'a> RowOut<'a> {
    fn new(row: &'a Row, release: &'a str) -> RowOut<'a> {
        RowOut {
            release,
            event: row.event,
            state: row.state.as_ref(),
            added: &row.added,
            removed: &row.removed,
            findings: row.findings.iter().map(ToldOut::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct ToldOut<'a> {
    rule: Rule,
    severity: Severity,
    tier: &'a str,
    subject: &'a str,
    own: bool,
    old: Option<String>,
    new: Option<String>,
    detail: Option<String>,
    data: &'a Detail,
    follows_from: Option<CauseOut<'a>>,
    symbols: &'a [AffectedSymbol],
    of: usize,
}

#[derive(Serialize)]
struct CauseOut<'a> {
    rule: Rule,
    subject: &'a str,
}

impl<'a> ToldOut<'a> {
    fn new(told: &'a Told) -> ToldOut<'a> {
        let Wording { old, new, detail } = Wording::new(told.rule, &told.detail);
        ToldOut {
            rule: told.rule,
            severity: told.severity,
            tier: told.tier.name(),
            subject: &told.subject,
            own: told.is_own,
            old,
            new,
            detail,
            data: &told.detail,
            follows_from: told.follows.as_ref().map(|(rule, subject)| CauseOut { rule: *rule, subject }),
            symbols: &told.symbols,
            of: told.of,
        }
    }
}

#[derive(Serialize)]
struct TableOut<'a> {
    schema_version: u32,
    library: &'a str,
    platform: &'a str,
    releases: Vec<FiguresOut<'a>>,
}

#[derive(Serialize)]
struct FiguresOut<'a> {
    release: &'a str,
    now: Option<&'a Now>,
    since: Option<SinceOut<'a>>,
}

#[derive(Serialize)]
struct SinceOut<'a> {
    added: usize,
    removed: usize,
    vtables: usize,
    layouts: usize,
    tiers: Vec<TierOut<'a>>,
}

#[derive(Serialize)]
struct TierOut<'a> {
    tier: &'a str,
    breaking: usize,
    risky: usize,
}

impl<'a> FiguresOut<'a> {
    fn new(row: &'a Figures, tiers: &'a [String]) -> FiguresOut<'a> {
        let since = |since: &'a Since| {
            let tiers = tiers.iter().zip(&since.tiers);
            let tiers =
                tiers.map(|(tier, breaks)| TierOut { tier, breaking: breaks.breaking, risky: breaks.risky });
            SinceOut {
                added: since.added,
                removed: since.removed,
                vtables: since.vtables,
                layouts: since.layouts,
                tiers: tiers.collect(),
            }
        };
        FiguresOut { release: &row.release, now: row.now.as_ref(), since: row.since.as_ref().map(since) }
    }
}

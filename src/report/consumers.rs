//! Who breaks, for people and for programs.

use std::io::{self, Write};

use serde::Serialize;

use super::Options;
use super::style::color::Paint;
use super::style::text_layout::{self, count, number};
use super::style::word_diff::differing;
use crate::consumers::exposure::Way;
use crate::consumers::range::Range;
use crate::consumers::{Effect, Impact, Missing, Reason};
use crate::mangling;
use crate::rules::{Rule, Severity};

/// Raised when a key changes its meaning or goes away; new keys do not raise it.
const SCHEMA_VERSION: u32 = 1;

/// What was asked, and the answer.
pub struct Told<'a> {
    /// Name of the old release.
    pub old: &'a str,
    /// Name of the new release.
    pub new: &'a str,
    /// Their platform.
    pub platform: &'a str,
    /// One for each consumer, in the order in which they were named.
    pub impacts: &'a [Impact],
}

/// Missing things that are told of each consumer.
const MOST_MISSING: usize = 6;
/// Changes that are told of each consumer.
const MOST_EXPOSURES: usize = 4;

impl Effect {
    fn word(self) -> &'static str {
        match self {
            Effect::Broken => "breaks",
            Effect::Exposed => "exposed",
            Effect::NeverLoaded => "loads with neither",
            Effect::Fine => "fine",
        }
    }

    fn severity(self) -> Severity {
        match self {
            Effect::Broken => Severity::Breaking,
            Effect::Exposed => Severity::Risky,
            Effect::NeverLoaded => Severity::Source,
            Effect::Fine => Severity::Compatible,
        }
    }
}

/// Writes the answer, worst first.
///
/// # Errors
/// Writing failed.
pub fn write(told: &Told<'_>, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { color: options.color };
    let broken = |effect: Effect| told.impacts.iter().filter(|impact| impact.effect() == effect).count();
    let (breaks, exposed) = (broken(Effect::Broken), broken(Effect::Exposed));
    let all = count(told.impacts.len(), "consumer");
    let (word, severity) = match (breaks, exposed) {
        (0, 0) => (format!("BREAKS none of {all}"), Severity::Compatible),
        (0, _) => (format!("BREAKS none of {all} outright, and reaches {exposed}"), Severity::Risky),
        (_, 0) => (format!("BREAKS {breaks} of {all}"), Severity::Breaking),
        _ => (format!("BREAKS {breaks} of {all}, and reaches {exposed} more"), Severity::Breaking),
    };
    writeln!(out, "{}  {} → {} ({})", paint.severity(severity, &word), told.old, told.new, told.platform)?;
    let mut sorted: Vec<&Impact> = told.impacts.iter().collect();
    sorted.sort_by(|a, b| b.effect().cmp(&a.effect()).then_with(|| a.consumer.cmp(&b.consumer)));
    for impact in sorted {
        one(impact, told, options, paint, out)?;
    }
    Ok(())
}

fn one(
    impact: &Impact,
    told: &Told<'_>,
    options: &Options,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let effect = impact.effect();
    let word = paint.severity(effect.severity(), effect.word());
    let used = format!("{} of {}", count(impact.imports, "symbol"), told.old);
    writeln!(out, "\n{word}  {}  {}", paint.bold(&impact.consumer), paint.dim(&used))?;
    let most = if options.full { usize::MAX } else { MOST_MISSING };
    let lacking: Vec<(&Missing, Option<&Reason>)> = match effect {
        Effect::Broken => impact.new.iter().zip(impact.reasons.iter().map(Option::as_ref)).collect(),
        Effect::NeverLoaded => impact.old.iter().map(|missing| (missing, None)).collect(),
        _ => Vec::new(),
    };
    for (missing, reason) in lacking.iter().take(most) {
        let candidate = reason.and_then(|reason| reason.candidate.as_deref());
        let candidate = candidate.map(|symbol| mangling::display(symbol).into_owned());
        gone(&shown(missing), candidate.as_deref(), options, out)?;
        match reason {
            Some(Reason { rule, subject: Some(subject), .. }) => {
                line(&format!("{rule}: {subject}"), 6, options, out)?;
            }
            Some(reason) => line(reason.rule.id(), 6, options, out)?,
            None => {}
        }
    }
    if lacking.len() > most {
        writeln!(out, "  and {} more (--full)", number(lacking.len() - most))?;
    }
    let most = if options.full { usize::MAX } else { MOST_EXPOSURES };
    for exposure in impact.exposures.iter().take(most) {
        line(&format!("{} {}", exposure.rule, exposure.subject), 2, options, out)?;
        let ways = if options.full { exposure.ways.len() } else { 1 };
        for way in exposure.ways.iter().take(ways) {
            line(&way.text(), 6, options, out)?;
        }
        if exposure.ways.len() > ways {
            line(&format!("and {} more", number(exposure.ways.len() - ways)), 6, options, out)?;
        }
    }
    if impact.exposures.len() > most {
        let more = impact.exposures.len() - most;
        writeln!(out, "  and {} more breaking changes reach it (--full)", number(more))?;
    }
    Ok(())
}

/// What is gone and, below it, what took its place: cut so that the first difference shows.
fn gone(missing: &str, now: Option<&str>, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let Some(now) = now else { return line(&format!("lacks {missing}"), 2, options, out) };
    let differing = differing(missing, now);
    for (word, text, ranges) in [("lacks", missing, &differing.old), ("  has", now, &differing.new)] {
        // Where only the other one has more, the place is where that would be.
        let focus = ranges.first().cloned().unwrap_or(0..0);
        let room = options.width.saturating_sub(word.len() + 3);
        let shown = match options.full {
            true => text.to_owned(),
            false => text_layout::shorten_around(text, focus, room),
        };
        writeln!(out, "  {word} {shown}")?;
    }
    Ok(())
}

fn line(text: &str, indent: usize, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let text = match options.full {
        true => text.to_owned(),
        false => text_layout::shorten(text, options.width.saturating_sub(indent)),
    };
    writeln!(out, "{:indent$}{text}", "")
}

fn shown(missing: &Missing) -> String {
    match missing {
        Missing::Library { name } => name.clone(),
        Missing::Version { version, library } => format!("{version} of {library}"),
        Missing::Symbol { name, version } => {
            let version = version.as_deref().map(|version| format!("@{version}")).unwrap_or_default();
            format!("{}{version}", mangling::display(name))
        }
    }
}

impl Way {
    fn text(&self) -> String {
        match self {
            Way::Derives { class, from } => format!("{class} derives from {from}"),
            Way::StaleCopy { symbol } => format!("it has its own copy of the {symbol}"),
            Way::Inline { symbol, .. } => format!("it has its own code of {symbol}"),
            Way::Imports { symbol } => format!("it imports {symbol}"),
            Way::Uses { symbol, class } => format!("it uses {class}: {symbol}"),
        }
    }
}

/// Writes with which releases each consumer loads: a column for each release.
///
/// # Errors
/// Writing failed.
pub fn write_ranges(
    ranges: &[Range],
    releases: &[String],
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint { color: options.color };
    let name = ranges
        .iter()
        .map(|range| text_layout::columns(&range.consumer))
        .max()
        .unwrap_or(0)
        .max("consumer".len());
    let short: Vec<String> =
        releases.iter().map(|release| release.trim_start_matches('v').to_owned()).collect();
    let widths: Vec<usize> = short.iter().map(|release| text_layout::columns(release).max(4)).collect();
    let mut head = format!("{:name$}", "consumer");
    for (release, width) in short.iter().zip(&widths) {
        head += &format!("  {release:>width$}");
    }
    writeln!(out, "{}  {}", paint.dim(&head), paint.dim("loads with"))?;
    for range in ranges {
        let mut row = format!("{:name$}", range.consumer);
        for (missing, width) in range.releases.iter().zip(&widths) {
            let cell = if missing.is_empty() { "yes".to_owned() } else { number(missing.len()) };
            row += &format!("  {cell:>width$}");
        }
        let span = match range.compatible() {
            Some((from, to)) if from == to => releases[from].clone(),
            Some((from, to)) => format!("{} to {}", releases[from], releases[to]),
            None => "none of them".to_owned(),
        };
        writeln!(out, "{row}  {span}")?;
    }
    writeln!(out, "{}", paint.dim("numbers: symbols, versions and libraries that it does not find"))?;
    let most = if options.full { usize::MAX } else { 2 };
    for range in ranges {
        let Some((from, to)) = range.compatible() else { continue };
        for (at, side) in [(from.checked_sub(1), "before"), (Some(to + 1), "after")] {
            let Some(missing) = at.and_then(|at| range.releases.get(at)) else { continue };
            let which = at.and_then(|at| releases.get(at)).map_or("", String::as_str);
            let names: Vec<String> = missing.iter().take(most).map(shown).collect();
            let more = missing.len().saturating_sub(names.len());
            let more = if more > 0 { format!(" and {} more", number(more)) } else { String::new() };
            let text = format!("{} {side}, {which}: lacks {}{more}", range.consumer, names.join(", "));
            line(&text, 0, options, out)?;
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct ImpactsOut<'a> {
    schema_version: u32,
    old: &'a str,
    new: &'a str,
    platform: &'a str,
    consumers: Vec<ImpactOut<'a>>,
}

#[derive(Serialize)]
struct ImpactOut<'a> {
    consumer: &'a str,
    effect: Effect,
    imports: usize,
    missing_in_old: &'a [Missing],
    missing_in_new: Vec<MissingOut<'a>>,
    exposures: Vec<ExposureOut<'a>>,
}

#[derive(Serialize)]
struct MissingOut<'a> {
    #[serde(flatten)]
    missing: &'a Missing,
    finding: Option<&'a str>,
    rule: Option<Rule>,
    candidate: Option<&'a str>,
}

#[derive(Serialize)]
struct ExposureOut<'a> {
    finding: &'a str,
    rule: Rule,
    subject: &'a str,
    ways: &'a [Way],
}

/// Writes the answer as one JSON object, described by `consumers.schema.json`.
///
/// # Errors
/// Writing failed.
pub fn write_json(told: &Told<'_>, out: &mut dyn Write) -> io::Result<()> {
    let whole = ImpactsOut {
        schema_version: SCHEMA_VERSION,
        old: told.old,
        new: told.new,
        platform: told.platform,
        consumers: told.impacts.iter().map(ImpactOut::new).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    writeln!(out)
}

impl<'a> ImpactOut<'a> {
    fn new(impact: &'a Impact) -> ImpactOut<'a> {
        let missing = |(missing, reason): (&'a Missing, &'a Option<Reason>)| MissingOut {
            missing,
            finding: reason.as_ref().map(|reason| reason.finding.as_str()),
            rule: reason.as_ref().map(|reason| reason.rule),
            candidate: reason.as_ref().and_then(|reason| reason.candidate.as_deref()),
        };
        ImpactOut {
            consumer: &impact.consumer,
            effect: impact.effect(),
            imports: impact.imports,
            missing_in_old: &impact.old,
            missing_in_new: impact.new.iter().zip(&impact.reasons).map(missing).collect(),
            exposures: impact
                .exposures
                .iter()
                .map(|exposure| ExposureOut {
                    finding: &exposure.finding,
                    rule: exposure.rule,
                    subject: &exposure.subject,
                    ways: &exposure.ways,
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct RangesOut<'a> {
    schema_version: u32,
    releases: &'a [String],
    consumers: Vec<RangeOut<'a>>,
}

#[derive(Serialize)]
struct RangeOut<'a> {
    consumer: &'a str,
    first: Option<&'a str>,
    last: Option<&'a str>,
    missing: &'a [Vec<Missing>],
}

/// Writes with which releases each consumer loads as one JSON object, described by `ranges.schema.json`.
///
/// # Errors
/// Writing failed.
pub fn write_ranges_json(ranges: &[Range], releases: &[String], out: &mut dyn Write) -> io::Result<()> {
    let range = |range: &'_ Range| {
        let (first, last) = range.compatible().unzip();
        let name = |at: Option<usize>| at.map(|at| releases[at].as_str());
        (name(first), name(last))
    };
    let consumers = ranges.iter().map(|one| {
        let (first, last) = range(one);
        RangeOut { consumer: &one.consumer, first, last, missing: &one.releases }
    });
    let whole = RangesOut { schema_version: SCHEMA_VERSION, releases, consumers: consumers.collect() };
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    writeln!(out)
}

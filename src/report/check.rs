//! Whether a release loads, for people and for programs.

use std::io::{self, Write};

use serde::Serialize;

use super::Options;
use super::style::color::Paint;
use super::style::text_layout::{self, count, number};
use crate::loader::{Bound, Check, Fault};
use crate::rules::Severity;

/// Raised when a key changes its meaning or goes away; new keys do not raise it.
const SCHEMA_VERSION: u32 = 1;

/// What was checked, and what came of it.
pub struct Told<'a> {
    /// Name of the release.
    pub release: &'a str,
    /// Its platform.
    pub platform: &'a str,
    /// The system that it was loaded on: a manylinux tag or an architecture; none where there is no list of its libraries.
    pub system: Option<String>,
    /// The interpreter that modules were loaded into.
    pub python: Option<&'a str>,
    /// The answer.
    pub check: &'a Check,
}

/// Faults of one rule that are told one by one.
const MOST_TOLD: usize = 10;
/// Libraries that a line names.
const MOST_NAMED: usize = 2;

/// Writes the answer: what it comes to, each fault with who needs it, and what it is based on.
///
/// # Errors
/// Writing failed.
pub fn write(told: &Told<'_>, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { color: options.color };
    let faults = &told.check.faults;
    let worst = faults.first().map(|fault| fault.severity);
    let (word, severity) = match worst {
        Some(Severity::Breaking | Severity::CannotCertify) => ("DOES NOT LOAD", Severity::Breaking),
        Some(_) => ("LOADS, with reservations", Severity::Risky),
        None => ("LOADS", Severity::Compatible),
    };
    let title =
        [told.release, told.platform].iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>();
    writeln!(out, "{}  {}", paint.severity(severity, word), title.join(" "))?;
    let mut at = 0;
    while at < faults.len() {
        let same = faults[at..].iter().take_while(|fault| fault.rule == faults[at].rule).count();
        let most = if options.full { same } else { MOST_TOLD };
        for fault in faults[at..at + same].iter().take(most) {
            tell(fault, options, paint, out)?;
        }
        if same > most {
            let rule = faults[at].rule;
            writeln!(out, "  and {} more of {rule} (--full)", number(same - most))?;
        }
        at += same;
    }
    for line in text_layout::wrap(&evidence(told), options.width) {
        writeln!(out, "{}", paint.dim(&line))?;
    }
    Ok(())
}

fn tell(fault: &Fault, options: &Options, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let severity = paint.severity(fault.severity, fault.severity.name());
    let room = options.width.saturating_sub(fault.severity.name().len() + fault.rule.id().len() + 6);
    let subject =
        if options.full { fault.subject.clone() } else { text_layout::shorten(&fault.subject, room) };
    writeln!(out, "  {severity} {}  {}", fault.rule, paint.bold(&super::safe::text(&subject)))?;
    let by: Vec<&str> = fault.by.iter().map(|path| path.trim_start_matches('/')).collect();
    let most = if options.full { by.len() } else { MOST_NAMED };
    let mut lines: Vec<String> = Vec::new();
    if by.iter().any(|by| by.rsplit('/').next() != Some(fault.subject.as_str())) {
        lines.push(format!("needed by {}", text_layout::list(&by, most)));
    }
    lines.extend(fault.detail.clone());
    if fault.is_optional {
        lines.push("only in plug-ins, which nothing else of the release needs".to_owned());
    }
    for line in lines.iter().flat_map(|line| text_layout::wrap(line, options.width.saturating_sub(6))) {
        writeln!(out, "      {line}")?;
    }
    Ok(())
}

/// What the answer is based on.
fn evidence(told: &Told<'_>) -> String {
    let check = told.check;
    let mut parts = vec![count(check.libraries, "library")];
    let bound = check.bound;
    let mut served = vec![format!("{} in the release", number(bound.release))];
    if bound.beside > 0 {
        served.push(format!("{} beside it", number(bound.beside)));
    }
    match &told.system {
        Some(system) => served.push(format!("{} by the system ({system})", number(bound.system))),
        None => parts.push(format!("no list of what a system for {} has", told.platform)),
    }
    if let Some(python) = told.python {
        served.push(format!("{} by {python}", number(bound.python)));
    }
    parts.push(format!("references bound: {}", served.join(", ")));
    if !check.elsewhere.is_empty() {
        let names: Vec<&str> = check.elsewhere.iter().map(String::as_str).collect();
        let many = count(names.len(), "library");
        let unknown = count(check.unknown, "reference");
        parts.push(format!(
            "not looked into: {many} of other packages with {unknown}: {} (--with names them)",
            text_layout::list(&names, 4)
        ));
    }
    parts.join("; ")
}

#[derive(Serialize)]
struct CheckOut<'a> {
    schema_version: u32,
    release: &'a str,
    platform: &'a str,
    loads: bool,
    system: Option<&'a str>,
    python: Option<&'a str>,
    libraries: usize,
    bound: Bound,
    not_looked_into: Vec<&'a str>,
    unknown_references: usize,
    faults: Vec<FaultOut<'a>>,
}

#[derive(Serialize)]
struct FaultOut<'a> {
    rule: crate::rules::Rule,
    severity: Severity,
    subject: &'a str,
    needed_by: Vec<&'a str>,
    detail: Option<&'a str>,
    optional: bool,
}

/// Writes the answer as one JSON object, described by `check.schema.json`.
///
/// # Errors
/// Writing failed.
pub fn write_json(told: &Told<'_>, out: &mut dyn Write) -> io::Result<()> {
    let check = told.check;
    let whole = CheckOut {
        schema_version: SCHEMA_VERSION,
        release: told.release,
        platform: told.platform,
        loads: check.faults.iter().all(|fault| fault.severity < Severity::Breaking),
        system: told.system.as_deref(),
        python: told.python,
        libraries: check.libraries,
        bound: check.bound,
        not_looked_into: check.elsewhere.iter().map(String::as_str).collect(),
        unknown_references: check.unknown,
        faults: check.faults.iter().map(FaultOut::new).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    writeln!(out)
}

impl<'a> FaultOut<'a> {
    fn new(fault: &'a Fault) -> FaultOut<'a> {
        FaultOut {
            rule: fault.rule,
            severity: fault.severity,
            subject: &fault.subject,
            needed_by: fault.by.iter().map(|path| path.trim_start_matches('/')).collect(),
            detail: fault.detail.as_deref(),
            optional: fault.is_optional,
        }
    }
}

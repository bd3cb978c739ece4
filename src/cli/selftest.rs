//! `abigate selftest`: which breaks the gate would stop.

use std::io::{self, Write};

use anyhow::Result;
use serde::Serialize;

use super::bypass;
use super::context::{Context, today};
use super::exit::Exit;
use super::form::Form;
use super::output;
use crate::abi::Release;
use crate::policy::{JudgeContext, Profile};
use crate::report::style::text_layout::{columns, count, shorten, wrap};
use crate::rules::{CATALOGUE, Evidence, Family, Rule, Severity};
use crate::selftest::{self, Answer, Trial, UNTRIED};
use crate::{diff, policy};

/// Break a release on purpose and check that the gate catches it.
///
/// Puts one known break per rule into the facts of INPUT, in memory, and compares. A break that the comparison does not
/// find under its rule, or that it calls breaking and lets pass, is missed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate selftest v2.10                  is the gate awake, under the policy of abigate.yaml?
  abigate selftest build/libc10.so --full what was broken, rule by rule
  abigate selftest --bypass               can the author of a change get past the gate?

Exit codes: 0 nothing was missed, 1 something was, 2 error")]
pub(super) struct Selftest {
    /// Shared object, directory, archive, dump, stored release or HEAD
    #[arg(value_name = "INPUT", required_unless_present = "bypass")]
    pub(super) input: Option<String>,
    /// Instead, try what the author of a change can do to the gate, in a scratch repository, and report what this repository
    /// leaves open
    #[arg(long, conflicts_with_all = ["input", "full", "platform", "profile"])]
    bypass: bool,
    /// A line for each rule
    #[arg(long)]
    full: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Form,
    /// Platform of a stored release, such as linux-x86_64
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// As what kind of comparison the policy sees it [default: what the name of the release says: patch or trunk]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<Profile>,
}

pub(super) fn run(args: &Selftest, context: &Context) -> Result<Exit> {
    let Some(input) = &args.input else { return bypass::run(args.format, context) };
    let progress = context.progress();
    let policy = context.session.policy()?;
    let release = context.session.load_one(input, args.platform.as_deref())?;
    progress.say("breaking and comparing");
    let circumstances = JudgeContext {
        profile: args.profile.unwrap_or_else(|| Profile::of(&release.name, &release.name)),
        today: today()?,
        require: Vec::new(),
        file: context.session.config().file_name(),
        trust: None,
        aside: Vec::new(),
    };
    // Waivers are decisions about changes that were made, not about those of a test.
    let judge = |old: &Release, new: &Release| {
        policy::judge_unwaived(
            diff::compare_with(old, new, policy.patterns()),
            old,
            new,
            &policy,
            &circumstances,
        )
    };
    let trials = selftest::run(&release, &judge);
    drop(progress);
    output::tell(|out| match (args.format, args.full) {
        (Form::Json, _) => json(&release, &trials, out),
        (Form::Text, true) => full(&release, &trials, out),
        (Form::Text, false) => brief(&release, &trials, out),
    })?;
    let is_awake = Counts::of(&trials).missed == 0;
    Ok(if is_awake { Exit::Fine } else { Exit::Findings })
}

/// How many breaks came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Counts {
    breaks: usize,
    stopped: usize,
    told: usize,
    ignored: usize,
    missed: usize,
    not_applicable: usize,
}

impl Counts {
    fn of<'t>(trials: impl IntoIterator<Item = &'t Trial>) -> Counts {
        let mut counts = Counts::default();
        for trial in trials {
            counts.breaks += 1;
            *match trial.answer {
                Answer::Stopped => &mut counts.stopped,
                Answer::Told(_) => &mut counts.told,
                Answer::Ignored => &mut counts.ignored,
                Answer::Missed => &mut counts.missed,
                Answer::NotThere => &mut counts.not_applicable,
            } += 1;
        }
        counts
    }
}

fn title(release: &Release, out: &mut dyn Write) -> io::Result<()> {
    let platform = match release.platform.to_string() {
        platform if platform.is_empty() => platform,
        platform => format!(" ({platform})"),
    };
    writeln!(out, "One known break per rule, put into {}{platform}", release.name)
}

/// What was missed, counts by family, and which rules stop nobody.
fn brief(release: &Release, trials: &[Trial], out: &mut dyn Write) -> io::Result<()> {
    title(release, out)?;
    for trial in trials.iter().filter(|trial| trial.answer == Answer::Missed) {
        let what = trial.what.as_deref().unwrap_or_default();
        writeln!(out, "\n  MISSED  {}", trial.rule)?;
        writeln!(out, "          {}", shorten(what, output::text_width() - 10))?;
    }
    writeln!(out, "\n{:28} {:>8} {:>8} {:>8}", "", "stopped", "reported", "missed")?;
    // What is done to the gate's own files is not in a release.
    for family in [Family::Evidence, Family::Library, Family::Symbols, Family::Vtables, Family::Types] {
        let counts = Counts::of(trials.iter().filter(|trial| trial.rule.entry().family == family));
        let told = counts.told + counts.ignored;
        writeln!(out, "{:28} {:8} {told:8} {:8}", family.heading(), counts.stopped, counts.missed)?;
    }
    writeln!(out)?;
    let with = |answer: Answer| trials.iter().filter(move |trial| trial.answer == answer);
    for severity in [Severity::Risky, Severity::Source, Severity::Compatible] {
        names(&format!("reported as {severity}"), with(Answer::Told(severity)), out)?;
    }
    names("ignored by the policy", with(Answer::Ignored), out)?;
    // All that need debug info would be half of the screen.
    let is_blind = release.libraries.iter().all(|library| library.evidence.dwarf.is_none());
    let needs_debug_info = |trial: &&Trial| trial.rule.entry().evidence == Evidence::Dwarf;
    let not_there = || trials.iter().filter(|trial| trial.answer == Answer::NotThere);
    let unseen = not_there().filter(needs_debug_info).count();
    let rest = not_there().filter(|trial| !(is_blind && needs_debug_info(trial)));
    names(&format!("nothing of that kind in {}", release.name), rest, out)?;
    if is_blind && unseen > 0 {
        writeln!(out, "no debug info in {}: {} that need it", release.name, count(unseen, "rule"))?;
    }
    summary(trials, out)
}

/// The rules that were tried, in one paragraph.
fn names<'t>(what: &str, trials: impl Iterator<Item = &'t Trial>, out: &mut dyn Write) -> io::Result<()> {
    let rules: Vec<&str> = trials.map(|trial| trial.rule.id()).collect();
    if rules.is_empty() {
        return Ok(());
    }
    let text = format!("{what}: {}", rules.join(", "));
    for (number, line) in wrap(&text, output::text_width() - 2).iter().enumerate() {
        writeln!(out, "{}{line}", if number == 0 { "" } else { "  " })?;
    }
    Ok(())
}

fn summary(trials: &[Trial], out: &mut dyn Write) -> io::Result<()> {
    let counts = Counts::of(trials);
    let ignored = match counts.ignored {
        0 => String::new(),
        ignored => format!("{ignored} ignored, "),
    };
    let Counts { breaks, stopped, told, missed, not_applicable, .. } = counts;
    writeln!(
        out,
        "\n{breaks} breaks: {stopped} stopped, {told} told, {ignored}{missed} missed, \
         {not_applicable} not applicable"
    )
}

/// A line for each rule of the catalogue.
fn full(release: &Release, trials: &[Trial], out: &mut dyn Write) -> io::Result<()> {
    title(release, out)?;
    let widest = CATALOGUE.iter().map(|e| columns(e.rule.id())).max().unwrap_or(0);
    for rules in CATALOGUE.chunk_by(|a, b| a.family == b.family) {
        writeln!(out, "\n{}", rules[0].family.heading())?;
        for rule in rules.iter().map(|entry| entry.rule) {
            let (answer, what) = row(rule, release, trials);
            // What is before it: margins, the rule, and the longest answer.
            let what = shorten(&what, output::screen().width - widest - 16);
            writeln!(out, "  {rule:widest$}  {answer:10}  {what}")?;
        }
    }
    summary(trials, out)
}

/// What came of a rule, and of what.
fn row<'t>(rule: Rule, release: &Release, trials: &'t [Trial]) -> (&'static str, std::borrow::Cow<'t, str>) {
    let Some(trial) = trials.iter().find(|trial| trial.rule == rule) else {
        let reason = UNTRIED.iter().find(|untried| untried.0 == rule).map_or("", |untried| untried.1);
        return ("-", reason.into());
    };
    match (trial.answer, trial.what.as_deref()) {
        (answer, Some(what)) => (word(answer), what.into()),
        (answer, None) => (word(answer), format!("nothing of that kind in {}", release.name).into()),
    }
}

fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::NotThere => "-",
        Answer::Stopped => "stopped",
        Answer::Told(severity) => severity.name(),
        Answer::Ignored => "ignored",
        Answer::Missed => "MISSED",
    }
}

/// One trial for programs.
#[derive(Serialize)]
struct Row<'t> {
    rule: Rule,
    answer: &'static str,
    /// What a break that was told weighs under the policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<Severity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<&'t str>,
}

#[derive(Serialize)]
struct Answers<'t> {
    release: &'t str,
    platform: String,
    counts: Counts,
    trials: Vec<Row<'t>>,
}

fn json(release: &Release, trials: &[Trial], out: &mut dyn Write) -> io::Result<()> {
    let row = |trial: &'_ Trial| {
        let (answer, severity) = match trial.answer {
            Answer::NotThere => ("not-applicable", None),
            Answer::Stopped => ("stopped", None),
            Answer::Told(severity) => ("told", Some(severity)),
            Answer::Ignored => ("ignored", None),
            Answer::Missed => ("missed", None),
        };
        (trial.rule, answer, severity)
    };
    let rows = trials.iter().map(|trial| {
        let (rule, answer, severity) = row(trial);
        Row { rule, answer, severity, what: trial.what.as_deref() }
    });
    let answers = Answers {
        release: &release.name,
        platform: release.platform.to_string(),
        counts: Counts::of(trials),
        trials: rows.collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &answers)?;
    writeln!(out)
}

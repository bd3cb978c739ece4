//! `abigate diff`: what a new release breaks.

use anyhow::{Context as _, Result, anyhow};
use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::context::Context;
use super::outputs::Outputs;
use super::progress::Progress;
use super::{Exit, output, resolve, scene};
use crate::policy::{Circumstances, Date, Needed, Outcome, Profile, Requirement, Verdict};
use crate::rules::Severity;
use crate::{diff, policy};

/// Say what a new release breaks.
///
/// OLD and NEW are shared objects, folders, archives, dumps, releases in the store (v2.4 is the newest v2.4.x), HEAD (the
/// build that abigate.yaml names) or git revisions that are stored.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate diff v2.9.1 HEAD                        a stored release against this build
  abigate diff old/libc10.so new/libc10.so        two files
  abigate diff v2.9 v2.10 --full                  everything, not only a screenful
  abigate diff v2.9 HEAD --format json -o abi.json --format sarif -o abi.sarif
  abigate diff v2.9 HEAD --require-evidence types
  abigate diff v2.9 HEAD --write-waivers='agreed on in #12'

What counts, and how much, is said in abigate.yaml: `abigate policy --help`.

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 trouble, 3 cannot certify")]
pub(super) struct Diff {
    /// What programs were built against
    pub(super) old: String,
    /// What they will meet
    pub(super) new: String,
    #[command(flatten)]
    outputs: Outputs,
    /// Everything instead of a screenful
    #[arg(long)]
    full: bool,
    /// What makes the exit code 1; never also turns 3 into 0
    #[arg(long, value_name = "SEVERITY", default_value = "breaking")]
    fail_on: FailOn,
    /// Platform of stored releases, such as linux-x86_64
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// What kind of comparison it is [default: what the names of the releases say]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<Profile>,
    /// Exit with 3 unless both releases have this evidence
    #[arg(long, value_name = "EVIDENCE", value_delimiter = ',')]
    require_evidence: Vec<Needed>,
    /// Instead of a report, print waivers for what would stop this comparison
    #[arg(
        long,
        value_name = "REASON",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = PLACEHOLDER,
        conflicts_with = "format"
    )]
    write_waivers: Option<String>,
    /// The day on which waivers are judged [default: today, in UTC]
    #[arg(long, value_name = "DATE", value_parser = date)]
    today: Option<Date>,
}

/// Reason of waivers that are to be given one.
const PLACEHOLDER: &str = "say here why this is accepted";

pub(super) fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "a day such as 2027-01-31 is needed".to_owned())
}

impl ValueEnum for Profile {
    fn value_variants<'a>() -> &'a [Profile] {
        &Profile::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(match self {
            Profile::Patch => "two patches of one release",
            Profile::Minor => "two releases",
            Profile::Trunk => "a build that is no release yet",
        }))
    }
}

impl ValueEnum for Needed {
    fn value_variants<'a>() -> &'a [Needed] {
        &Needed::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(match self {
            Needed::Types => "debug info",
            Needed::Vtables => "every exported vtable and typeinfo decoded",
            Needed::Symtab => ".symtab, which names the hidden functions in vtables",
        }))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    Breaking,
    Risky,
    Never,
}

pub(super) fn run(args: &Diff, context: &Context) -> Result<Exit> {
    // A policy that says nothing sensible is told before minutes of reading.
    let progress = Progress::new(context.quiet);
    let policy = context.policy(&progress)?;
    let names = [&*args.old, &*args.new];
    let (old, new) = resolve::read_pair(names, args.platform.as_deref(), context, &progress)?;
    progress.say("comparing");
    let changes = diff::compare_with(&old, &new, policy.patterns());
    let circumstances = Circumstances {
        profile: args.profile.unwrap_or_else(|| Profile::of(&old.name, &new.name)),
        today: args.today.map_or_else(today, Ok)?,
        require: args
            .require_evidence
            .iter()
            .map(|&needed| Requirement { needed, libraries: Vec::new() })
            .collect(),
        file: context.config.file_name(),
    };
    let verdict = policy::judge(changes, &old, &new, &policy, &circumstances);
    let mut verdict = verdict.map_err(|mistake| context.config.at(&mistake))?;
    scene::tell(&mut verdict, (&old, &new), context, &progress)?;
    drop(progress);
    match &args.write_waivers {
        Some(reason) => write_waivers(args, reason, &verdict, context)?,
        None => {
            let command = format!("abigate diff {} {}", quoted(&args.old), quoted(&args.new));
            args.outputs.write(&verdict, args.full, &command)?;
        }
    }
    let exit = exit(args.fail_on, &verdict);
    // Freeing millions of names one by one takes longer than the operating system does.
    std::mem::forget((old, new, verdict));
    Ok(exit)
}

/// Today in Greenwich.
pub(super) fn today() -> Result<Date> {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().context("the clock is before 1970")?;
    let days = i32::try_from(since.as_secs() / 86_400).map_err(|_| anyhow!("the clock is after all days"))?;
    Ok(Date::from_days(days))
}

fn write_waivers(args: &Diff, reason: &str, verdict: &Verdict, context: &Context) -> Result<()> {
    let least = if args.fail_on == FailOn::Risky { Severity::Risky } else { Severity::Breaking };
    let Some(text) = policy::write_waivers(verdict, least, reason) else {
        context.warn("there is nothing to waive");
        return Ok(());
    };
    match args.outputs.place() {
        None => output::print(|out| out.write_all(text.as_bytes())),
        Some(place) => output::write_file(place, |out| out.write_all(text.as_bytes())),
    }
}

/// A word as a shell wants it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./+=:@,%~^".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// What a verdict means to whoever asked.
pub(super) fn exit(fail_on: FailOn, verdict: &Verdict) -> Exit {
    let found = |least: Severity| {
        let counts = |severity: Severity| severity >= least && severity != Severity::CannotCertify;
        let can_stop = |f: &&policy::Finding| f.tier.can_stop() && f.waived.is_none();
        verdict.findings.iter().filter(can_stop).any(|f| counts(f.severity))
    };
    match (fail_on, verdict.outcome) {
        (FailOn::Never, _) => Exit::Fine,
        (_, Outcome::Breaking) => Exit::Findings,
        (_, Outcome::CannotCertify) => Exit::CannotCertify,
        (FailOn::Risky, Outcome::Compatible) if found(Severity::Risky) => Exit::Findings,
        (_, Outcome::Compatible) => Exit::Fine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{Change, Subject};
    use crate::policy::{Finding, Ledger, Tier};
    use crate::rules::Rule;

    fn verdict(outcome: Outcome, tier: Tier) -> Verdict {
        let change = Change::new(Rule::NeededAdded, Subject::library("liba.so"));
        let severity = change.severity;
        let ledger = Ledger {
            old_types: (0, 0),
            new_types: (0, 0),
            libraries: 1,
            old_exports: 1,
            new_exports: 1,
            old_rtti: (0, 0),
            new_rtti: (0, 0),
            headers: (None, None),
            gaps: Vec::new(),
        };
        let finding = Finding {
            id: "1".to_owned(),
            tier,
            severity,
            change,
            derived_from: None,
            waived: None,
            consumers: policy::Concern::default(),
        };
        let releases = ("old".to_owned(), "new".to_owned());
        Verdict {
            outcome,
            releases,
            platform: None,
            policy: None,
            profile: Profile::Trunk,
            ledger,
            unmet: Vec::new(),
            notices: Vec::new(),
            ignored: 0,
            consumers: None,
            findings: vec![finding],
        }
    }

    #[test]
    fn exit_codes() {
        let code = |fail_on, outcome| exit(fail_on, &verdict(outcome, Tier::public())) as u8;
        let all = [Outcome::Compatible, Outcome::Breaking, Outcome::CannotCertify];
        assert_eq!(all.map(|outcome| code(FailOn::Breaking, outcome)), [0, 1, 3]);
        assert_eq!(all.map(|outcome| code(FailOn::Risky, outcome)), [1, 1, 3]);
        assert_eq!(all.map(|outcome| code(FailOn::Never, outcome)), [0, 0, 0]);
        assert_eq!(exit(FailOn::Risky, &verdict(Outcome::Compatible, Tier::third_party())), Exit::Fine);
        let mut waived = verdict(Outcome::Compatible, Tier::public());
        waived.findings[0].waived =
            Some(policy::Waived { reason: "x".to_owned(), by: None, issue: None, until: None });
        assert_eq!(exit(FailOn::Risky, &waived), Exit::Fine);
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!([quoted("v2.4"), quoted("a b"), quoted("it's")], ["v2.4", "'a b'", r"'it'\''s'"]);
    }
}

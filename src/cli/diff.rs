//! `abigate diff`: what a new release breaks.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::compare_args::{CompareArgs, FailOn};
use super::context::Context;
use super::exit::Exit;
use super::output;
use crate::abi::Release;
use crate::policy::{self, HowToAccept, JudgeContext, Needed, Profile, Verdict};
use crate::rules::Severity;

/// Compare two releases and report what the new one breaks.
///
/// OLD and NEW are shared objects, directories, archives, dumps, releases in the store (v2.4 is the newest v2.4.x), HEAD (the
/// build that abigate.yaml names) or git revisions that are stored.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate diff v2.9.1 HEAD                        a stored release against this build
  abigate diff old/libc10.so new/libc10.so        two files
  abigate diff old/libx.so new/libx.so --old-headers old/include --new-headers new/include
  abigate diff v2.9 v2.10 --full                  all findings
  abigate diff v2.9 HEAD --format json -o abi.json --format sarif -o abi.sarif
  abigate diff v2.9 HEAD --write-waivers='agreed on in #12'

abigate.yaml says what counts, and how much: `abigate policy --help`.

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 error, 3 inconclusive")]
pub(super) struct Diff {
    /// Old version: what programs were built against
    pub(super) old: String,
    /// New version
    pub(super) new: String,
    #[command(flatten)]
    compare: CompareArgs,
    /// Directory of the old version's public headers, compiled to learn the layouts that programs see; may be repeated
    #[arg(long, value_name = "DIR", hide_short_help = true, help_heading = "Public headers")]
    old_headers: Vec<PathBuf>,
    /// The same for the new version
    #[arg(long, value_name = "DIR", hide_short_help = true, help_heading = "Public headers")]
    new_headers: Vec<PathBuf>,
    /// What kind of comparison it is [default: what the names of the releases say]
    #[arg(long, hide_short_help = true, value_name = "PROFILE")]
    profile: Option<Profile>,
    /// Instead of a report, print waivers for what would stop this comparison; exits with 0 once they are written
    #[arg(
        long,
        value_name = "REASON",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = PLACEHOLDER,
        conflicts_with = "format"
    )]
    write_waivers: Option<String>,
}

/// Reason of waivers that are to be given one.
const PLACEHOLDER: &str = "say here why this is accepted";

impl ValueEnum for Profile {
    fn value_variants<'a>() -> &'a [Profile] {
        &Profile::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(match self {
            Profile::Patch => "two patches of one release",
            Profile::Minor => "two releases",
            Profile::Major => "two major releases: what a new SONAME declares passes",
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
            Needed::Types => "debug info, or public headers that compile",
            Needed::Vtables => "every exported vtable and typeinfo decoded",
            Needed::Symtab => ".symtab, which names the hidden functions in vtables",
        }))
    }
}

pub(super) fn run(args: &Diff, context: &Context) -> Result<Exit> {
    let CompareArgs { outputs, full, platform, .. } = &args.compare;
    let progress = context.progress();
    let session = context.session.only(&args.compare.library)?;
    let session = session.with_side_headers([args.old_headers.clone(), args.new_headers.clone()]);
    let mut judge = session.judge()?;
    let pairs = session.load_pairs([&args.old, &args.new], platform.as_deref())?;
    if pairs.len() > 1 {
        refuse_several(args, &pairs)?;
    }
    let mut verdicts = Vec::with_capacity(pairs.len());
    for (old, new) in &pairs {
        let circumstances = JudgeContext {
            profile: args.profile.unwrap_or_else(|| Profile::of(&old.name, &new.name)),
            today: args.compare.day()?,
            require: args.compare.requirements(),
            file: context.session.config().file_name(),
            trust: None,
            aside: Vec::new(),
        };
        let mut verdict = judge.verdict(old, new, &circumstances)?;
        verdict.build = session.build_of(&args.new);
        let is_set_up = context.is_set_up();
        // What could be set up is a hint, and no answer.
        verdict.accept = (is_set_up || !context.is_quiet()).then(|| HowToAccept {
            label: None,
            is_advisory: true,
            waivers: context.waivers_command(verdict.platform.as_deref().filter(|_| pairs.len() > 1)),
            is_set_up,
        });
        verdicts.push(verdict);
    }
    drop(judge);
    drop(progress);
    // Of several platforms the worst decides, and stands first.
    let rank = |exit: Exit| [Exit::Findings, Exit::CannotCertify, Exit::Fine].iter().position(|e| *e == exit);
    verdicts.sort_by_key(|verdict| rank(args.compare.exit(verdict)));
    let exit = verdicts.first().map_or(Exit::Fine, |verdict| args.compare.exit(verdict));
    let exit = match &args.write_waivers {
        Some(reason) => {
            verdicts.iter().try_for_each(|verdict| write_waivers(args, reason, verdict, context))?;
            // It was asked to write them, and did: what they accept is no reason to stop a script. What could not be compared
            // no waiver accepts.
            if exit == Exit::Findings { Exit::Fine } else { exit }
        }
        None => {
            let all: Vec<&Verdict> = verdicts.iter().collect();
            outputs.write_all(&all, *full, &context.command)?;
            exit
        }
    };
    // Freeing millions of names one by one takes longer than the operating system does.
    std::mem::forget((pairs, verdicts));
    Ok(exit)
}

/// What is about one verdict cannot be about those of several platforms.
fn refuse_several(args: &Diff, pairs: &[(Release, Release)]) -> Result<()> {
    let what = match (&args.write_waivers, args.compare.outputs.of_one()) {
        (Some(_), _) => "waivers are".to_owned(),
        (None, Some(format)) => format!("a report as {} is", format.name()),
        (None, None) => return Ok(()),
    };
    let platforms: Vec<String> = pairs.iter().map(|(old, _)| old.platform.to_string()).collect();
    bail!(
        "{} and {} are for {}, and {what} about one platform: --platform names it",
        args.old,
        args.new,
        platforms.join(" and ")
    )
}

fn write_waivers(args: &Diff, reason: &str, verdict: &Verdict, context: &Context) -> Result<()> {
    let least = match args.compare.fail_on {
        FailOn::Source => Severity::Source,
        FailOn::Risky => Severity::Risky,
        FailOn::Breaking | FailOn::Never => Severity::Breaking,
    };
    let Some(text) = policy::write_waivers(verdict, least, reason) else {
        context.warn("there is nothing to waive");
        return Ok(());
    };
    match args.compare.outputs.place() {
        None => output::tell(|out| out.write_all(text.as_bytes())),
        Some(place) => output::write_file(place, |out| out.write_all(text.as_bytes())),
    }
}

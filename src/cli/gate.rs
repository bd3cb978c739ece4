//! `abigate gate`: may this change be merged.

use std::path::PathBuf;

use anyhow::{Result, anyhow};

use super::context::Context;
use super::diff::quoted;
use super::judging::{Judge, Judging};
use super::progress::Progress;
use super::publish::Publisher;
use super::{Exit, git, lines, output, resolve};
use crate::abi::Release;
use crate::gate::acknowledge::{self, Commit, USUAL_LABEL, USUAL_TRAILER};
use crate::gate::suppress_unreleased;
use crate::gate::{Gate, branch};
use crate::patterns::Glob;
use crate::policy::{self, JudgeContext, Policy, Profile, Verdict};
use crate::report;
use crate::rules::Rule;
use crate::versions;

/// Say whether a change may be merged, and publish it where it runs.
///
/// NEW is compared with the newest stored release and, where a dump of the commit that the change starts from is stored, with
/// that: what this change does stops it, what others did since the release only informs. In GitHub Actions the verdict
/// becomes annotations, the summary of the job, outputs and, with a token, a check run and one comment.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate gate                                     the build that abigate.yaml names against the newest release
  abigate gate build/lib --base v2.9               against another one
  abigate gate --format html -o abi.html --format sarif -o abi.sarif
  abigate gate --label abi-break-accepted          as a pull request with that label

Exit codes: 0 it may be merged, or somebody accepted what it breaks, 1 it may not, 2 trouble, 3 cannot certify")]
pub(super) struct GateArgs {
    /// What is to be merged: shared object, folder, archive, dump or HEAD, the build that abigate.yaml names
    #[arg(value_name = "NEW", default_value = "HEAD")]
    pub(super) new: String,
    /// Release that it has to be compatible with [default: the newest stored one]
    #[arg(long, value_name = "NAME")]
    pub(super) base: Option<String>,
    /// Commit that the change starts from [default: what git says, where its dump is stored]
    #[arg(long, value_name = "NAME")]
    merge_base: Option<String>,
    /// Branch that it is to be merged into [default: what CI says, else main]
    #[arg(long, value_name = "BRANCH")]
    target: Option<String>,
    /// Label of the pull request, where it is not GitHub that says them
    #[arg(long = "label", value_name = "LABEL", value_delimiter = ',')]
    labels: Vec<String>,
    #[command(flatten)]
    judging: Judging,
    /// What kind of comparison it is [default: patch on a release branch, else trunk]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<Profile>,
}

pub(super) fn run(args: &GateArgs, context: &Context) -> Result<Exit> {
    let platform = args.judging.platform.clone().or_else(|| context.config.platform.clone());
    let publisher = Publisher::start(platform.as_deref().unwrap_or_default(), context)?;
    match judge(args, publisher.as_ref(), context) {
        Ok(judged) => finish(args, judged, publisher, context),
        Err(error) => {
            if let Some(publisher) = publisher {
                publisher.fail(&error, context);
            }
            Err(error)
        }
    }
}

/// Writes the reports and publishes the verdict.
fn finish(
    args: &GateArgs,
    (gate, accepted): (Gate, Option<String>),
    publisher: Option<Publisher>,
    context: &Context,
) -> Result<Exit> {
    let Judging { outputs, full, .. } = &args.judging;
    outputs.write(&gate.verdict, *full, &format!("abigate gate {}", quoted(&args.new)))?;
    if outputs.shows_text() {
        let lines = closing(&gate, accepted.as_deref());
        output::print(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))?;
    }
    if let Some(publisher) = publisher {
        publisher.publish(&gate, &outputs.files(), context)?;
    }
    let exit = args.judging.exit(&gate.verdict);
    std::mem::forget(gate);
    Ok(exit)
}

/// The comparison with the release, the one with the commit that the change starts from, and what was accepted.
fn judge(
    args: &GateArgs,
    publisher: Option<&Publisher>,
    context: &Context,
) -> Result<(Gate, Option<String>)> {
    let progress = Progress::new(context.quiet);
    let mut judge = Judge::new(context, &progress)?;
    let base = match &args.base {
        Some(base) => base.clone(),
        None => newest(context)?,
    };
    let target = target(args, publisher);
    let circumstances = JudgeContext {
        profile: profile(args, &target, context)?,
        today: args.judging.day()?,
        require: Vec::new(),
        file: context.config.file_name(),
    };
    let mut verdict = |old: &Release, new: &Release| -> Result<Verdict> {
        let mut verdict = judge.verdict(old, new, &circumstances)?;
        if circumstances.profile == Profile::Trunk {
            // A change of the documentation builds the release once more.
            verdict.findings.retain(|finding| finding.change.rule != Rule::ReleaseSuspect);
        }
        Ok(verdict)
    };
    let platform = args.judging.platform.as_deref();
    let (old, new) = resolve::read_pair([&base, &args.new], platform, context, &progress)?;
    let since = verdict(&old, &new)?;
    let start = git::merge_base(&target, "HEAD");
    let from = args.merge_base.clone().or_else(|| stored_commit(start.as_deref()?, context));
    let mut gate = match &from {
        None => Gate { verdict: since, since: None },
        Some(from) => {
            let platform = old.platform.to_string();
            let old = resolve::read(from, Some(&platform), context, &progress)?;
            let mut verdict = verdict(&old, &new)?;
            suppress_unreleased::limit(&mut verdict, &since);
            std::mem::forget(old);
            Gate { verdict, since: Some(since) }
        }
    };
    std::mem::forget((old, new));
    let here = [context.config.folder().to_owned(), PathBuf::new()];
    lines::refine(&mut gate.verdict, &here);
    let own = || start.as_deref().map_or_else(Vec::new, |start| git::commits(start, "HEAD"));
    let accepted = acknowledged(args, own, publisher, &judge.policy, context, &mut gate.verdict);
    Ok((gate, accepted))
}

/// The newest stored release that is one: commits are stored as well.
fn newest(context: &Context) -> Result<String> {
    let entries = context.store.list()?;
    let is_version = |name: &&str| Profile::of(name, name) != Profile::Trunk;
    let releases = crate::store::releases(&entries);
    let versions = releases.iter().copied().filter(is_version);
    versions.max_by(|a, b| versions::compare(a, b)).map(str::to_owned).ok_or_else(|| {
        let root = context.store.root().display();
        anyhow!("no release is stored in {root}: abigate baseline add INPUT --release v1.0 stores one")
    })
}

/// The branch that the change is to be merged into.
fn target(args: &GateArgs, publisher: Option<&Publisher>) -> String {
    let ci = || {
        let environment = &publisher?.environment;
        let pushed = environment.reference.as_deref().and_then(|name| name.strip_prefix("refs/heads/"));
        environment.base_ref.clone().or_else(|| pushed.map(str::to_owned))
    };
    let gitlab = || std::env::var("CI_MERGE_REQUEST_TARGET_BRANCH_NAME").ok().filter(|name| !name.is_empty());
    args.target.clone().or_else(ci).or_else(gitlab).unwrap_or_else(|| "main".to_owned())
}

fn profile(args: &GateArgs, target: &str, context: &Context) -> Result<Profile> {
    if let Some(profile) = args.profile {
        return Ok(profile);
    }
    let patterns = match context.config.gate().release_branches() {
        Some(patterns) => patterns.to_vec(),
        None => branch::USUAL.map(str::to_owned).to_vec(),
    };
    let patterns: Vec<Glob> = patterns
        .iter()
        .map(|text| Glob::parse(text).map_err(|bad| anyhow!("release branch {text:?}: {}", bad.0)))
        .collect::<Result<_>>()?;
    // Who is on a release branch without any CI means that one.
    let here = args.target.is_none().then(git::branch).flatten();
    let is_release =
        [Some(target), here.as_deref()].into_iter().flatten().any(|name| branch::is_release(name, &patterns));
    Ok(if is_release { Profile::Patch } else { Profile::Trunk })
}

/// What the dump of a commit is stored as, if it is.
fn stored_commit(hash: &str, context: &Context) -> Option<String> {
    let entries = context.store.list().ok()?;
    let stored =
        versions::resolve_commit(hash, crate::store::releases(&entries).iter().copied()).map(str::to_owned);
    if stored.is_none() {
        context.mention(&format!("commit {hash}, which the change starts from, is not stored"));
    }
    stored
}

/// Who accepted what the change breaks, in one sentence, if anybody did and there was anything.
fn acknowledged(
    args: &GateArgs,
    own: impl FnOnce() -> Vec<Commit>,
    publisher: Option<&Publisher>,
    policy: &Policy,
    context: &Context,
    verdict: &mut Verdict,
) -> Option<String> {
    if verdict.outcome != policy::Outcome::Breaking {
        return None;
    }
    let settings = context.config.gate();
    let or = |list: Option<&[String]>, usual: &str| {
        list.map_or_else(|| vec![usual.to_owned()], <[String]>::to_vec)
    };
    let wanted = or(settings.labels(), USUAL_LABEL);
    let trailers = or(settings.trailers(), USUAL_TRAILER);
    let mut labels = args.labels.clone();
    let mut commits = own();
    if let Some(publisher) = publisher {
        labels.extend(publisher.labels());
        let messages = publisher.messages().into_iter();
        commits.extend(messages.map(|message| Commit { author: None, message }));
    }
    let gitlab = std::env::var("CI_MERGE_REQUEST_LABELS").unwrap_or_default();
    labels.extend(gitlab.split(',').filter(|label| !label.is_empty()).map(str::to_owned));
    let decision = acknowledge::find(&labels, &commits, &wanted, &trailers)?;
    match acknowledge::apply(verdict, policy, &decision) {
        0 => Some(format!("{} accepts breaks, and none of these may be accepted", decision.by)),
        n => {
            let roots = report::style::text_layout::count(n, "root cause");
            Some(format!("{roots} accepted by {}: {}", decision.by, decision.reason))
        }
    }
}

/// What stands below the report.
fn closing(gate: &Gate, accepted: Option<&str>) -> Vec<String> {
    let mut lines: Vec<String> = accepted.map(str::to_owned).into_iter().collect();
    if let Some(since) = &gate.since {
        let release = &since.releases.0;
        lines.push(format!(
            "Everything since {release}, which stops nobody here: {}",
            report::headline(since)
        ));
    }
    if !lines.is_empty() {
        lines.insert(0, String::new());
    }
    lines
}

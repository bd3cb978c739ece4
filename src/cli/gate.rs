//! `abigate gate`: may this change be merged.

use anyhow::Result;

use super::compare_args::CompareArgs;
use super::context::Context;
use super::exit::Exit;
use super::output;
use super::publish::{Publisher, of_nobody};
use super::typed::quoted;
use crate::gate::acknowledge::{Commit, Root};
use crate::gate::branch::is_usual_release;
use crate::policy::{HowToAccept, Profile, Trust};
use crate::report;
use crate::report::style::text_layout;
use crate::session::{Acceptance, Decision, GateRequest};

/// Decide whether a change may be merged, and publish the verdict.
///
/// NEW is compared with the newest stored release and, where a dump of the commit that the change starts from is stored, with
/// that: what this change does stops it, what others did since the release only informs. In GitHub Actions the verdict
/// becomes annotations, the summary of the job, outputs and, with a token, a check run and one comment.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate gate                           the build of abigate.yaml against the newest release
  abigate gate build/lib --base v2.9     against another one
  abigate gate -o abi.html -o abi.sarif
  abigate gate --trust none              by policy and baselines of the change itself: a preview

Exit codes: 0 may be merged, or accepted by somebody, 1 may not, 2 error, 3 inconclusive")]
pub(super) struct GateArgs {
    /// What is to be merged: shared object, directory, archive, dump or HEAD, the build that abigate.yaml names
    #[arg(value_name = "NEW", default_value = "HEAD")]
    pub(super) new: String,
    /// Release that it has to be compatible with [default: the newest stored one]
    #[arg(long, value_name = "NAME")]
    pub(super) base: Option<String>,
    /// Commit that the change starts from [default: what git says, where its dump is stored]
    #[arg(long, hide_short_help = true, value_name = "NAME")]
    merge_base: Option<String>,
    /// Commit whose policy and baselines count; `none` for the change's own, which only advises
    ///
    /// By default the newest commit that the change and the target branch have in common.
    #[arg(long, value_name = "REF")]
    trust: Option<String>,
    /// Commit of the change, where another one is checked out
    #[arg(long, hide_short_help = true, value_name = "REF")]
    change: Option<String>,
    /// Branch that it is to be merged into [default: what CI says, else main]
    #[arg(long, value_name = "BRANCH")]
    target: Option<String>,
    /// Label of the pull request, when not running on GitHub; accepts only where nothing is enforced, since nobody knows who
    /// gave it
    #[arg(long = "label", hide_short_help = true, value_name = "LABEL", value_delimiter = ',')]
    labels: Vec<String>,
    #[command(flatten)]
    compare: CompareArgs,
    /// What kind of comparison it is [default: patch on a release branch, else trunk]
    #[arg(long, hide_short_help = true, value_name = "PROFILE")]
    profile: Option<Profile>,
}

pub(super) fn run(args: &GateArgs, context: &Context) -> Result<Exit> {
    let platform = args.compare.platform.as_deref().or(context.session.config().platform());
    let publisher = Publisher::start(platform.unwrap_or_default(), context)?;
    match decide(args, publisher.as_ref(), context) {
        Ok(decision) => finish(args, decision, publisher, context),
        Err(error) => {
            if let Some(publisher) = publisher {
                publisher.fail(&error, context);
            }
            Err(error)
        }
    }
}

fn decide(args: &GateArgs, publisher: Option<&Publisher>, context: &Context) -> Result<Decision> {
    let progress = context.progress();
    let mut request = GateRequest::new(args.new.as_str(), args.compare.day()?);
    request.base.clone_from(&args.base);
    request.merge_base.clone_from(&args.merge_base);
    request.target.clone_from(&args.target);
    request.trust.clone_from(&args.trust);
    request.change.clone_from(&args.change);
    request.ci_target = ci_target(publisher);
    request.platform.clone_from(&args.compare.platform);
    request.profile = args.profile;
    request.libraries.clone_from(&args.compare.library);
    request.require = args.compare.requirements();
    let mut decision = context.session.gate(&request)?;
    let (old, platform) = (decision.gate.verdict.releases.0.clone(), decision.gate.verdict.platform.clone());
    decision.gate.verdict.accept = Some(HowToAccept {
        label: decision.label.clone(),
        is_advisory: !matches!(decision.trust, Trust::Enforced { .. }),
        waivers: context.gate_waivers_command(&old, &args.new, platform.as_deref(), &typed_again(args)),
        is_set_up: true,
    });
    // Only then, since GitHub is asked for these.
    if decision.is_breaking() {
        let mut approvals = publisher.map(|it| it.approvals(context)).unwrap_or_default();
        let gitlab = std::env::var("CI_MERGE_REQUEST_LABELS").unwrap_or_default();
        let named = args.labels.iter().map(String::as_str).chain(gitlab.split(','));
        approvals.extend(named.filter(|label| !label.is_empty()).map(of_nobody));
        let messages = publisher.map(Publisher::messages).unwrap_or_default();
        let commits = messages.into_iter().map(|message| Commit { author: None, message }).collect();
        let members = |team: &str, who: &str| publisher.and_then(|it| it.is_member(team, who));
        context.session.accept(&mut decision, &approvals, commits, &members);
    }
    drop(progress);
    Ok(decision)
}

/// Options that `diff` takes as well and that say what is compared.
fn typed_again(args: &GateArgs) -> String {
    let libraries = args.compare.library.iter().map(|glob| format!(" --library {}", quoted(glob)));
    let profile = args.profile.iter().map(|profile| format!(" --profile {}", profile.name()));
    libraries.chain(profile).collect()
}

/// The branch that the change is to be merged into, as GitHub or GitLab says.
fn ci_target(publisher: Option<&Publisher>) -> Option<String> {
    let github = || {
        let environment = &publisher?.environment;
        let own = environment.event.default_branch.as_deref();
        // A branch that only one change is made on is not what it is judged by.
        let is_target = |pushed: &&str| own.is_none_or(|own| own == *pushed) || is_usual_release(pushed);
        let pushed = || environment.pushed().filter(is_target).or(own);
        environment.base_ref.as_deref().or_else(pushed).map(str::to_owned)
    };
    let gitlab = || std::env::var("CI_MERGE_REQUEST_TARGET_BRANCH_NAME").ok().filter(|name| !name.is_empty());
    github().or_else(gitlab)
}

/// Writes the reports and publishes the verdict.
fn finish(
    args: &GateArgs,
    decision: Decision,
    publisher: Option<Publisher>,
    context: &Context,
) -> Result<Exit> {
    let CompareArgs { outputs, full, .. } = &args.compare;
    let verdict = &decision.gate.verdict;
    // What the log of a workflow shows is no command, whatever names are in it.
    let stopped = publisher.as_ref().map(|_| unguessable());
    if let Some(word) = &stopped {
        output::print(|out| writeln!(out, "::stop-commands::{word}"))?;
    }
    let written = outputs.write(verdict, *full, &context.command).and_then(|()| {
        let lines = if outputs.shows_text() { closing(&decision) } else { Vec::new() };
        output::print(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))
    });
    if let Some(word) = &stopped {
        output::print(|out| writeln!(out, "::{word}::"))?;
    }
    written?;
    if let Some(publisher) = publisher {
        publisher.publish(
            &decision.gate,
            &standing(&decision),
            &decision.stands(),
            &outputs.files(),
            context,
        )?;
    }
    let exit = args.compare.exit(verdict);
    // Freeing millions of names one by one takes longer than the operating system does.
    std::mem::forget(decision);
    Ok(exit)
}

/// A word that nobody knew before.
fn unguessable() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    // The keys of the hasher are random.
    let part = || RandomState::new().hash_one("stop-commands");
    format!("abigate-{:016x}{:016x}", part(), part())
}

/// What stands below the report.
fn closing(decision: &Decision) -> Vec<String> {
    let mut lines = standing(decision);
    if let Some(since) = &decision.gate.since {
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

/// Who accepted what, what does not count, and what can be done.
fn standing(decision: &Decision) -> Vec<String> {
    let mut lines = Vec::new();
    for acceptance in &decision.acceptances {
        accepted(acceptance, &mut lines);
    }
    lines.extend(decision.refused.iter().map(ToString::to_string));
    if let Some(request) = decision.request.as_ref().filter(|_| decision.is_breaking()) {
        lines.push(format!("{} asks to accept it: {}", request.by, request.reason));
    }
    // Authors and reasons come out of commits, labels and logins from whoever wrote them.
    for line in &mut lines {
        *line = report::safe::text(line).into_owned();
    }
    lines
}

/// What an acceptance lets through, and what came after it.
fn accepted(acceptance: &Acceptance, lines: &mut Vec<String>) {
    let Acceptance { by, reason, about, covers, later } = acceptance;
    let about = about.as_ref().map(|about| format!(" about {about}")).unwrap_or_default();
    let named = |roots: &[Root]| {
        let names: Vec<String> = roots.iter().map(|root| format!("{} {}", root.rule, root.name)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        text_layout::list(&names, MOST_ROOTS)
    };
    match (covers.len(), later.len()) {
        (0, 0) => {
            lines.push(format!("{by} accepts breaks{about}, and none of these may be accepted by that"))
        }
        (0, _) => {}
        (n, _) => {
            let roots = text_layout::count(n, "root cause");
            lines.push(format!("{roots}{about} accepted by {by}: {reason} ({})", named(covers)));
        }
    }
    if !later.is_empty() {
        let roots = text_layout::count(later.len(), "root cause");
        lines.push(format!(
            "{roots}{about} came after {by} accepted and is not accepted: take the label away and give it again, or review \
             again ({})",
            named(later)
        ));
    }
}

/// Root causes that a line names.
const MOST_ROOTS: usize = 6;

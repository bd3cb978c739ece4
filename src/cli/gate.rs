//! `abigate gate`: may this change be merged.

use anyhow::Result;

use super::compare_args::CompareArgs;
use super::context::Context;
use super::diff::quoted;
use super::exit::Exit;
use super::output;
use super::publish::Publisher;
use crate::gate::acknowledge::Commit;
use crate::policy::Profile;
use crate::report;
use crate::session::{Decision, GateRequest};

/// Decide whether a change may be merged, and publish the verdict.
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

Exit codes: 0 it may be merged, or somebody accepted what it breaks, 1 it may not, 2 error, 3 cannot certify")]
pub(super) struct GateArgs {
    /// What is to be merged: shared object, directory, archive, dump or HEAD, the build that abigate.yaml names
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
    /// Label of the pull request, when not running on GitHub
    #[arg(long = "label", value_name = "LABEL", value_delimiter = ',')]
    labels: Vec<String>,
    #[command(flatten)]
    compare: CompareArgs,
    /// What kind of comparison it is [default: patch on a release branch, else trunk]
    #[arg(long, value_name = "PROFILE")]
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
    request.ci_target = ci_target(publisher);
    request.platform.clone_from(&args.compare.platform);
    request.profile = args.profile;
    let mut decision = context.session.gate(&request)?;
    // Only then, since GitHub is asked for these.
    if decision.is_breaking() {
        let mut labels = args.labels.clone();
        labels.extend(publisher.map(Publisher::labels).unwrap_or_default());
        let gitlab = std::env::var("CI_MERGE_REQUEST_LABELS").unwrap_or_default();
        labels.extend(gitlab.split(',').filter(|label| !label.is_empty()).map(str::to_owned));
        let messages = publisher.map(Publisher::messages).unwrap_or_default();
        let commits = messages.into_iter().map(|message| Commit { author: None, message }).collect();
        context.session.accept(&mut decision, &labels, commits);
    }
    drop(progress);
    Ok(decision)
}

/// The branch that the change is to be merged into, as GitHub or GitLab says.
fn ci_target(publisher: Option<&Publisher>) -> Option<String> {
    let github = || {
        let environment = &publisher?.environment;
        let pushed = environment.reference.as_deref().and_then(|name| name.strip_prefix("refs/heads/"));
        environment.base_ref.clone().or_else(|| pushed.map(str::to_owned))
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
    outputs.write(verdict, *full, &format!("abigate gate {}", quoted(&args.new)))?;
    if outputs.shows_text() {
        let lines = closing(&decision);
        output::print(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))?;
    }
    if let Some(publisher) = publisher {
        publisher.publish(&decision.gate, &outputs.files(), context)?;
    }
    let exit = args.compare.exit(verdict);
    // Freeing millions of names one by one takes longer than the operating system does.
    std::mem::forget(decision);
    Ok(exit)
}

/// What stands below the report.
fn closing(decision: &Decision) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(acceptance) = &decision.acceptance {
        lines.push(match acceptance.root_causes {
            0 => format!("{} accepts breaks, and none of these may be accepted", acceptance.by),
            n => {
                let roots = report::style::text_layout::count(n, "root cause");
                format!("{roots} accepted by {}: {}", acceptance.by, acceptance.reason)
            }
        });
    }
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

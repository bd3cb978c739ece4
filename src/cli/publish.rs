//! The verdict where GitHub Actions runs the gate: the job's summary, outputs, annotations, a check run, a comment.
//!
//! What cannot be published is said on standard error and changes nothing.

use anyhow::{Result, anyhow};

use super::context::Context;
use super::output;
use crate::gate::Gate;
use crate::github::{self, CheckRun, Client, Conclusion, Environment, Patience, Publication, files};
use crate::policy::{Outcome, Verdict};
use crate::report;
use crate::rules::Severity;

/// The run that publishes.
pub(super) struct Publisher {
    pub(super) environment: Environment,
    client: Option<Client>,
    started: Option<CheckRun>,
    name: String,
}

impl Publisher {
    /// None where no GitHub Actions runs. Begins the check run, where the token lets it.
    pub(super) fn start(platform: &str, context: &Context) -> Result<Option<Publisher>> {
        // A variable that is no text is none of GitHub's.
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let Some(environment) = Environment::read(&variables.collect())? else { return Ok(None) };
        let name = match platform {
            "" => "abigate".to_owned(),
            platform => format!("abigate / {platform}"),
        };
        let client = match environment.token {
            None => {
                context
                    .tell("no GITHUB_TOKEN: neither check run nor comment, only annotations and the summary");
                None
            }
            Some(_) => Some(Client::new(environment.target()?, Patience::default())),
        };
        let url = environment.run_url();
        let started = client
            .as_ref()
            .and_then(|client| github::start(client, &name, url.as_deref(), &|line| context.tell(line)));
        Ok(Some(Publisher { environment, client, started, name }))
    }

    /// Labels of the pull request: as they are now, if GitHub says so, else as they were when the run was started.
    pub(super) fn labels(&self) -> Vec<String> {
        let Some(pull_request) = &self.environment.event.pull_request else { return Vec::new() };
        let now = self.client.as_ref().and_then(|client| client.labels(pull_request.number).ok());
        now.unwrap_or_else(|| pull_request.labels.clone())
    }

    /// Messages of the pull request's commits, where a shallow clone does not have them.
    pub(super) fn messages(&self) -> Vec<String> {
        let Some(pull_request) = &self.environment.event.pull_request else { return Vec::new() };
        let messages =
            self.client.as_ref().and_then(|client| client.commit_messages(pull_request.number).ok());
        messages.unwrap_or_default()
    }

    /// Says that there was trouble instead of a verdict: a check run that was begun and never ends stops every merge.
    pub(super) fn fail(mut self, error: &anyhow::Error, context: &Context) {
        let text =
            format!("There is no verdict, for trouble:\n\n    {}\n", format!("{error:#}").replace('\n', " "));
        if let Some(path) = &self.environment.summary
            && let Err(error) = files::append_summary(path, &format!("### abigate\n\n{text}"))
        {
            context.tell(&error.to_string());
        }
        if let Some(path) = &self.environment.output
            && let Err(error) = files::append_outputs(path, &[("verdict", "trouble")])
        {
            context.tell(&error.to_string());
        }
        let Some(client) = &self.client else { return };
        let publication = Publication {
            name: self.name.clone(),
            conclusion: Conclusion::Failure,
            title: "trouble instead of a verdict".to_owned(),
            summary_markdown: text.clone(),
            text_markdown: String::new(),
            comment_markdown: text,
            is_clean: false,
            annotations: Vec::new(),
            details_url: self.environment.run_url(),
        };
        github::publish(client, self.started.take(), &publication, &|line| context.tell(line));
    }

    /// Publishes what the gate came to. `written`: files of reports.
    pub(super) fn publish(mut self, gate: &Gate, written: &[String], context: &Context) -> Result<()> {
        let verdict = &gate.verdict;
        output::print(|out| {
            report::write(verdict, report::Format::Github, &report::Options::default(), out)
        })?;
        let failed = |error: files::Error| anyhow!("{error}");
        if let Some(path) = &self.environment.summary {
            files::append_summary(path, &markdown(gate, files::SUMMARY / 2)).map_err(failed)?;
        }
        if let Some(path) = &self.environment.output {
            let counts = |severity| count(verdict, severity).to_string();
            let values = [
                ("verdict", word(verdict.outcome).to_owned()),
                ("breaking", counts(Severity::Breaking)),
                ("risky", counts(Severity::Risky)),
                ("reports", written.join("\n")),
            ];
            let values: Vec<(&str, &str)> =
                values.iter().map(|(name, value)| (*name, value.as_str())).collect();
            files::append_outputs(path, &values).map_err(failed)?;
        }
        let Some(client) = &self.client else { return Ok(()) };
        let text = markdown(gate, report::MARKDOWN);
        let publication = Publication {
            name: self.name.clone(),
            conclusion: match verdict.outcome {
                Outcome::Compatible => Conclusion::Success,
                Outcome::Breaking => Conclusion::Failure,
                Outcome::CannotCertify => Conclusion::ActionRequired,
            },
            title: report::headline(verdict),
            summary_markdown: text.clone(),
            text_markdown: String::new(),
            comment_markdown: text,
            is_clean: verdict.outcome == Outcome::Compatible,
            annotations: report::annotations(verdict),
            details_url: self.environment.run_url(),
        };
        github::publish(client, self.started.take(), &publication, &|line| context.tell(line));
        Ok(())
    }
}

/// The change, and folded what is there since the release.
fn markdown(gate: &Gate, most: usize) -> String {
    let Some(since) = &gate.since else { return report::markdown(&gate.verdict, most) };
    let told = report::markdown(&gate.verdict, most / 2);
    let (release, headline) = (&since.releases.0, report::headline(since));
    let rest = report::markdown(since, most / 2 - 200);
    format!(
        "{told}\n<details><summary>Everything since {release}: {headline}</summary>\n\n{rest}\n</details>\n"
    )
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Compatible => "compatible",
        Outcome::Breaking => "breaking",
        Outcome::CannotCertify => "cannot-certify",
    }
}

fn count(verdict: &Verdict, severity: Severity) -> usize {
    let counts = |finding: &&crate::policy::Finding| {
        finding.severity == severity
            && finding.derived_from.is_none()
            && finding.waived.is_none()
            && finding.tier.can_stop()
    };
    verdict.findings.iter().filter(counts).count()
}

//! The verdict where GitHub Actions runs the gate: the job's summary, outputs, annotations, a check run, a comment.
//!
//! What cannot be published is said on standard error and changes nothing.

use anyhow::Result;

use super::context::Context;
use super::output;
use crate::gate::Gate;
use crate::gate::acknowledge::{Approval, How, Standing};
use crate::github::{
    self, Annotation, CheckRun, Client, Conclusion, Environment, Given, GivenStanding, Publication,
    RetryPolicy, files,
};
use crate::policy::Outcome;
use crate::report;

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
        let Some(mut environment) = Environment::read(&variables.collect())? else { return Ok(None) };
        let client = match environment.token {
            None => {
                context
                    .tell("no GITHUB_TOKEN: neither check run nor comment, only annotations and the summary");
                None
            }
            Some(_) => {
                let client = Client::new(environment.target()?, RetryPolicy::default());
                if let Err(error) = environment.follow(&client) {
                    context.tell(&format!("the pull request of this run is not known: {error}"));
                }
                // It may know the pull request now.
                Some(Client::new(environment.target()?, RetryPolicy::default()))
            }
        };
        let mut name = match platform {
            "" => "abigate".to_owned(),
            platform => format!("abigate / {platform}"),
        };
        if let Some(branch) = environment.elsewhere() {
            name.push_str(&format!(" (into {branch})"));
        }
        let url = environment.run_url();
        let started = client
            .as_ref()
            .and_then(|client| github::start(client, &name, url.as_deref(), &|line| context.tell(line)));
        Ok(Some(Publisher { environment, client, started, name }))
    }

    /// Labels and reviews of the pull request, with who gave them: as GitHub's events say. Where it does not, labels are as they
    /// were when the run was started, and nobody knows whose.
    pub(super) fn approvals(&self, context: &Context) -> Vec<Approval> {
        let asked =
            self.client.as_ref().map(|client| github::approvals(&self.environment, &self.name, client));
        match asked {
            Some(Ok(given)) => return given.into_iter().map(approval).collect(),
            Some(Err(error)) => context.tell(&format!("who gave labels and reviews is not known: {error}")),
            None => {}
        }
        let labels = self.environment.event.pull_request.iter().flat_map(|it| &it.labels);
        labels.map(|label| of_nobody(label)).collect()
    }

    /// Whether somebody is in a team, as GitHub says; none: it does not.
    pub(super) fn is_member(&self, team: &str, who: &str) -> Option<bool> {
        self.client.as_ref()?.is_member(team, who)
    }

    /// Messages of the pull request's commits, where a shallow clone does not have them.
    pub(super) fn messages(&self) -> Vec<String> {
        let Some(number) = self.environment.pull_request() else { return Vec::new() };
        let messages = self.client.as_ref().and_then(|client| client.commit_messages(number).ok());
        messages.unwrap_or_default()
    }

    /// Says that there was trouble instead of a verdict: a check run that was begun and never ends stops every merge.
    pub(super) fn fail(self, error: &anyhow::Error, context: &Context) {
        let text =
            format!("There is no verdict, for trouble:\n\n    {}\n", format!("{error:#}").replace('\n', " "));
        let title = "trouble instead of a verdict".to_owned();
        let summary = format!("### abigate\n\n{text}");
        let publication = self.publication(Conclusion::Failure, title, text, Vec::new(), None);
        self.tell(&summary, &[("verdict", "trouble")], &publication, context);
    }

    /// Publishes what the gate came to. `written`: files of reports.
    pub(super) fn publish(
        self,
        gate: &Gate,
        closing: &[String],
        stands: &[String],
        written: &[String],
        context: &Context,
    ) -> Result<()> {
        let verdict = &gate.verdict;
        output::print(|out| {
            report::write(verdict, report::Format::Github, &report::Options::default(), out)
        })?;
        let conclusion = match verdict.outcome {
            Outcome::Compatible => Conclusion::Success,
            Outcome::Breaking => Conclusion::Failure,
            Outcome::CannotCertify => Conclusion::ActionRequired,
        };
        let counts = report::counts(verdict);
        let outputs = [
            ("verdict", verdict.outcome.name()),
            ("breaking", &counts.breaking.to_string()),
            ("risky", &counts.risky.to_string()),
            ("reports", &written.join("\n")),
        ];
        let text = markdown(gate, closing, report::MARKDOWN);
        let (title, annotations) = (report::headline(verdict), report::annotations(verdict));
        let publication = self.publication(conclusion, title, text, annotations, Some(stands));
        self.tell(&markdown(gate, closing, files::SUMMARY / 2), &outputs, &publication, context);
        Ok(())
    }

    fn publication(
        &self,
        conclusion: Conclusion,
        title: String,
        text: String,
        annotations: Vec<Annotation>,
        stands: Option<&[String]>,
    ) -> Publication {
        Publication {
            name: self.name.clone(),
            conclusion,
            title,
            summary_markdown: text.clone(),
            text_markdown: stands.map(github::record).unwrap_or_default(),
            comment_markdown: text,
            is_clean: conclusion == Conclusion::Success,
            annotations,
            details_url: self.environment.run_url(),
        }
    }

    /// Writes what a step may write, and publishes what its token lets it.
    fn tell(self, summary: &str, outputs: &[(&str, &str)], publication: &Publication, context: &Context) {
        let say = |line: &str| context.tell(line);
        let Environment { summary: place, output, .. } = &self.environment;
        let written = [
            place.as_ref().map(|path| files::append_summary(path, summary)),
            output.as_ref().map(|path| files::append_outputs(path, outputs)),
        ];
        for failed in written.into_iter().flatten().filter_map(Result::err) {
            say(&failed.to_string());
        }
        if let Some(client) = &self.client {
            github::publish(client, self.started, publication, &say);
        }
    }
}

/// A label of which nobody knows who gave it.
pub(super) fn of_nobody(label: &str) -> Approval {
    Approval::new(None, How::Label(label.to_owned()), Standing::UnknownGiver)
}

fn approval(given: Given) -> Approval {
    Approval {
        who: Some(given.who),
        how: given.label.map_or(How::Review, How::Label),
        text: given.text,
        stood: given.stood,
        standing: match given.standing {
            GivenStanding::Valid => Standing::Valid,
            GivenStanding::Author => Standing::Author,
            GivenStanding::Pusher => Standing::Pusher,
            GivenStanding::NoWriteAccess => Standing::NoWriteAccess,
            GivenStanding::BeforeLastPush => Standing::BeforeLastPush,
            GivenStanding::UnknownTime => Standing::UnknownTime,
        },
    }
}

/// The change with what stands below it, and folded what is there since the release.
fn markdown(gate: &Gate, closing: &[String], most: usize) -> String {
    let below: String =
        closing.iter().map(|line| format!("\n{}\n", report::escaped_markdown(line))).collect();
    let most = most.saturating_sub(below.len());
    with_since(gate, &below, most)
}

fn with_since(gate: &Gate, below: &str, most: usize) -> String {
    let Some(since) = &gate.since else { return report::markdown(&gate.verdict, most) + below };
    let told = report::markdown(&gate.verdict, most / 2);
    let (release, headline) = (&since.releases.0, report::headline(since));
    let rest = report::markdown(since, most / 2 - 200);
    format!(
        "{told}{below}\n<details><summary>Everything since {release}: {headline}</summary>\n\n{rest}\n</details>\n"
    )
}

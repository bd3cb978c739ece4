//! A publication to a check run and a comment, as far as GitHub lets it.

use std::fmt;

use super::{CheckRun, Client, Error, Publication, comment};

/// What can be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The check run at the commit.
    CheckRun,
    /// The comment at the pull request.
    Comment,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is new.
    Created,
    /// It was there and says this now.
    Updated,
    /// There is nothing to say, or no pull request to say it at.
    NotNeeded,
}

/// What was published, or why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What.
    pub part: Part,
    /// What became of it.
    pub result: Result<Done, Error>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.part {
            Part::CheckRun => "check run",
            Part::Comment => "comment",
        };
        match &self.result {
            Ok(Done::Created) => write!(f, "{part} created"),
            Ok(Done::Updated) => write!(f, "{part} updated"),
            Ok(Done::NotNeeded) => write!(f, "{part} not needed"),
            Err(error) => write!(f, "{part} not published: {error}"),
        }
    }
}

/// Begins the check run, so that it shows as running while releases are compared; `None`, and a line to `say`, if GitHub
/// does not let it.
pub fn start(client: &Client, name: &str, details_url: Option<&str>, say: &dyn Fn(&str)) -> Option<CheckRun> {
    let begun = client.create_check_run(name, details_url);
    begun.inspect_err(|error| say(&format!("check run not begun: {error}"))).ok()
}

/// Ends the check run that was [started](start), or one that it begins, and writes the comment. Neither needs the other,
/// and none of their failures is a verdict; `say` gets a line for each.
pub fn publish(
    client: &Client,
    started: Option<CheckRun>,
    publication: &Publication,
    say: &dyn Fn(&str),
) -> Vec<Outcome> {
    let check_run = Outcome { part: Part::CheckRun, result: check(client, started, publication) };
    let comment = Outcome { part: Part::Comment, result: comment(client, publication) };
    let outcomes = vec![check_run, comment];
    for outcome in outcomes.iter().filter(|outcome| outcome.result.is_err()) {
        say(&outcome.to_string());
    }
    outcomes
}

fn check(client: &Client, started: Option<CheckRun>, publication: &Publication) -> Result<Done, Error> {
    let (run, done) = match started {
        Some(run) => (run, Done::Updated),
        None => {
            let details = publication.details_url.as_deref();
            (client.create_check_run(&publication.name, details)?, Done::Created)
        }
    };
    client.complete_check_run(run, publication).map(|()| done)
}

fn comment(client: &Client, publication: &Publication) -> Result<Done, Error> {
    let Some(pull_request) = client.target().pull_request else {
        return Ok(Done::NotNeeded);
    };
    let name = &publication.name;
    let body = comment::body(publication);
    if publication.is_clean {
        // Nobody has to be told that nothing happened, unless something did before.
        let Some(found) = client.find_comment(pull_request, name)? else {
            return Ok(Done::NotNeeded);
        };
        return client.edit_comment(found, &body).map(|()| Done::Updated);
    }
    let is_new = client.put_comment(pull_request, name, &body)?;
    Ok(if is_new { Done::Created } else { Done::Updated })
}

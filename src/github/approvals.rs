//! Who put a label onto a pull request or approved it, and whether that was after the last push: as GitHub's own events say,
//! never as a commit does.

use super::wire::{LabelEvent, ListedCheckRun, ListedPullRequest, Review};
use super::{Client, Environment, Error};

/// A label or an approving review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Login of who gave it.
    pub who: String,
    /// The label; none: it is a review.
    pub label: Option<String>,
    /// What stands in the review.
    pub text: Option<String>,
    /// Fingerprints of what broke when it was given, as the gate's check run said then; none: it is for what breaks now.
    pub stood: Option<Vec<String>>,
    /// Whether it counts.
    pub standing: GivenStanding,
}

/// Whether a label or review counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenStanding {
    /// Somebody else with write access gave it for the commit that is judged.
    Valid,
    /// The author of the pull request gave it.
    Author,
    /// Who gave it pushed commits of the pull request.
    Pusher,
    /// Who gave it may not write to the repository, or nobody may know whether.
    NoWriteAccess,
    /// Commits came afterwards.
    BeforeLastPush,
    /// Whether commits came afterwards is not known.
    UnknownTime,
}

/// Everything that may accept what the pull request of a run breaks. `name`: that of the gate's check run.
///
/// # Errors
/// GitHub does not say.
pub fn approvals(environment: &Environment, name: &str, client: &Client) -> Result<Vec<Given>, Error> {
    let Some(number) = environment.pull_request() else { return Ok(Vec::new()) };
    let now = client.pull_request(number)?;
    let is_stale = now.head.sha != environment.head_sha();
    let is_author = |who: &str| now.user.as_ref().is_none_or(|author| author.login.eq_ignore_ascii_case(who));
    let mut given = Vec::new();
    let events = client.label_events(number)?;
    let mut pushers = Pushers { now: &now, environment, client, commits: None };
    let mut records = Records { head: environment.head_sha(), number, name, client, read: None };
    for label in client.labels(number)? {
        let Some((who, at)) = latest(&events, &label) else { continue };
        let (standing, stood) = match () {
            () if is_author(&who) => (GivenStanding::Author, None),
            () if !client.may_write(&who) => (GivenStanding::NoWriteAccess, None),
            () if pushers.has(&who) => (GivenStanding::Pusher, None),
            () if is_stale => records.bind(GivenStanding::BeforeLastPush, &at),
            () => records.bind(after_push(environment, &label, &who, &at), &at),
        };
        given.push(Given { who, label: Some(label), text: None, standing, stood });
    }
    for Review { user, commit_id, body, submitted_at, .. } in standing_reviews(client.reviews(number)?) {
        let Some(who) = user.map(|user| user.login) else { continue };
        let at = submitted_at.unwrap_or_default();
        let is_of_this = !is_stale && commit_id.as_deref() == Some(environment.head_sha());
        let (standing, stood) = match () {
            () if is_author(&who) => (GivenStanding::Author, None),
            () if !client.may_write(&who) => (GivenStanding::NoWriteAccess, None),
            () if pushers.has(&who) => (GivenStanding::Pusher, None),
            () if is_of_this => records.bind(GivenStanding::Valid, &at),
            () => records.bind(GivenStanding::BeforeLastPush, &at),
        };
        given.push(Given { who, label: None, text: body, standing, stood });
    }
    Ok(given)
}

/// Who pushed the commits of a pull request: whoever may write to its branch can add some, and did not only look at it then.
struct Pushers<'a> {
    now: &'a ListedPullRequest,
    environment: &'a Environment,
    client: &'a Client,
    /// Read when somebody asks.
    commits: Option<Vec<String>>,
}

impl Pushers<'_> {
    fn has(&mut self, who: &str) -> bool {
        let Pushers { now, environment, client, commits } = self;
        let commits = commits.get_or_insert_with(|| {
            let mut commits = client.commits(now.number).unwrap_or_default();
            commits.extend([now.head.sha.clone(), environment.head_sha().to_owned()]);
            commits
        });
        let event = &environment.event;
        let is_push = matches!(event.action.as_deref(), Some("opened" | "synchronize"));
        let is_sender = || is_push && event.sender.as_ref().is_some_and(|it| it.eq_ignore_ascii_case(who));
        let place = now.head.repo.as_ref().zip(now.head.branch.as_deref());
        let pushed = place.and_then(|(repo, branch)| client.pushed(&repo.full_name, branch, who, commits));
        // Where GitHub does not say, as of a fork that only its owner sees, the run's own push is known.
        pushed.unwrap_or(false) || is_sender()
    }
}

/// What the check runs of the gate said breaks, and when.
struct Records<'a> {
    head: &'a str,
    number: u64,
    name: &'a str,
    client: &'a Client,
    /// Read when somebody asks: commit, time, fingerprints.
    read: Option<Vec<(String, String, Vec<String>)>>,
}

/// Commits of a pull request whose check runs are asked for.
const MOST_COMMITS: usize = 30;

impl Records<'_> {
    /// Whether something that was given at that time counts, and for what. What broke when the gate last said so before is what
    /// was accepted, whatever was pushed since; where it had said nothing, only what was given after the last push counts.
    fn bind(&mut self, standing: GivenStanding, at: &str) -> (GivenStanding, Option<Vec<String>>) {
        let is_open = matches!(
            standing,
            GivenStanding::Valid | GivenStanding::BeforeLastPush | GivenStanding::UnknownTime
        );
        if !is_open || !is_time(at) {
            return (standing, None);
        }
        let head = self.head.to_owned();
        let records = self.read.get_or_insert_with(|| read(self.client, self.number, &head, self.name));
        // What was given for the commit that is judged is bound to what the gate said of that one.
        let fits = |record: &&(String, String, Vec<String>)| {
            record.1.as_str() <= at && (standing != GivenStanding::Valid || record.0 == head)
        };
        match records.iter().filter(fits).max_by(|a, b| a.1.cmp(&b.1)) {
            Some((_, _, stood)) => (GivenStanding::Valid, Some(stood.clone())),
            None => (standing, None),
        }
    }
}

/// What the gate said of the newest commits of a pull request. Where GitHub does not say, nothing.
fn read(client: &Client, number: u64, head: &str, name: &str) -> Vec<(String, String, Vec<String>)> {
    let mut commits = client.commits(number).unwrap_or_default();
    commits.retain(|sha| sha != head && sha.bytes().all(|b| b.is_ascii_hexdigit()));
    commits.push(head.to_owned());
    let newest = commits.iter().rev().take(MOST_COMMITS);
    let runs = newest.flat_map(|sha| client.check_runs(sha, name).unwrap_or_default());
    let record = |run: ListedCheckRun| {
        let at = run.completed_at.filter(|at| is_time(at))?;
        Some((run.head_sha, at, recorded(&run.output.text?)?))
    };
    runs.filter_map(record).collect()
}

/// What a check run says to later runs of the gate, in a comment that nobody sees: what breaks.
pub fn record(fingerprints: &[String]) -> String {
    format!("{RECORD}{}{RECORD_END}", fingerprints.join(" "))
}

/// What a check run says; none: it says nothing, or not all of it.
fn recorded(text: &str) -> Option<Vec<String>> {
    let (_, rest) = text.split_once(RECORD)?;
    let (list, _) = rest.split_once(RECORD_END)?;
    Some(list.split_whitespace().map(str::to_owned).collect())
}

const RECORD: &str = "<!-- abigate-breaks ";
const RECORD_END: &str = " -->";

/// Whether a label was put there after the commit that is judged was pushed. What says when that was is the event that the run
/// was started by: a push to the pull request, or this very label.
fn after_push(environment: &Environment, label: &str, who: &str, at: &str) -> GivenStanding {
    let event = &environment.event;
    let is_this = event.label.as_deref() == Some(label) && event.sender.as_deref() == Some(who);
    if event.action.as_deref() == Some("labeled") && is_this {
        return GivenStanding::Valid;
    }
    let is_push = matches!(event.action.as_deref(), Some("opened" | "synchronize" | "reopened"));
    let pushed = event.pull_request.as_ref().filter(|_| is_push).and_then(|it| it.updated_at.as_deref());
    match pushed.or(event.followed_at.as_deref()) {
        Some(pushed) if is_time(pushed) && is_time(at) && at > pushed => GivenStanding::Valid,
        Some(_) => GivenStanding::BeforeLastPush,
        None => GivenStanding::UnknownTime,
    }
}

/// `2026-11-30T10:00:00Z`: times of that form compare as text.
fn is_time(text: &str) -> bool {
    let form = b"0000-00-00T00:00:00Z";
    let fits = |(byte, form): (u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == *form };
    text.len() == form.len() && text.bytes().zip(form).all(fits)
}

/// Who put a label there last, and when; none: it was taken away again, or nobody knows.
fn latest(events: &[LabelEvent], label: &str) -> Option<(String, String)> {
    let of_label = |event: &&LabelEvent| event.label.as_ref().is_some_and(|it| it.name == label);
    let last = events.iter().rfind(of_label).filter(|event| event.event == "labeled")?;
    Some((last.actor.as_ref()?.login.clone(), last.created_at.clone()?))
}

/// The approving reviews that nobody has withdrawn: of each person the last that is one of the decisive kinds.
fn standing_reviews(reviews: Vec<Review>) -> Vec<Review> {
    let mut last: Vec<Review> = Vec::new();
    let is_decisive =
        |review: &Review| ["APPROVED", "CHANGES_REQUESTED", "DISMISSED"].contains(&&*review.state);
    for review in reviews.into_iter().filter(is_decisive) {
        let login = |review: &Review| review.user.as_ref().map(|user| user.login.clone());
        last.retain(|known| login(known) != login(&review));
        last.push(review);
    }
    last.retain(|review| review.state == "APPROVED");
    last
}

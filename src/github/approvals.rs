//! Who put a label onto a pull request or approved it, and whether that was after the last push: as GitHub's own events say,
//! never as a commit does.

use super::wire::{LabelEvent, Review};
use super::{Client, Environment, Error};

/// A label or an approving review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Login of who gave it.
    pub who: String,
    /// The label; none: it is a review.
    pub label: Option<String>,
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
    /// Who gave it may not write to the repository, or nobody may know whether.
    NoWriteAccess,
    /// Commits came afterwards.
    BeforeLastPush,
    /// Whether commits came afterwards is not known.
    UnknownTime,
}

/// Everything that may accept what the pull request of a run breaks.
///
/// # Errors
/// GitHub does not say.
pub fn approvals(environment: &Environment, client: &Client) -> Result<Vec<Given>, Error> {
    let Some(number) = environment.pull_request() else { return Ok(Vec::new()) };
    let now = client.pull_request(number)?;
    let is_stale = now.head.sha != environment.head_sha();
    let is_author = |who: &str| now.user.as_ref().is_none_or(|author| author.login.eq_ignore_ascii_case(who));
    let mut given = Vec::new();
    let events = client.label_events(number)?;
    for label in client.labels(number)? {
        let Some((who, at)) = latest(&events, &label) else { continue };
        let standing = match () {
            () if is_author(&who) => GivenStanding::Author,
            () if !client.may_write(&who) => GivenStanding::NoWriteAccess,
            () if is_stale => GivenStanding::BeforeLastPush,
            () => after_push(environment, &label, &who, &at),
        };
        given.push(Given { who, label: Some(label), standing });
    }
    for Review { user, commit_id, .. } in standing_reviews(client.reviews(number)?) {
        let Some(who) = user.map(|user| user.login) else { continue };
        let standing = match () {
            () if is_author(&who) => GivenStanding::Author,
            () if is_stale || commit_id.as_deref() != Some(environment.head_sha()) => {
                GivenStanding::BeforeLastPush
            }
            () if !client.may_write(&who) => GivenStanding::NoWriteAccess,
            () => GivenStanding::Valid,
        };
        given.push(Given { who, label: None, standing });
    }
    Ok(given)
}

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

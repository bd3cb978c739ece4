//! Comparisons: waited for, and looked at; and one finding, wherever it was met.

use askama::Template;
use axum::extract::{Path, Query, State as Shared};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, Result, page};
use crate::remote::api::{ComparisonState, Snapshot};
use crate::rules::Rule;
use crate::serve::State;
use crate::serve::api::{self, Asked, Where};
use crate::serve::auth::{Access, Actor};
use crate::serve::child::Finding;
use crate::serve::db::comparisons;
use crate::serve::db::projects::Project;
use crate::serve::problem::Problem;

/// Roots that a page has a line for.
const MOST: i64 = 200;

/// What was chosen in the form.
#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    old: String,
    new: String,
    platform: Option<String>,
}

/// The form's answer: the address of what was chosen.
pub(super) async fn chosen(Path(project): Path<String>, Query(chosen): Query<Chosen>) -> Result<Redirect> {
    let plain = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._+-@".contains(c))
    };
    let platform = chosen.platform.unwrap_or_default();
    if ![&chosen.old, &chosen.new, &project, &platform].into_iter().all(|name| plain(name)) {
        return Err(Problem::invalid("these are no names of releases").into());
    }
    // A plus would be read as a space.
    let quoted = |name: &str| name.replace('+', "%2B");
    let (old, new) = (quoted(&chosen.old), quoted(&chosen.new));
    Ok(Redirect::to(&format!("/p/{project}/compare/{old}...{new}?platform={}", quoted(&platform))))
}

/// Two snapshots compared: asked for by whoever looks.
pub(super) async fn compare(
    Shared(state): Shared<State>,
    actor: Actor,
    Path((project, pair)): Path<(String, String)>,
    Query(place): Query<Where>,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Read).await?;
    let asked = api::ask(&state, &project, &pair, place.platform.as_deref()).await?;
    shown(&state, &actor, project, asked).await
}

/// A comparison by its id.
pub(super) async fn comparison(
    Shared(state): Shared<State>,
    actor: Actor,
    Path((project, comparison)): Path<(String, String)>,
) -> Result<Response> {
    let (project, asked) = api::find(&state, &actor, &project, &comparison).await?;
    shown(&state, &actor, project, asked).await
}

#[derive(Template)]
#[template(path = "comparison.html", config = "src/serve/askama.toml")]
struct ComparisonPage {
    style: &'static str,
    engine: String,
    signed_in: bool,
    slug: String,
    id: String,
    old: Snapshot,
    new: Snapshot,
    state: &'static str,
    waiting: bool,
    done: bool,
    class: &'static str,
    word: &'static str,
    line: String,
    roots: Vec<Finding>,
    more: usize,
}

/// The class and the word of an outcome.
pub(super) fn look(outcome: Option<&str>) -> (&'static str, &'static str) {
    match outcome {
        Some("compatible") => ("fine", "✓ Compatible"),
        Some("breaking") => ("bad", "✗ Breaking"),
        _ => ("unknown", "? Inconclusive"),
    }
}

async fn shown(state: &State, actor: &Actor, project: Project, asked: Asked) -> Result<Response> {
    let Asked { comparison, old, new } = asked;
    let waiting = matches!(comparison.state, ComparisonState::Queued | ComparisonState::Running);
    let done = comparison.state == ComparisonState::Done;
    let (class, word) = match comparison.state {
        ComparisonState::Done => look(comparison.outcome.as_deref()),
        ComparisonState::Failed => ("bad", "Could not be compared"),
        _ => ("unknown", "…"),
    };
    let roots = comparisons::roots(&state.db, &comparison.id, MOST).await?;
    let all = comparisons::count_roots(&state.db, &comparison.id).await?;
    let Frame { style, engine, signed_in } = Frame::new(state, actor);
    let counts = comparison.counts.as_deref().map(counts);
    let line = counts.or(comparison.reason).unwrap_or_else(|| "It was asked for just now.".to_owned());
    let shown = ComparisonPage {
        style,
        engine,
        signed_in,
        slug: project.slug,
        id: comparison.id,
        old,
        new,
        state: if comparison.state == ComparisonState::Running {
            "being made"
        } else {
            "waiting for its turn"
        },
        waiting,
        done,
        class,
        word,
        line,
        more: usize::try_from(all).unwrap_or(0).saturating_sub(roots.len()),
        roots,
    };
    Ok(page(if waiting { StatusCode::ACCEPTED } else { StatusCode::OK }, &shown))
}

/// `60 breaking, 79 risky root causes`
fn counts(counts: &str) -> String {
    let counts: Vec<(String, u64)> = serde_json::from_str(counts).unwrap_or_default();
    let parts: Vec<String> = counts.into_iter().map(|(severity, n)| format!("{n} {severity}")).collect();
    if parts.is_empty() { "No root causes".to_owned() } else { format!("{} root causes", parts.join(", ")) }
}

/// The drawn report, which is the same file as `abigate diff -o report.html` writes, with the policy for browsers that it
/// has in itself.
pub(super) async fn report(
    Shared(state): Shared<State>,
    actor: Actor,
    Path((project, comparison)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let (_, asked) = api::find(&state, &actor, &project, &comparison).await?;
    let mut response = api::report_of(&state, &asked.comparison, "html", &headers).await?;
    let policy = HeaderValue::from_static(
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox allow-scripts",
    );
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response.into_response())
}

#[derive(Template)]
#[template(path = "finding.html", config = "src/serve/askama.toml")]
struct FindingPage {
    style: &'static str,
    engine: String,
    signed_in: bool,
    slug: String,
    fingerprint: String,
    name: String,
    rule: String,
    title: &'static str,
    summary: &'static str,
    remedy: &'static str,
    severity: String,
    tier: String,
    comparisons: Vec<Met>,
}

struct Met {
    id: String,
    headline: String,
}

/// A finding: what it is, and where it was met.
pub(super) async fn finding(
    Shared(state): Shared<State>,
    actor: Actor,
    Path((project, fingerprint)): Path<(String, String)>,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Read).await?;
    let found = comparisons::with_finding(&state.db, &project.id, &fingerprint, MOST).await?;
    let Some(first) = found.first().map(|found| found.finding.clone()) else {
        return Err(Problem::not_found("finding").into());
    };
    let entry = Rule::from_id(&first.rule).map(Rule::entry);
    let met = |found: comparisons::Found| Met {
        id: found.comparison.id,
        headline: found.comparison.headline.unwrap_or_default(),
    };
    let Frame { style, engine, signed_in } = Frame::new(&state, &actor);
    let shown = FindingPage {
        style,
        engine,
        signed_in,
        slug: project.slug,
        fingerprint: first.fingerprint,
        name: first.name,
        title: entry.map_or("", |entry| entry.title),
        summary: entry.map_or("", |entry| entry.effect),
        remedy: entry.map_or("", |entry| entry.remedy),
        rule: first.rule,
        severity: first.severity,
        tier: first.tier,
        comparisons: found.into_iter().map(met).collect(),
    };
    Ok(page(StatusCode::OK, &shown))
}

//! Comparisons of two snapshots: asked for, looked at, their reports.

use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::{bytes, fresh};
use crate::remote::api::{Comparison, ComparisonState, Problem as Shown, ROOT, ReportLink, Snapshot, Trust};
use crate::serve::auth::{Access, Actor};
use crate::serve::child::Finding;
use crate::serve::db::comparisons::{self, Key};
use crate::serve::db::projects::{self, Project};
use crate::serve::db::snapshots;
use crate::serve::problem::{Path, Problem, Query, Result};
use crate::serve::queue::{self, Job};
use crate::serve::{State, policies, today};
use crate::versions;

/// For which platform.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Where {
    /// Platform, where names mean snapshots of several.
    pub(crate) platform: Option<String>,
}

/// What somebody asks to have compared.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The comparison's row.
    pub(crate) comparison: comparisons::Comparison,
    /// The old snapshot.
    pub(crate) old: Snapshot,
    /// The new one.
    pub(crate) new: Snapshot,
}

/// Compares two snapshots, which are named by their ids, by what they are of, or by the beginning of a release's name
/// (`v2.9` is the newest v2.9.x). The first time, the answer is 202; the same address has the result later.
#[utoipa::path(get, path = "/projects/{project}/compare/{pair}", security((), ("token" = [])),
    params(("project" = String, Path), ("pair" = String, Path, description = "OLD...NEW", pattern = r"^[^/]+\.\.\.[^/]+$"), Where),
    responses((status = 200, body = Comparison), (status = 202, body = Comparison, description = "It is not done yet."),
        (status = 404, body = Shown), (status = 422, body = Shown)))]
pub(super) async fn compare(
    Shared(state): Shared<State>,
    actor: Actor,
    Path((project, pair)): Path<(String, String)>,
    Query(place): Query<Where>,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Read).await?;
    let asked = ask(&state, &project, &pair, place.platform.as_deref()).await?;
    Ok(answer(&project, &asked))
}

/// Tries a comparison that failed once more.
#[utoipa::path(post, path = "/projects/{project}/compare/{pair}", security(("token" = [])),
    params(("project" = String, Path), ("pair" = String, Path, description = "OLD...NEW", pattern = r"^[^/]+\.\.\.[^/]+$"), Where),
    responses((status = 200, body = Comparison), (status = 202, body = Comparison), (status = 401, body = Shown),
        (status = 403, body = Shown), (status = 404, body = Shown), (status = 422, body = Shown)))]
pub(super) async fn retry(
    Shared(state): Shared<State>,
    actor: Actor,
    Path((project, pair)): Path<(String, String)>,
    Query(place): Query<Where>,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::PushSome).await?;
    let mut asked = ask(&state, &project, &pair, place.platform.as_deref()).await?;
    let id = asked.comparison.id.clone();
    let mut tx = state.db.begin().await?;
    if comparisons::reset(&mut tx, &id).await? {
        queue::push(&mut tx, &Job::Compare(id.clone())).await?;
    }
    tx.commit().await?;
    asked.comparison =
        comparisons::by_id(&state.db, &id).await?.ok_or_else(|| Problem::not_found("comparison"))?;
    Ok(answer(&project, &asked))
}

/// Finds the comparison of two names of snapshots, or queues it.
pub(crate) async fn ask(
    state: &State,
    project: &Project,
    pair: &str,
    platform: Option<&str>,
) -> Result<Asked> {
    let (old, new) =
        pair.split_once("...").ok_or_else(|| Problem::invalid("what is compared is written OLD...NEW"))?;
    let (old, new) = both(state, project, [old, new], platform).await?;
    if old.name == new.name {
        return Err(Problem::invalid(
            "these are two snapshots of one name, which one report cannot tell apart",
        ));
    }
    let policy = match &project.policy {
        None => String::new(),
        Some(sha256) => {
            let bundle = projects::policy(&state.db, sha256).await?.unwrap_or_default();
            policies::key(sha256, &bundle, today())
        }
    };
    let key =
        Key { project: &project.id, old: &old.id, new: &new.id, policy: &policy, engine: &state.engine };
    if let Some(comparison) = comparisons::find(&state.db, &key).await? {
        return Ok(Asked { comparison, old, new });
    }
    let mut tx = state.db.begin().await?;
    if let Some(id) = comparisons::insert(&mut tx, &key).await? {
        queue::push(&mut tx, &Job::Compare(id)).await?;
    }
    tx.commit().await?;
    let comparison =
        comparisons::find(&state.db, &key).await?.ok_or_else(|| Problem::not_found("comparison"))?;
    Ok(Asked { comparison, old, new })
}

/// Two snapshots of one platform: the one that was asked for, or the only one that both have.
async fn both(
    state: &State,
    project: &Project,
    names: [&str; 2],
    platform: Option<&str>,
) -> Result<(Snapshot, Snapshot)> {
    let (old, new) = (named(state, project, names[0]).await?, named(state, project, names[1]).await?);
    let is_wanted = |snapshot: &&Snapshot| platform.is_none_or(|wanted| snapshot.platform == wanted);
    let mut pairs: Vec<(&Snapshot, &Snapshot)> = Vec::new();
    for old in old.iter().filter(is_wanted) {
        // The first of a platform is the most believed.
        let known = pairs.iter().any(|pair| pair.0.platform == old.platform);
        if let Some(new) = new.iter().find(|new| new.platform == old.platform).filter(|_| !known) {
            pairs.push((old, new));
        }
    }
    match pairs[..] {
        [(old, new)] => Ok((old.clone(), new.clone())),
        [] => Err(Problem::not_found("pair of snapshots on one platform")),
        _ => {
            let platforms: Vec<&str> = pairs.iter().map(|pair| &*pair.0.platform).collect();
            Err(Problem::invalid(format!(
                "both are stored for {}: say which with ?platform=",
                platforms.join(", ")
            )))
        }
    }
}

/// What a name means: an id, a name, or the newest release of a series.
async fn named(state: &State, project: &Project, name: &str) -> Result<Vec<Snapshot>> {
    if let Some(snapshot) = snapshots::by_id(&state.db, &project.id, name).await? {
        return Ok(vec![snapshot.shown]);
    }
    let shown = |found: Vec<snapshots::Snapshot>| found.into_iter().map(|snapshot| snapshot.shown);
    let exact: Vec<Snapshot> = shown(snapshots::called(&state.db, &project.id, name).await?).collect();
    if !exact.is_empty() {
        return Ok(exact);
    }
    let releases: Vec<Snapshot> = shown(snapshots::releases(&state.db, &project.id).await?)
        .filter(|snapshot| snapshot.trust == Trust::Release)
        .collect();
    match versions::resolve(name, releases.iter().map(|snapshot| &*snapshot.name)) {
        Some(newest) => {
            let newest = newest.to_owned();
            Ok(releases.into_iter().filter(|snapshot| snapshot.name == newest).collect())
        }
        None => Err(Problem::not_found("snapshot")),
    }
}

/// The comparison as the API shows it.
fn shown(project: &Project, asked: &Asked) -> Comparison {
    let row = asked.comparison.clone();
    let path =
        |format: &str| format!("{ROOT}/projects/{}/comparisons/{}/report/{format}", project.slug, row.id);
    let link = |format: &str| ReportLink { format: format.to_owned(), path: path(format) };
    let formats = crate::serve::child::REPORTS.map(|(format, _)| format);
    let reports = if row.state == ComparisonState::Done { formats.map(link).to_vec() } else { Vec::new() };
    Comparison {
        id: row.id,
        state: row.state,
        old: asked.old.clone(),
        new: asked.new.clone(),
        policy: Some(row.policy).filter(|policy| !policy.is_empty()),
        engine: row.engine,
        outcome: row.outcome,
        headline: row.headline,
        reason: row.reason,
        reports,
    }
}

fn answer(project: &Project, asked: &Asked) -> Response {
    let shown = shown(project, asked);
    match shown.state {
        ComparisonState::Done | ComparisonState::Failed => axum::Json(shown).into_response(),
        ComparisonState::Queued | ComparisonState::Running => {
            let again = [(header::RETRY_AFTER, HeaderValue::from_static("1"))];
            (StatusCode::ACCEPTED, again, axum::Json(shown)).into_response()
        }
    }
}

/// A comparison of a project that somebody may read.
pub(crate) async fn find(state: &State, actor: &Actor, project: &str, id: &str) -> Result<(Project, Asked)> {
    let project = actor.project(state, project, Access::Read).await?;
    let gone = || Problem::not_found("comparison");
    let comparison = comparisons::by_id(&state.db, id)
        .await?
        .filter(|found| found.project == project.id)
        .ok_or_else(gone)?;
    let old = snapshots::by_id(&state.db, &project.id, &comparison.old).await?.ok_or_else(gone)?.shown;
    let new = snapshots::by_id(&state.db, &project.id, &comparison.new).await?.ok_or_else(gone)?.shown;
    Ok((project, Asked { comparison, old, new }))
}

/// A comparison.
#[utoipa::path(get, path = "/projects/{project}/comparisons/{comparison}", security((), ("token" = [])),
    params(("project" = String, Path), ("comparison" = String, Path)),
    responses((status = 200, body = Comparison), (status = 202, body = Comparison), (status = 404, body = Shown)))]
pub(super) async fn show(
    Shared(state): Shared<State>,
    actor: Actor,
    Path((project, comparison)): Path<(String, String)>,
) -> Result<Response> {
    let (project, asked) = find(&state, &actor, &project, &comparison).await?;
    Ok(answer(&project, &asked))
}

/// A report: `json`, `html`, `text` or `markdown`, byte for byte what `abigate diff` writes.
#[utoipa::path(get, path = "/projects/{project}/comparisons/{comparison}/report/{format}", security((), ("token" = [])),
    params(("project" = String, Path), ("comparison" = String, Path), ("format" = String, Path)),
    responses((status = 200, content((String = "text/plain"), (String = "text/html"), (String = "text/markdown"),
        (serde_json::Value = "application/json"))), (status = 404, body = Shown)))]
pub(super) async fn report(
    Shared(state): Shared<State>,
    actor: Actor,
    Path((project, comparison, format)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let (_, asked) = find(&state, &actor, &project, &comparison).await?;
    report_of(&state, &asked.comparison, &format, &headers).await
}

/// A report of a comparison that is done, unless whoever asks has it already.
pub(crate) async fn report_of(
    state: &State,
    comparison: &comparisons::Comparison,
    format: &str,
    headers: &HeaderMap,
) -> Result<Response> {
    let (text, sha256) = read_report(state, comparison, format).await?;
    let kind = match format {
        "json" => "application/json",
        "html" => "text/html; charset=utf-8",
        "markdown" => "text/markdown; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
    Ok(bytes(headers, kind, text.to_vec(), Some(&sha256)))
}

/// A report of a comparison that is done, with its hash.
async fn read_report(
    state: &State,
    comparison: &comparisons::Comparison,
    format: &str,
) -> Result<(axum::body::Bytes, String)> {
    #[derive(Deserialize)]
    struct Known {
        size: u64,
        sha256: String,
    }
    let gone = || Problem::not_found("report");
    let reports = comparison.reports.as_deref().ok_or_else(gone)?;
    let mut reports: std::collections::HashMap<String, Known> =
        serde_json::from_str(reports).map_err(|_| gone())?;
    let Known { size, sha256 } = reports.remove(format).ok_or_else(gone)?;
    let text = state.blobs.report(&comparison.id, format, size, &sha256).await?;
    Ok((text, sha256))
}

/// A finding, wherever it was met.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FindingShown {
    fingerprint: String,
    rule: String,
    severity: String,
    tier: String,
    name: String,
    comparison: String,
}

/// Comparisons in which a finding was met, the newest first.
#[utoipa::path(get, path = "/projects/{project}/findings/{fingerprint}", security((), ("token" = [])),
    params(("project" = String, Path), ("fingerprint" = String, Path)),
    responses((status = 200, body = Vec<FindingShown>), (status = 404, body = Shown)))]
pub(super) async fn finding(
    Shared(state): Shared<State>,
    actor: Actor,
    Path((project, fingerprint)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Read).await?;
    let found = comparisons::with_finding(&state.db, &project.id, &fingerprint, 200).await?;
    if found.is_empty() {
        return Err(Problem::not_found("finding"));
    }
    let shown = |found: comparisons::Found| {
        let Finding { fingerprint, rule, severity, tier, name, .. } = found.finding;
        FindingShown { fingerprint, rule, severity, tier, name, comparison: found.comparison.id }
    };
    Ok(fresh(&headers, &found.into_iter().map(shown).collect::<Vec<_>>()))
}

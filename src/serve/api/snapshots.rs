//! Snapshots, and the dumps of their libraries.

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer::{Cursor, bytes, fresh};
use crate::remote::api::{Kind, Page, Problem as Shown, Snapshot, SnapshotContents};
use crate::serve::State;
use crate::serve::auth::{Access, Actor};
use crate::serve::db::snapshots;
use crate::serve::problem::{Path, Problem, Query, Result};
use crate::serve::worker;

/// Which snapshots.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only of this kind.
    kind: Option<Kind>,
    /// Only of this name.
    name: Option<String>,
}

/// Snapshots of a project, the newest first.
#[utoipa::path(get, path = "/projects/{project}/snapshots", security((), ("token" = [])),
    params(("project" = String, Path), Which, Cursor),
    responses((status = 200, body = Page<Snapshot>), (status = 404, body = Shown), (status = 422, body = Shown)))]
pub(super) async fn list(
    Shared(state): Shared<State>,
    actor: Actor,
    Path(project): Path<String>,
    Query(which): Query<Which>,
    Query(cursor): Query<Cursor>,
    headers: HeaderMap,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Read).await?;
    let found = snapshots::list(
        &state.db,
        &project.id,
        (which.kind, which.name.as_deref()),
        cursor.after.as_deref(),
        cursor.wanted()?,
    )
    .await?;
    let found = found.into_iter().map(|snapshot| snapshot.shown).collect();
    Ok(fresh(&headers, &cursor.page(found, |snapshot: &Snapshot| snapshot.id.clone())))
}

/// A snapshot with its libraries.
#[utoipa::path(get, path = "/projects/{project}/snapshots/{snapshot}", security((), ("token" = [])),
    params(("project" = String, Path), ("snapshot" = String, Path)),
    responses((status = 200, body = SnapshotContents), (status = 404, body = Shown)))]
pub(super) async fn show(
    Shared(state): Shared<State>,
    actor: Actor,
    Path((project, snapshot)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Read).await?;
    let snapshot = snapshots::by_id(&state.db, &project.id, &snapshot).await?;
    let snapshot = snapshot.ok_or_else(|| Problem::not_found("snapshot"))?.shown;
    let entries = snapshots::libraries(&state.db, &snapshot.id).await?;
    Ok(fresh(&headers, &SnapshotContents { snapshot, entries }))
}

/// The dump of a library, as in any store: `LIBRARY.abi.zst`.
#[utoipa::path(get, path = "/projects/{project}/snapshots/{snapshot}/libraries/{library}", security((), ("token" = [])),
    params(("project" = String, Path), ("snapshot" = String, Path), ("library" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/zstd"), (status = 404, body = Shown)))]
pub(super) async fn library(
    Shared(state): Shared<State>,
    actor: Actor,
    Path((project, snapshot, library)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Read).await?;
    let snapshot = snapshots::by_id(&state.db, &project.id, &snapshot).await?;
    let snapshot = snapshot.ok_or_else(|| Problem::not_found("snapshot"))?;
    let entry = snapshots::library(&state.db, &snapshot.shown.id, &library).await?;
    let entry = entry.ok_or_else(|| Problem::not_found("library"))?;
    let dump = worker::dump_of(&state, &entry).await?;
    Ok(bytes(&headers, "application/zstd", dump, None))
}

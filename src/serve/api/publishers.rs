//! Workflows that may push to a project without a stored secret.

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::answer::fresh;
use super::idempotency::Repeatable;
use crate::patterns::Glob;
use crate::remote::api::{Problem as Shown, Publisher, Scope};
use crate::serve::State;
use crate::serve::auth::{Access, Actor};
use crate::serve::db::{audit, publishers};
use crate::serve::problem::{Json, Path, Problem, Result};

/// A publisher with what it is called.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Known {
    id: String,
    #[serde(flatten)]
    publisher: Publisher,
}

/// The project's publishers.
#[utoipa::path(get, path = "/projects/{project}/publishers", security(("token" = [])),
    params(("project" = String, Path)),
    responses((status = 200, body = Vec<Known>), (status = 401, body = Shown), (status = 403, body = Shown), (status = 404, body = Shown)))]
pub(super) async fn list(
    Shared(state): Shared<State>,
    actor: Actor,
    Path(project): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Admin).await?;
    let known = publishers::of_project(&state.db, &project.id).await?;
    let known: Vec<Known> = known.into_iter().map(|(id, publisher)| Known { id, publisher }).collect();
    Ok(fresh(&headers, &known))
}

/// Adds a publisher.
#[utoipa::path(post, path = "/projects/{project}/publishers", request_body = Publisher, security(("token" = [])),
    params(("project" = String, Path), ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200)),
    responses((status = 201, body = Known), (status = 401, body = Shown), (status = 403, body = Shown), (status = 404, body = Shown),
        (status = 409, body = Shown), (status = 422, body = Shown)))]
pub(super) async fn create(
    Shared(state): Shared<State>,
    actor: Actor,
    Path(project): Path<String>,
    headers: HeaderMap,
    Json(publisher): Json<Publisher>,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Admin).await?;
    let what = format!("POST /projects/{}/publishers", project.slug);
    let request = Repeatable::new(&actor, &headers, &what, &publisher)?;
    if let Some(answer) = request.answered(&state).await? {
        return Ok(answer);
    }
    if !matches!(publisher.scope, Scope::PushClaims | Scope::Push | Scope::PushReleases) {
        return Err(Problem::invalid("a publisher pushes: its scope is push-claims, push or push-releases"));
    }
    if !state.config.issuers.iter().any(|known| known.issuer == publisher.issuer) {
        return Err(Problem::invalid("the issuer is not one that this service is configured for"));
    }
    Glob::parse(&publisher.refs).map_err(|bad| Problem::invalid(format!("refs: {}", bad.0)))?;
    let mut tx = state.db.begin().await?;
    let id = publishers::insert(&mut tx, &project.id, &publisher).await?;
    let known = Known { id, publisher };
    audit::append(
        &mut tx,
        &actor.name(),
        "publisher.add",
        &json!({ "project": project.slug, "publisher": known }),
    )
    .await?;
    request.keep(&mut tx, StatusCode::CREATED, &known).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(known)).into_response())
}

/// Takes a publisher away. Tokens that it got end by themselves, within minutes.
#[utoipa::path(delete, path = "/projects/{project}/publishers/{publisher}", security(("token" = [])),
    params(("project" = String, Path), ("publisher" = String, Path)),
    responses((status = 204), (status = 401, body = Shown), (status = 403, body = Shown), (status = 404, body = Shown)))]
pub(super) async fn delete(
    Shared(state): Shared<State>,
    actor: Actor,
    Path((project, publisher)): Path<(String, String)>,
) -> Result<StatusCode> {
    let project = actor.project(&state, &project, Access::Admin).await?;
    let mut tx = state.db.begin().await?;
    if !publishers::delete(&mut tx, &project.id, &publisher).await? {
        return Err(Problem::not_found("publisher"));
    }
    audit::append(
        &mut tx,
        &actor.name(),
        "publisher.remove",
        &json!({ "project": project.slug, "id": publisher }),
    )
    .await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

//! The policy that a project's comparisons are judged under.

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::answer::bytes;
use crate::hex::sha256;
use crate::remote::api::{PolicyBundle, Problem as Shown};
use crate::serve::State;
use crate::serve::auth::{Access, Actor};
use crate::serve::db::{audit, projects};
use crate::serve::policies;
use crate::serve::problem::{Json, Path, Problem, Result};

/// The policy with the files that it names.
#[utoipa::path(get, path = "/projects/{project}/policy", security((), ("token" = [])),
    params(("project" = String, Path)), responses((status = 200, body = PolicyBundle), (status = 404, body = Shown)))]
pub(super) async fn show(
    Shared(state): Shared<State>,
    actor: Actor,
    Path(project): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Read).await?;
    let sha256 = project.policy.ok_or_else(|| Problem::not_found("policy"))?;
    let bundle = projects::policy(&state.db, &sha256).await?.ok_or_else(|| Problem::not_found("policy"))?;
    Ok(bytes(&headers, "application/json", bundle.into_bytes(), Some(&sha256)))
}

/// Gives the project another policy, which counts for comparisons that are asked for from now on.
#[utoipa::path(put, path = "/projects/{project}/policy", request_body = PolicyBundle, security(("token" = [])),
    params(("project" = String, Path)),
    responses((status = 204), (status = 401, body = Shown), (status = 403, body = Shown), (status = 404, body = Shown),
        (status = 422, body = Shown)))]
pub(super) async fn replace(
    Shared(state): Shared<State>,
    actor: Actor,
    Path(project): Path<String>,
    Json(bundle): Json<PolicyBundle>,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Admin).await?;
    policies::check(&bundle).map_err(Problem::invalid)?;
    let text = serde_json::to_string(&bundle).map_err(|error| Problem::invalid(error.to_string()))?;
    let digest = sha256(&text);
    let mut tx = state.db.begin().await?;
    projects::set_policy(&mut tx, &project.id, &digest, &text).await?;
    let what = json!({ "project": project.slug, "from": project.policy, "to": digest });
    audit::append(&mut tx, &actor.name(), "policy.replace", &what).await?;
    tx.commit().await?;
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, format!("\"{digest}\""))]).into_response())
}

//! A forge's identity token for one of ours.

use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::remote::api::{ExchangeRequest, Problem as Shown, Token};
use crate::serve::State;
use crate::serve::auth::oidc::{self, Refused};
use crate::serve::auth::secret;
use crate::serve::db::tokens::{self, ApiToken};
use crate::serve::db::{audit, new_id, now, projects, publishers};
use crate::serve::problem::{Json, Problem, Result};

/// How long an exchanged token is good, in milliseconds: a build's upload.
const KEPT: i64 = 15 * 60 * 1000;

/// A token for 15 minutes and one project, for a job of a workflow that the project named as a publisher.
#[utoipa::path(post, path = "/oidc/exchange", request_body = ExchangeRequest, security(()),
    responses((status = 201, body = Token), (status = 401, body = Shown), (status = 422, body = Shown)))]
pub(super) async fn exchange(
    Shared(state): Shared<State>,
    Json(request): Json<ExchangeRequest>,
) -> Result<Response> {
    let audience = state.public_url();
    let identity = oidc::identify(&state.keys, &request.token, &audience).await.map_err(refused)?;
    // Whether there is a project is told to nobody who is not its publisher.
    let project = projects::by_slug(&state.db, &request.project).await?;
    let project = project.ok_or_else(|| refused(Refused::NoPublisher))?;
    let known = publishers::of_project(&state.db, &project.id).await?;
    let scope = identity.scope(known.iter().map(|(_, publisher)| publisher)).map_err(refused)?;
    let secret = secret::generate()?;
    let token = ApiToken {
        id: new_id(),
        tenant: project.tenant.clone(),
        project: Some(project.id.clone()),
        name: "exchanged".to_owned(),
        scope,
        provenance: Some(identity.provenance().to_string()),
        expires_at: now() + KEPT,
    };
    let mut tx = state.db.begin().await?;
    if !publishers::use_jti(&mut tx, &identity.issuer, &identity.jti, identity.expires_at).await? {
        return Err(refused(Refused::Invalid("it was exchanged before".to_owned())));
    }
    tokens::insert(&mut tx, &token, &secret::hash(&secret)).await?;
    let what =
        json!({ "id": token.id, "project": project.slug, "scope": scope, "of": identity.provenance() });
    audit::append(&mut tx, "exchange", "token.exchange", &what).await?;
    tx.commit().await?;
    let ApiToken { id, name, scope, expires_at, .. } = token;
    let shown = Token { id, name, scope, project: Some(project.slug), expires_at, secret: Some(secret) };
    Ok((StatusCode::CREATED, axum::Json(shown)).into_response())
}

fn refused(why: Refused) -> Problem {
    metrics::counter!("abigate_exchanges_refused_total").increment(1);
    tracing::info!(%why, "an exchange was refused");
    match why {
        Refused::Keys(_) => Problem::unavailable(&why.to_string()),
        _ => Problem::unauthorized(why.to_string()),
    }
}

//! Tokens of an organisation.

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::answer::{Cursor, fresh};
use crate::remote::api::{NewToken, Page, Problem as Shown, Token};
use crate::serve::State;
use crate::serve::auth::{Access, Actor, secret};
use crate::serve::db::tokens::{self, ApiToken};
use crate::serve::db::{audit, new_id, now, projects};
use crate::serve::problem::{Json, Path, Problem, Query, Result};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Tokens that are still good, without their secrets.
#[utoipa::path(get, path = "/tokens", params(Cursor), security(("token" = [])),
    responses((status = 200, body = Page<Token>), (status = 401, body = Shown), (status = 403, body = Shown), (status = 422, body = Shown)))]
pub(super) async fn list(
    Shared(state): Shared<State>,
    actor: Actor,
    Query(cursor): Query<Cursor>,
    headers: HeaderMap,
) -> Result<Response> {
    let tenant = actor.administers()?;
    let after = cursor.after.clone().unwrap_or_default();
    let mut shown = Vec::new();
    for token in tokens::list(&state.db, tenant, &after, cursor.wanted()?).await? {
        let project = match &token.project {
            Some(id) => projects::by_id(&state.db, id).await?.map(|project| project.slug),
            None => None,
        };
        shown.push(self::shown(&token, project, None));
    }
    Ok(fresh(&headers, &cursor.page(shown, |token| token.id.clone())))
}

fn shown(token: &ApiToken, project: Option<String>, secret: Option<String>) -> Token {
    let ApiToken { id, name, scope, expires_at, .. } = token.clone();
    Token { id, name, scope, project, expires_at, secret }
}

/// Makes a token, whose secret is told this once.
#[utoipa::path(post, path = "/tokens", request_body = NewToken, security(("token" = [])),
    responses((status = 201, body = Token), (status = 401, body = Shown), (status = 403, body = Shown), (status = 404, body = Shown),
        (status = 422, body = Shown)))]
pub(super) async fn create(
    Shared(state): Shared<State>,
    actor: Actor,
    Json(new): Json<NewToken>,
) -> Result<Response> {
    let tenant = actor.administers()?.to_owned();
    if new.name.is_empty() || new.name.len() > 100 || new.name.chars().any(char::is_control) {
        return Err(Problem::invalid("a token's name has from 1 to 100 bytes, and no control characters"));
    }
    let days = match new.days.unwrap_or(90) {
        days @ 1..=366 => i64::from(days),
        _ => return Err(Problem::invalid("a token is good for 1 to 366 days")),
    };
    let project = match &new.project {
        Some(slug) => Some(actor.project(&state, slug, Access::Admin).await?),
        None => None,
    };
    let secret = secret::generate()?;
    let token = ApiToken {
        id: new_id(),
        tenant,
        project: project.as_ref().map(|project| project.id.clone()),
        name: new.name,
        scope: new.scope,
        provenance: None,
        expires_at: now() + days * DAY,
    };
    let mut tx = state.db.begin().await?;
    tokens::insert(&mut tx, &token, &secret::hash(&secret)).await?;
    let slug = project.map(|project| project.slug);
    let what = json!({ "id": token.id, "name": token.name, "scope": token.scope, "project": slug });
    audit::append(&mut tx, &actor.name(), "token.create", &what).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(shown(&token, slug, Some(secret)))).into_response())
}

/// Ends a token.
#[utoipa::path(delete, path = "/tokens/{token}", security(("token" = [])), params(("token" = String, Path)),
    responses((status = 204), (status = 401, body = Shown), (status = 403, body = Shown), (status = 404, body = Shown)))]
pub(super) async fn revoke(
    Shared(state): Shared<State>,
    actor: Actor,
    Path(token): Path<String>,
) -> Result<StatusCode> {
    let tenant = actor.administers()?;
    let mut tx = state.db.begin().await?;
    if !tokens::revoke(&mut tx, tenant, &token).await? {
        return Err(Problem::not_found("token"));
    }
    audit::append(&mut tx, &actor.name(), "token.revoke", &json!({ "id": token })).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

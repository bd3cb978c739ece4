//! Projects.

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::answer::{Cursor, fresh};
use super::idempotency::Repeatable;
use crate::remote::api::{NewProject, Page, Problem as Shown, Project, Visibility};
use crate::serve::State;
use crate::serve::auth::{Access, Actor};
use crate::serve::db::{audit, projects};
use crate::serve::problem::{Json, Path, Problem, Query, Result};

/// Characters of a slug and of a title.
const LONGEST_SLUG: usize = 64;
const LONGEST_TITLE: usize = 200;

pub(super) fn shown(project: &projects::Project) -> Project {
    Project {
        slug: project.slug.clone(),
        title: project.title.clone(),
        visibility: project.visibility,
        policy: project.policy.clone(),
    }
}

/// Projects that whoever asks may read.
#[utoipa::path(get, path = "/projects", params(Cursor), security((), ("token" = [])),
    responses((status = 200, body = Page<Project>), (status = 422, body = Shown)))]
pub(super) async fn list(
    Shared(state): Shared<State>,
    actor: Actor,
    Query(cursor): Query<Cursor>,
    headers: HeaderMap,
) -> Result<Response> {
    let after = cursor.after.clone().unwrap_or_default();
    let found = projects::readable(&state.db, actor.tenant(), &after, cursor.wanted()?).await?;
    let Page { items, next } = cursor.page(found, |project| project.slug.clone());
    // Where the page ends is said by what was read, not by what a token for one project sees of it.
    let items = items.iter().filter(|project| actor.may(project, Access::Read).is_ok()).map(shown).collect();
    let page: Page<Project> = Page { items, next };
    Ok(fresh(&headers, &page))
}

/// Makes a project.
#[utoipa::path(post, path = "/projects", request_body = NewProject, security(("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200)),
    responses((status = 201, body = Project), (status = 401, body = Shown), (status = 403, body = Shown),
        (status = 409, body = Shown), (status = 422, body = Shown)))]
pub(super) async fn create(
    Shared(state): Shared<State>,
    actor: Actor,
    headers: HeaderMap,
    Json(new): Json<NewProject>,
) -> Result<Response> {
    let tenant = actor.administers()?;
    let request = Repeatable::new(&actor, &headers, "POST /projects", &new)?;
    if let Some(answer) = request.answered(&state).await? {
        return Ok(answer);
    }
    check_slug(&new.slug)?;
    let title = new.title.clone().unwrap_or_else(|| new.slug.clone());
    if title.chars().count() > LONGEST_TITLE || title.chars().any(char::is_control) {
        return Err(Problem::invalid("a title has at most 200 characters, and no control characters"));
    }
    let visibility = new.visibility.unwrap_or(Visibility::Private);
    let mut tx = state.db.begin().await?;
    match projects::insert(&mut tx, tenant, &new.slug, &title, visibility).await {
        Err(error) if error.is_duplicate() => {
            return Err(Problem::conflict("there is a project of this name"));
        }
        inserted => inserted?,
    };
    let project = Project { slug: new.slug.clone(), title, visibility, policy: None };
    audit::append(&mut tx, &actor.name(), "project.create", &json!(project)).await?;
    request.keep(&mut tx, StatusCode::CREATED, &project).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(project)).into_response())
}

/// A project.
#[utoipa::path(get, path = "/projects/{project}", security((), ("token" = [])),
    params(("project" = String, Path)), responses((status = 200, body = Project), (status = 404, body = Shown)))]
pub(super) async fn show(
    Shared(state): Shared<State>,
    actor: Actor,
    Path(project): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let project = actor.project(&state, &project, Access::Read).await?;
    Ok(fresh(&headers, &shown(&project)))
}

fn check_slug(slug: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let starts = slug.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts && slug.len() <= LONGEST_SLUG && slug.chars().all(plain) && !slug.contains("..") {
        Ok(())
    } else {
        Err(Problem::invalid(
            "a project's name begins with a letter or digit and has at most 64 of letters, digits, . _ -",
        ))
    }
}

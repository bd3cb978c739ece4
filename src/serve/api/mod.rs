//! The API under `/api/v1`: one file per thing it is about. Handlers are thin: they ask [`super::auth`] whether somebody may,
//! [`super::db`] and [`super::blobs`] for what there is, and shape the answer.
//!
//! What is described at `/api/openapi.json` is made of the handlers, so that no route is missing in it.

mod answer;
mod comparisons;
mod description;
mod exchange;
mod idempotency;
mod policies;
mod projects;
mod publishers;
mod snapshots;
mod tokens;
mod uploads;

use axum::Router;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::State;
use crate::remote::api::ROOT;

pub(super) use comparisons::{Asked, Where, ask, find, report_of};

/// All routes, and what describes them.
pub(super) fn router(state: &State) -> Router<State> {
    let (router, description) = described(state);
    let text = description::text(description);
    router.route(
        "/api/openapi.json",
        get(move || async move { ([(axum::http::header::CONTENT_TYPE, "application/json")], text) }),
    )
}

fn described(state: &State) -> (Router<State>, utoipa::openapi::OpenApi) {
    let largest = usize::try_from(state.config.upload.packed_mb << 20).unwrap_or(usize::MAX);
    let routes = OpenApiRouter::new()
        .routes(routes!(projects::list, projects::create))
        .routes(routes!(projects::show))
        .routes(routes!(policies::show, policies::replace))
        .routes(routes!(publishers::list, publishers::create))
        .routes(routes!(publishers::delete))
        .routes(routes!(uploads::create))
        .routes(routes!(uploads::show))
        .routes(routes!(uploads::seal))
        .routes(routes!(snapshots::list))
        .routes(routes!(snapshots::show))
        .routes(routes!(snapshots::library))
        .routes(routes!(comparisons::compare, comparisons::retry))
        .routes(routes!(comparisons::show))
        .routes(routes!(comparisons::report))
        .routes(routes!(comparisons::finding))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(exchange::exchange))
        // Announcements and policies are the largest bodies of JSON.
        .layer(axum::extract::DefaultBodyLimit::max(80 << 20));
    let blobs = OpenApiRouter::new()
        .routes(routes!(uploads::put_facts))
        .layer(axum::extract::DefaultBodyLimit::max(largest));
    OpenApiRouter::with_openapi(description::empty()).nest(ROOT, routes.merge(blobs)).split_for_parts()
}

//! Whether the service lives, can answer, and what it counts.

use std::time::Duration;

use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::State;
use super::db::{self, comparisons, snapshots};

/// How long state and bytes may take to answer: less than anybody waits.
const PATIENCE: Duration = Duration::from_secs(4);

/// `GET /healthz`: the process answers.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// What is there.
#[derive(Debug, Serialize)]
struct Ready {
    ready: bool,
    database: &'static str,
    objects: &'static str,
}

/// `GET /readyz`: it can do what it is for.
pub(super) async fn readyz(Shared(state): Shared<State>) -> Response {
    let database = tokio::time::timeout(PATIENCE, state.db.ping());
    let objects = tokio::time::timeout(PATIENCE, state.blobs.ping());
    let (database, objects) = tokio::join!(database, objects);
    let (database, objects) = (matches!(database, Ok(Ok(()))), matches!(objects, Ok(Ok(()))));
    let word = |fine| if fine { "ok" } else { "does not answer" };
    let ready = database && objects;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(Ready { ready, database: word(database), objects: word(objects) })).into_response()
}

/// `GET /metrics`, on a port of its own.
pub(super) async fn metrics(Shared(state): Shared<State>) -> Response {
    match gauges(&state).await {
        Ok(()) => {}
        Err(error) => tracing::warn!(%error, "the queue could not be counted"),
    }
    state.metrics.run_upkeep();
    ([("content-type", "text/plain; version=0.0.4")], state.metrics.render()).into_response()
}

async fn gauges(state: &State) -> db::Result<()> {
    let (queued, running, age) = comparisons::waiting(&state.db).await?;
    metrics::gauge!("abigate_comparisons_queued").set(float(queued));
    metrics::gauge!("abigate_comparisons_running").set(float(running));
    metrics::gauge!("abigate_queue_oldest_seconds").set(float(age) / 1000.0);
    metrics::gauge!("abigate_snapshots").set(float(snapshots::count(&state.db).await?));
    Ok(())
}

/// Seconds that the oldest comparison waits.
pub(super) async fn backlog(state: &State) -> db::Result<i64> {
    let (_, _, age) = comparisons::waiting(&state.db).await?;
    Ok(age / 1000)
}

/// Figures far below what a double holds exactly.
#[expect(clippy::cast_precision_loss)]
fn float(number: i64) -> f64 {
    number as f64
}

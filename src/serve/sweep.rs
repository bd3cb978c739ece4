//! What is done every few seconds: finding comparisons that no worker has any more, and forgetting what is over.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::State;
use super::db::{self, comparisons, idempotency, now, publishers, tokens, uploads};
use super::queue::{self, Job};
use super::work_directory;

/// How often lost comparisons are looked for.
const INTERVAL: Duration = Duration::from_secs(2);

/// How long a comparison may wait in the queue until it is put there once more, in milliseconds: its job may be lost, or
/// there is much to do.
const WAITED: i64 = 20_000;

/// How often what is over is forgotten, in rounds.
const ROUNDS: u32 = 150;

/// Goes on until somebody says stop.
pub(super) async fn run(state: State, stop: CancellationToken) {
    for round in 0_u32.. {
        if let Err(error) = lost(&state).await {
            tracing::warn!(%error, "lost comparisons could not be looked for");
        }
        if round.is_multiple_of(ROUNDS)
            && let Err(error) = forget(&state).await
        {
            tracing::warn!(%error, "what is over could not be forgotten");
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn lost(state: &State) -> db::Result<()> {
    for comparison in comparisons::lost(&state.db, now() - WAITED, 100).await? {
        let mut tx = state.db.begin().await?;
        if comparison.lost >= comparisons::LOSSES {
            let reason = format!("{} workers went away while they had it", comparison.lost);
            comparisons::fail(&mut tx, &comparison.id, &reason).await?;
        } else {
            comparisons::requeued(&mut tx, &comparison.id, now() + WAITED).await?;
            queue::push(&mut tx, &Job::Compare(comparison.id.clone())).await?;
            metrics::counter!("abigate_comparisons_requeued_total").increment(1);
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn forget(state: &State) -> db::Result<()> {
    let mut tx = state.db.begin().await?;
    uploads::sweep(&mut tx).await?;
    idempotency::sweep(&mut tx).await?;
    tokens::sweep(&mut tx, now()).await?;
    publishers::sweep(&mut tx, now()).await?;
    tx.commit().await?;
    queue::forget_done(&state.db, now() / 1000 - 3600).await?;
    work_directory::sweep(&state.config.data.join("work"), Duration::from_secs(3600));
    Ok(())
}

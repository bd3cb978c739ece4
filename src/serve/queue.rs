//! Jobs: put into the database in the transaction of what they are about, and taken out of it by workers.
//!
//! The queue is apalis', beside the state in the same database. What it gives is taken as a hint that there is something to
//! do: who does it is decided by the row of the job's subject ([`super::db::comparisons`]), so that a job that comes twice,
//! or is told to be lost while somebody has it, does no harm; and what no job speaks of is found by [`super::sweep`].

use std::time::Duration;

use apalis::prelude::{BackendExt, BoxDynError, Data, TaskBuilder, WorkerBuilder, WorkerBuilderExt};
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::State;
use super::db::{Db, Error, Result, Tx, new_id};
use super::worker;

/// Name of the queue in the database.
const QUEUE: &str = "comparisons";

/// How often a worker looks for jobs.
const INTERVAL: Duration = Duration::from_millis(100);

/// How often a worker says that it is there, and how often it may be missed until its jobs are given to others.
const HEARTBEAT: Duration = Duration::from_secs(2);
const MISSED: usize = 3;

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Job {
    /// Make a comparison.
    Compare(String),
}

/// Puts a job into the queue, which happens if the transaction does.
pub(super) async fn push(tx: &mut Tx, job: &Job) -> Result<()> {
    let refused = |error: &dyn std::fmt::Display| Error::Queue(error.to_string());
    let data = serde_json::to_vec(job).map_err(|error| refused(&error))?;
    let task = TaskBuilder::new(data).build();
    match tx {
        Tx::Sqlite(tx) => apalis_sqlite::queries::push_tasks(&mut **tx, QUEUE, &[task])
            .await
            .map_err(|error| refused(&error)),
        Tx::Postgres(tx) => apalis_postgres::queries::push_tasks(&mut **tx, QUEUE, vec![task])
            .await
            .map_err(|error| refused(&error)),
    }
}

/// A worker on the queue of one engine. The two crates have the same words and no type in common.
macro_rules! worker {
    ($storage:ty, $config:ty, $pool:expr, $state:expr, $stop:expr) => {{
        let config = <$config>::default()
            .queue(QUEUE)
            .batch_size(1)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(MISSED);
        let worker = WorkerBuilder::new(new_id())
            .backend(<$storage>::new($pool).with_config(config).poll_with_interval(INTERVAL))
            .concurrency($state.config.workers)
            .data($state.clone())
            .data($stop.clone())
            .build(handle);
        let stop = $stop.clone();
        worker
            .run_until(async move {
                stop.cancelled().await;
                Ok::<(), std::io::Error>(())
            })
            .await
    }};
}

/// Takes jobs until somebody says stop, and then ends what is being done.
pub(super) async fn work(state: State, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let ended = match &state.db {
            Db::Sqlite { write, .. } => {
                worker!(SqliteStorage<Job>, apalis_sqlite::Config, write, state, stop)
            }
            Db::Postgres(pool) => worker!(PostgresStorage<Job>, apalis_postgres::Config, pool, state, stop),
        };
        if let Err(error) = ended {
            // The database is away, most likely. Whoever comes back is another worker to the queue.
            tracing::warn!(%error, "the queue is not there; trying again");
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                () = stop.cancelled() => {}
            }
        }
    }
}

/// What a job comes to stands in the row of its subject, so that the queue has nothing to try again.
async fn handle(
    job: Job,
    state: Data<State>,
    stop: Data<CancellationToken>,
) -> std::result::Result<(), BoxDynError> {
    let Job::Compare(id) = job;
    if let Err(error) = worker::compare(&state, &id, &stop).await {
        tracing::warn!(comparison = id, %error, "a comparison could not be made now");
    }
    Ok(())
}

/// Forgets jobs that were done before a time, in seconds since 1970.
pub(super) async fn forget_done(db: &Db, before_seconds: i64) -> Result<u64> {
    match db {
        Db::Sqlite { .. } => {
            let sql = "DELETE FROM Jobs WHERE status IN ('Done', 'Killed') AND done_at < $1";
            db.run(sql, super::db::values![before_seconds]).await
        }
        Db::Postgres(_) => {
            let sql = "DELETE FROM apalis.jobs WHERE status IN ('Done', 'Killed') AND done_at < to_timestamp($1::bigint)";
            db.run(sql, super::db::values![before_seconds]).await
        }
    }
}

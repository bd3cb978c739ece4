//! Making a comparison: taking it, preparing a child's directory, running the child, keeping what it says.

use std::fs;
use std::path::Path;
use std::time::Duration;

use axum::body::Bytes;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::State;
use super::child::{self, Outcome, REPORTS, Task};
use super::db::{self, comparisons, new_id, now, projects, snapshots};
use super::queue::{self, Job};
use super::work_directory::WorkDirectory;
use crate::hex::sha256;
use crate::remote::api::{LibraryEntry, PolicyBundle, Snapshot};
use crate::session::CONFIG_NAME;
use crate::store::{CHECKSUMS, EXTENSION};

/// How long a comparison belongs to a worker that does not say that it is still there, and how often it says so.
const LEASE: i64 = 6_000;
const RENEWED: Duration = Duration::from_secs(2);

/// Why a comparison could not be made, or not be kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The state cannot be read or changed.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// Facts cannot be read, or reports not be kept.
    #[error(transparent)]
    Blobs(#[from] super::blobs::Error),
    /// The child's directory cannot be written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The child.
    #[error(transparent)]
    Child(#[from] child::Error),
    /// What the rows say does not fit together.
    #[error("{0}")]
    Input(String),
}

/// Makes a comparison, unless somebody else has it or it is made.
///
/// # Errors
/// It could not be made now. It is tried again, by whoever finds its lease ended.
pub(super) async fn compare(state: &State, id: &str, stop: &CancellationToken) -> Result<(), Error> {
    if stop.is_cancelled() || !comparisons::take(&state.db, id, now() + LEASE).await? {
        return Ok(());
    }
    let started = std::time::Instant::now();
    let made = tokio::select! {
        made = make(state, id, stop) => made,
        never = keep(state, id) => match never {},
    };
    metrics::histogram!("abigate_comparison_seconds").record(started.elapsed().as_secs_f64());
    match made {
        Ok(()) => Ok(()),
        Err(error) => ended_badly(state, id, error).await,
    }
}

/// Renews the lease for as long as it is waited for. One that cannot be renewed ends, and somebody else takes over.
async fn keep(state: &State, id: &str) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(RENEWED).await;
        if let Err(error) = comparisons::renew(&state.db, id, now() + LEASE).await {
            tracing::warn!(comparison = id, %error, "the lease could not be renewed");
        }
    }
}

async fn make(state: &State, id: &str, stop: &CancellationToken) -> Result<(), Error> {
    let missing = || Error::Input("the comparison is gone".to_owned());
    let comparison = comparisons::by_id(&state.db, id).await?.ok_or_else(missing)?;
    let directory = WorkDirectory::create(&state.config.data.join("work").join(new_id()))?;
    prepare(state, &comparison, directory.path()).await?;
    let outcome = child::run(directory.path(), &state.config.comparison, stop).await?;
    keep_outcome(state, id, &outcome, directory.path()).await
}

/// Writes what the child reads.
async fn prepare(state: &State, comparison: &comparisons::Comparison, directory: &Path) -> Result<(), Error> {
    let gone = || Error::Input("a snapshot is gone".to_owned());
    let old = snapshots::by_id(&state.db, &comparison.project, &comparison.old).await?.ok_or_else(gone)?;
    let new = snapshots::by_id(&state.db, &comparison.project, &comparison.new).await?.ok_or_else(gone)?;
    for snapshot in [&old.shown, &new.shown] {
        write_snapshot(state, snapshot, directory).await?;
    }
    let policy = comparison.policy.split('@').next().unwrap_or_default();
    if !policy.is_empty() {
        let bundle = projects::policy(&state.db, policy).await?;
        let bundle = bundle.ok_or_else(|| Error::Input("the policy is gone".to_owned()))?;
        write_policy(&bundle, directory)?;
    }
    let limits = &state.config.comparison;
    let task = Task {
        old: old.shown.name,
        new: new.shown.name,
        platform: old.shown.platform,
        today: day_of(&comparison.policy).unwrap_or_else(super::today),
        memory: limits.memory_mb << 20,
        seconds: limits.seconds,
    };
    fs::write(directory.join("task.json"), serde_json::to_vec(&task).map_err(std::io::Error::from)?)?;
    Ok(())
}

/// The day that a comparison is bound to, since its policy has dates in it.
fn day_of(policy: &str) -> Option<i32> {
    policy.split_once('@')?.1.parse().ok()
}

async fn write_snapshot(state: &State, snapshot: &Snapshot, directory: &Path) -> Result<(), Error> {
    let place = directory.join("baselines").join(&snapshot.name).join(&snapshot.platform);
    fs::create_dir_all(&place)?;
    let mut sums = String::new();
    for entry in snapshots::libraries(&state.db, &snapshot.id).await? {
        let data = dump_of(state, &entry).await?;
        let file = format!("{}{EXTENSION}", entry.file);
        sums += &format!("{}  {file}\n", sha256(&data));
        fs::write(place.join(file), data)?;
    }
    fs::write(place.join(CHECKSUMS), sums)?;
    Ok(())
}

/// A library's dump: its header and its facts, each a frame of zstd.
pub(super) async fn dump_of(state: &State, entry: &LibraryEntry) -> Result<Vec<u8>, Error> {
    let stored = super::db::blobs::stored(&state.db, &entry.facts).await?;
    let stored = stored.ok_or_else(|| Error::Input(format!("the facts {} are not stored", entry.facts)))?;
    let facts = state.blobs.facts(&entry.facts, stored).await?;
    let header = format!("{}\n", entry.header);
    let mut data = zstd::bulk::compress(header.as_bytes(), 3)?;
    data.extend_from_slice(&facts);
    Ok(data)
}

fn write_policy(bundle: &str, directory: &Path) -> Result<(), Error> {
    let bundle: PolicyBundle = serde_json::from_str(bundle).map_err(std::io::Error::from)?;
    fs::write(directory.join(CONFIG_NAME), bundle.config)?;
    for file in bundle.files {
        // Checked when it was sent; and once more, since this is where it would do harm.
        let path = super::policies::plain_path(&file.path).map_err(|what| Error::Input(what.to_owned()))?;
        let place = directory.join(path);
        fs::create_dir_all(place.parent().unwrap_or(directory))?;
        fs::write(place, file.text)?;
    }
    Ok(())
}

/// Reports first, then the row that says that they are there.
async fn keep_outcome(state: &State, id: &str, outcome: &Outcome, directory: &Path) -> Result<(), Error> {
    let mut reports = serde_json::Map::new();
    for (format, file) in REPORTS {
        let text = Bytes::from(tokio::fs::read(directory.join("out").join(file)).await?);
        reports.insert(format.to_owned(), json!({ "size": text.len(), "sha256": sha256(&text) }));
        state.blobs.put_report(id, format, text).await?;
    }
    let mut tx = state.db.begin().await?;
    let result = comparisons::Outcome {
        outcome: &outcome.outcome,
        headline: &outcome.headline,
        counts: &json!(outcome.counts).to_string(),
        reports: &serde_json::Value::Object(reports).to_string(),
    };
    comparisons::finish(&mut tx, id, &result, &outcome.findings).await?;
    tx.commit().await?;
    metrics::counter!("abigate_comparisons_total", "outcome" => outcome.outcome.clone()).increment(1);
    Ok(())
}

/// What becomes of a comparison that was not made: given back, failed, or tried again.
async fn ended_badly(state: &State, id: &str, error: Error) -> Result<(), Error> {
    metrics::counter!("abigate_comparison_errors_total").increment(1);
    let comparison = comparisons::by_id(&state.db, id).await?;
    let deaths = comparison.map_or(0, |comparison| comparison.died) + 1;
    let mut tx = state.db.begin().await?;
    match &error {
        Error::Child(child::Error::Stopping) => {
            if comparisons::give_back(&mut tx, id).await? {
                queue::push(&mut tx, &Job::Compare(id.to_owned())).await?;
            }
        }
        Error::Child(child::Error::Input(reason)) | Error::Input(reason) => {
            comparisons::fail(&mut tx, id, reason).await?;
        }
        Error::Child(child::Error::Died(reason)) if deaths >= comparisons::DEATHS => {
            comparisons::fail(&mut tx, id, &format!("tried {deaths} times: {reason}")).await?;
        }
        Error::Child(child::Error::Died(reason)) => {
            if comparisons::try_again(&mut tx, id, reason).await? {
                queue::push(&mut tx, &Job::Compare(id.to_owned())).await?;
            }
        }
        // The store of bytes or the disk: nothing is known of the comparison. It waits, until whatever was away is back.
        Error::Blobs(_) | Error::Io(_) | Error::Db(_) | Error::Child(child::Error::Io(_)) => {
            comparisons::wait(&mut tx, id, now() + LEASE, &error.to_string()).await?;
        }
    }
    tx.commit().await?;
    tracing::warn!(comparison = id, %error, "a comparison was not made");
    Ok(())
}

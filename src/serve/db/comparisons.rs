//! Comparisons: asked for, being made, made; and what was found.
//!
//! A worker that takes one has a lease on it. What is not done when its lease ends was lost with its worker, and is queued
//! again. Some input may make every process die that reads it: after [`DEATHS`] of them a comparison is given up. That workers
//! go away says little of what they did, but not nothing: [`LOSSES`] is patience with machines, and an end.

use super::{Db, Result, Row, Tx, new_id, now, values};
use crate::remote::api::ComparisonState;
use crate::serve::child::Finding;

/// How many processes may die of a comparison.
pub(crate) const DEATHS: i64 = 3;

/// How many workers may go away while they have a comparison.
pub(crate) const LOSSES: i64 = 50;

/// A comparison.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    /// Its row.
    pub(crate) id: String,
    /// The project that it is of.
    pub(crate) project: String,
    /// The old snapshot.
    pub(crate) old: String,
    /// The new one.
    pub(crate) new: String,
    /// SHA-256 of the policy; empty without one.
    pub(crate) policy: String,
    /// Version of the program that compares.
    pub(crate) engine: String,
    /// How far it is.
    pub(crate) state: ComparisonState,
    /// How many processes died of it.
    pub(crate) died: i64,
    /// How many workers went away while they had it.
    pub(crate) lost: i64,
    /// What came of it, in a word.
    pub(crate) outcome: Option<String>,
    /// And in a line.
    pub(crate) headline: Option<String>,
    /// Root causes by severity, as JSON.
    pub(crate) counts: Option<String>,
    /// Size and SHA-256 of each report, as JSON.
    pub(crate) reports: Option<String>,
    /// Why it failed.
    pub(crate) reason: Option<String>,
}

impl Comparison {
    fn of(row: &Row) -> Result<Comparison> {
        Ok(Comparison {
            id: row.text("id")?,
            project: row.text("project")?,
            old: row.text("old_snapshot")?,
            new: row.text("new_snapshot")?,
            policy: row.text("policy")?,
            engine: row.text("engine")?,
            state: row.word("state", ComparisonState::parse)?,
            died: row.int("died")?,
            lost: row.int("lost")?,
            outcome: row.maybe_text("outcome")?,
            headline: row.maybe_text("headline")?,
            counts: row.maybe_text("counts")?,
            reports: row.maybe_text("reports")?,
            reason: row.maybe_text("reason")?,
        })
    }
}

/// What makes two comparisons the same.
#[derive(Clone, Debug)]
pub(crate) struct Key<'k> {
    /// The project.
    pub(crate) project: &'k str,
    /// The old snapshot.
    pub(crate) old: &'k str,
    /// The new one.
    pub(crate) new: &'k str,
    /// SHA-256 of the policy; empty without one.
    pub(crate) policy: &'k str,
    /// Version of the program that compares.
    pub(crate) engine: &'k str,
}

/// The comparison of a key.
pub(crate) async fn find(db: &Db, key: &Key<'_>) -> Result<Option<Comparison>> {
    let sql = "SELECT * FROM comparison WHERE old_snapshot = $1 AND new_snapshot = $2 AND policy = $3 AND engine = $4";
    let row = db.row(sql, values![key.old, key.new, key.policy, key.engine]).await?;
    row.as_ref().map(Comparison::of).transpose()
}

/// Queues a comparison; none where somebody else just did.
pub(crate) async fn insert(tx: &mut Tx, key: &Key<'_>) -> Result<Option<String>> {
    let sql = "INSERT INTO comparison (id, project, old_snapshot, new_snapshot, policy, engine, state, died, lost, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, 'queued', 0, 0, $7) ON CONFLICT DO NOTHING";
    let id = new_id();
    let n = tx.run(sql, values![&id, key.project, key.old, key.new, key.policy, key.engine, now()]).await?;
    Ok((n > 0).then_some(id))
}

/// A comparison.
pub(crate) async fn by_id(db: &Db, id: &str) -> Result<Option<Comparison>> {
    let row = db.row("SELECT * FROM comparison WHERE id = $1", values![id]).await?;
    row.as_ref().map(Comparison::of).transpose()
}

/// The newest comparisons of a project that are done.
pub(crate) async fn newest(db: &Db, project: &str, most: i64) -> Result<Vec<Comparison>> {
    let sql = "SELECT * FROM comparison WHERE project = $1 AND state = 'done' ORDER BY id DESC LIMIT $2";
    let rows = db.rows(sql, values![project, most]).await?;
    rows.iter().map(Comparison::of).collect()
}

/// Takes a comparison for a while: it is queued, or whoever had it lost it. False where somebody else has it, or it is done.
pub(crate) async fn take(db: &Db, id: &str, lease_until: i64) -> Result<bool> {
    let sql = "UPDATE comparison SET state = 'running', lease_until = $2
               WHERE id = $1 AND (state = 'queued' OR (state = 'running' AND lease_until < $3))";
    Ok(db.run(sql, values![id, lease_until, now()]).await? > 0)
}

/// Says that whoever has it is still there.
pub(crate) async fn renew(db: &Db, id: &str, lease_until: i64) -> Result<()> {
    db.run(
        "UPDATE comparison SET lease_until = $2 WHERE id = $1 AND state = 'running'",
        values![id, lease_until],
    )
    .await?;
    Ok(())
}

/// Gives a comparison back that was taken and not made.
pub(crate) async fn give_back(tx: &mut Tx, id: &str) -> Result<bool> {
    let sql =
        "UPDATE comparison SET state = 'queued', lease_until = NULL WHERE id = $1 AND state = 'running'";
    Ok(tx.run(sql, values![id]).await? > 0)
}

/// Lets a comparison wait until a time, when it is queued again.
pub(crate) async fn wait(tx: &mut Tx, id: &str, until: i64, reason: &str) -> Result<bool> {
    let sql = "UPDATE comparison SET state = 'queued', lease_until = $2, reason = $3 WHERE id = $1 AND state = 'running'";
    Ok(tx.run(sql, values![id, until, reason]).await? > 0)
}

/// Queues a comparison again of which a process died.
pub(crate) async fn try_again(tx: &mut Tx, id: &str, reason: &str) -> Result<bool> {
    let sql = "UPDATE comparison SET state = 'queued', died = died + 1, lease_until = NULL, reason = $2
               WHERE id = $1 AND state = 'running'";
    Ok(tx.run(sql, values![id, reason]).await? > 0)
}

/// Somebody asks for a failed comparison once more.
pub(crate) async fn reset(tx: &mut Tx, id: &str) -> Result<bool> {
    let sql = "UPDATE comparison SET state = 'queued', died = 0, lost = 0, lease_until = NULL, reason = NULL
               WHERE id = $1 AND state = 'failed'";
    Ok(tx.run(sql, values![id]).await? > 0)
}

/// What came of a comparison.
#[derive(Clone, Debug)]
pub(crate) struct Outcome<'r> {
    /// In a word.
    pub(crate) outcome: &'r str,
    /// In a line.
    pub(crate) headline: &'r str,
    /// Roots by severity, as JSON.
    pub(crate) counts: &'r str,
    /// Size and SHA-256 of each report, as JSON.
    pub(crate) reports: &'r str,
}

/// Ends a comparison with what came of it; false where it was ended before.
pub(crate) async fn finish(
    tx: &mut Tx,
    id: &str,
    result: &Outcome<'_>,
    findings: &[Finding],
) -> Result<bool> {
    let sql = "UPDATE comparison SET state = 'done', outcome = $2, headline = $3, counts = $4, reports = $5, done_at = $6,
                 reason = NULL, lease_until = NULL WHERE id = $1 AND state <> 'done'";
    let row = values![id, result.outcome, result.headline, result.counts, result.reports, now()];
    let n = tx.run(sql, row).await?;
    if n == 0 {
        return Ok(false);
    }
    let sql = "INSERT INTO finding (comparison, fingerprint, rule, severity, tier, name, is_root)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    for Finding { fingerprint, rule, severity, tier, name, is_root } in findings {
        tx.run(sql, values![id, fingerprint, rule, severity, tier, name, i64::from(*is_root)]).await?;
    }
    Ok(true)
}

/// Ends a comparison with the reason why there is no report.
pub(crate) async fn fail(tx: &mut Tx, id: &str, reason: &str) -> Result<bool> {
    let sql = "UPDATE comparison SET state = 'failed', reason = $2, done_at = $3, lease_until = NULL
               WHERE id = $1 AND state IN ('queued', 'running')";
    Ok(tx.run(sql, values![id, reason, now()]).await? > 0)
}

/// Comparisons whose worker is gone, and those that nobody has taken for a while, the oldest first.
pub(crate) async fn lost(db: &Db, queued_before: i64, most: i64) -> Result<Vec<Comparison>> {
    let sql = "SELECT * FROM comparison WHERE (state IN ('queued', 'running') AND lease_until < $1)
               OR (state = 'queued' AND created_at < $2 AND lease_until IS NULL) ORDER BY id LIMIT $3";
    let rows = db.rows(sql, values![now(), queued_before, most]).await?;
    rows.iter().map(Comparison::of).collect()
}

/// Says of a comparison that waits that it was put into the queue once more, so that this is not done again at once.
pub(crate) async fn requeued(tx: &mut Tx, id: &str, look_again_at: i64) -> Result<()> {
    let sql =
        "UPDATE comparison SET lost = lost + CASE state WHEN 'running' THEN 1 ELSE 0 END, state = 'queued',
                 lease_until = $2 WHERE id = $1 AND state IN ('queued', 'running')";
    tx.run(sql, values![id, look_again_at]).await?;
    Ok(())
}

/// How many wait, how many run, and for how many milliseconds the oldest of them waits.
pub(crate) async fn waiting(db: &Db) -> Result<(i64, i64, i64)> {
    let sql = "SELECT CAST(COALESCE(SUM(CASE state WHEN 'queued' THEN 1 ELSE 0 END), 0) AS BIGINT) AS queued,
                 CAST(COALESCE(SUM(CASE state WHEN 'running' THEN 1 ELSE 0 END), 0) AS BIGINT) AS running,
                 COALESCE(MIN(CASE state WHEN 'queued' THEN created_at END), -1) AS oldest
               FROM comparison WHERE state IN ('queued', 'running')";
    let Some(row) = db.row(sql, []).await? else { return Ok((0, 0, 0)) };
    let oldest = row.int("oldest")?;
    let age = if oldest < 0 { 0 } else { now() - oldest };
    Ok((row.int("queued")?, row.int("running")?, age))
}

fn finding(row: &Row) -> Result<Finding> {
    Ok(Finding {
        fingerprint: row.text("fingerprint")?,
        rule: row.text("rule")?,
        severity: row.text("severity")?,
        tier: row.text("tier")?,
        name: row.text("name")?,
        is_root: row.int("is_root")? != 0,
    })
}

/// Root causes of a comparison, the worst first.
pub(crate) async fn roots(db: &Db, id: &str, most: i64) -> Result<Vec<Finding>> {
    let sql = "SELECT * FROM finding WHERE comparison = $1 AND is_root = 1
               ORDER BY CASE severity WHEN 'cannot-certify' THEN 0 WHEN 'breaking' THEN 1 WHEN 'risky' THEN 2
                 WHEN 'source' THEN 3 ELSE 4 END, rule, name, fingerprint LIMIT $2";
    db.rows(sql, values![id, most]).await?.iter().map(finding).collect()
}

/// How many root causes a comparison has.
pub(crate) async fn count_roots(db: &Db, id: &str) -> Result<i64> {
    let row = db
        .row("SELECT COUNT(*) AS n FROM finding WHERE comparison = $1 AND is_root = 1", values![id])
        .await?;
    row.map_or(Ok(0), |row| row.int("n"))
}

/// A finding with the comparison that has it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The comparison.
    pub(crate) comparison: Comparison,
    /// The finding.
    pub(crate) finding: Finding,
}

/// Where a finding was met, the newest comparison first.
pub(crate) async fn with_finding(db: &Db, project: &str, fingerprint: &str, most: i64) -> Result<Vec<Found>> {
    let sql = "SELECT comparison.*, finding.fingerprint, finding.rule, finding.severity, finding.tier,
                 finding.name, finding.is_root FROM finding JOIN comparison ON comparison.id = finding.comparison
               WHERE finding.fingerprint = $2 AND comparison.project = $1 ORDER BY comparison.id DESC LIMIT $3";
    let rows = db.rows(sql, values![project, fingerprint, most]).await?;
    let found = |row: &Row| Ok(Found { comparison: Comparison::of(row)?, finding: finding(row)? });
    rows.iter().map(found).collect()
}

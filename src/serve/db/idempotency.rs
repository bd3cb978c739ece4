//! Answers to requests that may be sent twice: who sends one again with its `Idempotency-Key` gets the first answer.

use super::{Db, Result, Tx, now, values};

/// How long an answer is kept, in milliseconds.
const KEPT: i64 = 24 * 60 * 60 * 1000;

/// An answer that was given.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// SHA-256 of the request.
    pub(crate) request: String,
    /// HTTP's status.
    pub(crate) status: i64,
    /// The body.
    pub(crate) body: String,
}

/// The answer that somebody got under a key.
pub(crate) async fn find(db: &Db, actor: &str, key: &str) -> Result<Option<Answer>> {
    let sql = "SELECT * FROM idempotency WHERE actor = $1 AND key = $2 AND expires_at > $3";
    let Some(row) = db.row(sql, values![actor, key, now()]).await? else { return Ok(None) };
    Ok(Some(Answer {
        request: row.text("request_sha256")?,
        status: row.int("status")?,
        body: row.text("body")?,
    }))
}

/// Keeps an answer, in the transaction of what it tells of. False where the key is taken: the transaction is not to be
/// committed, since somebody else does the same at this moment.
pub(crate) async fn insert(tx: &mut Tx, actor: &str, key: &str, answer: &Answer) -> Result<bool> {
    let sql = "INSERT INTO idempotency (actor, key, request_sha256, status, body, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let row = values![actor, key, &answer.request, answer.status, &answer.body, now() + KEPT];
    Ok(tx.run(sql, row).await? > 0)
}

/// Forgets answers that are too old.
pub(crate) async fn sweep(tx: &mut Tx) -> Result<()> {
    tx.run("DELETE FROM idempotency WHERE expires_at < $1", values![now()]).await?;
    Ok(())
}

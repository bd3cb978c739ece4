//! Uploads: what was announced and is not a snapshot yet.

use super::{Db, Result, Row, Tx, new_id, now, values};
use crate::remote::api::Trust;

/// An upload.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// Its row.
    pub(crate) id: String,
    /// The project that it is for.
    pub(crate) project: String,
    /// What was announced, as JSON.
    pub(crate) request: String,
    /// How far it may be believed.
    pub(crate) trust: Trust,
    /// What a forge said of who sends it, as JSON.
    pub(crate) provenance: Option<String>,
    /// The snapshot that it became.
    pub(crate) snapshot: Option<String>,
    /// When it is thrown away.
    pub(crate) expires_at: i64,
}

impl Upload {
    fn of(row: &Row) -> Result<Upload> {
        Ok(Upload {
            id: row.text("id")?,
            project: row.text("project")?,
            request: row.text("request")?,
            trust: row.word("trust", Trust::parse)?,
            provenance: row.maybe_text("provenance")?,
            snapshot: row.maybe_text("snapshot")?,
            expires_at: row.int("expires_at")?,
        })
    }
}

/// Makes an upload.
pub(crate) async fn insert(
    tx: &mut Tx,
    project: &str,
    (request, sha256): (&str, &str),
    trust: Trust,
    provenance: Option<&str>,
    expires_at: i64,
) -> Result<String> {
    let sql = "INSERT INTO upload (id, project, request, request_sha256, trust, provenance, state, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8)";
    let id = new_id();
    let row = values![&id, project, request, sha256, trust.name(), provenance, now(), expires_at];
    tx.run(sql, row).await?;
    Ok(id)
}

/// An upload that is open or sealed.
pub(crate) async fn by_id(db: &Db, id: &str) -> Result<Option<Upload>> {
    let sql = "SELECT * FROM upload WHERE id = $1 AND (state = 'sealed' OR expires_at > $2)";
    let row = db.row(sql, values![id, now()]).await?;
    row.as_ref().map(Upload::of).transpose()
}

/// The newest open upload of the same announcement with the same trust: it is resumed.
pub(crate) async fn same(db: &Db, project: &str, sha256: &str, trust: Trust) -> Result<Option<Upload>> {
    let sql =
        "SELECT * FROM upload WHERE project = $1 AND request_sha256 = $2 AND trust = $3 AND state = 'open'
               AND expires_at > $4 ORDER BY id DESC LIMIT 1";
    let row = db.row(sql, values![project, sha256, trust.name(), now()]).await?;
    row.as_ref().map(Upload::of).transpose()
}

/// Makes an open upload a snapshot's; false where somebody else did.
pub(crate) async fn seal(tx: &mut Tx, id: &str, snapshot: &str) -> Result<bool> {
    let sql = "UPDATE upload SET state = 'sealed', snapshot = $2 WHERE id = $1 AND state = 'open'";
    Ok(tx.run(sql, values![id, snapshot]).await? > 0)
}

/// Throws away uploads that nobody sealed in time.
pub(crate) async fn sweep(tx: &mut Tx) -> Result<u64> {
    tx.run("DELETE FROM upload WHERE state = 'open' AND expires_at < $1", values![now()]).await
}

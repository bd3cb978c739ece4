//! Which facts are stored, how large they are, and who has sent them. The bytes are in [`crate::serve::blobs`].

use super::{Db, Result, Tx, now, values};

/// Whether an organisation has sent facts, and they are stored. Facts of others have to be sent like unknown ones: who knows
/// a hash does not know what is behind it.
pub(crate) async fn has(db: &Db, tenant: &str, sha256: &str) -> Result<bool> {
    let sql = "SELECT sha256 FROM blob_grant WHERE tenant = $1 AND sha256 = $2";
    Ok(db.row(sql, values![tenant, sha256]).await?.is_some())
}

/// Says that facts are stored, and that an organisation has sent them. `stored`: bytes in the object store.
pub(crate) async fn insert(tx: &mut Tx, tenant: &str, sha256: &str, size: i64, stored: i64) -> Result<()> {
    let sql =
        "INSERT INTO blob (sha256, size, stored, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    tx.run(sql, values![sha256, size, stored, now()]).await?;
    tx.run(
        "INSERT INTO blob_grant (tenant, sha256) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        values![tenant, sha256],
    )
    .await?;
    Ok(())
}

/// Bytes of facts as they are, if they are stored.
pub(crate) async fn size(tx: &mut Tx, tenant: &str, sha256: &str) -> Result<Option<i64>> {
    let sql = "SELECT size FROM blob JOIN blob_grant ON blob_grant.sha256 = blob.sha256
               WHERE blob_grant.tenant = $1 AND blob.sha256 = $2";
    tx.row(sql, values![tenant, sha256]).await?.map(|row| row.int("size")).transpose()
}

/// Bytes of facts in the object store, if they are there.
pub(crate) async fn stored(db: &Db, sha256: &str) -> Result<Option<u64>> {
    db.row("SELECT stored FROM blob WHERE sha256 = $1", values![sha256])
        .await?
        .map(|row| row.count("stored"))
        .transpose()
}

/// Facts that are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blob {
    /// Bytes of them.
    pub(crate) size: i64,
    /// Bytes in the object store.
    pub(crate) stored: i64,
}

/// All facts after a hash, in the order of theirs.
pub(crate) async fn all(db: &Db, after: &str, most: i64) -> Result<Vec<(String, Blob)>> {
    let sql = "SELECT sha256, size, stored FROM blob WHERE sha256 > $1 ORDER BY sha256 LIMIT $2";
    let rows = db.rows(sql, values![after, most]).await?;
    rows.iter()
        .map(|row| Ok((row.text("sha256")?, Blob { size: row.int("size")?, stored: row.int("stored")? })))
        .collect()
}

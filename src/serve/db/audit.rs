//! What was done by whom: a chain in which every entry has the hash of the one before it, so that nobody takes one out or
//! changes one without its being seen. The database refuses both as well.

use serde_json::json;

use super::{Db, Result, Tx, now, values};
use crate::hex::sha256;

/// The lock that makes entries follow each other in PostgreSQL; any number that nothing else uses.
const LOCK: i64 = 0x6162_6967;

/// Adds an entry, in the transaction of what it tells of. `what`: JSON.
pub(crate) async fn append(tx: &mut Tx, actor: &str, action: &str, what: &serde_json::Value) -> Result<()> {
    if matches!(tx, Tx::Postgres(_)) {
        tx.row("SELECT pg_advisory_xact_lock($1)", values![LOCK]).await?;
    }
    let last = tx.row("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1", []).await?;
    let previous = last.map_or_else(|| Ok(String::new()), |row| row.text("hash"))?;
    let (at, what) = (now(), what.to_string());
    let hash = hash_of(&previous, at, actor, action, &what);
    let sql = "INSERT INTO audit (at, actor, action, what, previous, hash) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.run(sql, values![at, actor, action, what, previous, hash]).await?;
    Ok(())
}

fn hash_of(previous: &str, at: i64, actor: &str, action: &str, what: &str) -> String {
    sha256(json!([previous, at, actor, action, what]).to_string())
}

/// Goes over the chain; how many entries it has, or the number of the first that does not fit.
pub(crate) async fn verify(db: &Db) -> Result<std::result::Result<u64, i64>> {
    let (mut after, mut previous, mut count) = (0, String::new(), 0);
    loop {
        let rows =
            db.rows("SELECT * FROM audit WHERE seq > $1 ORDER BY seq LIMIT 1000", values![after]).await?;
        if rows.is_empty() {
            return Ok(Ok(count));
        }
        for row in rows {
            after = row.int("seq")?;
            let (at, actor, action) = (row.int("at")?, row.text("actor")?, row.text("action")?);
            let hash = hash_of(&previous, at, &actor, &action, &row.text("what")?);
            if row.text("previous")? != previous || row.text("hash")? != hash {
                return Ok(Err(after));
            }
            previous = hash;
            count += 1;
        }
    }
}

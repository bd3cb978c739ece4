//! Workflows of forges that may push without a stored secret, and the identity tokens that were exchanged.

use super::{Db, Result, Row, Tx, new_id, now, values};
use crate::remote::api::{Publisher, Scope};

fn publisher(row: &Row) -> Result<(String, Publisher)> {
    let publisher = Publisher {
        issuer: row.text("issuer")?,
        owner_id: row.text("owner_id")?,
        repository_id: row.text("repository_id")?,
        workflow: row.text("workflow")?,
        environment: row.maybe_text("environment")?,
        refs: row.text("refs")?,
        scope: row.word("scope", Scope::parse)?,
    };
    Ok((row.text("id")?, publisher))
}

/// Publishers of a project with their ids, in the order in which they were added.
pub(crate) async fn of_project(db: &Db, project: &str) -> Result<Vec<(String, Publisher)>> {
    let rows = db.rows("SELECT * FROM publisher WHERE project = $1 ORDER BY id", values![project]).await?;
    rows.iter().map(publisher).collect()
}

/// Adds a publisher to a project.
pub(crate) async fn insert(tx: &mut Tx, project: &str, publisher: &Publisher) -> Result<String> {
    let sql = "INSERT INTO publisher
                 (id, project, issuer, owner_id, repository_id, workflow, environment, refs, scope, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let id = new_id();
    let Publisher { issuer, owner_id, repository_id, workflow, environment, refs, scope } = publisher;
    let row = values![
        &id,
        project,
        issuer,
        owner_id,
        repository_id,
        workflow,
        environment.clone(),
        refs,
        scope.name(),
        now()
    ];
    tx.run(sql, row).await?;
    Ok(id)
}

/// Takes a publisher from a project; whether it had it.
pub(crate) async fn delete(tx: &mut Tx, project: &str, id: &str) -> Result<bool> {
    Ok(tx.run("DELETE FROM publisher WHERE project = $1 AND id = $2", values![project, id]).await? > 0)
}

/// Marks an identity token as exchanged; false where it was before.
pub(crate) async fn use_jti(tx: &mut Tx, issuer: &str, jti: &str, expires_at: i64) -> Result<bool> {
    let sql = "INSERT INTO used_jti (issuer, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, values![issuer, jti, expires_at]).await? > 0)
}

/// Forgets identity tokens that are good no more anyway.
pub(crate) async fn sweep(tx: &mut Tx, before: i64) -> Result<()> {
    tx.run("DELETE FROM used_jti WHERE expires_at < $1", values![before]).await?;
    Ok(())
}

//! Organisations (`tenant`), their projects and the policies of these.

use super::{Db, Result, Row, Tx, new_id, now, values};
use crate::remote::api::Visibility;

/// A project.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// Its row.
    pub(crate) id: String,
    /// Whose it is.
    pub(crate) tenant: String,
    /// What it is called in addresses.
    pub(crate) slug: String,
    /// What people call it.
    pub(crate) title: String,
    /// Who may read it.
    pub(crate) visibility: Visibility,
    /// SHA-256 of its policy.
    pub(crate) policy: Option<String>,
}

impl Project {
    fn of(row: &Row) -> Result<Project> {
        Ok(Project {
            id: row.text("id")?,
            tenant: row.text("tenant")?,
            slug: row.text("slug")?,
            title: row.text("title")?,
            visibility: Visibility::parse(&row.text("visibility")?),
            policy: row.maybe_text("policy")?,
        })
    }
}

/// The organisation with a name, which is made if it is not there.
pub(crate) async fn ensure_tenant(tx: &mut Tx, slug: &str, max_bytes: i64) -> Result<String> {
    let sql = "INSERT INTO tenant (id, slug, max_bytes, created_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (slug) DO UPDATE SET slug = excluded.slug RETURNING id";
    let row = tx.row(sql, values![new_id(), slug, max_bytes, now()]).await?;
    row.ok_or(sqlx::Error::RowNotFound)?.text("id")
}

/// The organisation that was made first; none before the service was started once.
pub(crate) async fn first_tenant(tx: &mut Tx) -> Result<Option<String>> {
    tx.row("SELECT id FROM tenant ORDER BY id LIMIT 1", []).await?.map(|row| row.text("id")).transpose()
}

/// Bytes that an organisation may store, and those that it does.
pub(crate) async fn quota(db: &Db, tenant: &str) -> Result<(i64, i64)> {
    let sql = "SELECT max_bytes, CAST((SELECT COALESCE(SUM(stored), 0) FROM blob
                 JOIN blob_grant ON blob_grant.sha256 = blob.sha256 WHERE blob_grant.tenant = tenant.id) AS BIGINT) AS used
               FROM tenant WHERE id = $1";
    let row = db.row(sql, values![tenant]).await?.ok_or(sqlx::Error::RowNotFound)?;
    Ok((row.int("max_bytes")?, row.int("used")?))
}

/// The project with a name.
pub(crate) async fn by_slug(db: &Db, slug: &str) -> Result<Option<Project>> {
    let row = db.row("SELECT * FROM project WHERE slug = $1", values![slug]).await?;
    row.as_ref().map(Project::of).transpose()
}

/// The project of a row.
pub(crate) async fn by_id(db: &Db, id: &str) -> Result<Option<Project>> {
    let row = db.row("SELECT * FROM project WHERE id = $1", values![id]).await?;
    row.as_ref().map(Project::of).transpose()
}

/// Projects that an organisation may read, and public ones, by their names.
pub(crate) async fn readable(db: &Db, tenant: Option<&str>, after: &str, most: i64) -> Result<Vec<Project>> {
    let sql = "SELECT * FROM project WHERE (visibility = 'public' OR tenant = $1) AND slug > $2
               ORDER BY slug LIMIT $3";
    let rows = db.rows(sql, values![tenant.unwrap_or_default(), after, most]).await?;
    rows.iter().map(Project::of).collect()
}

/// Makes a project.
pub(crate) async fn insert(
    tx: &mut Tx,
    tenant: &str,
    slug: &str,
    title: &str,
    visibility: Visibility,
) -> Result<String> {
    let id = new_id();
    let sql = "INSERT INTO project (id, tenant, slug, title, visibility, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.run(sql, values![&id, tenant, slug, title, visibility.name(), now()]).await?;
    Ok(id)
}

/// Gives a project a policy. `bundle`: the policy with the files that it names, as JSON.
pub(crate) async fn set_policy(tx: &mut Tx, project: &str, sha256: &str, bundle: &str) -> Result<()> {
    let sql =
        "INSERT INTO policy (sha256, bundle, created_at) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING";
    tx.run(sql, values![sha256, bundle, now()]).await?;
    tx.run("UPDATE project SET policy = $2 WHERE id = $1", values![project, sha256]).await?;
    Ok(())
}

/// A policy with the files that it names, as JSON.
pub(crate) async fn policy(db: &Db, sha256: &str) -> Result<Option<String>> {
    let row = db.row("SELECT bundle FROM policy WHERE sha256 = $1", values![sha256]).await?;
    row.map(|row| row.text("bundle")).transpose()
}

//! What somebody shows to be let in: API tokens, one-time links and the sessions of browsers. Only SHA-256 of them is stored,
//! which is enough for secrets that are random and long.

use super::{Db, Result, Row, Tx, now, values};
use crate::remote::api::Scope;

/// A token.
#[derive(Clone, Debug)]
pub(crate) struct ApiToken {
    /// Its row.
    pub(crate) id: String,
    /// Whose it is.
    pub(crate) tenant: String,
    /// The only project that it is for.
    pub(crate) project: Option<String>,
    /// What people call it.
    pub(crate) name: String,
    /// What it allows.
    pub(crate) scope: Scope,
    /// What a forge said of whoever got it, as JSON.
    pub(crate) provenance: Option<String>,
    /// When it ends.
    pub(crate) expires_at: i64,
}

impl ApiToken {
    fn of(row: &Row) -> Result<ApiToken> {
        Ok(ApiToken {
            id: row.text("id")?,
            tenant: row.text("tenant")?,
            project: row.maybe_text("project")?,
            name: row.text("name")?,
            scope: row.word("scope", Scope::parse)?,
            provenance: row.maybe_text("provenance")?,
            expires_at: row.int("expires_at")?,
        })
    }
}

/// Stores a token under the hash of its secret.
pub(crate) async fn insert(tx: &mut Tx, token: &ApiToken, sha256: &str) -> Result<()> {
    let sql =
        "INSERT INTO api_token (id, tenant, project, name, sha256, scope, provenance, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let ApiToken { id, tenant, project, name, scope, provenance, expires_at } = token;
    let row = values![
        id,
        tenant,
        project.clone(),
        name,
        sha256,
        scope.name(),
        provenance.clone(),
        now(),
        *expires_at
    ];
    tx.run(sql, row).await?;
    Ok(())
}

/// The token with a secret's hash, if it is still good.
pub(crate) async fn find(db: &Db, sha256: &str) -> Result<Option<ApiToken>> {
    let sql = "SELECT * FROM api_token WHERE sha256 = $1 AND revoked_at IS NULL AND expires_at > $2";
    let row = db.row(sql, values![sha256, now()]).await?;
    row.as_ref().map(ApiToken::of).transpose()
}

/// Tokens of an organisation that are still good, by their ids.
pub(crate) async fn list(db: &Db, tenant: &str, after: &str, most: i64) -> Result<Vec<ApiToken>> {
    let sql =
        "SELECT * FROM api_token WHERE tenant = $1 AND revoked_at IS NULL AND expires_at > $2 AND id > $3
               ORDER BY id LIMIT $4";
    let rows = db.rows(sql, values![tenant, now(), after, most]).await?;
    rows.iter().map(ApiToken::of).collect()
}

/// Ends a token; whether the organisation had one with this id.
pub(crate) async fn revoke(tx: &mut Tx, tenant: &str, id: &str) -> Result<bool> {
    let sql = "UPDATE api_token SET revoked_at = $3 WHERE tenant = $1 AND id = $2 AND revoked_at IS NULL";
    Ok(tx.run(sql, values![tenant, id, now()]).await? > 0)
}

/// Who a browser is.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    /// Whose.
    pub(crate) tenant: String,
    /// What it may do.
    pub(crate) scope: Scope,
}

/// Stores a link that lets somebody in once.
pub(crate) async fn insert_link(tx: &mut Tx, login: &Login, sha256: &str, expires_at: i64) -> Result<()> {
    let sql = "INSERT INTO login_link (sha256, tenant, scope, expires_at) VALUES ($1, $2, $3, $4)";
    tx.run(sql, values![sha256, &login.tenant, login.scope.name(), expires_at]).await?;
    Ok(())
}

/// Takes a link, which is good no more afterwards.
pub(crate) async fn take_link(tx: &mut Tx, sha256: &str) -> Result<Option<Login>> {
    let sql = "UPDATE login_link SET used_at = $2 WHERE sha256 = $1 AND used_at IS NULL AND expires_at > $2
               RETURNING tenant, scope";
    let row = tx.row(sql, values![sha256, now()]).await?;
    row.as_ref().map(login).transpose()
}

fn login(row: &Row) -> Result<Login> {
    Ok(Login { tenant: row.text("tenant")?, scope: row.word("scope", Scope::parse)? })
}

/// Stores a browser's session.
pub(crate) async fn insert_session(tx: &mut Tx, login: &Login, sha256: &str, expires_at: i64) -> Result<()> {
    let sql = "INSERT INTO browser_session (sha256, tenant, scope, expires_at) VALUES ($1, $2, $3, $4)";
    tx.run(sql, values![sha256, &login.tenant, login.scope.name(), expires_at]).await?;
    Ok(())
}

/// The session with a secret's hash, if it is still good.
pub(crate) async fn find_session(db: &Db, sha256: &str) -> Result<Option<Login>> {
    let sql = "SELECT tenant, scope FROM browser_session WHERE sha256 = $1 AND expires_at > $2";
    let row = db.row(sql, values![sha256, now()]).await?;
    row.as_ref().map(login).transpose()
}

/// Ends a session.
pub(crate) async fn end_session(tx: &mut Tx, sha256: &str) -> Result<()> {
    tx.run("DELETE FROM browser_session WHERE sha256 = $1", values![sha256]).await?;
    Ok(())
}

/// Forgets what ended some time ago.
pub(crate) async fn sweep(tx: &mut Tx, before: i64) -> Result<()> {
    tx.run("DELETE FROM browser_session WHERE expires_at < $1", values![before]).await?;
    tx.run("DELETE FROM login_link WHERE expires_at < $1", values![before]).await?;
    Ok(())
}

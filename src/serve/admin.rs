//! What an administrator does beside the running service, on the same database and object store.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::config::Config;
use super::db::{Tx, audit, blobs, migrate, projects, snapshots};
use super::roles::{make_link, make_token, open, runtime};
use super::{State, health};
use crate::remote::api::Scope;

/// The organisation that an administrator speaks of: the first, or one with a name, which is made if it is not there.
async fn organization(tx: &mut Tx, name: Option<&str>, quota: i64) -> Result<String> {
    match name {
        Some(name) => {
            crate::store::check_name(name)?;
            Ok(projects::ensure_tenant(tx, name, quota).await?)
        }
        None => {
            let first = projects::first_tenant(tx).await?;
            first.context("the service was never started on this database")
        }
    }
}

/// Says what was understood of a configuration, without its secrets.
///
/// # Errors
/// Never: a configuration that is wrong was refused before.
pub(crate) fn check_config(config: &Config) -> String {
    use super::config::{Database, Objects};
    let database = match &config.database {
        Database::Sqlite(file) => file.display().to_string(),
        Database::Postgres(_) => "PostgreSQL".to_owned(),
    };
    let objects = match &config.objects {
        Objects::Directory(path) => path.display().to_string(),
        Objects::S3 { bucket, prefix, .. } => format!("s3://{bucket}/{prefix}"),
    };
    let url = config.public_url.as_deref().unwrap_or("where it listens");
    let issuers: Vec<&str> = config.issuers.iter().map(|issuer| &*issuer.issuer).collect();
    let issuers = if issuers.is_empty() { "none".to_owned() } else { issuers.join(", ") };
    format!(
        "The configuration is right.\n  listen      {}\n  public-url  {url}\n  data        {}\n  database    {database}\n  \
         objects     {objects}\n  workers     {}\n  issuers     {issuers}\n",
        config.listen,
        config.data.display(),
        config.workers,
    )
}

/// A link that lets an administrator's browser in once.
///
/// # Errors
/// The database does not answer, or was never started.
pub(crate) fn link(config: Config, name: Option<&str>) -> Result<String> {
    runtime()?.block_on(async {
        let state = open(config).await?;
        migrate::check(&state.db).await?;
        let mut tx = state.db.begin().await?;
        let tenant = organization(&mut tx, name, state.config.quota).await?;
        let secret = make_link(&mut tx, &tenant).await?;
        audit::append(&mut tx, "administrator", "link.create", &json!({})).await?;
        tx.commit().await?;
        Ok(format!("{}/login/{secret}\n", state.public_url()))
    })
}

/// A token.
///
/// # Errors
/// The database does not answer, or was never started.
pub(crate) fn token(config: Config, of: Option<&str>, name: &str, scope: Scope, days: u32) -> Result<String> {
    runtime()?.block_on(async {
        let state = open(config).await?;
        migrate::check(&state.db).await?;
        let mut tx = state.db.begin().await?;
        let tenant = organization(&mut tx, of, state.config.quota).await?;
        let secret = make_token(&mut tx, &tenant, name, scope, i64::from(days) * 24 * 60 * 60 * 1000).await?;
        audit::append(&mut tx, "administrator", "token.create", &json!({ "name": name, "scope": scope }))
            .await?;
        tx.commit().await?;
        Ok(format!("{secret}\n"))
    })
}

/// Holds the rows against the bytes, and the audit log against itself.
///
/// # Errors
/// Something is wrong; all of it is told.
pub(crate) fn verify(config: Config) -> Result<String> {
    runtime()?.block_on(async {
        let state = open(config).await?;
        migrate::check(&state.db).await?;
        let (count, mut wrong) = wrong_blobs(&state).await?;
        for sha256 in snapshots::without_blob(&state.db).await? {
            wrong.push(format!("a snapshot has the facts {sha256}, of which there is no row"));
        }
        match audit::verify(&state.db).await? {
            Ok(entries) if wrong.is_empty() => {
                Ok(format!("{count} facts are stored as their rows say, and {entries} entries of the audit log follow each other.\n"))
            }
            Ok(_) => bail!("{}", wrong.join("\n")),
            Err(entry) => {
                wrong.push(format!("entry {entry} of the audit log does not follow from the one before it"));
                bail!("{}", wrong.join("\n"))
            }
        }
    })
}

/// Facts whose bytes are not those that the rows speak of, and how many rows there are.
async fn wrong_blobs(state: &State) -> Result<(usize, Vec<String>)> {
    let (mut after, mut count, mut wrong) = (String::new(), 0, Vec::new());
    loop {
        let page = blobs::all(&state.db, &after, 500).await?;
        let Some(last) = page.last() else { return Ok((count, wrong)) };
        after.clone_from(&last.0);
        count += page.len();
        for (sha256, blob) in page {
            let stored = u64::try_from(blob.stored).unwrap_or(0);
            let checked = match state.blobs.facts(&sha256, stored).await {
                Ok(data) => super::blobs::check_facts(&data, &sha256, u64::try_from(blob.size).unwrap_or(0))
                    .err()
                    .map(|error| error.to_string()),
                Err(error) => Some(error.to_string()),
            };
            wrong.extend(checked.map(|what| format!("{sha256}: {what}")));
        }
    }
}

/// Looks at everything that has to be there.
///
/// # Errors
/// Something is not there; all of it is told.
pub(crate) fn doctor(config: Config) -> Result<String> {
    let mut text = check_config(&config);
    runtime()?.block_on(async {
        let mut wrong = Vec::new();
        let mut tell = |what: &str, found: Result<String, String>| match found {
            Ok(fine) => drop(writeln!(text, "  ok    {what}: {fine}")),
            Err(error) => {
                let _ = writeln!(text, "  WRONG {what}: {error}");
                wrong.push(what.to_owned());
            }
        };
        if config.public_url.is_none() && !config.issuers.is_empty() {
            tell("public-url", Err("identity tokens are made for an address, and none is said".to_owned()));
        }
        let state = open(config).await?;
        tell(
            "database",
            state.db.ping().await.map(|()| state.db.engine().to_owned()).map_err(|e| e.to_string()),
        );
        tell(
            "schema",
            migrate::check(&state.db).await.map(|()| "up to date".to_owned()).map_err(|e| e.to_string()),
        );
        tell(
            "objects",
            state.blobs.ping().await.map(|()| "written and kept".to_owned()).map_err(|e| e.to_string()),
        );
        match health::backlog(&state).await {
            Ok(seconds) if seconds < 600 => {
                tell("queue", Ok(format!("the oldest comparison waits for {seconds} s")))
            }
            Ok(seconds) => {
                tell("queue", Err(format!("a comparison waits for {seconds} s: is there a worker?")))
            }
            Err(error) => tell("queue", Err(error.to_string())),
        }
        if wrong.is_empty() { Ok(text) } else { bail!("{text}{} is wrong", wrong.join(", ")) }
    })
}

//! Snapshots: sealed uploads. Their rows are written once, with all their libraries, and never changed.

use super::{Db, Result, Row, Tx, new_id, now, values};
use crate::hex::hex;
use crate::remote::api::{self, Kind, LibraryEntry, Trust, UploadRequest};
use crate::versions;

/// A snapshot.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// What the API shows of it.
    pub(crate) shown: api::Snapshot,
}

impl Snapshot {
    fn of(row: &Row) -> Result<Snapshot> {
        let shown = api::Snapshot {
            id: row.text("id")?,
            kind: row.word("kind", Kind::parse)?,
            name: row.text("name")?,
            platform: row.text("platform")?,
            trust: row.word("trust", Trust::parse)?,
            commit: row.maybe_text("commit_sha")?,
            sealed_at: row.int("sealed_at")?,
            libraries: row.count("libraries")?,
            size: row.count("size")?,
        };
        Ok(Snapshot { shown })
    }
}

/// Writes a snapshot with its libraries.
pub(crate) async fn insert(
    tx: &mut Tx,
    project: &str,
    request: &UploadRequest,
    trust: Trust,
    provenance: Option<&str>,
) -> Result<String> {
    let id = new_id();
    let size: u64 = request.libraries.iter().map(|library| library.size).sum();
    let sql =
        "INSERT INTO snapshot (id, project, kind, name, version_key, platform, trust, commit_sha, base_commit,
                 provenance, libraries, size, sealed_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let row = values![
        &id,
        project,
        request.kind.name(),
        &request.name,
        version_key(&request.name),
        &request.platform,
        trust.name(),
        request.commit.clone(),
        request.base_commit.clone(),
        provenance,
        whole(request.libraries.len() as u64),
        whole(size),
        now(),
    ];
    tx.run(sql, row).await?;
    let sql =
        "INSERT INTO snapshot_library (snapshot, file, header, facts, size) VALUES ($1, $2, $3, $4, $5)";
    for LibraryEntry { file, header, facts, size } in &request.libraries {
        tx.run(sql, values![&id, file, header, facts, whole(*size)]).await?;
    }
    Ok(id)
}

/// In whose order names of releases stand, whatever the database's collation.
fn version_key(name: &str) -> String {
    hex(&versions::sort_key(name))
}

/// Sizes were held against limits far below this long before.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A snapshot of a project.
pub(crate) async fn by_id(db: &Db, project: &str, id: &str) -> Result<Option<Snapshot>> {
    let row = db.row("SELECT * FROM snapshot WHERE project = $1 AND id = $2", values![project, id]).await?;
    row.as_ref().map(Snapshot::of).transpose()
}

/// A snapshot by what it is of.
pub(crate) async fn named(
    db: &Db,
    project: &str,
    (kind, name): (Kind, &str),
    platform: &str,
    trust: Trust,
) -> Result<Option<Snapshot>> {
    let sql = "SELECT * FROM snapshot WHERE project = $1 AND kind = $2 AND name = $3 AND platform = $4 AND trust = $5";
    let row = db.row(sql, values![project, kind.name(), name, platform, trust.name()]).await?;
    row.as_ref().map(Snapshot::of).transpose()
}

/// Snapshots of a project that are called so, on all platforms, the most believed first.
pub(crate) async fn called(db: &Db, project: &str, name: &str) -> Result<Vec<Snapshot>> {
    let sql = "SELECT * FROM snapshot WHERE project = $1 AND name = $2
               ORDER BY platform, CASE trust WHEN 'release' THEN 0 WHEN 'trusted' THEN 1 ELSE 2 END, id DESC";
    let rows = db.rows(sql, values![project, name]).await?;
    rows.iter().map(Snapshot::of).collect()
}

/// All releases of a project that are believed, in no order that means something.
pub(crate) async fn releases(db: &Db, project: &str) -> Result<Vec<Snapshot>> {
    let sql =
        "SELECT * FROM snapshot WHERE project = $1 AND kind = 'release' AND trust = 'release' ORDER BY id";
    let rows = db.rows(sql, values![project]).await?;
    rows.iter().map(Snapshot::of).collect()
}

/// The snapshots of a project's newest releases, as many releases as `most`, and the newest release first.
pub(crate) async fn newest_releases(db: &Db, project: &str, most: i64) -> Result<Vec<Snapshot>> {
    let sql = "SELECT * FROM snapshot WHERE project = $1 AND kind = 'release' AND trust = 'release'
               AND version_key >= (SELECT MIN(version_key) FROM
                 (SELECT DISTINCT version_key FROM snapshot WHERE project = $1 AND kind = 'release' AND trust = 'release'
                  ORDER BY version_key DESC LIMIT $2) AS newest)
               ORDER BY version_key DESC, platform";
    let rows = db.rows(sql, values![project, most]).await?;
    rows.iter().map(Snapshot::of).collect()
}

/// How many releases a project has, on whatever platforms.
pub(crate) async fn count_releases(db: &Db, project: &str) -> Result<u64> {
    let sql = "SELECT COUNT(DISTINCT version_key) AS n FROM snapshot
               WHERE project = $1 AND kind = 'release' AND trust = 'release'";
    db.row(sql, values![project]).await?.map_or(Ok(0), |row| row.count("n"))
}

/// The name of the release before one on its platform.
pub(crate) async fn release_before(db: &Db, project: &str, of: &api::Snapshot) -> Result<Option<String>> {
    let sql = "SELECT name FROM snapshot WHERE project = $1 AND kind = 'release' AND trust = 'release'
               AND version_key < $2 AND platform = $3 ORDER BY version_key DESC LIMIT 1";
    let row = db.row(sql, values![project, version_key(&of.name), &of.platform]).await?;
    row.map(|row| row.text("name")).transpose()
}

/// Builds of commits and of pull requests, the newest first.
pub(crate) async fn builds(db: &Db, project: &str, most: i64) -> Result<Vec<Snapshot>> {
    let sql =
        "SELECT * FROM snapshot WHERE project = $1 AND kind IN ('branch', 'pull') ORDER BY id DESC LIMIT $2";
    let rows = db.rows(sql, values![project, most]).await?;
    rows.iter().map(Snapshot::of).collect()
}

/// Snapshots of a project, of a kind and name where they are given, the newest first. `before`: the id of the last one that was told.
pub(crate) async fn list(
    db: &Db,
    project: &str,
    (kind, name): (Option<Kind>, Option<&str>),
    before: Option<&str>,
    most: i64,
) -> Result<Vec<Snapshot>> {
    // Behind every ULID.
    let before = before.unwrap_or("~");
    let sql = "SELECT * FROM snapshot WHERE project = $1 AND ($2 = '' OR kind = $2)
               AND ($3 = '' OR name = $3) AND id < $4 ORDER BY id DESC LIMIT $5";
    let kind = kind.map_or("", Kind::name);
    let rows = db.rows(sql, values![project, kind, name.unwrap_or_default(), before, most]).await?;
    rows.iter().map(Snapshot::of).collect()
}

fn entry(row: &Row) -> Result<LibraryEntry> {
    Ok(LibraryEntry {
        file: row.text("file")?,
        header: row.text("header")?,
        facts: row.text("facts")?,
        size: row.count("size")?,
    })
}

/// The libraries of a snapshot, by their names.
pub(crate) async fn libraries(db: &Db, snapshot: &str) -> Result<Vec<LibraryEntry>> {
    let rows = db
        .rows("SELECT * FROM snapshot_library WHERE snapshot = $1 ORDER BY file", values![snapshot])
        .await?;
    rows.iter().map(entry).collect()
}

/// One library of a snapshot.
pub(crate) async fn library(db: &Db, snapshot: &str, file: &str) -> Result<Option<LibraryEntry>> {
    let sql = "SELECT * FROM snapshot_library WHERE snapshot = $1 AND file = $2";
    db.row(sql, values![snapshot, file]).await?.as_ref().map(entry).transpose()
}

/// How many snapshots there are.
pub(crate) async fn count(db: &Db) -> Result<i64> {
    db.row("SELECT COUNT(*) AS n FROM snapshot", []).await?.map_or(Ok(0), |row| row.int("n"))
}

/// Facts of snapshots that no blob is there for: none, unless the database was damaged.
pub(crate) async fn without_blob(db: &Db) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT facts FROM snapshot_library
               WHERE NOT EXISTS (SELECT 1 FROM blob WHERE blob.sha256 = snapshot_library.facts) ORDER BY facts";
    db.rows(sql, []).await?.iter().map(|row| row.text("facts")).collect()
}

//! The schema: which one the database has, and bringing it up to date.

use sqlx::migrate::Migrator;

use super::{Db, Error, Result};

static SQLITE: Migrator = sqlx::migrate!("src/serve/migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("src/serve/migrations/postgres");

/// Where the queue's crate keeps which of its own migrations ran, so that neither takes the other's for its own.
const QUEUE_TABLE: &str = "queue_migrations";

/// Brings the schema up to date.
///
/// # Errors
/// The database is of a newer program, or refuses.
pub(crate) async fn run(db: &Db) -> Result<()> {
    refuse_newer(db).await?;
    match db {
        Db::Sqlite { write, .. } => {
            SQLITE.run(write).await?;
            let mut queue = apalis_sqlite::SqliteStorage::migrations();
            queue.dangerous_set_table_name(QUEUE_TABLE);
            queue.run(write).await?;
        }
        Db::Postgres(pool) => {
            POSTGRES.run(pool).await?;
            let mut queue = apalis_postgres::PostgresStorage::migrations();
            queue.dangerous_set_table_name(QUEUE_TABLE);
            queue.run(pool).await?;
        }
    }
    Ok(())
}

/// Checks that the schema is the one that this program knows, and changes nothing.
///
/// # Errors
/// It is another one.
pub(crate) async fn check(db: &Db) -> Result<()> {
    refuse_newer(db).await?;
    match version(db).await? {
        Some(found) if found == known(db) => Ok(()),
        _ => Err(Error::Older),
    }
}

async fn refuse_newer(db: &Db) -> Result<()> {
    match version(db).await? {
        Some(found) if found > known(db) => Err(Error::Newer { found, known: known(db) }),
        _ => Ok(()),
    }
}

/// The newest schema that this program knows.
fn known(db: &Db) -> i64 {
    let migrations = match db {
        Db::Sqlite { .. } => &SQLITE,
        Db::Postgres(_) => &POSTGRES,
    };
    migrations.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// The schema that the database has; none in an empty one.
async fn version(db: &Db) -> Result<Option<i64>> {
    let there = match db {
        Db::Sqlite { .. } => "SELECT name FROM sqlite_master WHERE name = '_sqlx_migrations'",
        Db::Postgres(_) => "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = '_sqlx_migrations'",
    };
    if db.row(there, []).await?.is_none() {
        return Ok(None);
    }
    let row = db.row("SELECT COALESCE(MAX(version), 0) AS version FROM _sqlx_migrations WHERE success", []).await?;
    row.map(|row| row.int("version")).transpose()
}

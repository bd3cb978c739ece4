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
        Db::Postgres(_) => {
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = '_sqlx_migrations'"
        }
    };
    if db.row(there, []).await?.is_none() {
        return Ok(None);
    }
    let row =
        db.row("SELECT COALESCE(MAX(version), 0) AS version FROM _sqlx_migrations WHERE success", []).await?;
    row.map(|row| row.int("version")).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::db::{audit, values};

    async fn fresh(directory: &tempfile::TempDir) -> Db {
        Db::sqlite(&directory.path().join("state.sqlite")).await.unwrap()
    }

    #[tokio::test]
    async fn a_newer_schema_is_refused_and_an_older_one_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let db = fresh(&directory).await;
        assert!(matches!(check(&db).await, Err(Error::Older)));
        run(&db).await.unwrap();
        check(&db).await.unwrap();
        run(&db).await.unwrap();
        let sql = "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
                   VALUES (9999, 'later', CURRENT_TIMESTAMP, 1, x'00', 0)";
        db.run(sql, []).await.unwrap();
        assert!(matches!(check(&db).await, Err(Error::Newer { found: 9999, .. })));
        assert!(matches!(run(&db).await, Err(Error::Newer { found: 9999, .. })));
    }

    /// Tables, columns, keys: but for the counter of the log, which each engine spells in its way, and the triggers.
    #[test]
    fn both_engines_have_the_same_tables() {
        let statements = |migrator: &Migrator| {
            let text: String =
                migrator.iter().map(|migration| migration.sql.as_str().to_owned() + "\n").collect();
            let tables =
                text.split("CREATE ").filter(|text| text.starts_with("TABLE") || text.starts_with("INDEX"));
            let plain = |text: &str| {
                let text = text.split(");").next().unwrap_or_default();
                let lines = text
                    .lines()
                    .map(str::trim)
                    .filter(|line| !line.starts_with("--") && !line.starts_with("seq "));
                lines.collect::<Vec<_>>().join("\n")
            };
            tables.map(plain).collect::<Vec<_>>()
        };
        let (sqlite, postgres) = (statements(&SQLITE), statements(&POSTGRES));
        assert!(sqlite.len() > 15, "{sqlite:?}");
        assert_eq!(sqlite, postgres);
    }

    #[tokio::test]
    async fn the_audit_log_is_a_chain_that_is_only_added_to() {
        let directory = tempfile::tempdir().unwrap();
        let db = fresh(&directory).await;
        run(&db).await.unwrap();
        for n in 0..3 {
            let mut tx = db.begin().await.unwrap();
            audit::append(&mut tx, "somebody", "something", &serde_json::json!({ "n": n })).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(audit::verify(&db).await.unwrap(), Ok(3));
        for sql in ["UPDATE audit SET actor = 'other'", "DELETE FROM audit"] {
            assert!(db.run(sql, []).await.unwrap_err().to_string().contains("only added to"));
        }
        // Whoever takes the triggers away is found.
        db.run("DROP TRIGGER audit_no_update", []).await.unwrap();
        db.run("UPDATE audit SET actor = $1 WHERE seq = 2", values!["other"]).await.unwrap();
        assert_eq!(audit::verify(&db).await.unwrap(), Err(2));
    }
}

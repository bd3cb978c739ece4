//! The state of the service in SQLite or PostgreSQL.
//!
//! Statements are written once, in what both understand: `$n`, `ON CONFLICT`, `RETURNING`, TEXT and BIGINT. This file is all
//! that knows that there are two engines; beside it is one file per table, or per few that belong together, with every
//! statement about it. The suite in `tests/serve` runs all of them on both.
//!
//! SQLite has one writer: writes wait for each other in a pool of one connection, so that they never meet a locked database.

pub(super) mod audit;
pub(super) mod blobs;
pub(super) mod comparisons;
pub(super) mod idempotency;
pub(super) mod migrate;
pub(super) mod projects;
pub(super) mod publishers;
pub(super) mod snapshots;
pub(super) mod tokens;
pub(super) mod uploads;

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Connection as _, Postgres, Row as _, Sqlite, Transaction};

/// How long somebody waits for a connection: less than readiness may take to tell.
const PATIENCE: Duration = Duration::from_secs(4);

/// Why the state cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The database refused, or is not there.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("database schema: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The schema belongs to a newer program.
    #[error(
        "the database was made by a newer abigate (schema {found}, this program knows {known}): update the program"
    )]
    Newer {
        /// Version of the database.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },
    /// The schema is older, and this role does not change it.
    #[error("the database has an older schema: run abigate serve --role migrate")]
    Older,
    /// A row has something in it that no version of the program writes.
    #[error("database: {column} has {value:?}, which means nothing")]
    Value {
        /// Which column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// The queue refused.
    #[error("queue: {0}")]
    Queue(String),
}

impl Error {
    /// Whether a row with the same key was there already.
    pub(super) fn is_duplicate(&self) -> bool {
        matches!(self, Error::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

pub(super) type Result<T> = std::result::Result<T, Error>;

/// The database.
#[derive(Clone, Debug)]
pub(super) enum Db {
    /// One file.
    Sqlite {
        /// Any number of readers.
        read: SqlitePool,
        /// The writer.
        write: SqlitePool,
    },
    /// A server.
    Postgres(PgPool),
}

/// A change of the state, whole or not at all. Dropped without [`Tx::commit`], nothing happened.
pub(super) enum Tx {
    /// In SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// In PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

/// What stands for a `$n`.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Text.
    Text(Option<String>),
    /// A number or a time.
    Int(Option<i64>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(Some(text.to_owned()))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Value {
        Value::Text(Some(text.clone()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(Some(text))
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Value {
        Value::Text(text.map(str::to_owned))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Value {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Value {
        Value::Int(number)
    }
}

/// Values for a statement, in the order of its `$n`.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        [$($crate::serve::db::Value::from($value)),*]
    };
}
pub(super) use values;

/// A row of an answer.
#[derive(Debug)]
pub(super) enum Row {
    /// Of SQLite.
    Sqlite(SqliteRow),
    /// Of PostgreSQL.
    Postgres(PgRow),
}

impl Row {
    /// A column with text.
    pub(super) fn text(&self, column: &str) -> Result<String> {
        Ok(match self {
            Row::Sqlite(row) => row.try_get(column)?,
            Row::Postgres(row) => row.try_get(column)?,
        })
    }

    /// A column with text, or nothing.
    pub(super) fn maybe_text(&self, column: &str) -> Result<Option<String>> {
        Ok(match self {
            Row::Sqlite(row) => row.try_get(column)?,
            Row::Postgres(row) => row.try_get(column)?,
        })
    }

    /// A column with a number.
    pub(super) fn int(&self, column: &str) -> Result<i64> {
        Ok(match self {
            Row::Sqlite(row) => row.try_get(column)?,
            Row::Postgres(row) => row.try_get(column)?,
        })
    }

    /// A column with a number that is no less than 0.
    pub(super) fn count(&self, column: &'static str) -> Result<u64> {
        let number = self.int(column)?;
        u64::try_from(number).map_err(|_| Error::Value { column, value: number.to_string() })
    }

    /// A column with one of several words.
    pub(super) fn word<T>(&self, column: &'static str, parse: fn(&str) -> Option<T>) -> Result<T> {
        let value = self.text(column)?;
        parse(&value).ok_or(Error::Value { column, value })
    }
}

/// A statement with its values, for one engine.
macro_rules! bound {
    ($engine:ty, $sql:expr, $values:expr) => {{
        let mut query = sqlx::query::<$engine>($sql);
        for value in $values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Int(number) => query.bind(number),
            };
        }
        query
    }};
}

type Values<const N: usize> = [Value; N];

impl Db {
    /// Opens a file, which is made if it is not there.
    pub(super) async fn sqlite(file: &Path) -> Result<Db> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A job that was taken, or a snapshot that was sealed, outlives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE);
        let pool = |most| SqlitePoolOptions::new().max_connections(most).acquire_timeout(PATIENCE);
        // On a full disk SQLite itself ends a transaction, whose rollback then fails, and sqlx believes that it goes on: such a
        // connection is good for nothing more.
        let writers = pool(1).before_acquire(|writer, _| {
            let is_free = !writer.is_in_transaction();
            Box::pin(async move { Ok(is_free) })
        });
        let write = writers.connect_with(options.clone()).await?;
        let read = pool(4).connect_with(options.read_only(true)).await?;
        Ok(Db::Sqlite { read, write })
    }

    /// Connects to a server: `postgres://user@host/database`.
    pub(super) async fn postgres(url: &str) -> Result<Db> {
        let options = PgConnectOptions::from_str(url)?.application_name("abigate");
        let pool = PgPoolOptions::new().max_connections(12).acquire_timeout(PATIENCE);
        Ok(Db::Postgres(pool.connect_with(options).await?))
    }

    /// All rows of an answer.
    pub(super) async fn rows<const N: usize>(
        &self,
        sql: &'static str,
        values: Values<N>,
    ) -> Result<Vec<Row>> {
        Ok(match self {
            Db::Sqlite { read, .. } => {
                let rows = bound!(Sqlite, sql, values).fetch_all(read).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Db::Postgres(pool) => {
                let rows = bound!(Postgres, sql, values).fetch_all(pool).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The only row of an answer, if there is one.
    pub(super) async fn row<const N: usize>(
        &self,
        sql: &'static str,
        values: Values<N>,
    ) -> Result<Option<Row>> {
        Ok(match self {
            Db::Sqlite { read, .. } => {
                bound!(Sqlite, sql, values).fetch_optional(read).await?.map(Row::Sqlite)
            }
            Db::Postgres(pool) => {
                bound!(Postgres, sql, values).fetch_optional(pool).await?.map(Row::Postgres)
            }
        })
    }

    /// One change by itself; how many rows it met.
    pub(super) async fn run<const N: usize>(&self, sql: &'static str, values: Values<N>) -> Result<u64> {
        Ok(match self {
            Db::Sqlite { write, .. } => bound!(Sqlite, sql, values).execute(write).await?.rows_affected(),
            Db::Postgres(pool) => bound!(Postgres, sql, values).execute(pool).await?.rows_affected(),
        })
    }

    /// Begins a change of several statements.
    pub(super) async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            Db::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Db::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Whether it answers.
    pub(super) async fn ping(&self) -> Result<()> {
        match self {
            // A change is begun, as everything begins that is for the writer. That the disk has room is what the object store's
            // answer says.
            Db::Sqlite { write, .. } => write.begin_with("BEGIN IMMEDIATE").await?.rollback().await?,
            Db::Postgres(pool) => sqlx::query("SELECT 1").execute(pool).await.map(drop)?,
        }
        Ok(())
    }

    /// What the engine is called.
    pub(super) fn engine(&self) -> &'static str {
        match self {
            Db::Sqlite { .. } => "sqlite",
            Db::Postgres(_) => "postgres",
        }
    }

    /// Closes all connections, after what they do.
    pub(super) async fn close(&self) {
        match self {
            Db::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// The only row of an answer, if there is one.
    pub(super) async fn row<const N: usize>(
        &mut self,
        sql: &'static str,
        values: Values<N>,
    ) -> Result<Option<Row>> {
        Ok(match self {
            Tx::Sqlite(tx) => bound!(Sqlite, sql, values).fetch_optional(&mut **tx).await?.map(Row::Sqlite),
            Tx::Postgres(tx) => {
                bound!(Postgres, sql, values).fetch_optional(&mut **tx).await?.map(Row::Postgres)
            }
        })
    }

    /// One statement of the change; how many rows it met.
    pub(super) async fn run<const N: usize>(&mut self, sql: &'static str, values: Values<N>) -> Result<u64> {
        Ok(match self {
            Tx::Sqlite(tx) => bound!(Sqlite, sql, values).execute(&mut **tx).await?.rows_affected(),
            Tx::Postgres(tx) => bound!(Postgres, sql, values).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// Makes it so.
    pub(super) async fn commit(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => tx.commit().await?,
            Tx::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Now, in milliseconds since 1970.
pub(super) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A new id, which sorts behind those that were made before.
pub(super) fn new_id() -> String {
    ulid::Ulid::generate().to_string()
}

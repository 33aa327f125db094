//! The seam: opening a database and reading from it, with one SQL text for SQLite and PostgreSQL.
//!
//! SQLite has one writing connection whose transactions begin IMMEDIATE, so a transaction that began will commit, and readers
//! of their own (WAL). PostgreSQL has connections for both. Nothing else of the program knows which of the two it is.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteRow, SqliteSynchronous,
};
use sqlx::{Column, Postgres, Row as _, SqlSafeStr, SqlStr, Sqlite, TypeInfo, ValueRef};
use tokio::sync::Notify;

use crate::readers::Readers;
use crate::transaction::{Inner, Tx};
use crate::{Row, StoreError, Value, migrations};

/// Bytes of a page of a new file of SQLite: objects are of about a thousand, and the fewer pages an index has, the fewer are written.
const PAGE_BYTES: u32 = 8_192;
/// Pages of the write-ahead log after which SQLite writes them to their places: 128 MiB. Pages of indexes that a thousand objects touch again and
/// again are so written once.
const WAL_PAGES: &str = "16384";
/// Memory for pages of SQLite's writing connection and of each reading one, in KiB, as the pragma has it.
const WRITE_CACHE: &str = "-32768";
const READ_CACHE: &str = "-8192";

/// Objects of which PostgreSQL may think what it likes.
const FEW_OBJECTS: u64 = 250;

/// An open database. Cloning shares it.
#[derive(Clone)]
pub struct Store {
    pool: Pool,
    shared: Arc<Shared>,
}

/// What a store and its transactions have in common.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) wake: Notify,
    /// Objects that were written through this store, and how many they were when PostgreSQL last looked at their table.
    objects: AtomicU64,
    looked_at: AtomicU64,
    /// Every statement that ran since somebody first asked, for tests that count them.
    #[cfg(feature = "testing")]
    statements: std::sync::Mutex<Option<Vec<String>>>,
}

impl Shared {
    /// Whether there are twice as many objects as when this was said last. PostgreSQL should look at their table then: by itself it does so a minute later
    /// or never, and until then sorts a whole collection to give its first page, because it takes the table for empty.
    pub(crate) fn grew(&self, by: usize) -> bool {
        let by = u64::try_from(by).unwrap_or(u64::MAX);
        let objects = self.objects.fetch_add(by, Ordering::Relaxed).saturating_add(by);
        let grew = objects >= self.looked_at.load(Ordering::Relaxed).max(FEW_OBJECTS).saturating_mul(2);
        if grew {
            self.looked_at.store(objects, Ordering::Relaxed);
        }
        grew
    }

    /// All statements pass here on their way to a database.
    #[cfg_attr(not(feature = "testing"), expect(clippy::unused_self, reason = "only tests keep statements"))]
    pub(crate) fn runs(&self, _sql: &str) {
        #[cfg(feature = "testing")]
        if let Ok(mut statements) = self.statements.lock()
            && let Some(statements) = statements.as_mut()
        {
            statements.push(_sql.to_owned());
        }
    }
}

/// Which of the two a store is on, for the few statements that one of them is better asked in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file beside the program.
    Sqlite,
    /// A server.
    Postgres,
}

/// Transactions have a pool of the library, on SQLite one connection that writes and some that read; single queries connections of their own.
#[derive(Clone)]
enum Pool {
    Sqlite { write: SqlitePool, read: SqlitePool, readers: Arc<Readers<SqliteConnection>> },
    Postgres { pool: PgPool, readers: Arc<Readers<PgConnection>> },
}

impl Store {
    /// Opens the database and brings its tables up to date. `address` is `sqlite:FILE` or `postgres://…`; a database that is newer than
    /// the program is refused untouched.
    pub async fn open(address: &str) -> Result<Store, StoreError> {
        let store = Store::connect(address).await?;
        migrations::apply(&store).await?;
        Ok(store)
    }

    /// Opens the database and leaves its tables as they are.
    pub(crate) async fn connect(address: &str) -> Result<Store, StoreError> {
        let pool = if let Some(file) = address.strip_prefix("sqlite:") {
            open_sqlite(Path::new(file.trim_start_matches("//"))).await?
        } else if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            open_postgres(address).await?
        } else {
            return Err(StoreError::Address(address.to_owned()));
        };
        Ok(Store { pool, shared: Arc::default() })
    }

    /// Which database this is.
    pub fn database(&self) -> Database {
        match self.pool {
            Pool::Sqlite { .. } => Database::Sqlite,
            Pool::Postgres { .. } => Database::Postgres,
        }
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let inner = match &self.pool {
            Pool::Sqlite { write, .. } => {
                Inner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await.map_err(doing("beginning a transaction"))?)
            }
            Pool::Postgres { pool, .. } => {
                Inner::Postgres(pool.begin().await.map_err(doing("beginning a transaction"))?)
            }
        };
        Ok(Tx::new(inner, &self.shared))
    }

    /// Begins a transaction that only reads, and sees everything as it stood at its first read; it keeps nobody from writing.
    pub async fn begin_reading(&self) -> Result<Tx, StoreError> {
        let failed = doing("beginning to read");
        let inner = match &self.pool {
            Pool::Sqlite { read, .. } => Inner::Sqlite(read.begin().await.map_err(failed)?),
            Pool::Postgres { pool, .. } => {
                let snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
                Inner::Postgres(pool.begin_with(snapshot).await.map_err(failed)?)
            }
        };
        Ok(Tx::new(inner, &self.shared))
    }

    /// All rows of a query.
    pub async fn fetch(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.shared.runs(sql);
        let sql = sql.into_sql_str();
        match &self.pool {
            Pool::Sqlite { readers, .. } => {
                let query = sqlite_query(sql, values.iter().cloned());
                rows_sqlite(readers.read(async |connection| query.fetch_all(connection).await).await)
            }
            Pool::Postgres { readers, .. } => {
                let query = postgres_query(sql, values.iter().cloned());
                rows_postgres(readers.read(async |connection| query.fetch_all(connection).await).await)
            }
        }
    }

    /// The first row of a query, if there is one.
    pub async fn fetch_optional(&self, sql: &'static str, values: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.fetch(sql, values).await?.into_iter().next())
    }

    /// Waits until a transaction that wrote entries or objects was committed here, or `at_most` has passed.
    pub async fn wait_for_acts(&self, at_most: Duration) {
        // Passing time is the ordinary outcome, not a failure: another server may have committed.
        let _ = tokio::time::timeout(at_most, self.shared.wake.notified()).await;
    }

    /// Every statement that ran here or in a transaction from here since this was asked last; none when it was never asked.
    #[cfg(feature = "testing")]
    pub fn statements(&self) -> Vec<String> {
        self.shared.statements.lock().ok().and_then(|mut kept| kept.replace(Vec::new())).unwrap_or_default()
    }

    /// Whether several servers may share this database.
    pub fn is_shared(&self) -> bool {
        matches!(self.pool, Pool::Postgres { .. })
    }

    /// Closes all connections after their work.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite { write, read, readers } => {
                readers.close().await;
                read.close().await;
                write.close().await;
            }
            Pool::Postgres { pool, readers } => {
                readers.close().await;
                pool.close().await;
            }
        }
    }
}

/// Single queries at once, and on SQLite as many transactions that read.
const READING_AT_ONCE: u32 = 4;
/// Rows that the thread of SQLite hands over before it waits.
const ROWS_AT_ONCE: usize = 1_024;

async fn open_sqlite(file: &Path) -> Result<Pool, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .page_size(PAGE_BYTES)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(30))
        // Rows come over from the database's thread without waiting for each other.
        .row_buffer_size(ROWS_AT_ONCE)
        .pragma("wal_autocheckpoint", WAL_PAGES);
    let failed = |source| StoreError::Open { place: file.display().to_string(), source };
    // What a statement of many rows would need to be taken back is kept in memory, not in a file.
    let writing = options.clone().pragma("cache_size", WRITE_CACHE).pragma("temp_store", "memory");
    let reading = options.pragma("cache_size", READ_CACHE);
    // Nothing lies between the program and its file that could break while a connection waits: asking first would double what a statement costs.
    let pool = |size| SqlitePoolOptions::new().max_connections(size).test_before_acquire(false);
    let write = pool(1).connect_with(writing).await.map_err(failed)?;
    let read = pool(READING_AT_ONCE).connect_with(reading.clone()).await.map_err(failed)?;
    let readers = Arc::new(Readers::new(reading, READING_AT_ONCE as usize));
    Ok(Pool::Sqlite { write, read, readers })
}

async fn open_postgres(address: &str) -> Result<Pool, StoreError> {
    let place = address.rsplit('@').next().unwrap_or(address).to_owned();
    let failed = |source| StoreError::Open { place: place.clone(), source };
    let options: PgConnectOptions = address.parse().map_err(failed)?;
    let pool = PgPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(Duration::from_secs(30))
        .connect_with(options.clone())
        .await
        .map_err(failed)?;
    Ok(Pool::Postgres { pool, readers: Arc::new(Readers::new(options, READING_AT_ONCE as usize)) })
}

pub(crate) fn doing(doing: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |source| StoreError::Database { doing, source }
}

pub(crate) fn sqlite_query(
    sql: SqlStr,
    values: impl Iterator<Item = Value>,
) -> sqlx::query::Query<'static, Sqlite, SqliteArguments> {
    values.fold(sqlx::query(sql), |query, value| match value {
        Value::Integer(v) => query.bind(v),
        Value::Text(v) => query.bind(v),
        Value::Bytes(v) => query.bind(v),
        Value::Null => query.bind(None::<String>),
    })
}

pub(crate) fn postgres_query(
    sql: SqlStr,
    values: impl Iterator<Item = Value>,
) -> sqlx::query::Query<'static, Postgres, PgArguments> {
    values.fold(sqlx::query(sql), |query, value| match value {
        Value::Integer(v) => query.bind(v),
        Value::Text(v) => query.bind(v),
        Value::Bytes(v) => query.bind(v),
        Value::Null => query.bind(None::<String>),
    })
}

pub(crate) fn rows_sqlite(rows: Result<Vec<SqliteRow>, sqlx::Error>) -> Result<Vec<Row>, StoreError> {
    let rows = rows.map_err(doing("reading"))?;
    let columns = Arc::new(rows.first().map(|row| column_names(row.columns())).unwrap_or_default());
    let decode = |row: &SqliteRow, place: usize| -> Result<Value, sqlx::Error> {
        let raw = row.try_get_raw(place)?;
        if raw.is_null() {
            return Ok(Value::Null);
        }
        Ok(match raw.type_info().name() {
            "INTEGER" | "BOOLEAN" => Value::Integer(row.try_get_unchecked(place)?),
            "BLOB" => Value::Bytes(row.try_get_unchecked(place)?),
            _ => Value::Text(row.try_get_unchecked(place)?),
        })
    };
    rows.iter().map(|row| decode_row(&columns, |place| decode(row, place))).collect()
}

pub(crate) fn rows_postgres(rows: Result<Vec<PgRow>, sqlx::Error>) -> Result<Vec<Row>, StoreError> {
    let rows = rows.map_err(doing("reading"))?;
    let columns = Arc::new(rows.first().map(|row| column_names(row.columns())).unwrap_or_default());
    let decode = |row: &PgRow, place: usize| -> Result<Value, sqlx::Error> {
        let raw = row.try_get_raw(place)?;
        if raw.is_null() {
            return Ok(Value::Null);
        }
        Ok(match raw.type_info().name() {
            "INT8" => Value::Integer(row.try_get(place)?),
            "INT4" => Value::Integer(Some(i64::from(row.try_get::<i32, _>(place)?))),
            "BOOL" => Value::Integer(Some(i64::from(row.try_get::<bool, _>(place)?))),
            "BYTEA" => Value::Bytes(row.try_get(place)?),
            _ => Value::Text(row.try_get(place)?),
        })
    };
    rows.iter().map(|row| decode_row(&columns, |place| decode(row, place))).collect()
}

fn column_names<C: Column>(columns: &[C]) -> Vec<String> {
    columns.iter().map(|column| column.name().to_owned()).collect()
}

fn decode_row(
    columns: &Arc<Vec<String>>,
    decode: impl Fn(usize) -> Result<Value, sqlx::Error>,
) -> Result<Row, StoreError> {
    let values = (0..columns.len()).map(decode).collect::<Result<Vec<_>, _>>().map_err(doing("decoding a row"))?;
    Ok(Row { columns: Arc::clone(columns), values })
}

//! Transactions of either database.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt;
use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr, SqlStr, Sqlite};

use crate::database::{Shared, doing, postgres_query, rows_postgres, rows_sqlite, sqlite_query};
use crate::many::Array;
use crate::turn::Turn;
use crate::{Row, StoreError, Value};

/// A transaction. Dropped without `commit`, it leaves nothing behind.
pub struct Tx {
    inner: Inner,
    shared: Arc<Shared>,
    pub(crate) wakes_sequencer: bool,
    /// Digests of rows that were written in this transaction, by table and key, where the writer knows all that is digested.
    pub(crate) written: HashMap<(&'static str, String), String>,
    pub(crate) turn: Option<Turn>,
    /// Objects that it wrote.
    objects: usize,
    /// Whether a statement failed that may have written part of its rows, so that nothing of the transaction may last.
    pub(crate) is_spoiled: bool,
}

pub(crate) enum Inner {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) fn new(inner: Inner, shared: &Arc<Shared>) -> Tx {
        Tx {
            inner,
            shared: Arc::clone(shared),
            wakes_sequencer: false,
            written: HashMap::new(),
            turn: None,
            objects: 0,
            is_spoiled: false,
        }
    }

    /// Runs a statement; gives the number of rows it touched.
    pub async fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<u64, StoreError> {
        self.execute_text(sql.into_sql_str(), values).await
    }

    /// All rows of a query within the transaction.
    pub async fn fetch(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.fetch_text(sql.into_sql_str(), values).await
    }

    /// The first row of a query within the transaction, if there is one.
    pub async fn fetch_optional(&mut self, sql: &'static str, values: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.fetch(sql, values).await?.into_iter().next())
    }

    /// Several statements at once without parameters, for migrations.
    pub(crate) async fn execute_script(&mut self, script: &'static str) -> Result<(), StoreError> {
        let failed = doing("applying a migration");
        self.shared.runs(script);
        match &mut self.inner {
            Inner::Sqlite(tx) => sqlx::raw_sql(script).execute(&mut **tx).await.map(|_| ()).map_err(failed),
            Inner::Postgres(tx) => sqlx::raw_sql(script).execute(&mut **tx).await.map(|_| ()).map_err(failed),
        }
    }

    /// A query whose table and column names come from this crate's own constants, never from outside.
    pub(crate) async fn fetch_built(&mut self, sql: String, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.fetch_text(AssertSqlSafe(sql).into_sql_str(), values).await
    }

    /// As `fetch_built` for a statement that writes.
    pub(crate) async fn execute_built(&mut self, sql: String, values: &[Value]) -> Result<u64, StoreError> {
        self.execute_text(AssertSqlSafe(sql).into_sql_str(), values).await
    }

    /// As `execute_built`, for values that are many and not needed afterwards.
    pub(crate) async fn execute_owned(&mut self, sql: String, values: Vec<Value>) -> Result<u64, StoreError> {
        self.execute_values(AssertSqlSafe(sql).into_sql_str(), values.into_iter()).await
    }

    /// As `execute_owned`, each value an array; for PostgreSQL alone, which has them.
    pub(crate) async fn execute_arrays(&mut self, sql: String, arrays: Vec<Array>) -> Result<u64, StoreError> {
        self.shared.runs(&sql);
        let Inner::Postgres(tx) = &mut self.inner else {
            return Err(StoreError::Record("only PostgreSQL takes arrays".to_owned()));
        };
        let query = sqlx::query(AssertSqlSafe(sql).into_sql_str());
        let query = arrays.into_iter().fold(query, |query, array| match array {
            Array::Integer(values) => query.bind(values),
            Array::Text(values) => query.bind(values),
            Array::Bytes(values) => query.bind(values),
        });
        query.execute(&mut **tx).await.map(|done| done.rows_affected()).map_err(doing("writing"))
    }

    /// Hands on the rows of a query one by one, so that a large table is never in memory. The query is built as for `fetch_built`.
    pub(crate) async fn each_row<E: From<StoreError>>(
        &mut self,
        sql: String,
        values: &[Value],
        mut take: impl FnMut(&Row) -> Result<(), E>,
    ) -> Result<(), E> {
        self.shared.runs(&sql);
        let sql = AssertSqlSafe(sql).into_sql_str();
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                let mut rows = sqlite_query(sql, values.iter().cloned()).fetch(&mut **tx);
                while let Some(row) = rows.next().await {
                    rows_sqlite(row.map(|row| vec![row]))?.iter().try_for_each(&mut take)?;
                }
            }
            Inner::Postgres(tx) => {
                let mut rows = postgres_query(sql, values.iter().cloned()).fetch(&mut **tx);
                while let Some(row) = rows.next().await {
                    rows_postgres(row.map(|row| vec![row]))?.iter().try_for_each(&mut take)?;
                }
            }
        }
        Ok(())
    }

    /// Keeps other servers out until the end of this transaction. On SQLite the transaction already does.
    pub(crate) async fn lock_out_others(&mut self) -> Result<(), StoreError> {
        if let Inner::Postgres(_) = self.inner {
            self.execute("SELECT pg_advisory_xact_lock(7283046)", &[]).await?;
        }
        Ok(())
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.inner, Inner::Postgres(_))
    }

    /// The sequencer will be woken when this transaction is committed.
    pub fn wakes_sequencer(&mut self) {
        self.wakes_sequencer = true;
    }

    /// That objects were written, of which the database's planner should know.
    pub fn wrote_objects(&mut self, count: usize) {
        self.objects += count;
    }

    /// Makes everything in the transaction last.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        if self.is_spoiled {
            return Err(StoreError::Record(
                "a statement of the transaction failed, so nothing of it is kept".to_owned(),
            ));
        }
        self.end_turn().await?;
        let analyzes = self.objects > 0 && self.shared.grew(self.objects) && self.is_postgres();
        if analyzes {
            self.execute("ANALYZE collection_object", &[]).await?;
        }
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Postgres(tx) => tx.commit().await,
        }
        .map_err(doing("committing a transaction"))?;
        if self.wakes_sequencer {
            self.shared.wake.notify_one();
        }
        Ok(())
    }

    async fn execute_text(&mut self, sql: SqlStr, values: &[Value]) -> Result<u64, StoreError> {
        self.execute_values(sql, values.iter().cloned()).await
    }

    async fn execute_values(&mut self, sql: SqlStr, values: impl Iterator<Item = Value>) -> Result<u64, StoreError> {
        let failed = doing("writing");
        self.shared.runs(sql.as_str());
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                sqlite_query(sql, values).execute(&mut **tx).await.map(|done| done.rows_affected()).map_err(failed)
            }
            Inner::Postgres(tx) => {
                postgres_query(sql, values).execute(&mut **tx).await.map(|done| done.rows_affected()).map_err(failed)
            }
        }
    }

    async fn fetch_text(&mut self, sql: SqlStr, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.shared.runs(sql.as_str());
        match &mut self.inner {
            Inner::Sqlite(tx) => rows_sqlite(sqlite_query(sql, values.iter().cloned()).fetch_all(&mut **tx).await),
            Inner::Postgres(tx) => {
                rows_postgres(postgres_query(sql, values.iter().cloned()).fetch_all(&mut **tx).await)
            }
        }
    }
}

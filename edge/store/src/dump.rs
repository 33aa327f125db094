//! All tables as lines of JSON, and back: what a backup holds of the database, the same for SQLite and PostgreSQL.
//!
//! A dump is made within one reading transaction, so that it is one moment of the database while others go on writing. It comes in pieces; the
//! first line of a piece names table and columns, every other line is a row: integers as numbers, texts as strings, bytes as
//! `{"hex": "…"}`. Tables come in the order in which they can be filled.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::record::{hex, unhex};
use crate::{Migration, Row, Store, StoreError, Tx, Value, migrations};

/// A piece is handed on when it is as long.
const PIECE_BYTES: usize = 4 * 1024 * 1024;

/// A part of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Names in alphabetical order are in the order in which they are loaded.
    pub name: String,
    /// Lines of JSON.
    pub text: Vec<u8>,
}

/// What a piece brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    pub table: String,
    pub rows: u64,
}

#[derive(Serialize, Deserialize)]
struct Head {
    table: String,
    columns: Vec<String>,
}

/// Hands on every table of what this transaction sees; gives the number of rows of each.
pub async fn dump<E: From<StoreError>>(
    tx: &mut Tx,
    mut take: impl FnMut(Piece) -> Result<(), E>,
) -> Result<BTreeMap<String, u64>, E> {
    let applied = migrations::migrations(tx).await?.len();
    let mut counts = BTreeMap::new();
    for (place, table) in migrations::tables(applied).into_iter().enumerate() {
        let mut pieces = Pieces { table, place, number: 0, rows: 0, text: Vec::new() };
        tx.each_row(format!("SELECT * FROM {table}"), &[], |row| match pieces.add(row)? {
            Some(piece) => take(piece),
            None => Ok(()),
        })
        .await?;
        if let Some(piece) = pieces.rest() {
            take(piece)?;
        }
        counts.insert(table.to_owned(), pieces.rows);
    }
    Ok(counts)
}

/// Opens a database that holds nothing and makes the tables as they were after these migrations. Those that came later are applied by
/// `Store::open`, once the rows are there.
pub async fn open_empty(address: &str, applied: &[Migration]) -> Result<Store, StoreError> {
    migrations::check(applied)?;
    let store = Store::connect(address).await?;
    let not_empty = || StoreError::NotEmpty(address.rsplit('@').next().unwrap_or(address).to_owned());
    // Where this query fails there is no such table yet; where it gives a row, nothing is touched.
    if store.fetch("SELECT id FROM installation", &[]).await.is_ok_and(|rows| !rows.is_empty()) {
        return Err(not_empty());
    }
    migrations::apply_until(&store, applied.len()).await?;
    let mut tx = store.begin().await?;
    let found = migrations::migrations(&mut tx).await?.len();
    if found != applied.len() {
        return Err(not_empty());
    }
    // What the migrations themselves wrote comes with the rows.
    for table in migrations::tables(found).into_iter().rev() {
        tx.execute_built(format!("DELETE FROM {table}"), &[]).await?;
    }
    tx.commit().await?;
    Ok(store)
}

/// Writes the rows of a piece, in a transaction on a database from [`open_empty`].
pub async fn load_piece(tx: &mut Tx, text: &mut (dyn BufRead + Send)) -> Result<Loaded, StoreError> {
    let (mut line, mut number) = (String::new(), 1_u64);
    let mut table = String::new();
    let wrong = |table: &str, line: u64, what: String| StoreError::Dump { table: table.to_owned(), line, what };
    text.read_line(&mut line).map_err(|error| wrong("", 1, error.to_string()))?;
    let head: Head = serde_json::from_str(&line).map_err(|error| wrong("", 1, error.to_string()))?;
    check(&head).map_err(|what| wrong(&head.table, 1, what))?;
    table.push_str(&head.table);
    loop {
        line.clear();
        number += 1;
        if text.read_line(&mut line).map_err(|error| wrong(&table, number, error.to_string()))? == 0 {
            return Ok(Loaded { table, rows: number - 2 });
        }
        let (sql, values) = insert(&head, &line).map_err(|what| wrong(&table, number, what))?;
        tx.execute_built(sql, &values).await?;
    }
}

struct Pieces {
    table: &'static str,
    place: usize,
    number: u32,
    rows: u64,
    text: Vec<u8>,
}

impl Pieces {
    /// Adds a row; gives the piece once it is long enough.
    fn add(&mut self, row: &Row) -> Result<Option<Piece>, StoreError> {
        if self.text.is_empty() {
            let head = Head { table: self.table.to_owned(), columns: row.columns.to_vec() };
            self.line(&json!(head));
        }
        let values: Vec<Json> = row.values().iter().map(to_json).collect();
        self.line(&Json::Array(values));
        self.rows += 1;
        Ok(if self.text.len() >= PIECE_BYTES { self.rest() } else { None })
    }

    fn rest(&mut self) -> Option<Piece> {
        if self.text.is_empty() {
            return None;
        }
        let name = format!("{:03}-{}-{:06}.jsonl", self.place, self.table, self.number);
        self.number += 1;
        Some(Piece { name, text: std::mem::take(&mut self.text) })
    }

    fn line(&mut self, value: &Json) {
        self.text.extend(value.to_string().bytes());
        self.text.push(b'\n');
    }
}

/// Table and columns go into SQL: a table must be one of ours, a column a plain name.
fn check(head: &Head) -> Result<(), String> {
    if !migrations::tables(usize::MAX).contains(&head.table.as_str()) {
        return Err(format!("there is no table `{}`", head.table));
    }
    let is_plain = |name: &String| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
    };
    match head.columns.iter().find(|name| !is_plain(name)) {
        Some(name) => Err(format!("`{name}` is not a column's name")),
        None => Ok(()),
    }
}

/// A null stands in the statement itself: as a parameter it would need its column's type.
fn insert(head: &Head, line: &str) -> Result<(String, Vec<Value>), String> {
    let row: Vec<Json> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if row.len() != head.columns.len() {
        return Err(format!("it has {} values for {} columns", row.len(), head.columns.len()));
    }
    let (mut places, mut values) = (Vec::with_capacity(row.len()), Vec::with_capacity(row.len()));
    for value in &row {
        match from_json(value)? {
            Value::Null => places.push("NULL".to_owned()),
            value => {
                values.push(value);
                places.push(format!("${}", values.len()));
            }
        }
    }
    let (table, columns, places) = (&head.table, head.columns.join(", "), places.join(", "));
    Ok((format!("INSERT INTO {table} ({columns}) VALUES ({places})"), values))
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Integer(Some(number)) => json!(number),
        Value::Text(Some(text)) => json!(text),
        Value::Bytes(Some(bytes)) => json!({"hex": hex(bytes)}),
        Value::Null | Value::Integer(None) | Value::Text(None) | Value::Bytes(None) => Json::Null,
    }
}

fn from_json(value: &Json) -> Result<Value, String> {
    let bytes = |value: &Json| value.get("hex").and_then(Json::as_str).and_then(unhex);
    match value {
        Json::Null => Ok(Value::Null),
        Json::Number(number) => number.as_i64().map(Value::from).ok_or_else(|| format!("{number} is no integer")),
        Json::String(text) => Ok(Value::from(text)),
        other => {
            bytes(other).map(Value::from).ok_or_else(|| "a value is neither number, text, bytes nor null".to_owned())
        }
    }
}

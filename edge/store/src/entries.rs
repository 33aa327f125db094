//! The entries of the record as a list: a page of them, or all of them one by one.

use crate::record::{Body, hex};
use crate::{Row, Store, StoreError, values};

/// An entry as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryLine {
    pub number: i64,
    /// Microseconds UTC.
    pub at: i64,
    pub act: String,
    /// The id of what it was done to.
    pub subject: String,
    /// The id of a person, or the name of the part of Ward that acts by itself.
    pub actor: String,
    /// What stands of it in the public log, in lower-case hex.
    pub digest: String,
}

/// Which entries.
#[derive(Clone, Copy, Debug)]
pub struct EntryQuery<'a> {
    /// Only those whose act or subject holds this, in any case; empty for all.
    pub find: &'a str,
    /// The latest first.
    pub is_descending: bool,
    /// Counts from 1; the last one stands for any beyond it.
    pub page: usize,
    pub page_rows: usize,
}

/// One page of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entries {
    pub lines: Vec<EntryLine>,
    /// Entries that hold what is sought, on all pages.
    pub found: usize,
    /// All numbered entries.
    pub size: usize,
}

macro_rules! sought {
    ($order:literal) => {
        concat!(
            "SELECT number, at, act, subject, body, digest FROM entry WHERE number IN (
               SELECT number FROM entry
               WHERE number >= 0 AND (LOWER(act) LIKE $1 ESCAPE '!' OR LOWER(subject) LIKE $1 ESCAPE '!')
               ORDER BY number",
            $order,
            " LIMIT $2 OFFSET $3)
             ORDER BY number",
            $order
        )
    };
}

/// A page of the numbered entries, in the order of their numbers.
pub async fn entries(store: &Store, query: &EntryQuery<'_>) -> Result<Entries, StoreError> {
    let sought = query.find.to_lowercase();
    let pattern = pattern(&sought);
    let sql = "SELECT s.size AS size, CASE WHEN $1 = '%%' THEN s.size ELSE
                 (SELECT COUNT(*) FROM entry
                  WHERE number >= 0 AND (LOWER(act) LIKE $1 ESCAPE '!' OR LOWER(subject) LIKE $1 ESCAPE '!')) END AS found
               FROM sequencer s WHERE s.id = 1";
    let counted = store.fetch_optional(sql, values![&pattern]).await?;
    let counted = counted.ok_or_else(|| StoreError::Record("the sequencer has no row".to_owned()))?;
    let (size, found): (i64, i64) = (counted.get("size")?, counted.get("found")?);
    let rows = i64::try_from(query.page_rows.max(1)).unwrap_or(i64::MAX);
    let last_page = (found - 1).max(0) / rows;
    let page = i64::try_from(query.page.saturating_sub(1)).unwrap_or(i64::MAX).min(last_page);
    let before = page.saturating_mul(rows);
    let lines = match (sought.is_empty(), query.is_descending) {
        (false, false) => store.fetch(sought!(""), values![pattern, rows, before]).await?,
        (false, true) => store.fetch(sought!(" DESC"), values![pattern, rows, before]).await?,
        // Numbers have no gaps: without anything sought a page is a range of them.
        (true, is_descending) => {
            let (from, until) = match is_descending {
                false => (before, before.saturating_add(rows)),
                true => (size - before.saturating_add(rows), size - before),
            };
            let sql = "SELECT number, at, act, subject, body, digest FROM entry WHERE number >= $1 AND number < $2 ORDER BY number";
            let mut lines = store.fetch(sql, values![from.max(0), until]).await?;
            if is_descending {
                lines.reverse();
            }
            lines
        }
    };
    Ok(Entries {
        lines: lines.iter().map(line).collect::<Result<_, _>>()?,
        found: usize::try_from(found).unwrap_or_default(),
        size: usize::try_from(size).unwrap_or_default(),
    })
}

/// Hands on all numbered entries whose act or subject holds `find`, in the order of their numbers, from one moment of the record.
pub async fn each_entry(
    store: &Store,
    find: &str,
    is_descending: bool,
    mut take: impl FnMut(EntryLine),
) -> Result<(), StoreError> {
    let order = if is_descending { " DESC" } else { "" };
    let sql = format!(
        "SELECT number, at, act, subject, body, digest FROM entry WHERE number IN (
           SELECT number FROM entry
           WHERE number >= 0 AND ($1 = '%%' OR LOWER(act) LIKE $1 ESCAPE '!' OR LOWER(subject) LIKE $1 ESCAPE '!'))
         ORDER BY number{order}"
    );
    let each = |row: &Row| {
        take(line(row)?);
        Ok(())
    };
    store.begin_reading().await?.each_row(sql, values![pattern(&find.to_lowercase())], each).await
}

fn line(row: &Row) -> Result<EntryLine, StoreError> {
    let body: Body =
        serde_json::from_str(&row.get::<String>("body")?).map_err(|e| StoreError::Record(e.to_string()))?;
    Ok(EntryLine {
        number: row.get("number")?,
        at: row.get("at")?,
        act: row.get("act")?,
        subject: row.get("subject")?,
        actor: body.actor,
        digest: hex(&row.get::<Vec<u8>>("digest")?),
    })
}

/// A pattern for `LIKE … ESCAPE '!'` that finds this text anywhere.
fn pattern(sought: &str) -> String {
    format!("%{}%", sought.replace('!', "!!").replace('%', "!%").replace('_', "!_"))
}

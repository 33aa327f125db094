//! The next rows of a walk, many in one value: what a row costs on its way out of a database is then paid once for all of them.
//!
//! SQLite hands out a thousand as one. PostgreSQL copies an answer a few times in memory that it asks of the system for each large one, which costs
//! more than the rest of the statement; what was offered close together comes as one there.
//!
//! The texts of the rows come joined, and so do their bytes, which are parts of one piece of memory from then on. The separators are control
//! characters, which neither a column nor a body holds: bodies are JSON, where they are not allowed.

use bytes::Bytes;
use ward_store::{Database, Store, StoreError, values};

use super::objects::{HeldObject, fields, parse_placed};

/// Between rows.
const ROWS: char = '\u{1e}';
/// Between bodies.
const BODIES: u8 = 0x1e;

/// How many rows are read at once, the most first. PostgreSQL must know the number when it plans, or it sorts a whole collection.
pub const CHUNKS: [usize; 4] = [1_001, 100, 10, 1];

/// What follows a tick in a collection.
#[derive(Clone, Copy, Debug)]
pub struct After<'a> {
    pub collection_id: &'a str,
    pub tick: i64,
    /// Whose own appearances are walked past as well.
    pub reader: &'a str,
    /// Empty for any kind, else the kinds wanted between commas, with a comma at both ends.
    pub kinds: &'a str,
    /// One of [`CHUNKS`].
    pub at_most: usize,
}

/// Each branch is in order and ends by itself: over all three PostgreSQL would sort a whole collection. It would do so too if it took a condition on
/// kinds, where all are wanted, for one that few rows meet.
macro_rules! after {
    ($limit:literal, $of_kinds:literal, $groups:literal) => {
        concat!(
            "SELECT string_agg(p.placed, $4) AS placed, string_agg(p.body, $5) AS bodies FROM (
             SELECT * FROM (SELECT ",
            fields!(", c.tick, length(c.body)"),
            " AS placed, c.body, c.tick FROM collection_object c
               WHERE c.collection_id = $1 AND c.tick > $2",
            $of_kinds,
            " ORDER BY c.tick LIMIT ",
            $limit,
            ") arrived UNION ALL SELECT * FROM (SELECT ",
            fields!(", h.tick, length(c.body)"),
            " AS placed, c.body, h.tick FROM handling_change h JOIN collection_object c ON c.id = h.object_id
               WHERE h.collection_id = $1 AND h.tick > $2",
            $of_kinds,
            " ORDER BY h.tick LIMIT ",
            $limit,
            ") changed UNION ALL SELECT * FROM (SELECT ",
            fields!(", a.tick, length(c.body)"),
            " AS placed, c.body, a.tick FROM appearance a JOIN collection_object c ON c.id = a.object_id
               WHERE a.reader = $3 AND a.collection_id = $1 AND a.tick > $2",
            $of_kinds,
            " ORDER BY a.tick LIMIT ",
            $limit,
            ") appeared) p",
            $groups
        )
    };
    ($limit:literal, $of_kinds:literal, by $database:expr) => {
        match $database {
            Database::Sqlite => after!($limit, $of_kinds, ""),
            Database::Postgres => after!($limit, $of_kinds, " GROUP BY p.tick / 32"),
        }
    };
    ($limit:literal of some kinds, by $database:expr) => {
        after!($limit, " AND CASE WHEN $6 LIKE '%,' || c.kind || ',%' THEN 1 ELSE 0 END > 0", by $database)
    };
    ($limit:literal, by $database:expr) => {
        after!($limit, "", by $database)
    };
}

/// The next rows that are offered after a tick, by tick: arrivals, changes, and the reader's own appearances. One statement, so that nothing that
/// is committed meanwhile falls between two.
pub async fn after(store: &Store, after: After<'_>) -> Result<Vec<HeldObject>, StoreError> {
    let database = store.database();
    let sql = match (after.kinds, after.at_most) {
        ("", 1_001..) => after!("1001", by database),
        ("", 100..) => after!("100", by database),
        ("", 10..) => after!("10", by database),
        ("", _) => after!("1", by database),
        (_, 1_001..) => after!("1001" of some kinds, by database),
        (_, 100..) => after!("100" of some kinds, by database),
        (_, 10..) => after!("10" of some kinds, by database),
        _ => after!("1" of some kinds, by database),
    };
    let rows = ROWS.to_string();
    let values = values![after.collection_id, after.tick, after.reader, rows, [BODIES].as_slice(), after.kinds];
    let given = if after.kinds.is_empty() { values.get(..5).unwrap_or_default() } else { values };
    let mut held = Vec::new();
    for mut row in store.fetch(sql, given).await? {
        // Without groups there is one row even of nothing.
        let Some(placed) = row.get::<Option<String>>("placed")? else { continue };
        let mut bodies = Bodies { all: row.take("bodies")?, at: 0 };
        for text in placed.split(ROWS) {
            held.push(bodies.next(text)?);
        }
        if bodies.at != bodies.all.len() + 1 {
            return Err(unreadable());
        }
    }
    held.sort_by_key(|row| row.offered);
    held.truncate(after.at_most);
    Ok(held)
}

/// The bodies of rows, one after the other.
struct Bodies {
    all: Bytes,
    at: usize,
}

impl Bodies {
    /// The next row from its text, which says how long its body is.
    fn next(&mut self, text: &str) -> Result<HeldObject, StoreError> {
        let (rest, length) = text.rsplit_once('\u{1f}').ok_or_else(unreadable)?;
        let (placed, offered) = rest.rsplit_once('\u{1f}').ok_or_else(unreadable)?;
        let end = length.parse::<usize>().ok().and_then(|length| self.at.checked_add(length));
        let end =
            end.filter(|end| *end == self.all.len() || self.all.get(*end) == Some(&BODIES)).ok_or_else(unreadable)?;
        let body = self.all.slice(self.at..end);
        self.at = end + 1;
        Ok(HeldObject::new(parse_placed(placed)?, body, offered.parse().map_err(|_| unreadable())?))
    }
}

fn unreadable() -> StoreError {
    StoreError::Record("rows of `collection_object` cannot be read".to_owned())
}

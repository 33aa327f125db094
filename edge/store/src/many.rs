//! Many rows in few statements: what a statement costs beside its work is then paid once for a hundred rows, or a thousand.
//!
//! Statements have few texts only, so that each is prepared once and found again.

use crate::{Row, StoreError, Tx, Value};

/// Rows in one statement that writes on SQLite, the most first; the rest goes into smaller ones.
const ROWS: [usize; 3] = [100, 10, 1];
/// Rows in one on PostgreSQL, which takes each column as an array, so that the text is the same for any number of rows.
const ROWS_OF_ARRAYS: usize = 1_000;
/// Keys in one query; the larger size for what would take more than a few of the smaller.
const KEYS: [usize; 2] = [100, 1_000];
/// So many smaller ones are better than a larger one, whose keys are sent whether they are needed or not.
const FEW: usize = 2;

/// A column of many rows.
pub(crate) enum Array {
    Integer(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Array {
    /// An empty one for values like this.
    fn like(value: &Value, rows: usize) -> Array {
        match value {
            Value::Integer(_) => Array::Integer(Vec::with_capacity(rows)),
            Value::Text(_) | Value::Null => Array::Text(Vec::with_capacity(rows)),
            Value::Bytes(_) => Array::Bytes(Vec::with_capacity(rows)),
        }
    }

    fn push(&mut self, value: Value) -> Result<(), StoreError> {
        match (self, value) {
            (Array::Integer(values), Value::Integer(value)) => values.push(value),
            (Array::Text(values), Value::Text(value)) => values.push(value),
            (Array::Bytes(values), Value::Bytes(value)) => values.push(value),
            (Array::Integer(values), Value::Null) => values.push(None),
            (Array::Text(values), Value::Null) => values.push(None),
            (Array::Bytes(values), Value::Null) => values.push(None),
            _ => return Err(StoreError::Record("the values of a column are not of one type".to_owned())),
        }
        Ok(())
    }

    /// Its type, as PostgreSQL has it.
    fn sql_type(&self) -> &'static str {
        match self {
            Array::Integer(_) => "BIGINT[]",
            Array::Text(_) => "TEXT[]",
            Array::Bytes(_) => "BYTEA[]",
        }
    }
}

impl Tx {
    /// Adds rows of `width` values each. `into` names the table and its columns, `tail` is what follows the rows. Gives the number of rows added.
    ///
    /// # Errors
    /// When the values do not make whole rows, and as `execute`. The transaction can then only be dropped: some of the rows may be in it.
    pub async fn insert_many(
        &mut self,
        into: &'static str,
        width: usize,
        tail: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        if width == 0 || !values.len().is_multiple_of(width) {
            return Err(StoreError::Record(format!("{} values do not make rows of {width}", values.len())));
        }
        let added = if self.is_postgres() {
            self.insert_arrays(into, width, tail, values).await
        } else {
            self.insert_rows(into, width, tail, values).await
        };
        self.is_spoiled |= added.is_err();
        added
    }

    /// `OR FAIL` leaves what a statement wrote before it failed, so that SQLite need not write down how to take it back.
    async fn insert_rows(
        &mut self,
        into: &str,
        width: usize,
        tail: &str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let (mut added, mut rest) = (0, values.into_iter());
        for rows in ROWS {
            while rest.len() >= rows * width {
                let sql = format!("INSERT OR FAIL INTO {into} VALUES {} {tail}", self.places(0, rows, width));
                added += self.execute_owned(sql, rest.by_ref().take(rows * width).collect()).await?;
            }
        }
        Ok(added)
    }

    async fn insert_arrays(
        &mut self,
        into: &str,
        width: usize,
        tail: &str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let (mut added, mut rest) = (0, values.into_iter());
        while rest.len() > 0 {
            let rows = (rest.len() / width).min(ROWS_OF_ARRAYS);
            let mut arrays: Vec<Array> =
                rest.as_slice().iter().take(width).map(|value| Array::like(value, rows)).collect();
            for _ in 0..rows {
                arrays.iter_mut().zip(rest.by_ref()).try_for_each(|(array, value)| array.push(value))?;
            }
            let places =
                arrays.iter().enumerate().map(|(place, array)| format!("${}::{}", place + 1, array.sql_type()));
            let places = places.collect::<Vec<_>>().join(", ");
            let sql = format!("INSERT INTO {into} SELECT * FROM UNNEST({places}) {tail}");
            added += self.execute_arrays(sql, arrays).await?;
        }
        Ok(added)
    }

    /// The rows of a query for any of these keys. `head` ends before `IN`, `tail` follows the keys. Rows come in no order across a thousand keys;
    /// a key given twice brings its rows once or twice.
    ///
    /// # Errors
    /// As `fetch`.
    pub async fn fetch_among(
        &mut self,
        head: &'static str,
        keys: &[&str],
        tail: &'static str,
    ) -> Result<Vec<Row>, StoreError> {
        self.fetch_among_built(head, keys, tail).await
    }

    /// As `fetch_among`, for a query whose names come from this crate's own constants.
    pub(crate) async fn fetch_among_built(
        &mut self,
        head: &str,
        keys: &[&str],
        tail: &str,
    ) -> Result<Vec<Row>, StoreError> {
        self.fetch_among_all(head, None, keys, tail).await
    }

    /// As `fetch_among`, where one more value comes before the keys: `of` is the statement up to it, `and` goes on up to `IN`.
    ///
    /// # Errors
    /// As `fetch`.
    pub async fn fetch_among_of(
        &mut self,
        (of, value): (&'static str, &str),
        and: &'static str,
        keys: &[&str],
        tail: &'static str,
    ) -> Result<Vec<Row>, StoreError> {
        self.fetch_among_all(of, Some((Value::from(value), and)), keys, tail).await
    }

    async fn fetch_among_all(
        &mut self,
        head: &str,
        first: Option<(Value, &str)>,
        keys: &[&str],
        tail: &str,
    ) -> Result<Vec<Row>, StoreError> {
        let [few, many] = KEYS;
        let size = if keys.len() > few * FEW { many } else { few };
        let sql = match &first {
            None => format!("{head} IN {} {tail}", self.places(0, 1, size)),
            Some((_, and)) => format!("{head} {} {and} IN {} {tail}", self.place(1), self.places(1, 1, size)),
        };
        let mut found = Vec::with_capacity(keys.len());
        for some in keys.chunks(size) {
            // The last key again and again, so that every query has the same text.
            let last = some.last().copied().unwrap_or_default();
            let keys = some.iter().copied().chain(std::iter::repeat(last)).take(size).map(Value::from);
            let values: Vec<Value> = first.iter().map(|(value, _)| value.clone()).chain(keys).collect();
            found.extend(self.fetch_built(sql.clone(), &values).await?);
        }
        Ok(found)
    }

    /// `$1`; without a number on SQLite, where a number is a name that is looked up among all others.
    fn place(&self, number: usize) -> String {
        if self.is_postgres() { format!("${number}") } else { "?".to_owned() }
    }

    /// `($1, $2), ($3, $4)` for two rows of two with no value before them.
    fn places(&self, before: usize, rows: usize, width: usize) -> String {
        let row = |row: usize| {
            let places: Vec<String> = (1..=width).map(|column| self.place(before + row * width + column)).collect();
            format!("({})", places.join(", "))
        };
        (0..rows).map(row).collect::<Vec<_>>().join(", ")
    }
}

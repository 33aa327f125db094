//! Row groups read back from a segment's Parquet file.

use std::borrow::Cow;
use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};

use crate::columns::column;
use crate::error::ArchiveError;
use crate::row::Row;

/// The columns of one event that are for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowColumns {
    /// Who came; IPv4 is mapped.
    pub client: Option<u128>,
    /// The other end.
    pub server: Option<u128>,
    /// The host that was asked.
    pub host: Option<String>,
    /// The request's method.
    pub method: Option<String>,
    /// The path without its query.
    pub path: Option<String>,
    /// The names of the query's parameters, joined by `&`.
    pub query_names: Option<String>,
    /// Keyed digest of the URL with its query.
    pub query_digest: Option<[u8; 16]>,
    /// The answer's status.
    pub status: Option<u16>,
    /// The answer's length in bytes.
    pub bytes: Option<u64>,
    /// The referer without its query.
    pub referer: Option<String>,
    /// The user agent, queries within it reduced to their names.
    pub user_agent: Option<String>,
    /// File hashes, joined by commas.
    pub hashes: Option<String>,
    /// The bits of `ward_detect::signs::Signs`.
    pub signs: u16,
    /// The raw line without query values, if the archive keeps it.
    pub raw: Option<String>,
}

impl RowColumns {
    pub(crate) fn as_row(&self, time: Option<i64>, line: i64) -> Row<'_> {
        let text = |text: &'_ Option<String>| -> Option<Cow<'_, str>> { text.clone().map(Cow::Owned) };
        Row {
            time,
            line,
            client: self.client,
            server: self.server,
            host: text(&self.host),
            method: text(&self.method),
            path: text(&self.path),
            query_names: text(&self.query_names),
            query_digest: self.query_digest,
            status: self.status.map(i32::from),
            bytes: self.bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
            referer: text(&self.referer),
            user_agent: text(&self.user_agent),
            hashes: text(&self.hashes),
            signs: i32::from(self.signs),
            raw: text(&self.raw),
        }
    }
}

/// Where each event of a row group was, and its keys.
pub(crate) struct Places {
    pub time: Vec<Option<i64>>,
    pub file: Vec<i32>,
    pub line: Vec<i64>,
    keys: Vec<ByteArray>,
    /// For each row where its keys start; one more at the end.
    starts: Vec<usize>,
}

impl Places {
    pub fn rows(&self) -> usize {
        self.line.len()
    }

    /// The keys of one row, in the order of the event's observables.
    pub fn keys(&self, row: usize) -> impl Iterator<Item = &[u8]> {
        let start = self.starts.get(row).copied().unwrap_or(0);
        let end = row.checked_add(1).and_then(|next| self.starts.get(next)).copied().unwrap_or(start);
        self.keys.get(start..end).unwrap_or_default().iter().map(ByteArray::data)
    }
}

/// An open Parquet file.
pub(crate) struct SegmentReader {
    path: PathBuf,
    reader: SerializedFileReader<File>,
}

impl SegmentReader {
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let file = File::open(path).map_err(ArchiveError::file(path))?;
        let reader = SerializedFileReader::new(file).map_err(ArchiveError::parquet(path))?;
        Ok(Self { path: path.to_owned(), reader })
    }

    /// The columns that listing and counting need.
    pub fn places(&self, group: usize) -> Result<Places, ArchiveError> {
        let read = || -> Result<Places, ParquetError> {
            let group = self.reader.get_row_group(group)?;
            let group = group.as_ref();
            let keys = byte_arrays(group, column::OBSERVABLES)?;
            let mut starts = Vec::with_capacity(rows_of(group));
            let mut value = 0_usize;
            for (repetition, definition) in keys.repetition.iter().zip(&keys.definition) {
                if *repetition == 0 {
                    starts.push(value);
                }
                value = value.saturating_add(usize::from(*definition > 0));
            }
            starts.push(value);
            Ok(Places {
                time: int64s(group, column::TIME)?.nullable(),
                file: int32s(group, column::FILE)?.values,
                line: int64s(group, column::LINE)?.values,
                keys: keys.values,
                starts,
            })
        };
        read().map_err(ArchiveError::parquet(&self.path))
    }

    /// Every other column, one entry a row.
    pub fn columns(&self, group: usize) -> Result<Vec<RowColumns>, ArchiveError> {
        let read = || -> Result<Vec<RowColumns>, ParquetError> {
            let group = self.reader.get_row_group(group)?;
            read_columns(group.as_ref())
        };
        read().map_err(ArchiveError::parquet(&self.path))
    }
}

fn read_columns(group: &dyn RowGroupReader) -> Result<Vec<RowColumns>, ParquetError> {
    let mut rows = vec![RowColumns::default(); rows_of(group)];
    fill(&mut rows, fixed(group, column::CLIENT)?, |row, value| row.client = value.map(u128::from_be_bytes));
    fill(&mut rows, fixed(group, column::SERVER)?, |row, value| row.server = value.map(u128::from_be_bytes));
    fill(&mut rows, fixed(group, column::QUERY_DIGEST)?, |row, value| row.query_digest = value);
    fill(&mut rows, texts(group, column::HOST)?, |row, value| row.host = value);
    fill(&mut rows, texts(group, column::METHOD)?, |row, value| row.method = value);
    fill(&mut rows, texts(group, column::PATH)?, |row, value| row.path = value);
    fill(&mut rows, texts(group, column::QUERY_NAMES)?, |row, value| row.query_names = value);
    fill(&mut rows, texts(group, column::REFERER)?, |row, value| row.referer = value);
    fill(&mut rows, texts(group, column::USER_AGENT)?, |row, value| row.user_agent = value);
    fill(&mut rows, texts(group, column::HASHES)?, |row, value| row.hashes = value);
    fill(&mut rows, texts(group, column::RAW)?, |row, value| row.raw = value);
    fill(&mut rows, int32s(group, column::STATUS)?.nullable(), |row, value| {
        row.status = value.and_then(|status| u16::try_from(status).ok());
    });
    fill(&mut rows, int64s(group, column::BYTES)?.nullable(), |row, value| {
        row.bytes = value.and_then(|bytes| u64::try_from(bytes).ok());
    });
    fill(&mut rows, int32s(group, column::SIGNS)?.values, |row, value| {
        row.signs = u16::try_from(value).unwrap_or(0);
    });
    Ok(rows)
}

fn fill<T>(rows: &mut [RowColumns], values: Vec<T>, set: impl Fn(&mut RowColumns, T)) {
    for (row, value) in rows.iter_mut().zip(values) {
        set(row, value);
    }
}

fn rows_of(group: &dyn RowGroupReader) -> usize {
    usize::try_from(group.metadata().num_rows()).unwrap_or(0)
}

/// A column as it was written: values, and levels where the schema has them.
struct Column<T> {
    values: Vec<T>,
    definition: Vec<i16>,
    repetition: Vec<i16>,
}

impl<T> Column<T> {
    fn nullable(self) -> Vec<Option<T>> {
        let mut values = self.values.into_iter();
        self.definition.iter().map(|level| if *level > 0 { values.next() } else { None }).collect()
    }
}

fn read_all<T: DataType>(mut reader: ColumnReaderImpl<T>, rows: usize) -> Result<Column<T::T>, ParquetError> {
    let mut column = Column { values: Vec::new(), definition: Vec::new(), repetition: Vec::new() };
    let (records, _, _) =
        reader.read_records(rows, Some(&mut column.definition), Some(&mut column.repetition), &mut column.values)?;
    if records == rows { Ok(column) } else { Err(ParquetError::EOF(format!("{records} rows of {rows}"))) }
}

fn other_type(column: usize) -> ParquetError {
    ParquetError::General(format!("column {column} has another type than Ward writes"))
}

fn int64s(group: &dyn RowGroupReader, column: usize) -> Result<Column<i64>, ParquetError> {
    match group.get_column_reader(column)? {
        ColumnReader::Int64ColumnReader(reader) => read_all(reader, rows_of(group)),
        _ => Err(other_type(column)),
    }
}

fn int32s(group: &dyn RowGroupReader, column: usize) -> Result<Column<i32>, ParquetError> {
    match group.get_column_reader(column)? {
        ColumnReader::Int32ColumnReader(reader) => read_all(reader, rows_of(group)),
        _ => Err(other_type(column)),
    }
}

fn byte_arrays(group: &dyn RowGroupReader, column: usize) -> Result<Column<ByteArray>, ParquetError> {
    match group.get_column_reader(column)? {
        ColumnReader::ByteArrayColumnReader(reader) => read_all(reader, rows_of(group)),
        _ => Err(other_type(column)),
    }
}

fn texts(group: &dyn RowGroupReader, column: usize) -> Result<Vec<Option<String>>, ParquetError> {
    let text = |bytes: ByteArray| String::from_utf8_lossy(bytes.data()).into_owned();
    Ok(byte_arrays(group, column)?.nullable().into_iter().map(|value| value.map(text)).collect())
}

fn fixed(group: &dyn RowGroupReader, column: usize) -> Result<Vec<Option<[u8; 16]>>, ParquetError> {
    let ColumnReader::FixedLenByteArrayColumnReader(reader) = group.get_column_reader(column)? else {
        return Err(other_type(column));
    };
    let bytes = |value: FixedLenByteArray| <[u8; 16]>::try_from(value.data()).ok();
    Ok(read_all(reader, rows_of(group))?.nullable().into_iter().map(|value| value.and_then(bytes)).collect())
}

//! A row group in memory, and how it is written as Parquet: the schema is here.
//!
//! Columns are written with the low-level writer of `parquet`, without Arrow. Texts are gathered in one buffer a
//! column and handed over as slices of it, so that a value costs no allocation.

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnPath, TypePtr};

use crate::durable::DigestedFile;
use crate::key::Keys;
use crate::row::Row;

/// Rows of a full row group.
pub(crate) const ROWS_A_GROUP: usize = 65_536;

/// What a row costs in memory beside its texts, about.
const BYTES_A_ROW: usize = 300;

/// `observables` holds the event's keys in order, see the crate's `key`: the index is made of them, and listing hits
/// reads them. `file` counts from 0 in the index header's list of files.
const SCHEMA: &str = "message event {
    optional int64 time (TIMESTAMP(MICROS, true));
    required int32 file;
    required int64 line;
    optional fixed_len_byte_array(16) client;
    optional fixed_len_byte_array(16) server;
    optional binary host (STRING);
    optional binary method (STRING);
    optional binary path (STRING);
    optional binary query_names (STRING);
    optional fixed_len_byte_array(16) query_digest;
    optional int32 status;
    optional int64 bytes;
    optional binary referer (STRING);
    optional binary user_agent (STRING);
    optional binary hashes (STRING);
    required int32 signs;
    optional binary raw (STRING);
    repeated binary observables;
}";

/// Positions in [`SCHEMA`].
pub(crate) mod column {
    pub const TIME: usize = 0;
    pub const FILE: usize = 1;
    pub const LINE: usize = 2;
    pub const CLIENT: usize = 3;
    pub const SERVER: usize = 4;
    pub const HOST: usize = 5;
    pub const METHOD: usize = 6;
    pub const PATH: usize = 7;
    pub const QUERY_NAMES: usize = 8;
    pub const QUERY_DIGEST: usize = 9;
    pub const STATUS: usize = 10;
    pub const BYTES: usize = 11;
    pub const REFERER: usize = 12;
    pub const USER_AGENT: usize = 13;
    pub const HASHES: usize = 14;
    pub const SIGNS: usize = 15;
    pub const RAW: usize = 16;
    pub const OBSERVABLES: usize = 17;
}

pub(crate) fn schema() -> Result<TypePtr, ParquetError> {
    Ok(TypePtr::new(parse_message_type(SCHEMA)?))
}

pub(crate) fn properties() -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    let mut properties = WriterProperties::builder()
        .set_created_by("ward".to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true);
    for name in ["time", "line"] {
        properties = properties
            .set_column_statistics_enabled(ColumnPath::from(name), EnabledStatistics::Chunk)
            .set_column_dictionary_enabled(ColumnPath::from(name), false)
            .set_column_encoding(ColumnPath::from(name), Encoding::DELTA_BINARY_PACKED);
    }
    for name in ["query_digest", "raw"] {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(name), false);
    }
    properties.build()
}

/// Values of a column that may be null.
struct Optional<T> {
    values: Vec<T>,
    levels: Vec<i16>,
}

impl<T> Default for Optional<T> {
    fn default() -> Self {
        Self { values: Vec::new(), levels: Vec::new() }
    }
}

impl<T> Optional<T> {
    fn push(&mut self, value: Option<T>) {
        self.levels.push(i16::from(value.is_some()));
        self.values.extend(value);
    }
}

/// Byte strings one after the other.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    spans: Optional<(usize, usize)>,
}

impl Texts {
    fn push(&mut self, value: Option<&[u8]>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(value.unwrap_or_default());
        self.spans.push(value.map(|_| (start, self.bytes.len())));
    }

    /// The values, leaving the levels.
    fn take_values(&mut self) -> Vec<ByteArray> {
        let all = Bytes::from(std::mem::take(&mut self.bytes));
        self.spans.values.drain(..).map(|(start, end)| ByteArray::from(all.slice(start..end))).collect()
    }
}

/// Up to [`ROWS_A_GROUP`] rows.
#[derive(Default)]
pub(crate) struct RowGroup {
    rows: usize,
    time: Optional<i64>,
    file: Vec<i32>,
    line: Vec<i64>,
    fixed: [Texts; 3],
    texts: [Texts; 8],
    status: Optional<i32>,
    bytes: Optional<i64>,
    signs: Vec<i32>,
    observables: Texts,
    /// 0 for the first observable of a row, 1 for the others.
    repetition: Vec<i16>,
}

impl RowGroup {
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes in memory, about.
    pub fn memory(&self) -> usize {
        let texts = self.fixed.iter().chain(&self.texts).chain([&self.observables]);
        let bytes = texts.fold(0_usize, |sum, texts| sum.saturating_add(texts.bytes.len()));
        bytes.saturating_add(self.rows.saturating_mul(BYTES_A_ROW))
    }

    pub fn push(&mut self, row: &Row<'_>, file: i32, keys: &Keys) {
        self.rows = self.rows.saturating_add(1);
        self.time.push(row.time);
        self.file.push(file);
        self.line.push(row.line);
        let client = row.client.map(u128::to_be_bytes);
        let server = row.server.map(u128::to_be_bytes);
        let fixed = [client.as_ref(), server.as_ref(), row.query_digest.as_ref()];
        for (texts, value) in self.fixed.iter_mut().zip(fixed) {
            texts.push(value.map(<[u8; 16]>::as_slice));
        }
        let values =
            [&row.host, &row.method, &row.path, &row.query_names, &row.referer, &row.user_agent, &row.hashes, &row.raw];
        for (texts, value) in self.texts.iter_mut().zip(values) {
            texts.push(value.as_deref().map(str::as_bytes));
        }
        self.status.push(row.status);
        self.bytes.push(row.bytes);
        self.signs.push(row.signs);
        let mut has_any = false;
        for key in keys.iter() {
            self.observables.push(Some(key));
            self.repetition.push(i16::from(has_any));
            has_any = true;
        }
        if !has_any {
            self.observables.push(None);
            self.repetition.push(0);
        }
    }

    /// Writes the rows as one row group and is empty again.
    pub fn write(&mut self, file: &mut SerializedFileWriter<DigestedFile>) -> Result<(), ParquetError> {
        let mut rows = std::mem::take(self);
        let mut group = file.next_row_group()?;
        let [client, server, query_digest] = &mut rows.fixed;
        let [host, method, path, query_names, referer, user_agent, hashes, raw] = &mut rows.texts;
        write::<Int64Type>(&mut group, &rows.time.values, Some(&rows.time.levels), None)?;
        write::<Int32Type>(&mut group, &rows.file, None, None)?;
        write::<Int64Type>(&mut group, &rows.line, None, None)?;
        write_fixed(&mut group, client)?;
        write_fixed(&mut group, server)?;
        for texts in [host, method, path, query_names] {
            write_texts(&mut group, texts, None)?;
        }
        write_fixed(&mut group, query_digest)?;
        write::<Int32Type>(&mut group, &rows.status.values, Some(&rows.status.levels), None)?;
        write::<Int64Type>(&mut group, &rows.bytes.values, Some(&rows.bytes.levels), None)?;
        for texts in [referer, user_agent, hashes] {
            write_texts(&mut group, texts, None)?;
        }
        write::<Int32Type>(&mut group, &rows.signs, None, None)?;
        write_texts(&mut group, raw, None)?;
        write_texts(&mut group, &mut rows.observables, Some(&rows.repetition))?;
        group.close()?;
        Ok(())
    }
}

type Group<'a> = SerializedRowGroupWriter<'a, DigestedFile>;

fn write<T: DataType>(
    group: &mut Group<'_>,
    values: &[T::T],
    definition: Option<&[i16]>,
    repetition: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let missing = || ParquetError::General("the schema has fewer columns than are written".to_owned());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(values, definition, repetition)?;
    column.close()
}

fn write_texts(group: &mut Group<'_>, texts: &mut Texts, repetition: Option<&[i16]>) -> Result<(), ParquetError> {
    let values = texts.take_values();
    write::<ByteArrayType>(group, &values, Some(&texts.spans.levels), repetition)
}

fn write_fixed(group: &mut Group<'_>, texts: &mut Texts) -> Result<(), ParquetError> {
    let values: Vec<FixedLenByteArray> = texts.take_values().into_iter().map(FixedLenByteArray::from).collect();
    write::<FixedLenByteArrayType>(group, &values, Some(&texts.spans.levels), None)
}

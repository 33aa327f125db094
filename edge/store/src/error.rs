//! What can go wrong between Ward and its database.

/// A failure of the store. The text says what was being done; the cause is the source.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database did not answer as asked while {doing}")]
    Database {
        doing: &'static str,
        #[source]
        source: sqlx::Error,
    },
    #[error("cannot open the database `{place}`")]
    Open {
        place: String,
        #[source]
        source: sqlx::Error,
    },
    #[error(
        "the database is newer than this program: it has migration {found}, this program knows {known}; install the newer program"
    )]
    Newer { found: i64, known: i64 },
    #[error("migration {version} was changed after it was applied: the database has `{found}`")]
    ChangedMigration { version: i64, found: String },
    #[error("the database address `{0}` is not understood: use sqlite:FILE or postgres://USER@HOST/NAME")]
    Address(String),
    #[error("the query has no column `{0}`")]
    NoColumn(String),
    #[error("column `{column}` is not {wanted}")]
    ColumnType { column: String, wanted: &'static str },
    #[error("the record holds a value that cannot be read: {0}")]
    Record(String),
    #[error("cannot read or write `{path}`")]
    File {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("line {line} of the dumped table `{table}` cannot be read: {what}")]
    Dump { table: String, line: u64, what: String },
    #[error("the database `{0}` is not empty; give an empty one")]
    NotEmpty(String),
    #[error("the operating system gave no random bytes: {0}")]
    Random(String),
}

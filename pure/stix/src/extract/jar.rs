//! The CSV layout of the Joint Analysis Report JAR-16-20296A (GRIZZLY STEPPE, US-CERT, 29 December 2016): a header that
//! begins `INDICATOR_VALUE,TYPE`, one indicator a row, cells over several lines. Rows of a file known by another hash than
//! its MD5 have an empty value and the hash in the comment, as `SHA256:…`, among other facts separated by `|`.

use super::refang::refang;
use super::{Candidate, candidate};
use crate::normal;
use crate::term::Term;

/// Why a text is not such a CSV, or holds a row that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JarError {
    /// The text is no CSV.
    #[error("not readable as CSV")]
    Csv(#[source] csv::Error),
    /// A column that must be there is not.
    #[error("the header has no column `{column}`")]
    NoColumn {
        /// The column.
        column: &'static str,
    },
    /// A row that is no usable indicator.
    #[error("line {line}: {reason}")]
    Row {
        /// Line on which the row begins, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

/// One row: its indicator, or why it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JarRow {
    /// Line on which the row begins, from 1.
    pub line: usize,
    /// The value as it stands in the file.
    pub value: String,
    /// What the report says of it.
    pub description: String,
    /// The report asks to review what matches, or only watches the value; it does not say that whatever matches is bad.
    pub is_watch_only: bool,
    /// The indicator or the reason.
    pub candidate: Result<Candidate, String>,
}

/// Whether a text begins with the header of this layout.
pub fn is_jar_csv(text: &str) -> bool {
    let header = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    let mut cells = header.split(',').map(|cell| cell.trim().trim_matches('"').to_ascii_uppercase());
    cells.next().as_deref() == Some("INDICATOR_VALUE") && cells.any(|cell| cell == "TYPE")
}

/// The indicators of all rows; an error at the first row that has none.
pub fn jar_csv(text: &str) -> Result<Vec<Candidate>, JarError> {
    let rows = jar_rows(text)?;
    rows.into_iter().map(|row| row.candidate.map_err(|reason| JarError::Row { line: row.line, reason })).collect()
}

/// Every row, with its indicator or why it has none.
pub fn jar_rows(text: &str) -> Result<Vec<JarRow>, JarError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(JarError::Csv)?;
    let column = |name: &'static str| {
        let position = header.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
        position.ok_or(JarError::NoColumn { column: name })
    };
    let (value_column, type_column) = (column("INDICATOR_VALUE")?, column("TYPE")?);
    let optional = |name: &str| header.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
    let (role_column, description_column) = (optional("ROLE"), optional("DESCRIPTION"));
    let comment_column = header.iter().position(|cell| cell.trim().eq_ignore_ascii_case("COMMENT"));
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(JarError::Csv)?;
        let line = record.position().map_or(0, csv::Position::line);
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        let cell = |column: usize| record.get(column).unwrap_or_default().trim();
        let value = match cell(value_column) {
            "" => comment_column.and_then(|column| hash_in_comment(cell(column))).unwrap_or_default(),
            value => value,
        };
        let value = value.to_owned();
        let candidate = row(&value, cell(type_column), line);
        let description = description_column.map(cell).unwrap_or_default().to_owned();
        let is_watch_only = is_watch_only(role_column.map(cell).unwrap_or_default(), &description);
        rows.push(JarRow { line, value, description, is_watch_only, candidate });
    }
    Ok(rows)
}

/// The first hash of a comment such as `FILENAME:a.dll_|FILE_SIZE:1|SHA1:…|SHA256:…`.
fn hash_in_comment(comment: &str) -> Option<&str> {
    comment.split('|').find_map(|fact| {
        let (name, value) = fact.split_once(':')?;
        let is_hash = matches!(name.trim(), "MD5" | "SHA1" | "SHA256" | "SHA512");
        is_hash.then(|| value.trim()).filter(|value| normal::hash(value).is_some())
    })
}

/// The report's own words: a watchlist of addresses (`IP_WATCHLIST`), or the advice to review traffic or systems for a value. Its file hashes
/// are on a watchlist each, also those that it calls malware, so for them the advice decides.
fn is_watch_only(role: &str, description: &str) -> bool {
    let description = description.to_ascii_lowercase();
    role.eq_ignore_ascii_case("IP_WATCHLIST")
        || description.contains("review traffic")
        || description.contains("review systems")
}

fn row(value: &str, kind: &str, line: usize) -> Result<Candidate, String> {
    let plain = refang(value);
    let network = |(first, last)| Term::Network { first, last };
    let term = match kind.to_ascii_uppercase().as_str() {
        "IPV4ADDR" | "IPV6ADDR" | "CIDR" => normal::network(&plain).map(network),
        "FQDN" | "DOMAIN" => normal::domain(&plain).map(Term::Domain),
        "MD5" | "SHA1" | "SHA256" | "SHA512" => normal::hash(&plain).map(Term::Hash),
        "URL" => normal::url(&plain).map(Term::Url),
        _ => return Err(format!("indicators of type `{kind}` are not searched for")),
    };
    let term = term.ok_or_else(|| format!("`{value}` is not a valid {kind}"))?;
    Ok(candidate(term, value.to_owned(), &plain, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_with_their_lines() {
        let sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        let text = format!(
            "INDICATOR_VALUE,TYPE,COMMENT\n192.0.2[.]1,IPV4ADDR,\"two\nlines\"\nx,YARA,\nevil.example,FQDN,\n\
             ,MD5,FILE_SIZE:1|SHA1:{sha1}\n,MD5,FILE_SIZE:1\n"
        );
        let text = text.as_str();
        assert!(is_jar_csv(text));
        let rows = jar_rows(text).unwrap();
        let lines: Vec<(usize, bool)> = rows.iter().map(|row| (row.line, row.candidate.is_ok())).collect();
        assert_eq!(lines, [(2, true), (4, false), (5, true), (6, true), (7, false)]);
        let found = rows[3].candidate.as_ref().unwrap();
        assert_eq!(found.pattern, format!("[file:hashes.'SHA-1' = '{sha1}']"));
        let error = jar_csv(text).unwrap_err().to_string();
        assert_eq!(error, "line 4: indicators of type `YARA` are not searched for");
        assert!(matches!(jar_csv("A,B\n1,2\n"), Err(JarError::NoColumn { column: "INDICATOR_VALUE" })));
    }
}

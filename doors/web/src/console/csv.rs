//! Lists as CSV (RFC 4180), safe to open in a spreadsheet: a cell that could be taken for a formula begins with an apostrophe.
//!
//! Cells come from alerts, logs and names that others wrote; OWASP's "CSV Injection" lists the characters that begin a formula.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use ward_directory::{Here, NOTICE};

use super::page::HEADERS;

/// A table as a file of this name. In a demonstration the notice is in the name and in a column of its own, so that no row is without it.
pub fn csv(here: &Here, name: &str, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Response {
    let notice = here.is_demonstration().then_some(NOTICE);
    let mut text = line(head.iter().copied().chain(notice.map(|_| "notice")));
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str).chain(notice)));
    }
    let of = if notice.is_some() { "reconstruction-invented-logs-" } else { "" };
    let disposition = format!("attachment; filename=\"{of}{name}.csv\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (HEADERS, headers, text).into_response()
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.map(cell).collect();
    format!("{}\r\n", cells.join(","))
}

fn cell(text: &str) -> String {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%'])
        || text.starts_with(|first: char| first.is_control());
    let mark = if is_formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_a_formula() {
        for (text, expected) in [
            ("Arizona", "\"Arizona\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "\"'=1+1\""),
            (" =1+1", "\"' =1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("＝1", "\"'＝1\""),
            ("a=1", "\"a=1\""),
            ("", "\"\""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }
}

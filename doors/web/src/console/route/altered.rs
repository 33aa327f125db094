//! `/demo/verify`: a demonstration's frozen brief verified as it is, and with one byte of it changed.

use axum::extract::{Query, State};
use axum::http::{Extensions, HeaderMap};
use axum::response::Response;
use ward_brief::Document;
use ward_directory::{Here, demonstration};

use super::demo::{Paths, newest_brief, open_page, reader};
use crate::console::error::PageError;
use crate::console::view::altered::{Altered, altered};
use crate::error::ApiError;

/// So many bytes are shown on each side of the one that was changed.
const AROUND_BYTES: usize = 60;

type Pairs = Query<Vec<(String, String)>>;

/// The page.
pub async fn page(
    State(here): State<Here>,
    headers: HeaderMap,
    extensions: Extensions,
    Query(pairs): Pairs,
) -> Result<Response, PageError> {
    let told = demonstration(&here)?.ok_or(ApiError::NotFound)?;
    let files = told.try_out.as_ref().ok_or(ApiError::NotFound)?;
    let people = ward_directory::invented_people(&here, &told).await?;
    let (_, who) = reader(&here, &people)?;
    let document = newest_brief(&here, who).await?.ok_or(ApiError::NotFound)?;
    let asked = pairs.iter().find(|(name, _)| name == "byte").map(|(_, byte)| byte.trim());
    let key = here.installation.log_key.clone();
    let paths = Paths::of(&headers, &extensions);
    let shown = shown(&document, asked, key, (paths.shown(&files.program), paths.shown(&here.folder)));
    Ok(open_page(&here, "One byte changed", altered(&shown)))
}

fn shown(document: &Document, asked: Option<&str>, key: String, (program, folder): (String, String)) -> Altered {
    let bytes = format!("{}\n", document.json()).into_bytes();
    let place = asked.and_then(|text| text.parse::<usize>().ok()?.checked_sub(1)).filter(|place| *place < bytes.len());
    let is_refused = asked.is_some() && place.is_none();
    let place = place.unwrap_or_else(|| first_figure(&bytes));
    let mut changed = bytes.clone();
    // The lowest bit: a digit becomes its neighbour, a letter another letter.
    if let Some(byte) = changed.get_mut(place) {
        *byte ^= 1;
    }
    let part = |of: &[u8], from: usize, until: usize| {
        String::from_utf8_lossy(of.get(from..until.min(of.len())).unwrap_or_default()).into_owned()
    };
    Altered {
        title: document.title(),
        number: document.issue.as_ref().map_or(0, |issue| issue.number),
        length: bytes.len(),
        place: place + 1,
        is_refused,
        before: part(&bytes, place.saturating_sub(AROUND_BYTES), place),
        was: part(&bytes, place, place + 1),
        is: part(&changed, place, place + 1),
        after: part(&bytes, place + 1, place + 1 + AROUND_BYTES),
        as_frozen: crate::brief::verify(&bytes, Some(&key)),
        changed: crate::brief::verify(&changed, Some(&key)),
        program,
        folder,
        key,
    }
}

/// Where the first digit of the first figure's value is; the middle, where there is none.
fn first_figure(bytes: &[u8]) -> usize {
    let after = |from: usize, text: &[u8]| {
        let rest = bytes.get(from..)?;
        rest.windows(text.len()).position(|window| window == text).map(|place| from + place + text.len())
    };
    let value = after(0, b"\"F1\"").and_then(|from| after(from, b"\"value\""));
    let digit = value.and_then(|from| Some(from + bytes.get(from..)?.iter().position(u8::is_ascii_digit)?));
    digit.unwrap_or(bytes.len() / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_figures_value_is_found() {
        for (text, expected) in [
            (r#"{"figures":[{"id":"F1","value":21}]}"#, 31),
            (r#"{"figures":[{"id":"F1", "name":"4", "value": 7}]}"#, 45),
            (r#"{"figures":[{"id":"F1","value":null}]}"#, 19),
            ("", 0),
        ] {
            assert_eq!(first_figure(text.as_bytes()), expected, "{text}");
        }
    }
}

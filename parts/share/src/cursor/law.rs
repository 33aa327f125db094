//! What holds of every text that is handed back as a cursor; the fuzz target and the tests ask it (docs/FUZZING.md).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::cursor::{Query, open, seal};

const KEY: [u8; 32] = [7; 32];

/// A cursor opens only if it was sealed: as it is, the input opens only to what seals to it; a sealed cursor opens to its position with its own
/// query and key, and with one bit changed, cut short or made longer it does not open.
pub fn holds(data: &[u8]) {
    let query = Query::new(&[&["org"], &["indicator", "report"]]);
    if let Ok(text) = std::str::from_utf8(data)
        && let Some(position) = open(&KEY, query, text)
    {
        assert_eq!(seal(&KEY, query, position), text, "opened, but never sealed");
    }
    queries(data);
    let Some((position, change)) = data.split_at_checked(8) else { return };
    let position = i64::from_be_bytes(position.try_into().expect("eight bytes"));
    let cursor = seal(&KEY, query, position);
    assert_eq!(open(&KEY, query, &cursor), Some(position));
    assert_eq!(open(&KEY, Query::new(&[&["org"], &["indicator", "report"], &[]]), &cursor), None, "another query");
    assert_eq!(open(&[8; 32], query, &cursor), None, "another key");
    let sealed = URL_SAFE_NO_PAD.decode(&cursor).expect("base64");
    let mut changed = sealed.clone();
    changed.iter_mut().zip(change).for_each(|(byte, mask)| *byte ^= mask);
    changed.extend(change.iter().skip(sealed.len()));
    let opened = open(&KEY, query, &URL_SAFE_NO_PAD.encode(&changed));
    assert_eq!(opened, (changed == sealed).then_some(position), "changed by {change:?}");
}

/// Two queries are the same only if their parts hold the same values.
fn queries(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some((one, other)) = text.split_once('|') else { return };
    let parts = |text: &str| -> Vec<Vec<String>> {
        let values = |part: &str| part.split(',').map(str::to_owned).collect::<Vec<_>>();
        let mut parts: Vec<Vec<String>> = text.split(';').map(values).collect();
        parts.iter_mut().for_each(|part| part.sort_unstable());
        parts
    };
    let (one, other) = (parts(one), parts(other));
    let query = |parts: &[Vec<String>]| {
        let parts: Vec<Vec<&str>> = parts.iter().map(|part| part.iter().rev().map(String::as_str).collect()).collect();
        Query::new(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    assert_eq!(query(&one) == query(&other), one == other, "{one:?} and {other:?}");
}

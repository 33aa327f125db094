//! The value of `next`: a position in a collection that only this installation can make, for one query of one organisation.
//!
//! It is stateless, so it survives a restart and may be used again after a lost answer; it says nothing about what its holder may see, which is
//! decided anew each time (TAXII 2.1, section 3.5 and appendix B). The position may be the tick of an object that the holder must not know of, so
//! it is hidden: the tag is computed over position and query, and the position is masked with a stream derived from the tag, as RFC 5297
//! builds a synthetic initialisation vector.

#[cfg(test)]
mod law;
#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use ward_store::hex;

const TAG_BYTES: usize = 16;
const POSITION_BYTES: usize = 8;

/// What a cursor is good for: the digest of everything that must be the same when it is handed back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Query([u8; 32]);

impl Query {
    /// From the parts of a query, each a list of values. The order of the values of a part does not matter.
    pub fn new(parts: &[&[&str]]) -> Query {
        let mut hasher = Sha256::new();
        for part in parts {
            let mut values = part.to_vec();
            values.sort_unstable();
            hasher.update((values.len() as u64).to_be_bytes());
            for value in values {
                hasher.update((value.len() as u64).to_be_bytes());
                hasher.update(value.as_bytes());
            }
        }
        Query(hasher.finalize().into())
    }

    /// In lower-case hex.
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }
}

/// The cursor of a position (a tick in microseconds).
pub(crate) fn seal(key: &[u8; 32], query: Query, position: i64) -> String {
    let position = position.to_be_bytes();
    let tag = mac(key, b"ward-cursor/v1 tag", &[&query.0, &position]);
    let tag = tag.get(..TAG_BYTES).unwrap_or_default();
    let masked = masked(key, tag, position);
    URL_SAFE_NO_PAD.encode([tag, &masked].concat())
}

/// The position of a cursor that `seal` made with the same key for the same query; none for anything else.
pub(crate) fn open(key: &[u8; 32], query: Query, cursor: &str) -> Option<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (tag, hidden) = bytes.split_at_checked(TAG_BYTES)?;
    let position = masked(key, tag, <[u8; POSITION_BYTES]>::try_from(hidden).ok()?);
    let mac = keyed(key, b"ward-cursor/v1 tag", &[&query.0, &position])?;
    mac.verify_truncated_left(tag).ok()?;
    Some(i64::from_be_bytes(position))
}

fn masked(key: &[u8; 32], tag: &[u8], mut position: [u8; POSITION_BYTES]) -> [u8; POSITION_BYTES] {
    let stream = mac(key, b"ward-cursor/v1 mask", &[tag]);
    position.iter_mut().zip(stream).for_each(|(byte, mask)| *byte ^= mask);
    position
}

fn mac(key: &[u8; 32], purpose: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    keyed(key, purpose, parts).map(|mac| mac.finalize().into_bytes().into()).unwrap_or_default()
}

/// HMAC takes keys of any length, so there always is one.
fn keyed(key: &[u8; 32], purpose: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(purpose);
    parts.iter().for_each(|part| mac.update(part));
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_keep_their_law() {
        replay::replay("cursor", law::holds);
    }

    #[test]
    fn a_cursor_opens_only_for_its_own_query_key_and_bytes() {
        let (key, query) = ([1; 32], Query::new(&[&["org"], &["a", "b"]]));
        for position in [0, 1, -1, i64::MAX, i64::MIN, 1_525_348_800_000_001] {
            let cursor = seal(&key, query, position);
            assert_eq!(cursor.len(), 32);
            assert_eq!(open(&key, query, &cursor), Some(position));
            assert_eq!(open(&key, query, &cursor), Some(position), "used again");
            assert_eq!(
                open(&key, Query::new(&[&["org"], &["b", "a"]]), &cursor),
                Some(position),
                "the order does not matter"
            );
            assert_eq!(open(&[2; 32], query, &cursor), None, "another key");
            for other in [&[&["gro"][..], &["a", "b"]][..], &[&["org"], &["ab"]], &[&["org", "a"], &["b"]], &[]] {
                assert_eq!(open(&key, Query::new(other), &cursor), None, "{other:?}");
            }
        }
    }

    #[test]
    fn no_changed_byte_opens() {
        let (key, query) = ([1; 32], Query::new(&[]));
        let cursor = seal(&key, query, 42);
        let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[place] ^= 1 << bit;
                assert_eq!(open(&key, query, &URL_SAFE_NO_PAD.encode(&changed)), None, "byte {place}, bit {bit}");
            }
        }
        for length in 0..bytes.len() {
            assert_eq!(open(&key, query, &URL_SAFE_NO_PAD.encode(&bytes[..length])), None, "{length} bytes");
        }
        for garbage in ["", "next", "====", "é", &format!("{cursor}A"), &format!(" {cursor}"), &"A".repeat(4096)] {
            assert_eq!(open(&key, query, garbage), None, "{garbage}");
        }
    }

    #[test]
    fn a_cursor_does_not_show_its_position() {
        let (key, query) = ([1; 32], Query::new(&[]));
        let position = 1_525_348_800_000_001_i64;
        let bytes = URL_SAFE_NO_PAD.decode(seal(&key, query, position)).unwrap();
        let near = URL_SAFE_NO_PAD.decode(seal(&key, query, position + 1)).unwrap();
        assert_ne!(&bytes[TAG_BYTES..], position.to_be_bytes());
        let same = bytes[TAG_BYTES..].iter().zip(&near[TAG_BYTES..]).filter(|(a, b)| a == b).count();
        assert!(same < 4, "neighbours share {same} bytes");
    }
}

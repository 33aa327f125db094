//! Backups as they come back: whole, or with what is wrong and where.
#![cfg(test)]

use std::path::PathBuf;

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use ward_backup::{BackupError, BackupWriter, CHUNK_BYTES, HEADER_BYTES, Header, KeyDraw, read_header, unpack};

const KEY: [u8; 32] = [7; 32];
const SEALED: usize = CHUNK_BYTES + 16;

/// A folder of its own with a backup of three files; `noise` bytes do not compress, so that the chunks are many.
struct Case {
    folder: tempfile::TempDir,
    backup: Vec<u8>,
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

fn header() -> Header {
    Header::new(KeyDraw::new([1; 16]), [2; 19], &KEY).unwrap()
}

fn case(length: usize) -> Case {
    let folder = tempfile::tempdir().unwrap();
    let (to, segment) = (folder.path().join("whole"), folder.path().join("segment"));
    std::fs::write(&segment, noise(length)).unwrap();
    let mut writer = BackupWriter::create(&to, header(), &KEY).unwrap();
    writer.add_bytes("origin", b"ward/test/1\n").unwrap();
    let digest = writer.add_file("archive/segments/2018-05-ab.parquet", &segment).unwrap();
    let expected: String = Sha256::digest(noise(length)).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, expected);
    writer.add_bytes("empty", b"").unwrap();
    let manifest = writer.finish(serde_json::json!({"entries": 3})).unwrap();
    assert_eq!(manifest.files.len(), 3);
    assert!(!folder.path().join("whole.part").exists());
    let backup = std::fs::read(&to).unwrap();
    Case { folder, backup }
}

/// Opens these bytes with this key.
fn opened(case: &Case, bytes: &[u8], key: &[u8; 32]) -> Result<serde_json::Value, BackupError> {
    let file = case.folder.path().join("other");
    std::fs::write(&file, bytes).unwrap();
    let into: PathBuf = tempfile::tempdir().unwrap().keep();
    let result = read_header(&file).and_then(|_| unpack(&file, key, &into)).map(|manifest| {
        let segment = std::fs::read(into.join("archive/segments/2018-05-ab.parquet")).unwrap();
        assert_eq!(manifest.files[1].bytes, segment.len() as u64);
        assert_eq!(std::fs::read(into.join("origin")).unwrap(), b"ward/test/1\n");
        assert_eq!(std::fs::read(into.join("empty")).unwrap(), b"");
        manifest.about
    });
    std::fs::remove_dir_all(into).unwrap();
    result
}

#[test]
fn a_whole_backup_comes_back() {
    for length in [0, 1, 1000, CHUNK_BYTES, 5 * CHUNK_BYTES] {
        let case = case(length);
        assert_eq!(opened(&case, &case.backup, &KEY).unwrap(), serde_json::json!({"entries": 3}), "{length}");
    }
}

#[test]
fn another_key_is_named() {
    let case = case(1000);
    assert!(matches!(opened(&case, &case.backup, &[8; 32]), Err(BackupError::WrongPassphrase)));
}

#[test]
fn one_changed_byte_is_named_with_its_place() {
    let case = case(3 * CHUNK_BYTES);
    let chunks =
        [HEADER_BYTES, HEADER_BYTES + 1, HEADER_BYTES + SEALED - 1, HEADER_BYTES + SEALED, case.backup.len() - 1];
    for at in (0..HEADER_BYTES).chain(chunks) {
        let mut bytes = case.backup.clone();
        bytes[at] ^= 0x20;
        let error = opened(&case, &bytes, &KEY).unwrap_err();
        match at.checked_sub(HEADER_BYTES) {
            None => assert!(matches!(error, BackupError::DamagedHeader), "byte {at}: {error}"),
            Some(after) => {
                let BackupError::Damaged { chunk, from, until } = error else { panic!("byte {at}: {error}") };
                assert_eq!(chunk as usize, after / SEALED);
                assert!((from..=until).contains(&(at as u64)), "byte {at} is not in {from} to {until}");
            }
        }
    }
}

#[test]
fn a_cut_is_named_with_its_place() {
    let case = case(3 * CHUNK_BYTES);
    for (length, expected) in [
        (0, "not a backup"),
        (10, "within the backup's header, after 10 bytes"),
        (HEADER_BYTES, "it ends at byte 105"),
        (HEADER_BYTES + SEALED, "it ends at byte 65657, after chunk 0"),
        (HEADER_BYTES + 2 * SEALED, "it ends at byte 131209, after chunk 1"),
        (HEADER_BYTES + SEALED + 9, "chunk 1 (bytes 65657 to 65665)"),
        (case.backup.len() - 1, "chunk 3 ("),
    ] {
        let error = opened(&case, &case.backup[..length], &KEY).unwrap_err().to_string();
        assert!(error.contains(expected), "{length}: {error}");
    }
}

#[test]
fn exchanged_repeated_and_added_chunks_are_named() {
    let case = case(4 * CHUNK_BYTES);
    let chunk = |number: usize| case.backup[HEADER_BYTES + number * SEALED..][..SEALED].to_vec();
    let with = |chunks: &[Vec<u8>]| {
        let rest = &case.backup[HEADER_BYTES + 4 * SEALED..];
        [&case.backup[..HEADER_BYTES], &chunks.concat(), rest].concat()
    };
    for (bytes, expected) in [
        (with(&[chunk(0), chunk(2), chunk(1), chunk(3)]), "chunk 1 ("),
        (with(&[chunk(0), chunk(1), chunk(1), chunk(2), chunk(3)]), "chunk 2 ("),
        (with(&[chunk(0), chunk(2), chunk(3)]), "chunk 1 ("),
        (with(&[chunk(1), chunk(0), chunk(2), chunk(3)]), "chunk 0 ("),
        ([case.backup.as_slice(), &chunk(0)].concat(), "chunk 4 ("),
    ] {
        let error = opened(&case, &bytes, &KEY).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn a_newer_format_and_a_costly_header_are_refused() {
    let case = case(10);
    for (at, value, expected) in [(9, 2, "newer program: its format is 2"), (10, 0xff, "more work")] {
        let mut bytes = case.backup.clone();
        bytes[at] = value;
        let digest: [u8; 32] = Sha256::digest(&bytes[..HEADER_BYTES - 32]).into();
        bytes[HEADER_BYTES - 32..HEADER_BYTES].copy_from_slice(&digest);
        let error = opened(&case, &bytes, &KEY).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn nothing_is_overwritten_and_an_unfinished_backup_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("backup");
    drop(BackupWriter::create(&to, header(), &KEY).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    std::fs::write(&to, "mine").unwrap();
    assert!(matches!(BackupWriter::create(&to, header(), &KEY), Err(BackupError::File { .. })));
    assert_eq!(std::fs::read(&to).unwrap(), b"mine");
    let mut writer = BackupWriter::create(&folder.path().join("new"), header(), &KEY).unwrap();
    assert!(matches!(writer.add_bytes("../x", b""), Err(BackupError::Name { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// Whatever single byte changes, nothing comes back.
    #[test]
    fn no_changed_byte_goes_unseen(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let case = case(2 * CHUNK_BYTES);
        let mut bytes = case.backup.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(opened(&case, &bytes, &KEY).is_err());
    }
}

//! Signed notes, keys, checkpoints, cosignatures and portable proofs: published examples, and laws of round trips.
#![cfg(test)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use ward_tlog::cosignature::cosigners;
use ward_tlog::note::{MAX_SIGNATURES, parse_signatures};
use ward_tlog::{
    Algorithm, Checkpoint, CheckpointError, CosignError, CosignerKey, KeyError, LogProof, LogProofError, MemoryNodes,
    Note, NoteError, Signature, SigningKey, VerifierKey, checkpoint, cosignature, inclusion_proof, leaf_hash, root_at,
};

// The example of C2SP signed-note.
const SPEC_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const SPEC_NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

// The example of golang.org/x/mod/sumdb/note: key, seed (the last 32 bytes of its private key text) and note.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_SECRET: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const GO_SIGNATURE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

// A witness's key (type 0x04) from the tests of transparency-dev/formats.
const WITNESS_KEY: &str = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";

// The example of C2SP tlog-cosignature. Its public keys are not published.
const SPEC_CHECKPOINT: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

fn log_key() -> SigningKey {
    SigningKey::from_seed("log.example/a", &[7; 32]).unwrap()
}

fn witness_key() -> CosignerKey {
    CosignerKey::from_seed("witness.example/w", &[9; 32]).unwrap()
}

fn verified(note: &[u8], keys: &[VerifierKey]) -> Result<usize, NoteError> {
    Note::parse(note)?.verify(keys).map(|signers| signers.len())
}

#[test]
fn published_notes_verify() {
    let go_note = format!("{GO_TEXT}\n{GO_SIGNATURE}");
    for (key, id, note) in [(SPEC_KEY, 0x530d_903a, SPEC_NOTE), (GO_KEY, 0xc74f_20a3, go_note.as_str())] {
        let key = VerifierKey::parse(key).unwrap();
        assert_eq!((key.key_id(), key.algorithm()), (id, Algorithm::Ed25519));
        assert_eq!(Note::parse(note).unwrap().to_string(), note);
        assert_eq!(verified(note.as_bytes(), &[key]), Ok(1));
    }
}

#[test]
fn the_published_seed_signs_the_published_note() {
    let secret = STANDARD.decode(GO_SECRET).unwrap();
    let key = SigningKey::from_seed("PeterNeumann", secret[1..].try_into().unwrap()).unwrap();
    assert_eq!(key.verifier_key().to_string(), GO_KEY);
    let note = key.sign(GO_TEXT).unwrap();
    assert_eq!(note.to_string(), format!("{GO_TEXT}\n{GO_SIGNATURE}"));
    assert!(!format!("{key:?}").contains("secret"), "a key never shows its seed");
}

#[test]
fn keys_round_trip_and_altered_ones_are_refused() {
    for text in [SPEC_KEY, GO_KEY, WITNESS_KEY] {
        assert_eq!(VerifierKey::parse(text).unwrap().to_string(), text);
        for start in 0..text.len() {
            for end in start..=text.len() {
                let whole = start == 0 && end == text.len();
                assert_eq!(VerifierKey::parse(&text[start..end]).is_ok(), whole);
            }
        }
        for at in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] += 1;
            let altered = String::from_utf8(bytes).unwrap();
            assert!(VerifierKey::parse(&altered).is_err(), "{altered}");
        }
    }
    let witness = VerifierKey::parse(WITNESS_KEY).unwrap();
    assert_eq!(witness.algorithm(), Algorithm::CosignatureV1);
    // The neutral point of the curve: every signature would hold.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let refused = VerifierKey::new("a", Algorithm::Ed25519, &neutral);
    assert_eq!(refused, Err(KeyError::Point));
}

#[test]
fn key_names() {
    for (name, accepted) in [
        ("a", true),
        ("example.com/log42", true),
        ("Prüfer", true),
        ("", false),
        ("a b", false),
        ("a+b", false),
        ("a\nb", false),
        ("a\u{a0}b", false),
        ("a\u{2003}b", false),
        ("a\u{1}b", false),
    ] {
        assert_eq!(SigningKey::from_seed(name, &[1; 32]).is_ok(), accepted, "{name:?}");
        assert_eq!(Signature::new(name, 1, vec![1]).is_ok(), accepted, "{name:?}");
    }
}

#[test]
fn malformed_notes() {
    let good = GO_SIGNATURE;
    for (note, why) in [
        (String::new(), "empty"),
        (GO_TEXT.to_owned(), "text alone"),
        (good.to_owned(), "signature alone"),
        (format!("{GO_TEXT}{good}"), "no empty line"),
        (format!("{GO_TEXT}\n"), "no signature"),
        (format!("{GO_TEXT}\n{}", good.trim_end()), "no final newline"),
        (format!("{GO_TEXT}\n{good}\n"), "an empty line at the end"),
        (format!("{GO_TEXT}\n{good}\n{good}x"), "rest"),
        (format!("{GO_TEXT}\n{}", good.replace('\u{2014}', "-")), "hyphen"),
        (format!("{GO_TEXT}\n{}", good.replace("\u{2014} ", "\u{2014}")), "no space"),
        (
            format!("{GO_TEXT}\n{}", good.replace("PeterNeumann ", "Peter ")).replace("Peter x", "Peter  x"),
            "two spaces",
        ),
        (format!("{GO_TEXT}\n{}", good.replace("PeterNeumann", "Peter+Neumann")), "plus in the name"),
        (format!("{GO_TEXT}\n{}", good.replace("PeterNeumann ", "")), "no name"),
        (format!("{GO_TEXT}\n{}", good.replace("AM=", "AM")), "no padding"),
        (format!("{GO_TEXT}\n{}", good.replace("AM=", "AN=")), "trailing bits"),
        (format!("{GO_TEXT}\n\u{2014} Peter x08gow==\n"), "no bytes after the id"),
        (format!("{GO_TEXT}\n\u{2014} Peter x08g\n"), "no whole id"),
        (format!("{GO_TEXT}\t\n\n{good}"), "tab"),
        (format!("{GO_TEXT}\r\n\n{good}"), "carriage return"),
        (format!("{GO_TEXT}\0\n\n{good}"), "zero byte"),
    ] {
        assert!(Note::parse(&note).is_err(), "{why}");
    }
    let bytes = [b"caf\xe9\n\n", good.as_bytes()].concat();
    assert!(matches!(Note::parse(bytes), Err(NoteError::NotUtf8(_))));
    let many = format!("{GO_TEXT}\n{}", good.repeat(MAX_SIGNATURES + 1));
    assert_eq!(Note::parse(many), Err(NoteError::TooManySignatures));
    let large = format!("{}\n\n{good}", "x".repeat(1_000_000));
    assert!(matches!(Note::parse(large), Err(NoteError::TooLarge { .. })));
    assert_eq!(log_key().sign("no newline"), Err(NoteError::NoFinalNewline));
    assert!(log_key().sign("a\tb\n").is_err());
    assert_eq!(Note::new("a\n", vec![]), Err(NoteError::NoSignatures));
}

#[test]
fn who_signed() {
    let (a, b) = (log_key(), SigningKey::from_seed("log.example/b", &[8; 32]).unwrap());
    let renewed = SigningKey::from_seed("log.example/a", &[10; 32]).unwrap();
    let (key_a, key_b) = (a.verifier_key().clone(), b.verifier_key().clone());
    let text = "text\n\nwith an empty line\n";
    let note = a.sign(text).unwrap();
    let both = note.clone().with_signature(b.signature(text).unwrap()).unwrap();
    let wrong = a.signature("another text\n").unwrap();
    let unknown = NoteError::NoKnownSignature;
    let invalid = NoteError::InvalidSignature { name: a.name().to_owned() };
    let only = std::slice::from_ref;
    assert_eq!(both.verify(&[key_b.clone(), key_a.clone()]), Ok(vec![&key_a, &key_b]));
    assert_eq!(both.verify(only(&key_b)), Ok(vec![&key_b]));
    assert_eq!(note.verify(only(&key_b)), Err(unknown.clone()));
    assert_eq!(note.verify(&[]), Err(unknown.clone()));
    // The same name with another id is another key.
    assert_eq!(note.verify(only(renewed.verifier_key())), Err(unknown));
    // One wrong signature of a known key spoils the note, unless that key is unknown.
    let spoiled = b.sign(text).unwrap().with_signature(wrong).unwrap();
    assert_eq!(spoiled.verify(&[key_a.clone(), key_b.clone()]), Err(invalid));
    assert_eq!(spoiled.verify(only(&key_b)), Ok(vec![&key_b]));
    // A repeated signature is one signer; a repeated key is no ambiguity.
    let twice = note.with_signature(a.signature(text).unwrap()).unwrap();
    assert_eq!(twice.verify(&[key_a.clone(), key_a.clone()]), Ok(vec![&key_a]));
    assert_eq!(twice.only(only(&key_b)), None);
    assert_eq!(both.only(only(&key_b)).unwrap().signatures().len(), 1);
}

#[test]
fn checkpoints() {
    let note = Note::parse(SPEC_CHECKPOINT).unwrap();
    let spec = Checkpoint::parse(note.text()).unwrap();
    assert_eq!((spec.origin.as_str(), spec.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(spec.to_string(), note.text());
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    for (text, accepted) in [
        (format!("o\n0\n{root}\n"), true),
        (format!("o\n7\n{root}\nextension\nanother one\n"), true),
        (format!("with space + plus\n7\n{root}\n"), true),
        (format!("o\n9223372036854775807\n{root}\n"), true),
        (format!("o\n9223372036854775808\n{root}\n"), false),
        (String::new(), false),
        ("o\n7\n".to_owned(), false),
        (format!("\n7\n{root}\n"), false),
        (format!("o\n\n{root}\n"), false),
        (format!("o\n07\n{root}\n"), false),
        (format!("o\n+7\n{root}\n"), false),
        (format!("o\n-7\n{root}\n"), false),
        (format!("o\n7 \n{root}\n"), false),
        (format!("o\n7\n{root}"), false),
        (format!("o\n7\n{root}\n\n"), false),
        (format!("o\n7\n{root}\n\nextension\n"), false),
        (format!("o\n7\n{root}\nextension"), false),
        ("o\n7\nAAAA\n".to_owned(), false),
        (format!("o\n7\n{}\n", root.trim_end_matches('=')), false),
    ] {
        let parsed = Checkpoint::parse(&text);
        assert_eq!(parsed.is_ok(), accepted, "{text:?}");
        assert!(parsed.is_err() || parsed.unwrap().to_string() == text);
    }
}

#[test]
fn checkpoints_are_bound_to_their_log() {
    let (key, witness) = (log_key(), witness_key());
    let good = Checkpoint { origin: key.name().to_owned(), size: 3, root: leaf_hash(b"root"), extensions: vec![] };
    let note = checkpoint::signed(&good, &key).unwrap();
    let opened = checkpoint::open(note.to_string(), key.verifier_key()).unwrap();
    assert_eq!(opened, (good.clone(), note.clone()));
    for broken in [
        Checkpoint { origin: "log.example/b".to_owned(), ..good.clone() },
        Checkpoint { size: u64::MAX, ..good.clone() },
        Checkpoint { extensions: vec![String::new()], ..good.clone() },
        Checkpoint { extensions: vec!["two\nlines".to_owned()], ..good.clone() },
        Checkpoint { extensions: vec!["tab\t".to_owned()], ..good.clone() },
    ] {
        assert!(checkpoint::signed(&broken, &key).is_err(), "{broken:?}");
    }
    // Signed by the log's key, but in another log's name.
    let text = Checkpoint { origin: "log.example/b".to_owned(), ..good }.to_string();
    let foreign = key.sign(&text).unwrap().to_string();
    let opened = checkpoint::open(foreign, key.verifier_key());
    assert!(matches!(opened, Err(CheckpointError::Origin { .. })));
    let opened = checkpoint::open(note.to_string(), witness.verifier_key());
    assert!(matches!(opened, Err(CheckpointError::NotALogKey { .. })));
    assert!(checkpoint::open(key.sign("not a checkpoint\n").unwrap().to_string(), key.verifier_key()).is_err());
}

#[test]
fn cosignatures() {
    // The standard's example is dated as its text says.
    let spec = Note::parse(SPEC_CHECKPOINT).unwrap();
    let line = &spec.signatures()[1];
    assert_eq!((line.name(), line.key_id()), ("witness.example.com/w1", 0x8d66_cf3f));
    assert_eq!(line.bytes()[..8], 1_679_315_147_u64.to_be_bytes());
    let (log, witness) = (log_key(), witness_key());
    let signed = Checkpoint { origin: log.name().to_owned(), ..Checkpoint::parse(spec.text()).unwrap() };
    let note = checkpoint::signed(&signed, &log).unwrap();
    let signature = witness.cosign(&note, 1_679_315_147).unwrap();
    assert_eq!(signature.bytes().len(), 72);
    let key = witness.verifier_key();
    assert_eq!(cosignature::verify(note.text(), &signature, key), Ok(1_679_315_147));
    // The witness's seed as a plain key over the message as the standard spells it makes the same 64 bytes.
    let plain = SigningKey::from_seed("any", &[9; 32]).unwrap();
    let message = format!("cosignature/v1\ntime 1679315147\n{}", note.text());
    assert_eq!(plain.signature(&message).unwrap().bytes(), &signature.bytes()[8..]);
    for at in 0..72 {
        let mut bytes = signature.bytes().to_vec();
        bytes[at] ^= 1;
        let altered = Signature::new(signature.name(), signature.key_id(), bytes).unwrap();
        assert!(cosignature::verify(note.text(), &altered, key).is_err(), "byte {at}");
    }
    let keys = [log.verifier_key().clone(), key.clone()];
    assert_eq!(cosigners(&note, &keys[1..]), Ok(vec![]));
    let cosigned = note.clone().with_signature(signature).unwrap();
    assert_eq!(cosigned.verify(&keys).unwrap().len(), 2);
    assert_eq!(cosigners(&cosigned, &keys[1..]), Ok(vec![(key, 1_679_315_147)]));
    // A log's key never cosigns, even where its signature is over the very message a cosigner signs.
    let lured = log.signature(&message).unwrap();
    let bytes = [&1_679_315_147_u64.to_be_bytes(), lured.bytes()].concat();
    let lured = Signature::new(log.name(), lured.key_id(), bytes).unwrap();
    assert!(cosignature::verify(note.text(), &lured, log.verifier_key()).is_err());
    // A log's own signature is no cosignature.
    assert!(cosigners(&cosigned, &keys).is_err());
    assert!(matches!(witness.cosign(&note, u64::MAX), Err(CosignError::Time { .. })));
    let other = log.sign("not a checkpoint\n").unwrap();
    assert!(matches!(witness.cosign(&other, 1), Err(CosignError::NotACheckpoint(_))));
}

#[test]
fn one_key_under_two_names_is_one_witness() {
    let (log, one) = (log_key(), witness_key());
    let two = CosignerKey::from_seed("witness.example/other", &[9; 32]).unwrap();
    let root = leaf_hash(b"");
    let checkpoint = Checkpoint { origin: log.name().to_owned(), size: 1, root, extensions: vec![] };
    let note = checkpoint::signed(&checkpoint, &log).unwrap();
    let (a, b) = (one.cosign(&note, 5).unwrap(), two.cosign(&note, 6).unwrap());
    let note = note.with_signature(a).unwrap().with_signature(b).unwrap();
    let keys = [one.verifier_key().clone(), two.verifier_key().clone()];
    assert_eq!(cosigners(&note, &keys), Ok(vec![(&keys[0], 6)]));
}

#[test]
fn portable_proofs() {
    let (log, witness) = (log_key(), witness_key());
    let entries: Vec<Vec<u8>> = (0..11_u8).map(|i| vec![i; 3]).collect();
    let nodes: MemoryNodes = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let checkpoint =
        Checkpoint { origin: log.name().to_owned(), size: 11, root: root_at(&nodes, 11).unwrap(), extensions: vec![] };
    let note = checkpoint::signed(&checkpoint, &log).unwrap();
    let cosigned = note.clone().with_signature(witness.cosign(&note, 42).unwrap()).unwrap();
    for (index, extra) in [(0, vec![]), (4, b"salt".to_vec()), (10, vec![0])] {
        let hashes = inclusion_proof(&nodes, index, 11).unwrap();
        let proof = LogProof { extra, index, hashes, checkpoint: cosigned.clone() };
        let text = proof.to_string();
        assert_eq!(LogProof::parse(&text).unwrap(), proof);
        let leaf = leaf_hash(&entries[index as usize]);
        assert_eq!(proof.verify(&leaf, log.verifier_key()), Ok(checkpoint.clone()));
        let other = proof.verify(&leaf_hash(b"other"), log.verifier_key());
        assert!(matches!(other, Err(LogProofError::Proof(_))));
        let stranger = SigningKey::from_seed(log.name(), &[1; 32]).unwrap();
        let other = proof.verify(&leaf, stranger.verifier_key());
        assert!(matches!(other, Err(LogProofError::Checkpoint(_))));
    }
    // A tree of one leaf has a proof without hashes.
    let single = format!("c2sp.org/tlog-proof@v1\nindex 0\n\n{note}");
    assert!(LogProof::parse(&single).unwrap().hashes.is_empty());
    let hash = leaf_hash(b"").to_string();
    for head in [
        "",
        "c2sp.org/tlog-proof@v2\nindex 0",
        "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v1\nindex",
        "c2sp.org/tlog-proof@v1\nindex 01",
        "c2sp.org/tlog-proof@v1\nindex -1",
        "c2sp.org/tlog-proof@v1\nextra \nindex 0",
        "c2sp.org/tlog-proof@v1\nextra !\nindex 0",
        "c2sp.org/tlog-proof@v1\nextra AA==\nextra AA==\nindex 0",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AA==",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA",
        &format!("c2sp.org/tlog-proof@v1\nindex 0{}", format!("\n{hash}").repeat(64)),
    ] {
        assert!(LogProof::parse(format!("{head}\n\n{note}")).is_err(), "{head:?}");
    }
}

#[test]
fn signature_lines_alone() {
    assert_eq!(parse_signatures(GO_SIGNATURE).unwrap().len(), 1);
    for lines in ["", "\n", GO_SIGNATURE.trim_end(), &format!("{GO_SIGNATURE}\n")] {
        assert!(parse_signatures(lines).is_err(), "{lines:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_note_round_trips_and_no_part_of_it_verifies(
        text in "([^\u{0}-\u{1f}]{0,12}\n){1,4}",
        name in "[a-zA-Z0-9./é-]{1,12}",
        seed: [u8; 32],
        mask in 1..=127u8,
    ) {
        let key = SigningKey::from_seed(&name, &seed).unwrap();
        let keys = [key.verifier_key().clone()];
        let note = key.sign(&text).unwrap();
        let bytes = note.to_string().into_bytes();
        prop_assert_eq!(Note::parse(&bytes).unwrap(), note);
        prop_assert_eq!(verified(&bytes, &keys), Ok(1));
        for end in 0..bytes.len() {
            prop_assert!(verified(&bytes[..end], &keys).is_err(), "truncated to {} bytes", end);
        }
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= mask;
            prop_assert!(verified(&altered, &keys).is_err(), "byte {} altered", at);
        }
    }

    #[test]
    fn anything_parses_or_is_refused(bytes: Vec<u8>, text in "\\PC{0,40}|(\u{2014}| |\n|[a-z=+/]){0,60}") {
        for input in [bytes.as_slice(), text.as_bytes()] {
            if let Ok(note) = Note::parse(input) {
                prop_assert_eq!(note.to_string().into_bytes(), input);
            }
            if let Ok(proof) = LogProof::parse(input) {
                prop_assert_eq!(proof.to_string().into_bytes(), input);
            }
        }
        if let Ok(checkpoint) = Checkpoint::parse(&text) {
            prop_assert_eq!(checkpoint.to_string(), text.clone());
        }
        if let Ok(key) = VerifierKey::parse(&text) {
            prop_assert_eq!(key.to_string(), text);
        }
    }
}

//! What a witness answers, case by case, and the texts of the exchange.
#![cfg(test)]

use ward_tlog::witness::{add_cosignatures, format_conflict, format_cosignatures, parse_conflict};
use ward_tlog::{
    AddCheckpoint, Checkpoint, CosignerKey, Hash, MemoryNodes, Note, SigningKey, WitnessError, checkpoint,
    consistency_proof, decide, empty_root, leaf_hash, root_at,
};

// The example of C2SP tlog-witness.
const SPEC_REQUEST: &str = "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\u{2014} example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";

struct Log {
    key: SigningKey,
    nodes: MemoryNodes,
}

impl Log {
    fn new(entries: u64, salt: u8) -> Self {
        let leaves = (0..entries).map(|i| leaf_hash(&[i as u8, salt]));
        Self { key: SigningKey::from_seed("log.example/a", &[7; 32]).unwrap(), nodes: leaves.collect() }
    }

    fn root(&self, size: u64) -> Hash {
        root_at(&self.nodes, size).unwrap()
    }

    fn note(&self, size: u64) -> Note {
        let checkpoint =
            Checkpoint { origin: self.key.name().to_owned(), size, root: self.root(size), extensions: vec![] };
        checkpoint::signed(&checkpoint, &self.key).unwrap()
    }

    fn proof(&self, old: u64, new: u64) -> Vec<Hash> {
        consistency_proof(&self.nodes, old, new).unwrap_or_default()
    }

    fn request(&self, old: u64, new: u64) -> AddCheckpoint {
        AddCheckpoint::new(old, self.proof(old, new), self.note(new)).unwrap()
    }
}

#[test]
fn the_published_request_is_read_and_written() {
    let request = AddCheckpoint::parse(SPEC_REQUEST).unwrap();
    assert_eq!(request.origin(), "example.com/behind-the-sofa");
    assert_eq!(request.old_size(), 20_852_014);
    assert_eq!(request.note().signatures().len(), 2);
    assert_eq!(request.to_string(), SPEC_REQUEST);
}

#[test]
fn honest_growth_is_accepted() {
    let log = Log::new(40, 0);
    let keys = [log.key.verifier_key().clone()];
    for new in 0..=40 {
        for old in 0..=new {
            let known = (old > 0).then(|| (old, log.root(old)));
            let body = log.request(old, new).to_string();
            let accepted = decide(known, &AddCheckpoint::parse(body).unwrap(), &keys).unwrap();
            assert_eq!((accepted.checkpoint.size, accepted.checkpoint.root), (new, log.root(new)));
        }
    }
}

fn check(case: &str, known: Option<(u64, Hash)>, request: &AddCheckpoint, expected: Result<u64, u16>) {
    let keys = [Log::new(0, 0).key.verifier_key().clone()];
    let answer = decide(known, request, &keys);
    let answer = answer.map(|accepted| accepted.checkpoint.size).map_err(|error| error.status());
    assert_eq!(answer, expected, "{case}");
}

#[test]
fn decisions() {
    let (log, fork) = (Log::new(20, 0), Log::new(20, 1));
    let known = |size| Some((size, log.root(size)));
    let with = |old, proof, note| AddCheckpoint::new(old, proof, note).unwrap();
    let key = SigningKey::from_seed("log.example/a", &[1; 32]).unwrap();
    let by_stranger = key.sign(log.note(8).text()).unwrap();
    let spoiled = by_stranger.clone().with_signature(log.key.signature(log.note(9).text()).unwrap());
    let cosigned_too = log.note(8).with_signature(by_stranger.signatures()[0].clone()).unwrap();
    let wrong_empty = log.key.sign(&format!("log.example/a\n0\n{}\n", log.root(1))).unwrap();
    let mut altered = log.proof(5, 8);
    altered[0].0[0] ^= 1;
    for (case, known, request, expected) in [
        ("first checkpoint", None, log.request(0, 8), Ok(8)),
        ("empty log", None, log.request(0, 0), Ok(0)),
        ("growth", known(5), log.request(5, 8), Ok(8)),
        ("same again", known(8), log.request(8, 8), Ok(8)),
        ("an unknown signature too", known(5), with(5, log.proof(5, 8), cosigned_too), Ok(8)),
        ("known size zero", Some((0, empty_root())), log.request(0, 8), Ok(8)),
        ("unknown signer", known(5), with(5, log.proof(5, 8), by_stranger), Err(403)),
        ("wrong signature", known(5), with(5, log.proof(5, 8), spoiled.unwrap()), Err(403)),
        ("old above new", known(8), with(8, vec![], log.note(5)), Err(400)),
        ("client behind", known(8), log.request(5, 12), Err(409)),
        ("client ahead", known(5), log.request(8, 12), Err(409)),
        ("client asks from zero", known(5), log.request(0, 12), Err(409)),
        ("witness new, old not zero", None, log.request(5, 8), Err(409)),
        ("another root, same size", known(8), fork.request(8, 8), Err(422)),
        ("a fork", known(5), fork.request(5, 8), Err(422)),
        ("altered proof", known(5), with(5, altered, log.note(8)), Err(422)),
        ("no proof", known(5), with(5, vec![], log.note(8)), Err(422)),
        ("proof of nothing", known(8), with(8, log.proof(5, 8), log.note(8)), Err(422)),
        ("proof from zero", None, with(0, log.proof(5, 8), log.note(8)), Err(422)),
        ("empty log, other root", None, with(0, vec![], wrong_empty), Err(422)),
    ] {
        check(case, known, &request, expected);
    }
}

#[test]
fn refusals_say_what_the_answer_needs() {
    let log = Log::new(20, 0);
    let keys = [log.key.verifier_key().clone()];
    let conflict = decide(Some((5, log.root(5))), &log.request(8, 12), &keys);
    assert_eq!(conflict, Err(WitnessError::Conflict { known: 5 }));
    let fork = Log::new(20, 1);
    let changed = decide(Some((8, log.root(8))), &fork.request(8, 8), &keys);
    assert_eq!(changed, Err(WitnessError::RootChanged { size: 8 }));
    let forked = decide(Some((5, log.root(5))), &fork.request(5, 8), &keys);
    assert!(matches!(forked, Err(WitnessError::Proof(_))));
    let unknown = decide(None, &AddCheckpoint::parse(SPEC_REQUEST).unwrap(), &keys).unwrap_err();
    assert_eq!(unknown.status(), 404);
    assert_eq!(decide(None, &log.request(0, 5), &[]).unwrap_err().status(), 404);
    assert_eq!(format_conflict(5), "5\n");
    for (body, size) in [("5\n", Some(5)), ("0\n", Some(0)), ("5", None), ("05\n", None), ("\n", None), ("", None)] {
        assert_eq!(parse_conflict(body), size, "{body:?}");
    }
}

#[test]
fn malformed_requests() {
    let log = Log::new(8, 0);
    let note = log.note(8);
    let hash = log.root(3);
    for body in [
        String::new(),
        format!("old 5\n{note}"),
        format!("old 5\n{hash}\n{note}"),
        format!("old 05\n\n{note}"),
        format!("old -1\n\n{note}"),
        format!("old\n\n{note}"),
        format!("old 5 \n\n{note}"),
        format!("new 5\n\n{note}"),
        format!("\nold 5\n\n{note}"),
        format!("old 5\n{hash}x\n\n{note}"),
        format!("old 5\nAAAA\n\n{note}"),
        format!("old 5\n{}\n{note}", format!("{hash}\n").repeat(64)),
        "old 5\n\n".to_owned(),
        format!("old 5\n\n{}", note.text()),
        format!("old 5\n\n{}", log.key.sign("no checkpoint\n").unwrap()),
    ] {
        let status = AddCheckpoint::parse(&body).map_err(|error| error.status());
        assert_eq!(status.map(drop), Err(400), "{body}");
    }
    let most = format!("old 5\n{}\n{note}", format!("{hash}\n").repeat(63));
    assert_eq!(AddCheckpoint::parse(&most).unwrap().to_string(), most);
    assert!(AddCheckpoint::parse(b"old 5\n\n\xff").is_err());
}

#[test]
fn cosignatures_come_back() {
    let log = Log::new(8, 0);
    let keys = [log.key.verifier_key().clone()];
    let witness = CosignerKey::from_seed("witness.example/w", &[9; 32]).unwrap();
    let stranger = CosignerKey::from_seed("witness.example/s", &[2; 32]).unwrap();
    let witnesses = [witness.verifier_key().clone()];
    let accepted = decide(None, &log.request(0, 8), &keys).unwrap();
    let lines = [stranger.cosign(&accepted.note, 7).unwrap(), witness.cosign(&accepted.note, 7).unwrap()];
    let cosigned = add_cosignatures(log.note(8), &format_cosignatures(&lines), &witnesses).unwrap();
    assert_eq!(cosigned.signatures().len(), 2, "the log's and the known witness's");
    assert_eq!(cosigned.verify(&witnesses).unwrap(), [&witnesses[0]]);
    // Nothing known, another checkpoint, no lines.
    let only_stranger = format_cosignatures(&lines[..1]);
    assert!(add_cosignatures(log.note(8), &only_stranger, &witnesses).is_err());
    assert!(add_cosignatures(log.note(7), &format_cosignatures(&lines), &witnesses).is_err());
    assert!(add_cosignatures(log.note(8), "", &witnesses).is_err());
}

//! Whom a hub's alerts are believed by: the signers that were pinned on joining, and those whom a known signer enrolled since.
//!
//! A hub's server alone cannot make a signer that a node believes: after joining, the hub's log key no longer vouches for anyone. What it
//! can do is leave a signer out, which only takes belief away.

use serde::{Deserialize, Serialize};
use ward_directory::{HubFacts, SignerFact, enrolment_text, roster_text};
use ward_tlog::{Algorithm, Note, VerifierKey};

/// A signer whom this installation believes, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedSigner {
    #[serde(flatten)]
    pub fact: SignerFact,
    /// The hub no longer lists it, so it is no longer believed.
    #[serde(default)]
    pub retired: bool,
}

/// What became of the list of known signers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    /// The new list.
    pub signers: Vec<TrustedSigner>,
    /// Keys that are believed from now on, and no longer.
    pub accepted: Vec<String>,
    pub retired: Vec<String>,
    /// Signers for whom nobody known vouches, and those that were retired before.
    pub refused: Vec<SignerFact>,
}

/// The key of a log, as text; witnesses' keys are refused.
pub(crate) fn log_key(text: &str) -> Result<VerifierKey, String> {
    let key = VerifierKey::parse(text).map_err(|e| format!("the key of its log cannot be read: {e}"))?;
    if key.algorithm() != Algorithm::Ed25519 {
        return Err("the key of its log is a witness's".to_owned());
    }
    Ok(key)
}

/// The key of a log's witness, as text; it is named after the log.
pub(crate) fn witness_key(text: &str, log_key: &VerifierKey) -> Result<VerifierKey, String> {
    let key = VerifierKey::parse(text).map_err(|e| format!("the key of its witness cannot be read: {e}"))?;
    let is_witness = key.algorithm() == Algorithm::CosignatureV1;
    if !is_witness || key.name().strip_suffix("/witness") != Some(log_key.name()) {
        return Err("the key of its witness is not that of its log's witness".to_owned());
    }
    Ok(key)
}

/// The signers of a hub that is joined: all must be vouched for, by the hub's log key or by a signer before them in the list.
pub(crate) fn pin(facts: &HubFacts, hub_key: &VerifierKey) -> Result<Vec<TrustedSigner>, String> {
    check_roster(facts, hub_key)?;
    let mut pinned: Vec<TrustedSigner> = Vec::new();
    for fact in &facts.signers {
        let name = &fact.name;
        if pinned.iter().any(|known| known.fact.verifier_key == fact.verifier_key) {
            return Err(format!("it lists the signer `{name}` twice"));
        }
        let vouched = match &fact.enrolled_by {
            None => vouched_by_log(fact, hub_key),
            Some(by) if is_believed(&pinned, by) => vouched_by_signer(fact, by),
            Some(_) => Err("nobody before it in the list vouches for it".to_owned()),
        };
        vouched.map_err(|why| format!("the enrolment of the signer `{name}` does not hold: {why}"))?;
        pinned.push(TrustedSigner { fact: fact.clone(), retired: false });
    }
    Ok(pinned)
}

/// Compares a hub's list with the signers known. Only a known signer vouches for a new one.
pub(crate) fn compare(facts: &HubFacts, hub_key: &VerifierKey, known: &[TrustedSigner]) -> Result<Compared, String> {
    check_roster(facts, hub_key)?;
    let mut compared = Compared { signers: known.to_vec(), ..Compared::default() };
    let is_listed = |key: &str| facts.signers.iter().any(|fact| fact.verifier_key == key);
    for signer in &mut compared.signers {
        if !signer.retired && !is_listed(&signer.fact.verifier_key) {
            compared.retired.push(signer.fact.verifier_key.clone());
            signer.retired = true;
        }
    }
    for fact in &facts.signers {
        match compared.signers.iter().find(|known| known.fact.verifier_key == fact.verifier_key) {
            // A key is retired because it was lost, perhaps: the hub alone does not bring it back.
            Some(known) if known.retired => compared.refused.push(fact.clone()),
            Some(_) => {}
            None => compared.judge(fact),
        }
    }
    Ok(compared)
}

impl Compared {
    fn judge(&mut self, fact: &SignerFact) {
        let by = fact.enrolled_by.as_ref().filter(|by| is_believed(&self.signers, by));
        if by.is_some_and(|by| vouched_by_signer(fact, by).is_ok()) {
            self.accepted.push(fact.verifier_key.clone());
            self.signers.push(TrustedSigner { fact: fact.clone(), retired: false });
        } else {
            self.refused.push(fact.clone());
        }
    }
}

/// The keys that may sign alerts.
pub(crate) fn believed(signers: &[TrustedSigner]) -> Vec<String> {
    signers.iter().filter(|signer| !signer.retired).map(|signer| signer.fact.verifier_key.clone()).collect()
}

/// A retired signer vouches for nobody any more.
fn is_believed(known: &[TrustedSigner], key: &str) -> bool {
    known.iter().any(|signer| signer.fact.verifier_key == key && !signer.retired)
}

fn vouched_by_log(fact: &SignerFact, hub_key: &VerifierKey) -> Result<(), String> {
    let text = enrolled(fact, hub_key)?;
    if text != enrolment_text(hub_key.name(), &fact.verifier_key) {
        return Err("it is of another key or another log".to_owned());
    }
    Ok(())
}

/// The log may be another hub's, one whose alerts are passed on: whom a known signer enrolled there is known through that signer.
fn vouched_by_signer(fact: &SignerFact, by: &str) -> Result<(), String> {
    let text = enrolled(fact, &VerifierKey::parse(by).map_err(|e| e.to_string())?)?;
    let origin = text.lines().nth(1).unwrap_or_default();
    if text != enrolment_text(origin, &fact.verifier_key) {
        return Err("it is of another key".to_owned());
    }
    Ok(())
}

/// The text by which a signer was enrolled, once the voucher's signature holds.
fn enrolled(fact: &SignerFact, voucher: &VerifierKey) -> Result<String, String> {
    let key = VerifierKey::parse(&fact.verifier_key).map_err(|e| e.to_string())?;
    if key.algorithm() != Algorithm::Ed25519 {
        return Err("its key is a witness's".to_owned());
    }
    let note = Note::parse(&fact.enrolment).map_err(|e| e.to_string())?;
    note.verify(std::slice::from_ref(voucher)).map_err(|e| e.to_string())?;
    Ok(note.text().to_owned())
}

fn check_roster(facts: &HubFacts, hub_key: &VerifierKey) -> Result<(), String> {
    let keys: Vec<String> = facts.signers.iter().map(|fact| fact.verifier_key.clone()).collect();
    let note = Note::parse(&facts.roster).map_err(|e| format!("its list of signers is not a signed note: {e}"))?;
    let verified = note.verify(std::slice::from_ref(hub_key));
    verified.map_err(|e| format!("its list of signers is not signed by its log's key: {e}"))?;
    if note.text() != roster_text(hub_key.name(), &keys) {
        return Err("its signed list of signers is not the list it shows".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ward_tlog::SigningKey;

    const ORIGIN: &str = "ward/hub/1";

    fn key(name: &str, seed: u8) -> SigningKey {
        SigningKey::from_seed(name, &[seed; 32]).unwrap()
    }

    fn hub() -> SigningKey {
        key(ORIGIN, 1)
    }

    fn person(seed: u8) -> SigningKey {
        key(&format!("ward/signer/{seed}"), seed)
    }

    fn listed(seed: u8, by: &SigningKey, by_log: bool, origin: &str) -> SignerFact {
        let verifier_key = person(seed).verifier_key().to_string();
        let text = enrolment_text(origin, &verifier_key);
        SignerFact {
            verifier_key,
            name: format!("Person {seed}"),
            office: String::new(),
            enrolled_by: (!by_log).then(|| by.verifier_key().to_string()),
            enrolment: by.sign(&text).unwrap().to_string(),
        }
    }

    fn facts(signers: Vec<SignerFact>) -> HubFacts {
        let keys: Vec<String> = signers.iter().map(|signer| signer.verifier_key.clone()).collect();
        HubFacts {
            name: "Hub".to_owned(),
            identity_id: "identity--1".to_owned(),
            verifier_key: hub().verifier_key().to_string(),
            witness_verifier_key: String::new(),
            roster: hub().sign(&roster_text(ORIGIN, &keys)).unwrap().to_string(),
            signers,
            api_root: "/share/".to_owned(),
            alerts_collection: "alerts".to_owned(),
            answers_collection: "answers".to_owned(),
        }
    }

    fn first() -> Vec<SignerFact> {
        vec![listed(2, &hub(), true, ORIGIN), listed(3, &person(2), false, ORIGIN)]
    }

    fn pinned(signers: Vec<SignerFact>) -> Result<Vec<TrustedSigner>, String> {
        pin(&facts(signers), hub().verifier_key())
    }

    #[test]
    fn pinning_asks_for_an_unbroken_chain() {
        assert_eq!(pinned(first()).unwrap().len(), 2);
        let mut backwards = first();
        backwards.reverse();
        let of_another = SignerFact { enrolment: listed(3, &hub(), true, ORIGIN).enrolment, ..first()[0].clone() };
        let cases = [
            (backwards, "nobody before it"),
            (vec![listed(2, &key("ward/stranger", 9), true, ORIGIN)], "does not hold"),
            (vec![listed(2, &hub(), true, "ward/other/1")], "another log"),
            (vec![first()[0].clone(), first()[0].clone()], "twice"),
            (vec![of_another], "another key"),
        ];
        for (signers, expected) in cases {
            let problem = pinned(signers).unwrap_err();
            assert!(problem.contains(expected), "{problem}");
        }
    }

    #[test]
    fn the_list_is_signed_as_it_is_shown() {
        let mut shortened = facts(first());
        shortened.signers.pop();
        assert!(pin(&shortened, hub().verifier_key()).unwrap_err().contains("not the list"));
        let other = key(ORIGIN, 7);
        assert!(pin(&facts(first()), other.verifier_key()).unwrap_err().contains("not signed"));
    }

    #[test]
    fn only_a_known_signer_vouches_for_a_new_one() {
        let known = pinned(first()).unwrap();
        let check = |more: Vec<SignerFact>, accepted: usize, refused: usize| {
            let list = first().into_iter().chain(more).collect();
            let compared = compare(&facts(list), hub().verifier_key(), &known).unwrap();
            assert_eq!((compared.accepted.len(), compared.refused.len()), (accepted, refused));
            assert_eq!(believed(&compared.signers).len(), known.len() + accepted);
        };
        check(vec![], 0, 0);
        check(vec![listed(4, &person(3), false, ORIGIN)], 1, 0);
        check(vec![listed(4, &person(3), false, "ward/upstream/1")], 1, 0);
        check(vec![listed(4, &person(3), false, ORIGIN), listed(5, &person(4), false, ORIGIN)], 2, 0);
        check(vec![listed(4, &hub(), true, ORIGIN)], 0, 1);
        check(vec![listed(4, &person(9), false, ORIGIN)], 0, 1);
        check(vec![listed(4, &hub(), true, ORIGIN), listed(5, &person(4), false, ORIGIN)], 0, 2);
    }

    #[test]
    fn who_is_left_out_is_no_longer_believed() {
        let known = pinned(first()).unwrap();
        let without = compare(&facts(first()[..1].to_vec()), hub().verifier_key(), &known).unwrap();
        assert_eq!(without.retired, [first()[1].verifier_key.clone()]);
        assert_eq!(believed(&without.signers), [first()[0].verifier_key.clone()]);
        let again = compare(&facts(first()), hub().verifier_key(), &without.signers).unwrap();
        assert_eq!((again.accepted.len(), again.refused.len()), (0, 1), "nor is it again because the hub says so");
        assert_eq!(believed(&again.signers).len(), 1);
    }
}

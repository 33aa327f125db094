//! The evidence of an alert: what a node checks before it acts on one. No database and no network is needed.
//!
//! Two different people whose keys the node trusts signed the manifest of exactly these objects, and the hub's log, under the key that
//! the node pinned when it joined, holds the entry of the publication. One of the two without the other is not enough.

use serde::{Deserialize, Serialize};
use ward_directory::SignerFact;
use ward_store::Proof;
use ward_tlog::{Hash, Note, VerifierKey, checkpoint, leaf_hash, verify_inclusion};

use super::manifest::{Manifest, ManifestProblem, ObjectBytes, sha256_hex};

/// The act of a hub that publishes its own alert.
pub const PUBLISHED: &str = "alert.published";
/// The act of an installation that passes on a hub's alert to its own members.
pub const RELAYED: &str = "alert.relayed";
/// How many different people sign an alert.
pub const SIGNERS_NEEDED: usize = 2;

/// What a hub hands to the recipients of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The signed note: the manifest and the signatures.
    pub note: String,
    /// The proof of the entry of the publication.
    pub proof: Proof,
    /// Who the signers are, as the hub enrolled them.
    pub signers: Vec<SignerFact>,
}

/// What was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// The trusted keys that signed, in the order of their signatures.
    pub signed_by: Vec<String>,
    /// The log that holds the entry, the entry's number and the size of the tree that proves it.
    pub log: String,
    pub number: u64,
    pub size: u64,
    /// The act: published by the hub itself, or relayed.
    pub act: String,
    /// Origin of the log of the hub that made the alert.
    pub made_by: String,
    /// When it was published or relayed there, in microseconds UTC.
    pub at: i64,
}

/// Why an alert is not acted on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceProblem {
    #[error("`{key}` is not a verifier key")]
    Key {
        key: String,
        #[source]
        source: ward_tlog::KeyError,
    },
    #[error("the checkpoint is not one of the hub's log")]
    Checkpoint(#[source] ward_tlog::CheckpointError),
    #[error("the entry has no number or its salt cannot be read")]
    Entry,
    #[error("the entry is not in the hub's log")]
    NotInLog(#[source] ward_tlog::ProofError),
    #[error("the entry cannot be read")]
    EntryText,
    #[error("the entry's {field} is `{found}`, not `{expected}`")]
    OtherEntry { field: &'static str, found: String, expected: String },
    #[error("the signatures cannot be verified")]
    Note(#[source] ward_tlog::NoteError),
    #[error("{found} of {SIGNERS_NEEDED} needed signatures are of trusted signers")]
    TooFewSigners { found: usize },
    #[error("the alert's objects are not what was signed")]
    Manifest(#[from] ManifestProblem),
    #[error("the manifest is of another alert or hub: its {field} is `{found}`")]
    OtherManifest { field: &'static str, found: String },
}

/// What of an entry's body is looked at.
#[derive(Deserialize)]
struct EntryBody {
    act: String,
    subject: String,
    at: i64,
    detail: EntryDetail,
}

#[derive(Deserialize)]
struct EntryDetail {
    modified: String,
    note_sha256: String,
}

/// Checks everything. `hub_verifier_key` is the pinned key of the log that the alert came from; `trusted_signers` are the keys of the signers
/// that were pinned or verified since; `objects` are the report and every other object as received; `acts` says whether only
/// [`PUBLISHED`] or also [`RELAYED`] will do.
///
/// # Errors
/// The first [`EvidenceProblem`].
pub fn verify_evidence(
    evidence: &Evidence,
    hub_verifier_key: &str,
    trusted_signers: &[String],
    objects: &[ObjectBytes<'_>],
    report_id: &str,
    modified: &str,
    acts: &[&str],
) -> Result<Verified, EvidenceProblem> {
    let hub_key = key(hub_verifier_key)?;
    let (number, size) = check_inclusion(&evidence.proof, &hub_key)?;
    let entry = check_entry(evidence, report_id, modified, acts)?;
    let note = Note::parse(&evidence.note).map_err(EvidenceProblem::Note)?;
    let manifest = Manifest::parse(note.text())?;
    check_about(&manifest, &entry, &hub_key, report_id, modified)?;
    let signed_by = signers(&note, trusted_signers)?;
    manifest.check(objects)?;
    Ok(Verified {
        signed_by,
        log: hub_key.name().to_owned(),
        number,
        size,
        act: entry.act,
        made_by: manifest.origin,
        at: entry.at,
    })
}

/// The trusted keys that signed a note, at least [`SIGNERS_NEEDED`] with different public keys.
///
/// # Errors
/// [`EvidenceProblem::Key`], [`EvidenceProblem::Note`] or [`EvidenceProblem::TooFewSigners`].
pub fn signers(note: &Note, trusted: &[String]) -> Result<Vec<String>, EvidenceProblem> {
    let keys = trusted.iter().map(|text| key(text)).collect::<Result<Vec<_>, _>>()?;
    let mut signed: Vec<&VerifierKey> = match note.verify(&keys) {
        Ok(signed) => signed,
        Err(ward_tlog::NoteError::NoKnownSignature) => Vec::new(),
        Err(problem) => return Err(EvidenceProblem::Note(problem)),
    };
    // One key under two names is still one key.
    let mut seen = Vec::new();
    signed.retain(|key| {
        let is_new = !seen.contains(key.public_key());
        seen.push(*key.public_key());
        is_new
    });
    if signed.len() < SIGNERS_NEEDED {
        return Err(EvidenceProblem::TooFewSigners { found: signed.len() });
    }
    Ok(signed.into_iter().map(ToString::to_string).collect())
}

fn key(text: &str) -> Result<VerifierKey, EvidenceProblem> {
    VerifierKey::parse(text).map_err(|source| EvidenceProblem::Key { key: text.to_owned(), source })
}

/// The entry's number and the size of the tree, once the entry was found in it.
fn check_inclusion(proof: &Proof, hub_key: &VerifierKey) -> Result<(u64, u64), EvidenceProblem> {
    let (tree, _) = checkpoint::open(&proof.checkpoint, hub_key).map_err(EvidenceProblem::Checkpoint)?;
    let number = proof.entry.number.and_then(|number| u64::try_from(number).ok()).ok_or(EvidenceProblem::Entry)?;
    let leaf: Hash = leaf_hash(&proof.entry.digest().ok_or(EvidenceProblem::Entry)?);
    verify_inclusion(number, tree.size, &leaf, &proof.hashes, &tree.root).map_err(EvidenceProblem::NotInLog)?;
    Ok((number, tree.size))
}

fn check_entry(
    evidence: &Evidence,
    report_id: &str,
    modified: &str,
    acts: &[&str],
) -> Result<EntryBody, EvidenceProblem> {
    let body: EntryBody = serde_json::from_str(&evidence.proof.entry.body).map_err(|_| EvidenceProblem::EntryText)?;
    let other = |field, found: &str, expected: &str| {
        Err(EvidenceProblem::OtherEntry { field, found: found.to_owned(), expected: expected.to_owned() })
    };
    if !acts.contains(&body.act.as_str()) {
        return other("act", &body.act, &acts.join("` or `"));
    }
    let note_sha256 = sha256_hex(evidence.note.as_bytes());
    let said = [
        ("subject", body.subject.as_str(), report_id),
        ("version", body.detail.modified.as_str(), modified),
        ("digest of the note", body.detail.note_sha256.as_str(), note_sha256.as_str()),
    ];
    if let Some((field, found, expected)) = said.into_iter().find(|(_, found, expected)| found != expected) {
        return other(field, found, expected);
    }
    Ok(body)
}

fn check_about(
    manifest: &Manifest,
    entry: &EntryBody,
    hub_key: &VerifierKey,
    report_id: &str,
    modified: &str,
) -> Result<(), EvidenceProblem> {
    let other = |field, found: &str| Err(EvidenceProblem::OtherManifest { field, found: found.to_owned() });
    if manifest.report_id != report_id {
        return other("report", &manifest.report_id);
    }
    if manifest.modified != modified {
        return other("version", &manifest.modified);
    }
    // A relayed alert was made by another hub, whose signers the node trusts by name of their keys.
    if entry.act == PUBLISHED && manifest.origin != hub_key.name() {
        return other("log", &manifest.origin);
    }
    Ok(())
}

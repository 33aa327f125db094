//! The installation as a witness of other logs, and its witnesses (C2SP tlog-witness and tlog-cosignature).
//!
//! The check against what is known and the storing of what is new are one transaction, so that no two requests at once can
//! make a witness vouch for two histories.

use serde_json::json;
use ward_store::{Act, Cosignature, MICROS_PER_SECOND, Tx, add_cosignature, known_log, update_witnessed};
use ward_tlog::witness::{AddCheckpoint, WitnessError, decide, format_cosignatures};
use ward_tlog::{CosignerKey, Note, VerifierKey, checkpoint, cosignature};

use crate::{DirectoryError, Here, Who, keys, sql};

/// A witness key is named after its installation's log.
const WITNESS_SUFFIX: &str = "/witness";
/// The act of noting that a log signed two histories.
const CONTRADICTION: &str = "log.inconsistent";

/// The key with which this installation vouches for other logs' checkpoints.
pub fn witness_key(here: &Here) -> Result<CosignerKey, DirectoryError> {
    let seed = keys::make_key_file(&here.folder, "witness")?;
    let name = format!("{}{WITNESS_SUFFIX}", here.log_key.verifier_key().name());
    CosignerKey::from_seed(&name, &seed).map_err(|e| DirectoryError::Cryptography(e.to_string()))
}

/// Answers an `add-checkpoint` request: the signature lines, or why not (with the standard's status).
pub async fn add_checkpoint(here: &Here, body: &[u8]) -> Result<Result<String, WitnessError>, DirectoryError> {
    let request = match AddCheckpoint::parse(body) {
        Ok(request) => request,
        Err(error) => return Ok(Err(error)),
    };
    let origin = request.origin().to_owned();
    if let Err(error) = signed_by_its_log(here, &request, &origin).await? {
        return Ok(Err(error));
    }
    let mut tx = here.store.begin().await?;
    let Some((key, size, root)) = known_log(&mut tx, &origin).await? else {
        return Ok(Err(WitnessError::UnknownLog { origin }));
    };
    let key = VerifierKey::parse(&key).map_err(|e| DirectoryError::Cryptography(e.to_string()))?;
    let accepted = match decide(Some((size, root)), &request, std::slice::from_ref(&key)) {
        Ok(accepted) => accepted,
        Err(error @ WitnessError::RootChanged { .. }) => {
            record_contradiction(tx, here, &origin, &request).await?;
            return Ok(Err(error));
        }
        Err(error) => return Ok(Err(error)),
    };
    let (now, new) = (here.now(), &accepted.checkpoint);
    if !update_witnessed(&mut tx, &origin, size, new.size, new.root, &accepted.note.to_string(), now).await? {
        return Ok(Err(WitnessError::Conflict { known: size }));
    }
    tx.commit().await?;
    let seconds = (now / MICROS_PER_SECOND).unsigned_abs();
    let line =
        witness_key(here)?.cosign(&accepted.note, seconds).map_err(|e| DirectoryError::Cryptography(e.to_string()))?;
    Ok(Ok(format_cosignatures(&[line])))
}

/// Anybody may ask, so a request takes the one writer's place only once it is known to be a log's own.
async fn signed_by_its_log(
    here: &Here,
    request: &AddCheckpoint,
    origin: &str,
) -> Result<Result<(), WitnessError>, DirectoryError> {
    let Some(key) = sql::witnessed_key(&here.store, origin).await? else {
        return Ok(Err(WitnessError::UnknownLog { origin: origin.to_owned() }));
    };
    let key = VerifierKey::parse(&key).map_err(|e| DirectoryError::Cryptography(e.to_string()))?;
    Ok(match checkpoint::verify(request.note(), std::slice::from_ref(&key)) {
        Ok(_) => Ok(()),
        Err(error) => Err(WitnessError::Signature(error)),
    })
}

/// A log signed two roots for one size. It is recorded once, with both notes; later ones add nothing.
async fn record_contradiction(
    mut tx: Tx,
    here: &Here,
    origin: &str,
    request: &AddCheckpoint,
) -> Result<(), DirectoryError> {
    if sql::has_entry(&mut tx, origin, CONTRADICTION).await? {
        return Ok(());
    }
    let known = sql::witnessed_note(&mut tx, origin).await?;
    let act = Act {
        act: CONTRADICTION,
        actor: "witness",
        organisation: &here.installation.organisation_id,
        subject: origin,
        at: here.now(),
        detail: &json!({"known": known, "other": request.note().to_string()}),
        rows: &[],
    };
    tx.record(act).await?;
    Ok(tx.commit().await?)
}

/// Keeps a member's signature line on this log's checkpoint of `size`, after checking it. The witness key must be named after the
/// log that the member joined with, so that no member speaks for another, and of each witness one line is kept for a checkpoint: a note with
/// too many lines could be read by nobody.
pub async fn keep_cosignature(
    here: &Here,
    who: &Who,
    witness: &VerifierKey,
    size: i64,
    line: &str,
) -> Result<(), DirectoryError> {
    let invalid = || DirectoryError::invalid("the signature is not this witness's on this log's checkpoint");
    let log = witness.name().strip_suffix(WITNESS_SUFFIX).unwrap_or_default();
    if !sql::witnesses_log_of(&here.store, log, &who.organisation.id).await? {
        return Err(invalid());
    }
    let found = sql::checkpoint_note(&here.store, size).await?;
    let text = found.ok_or_else(|| DirectoryError::Unknown { what: "checkpoint", id: size.to_string() })?;
    let note = Note::parse(text).map_err(|e| DirectoryError::Cryptography(e.to_string()))?;
    let signatures = ward_tlog::note::parse_signatures(&format!("{}\n", line.trim_end())).map_err(|_| invalid())?;
    let [signature] = signatures.as_slice() else { return Err(invalid()) };
    cosignature::verify(note.text(), signature, witness).map_err(|_| invalid())?;
    let kept = Cosignature { size, witness: witness.to_string(), line: signature.to_string(), at: here.now() };
    let mut tx = here.store.begin().await?;
    sql::forget_cosignatures(&mut tx, size, &format!("{}+", witness.name())).await?;
    add_cosignature(&mut tx, &kept).await?;
    Ok(tx.commit().await?)
}

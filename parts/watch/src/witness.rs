//! Witnessing both ways (C2SP tlog-witness): this installation cosigns what its hubs' logs say, and has its own log cosigned by them.
//!
//! A checkpoint is cosigned only when it grew out of the last one seen; the check and the storing are one transaction. A log that
//! contradicts itself is recorded once, with what proves it, and said aloud in every round from then on. Witnessing leaves no entry when all is
//! well: each entry makes a new checkpoint, so two installations would keep each other busy for ever.

use serde_json::json;
use ward_directory::{Here, witness_key};
use ward_store::{
    Cosignature, MICROS_PER_SECOND, StoreError, add_cosignature, known_log, latest_checkpoint, nodes_for,
    update_witnessed,
};
use ward_tlog::nodes::NodesFn;
use ward_tlog::note::parse_signatures;
use ward_tlog::witness::parse_conflict;
use ward_tlog::{
    AddCheckpoint, Checkpoint, Hash, Note, VerifierKey, WitnessError, checkpoint, consistency_proof, cosignature,
    decide, proof,
};

use crate::http::{Answer, Place};
use crate::hub::{Hub, hub, place, record, token};
use crate::sql::hubs as sql;
use crate::{WatchError, roster};

/// What came of witnessing a hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witnessed {
    /// The hub has signed no checkpoint yet.
    Nothing,
    /// Nothing new since the last time.
    Unchanged,
    /// This size was cosigned and the hub has the cosignature.
    Cosigned { size: i64 },
}

/// Looks at the latest checkpoint of a hub's log and cosigns it when it grew out of the last one seen.
pub async fn witness_hub(here: &Here, http: &reqwest::Client, hub_id: &str) -> Result<Witnessed, WatchError> {
    let hub = hub(here, hub_id).await?;
    let key = roster::log_key(&hub.verifier_key).map_err(WatchError::NotBelieved)?;
    let token = token(here, &hub)?;
    let place = place(http, &hub, &token);
    let known = sql::witnessed(&here.store, key.name()).await?;
    let (known_size, known_note) =
        known.ok_or_else(|| WatchError::Unknown { what: "log", id: key.name().to_owned() })?;
    let answer = place.get("/log/checkpoint").await?;
    if answer.status == 404 && known_size == 0 {
        return Ok(Witnessed::Nothing);
    }
    let (tree, note) = read_checkpoint(&place, &answer, &key)?;
    let size = tree.size.cast_signed();
    if size < known_size {
        let problem = format!("its log shows {size} entries where it had signed {known_size}");
        return inconsistent(here, &hub, &known_note, &note.to_string(), problem).await;
    }
    let proof = consistency(&place, known_size, size).await?;
    let request = AddCheckpoint::new(known_size.unsigned_abs(), proof, note.clone());
    let request = request.map_err(|e| place.malformed(&e.to_string()))?;
    match accept(here, &key, &request).await? {
        Ok(()) => {}
        // Another round was faster.
        Err(WitnessError::Conflict { .. }) => return Ok(Witnessed::Unchanged),
        Err(problem) => return inconsistent(here, &hub, &known_note, &note.to_string(), in_words(&problem)).await,
    }
    if let Some(problem) = &hub.log_problem {
        return Err(contradiction(&hub, problem));
    }
    if hub.cosigned_size >= size {
        return Ok(Witnessed::Unchanged);
    }
    hand_over(here, &place, &hub, &note, size).await
}

/// Has this installation's latest checkpoint cosigned by a hub. Gives the size when there was something new to cosign.
pub async fn submit_checkpoint(here: &Here, http: &reqwest::Client, hub_id: &str) -> Result<Option<i64>, WatchError> {
    let hub = hub(here, hub_id).await?;
    let Some((size, note)) = latest_checkpoint(&here.store).await? else { return Ok(None) };
    if size == hub.submitted_size || size == 0 {
        return Ok(None);
    }
    let token = token(here, &hub)?;
    let place = place(http, &hub, &token);
    let mut old = hub.submitted_size.min(size);
    let mut answer = place.post_text("/witness/add-checkpoint", request(here, old, size, &note).await?).await?;
    if answer.status == 409 {
        let known = answer.text().and_then(parse_conflict).and_then(|known| i64::try_from(known).ok());
        let known = known.ok_or_else(|| place.malformed("a size was expected"))?;
        if known > size {
            let why =
                format!("it has seen {known} entries of this log, which has {size}: was this installation set back?");
            return Err(WatchError::HubRefused { hub: hub.name.clone(), why });
        }
        old = known;
        answer = place.post_text("/witness/add-checkpoint", request(here, old, size, &note).await?).await?;
    }
    if answer.status != 200 {
        return Err(place.refused(&answer));
    }
    let cosignature = read_cosignature(&place, &hub, &answer, &note, size, here.now())?;
    let mut tx = here.store.begin().await?;
    add_cosignature(&mut tx, &cosignature).await?;
    sql::set_submitted_size(&mut tx, &hub.id, size).await?;
    tx.commit().await?;
    Ok(Some(size))
}

fn read_checkpoint(place: &Place<'_>, answer: &Answer, key: &VerifierKey) -> Result<(Checkpoint, Note), WatchError> {
    if answer.status != 200 {
        return Err(place.refused(answer));
    }
    let opened = checkpoint::open(&answer.body, key);
    opened.map_err(|e| WatchError::NotBelieved(format!("the checkpoint of the hub `{}`: {e}", place.name)))
}

/// The hub's proof that its log grew; empty when there is nothing to prove.
async fn consistency(place: &Place<'_>, from: i64, to: i64) -> Result<Vec<Hash>, WatchError> {
    if from == 0 || from == to {
        return Ok(Vec::new());
    }
    place.json(&place.get(&format!("/log/consistency?from={from}&to={to}")).await?)
}

/// Decides, and stores what was accepted, in one transaction.
async fn accept(
    here: &Here,
    key: &VerifierKey,
    request: &AddCheckpoint,
) -> Result<Result<(), WitnessError>, WatchError> {
    let mut tx = here.store.begin().await?;
    let known = known_log(&mut tx, key.name()).await?;
    let known = known.map(|(_, size, root)| (size, root));
    let accepted = match decide(known, request, std::slice::from_ref(key)) {
        Ok(accepted) => accepted,
        Err(problem) => return Ok(Err(problem)),
    };
    let (old, tree, note) = (request.old_size(), &accepted.checkpoint, accepted.note.to_string());
    if old != tree.size && !update_witnessed(&mut tx, key.name(), old, tree.size, tree.root, &note, here.now()).await? {
        return Ok(Err(WitnessError::Conflict { known: old }));
    }
    tx.commit().await?;
    Ok(Ok(()))
}

/// Cosigns and gives the cosignature to the hub.
async fn hand_over(here: &Here, place: &Place<'_>, hub: &Hub, note: &Note, size: i64) -> Result<Witnessed, WatchError> {
    let seconds = u64::try_from(here.now() / MICROS_PER_SECOND).unwrap_or_default();
    let witness = witness_key(here)?;
    let line = witness.cosign(note, seconds).map_err(|e| StoreError::Record(e.to_string()))?;
    let cosignature = json!({"size": size, "line": line.to_string(), "witness": witness.verifier_key().to_string()});
    let answer = place.post_json("/api/cosignatures", &cosignature).await?;
    if !matches!(answer.status, 200 | 204) {
        return Err(place.refused(&answer));
    }
    let mut tx = here.store.begin().await?;
    sql::set_cosigned_size(&mut tx, &hub.id, size).await?;
    tx.commit().await?;
    Ok(Witnessed::Cosigned { size })
}

/// Records once that a log contradicts itself, with the two signed notes, and says so.
async fn inconsistent<T>(here: &Here, hub: &Hub, known: &str, shown: &str, problem: String) -> Result<T, WatchError> {
    let mut tx = here.store.begin().await?;
    if sql::set_log_problem(&mut tx, &hub.id, &problem).await? {
        let detail = json!({"problem": problem, "known": known, "shown": shown});
        record(&mut tx, here, "log.inconsistent", &hub.id, "ward", &detail).await?;
        tx.commit().await?;
    }
    tracing::error!(hub = hub.name, problem, "the log of a hub contradicts itself");
    Err(contradiction(hub, &problem))
}

fn contradiction(hub: &Hub, problem: &str) -> WatchError {
    let call = "keep this installation's folder and call the hub's people";
    WatchError::NotBelieved(format!("the log of the hub `{}` contradicts itself: {problem}; {call}", hub.name))
}

/// The request to cosign this installation's checkpoint of `size`, for a witness that knows `old`.
async fn request(here: &Here, old: i64, size: i64, note: &str) -> Result<String, WatchError> {
    let failed = |e: String| WatchError::Store(StoreError::Record(e));
    let (old, size) = (old.unsigned_abs(), size.unsigned_abs());
    let hashes = if old == 0 || old == size {
        Vec::new()
    } else {
        let reads = proof::consistency_reads(old, size).map_err(|e| failed(e.to_string()))?;
        let nodes = nodes_for(&here.store, &reads).await?;
        let stored = NodesFn(|level, index| nodes.get(&(level, index)).copied());
        consistency_proof(&stored, old, size).map_err(|e| failed(e.to_string()))?
    };
    let note = Note::parse(note).map_err(|e| failed(e.to_string()))?;
    Ok(AddCheckpoint::new(old, hashes, note).map_err(|e| failed(e.to_string()))?.to_string())
}

/// The hub's own cosignature in its answer, checked under the key that it said on joining.
fn read_cosignature(
    place: &Place<'_>,
    hub: &Hub,
    answer: &Answer,
    note: &str,
    size: i64,
    now: i64,
) -> Result<Cosignature, WatchError> {
    let wrong = |e: String| WatchError::NotBelieved(format!("the cosignature of the hub `{}`: {e}", hub.name));
    let signatures = parse_signatures(answer.text().unwrap_or_default());
    let signatures = signatures.map_err(|e| place.malformed(&e.to_string()))?;
    let key = VerifierKey::parse(&hub.witness_key).map_err(|e| wrong(e.to_string()))?;
    let found = signatures.into_iter().find(|signature| key.made(signature));
    let found = found.ok_or_else(|| wrong("it is not by the witness that the hub named on joining".to_owned()))?;
    let note = Note::parse(note).map_err(|e| wrong(e.to_string()))?;
    cosignature::verify(note.text(), &found, &key).map_err(|e| wrong(e.to_string()))?;
    Ok(Cosignature { size, witness: hub.witness_key.clone(), line: found.to_string(), at: now })
}

fn in_words(problem: &WitnessError) -> String {
    let cause = std::error::Error::source(problem).map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{problem}{cause}")
}

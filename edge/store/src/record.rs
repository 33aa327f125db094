//! The record: an act's transaction writes its entry here, unnumbered, as a salted digest; the sequencer numbers it.
//!
//! The public log holds only digests (SHA-256 over salt and body); the body and the salt stay in the database and are handed to
//! those who may see them, who can then prove the entry's place. The body names each row that the act wrote, with the digest
//! of its columns at that moment, so that a changed row is found later.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ward_tlog::nodes::NodesFn;
use ward_tlog::{Hash, inclusion_proof, proof};

use crate::{Row, RowRef, Store, StoreError, Tx, random, rows, sequencer, values};

/// An act of consequence, as its entry will say it.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// What was done, as `subject.verb`: `alert.published`.
    pub act: &'static str,
    /// Who did it: a person's id, or the name of the part of Ward that acts by itself.
    pub actor: &'a str,
    /// In whose name.
    pub organisation: &'a str,
    /// The id of what it was done to.
    pub subject: &'a str,
    /// When, in microseconds UTC.
    pub at: i64,
    /// Facts that have no row of their own.
    pub detail: &'a serde_json::Value,
    /// The rows that the act wrote in this transaction.
    pub rows: &'a [RowRef<'a>],
}

/// The body of an entry as it is stored: its text is what is digested.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Body {
    pub act: String,
    pub actor: String,
    pub organisation: String,
    pub subject: String,
    pub at: i64,
    pub detail: serde_json::Value,
    pub rows: Vec<RecordedRow>,
}

/// A row named by an entry, with the digest of its columns.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RecordedRow {
    pub table: String,
    pub key: Vec<String>,
    pub sha256: String,
}

/// An entry with what is needed to prove it. `number` is none until it was sequenced.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct RecordedEntry {
    pub id: String,
    pub number: Option<i64>,
    pub body: String,
    /// Lower-case hex.
    pub salt: String,
}

/// The proof of an entry's place in the log of a given size.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Proof {
    pub entry: RecordedEntry,
    pub hashes: Vec<Hash>,
    /// The signed checkpoint that the proof leads to.
    pub checkpoint: String,
}

impl RecordedEntry {
    /// The digest that stands in the log: SHA-256 over salt and body. None when the salt is not hex.
    pub fn digest(&self) -> Option<[u8; 32]> {
        Some(digest(&unhex(&self.salt)?, &self.body))
    }
}

impl Tx {
    /// Writes the entry of an act; the rows it names are digested as they stand in this transaction. Gives the entry's id.
    pub async fn record(&mut self, act: Act<'_>) -> Result<String, StoreError> {
        let mut recorded = Vec::with_capacity(act.rows.len());
        for (row, sha256) in act.rows.iter().zip(rows::digests(self, act.rows).await?) {
            let sha256 = sha256.ok_or_else(|| {
                StoreError::Record(format!("the act `{}` names a row that is not in `{}`", act.act, row.table))
            })?;
            let key = row.key.iter().map(|part| (*part).to_owned()).collect();
            recorded.push(RecordedRow { table: row.table.to_owned(), key, sha256 });
        }
        let body = Body {
            act: act.act.to_owned(),
            actor: act.actor.to_owned(),
            organisation: act.organisation.to_owned(),
            subject: act.subject.to_owned(),
            at: act.at,
            detail: act.detail.clone(),
            rows: recorded,
        };
        let text = serde_json::to_string(&body).map_err(|e| StoreError::Record(e.to_string()))?;
        let salt = random::bytes::<32>()?;
        let (id, digest) = (random::id(), digest(&salt, &text));
        self.execute(
            "INSERT INTO entry (id, number, act, organisation_id, subject, at, body, salt, digest)
             VALUES ($1, NULL, $2, $3, $4, $5, $6, $7, $8)",
            values![&id, act.act, act.organisation, act.subject, act.at, text, &salt, &digest],
        )
        .await?;
        self.wakes_sequencer();
        Ok(id)
    }
}

/// The entry with this id.
pub async fn entry(store: &Store, id: &str) -> Result<Option<RecordedEntry>, StoreError> {
    let row = store.fetch_optional("SELECT id, number, body, salt FROM entry WHERE id = $1", values![id]).await?;
    row.as_ref().map(read_entry).transpose()
}

/// The latest entry of this act on this subject.
pub async fn entry_of(store: &Store, subject: &str, act: &str) -> Result<Option<RecordedEntry>, StoreError> {
    let sql = "SELECT id, number, body, salt FROM entry WHERE subject = $1 AND act = $2 ORDER BY id DESC LIMIT 1";
    store.fetch_optional(sql, values![subject, act]).await?.as_ref().map(read_entry).transpose()
}

/// The id of the entry with this id, or else of the latest entry about this subject.
pub async fn latest_entry_about(store: &Store, id_or_subject: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT id FROM entry WHERE id = $1 OR subject = $1 ORDER BY id DESC LIMIT 1";
    store.fetch_optional(sql, values![id_or_subject]).await?.map(|row| row.get("id")).transpose()
}

/// The proof of an entry under the latest checkpoint; none while no checkpoint covers it yet.
pub async fn prove(store: &Store, id: &str) -> Result<Option<Proof>, StoreError> {
    let Some(entry) = entry(store, id).await? else { return Ok(None) };
    let Some((size, note)) = sequencer::latest_checkpoint(store).await? else { return Ok(None) };
    let Some(number) = entry.number.filter(|number| *number < size) else { return Ok(None) };
    let (number, size) = (number.unsigned_abs(), size.unsigned_abs());
    let failed = |e: proof::ProofError| StoreError::Record(e.to_string());
    let nodes = sequencer::nodes_for(store, &proof::inclusion_reads(number, size).map_err(failed)?).await?;
    let hashes =
        inclusion_proof(&NodesFn(|level, index| nodes.get(&(level, index)).copied()), number, size).map_err(failed)?;
    Ok(Some(Proof { entry, hashes, checkpoint: note }))
}

/// From the columns `id`, `number`, `body` and `salt` of `entry`.
pub fn read_entry(row: &Row) -> Result<RecordedEntry, StoreError> {
    let salt: Vec<u8> = row.get("salt")?;
    Ok(RecordedEntry { id: row.get("id")?, number: row.get("number")?, body: row.get("body")?, salt: hex(&salt) })
}

pub(crate) fn digest(salt: &[u8], body: &str) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(body.as_bytes()).finalize().into()
}

/// Bytes as lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        text
    })
}

/// The bytes of hex; none when it is not.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits?;
    if digits.len() % 2 != 0 {
        return None;
    }
    digits.chunks_exact(2).map(|pair| Some(pair.first()? << 4 | pair.get(1)?)).collect()
}

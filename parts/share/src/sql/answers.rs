//! Answers and receipts, and what an answer's authority is decided on.

use ward_store::{RecordedEntry, Row, Store, StoreError, Tx, read_entry, values};

use crate::answers::RECEIVED;

/// A row of `answer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRow {
    pub sighting_id: String,
    pub version_key: String,
    pub modified: String,
    pub of_ref: String,
    /// The jurisdiction.
    pub organisation_id: String,
    pub answered_by_id: String,
    pub finding: String,
    pub rung: Option<String>,
    /// The sighting, as it was sent.
    pub body: String,
    pub received_at: i64,
    /// From when on a "not seen" counts as "partly searched" only: it does not cover what the alert asked then.
    pub doubted_at: Option<i64>,
}

/// A row of `receipt`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ReceiptRow {
    pub number: i64,
    pub sighting_id: String,
    pub modified: String,
    pub organisation_id: String,
    pub at: i64,
    pub promised_at: i64,
    pub answered_at: Option<i64>,
    pub answer_text: Option<String>,
}

/// An organisation, as far as an answer's authority needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationRow {
    pub id: String,
    pub parent_id: Option<String>,
    pub is_member: bool,
}

/// The organisation with this STIX identity, read in the transaction: a second connection while this one is held could wait for
/// itself when many answers come at once.
pub async fn organisation_of_identity(tx: &mut Tx, identity_id: &str) -> Result<Option<OrganisationRow>, StoreError> {
    let sql = "SELECT id, parent_id, is_member FROM organisation WHERE identity_id = $1";
    tx.fetch_optional(sql, values![identity_id]).await?.as_ref().map(read_organisation).transpose()
}

/// The organisation with this id, read in the transaction.
pub async fn organisation(tx: &mut Tx, id: &str) -> Result<Option<OrganisationRow>, StoreError> {
    let sql = "SELECT id, parent_id, is_member FROM organisation WHERE id = $1";
    tx.fetch_optional(sql, values![id]).await?.as_ref().map(read_organisation).transpose()
}

/// The person's roles in the organisation, by their words.
pub async fn roles_in(tx: &mut Tx, person_id: &str, organisation_id: &str) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT role FROM membership WHERE person_id = $1 AND organisation_id = $2 ORDER BY role";
    tx.fetch(sql, values![person_id, organisation_id]).await?.iter().map(|row| row.get("role")).collect()
}

/// The organisation that a person belongs to.
pub async fn organisation_of_person(tx: &mut Tx, person_id: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT organisation_id FROM person WHERE id = $1";
    tx.fetch_optional(sql, values![person_id]).await?.map(|row| row.get("organisation_id")).transpose()
}

/// `is_name_released` is what the body says, where rows can be chosen by it.
pub async fn insert_answer(tx: &mut Tx, answer: &AnswerRow, is_name_released: bool) -> Result<(), StoreError> {
    let answered =
        "UPDATE alert_recipient SET answered = 1 WHERE report_id = $1 AND organisation_id = $2 AND answered = 0";
    tx.execute(answered, values![&answer.of_ref, &answer.organisation_id]).await?;
    let sql = "INSERT INTO answer (sighting_id, version_key, modified, of_ref, organisation_id, answered_by_id, finding, rung, body, received_at,
                 name_released, doubted_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    tx.execute(
        sql,
        values![
            &answer.sighting_id,
            &answer.version_key,
            &answer.modified,
            &answer.of_ref,
            &answer.organisation_id,
            &answer.answered_by_id,
            &answer.finding,
            answer.rung.as_deref(),
            &answer.body,
            answer.received_at,
            is_name_released,
            answer.doubted_at,
        ],
    )
    .await?;
    Ok(())
}

/// All versions of an answer.
pub async fn answer_versions(tx: &mut Tx, sighting_id: &str) -> Result<Vec<AnswerRow>, StoreError> {
    let sql = "SELECT sighting_id, version_key, modified, of_ref, organisation_id, answered_by_id, finding, rung, body, received_at, doubted_at
               FROM answer WHERE sighting_id = $1 ORDER BY version_key";
    tx.fetch(sql, values![sighting_id]).await?.iter().map(read_answer).collect()
}

/// Of the newest versions of the answers to an alert those that say "not seen" and are not doubted.
pub async fn not_doubted(tx: &mut Tx, of_ref: &str) -> Result<Vec<AnswerRow>, StoreError> {
    let sql = "SELECT sighting_id, version_key, modified, of_ref, organisation_id, answered_by_id, finding, rung, body, received_at, doubted_at
               FROM answer a WHERE of_ref = $1 AND finding = 'not-seen' AND doubted_at IS NULL
                 AND NOT EXISTS (SELECT 1 FROM answer x WHERE x.sighting_id = a.sighting_id AND x.version_key > a.version_key)
               ORDER BY sighting_id, version_key";
    tx.fetch(sql, values![of_ref]).await?.iter().map(read_answer).collect()
}

/// From `now` on the answer counts for less, and its office has to answer again, but where something was found already.
pub async fn doubt(tx: &mut Tx, answer: &AnswerRow, now: i64) -> Result<(), StoreError> {
    let sql = "UPDATE answer SET doubted_at = $1 WHERE sighting_id = $2 AND version_key = $3";
    tx.execute(sql, values![now, &answer.sighting_id, &answer.version_key]).await?;
    let open = "UPDATE alert_recipient SET answered = 0 WHERE report_id = $1 AND organisation_id = $2 AND NOT EXISTS (
                  SELECT 1 FROM answer a WHERE a.of_ref = $1 AND a.organisation_id = $2 AND (a.rung IS NOT NULL OR a.finding = 'match-under-review')
                    AND NOT EXISTS (SELECT 1 FROM answer x WHERE x.sighting_id = a.sighting_id AND x.version_key > a.version_key))";
    tx.execute(open, values![&answer.of_ref, &answer.organisation_id]).await?;
    Ok(())
}

/// All answers to an alert that had come by then, the newest version last.
pub async fn answers(store: &Store, of_ref: &str, as_of: i64) -> Result<Vec<AnswerRow>, StoreError> {
    let sql = "SELECT sighting_id, version_key, modified, of_ref, organisation_id, answered_by_id, finding, rung, body, received_at, doubted_at
               FROM answer WHERE of_ref = $1 AND received_at <= $2 ORDER BY version_key, received_at";
    store.fetch(sql, values![of_ref, as_of]).await?.iter().map(read_answer).collect()
}

/// A version of an answer with the name of the organisation that gave it and its receipt.
pub struct GivenRow {
    pub answer: AnswerRow,
    pub answered_by: Option<String>,
    pub receipt: Option<ReceiptRow>,
}

/// All answers to an alert for an organisation, in the same order.
pub async fn answers_for(store: &Store, of_ref: &str, organisation_id: &str) -> Result<Vec<GivenRow>, StoreError> {
    let sql = "SELECT a.sighting_id, a.version_key, a.modified, a.of_ref, a.organisation_id, a.answered_by_id, a.finding, a.rung, a.body,
                 a.received_at, a.doubted_at, o.name AS answered_by, r.number, r.organisation_id AS receipt_for, r.at, r.promised_at,
                 r.answered_at, r.answer_text
               FROM answer a LEFT JOIN organisation o ON o.id = a.answered_by_id
               LEFT JOIN receipt r ON r.sighting_id = a.sighting_id AND r.modified = a.modified
               WHERE a.of_ref = $1 AND a.organisation_id = $2 ORDER BY a.version_key, a.received_at";
    store.fetch(sql, values![of_ref, organisation_id]).await?.iter().map(read_given).collect()
}

fn read_given(row: &Row) -> Result<GivenRow, StoreError> {
    let answer = read_answer(row)?;
    let receipt = match row.get::<Option<i64>>("number")? {
        Some(number) => Some(ReceiptRow {
            number,
            sighting_id: answer.sighting_id.clone(),
            modified: answer.modified.clone(),
            organisation_id: row.get("receipt_for")?,
            at: row.get("at")?,
            promised_at: row.get("promised_at")?,
            answered_at: row.get("answered_at")?,
            answer_text: row.get("answer_text")?,
        }),
        None => None,
    };
    Ok(GivenRow { answer, answered_by: row.get("answered_by")?, receipt })
}

/// The entries of the arrival of the answers to an alert for an organisation, the earliest first.
pub async fn arrivals(store: &Store, of_ref: &str, organisation_id: &str) -> Result<Vec<RecordedEntry>, StoreError> {
    let sql = "SELECT id, number, body, salt FROM entry WHERE act = $3 AND subject IN (
                 SELECT sighting_id FROM answer WHERE of_ref = $1 AND organisation_id = $2) ORDER BY id";
    store.fetch(sql, values![of_ref, organisation_id, RECEIVED]).await?.iter().map(read_entry).collect()
}

/// Gives the next receipt number; the caller has taken its turn.
pub async fn next_receipt_number(tx: &mut Tx) -> Result<i64, StoreError> {
    let row = tx.fetch_optional("SELECT COALESCE(MAX(number), 0) + 1 AS number FROM receipt", &[]).await?;
    row.map_or(Ok(1), |row| row.get("number"))
}

pub async fn insert_receipt(tx: &mut Tx, receipt: &ReceiptRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO receipt (number, sighting_id, modified, organisation_id, at, promised_at, answered_at, answer_text)
               VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL)";
    let (sighting_id, modified) = (&receipt.sighting_id, &receipt.modified);
    tx.execute(
        sql,
        values![receipt.number, sighting_id, modified, &receipt.organisation_id, receipt.at, receipt.promised_at],
    )
    .await?;
    Ok(())
}

pub async fn receipt_of(tx: &mut Tx, sighting_id: &str, modified: &str) -> Result<Option<ReceiptRow>, StoreError> {
    let sql = "SELECT number, sighting_id, modified, organisation_id, at, promised_at, answered_at, answer_text
               FROM receipt WHERE sighting_id = $1 AND modified = $2";
    tx.fetch_optional(sql, values![sighting_id, modified]).await?.as_ref().map(read_receipt).transpose()
}

/// Notes the answer to a receipt. None when there is no such receipt or it was answered before.
pub async fn close_receipt(tx: &mut Tx, number: i64, text: &str, now: i64) -> Result<Option<ReceiptRow>, StoreError> {
    let sql = "UPDATE receipt SET answered_at = $1, answer_text = $2 WHERE number = $3 AND answered_at IS NULL
               RETURNING number, sighting_id, modified, organisation_id, at, promised_at, answered_at, answer_text";
    tx.fetch_optional(sql, values![now, text, number]).await?.as_ref().map(read_receipt).transpose()
}

pub async fn receipts(store: &Store) -> Result<Vec<ReceiptRow>, StoreError> {
    let sql = "SELECT number, sighting_id, modified, organisation_id, at, promised_at, answered_at, answer_text
               FROM receipt ORDER BY number";
    store.fetch(sql, &[]).await?.iter().map(read_receipt).collect()
}

fn read_organisation(row: &Row) -> Result<OrganisationRow, StoreError> {
    Ok(OrganisationRow { id: row.get("id")?, parent_id: row.get("parent_id")?, is_member: row.get("is_member")? })
}

pub(super) fn read_answer(row: &Row) -> Result<AnswerRow, StoreError> {
    Ok(AnswerRow {
        sighting_id: row.get("sighting_id")?,
        version_key: row.get("version_key")?,
        modified: row.get("modified")?,
        of_ref: row.get("of_ref")?,
        organisation_id: row.get("organisation_id")?,
        answered_by_id: row.get("answered_by_id")?,
        finding: row.get("finding")?,
        rung: row.get("rung")?,
        body: row.get("body")?,
        received_at: row.get("received_at")?,
        doubted_at: row.get("doubted_at")?,
    })
}

pub(super) fn read_receipt(row: &Row) -> Result<ReceiptRow, StoreError> {
    Ok(ReceiptRow {
        number: row.get("number")?,
        sighting_id: row.get("sighting_id")?,
        modified: row.get("modified")?,
        organisation_id: row.get("organisation_id")?,
        at: row.get("at")?,
        promised_at: row.get("promised_at")?,
        answered_at: row.get("answered_at")?,
        answer_text: row.get("answer_text")?,
    })
}

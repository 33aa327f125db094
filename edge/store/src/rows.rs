//! Rows that entries vouch for: which tables, by which key, and which columns are digested.

use std::borrow::Borrow;
use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::{StoreError, Tx, Value, record::hex};

/// A row that an act wrote.
#[derive(Clone, Copy, Debug)]
pub struct RowRef<'a> {
    /// One of the recorded tables.
    pub table: &'static str,
    /// The values of its key columns, in order.
    pub key: &'a [&'a str],
}

/// Table, key columns, columns that the digest covers. A column that changes without an act of its own (last use, delivery state, the number
/// that comes later) is left out, and so is a place in the walk.
const RECORDED: &[(&str, &[&str], &[&str])] = &[
    ("installation", &["id"], &["name", "state", "is_hub", "is_node", "organisation_id", "log_key", "created_at"]),
    ("organisation", &["id"], &["kind", "name", "state", "parent_id", "identity_id", "is_member", "created_at"]),
    ("contact", &["id"], &["organisation_id", "duty", "name", "email", "phone", "verified_at"]),
    ("person", &["id"], &["organisation_id", "name", "office", "email", "clearance", "created_at", "disabled_at"]),
    ("membership", &["person_id", "organisation_id", "role"], &["person_id", "organisation_id", "role"]),
    ("signer", &["id"], &["person_id", "verifier_key", "enrolled_by", "enrolment", "created_at", "retired_at"]),
    (
        "api_token",
        &["id"],
        &["token_hash", "organisation_id", "person_id", "scopes", "created_at", "expires_at", "revoked_at"],
    ),
    ("collection", &["id"], &["alias", "title", "description", "kind", "created_at"]),
    (
        "collection_object",
        &["id"],
        &[
            "collection_id",
            "stix_id",
            "kind",
            "version",
            "version_key",
            "organisation_id",
            "body",
            "sha256",
            "handling_id",
            "received_at",
        ],
    ),
    ("handling", &["id"], &["content"]),
    (
        "delivered_page",
        &["id"],
        &[
            "organisation_id",
            "reader",
            "collection_id",
            "at",
            "first_tick",
            "last_tick",
            "objects",
            "decisions",
            "sha256",
        ],
    ),
    ("recall", &["id"], &["reason", "at"]),
    (
        "recall_party",
        &["organisation_id", "object_id", "recall_id"],
        &["stix_id", "version", "delivered_at", "pages", "confirmed_at", "confirmed_by"],
    ),
    (
        "information_request",
        &["id"],
        &["organisation_id", "asked_by", "covers", "purpose", "days", "at", "state", "reason", "closed_at"],
    ),
    ("information_approval", &["request_id", "person_id"], &["organisation_id", "at"]),
    ("information_grant", &["id"], &["request_id", "organisation_id", "covers", "since", "until", "ended_at"]),
    ("tear_line", &["id"], &["stix_id", "state", "asked_at", "draft_id", "reason", "closed_at"]),
    ("tear_line_ask", &["tear_line_id", "organisation_id"], &["asked_by", "at"]),
    (
        "tear_line_draft",
        &["id"],
        &["tear_line_id", "of_version", "choice", "removed", "new_id", "body", "drafted_by", "at"],
    ),
    ("tear_line_approval", &["draft_id", "person_id"], &["organisation_id", "at"]),
    ("quarantine", &["id"], &["stix_id", "organisation_id", "reason", "body", "at"]),
    (
        "alert",
        &["report_id", "modified"],
        &[
            "state",
            "headline",
            "drafted_by",
            "drafted_at",
            "first_seen_at",
            "recipients",
            "manifest",
            "note",
            "published_at",
            "relayed_from",
        ],
    ),
    ("alert_recipient", &["report_id", "organisation_id"], &["report_id", "organisation_id", "since_round"]),
    ("alert_signature", &["report_id", "modified", "signer_id"], &["line", "at"]),
    ("delivery", &["report_id", "modified", "organisation_id"], &["at"]),
    ("acknowledgement", &["report_id", "modified", "organisation_id", "duty"], &["person", "at"]),
    (
        "answer",
        &["sighting_id", "version_key"],
        &["modified", "of_ref", "organisation_id", "answered_by_id", "finding", "rung", "body", "received_at"],
    ),
    (
        "receipt",
        &["sighting_id", "modified"],
        &["number", "organisation_id", "at", "promised_at", "answered_at", "answer_text"],
    ),
    ("reminder", &["id"], &["report_id", "organisation_id", "kind", "by_id", "note", "at"]),
    (
        "hub",
        &["id"],
        &[
            "url",
            "name",
            "identity_id",
            "verifier_key",
            "own_organisation_id",
            "own_identity_id",
            "alerts_collection",
            "answers_collection",
            "witness_key",
            "signers",
            "refused_signers",
            "log_problem",
            "joined_at",
        ],
    ),
    ("received_object", &["hub_id", "stix_id", "version_key"], &["version", "kind", "body", "received_at"]),
    (
        "received_alert",
        &["hub_id", "report_id", "modified"],
        &["headline", "state", "reason", "evidence", "made_by", "received_at", "verified_at"],
    ),
    ("sent_acknowledgement", &["hub_id", "report_id", "modified", "duty"], &["person", "at"]),
    ("allow_entry", &["id"], &["value", "reason", "added_by", "at"]),
    ("warning_list", &["id"], &["name", "source", "as_of", "list_values", "form", "sha256", "added_by", "added_at"]),
    (
        "subscription",
        &["id"],
        &[
            "organisation_id",
            "kind",
            "url",
            "collection",
            "credentials",
            "assigned_tlp",
            "interval_seconds",
            "added_by",
            "added_at",
            "removed_at",
        ],
    ),
    ("source", &["id"], &["name", "path", "options", "declared_at", "removed_at"]),
    ("name_release", &["report_id"], &["is_released", "finding", "person", "at"]),
    ("confirmation", &["id"], &["report_id", "jurisdiction", "rung", "counts", "person", "reason", "at"]),
    ("brief", &["id"], &["number", "as_of", "content", "bundle", "program", "frozen_by", "frozen_at", "supersedes"]),
    (
        "sent_answer",
        &["sighting_id", "modified"],
        &["hub_id", "report_id", "of_ref", "jurisdiction", "finding", "body", "made_at"],
    ),
    (
        "clearance_holder",
        &["person_id"],
        &[
            "is_chief_official",
            "topics",
            "training",
            "room",
            "travel_minutes",
            "secure_contact",
            "effective",
            "effective_until",
            "left_at",
        ],
    ),
    (
        "clearance",
        &["id"],
        &[
            "person_id",
            "sponsor",
            "level",
            "kind",
            "stage",
            "nda_signed_at",
            "verified_at",
            "verified_by",
            "verified_how",
            "version",
            "opened_at",
        ],
    ),
    ("clearance_stage", &["id"], &["clearance_id", "stage", "since", "by_id", "at"]),
    (
        "clearance_proposal",
        &["id"],
        &[
            "clearance_id",
            "version",
            "change",
            "sponsor_person",
            "sponsor_at",
            "sponsor_way",
            "sponsor_reference",
            "proposed_by",
            "proposed_at",
            "state",
            "decided_by",
            "decided_at",
        ],
    ),
    ("read_in", &["id"], &["person_id", "at", "place", "topic", "briefer", "debriefed_at", "by_id"]),
    ("clearance_seat", &["state"], &["seats"]),
    ("organisation_attributes", &["organisation_id"], &["codes", "by_id", "at"]),
];

/// The digest of a row as an entry has it, from the row's values, for who holds those and no database. None when these are not the digested
/// columns of a recorded table in their order.
#[must_use]
pub fn row_digest(table: &str, columns: &[(&str, impl Borrow<Value>)]) -> Option<String> {
    let (_, _, recorded) = RECORDED.iter().find(|(name, _, _)| *name == table)?;
    let names = columns.iter().map(|(name, _)| *name);
    let values = columns.iter().map(|(_, value)| value.borrow());
    names.eq(recorded.iter().copied()).then(|| hex(&digest_values(values)))
}

impl Tx {
    /// Remembers the digest of a row with one key column that this transaction wrote, so that it need not be read again for its entry. `columns` are
    /// those that are digested, in their order; who changes one later in the transaction says so ([`Tx::rewrites`]).
    ///
    /// # Errors
    /// When these are not the table's digested columns.
    pub fn wrote(
        &mut self,
        table: &'static str,
        key: &str,
        columns: &[(&str, impl Borrow<Value>)],
    ) -> Result<(), StoreError> {
        let digest = row_digest(table, columns);
        let digest =
            digest.ok_or_else(|| StoreError::Record(format!("these are not the digested columns of `{table}`")))?;
        self.written.insert((table, key.to_owned()), digest);
        Ok(())
    }

    /// Takes it that a row which this transaction may have written is changed: its digest is read again.
    pub fn rewrites(&mut self, table: &'static str, key: &str) {
        self.written.remove(&(table, key.to_owned()));
    }
}

/// The digests of rows as they stand now, in the order asked: SHA-256 over a row's columns, each as a tag, its length and its bytes. None for what
/// is not there. Rows of one table that have one key column are read together.
pub(crate) async fn digests(tx: &mut Tx, rows: &[RowRef<'_>]) -> Result<Vec<Option<String>>, StoreError> {
    let mut known: HashMap<(&str, &str), String> = HashMap::new();
    for (table, key_columns, columns) in RECORDED {
        let [key_column] = key_columns else { continue };
        let unread = rows.iter().filter(|row| row.table == *table && written(tx, row).is_none());
        let keys: Vec<&str> = unread.filter_map(sole_key).collect();
        if keys.len() < 2 {
            continue;
        }
        let head = format!("SELECT {key_column}, {} FROM {table} WHERE {key_column}", columns.join(", "));
        let by_key: HashMap<&str, &str> = keys.iter().map(|key| (*key, *key)).collect();
        for row in tx.fetch_among_built(&head, &keys, "").await? {
            let Some((Value::Text(Some(key)), values)) = row.values().split_first() else { continue };
            if let Some(key) = by_key.get(key.as_str()) {
                known.insert((table, key), hex(&digest_values(values)));
            }
        }
    }
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let together = sole_key(row).and_then(|key| known.get(&(row.table, key)));
        found.push(match written(tx, row).or(together) {
            Some(digest) => Some(digest.clone()),
            None => {
                digest_row(tx, row.table, &row.key.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>()).await?
            }
        });
    }
    Ok(found)
}

fn written<'a>(tx: &'a Tx, row: &RowRef<'_>) -> Option<&'a String> {
    tx.written.get(&(row.table, sole_key(row)?.to_owned()))
}

fn sole_key<'a>(row: &RowRef<'a>) -> Option<&'a str> {
    match row.key {
        [key] => Some(key),
        _ => None,
    }
}

/// As `digests`, for one row named by a stored entry.
pub(crate) async fn digest_row(tx: &mut Tx, table: &str, key: &[String]) -> Result<Option<String>, StoreError> {
    let (table, key_columns, columns) = RECORDED
        .iter()
        .find(|(name, _, _)| *name == table)
        .ok_or_else(|| StoreError::Record(format!("`{table}` is not a table that entries vouch for")))?;
    if key_columns.len() != key.len() {
        return Err(StoreError::Record(format!(
            "`{table}` has {} key columns, {} given",
            key_columns.len(),
            key.len()
        )));
    }
    let conditions: Vec<String> =
        key_columns.iter().zip(1..).map(|(column, place)| format!("{column} = ${place}")).collect();
    let sql = format!("SELECT {} FROM {table} WHERE {}", columns.join(", "), conditions.join(" AND "));
    let key: Vec<Value> = key.iter().map(Value::from).collect();
    let found = tx.fetch_built(sql, &key).await?;
    Ok(found.first().map(|row| hex(&digest_values(row.values()))))
}

fn digest_values<'a>(values: impl IntoIterator<Item = &'a Value>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut digest = |tag: u8, bytes: &[u8]| {
        hasher.update([tag]);
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    for value in values {
        match value {
            Value::Integer(Some(v)) => digest(1, &v.to_be_bytes()),
            Value::Text(Some(v)) => digest(2, v.as_bytes()),
            Value::Bytes(Some(v)) => digest(3, v),
            Value::Null | Value::Integer(None) | Value::Text(None) | Value::Bytes(None) => digest(0, &[]),
        }
    }
    hasher.finalize().into()
}

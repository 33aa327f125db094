//! Alerts with their objects, signatures and recipients; deliveries and acknowledgements.

use ward_store::{Row, Store, StoreError, Tx, values};

use super::tear_lines::{CarriedRow, carried_sql, read_carried};

/// A row of `alert`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRow {
    pub report_id: String,
    pub modified: String,
    pub state: String,
    pub headline: String,
    pub drafted_by: String,
    pub drafted_at: i64,
    pub first_seen_at: Option<i64>,
    /// Ids of the organisations it is meant for, as drafted.
    pub recipients: Vec<String>,
    pub manifest: String,
    pub note: Option<String>,
    pub published_at: Option<i64>,
    pub entry_id: Option<String>,
    pub relayed_from: Option<String>,
}

/// A row of `alert_signature` with the person behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureRow {
    pub signer_id: String,
    pub person_id: String,
    pub verifier_key: String,
    pub retired_at: Option<i64>,
    pub line: String,
}

/// That an organisation did something with a version of an alert, at a time: fetched it, or acknowledged it (`duty`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    pub modified: String,
    pub organisation_id: String,
    pub duty: String,
    pub at: i64,
}

macro_rules! alert_sql {
    ($rest:literal) => {
        concat!(
            "SELECT report_id, modified, state, headline, drafted_by, drafted_at, first_seen_at, recipients, manifest, note, ",
            "published_at, entry_id, relayed_from FROM alert ",
            $rest
        )
    };
}

pub async fn insert_alert(tx: &mut Tx, alert: &AlertRow) -> Result<(), StoreError> {
    let recipients = serde_json::to_string(&alert.recipients).map_err(|e| StoreError::Record(e.to_string()))?;
    let sql = "INSERT INTO alert (report_id, modified, state, headline, drafted_by, drafted_at, first_seen_at, recipients, manifest,
                                  note, published_at, entry_id, relayed_from, recipient_count)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    tx.execute(
        sql,
        values![
            &alert.report_id,
            &alert.modified,
            &alert.state,
            &alert.headline,
            &alert.drafted_by,
            alert.drafted_at,
            alert.first_seen_at,
            recipients,
            &alert.manifest,
            alert.note.as_deref(),
            alert.published_at,
            alert.entry_id.as_deref(),
            alert.relayed_from.as_deref(),
            i64::try_from(alert.recipients.len()).unwrap_or(i64::MAX),
        ],
    )
    .await?;
    Ok(())
}

pub async fn alert(store: &Store, report_id: &str, modified: &str) -> Result<Option<AlertRow>, StoreError> {
    let sql = alert_sql!("WHERE report_id = $1 AND modified = $2");
    store.fetch_optional(sql, values![report_id, modified]).await?.as_ref().map(read_alert).transpose()
}

/// A version with its objects, the report first; what is long stands in the first row only.
macro_rules! loaded_sql {
    ($chosen:literal) => {
        concat!(
            "SELECT a.report_id, a.modified, a.state, a.headline, a.drafted_by, a.drafted_at, a.first_seen_at,
               CASE WHEN o.place = 0 THEN a.recipients ELSE '[]' END AS recipients, CASE WHEN o.place = 0 THEN a.manifest ELSE '' END AS manifest,
               CASE WHEN o.place = 0 THEN a.note END AS note, a.published_at, a.entry_id, a.relayed_from, o.body,
               t.tear_line_id, t.tear_line_state, t.asked_at, t.closed_at, t.reason, t.new_id
             FROM (SELECT * FROM alert ",
            $chosen,
            ") a JOIN alert_object o ON o.report_id = a.report_id AND o.modified = a.modified
             LEFT JOIN (",
            carried_sql!(),
            ") t ON o.place = 0 ORDER BY o.place"
        )
    };
}

/// A version of an alert with the bytes of its objects, and what stands of a version of it that can be passed on.
pub type LoadedRow = (AlertRow, Vec<Vec<u8>>, Option<CarriedRow>);

/// A version of an alert with its objects, the report first.
pub async fn loaded(store: &Store, report_id: &str, modified: &str) -> Result<Option<LoadedRow>, StoreError> {
    let sql = loaded_sql!("WHERE report_id = $1 AND modified = $2");
    read_loaded(&store.fetch(sql, values![report_id, modified]).await?)
}

/// The same, of the newest version that was published by then.
pub async fn newest_loaded(store: &Store, report_id: &str, as_of: i64) -> Result<Option<LoadedRow>, StoreError> {
    let sql = loaded_sql!(
        "WHERE report_id = $1 AND state = 'published' AND published_at <= $2
         ORDER BY published_at DESC, drafted_at DESC, modified DESC LIMIT 1"
    );
    read_loaded(&store.fetch(sql, values![report_id, as_of]).await?)
}

fn read_loaded(rows: &[Row]) -> Result<Option<LoadedRow>, StoreError> {
    let Some(first) = rows.first() else { return Ok(None) };
    let bodies = rows.iter().map(|row| row.get("body")).collect::<Result<_, _>>()?;
    Ok(Some((read_alert(first)?, bodies, read_carried(first)?)))
}

/// All versions of an alert, in the order in which they were drafted.
pub async fn versions(store: &Store, report_id: &str) -> Result<Vec<AlertRow>, StoreError> {
    let sql = alert_sql!("WHERE report_id = $1 ORDER BY drafted_at, modified");
    store.fetch(sql, values![report_id]).await?.iter().map(read_alert).collect()
}

/// As `versions`, within a transaction.
pub async fn versions_in(tx: &mut Tx, report_id: &str) -> Result<Vec<AlertRow>, StoreError> {
    let sql = alert_sql!("WHERE report_id = $1 ORDER BY drafted_at, modified");
    tx.fetch(sql, values![report_id]).await?.iter().map(read_alert).collect()
}

/// All versions of all alerts, in the order in which they were drafted.
pub async fn alerts(store: &Store) -> Result<Vec<AlertRow>, StoreError> {
    store.fetch(alert_sql!("ORDER BY drafted_at, report_id, modified"), &[]).await?.iter().map(read_alert).collect()
}

/// Turns a draft into a published alert. False when it was no draft any more.
pub async fn publish(tx: &mut Tx, report_id: &str, modified: &str, note: &str, now: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE alert SET state = 'published', note = $1, published_at = $2
               WHERE report_id = $3 AND modified = $4 AND state = 'draft'";
    Ok(tx.execute(sql, values![note, now, report_id, modified]).await? == 1)
}

/// Marks a draft as replaced by another. False when it was no draft any more.
pub async fn replace_draft(tx: &mut Tx, report_id: &str, modified: &str, state: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE alert SET state = $1 WHERE report_id = $2 AND modified = $3 AND state = 'draft'";
    Ok(tx.execute(sql, values![state, report_id, modified]).await? == 1)
}

pub async fn set_entry(tx: &mut Tx, report_id: &str, modified: &str, entry_id: &str) -> Result<(), StoreError> {
    let sql = "UPDATE alert SET entry_id = $1 WHERE report_id = $2 AND modified = $3";
    tx.execute(sql, values![entry_id, report_id, modified]).await?;
    Ok(())
}

pub async fn insert_alert_object(
    tx: &mut Tx,
    (report_id, modified): (&str, &str),
    place: i64,
    stix_id: &str,
    body: &[u8],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO alert_object (report_id, modified, place, stix_id, body) VALUES ($1, $2, $3, $4, $5)";
    tx.execute(sql, values![report_id, modified, place, stix_id, body]).await?;
    Ok(())
}

/// The report of a version of an alert.
pub async fn report(store: &Store, report_id: &str, modified: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT body FROM alert_object WHERE report_id = $1 AND modified = $2 AND place = 0";
    store.fetch_optional(sql, values![report_id, modified]).await?.map(|row| row.get("body")).transpose()
}

/// Report and version of everything that an organisation acknowledged in a duty.
pub async fn acknowledged(
    store: &Store,
    organisation_id: &str,
    duty: &str,
) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT report_id, modified FROM acknowledgement WHERE organisation_id = $1 AND duty = $2";
    let rows = store.fetch(sql, values![organisation_id, duty]).await?;
    rows.iter().map(|row| Ok((row.get("report_id")?, row.get("modified")?))).collect()
}

/// As `report`, within a transaction.
pub async fn report_in(tx: &mut Tx, report_id: &str, modified: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT body FROM alert_object WHERE report_id = $1 AND modified = $2 AND place = 0";
    tx.fetch_optional(sql, values![report_id, modified]).await?.map(|row| row.get("body")).transpose()
}

/// The objects of a version of an alert, the report first, within a transaction.
pub async fn objects_in(tx: &mut Tx, report_id: &str, modified: &str) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = "SELECT body FROM alert_object WHERE report_id = $1 AND modified = $2 ORDER BY place";
    tx.fetch(sql, values![report_id, modified]).await?.iter().map(|row| row.get("body")).collect()
}

/// The newest bytes of an object that is in a collection already.
pub async fn newest_body(store: &Store, alias: &str, stix_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT o.body AS body FROM collection_object o JOIN collection c ON c.id = o.collection_id
               WHERE c.alias = $1 AND o.stix_id = $2 AND length(o.body) > 0 ORDER BY o.version_key DESC LIMIT 1";
    store.fetch_optional(sql, values![alias, stix_id]).await?.map(|row| row.get("body")).transpose()
}

/// False when this signer has signed before.
pub async fn insert_signature(
    tx: &mut Tx,
    (report_id, modified): (&str, &str),
    signer_id: &str,
    line: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO alert_signature (report_id, modified, signer_id, line, at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (report_id, modified, signer_id) DO NOTHING";
    Ok(tx.execute(sql, values![report_id, modified, signer_id, line, now]).await? == 1)
}

/// The signatures on a version, in the order of signing.
pub async fn signatures(tx: &mut Tx, report_id: &str, modified: &str) -> Result<Vec<SignatureRow>, StoreError> {
    let sql = "SELECT a.signer_id, a.line, s.person_id, s.verifier_key, s.retired_at
               FROM alert_signature a JOIN signer s ON s.id = a.signer_id
               WHERE a.report_id = $1 AND a.modified = $2 ORDER BY a.at, a.signer_id";
    let read = |row: &Row| {
        Ok(SignatureRow {
            signer_id: row.get("signer_id")?,
            person_id: row.get("person_id")?,
            verifier_key: row.get("verifier_key")?,
            retired_at: row.get("retired_at")?,
            line: row.get("line")?,
        })
    };
    tx.fetch(sql, values![report_id, modified]).await?.iter().map(read).collect()
}

/// That a person signed a version of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRow {
    pub report_id: String,
    pub modified: String,
    pub person_id: String,
    pub name: String,
    pub office: String,
    pub at: i64,
    /// When the key was retired, if it was.
    pub retired_at: Option<i64>,
}

/// Who signed a version, in the order of signing; every draft when no version is named.
pub async fn signed(store: &Store, report_id: &str, modified: &str) -> Result<Vec<SignedRow>, StoreError> {
    let sql = "SELECT a.report_id, a.modified, s.person_id, COALESCE(p.name, '') AS name, COALESCE(p.office, '') AS office, a.at, s.retired_at
               FROM alert_signature a JOIN signer s ON s.id = a.signer_id LEFT JOIN person p ON p.id = s.person_id
               JOIN alert d ON d.report_id = a.report_id AND d.modified = a.modified
               WHERE (a.report_id = $1 AND a.modified = $2) OR ($1 = '' AND d.state = 'draft') ORDER BY a.at, a.signer_id";
    let read = |row: &Row| {
        Ok(SignedRow {
            report_id: row.get("report_id")?,
            modified: row.get("modified")?,
            person_id: row.get("person_id")?,
            name: row.get("name")?,
            office: row.get("office")?,
            at: row.get("at")?,
            retired_at: row.get("retired_at")?,
        })
    };
    store.fetch(sql, values![report_id, modified]).await?.iter().map(read).collect()
}

/// Version and recipients, as drafted, of every version of an alert.
pub async fn drafted_recipients(store: &Store, report_id: &str) -> Result<Vec<(String, Vec<String>)>, StoreError> {
    let rows = store.fetch("SELECT modified, recipients FROM alert WHERE report_id = $1", values![report_id]).await?;
    let read = |row: &Row| {
        let recipients: String = row.get("recipients")?;
        let recipients = serde_json::from_str(&recipients).map_err(|e| StoreError::Record(e.to_string()))?;
        Ok((row.get("modified")?, recipients))
    };
    rows.iter().map(read).collect()
}

/// The alerts that ask an organisation, and whether it has answered.
pub async fn asked(store: &Store, organisation_id: &str) -> Result<Vec<(String, bool)>, StoreError> {
    let sql = "SELECT report_id, answered FROM alert_recipient WHERE organisation_id = $1";
    let rows = store.fetch(sql, values![organisation_id]).await?;
    rows.iter().map(|row| Ok((row.get("report_id")?, row.get("answered")?))).collect()
}

/// False when it is a recipient already.
pub async fn add_recipient(
    tx: &mut Tx,
    report_id: &str,
    organisation_id: &str,
    since_round: i64,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO alert_recipient (report_id, organisation_id, since_round, answered)
               VALUES ($1, $2, $3, CASE WHEN EXISTS (SELECT 1 FROM answer WHERE of_ref = $1 AND organisation_id = $2) THEN 1 ELSE 0 END)
               ON CONFLICT (report_id, organisation_id) DO NOTHING";
    Ok(tx.execute(sql, values![report_id, organisation_id, since_round]).await? == 1)
}

/// The organisations that a published alert is addressed to.
pub async fn recipients(store: &Store, report_id: &str) -> Result<Vec<String>, StoreError> {
    let rows = store.fetch(RECIPIENTS, values![report_id]).await?;
    rows.iter().map(|row| row.get("organisation_id")).collect()
}

/// As `recipients`, within a transaction.
pub async fn recipients_in(tx: &mut Tx, report_id: &str) -> Result<Vec<String>, StoreError> {
    let rows = tx.fetch(RECIPIENTS, values![report_id]).await?;
    rows.iter().map(|row| row.get("organisation_id")).collect()
}

const RECIPIENTS: &str = "SELECT organisation_id FROM alert_recipient WHERE report_id = $1 ORDER BY organisation_id";

/// False when it was delivered before.
pub async fn insert_delivery(
    tx: &mut Tx,
    (report_id, modified): (&str, &str),
    organisation_id: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO delivery (report_id, modified, organisation_id, at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (report_id, modified, organisation_id) DO NOTHING";
    Ok(tx.execute(sql, values![report_id, modified, organisation_id, now]).await? == 1)
}

/// Which of these versions have not been delivered to the organisation.
pub async fn is_delivered(
    store: &Store,
    (report_id, modified): (&str, &str),
    organisation_id: &str,
) -> Result<bool, StoreError> {
    let sql = "SELECT at FROM delivery WHERE report_id = $1 AND modified = $2 AND organisation_id = $3";
    Ok(store.fetch_optional(sql, values![report_id, modified, organisation_id]).await?.is_some())
}

pub async fn deliveries(store: &Store, report_id: &str, as_of: i64) -> Result<Vec<Reached>, StoreError> {
    let sql =
        "SELECT modified, organisation_id, '' AS duty, at FROM delivery WHERE report_id = $1 AND at <= $2 ORDER BY at";
    store.fetch(sql, values![report_id, as_of]).await?.iter().map(read_reached).collect()
}

/// False when this duty had acknowledged before.
pub async fn insert_acknowledgement(
    tx: &mut Tx,
    (report_id, modified): (&str, &str),
    organisation_id: &str,
    (duty, person): (&str, &str),
    now: i64,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO acknowledgement (report_id, modified, organisation_id, duty, person, at) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (report_id, modified, organisation_id, duty) DO NOTHING";
    Ok(tx.execute(sql, values![report_id, modified, organisation_id, duty, person, now]).await? == 1)
}

pub async fn acknowledgements(store: &Store, report_id: &str, as_of: i64) -> Result<Vec<Reached>, StoreError> {
    let sql = "SELECT modified, organisation_id, duty, at FROM acknowledgement WHERE report_id = $1 AND at <= $2 ORDER BY at, duty";
    store.fetch(sql, values![report_id, as_of]).await?.iter().map(read_reached).collect()
}

fn read_alert(row: &Row) -> Result<AlertRow, StoreError> {
    let recipients: String = row.get("recipients")?;
    Ok(AlertRow {
        report_id: row.get("report_id")?,
        modified: row.get("modified")?,
        state: row.get("state")?,
        headline: row.get("headline")?,
        drafted_by: row.get("drafted_by")?,
        drafted_at: row.get("drafted_at")?,
        first_seen_at: row.get("first_seen_at")?,
        recipients: serde_json::from_str(&recipients).map_err(|e| StoreError::Record(e.to_string()))?,
        manifest: row.get("manifest")?,
        note: row.get("note")?,
        published_at: row.get("published_at")?,
        entry_id: row.get("entry_id")?,
        relayed_from: row.get("relayed_from")?,
    })
}

fn read_reached(row: &Row) -> Result<Reached, StoreError> {
    Ok(Reached {
        modified: row.get("modified")?,
        organisation_id: row.get("organisation_id")?,
        duty: row.get("duty")?,
        at: row.get("at")?,
    })
}

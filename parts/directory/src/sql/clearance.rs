//! Clearances, who holds them, what was proposed and said of them, seats, and attributes of organisations.

use ward_policy::{Attributes, Held};
use ward_store::{Row, Store, StoreError, Tx, values};

use crate::clearance::{Clearance, Holder, Listed, Proposal, ProposalState, ReadIn, StageDate, Waiting};
use crate::model::{level_name, of_text, parse_level, text_of};

fn from_json<T: for<'d> serde::Deserialize<'d>>(row: &Row, column: &str) -> Result<T, StoreError> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|_| StoreError::Record(format!("`{column}` cannot be read")))
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Record(e.to_string()))
}

fn read_clearance(row: &Row) -> Result<Clearance, StoreError> {
    Ok(Clearance {
        id: row.get("id")?,
        person_id: row.get("person_id")?,
        sponsor: row.get("sponsor")?,
        grade: of_text(row, "level")?,
        basis: of_text(row, "kind")?,
        stage: of_text(row, "stage")?,
        nda_signed_at: row.get("nda_signed_at")?,
        verified_at: row.get("verified_at")?,
        verified_by: row.get("verified_by")?,
        verified_how: row.get("verified_how")?,
        version: row.get("version")?,
        opened_at: row.get("opened_at")?,
    })
}

fn read_holder(row: &Row) -> Result<Holder, StoreError> {
    let effective: String = row.get("effective")?;
    let unknown = || StoreError::Record(format!("`effective` holds `{effective}`"));
    Ok(Holder {
        is_chief_official: row.get("is_chief_official")?,
        topics: from_json(row, "topics")?,
        training: from_json(row, "training")?,
        room: row.get("room")?,
        travel_minutes: row.get("travel_minutes")?,
        secure_contact: of_text(row, "secure_contact")?,
        effective: parse_level(&effective).ok_or_else(unknown)?,
        effective_until: row.get("effective_until")?,
        left_at: row.get("left_at")?,
    })
}

fn read_proposal(row: &Row) -> Result<Proposal, StoreError> {
    Ok(Proposal {
        id: row.get("id")?,
        clearance_id: row.get("clearance_id")?,
        version: row.get("version")?,
        change: from_json(row, "change")?,
        sponsor_person: row.get("sponsor_person")?,
        sponsor_at: row.get("sponsor_at")?,
        sponsor_way: of_text(row, "sponsor_way")?,
        sponsor_reference: row.get("sponsor_reference")?,
        proposed_by: row.get("proposed_by")?,
        proposed_at: row.get("proposed_at")?,
        state: of_text(row, "state")?,
        decided_by: row.get("decided_by")?,
        decided_at: row.get("decided_at")?,
    })
}

fn read_stage(row: &Row) -> Result<StageDate, StoreError> {
    Ok(StageDate {
        clearance_id: row.get("clearance_id")?,
        stage: of_text(row, "stage")?,
        since: row.get("since")?,
        by_id: row.get("by_id")?,
        at: row.get("at")?,
    })
}

/// Records with whose they are: of an organisation's people, of one person, or all when both are empty.
pub async fn listed(store: &Store, organisation_id: &str, person_id: &str) -> Result<Vec<Listed>, StoreError> {
    let sql = "SELECT c.id, c.person_id, c.sponsor, c.level, c.kind, c.stage, c.nda_signed_at, c.verified_at, c.verified_by, c.verified_how,
                 c.version, c.opened_at, p.name AS person, p.office, o.name AS organisation, o.state
               FROM clearance c JOIN person p ON p.id = c.person_id JOIN organisation o ON o.id = p.organisation_id
               WHERE ($1 = '' OR p.organisation_id = $1) AND ($2 = '' OR c.person_id = $2) ORDER BY c.opened_at, c.id";
    let read = |row: &Row| {
        Ok(Listed {
            clearance: read_clearance(row)?,
            person: row.get("person")?,
            office: row.get("office")?,
            organisation: row.get("organisation")?,
            state: row.get("state")?,
        })
    };
    store.fetch(sql, values![organisation_id, person_id]).await?.iter().map(read).collect()
}

/// The stages of the same records, as they were entered.
pub async fn stages(store: &Store, organisation_id: &str, person_id: &str) -> Result<Vec<StageDate>, StoreError> {
    let sql = "SELECT s.clearance_id, s.stage, s.since, s.by_id, s.at FROM clearance_stage s
               JOIN clearance c ON c.id = s.clearance_id JOIN person p ON p.id = c.person_id
               WHERE ($1 = '' OR p.organisation_id = $1) AND ($2 = '' OR c.person_id = $2) ORDER BY s.at, s.since, s.id";
    store.fetch(sql, values![organisation_id, person_id]).await?.iter().map(read_stage).collect()
}

/// What was proposed about one person, with the name of who did.
pub async fn proposals(store: &Store, person_id: &str) -> Result<Vec<(Proposal, String)>, StoreError> {
    let sql = "SELECT q.id, q.clearance_id, q.version, q.change, q.sponsor_person, q.sponsor_at, q.sponsor_way, q.sponsor_reference,
                 q.proposed_by, q.proposed_at, q.state, q.decided_by, q.decided_at, w.name AS proposer
               FROM clearance_proposal q JOIN person w ON w.id = q.proposed_by JOIN clearance c ON c.id = q.clearance_id
               WHERE c.person_id = $1 ORDER BY q.proposed_at, q.id";
    let rows = store.fetch(sql, values![person_id]).await?;
    rows.iter().map(|row| Ok((read_proposal(row)?, row.get("proposer")?))).collect()
}

/// What waits about an organisation's people, or about all: who signed and was withdrawn, open read-ins, open proposals.
pub async fn waiting(store: &Store, organisation_id: &str) -> Result<Vec<Waiting>, StoreError> {
    let sql = "SELECT t.kind, t.person_id, t.since, t.by_id, p.name AS person FROM (
                 SELECT 'debrief' AS kind, c.person_id, '' AS by_id,
                   (SELECT MAX(s.since) FROM clearance_stage s WHERE s.clearance_id = c.id) AS since
                 FROM clearance c WHERE c.stage = 'withdrawn' AND c.nda_signed_at IS NOT NULL
                 UNION ALL
                 SELECT 'debrief-read-in', r.person_id, '', r.at FROM read_in r WHERE r.debriefed_at IS NULL
                 UNION ALL
                 SELECT 'confirm', c.person_id, q.proposed_by, q.proposed_at
                 FROM clearance_proposal q JOIN clearance c ON c.id = q.clearance_id WHERE q.state = 'open') t
               JOIN person p ON p.id = t.person_id WHERE $1 = '' OR p.organisation_id = $1";
    let read = |row: &Row| {
        Ok(Waiting {
            kind: of_text(row, "kind")?,
            person_id: row.get("person_id")?,
            person: row.get("person")?,
            since: row.get("since")?,
            by_id: row.get("by_id")?,
        })
    };
    store.fetch(sql, values![organisation_id]).await?.iter().map(read).collect()
}

/// Person and what else is known of those who hold or held records.
pub async fn holders(store: &Store, organisation_id: &str) -> Result<Vec<(String, Holder)>, StoreError> {
    let sql = "SELECT h.person_id, h.is_chief_official, h.topics, h.training, h.room, h.travel_minutes, h.secure_contact, h.effective,
                 h.effective_until, h.left_at FROM clearance_holder h JOIN person p ON p.id = h.person_id
               WHERE $1 = '' OR p.organisation_id = $1";
    let read = |row: &Row| Ok((row.get("person_id")?, read_holder(row)?));
    store.fetch(sql, values![organisation_id]).await?.iter().map(read).collect()
}

const HOLDER: &str = "SELECT is_chief_official, topics, training, room, travel_minutes, secure_contact, effective, effective_until, left_at
                      FROM clearance_holder WHERE person_id = $1";

pub async fn holder(store: &Store, person_id: &str) -> Result<Option<Holder>, StoreError> {
    store.fetch_optional(HOLDER, values![person_id]).await?.as_ref().map(read_holder).transpose()
}

pub async fn holder_in(tx: &mut Tx, person_id: &str) -> Result<Option<Holder>, StoreError> {
    tx.fetch_optional(HOLDER, values![person_id]).await?.as_ref().map(read_holder).transpose()
}

/// Writes what is known of somebody, new or in place of what was.
pub async fn put_holder(tx: &mut Tx, person_id: &str, h: &Holder) -> Result<(), StoreError> {
    let sql = "INSERT INTO clearance_holder (person_id, is_chief_official, topics, training, room, travel_minutes, secure_contact, effective,
                 effective_until, left_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
               ON CONFLICT (person_id) DO UPDATE SET is_chief_official = $2, topics = $3, training = $4, room = $5, travel_minutes = $6,
                 secure_contact = $7, effective = $8, effective_until = $9, left_at = $10";
    let (topics, training) = (to_json(&h.topics)?, to_json(&h.training)?);
    let (contact, effective) = (text_of(&h.secure_contact), level_name(h.effective));
    let values = values![
        person_id,
        h.is_chief_official,
        topics,
        training,
        &h.room,
        h.travel_minutes,
        contact,
        effective,
        h.effective_until,
        h.left_at
    ];
    tx.execute(sql, values).await.map(|_| ())
}

pub async fn set_level(tx: &mut Tx, person_id: &str, level: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE person SET clearance = $1 WHERE id = $2", values![level, person_id]).await.map(|_| ())
}

pub async fn insert(tx: &mut Tx, c: &Clearance) -> Result<(), StoreError> {
    let sql = "INSERT INTO clearance (id, person_id, sponsor, level, kind, stage, nda_signed_at, verified_at, verified_by, verified_how,
                 version, opened_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let (level, kind, stage) = (text_of(&c.grade), text_of(&c.basis), text_of(&c.stage));
    let values = values![
        &c.id,
        &c.person_id,
        &c.sponsor,
        level,
        kind,
        stage,
        c.nda_signed_at,
        c.verified_at,
        &c.verified_by,
        &c.verified_how,
        c.version,
        c.opened_at
    ];
    tx.execute(sql, values).await.map(|_| ())
}

/// Writes a record as it is now, if nobody else did since `before`; whether it was.
pub async fn update(tx: &mut Tx, c: &Clearance, before: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE clearance SET level = $1, kind = $2, stage = $3, nda_signed_at = $4, verified_at = $5, verified_by = $6,
                 verified_how = $7, version = $8 WHERE id = $9 AND version = $10";
    let (level, kind, stage) = (text_of(&c.grade), text_of(&c.basis), text_of(&c.stage));
    let values = values![
        level,
        kind,
        stage,
        c.nda_signed_at,
        c.verified_at,
        &c.verified_by,
        &c.verified_how,
        c.version,
        &c.id,
        before
    ];
    Ok(tx.execute(sql, values).await? > 0)
}

pub async fn clearance_in(tx: &mut Tx, id: &str) -> Result<Option<Clearance>, StoreError> {
    let sql = "SELECT c.id, c.person_id, c.sponsor, c.level, c.kind, c.stage, c.nda_signed_at, c.verified_at, c.verified_by, c.verified_how,
                 c.version, c.opened_at FROM clearance c WHERE c.id = $1";
    tx.fetch(sql, values![id]).await?.first().map(read_clearance).transpose()
}

pub async fn of_person_in(tx: &mut Tx, person_id: &str) -> Result<Vec<Clearance>, StoreError> {
    let sql = "SELECT c.id, c.person_id, c.sponsor, c.level, c.kind, c.stage, c.nda_signed_at, c.verified_at, c.verified_by, c.verified_how,
                 c.version, c.opened_at FROM clearance c WHERE c.person_id = $1 ORDER BY c.opened_at, c.id";
    tx.fetch(sql, values![person_id]).await?.iter().map(read_clearance).collect()
}

pub async fn insert_stage(tx: &mut Tx, id: &str, s: &StageDate) -> Result<(), StoreError> {
    let sql = "INSERT INTO clearance_stage (id, clearance_id, stage, since, by_id, at) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.execute(sql, values![id, &s.clearance_id, text_of(&s.stage), s.since, &s.by_id, s.at]).await.map(|_| ())
}

/// When the last stage of a record began.
pub async fn last_stage_in(tx: &mut Tx, clearance_id: &str) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT MAX(since) AS since FROM clearance_stage WHERE clearance_id = $1";
    let row = tx.fetch_optional(sql, values![clearance_id]).await?;
    row.map_or(Ok(None), |row| row.get("since"))
}

pub async fn insert_proposal(tx: &mut Tx, q: &Proposal) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO clearance_proposal (id, clearance_id, version, change, sponsor_person, sponsor_at, sponsor_way,
                 sponsor_reference, proposed_by, proposed_at, state, decided_by, decided_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, NULL)";
    let (change, way, state) = (to_json(&q.change)?, text_of(&q.sponsor_way), text_of(&q.state));
    let values = values![
        &q.id,
        &q.clearance_id,
        q.version,
        change,
        &q.sponsor_person,
        q.sponsor_at,
        way,
        &q.sponsor_reference,
        &q.proposed_by,
        q.proposed_at,
        state
    ];
    tx.execute(sql, values).await.map(|_| ())
}

pub async fn proposal_in(tx: &mut Tx, id: &str) -> Result<Option<Proposal>, StoreError> {
    let sql = "SELECT id, clearance_id, version, change, sponsor_person, sponsor_at, sponsor_way, sponsor_reference, proposed_by,
                 proposed_at, state, decided_by, decided_at FROM clearance_proposal WHERE id = $1";
    tx.fetch_optional(sql, values![id]).await?.as_ref().map(read_proposal).transpose()
}

/// The name of a person.
pub async fn name_in(tx: &mut Tx, person_id: &str) -> Result<String, StoreError> {
    let row = tx.fetch_optional("SELECT name FROM person WHERE id = $1", values![person_id]).await?;
    row.map_or(Ok(String::new()), |row| row.get("name"))
}

/// Decides on an open proposal; whether it was open.
pub async fn decide(tx: &mut Tx, id: &str, state: ProposalState, by: &str, at: i64) -> Result<bool, StoreError> {
    let sql =
        "UPDATE clearance_proposal SET state = $1, decided_by = $2, decided_at = $3 WHERE id = $4 AND state = 'open'";
    Ok(tx.execute(sql, values![text_of(&state), by, at, id]).await? > 0)
}

/// The open proposals about a record.
pub async fn open_proposals_in(tx: &mut Tx, clearance_id: &str) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT id FROM clearance_proposal WHERE clearance_id = $1 AND state = 'open' ORDER BY id";
    tx.fetch(sql, values![clearance_id]).await?.iter().map(|row| row.get("id")).collect()
}

pub async fn insert_read_in(tx: &mut Tx, r: &ReadIn) -> Result<(), StoreError> {
    let sql = "INSERT INTO read_in (id, person_id, at, place, topic, briefer, debriefed_at, by_id)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = values![&r.id, &r.person_id, r.at, &r.place, &r.topic, &r.briefer, r.debriefed_at, &r.by_id];
    tx.execute(sql, values).await.map(|_| ())
}

/// Notes when somebody was debriefed after a read-in; whether that was open.
pub async fn debrief_read_in(tx: &mut Tx, id: &str, person_id: &str, at: i64) -> Result<bool, StoreError> {
    let sql =
        "UPDATE read_in SET debriefed_at = $1 WHERE id = $2 AND person_id = $3 AND debriefed_at IS NULL AND at <= $1";
    Ok(tx.execute(sql, values![at, id, person_id]).await? > 0)
}

/// The read-ins of one person.
pub async fn read_ins(store: &Store, person_id: &str) -> Result<Vec<ReadIn>, StoreError> {
    let sql = "SELECT id, person_id, at, place, topic, briefer, debriefed_at, by_id FROM read_in WHERE person_id = $1 ORDER BY at, id";
    let read = |row: &Row| {
        Ok(ReadIn {
            id: row.get("id")?,
            person_id: row.get("person_id")?,
            at: row.get("at")?,
            place: row.get("place")?,
            topic: row.get("topic")?,
            briefer: row.get("briefer")?,
            debriefed_at: row.get("debriefed_at")?,
            by_id: row.get("by_id")?,
        })
    };
    store.fetch(sql, values![person_id]).await?.iter().map(read).collect()
}

/// The seats of states that differ from what is usual.
pub async fn seats(store: &Store) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = store.fetch("SELECT state, seats FROM clearance_seat ORDER BY state", &[]).await?;
    rows.iter().map(|row| Ok((row.get("state")?, row.get("seats")?))).collect()
}

/// The states that offices here are in.
pub async fn states(store: &Store) -> Result<Vec<String>, StoreError> {
    let rows = store.fetch("SELECT DISTINCT state FROM organisation WHERE state <> '' ORDER BY state", &[]).await?;
    rows.iter().map(|row| row.get("state")).collect()
}

pub async fn put_seats(tx: &mut Tx, state: &str, seats: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO clearance_seat (state, seats) VALUES ($1, $2) ON CONFLICT (state) DO UPDATE SET seats = $2";
    tx.execute(sql, values![state, seats]).await.map(|_| ())
}

/// The seats of a state; nobody else takes one until this transaction ends.
pub async fn hold_seats(tx: &mut Tx, state: &str, usual: i64) -> Result<i64, StoreError> {
    let sql = "INSERT INTO clearance_seat (state, seats) VALUES ($1, $2)
               ON CONFLICT (state) DO UPDATE SET seats = clearance_seat.seats RETURNING seats";
    let row = tx.fetch_optional(sql, values![state, usual]).await?;
    row.map_or(Ok(usual), |row| row.get("seats"))
}

/// How many people of a state hold a seat of this sponsor, without one of them.
pub async fn seated_in(tx: &mut Tx, state: &str, sponsor: &str, but: &str) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(DISTINCT c.person_id) AS n FROM clearance c JOIN person p ON p.id = c.person_id
               JOIN organisation o ON o.id = p.organisation_id
               WHERE o.state = $1 AND c.sponsor = $2 AND c.person_id <> $3 AND c.kind IN ('final', 'interim')
                 AND c.stage NOT IN ('withdrawn', 'debriefed')";
    tx.fetch_optional(sql, values![state, sponsor, but]).await?.map_or(Ok(0), |row| row.get("n"))
}

pub async fn put_attributes(tx: &mut Tx, id: &str, codes: &str, by: &str, at: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO organisation_attributes (organisation_id, codes, by_id, at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (organisation_id) DO UPDATE SET codes = $2, by_id = $3, at = $4";
    tx.execute(sql, values![id, codes, by, at]).await.map(|_| ())
}

pub async fn entered(store: &Store, organisation_id: &str) -> Result<Option<Attributes>, StoreError> {
    let sql = "SELECT codes FROM organisation_attributes WHERE organisation_id = $1";
    store.fetch_optional(sql, values![organisation_id]).await?.map(|row| from_json(&row, "codes")).transpose()
}

/// What was entered for an organisation, from the column `codes` of a statement of another kind; none was.
pub fn codes_of(row: &Row) -> Result<Option<Attributes>, StoreError> {
    let text: Option<String> = row.get("codes")?;
    let read =
        |text: String| serde_json::from_str(&text).map_err(|_| StoreError::Record("`codes` cannot be read".to_owned()));
    text.map(read).transpose()
}

/// What is on record of a person, from the columns of [`HOLDER`] joined to another statement; nothing is.
pub fn holder_of(row: &Row) -> Result<Option<Holder>, StoreError> {
    let effective: Option<String> = row.get("effective")?;
    effective.map(|_| read_holder(row)).transpose()
}

/// As far as it decides.
pub fn held(all: &[Clearance]) -> Vec<Held> {
    all.iter().map(Clearance::held).collect()
}

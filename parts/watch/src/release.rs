//! Releasing answers, and the owner's settings about them and about the archive.

use serde::Serialize;
use serde_json::json;
use ward_directory::{Here, Permit};
use ward_share::notice::with_notice;
use ward_stix::answer::to_object;
use ward_store::{Act, RowRef, enqueue_once, put_setting, setting};

use crate::WatchError;
use crate::answer::{named_person, read_body};
use crate::sql::answers::{self as sql, AnswerRow, WaitingRow};

/// The names of the settings in the store.
const RELEASE: &str = "answers.release";
const RETENTION_DAYS: &str = "archive.retention_days";
const KEEP_RAW: &str = "archive.keep_raw";

/// Who lets answers go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Release {
    /// Every answer waits for a person.
    #[default]
    Person,
    /// Answers go by themselves, alike for seen and not seen; hits that are only ordinary page views wait all the same.
    Automatic,
}

/// What the owner has set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Settings {
    pub release: Release,
    /// Months of events older than this are purged; none keeps everything.
    pub retention_days: Option<i64>,
    /// Raw lines are archived too, without their query values.
    pub keep_raw: bool,
}

/// An answer that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldAnswer {
    pub sighting_id: String,
    pub modified: String,
    pub hub_id: String,
    pub report_id: String,
    /// The STIX identity that it speaks of.
    pub jurisdiction: String,
    pub finding: String,
    pub held_because: String,
    /// Microseconds UTC.
    pub made_at: i64,
    /// Exactly what will leave, but for the name of who releases it.
    pub body: String,
}

/// The settings as they stand.
pub async fn settings(here: &Here) -> Result<Settings, WatchError> {
    let release = setting(&here.store, RELEASE).await?;
    let days = setting(&here.store, RETENTION_DAYS).await?;
    let keep_raw = setting(&here.store, KEEP_RAW).await?;
    Ok(Settings {
        release: if release.as_deref() == Some("automatic") { Release::Automatic } else { Release::Person },
        retention_days: days.and_then(|days| days.parse().ok()).filter(|days| *days > 0),
        keep_raw: keep_raw.as_deref() == Some("true"),
    })
}

/// Sets everything as given; what is held stays held.
pub async fn change_settings(here: &Here, permit: &Permit<Settings>) -> Result<(), WatchError> {
    let new = permit.on();
    if new.retention_days.is_some_and(|days| days <= 0) {
        return Err(WatchError::Invalid("events are kept for at least one day".to_owned()));
    }
    let release = match new.release {
        Release::Person => "person",
        Release::Automatic => "automatic",
    };
    let days = new.retention_days.map(|days| days.to_string()).unwrap_or_default();
    let mut tx = here.store.begin().await?;
    put_setting(&mut tx, RELEASE, release).await?;
    put_setting(&mut tx, RETENTION_DAYS, &days).await?;
    put_setting(&mut tx, KEEP_RAW, if new.keep_raw { "true" } else { "false" }).await?;
    let act = Act {
        act: "settings.changed",
        actor: &permit.who().actor,
        organisation: &permit.who().organisation.id,
        subject: &here.installation.id,
        at: here.now(),
        detail: &json!({ "answers.release": release, "archive.retention_days": new.retention_days, "archive.keep_raw": new.keep_raw }),
        rows: &[],
    };
    tx.record(act).await?;
    Ok(tx.commit().await?)
}

/// The answers of reports that wait for a person, oldest first. `permit` is for seeing answers.
pub async fn held(here: &Here, _permit: &Permit<()>) -> Result<Vec<HeldAnswer>, WatchError> {
    let rows = sql::held(&here.store).await?;
    Ok(rows.into_iter().filter(|row| row.of_ref == row.report_id).map(of_row).collect())
}

/// An answer of a report that waits for a person, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitingAnswer {
    pub sighting_id: String,
    pub modified: String,
    pub report_id: String,
    /// The name of the hub that it goes to.
    pub hub: String,
    pub finding: String,
    pub held_because: String,
    /// Microseconds UTC.
    pub made_at: i64,
}

/// As [`held`], without what will leave.
pub async fn waiting(here: &Here, _permit: &Permit<()>) -> Result<Vec<WaitingAnswer>, WatchError> {
    Ok(sql::waiting(&here.store, "").await?.into_iter().map(|row| of_waiting(row).0).collect())
}

/// The waiting answer that the permit names, with exactly what will leave but for the name of who releases it; none when it waits no longer.
pub async fn waiting_one(here: &Here, permit: &Permit<String>) -> Result<Option<(WaitingAnswer, String)>, WatchError> {
    let row = sql::waiting(&here.store, permit.on()).await?.into_iter().next();
    Ok(row.map(of_waiting))
}

fn of_waiting(row: WaitingRow) -> (WaitingAnswer, String) {
    let body = String::from_utf8_lossy(&row.body.unwrap_or_default()).into_owned();
    let waiting = WaitingAnswer {
        sighting_id: row.sighting_id,
        modified: row.modified,
        report_id: row.report_id,
        hub: row.hub,
        finding: row.finding,
        held_because: row.held_because,
        made_at: row.made_at,
    };
    (waiting, body)
}

/// Lets a held answer go, with the sightings of single indicators that belong to it. `permit` names the sighting. Gives how many left.
pub async fn release(here: &Here, permit: &Permit<String>) -> Result<usize, WatchError> {
    let person = named_person(here, permit.who()).await?;
    let held = sql::held(&here.store).await?;
    let unknown = || WatchError::Unknown { what: "held answer", id: permit.on().clone() };
    let chosen = held.iter().find(|row| row.sighting_id == *permit.on()).ok_or_else(unknown)?;
    let together: Vec<&AnswerRow> = held
        .iter()
        .filter(|row| {
            (&row.report_id, &row.hub_id, &row.jurisdiction)
                == (&chosen.report_id, &chosen.hub_id, &chosen.jurisdiction)
        })
        .collect();
    let mut tx = here.store.begin().await?;
    for row in &together {
        let mut answer = read_body(&row.body)?;
        answer.released_by = Some(person.clone());
        if sql::release(&mut tx, row, &with_notice(here, to_object(&answer)), &person).await? == 0 {
            // Somebody else released it, or a newer version took its place.
            return Err(unknown());
        }
    }
    let keys: Vec<[&str; 2]> = together.iter().map(|row| [row.sighting_id.as_str(), row.modified.as_str()]).collect();
    let rows: Vec<RowRef<'_>> = keys.iter().map(|key| RowRef { table: "sent_answer", key }).collect();
    let act = Act {
        act: "answer.released",
        actor: &permit.who().actor,
        organisation: &permit.who().organisation.id,
        subject: permit.on(),
        at: here.now(),
        detail: &json!({ "hub_id": chosen.hub_id, "report_id": chosen.report_id }),
        rows: &rows,
    };
    tx.record(act).await?;
    enqueue_once(&mut tx, "send-answers", &json!({ "hub_id": chosen.hub_id }), here.now()).await?;
    tx.commit().await?;
    Ok(together.len())
}

fn of_row(row: AnswerRow) -> HeldAnswer {
    HeldAnswer {
        sighting_id: row.sighting_id,
        modified: row.modified,
        hub_id: row.hub_id,
        report_id: row.report_id,
        jurisdiction: row.jurisdiction,
        finding: row.finding,
        held_because: row.held_because,
        made_at: row.made_at,
        body: String::from_utf8_lossy(&row.body).into_owned(),
    }
}

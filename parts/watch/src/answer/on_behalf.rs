//! Answering for another jurisdiction: a vendor, a state or a navigator enters what that jurisdiction found, and the answer says who did.

use serde::{Deserialize, Serialize};
use serde_json::json;
use ward_directory::{Here, Permit, spill};
use ward_stix::answer::{
    Answer, CountWithDefinition, FALSE_ALARM, Finding, IndicatorResult, SourceCoverage, sighting_id,
};
use ward_stix::marking::Tlp;
use ward_store::{Act, Tx};

use super::{Outgoing, named_person, namespace, next_modified, read_body, store};
use crate::keeping::to_json;
use crate::sql::answers as sql;
use crate::sql::local::{self, LookbackRow};
use crate::sql::received::HubRow;
use crate::{WatchError, known};

/// What a person enters for a jurisdiction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerFor {
    pub report_id: String,
    /// The hub to answer; needed only when several sent the alert.
    pub hub_id: Option<String>,
    /// The STIX identity of the jurisdiction, as the hub knows it.
    pub jurisdiction: String,
    /// Its name, for the text that says who answered for whom.
    pub jurisdiction_name: String,
    pub finding: Finding,
    /// Microseconds UTC.
    pub period_from: i64,
    pub period_until: i64,
    /// What was searched there; "not seen" needs it in full.
    pub sources: Vec<SourceCoverage>,
    pub indicators: Vec<IndicatorResult>,
    /// Events that matched.
    pub count: u64,
    pub first_seen: Option<i64>,
    pub last_seen: Option<i64>,
    /// Figures that go with a confirmation, each with what it counts.
    pub counts: Vec<CountWithDefinition>,
    /// Where an earlier match is taken back: what it was. It goes with the answer, and with the name of who says so.
    #[serde(default)]
    pub what_it_was: String,
    /// How this is known. It stays here.
    pub reason: String,
}

/// Answers for a jurisdiction. It is released by the person who enters it. Gives the sighting's id.
pub async fn answer_for(here: &Here, permit: &Permit<AnswerFor>) -> Result<String, WatchError> {
    let entered = permit.on();
    spill::guard(here, permit.who(), "answer for another", entered).await?;
    if entered.reason.trim().is_empty() || entered.jurisdiction_name.trim().is_empty() {
        return Err(WatchError::Invalid(
            "an answer for another needs that jurisdiction's name and how it is known".to_owned(),
        ));
    }
    let person = named_person(here, permit.who()).await?;
    let known = known::alert(here, &entered.report_id).await?;
    let hub = the_hub(&known.hubs, entered)?;
    if hub.own_identity_id == entered.jurisdiction {
        return Err(WatchError::Invalid("this jurisdiction answers for itself by its look-back".to_owned()));
    }
    let mut tx = here.store.begin().await?;
    let answer = answer_of(&mut tx, here, entered, hub, &person).await?;
    keep(&mut tx, here, entered, &known.modified).await?;
    let act = Act {
        act: "answer.for-another",
        actor: &permit.who().actor,
        organisation: &permit.who().organisation.id,
        subject: &entered.report_id,
        at: here.now(),
        detail: &json!({ "jurisdiction": entered.jurisdiction, "finding": entered.finding.text(), "reason": entered.reason }),
        rows: &[],
    };
    tx.record(act).await?;
    let outgoing = Outgoing { here, hub_id: &hub.id, state: "released", held_because: "", actor: &permit.who().actor };
    store(&mut tx, &outgoing, &entered.report_id, std::slice::from_ref(&answer), Some(&person)).await?;
    tx.commit().await?;
    Ok(answer.sighting_id)
}

fn the_hub<'a>(hubs: &'a [HubRow], entered: &AnswerFor) -> Result<&'a HubRow, WatchError> {
    match (hubs, &entered.hub_id) {
        (_, Some(id)) => {
            hubs.iter().find(|hub| hub.id == *id).ok_or_else(|| WatchError::Unknown { what: "hub", id: id.clone() })
        }
        ([hub], None) => Ok(hub),
        (_, None) => {
            Err(WatchError::Invalid("say which hub is answered: several sent this alert, or none did".to_owned()))
        }
    }
}

async fn answer_of(
    tx: &mut Tx,
    here: &Here,
    entered: &AnswerFor,
    hub: &HubRow,
    person: &str,
) -> Result<Answer, WatchError> {
    let earlier = sql::newest(tx, &entered.report_id, &hub.id, &entered.jurisdiction).await?;
    let earlier = earlier.iter().find(|row| row.of_ref == entered.report_id);
    let earlier = earlier.map(|row| read_body(&row.body)).transpose()?;
    let modified = next_modified(here.now(), earlier.iter());
    let for_whom = format!("{person}, answering for {}", entered.jurisdiction_name.trim());
    let counts = with_what_it_was(entered, earlier.as_ref(), person)?;
    Ok(Answer {
        sighting_id: sighting_id(namespace(here)?, &entered.report_id, &entered.jurisdiction),
        of_ref: entered.report_id.clone(),
        where_sighted_ref: entered.jurisdiction.clone(),
        answered_by_ref: hub.own_identity_id.clone(),
        created: earlier.map_or_else(|| modified.clone(), |earlier| earlier.created),
        modified,
        period_from: entered.period_from,
        period_until: entered.period_until,
        finding: entered.finding,
        sources: entered.sources.clone(),
        indicators: entered.indicators.clone(),
        confirmed_by: matches!(entered.finding, Finding::Confirmed(_)).then(|| for_whom.clone()),
        counts,
        false_alarms: Vec::new(),
        released_by: Some(for_whom),
        // Only the jurisdiction itself releases its name.
        is_name_released: false,
        count: entered.count,
        first_seen: entered.first_seen,
        last_seen: entered.last_seen,
        tlp: Tlp::Amber,
    })
}

/// The figures entered, and where a match is taken back what it was: nobody does that without a trace.
fn with_what_it_was(
    entered: &AnswerFor,
    earlier: Option<&Answer>,
    person: &str,
) -> Result<Vec<CountWithDefinition>, WatchError> {
    let is_match = |finding: Finding| matches!(finding, Finding::MatchUnderReview | Finding::Confirmed(_));
    let mut counts = entered.counts.clone();
    let Some(earlier) = earlier.filter(|_| !is_match(entered.finding)) else { return Ok(counts) };
    let said_before = |one: &&CountWithDefinition| one.definition.contains(FALSE_ALARM);
    counts.extend(earlier.counts.iter().filter(said_before).cloned());
    if !is_match(earlier.finding) {
        return Ok(counts);
    }
    let what_it_was = entered.what_it_was.trim();
    if what_it_was.is_empty() {
        return Err(WatchError::Invalid(
            "it was answered before that something was found there: to take that back, say what it was".to_owned(),
        ));
    }
    let definition = format!("events that matched and that {person} {FALSE_ALARM}: {what_it_was}");
    counts.push(CountWithDefinition { value: earlier.count.max(1), definition });
    Ok(counts)
}

async fn keep(tx: &mut Tx, here: &Here, entered: &AnswerFor, modified: &str) -> Result<(), WatchError> {
    let row = LookbackRow {
        report_id: entered.report_id.clone(),
        jurisdiction: entered.jurisdiction.clone(),
        modified: modified.to_owned(),
        finding: entered.finding.text().to_owned(),
        result: to_json(entered)?,
        finished_at: here.now(),
    };
    Ok(local::put_lookback(tx, &row).await?)
}

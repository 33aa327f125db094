//! Answers: what goes home of a look-back, as STIX sightings, and how they are held or released.
//!
//! An answer holds figures, findings and the owner's names for sources, never a log line, a client's address or a path. Its id comes from
//! a secret namespace of this node: sending again is idempotent, and nobody else can compute it. A correction is a new version.

mod build;
mod on_behalf;

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;
use ward_directory::{Here, Who};
use ward_share::notice::with_notice;
use ward_stix::answer::{Answer, Finding, problems, to_object};
use ward_stix::timestamp;
use ward_store::{Act, RowRef, Tx, enqueue_once};

use crate::lookback::{LookbackResult, Searched};
use crate::release::Release;
use crate::sql::answers::{self as sql, AnswerRow};
use crate::sql::local;
use crate::sql::received::HubRow;
use crate::{WatchError, name};

pub use on_behalf::{AnswerFor, answer_for};

/// Why an answer waits when the owner wants to see each.
const WAITS_FOR_A_PERSON: &str = "a person releases answers here";
/// Why an answer waits whatever the owner wants.
const ONLY_PAGE_VIEWS: &str = "the hits are only ordinary page views: a person has to look at them first";
const MICROS_PER_MILLISECOND: i64 = 1_000;

/// How an answer leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// As the owner has set.
    BySetting(Release),
    /// A person, by name and office, lets it go with the act that made it.
    ByPerson(String),
}

/// What answers are made from.
pub(crate) struct Making<'a> {
    pub here: &'a Here,
    pub searched: &'a Searched,
    pub leave: Leave,
    /// Who makes them, for the entry.
    pub actor: &'a str,
    pub even_if_nothing_new: bool,
}

/// Makes the answers of this node's own jurisdiction to every hub that sent the alert. Gives how many versions were made.
pub(crate) async fn make(tx: &mut Tx, making: &Making<'_>) -> Result<usize, WatchError> {
    let mut made = 0;
    let said = local::name_in(tx, &making.searched.result.report_id).await?.map(name::said).transpose()?;
    let is_name_released = said.is_some_and(|said| said.lets(making.searched.result.finding));
    for hub in &making.searched.known.hubs {
        let earlier = earlier(tx, making, hub).await?;
        let drafts = build::drafts(making, hub, &earlier, is_name_released)?;
        if drafts.is_empty() {
            continue;
        }
        let (state, held_because) = standing(&making.leave, &making.searched.result);
        let draft = Outgoing { hub_id: &hub.id, state, held_because, actor: making.actor, here: making.here };
        store(tx, &draft, &making.searched.result.report_id, &drafts, released_by(&making.leave)).await?;
        made += drafts.len();
    }
    Ok(made)
}

/// An earlier version of one sighting.
pub(crate) struct Earlier {
    pub answer: Answer,
    pub made_at: i64,
}

/// Where new versions go and in which state.
pub(crate) struct Outgoing<'a> {
    pub here: &'a Here,
    pub hub_id: &'a str,
    pub state: &'static str,
    pub held_because: &'static str,
    pub actor: &'a str,
}

/// Writes new versions, their entry and, when they may go, the job that sends them.
pub(crate) async fn store(
    tx: &mut Tx,
    outgoing: &Outgoing<'_>,
    report_id: &str,
    answers: &[Answer],
    released_by: Option<&str>,
) -> Result<(), WatchError> {
    let (here, now) = (outgoing.here, outgoing.here.now());
    for answer in answers {
        check(answer)?;
        sql::supersede_held(tx, &answer.sighting_id).await?;
        let row = AnswerRow {
            sighting_id: answer.sighting_id.clone(),
            modified: answer.modified.clone(),
            hub_id: outgoing.hub_id.to_owned(),
            report_id: report_id.to_owned(),
            of_ref: answer.of_ref.clone(),
            jurisdiction: answer.where_sighted_ref.clone(),
            finding: answer.finding.text().to_owned(),
            body: with_notice(here, to_object(answer)),
            state: outgoing.state.to_owned(),
            held_because: outgoing.held_because.to_owned(),
            released_by: released_by.map(str::to_owned),
            made_at: now,
            sent_at: None,
            receipt_number: None,
            promised_at: None,
        };
        sql::insert(tx, &row).await?;
    }
    let keys: Vec<[&str; 2]> =
        answers.iter().map(|answer| [answer.sighting_id.as_str(), answer.modified.as_str()]).collect();
    let rows: Vec<RowRef<'_>> = keys.iter().map(|key| RowRef { table: "sent_answer", key }).collect();
    let finding = answers.first().map_or("", |answer| answer.finding.text());
    let act = Act {
        act: "answer.made",
        actor: outgoing.actor,
        organisation: &here.installation.organisation_id,
        subject: report_id,
        at: now,
        detail: &json!({ "hub_id": outgoing.hub_id, "finding": finding, "state": outgoing.state }),
        rows: &rows,
    };
    tx.record(act).await?;
    if outgoing.state == "released" {
        enqueue_once(tx, "send-answers", &json!({ "hub_id": outgoing.hub_id }), now).await?;
    }
    Ok(())
}

/// The newest versions of what was answered to a hub, by what they answer.
async fn earlier(tx: &mut Tx, making: &Making<'_>, hub: &HubRow) -> Result<BTreeMap<String, Earlier>, WatchError> {
    let report_id = &making.searched.result.report_id;
    let rows = sql::newest(tx, report_id, &hub.id, &hub.own_identity_id).await?;
    rows.into_iter()
        .map(|row| {
            let answer = read_body(&row.body)?;
            Ok((row.of_ref, Earlier { answer, made_at: row.made_at }))
        })
        .collect()
}

/// An answer that this node made itself.
pub(crate) fn read_body(body: &[u8]) -> Result<Answer, WatchError> {
    let unreadable = |why: String| {
        WatchError::Store(ward_store::StoreError::Record(format!("an answer that was made here cannot be read: {why}")))
    };
    let object = ward_stix::object::Object::parse(body).map_err(|error| unreadable(error.to_string()))?;
    ward_stix::answer::from_object(&object).map_err(|error| unreadable(error.to_string()))
}

/// The secret namespace of the ids of this node's answers.
pub(crate) fn namespace(here: &Here) -> Result<Uuid, WatchError> {
    let key = ward_directory::make_key_file(&here.folder, "namespace")?;
    let [first, ..] = *key.as_chunks::<16>().0 else {
        return Err(WatchError::Invalid("the namespace key is too short".to_owned()));
    };
    Ok(Uuid::from_bytes(first))
}

/// Name and office of the person who acts. Tokens do not confirm, release or answer.
pub(crate) async fn named_person(here: &Here, who: &Who) -> Result<String, WatchError> {
    let nobody = || WatchError::Invalid("this takes a named person, not a token".to_owned());
    let id = who.person_id.as_ref().ok_or_else(nobody)?;
    let person = ward_directory::person(here, id).await?.ok_or_else(nobody)?;
    let (name, office) = (person.name.trim(), person.office.trim());
    if name.is_empty() {
        return Err(nobody());
    }
    Ok(if office.is_empty() { name.to_owned() } else { format!("{name}, {office}") })
}

/// The `modified` of a new version: now in milliseconds, and later than every earlier one.
pub(crate) fn next_modified<'a>(now: i64, earlier: impl Iterator<Item = &'a Answer>) -> String {
    let last = earlier.filter_map(|answer| timestamp::parse_micros(&answer.modified)).max();
    let floor = |micros: i64| micros.div_euclid(MICROS_PER_MILLISECOND) * MICROS_PER_MILLISECOND;
    let next = last.map_or(i64::MIN, |last| floor(last).saturating_add(MICROS_PER_MILLISECOND));
    timestamp::format_stix(floor(now).max(next))
}

fn released_by(leave: &Leave) -> Option<&str> {
    match leave {
        Leave::ByPerson(person) => Some(person),
        Leave::BySetting(_) => None,
    }
}

/// Held or released, alike for seen and not seen; only hits that are nothing but page views always wait.
fn standing(leave: &Leave, result: &LookbackResult) -> (&'static str, &'static str) {
    let only_page_views = result.finding == Finding::MatchUnderReview && result.proposal.ordinary_page_views_only;
    match leave {
        Leave::ByPerson(_) => ("released", ""),
        Leave::BySetting(_) if only_page_views => ("held", ONLY_PAGE_VIEWS),
        Leave::BySetting(Release::Person) => ("held", WAITS_FOR_A_PERSON),
        Leave::BySetting(Release::Automatic) => ("released", ""),
    }
}

fn check(answer: &Answer) -> Result<(), WatchError> {
    let found: Vec<String> = problems(answer).iter().map(ToString::to_string).collect();
    if found.is_empty() { Ok(()) } else { Err(WatchError::Invalid(found.join("; "))) }
}

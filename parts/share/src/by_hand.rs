//! Answers by hand: a person of an office that runs no Ward of its own says what they looked at, and what could be seen there.
//!
//! The ladder is the one of every answer: "not seen" needs a log that holds the whole period and everything that the alert lists searched for;
//! less is "partly searched" or "blind". What a person finds odd is a match under review. Nobody's "not seen" by hand takes back what the office's
//! own Ward matched.

mod said;

use serde_json::json;
use uuid::Uuid;
use ward_directory::{Here, Permit, Who, permit, person};
use ward_policy::{Resource, Verb};
use ward_stix::alert::Alert;
use ward_stix::answer::{Answer, CountWithDefinition, FALSE_ALARM, Finding, problems, sighting_id, to_object};
use ward_stix::marking::Tlp;
use ward_stix::timestamp;
use ward_store::{Act, StoreError};

use crate::alert::{parse, read};
use crate::collections::{self, Kind};
use crate::intake::{Batch, Origin, Outcome};
use crate::notice::with_notice;
use crate::sql::answers::{self as sql, AnswerRow};
use crate::{Receipt, ShareError, spill};

pub use said::{Found, HandAnswer, HandSource, Said, said};

const MILLISECOND: i64 = 1_000;
/// Why an answer to an earlier version is none.
const CORRECTED: &str = "the alert was corrected meanwhile: read it again, then answer";

/// Takes a person's answer for their own office: like any other answer, with receipt, entry and place in the situation.
///
/// # Errors
/// [`ShareError::Invalid`] with every reason, and when the alert was corrected since it was read; [`ShareError::Unseen`] when there is no such
/// alert for them; [`ShareError::Forbidden`] for who does not answer, and for the hub's own people.
pub async fn answer_by_hand(here: &Here, allowed: &Permit<HandAnswer>) -> Result<Receipt, ShareError> {
    let (who, entered) = (allowed.who(), allowed.on());
    check_may(here, who)?;
    spill::guard(here, who, "answer by hand", entered).await?;
    let view = read(here, who, &entered.report_id, None).await?;
    if view.summary.modified != entered.modified {
        return Err(ShareError::invalid(CORRECTED));
    }
    let period = (view.alert.search_from, view.alert.search_until);
    let live = view.indicators.iter().filter(|(_, _, is_withdrawn)| !is_withdrawn);
    let indicators: Vec<String> = live.map(|(id, _, _)| id.clone()).collect();
    let said = said(entered, period, &indicators, here.now())
        .map_err(|found| ShareError::Invalid(found.iter().map(|problem| problem.message.clone()).collect()))?;
    let id = sighting_id(namespace(here)?, &entered.report_id, &who.organisation.identity_id);
    let rows = sql::answers(&here.store, &entered.report_id, here.now()).await?;
    let rows: Vec<AnswerRow> = rows.into_iter().filter(|row| row.organisation_id == who.organisation.id).collect();
    check_no_match(&rows, &id, said.finding)?;
    let earlier = rows.iter().rfind(|row| row.sighting_id == id).map(|row| parse(row.body.as_bytes())).transpose()?;
    let earlier = earlier.and_then(|object| ward_stix::answer::from_object(&object).ok());
    let person = name_and_office(here, who).await?;
    let said = with_what_it_was(said, entered, earlier.as_ref(), &person)?;
    let answer = answer_of(here, who, &view.alert, entered, said, (id, earlier, person));
    let wrong: Vec<String> = problems(&answer).iter().map(ToString::to_string).collect();
    if !wrong.is_empty() {
        return Err(ShareError::Invalid(wrong));
    }
    take(here, who, entered, &answer).await
}

/// Whether a person answers by hand here: a member's own, with a role that answers.
#[must_use]
pub fn answers_by_hand(here: &Here, who: &Who) -> bool {
    check_may(here, who).is_ok()
}

fn check_may(here: &Here, who: &Who) -> Result<(), ShareError> {
    let is_member = who.organisation.is_member && who.organisation.id != here.installation.organisation_id;
    let may = permit(who, Verb::Create, Resource::Answer, ()).is_ok() && who.person_id.is_some();
    if is_member && may { Ok(()) } else { Err(ShareError::Forbidden { who: who.name.clone() }) }
}

/// What the office's own Ward, or who answers for it, found is not taken back by somebody else's word that there is nothing.
fn check_no_match(rows: &[AnswerRow], own_id: &str, finding: Finding) -> Result<(), ShareError> {
    if finding == Finding::MatchUnderReview {
        return Ok(());
    }
    let others = rows.iter().filter(|row| row.sighting_id != own_id);
    let newest: std::collections::BTreeMap<&str, &AnswerRow> =
        others.map(|row| (row.sighting_id.as_str(), row)).collect();
    let is_match = |row: &&AnswerRow| row.finding == Finding::MatchUnderReview.text() || row.rung.is_some();
    if newest.into_values().any(|row| is_match(&row)) {
        return Err(ShareError::invalid(
            "another answer for this office says that something matched: it must be reviewed where it was found, and cannot be taken back here",
        ));
    }
    Ok(())
}

/// The secret namespace of the ids of answers that are made here.
fn namespace(here: &Here) -> Result<Uuid, ShareError> {
    let key = ward_directory::make_key_file(&here.folder, "namespace")?;
    let [first, ..] = *key.as_chunks::<16>().0 else {
        return Err(StoreError::Record("the namespace key is too short".to_owned()).into());
    };
    Ok(Uuid::from_bytes(first))
}

/// Who said that something was there, and now says less, says what it was; that stays in the answer with their name.
fn with_what_it_was(
    mut said: Said,
    entered: &HandAnswer,
    earlier: Option<&Answer>,
    person: &str,
) -> Result<Said, ShareError> {
    let Some(earlier) = earlier.filter(|_| entered.found != Found::Something) else { return Ok(said) };
    said.counts.extend(earlier.counts.iter().filter(|one| one.definition.contains(FALSE_ALARM)).cloned());
    if !matches!(earlier.finding, Finding::MatchUnderReview | Finding::Confirmed(_)) {
        return Ok(said);
    }
    let what_it_was = entered.saw.trim();
    if what_it_was.is_empty() {
        return Err(ShareError::invalid(
            "your office answered before that it found something: to take that back, say what it was",
        ));
    }
    let definition = format!("events that matched and that {person} {FALSE_ALARM}: {what_it_was}");
    said.counts.push(CountWithDefinition { value: earlier.count.max(1), definition });
    Ok(said)
}

fn answer_of(
    here: &Here,
    who: &Who,
    alert: &Alert,
    entered: &HandAnswer,
    said: Said,
    (sighting_id, earlier, person): (String, Option<Answer>, String),
) -> Answer {
    let last = earlier.as_ref().and_then(|answer| timestamp::parse_micros(&answer.modified));
    let floor = |micros: i64| micros.div_euclid(MILLISECOND) * MILLISECOND;
    let at = floor(here.now()).max(last.map_or(i64::MIN, |last| floor(last) + MILLISECOND));
    let modified = timestamp::format_stix(at);
    Answer {
        sighting_id,
        of_ref: entered.report_id.clone(),
        where_sighted_ref: who.organisation.identity_id.clone(),
        answered_by_ref: who.organisation.identity_id.clone(),
        created: earlier.map_or_else(|| modified.clone(), |answer| answer.created),
        modified,
        period_from: alert.search_from,
        period_until: alert.search_until,
        finding: said.finding,
        sources: said.sources,
        indicators: said.indicators,
        confirmed_by: None,
        counts: said.counts,
        false_alarms: Vec::new(),
        released_by: Some(person),
        is_name_released: entered.is_name_released,
        count: said.count,
        first_seen: None,
        last_seen: None,
        tlp: Tlp::Amber,
    }
}

async fn name_and_office(here: &Here, who: &Who) -> Result<String, ShareError> {
    let id = who.person_id.as_deref().unwrap_or_default();
    let office = person(here, id).await?.map(|person| person.office).unwrap_or_default();
    Ok(if office.trim().is_empty() { who.name.clone() } else { format!("{}, {}", who.name, office.trim()) })
}

/// As it would come in over TAXII, with an entry that says who entered it.
async fn take(here: &Here, who: &Who, entered: &HandAnswer, answer: &Answer) -> Result<Receipt, ShareError> {
    let object = parse(&with_notice(here, to_object(answer)))?;
    collections::ensure(here).await?;
    let collection = collections::find(here, who, Kind::Answers.alias()).await?;
    let mut batch = Batch::begin(here, who, &collection, None, Origin::Posted).await?;
    match batch.place(&object).await? {
        Outcome::Added => {}
        Outcome::AlreadyHere => return Err(ShareError::invalid("this answer is here already")),
        Outcome::Quarantined(reason) | Outcome::Refused(reason) => return Err(ShareError::invalid(reason)),
    }
    let receipt = batch.receipts.first().cloned();
    let receipt = receipt.ok_or_else(|| ShareError::invalid("this is no answer to an alert"))?;
    let act = Act {
        act: "answer.by-hand",
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: &entered.report_id,
        at: here.now(),
        detail: &json!({"sighting_id": answer.sighting_id, "modified": answer.modified, "finding": answer.finding.text()}),
        rows: &[],
    };
    batch.tx.record(act).await?;
    batch.commit().await?;
    Ok(receipt)
}

//! A person's word about a match: an event on a rung of the ladder, or a false alarm.
//!
//! Machines propose; only here does "match under review" become more or less, by a named person of the owner, on the record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use ward_directory::{Here, Permit, Who, spill};
use ward_stix::answer::{CountWithDefinition, IndicatorResult, Rung};
use ward_store::{Act, RowRef, random};

use crate::answer::{self, Leave, Making, named_person};
use crate::keeping::{from_json, to_json};
use crate::lookback::{self, LookbackResult};
use crate::sql::local::{self, ConfirmationRow};
use crate::{WatchError, release};

/// In the column of the rung.
pub(crate) const DISMISSED: &str = "dismissed";

/// What a person confirms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirm {
    pub report_id: String,
    pub rung: Rung,
    /// From accessed on at least one, each with what it counts; they go home with the answer.
    pub counts: Vec<CountWithDefinition>,
    /// How the person knows. It stays here; needed when the look-back has no hits.
    pub reason: String,
    /// The answer leaves with this act, whatever the owner has set.
    pub release: bool,
}

/// What a person dismisses as a false alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dismiss {
    pub report_id: String,
    /// Why it is one. It stays here.
    pub reason: String,
    /// The answer leaves with this act, whatever the owner has set.
    pub release: bool,
}

/// The last word of a person about an alert here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Word {
    #[default]
    Nothing,
    Confirmed {
        rung: Rung,
        counts: Vec<CountWithDefinition>,
        person: String,
    },
    /// A false alarm, as long as no indicator has more or later hits than the person saw.
    Dismissed {
        hits: BTreeMap<String, DismissedHits>,
        person: String,
    },
}

/// What the person who dismissed an indicator's hits saw of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DismissedHits {
    pub count: u64,
    /// Time of the latest, microseconds UTC.
    pub last: Option<i64>,
}

/// Confirms an event; the answer gets a new version. Gives what the answer now says.
pub async fn confirm(here: &Here, permit: &Permit<Confirm>) -> Result<LookbackResult, WatchError> {
    let said = permit.on();
    spill::guard(here, permit.who(), "confirmation", said).await?;
    let person = named_person(here, permit.who()).await?;
    let searched = lookback::search(here, &said.report_id).await?;
    check(said, searched.result.events_matched > 0 || searched.result.events_dismissed > 0)?;
    let spoken = Spoken {
        report_id: &said.report_id,
        rung: said.rung.text(),
        counts: to_json(&said.counts)?,
        reason: &said.reason,
        act: "event.confirmed",
        release: said.release,
    };
    let word = Word::Confirmed { rung: said.rung, counts: said.counts.clone(), person: person.clone() };
    speak(here, permit.who(), &person, &spoken, word).await
}

/// Dismisses the hits as a false alarm. The answer then says what the coverage allows, and that hits were dismissed and by whom; its
/// sentences in `because` give the reason where that is less than "not seen". New hits open the review again.
pub async fn dismiss(here: &Here, permit: &Permit<Dismiss>) -> Result<LookbackResult, WatchError> {
    let said = permit.on();
    spill::guard(here, permit.who(), "false alarm", said).await?;
    if said.reason.trim().is_empty() {
        return Err(WatchError::Invalid("a false alarm needs a reason".to_owned()));
    }
    let person = named_person(here, permit.who()).await?;
    let searched = lookback::search(here, &said.report_id).await?;
    let seen = |result: &IndicatorResult| DismissedHits { count: result.count, last: result.last };
    let hits: BTreeMap<String, DismissedHits> =
        searched.result.indicators.iter().map(|result| (result.indicator_ref.clone(), seen(result))).collect();
    if searched.result.events_matched == 0 {
        return Err(WatchError::Invalid("the look-back has no hits to dismiss".to_owned()));
    }
    let spoken = Spoken {
        report_id: &said.report_id,
        rung: DISMISSED,
        counts: to_json(&hits)?,
        reason: &said.reason,
        act: "event.dismissed",
        release: said.release,
    };
    let word = Word::Dismissed { hits, person: person.clone() };
    speak(here, permit.who(), &person, &spoken, word).await
}

/// The last word about an alert, from its row.
pub(crate) fn word_of(row: Option<ConfirmationRow>) -> Result<Word, WatchError> {
    let Some(row) = row else { return Ok(Word::Nothing) };
    if row.rung == DISMISSED {
        return Ok(Word::Dismissed { hits: from_json(&row.counts, "a dismissal's hits")?, person: row.person });
    }
    let unknown = || ward_store::StoreError::Record(format!("`{}` is no rung of the ladder", row.rung));
    Ok(Word::Confirmed {
        rung: Rung::of_text(&row.rung).ok_or_else(unknown)?,
        counts: from_json(&row.counts, "a confirmation's counts")?,
        person: row.person,
    })
}

fn check(said: &Confirm, has_hits: bool) -> Result<(), WatchError> {
    let invalid = |text: &str| Err(WatchError::Invalid(text.to_owned()));
    if said.rung >= Rung::Accessed && said.counts.is_empty() {
        return invalid("from `accessed` on a confirmation needs a count with its definition");
    }
    if said.counts.iter().any(|count| count.definition.trim().is_empty()) {
        return invalid("a count says what it counts");
    }
    if !has_hits && said.reason.trim().is_empty() {
        return invalid("the look-back has no hits: say how the person knows better");
    }
    Ok(())
}

/// A word as it is stored.
struct Spoken<'a> {
    report_id: &'a str,
    rung: &'static str,
    counts: String,
    reason: &'a str,
    act: &'static str,
    release: bool,
}

async fn speak(
    here: &Here,
    who: &Who,
    person: &str,
    spoken: &Spoken<'_>,
    word: Word,
) -> Result<LookbackResult, WatchError> {
    let searched = lookback::search_given(here, spoken.report_id, word).await?;
    let row = ConfirmationRow {
        id: random::id(),
        report_id: spoken.report_id.to_owned(),
        jurisdiction: searched.jurisdiction.clone(),
        rung: spoken.rung.to_owned(),
        counts: spoken.counts.clone(),
        person: person.to_owned(),
        reason: spoken.reason.to_owned(),
        at: here.now(),
    };
    let setting = release::settings(here).await?.release;
    let leave = if spoken.release || setting == release::Release::Automatic {
        Leave::ByPerson(person.to_owned())
    } else {
        Leave::BySetting(setting)
    };
    let mut tx = here.store.begin().await?;
    local::insert_confirmation(&mut tx, &row).await?;
    let act = Act {
        act: spoken.act,
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: spoken.report_id,
        at: row.at,
        detail: &json!({ "finding": searched.result.finding.text(), "released": matches!(leave, Leave::ByPerson(_)) }),
        rows: &[RowRef { table: "confirmation", key: &[&row.id] }],
    };
    tx.record(act).await?;
    lookback::keep(&mut tx, &searched).await?;
    let making = Making { here, searched: &searched, leave, actor: &who.actor, even_if_nothing_new: true };
    answer::make(&mut tx, &making).await?;
    tx.commit().await?;
    Ok(searched.result)
}

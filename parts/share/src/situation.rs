//! The situation: who was asked, who answered, who was touched, who was not, and who is blind. Silence is never an all-clear.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ward_directory::{Here, Organisation, Permit, Who, organisations};
use ward_policy::{Resource, Verb};
use ward_stix::answer::{Answer, CountWithDefinition, Finding, Rung, SourceCoverage, from_object};
use ward_store::StoreError;

use crate::ShareError;
use crate::acknowledge::Duty;
use crate::alert::{hub_permits, newest_published, parse, read};
use crate::chase::ASKED_AGAIN;
use crate::sql::alerts::{self, AlertRow, Reached};
use crate::sql::answers::{self, AnswerRow};
use crate::sql::reminders::{self, ReminderRow};

/// Where an organisation stands with an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Not addressed, and no answer.
    NotAsked,
    /// Silence. Nothing is known.
    NoAnswerYet,
    Blind,
    PartlySearched,
    NotSeen,
    MatchUnderReview,
    Confirmed(Rung),
}

impl Standing {
    /// The form for people, such as `partly searched` or `confirmed: accessed`.
    #[must_use]
    pub fn plain(self) -> String {
        match self {
            Standing::NotAsked => "not asked".to_owned(),
            Standing::NoAnswerYet => "no answer yet".to_owned(),
            Standing::Blind => Finding::Blind.plain(),
            Standing::PartlySearched => Finding::PartlySearched.plain(),
            Standing::NotSeen => Finding::NotSeen.plain(),
            Standing::MatchUnderReview => Finding::MatchUnderReview.plain(),
            Standing::Confirmed(rung) => Finding::Confirmed(rung).plain(),
        }
    }

    /// The form in an address, such as `partly-searched` or `confirmed-accessed`.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Standing::Confirmed(rung) => format!("confirmed-{}", rung.text()),
            other => other.plain().replace(' ', "-"),
        }
    }
}

impl From<Finding> for Standing {
    fn from(finding: Finding) -> Standing {
        match finding {
            Finding::NotSeen => Standing::NotSeen,
            Finding::PartlySearched => Standing::PartlySearched,
            Finding::Blind => Standing::Blind,
            Finding::MatchUnderReview => Standing::MatchUnderReview,
            Finding::Confirmed(rung) => Standing::Confirmed(rung),
        }
    }
}

/// What an answer's sources could show, together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Coverage {
    pub sources: usize,
    pub events_read: u64,
    /// Summed over the sources.
    pub hours_asked: u64,
    pub hours_with_data: u64,
    pub lines_read: u64,
    pub lines_rejected: u64,
    /// 0 to 1; none when no line was read.
    pub rejected_share: Option<f64>,
}

/// One organisation's line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SituationRow {
    pub organisation_id: String,
    pub organisation: String,
    pub kind: ward_directory::OrganisationKind,
    /// Two letters, or empty.
    pub state: String,
    pub standing: Standing,
    /// The office itself lets other members see its name beside its answer; nobody who answers for it can.
    pub is_name_released: bool,
    /// The name of who answered.
    pub answered_by: Option<String>,
    /// None without an answer.
    pub coverage: Option<Coverage>,
    pub counts: Vec<CountWithDefinition>,
    /// Events that matched.
    pub matches: Option<u64>,
    /// First and last of them, in microseconds UTC.
    pub seen_from: Option<i64>,
    pub seen_until: Option<i64>,
    /// The period that was searched.
    pub searched_from: Option<i64>,
    pub searched_until: Option<i64>,
    /// Of the newest version of the alert, in microseconds UTC.
    pub delivered_at: Option<i64>,
    pub acknowledged: Vec<Duty>,
    /// When the hub asked again last, for who has not answered.
    pub asked_again_at: Option<i64>,
    /// When the answer that counts arrived.
    pub answered_at: Option<i64>,
}

/// Where everybody stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Situation {
    pub report_id: String,
    /// The newest published version.
    pub modified: String,
    pub headline: String,
    pub published_at: i64,
    /// By state, kind and name; for a member only its own and those that released their names.
    pub rows: Vec<SituationRow>,
    pub asked: usize,
    /// Of those asked.
    pub answered: usize,
    /// How many organisations by standing, all of them whatever rows are shown; see [`Standing::plain`].
    pub totals: BTreeMap<String, usize>,
}

/// The situation now: all rows for the hub's people who see answers; for a member who may see the alert its own row, the outline of those that
/// released their names, and the totals.
///
/// # Errors
/// [`ShareError::Unseen`].
pub async fn situation(here: &Here, who: &Who, report_id: &str) -> Result<Situation, ShareError> {
    let sees_all = hub_permits(here, who, Verb::See, Resource::Answer).is_ok();
    if !sees_all {
        read(here, who, report_id, None).await?;
    }
    let mut situation = situation_by(here, report_id, here.now()).await?;
    if !sees_all {
        let own = &who.organisation.id;
        situation.rows.retain(|row| row.organisation_id == *own || row.is_name_released);
        situation.rows.iter_mut().filter(|row| row.organisation_id != *own).for_each(SituationRow::keep_outline);
    }
    Ok(situation)
}

impl SituationRow {
    /// Leaves what other members may see of an office that released its name: who, where it stands, and since when.
    fn keep_outline(&mut self) {
        (self.answered_by, self.coverage, self.matches) = (None, None, None);
        self.counts.clear();
        (self.seen_from, self.seen_until, self.searched_from, self.searched_until) = (None, None, None, None);
        (self.delivered_at, self.asked_again_at) = (None, None);
        self.acknowledged.clear();
    }
}

/// The situation as it was known at a time, for figures.
///
/// # Errors
/// [`ShareError::Forbidden`]; [`ShareError::Unseen`] when the alert was not published by then.
pub async fn situation_at(
    here: &Here,
    permit: &Permit<()>,
    report_id: &str,
    as_of: i64,
) -> Result<Situation, ShareError> {
    hub_permits(here, permit.who(), Verb::See, Resource::Brief)?;
    situation_by(here, report_id, as_of).await
}

async fn situation_by(here: &Here, report_id: &str, as_of: i64) -> Result<Situation, ShareError> {
    let versions = alerts::versions(&here.store, report_id).await?;
    let newest = newest_published(&versions, as_of);
    let newest = newest.ok_or_else(|| ShareError::Unseen { what: "alert", id: report_id.to_owned() })?;
    let all = organisations(here).await?;
    let known = Known {
        asked: asked_by(&versions, as_of),
        answers: answers::answers(&here.store, report_id, as_of).await?,
        deliveries: of_version(alerts::deliveries(&here.store, report_id, as_of).await?, newest),
        acknowledgements: of_version(alerts::acknowledgements(&here.store, report_id, as_of).await?, newest),
        reminders: reminders::of_report(&here.store, report_id, as_of).await?,
        all: &all,
    };
    let own = &here.installation.organisation_id;
    let is_listed = |organisation: &&Organisation| {
        known.asked.contains(&organisation.id)
            || (organisation.is_member && &organisation.id != own)
            || known.answer_of(&organisation.id).is_some()
    };
    let listed = all.iter().filter(is_listed);
    let rows = listed.map(|organisation| known.row(organisation)).collect::<Result<Vec<_>, _>>()?;
    let is_answered = |row: &&SituationRow| known.asked.contains(&row.organisation_id) && row.answered_at.is_some();
    let mut totals = BTreeMap::new();
    for row in &rows {
        *totals.entry(row.standing.plain()).or_insert(0) += 1;
    }
    Ok(Situation {
        report_id: report_id.to_owned(),
        modified: newest.modified.clone(),
        headline: newest.headline.clone(),
        published_at: newest.published_at.unwrap_or_default(),
        asked: known.asked.len(),
        answered: rows.iter().filter(is_answered).count(),
        totals,
        rows,
    })
}

/// Everybody whom a version that was published by then asked.
fn asked_by(versions: &[AlertRow], as_of: i64) -> Vec<String> {
    let mut asked = Vec::new();
    for version in versions.iter().filter(|row| row.published_at.is_some_and(|at| at <= as_of)) {
        for recipient in &version.recipients {
            if !asked.contains(recipient) {
                asked.push(recipient.clone());
            }
        }
    }
    asked
}

fn of_version(mut reached: Vec<Reached>, newest: &AlertRow) -> Vec<Reached> {
    reached.retain(|one| one.modified == newest.modified);
    reached
}

struct Known<'a> {
    asked: Vec<String>,
    /// The newest version last.
    answers: Vec<AnswerRow>,
    deliveries: Vec<Reached>,
    acknowledgements: Vec<Reached>,
    reminders: Vec<ReminderRow>,
    all: &'a [Organisation],
}

impl Known<'_> {
    /// The answer that counts for an organisation, whoever gave it: of the newest version of each the newest, but one that says that
    /// something was there before any that does not. A node that found nothing does not take back what a person there saw.
    fn answer_of(&self, organisation_id: &str) -> Option<&AnswerRow> {
        let of = self.answers.iter().filter(|row| row.organisation_id == organisation_id);
        let newest: BTreeMap<&str, &AnswerRow> = of.map(|row| (row.sighting_id.as_str(), row)).collect();
        newest.into_values().max_by_key(|row| {
            let is_match = row.finding == Finding::MatchUnderReview.text() || row.rung.is_some();
            (is_match, &row.version_key, row.received_at)
        })
    }

    fn asked_again(&self, organisation_id: &str) -> Option<i64> {
        let of = self.reminders.iter().filter(|row| row.organisation_id == organisation_id && row.kind == ASKED_AGAIN);
        of.map(|row| row.at).max()
    }

    fn row(&self, organisation: &Organisation) -> Result<SituationRow, ShareError> {
        let found = self.answer_of(&organisation.id);
        let answer = found.map(read_answer).transpose()?;
        let silence = if self.asked.contains(&organisation.id) { Standing::NoAnswerYet } else { Standing::NotAsked };
        let name = |id: &str| self.all.iter().find(|other| other.id == id).map(|other| other.name.clone());
        let of = |one: &&Reached| one.organisation_id == organisation.id;
        let duties = self.acknowledgements.iter().filter(of).filter_map(|one| Duty::of_text(&one.duty));
        let answer = answer.as_ref();
        Ok(SituationRow {
            organisation_id: organisation.id.clone(),
            organisation: organisation.name.clone(),
            kind: organisation.kind,
            state: organisation.state.clone(),
            standing: answer.map_or(silence, |answer| answer.finding.into()),
            is_name_released: found.is_some_and(|row| row.answered_by_id == organisation.id)
                && answer.is_some_and(|answer| answer.is_name_released),
            answered_by: found.and_then(|row| name(&row.answered_by_id)),
            coverage: answer.map(|answer| coverage(&answer.sources)),
            counts: answer.map(|answer| answer.counts.clone()).unwrap_or_default(),
            matches: answer.map(|answer| answer.count),
            seen_from: answer.and_then(|answer| answer.first_seen),
            seen_until: answer.and_then(|answer| answer.last_seen),
            searched_from: answer.map(|answer| answer.period_from),
            searched_until: answer.map(|answer| answer.period_until),
            delivered_at: self.deliveries.iter().filter(of).map(|one| one.at).min(),
            acknowledged: duties.collect(),
            asked_again_at: found.is_none().then(|| self.asked_again(&organisation.id)).flatten(),
            answered_at: found.map(|row| row.received_at),
        })
    }
}

fn read_answer(row: &AnswerRow) -> Result<Answer, ShareError> {
    let object = parse(row.body.as_bytes())?;
    Ok(from_object(&object).map_err(|e| StoreError::Record(e.to_string()))?)
}

fn coverage(sources: &[SourceCoverage]) -> Coverage {
    let sum = |of: fn(&SourceCoverage) -> u64| sources.iter().map(of).fold(0_u64, u64::saturating_add);
    let (read, rejected) = (sum(|source| source.lines_read), sum(|source| source.lines_rejected));
    Coverage {
        sources: sources.len(),
        events_read: sum(|source| source.events_read),
        hours_asked: sum(|source| source.hours_asked),
        hours_with_data: sum(|source| source.hours_with_data),
        lines_read: read,
        lines_rejected: rejected,
        #[expect(clippy::cast_precision_loss, reason = "a share for people; 2^53 lines are more than a log has")]
        rejected_share: (read > 0).then(|| rejected as f64 / read as f64),
    }
}

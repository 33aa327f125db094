//! The situation: who was asked, who answered, who was touched, who was not, and who is blind. Silence is never an all-clear.

mod page;
mod standing;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;
use ward_directory::{Here, Organisation, Permit, Who, organisations};
use ward_policy::{Resource, Verb};
use ward_stix::answer::{Answer, CountWithDefinition, SourceCoverage, from_object};
use ward_store::StoreError;

use crate::ShareError;
use crate::acknowledge::Duty;
use crate::alert::{hub_permits, newest_published, parse, read};
use crate::chase::ASKED_AGAIN;
use crate::sql::alerts::{self, AlertRow, Reached};
use crate::sql::answers::{self, AnswerRow};
use crate::sql::reminders::{self, ReminderRow};

pub(crate) use page::community_of;
pub use page::{Community, Listed, PageQuery, SituationPage, Sort, StateOffice, Summary, community, page};
pub use standing::Standing;
pub(crate) use standing::of_answer;

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
        situation.rows = situation.rows.into_iter().filter_map(|row| row.for_member(who)).collect();
    }
    Ok(situation)
}

impl SituationRow {
    /// What a member may see of it: all of their own; of an office that released its name the outline; else nothing.
    fn for_member(mut self, who: &Who) -> Option<SituationRow> {
        let is_own = self.organisation_id == who.organisation.id;
        if !is_own {
            self.keep_outline();
        }
        (is_own || self.is_name_released).then_some(self)
    }

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
        answers: that_count(answers::answers(&here.store, report_id, as_of).await?, as_of)?,
        deliveries: of_version(alerts::deliveries(&here.store, report_id, as_of).await?, newest),
        acknowledgements: of_version(alerts::acknowledgements(&here.store, report_id, as_of).await?, newest),
        asked_again: asked_again(&reminders::of_report(&here.store, report_id, as_of).await?),
        names: all.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect(),
        as_of,
    };
    let own = &here.installation.organisation_id;
    let is_listed = |organisation: &&Organisation| {
        known.asked.contains(&organisation.id)
            || (organisation.is_member && &organisation.id != own)
            || known.answers.contains_key(&organisation.id)
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
fn asked_by(versions: &[AlertRow], as_of: i64) -> HashSet<String> {
    let published = versions.iter().filter(|row| row.published_at.is_some_and(|at| at <= as_of));
    published.flat_map(|version| version.recipients.iter().cloned()).collect()
}

/// What reached each organisation of the newest version, in the order in which it did.
fn of_version(reached: Vec<Reached>, newest: &AlertRow) -> HashMap<String, Vec<Reached>> {
    let mut of: HashMap<String, Vec<Reached>> = HashMap::new();
    for one in reached.into_iter().filter(|one| one.modified == newest.modified) {
        of.entry(one.organisation_id.clone()).or_default().push(one);
    }
    of
}

/// The answer that counts for each organisation, whoever gave it: of the newest version of each the one that weighs most, and of those the
/// newest. Nobody takes back with an answer of their own what somebody else found there.
pub(crate) fn that_count(rows: Vec<AnswerRow>, as_of: i64) -> Result<HashMap<String, AnswerRow>, StoreError> {
    // The newest version comes last and stays.
    let newest: BTreeMap<String, AnswerRow> = rows.into_iter().map(|row| (row.sighting_id.clone(), row)).collect();
    let mut counts: HashMap<String, (u8, AnswerRow)> = HashMap::new();
    // Among equals the last sighting stays, as its id decides.
    for row in newest.into_values() {
        let weight = of_answer(&row, as_of)?.weight();
        let order = (weight, &row.version_key, row.received_at);
        let known = counts.get(&row.organisation_id);
        if known.is_none_or(|(weight, known)| (*weight, &known.version_key, known.received_at) <= order) {
            counts.insert(row.organisation_id.clone(), (weight, row));
        }
    }
    Ok(counts.into_iter().map(|(id, (_, row))| (id, row)).collect())
}

/// When each organisation was last asked again.
fn asked_again(rows: &[ReminderRow]) -> HashMap<String, i64> {
    let asked = rows.iter().filter(|row| row.kind == ASKED_AGAIN);
    asked.fold(HashMap::new(), |mut last: HashMap<String, i64>, row| {
        let at = last.entry(row.organisation_id.clone()).or_insert(row.at);
        *at = row.at.max(*at);
        last
    })
}

/// What is known, by organisation.
struct Known<'a> {
    asked: HashSet<String>,
    /// The answer that counts, whoever gave it.
    answers: HashMap<String, AnswerRow>,
    deliveries: HashMap<String, Vec<Reached>>,
    acknowledgements: HashMap<String, Vec<Reached>>,
    asked_again: HashMap<String, i64>,
    names: HashMap<&'a str, &'a str>,
    as_of: i64,
}

impl Known<'_> {
    fn row(&self, organisation: &Organisation) -> Result<SituationRow, ShareError> {
        let found = self.answers.get(&organisation.id);
        let duties = self.acknowledgements.get(&organisation.id).into_iter().flatten();
        let name = found.and_then(|row| self.names.get(row.answered_by_id.as_str()));
        row_of(Line {
            organisation_id: organisation.id.clone(),
            organisation: organisation.name.clone(),
            kind: organisation.kind,
            state: organisation.state.clone(),
            asked_again_at: self.asked_again.get(&organisation.id).copied().filter(|_| found.is_none()),
            is_asked: self.asked.contains(&organisation.id),
            body: found.map(|row| row.body.as_str()),
            is_doubted: found.and_then(|row| row.doubted_at).is_some_and(|at| at <= self.as_of),
            answered_at: found.map(|row| row.received_at),
            answered_by_id: found.map(|row| row.answered_by_id.as_str()),
            answered_by: name.map(|name| (*name).to_owned()),
            delivered_at: self.deliveries.get(&organisation.id).and_then(|all| all.iter().map(|one| one.at).min()),
            acknowledged: duties.filter_map(|one| Duty::of_text(&one.duty)).collect(),
        })
    }
}

/// What is kept of an organisation and the answer that counts.
struct Line<'a> {
    organisation_id: String,
    organisation: String,
    kind: ward_directory::OrganisationKind,
    state: String,
    is_asked: bool,
    /// The answer, as it was sent.
    body: Option<&'a str>,
    /// A "not seen" in it counts as "partly searched".
    is_doubted: bool,
    answered_at: Option<i64>,
    answered_by_id: Option<&'a str>,
    answered_by: Option<String>,
    delivered_at: Option<i64>,
    acknowledged: Vec<Duty>,
    asked_again_at: Option<i64>,
}

fn row_of(line: Line<'_>) -> Result<SituationRow, ShareError> {
    let answer = line.body.map(read_answer).transpose()?;
    let silence = if line.is_asked { Standing::NoAnswerYet } else { Standing::NotAsked };
    let answer = answer.as_ref();
    let is_own_answer = line.answered_by_id == Some(line.organisation_id.as_str());
    Ok(SituationRow {
        organisation_id: line.organisation_id,
        organisation: line.organisation,
        kind: line.kind,
        state: line.state,
        standing: answer.map_or(silence, |answer| Standing::from(answer.finding).doubted(line.is_doubted)),
        is_name_released: is_own_answer && answer.is_some_and(|answer| answer.is_name_released),
        answered_by: line.answered_by,
        coverage: answer.map(|answer| coverage(&answer.sources)),
        counts: answer.map(|answer| answer.counts.clone()).unwrap_or_default(),
        matches: answer.map(|answer| answer.count),
        seen_from: answer.and_then(|answer| answer.first_seen),
        seen_until: answer.and_then(|answer| answer.last_seen),
        searched_from: answer.map(|answer| answer.period_from),
        searched_until: answer.map(|answer| answer.period_until),
        delivered_at: line.delivered_at,
        acknowledged: line.acknowledged,
        asked_again_at: line.asked_again_at,
        answered_at: line.answered_at,
    })
}

fn read_answer(body: &str) -> Result<Answer, ShareError> {
    let object = parse(body.as_bytes())?;
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

//! The quality gate at the node: what of the alerts' indicators may block by itself, and what is only watched, each with reasons.
//!
//! Judged at each reading, from what is kept: nothing can be stale. Looking back and live matching search for all, whatever the judgement.

use std::collections::BTreeMap;

use serde::Serialize;
use ward_directory::Here;
use ward_quality::{Act, Facts, OfficeWord, Said, Stated, Verdict, judge};
use ward_stix::answer::IndicatorResult;
use ward_stix::object::Object;
use ward_stix::pattern;
use ward_stix::timestamp::parse_micros;

use crate::WatchError;
use crate::confirm::{DISMISSED, DismissedHits};
use crate::keeping::from_json;
use crate::receive::IndicatorRow;
use crate::sql::quality::{self as sql, BasisRow, WordRow};

/// Most matched indicators of an alert that are spoken of one by one.
const SPOKEN_OF_MAX: usize = 20;

/// An active indicator with its judgement.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub row: IndicatorRow,
    pub stated: Stated,
    pub verdict: Verdict,
}

/// An indicator that is looked for and not blocked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotBlocked {
    pub report_id: String,
    pub indicator: String,
    /// What it looks for.
    pub values: Vec<String>,
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// The active indicators that the block feed leaves out, with the reasons; those that the owner allows are on the allow-list and not here.
pub async fn not_blocked(here: &Here) -> Result<Vec<NotBlocked>, WatchError> {
    let all = judged(here, "").await?.into_iter().filter(|one| one.verdict.act != Act::Block);
    Ok(all
        .map(|one| NotBlocked {
            values: one.stated.terms.iter().map(ward_stix::term::Term::text).collect(),
            report_id: one.row.report_id,
            indicator: one.row.id,
            verdict: one.verdict,
        })
        .collect())
}

/// The active indicators of one alert, or of all when `report_id` is empty, judged now.
pub(crate) async fn judged(here: &Here, report_id: &str) -> Result<Vec<Judged>, WatchError> {
    let own = &here.installation.organisation_id;
    let basis = sql::basis(&here.store, report_id, own).await?;
    let lists = ward_share::quality::lists::of(here, &basis.lists).await?;
    let alarms = false_alarms(&basis.words)?;
    let mut judged = Vec::new();
    for BasisRow { indicator: row, body, alert_modified } in basis.indicators {
        let stated = stated(&row, body.as_deref(), alert_modified.as_deref());
        let listed = lists.of(&stated.terms);
        let said = alarms.get(&row.id).map(|reason| Said::FalseAlarm { reason: Some(reason.clone()) });
        let words: Vec<OfficeWord> =
            said.into_iter().map(|said| OfficeWord { organisation: own.clone(), said }).collect();
        // Rows of indicators are only written once the alert that holds them was verified: two people signed it.
        let facts = Facts { stated: &stated, is_vouched: true, listed: &listed, words: &words };
        let verdict = judge(&facts, here.now());
        judged.push(Judged { row, stated, verdict });
    }
    Ok(judged)
}

/// For those that were seen and are not blocked, a sentence each that says so.
pub(crate) async fn sentences(
    here: &Here,
    report_id: &str,
    results: &[IndicatorResult],
) -> Result<Vec<String>, WatchError> {
    let was_seen = |id: &str| results.iter().any(|result| result.indicator_ref == id && result.count > 0);
    if results.iter().all(|result| result.count == 0) {
        return Ok(Vec::new());
    }
    let judged = judged(here, report_id).await?.into_iter();
    let weak: Vec<Judged> = judged.filter(|one| one.verdict.act != Act::Block && was_seen(&one.row.id)).collect();
    let mut said: Vec<String> = weak.iter().take(SPOKEN_OF_MAX).map(sentence).collect();
    if weak.len() > SPOKEN_OF_MAX {
        said.push(format!("{} more of what matched is not blocked either", weak.len() - SPOKEN_OF_MAX));
    }
    Ok(said)
}

fn sentence(one: &Judged) -> String {
    let values: Vec<String> = one.stated.terms.iter().take(3).map(ward_stix::term::Term::text).collect();
    let act = if one.verdict.act == Act::Spent { "spent" } else { "watched, not blocked" };
    format!("{} is {act}: {}", values.join(" or "), one.verdict.reasons.join("; "))
}

/// What the sender says, as of the newest version of the alert, which stands for all that is in it.
fn stated(row: &IndicatorRow, body: Option<&[u8]>, alert_modified: Option<&str>) -> Stated {
    let own = body.and_then(|body| Object::parse(body).ok()).and_then(|object| Stated::of(&object));
    let terms = || pattern::compile(&row.pattern).map(|compiled| compiled.terms).unwrap_or_default();
    let own = own.unwrap_or_else(|| Stated { terms: terms(), ..Stated::default() });
    let alert = alert_modified.and_then(parse_micros);
    Stated { stated_at: own.stated_at.max(alert), valid_from: row.valid_from, valid_until: row.valid_until, ..own }
}

/// Indicators whose hits a person here reviewed as a false alarm, with the reason.
fn false_alarms(words: &[WordRow]) -> Result<BTreeMap<String, String>, WatchError> {
    let mut alarms = BTreeMap::new();
    for word in words.iter().filter(|word| word.rung == DISMISSED) {
        let hits: BTreeMap<String, DismissedHits> = from_json(&word.counts, "a dismissal's hits")?;
        let had_hits = hits.into_iter().filter(|(_, hits)| hits.count > 0);
        alarms.extend(had_hits.map(|(id, _)| (id, word.reason.clone())));
    }
    Ok(alarms)
}

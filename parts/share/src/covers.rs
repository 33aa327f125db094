//! Whether a "not seen" covers what its alert asks: the whole period, and each thing that the newest version lists.
//!
//! An answer to an earlier version, or for less, is still an answer, but it counts as "partly searched": whoever reads "not seen" reads it of the
//! alert as it stands now.

use std::collections::BTreeSet;

use ward_stix::answer::{Answer, Finding, TOO_MANY_TO_LIST, from_object};
use ward_stix::object::Object;
use ward_store::{StoreError, Tx};

use crate::ShareError;
use crate::alert::parse;
use crate::sql::{alerts, answers as sql};

/// What a version of an alert asks.
pub(crate) struct Asked {
    /// Microseconds UTC.
    search_from: i64,
    search_until: i64,
    /// Ids of the indicators that were not withdrawn.
    live: BTreeSet<String>,
}

impl Asked {
    /// Of the objects of a version, the report first.
    pub fn of(objects: &[Object]) -> Result<Asked, ShareError> {
        let unreadable = |why: String| StoreError::Record(format!("an alert that is kept here cannot be read: {why}"));
        let report = objects.first().ok_or_else(|| unreadable("there is no report".to_owned()))?;
        let alert = ward_stix::alert::from_object(report).map_err(|e| unreadable(e.to_string()))?;
        let live = objects.iter().filter(|object| object.kind() == "indicator" && !object.is_revoked());
        Ok(Asked {
            search_from: alert.search_from,
            search_until: alert.search_until,
            live: live.map(|object| object.id().to_owned()).collect(),
        })
    }

    /// Of a version that is kept.
    pub async fn kept(tx: &mut Tx, report_id: &str, modified: &str) -> Result<Asked, ShareError> {
        let bodies = alerts::objects_in(tx, report_id, modified).await?;
        Asked::of(&bodies.iter().map(|body| parse(body)).collect::<Result<Vec<_>, _>>()?)
    }

    /// Whether an answer that arrived then speaks of all of it. Nobody can have searched what was still to come.
    pub fn is_covered_by(&self, answer: &Answer, received_at: i64) -> bool {
        let period =
            answer.period_from <= self.search_from && answer.period_until >= self.search_until.min(received_at);
        let listed: BTreeSet<&str> = answer.indicators.iter().map(|one| one.indicator_ref.as_str()).collect();
        let lists_all = self.live.iter().all(|id| listed.contains(id.as_str()));
        period && (lists_all || self.is_too_long_and_counted(answer))
    }

    /// Of very many an answer lists only those that were seen, and says how many were searched for.
    fn is_too_long_and_counted(&self, answer: &Answer) -> bool {
        let live = u64::try_from(self.live.len()).unwrap_or(u64::MAX);
        let is_long = self.live.len() > ward_stix::answer::INDICATORS_LISTED_MAX;
        is_long && answer.counts.iter().any(|one| one.definition == TOO_MANY_TO_LIST && one.value >= live)
    }
}

/// From when on an answer that arrives now counts for less than it says; none when it does not.
pub(crate) async fn doubted_at(
    tx: &mut Tx,
    answer: &Answer,
    modified: &str,
    now: i64,
) -> Result<Option<i64>, ShareError> {
    if answer.finding != Finding::NotSeen {
        return Ok(None);
    }
    let asked = Asked::kept(tx, &answer.of_ref, modified).await?;
    Ok((!asked.is_covered_by(answer, now)).then_some(now))
}

/// Judges what was answered to earlier versions by the one that is published now: what does not cover it counts for less from now on, and its
/// office has to answer again.
pub(crate) async fn judge_anew(tx: &mut Tx, report_id: &str, objects: &[Object], now: i64) -> Result<(), ShareError> {
    let rows = sql::not_doubted(tx, report_id).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let asked = Asked::of(objects)?;
    for row in rows {
        let answer = from_object(&parse(row.body.as_bytes())?).map_err(|e| StoreError::Record(e.to_string()))?;
        if !asked.is_covered_by(&answer, row.received_at) {
            sql::doubt(tx, &row, now).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ward_stix::answer::{CountWithDefinition, INDICATORS_LISTED_MAX};
    use ward_stix::marking::Tlp;

    fn answer(counts: Vec<CountWithDefinition>) -> Answer {
        Answer {
            sighting_id: String::new(),
            of_ref: String::new(),
            where_sighted_ref: String::new(),
            answered_by_ref: String::new(),
            created: String::new(),
            modified: String::new(),
            period_from: 0,
            period_until: 10,
            finding: Finding::NotSeen,
            sources: Vec::new(),
            indicators: Vec::new(),
            confirmed_by: None,
            counts,
            false_alarms: Vec::new(),
            released_by: None,
            is_name_released: false,
            count: 0,
            first_seen: None,
            last_seen: None,
            tlp: Tlp::Amber,
        }
    }

    #[test]
    fn what_is_too_long_to_list_is_counted() {
        let said = |value, definition: &str| vec![CountWithDefinition { value, definition: definition.to_owned() }];
        let long = INDICATORS_LISTED_MAX + 1;
        for (live, counts, expected) in [
            (long, said(long as u64, TOO_MANY_TO_LIST), true),
            (long, said(long as u64 - 1, TOO_MANY_TO_LIST), false),
            (long, said(long as u64, "indicators"), false),
            (long, Vec::new(), false),
            // What can be listed is listed.
            (INDICATORS_LISTED_MAX, said(long as u64, TOO_MANY_TO_LIST), false),
        ] {
            let live = (0..live).map(|number| format!("indicator--{number}")).collect();
            let asked = Asked { search_from: 0, search_until: 10, live };
            assert_eq!(asked.is_covered_by(&answer(counts.clone()), 20), expected, "{counts:?}");
        }
    }

    #[test]
    fn nobody_searches_what_is_still_to_come() {
        let asked = Asked { search_from: 0, search_until: 100, live: BTreeSet::new() };
        for (received_at, expected) in [(9, true), (10, true), (11, false), (200, false)] {
            assert_eq!(asked.is_covered_by(&answer(Vec::new()), received_at), expected, "{received_at}");
        }
    }
}

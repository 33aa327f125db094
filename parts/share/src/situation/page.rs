//! The situation in pages: totals, the states, and the lines that are asked for, sought, sorted and counted where they are kept.
//!
//! The whole situation of one alert is thousands of answers; a page needs the figures over all of them and the bodies of a few.

use std::collections::BTreeMap;

use serde::Serialize;
use ward_directory::{Here, OrganisationKind, Who};
use ward_policy::{Resource, Verb};
use ward_store::StoreError;

use super::{Line, SituationRow, Standing, row_of};
use crate::ShareError;
use crate::acknowledge::Duty;
use crate::alert::{AlertSummary, hub_permits, list, newest_of_each, visible};
use crate::sql::situation::{self as sql, LineRow, TotalRow, Wanted};

/// The figures over all offices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub report_id: String,
    /// The newest published version.
    pub modified: String,
    pub headline: String,
    pub published_at: i64,
    pub asked: usize,
    /// Of those asked.
    pub answered: usize,
    /// How many organisations by standing, all of them whatever rows are shown; see [`Standing::plain`].
    pub totals: BTreeMap<String, usize>,
}

/// The first rows of a list, and how many there are in all.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Listed {
    pub rows: Vec<SituationRow>,
    pub total: usize,
}

/// Who has answered an alert and who has not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Community {
    pub summary: Summary,
    /// Asked, and silent so far.
    pub silent: Listed,
    pub answered: Listed,
    /// The caller's own row, for a member.
    pub own: Option<SituationRow>,
}

/// What the lines are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// State, then name.
    State,
    Office,
    Standing,
    /// When the answer came; those without one last.
    Time,
}

/// Which lines of which alert.
#[derive(Clone, Debug)]
pub struct PageQuery<'a> {
    /// The newest alert when none is named.
    pub report_id: Option<&'a str>,
    /// Only lines whose office, state or standing holds this, in any case of its ASCII letters; empty for all.
    pub find: &'a str,
    pub standing: Option<Standing>,
    pub sort: Sort,
    pub is_descending: bool,
    /// Counts from 1; the last one stands for any beyond it.
    pub page: usize,
    pub page_rows: usize,
}

/// One page of the situation.
#[derive(Clone, Debug)]
pub struct SituationPage {
    pub alert: AlertSummary,
    /// The other alerts that were published and the caller may see, the newest first.
    pub others: Vec<AlertSummary>,
    pub summary: Summary,
    pub rows: Vec<SituationRow>,
    /// Lines that are sought, on all pages.
    pub found: usize,
    /// The states' own offices, as far as the caller sees them.
    pub states: Vec<StateOffice>,
    /// Whether the caller sees every office, and not only their own and those that released their names.
    pub sees_all: bool,
}

/// Where a state's own office stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateOffice {
    /// Two letters.
    pub state: String,
    pub organisation_id: String,
    pub standing: Standing,
}

/// A page of the situation: of all offices for the hub's people who see answers; for a member its own row, the outline of those that released
/// their names, and the figures. None when no
/// alert was published that the caller may see.
///
/// # Errors
/// [`ShareError::Unseen`] when the alert that is named is none of those.
pub async fn page(here: &Here, who: &Who, query: &PageQuery<'_>) -> Result<Option<SituationPage>, ShareError> {
    let mut alerts = newest_of_each(list(here, who).await?);
    let place = match query.report_id {
        None if alerts.is_empty() => return Ok(None),
        None => Some(0),
        Some(id) => alerts.iter().position(|alert| alert.report_id == id),
    };
    let unseen = || ShareError::Unseen { what: "alert", id: query.report_id.unwrap_or_default().to_owned() };
    let alert = alerts.remove(place.ok_or_else(unseen)?);
    let sees_all = hub_permits(here, who, Verb::See, Resource::Answer).is_ok();
    let only = if sees_all { "" } else { who.organisation.id.as_str() };
    let own = &here.installation.organisation_id;
    let now = here.now();
    let summary = summary(&alert.report_id, sql::totals(&here.store, &alert.report_id, now, own).await?)?;
    let lines = sql::page(&here.store, &alert.report_id, now, own, &wanted(query, only)).await?;
    let states = sql::states(&here.store, &alert.report_id, now, own, only).await?;
    let state = |(state, organisation_id, finding, rung, is_asked): sql::StateRow| {
        let standing = Standing::of_columns(finding.as_deref(), rung.as_deref(), is_asked)?;
        Ok(StateOffice { state, organisation_id, standing })
    };
    Ok(Some(SituationPage {
        others: alerts,
        alert,
        summary,
        found: lines.first().map_or(0, |line| count(line.found)),
        rows: shown(&lines, who, sees_all)?,
        states: states.into_iter().map(state).collect::<Result<_, StoreError>>()?,
        sees_all,
    }))
}

/// Who has answered an alert and who has not, the first `at_most` of each: of all offices for the hub's people who see answers, else the
/// caller's own row and the outline of those that released their names, with the figures.
///
/// # Errors
/// [`ShareError::Unseen`].
pub async fn community(here: &Here, who: &Who, report_id: &str, at_most: usize) -> Result<Community, ShareError> {
    if hub_permits(here, who, Verb::See, Resource::Answer).is_err() {
        visible(here, who, report_id, None).await?;
    }
    community_of(here, who, report_id, at_most).await
}

/// As [`community`], for a caller who may see the alert.
pub(crate) async fn community_of(
    here: &Here,
    who: &Who,
    report_id: &str,
    at_most: usize,
) -> Result<Community, ShareError> {
    let sees_all = hub_permits(here, who, Verb::See, Resource::Answer).is_ok();
    let only = if sees_all { "" } else { who.organisation.id.as_str() };
    let (own, now) = (&here.installation.organisation_id, here.now());
    let summary = summary(report_id, sql::totals(&here.store, report_id, now, own).await?)?;
    let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
    let lines = sql::first(&here.store, report_id, now, own, only, at_most).await?;
    let mut community = Community { summary, silent: Listed::default(), answered: Listed::default(), own: None };
    for line in &lines {
        let Some(shown) = shown(std::slice::from_ref(line), who, sees_all)?.pop() else { continue };
        if !sees_all && shown.organisation_id == who.organisation.id {
            community.own = Some(shown.clone());
        }
        let list = match shown.standing {
            Standing::NotAsked => continue,
            Standing::NoAnswerYet => &mut community.silent,
            _ => &mut community.answered,
        };
        list.total = count(line.found);
        list.rows.push(shown);
    }
    Ok(community)
}

/// The rows as the caller may see them.
fn shown(lines: &[LineRow], who: &Who, sees_all: bool) -> Result<Vec<SituationRow>, ShareError> {
    let rows = lines.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    if sees_all {
        return Ok(rows);
    }
    Ok(rows.into_iter().filter_map(|row| row.for_member(who)).collect())
}

fn summary(report_id: &str, rows: Vec<TotalRow>) -> Result<Summary, ShareError> {
    let first = rows.first().ok_or_else(|| ShareError::Unseen { what: "alert", id: report_id.to_owned() })?;
    let mut summary = Summary {
        report_id: report_id.to_owned(),
        modified: first.modified.clone(),
        headline: first.headline.clone(),
        published_at: first.published_at,
        asked: 0,
        answered: 0,
        totals: BTreeMap::new(),
    };
    for row in rows.iter().filter(|row| row.offices > 0) {
        let standing = Standing::of_columns(row.finding.as_deref(), row.rung.as_deref(), row.is_asked)?;
        let offices = count(row.offices);
        *summary.totals.entry(standing.plain()).or_insert(0) += offices;
        if row.is_asked {
            summary.asked += offices;
            summary.answered += if row.finding.is_some() { offices } else { 0 };
        }
    }
    Ok(summary)
}

fn wanted<'a>(query: &PageQuery<'_>, only: &'a str) -> Wanted<'a> {
    let sought = query.find.to_lowercase();
    let steps = Standing::ALL.into_iter().filter(|one| one.plain().contains(&sought));
    let steps: String = steps.map(|one| format!("{},", one.step())).collect();
    Wanted {
        only,
        pattern: crate::sql::pattern(&sought),
        steps_sought: format!(",{steps}"),
        step: query.standing.map_or(-1, Standing::step),
        sort: match query.sort {
            Sort::State => "state",
            Sort::Office => "office",
            Sort::Standing => "standing",
            Sort::Time => "time",
        },
        is_descending: query.is_descending,
        page: i64::try_from(query.page.saturating_sub(1)).unwrap_or(i64::MAX),
        page_rows: i64::try_from(query.page_rows.max(1)).unwrap_or(i64::MAX),
    }
}

fn row(line: &LineRow) -> Result<SituationRow, ShareError> {
    let unknown = || StoreError::Record(format!("`kind` holds `{}`, which is not known", line.kind));
    let mut acknowledged: Vec<(i64, Duty)> =
        line.acknowledged_at.iter().zip(Duty::ALL).filter_map(|(at, duty)| Some(((*at)?, duty))).collect();
    acknowledged.sort_by_key(|(at, duty)| (*at, duty.text()));
    row_of(Line {
        organisation_id: line.id.clone(),
        organisation: line.name.clone(),
        kind: OrganisationKind::parse(&line.kind).ok_or_else(unknown)?,
        state: line.state.clone(),
        is_asked: line.is_asked,
        body: line.body.as_deref(),
        is_doubted: line.is_doubted,
        answered_at: line.received_at,
        answered_by_id: line.answered_by_id.as_deref(),
        answered_by: line.answered_by.clone(),
        delivered_at: line.delivered_at,
        acknowledged: acknowledged.into_iter().map(|(_, duty)| duty).collect(),
        asked_again_at: line.asked_again_at.filter(|_| line.body.is_none()),
    })
}

fn count(rows: i64) -> usize {
    usize::try_from(rows).unwrap_or_default()
}

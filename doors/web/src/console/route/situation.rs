//! `/situation` and `/situation.csv`: where everybody stands with an alert, as far as the reader may see.

use axum::extract::{Query, State};
use axum::response::Response;
use ward_directory::{Here, OrganisationKind, Who};
use ward_policy::{Resource, Verb};
use ward_share::alert::AlertSummary;
use ward_share::situation::{Situation, SituationRow};
use ward_stix::marking::Tlp;
use ward_stix::timestamp::format_stix;

use super::given::opens;
use super::shell::{Place, answer, is_own, may};
use crate::console::csv::csv;
use crate::console::error::PageError;
use crate::console::list::ListQuery;
use crate::console::session::SignedIn;
use crate::console::tiles::{Tile, tiles};
use crate::console::view::given::Opens;
use crate::console::view::layout::Handling;
use crate::console::view::listing::Listing;
use crate::console::view::message;
use crate::console::view::situation::{COLUMNS, HEADS, Shown, SituationPage, situation};
use crate::console::view::standing::ALL;
use crate::error::ApiError;

type Pairs = Query<Vec<(String, String)>>;

/// The page.
pub async fn page(State(here): State<Here>, signed_in: SignedIn, Query(pairs): Pairs) -> Result<Response, PageError> {
    let who = &signed_in.who;
    let alerts = published(&here, who).await?;
    let Some(alert) = chosen_alert(&alerts, &pairs)? else {
        let main = message::nothing_yet(
            "No alert has been published yet. When one is, this page shows who has answered it, and what.",
        );
        return Ok(answer(&here, &signed_in, Place::Situation, Handling::Own, "Situation", main));
    };
    let found = ward_share::situation::situation(&here, who, &alert.report_id).await?;
    // The headlines of the other alerts are on the page too.
    let highest = alerts.iter().map(|alert| alert.tlp).max().unwrap_or(alert.tlp);
    let handling = if found.answered > 0 { highest.max(Tlp::Amber) } else { highest };
    let query = query(&pairs);
    let is_member_view = !is_own(&here, who);
    let opens = opens(&here, who);
    let shown = SituationPage {
        tiles: tiles().iter().map(|tile| shown_on(tile, &found, is_member_view, &opens)).collect(),
        totals: totals(&found),
        rows: query.paged(chosen_rows(&query, found.rows)),
        others: others(&alerts, alert),
        report_id: found.report_id,
        headline: found.headline,
        published_at: found.published_at,
        now: here.now(),
        asked: found.asked,
        answered: found.answered,
        is_member_view,
        opens,
        listing: Listing { path: "/situation", kept: vec![("alert", alert.report_id.clone())], query: &query },
    };
    Ok(answer(&here, &signed_in, Place::Situation, Handling::Marked(handling), "Situation", situation(&shown)))
}

/// The table as a file, all pages.
pub async fn file(State(here): State<Here>, signed_in: SignedIn, Query(pairs): Pairs) -> Result<Response, PageError> {
    let alerts = published(&here, &signed_in.who).await?;
    let alert = chosen_alert(&alerts, &pairs)?.ok_or(ApiError::NotFound)?;
    let found = ward_share::situation::situation(&here, &signed_in.who, &alert.report_id).await?;
    let rows: Vec<Vec<String>> = chosen_rows(&query(&pairs), found.rows).iter().map(cells).collect();
    Ok(csv(&here, "situation", &HEADS, &rows))
}

/// The published alerts that the reader may see, the newest first, each once.
async fn published(here: &Here, who: &Who) -> Result<Vec<AlertSummary>, PageError> {
    if !here.installation.is_hub {
        return Err(ApiError::NotFound.into());
    }
    if !may(who, Verb::See, Resource::Alert) {
        return Err(ApiError::Forbidden.into());
    }
    let mut alerts = ward_share::alert::list(here, who).await?;
    alerts.retain(|alert| alert.published_at.is_some());
    alerts.sort_by_key(|alert| std::cmp::Reverse(alert.published_at));
    let mut seen = std::collections::BTreeSet::new();
    alerts.retain(|alert| seen.insert(alert.report_id.clone()));
    Ok(alerts)
}

/// The alert that is asked for, or the newest.
fn chosen_alert<'a>(
    alerts: &'a [AlertSummary],
    pairs: &[(String, String)],
) -> Result<Option<&'a AlertSummary>, PageError> {
    match pairs.iter().find(|(name, _)| name == "alert") {
        Some((_, id)) => Ok(Some(alerts.iter().find(|alert| alert.report_id == *id).ok_or(ApiError::NotFound)?)),
        None => Ok(alerts.first()),
    }
}

fn query(pairs: &[(String, String)]) -> ListQuery {
    ListQuery::of(pairs, &COLUMNS, ("state", false))
}

fn others(alerts: &[AlertSummary], shown: &AlertSummary) -> Vec<(String, String)> {
    let others = alerts.iter().filter(|alert| alert.report_id != shown.report_id);
    others.map(|alert| (format!("/situation?alert={}", alert.report_id), alert.headline.clone())).collect()
}

fn chosen_rows(query: &ListQuery, rows: Vec<SituationRow>) -> Vec<SituationRow> {
    let words = |row: &SituationRow| vec![row.organisation.clone(), row.state.clone(), row.standing.plain()];
    let rung = |row: &SituationRow| ALL.iter().position(|one| *one == row.standing).unwrap_or_default();
    let key = |row: &SituationRow, column: &'static str| match column {
        "office" => (row.organisation.to_lowercase(), 0),
        "standing" => (String::new(), i64::try_from(rung(row)).unwrap_or(i64::MAX)),
        "time" => (String::new(), row.answered_at.unwrap_or(i64::MAX)),
        _ => (format!("{} {}", row.state, row.organisation.to_lowercase()), 0),
    };
    query.chosen(rows, words, key)
}

/// A tile, what it shows, and where the answer behind it is.
fn shown_on(tile: &Tile, found: &Situation, is_member_view: bool, opens: &Opens) -> (Tile, Shown, Option<String>) {
    let of_state = |row: &&SituationRow| row.kind == OrganisationKind::State && row.state == tile.code;
    match found.rows.iter().find(of_state) {
        Some(row) => (*tile, Shown::Standing(row.standing), opens.href(&found.report_id, row)),
        None if is_member_view => (*tile, Shown::Hidden, None),
        None => (*tile, Shown::NoMember, None),
    }
}

/// Offices by standing, from what is least known to what is worst.
pub fn totals(found: &Situation) -> Vec<(ward_share::situation::Standing, usize)> {
    let of = |one: ward_share::situation::Standing| found.totals.get(&one.plain()).copied().unwrap_or(0);
    ALL.into_iter().map(|one| (one, of(one))).filter(|(_, offices)| *offices > 0).collect()
}

fn cells(row: &SituationRow) -> Vec<String> {
    let hours = |of: fn(&ward_share::situation::Coverage) -> u64| {
        row.coverage.as_ref().map_or_else(|| "not reported".to_owned(), |coverage| of(coverage).to_string())
    };
    let duties: Vec<&str> = row.acknowledged.iter().map(|duty| duty.text()).collect();
    vec![
        row.state.clone(),
        row.organisation.clone(),
        row.kind.name(),
        row.standing.plain(),
        row.matches.map_or_else(|| "not reported".to_owned(), |matches| matches.to_string()),
        hours(|coverage| coverage.hours_with_data),
        hours(|coverage| coverage.hours_asked),
        row.answered_by.clone().unwrap_or_default(),
        row.answered_at.map(format_stix).unwrap_or_default(),
        duties.join(" "),
    ]
}

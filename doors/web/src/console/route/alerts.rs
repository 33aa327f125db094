//! `/alerts` and `/alerts.csv`: what the reader may see, from this hub and from the hubs that this node listens to.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use ward_directory::{Here, Who};
use ward_policy::{Resource, Verb};
use ward_share::alert::AlertSummary;
use ward_stix::timestamp::format_stix;

use super::shell::{Place, answer, is_own, may, may_on_node};
use crate::console::csv::csv;
use crate::console::error::PageError;
use crate::console::list::ListQuery;
use crate::console::session::{SignedIn, percent_encoded};
use crate::console::view::alerts::{AlertLine, COLUMNS, HEADS, alerts};
use crate::console::view::layout::Handling;
use crate::console::view::listing::Listing;
use crate::console::view::words::count;
use crate::error::ApiError;

type Pairs = Query<Vec<(String, String)>>;

/// The list.
pub async fn list(State(here): State<Here>, signed_in: SignedIn, Query(pairs): Pairs) -> Result<Response, PageError> {
    let (query, rows) = chosen(&here, &signed_in.who, &pairs).await?;
    let paged = query.paged(rows);
    let handling = paged.rows.iter().map(|row| row.tlp).max().map_or(Handling::Own, Handling::Marked);
    let who = &signed_in.who;
    let may_draft = here.installation.is_hub && is_own(&here, who) && may(who, Verb::Create, Resource::Alert);
    let listing = Listing { path: "/alerts", kept: Vec::new(), query: &query };
    let main = alerts(&listing, &paged, may_draft, here.installation.is_hub);
    Ok(answer(&here, &signed_in, Place::Alerts, handling, "Alerts", main))
}

/// The list as a file, all pages.
pub async fn file(State(here): State<Here>, signed_in: SignedIn, Query(pairs): Pairs) -> Result<Response, PageError> {
    let (_, rows) = chosen(&here, &signed_in.who, &pairs).await?;
    let cells = |row: AlertLine| {
        let at = row.at.map(format_stix).unwrap_or_default();
        vec![row.headline, row.from, row.state, row.answer, at, row.tlp.label().to_owned()]
    };
    Ok(csv(&here, "alerts", &HEADS, rows.into_iter().map(cells)))
}

async fn chosen(here: &Here, who: &Who, pairs: &[(String, String)]) -> Result<(ListQuery, Vec<AlertLine>), PageError> {
    if !may(who, Verb::See, Resource::Alert) {
        return Err(ApiError::Forbidden.into());
    }
    let query = ListQuery::of(pairs, &COLUMNS, ("time", true));
    let rows = [published(here, who).await?, received(here, who).await?].concat();
    let words = |row: &AlertLine| vec![row.headline.clone(), row.from.clone()];
    let key = |row: &AlertLine, column: &'static str| match column {
        "headline" => (row.headline.to_lowercase(), row.at),
        "from" => (row.from.to_lowercase(), row.at),
        "state" => (row.state.clone(), row.at),
        // Drafts have no time yet: they come as the newest.
        _ => (String::new(), Some(row.at.unwrap_or(i64::MAX))),
    };
    let rows = query.chosen(rows, words, key);
    Ok((query, rows))
}

/// Of this hub: the newest version of each alert, and a newer draft beside it.
async fn published(here: &Here, who: &Who) -> Result<Vec<AlertLine>, PageError> {
    if !here.installation.is_hub {
        return Ok(Vec::new());
    }
    let mut newest: BTreeMap<(String, String), AlertSummary> = BTreeMap::new();
    for summary in ward_share::alert::list(here, who).await? {
        newest.insert((summary.report_id.clone(), summary.state.clone()), summary);
    }
    // What was passed on from another hub is listed once, as it was received.
    let is_received = |summary: &AlertSummary| summary.relayed_from.is_some() && is_own(here, who);
    let line = |summary: AlertSummary| AlertLine {
        href: match summary.published_at {
            Some(_) => format!("/alerts/{}", summary.report_id),
            None => format!("/alerts/{}?version={}", summary.report_id, percent_encoded(&summary.modified)),
        },
        from: summary.relayed_from.clone().unwrap_or_else(|| here.installation.name.clone()),
        answer: format!("asks {}", count(summary.recipients, "office", "offices")),
        headline: summary.headline,
        state: summary.state,
        at: summary.published_at,
        tlp: summary.tlp,
    };
    Ok(newest.into_values().filter(|summary| !is_received(summary)).map(line).collect())
}

/// From the hubs that this node listens to: the newest version of each alert.
async fn received(here: &Here, who: &Who) -> Result<Vec<AlertLine>, PageError> {
    if !may_on_node(here, who, Verb::See, Resource::Alert) {
        return Ok(Vec::new());
    }
    let sees_answers = may_on_node(here, who, Verb::See, Resource::Answer);
    let findings = if sees_answers { ward_watch::lookback::findings(here).await? } else { BTreeMap::new() };
    let mut newest = BTreeMap::new();
    for alert in ward_watch::receive::listed(here).await? {
        let known = newest.entry(alert.report_id.clone()).or_insert_with(|| alert.clone());
        if alert.version_key > known.version_key {
            *known = alert;
        }
    }
    let line = |alert: ward_watch::receive::ListedAlert| AlertLine {
        href: format!("/alerts/{}", alert.report_id),
        answer: match findings.get(&alert.report_id) {
            Some(found) => found.finding.plain(),
            None if sees_answers => "not searched yet".to_owned(),
            None => String::new(),
        },
        headline: alert.headline,
        from: alert.hub,
        state: alert.state,
        at: Some(alert.received_at),
        tlp: alert.tlp,
    };
    Ok(newest.into_values().map(line).collect())
}

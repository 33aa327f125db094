//! `/situation` and `/situation.csv`: where everybody stands with an alert, as far as the reader may see.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use ward_directory::{Here, Who};
use ward_policy::{Resource, Verb};
use ward_share::alert::AlertSummary;
use ward_share::situation::{PageQuery, SituationPage as Found, SituationRow, Sort, Standing};
use ward_stix::marking::Tlp;
use ward_stix::timestamp::format_stix;

use super::given::opens;
use super::shell::{Place, answer, check_hub, may};
use crate::console::csv::csv;
use crate::console::error::PageError;
use crate::console::list::{ListQuery, Paged, ROWS_A_PAGE};
use crate::console::session::SignedIn;
use crate::console::tiles::{Tile, tiles};
use crate::console::view::given::Opens;
use crate::console::view::layout::Handling;
use crate::console::view::listing::Listing;
use crate::console::view::message;
use crate::console::view::situation::{COLUMNS, HEADS, Shown, SituationPage, situation};
use crate::error::ApiError;

type Pairs = Query<Vec<(String, String)>>;

/// The page.
pub async fn page(State(here): State<Here>, signed_in: SignedIn, Query(pairs): Pairs) -> Result<Response, PageError> {
    let query = query(&pairs);
    let Some(found) = found(&here, &signed_in.who, &pairs, &query, ROWS_A_PAGE).await? else {
        let main = message::nothing_yet(
            "No alert has been published yet. When one is, this page shows who has answered it, and what.",
        );
        return Ok(answer(&here, &signed_in, Place::Situation, Handling::Own, "Situation", main));
    };
    // The headlines of the other alerts are on the page too.
    let highest = found.others.iter().map(|alert| alert.tlp).fold(found.alert.tlp, Tlp::max);
    let handling = if found.summary.answered > 0 { highest.max(Tlp::Amber) } else { highest };
    let standing = standing(&pairs);
    let kept = standing.map(|standing| ("standing", standing.word()));
    let opens = opens(&here, &signed_in.who);
    let shown = SituationPage {
        tiles: tiles().iter().map(|tile| shown_on(tile, &found, &opens)).collect(),
        totals: totals(&found.summary.totals),
        rows: Paged::of(found.rows, found.found, query.page),
        others: found.others.iter().map(other).collect(),
        headline: found.summary.headline,
        published_at: found.summary.published_at,
        now: here.now(),
        asked: found.summary.asked,
        answered: found.summary.answered,
        is_member_view: !found.sees_all,
        opens,
        standing,
        listing: Listing {
            path: "/situation",
            kept: std::iter::once(("alert", found.alert.report_id.clone())).chain(kept).collect(),
            query: &query,
        },
        report_id: found.alert.report_id,
    };
    Ok(answer(&here, &signed_in, Place::Situation, Handling::Marked(handling), "Situation", situation(&shown)))
}

/// The table as a file, all pages.
pub async fn file(State(here): State<Here>, signed_in: SignedIn, Query(pairs): Pairs) -> Result<Response, PageError> {
    let query = ListQuery { page: 1, ..query(&pairs) };
    let found = found(&here, &signed_in.who, &pairs, &query, usize::MAX).await?.ok_or(ApiError::NotFound)?;
    Ok(csv(&here, "situation", &HEADS, found.rows.iter().map(cells)))
}

/// A page of the situation with the alert that is asked for, or the newest.
async fn found(
    here: &Here,
    who: &Who,
    pairs: &[(String, String)],
    query: &ListQuery,
    page_rows: usize,
) -> Result<Option<Found>, PageError> {
    check_hub(here)?;
    if !may(who, Verb::See, Resource::Alert) {
        return Err(ApiError::Forbidden.into());
    }
    let wanted = PageQuery {
        report_id: pairs.iter().find(|(name, _)| name == "alert").map(|(_, id)| id.as_str()),
        find: &query.find,
        standing: standing(pairs),
        sort: match query.sort {
            "office" => Sort::Office,
            "standing" => Sort::Standing,
            "time" => Sort::Time,
            _ => Sort::State,
        },
        is_descending: query.is_descending,
        page: query.page,
        page_rows,
    };
    Ok(ward_share::situation::page(here, who, &wanted).await?)
}

fn query(pairs: &[(String, String)]) -> ListQuery {
    ListQuery::of(pairs, &COLUMNS, ("state", false))
}

/// The one standing that is asked for. What is not understood is as if it were not there.
fn standing(pairs: &[(String, String)]) -> Option<Standing> {
    pairs.iter().find(|(name, _)| name == "standing").and_then(|(_, word)| Standing::of_word(word))
}

fn other(alert: &AlertSummary) -> (String, String) {
    (format!("/situation?alert={}", alert.report_id), alert.headline.clone())
}

/// A tile, what it shows, and where the answer behind it is: of several offices of a state the one with the worst.
fn shown_on(tile: &Tile, found: &Found, opens: &Opens) -> (Tile, Shown, Option<String>) {
    let of_state = found.states.iter().filter(|office| office.state == tile.code);
    match of_state.max_by_key(|office| office.standing.step()) {
        Some(office) => {
            let href = opens.href(&found.alert.report_id, &office.organisation_id, office.standing);
            (*tile, Shown::Standing(office.standing), href)
        }
        None if !found.sees_all => (*tile, Shown::Hidden, None),
        None => (*tile, Shown::NoMember, None),
    }
}

/// Offices by standing, from what is least known to what is worst.
pub fn totals(totals: &BTreeMap<String, usize>) -> Vec<(Standing, usize)> {
    let of = |one: Standing| totals.get(&one.plain()).copied().unwrap_or(0);
    Standing::ALL.into_iter().map(|one| (one, of(one))).filter(|(_, offices)| *offices > 0).collect()
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

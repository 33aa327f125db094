//! `/record` and `/record.csv`: the entries, how far the record of this installation is signed, who witnesses it, and how anybody checks that.

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::response::Response;
use ward_directory::{Here, Who};
use ward_policy::{Resource, Verb};
use ward_stix::timestamp::format_stix;
use ward_store::EntryQuery;

use super::shell::{Place, answer, is_own, may};
use crate::console::csv::csv;
use crate::console::error::PageError;
use crate::console::list::{ListQuery, Paged, ROWS_A_PAGE};
use crate::console::session::SignedIn;
use crate::console::view::layout::Handling;
use crate::console::view::listing::Listing;
use crate::console::view::record::{COLUMNS, Entry, HEADS, RecordPage, record};
use crate::error::ApiError;

type Pairs = Query<Vec<(String, String)>>;

/// The page.
pub async fn page(State(here): State<Here>, signed_in: SignedIn, Query(pairs): Pairs) -> Result<Response, PageError> {
    check(&here, &signed_in.who)?;
    let query = ListQuery::of(&pairs, &COLUMNS, ("number", true));
    let latest = ward_store::latest_checkpoint(&here.store).await?;
    let witnesses = match &latest {
        Some((size, _)) => ward_store::cosignatures(&here.store, *size).await?,
        None => Vec::new(),
    };
    let witnessed = ward_store::witnessed_logs(&here.store).await?;
    let wanted =
        EntryQuery { find: &query.find, is_descending: query.is_descending, page: query.page, page_rows: ROWS_A_PAGE };
    let entries = ward_store::entries(&here.store, &wanted).await?;
    let actors = entries.lines.iter().map(|line| line.actor.clone()).collect();
    let names = ward_directory::names(&here, &actors).await?;
    let lines = entries.lines.into_iter().map(|line| Entry {
        who: names.get(&line.actor).cloned().unwrap_or(line.actor),
        number: line.number,
        at: line.at,
        act: line.act,
        subject: line.subject,
    });
    let shown = RecordPage {
        key: here.installation.log_key.clone(),
        size: entries.size,
        checkpoint: latest,
        witnesses: witnesses.into_iter().map(|one| (name(&one.witness), one.at)).collect(),
        witnessed: witnessed.into_iter().map(|log| (log.origin, log.size, log.at)).collect(),
        listing: Listing { path: "/record", kept: Vec::new(), query: &query },
        entries: Paged::of(lines.collect(), entries.found, query.page),
    };
    Ok(answer(&here, &signed_in, Place::Record, Handling::Own, "Record", record(&shown)))
}

/// The entries as a file, all pages.
pub async fn file(State(here): State<Here>, signed_in: SignedIn, Query(pairs): Pairs) -> Result<Response, PageError> {
    check(&here, &signed_in.who)?;
    let query = ListQuery::of(&pairs, &COLUMNS, ("number", true));
    let people = ward_directory::people(&here).await?;
    let names: HashMap<&str, &str> = people.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    let mut rows = Vec::new();
    ward_store::each_entry(&here.store, &query.find, query.is_descending, |line| {
        let who = names.get(line.actor.as_str()).map_or_else(|| line.actor.clone(), |name| (*name).to_owned());
        rows.push(vec![line.number.to_string(), format_stix(line.at), line.act, line.subject, who, line.digest]);
    })
    .await?;
    Ok(csv(&here, "record", &HEADS, rows))
}

fn check(here: &Here, who: &Who) -> Result<(), PageError> {
    if is_own(here, who) && may(who, Verb::See, Resource::Log) { Ok(()) } else { Err(ApiError::NotFound.into()) }
}

/// The name in a verifier key, which people can read.
fn name(verifier_key: &str) -> String {
    verifier_key.split('+').next().unwrap_or_default().to_owned()
}

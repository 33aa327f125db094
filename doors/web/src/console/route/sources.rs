//! `/sources` and `/sources.csv`: which logs this node reads, and what can be read of them.

use axum::extract::{Query, State};
use axum::response::Response;
use ward_directory::{Here, Who};
use ward_policy::{Resource, Verb};
use ward_stix::timestamp::format_stix;
use ward_watch::reading::ReadingFacts;
use ward_watch::source::Source;

use super::shell::{Place, answer, may_on_node};
use crate::console::csv::csv;
use crate::console::error::PageError;
use crate::console::list::ListQuery;
use crate::console::session::SignedIn;
use crate::console::view::layout::Handling;
use crate::console::view::listing::Listing;
use crate::console::view::sources::{COLUMNS, HEADS, SourceLine, sources};
use crate::error::ApiError;

type Pairs = Query<Vec<(String, String)>>;

/// The page.
pub async fn page(State(here): State<Here>, signed_in: SignedIn, Query(pairs): Pairs) -> Result<Response, PageError> {
    let (query, lines) = chosen(&here, &signed_in.who, &pairs).await?;
    let main = sources(&Listing { path: "/sources", kept: Vec::new(), query: &query }, &query.paged(lines));
    Ok(answer(&here, &signed_in, Place::Sources, Handling::Own, "Sources", main))
}

/// The list as a file, all pages.
pub async fn file(State(here): State<Here>, signed_in: SignedIn, Query(pairs): Pairs) -> Result<Response, PageError> {
    let (_, lines) = chosen(&here, &signed_in.who, &pairs).await?;
    Ok(csv(&here, "sources", &HEADS, lines.into_iter().map(cells)))
}

fn cells(line: SourceLine) -> Vec<String> {
    let figure = |value: u64| if line.was_read { value.to_string() } else { "not read yet".to_owned() };
    let cannot: Vec<String> = line.unreadable.iter().map(|(path, reason)| format!("{path}: {reason}")).collect();
    vec![
        line.name.clone(),
        line.path.clone(),
        format_stix(line.declared_at),
        cannot.join("; "),
        figure(line.lines_rejected),
        figure(line.lines_read),
        figure(line.events),
    ]
}

async fn chosen(here: &Here, who: &Who, pairs: &[(String, String)]) -> Result<(ListQuery, Vec<SourceLine>), PageError> {
    if !may_on_node(here, who, Verb::See, Resource::Source) {
        return Err(ApiError::NotFound.into());
    }
    let all = ward_watch::source::all_with_facts(here).await?;
    let declared = all.into_iter().filter(|(source, _)| source.removed_at.is_none());
    let lines = declared.map(|(source, facts)| line(source, facts)).collect();
    let query = ListQuery::of(pairs, &COLUMNS, ("name", false));
    let words = |line: &SourceLine| vec![line.name.clone(), line.path.clone()];
    let key = |line: &SourceLine, column: &'static str| match column {
        "events" => (line.events, line.name.clone()),
        "rejected" => (line.lines_rejected, line.name.clone()),
        "problems" => ((line.unreadable.len() + line.lost.len()) as u64, line.name.clone()),
        _ => (0, line.name.clone()),
    };
    let lines = query.chosen(lines, words, key);
    Ok((query, lines))
}

fn line(source: Source, facts: Option<ReadingFacts>) -> SourceLine {
    let was_read = facts.is_some();
    let facts = facts.unwrap_or_default();
    SourceLine {
        name: source.name,
        path: source.path,
        declared_at: source.declared_at,
        was_read,
        lines_read: facts.lines.lines_read,
        lines_rejected: facts.lines.lines_rejected,
        events: facts.lines.fields.events,
        rejected: facts.lines.rejected_by_reason.into_iter().collect(),
        unreadable: facts.unreadable.into_iter().map(|file| (file.path, file.reason)).collect(),
        lost: facts.lines.lost,
    }
}

//! Walking a collection by tick until a page is full: what the caller may not see, or did not ask for, is passed over without a trace.

use ward_directory::{Here, Who};
use ward_policy::{Action, Decision};
use ward_taxii::filter::{Endpoint, Filter, VersionMatch, VersionPick};

use super::view::View;
use crate::ShareError;
use crate::collections::Collection;
use crate::cursor::{self, Query};
use crate::entitlement::Judged;
use crate::sql::objects::{self, HeldObject};
use crate::sql::offered::{self, After, CHUNKS};
use crate::sql::passed;

/// Objects on a page when nothing is asked, and at most.
const LIMIT: usize = 1_000;
/// Rows passed over at the end of a walk from which on that is kept in mind, so that the same are not read with every request.
const PASSED_MIN: usize = 1_000;
/// Bytes read at once, and on a page, unless a single object is larger.
const BYTES_MAX: usize = 64 << 20;

/// A page of rows.
#[derive(Debug)]
pub(crate) struct Walked {
    pub rows: Vec<HeldObject>,
    /// The decision on each of them.
    pub judged: Vec<Judged>,
    pub more: bool,
    /// With `more`: what to hand back for the next page.
    pub next: Option<String>,
    pub first_tick: i64,
    pub last_tick: i64,
}

/// The walk of one request.
pub(crate) struct Walk<'a> {
    here: &'a Here,
    who: &'a Who,
    collection: &'a Collection,
    filter: &'a Filter,
    endpoint: Endpoint,
    query: Query,
    limit: usize,
    rows: Vec<HeldObject>,
    /// Of the rows on the page.
    bytes: usize,
    /// How many rows were passed over since the last that is on the page.
    passed_over: usize,
}

impl<'a> Walk<'a> {
    /// Errors when `next` is not one that this hub gave to this organisation for this query.
    pub async fn run(
        here: &'a Here,
        who: &'a Who,
        collection: &'a Collection,
        filter: &'a Filter,
        endpoint: Endpoint,
    ) -> Result<Walked, ShareError> {
        let query = query(who, collection, filter, endpoint);
        let start = start(here, filter, query)?;
        let limit = filter.limit.map_or(LIMIT, |limit| usize::try_from(limit).unwrap_or(LIMIT).min(LIMIT));
        let mut view = View::of(here, who, collection).await?;
        let rows = Vec::new();
        let mut walk = Walk { here, who, collection, filter, endpoint, query, limit, rows, bytes: 0, passed_over: 0 };
        let more = if filter.ids.is_empty() {
            walk.by_tick(&mut view, start).await?
        } else {
            walk.by_id(&mut view, start).await?
        };
        let mut judged = Vec::with_capacity(walk.rows.len());
        for row in &walk.rows {
            let one = view.judge(row, Action::Read).await?;
            judged.push(one.unwrap_or(Judged { decision: Decision { allowed: false, rule: "" }, grant: None }));
        }
        Ok(walk.page(more, start, judged))
    }

    /// Gives whether more follows. However much is passed over, a page is full or the last: where it ended before, that would tell of what is hidden.
    async fn by_tick(&mut self, view: &mut View<'_>, start: i64) -> Result<bool, ShareError> {
        let kinds =
            if self.filter.types.is_empty() { String::new() } else { format!(",{},", self.filter.types.join(",")) };
        let (mut position, mut is_looked_up) = (start, false);
        loop {
            let wanted = self.limit + 1 - self.rows.len();
            let at_most = chunk(wanted.max(self.passed_over), self.collection.largest_bytes);
            let after = After {
                collection_id: &self.collection.kept_in,
                tick: position,
                reader: &view.reader,
                kinds: &kinds,
                at_most,
            };
            let chunk = offered::after(&self.here.store, after).await?;
            let is_last = chunk.len() < at_most;
            let shown = view.shows(&chunk, self.filter).await?;
            for (row, is_shown) in chunk.into_iter().zip(shown) {
                position = row.offered;
                if !self.take(row, is_shown) {
                    return Ok(true);
                }
            }
            if is_last {
                break;
            }
            if self.passed_over >= PASSED_MIN && !is_looked_up {
                position = passed::passed(&self.here.store, &view.reader, &self.whole_query(), position).await?;
                is_looked_up = true;
            }
        }
        if self.passed_over >= PASSED_MIN {
            let from = self.rows.last().map_or(start, |row| row.offered);
            passed::pass(&self.here.store, &view.reader, &self.whole_query(), (from, position)).await?;
        }
        Ok(false)
    }

    /// The query without where it begins, for what is kept in mind: whoever asks it is shown the same wherever they began.
    fn whole_query(&self) -> String {
        let whole = Filter { added_after: None, ..self.filter.clone() };
        query(self.who, self.collection, &whole, self.endpoint).to_hex()
    }

    /// Named objects are looked up; how many they can be is bounded by the length of a URL.
    async fn by_id(&mut self, view: &mut View<'_>, start: i64) -> Result<bool, ShareError> {
        let mut ids = self.filter.ids.clone();
        ids.sort_unstable();
        ids.dedup();
        let mut found = Vec::new();
        for id in &ids {
            found.extend(objects::offers(&self.here.store, &self.collection.kept_in, &view.reader, id).await?);
        }
        found.retain(|row| row.offered > start);
        found.sort_by_key(|row| row.offered);
        let shown = view.shows(&found, self.filter).await?;
        for (row, is_shown) in found.into_iter().zip(shown) {
            if !self.take(row, is_shown) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Puts a row on the page if it belongs there. False when it belongs there and the page is full.
    fn take(&mut self, row: HeldObject, is_shown: bool) -> bool {
        if !is_shown {
            self.passed_over += 1;
            return true;
        }
        if self.rows.len() == self.limit || self.bytes >= BYTES_MAX {
            return false;
        }
        self.passed_over = 0;
        self.bytes += row.body.len();
        self.rows.push(row);
        true
    }

    /// A page stands at its last row, so that nothing of what was passed over behind it shows; an empty page stands where the caller stood.
    fn page(self, more: bool, start: i64, judged: Vec<Judged>) -> Walked {
        let standing = self.rows.last().map_or(start, |row| row.offered);
        let next = more.then(|| cursor::seal(&self.here.cursor_key, self.query, standing));
        Walked {
            more,
            next,
            first_tick: self.rows.first().map_or(standing, |row| row.offered),
            last_tick: standing,
            rows: self.rows,
            judged,
        }
    }
}

/// How many rows to read at once: as many as are wanted or a few more, as far as they fit into memory.
fn chunk(wanted: usize, largest_bytes: usize) -> usize {
    let fits = |size: &usize| size.saturating_mul(largest_bytes) <= BYTES_MAX;
    let enough = CHUNKS.into_iter().rev().filter(fits).find(|size| *size >= wanted);
    enough.or_else(|| CHUNKS.into_iter().find(fits)).unwrap_or(1)
}

/// Everything that must be the same when a cursor is handed back; `limit` may change.
fn query(who: &Who, collection: &Collection, filter: &Filter, endpoint: Endpoint) -> Query {
    fn texts(values: &[String]) -> Vec<&str> {
        values.iter().map(String::as_str).collect()
    }
    let versions: Vec<&str> = match &filter.versions {
        VersionMatch::All => vec!["all"],
        VersionMatch::AnyOf(picks) => picks
            .iter()
            .map(|pick| match pick {
                VersionPick::First => "first",
                VersionPick::Last => "last",
                VersionPick::Exact(version) => version,
            })
            .collect(),
    };
    let added_after = filter.added_after.map(|tick| tick.to_string());
    Query::new(&[
        &[&who.organisation.id],
        &[&collection.id],
        &[match endpoint {
            Endpoint::Objects => "objects",
            Endpoint::Object => "object",
            Endpoint::Manifest => "manifest",
            Endpoint::Versions => "versions",
            Endpoint::Delete => "delete",
        }],
        added_after.as_deref().as_slice(),
        &texts(&filter.ids),
        &texts(&filter.types),
        &versions,
        &texts(&filter.spec_versions),
    ])
}

/// The tick after which the page begins.
fn start(here: &Here, filter: &Filter, query: Query) -> Result<i64, ShareError> {
    let added_after = filter.added_after.unwrap_or(0);
    let Some(next) = &filter.next else { return Ok(added_after) };
    let position = cursor::open(&here.cursor_key, query, next);
    position.ok_or_else(|| ShareError::invalid("`next` is not one that this server gave for this query"))
}

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

/// Objects on a page when nothing is asked, and at most.
const LIMIT: usize = 1_000;
/// Rows read in a request before it answers with what it has, and `more`.
const ROWS_READ_MAX: usize = 5_000;
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
    collection: &'a Collection,
    filter: &'a Filter,
    query: Query,
    limit: usize,
    rows: Vec<HeldObject>,
    /// Of the rows on the page.
    bytes: usize,
    read: usize,
}

/// Where a walk ended.
enum End {
    /// Nothing follows.
    All,
    /// Something that the caller sees follows.
    Full,
    /// Perhaps something follows; this many rows are enough for one request.
    Enough,
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
        let mut walk = Walk { here, collection, filter, query, limit, rows: Vec::new(), bytes: 0, read: 0 };
        let (end, position) = if filter.ids.is_empty() {
            walk.by_tick(&mut view, start).await?
        } else {
            walk.by_id(&mut view, start).await?
        };
        let mut judged = Vec::with_capacity(walk.rows.len());
        for row in &walk.rows {
            let one = view.judge(row, Action::Read).await?;
            judged.push(one.unwrap_or(Judged { decision: Decision { allowed: false, rule: "" }, grant: None }));
        }
        Ok(walk.page(end, start, position, judged))
    }

    async fn by_tick(&mut self, view: &mut View<'_>, start: i64) -> Result<(End, i64), ShareError> {
        let kinds =
            if self.filter.types.is_empty() { String::new() } else { format!(",{},", self.filter.types.join(",")) };
        let mut position = start;
        loop {
            let at_most = chunk(self.limit + 1 - self.rows.len(), self.collection.largest_bytes);
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
                let tick = row.offered;
                if !self.take(row, is_shown) {
                    return Ok((End::Full, position));
                }
                position = tick;
            }
            if is_last {
                return Ok((End::All, position));
            }
            if self.read >= ROWS_READ_MAX || self.bytes >= BYTES_MAX {
                return Ok((End::Enough, position));
            }
        }
    }

    /// Named objects are looked up; how many they can be is bounded by the length of a URL.
    async fn by_id(&mut self, view: &mut View<'_>, start: i64) -> Result<(End, i64), ShareError> {
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
                return Ok((End::Full, start));
            }
        }
        Ok((End::All, start))
    }

    /// Puts a row on the page if it belongs there. False when it belongs there and the page is full.
    fn take(&mut self, row: HeldObject, is_shown: bool) -> bool {
        self.read += 1;
        if !is_shown {
            return true;
        }
        if self.rows.len() == self.limit {
            return false;
        }
        self.bytes += row.body.len();
        self.rows.push(row);
        true
    }

    /// The position of a full page is that of its last row, so that nothing of what was passed over behind it shows. An empty page stands
    /// where the caller stood, except when it must say how far it came: those who walk by `added_after` alone would else ask for it for ever.
    fn page(self, end: End, start: i64, position: i64, judged: Vec<Judged>) -> Walked {
        let last_row = self.rows.last().map(|row| row.offered);
        let standing = match end {
            End::Enough => position,
            End::All | End::Full => last_row.unwrap_or(start),
        };
        let more = !matches!(end, End::All);
        let next = more.then(|| cursor::seal(&self.here.cursor_key, self.query, standing));
        Walked {
            more,
            next,
            first_tick: self.rows.first().map_or(standing, |row| row.offered),
            last_tick: last_row.unwrap_or(standing),
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

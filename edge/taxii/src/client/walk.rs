//! Following pages to their end, with a server that may not know one (TAXII 2.1, section 3.5).
//!
//! `next` is followed where there is one, else the date of the last object. Servers in use hand out the same `next`
//! again, ignore it and send the first page for ever, or say `more` and give no way on; each ends the walk with an error.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::value::RawValue;

use super::{Client, ClientError, Page, PageQuery};
use crate::timestamp;

/// Pages in a row that may bring nothing new while the way on is still new. The standard allows an empty page after
/// `more` (objects were deleted), and a server that leaves out what this client may not see can make several.
const STALE_PAGES_ALLOWED: u32 = 8;

/// A walk over all pages of a collection's objects. Holds one page's query and a few bytes for each page seen.
#[derive(Debug)]
pub struct Walk {
    client: Client,
    collection: String,
    /// As the caller asked; every page repeats it.
    original: PageQuery,
    ahead: Ahead,
    seen_nexts: HashSet<String>,
    seen_pages: HashSet<u64>,
    stale_pages: u32,
    /// The latest date of addition met, as text and in microseconds.
    latest: Option<(i64, String)>,
}

/// All objects of a collection that a query asks for.
#[derive(Clone, Debug, Default)]
pub struct AllObjects {
    pub objects: Vec<Box<RawValue>>,
    /// What to ask after, next time; `None` when no page had a date.
    pub date_added_last: Option<String>,
}

#[derive(Debug)]
enum Ahead {
    Ask(PageQuery),
    End,
    /// There is more, but no way to it.
    Stuck(&'static str),
}

impl Walk {
    pub(super) fn new(client: Client, collection: &str, query: &PageQuery) -> Walk {
        let after = query.added_after.clone();
        Walk {
            client,
            collection: collection.to_owned(),
            original: query.clone(),
            ahead: Ahead::Ask(query.clone()),
            seen_nexts: query.next.iter().cloned().collect(),
            seen_pages: HashSet::new(),
            stale_pages: 0,
            latest: after.and_then(|text| timestamp::parse_micros(&text).map(|micros| (micros, text))),
        }
    }

    /// The next page; `None` after the last. After an error of the network the same call asks for the same page again;
    /// [`ClientError::NoProgress`] comes after all that could be had, and comes again.
    pub async fn next_page(&mut self) -> Result<Option<Page>, ClientError> {
        let page = match &self.ahead {
            Ahead::Ask(query) => self.client.objects(&self.collection, query).await?,
            Ahead::End => return Ok(None),
            Ahead::Stuck(reason) => {
                return Err(ClientError::NoProgress { collection: self.collection.clone(), reason });
            }
        };
        self.ahead = self.after(&page);
        Ok(Some(page))
    }

    /// The latest date of addition met so far, or the one the walk began after.
    pub fn date_added_last(&self) -> Option<&str> {
        self.latest.as_ref().map(|(_, text)| text.as_str())
    }

    pub(super) async fn collect(mut self, at_most: usize) -> Result<AllObjects, ClientError> {
        let mut objects = Vec::new();
        while let Some(page) = self.next_page().await? {
            objects.extend(page.objects);
            if objects.len() > at_most {
                return Err(ClientError::TooMany { collection: self.collection, at_most });
            }
        }
        Ok(AllObjects { objects, date_added_last: self.latest.map(|(_, text)| text) })
    }

    fn after(&mut self, page: &Page) -> Ahead {
        let later = self.note_date(page);
        let fresh = !page.objects.is_empty() && self.seen_pages.insert(digest(page));
        self.stale_pages = if fresh { 0 } else { self.stale_pages + 1 };
        if !page.more {
            return Ahead::End;
        }
        if self.stale_pages > STALE_PAGES_ALLOWED {
            return Ahead::Stuck("several pages in a row brought nothing new");
        }
        match (&page.next, later) {
            (Some(next), _) if self.seen_nexts.insert(next.clone()) => {
                Ahead::Ask(PageQuery { next: Some(next.clone()), ..self.original.clone() })
            }
            (Some(_), _) => Ahead::Stuck("the server gave a `next` it had given before"),
            (None, Some(date)) => {
                Ahead::Ask(PageQuery { added_after: Some(date), next: None, ..self.original.clone() })
            }
            (None, None) => Ahead::Stuck("there is no `next`, and no later date of addition to ask after"),
        }
    }

    /// Takes note of the page's last date; gives it back if it is later than all before.
    fn note_date(&mut self, page: &Page) -> Option<String> {
        let text = page.date_added_last.clone()?;
        let micros = timestamp::parse_micros(&text)?;
        if self.latest.as_ref().is_some_and(|(latest, _)| *latest >= micros) {
            return None;
        }
        self.latest = Some((micros, text.clone()));
        Some(text)
    }
}

/// Enough to tell whether the same objects came again. Who makes two pages collide only cuts their own walk short.
fn digest(page: &Page) -> u64 {
    let mut hasher = DefaultHasher::new();
    page.objects.iter().for_each(|object| object.get().hash(&mut hasher));
    hasher.finish()
}

//! The record: every act of consequence has its entry, and nobody can change one without being seen.

use maud::{Markup, html};

use super::listing::Listing;
use super::words::{moment, number};
use crate::console::list::Paged;

/// Everything on the page.
pub struct RecordPage<'a> {
    /// The verifier key of this log.
    pub key: String,
    /// Entries by now.
    pub size: usize,
    /// Size and note of the latest one.
    pub checkpoint: Option<(i64, String)>,
    /// Witness and time.
    pub witnesses: Vec<(String, i64)>,
    /// Origin, size and time of the logs that are witnessed here.
    pub witnessed: Vec<(String, i64, i64)>,
    pub listing: Listing<'a>,
    pub entries: Paged<Entry>,
}

/// One entry.
#[derive(Clone, Debug)]
pub struct Entry {
    pub number: i64,
    pub at: i64,
    /// Such as `alert.published`.
    pub act: String,
    pub subject: String,
    /// The name of a person, or of the part of Ward that acts by itself.
    pub who: String,
}

/// The columns that sort.
pub const COLUMNS: [&str; 1] = ["number"];
/// The heads of the CSV file.
pub const HEADS: [&str; 6] = ["number", "time", "act", "about", "by", "digest in the public log"];

/// What comes under the heading.
pub fn record(page: &RecordPage<'_>) -> Markup {
    html! {
        p { "Every act of consequence here, with who did it, is an entry in this record. Entries are chained and signed; what is published of them are salted digests, which tell nobody what was done." }
        p.lead { strong { (number(page.size as u64)) " entries" } @if let Some((size, _)) = &page.checkpoint { ", signed up to entry " (size) } }
        h2 { "The latest checkpoint" }
        @match &page.checkpoint {
            Some((_, note)) => pre tabindex="0" { (note) },
            None => p { "None is signed yet. The server signs one every few seconds once there is an entry." },
        }
        h2 { "Who witnesses it" }
        @if page.witnesses.is_empty() { p { "No witness has signed the latest checkpoint yet. Hubs and members witness each other's records as they talk." } }
        ul { @for (witness, at) in &page.witnesses { li { code { (witness) } ", " (moment(*at)) } } }
        @if !page.witnessed.is_empty() {
            h2 { "Whom this installation witnesses" }
            div.scroll tabindex="0" role="region" aria-label="Witnessed records" { table {
                caption { "Other records" span { "The last size that was found consistent with all before." } }
                thead { tr { th scope="col" { "Record" } th.number scope="col" { "Entries" } th scope="col" { "Seen" } } }
                tbody { @for (origin, size, at) in &page.witnessed { tr { th.words scope="row" { (origin) } td.number { (size) } td { (moment(*at)) } } } }
            } }
        }
        h2 #entries { "The entries" }
        (entries(page))
        h2 { "How to check it" }
        p { "On this machine, all of it is recomputed from the tables by " code { "ward log verify" } ". The first entry that does not hold is named." }
        p { "From outside, with the key below, anybody can read " a href="/log/checkpoint" { "the checkpoint" } " and the tiles under " code { "/log/tile/" } "." }
        pre tabindex="0" { (page.key) }
    }
}

fn entries(page: &RecordPage<'_>) -> Markup {
    let listing = &page.listing;
    html! {
        (listing.seek("Find in what was done, or in the id of what it was done to"))
        @if page.entries.rows.is_empty() { p { "No entry here. " a href=(listing.href_of_all()) { "Show all" } } } @else {
            div.scroll tabindex="0" role="region" aria-label="Entries" { table {
                caption { "Entries" span { "Shown to this office only; what is public of each is a salted digest." } }
                thead { tr { (listing.head("number", "Number")) th scope="col" { "When" } th scope="col" { "What was done" } th scope="col" { "By" } th scope="col" { "To what" } } }
                tbody { @for entry in &page.entries.rows { tr {
                    th.number scope="row" { (entry.number) } td { (moment(entry.at)) } td { (entry.act) } td.words { (entry.who) } td.words { (entry.subject) }
                } } }
            } }
            (listing.foot(&page.entries, "entry", "entries"))
        }
    }
}

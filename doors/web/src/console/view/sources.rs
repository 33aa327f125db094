//! The node's sources: what can be searched is what was read, and what could not be read is said first.

use maud::{Markup, html};

use super::listing::Listing;
use super::words::{moment, number, time};
use crate::console::list::Paged;

/// One source.
#[derive(Clone, Debug)]
pub struct SourceLine {
    pub name: String,
    pub path: String,
    pub declared_at: i64,
    pub was_read: bool,
    pub lines_read: u64,
    pub lines_rejected: u64,
    pub events: u64,
    /// Reason and lines.
    pub rejected: Vec<(String, u64)>,
    /// Path and reason.
    pub unreadable: Vec<(String, String)>,
    /// From and until, of lines that were rotated away before they were read.
    pub lost: Vec<(i64, i64)>,
}

/// What the list is sorted by.
pub const COLUMNS: [&str; 4] = ["name", "problems", "events", "rejected"];
/// The heads of the CSV file.
pub const HEADS: [&str; 7] =
    ["source", "where", "declared", "cannot be read", "lines not understood", "lines read", "events kept"];

/// What comes under the heading.
pub fn sources(listing: &Listing<'_>, paged: &Paged<SourceLine>) -> Markup {
    let is_sought = !listing.query.find.is_empty();
    html! {
        p { "The logs that this node reads. They stay on this machine; only answers leave it, and none of their lines." }
        @if paged.rows.is_empty() && !is_sought {
            p { "No log is declared yet, so every answer of this office is \"blind\". On this machine: " code { "ward watch source add" } }
        } @else {
            (listing.seek("Find in name or place"))
            @if paged.rows.is_empty() { p { "No source holds \"" (listing.query.find) "\". " a href=(listing.href_of_all()) { "Show all" } } }
            @else {
                (listing.sorts(&[("name", "Name"), ("problems", "What cannot be read"), ("events", "Events kept"), ("rejected", "Lines not understood")]))
                @for source in &paged.rows { (one(source)) }
                (listing.foot(paged, "source", "sources"))
            }
        }
    }
}

fn one(source: &SourceLine) -> Markup {
    html! {
        h2 { (source.name) }
        @if !source.unreadable.is_empty() || !source.lost.is_empty() {
            div.box.stop {
                p { strong { "Every answer is at best \"partly searched\" until this is mended." } }
                ul {
                    @for (path, reason) in &source.unreadable { li { code { (path) } ": " (reason) } }
                    @for (from, until) in &source.lost { li { "Lines from " (time(*from)) " to " (time(*until)) " were rotated away before they were read" } }
                }
            }
        }
        dl.facts {
            dt { "Where" } dd { code { (source.path) } }
            dt { "Declared" } dd { (moment(source.declared_at)) }
            @if source.was_read {
                dt { "Events kept" } dd { (number(source.events)) }
                dt { "Lines read" } dd { (number(source.lines_read)) ", of which " (number(source.lines_rejected)) " not understood" }
            } @else { dt { "Read" } dd { "not yet: not reported is not nothing" } }
            @for (reason, lines) in &source.rejected { dt { "Not understood" } dd { (number(*lines)) " lines: " (reason) } }
        }
    }
}

//! The list of alerts.

use maud::{Markup, html};
use ward_stix::marking::Tlp;

use super::listing::Listing;
use super::words::moment_or;
use crate::console::list::Paged;

/// A line of the list.
#[derive(Clone, Debug)]
pub struct AlertLine {
    pub href: String,
    pub headline: String,
    pub from: String,
    /// Such as `draft`, `published` or `verified`.
    pub state: String,
    /// Such as `not seen`, or `50 of 51 have answered`; empty: nothing to say.
    pub answer: String,
    /// When it was published or came.
    pub at: Option<i64>,
    pub tlp: Tlp,
}

/// The columns that sort.
pub const COLUMNS: [&str; 4] = ["headline", "from", "state", "time"];
/// The heads of the CSV file.
pub const HEADS: [&str; 6] = ["headline", "from", "state", "answer", "time", "marking"];

/// What comes under the heading.
pub fn alerts(listing: &Listing<'_>, paged: &Paged<AlertLine>, may_draft: bool, is_hub: bool) -> Markup {
    let is_sought = !listing.query.find.is_empty();
    html! {
        @if may_draft { div.actions { a.button href="/alerts/new" { "Draft an alert" } } }
        (listing.seek("Find in headline or sender"))
        @if paged.rows.is_empty() {
            @if is_sought { p { "No alert holds \"" (listing.query.find) "\". " a href=(listing.href_of_all()) { "Show all alerts" } } }
            @else { p { "No alert has come yet. When one is published for you it stands here, the newest first, and on your home page until you have read it." } }
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Alerts" { table {
                caption { "Alerts you may see" span { "The newest first unless sorted otherwise; select a headline to read it." } }
                thead { tr {
                    (listing.head("headline", "Alert")) (listing.head("from", "From")) (listing.head("state", "State"))
                    th scope="col" { "Answer" } (listing.head("time", "Published or received")) th scope="col" { "Marking" }
                } }
                tbody { @for row in &paged.rows { tr {
                    th.words scope="row" { a href=(row.href) { (row.headline) } }
                    td { (row.from) } td { (row.state) } td { (row.answer) }
                    td { (moment_or(row.at, "not published")) } td { (row.tlp.label()) }
                } } }
            } }
            (listing.foot(paged, "alert", "alerts"))
        }
        @if is_hub { p { a href="/indicators" { "Sources of indicators" } ": where they are from, and how many were false alarms." } }
    }
}

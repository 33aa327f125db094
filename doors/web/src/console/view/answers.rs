//! Answers that wait for a person: the list, and the page on which one is checked before it leaves.

use maud::{Markup, html};

use super::listing::Listing;
use super::words::{moment, time};
use crate::console::list::Paged;

/// An answer that waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub sighting_id: String,
    pub version: String,
    pub report_id: String,
    pub hub: String,
    pub finding: String,
    pub held_because: String,
    pub made_at: i64,
}

/// The columns that sort.
pub const COLUMNS: [&str; 3] = ["finding", "hub", "time"];
/// The heads of the CSV file.
pub const HEADS: [&str; 6] = ["answer", "goes to", "made", "waits because", "alert", "sighting"];

/// What comes under the list's heading.
pub fn waiting(listing: &Listing<'_>, paged: &Paged<Waiting>) -> Markup {
    let is_sought = !listing.query.find.is_empty();
    html! {
        (listing.seek("Find in answer, hub or reason"))
        @if paged.rows.is_empty() {
            @if is_sought { p { "No answer that waits holds \"" (listing.query.find) "\". " a href=(listing.href_of_all()) { "Show all" } } }
            @else { p { "No answer waits for a person. When a look-back is done and answers do not go by themselves here, its answer stands on this page until somebody lets it go." } }
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Answers that wait" { table {
                caption { "Answers that wait" span { "None of them has left this machine." } }
                thead { tr { (listing.head("finding", "Answer")) (listing.head("hub", "Goes to")) (listing.head("time", "Made")) th scope="col" { "Waits because" } } }
                tbody { @for one in &paged.rows { tr {
                    th scope="row" { a href=(format!("/answers/{}", one.sighting_id)) { (one.finding) } } td { (one.hub) } td { (moment(one.made_at)) } td.words { (one.held_because) }
                } } }
            } }
            (listing.foot(paged, "answer", "answers"))
        }
    }
}

/// What comes under the heading of one; `body` is what will leave, laid out for reading. `token` is none for who may look but not let it go.
pub fn release_form(answer: &Waiting, body: &str, token: Option<&str>) -> Markup {
    html! {
        dl.facts {
            dt { "Says" } dd { (answer.finding) }
            dt { "About" } dd { a href=(format!("/alerts/{}", answer.report_id)) { "the alert that asked" } }
            dt { "Goes to" } dd { (answer.hub) }
            dt { "May be read there by" } dd { "TLP:AMBER: the hub and those who need it to act" }
            dt { "Made" } dd { (time(answer.made_at)) }
            dt { "Waits because" } dd { (answer.held_because) }
        }
        @if let Some(token) = token {
            form method="post" action=(format!("/answers/{}/release", answer.sighting_id)) {
                input type="hidden" name="form_token" value=(token);
                input type="hidden" name="version" value=(answer.version);
                p { "Your name goes with it. What has left cannot be called back; a correction can follow it." }
                div.actions { button { "Release this answer to " (answer.hub) } a href="/answers" { "Not now" } }
            }
        }
        h2 { "Exactly what leaves" }
        p { "Figures and findings, and your names for your sources: no log line." }
        pre tabindex="0" { (body) }
    }
}

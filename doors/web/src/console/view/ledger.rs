//! The ledger of an office: what was sent to it, when, by which rule, and the entry that says so.

use std::collections::BTreeMap;

use maud::{Markup, html};
use ward_share::ledger::Sent;

use super::field::Filled;
use super::words::moment;
use crate::console::session::percent_encoded;

/// Everything on the page.
pub struct Ledger<'a> {
    pub of_hub: bool,
    /// Whose, as the hub's people wrote it.
    pub of: String,
    pub pages: Vec<Sent>,
    /// Whether there is more after these.
    pub has_more: bool,
    /// Whether it is not from the beginning.
    pub is_part: bool,
    /// Names of collections, by id.
    pub names: BTreeMap<String, String>,
    pub filled: Filled<'a>,
}

/// What comes under the heading.
pub fn ledger(page: &Ledger<'_>) -> Markup {
    html! {
        p { "Each time something new goes out to an office, the hub writes down what it was and by which rule. The entry number is its place in the record, which nobody can change without being seen." }
        (page.filled.summary())
        @if page.of_hub {
            form method="get" action="/ledger" {
                (page.filled.line("text", "of", "Which office?", "Its name."))
                div.actions { button { "Show" } }
            }
        }
        @if page.pages.is_empty() { @if !page.of_hub || !page.of.is_empty() { p { @if page.is_part { "Nothing more was sent." } @else { "Nothing was sent." } } } } @else {
            div.scroll tabindex="0" role="region" aria-label="Ledger" { table {
                caption { "Sent" span { "The oldest first." } }
                thead { tr { th scope="col" { "When" } th scope="col" { "From" } th scope="col" { "What, and by which rule" } th.number scope="col" { "Entry" } } }
                tbody { @for one in &page.pages { (row(page, one)) } }
            } }
        }
        @if !page.of_hub || !page.of.is_empty() {
            nav.pager aria-label="Parts of the ledger" {
                @if page.is_part { a href=(href(page, "")) { "From the beginning" } }
                @if page.has_more { @if let Some(last) = page.pages.last() { a href=(href(page, &format!("&after={}", percent_encoded(&last.id)))) rel="next" { "What was sent later" } } }
            }
        }
    }
}

fn href(page: &Ledger<'_>, rest: &str) -> String {
    format!("/ledger?of={}{rest}", percent_encoded(&page.of))
}

fn row(page: &Ledger<'_>, one: &Sent) -> Markup {
    html! { tr {
        th scope="row" { (moment(one.at)) }
        td { (page.names.get(&one.collection_id).map_or("a collection", String::as_str)) }
        td.words {
            @for (stix_id, version, reason) in &one.delivered { p { code { (stix_id) } ", version " (version) ": " (reason.rule) @if reason.grant.is_some() { ", by a grant" } } }
            @if one.objects > one.delivered.len() { p { a href=(href(page, &format!("&only={}", percent_encoded(&one.id)))) { "All " (one.objects) " objects of " (moment(one.at)) } } }
        }
        td.number { @match one.entry { Some(number) => (number), None => "not numbered yet" } }
    } }
}

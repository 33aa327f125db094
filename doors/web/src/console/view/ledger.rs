//! The ledger of an office: what was sent to it, when, by which rule, and the entry that says so.

use std::collections::BTreeMap;

use maud::{Markup, html};
use ward_share::ledger::LedgerPage;

use super::field::Filled;
use super::words::moment;
use crate::console::session::percent_encoded;

/// Everything on the page.
pub struct Ledger<'a> {
    pub of_hub: bool,
    /// Whose, as the hub's people wrote it.
    pub of: String,
    pub pages: Vec<LedgerPage>,
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
        @if page.pages.is_empty() { @if !page.of_hub || !page.of.is_empty() { p { "Nothing more was sent." } } } @else {
            div.scroll tabindex="0" role="region" aria-label="Ledger" { table {
                caption { "Sent" span { "The oldest first." } }
                thead { tr { th scope="col" { "When" } th scope="col" { "From" } th scope="col" { "What, and by which rule" } th.number scope="col" { "Entry" } } }
                tbody { @for one in &page.pages { (row(page, one)) } }
            } }
            @if let Some(last) = page.pages.last() {
                p { a href=(format!("/ledger?of={}&after={}", percent_encoded(&page.of), percent_encoded(&last.id))) { "What was sent later" } }
            }
        }
    }
}

fn row(page: &Ledger<'_>, one: &LedgerPage) -> Markup {
    html! { tr {
        th scope="row" { (moment(one.at)) }
        td { (page.names.get(&one.collection_id).map_or("a collection", String::as_str)) }
        td.words { @for object in &one.delivered { p { code { (object.stix_id) } ", version " (object.version) ": " (object.reason.rule) @if object.reason.grant.is_some() { ", by a grant" } } } }
        td.number { @match &one.proof { Some(proof) => (proof.number), None => "not signed yet" } }
    } }
}

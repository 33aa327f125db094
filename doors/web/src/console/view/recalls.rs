//! Recalls: what somebody has and may no longer see, who has not said yet that it is gone, and saying so.

use std::collections::BTreeMap;

use maud::{Markup, html};
use ward_share::recall::{RecallRow, Recalled};

use super::listing::pages;
use super::words::{count, moment};
use crate::console::list::Paged;

/// The list.
pub struct Recalls {
    pub recalls: Paged<RecallRow>,
    /// How many are not confirmed, on all pages.
    pub open: usize,
    /// The hub's people see all offices.
    pub of_hub: bool,
    /// Of offices, by id.
    pub names: BTreeMap<String, String>,
}

/// One recall: what it asks, and the page on which somebody says that it is gone.
pub struct RecallPage {
    pub recall_id: String,
    pub objects: Paged<Recalled>,
    /// How many objects are not confirmed.
    pub open: usize,
    /// Of offices, by id.
    pub names: BTreeMap<String, String>,
    /// Of the form; none for the hub's people, who see all offices.
    pub token: Option<String>,
}

/// What comes under the heading of the list.
pub fn recalls(page: &Recalls) -> Markup {
    html! {
        p { "Something is called back when an office has it and may no longer see it: its marking became stricter, it was withdrawn or deleted, or a grant ended." }
        @if page.recalls.rows.is_empty() { p { "Nothing was called back." } } @else {
            p { strong { @if page.of_hub { (count(page.open, "office has", "offices have")) " not confirmed yet" } @else { (count(page.open, "recall waits", "recalls wait")) " for you" } } "." }
            div.scroll tabindex="0" role="region" aria-label="Recalls" { table {
                caption { "Recalls" span { "The newest first." } }
                thead { tr { @if page.of_hub { th scope="col" { "Office" } } th scope="col" { "Called back" } th scope="col" { "Why" } th scope="col" { "Objects" } th scope="col" { "Deleted?" } } }
                tbody { @for one in &page.recalls.rows { (row(page, one)) } }
            } }
            (pages("/recalls", &page.recalls, "recall", "recalls"))
        }
    }
}

fn row(page: &Recalls, one: &RecallRow) -> Markup {
    let objects = usize::try_from(one.objects).unwrap_or(0);
    let href = format!("/recalls/{}", one.recall_id);
    html! { tr {
        @if page.of_hub { th scope="row" { (name(&page.names, &one.organisation_id)) } }
        td { (moment(one.opened_at)) } td.words { (one.reason) }
        td.words {
            p { code { (one.stix_id) } }
            @if objects > 1 { p { "and " (objects - 1) " more" } }
            @if page.of_hub || one.confirmed.is_some() { p { a href=(href) { "See " (count(objects, "object", "objects")) " of " (moment(one.opened_at)) } } }
        }
        td { @match &one.confirmed {
            Some((at, by)) => { "Yes, said " (by) ", " (moment(*at)) },
            None if page.of_hub => strong { "Not confirmed" },
            None => a href=(href) { "Say that it is deleted: " (count(objects, "object", "objects")) " of " (moment(one.opened_at)) },
        } }
    } }
}

fn name<'a>(names: &'a BTreeMap<String, String>, id: &'a str) -> &'a str {
    names.get(id).map_or(id, String::as_str)
}

/// What comes under the heading of one.
pub fn one_recall(page: &RecallPage) -> Markup {
    let href = format!("/recalls/{}", page.recall_id);
    html! {
        p.lead { a href="/recalls" { "All that was called back" } }
        @if let Some(first) = page.objects.rows.first() { p { "Called back " (moment(first.opened_at)) ": " (first.reason) "." } }
        @match &page.token {
            Some(token) => {
                (objects(page))
                (pages(&href, &page.objects, "object", "objects"))
                @if page.open > 0 {
                    div.box.look { p { "Delete " @if page.objects.total == 1 { "it" } @else { "all " (page.objects.total) } " wherever your office keeps copies: in lists, tools, mails and on paper. Then confirm it here. Your name goes on the record, and the hub sees that your office has done it." } }
                    form method="post" action=(href) {
                        input type="hidden" name="form_token" value=(token);
                        div.actions { button { "We have deleted it" } a href="/recalls" { "Not now" } }
                    }
                } @else { p { "Your office has confirmed that this is deleted." } }
            },
            None => {
                p { strong { (page.open) " of " (count(page.objects.total, "copy", "copies")) } " not confirmed as deleted." }
                (of_offices(page))
                (pages(&href, &page.objects, "copy", "copies"))
            },
        }
    }
}

fn objects(page: &RecallPage) -> Markup {
    html! { ul { @for one in &page.objects.rows { li { code { (one.stix_id) } ", version " (one.version) ", sent to you " (moment(one.delivered_at)) } } } }
}

fn of_offices(page: &RecallPage) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Who has what" { table {
            caption { "Who has what" }
            thead { tr { th scope="col" { "Office" } th scope="col" { "Object" } th scope="col" { "Sent" } th scope="col" { "Deleted?" } } }
            tbody { @for one in &page.objects.rows { tr {
                th scope="row" { (name(&page.names, &one.organisation_id)) }
                td.words { code { (one.stix_id) } ", version " (one.version) }
                td { (moment(one.delivered_at)) }
                td { @match one.confirmed_at {
                    Some(at) => { "Yes, said " (one.confirmed_by.as_deref().unwrap_or_default()) ", " (moment(at)) },
                    None => strong { "Not confirmed" },
                } }
            } } }
        } }
    }
}

//! Recalls: what somebody has and may no longer see, who has not said yet that it is gone, and saying so.

use maud::{Markup, html};
use ward_share::recall::Recalled;

use super::words::{count, moment};

/// The list.
pub struct Recalls {
    pub of_office: Vec<OfOffice>,
    /// The hub's people see all offices.
    pub of_hub: bool,
}

/// What a recall asks of one office.
pub struct OfOffice {
    pub office: String,
    pub recall_id: String,
    pub reason: String,
    pub opened_at: i64,
    /// When, and who said so.
    pub confirmed: Option<(i64, String)>,
    /// Ids with versions.
    pub objects: Vec<(String, String)>,
}

/// The page on which somebody says that it is gone.
pub struct Confirming {
    pub recall_id: String,
    pub found: Vec<Recalled>,
    pub token: String,
}

/// What comes under the heading of the list.
pub fn recalls(page: &Recalls) -> Markup {
    let open = page.of_office.iter().filter(|one| one.confirmed.is_none()).count();
    html! {
        p { "Something is called back when an office has it and may no longer see it: its marking became stricter, it was withdrawn or deleted, or a grant ended." }
        @if page.of_office.is_empty() { p { "Nothing was called back." } } @else {
            p { strong { @if page.of_hub { (count(open, "office has", "offices have")) " not confirmed yet" } @else { (count(open, "recall waits", "recalls wait")) " for you" } } "." }
            div.scroll tabindex="0" role="region" aria-label="Recalls" { table {
                caption { "Recalls" span { "The newest first." } }
                thead { tr { @if page.of_hub { th scope="col" { "Office" } } th scope="col" { "Called back" } th scope="col" { "Why" } th scope="col" { "Objects" } th scope="col" { "Deleted?" } } }
                tbody { @for one in &page.of_office { tr {
                    @if page.of_hub { th scope="row" { (one.office) } }
                    td { (moment(one.opened_at)) } td.words { (one.reason) }
                    td.words { @for (id, _) in &one.objects { p { code { (id) } } } }
                    td { @match &one.confirmed {
                        Some((at, by)) => { "Yes, said " (by) ", " (moment(*at)) },
                        None if page.of_hub => strong { "Not confirmed" },
                        None => a href=(format!("/recalls/{}", one.recall_id)) { "Say that it is deleted: " (count(one.objects.len(), "object", "objects")) " of " (moment(one.opened_at)) },
                    } }
                } } }
            } }
        }
    }
}

/// What comes under the heading where somebody says that it is gone.
pub fn confirming(page: &Confirming) -> Markup {
    let is_open = page.found.iter().any(|one| one.confirmed_at.is_none());
    html! {
        @if let Some(first) = page.found.first() { p { "Called back " (moment(first.opened_at)) ": " (first.reason) "." } }
        ul { @for one in &page.found { li { code { (one.stix_id) } ", version " (one.version) ", sent to you " (moment(one.delivered_at)) } } }
        @if is_open {
            div.box.look { p { "Delete these wherever your office keeps them: in lists, tools, mails and on paper. Then confirm it here. Your name goes on the record, and the hub sees that your office has done it." } }
            form method="post" action=(format!("/recalls/{}", page.recall_id)) {
                input type="hidden" name="form_token" value=(page.token);
                div.actions { button { "We have deleted it" } a href="/recalls" { "Not now" } }
            }
        } @else { p { "Your office has confirmed that this is deleted." } }
    }
}

//! Versions of restricted objects that can be passed on: what an object carries, who waits for what, and draft and object side by side.

use maud::{Markup, html};
use ward_share::request::APPROVALS_NEEDED;
use ward_share::tear_line::{Listed, ListedDraft, Shown, ShownDraft, Standing};

use super::field::Filled;
use super::listing::pages;
use super::words::{count, moment, time};
use crate::console::form::capital;
use crate::console::list::Paged;

/// What an object carries, on its page.
pub struct Carried {
    pub standing: Standing,
    /// The token of the button that asks; none where it was asked.
    pub token: Option<String>,
}

/// What was asked for.
pub struct TearLines<'a> {
    pub found: Paged<Listed>,
    pub filled: Filled<'a>,
    pub token: String,
}

/// One of them.
pub struct TearLinePage<'a> {
    pub shown: Shown,
    pub filled: Filled<'a>,
    pub token: String,
}

/// What stands of a restricted object on a page; `from` is where the button leads back to.
pub fn carried(stix_id: &str, from: &str, carried: &Carried) -> Markup {
    html! {
        h2 #pass-on { "Passing this on" }
        @match &carried.standing {
            Standing::Nothing => p { "It is only for those it is marked for. A version that more people may have can be asked for." },
            Standing::Asked { tear_line_id, asked_at, days } => p {
                "A version that can be passed on was asked for on " (time(*asked_at)) ": "
                a href=(format!("/tear-lines/{tear_line_id}")) { (waits(*days)) } "."
            },
            Standing::Released { stix_id } => p { "There is a version that can be passed on: " a href="/tear-lines" { code { (stix_id) } } },
            Standing::Declined { reason } => p { "No version that can be passed on was made: " (reason) },
        }
        @if let Some(token) = &carried.token {
            form method="post" action="/tear-lines" {
                input type="hidden" name="form_token" value=(token);
                input type="hidden" name="object" value=(stix_id);
                input type="hidden" name="from" value=(from);
                div.actions { button { "Ask for a version that can be passed on" } }
            }
        }
    }
}

fn waits(days: i64) -> String {
    match usize::try_from(days) {
        Ok(0) | Err(_) => "waiting since today".to_owned(),
        Ok(days) => format!("waiting for {}", count(days, "day", "days")),
    }
}

/// What comes under the heading of the list.
pub fn tear_lines(page: &TearLines<'_>) -> Markup {
    html! {
        p.lead { "A restricted object is never shown with parts left out. Instead the hub makes a new one, which two people release." }
        (page.filled.summary())
        @if page.found.rows.is_empty() { p { "Nothing was asked for that you may see." } } @else {
            div.scroll tabindex="0" role="region" aria-label="What was asked for" { table {
                caption { "What was asked for" span { "Open ones first, the oldest first." } }
                thead { tr { th scope="col" { "Restricted object" } th scope="col" { "Marked" } th scope="col" { "Asked" } th scope="col" { "State" } } }
                tbody { @for one in &page.found.rows { tr {
                    th scope="row" { a href=(format!("/tear-lines/{}", one.id)) { (one.stix_id) } }
                    td { (one.markings.join(", ")) }
                    td { (moment(one.asked_at)) }
                    td { (state(&one.released, &one.reason, one.days, one.draft.as_ref().map(|draft| draft.approvals))) }
                } } }
            } }
            (pages("/tear-lines", &page.found, "object", "objects"))
        }
        h2 { "Ask for another" }
        form method="post" action="/tear-lines" {
            input type="hidden" name="form_token" value=(page.token);
            (page.filled.line("text", "object", "The object's id", "Such as indicator-- and 36 letters, digits and hyphens."))
            div.actions { button { "Ask for a version that can be passed on" } }
        }
    }
}

/// `approvals` is of the draft, for who may know of one.
fn state(released: &Option<String>, reason: &str, days: i64, approvals: Option<usize>) -> Markup {
    html! {
        @if let Some(id) = released { "Released as " code { (id) } }
        @else if !reason.is_empty() { "Declined: " (reason) }
        @else { (capital(&waits(days))) @if let Some(approvals) = approvals { ", drafted, " (approvals) " of " (APPROVALS_NEEDED) " approvals" } }
    }
}

/// What comes under the heading of one.
pub fn tear_line(page: &TearLinePage<'_>) -> Markup {
    let (shown, one) = (&page.shown, &page.shown.listed);
    html! {
        p.lead { a href="/tear-lines" { "All that was asked for" } }
        (page.filled.summary())
        dl.facts {
            dt { "Restricted object" } dd { code { (one.stix_id) } }
            dt { "Marked" } dd { (one.markings.join(", ")) }
            dt { "Asked" } dd { (time(one.asked_at)) }
            dt { "State" } dd { (state(&one.released, &one.reason, one.days, one.draft.as_ref().map(|draft| draft.approvals))) }
        }
        @if let Some(draft) = &shown.draft { (side_by_side(shown, draft)) } @else if let Some(restricted) = &shown.restricted { (bytes("The restricted object", restricted)) }
        @if one.may_approve { @if let Some(draft) = &one.draft { (approve(page, draft)) } }
        @if one.may_draft { (draft_form(page)) }
        @if one.may_approve { (decline(page)) }
    }
}

fn side_by_side(shown: &Shown, draft: &ShownDraft) -> Markup {
    html! {
        h2 { "What is left out" }
        @if draft.removed.is_empty() { p { "No whole part; look at the texts." } } @else { ul { @for place in &draft.removed { li { code { (place) } } } } }
        @if shown.listed.draft.as_ref().is_some_and(|draft| draft.is_old) { div.box.look { p { "The restricted object has changed since this was drafted. It must be drafted anew." } } }
        @if let Some(restricted) = &shown.restricted { (bytes("The restricted object", restricted)) }
        (bytes("The version that can be passed on", &draft.body))
    }
}

fn bytes(title: &str, body: &str) -> Markup {
    html! { h2 { (title) } div.scroll tabindex="0" role="region" aria-label=(title) { pre { code { (in_lines(body)) } } } }
}

/// JSON as people read it; as it is when it is none.
fn in_lines(body: &str) -> String {
    let read: Option<serde_json::Value> = serde_json::from_str(body).ok();
    read.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| body.to_owned())
}

fn approve(page: &TearLinePage<'_>, draft: &ListedDraft) -> Markup {
    html! {
        h2 { "Approve" }
        p { "It takes two people, and one of those whose object it is. The second releases it." }
        @if page.shown.listed.has_approved { p { "You have approved it; it takes another person." } } @else if !draft.is_old {
            form method="post" action=(format!("/tear-lines/{}", page.shown.listed.id)) {
                input type="hidden" name="form_token" value=(page.token);
                input type="hidden" name="what" value="approve";
                input type="hidden" name="draft" value=(draft.id);
                div.actions { button #draft { "It hides what must be hidden: approve" } }
            }
        }
    }
}

fn draft_form(page: &TearLinePage<'_>) -> Markup {
    html! {
        h2 { "Draft it" }
        form method="post" action=(format!("/tear-lines/{}", page.shown.listed.id)) {
            input type="hidden" name="form_token" value=(page.token);
            input type="hidden" name="what" value="draft";
            (page.filled.area("choice", "What it is to be, in JSON", "Such as {\"tlp\": \"green\", \"remove\": [\"name\"], \"replace\": {\"description\": \"Block it.\"}}. References that its readers do not see are left out by themselves.", 6))
            div.actions { button { "Draft it" } }
        }
    }
}

fn decline(page: &TearLinePage<'_>) -> Markup {
    html! {
        h2 { "Decline" }
        form method="post" action=(format!("/tear-lines/{}", page.shown.listed.id)) {
            input type="hidden" name="form_token" value=(page.token);
            input type="hidden" name="what" value="decline";
            (page.filled.line("text", "reason", "Why there will be none", "Everyone who sees the restricted object reads it."))
            div.actions { button { "Decline" } }
        }
    }
}

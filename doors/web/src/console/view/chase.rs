//! Who has not answered an alert yet, how to reach them, and what was done about it.

use maud::{Markup, html};
use ward_directory::{Contact, Duty};
use ward_share::chase::SilentOffice;

use super::field::Filled;
use super::listing::pages;
use super::words::{count, moment, time};
use crate::console::list::Paged;
use crate::console::session::percent_encoded;

/// Everything on the page.
pub struct Chase<'a> {
    pub report_id: String,
    pub headline: String,
    pub hub: String,
    pub published_at: i64,
    pub silent: Paged<SilentOffice>,
    /// How many on all pages may be asked again now.
    pub may_be_asked: usize,
    pub filled: Filled<'a>,
    /// The tokens of the two forms; none for who may look but not ask.
    pub tokens: Option<(String, String)>,
}

/// What comes under the heading.
pub fn chase(page: &Chase<'_>) -> Markup {
    html! {
        p.lead { a href=(format!("/alerts/{}", page.report_id)) { (page.headline) } }
        (page.filled.summary())
        @if page.silent.rows.is_empty() { p { "Every office that was asked has answered." } } @else {
            p { strong { (count(page.silent.total, "office has", "offices have")) " not answered" } " since " (time(page.published_at)) ". Silence is no all-clear." }
            @if let Some((ask, _)) = &page.tokens { (ask_again(page, ask, page.may_be_asked)) }
            @for one in &page.silent.rows { (office(page, one)) }
            (pages(&format!("/alerts/{}/silent", page.report_id), &page.silent, "office", "offices"))
            @if let Some((_, call)) = &page.tokens { (note_call(page, call)) }
        }
    }
}

fn ask_again(page: &Chase<'_>, token: &str, may_be_asked: usize) -> Markup {
    html! {
        @if may_be_asked == 0 { p { "All of them were asked again within the last day. Ring them." } } @else {
            form method="post" action=(format!("/alerts/{}/remind", page.report_id)) {
                input type="hidden" name="form_token" value=(token);
                p { "Ward sends no e-mail. Whoever signs in for the office sees on their home page that you asked again, and when." }
                div.actions { button { "Remind all (" (may_be_asked) ")" } }
            }
        }
    }
}

fn office(page: &Chase<'_>, one: &SilentOffice) -> Markup {
    html! {
        h2 { (one.organisation) @if !one.state.is_empty() && one.state != one.organisation { " (" (one.state) ")" } }
        p { @match one.delivered_at { Some(at) => { "Has had it since " (moment(at)) "." }, None => "It has not been fetched there yet." } }
        @if one.contacts.is_empty() { p { strong { "No contact is known." } " Somebody must find out who answers there." } }
        @for contact in &one.contacts { (reach(page, one, contact)) }
        @if !one.reminders.is_empty() {
            ul { @for done in &one.reminders { li {
                @if done.is_call { "Rang them" } @else { "Asked again" } " on " (moment(done.at)) ", " (done.by) @if !done.note.is_empty() { ": " (done.note) }
            } } }
        }
    }
}

fn reach(page: &Chase<'_>, one: &SilentOffice, contact: &Contact) -> Markup {
    let duty = match contact.duty {
        Duty::Election => "election official",
        Duty::It => "IT",
    };
    html! {
        p { (contact.name) ", " (duty) @if contact.verified_at.is_none() { " (nobody has made sure of this contact)" }
            @if !contact.phone.is_empty() { ", " a href=(format!("tel:{}", percent_encoded(&contact.phone))) { (contact.phone) } }
            @if !contact.email.is_empty() { ", " a href=(letter(page, one, contact)) { (contact.email) } } }
    }
}

/// An e-mail ready to be sent by hand. It leaves this hub's care, so it says nothing of what the warning says.
fn letter(page: &Chase<'_>, one: &SilentOffice, contact: &Contact) -> String {
    let subject = format!("{} waits for an answer from {}", page.hub, one.organisation);
    let body = format!(
        "{},\n\n{} sent your office a warning on {} and has not heard from you. Please sign in and answer it, or have your IT person do so. \
         \"We could not look\" is an answer too.\n\nThis message holds nothing of the warning itself.\n",
        contact.name,
        page.hub,
        time(page.published_at)
    );
    let address = percent_encoded(&contact.email).replace("%40", "@").replace('/', "%2F");
    format!("mailto:{address}?subject={}&body={}", percent_encoded(&subject), percent_encoded(&body))
}

fn note_call(page: &Chase<'_>, token: &str) -> Markup {
    let choices: Vec<_> = page
        .silent
        .rows
        .iter()
        .map(|one| (one.organisation_id.clone(), one.organisation.clone(), String::new()))
        .collect();
    html! {
        h2 #call { "Note that you rang them" }
        form method="post" action=(format!("/alerts/{}/call", page.report_id)) {
            input type="hidden" name="form_token" value=(token);
            (page.filled.one_of("office", "Whom", "", &choices))
            (page.filled.area("note", "What was said", "Only the hub's people read it.", 2))
            div.actions { button { "Note the call" } }
        }
    }
}

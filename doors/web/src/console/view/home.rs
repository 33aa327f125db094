//! Home: what needs the reader, as verbs with the day by which; what is left stands out, and nothing stands here that cannot be done.

use maud::{Markup, html};

use super::words::{count, moment_or, time};

/// Everything on the page.
pub struct Home {
    pub now: i64,
    /// Those due first come first.
    pub to_do: Vec<ToDo>,
    pub reads_alerts: bool,
    pub sees_situation: bool,
    /// At a hub: requests, recalls and the ledger.
    pub shares: bool,
    /// Whether the reader is one of the people of the office that runs this.
    pub of_hub: bool,
    /// Of the hub's people, who sees indicators.
    pub explains: bool,
    /// Name, when it was last heard, and what went wrong.
    pub hubs: Vec<(String, Option<i64>, Option<String>)>,
}

/// One thing to do.
pub struct ToDo {
    pub verb: &'static str,
    pub href: String,
    pub about: String,
    /// None: as soon as can be.
    pub due_at: Option<i64>,
    pub asked_again_at: Option<i64>,
}

/// What comes under the heading.
pub fn home(page: &Home) -> Markup {
    html! {
        h2 { "To do" }
        @if page.to_do.is_empty() {
            p { "Nothing waits for you. What needs you stands here when it comes, with the day by which it is due." }
        } @else {
            p { (count(page.to_do.len(), "thing waits", "things wait")) " for you." }
            ul.tasks { @for one in &page.to_do { li {
                a href=(one.href) { (one.verb) ": " (one.about) }
                span { @match one.due_at {
                    Some(at) if at < page.now => { strong { "Overdue" } ", was due " (time(at)) },
                    Some(at) => { "Due " (time(at)) },
                    None => "As soon as you can",
                } @if let Some(at) = one.asked_again_at { ". " strong { "The hub asked again on " (time(at)) } } }
            } } }
        }
        @if !page.hubs.is_empty() {
            h2 { "Can we be warned?" }
            ul { @for (name, heard, error) in &page.hubs { li { (name) ": last asked " (moment_or(*heard, "never"))
                @match error { Some(error) => { ". " strong { "It did not go well: " } (error) }, None => ", all well" } } } }
        }
        h2 { "Look further" }
        ul {
            @if page.reads_alerts { li { a href="/alerts" { "All alerts" } } }
            @if page.sees_situation { li { a href="/situation" { "The situation: who has answered, and what" } } }
            @if page.shares {
                li { a href="/requests" { "Requests for information: ask to be shown more" } }
                @if page.explains || !page.of_hub { li { a href="/recalls" { "What was called back" } } }
                li { a href="/tear-lines" { "Versions of restricted information that can be passed on" } }
                li { a href="/ledger" { "What was sent to whom" } }
            }
            @if page.explains { li { a href="/explain" { "Who sees an object, and why" } } }
            li { a href="/clearances/own" { "What is on record of your clearance" } }
            @if !page.reads_alerts && !page.sees_situation { li { "The menu above has all pages that your role sees." } }
        }
    }
}

//! Seats and who is stuck, and who can be briefed. No list here shows anybody's level but to the question about one.

use maud::{Markup, html};
use ward_directory::clearance::{Briefed, ClearanceTask, ClearanceTaskKind, Overview, Pending, SeatRow, word_of};
use ward_policy::Grade;

use super::field::{Choice, Filled};
use super::words::{count, moment};

/// Everything on the page of all.
pub struct List<'a> {
    pub overview: Overview,
    pub filled: Filled<'a>,
    /// Whether the reader may ask who can be briefed.
    pub asks: bool,
    /// The token of the form that asks for the roster, for who may have it.
    pub export: Option<String>,
}

/// The question, and its answer.
pub struct Briefing<'a> {
    pub filled: Filled<'a>,
    pub token: String,
    pub found: Option<&'a [Briefed]>,
}

/// What comes under the heading.
pub fn list(page: &List<'_>) -> Markup {
    html! {
        (page.filled.summary())
        p { "Ward keeps track of clearances that others granted. It never grants one." }
        @if !page.overview.tasks.is_empty() {
            h2 { "To do" }
            ul.tasks { @for task in &page.overview.tasks { li {
                a href=(person(&task.person_id)) { (verb(task)) ": " (task.person) } span { "Since " (moment(task.since)) }
            } } }
        }
        @if page.asks { p { a href="/clearances/briefing" { "Who can be briefed today?" } } }
        h2 { "Who is stuck" }
        @if page.overview.pending.is_empty() { p { "Nobody waits." } } @else { (stuck(&page.overview.pending)) }
        @if !page.overview.seats.is_empty() { h2 { "Seats" } (seats(&page.overview.seats)) }
        h2 { "One person's record" }
        form.filter method="get" action="/clearances" {
            div { (page.filled.line("text", "email", "E-mail address", "")) }
            button { "Show" }
        }
        @if let Some(token) = &page.export {
            h2 { "The roster as a file" }
            p { "The list of the cleared is a target by itself. Who took it, when and why goes on the record." }
            form method="post" action="/clearances/roster.csv" {
                input type="hidden" name="form_token" value=(token);
                (page.filled.line("text", "reason", "What it is for", ""))
                div.actions { button { "Download the roster (CSV)" } }
            }
        }
    }
}

/// What is to be done about somebody.
pub fn verb(task: &ClearanceTask) -> &'static str {
    match task.kind {
        ClearanceTaskKind::Debrief => "Debrief",
        ClearanceTaskKind::DebriefReadIn => "Debrief after a read-in",
        ClearanceTaskKind::Confirm => "Confirm a clearance",
    }
}

/// The address of somebody's record.
pub fn person(id: &str) -> String {
    format!("/clearances/people/{id}")
}

/// A word of a vocabulary as people read it.
pub fn plain<T: serde::Serialize>(value: &T) -> String {
    match word_of(value).as_str() {
        "top-secret-sci" => "TOP SECRET, with compartments".to_owned(),
        word @ ("confidential" | "secret" | "top-secret") => word.replace('-', " ").to_uppercase(),
        word @ ("pcii" | "les" | "cui") => word.to_uppercase(),
        "continuous-vetting" => "in continuous vetting".to_owned(),
        "sponsors-system" => "in the sponsor's system".to_owned(),
        word => word.replace('-', " "),
    }
}

/// Values to choose from.
pub fn choices<T: serde::Serialize>(values: &[T]) -> Vec<Choice> {
    values.iter().map(|value| (word_of(value), plain(value), String::new())).collect()
}

fn stuck(pending: &[Pending]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Who is stuck" { table {
            thead { tr { th scope="col" { "Person" } th scope="col" { "State" } th scope="col" { "Stage" } th scope="col" { "Days in it" } th scope="col" { "Before that" } } }
            tbody { @for one in pending { tr {
                td { a href=(person(&one.person_id)) { (one.person) } @if !one.office.is_empty() { br; (one.office) } br; span.quiet { (one.organisation) } }
                td { (one.state) }
                td { (plain(&one.stage)) }
                td { (one.days) }
                td { @for (place, (stage, days)) in one.stages.iter().take(one.stages.len().saturating_sub(1)).enumerate() {
                    @if place > 0 { ", " } (plain(stage)) " " (days) " d"
                } }
            } } }
        } }
    }
}

fn seats(rows: &[SeatRow]) -> Markup {
    let without = rows.iter().filter(|row| row.used == 0).count();
    html! {
        @if without > 0 { p { strong { (count(without, "state has", "states have")) " nobody." } } }
        div.scroll tabindex="0" role="region" aria-label="Seats" { table {
            thead { tr { th scope="col" { "State" } th scope="col" { "Seats sponsored by DHS" } th scope="col" { "Of these waiting" } } }
            tbody { @for row in rows { tr {
                td { (row.state) }
                td { (row.used) " of " (row.seats) " used" @if row.used == 0 { ": nobody" } }
                td { (row.waiting) }
            } } }
        } }
    }
}

/// What comes under the heading of the question.
pub fn briefing(page: &Briefing<'_>) -> Markup {
    let filled = &page.filled;
    html! {
        (filled.summary())
        p { "A clearance is not access. To be briefed, somebody needs the level, the need to know, a signed non-disclosure agreement, and an approved place; and the sponsor was asked within a year." }
        @if let Some(found) = page.found { (answer(found)) }
        h2 { "Ask" }
        form method="post" action="/clearances/briefing" {
            input type="hidden" name="form_token" value=(page.token);
            (filled.one_of("level", "Level of the briefing", "", &choices(&Grade::ALL)))
            (filled.line("text", "topic", "Topic", "Its unclassified title, as it stands in the records."))
            (filled.line("text", "within", "Longest way to the room, in minutes", "Leave it empty if any way will do."))
            (filled.line("text", "reason", "Why you ask", "The question and its reason go on the record."))
            div.actions { button { "Ask" } }
        }
    }
}

fn answer(found: &[Briefed]) -> Markup {
    let can: Vec<&Briefed> = found.iter().filter(|one| one.lacks.is_empty()).collect();
    html! {
        h2 { (count(can.len(), "person can", "people can")) " be briefed today" }
        @if can.is_empty() { p { "Nobody whose record is here." } } @else {
            div.scroll tabindex="0" role="region" aria-label="Who can be briefed" { table {
                thead { tr { th scope="col" { "Person" } th scope="col" { "State" } th scope="col" { "Nearest approved room" } th scope="col" { "Minutes" } } }
                tbody { @for one in can { tr {
                    td { a href=(person(&one.person_id)) { (one.person) } @if one.is_chief_official { " (chief election official)" } br; span.quiet { (one.organisation) } }
                    td { (one.state) }
                    td { (one.room) }
                    td { @match one.travel_minutes { Some(minutes) => (minutes), None => "not known" } }
                } } }
            } }
        }
        @if found.iter().any(|one| !one.lacks.is_empty()) {
            h2 { "Who cannot, and why" }
            ul { @for one in found.iter().filter(|one| !one.lacks.is_empty()) { li {
                a href=(person(&one.person_id)) { (one.person) } @if !one.state.is_empty() { " (" (one.state) ")" } ": " (one.lacks.join("; "))
            } } }
        }
    }
}

//! An answer by hand: what a person looked at, from when to when, what could not be seen, and one of four buttons that says what they found.

use maud::{Markup, html};
use ward_share::situation::Standing;

use super::field::Filled;
use super::standing::{meaning, standing};
use super::words::{count, moment, time, zone_name};

/// Rows for logs and systems.
pub const SOURCES: usize = 3;

/// The form.
pub struct HandForm<'a> {
    pub filled: Filled<'a>,
    pub action: String,
    pub token: String,
    /// Of the alert, as it is on the page.
    pub version: String,
    /// Who gets the answer.
    pub hub: String,
    /// What the office has answered so far, and when.
    pub so_far: Option<(Standing, i64)>,
    /// The receipt of it: its number, what was promised, and what was answered to it.
    pub receipt: Option<(i64, i64, Option<String>)>,
    /// The period that the alert asks about.
    pub period: (i64, i64),
    /// The office's own Ward answers by itself.
    pub has_node: bool,
    /// How many things the alert lists.
    pub things: usize,
    /// For whom somebody else answers here; none for one's own office.
    pub other: Option<Other>,
}

/// Answering for an office that has no Ward of its own.
pub struct Other {
    /// Ids and names of the hubs that sent the alert, when there are several.
    pub hubs: Vec<(String, String)>,
}

/// What comes under the heading of the answer, or of its own page.
pub fn hand_form(form: &HandForm<'_>) -> Markup {
    let filled = &form.filled;
    let (from, until) = form.period;
    let from_label = format!("It holds entries from (days in {})", zone_name());
    html! {
        @if let Some((so_far, at)) = form.so_far {
            div.box { p.lead { (standing(so_far)) } p { (meaning(so_far)) " Answered " (moment(at)) "." }
                @if let Some((number, promised_at, text)) = &form.receipt {
                    p { "Receipt " (number) ": " @match text { Some(text) => { "the hub answered: " (text) }, None => { "the hub promised to look at it by " (moment(*promised_at)) } } }
                } }
            p { "What you say below takes the place of what was said here before." }
        }
        @if form.has_node { p { "Your office's own Ward answers by itself. Answer here only where it cannot." } }
        (filled.summary())
        form method="post" action=(form.action) {
            input type="hidden" name="form_token" value=(form.token);
            input type="hidden" name="version" value=(form.version);
            // The Enter key presses the first button of a form: it must not say "not seen" by itself.
            button disabled hidden {}
            @if let Some(other) = &form.other { (for_whom(filled, other)) }
            p { "The alert asks about " strong { (time(from)) " to " (time(until)) } " and lists " strong { (count(form.things, "thing", "things")) } " to search for. Your IT person sees them on the alert's page." }
            fieldset #sources {
                legend { "What did you look at?" }
                p.hint { "Each log or system by the name that you use for it, and the days that it holds without gaps. Leave empty what you do not need." }
                @for place in 1..=SOURCES {
                    (filled.line("text", &format!("source-{place}"), &format!("Log or system {place}"), ""))
                    div.dates { (filled.line("date", &format!("from-{place}"), &from_label, "")) (filled.line("date", &format!("until-{place}"), "to", "")) }
                }
            }
            (filled.tick("searched", "Everything that the alert lists was searched for in all of them"))
            (filled.area("unseen", "What could not be seen, and why?", "Such as: our provider keeps logs for two weeks only. Needed unless you saw everything.", 2))
            (filled.line("text", "saw", "If you found something: what?", "In a few words. No names of voters, no addresses. If you take back what was found before: what it was."))
            (filled.line("text", "count", "and how often?", "A number; leave it empty for once."))
            @if form.other.is_some() { (filled.area("reason", "How do you know?", "It stays here.", 2)) }
            @else { (filled.tick("name", "Other members may see our name with this answer")) }
            p { "Your answer goes to " (form.hub) ", marked TLP:AMBER, with your name. What has gone cannot be called back; a later answer takes its place." }
            div.actions {
                button name="found" value="something" { "We found something: we need help" }
                button name="found" value="nothing" { "We looked, and it is not there" }
                button name="found" value="part" { "We could look at a part only: not there" }
                button name="found" value="blind" { "We could not look" }
            }
        }
    }
}

fn for_whom(filled: &Filled<'_>, other: &Other) -> Markup {
    let choices: Vec<_> = other.hubs.iter().map(|(id, name)| (id.clone(), name.clone(), String::new())).collect();
    html! {
        (filled.line("text", "office", "Office that you answer for", "Its name, as it will stand beside yours."))
        (filled.line("text", "identity", "Its identity at the hub", "As the hub gives it: identity-- and 36 signs."))
        @if choices.len() > 1 { (filled.one_of("hub", "Which hub gets the answer?", "", &choices)) }
    }
}

//! The hub's side of an alert: whom it reaches, who has signed, and what can be done next.

use maud::{Markup, html};

use super::words::{count, moment, number};
use crate::console::list::ROWS_A_PAGE;

/// What the hub's own people see below an alert.
pub struct HubSide {
    pub reach: Reach,
    pub signed: Vec<Signed>,
    /// Whether the reader is one of them.
    pub has_signed: bool,
    /// How many different people must sign.
    pub needed: usize,
    /// What may be done now, in the order in which it is done.
    pub next: Vec<Next>,
}

/// Whom a version reaches.
pub struct Reach {
    /// Those who will see it; those it is addressed to come first.
    pub offices: Vec<Reached>,
    /// Addressed, but may not see it.
    pub will_not_see: Vec<String>,
    /// Addressed, without a verified election contact and a verified IT contact.
    pub lacks_contact: Vec<String>,
    /// How many indicators it holds, and of those that nodes will not block the name, "watch" or "spent", and why.
    pub indicators: usize,
    pub not_blocked: Vec<(String, &'static str, String)>,
    /// Address of the file with all of them.
    pub file: String,
}

/// One whom it reaches.
pub struct Reached {
    pub name: String,
    pub is_addressed: bool,
    pub has_election_contact: bool,
    pub has_it_contact: bool,
}

/// A signature.
pub struct Signed {
    pub name: String,
    pub office: String,
    pub at: i64,
    pub counts: bool,
}

/// A link to what can be done.
pub struct Next {
    pub href: String,
    pub label: String,
    /// The one main action of the page.
    pub is_main: bool,
}

/// How many different people's signatures count.
pub fn signed_count(signed: &[Signed]) -> usize {
    signed.iter().filter(|one| one.counts).count()
}

/// What comes below the alert.
pub fn hub(side: &HubSide) -> Markup {
    html! {
        (signatures(&side.signed, side.needed))
        @if !side.next.is_empty() {
            div.actions { @for next in &side.next { a.button.second[!next.is_main] href=(next.href) { (next.label) } } }
        }
        (reach(&side.reach))
    }
}

/// Who has signed.
pub fn signatures(signed: &[Signed], needed: usize) -> Markup {
    html! {
        h2 #signed { "Who has signed" }
        p { strong { (signed_count(signed)) " of " (needed) " people have signed." } }
        @if !signed.is_empty() {
            ul { @for one in signed { li { (one.name) @if !one.office.is_empty() { ", " (one.office) } ", " (moment(one.at))
                @if !one.counts { " (does not count: the key was retired)" } } } }
        }
    }
}

/// Whom it reaches.
pub fn reach(reach: &Reach) -> Markup {
    let mark = |has: bool| if has { "verified" } else { "missing" };
    html! {
        h2 #reach { "Whom it reaches" }
        p { (count(reach.offices.len(), "office", "offices")) " will see it; a clerk reads exactly the words of the alert." }
        @if !reach.will_not_see.is_empty() { div.box.stop { p { "Addressed, but may not see it: " (some(&reach.will_not_see)) } } }
        @if !reach.lacks_contact.is_empty() {
            div.box.look { p { (count(reach.lacks_contact.len(), "office", "offices")) " without a verified election contact and a verified IT contact: nobody may be there to read it." } }
        }
        @if reach.indicators > 0 { (what_is_done(reach)) }
        @if !reach.offices.is_empty() {
            details { summary { "The offices, and their contacts" }
                @if reach.offices.len() > ROWS_A_PAGE { p { "The first " (ROWS_A_PAGE) " of " (number(reach.offices.len() as u64)) ", those that are asked first. " a href=(reach.file) { "All of them as CSV" } } }
                div.scroll tabindex="0" role="region" aria-label="Offices that will see it" { table {
                    caption { "Offices that will see it" span { "A contact counts as verified for 90 days after somebody made sure of it." } }
                    thead { tr { th scope="col" { "Office" } th scope="col" { "Asked to answer" } th scope="col" { "Election contact" } th scope="col" { "IT contact" } } }
                    tbody { @for one in reach.offices.iter().take(ROWS_A_PAGE) { tr {
                        th scope="row" { (one.name) } td { @if one.is_addressed { "yes" } @else { "no, may read it" } }
                        td { (mark(one.has_election_contact)) } td { (mark(one.has_it_contact)) }
                    } } }
                } }
            }
        }
    }
}

/// What nodes do by themselves with what the alert names.
fn what_is_done(reach: &Reach) -> Markup {
    let blocked = reach.indicators.saturating_sub(reach.not_blocked.len());
    html! {
        p { "Of the " (count(reach.indicators, "thing", "things")) " that it searches for, nodes may block " (number(blocked as u64)) " by themselves. All are searched for." }
        @if !reach.not_blocked.is_empty() {
            details { summary { "What is not blocked, and why" }
                @if reach.not_blocked.len() > ROWS_A_PAGE { p { "The first " (ROWS_A_PAGE) " of " (number(reach.not_blocked.len() as u64)) "." } }
                ul { @for (name, act, why) in reach.not_blocked.iter().take(ROWS_A_PAGE) { li { code { (name) } ": " strong { (act) } ", because " (why) } } }
            }
        }
    }
}

/// The first names, and how many more there are.
fn some(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(ROWS_A_PAGE).map(String::as_str).collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), number(more as u64)),
    }
}

//! The pages on which a draft is signed, and on which it is published.

use maud::{Markup, html};
use ward_share::alert::ClerkSection;

use super::alert::sections;
use super::field::Filled;
use super::hub::{HubSide, reach, signatures, signed_count};
use super::words::count;

/// A draft to be signed or published.
pub struct Signing<'a> {
    pub report_id: String,
    pub version: String,
    pub headline: String,
    pub sections: Vec<ClerkSection>,
    pub searched: Searched,
    /// Label of the marking and who may read it.
    pub marking: (&'static str, &'static str),
    pub hub: HubSide,
    pub filled: Filled<'a>,
    pub token: String,
    /// Whether the reader's signature is on it already.
    pub has_signed: bool,
    pub draft_href: String,
}

/// The patterns of a draft's indicators.
pub struct Searched {
    /// New in a correction; empty in a first version.
    pub added: Vec<String>,
    pub kept: Vec<String>,
    /// Searched for until now, and not any more once this correction is published.
    pub withdrawn: Vec<String>,
    /// In the draft too, and not searched for before it.
    pub withdrawn_before: Vec<String>,
}

/// What comes under the heading of the page that signs.
pub fn sign(page: &Signing<'_>) -> Markup {
    html! {
        (page.filled.summary())
        p { "You sign exactly what stands here. If a word of it changes, your signature does not count any more." }
        (what(page))
        (reach(&page.hub.reach))
        (signatures(&page.hub.signed, page.hub.needed))
        @if page.has_signed { p { "You have signed this version. Another person is needed for the second signature." } }
        @else {
            form method="post" action=(format!("/alerts/{}/sign", page.report_id)) {
                input type="hidden" name="form_token" value=(page.token);
                input type="hidden" name="version" value=(page.version);
                (page.filled.line("password", "password", "Your password", "It opens your signing key, for this signature only."))
                div.actions { button { "Sign with my name" } a href=(page.draft_href) { "Not now" } }
            }
        }
    }
}

/// What comes under the heading of the page that publishes.
pub fn publish(page: &Signing<'_>) -> Markup {
    let is_signed = signed_count(&page.hub.signed) >= page.hub.needed;
    let names: Vec<&str> =
        page.hub.reach.offices.iter().filter(|one| one.is_addressed).map(|one| one.name.as_str()).collect();
    let asked = names.len();
    html! {
        (page.filled.summary())
        p { "Nothing has been sent yet. What is published cannot be called back; a correction can follow it." }
        dl.facts {
            dt { "Headline" } dd { (page.headline) }
            dt { "Marking" } dd { (page.marking.0) ", " (page.marking.1) }
            dt { "Asks" } dd { (count(asked, "office", "offices")) ": " (names.join(", ")) }
            dt { "May be read by" } dd { (count(page.hub.reach.offices.len(), "office", "offices")) " in all" }
            dt { "Without verified contacts" } dd { (page.hub.reach.lacks_contact.len()) @if !page.hub.reach.lacks_contact.is_empty() { ": " (page.hub.reach.lacks_contact.join(", ")) } }
            dt { "Searches for" } dd { (count(page.searched.added.len() + page.searched.kept.len(), "thing", "things"))
                @if !page.searched.added.is_empty() { ", " (page.searched.added.len()) " of them added by this correction" } }
            @if !page.searched.withdrawn.is_empty() {
                dt { "Withdrawn by this correction" } dd { (count(page.searched.withdrawn.len(), "thing", "things")) }
            }
        }
        @if is_signed {
            form method="post" action=(format!("/alerts/{}/publish", page.report_id)) {
                input type="hidden" name="form_token" value=(page.token);
                input type="hidden" name="version" value=(page.version);
                div.actions { button { "Publish to " (count(asked, "office", "offices")) } a href=(page.draft_href) { "Not now" } }
            }
        } @else {
            div.box.stop { p { strong { "It cannot be published yet: " } (signed_count(&page.hub.signed)) " of " (page.hub.needed) " people have signed this version." } }
            p { a href=(page.draft_href) { "Back to the draft" } }
        }
        (signatures(&page.hub.signed, page.hub.needed))
        (reach(&page.hub.reach))
        h2 { "As a clerk reads it" }
        (what(page))
    }
}

fn what(page: &Signing<'_>) -> Markup {
    html! {
        div.box { p.lead { strong { (page.headline) } } (sections(&page.sections)) }
        @let Searched { added, kept, withdrawn, withdrawn_before } = &page.searched;
        @if added.is_empty() || !kept.is_empty() { (patterns("What is searched for", kept)) }
        @if !added.is_empty() { (patterns("Added by this correction", added)) }
        @if !withdrawn.is_empty() { (patterns("Withdrawn by this correction", withdrawn)) }
        @if !withdrawn_before.is_empty() { (patterns("Withdrawn already", withdrawn_before)) }
    }
}

fn patterns(heading: &str, patterns: &[String]) -> Markup {
    html! {
        h3 { (heading) }
        @if patterns.is_empty() { p { "Nothing." } }
        ul { @for pattern in patterns { li { code { (pattern) } } } }
    }
}

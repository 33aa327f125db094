//! Drafting an alert: the form, and the page on which each thing that is searched for is confirmed before the draft is kept.

use std::collections::BTreeSet;

use maud::{Markup, html};
use ward_share::alert::Proposals;
use ward_stix::alert::MOST_STEPS;
use ward_stix::marking::Tlp;
use ward_stix::marking::handling::{banners, name as banner_name};

use super::field::{Choice, Filled, hidden};
use super::words::{audience, count};

/// A form that drafts, edits or corrects.
pub struct DraftForm<'a> {
    pub filled: Filled<'a>,
    /// Where it is sent.
    pub action: String,
    pub token: String,
    pub version: Option<String>,
    /// Codes of the states that members are in.
    pub states: Vec<String>,
    /// Ids and names of the members.
    pub offices: Vec<(String, String)>,
    /// Of a correction.
    pub corrects: Option<Corrects>,
    /// Signatures that the draft loses when it is changed.
    pub signed: usize,
    /// Where a draft is thrown away, and the token of that form.
    pub discard: Option<(String, String)>,
}

/// What is corrected.
pub struct Corrects {
    pub tlp: Tlp,
    /// Id and pattern of the indicators that are not withdrawn.
    pub indicators: Vec<(String, String)>,
}

/// The page on which what is searched for is confirmed.
pub struct Confirm<'a> {
    pub form: DraftForm<'a>,
    pub proposals: &'a Proposals,
    /// Names of those it will go to.
    pub recipients: Vec<String>,
}

/// The name of the field of a step, from 1.
pub fn step_name(step: usize) -> String {
    format!("step-{step}")
}

/// What comes under the heading of the form.
pub fn form(page: &DraftForm<'_>) -> Markup {
    let filled = &page.filled;
    html! {
        (filled.summary())
        (controlled(filled))
        @if page.corrects.is_none() && page.version.is_none() { p { "Nothing is sent when you save: a draft stays here until two people have signed it and it is published." } }
        @if page.signed > 0 { div.box.look { p { (count(page.signed, "person has", "people have")) " signed this draft. A changed draft must be signed anew by two people." } } }
        form method="post" action=(page.action) {
            input type="hidden" name="form_token" value=(page.token);
            @if let Some(version) = &page.version { input type="hidden" name="version" value=(version); }
            // What was confirmed before stays so.
            (hidden(filled.fields.kept().filter(|(name, _)| *name == "confirm")))
            @if page.corrects.is_some() {
                (filled.area("changed", "What was wrong, and what is right", "It stands first in the corrected alert. Who got the earlier version gets this one.", 3))
            }
            (filled.line("text", "headline", "Headline", "What happened, in one plain sentence of 8 to 120 characters. No links."))
            (filled.line("text", "who", "Who must act", "Such as: whoever looks after your website."))
            fieldset {
                legend { "What to do today" }
                p.hint { "One to " (MOST_STEPS) " steps, each one sentence. Leave empty what you do not need." }
                @for step in 1..=MOST_STEPS { (filled.line("text", &step_name(step), &format!("Step {step}"), "")) }
            }
            (filled.one_of("confidence", "How sure are you?", "", &sureness()))
            (filled.area("why", "Why is this one different?", "What makes it more than one more warning.", 3))
            (filled.line("date", "stops", "The last day on which it matters", "After that day nobody needs to act on it. Days are in UTC."))
            @match &page.corrects {
                None => (filled.one_of("tlp", "Who may read it?", "", &markings())),
                Some(corrects) => p { strong { "Who may read it: " } (corrects.tlp.label()) ", " (audience(corrects.tlp)) ". A correction cannot change it." },
            }
            div.dates {
                (filled.line("date", "from", "Search logs from", "The first day that offices are asked to look at."))
                (filled.line("date", "until", "to", "The last day; today means until now."))
            }
            @if page.corrects.is_none() { (filled.line("date", "seen", "Day on which any member first saw it, where that is known", "Only for the hub's own figures; it is not sent.")) }
            (recipients(page))
            @if let Some(corrects) = &page.corrects { (withdraw(filled, corrects)) }
            (filled.area("indicators", if page.corrects.is_some() { "What else to search for" } else { "What to search for" },
                "Paste addresses, networks, names of hosts, web addresses or digests of files, one a line or as text. On the next page you confirm each that is found.", 8))
            div.actions { button name="do" value="find" { "Check what is found" } a href="/alerts" { "Do not save" } }
        }
        @if let (Some((action, token)), Some(version)) = (&page.discard, &page.version) {
            h2 { "Or is it not needed?" }
            p { "A draft that is thrown away cannot be signed or published any more. The record keeps that it was there." }
            form method="post" action=(action) {
                input type="hidden" name="form_token" value=(token);
                input type="hidden" name="version" value=(version);
                div.actions { button.second { "Throw this draft away" } }
            }
        }
    }
}

/// What was pasted bears a handling banner: that is allowed, and only the marking of the alert says who may read it.
fn controlled(filled: &Filled<'_>) -> Markup {
    let kinds: BTreeSet<_> = filled.fields.kept().flat_map(|(_, text)| banners(text)).collect();
    let names: Vec<&str> = kinds.into_iter().filter_map(banner_name).collect();
    html! { @if !names.is_empty() { div.box.look { p {
        "What you wrote is marked " strong { (names.join(", ")) } ". Whoever it comes from controls it: make sure that they let it go. Nobody's Ward reads such a banner. Only the marking that you choose below says who may read the alert."
    } } } }
}

fn recipients(page: &DraftForm<'_>) -> Markup {
    let choice = |value: &str, label: &str| (value.to_owned(), label.to_owned(), String::new());
    let nobody = page.corrects.is_some().then(|| choice("nobody", "Nobody else: those who have it already"));
    let rest = [
        choice("all", "All members"),
        choice("states", "The states ticked below, with their counties"),
        choice("chosen", "The offices ticked below"),
    ];
    let choices: Vec<Choice> = nobody.into_iter().chain(rest).collect();
    let legend = if page.corrects.is_some() { "Who gets it as well?" } else { "Who is asked?" };
    let states: Vec<Choice> = page.states.iter().map(|code| choice(code, code)).collect();
    let offices: Vec<Choice> = page.offices.iter().map(|(id, name)| choice(id, name)).collect();
    html! {
        (page.filled.one_of("to", legend, "The state of a county is always told as well.", &choices))
        @if !states.is_empty() { details open[page.filled.fields.has("to", "states")] { summary { "States" } (page.filled.any_of("state", "States", "", &states)) } }
        details open[page.filled.fields.has("to", "chosen")] { summary { "Offices" } (page.filled.any_of("office", "Offices", "", &offices)) }
    }
}

fn withdraw(filled: &Filled<'_>, corrects: &Corrects) -> Markup {
    let choice = |(id, pattern): &(String, String)| (id.clone(), pattern.clone(), String::new());
    let choices: Vec<Choice> = corrects.indicators.iter().map(choice).collect();
    html! { @if !choices.is_empty() { (filled.any_of("revoke", "Withdraw, because it is wrong", "Nodes stop searching for and blocking it. This cannot be undone.", &choices)) } }
}

fn sureness() -> [Choice; 3] {
    [
        ("low", "Low", "A first report that nobody could check yet."),
        ("moderate", "Moderate", "More than one thing points to it, but not every part is checked."),
        ("high", "High", "Checked, and independent reports agree."),
    ]
    .map(|(value, label, more)| (value.to_owned(), label.to_owned(), more.to_owned()))
}

fn markings() -> [Choice; 5] {
    Tlp::ALL.map(|tlp| (tlp.label().to_owned(), tlp.label().to_owned(), audience(tlp).to_owned()))
}

/// What comes under the heading of the page that confirms.
pub fn confirm(page: &Confirm<'_>) -> Markup {
    let (form, filled) = (&page.form, &page.form.filled);
    let possible: Vec<Choice> = page
        .proposals
        .possible()
        .map(|one| (one.pattern.clone(), one.looks_for.clone(), format!("(line {}: {})", one.line, one.as_written)))
        .collect();
    let refused: Vec<_> = page.proposals.found.iter().filter(|one| one.refusal.is_some()).collect();
    html! {
        (filled.summary())
        (controlled(filled))
        p { "Nothing has been saved yet." }
        dl.facts {
            dt { "Headline" } dd { (filled.fields.text("headline")) }
            dt { "Goes to" } dd { (count(page.recipients.len(), "office", "offices")) @if page.recipients.len() <= 12 { ": " (page.recipients.join(", ")) } }
            dt { "Marking" } dd { (form.corrects.as_ref().map_or(filled.fields.text("tlp"), |corrects| corrects.tlp.label())) }
        }
        form method="post" action=(form.action) {
            input type="hidden" name="form_token" value=(form.token);
            (hidden(filled.fields.kept().filter(|(name, _)| !["do", "confirm"].contains(name))))
            @if !possible.is_empty() {
                (filled.any_of("confirm", "Confirm each that belongs to the alert", "Every office will search its logs for those that you tick. The others are left out.", &possible))
            } @else if form.corrects.is_none() { p #confirm { "Nothing was found that offices could search for." } }
            div.actions { button name="do" value="save" { "Save as draft" } button.second name="do" value="change" { "Change" } }
        }
        @if !refused.is_empty() {
            h2 { "Found, but not searched for" }
            ul { @for one in refused { li { code { (one.as_written) } " (line " (one.line) "): " (one.refusal.as_deref().unwrap_or_default()) } } }
        }
        @if !page.proposals.nothing_in.is_empty() {
            details open[possible.is_empty()] { summary { (count(page.proposals.nothing_in.len(), "line", "lines")) " without anything to search for" }
                ul { @for (line, words, why) in &page.proposals.nothing_in { li { "Line " (line) ": " code { (words) } " - " (why) } } } }
        }
    }
}

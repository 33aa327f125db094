//! The review of a match: the lines, what the machine proposes, and a person's word; then the same word to be checked before it counts.

use maud::{Markup, html};
use ward_share::situation::Standing;
use ward_stix::answer::{CountWithDefinition, Rung};

use super::standing::{meaning, standing};
use super::words::{moment_or, number};

/// Everything on the page.
pub struct ReviewPage {
    pub report_id: String,
    pub headline: String,
    pub standing: Standing,
    /// What the signs of the lines support; none: nothing.
    pub proposed: Option<Rung>,
    pub why: String,
    pub because: Vec<String>,
    pub hits_total: u64,
    /// The earliest of them.
    pub lines: Vec<Line>,
    /// None for who may look but not say.
    pub token: Option<String>,
}

/// One line that matched.
pub struct Line {
    pub time: Option<i64>,
    pub client: Option<String>,
    /// Method, path and the names of parameters.
    pub request: String,
    pub status: Option<u16>,
    /// What matched.
    pub value: String,
    pub signs: String,
    pub place: String,
}

/// A person's word about a match.
pub struct Word {
    /// None: a false alarm.
    pub rung: Option<Rung>,
    pub counts: Vec<CountWithDefinition>,
    pub reason: String,
    /// The answer leaves with it.
    pub leaves: bool,
}

/// What comes under the heading.
pub fn review(page: &ReviewPage) -> Markup {
    html! {
        p.lead { a href=(format!("/alerts/{}", page.report_id)) { (page.headline) } }
        div.box { p.lead { (standing(page.standing)) } p { (meaning(page.standing)) }
            p { "The machine proposes: " strong { (page.proposed.map_or("nothing", Rung::plain)) } " (" (page.why) "). A person decides." } }
        @if !page.because.is_empty() { ul { @for sentence in &page.because { li { (sentence) } } } }
        @if page.token.is_some() && !page.lines.is_empty() { p.no-print { a.button href="#say" { "Say what it was" } } }
        @if page.lines.is_empty() { p { "No line of this office's logs matches now." } } @else { (lines(page)) }
        @if let Some(token) = &page.token { (say(page, token)) }
    }
}

fn lines(page: &ReviewPage) -> Markup {
    html! {
        div.scroll #lines tabindex="0" role="region" aria-label="Lines that match" { table {
            caption { "Lines that match" span { "The first " (page.lines.len()) " of " (number(page.hits_total)) ", by time. They are shown here only and stay on this machine." } }
            thead { tr { th scope="col" { "Time" } th scope="col" { "From" } th scope="col" { "Request" } th.number scope="col" { "Status" } th scope="col" { "Matched" } th scope="col" { "Signs" } th scope="col" { "Where" } } }
            tbody { @for line in &page.lines { tr {
                td { (moment_or(line.time, "no time")) } td { (line.client.as_deref().unwrap_or("")) } td.words { code { (line.request) } }
                td.number { @match line.status { Some(status) => (status), None => "none" } } td { (line.value) } td { (line.signs) } td { (line.place) }
            } } }
        } }
    }
}

fn say(page: &ReviewPage, token: &str) -> Markup {
    html! {
        h2 #say { "Say what it was" }
        form method="post" action=(format!("/alerts/{}/review", page.report_id)) {
            input type="hidden" name="form_token" value=(token);
            fieldset {
                legend { "It was" }
                @for rung in Rung::ALL { (choice(rung.text(), rung.plain(), meaning(Standing::Confirmed(rung)))) }
                (choice("false-alarm", "a false alarm", "The lines match, but nothing of the kind happened."))
            }
            label for="count" { "A figure, from \"accessed\" on (such as 76000)" }
            input #count type="text" inputmode="numeric" name="count" autocomplete="off";
            label for="definition" { "What the figure counts" }
            input #definition type="text" name="definition" autocomplete="off";
            label for="reason" { "How you know" }
            p.hint #reason-hint { "It stays here. A false alarm needs it." }
            textarea #reason name="reason" rows="3" aria-describedby="reason-hint" {}
            div.choice { input #leaves type="checkbox" name="leaves" value="yes"; label for="leaves" { "Let the answer leave with this, whatever is set here" } }
            div.actions { button { "Check what I say" } }
        }
    }
}

fn choice(value: &str, label: &str, meaning: &str) -> Markup {
    html! {
        div.choice {
            input type="radio" id={ "what-" (value) } name="what" value=(value) required;
            label for={ "what-" (value) } { strong { (label) } ": " (meaning) }
        }
    }
}

/// The page on which a word is checked. `name` is what becomes of the office's name beside the answer, where it was released and may not go along.
pub fn check(report_id: &str, word: &Word, person: &str, name: Option<&str>, token: &str) -> Markup {
    let what = word.rung.map_or("false-alarm", Rung::text);
    html! {
        p { "Nothing has been done yet." }
        dl.facts {
            dt { "It was" } dd { (word.rung.map_or("a false alarm", Rung::plain)) }
            @for count in &word.counts { dt { "Figure" } dd { (number(count.value)) " " (count.definition) } }
            dt { "How you know" } dd { @if word.reason.is_empty() { "not said" } @else { (word.reason) } " (stays here)" }
            dt { "Says" } dd { (person) }
            dt { "The answer" } dd { @if word.leaves { "leaves at once, to the hubs that asked, as TLP:AMBER" } @else { "leaves or waits as is set here" } }
        }
        @if let Some(name) = name { div.box.look { p { (name) } } }
        p { a href=(format!("/alerts/{report_id}/review#say")) { "Change" } }
        form method="post" action=(format!("/alerts/{report_id}/word")) {
            input type="hidden" name="form_token" value=(token);
            input type="hidden" name="what" value=(what);
            @for count in &word.counts {
                input type="hidden" name="count" value=(count.value);
                input type="hidden" name="definition" value=(count.definition);
            }
            input type="hidden" name="reason" value=(word.reason);
            input type="hidden" name="leaves" value=(if word.leaves { "yes" } else { "no" });
            div.actions { button { "I confirm this with my name" } }
        }
    }
}

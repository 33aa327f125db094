//! One alert: what to do in plain words first, then what one's own logs say, then who has answered.

use std::collections::BTreeSet;

use maud::{Markup, html};
use ward_share::alert::{ClerkSection, STEPS};
use ward_share::situation::{Community, Listed, Standing};
use ward_stix::answer::SourceCoverage;

use super::by_hand::{HandForm, hand_form};
use super::given::Opens;
use super::hub::{HubSide, hub};
use super::standing::standing;
use super::tear_lines::{Carried, carried};
use super::words::{answers_in_versions, moment, moment_or, number, time};

/// Everything on the page.
pub struct AlertPage<'a> {
    pub report_id: String,
    pub version: String,
    pub from: String,
    /// Why it must not be acted upon yet, or that it is a draft.
    pub caution: Option<String>,
    pub sections: Vec<ClerkSection>,
    /// Pattern and whether it was withdrawn; none for roles that do not see indicators.
    pub indicators: Option<Vec<(String, bool)>>,
    pub acknowledge: Option<Acknowledge>,
    /// When the hub last asked this office again, for want of an answer.
    pub asked_again_at: Option<i64>,
    /// For a member's people, who may have no node.
    pub answer: Option<HandForm<'a>>,
    pub own_logs: Option<OwnLogs>,
    /// On a hub, of a published alert.
    pub community: Option<Community>,
    pub opens: Opens,
    /// Link to who has not answered, for who may chase them.
    pub may_chase: bool,
    /// On a hub, of an alert that is not for everyone.
    pub carried: Option<Carried>,
    /// For the hub's own people.
    pub hub: Option<HubSide>,
}

/// Who has said that they have read it, and the button for who has not.
pub struct Acknowledge {
    pub done: Vec<Read>,
    /// The token of the form; none when there is nothing left to say, or no duty.
    pub token: Option<String>,
}

/// That somebody has read it.
pub struct Read {
    /// Such as `the IT person`.
    pub duty: &'static str,
    /// What the node that was told knows of it.
    pub by: Option<ReadBy>,
}

/// Who, when, and whether the hub knows.
pub struct ReadBy {
    pub person: String,
    pub at: i64,
    pub has_arrived: bool,
}

/// "Did it touch us?"
pub struct OwnLogs {
    /// None: not searched yet.
    pub result: Option<OwnResult>,
    pub left: Vec<Left>,
    /// Whether other members may see this office's name, in words.
    pub name: String,
    /// Link to the page that changes it.
    pub may_release_name: bool,
    /// Link to the form for another office.
    pub may_answer_for: bool,
    /// Link to the lines, for who may see them.
    pub may_review: bool,
}

/// What the last look-back says.
pub struct OwnResult {
    pub standing: Standing,
    pub searched_at: i64,
    pub period: (i64, i64),
    pub events_matched: u64,
    pub because: Vec<String>,
    pub sources: Vec<SourceCoverage>,
}

/// A version of an answer and how far it has come.
pub struct Left {
    pub sighting_id: String,
    pub made_at: i64,
    pub sent_at: Option<i64>,
    pub finding: String,
    pub state: String,
    pub bytes: usize,
    pub released_by: Option<String>,
    pub receipt: Option<i64>,
}

/// What comes under the heading.
pub fn alert(page: &AlertPage<'_>) -> Markup {
    html! {
        p.lead { "From: " (page.from) }
        @if let Some(caution) = &page.caution { div.box.look { p { (caution) } } }
        (sections(&page.sections))
        @if let Some(acknowledge) = &page.acknowledge { (acknowledgement(page, acknowledge)) }
        @if let Some(at) = page.asked_again_at { div.box.look { p { strong { "The hub asked again on " (time(at)) "." } " It has no answer from your office yet." } } }
        @if let Some(form) = &page.answer { h2 #answer { "Your office's answer" } (hand_form(form)) }
        @if let Some(own) = &page.own_logs { (own_logs(&page.report_id, own)) }
        @if let Some(found) = &page.community { (community(found, &page.opens, page.may_chase)) }
        @if let Some(side) = &page.hub { (hub(side)) }
        @if let Some(found) = &page.carried { (carried(&page.report_id, "alert", found)) }
        @if let Some(indicators) = &page.indicators {
            h2 { "For your IT person: what is searched for" }
            ul { @for (pattern, is_withdrawn) in indicators { li { code { (pattern) } @if *is_withdrawn { " (withdrawn)" } } } }
        }
    }
}

/// The parts of an alert as a clerk reads them.
pub fn sections(sections: &[ClerkSection]) -> Markup {
    html! {
        @for section in sections {
            h2 { (section.title) }
            @if section.title == STEPS { ol { @for line in &section.lines { li { (line) } } } }
            @else { @for line in &section.lines { p { (line) } } }
        }
    }
}

fn acknowledgement(page: &AlertPage<'_>, acknowledge: &Acknowledge) -> Markup {
    html! {
        h2 #read { "Who has read it here" }
        @if acknowledge.done.is_empty() { p { "Nobody of this office has said so yet." } }
        ul { @for read in &acknowledge.done {
            li { @match &read.by {
                Some(by) => { (by.person) " (" (read.duty) "), " (moment(by.at)) @if by.has_arrived { "; the hub knows" } @else { "; on its way to the hub" } },
                None => { (read.duty) ", the hub knows" },
            } }
        } }
        @if let Some(token) = &acknowledge.token {
            form method="post" action=(format!("/alerts/{}/acknowledge", page.report_id)) {
                input type="hidden" name="form_token" value=(token);
                input type="hidden" name="version" value=(page.version);
                div.actions { button { "I have read this alert" } }
            }
        }
    }
}

fn own_logs(report_id: &str, own: &OwnLogs) -> Markup {
    html! {
        h2 #own { "Did it touch us?" }
        @match &own.result {
            None => p { "Ward has not searched this office's own logs for it yet. It does so by itself, soon after the alert has been verified." },
            Some(result) => (own_result(report_id, own.may_review, result)),
        }
        @if own.may_answer_for { p { a href=(format!("/alerts/{report_id}/answer-for")) { "Answer for an office that has no Ward" } } }
        @if own.may_review {
            p { a href=(format!("/alerts/{report_id}/review")) { "Look at the lines and say what they are" } }
        }
        h3 { "What left this machine" }
        @let left = format!("{}, no log line.", left_the_machine(&own.left));
        p { strong { @if own.left.is_empty() { (left) } @else { a href="#left" { (left) } } } " An answer holds figures and findings, never a line, an address of a visitor or a path." }
        p { (own.name) @if own.may_release_name { " " a href=(format!("/alerts/{report_id}/name")) { "Change who sees our name" } } }
        @if !own.left.is_empty() {
            div.scroll #left tabindex="0" role="region" aria-label="Answers made" { table {
                caption { "Every answer that was made" span { "Also those that wait here or were replaced before they left." } }
                thead { tr { th scope="col" { "Made" } th scope="col" { "Says" } th scope="col" { "State" } th scope="col" { "Released by" } th.number scope="col" { "Bytes" } th.number scope="col" { "Receipt" } } }
                tbody { @for left in &own.left { tr {
                    td { (moment(left.made_at)) } td { (left.finding) }
                    td { (left.state) @if let Some(at) = left.sent_at { ", " (moment(at)) } }
                    td { (left.released_by.as_deref().unwrap_or("nobody: by itself, or not yet")) }
                    td.number { (number(left.bytes as u64)) }
                    td.number { @match left.receipt { Some(receipt) => (receipt), None => "none yet" } }
                } } }
            } }
        }
    }
}

fn left_the_machine(made: &[Left]) -> String {
    let left: Vec<&str> = made.iter().filter(|one| one.sent_at.is_some()).map(|one| one.sighting_id.as_str()).collect();
    let answers: BTreeSet<&str> = left.iter().copied().collect();
    answers_in_versions(answers.len(), left.len())
}

fn own_result(report_id: &str, may_review: bool, result: &OwnResult) -> Markup {
    html! {
        div.box { p.lead { (standing(result.standing)) } p { (super::standing::meaning(result.standing)) } }
        dl.facts {
            dt { "Searched" } dd { (time(result.searched_at)) }
            dt { "Period" } dd { (time(result.period.0)) " to " (time(result.period.1)) }
            dt { "Events that matched" } dd { @if may_review { a href=(format!("/alerts/{report_id}/review#lines")) { (number(result.events_matched)) } } @else { (number(result.events_matched)) } }
        }
        @if !result.because.is_empty() { h3 { "Why" } ul { @for sentence in &result.because { li { (sentence) } } } }
        @if !result.sources.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="What was searched" { table {
                caption { "What was searched" span { "This office's own logs, as declared under Sources." } }
                thead { tr { th scope="col" { "Source" } th.number scope="col" { "Events" } th.number scope="col" { "Hours with data" } th.number scope="col" { "Hours asked" } th.number scope="col" { "Lines not understood" } th scope="col" { "Could not have seen it because" } } }
                tbody { @for source in &result.sources { tr {
                    th scope="row" { (source.name) } td.number { (number(source.events_read)) }
                    td.number { (number(source.hours_with_data)) } td.number { (number(source.hours_asked)) }
                    td.number { (number(source.lines_rejected)) " of " (number(source.lines_read)) }
                    td { (source.blind_because.as_deref().unwrap_or("")) }
                } } }
            } }
        }
    }
}

fn community(found: &Community, opens: &Opens, may_chase: bool) -> Markup {
    let Community { summary, silent, answered, .. } = found;
    // Of all, whatever rows the reader sees.
    let not_yet = summary.asked.saturating_sub(summary.answered) as u64;
    let sees_all = matches!(opens, Opens::All);
    let situation = format!("/situation?alert={}", summary.report_id);
    let silent_href = format!("{situation}&standing={}", Standing::NoAnswerYet.word());
    html! {
        h2 #answers { "Who has answered" }
        p { strong { a href=(situation) { (summary.answered) " of " (summary.asked) } " offices asked have answered." } " "
            a href=(situation) { "See the situation" } }
        @if not_yet > 0 {
            @if sees_all { h3 { a href=(silent_href) { "Not yet (" (number(not_yet)) ")" } } } @else {
                h3 { "Not yet (" (number(not_yet)) ")" }
                p { "You see your own office and those that let others see their name." }
            }
            @if may_chase { p { a href=(format!("/alerts/{}/silent", summary.report_id)) { (number(not_yet)) " not yet: how to reach them" } } }
            ul { @for row in &silent.rows { li { (row.organisation) ": " @match row.delivered_at { Some(at) => { "has had it since " (moment(at)) }, None => "it has not been fetched there yet" } } } }
            (rest(silent, &silent_href, "that have not answered"))
        }
        @if !answered.rows.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="Answers" { table {
                caption { "Answers" span { "As the offices gave them; a correction replaces an earlier answer." } }
                thead { tr { th scope="col" { "Office" } th scope="col" { "Answer" } th scope="col" { "Given by" } th.number scope="col" { "Events matched" } th scope="col" { "Received" } } }
                tbody { @for row in &answered.rows { tr {
                    th scope="row" { (row.organisation) } td { @match opens.row(&summary.report_id, row) { Some(href) => a href=(href) { (standing(row.standing)) }, None => (standing(row.standing)) } }
                    td { (row.answered_by.as_deref().unwrap_or("")) }
                    td.number { @match row.matches { Some(matches) => (number(matches)), None => "not said" } }
                    td { (moment_or(row.answered_at, "")) }
                } } }
            } }
            (rest(answered, &format!("{situation}&sort=time"), "that have answered"))
        }
    }
}

/// The way to those that are not shown.
fn rest(list: &Listed, href: &str, which: &str) -> Markup {
    html! {
        @if list.total > list.rows.len() {
            p { "The first " (list.rows.len()) " of " (number(list.total as u64)) ". " a href=(href) { "See all offices " (which) } }
        }
    }
}

//! Requests for information: who asks for what and why, how it stands, and what deciding on one does.

use maud::{Markup, html};
use ward_share::grant::Covers;
use ward_share::request::{APPROVALS_NEEDED, DAYS_MAX, Request, State};

use super::field::Filled;
use super::listing::pages;
use super::words::{count, moment};
use crate::console::list::Paged;

/// One request with the names of who is in it.
pub struct Line {
    pub request: Request,
    pub office: String,
    pub asked_by: String,
    pub approved_by: Vec<String>,
    /// Ids of objects, or a class in words.
    pub what: Vec<String>,
    /// Whether it was granted and that time is over.
    pub is_over: bool,
}

/// The form to ask with.
pub struct New<'a> {
    pub filled: Filled<'a>,
    pub token: String,
}

/// What is about to be done with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Approve,
    Refuse,
    End,
}

impl Step {
    /// The page's heading.
    pub fn title(self) -> &'static str {
        match self {
            Step::Approve => "Approve this request?",
            Step::Refuse => "Refuse this request?",
            Step::End => "End this grant now?",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Step::Approve => "approve",
            Step::Refuse => "refuse",
            Step::End => "end",
        }
    }
}

/// The page on which somebody decides.
pub struct Deciding<'a> {
    pub step: Step,
    pub line: Line,
    /// How many of the objects that are asked for by id whoever decides sees.
    pub seen: usize,
    pub filled: Filled<'a>,
    pub token: String,
}

/// What comes under the heading of the list.
pub fn list(lines: &Paged<Line>, asks: bool) -> Markup {
    html! {
        p { "An office can ask to be shown what it does not see. Two people approve, one of the office that sent it and one of the hub; nobody approves for their own office. A grant ends on its day, and what it showed is called back." }
        @if asks { p { a href="/requests/new" { "Ask for information" } } }
        @if lines.rows.is_empty() { p { "Nobody has asked for anything yet." } }
        @for line in &lines.rows {
            h2 { (line.office) ": " (state(line)) }
            (facts(line))
            @if line.request.may_decide { (steps(line)) }
        }
        (pages("/requests", lines, "request", "requests"))
    }
}

fn steps(line: &Line) -> Markup {
    let href = |step: Step| format!("/requests/{}/{}", line.request.id, step.path());
    html! {
        @if line.request.state == State::Open {
            p { a href=(href(Step::Approve)) { "Approve the request of " (line.office) } " or " a href=(href(Step::Refuse)) { "refuse it" } }
        }
        @if line.request.state == State::Granted && !line.is_over {
            p { a href=(href(Step::End)) { "End the grant of " (line.office) " early" } }
        }
    }
}

fn state(line: &Line) -> String {
    match line.request.state {
        State::Open => format!("open, {} of {APPROVALS_NEEDED} approved", line.approved_by.len()),
        State::Granted if line.is_over => "was granted, and is over".to_owned(),
        State::Granted => "granted".to_owned(),
        State::Refused => "refused".to_owned(),
    }
}

fn facts(line: &Line) -> Markup {
    let one = &line.request;
    html! {
        dl.facts {
            dt { "Asked for" } dd { @for what in &line.what { p { code { (what) } } } }
            dt { "Needed for" } dd { (one.purpose) }
            dt { "Asked by" } dd { (line.asked_by) ", " (moment(one.asked_at)) }
            dt { "For" } dd { (count(usize::try_from(one.days).unwrap_or(0), "day", "days")) }
            @if !line.approved_by.is_empty() { dt { "Approved by" } dd { (line.approved_by.join(", ")) } }
            @if let Some(until) = one.granted_until { dt { @if line.is_over { "Ended" } @else { "Ends" } } dd { (moment(until)) } }
            @if one.state == State::Refused { dt { "Why it was refused" } dd { (one.reason) } }
        }
    }
}

/// What comes under the heading of the form to ask with.
pub fn new(page: &New<'_>) -> Markup {
    html! {
        (page.filled.summary())
        form method="post" action="/requests/new" {
            input type="hidden" name="form_token" value=(page.token);
            (page.filled.area("objects", "Ids of the objects", "One on each line. Leave it empty to ask for a type of information.", 3))
            (page.filled.line("text", "kind", "Or a type of information", "Such as indicator or report: all that one office sends of it, also later."))
            (page.filled.line("text", "of", "Whose", "The name of the office that sends it."))
            (page.filled.area("purpose", "What do you need it for?", "Those who decide read exactly these words.", 3))
            (page.filled.line("text", "days", "For how many days?", &format!("A number from 1 to {DAYS_MAX}.")))
            div.actions { button { "Ask for it" } a href="/requests" { "Not now" } }
        }
    }
}

/// What comes under the heading where somebody decides.
pub fn deciding(page: &Deciding<'_>) -> Markup {
    let line = &page.line;
    let days = count(usize::try_from(line.request.days).unwrap_or(0), "day", "days");
    html! {
        (page.filled.summary())
        (facts(line))
        @match page.step {
            Step::Approve => {
                @if let Covers::Objects(ids) = &line.request.covers { p { "Of what is asked for you see " (page.seen) " of " (count(ids.len(), "object", "objects")) "." } }
                div.box.look { p { "If you approve, and one more person does where it is still needed, every reader of " strong { (line.office) } " sees this for " strong { (days) } ", whatever it is marked. What the marking asks about a reader's clearance still holds. Your name goes on the record." } }
            },
            Step::Refuse => div.box.look { p { strong { (line.office) } " is told that this was refused, and reads your reason. They may ask again." } },
            Step::End => div.box.look { p { strong { (line.office) } " no longer sees this from now on. Whatever they have fetched of it is called back." } },
        }
        form method="post" action=(format!("/requests/{}/{}", line.request.id, page.step.path())) {
            input type="hidden" name="form_token" value=(page.token);
            @if page.step == Step::Refuse { (page.filled.area("reason", "Why?", "They read exactly these words.", 3)) }
            div.actions {
                button { @match page.step { Step::Approve => "Approve", Step::Refuse => "Refuse", Step::End => "End the grant" } }
                a href="/requests" { "Not now" }
            }
        }
    }
}

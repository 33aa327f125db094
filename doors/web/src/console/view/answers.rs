//! Answers that wait for a person: the list, and the page on which one is checked before it leaves.

use maud::{Markup, html};

use super::words::{moment, time};

/// An answer that waits.
pub struct Held {
    pub sighting_id: String,
    pub version: String,
    pub report_id: String,
    pub hub: String,
    pub finding: String,
    pub held_because: String,
    pub made_at: i64,
    /// What will leave, laid out for reading.
    pub body: String,
}

/// What comes under the list's heading.
pub fn held(answers: &[Held]) -> Markup {
    html! {
        @if answers.is_empty() {
            p { "No answer waits for a person. When a look-back is done and answers do not go by themselves here, its answer stands on this page until somebody lets it go." }
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Answers that wait" { table {
                caption { "Answers that wait" span { "None of them has left this machine." } }
                thead { tr { th scope="col" { "Answer" } th scope="col" { "Goes to" } th scope="col" { "Made" } th scope="col" { "Waits because" } } }
                tbody { @for one in answers { tr {
                    th scope="row" { a href=(format!("/answers/{}", one.sighting_id)) { (one.finding) } } td { (one.hub) } td { (moment(one.made_at)) } td.words { (one.held_because) }
                } } }
            } }
        }
    }
}

/// What comes under the heading of one; `token` is none for who may look but not let it go.
pub fn release_form(answer: &Held, token: Option<&str>) -> Markup {
    html! {
        dl.facts {
            dt { "Says" } dd { (answer.finding) }
            dt { "About" } dd { a href=(format!("/alerts/{}", answer.report_id)) { "the alert that asked" } }
            dt { "Goes to" } dd { (answer.hub) }
            dt { "May be read there by" } dd { "TLP:AMBER: the hub and those who need it to act" }
            dt { "Made" } dd { (time(answer.made_at)) }
            dt { "Waits because" } dd { (answer.held_because) }
        }
        @if let Some(token) = token {
            form method="post" action=(format!("/answers/{}/release", answer.sighting_id)) {
                input type="hidden" name="form_token" value=(token);
                input type="hidden" name="version" value=(answer.version);
                p { "Your name goes with it. What has left cannot be called back; a correction can follow it." }
                div.actions { button { "Release this answer to " (answer.hub) } a href="/answers" { "Not now" } }
            }
        }
        h2 { "Exactly what leaves" }
        p { "Figures and findings, and your names for your sources: no log line." }
        pre tabindex="0" { (answer.body) }
    }
}

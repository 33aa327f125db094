//! Receipts: every answer that came, what was promised for it, and what the hub said to it.

use maud::{Markup, html};
use ward_share::receipts::AnsweredReceipt;

use super::field::Filled;
use super::listing::pages;
use super::standing::{meaning, standing};
use super::words::{count, moment, number, time};
use crate::console::list::Paged;

/// The list.
pub struct Receipts {
    pub now: i64,
    /// On all pages.
    pub open: usize,
    /// Open, and promised before now.
    pub overdue: usize,
    /// Open ones first, those promised earliest before the others.
    pub receipts: Paged<AnsweredReceipt>,
    /// Answers to other offices' answers: else they are one's own.
    pub may_answer: bool,
}

/// One receipt, and the form that answers it.
pub struct ReceiptPage<'a> {
    pub now: i64,
    pub found: AnsweredReceipt,
    pub filled: Filled<'a>,
    /// None when it is answered, or for who does not answer.
    pub token: Option<String>,
}

/// What comes under the heading of the list.
pub fn receipts(page: &Receipts) -> Markup {
    html! {
        @if page.receipts.rows.is_empty() {
            p { @if page.may_answer { "No answer has come yet. Each one that comes gets a receipt with a promised time; it stands here until it is answered." }
                @else { "Your office has no receipt yet. When it answers an alert, the hub's receipt stands here, and what the hub says to it." } }
        } @else {
            p { strong { (count(page.open, "receipt is", "receipts are")) " open" @if page.overdue > 0 { ", " (number(page.overdue as u64)) " overdue" } "." } }
            div.scroll tabindex="0" role="region" aria-label="Receipts" { table {
                caption { "Receipts" span { "Open ones first, those promised earliest before the others." } }
                thead { tr { th.number scope="col" { "Number" } th scope="col" { "Office" } th scope="col" { "Answer" } th scope="col" { "Alert" } th scope="col" { "Received" } th scope="col" { "Answered, or promised by" } } }
                tbody { @for one in &page.receipts.rows { tr {
                    th.number scope="row" { a href=(format!("/receipts/{}", one.receipt.number)) { (one.receipt.number) } }
                    td { (one.office) @if one.sent_by != one.office { " (sent by " (one.sent_by) ")" } } td { (standing(one.standing)) }
                    td.words { (one.headline) } td { (moment(one.receipt.at)) } td { (state(one, page.now)) }
                } } }
            } }
            (pages("/receipts", &page.receipts, "receipt", "receipts"))
        }
    }
}

fn state(one: &AnsweredReceipt, now: i64) -> Markup {
    html! { @match one.receipt.answered_at {
        Some(at) => { "answered " (moment(at)) },
        None if one.receipt.promised_at < now => { strong { "Overdue" } ", was promised by " (moment(one.receipt.promised_at)) },
        None => { "promised by " (moment(one.receipt.promised_at)) },
    } }
}

/// What comes under the heading of one.
pub fn receipt(page: &ReceiptPage<'_>) -> Markup {
    let one = &page.found;
    html! {
        (page.filled.summary())
        dl.facts {
            dt { "Office" } dd { (one.office) }
            @if one.sent_by != one.office { dt { "Sent by" } dd { (one.sent_by) } }
            dt { "About" } dd { a href=(format!("/alerts/{}", one.report_id)) { (one.headline) } }
            dt { "Answer" } dd { (standing(one.standing)) ": " (meaning(one.standing)) }
            @if one.matches > 0 { dt { "Events that matched" } dd { (number(one.matches)) } }
            @for count in &one.counts { dt { "Figure" } dd { (number(count.value)) ": " (count.definition) } }
            dt { "Given by" } dd { (one.released_by.as_deref().unwrap_or("the office's Ward, by itself")) }
            dt { "Received" } dd { (time(one.receipt.at)) }
            dt { "State" } dd { (state(one, page.now)) }
            @if let Some(text) = &one.receipt.answer_text { dt { "The hub's answer" } dd { (text) } }
        }
        @if one.is_superseded { div.box.look { p { "The office has sent a newer answer since. It has a receipt of its own." } } }
        @if let Some(token) = &page.token {
            form method="post" action=(format!("/receipts/{}", one.receipt.number)) {
                input type="hidden" name="form_token" value=(token);
                (page.filled.area("text", "What do you say to it?", "What was made of the answer, and what others saw. The office reads exactly these words; no names of other offices.", 4))
                div.actions { button { "Answer " (one.sent_by) } a href="/receipts" { "Not now" } }
            }
        }
    }
}

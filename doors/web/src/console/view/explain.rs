//! Why somebody sees an object or does not: version by version, by which rule.

use maud::{Markup, html};
use ward_share::explain::Explained;

use super::field::Filled;
use super::listing::pages_at;
use super::tear_lines::{Carried, carried};
use crate::console::list::Paged;
use crate::console::session::percent_encoded;

/// The question and its answer.
pub struct Asked<'a> {
    pub filled: Filled<'a>,
    /// The name of who looks.
    pub reader: String,
    /// None until it was asked.
    pub found: Option<Paged<Explained>>,
    /// What the object carries, for who reads this.
    pub passes_on: Option<Carried>,
}

/// What comes under the heading.
pub fn asked(page: &Asked<'_>) -> Markup {
    html! {
        p { "Ward decides about each object by itself, by one set of rules. Here you see which rule decided, for anybody and any object." }
        (page.filled.summary())
        form method="get" action="/explain" {
            (page.filled.line("text", "as", "Who looks?", "An e-mail address, or the name of an office for its machines."))
            (page.filled.line("text", "object", "At what?", "The object's id."))
            div.actions { button { "Explain" } }
        }
        @if let Some(found) = &page.found {
            h2 { "For " (page.reader) }
            @for one in &found.rows { (explained(one)) }
            (pages_at(&|number| href(page, number), found, "version", "versions"))
            @if let Some(carries) = &page.passes_on { (carried(page.filled.fields.text("object"), "", carries)) }
        }
    }
}

fn href(page: &Asked<'_>, number: usize) -> String {
    let field = |name: &str| percent_encoded(page.filled.fields.text(name));
    format!("/explain?as={}&object={}&page={number}", field("as"), field("object"))
}

fn explained(one: &Explained) -> Markup {
    html! {
        dl.facts {
            dt { "Version" } dd { (one.version) " in " (one.collection) }
            dt { "Seen?" } dd { strong { @if one.is_seen { "Yes" } @else { "No" } } ", by the rule " code { (one.rule) } }
            @if let Some(grant) = &one.grant { dt { "Only by" } dd { "the grant " code { (grant) } } }
            @if !one.hidden_mentions.is_empty() { dt { "Hidden from them" } dd { @for id in &one.hidden_mentions { p { code { (id) } } } } }
            dt { "Marked" } dd { @if one.markings.is_empty() { "not at all" } @for marking in &one.markings { p { (marking) } } }
        }
    }
}

//! Sources of indicators: how good they are, by what people reviewed, and how those that are fetched stand.

use maud::{Markup, html};

use super::words::{moment, moment_or, number};

/// The page.
pub struct Indicators {
    pub sources: Vec<SourceLine>,
    /// Empty for who may not see them.
    pub subscriptions: Vec<SubscriptionLine>,
}

/// One source.
pub struct SourceLine {
    pub name: String,
    pub is_member: bool,
    /// The hub itself.
    pub is_hub: bool,
    /// Such as "3 of 41 reviewed".
    pub rate: String,
    pub block: i64,
    pub watch: i64,
    pub spent: i64,
}

/// One subscription.
pub struct SubscriptionLine {
    pub source: String,
    pub kind: &'static str,
    pub url: String,
    pub last_good_at: Option<i64>,
    pub error: Option<String>,
    pub next_at: i64,
    pub taken: i64,
    pub refused: i64,
}

/// What comes under the heading.
pub fn indicators(page: &Indicators) -> Markup {
    let figure = |value: i64| number(u64::try_from(value).unwrap_or(0));
    let who = |one: &SourceLine| match (one.is_hub, one.is_member) {
        (true, _) => "this hub",
        (_, true) => "member",
        _ => "partner",
    };
    html! {
        p { "An indicator is an address, a name or a file to look for. All of them are looked for; only those that are sure enough, still valid and shared by nobody else may be blocked without asking." }
        @if page.sources.is_empty() { p { "No indicator has come yet." } } @else {
            div.scroll tabindex="0" role="region" aria-label="Sources of indicators" { table {
                caption { "Sources" span { "False alarms: of the matches that people reviewed, how many were nothing. Each office counts once for each thing it reviewed." } }
                thead { tr { th scope="col" { "Source" } th scope="col" { "Is" } th scope="col" { "False alarms" } th.number scope="col" { "May block" } th.number scope="col" { "Only watched" } th.number scope="col" { "Spent" } } }
                tbody { @for one in &page.sources { tr {
                    th scope="row" { (one.name) } td { (who(one)) } td { (one.rate) }
                    td.number { (figure(one.block)) } td.number { (figure(one.watch)) } td.number { (figure(one.spent)) }
                } } }
            } }
        }
        @for one in &page.subscriptions { (subscription(one, figure(one.taken), figure(one.refused))) }
    }
}

fn subscription(one: &SubscriptionLine, taken: String, refused: String) -> Markup {
    html! {
        h2 { "Fetched from " (one.source) }
        @if let Some(error) = &one.error {
            div.box.stop { p { strong { "The last try did not end well." } " Next try " (moment(one.next_at)) "." } p { (error) } }
        }
        dl.facts {
            dt { "Where" } dd { (one.kind) " " code { (one.url) } }
            dt { "Read to its end" } dd { (moment_or(one.last_good_at, "not yet")) }
            dt { "Taken" } dd { (taken) ", and " (refused) " refused or kept aside" }
        }
    }
}

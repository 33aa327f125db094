//! The record: every act of consequence has its entry, and nobody can change one without being seen.

use maud::{Markup, html};

use super::words::moment;

/// Everything on the page.
pub struct RecordPage {
    /// The verifier key of this log.
    pub key: String,
    /// Entries by now.
    pub size: i64,
    /// Size and note of the latest one.
    pub checkpoint: Option<(i64, String)>,
    /// Witness and time.
    pub witnesses: Vec<(String, i64)>,
    /// Origin, size and time of the logs that are witnessed here.
    pub witnessed: Vec<(String, i64, i64)>,
}

/// What comes under the heading.
pub fn record(page: &RecordPage) -> Markup {
    html! {
        p { "Every act of consequence here, with who did it, is an entry in this record. Entries are chained and signed; what is published of them are salted digests, which tell nobody what was done." }
        p.lead { strong { (page.size) " entries" } @if let Some((size, _)) = &page.checkpoint { ", signed up to entry " (size) } }
        h2 { "The latest checkpoint" }
        @match &page.checkpoint {
            Some((_, note)) => pre tabindex="0" { (note) },
            None => p { "None is signed yet. The server signs one every few seconds once there is an entry." },
        }
        h2 { "Who witnesses it" }
        @if page.witnesses.is_empty() { p { "No witness has signed the latest checkpoint yet. Hubs and members witness each other's records as they talk." } }
        ul { @for (witness, at) in &page.witnesses { li { code { (witness) } ", " (moment(*at)) } } }
        @if !page.witnessed.is_empty() {
            h2 { "Whom this installation witnesses" }
            div.scroll tabindex="0" role="region" aria-label="Witnessed records" { table {
                caption { "Other records" span { "The last size that was found consistent with all before." } }
                thead { tr { th scope="col" { "Record" } th.number scope="col" { "Entries" } th scope="col" { "Seen" } } }
                tbody { @for (origin, size, at) in &page.witnessed { tr { th.words scope="row" { (origin) } td.number { (size) } td { (moment(*at)) } } } }
            } }
        }
        h2 { "How to check it" }
        p { "On this machine, all of it is recomputed from the tables by " code { "ward log verify" } ". The first entry that does not hold is named." }
        p { "From outside, with the key below, anybody can read " a href="/log/checkpoint" { "the checkpoint" } " and the tiles under " code { "/log/tile/" } "." }
        pre tabindex="0" { (page.key) }
    }
}

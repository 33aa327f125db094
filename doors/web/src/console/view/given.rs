//! One office's answer: the finding and what it means, what it was made of, who stands behind it, and where it is on the record.

use maud::{Markup, html};
use ward_share::given::{Given, GivenVersion};
use ward_share::situation::{SituationRow, Standing};
use ward_stix::answer::{Answer, Finding, Seen, SourceCoverage};

use super::standing::{meaning, standing};
use super::words::{count, moment, moment_or, number, time};

/// Whose answers the reader may open.
pub enum Opens {
    Nobodys,
    All,
    /// Only that of this organisation.
    Of(String),
}

impl Opens {
    /// The address of the answer behind a row.
    pub fn row(&self, report_id: &str, row: &SituationRow) -> Option<String> {
        self.href(report_id, &row.organisation_id, row.standing)
    }

    /// The address of an organisation's answer; none when there is no answer, or it is not the reader's to open.
    pub fn href(&self, report_id: &str, organisation_id: &str, found: Standing) -> Option<String> {
        let may_open = match self {
            Opens::Nobodys => false,
            Opens::All => true,
            Opens::Of(own) => own == organisation_id,
        };
        let is_answered = !matches!(found, Standing::NotAsked | Standing::NoAnswerYet);
        (may_open && is_answered).then(|| format!("/alerts/{report_id}/answers/{organisation_id}"))
    }
}

/// What comes under the heading.
pub fn given(page: &Given) -> Markup {
    let latest = &page.counts;
    let found = latest.standing;
    html! {
        p.lead { "To the alert " a href=(format!("/alerts/{}", page.report_id)) { (page.headline) } }
        div.box { p.lead { (standing(found)) } p { (meaning(found)) }
            @if found != Standing::from(latest.answer.finding) {
                p { "It says \"" (latest.answer.finding.plain()) "\", but not of all that the alert asks now: of a shorter period, or not of each thing that it lists. So it counts for less." }
            } }
        (facts(page, latest))
        (counts(&latest.answer))
        h2 #coverage { "What was searched" }
        (coverage(&latest.answer))
        h2 #record { "On the record" }
        (record(latest))
        @if !page.also.is_empty() {
            h2 #also { "Also answered by" }
            (versions(&page.also, "Other answers for this office", "Each stands beside the answer above and was not replaced. The gravest counts; of those that found nothing, the one that could see less."))
        }
        h2 #earlier { "Earlier versions" }
        @if page.earlier.is_empty() { p { "None: this is the first." } } @else {
            (versions(&page.earlier, "Earlier versions", "The newest first. Each was replaced by a newer one of who gave it; none is ever deleted."))
        }
    }
}

fn facts(page: &Given, latest: &GivenVersion) -> Markup {
    let answer = &latest.answer;
    html! {
        dl.facts {
            dt { "For" } dd { (page.organisation.name) @if !page.was_asked { ", which was not asked" } }
            dt { "Given by" } dd { (latest.answered_by.as_deref().unwrap_or("an office that is not listed here any more")) }
            dt { "Received here" } dd { (moment(latest.received_at)) }
            dt { "Confirmed by" } dd { (answer.confirmed_by.as_deref().unwrap_or(no_person(answer))) }
            dt { "Released by" } dd { (answer.released_by.as_deref().unwrap_or("nobody by name: answers go by themselves there")) }
            dt { "Period searched" } dd { (time(answer.period_from)) " to " (time(answer.period_until)) }
            dt { "Events that matched" } dd { (number(answer.count)) @if answer.finding == Finding::Blind { ", in logs that could not have shown more" } }
            @if answer.count > 0 {
                dt { "First and last of them" } dd { (moment_or(answer.first_seen, "not said")) " and " (moment_or(answer.last_seen, "not said")) }
            }
            dt { "Its name" } dd { @if answer.is_name_released { "other members see it beside this answer" } @else { "is not shown to other members" } }
            dt { "May be read by" } dd { (answer.tlp.label()) }
        }
    }
}

/// Why nobody confirmed it.
fn no_person(answer: &Answer) -> &'static str {
    if answer.count > 0 {
        "nobody yet: a machine's match is never a finding"
    } else {
        "nobody: nothing matched, so there is nothing to confirm"
    }
}

fn counts(answer: &Answer) -> Markup {
    html! {
        @if !answer.counts.is_empty() {
            h2 #figures { "Figures that the office gave" }
            dl.facts { @for one in &answer.counts { dt { (number(one.value)) } dd { (one.definition) } } }
        }
    }
}

fn coverage(answer: &Answer) -> Markup {
    let seen = |of: fn(&Seen) -> bool| answer.indicators.iter().filter(|one| of(&one.seen)).count();
    let could_not = seen(|one| matches!(one, Seen::CouldNotBeSeen { .. }));
    html! {
        @if !answer.indicators.is_empty() {
            p { "Of " (count(answer.indicators.len(), "indicator", "indicators")) ": " (seen(|one| *one == Seen::Seen)) " seen, "
                (seen(|one| *one == Seen::NotSeen)) " not seen, " (could_not) " that these sources could not have shown." }
        }
        @let blind: Vec<&SourceCoverage> = answer.sources.iter().filter(|source| source.blind_because.is_some()).collect();
        @for source in blind {
            div.box.look { p { strong { (source.name) } " could not have shown it: " (source.blind_because.as_deref().unwrap_or("")) ". Nothing found here is no all-clear." } }
        }
        @if answer.sources.is_empty() { p { "The answer names no source, so it says nothing about what was there." } } @else { (sources(&answer.sources)) }
    }
}

fn sources(sources: &[SourceCoverage]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Sources" { table {
            caption { "Sources" span { "As the office gave them. An hour has data when at least one event of it was read; a line is rejected when it could not be understood." } }
            thead { tr { th scope="col" { "Source" } th scope="col" { "Kind" } th.number scope="col" { "Events read" } th.number scope="col" { "Hours with data, of those asked" } th.number scope="col" { "Lines rejected, of those read" } th scope="col" { "First event" } th scope="col" { "Last event" } } }
            tbody { @for source in sources { tr {
                th.words scope="row" { (source.name) } td { (source.kind) } td.number { (number(source.events_read)) }
                td.number { (number(source.hours_with_data)) " of " (number(source.hours_asked)) }
                td.number { (number(source.lines_rejected)) " of " (number(source.lines_read)) }
                td { (moment_or(source.first_event, "none")) } td { (moment_or(source.last_event, "none")) }
            } } }
        } }
    }
}

fn record(version: &GivenVersion) -> Markup {
    html! {
        dl.facts {
            @match &version.receipt {
                Some(receipt) => {
                    dt { "Receipt" } dd { "number " (receipt.number) ", given " (time(receipt.at)) }
                    dt { "Looked at by" } dd { @match receipt.answered_at {
                        Some(at) => { "answered " (time(at)) ": " (receipt.answer_text.as_deref().unwrap_or("")) },
                        None => { "promised for " (time(receipt.promised_at)) ", not answered yet" },
                    } }
                },
                None => { dt { "Receipt" } dd { "none" } },
            }
            @match &version.entry {
                Some(entry) => {
                    dt { "Entry in the record" } dd { @match entry.number { Some(number) => { "number " (number) }, None => "not numbered yet" } ", " code { (entry.id) } }
                    dt { "To check it" } dd { code { "ward log prove " (entry.id) } " on the hub's machine" }
                },
                None => { dt { "Entry in the record" } dd { "none was found: tell the administrator" } },
            }
        }
    }
}

fn versions(list: &[GivenVersion], name: &str, words: &str) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(name) { table {
            caption { (name) span { (words) } }
            thead { tr { th scope="col" { "Received" } th scope="col" { "Answer" } th scope="col" { "Given by" } th.number scope="col" { "Events matched" } th scope="col" { "Searched until" } th.number scope="col" { "Receipt" } th.number scope="col" { "Entry" } } }
            tbody { @for one in list { tr {
                th scope="row" { (moment(one.received_at)) } td { (standing(one.standing)) } td { (one.answered_by.as_deref().unwrap_or("")) }
                td.number { (number(one.answer.count)) } td { (time(one.answer.period_until)) }
                td.number { @match &one.receipt { Some(receipt) => (receipt.number), None => "none" } }
                td.number { @match one.entry.as_ref().and_then(|entry| entry.number) { Some(number) => (number), None => "none" } }
            } } }
        } }
    }
}

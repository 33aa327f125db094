//! All that is on record of one person's clearances, and the forms that keep it.

use maud::{Markup, html};
use ward_directory::clearance::{Clearance, PersonRecord, Proposal, SecureContact, TrainingKind, Way};
use ward_directory::{NOT_HERE, level_name};
use ward_policy::{Basis, Grade, Stage};

use super::clearances::{choices, person, plain};
use super::field::{Choice, Filled};
use crate::console::form::day_text;

/// Everything on the page.
pub struct Record<'a> {
    pub found: &'a PersonRecord,
    pub filled: Filled<'a>,
    /// For who may do something about it.
    pub forms: Option<Forms>,
}

/// What the reader may do.
pub struct Forms {
    pub token: String,
    /// Keep the record, not only lower it.
    pub keeps: bool,
    /// Who looks: what they proposed somebody else confirms.
    pub proposed_by: String,
}

/// What comes under the heading.
pub fn record(page: &Record<'_>) -> Markup {
    let found = page.found;
    html! {
        (page.filled.summary())
        p.lead { (found.person) @if !found.office.is_empty() { ", " (found.office) } }
        p { strong { "Cleared now to: " (level_name(found.level).replace('-', " ").to_uppercase()) "." } " A clearance is not access." }
        (holder(found))
        h2 { "Records" }
        @if found.clearances.is_empty() { p { "There is none." } }
        @for one in &found.clearances { (clearance(found, one)) }
        @for one in found.proposals.iter().filter(|one| one.is_open()) { (proposal(page, one)) }
        (read_ins(page))
        @if let Some(forms) = &page.forms { (change(page, forms)) @if forms.keeps { (keep(page, forms)) } (leave(page, forms)) }
    }
}

fn holder(found: &PersonRecord) -> Markup {
    let Some(holder) = &found.holder else { return html! {} };
    html! {
        dl.facts {
            @if holder.is_chief_official { dt { "Office" } dd { "Chief election official" } }
            dt { "Needs to know" } dd { @if holder.topics.is_empty() { "no topic is on record" } @else { (holder.topics.join("; ")) } }
            dt { "Nearest approved room" } dd { @if holder.room.is_empty() { "not known" } @else { (holder.room)
                @if let Some(minutes) = holder.travel_minutes { ", " (minutes) " minutes away" } } }
            dt { "Secure contact" } dd { (plain(&holder.secure_contact)) }
            dt { "Trained in handling" } dd { @if holder.training.is_empty() { "nothing is on record" }
                @for (place, done) in holder.training.iter().enumerate() { @if place > 0 { ", " } (plain(&done.kind)) " (" (day_text(done.at)) ")" } }
            @if let Some(at) = holder.left_at { dt { "Left office" } dd { (day_text(at)) } }
        }
    }
}

fn clearance(found: &PersonRecord, one: &Clearance) -> Markup {
    let day = |at: Option<i64>| at.map_or("not on record".to_owned(), day_text);
    let stages = found.stages.get(&one.id).map(Vec::as_slice).unwrap_or_default();
    html! {
        div.box.look[found.to_debrief.contains(&one.id)] {
            p { strong { (plain(&one.grade)) ", " (plain(&one.basis)) ": " (plain(&one.stage)) } ", sponsor " (one.sponsor)
                @if found.to_debrief.contains(&one.id) { ". " strong { "Not debriefed yet." } } }
            dl.facts {
                dt { "Non-disclosure agreement" } dd { (day(one.nda_signed_at)) }
                dt { "Last verified" } dd { (day(one.verified_at)) @if one.verified_at.is_some() { ", by " (one.verified_by) ", " (one.verified_how.replace('-', " ")) } }
                dt { "Stages" } dd { @for (place, (stage, since, days)) in stages.iter().enumerate() {
                    @if place > 0 { ", " } (plain(stage)) " since " (day_text(*since)) " (" (days) " days)"
                } }
            }
        }
    }
}

fn proposal(page: &Record<'_>, one: &Proposal) -> Markup {
    let name = |id: &String| page.found.names.get(id).cloned().unwrap_or_default();
    let change = &one.change;
    html! {
        div.box.look {
            p { strong { "Waits for a second person: " }
                @if let Some((stage, since)) = change.stage { (plain(&stage)) " since " (day_text(since)) "; " }
                @if let Some(grade) = change.grade { "level " (plain(&grade)) "; " }
                @if let Some(at) = change.nda_signed_at { "non-disclosure agreement signed " (day_text(at)) "; " }
                @if let Some((at, _)) = change.verified { "verified " (day_text(at)) "; " }
                "proposed by " (name(&one.proposed_by)) "." }
            p { "The sponsor's word: " (one.sponsor_person) ", " (day_text(one.sponsor_at)) ", " (plain(&one.sponsor_way)) ", reference " (one.sponsor_reference) "." }
            @if let Some(forms) = page.forms.as_ref().filter(|forms| forms.keeps) {
                form method="post" action=(person(&page.found.person_id)) {
                    input type="hidden" name="form_token" value=(forms.token);
                    input type="hidden" name="proposal" value=(one.id);
                    div.actions {
                        @if forms.proposed_by != one.proposed_by { button name="do" value="confirm" { "Confirm" } }
                        button.plain name="do" value="refuse" { "Refuse" }
                    }
                }
            }
        }
    }
}

fn read_ins(page: &Record<'_>) -> Markup {
    let keeps = page.forms.as_ref().filter(|forms| forms.keeps);
    html! {
        @if !page.found.read_ins.is_empty() {
            h2 { "Read-ins" }
            p { "Each was for one briefing and is no clearance." }
            ul { @for one in &page.found.read_ins { li {
                (one.topic) ", " (day_text(one.at)) ", " (one.place) ", by " (one.briefer) "; "
                @if let Some(at) = one.debriefed_at { "debriefed " (day_text(at)) } @else { strong { "not debriefed yet" } }
            } } }
            @if let Some((forms, open)) = keeps.zip(page.found.read_ins.iter().find(|one| one.debriefed_at.is_none())) {
                form method="post" action=(person(&page.found.person_id)) {
                    input type="hidden" name="form_token" value=(forms.token);
                    input type="hidden" name="read_in" value=(open.id);
                    (page.filled.line("date", "debriefed_on", &format!("Debriefed on ({})", open.topic), ""))
                    div.actions { button name="do" value="debrief" { "Note the debriefing" } }
                }
            }
        }
    }
}

/// The form that changes a record; who does not keep it can lower it.
fn change(page: &Record<'_>, forms: &Forms) -> Markup {
    let filled = &page.filled;
    let open: Vec<_> = page
        .found
        .clearances
        .iter()
        .filter(|one| one.stage != Stage::Debriefed)
        .map(|one| (one.id.clone(), format!("{}, {}", plain(&one.grade), plain(&one.stage)), String::new()))
        .collect();
    let stages: &[Stage] =
        if forms.keeps { &Stage::ALL } else { &[Stage::Suspended, Stage::Withdrawn, Stage::Debriefed] };
    html! {
        @if !open.is_empty() {
            h2 { "Change a record" }
            p { (NOT_HERE) " Do not enter why something was decided." }
            form method="post" action=(person(&page.found.person_id)) {
                input type="hidden" name="form_token" value=(forms.token);
                (filled.one_of("record", "Which", "", &open))
                (filled.one_of("stage", "Next stage", "", &or_as_it_is(stages)))
                (filled.line("date", "stage_on", "In this stage since", ""))
                @if forms.keeps {
                    (filled.one_of("level", "Level", "", &or_as_it_is(&Grade::ALL)))
                    (filled.line("date", "nda_on", "Non-disclosure agreement signed on", ""))
                    (filled.line("date", "verified_on", "The sponsor was asked on", "Once a year, and when the office changes."))
                    (filled.one_of("verified_how", "Asked how", "", &choices(&Way::ALL)))
                    h3 { "The sponsor's word" }
                    p { "Needed for what raises a clearance. A second person then confirms it." }
                    (filled.line("text", "sponsor_person", "Who at the sponsor said so", ""))
                    (filled.line("date", "sponsor_on", "When", ""))
                    (filled.one_of("sponsor_way", "By which way", "", &choices(&Way::ALL)))
                    (filled.line("text", "sponsor_reference", "Reference", "Where their word can be found again."))
                }
                div.actions { button name="do" value="change" { "Save the change" } }
            }
        }
    }
}

/// To choose from, with nothing changed first.
fn or_as_it_is<T: serde::Serialize>(values: &[T]) -> Vec<Choice> {
    let stays = (String::new(), "as it is".to_owned(), String::new());
    std::iter::once(stays).chain(choices(values)).collect()
}

fn keep(page: &Record<'_>, forms: &Forms) -> Markup {
    let filled = &page.filled;
    let begins: Vec<Stage> = Stage::ALL.into_iter().filter(|stage| stage.is_pending()).collect();
    let form = |body: Markup| {
        html! { form method="post" action=(person(&page.found.person_id)) { input type="hidden" name="form_token" value=(forms.token); (body) } }
    };
    html! {
        h2 { "What they need to know, and where" }
        (form(html! {
            (filled.area("topics", "Topics", "Unclassified titles, one a line. They take the place of those before.", 3))
            (filled.line("text", "room", "Nearest approved room", ""))
            (filled.line("text", "travel_minutes", "Minutes to it", ""))
            (filled.one_of("secure_contact", "Secure contact", "The kind only: no number and no key.", &choices(&SecureContact::ALL)))
            (filled.tick("chief", "Chief election official of the state"))
            div.actions { button name="do" value="details" { "Save" } }
        }))
        h2 { "Training in handling" }
        (form(html! {
            (filled.one_of("trained_in", "In what", "", &choices(&TrainingKind::ALL)))
            (filled.line("date", "trained_on", "On", ""))
            div.actions { button name="do" value="training" { "Note the training" } }
        }))
        h2 { "Note a read-in" }
        (form(html! {
            (filled.line("date", "read_in_on", "Day", ""))
            (filled.line("text", "read_in_place", "Place", ""))
            (filled.line("text", "read_in_topic", "Topic", "Its unclassified title."))
            (filled.line("text", "read_in_briefer", "Who briefed", ""))
            div.actions { button name="do" value="read-in" { "Save the read-in" } }
        }))
        h2 { "Begin a record" }
        p { (NOT_HERE) }
        (form(html! {
            (filled.line("text", "open_sponsor", "Sponsor", "DHS, or who else sponsors it."))
            (filled.one_of("open_level", "Level asked for", "", &choices(&Grade::ALL)))
            (filled.one_of("open_kind", "Kind", "", &choices(&[Basis::Final, Basis::ReadIn, Basis::Governor])))
            (filled.one_of("open_stage", "Stage", "", &choices(&begins)))
            (filled.line("date", "open_on", "Since", ""))
            div.actions { button name="do" value="open" { "Begin the record" } }
        }))
    }
}

fn leave(page: &Record<'_>, forms: &Forms) -> Markup {
    html! {
        h2 { "They left office" }
        p { "Their clearance ends here at once, and who had access waits to be debriefed." }
        form method="post" action=(person(&page.found.person_id)) {
            input type="hidden" name="form_token" value=(forms.token);
            (page.filled.line("date", "left_on", "Last day in office", ""))
            div.actions { button name="do" value="leave" { "Note that they left" } }
        }
    }
}

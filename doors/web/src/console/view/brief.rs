//! The brief on one page: bottom line, seen and not seen, figures with their definitions, who stands where, blind spots, and what it is based on.
//!
//! The console's page and the file that is saved are this one view; only the console's has links to the lists that its numbers come from.

use maud::{Markup, html};
use ward_brief::words::{Stand, beside, blind_spots, frozen, meaning, moment, stands, value};
use ward_brief::{Brief, Draft, Figure, IssueSummary, Named, Overall, Shown};
use ward_share::situation::Standing;

use super::standing::{class, shape, short};
use super::words::time;
use crate::console::list::Paged;
use crate::console::session::percent_encoded;
use crate::console::tiles::{Tile, tiles};

/// Pixels from one tile to the next, and of a tile's side, in the picture's own measure.
const STEP: u16 = 66;
const SIDE: u16 = 62;

/// Whether the numbers lead to the lists that they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// A file stands alone.
    None,
    Console,
}

/// What is shown first on the page of briefs.
pub enum First<'a> {
    Nothing,
    /// The figures that somebody asked for after the newest brief was frozen.
    Draft(&'a Draft),
    Newest(&'a Shown),
}

/// Everything on the page of briefs.
pub struct BriefsPage<'a> {
    pub first: First<'a>,
    /// The token of the form that computes today's figures, for who may.
    pub draft_token: Option<String>,
    /// The token of the form that freezes, for who may.
    pub freeze_token: Option<String>,
    /// One page of the frozen briefs, the newest first.
    pub issues: Paged<IssueSummary>,
}

/// The newest figures and the frozen briefs.
pub fn briefs(page: &BriefsPage<'_>) -> Markup {
    html! {
        @if let Some(token) = &page.draft_token {
            form.no-print method="post" action="/brief/draft" {
                input type="hidden" name="form_token" value=(token);
                p { "Today's figures are computed from all that is known now. They stay here, not frozen, until somebody looks again." }
                p.actions { button.second { "Look at today's figures" } a.button.second href="#issues" { "Frozen briefs" } }
            }
        }
        @match page.first {
            First::Nothing => p { "No brief has been frozen yet, and nobody has looked at today's figures." },
            First::Draft(draft) => {
                p.lead { "As of " (time(draft.as_of)) ", not frozen. Computed when " (draft.drafted_by) " asked; what came later is not in it." }
                @if let Some(token) = &page.freeze_token {
                    form.no-print method="post" action="/brief/freeze" {
                        input type="hidden" name="form_token" value=(token);
                        p { "Freezing computes the figures once more, as of the moment you press the button, gives them a number and puts them on the record with all that they are made of. A frozen brief never changes." }
                        p.actions { button { "Freeze this brief" } }
                    }
                }
                (brief(&draft.brief, &basis(&draft.brief, &frozen(None), &draft.program), Links::Console))
            },
            First::Newest(shown) => {
                p.lead { "The newest frozen brief: " a href=(format!("/brief/{}", shown.issue.number)) { "number " (shown.issue.number) } ", frozen " (time(shown.issue.frozen_at)) ". What came later is not in it." }
                (brief(&shown.brief, &of_issue(shown), Links::Console))
            },
        }
        h2 #issues { "Frozen briefs" }
        (list(&page.issues))
    }
}

fn list(page: &Paged<IssueSummary>) -> Markup {
    let other = |number: usize| format!("/brief?page={number}#issues");
    html! {
        @if page.total == 0 { p { "None yet." } } @else {
            div.scroll tabindex="0" role="region" aria-label="Frozen briefs" { table {
                caption { "Frozen briefs" span { "The newest first. Each supersedes the one below it." } }
                thead { tr { th.number scope="col" { "Number" } th scope="col" { "As of" } th scope="col" { "Frozen" } th scope="col" { "By" } } }
                tbody { @for one in &page.rows { tr {
                    th.number scope="row" { a href=(format!("/brief/{}", one.number)) { (one.number) } }
                    td { (time(one.as_of)) } td { (time(one.frozen_at)) } td.words { (one.frozen_by) }
                } } }
            } }
            @if page.pages > 1 {
                p { "Page " (page.page) " of " (page.pages) ", " (page.total) " in all. "
                    @if page.page > 1 { a href=(other(page.page - 1)) { "Newer" } " " }
                    @if page.page < page.pages { a href=(other(page.page + 1)) { "Older" } }
                }
            }
        }
    }
}

/// A frozen brief, with its files.
pub fn issue(shown: &Shown) -> Markup {
    let number = shown.issue.number;
    html! {
        p.actions {
            a.button href=(format!("/brief/{number}.pdf")) { "PDF" }
            @for (form, words) in [("html", "Web page"), ("json", "Data (JSON)"), ("txt", "Text")] {
                a.button.second href=(format!("/brief/{number}.{form}")) { (words) }
            }
        }
        (brief(&shown.brief, &of_issue(shown), Links::Console))
    }
}

fn of_issue(shown: &Shown) -> Vec<String> {
    basis(&shown.brief, &frozen(Some(&shown.issue)), &shown.program)
}

/// The basis as the console says it; the files have the digest and all that the figures are made of.
fn basis(brief: &Brief, frozen: &str, program: &str) -> Vec<String> {
    let computed = format!(
        "Computed by {program}. Everything can be computed again from the files of a frozen brief (JSON, web page, PDF): ward brief verify FILE."
    );
    brief.basis.iter().cloned().chain([frozen.to_owned(), computed]).collect()
}

/// What comes under the heading.
pub fn brief(document: &Brief, basis: &[String], links: Links) -> Markup {
    html! {
        p { "As of " strong { time datetime=(document.as_of) { (moment(&document.as_of)) } } "." }
        h2 { "Bottom line" }
        @for sentence in &document.bottom_line { p.lead { (sentence) } }
        h2 { "Seen" }
        (sentences(&document.seen, "Nothing is confirmed. See below who could have seen something."))
        h2 { "Not seen" }
        (sentences(&document.not_seen, "Nothing is known."))
        h2 { "Figures" }
        div.scroll tabindex="0" role="region" aria-label="Figures" { table {
            caption { "Figures" span { "Each with what is counted, and how many of how many reported. What is not known is never zero." } }
            thead { tr { th scope="col" { "Figure" } th scope="col" { "Value" } th scope="col" { "Reporting" } th scope="col" { "How it is counted" } } }
            tbody { @for figure in &document.figures { (line(document, figure, links)) } }
        } }
        h2 { "Probing by state" }
        (by_state(document, links))
        h2 { "Blind spots" }
        (blind(document, links))
        h2 #basis { "Basis" }
        ul { @for sentence in basis { li { (sentence) } } }
        @if links == Links::Console && !document.alerts.is_empty() {
            p { "The lists behind it:" }
            ul { @for id in &document.alerts { li {
                a href=(format!("/situation?alert={id}")) { "who answered what" } " and " a href=(format!("/alerts/{id}")) { "the alert" } " " code { (id) }
            } } }
        }
    }
}

fn sentences(sentences: &[String], nothing: &str) -> Markup {
    html! { @if sentences.is_empty() { p { (nothing) } } @else { ul { @for sentence in sentences { li { (sentence) } } } } }
}

fn line(document: &Brief, figure: &Figure, links: Links) -> Markup {
    let (of_value, of_reporting) = match figure.id.as_str() {
        "F1" => (list_of(document, "confirmed"), list_of(document, "")),
        _ => (alert_of(document), alert_of(document)),
    };
    html! {
        tr {
            th scope="row" { (figure.id) " " (figure.name) }
            td { strong { (linked(links, &of_value, &value(figure))) } }
            td { (linked(links, &of_reporting, &format!("{} of {}", figure.reporting, figure.of))) }
            td.words {
                @if let Some(caution) = &figure.caution { p { strong { (caution) } } }
                p { (figure.definition) }
                p.small { "Beside it: " @for (place, (name, value)) in beside(figure).iter().enumerate() { @if place > 0 { "; " } (name) ": " (value) } "." }
            }
        }
    }
}

fn by_state(document: &Brief, links: Links) -> Markup {
    let extent = |of: fn(&Tile) -> u16| tiles().iter().map(|tile| of(tile) + 1).max().unwrap_or(1) * STEP;
    let (width, height) = (extent(|tile| tile.column), extent(|tile| tile.row));
    html! {
        p { (document.names) }
        @if !document.named.is_empty() {
            p { "Named: " @for (place, one) in document.named.iter().enumerate() { @if place > 0 { "; " } (one.name) " (" (one.standing.plain()) ")" } "." }
            p { "A tile shows the worst of the named offices of its state, and nothing seen only where all of them say so. Offices that are not named may stand otherwise." }
            div.scroll tabindex="0" role="region" aria-label="Named offices by state" {
                svg.grid xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {width} {height}")) role="group" aria-label="Named offices by state" {
                    @for tile in tiles() { (square(tile, &document.named)) }
                }
            }
        }
        (standings(("Where each stands", "Each over all alerts of this brief, counted once."), &stands(document), document, links))
    }
}

/// A state's tile: the worst of its offices that let their names go, and otherwise nothing of it.
fn square(tile: &Tile, named: &[Named]) -> Markup {
    let of_state: Vec<Overall> = named.iter().filter(|one| one.state == tile.code).map(|one| one.standing).collect();
    let standing = of_state.iter().copied().max_by_key(|standing| standing.badness());
    let shown = standing.and_then(as_standing);
    let word = match (standing, shown) {
        (_, Some(shown)) => short(shown),
        (Some(_), None) => "other time",
        (None, None) => "",
    };
    let label = standing.map_or_else(
        || format!("{}: no office is named", tile.name),
        |standing| format!("named offices of {} ({}), the worst: {}", tile.name, of_state.len(), standing.plain()),
    );
    html! {
        g class={ "tile " (shown.map_or("none", class)) } role="img" aria-label=(label)
            transform=(format!("translate({} {})", tile.column * STEP + 2, tile.row * STEP + 2)) {
            rect.ground width=(SIDE) height=(SIDE) {}
            text.code x="5" y="20" { (tile.code) }
            text.word x="4" y="55" { (word) }
            @if let Some(shown) = shown { g.mark transform="translate(42 6)" { (shape(shown)) } }
        }
    }
}

fn as_standing(overall: Overall) -> Option<Standing> {
    match overall {
        Overall::NoAnswer => Some(Standing::NoAnswerYet),
        Overall::Blind => Some(Standing::Blind),
        Overall::PartlySearched => Some(Standing::PartlySearched),
        Overall::NotSeen => Some(Standing::NotSeen),
        Overall::MatchUnderReview => Some(Standing::MatchUnderReview),
        Overall::ConfirmedAtAnotherTime => None,
        Overall::Confirmed(rung) => Some(Standing::Confirmed(rung)),
    }
}

fn blind(document: &Brief, links: Links) -> Markup {
    let spots = blind_spots(document);
    html! {
        @if spots.is_empty() { p { "None among those who were asked." } } @else {
            p { "Where nothing, or not all, could be seen. This is no all-clear." }
            (standings(("Blind spots", "Each that stands so with at least one alert of this brief; one may be counted in several lines."), &spots, document, links))
        }
    }
}

fn standings((caption, counted): (&str, &str), rows: &[Stand], document: &Brief, links: Links) -> Markup {
    html! {
        @if rows.is_empty() { p { "Nobody was asked." } } @else {
            div.scroll tabindex="0" role="region" aria-label=(caption) { table {
                caption { (caption) span { (counted) } }
                thead { tr { th scope="col" { "Standing" } th.number scope="col" { "How many" } th scope="col" { "What it means" } } }
                tbody { @for row in rows { tr {
                    th scope="row" { (row.standing.plain()) }
                    td.number { (linked(links, &list_of(document, &row.standing.plain()), &format!("{} of {}", row.count, row.of))) }
                    td.words { (meaning(row.standing)) }
                } } }
            } }
        }
    }
}

fn linked(links: Links, href: &str, text: &str) -> Markup {
    html! { @match links { Links::Console => a href=(href) { (text) }, Links::None => (text) } }
}

/// The list of one alert's answers, those with a word first; of several, the lists of all of them.
fn list_of(document: &Brief, word: &str) -> String {
    match document.alerts.as_slice() {
        [id] if word.is_empty() => format!("/situation?alert={id}"),
        [id] => format!("/situation?alert={id}&find={}", percent_encoded(word)),
        _ => "#basis".to_owned(),
    }
}

fn alert_of(document: &Brief) -> String {
    match document.alerts.as_slice() {
        [id] => format!("/alerts/{id}"),
        _ => "#basis".to_owned(),
    }
}

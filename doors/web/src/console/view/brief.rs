//! The brief on one page: bottom line, seen and not seen, figures with their definitions, who stands where, blind spots, and what it is based on.
//!
//! The console's page and the file that is saved are this one view; only the console's has links to the lists that its numbers come from.

use maud::{Markup, html};
use ward_brief::words::{Stand, basis, beside, blind_spots, meaning, stands, value};
use ward_brief::{Document, Figure, Named, Overall};
use ward_share::situation::Standing;

use super::standing::{class, shape, short};
use super::words::time;
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

/// Everything on the page of briefs.
pub struct BriefsPage<'a> {
    pub now: &'a Document,
    /// The token of the form that freezes, for who may.
    pub freeze_token: Option<String>,
    /// Number, time and person of each frozen brief, the newest first.
    pub issues: Vec<(i64, i64, i64, String)>,
}

/// Today's figures and the frozen briefs.
pub fn briefs(page: &BriefsPage<'_>) -> Markup {
    html! {
        @if let Some(token) = &page.freeze_token {
            form.no-print method="post" action="/brief/freeze" {
                input type="hidden" name="form_token" value=(token);
                p { "Freezing gives these figures a number and puts them on the record with all that they are made of. A frozen brief never changes." }
                p.actions { button { "Freeze this brief" } a.button.second href="#issues" { "Frozen briefs" } }
            }
        }
        (brief(page.now, Links::Console))
        h2 #issues { "Frozen briefs" }
        @if page.issues.is_empty() { p { "None yet." } } @else {
            div.scroll tabindex="0" role="region" aria-label="Frozen briefs" { table {
                caption { "Frozen briefs" span { "The newest first. Each supersedes the one below it." } }
                thead { tr { th.number scope="col" { "Number" } th scope="col" { "As of" } th scope="col" { "Frozen" } th scope="col" { "By" } } }
                tbody { @for (number, as_of, frozen_at, by) in &page.issues { tr {
                    th.number scope="row" { a href=(format!("/brief/{number}")) { (number) } }
                    td { (time(*as_of)) } td { (time(*frozen_at)) } td.words { (by) }
                } } }
            } }
        }
    }
}

/// A frozen brief, with its files.
pub fn issue(document: &Document, number: i64) -> Markup {
    html! {
        p.actions {
            a.button href=(format!("/brief/{number}.pdf")) { "PDF" }
            @for (form, words) in [("html", "Web page"), ("json", "Data (JSON)"), ("txt", "Text")] {
                a.button.second href=(format!("/brief/{number}.{form}")) { (words) }
            }
        }
        (brief(document, Links::Console))
    }
}

/// What comes under the heading.
pub fn brief(document: &Document, links: Links) -> Markup {
    html! {
        p { "As of " strong { (document.as_of) } " (UTC)." @if document.issue.is_none() { " These are the figures of the moment; they are not frozen." } }
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
        ul { @for sentence in basis(document) { li { (sentence) } } }
        @if links == Links::Console && !document.bundle.alerts.is_empty() {
            p { "The lists behind it:" }
            ul { @for id in alerts(document) { li {
                a href=(format!("/situation?alert={id}")) { "who answered what" } " and " a href=(format!("/alerts/{id}")) { "the alert" } " " code { (id) }
            } } }
        }
    }
}

fn sentences(sentences: &[String], nothing: &str) -> Markup {
    html! { @if sentences.is_empty() { p { (nothing) } } @else { ul { @for sentence in sentences { li { (sentence) } } } } }
}

fn line(document: &Document, figure: &Figure, links: Links) -> Markup {
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

fn by_state(document: &Document, links: Links) -> Markup {
    let extent = |of: fn(&Tile) -> u16| tiles().iter().map(|tile| of(tile) + 1).max().unwrap_or(1) * STEP;
    let (width, height) = (extent(|tile| tile.column), extent(|tile| tile.row));
    html! {
        @if document.named.is_empty() {
            p { "No jurisdiction has let its name go, so none is named; how many stand where is below." }
        } @else {
            p { "Named are those that let their names go: " @for (place, one) in document.named.iter().enumerate() { @if place > 0 { "; " } (one.name) " (" (one.standing.plain()) ")" } ". The others are counted below." }
            div.scroll tabindex="0" role="region" aria-label="States that let their names go" {
                svg.grid xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {width} {height}")) role="group" aria-label="States that let their names go" {
                    @for tile in tiles() { (square(tile, document.named.iter().find(|one| one.state == tile.code))) }
                }
            }
        }
        (standings("Where each stands", &stands(document), document, links))
    }
}

/// A state's tile: its standing when it let its name go, and otherwise nothing of it.
fn square(tile: &Tile, named: Option<&Named>) -> Markup {
    let standing = named.map(|one| one.standing);
    let shown = standing.and_then(as_standing);
    let word = match (standing, shown) {
        (_, Some(shown)) => short(shown),
        (Some(_), None) => "other time",
        (None, None) => "",
    };
    let label = standing.map_or_else(|| "not named".to_owned(), Overall::plain);
    html! {
        g class={ "tile " (shown.map_or("none", class)) } role="img" aria-label={ (tile.name) ": " (label) }
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

fn blind(document: &Document, links: Links) -> Markup {
    let spots = blind_spots(document);
    html! {
        @if spots.is_empty() { p { "None among those who were asked." } } @else {
            p { "Where nothing, or not all, could be seen. This is no all-clear." }
            (standings("Blind spots", &spots, document, links))
        }
    }
}

fn standings(caption: &str, rows: &[Stand], document: &Document, links: Links) -> Markup {
    html! {
        @if rows.is_empty() { p { "Nobody was asked." } } @else {
            div.scroll tabindex="0" role="region" aria-label=(caption) { table {
                caption { (caption) span { "Each over all alerts of this brief, counted once." } }
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

/// The alerts of the brief, each once.
fn alerts(document: &Document) -> Vec<&str> {
    document.bundle.alerts.iter().filter(|alert| !alert.is_correction).map(|alert| alert.report_id.as_str()).collect()
}

/// The list of one alert's answers, those with a word first; of several, the lists of all of them.
fn list_of(document: &Document, word: &str) -> String {
    match alerts(document).as_slice() {
        [id] if word.is_empty() => format!("/situation?alert={id}"),
        [id] => format!("/situation?alert={id}&find={}", percent_encoded(word)),
        _ => "#basis".to_owned(),
    }
}

fn alert_of(document: &Document) -> String {
    match alerts(document).as_slice() {
        [id] => format!("/alerts/{id}"),
        _ => "#basis".to_owned(),
    }
}

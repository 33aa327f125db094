//! The situation: a tile for each state and the same as a table, n of N, and what each word means. Silence is never an all-clear.

use maud::{Markup, html};
use ward_share::situation::{SituationRow, Standing};

use super::standing::{ALL, class, meaning, shape, short, standing};
use super::words::{moment_or, number, time};
use crate::console::list::Paged;
use crate::console::session::percent_encoded;
use crate::console::tiles::Tile;
use crate::console::view::given::Opens;
use crate::console::view::listing::Listing;

/// Pixels from one tile to the next, and of a tile's side, in the picture's own measure.
const STEP: u16 = 66;
const SIDE: u16 = 62;

/// Everything on the page.
pub struct SituationPage<'a> {
    pub report_id: String,
    pub headline: String,
    pub published_at: i64,
    pub now: i64,
    pub asked: usize,
    pub answered: usize,
    /// Offices by standing, whatever rows are shown.
    pub totals: Vec<(Standing, usize)>,
    /// What it shows, and the address of the answer behind it where the reader may open it.
    pub tiles: Vec<(Tile, Shown, Option<String>)>,
    pub opens: Opens,
    /// The reader sees only the row of their own office.
    pub is_member_view: bool,
    /// Only offices that stand so are in the table.
    pub standing: Option<Standing>,
    /// Other alerts: address and headline.
    pub others: Vec<(String, String)>,
    pub listing: Listing<'a>,
    pub rows: Paged<SituationRow>,
}

/// What a tile shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Standing(Standing),
    /// The state's office does not belong to this hub.
    NoMember,
    /// Not the reader's to see.
    Hidden,
}

/// The columns that sort.
pub const COLUMNS: [&str; 4] = ["state", "office", "standing", "time"];
/// The heads of the CSV file.
pub const HEADS: [&str; 10] = [
    "state",
    "office",
    "kind",
    "standing",
    "events matched",
    "hours with data",
    "hours asked",
    "answered by",
    "answered",
    "acknowledged by",
];

/// What comes under the heading.
pub fn situation(page: &SituationPage<'_>) -> Markup {
    html! {
        p.lead { a href=(format!("/alerts/{}", page.report_id)) { (page.headline) } }
        p.quiet { "Published " (time(page.published_at)) ". As of " (time(page.now)) "." }
        p.lead { strong { (page.answered) " of " (page.asked) " offices asked have answered." } }
        (totals(page))
        h2 { "The states" }
        @if page.is_member_view { p { "You see your own office, those that let others see their name, and how many stand where." } }
        (picture(page))
        h2 #table { "The same as a table" }
        (table(page))
        @if !page.others.is_empty() {
            h2 { "Other alerts" }
            ul { @for (href, headline) in &page.others { li { a href=(href) { (headline) } } } }
        }
    }
}

fn totals(page: &SituationPage<'_>) -> Markup {
    let all: usize = page.totals.iter().map(|(_, offices)| offices).sum();
    html! {
        div.scroll tabindex="0" role="region" aria-label="Offices by answer" { table {
            caption { "Offices by answer" span { "How counted: the latest answer of each office that was asked or belongs to this hub; one office counts once." } }
            thead { tr { th scope="col" { "Answer" } th.number scope="col" { "Offices" } th scope="col" { "What it means" } } }
            tbody { @for (one, offices) in page.totals.iter().rev() { tr {
                th scope="row" { @if page.is_member_view { (standing(*one)) } @else {
                    a href=(format!("/situation?alert={}&standing={}#table", page.report_id, one.word())) { (standing(*one)) } } }
                td.number { (offices) " of " (all) } td.words { (meaning(*one)) }
            } } }
        } }
    }
}

fn picture(page: &SituationPage<'_>) -> Markup {
    let extent = |of: fn(&Tile) -> u16| page.tiles.iter().map(|(tile, _, _)| of(tile) + 1).max().unwrap_or(1) * STEP;
    let (width, height) = (extent(|tile| tile.column), extent(|tile| tile.row));
    html! {
        p { "Each state is a square of the same size with the answer of the state's own office as a word and a shape. Select one to see the answer behind it. Counties and other offices are not in the squares: they are in the table below." }
        div.scroll tabindex="0" role="region" aria-label="States by answer" {
            svg.grid xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {width} {height}")) role="group" aria-label="States by answer" {
                @for (tile, shown, answer) in &page.tiles { (square(&page.report_id, tile, *shown, answer.as_deref())) }
            }
        }
        p.small { "Shapes: " @for one in ALL { (standing(one)) "  " } ". A dashed square without a shape: no member of this hub"
            @if page.is_member_view { ", or not yours to see" } "." }
    }
}

fn square(report_id: &str, tile: &Tile, shown: Shown, answer: Option<&str>) -> Markup {
    let (class, word) = match shown {
        Shown::Standing(one) => (class(one), short(one)),
        Shown::NoMember => ("none", "no member"),
        Shown::Hidden => ("none", "not shown"),
    };
    let words = match shown {
        Shown::Standing(one) => one.plain(),
        Shown::NoMember => "no member of this hub".to_owned(),
        Shown::Hidden => "not shown to you".to_owned(),
    };
    let drawing = html! {
        g class={ "tile " (class) } transform=(format!("translate({} {})", tile.column * STEP + 2, tile.row * STEP + 2)) {
            rect.ground width=(SIDE) height=(SIDE) {}
            text.code x="5" y="20" { (tile.code) } " "
            text.word x="4" y="55" { (word) }
            @if let Shown::Standing(one) = shown { g.mark transform="translate(42 6)" { (shape(one)) } }
        }
    };
    // Without an answer to open, its line: the table may have pages, so it is sought by the state's name.
    let name = percent_encoded(tile.name);
    let line = format!("/situation?alert={report_id}&find={name}#state-{}", tile.code);
    html! {
        @if let Shown::Standing(_) = shown {
            // A name begins with the words that are seen (WCAG 2.5.3).
            a href=(answer.unwrap_or(&line)) aria-label={ (tile.code) " " (word) ", " (tile.name) ": " (words) } { (drawing) }
        } @else {
            g role="img" aria-label={ (tile.name) ": " (words) } { (drawing) }
        }
    }
}

fn table(page: &SituationPage<'_>) -> Markup {
    let listing = &page.listing;
    html! {
        @if let Some(one) = page.standing {
            p { "Only offices that stand so: " (standing(one)) ". " a href=(format!("/situation?alert={}#table", page.report_id)) { "Show all offices" } }
        }
        (listing.seek("Find an office, a state or an answer"))
        @if page.rows.rows.is_empty() { p { "No office here. " a href=(listing.href_of_all()) { "Show all" } } } @else {
            div.scroll tabindex="0" role="region" aria-label="Offices" { table {
                caption { "Offices" span { "Source: the answers that the offices gave, each from its own logs." } }
                thead { tr {
                    (listing.head("state", "State")) (listing.head("office", "Office")) (listing.head("standing", "Answer"))
                    th.number scope="col" { "Events matched" } th.number scope="col" { "Hours with data, of those asked" } (listing.head("time", "Answered"))
                } }
                tbody { @for row in &page.rows.rows { (line(page, row)) } }
            } }
            (listing.foot(&page.rows, "office", "offices"))
        }
    }
}

fn line(page: &SituationPage<'_>, row: &SituationRow) -> Markup {
    let is_state = row.kind == ward_directory::OrganisationKind::State && !row.state.is_empty();
    html! {
        tr id=[is_state.then(|| format!("state-{}", row.state))] {
            td { (row.state) } th.words scope="row" { (row.organisation) }
            td { @match page.opens.row(&page.report_id, row) { Some(href) => a href=(href) { (standing(row.standing)) }, None => (standing(row.standing)) } }
            td.number { @match row.matches { Some(matches) => (number(matches)), None => "not reported" } }
            td.number { @match &row.coverage { Some(coverage) => { (number(coverage.hours_with_data)) " of " (number(coverage.hours_asked)) }, None => "not reported" } }
            td { (moment_or(row.answered_at, "not yet")) }
        }
    }
}

//! The brief as a file of its own: the console's page with its style and its data within, and the verification of what came back.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use ward_brief::words::basis;
use ward_brief::{Document, Forms, HTML_BLOCK, Verification};

use crate::console::page::legible;
use crate::console::style::STYLE;
use crate::console::view::brief::{Links, brief};
use crate::legible::{is_unseen, written_out};

/// What a saved page needs beside the console's style: the words in print and on one sheet.
const FILE_STYLE: &str = include_str!("brief.css");
/// A file loads nothing and runs nothing; its style is within.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The document as one page with everything in it, the same bytes each time.
#[must_use]
pub fn html(document: &Document) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (document.title()) @if document.notice.is_some() { " - RECONSTRUCTION" } }
                style { (PreEscaped(STYLE)) (PreEscaped(FILE_STYLE)) }
            }
            body.brief-file {
                (marking(document, "top"))
                main { div.wide { h1 { (document.title()) }
                    @if document.issue.is_none() { p { "These are the figures of the moment; they are not frozen." } }
                    (brief(&document.brief(), &basis(document), Links::None))
                 } }
                (marking(document, "bottom"))
            }
        }
    };
    let page = legible(in_lines(&page.into_string()));
    let (above, end) = page.split_at(page.rfind("</body>").unwrap_or(page.len()));
    format!("{above}{HTML_BLOCK}{}</script>{end}", data(document))
}

/// The document as data within a page. In JSON `<` and unseen letters stand only within texts, where they may be written otherwise; so nothing in the
/// data ends its block, and nothing in it turns the order of letters around.
fn data(document: &Document) -> String {
    let is_written = |letter| letter == '<' || is_unseen(letter);
    written_out(&document.json(), is_written, |letter| format!("\\u{:04x}", u32::from(letter)))
}

/// Verifies the JSON, HTML or PDF form of a brief; see [`ward_brief::verify`].
#[must_use]
pub fn verify(bytes: &[u8], hub_log_key: Option<&str>) -> Verification {
    let pdf = |document: &Document| ward_brief::pdf(document).map_err(|error| error.to_string());
    ward_brief::verify(bytes, hub_log_key, &Forms { html: &html, pdf: &pdf })
}

fn marking(document: &Document, place: &str) -> Markup {
    let notice = html! { @if let Some(notice) = &document.notice { div.notice role="note" { (notice) } } };
    html! {
        @if place == "bottom" { (notice) }
        div class={ "handling " (place) } role="note" aria-label="Handling of this brief" { (document.marking) }
        @if place == "top" { (notice) }
    }
}

/// A line for each block, so that a difference has a line to be named by. In text every `<` is escaped, so only tags are met.
fn in_lines(page: &str) -> String {
    let mut text = page.to_owned();
    for tag in ["</p>", "</h1>", "</h2>", "</li>", "</tr>", "</a>", "</g>", "</div>", "</head>", "</style>", "</dd>"] {
        text = text.replace(tag, &format!("{tag}\n"));
    }
    format!("{text}\n")
}

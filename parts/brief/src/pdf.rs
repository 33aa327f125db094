//! The document as a PDF: one page, set from words alone, with the document itself attached.

use serde_json::{Value, json};
use ward_typeset::{File, TypesetError, printable};

use crate::{Document, Figure, words};

const SOURCE: &str = include_str!("brief.typ");
/// The name of the attached document, as the source has it.
const ATTACHED: &str = "brief.json";
/// The name of the words on the page.
const PAGE: &str = "page.json";

/// The PDF of a document: PDF/UA-1, the same bytes each time, made at the time of the brief.
///
/// # Errors
/// [`TypesetError`].
pub fn pdf(document: &Document) -> Result<Vec<u8>, TypesetError> {
    let page = page(document).to_string();
    let whole = document.json();
    let files = [File { name: PAGE, bytes: page.as_bytes() }, File { name: ATTACHED, bytes: whole.as_bytes() }];
    ward_typeset::pdf(SOURCE, &files, document.bundle.as_of)
}

/// Every word on the page, as far as the fonts have its letters.
fn page(document: &Document) -> Value {
    let all = |texts: &[String]| texts.iter().map(|text| printable(text)).collect::<Vec<_>>();
    let brief = document.brief();
    let stands: Vec<Value> = words::stands(&brief)
        .iter()
        .map(|stand| {
            json!({
                "standing": stand.standing.plain(),
                "count": format!("{} of {}", stand.count, stand.of),
                "meaning": words::meaning(stand.standing),
            })
        })
        .collect();
    let named: Vec<Value> = document
        .named
        .iter()
        .map(|one| json!({"who": printable(&format!("{} {}", one.state, one.name)), "standing": one.standing.plain()}))
        .collect();
    let blind =
        words::blind_spots(&brief).into_iter().map(|stand| format!("{}: {}", stand.standing.plain(), stand.count));
    json!({
        "title": printable(&document.title()),
        "marking": printable(&document.marking),
        "notice": document.notice.as_deref().map(printable),
        "as_of": words::moment(&document.as_of),
        "bottom_line": all(&document.bottom_line),
        "seen": all(&document.seen),
        "not_seen": all(&document.not_seen),
        "figures": document.figures.iter().map(figure).collect::<Vec<_>>(),
        "stands": stands,
        "names": printable(&document.names),
        "named": named,
        "blind_spots": blind.collect::<Vec<_>>(),
        "basis": all(&words::basis(document)),
    })
}

fn figure(figure: &Figure) -> Value {
    let beside: Vec<String> = words::beside(figure).iter().map(|(name, value)| format!("{name}: {value}")).collect();
    json!({
        "id": printable(&figure.id),
        "name": printable(&figure.name),
        "value": printable(&words::value(figure)),
        "reporting": format!("{} of {} reporting", figure.reporting, figure.of),
        "caution": figure.caution.as_deref().map(printable),
        "definition": printable(&figure.definition),
        "beside": printable(&beside.join("; ")),
    })
}

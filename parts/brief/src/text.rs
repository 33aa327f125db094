//! The brief as text: one page for a printer or a terminal.

use std::fmt::Write as _;

use crate::words::{basis, beside, blind_spots, moment, value};
use crate::{Document, Figure};

/// Characters of a line.
const WIDTH: usize = 96;

/// The document as one page of text.
#[must_use]
pub fn text(document: &Document) -> String {
    let mut page = String::new();
    notice(&mut page, document);
    line(&mut page, &document.marking);
    line(&mut page, &format!("{}, as of {}", document.title(), moment(&document.as_of)));
    list(&mut page, "BOTTOM LINE", &document.bottom_line, "Nothing is known.");
    list(&mut page, "SEEN", &document.seen, "Nothing is confirmed. See below who could have seen something.");
    list(&mut page, "NOT SEEN", &document.not_seen, "Nothing is known.");
    line(&mut page, "\nFIGURES");
    for figure in &document.figures {
        line(&mut page, &headline(figure));
        if let Some(caution) = &figure.caution {
            wrapped(&mut page, "     ", caution);
        }
        wrapped(&mut page, "     ", &figure.definition);
        for (name, value) in beside(figure) {
            line(&mut page, &format!("     {name}: {value}"));
        }
    }
    let named = document.named.iter().map(|one| format!("{} {}: {}", one.state, one.name, one.standing.plain()));
    let others = document.not_named.iter().map(|one| format!("{} not named: {}", one.count, one.standing.plain()));
    list(&mut page, "WHERE EACH STANDS", &named.chain(others).collect::<Vec<_>>(), "Nobody was asked.");
    wrapped(&mut page, "  ", &document.names);
    let blind = blind_spots(&document.brief()).into_iter();
    let blind: Vec<String> =
        blind.map(|one| format!("{} of {}: {}", one.count, one.of, one.standing.plain())).collect();
    list(
        &mut page,
        "BLIND SPOTS (for at least one alert; one may be counted in several)",
        &blind,
        "None among those who were asked.",
    );
    list(&mut page, "BASIS", &basis(document), "");
    line(&mut page, &document.marking);
    notice(&mut page, document);
    page
}

/// Top and bottom, as a marking.
fn notice(page: &mut String, document: &Document) {
    if let Some(notice) = &document.notice {
        line(page, notice);
    }
}

fn headline(figure: &Figure) -> String {
    format!("{}  {}: {} ({} of {} reporting)", figure.id, figure.name, value(figure), figure.reporting, figure.of)
}

fn list(page: &mut String, title: &str, sentences: &[String], nothing: &str) {
    line(page, &format!("\n{title}"));
    if sentences.is_empty() {
        wrapped(page, "  ", nothing);
    }
    for sentence in sentences {
        wrapped(page, "  ", sentence);
    }
}

fn wrapped(page: &mut String, indent: &str, text: &str) {
    let mut current = indent.to_owned();
    for word in text.split_whitespace() {
        if current.chars().count() + word.chars().count() > WIDTH {
            line(page, current.trim_end());
            indent.clone_into(&mut current);
        }
        current.push_str(word);
        current.push(' ');
    }
    line(page, current.trim_end());
}

fn line(page: &mut String, text: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(page, "{text}");
}

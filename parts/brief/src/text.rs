//! The brief as text: one page for a printer or a terminal.

use std::fmt::Write as _;

use crate::{Brief, Figure};

/// Characters of a line.
const WIDTH: usize = 96;

/// The brief as one page of text.
#[must_use]
pub fn text(brief: &Brief) -> String {
    let mut page = String::new();
    notice(&mut page, brief);
    line(&mut page, &format!("WARD BRIEF, as of {}", brief.as_of));
    list(&mut page, "SEEN", &brief.seen, "Nothing is confirmed. See below who could have seen something.");
    list(&mut page, "NOT SEEN", &brief.not_seen, "Nothing is known.");
    line(&mut page, "\nFIGURES");
    for figure in &brief.figures {
        line(&mut page, &headline(figure));
        wrapped(&mut page, "     ", &figure.definition);
        for (name, value) in &figure.beside {
            line(&mut page, &format!("     {}: {}", name.replace('_', " "), plain(value)));
        }
    }
    notice(&mut page, brief);
    page
}

/// Top and bottom, as a marking.
fn notice(page: &mut String, brief: &Brief) {
    if let Some(notice) = &brief.notice {
        line(page, notice);
    }
}

fn headline(figure: &Figure) -> String {
    format!(
        "{}  {}: {} ({} of {} reporting)",
        figure.id,
        figure.name,
        plain(&figure.value),
        figure.reporting,
        figure.of
    )
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "not known".to_owned(),
        serde_json::Value::Object(members) => {
            let parts: Vec<String> =
                members.iter().map(|(name, value)| format!("{} {}", name.replace('-', " "), plain(value))).collect();
            parts.join(", ")
        }
        other => other.to_string(),
    }
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

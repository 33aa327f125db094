//! The review of an alert as text: what was found here, why it is judged so, the lines, and what left this machine.

use ward_watch::review::{HitRow, Review};

use super::output;

/// Lines shown; `--json` gives all that the review holds.
const LINES_SHOWN: usize = 12;

/// The review for a person at a terminal.
pub fn text(review: &Review) -> String {
    let mut text = format!("{}\nFinding: {}\n", review.headline, review.finding.plain());
    for sentence in &review.because {
        text.push_str(&format!("  {sentence}\n"));
    }
    let proposed = review.proposal.rung.map_or("nothing", |rung| rung.plain());
    text.push_str(&format!(
        "The machine proposes: {proposed} ({})\nA person decides: ward watch confirm\n",
        review.proposal.why
    ));
    text.push_str(&format!(
        "\nLines here that match ({} in all, the first {LINES_SHOWN}; they stay on this machine):\n",
        review.hits_total
    ));
    for hit in review.hits.iter().take(LINES_SHOWN) {
        text.push_str(&format!("  {}\n", line(hit)));
    }
    text.push_str("\nWhat left this machine:\n");
    let left: Vec<_> = review.what_left.iter().filter(|answer| answer.sent_at.is_some()).collect();
    for answer in &left {
        let receipt =
            answer.receipt_number.map_or_else(|| "no receipt yet".to_owned(), |number| format!("receipt {number}"));
        let released = answer.released_by.clone().unwrap_or_else(|| "by itself".to_owned());
        text.push_str(&format!(
            "  {} answer of {} bytes: {} (released {released}; {receipt})\n",
            answer.sent_at.map(output::time).unwrap_or_default(),
            answer.body.len(),
            answer.finding
        ));
    }
    text.push_str(&format!("  {} answers, no log line\n", left.len()));
    text
}

fn line(hit: &HitRow) -> String {
    let time = hit.time.map_or_else(|| "no time".to_owned(), output::time);
    let (method, path) = (hit.method.as_deref().unwrap_or("-"), hit.path.as_deref().unwrap_or("-"));
    let status = hit.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let names = hit.query_names.as_deref().map(|names| format!(" ?{names}")).unwrap_or_default();
    format!(
        "{time}  {}  {method} {path}{names}  {status}  {}  [{}:{}]",
        hit.value,
        hit.signs.join(","),
        hit.file,
        hit.line
    )
}

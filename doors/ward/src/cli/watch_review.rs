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
    for (source, file) in &review.unreadable {
        text.push_str(&format!("  not searched in {source}: `{}`: {}\n", file.path, file.reason));
    }
    if review.hits_total > 0 {
        hits(review, &mut text);
    } else {
        text.push_str("\nNo line that is kept here matches.\n");
    }
    what_left(review, &mut text);
    text
}

/// What a person has to decide on.
fn hits(review: &Review, text: &mut String) {
    let proposed = review.proposal.rung.map_or("nothing", |rung| rung.plain());
    text.push_str(&format!(
        "The machine proposes: {proposed} ({})\nA person decides: `ward watch confirm {id} --rung …`, or `ward watch dismiss {id} --reason …` for a false alarm\n",
        review.proposal.why,
        id = review.report_id
    ));
    text.push_str(&format!(
        "\nLines here that match ({}; they stay on this machine):\n",
        match usize::try_from(review.hits_total) {
            Ok(total) if total <= LINES_SHOWN => format!("{total} in all"),
            _ => format!("the first {LINES_SHOWN} of {}", review.hits_total),
        }
    ));
    for hit in review.hits.iter().take(LINES_SHOWN) {
        text.push_str(&format!("  {}\n", line(hit)));
    }
}

fn what_left(review: &Review, text: &mut String) {
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
    text.push_str(&format!("  answers: {}, log lines: none\n", left.len()));
    for answer in review.what_left.iter().filter(|answer| answer.state == "held" && answer.of_ref == review.report_id) {
        text.push_str(&format!(
            "Waits here: {} ({}). Let it go: ward watch release {}\n",
            answer.finding, answer.held_because, answer.sighting_id
        ));
    }
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

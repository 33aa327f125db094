//! A brief that is verified as it was frozen, and again with one byte changed: each thing that does not hold is named.

use maud::{Markup, html};
use ward_brief::Verification;

use super::words::number;

/// Everything on the page.
pub struct Altered {
    /// Such as `Brief 1, Some Hub`.
    pub title: String,
    pub number: i64,
    /// Bytes of its JSON form.
    pub length: usize,
    /// Which byte was changed; the first is 1.
    pub place: usize,
    /// A byte was asked for that there is not.
    pub is_refused: bool,
    /// What stands around the byte.
    pub before: String,
    pub was: String,
    pub is: String,
    pub after: String,
    pub as_frozen: Verification,
    pub changed: Verification,
    pub program: String,
    /// The hub's folder.
    pub folder: String,
    /// The verifier key of the hub's log.
    pub key: String,
}

/// What comes under the heading.
pub fn altered(page: &Altered) -> Markup {
    html! {
        p.lead { "A frozen brief can be checked by a stranger: everything in it is computed again from its own data, and its data from the hub's record." }
        h2 { (page.title) ", as it is" }
        (verdict(&page.as_frozen))
        h2 #changed { "The same with one byte changed" }
        @if page.is_refused {
            div.box.look role="alert" { p { "There is no such byte: choose one from 1 to " (number(page.length as u64)) ". Byte " (number(page.place as u64)) " was changed." } }
        }
        p { "Byte " (number(page.place as u64)) " of " (number(page.length as u64)) " was " code { (page.was) } " and is now " code { (page.is) } ":" }
        pre tabindex="0" { (page.before) mark { (page.is) } (page.after) }
        (verdict(&page.changed))
        form.filter method="get" action="/demo/verify" {
            div {
                label for="byte" { "Which byte to change (1 to " (number(page.length as u64)) ")" }
                input #byte type="number" name="byte" min="1" max=(page.length) value=(page.place) required;
            }
            button { "Change this byte" }
        }
        h2 { "The same on a command line" }
        pre tabindex="0" {
            (page.program) " brief --dir " (page.folder) " --issue " (page.number) " --format json --out brief.json\n"
            (page.program) " brief verify brief.json --key '" (page.key) "'"
        }
        p { a href="/demo#step-7" { "Back to the guide" } }
    }
}

fn verdict(found: &Verification) -> Markup {
    html! {
        @if found.holds {
            div.box.done { p.lead { strong { "It holds." } } p { (found.vouched) } }
        } @else {
            div.box.stop {
                p.lead { strong { @if found.is_readable { "It does not hold:" } @else { "It cannot be read as a brief:" } } }
                ul { @for problem in &found.problems { li { (problem) } } }
            }
        }
    }
}

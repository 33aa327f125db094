//! Home: what needs the reader, as verbs.

use maud::{Markup, html};

/// What comes under the heading.
pub fn home() -> Markup {
    html! { p { a href="/alerts" { "Read the alerts" } } }
}

//! A page that only says one thing: what went wrong.

use maud::{Markup, html};

/// What is said of an error.
#[derive(Clone, Debug)]
pub struct Problem {
    pub title: &'static str,
    /// The reason, where the reader may know it.
    pub words: Option<String>,
    /// Under which the cause is in the server's log.
    pub error_id: Option<String>,
}

/// What comes under the heading.
pub fn problem(problem: &Problem) -> Markup {
    html! {
        div.box.stop role="alert" {
            @match (&problem.words, &problem.error_id) {
                (Some(words), _) => p { (words) },
                (None, Some(id)) => p { "It is not your fault, and nothing was changed. Tell the administrator this number: " code { (id) } },
                (None, None) => p { "There is nothing for you under this address. It may have been withdrawn, or it is not yours to see." },
            }
        }
        p { a href="/" { "Go to your home page" } }
    }
}

/// What stands where something will be.
pub fn nothing_yet(words: &str) -> Markup {
    html! { p { (words) } }
}

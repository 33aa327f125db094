//! The page that signs in.

use maud::{Markup, html};

use super::demo::{Person, sign_in_fields};
use super::words::time;

/// What the page is about.
pub struct SignIn {
    pub token: String,
    /// Where to go on to.
    pub next: String,
    /// The address that was given before, to be given again.
    pub email: String,
    /// Why the last try did not succeed.
    pub problem: Option<Problem>,
    /// In a demonstration, whom one can sign in as by a button; the one who is meant first.
    pub people: Vec<Person>,
}

/// Why somebody is not signed in.
#[derive(Clone, Copy)]
pub enum Problem {
    Wrong,
    /// Until when no password is looked at, in microseconds UTC.
    Wait {
        until: i64,
    },
}

/// What comes under the heading.
pub fn sign_in(page: &SignIn) -> Markup {
    html! {
        @if let Some(problem) = page.problem {
            div.box.stop role="alert" {
                h2 { "There is a problem" }
                @match problem {
                    Problem::Wrong => p { a href="#email" { "The e-mail address or the password is not right." } },
                    Problem::Wait { until } => p { "Too many wrong passwords were given for this address. Try again after " (time(until)) ". A computer on which you have signed in before need not wait for others." },
                }
            }
        }
        (invented(page))
        form method="post" action="/sign-in" {
            input type="hidden" name="form_token" value=(page.token);
            input type="hidden" name="next" value=(page.next);
            label for="email" { "E-mail address" }
            input #email type="email" name="email" value=(page.email) autocomplete="username" required;
            label for="password" { "Password" }
            input #password type="password" name="password" autocomplete="current-password" required;
            div.actions { button { "Sign in" } }
        }
        p.hint { "What you do here that has consequences is kept in this office's record with your name." }
        p.hint { "No password yet, or forgotten? Ask the administrator for a new invitation link." }
    }
}

/// The invented people of a demonstration.
fn invented(page: &SignIn) -> Markup {
    let Some((first, others)) = page.people.split_first() else { return html! {} };
    let button = |person: &Person, class: Option<&str>| {
        html! {
            form.go method="post" action="/sign-in" {
                (sign_in_fields(person, &page.next))
                button class=[class] { (person.name) ", " (person.is) }
            }
        }
    };
    html! {
        p { "This is a reconstruction: everybody here is invented. Their password is no secret; it is " code { (first.password) } "." }
        h2 { "Sign in as" }
        (button(first, None))
        @for person in others { (button(person, Some("second"))) }
        h2 { "Or by hand" }
    }
}

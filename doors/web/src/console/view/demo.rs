//! The guide through a demonstration: steps in order, each with one sentence of why, its figures as they are now, and one button.

use maud::{Markup, html};
use ward_share::situation::Standing;

use super::standing::{meaning, standing};
use super::words::{answers_in_versions, count, time};
use crate::console::session::percent_encoded;

/// Everything on the page.
pub struct Guide {
    pub hub: String,
    pub report_id: String,
    pub headline: String,
    pub published_at: i64,
    /// Addresses and the like that the alert names.
    pub indicators: usize,
    /// What the alert asks to be done.
    pub steps: Vec<String>,
    pub asked: usize,
    /// Of those asked: has the alert.
    pub delivered: usize,
    pub answered: usize,
    /// Offices by standing; all of them together are `offices`.
    pub totals: Vec<(Standing, usize)>,
    pub offices: usize,
    pub breached: Option<Breached>,
    pub blind: Option<Blind>,
    /// Frozen.
    pub brief: Option<Brief>,
    /// The invented people of the hub: who draws the alert up, and who reads it in an office.
    pub analyst: Person,
    pub clerk: Option<Person>,
    /// Of the hub: reads the brief.
    pub director: Option<Person>,
    /// The other installations: what each is, and its address.
    pub places: Vec<(String, String)>,
    pub try_out: TryOut,
}

/// An invented person, as a button signs them in.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    /// Such as `clerk of Georgia`.
    pub is: String,
    pub email: String,
    pub password: String,
    /// The token of the form that signs in.
    pub token: String,
}

/// The office where somebody got in.
pub struct Breached {
    pub name: String,
    pub organisation_id: String,
    pub standing: Standing,
    /// Answers that came from there, and all their versions.
    pub answers: usize,
    pub versions: usize,
    /// The address of its own node's sign-in page, for the person who looks after it.
    pub url: String,
}

/// An office whose logs could not have shown it.
pub struct Blind {
    pub name: String,
    pub organisation_id: String,
    /// In its own words.
    pub because: String,
    /// How many offices are blind.
    pub offices: usize,
}

/// A frozen brief.
pub struct Brief {
    pub number: i64,
    pub figures: Vec<Figure>,
}

/// A figure of it, with how many reported.
pub struct Figure {
    pub name: String,
    pub value: String,
    pub reporting: usize,
    pub of: usize,
}

/// Commands for the visitor's own log.
pub struct TryOut {
    pub program: String,
    pub indicators: String,
    /// The folder of the invented logs.
    pub logs: String,
}

/// What comes under the heading.
pub fn guide(page: &Guide) -> Markup {
    let steps = [
        published(page),
        clerk(page),
        filling(page),
        page.breached.as_ref().map(|breached| at_home(page, breached)),
        page.blind.as_ref().map(|blind| no_all_clear(page, blind)),
        leaders(page),
        page.brief.as_ref().map(one_byte),
        Some(own_log(&page.try_out)),
    ];
    html! {
        p.lead { "A hub and its " (count(page.offices, "member", "members")) " have just played June 2016 to 3 May 2018, each with its own Ward and its own logs. Follow the steps; it takes two minutes." }
        p { "Every person here is invented, and so is every log line. A button signs you in as the person it names. The way back to this page is in the yellow bar." }
        @for (step, place) in steps.into_iter().flatten().zip(1_u8..) {
            section.step { h2 id={ "step-" (place) } { (place) ". " (step.title) } (step.body) }
        }
        section.step {
            h2 { "Look around" }
            ul {
                li { a href="/sign-in" { (page.hub) } ", the hub" }
                @for (what, address) in &page.places { li { a href=(address) { (what) } } }
            }
        }
    }
}

/// A step under its heading.
struct Step {
    title: String,
    body: Markup,
}

fn step(title: impl Into<String>, body: Markup) -> Option<Step> {
    Some(Step { title: title.into(), body })
}

/// A button that signs in and goes on to a page.
fn go(person: &Person, next: &str, what: &str) -> Markup {
    html! {
        form.go method="post" action="/sign-in" {
            (sign_in_fields(person, next))
            button { (what) } " " span.quiet { "as " (person.name) ", " (person.is) }
        }
    }
}

/// What the form that signs in is sent for an invented person, whose password is no secret.
pub fn sign_in_fields(person: &Person, next: &str) -> Markup {
    html! {
        input type="hidden" name="form_token" value=(person.token);
        input type="hidden" name="next" value=(next);
        input type="hidden" name="email" value=(person.email);
        input type="hidden" name="password" value=(person.password);
    }
}

fn published(page: &Guide) -> Option<Step> {
    let body = html! {
        p { "In 2016 states waited 400 days to hear that somebody had tried their doors. Here one alert, signed by two people, reaches every office at once." }
        ul {
            li { (figure(page, "/alerts/", "", count(page.indicators, "address", "addresses"))) " to look for" }
            li { (figure(page, "/alerts/", "#answers", format!("{} of {}", page.delivered, page.asked))) " offices have the alert" }
            li { "Published " (time(page.published_at)) }
        }
        (go(&page.analyst, &format!("/alerts/{}", page.report_id), "Read the alert"))
    };
    step(format!("August 2016: {} names {}", page.hub, count(page.indicators, "address", "addresses")), body)
}

fn clerk(page: &Guide) -> Option<Step> {
    let person = page.clerk.as_ref()?;
    let body = html! {
        p { "Most election offices have no security team, so the alert says in plain words what to do today:" }
        ol { @for one in &page.steps { li { (one) } } }
        (go(person, &format!("/alerts/{}", page.report_id), "See it as a clerk does"))
    };
    step(format!("\"{}\"", page.headline), body)
}

fn filling(page: &Guide) -> Option<Step> {
    let confirmed: usize =
        page.totals.iter().filter(|(one, _)| matches!(one, Standing::Confirmed(_))).map(|(_, offices)| offices).sum();
    let body = html! {
        p { "Each office searched its own logs and answered; a match counts only when a named person there has said what it was." }
        p { strong { (figure(page, "/situation?alert=", "", format!("{} of {}", page.answered, page.asked))) " offices have answered; " (figure(page, "/situation?alert=", "&sort=standing&order=down#table", count(confirmed, "office", "offices"))) " confirmed that they were touched." } }
        ul { @for (one, offices) in page.totals.iter().rev() {
            li { (figure(page, "/situation?alert=", &format!("&standing={}", one.word()), format!("{offices} of {}", page.offices))) " " (standing(*one)) ": " (meaning(*one)) }
        } }
        (go(&page.analyst, &format!("/situation?alert={}", page.report_id), "See the situation"))
    };
    step("The situation fills, and silence is not an answer", body)
}

fn at_home(page: &Guide, breached: &Breached) -> Step {
    let body = html! {
        p { "The log lines stay where they were written: what left " (breached.name) " is " strong { (figure(page, "/alerts/", &format!("/answers/{}#earlier", breached.organisation_id), answers_in_versions(breached.answers, breached.versions))) ", no log line" } "." }
        p { (breached.name) " says: " (standing(breached.standing)) ". Its own people see the lines behind that; nobody else can." }
        p.go { a.button href=(format!("{}&next={}", breached.url, percent_encoded(&format!("/alerts/{}/review", page.report_id)))) { "See the lines on its own machine" } " "
            span.quiet { "another Ward, on another port: it asks you to sign in there" } }
        p { a href=(format!("{}&next={}", breached.url, percent_encoded(&format!("/alerts/{}#own", page.report_id)))) { "See exactly what left that machine" } }
    };
    Step { title: format!("{} looks at its own lines", breached.name), body }
}

fn no_all_clear(page: &Guide, blind: &Blind) -> Step {
    let next = format!("/alerts/{}/answers/{}", page.report_id, blind.organisation_id);
    let body = html! {
        p { (blind.name) " searched and found nothing, and that is no all-clear: its logs could not have shown it. A square that hides this would be worse than none." }
        p { "It says why: " q { (blind.because) } ". "
            (figure(page, "/situation?alert=", "&standing=blind", format!("{} of {}", blind.offices, page.offices))) " offices are blind." }
        (go(&page.analyst, &next, "See the answer behind the square"))
    };
    Step { title: format!("{} found nothing, and is blind", blind.name), body }
}

fn leaders(page: &Guide) -> Option<Step> {
    let (brief, person) = (page.brief.as_ref()?, page.director.as_ref()?);
    let body = html! {
        p { "On 3 May 2018 the people who decide met. This is the one page that they could have had, each figure with its definition and with how many of how many reported:" }
        ul { @for figure in &brief.figures { li { (figure.name) ": " strong { a href=(format!("/brief/{}", brief.number)) { (figure.value) } } " (" (figure.reporting) " of " (figure.of) " reporting)" } } }
        (go(person, &format!("/brief/{}", brief.number), "Read the brief"))
    };
    step("The brief: one page for those who decide", body)
}

fn one_byte(brief: &Brief) -> Step {
    let body = html! {
        p { "The brief is frozen as number " (brief.number) " and its entry stands in the hub's record, so that anybody can find out whether a figure was changed later, without trusting the hub." }
        p.go { a.button href="/demo/verify" { "Verify it, and change one byte" } " " span.quiet { "nobody signs in for that" } }
    };
    Step { title: "Change one byte, and it does not hold".to_owned(), body }
}

fn own_log(try_out: &TryOut) -> Step {
    let (program, indicators) = (&try_out.program, &try_out.indicators);
    let body = html! {
        p { "The same search works on any web server's log, without a hub and without sending anything. Try it on the invented logs first:" }
        pre tabindex="0" { (program) " watch match --indicators " (indicators) " " (try_out.logs) "/* | tail" }
        p { "Then on your own log, in place of the last part:" }
        pre tabindex="0" { (program) " watch match --indicators " (indicators) " /var/log/nginx/access.log" }
        p { "Search the same logs often? Keep them as an archive once, then each search takes moments:" }
        pre tabindex="0" {
            (program) " watch archive " (try_out.logs) "/* --to my-archive\n"
            (program) " watch lookback --indicators " (indicators) " --archive my-archive"
        }
    };
    Step { title: "Your turn: your own log".to_owned(), body }
}

/// A figure that leads to what makes it.
fn figure(page: &Guide, before: &str, after: &str, words: impl maud::Render) -> Markup {
    html! { a href=(format!("{before}{}{after}", page.report_id)) { (words) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_inert() {
        let hostile = || "<script>alert(1)</script>\"'&".to_owned();
        let person = Person { name: hostile(), is: hostile(), email: hostile(), password: hostile(), token: hostile() };
        let figure = Figure { name: hostile(), value: hostile(), reporting: 1, of: 2 };
        let page = guide(&Guide {
            hub: hostile(),
            report_id: hostile(),
            headline: hostile(),
            published_at: 0,
            indicators: 1,
            steps: vec![hostile()],
            asked: 2,
            delivered: 1,
            answered: 1,
            totals: vec![(Standing::NoAnswerYet, 1), (Standing::Blind, 1)],
            offices: 2,
            breached: Some(Breached {
                name: hostile(),
                organisation_id: hostile(),
                standing: Standing::Blind,
                answers: 1,
                versions: 1,
                url: hostile(),
            }),
            blind: Some(Blind { name: hostile(), organisation_id: hostile(), because: hostile(), offices: 1 }),
            brief: Some(Brief { number: 1, figures: vec![figure] }),
            analyst: person.clone(),
            clerk: Some(person.clone()),
            director: Some(person),
            places: vec![(hostile(), hostile())],
            try_out: TryOut { program: hostile(), indicators: hostile(), logs: hostile() },
        });
        let page = page.into_string();
        assert!(!page.contains("<script") && !page.contains("\"'&\""), "{page}");
        assert_eq!(page.matches("<section").count(), 9, "eight steps, and where to look around");
    }
}

//! The page on which an office lets other members see its name, or takes it back, and what is said of the name elsewhere.

use maud::{Markup, html};
use ward_stix::answer::Finding;
use ward_watch::name::{Beside, MILDEST, NameSaid, Next};

/// Everything on the page.
pub struct NamePage {
    pub report_id: String,
    pub headline: String,
    pub office: String,
    /// What was said of the name last.
    pub said: Option<NameSaid>,
    /// What the answer says now.
    pub finding: Finding,
    /// The finding, as the form carries it.
    pub beside: String,
    pub token: String,
}

/// What comes under the heading.
pub fn name(page: &NamePage) -> Markup {
    let released = page.said.as_ref().filter(|said| said.is_released);
    let outgrown = released.filter(|said| !said.lets(page.finding));
    html! {
        p.lead { "About: " a href=(format!("/alerts/{}", page.report_id)) { (page.headline) } }
        p { "Your answer says now: " strong { (page.finding.plain()) } "." }
        @if let Some(said) = outgrown {
            div.box.look { p { (goes_without(said)) } }
        }
        @if released.is_some() && outgrown.is_none() {
            p { "Other members of the hub may see that this answer is from " strong { (page.office) } "." }
        } @else {
            p { "The hub knows whose answer this is. Other members see only how many offices stand where, not which." }
            p { "If you release your name, they see " strong { (page.office) } " and where you stand, and nothing else: no figures, no sources, no names of people. Should your answer ever say more than now, your name does not go with it until you release it again." }
            (form(page, "release", if outgrown.is_some() { "Let other members see our name with this too" } else { "Let other members see our name" }))
        }
        @if released.is_some() {
            p { "If you take the name back they see it no more from then on; the answer without it leaves at once, as it stands now. Who has seen it already has seen it." }
            (form(page, "withdraw", "Take our name back"))
        }
        p { a href=(format!("/alerts/{}", page.report_id)) { "Change nothing" } }
    }
}

fn form(page: &NamePage, choice: &str, button: &str) -> Markup {
    html! {
        form method="post" action=(format!("/alerts/{}/name", page.report_id)) {
            input type="hidden" name="form_token" value=(page.token);
            input type="hidden" name="name" value=(choice);
            input type="hidden" name="beside" value=(page.beside);
            @if choice == "release" {
                div.choice { input type="checkbox" id="leaves" name="leaves" value="yes" checked; label for="leaves" { "Send the answer that says so now. Otherwise it leaves as this office has set." } }
            }
            p { "Your name goes with the answer, and this stands in the record." }
            div.actions { button { (button) } }
        }
    }
}

/// A name that was released beside something milder.
fn goes_without(said: &NameSaid) -> String {
    format!(
        "{} let other members see this office's name when the answer said \"{}\". It says more now, so the name does not go with it unless somebody releases it again.",
        said.person,
        said.beside.plain()
    )
}

/// Whether other members see the office's name: by what the hub has, not by what was said here.
pub fn name_at_the_hub(beside: Beside, said: Option<&NameSaid>, finding: Option<Finding>) -> String {
    let released = said.filter(|said| said.is_released);
    let lets = released.filter(|said| said.lets(finding.unwrap_or(MILDEST)));
    let outgrown = if lets.is_none() { released.map(|said| format!(" {}", goes_without(said))) } else { None };
    let outgrown = outgrown.unwrap_or_default();
    match (beside.is_shown, lets) {
        (true, Some(said)) => {
            format!("Other members may see this office's name beside its answer: {} let them.", said.person)
        }
        (true, None) => {
            let next = match beside.next {
                Some(Next::Held) => "The answer without it waits here to be released.",
                Some(Next::OnItsWay) => "The answer without it is on its way to the hub.",
                None => "The hub has taken no answer without it.",
            };
            format!("Other members still see this office's name, beside the answer that the hub has. {next}{outgrown}")
        }
        (false, Some(said)) => {
            let next = match beside.next {
                Some(Next::Held) => "the answer that says so waits here to be released",
                Some(Next::OnItsWay) => "the answer that says so is on its way to the hub",
                None => "the hub has taken no answer that says so",
            };
            format!("Only the hub sees yet whose answer it is. {} released the name: {next}.", said.person)
        }
        (false, None) => {
            format!("Only the hub sees whose answer it is. Other members see only counts.{outgrown}")
        }
    }
}

/// What is said of the name where a person checks their word about a match; nothing where the name was not released or goes along.
pub fn name_with_word(said: Option<&NameSaid>, word: Option<Finding>) -> Option<String> {
    let said = said.filter(|said| said.is_released)?;
    match word {
        Some(finding) if said.lets(finding) => None,
        Some(_) => Some(format!(
            "Your office's name does not go with this: it was released when the answer said \"{}\". To let other members see it with this too, release it again afterwards.",
            said.beside.plain()
        )),
        // What the answer says after a false alarm is known only when it is made.
        None if said.lets(Finding::Blind) => None,
        None => Some(format!(
            "Your office's name goes with the answer only if that says no more than \"{}\". Otherwise, release it again afterwards.",
            said.beside.plain()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_the_hub_has() {
        let said = |is_released| NameSaid { is_released, beside: Finding::NotSeen, person: "Ida".to_owned(), at: 0 };
        let (released, back) = (said(true), said(false));
        for (is_shown, next, said, finding, words) in [
            (
                false,
                None,
                None,
                Finding::NotSeen,
                "Only the hub sees whose answer it is. Other members see only counts.",
            ),
            (
                true,
                None,
                Some(&released),
                Finding::NotSeen,
                "Other members may see this office's name beside its answer: Ida",
            ),
            (false, Some(Next::Held), Some(&released), Finding::NotSeen, "answer that says so waits here"),
            (false, Some(Next::OnItsWay), Some(&released), Finding::NotSeen, "answer that says so is on its way"),
            (false, None, Some(&released), Finding::NotSeen, "the hub has taken no answer that says so"),
            (true, Some(Next::OnItsWay), Some(&back), Finding::NotSeen, "Other members still see this office's name"),
            (
                true,
                Some(Next::OnItsWay),
                Some(&back),
                Finding::NotSeen,
                "The answer without it is on its way to the hub.",
            ),
            (
                true,
                Some(Next::Held),
                Some(&released),
                Finding::Blind,
                "The answer without it waits here to be released. Ida let",
            ),
            (true, None, Some(&back), Finding::NotSeen, "The hub has taken no answer without it."),
            (
                false,
                None,
                Some(&released),
                Finding::MatchUnderReview,
                "It says more now, so the name does not go with it",
            ),
            (false, None, Some(&back), Finding::MatchUnderReview, "Other members see only counts."),
        ] {
            let found = name_at_the_hub(Beside { is_shown, next }, said, Some(finding));
            assert!(found.contains(words), "{words}: {found}");
        }
    }

    #[test]
    fn a_word_says_when_the_name_stays_behind() {
        let said = |beside| NameSaid { is_released: true, beside, person: "Ida".to_owned(), at: 0 };
        let words = |beside, word| name_with_word(Some(&said(beside)), word);
        let attempted = Finding::Confirmed(ward_stix::answer::Rung::Attempted);
        assert!(
            words(Finding::MatchUnderReview, Some(attempted)).is_some_and(|words| words.contains("does not go with"))
        );
        assert_eq!(words(attempted, Some(attempted)), None);
        assert_eq!(words(attempted, None), None, "a false alarm is milder");
        assert!(words(Finding::NotSeen, None).is_some_and(|words| words.contains("only if")));
        assert_eq!(name_with_word(None, Some(attempted)), None);
    }
}

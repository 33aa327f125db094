//! The page on which an office lets other members see its name, or takes it back.

use maud::{Markup, html};

/// Everything on the page.
pub struct NamePage {
    pub report_id: String,
    pub headline: String,
    pub office: String,
    pub is_released: bool,
    pub token: String,
}

/// What comes under the heading.
pub fn name(page: &NamePage) -> Markup {
    let (choice, button) = match page.is_released {
        false => ("release", "Let other members see our name"),
        true => ("withdraw", "Take our name back"),
    };
    html! {
        p.lead { "About: " a href=(format!("/alerts/{}", page.report_id)) { (page.headline) } }
        @if page.is_released {
            p { "Other members of the hub may see that this answer is from " strong { (page.office) } ". If you take the name back they see it no more from then on. Who has seen it already has seen it." }
        } @else {
            p { "The hub knows whose answer this is. Other members see only how many offices stand where, not which." }
            p { "If you release your name, they see " strong { (page.office) } " and where you stand, and nothing else: no figures, no sources, no names of people." }
        }
        form method="post" action=(format!("/alerts/{}/name", page.report_id)) {
            input type="hidden" name="form_token" value=(page.token);
            input type="hidden" name="name" value=(choice);
            div.choice { input type="checkbox" id="leaves" name="leaves" value="yes" checked; label for="leaves" { "Send the answer that says so now. Otherwise it leaves as this office has set." } }
            p { "Your name goes with the answer, and this stands in the record." }
            div.actions { button { (button) } a href=(format!("/alerts/{}", page.report_id)) { "Change nothing" } }
        }
    }
}

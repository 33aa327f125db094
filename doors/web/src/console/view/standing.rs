//! Where an office stands, always as word, shape and colour together: one ladder everywhere.

use maud::{Markup, html};
use ward_share::situation::Standing;
use ward_stix::answer::Rung;

/// Every standing, from what is least known to what is worst.
pub const ALL: [Standing; 12] = Standing::ALL;

/// The class that colours it.
pub fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::NotAsked => "not-asked",
        Standing::NoAnswerYet => "waiting",
        Standing::Blind => "blind",
        Standing::PartlySearched => "partly",
        Standing::NotSeen => "not-seen",
        Standing::MatchUnderReview => "review",
        Standing::Confirmed(Rung::Scanned) => "rung-1",
        Standing::Confirmed(Rung::Attempted) => "rung-2",
        Standing::Confirmed(Rung::Accessed) => "rung-3",
        Standing::Confirmed(Rung::DataTaken) => "rung-4",
        Standing::Confirmed(Rung::DataChanged) => "rung-5",
        Standing::Confirmed(Rung::TallySystemTouched) => "rung-6",
    }
}

/// A word that fits on a tile.
pub fn short(standing: Standing) -> &'static str {
    match standing {
        Standing::NotAsked => "not asked",
        Standing::NoAnswerYet => "no answer",
        Standing::Blind => "blind",
        Standing::PartlySearched => "partly",
        Standing::NotSeen => "not seen",
        Standing::MatchUnderReview => "in review",
        Standing::Confirmed(Rung::Scanned) => "scanned",
        Standing::Confirmed(Rung::Attempted) => "attempted",
        Standing::Confirmed(Rung::Accessed) => "accessed",
        Standing::Confirmed(Rung::DataTaken) => "taken",
        Standing::Confirmed(Rung::DataChanged) => "changed",
        Standing::Confirmed(Rung::TallySystemTouched) => "tally",
    }
}

/// What it means, in one sentence.
pub fn meaning(standing: Standing) -> &'static str {
    match standing {
        Standing::NotAsked => "The alert was not addressed to this office. Nothing is known.",
        Standing::NoAnswerYet => "Asked, and silent so far. Silence is no all-clear.",
        Standing::Blind => "The office answered that its logs could not have shown it. No all-clear.",
        Standing::PartlySearched => "Nothing found in what could be searched; the rest could not be. No all-clear.",
        Standing::NotSeen => "The logs cover the whole period and do not hold it.",
        Standing::MatchUnderReview => "Something matched; a person of that office has yet to say what it was.",
        Standing::Confirmed(Rung::Scanned) => "Confirmed by a person there: someone looked for a way in.",
        Standing::Confirmed(Rung::Attempted) => "Confirmed: someone tried to get in.",
        Standing::Confirmed(Rung::Accessed) => "Confirmed: someone got in.",
        Standing::Confirmed(Rung::DataTaken) => "Confirmed: someone took data.",
        Standing::Confirmed(Rung::DataChanged) => "Confirmed: someone changed data.",
        Standing::Confirmed(Rung::TallySystemTouched) => "Confirmed: a system that counts votes was touched.",
    }
}

/// The shape in a square of 16 by 16: none, dots, a barred circle, a half circle, a circle, a question, and 1 to 6 of six bars.
pub fn shape(standing: Standing) -> Markup {
    html! {
        @match standing {
            Standing::NotAsked => path d="M4 8h8" {},
            Standing::NoAnswerYet => { circle.full cx="3" cy="8" r="1" {} circle.full cx="8" cy="8" r="1" {} circle.full cx="13" cy="8" r="1" {} },
            Standing::Blind => { circle cx="8" cy="8" r="6" {} path d="M4 12L12 4" {} },
            Standing::PartlySearched => { circle cx="8" cy="8" r="6" {} path.full d="M8 2a6 6 0 0 0 0 12z" {} },
            Standing::NotSeen => circle cx="8" cy="8" r="6" {},
            Standing::MatchUnderReview => { path d="M4.5 5.5a3.5 3.5 0 1 1 5 3.2c-1 .5-1.5 1-1.5 2.3" {} circle.full cx="8" cy="14" r=".8" {} },
            Standing::Confirmed(rung) => (ladder(rung)),
        }
    }
}

/// Six bars of growing height, as many of them full as the rung is high; the others are only begun.
fn ladder(rung: Rung) -> Markup {
    html! {
        @for (one, place) in Rung::ALL.into_iter().zip(0_u8..) {
            @let height = if one <= rung { 4 + 2 * place } else { 2 };
            rect class=(if one <= rung { "bar" } else { "bar off" }) x=(f32::from(place) * 2.7) y=(15 - height) width="2" height=(height) {}
        }
    }
}

/// The standing in a line of text.
pub fn standing(standing: Standing) -> Markup {
    html! {
        span.standing {
            svg viewBox="0 0 16 16" aria-hidden="true" focusable="false" { g.mark { (shape(standing)) } }
            (standing.plain())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_standing_has_its_own_word_shape_and_colour() {
        let distinct = |of: fn(Standing) -> String| ALL.into_iter().map(of).collect::<BTreeSet<_>>().len();
        assert_eq!(distinct(|one| class(one).to_owned()), ALL.len());
        assert_eq!(distinct(|one| short(one).to_owned()), ALL.len());
        assert_eq!(distinct(|one| shape(one).into_string()), ALL.len());
        assert_eq!(distinct(|one| meaning(one).to_owned()), ALL.len());
        assert!(ALL.into_iter().all(|one| short(one).len() <= 9), "a tile has room for nine letters");
    }
}

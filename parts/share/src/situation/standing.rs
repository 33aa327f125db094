//! Where an organisation stands: one ladder, with its words for people, for addresses and in the columns of answers.

use serde::{Deserialize, Serialize};
use ward_stix::answer::{Finding, Rung};
use ward_store::StoreError;

use crate::sql::answers::AnswerRow;

/// Where an organisation stands with an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Not addressed, and no answer.
    NotAsked,
    /// Silence. Nothing is known.
    NoAnswerYet,
    Blind,
    PartlySearched,
    NotSeen,
    MatchUnderReview,
    Confirmed(Rung),
}

impl Standing {
    /// Every standing, from what is least known to what is worst.
    pub const ALL: [Standing; 12] = [
        Standing::NotAsked,
        Standing::NoAnswerYet,
        Standing::Blind,
        Standing::PartlySearched,
        Standing::NotSeen,
        Standing::MatchUnderReview,
        Standing::Confirmed(Rung::Scanned),
        Standing::Confirmed(Rung::Attempted),
        Standing::Confirmed(Rung::Accessed),
        Standing::Confirmed(Rung::DataTaken),
        Standing::Confirmed(Rung::DataChanged),
        Standing::Confirmed(Rung::TallySystemTouched),
    ];

    /// The form for people, such as `partly searched` or `confirmed: accessed`.
    #[must_use]
    pub fn plain(self) -> String {
        match self {
            Standing::NotAsked => "not asked".to_owned(),
            Standing::NoAnswerYet => "no answer yet".to_owned(),
            Standing::Blind => Finding::Blind.plain(),
            Standing::PartlySearched => Finding::PartlySearched.plain(),
            Standing::NotSeen => Finding::NotSeen.plain(),
            Standing::MatchUnderReview => Finding::MatchUnderReview.plain(),
            Standing::Confirmed(rung) => Finding::Confirmed(rung).plain(),
        }
    }

    /// The form in addresses, such as `partly-searched` or `confirmed-data-taken`.
    #[must_use]
    pub fn word(self) -> String {
        self.plain().replace(": ", "-").replace(' ', "-")
    }

    /// The standing of that word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Standing> {
        Standing::ALL.into_iter().find(|one| one.word() == word)
    }

    /// What it counts for when it is doubted whether it covers what was asked.
    pub(crate) fn doubted(self, is_doubted: bool) -> Standing {
        if is_doubted && self == Standing::NotSeen { Standing::PartlySearched } else { self }
    }

    /// Its place among all, from 0.
    #[must_use]
    pub fn step(self) -> i64 {
        Standing::ALL.into_iter().zip(0..).find(|(one, _)| *one == self).map_or(0, |(_, step)| step)
    }

    /// How much an answer that says so weighs among several for one office: what was confirmed, by how far it went, then a match, then the
    /// lesser coverage. Nobody's "not seen" hides that somebody else could not look.
    pub(crate) fn weight(self) -> u8 {
        match self {
            Standing::NotAsked | Standing::NoAnswerYet | Standing::NotSeen => 0,
            Standing::Blind => 1,
            Standing::PartlySearched => 2,
            Standing::MatchUnderReview => 3,
            Standing::Confirmed(Rung::Scanned) => 4,
            Standing::Confirmed(Rung::Attempted) => 5,
            Standing::Confirmed(Rung::Accessed) => 6,
            Standing::Confirmed(Rung::DataTaken) => 7,
            Standing::Confirmed(Rung::DataChanged) => 8,
            Standing::Confirmed(Rung::TallySystemTouched) => 9,
        }
    }

    /// From the columns of an answer, if there is one.
    pub(crate) fn of_columns(
        finding: Option<&str>,
        rung: Option<&str>,
        is_asked: bool,
    ) -> Result<Standing, StoreError> {
        let unknown = || StoreError::Record(format!("`{finding:?}` with `{rung:?}` is no finding"));
        match (finding, is_asked) {
            (None, false) => Ok(Standing::NotAsked),
            (None, true) => Ok(Standing::NoAnswerYet),
            (Some("confirmed"), _) => rung.and_then(Rung::of_text).map(Standing::Confirmed).ok_or_else(unknown),
            (Some(finding), _) => Standing::of_word(finding).ok_or_else(unknown),
        }
    }
}

/// Where an office stands by this answer at a time: a "not seen" that was doubted by then is "partly searched".
pub(crate) fn of_answer(row: &AnswerRow, as_of: i64) -> Result<Standing, StoreError> {
    let found = Standing::of_columns(Some(&row.finding), row.rung.as_deref(), true)?;
    Ok(found.doubted(row.doubted_at.is_some_and(|at| at <= as_of)))
}

impl From<Finding> for Standing {
    fn from(finding: Finding) -> Standing {
        match finding {
            Finding::NotSeen => Standing::NotSeen,
            Finding::PartlySearched => Standing::PartlySearched,
            Finding::Blind => Standing::Blind,
            Finding::MatchUnderReview => Standing::MatchUnderReview,
            Finding::Confirmed(rung) => Standing::Confirmed(rung),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_columns_name_each_standing() {
        for (one, step) in Standing::ALL.into_iter().zip(0..) {
            assert_eq!(Standing::of_word(&one.word()), Some(one));
            assert_eq!(one.step(), step);
        }
        assert_eq!(Standing::Confirmed(Rung::DataTaken).word(), "confirmed-data-taken");
        assert_eq!(Standing::of_columns(Some("blind"), None, false).unwrap(), Standing::Blind);
        let confirmed = Standing::of_columns(Some("confirmed"), Some("tally-system-touched"), true).unwrap();
        assert_eq!(confirmed, Standing::Confirmed(Rung::TallySystemTouched));
        assert!(Standing::of_columns(Some("confirmed"), None, true).is_err());
        assert!(Standing::of_columns(Some("all clear"), None, true).is_err());
    }
}

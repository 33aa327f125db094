//! All lists together: which of an indicator's values stand on which.

use ward_stix::term::Term;
use ward_stix::timestamp::format_micros;

use crate::list::WarningList;
use crate::rules::{DAY, LIST_FRESH_DAYS};

/// A value that stands on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What is listed, as people write it.
    pub value: String,
    /// The list's name.
    pub list: String,
    /// Why that says little, in plain words; may be empty.
    pub why: String,
    /// For which day the list is right.
    pub as_of: Option<i64>,
}

/// Lists to be asked.
#[derive(Clone, Debug, Default)]
pub struct Lists(Vec<WarningList>);

impl Lists {
    /// Of two lists with one name the later one counts: an owner renews what the program carries.
    pub fn new(lists: impl IntoIterator<Item = WarningList>) -> Self {
        let mut kept: Vec<WarningList> = Vec::new();
        for list in lists {
            kept.retain(|known| known.name != list.name);
            kept.push(list);
        }
        Self(kept)
    }

    /// The lists, in order.
    pub fn iter(&self) -> impl Iterator<Item = &WarningList> {
        self.0.iter()
    }

    /// What of these terms stands on which list.
    pub fn of(&self, terms: &[Term]) -> Vec<Listed> {
        let listed = |term: &Term| {
            self.0
                .iter()
                .filter(|list| list.holds(term))
                .map(|list| Listed {
                    value: term.text(),
                    list: list.name.clone(),
                    why: list.why.clone(),
                    as_of: list.as_of,
                })
                .collect::<Vec<_>>()
        };
        terms.iter().flat_map(listed).collect()
    }
}

/// How many days old a list is; none where it bears no date.
pub fn age_days(as_of: Option<i64>, now: i64) -> Option<i64> {
    as_of.map(|as_of| (now - as_of).max(0) / DAY)
}

/// What is to be said of a list's age: that it is old, or bears no date. None for a fresh one.
pub fn staleness(as_of: Option<i64>, now: i64) -> Option<String> {
    match (as_of, age_days(as_of, now)) {
        (Some(as_of), Some(days)) if days > LIST_FRESH_DAYS => Some(format!("of {}, {days} days old", date(as_of))),
        (Some(_), _) => None,
        (None, _) => Some("which bears no date".to_owned()),
    }
}

/// The day of a time.
pub fn date(micros: i64) -> String {
    format_micros(micros).chars().take(10).collect()
}

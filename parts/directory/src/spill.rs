//! The spill guard for what people write: who writes classified information into a field learns it at once, and nothing of it is kept.
//!
//! The record says only that it happened, where and how often. Every verb that takes words of a person asks here before it keeps any. About a person
//! there is besides no field for a social security number, a birth date or a birth place; the nomination form DHS 9014 asks not to send them either.

use serde::Serialize;
use serde_json::json;
use ward_stix::marking::spill;
use ward_store::{Act, StoreError};

use crate::{DirectoryError, Here, Who};

/// What somebody is told whose words were refused.
const REFUSED: &str = "What you wrote is marked as classified. Nothing of it was kept. Classified information does not belong here, also not by mistake: tell your security officer.";

/// What forms about people say.
pub const NOT_HERE: &str = "Do not enter a social security number, a date of birth or a place of birth.";

/// Labels of what is not kept, in lower case with single blanks.
const LABELS: [&str; 12] = [
    "social security",
    "soc sec",
    "date of birth",
    "birth date",
    "birthdate",
    "place of birth",
    "birth place",
    "birthplace",
    "birthday",
    "born on",
    "born in",
    "year of birth",
];
/// Labels that count as words of their own only.
const SHORT_LABELS: [&str; 4] = ["ssn", "dob", "d.o.b.", "pob"];

/// Refuses what somebody said at a place when a text in it is marked as classified.
///
/// # Errors
/// [`DirectoryError::Invalid`] then; the record says that it happened.
pub async fn guard<T: Serialize + Sync + ?Sized>(
    here: &Here,
    who: &Who,
    place: &str,
    said: &T,
) -> Result<(), DirectoryError> {
    guard_by(here, (&who.actor, &who.organisation.id), place, said).await
}

/// As [`guard`], for an actor of an organisation who is not known as anybody else.
pub(crate) async fn guard_by<T: Serialize + Sync + ?Sized>(
    here: &Here,
    by: (&str, &str),
    place: &str,
    said: &T,
) -> Result<(), DirectoryError> {
    let said = serde_json::to_value(said).map_err(|error| StoreError::Record(error.to_string()))?;
    if spill::classified(&spill::in_json(&said)).is_none() {
        return Ok(());
    }
    refuse(here, by, place, 1).await
}

/// Records that so many things were refused at a place, and refuses them.
///
/// # Errors
/// [`DirectoryError::Invalid`], always.
pub async fn refuse(
    here: &Here,
    (actor, organisation): (&str, &str),
    place: &str,
    count: usize,
) -> Result<(), DirectoryError> {
    let act = Act {
        act: "spill.refused",
        actor,
        organisation,
        subject: place,
        at: here.now(),
        detail: &json!({ "refused": count }),
        rows: &[],
    };
    let mut tx = here.store.begin().await?;
    tx.record(act).await?;
    tx.commit().await?;
    Err(DirectoryError::invalid(REFUSED))
}

/// Refuses texts about a person that hold what is not kept here.
pub(crate) async fn guard_person(here: &Here, who: &Who, place: &str, texts: &[&str]) -> Result<(), DirectoryError> {
    guard(here, who, place, texts).await?;
    if texts.iter().any(|text| is_private(text)) {
        return Err(DirectoryError::invalid(format!(
            "this looks like a social security number, a date of birth or a place of birth; nothing was kept. {NOT_HERE}"
        )));
    }
    Ok(())
}

/// Whether a text looks as if it held a social security number, or has the label of one or of a birth date or place.
pub fn is_private(text: &str) -> bool {
    let lower = text.to_lowercase().replace(['_', '-', '\u{2011}'], " ");
    let plain = lower.split_whitespace().collect::<Vec<_>>().join(" ");
    let word = |label: &str| lower.split(|c: char| !c.is_alphanumeric() && c != '.').any(|word| word.eq(label));
    LABELS.iter().any(|label| plain.contains(label)) || SHORT_LABELS.iter().any(|label| word(label)) || has_number(text)
}

/// Three, two and four digits, as the Social Security Administration gives them: no part is all zeroes, and the first is neither 666 nor 900 or
/// more.
fn has_number(text: &str) -> bool {
    let runs = digit_runs(text);
    let digits = |place: usize| runs.get(place).and_then(|(from, to)| text.get(*from..*to)).unwrap_or_default();
    let is_parted = |place: usize| {
        let between = runs.get(place).zip(runs.get(place + 1)).and_then(|(one, next)| text.get(one.1..next.0));
        let mut letters = between.unwrap_or_default().chars();
        let is_one = letters.next().is_some_and(|c| matches!(c, '-' | ' ' | '.' | '\u{2010}'..='\u{2015}'));
        is_one && letters.next().is_none()
    };
    (0..runs.len()).any(|place| {
        let (first, second, third) = (digits(place), digits(place + 1), digits(place + 2));
        let is_three = (first.len(), second.len(), third.len()) == (3, 2, 4);
        first.len() == 9 && is_given(first)
            || is_three && is_parted(place) && is_parted(place + 1) && is_given(&format!("{first}{second}{third}"))
    })
}

/// Where runs of digits begin and end.
fn digit_runs(text: &str) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, _) in text.char_indices().filter(|(_, letter)| letter.is_ascii_digit()) {
        match runs.last_mut() {
            Some((_, end)) if *end == at => *end = at + 1,
            _ => runs.push((at, at + 1)),
        }
    }
    runs
}

fn is_given(digits: &str) -> bool {
    let part = |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse::<u32>().ok());
    let (area, group, serial) = (part(0..3), part(3..5), part(5..9));
    area.is_some_and(|area| area > 0 && area != 666 && area < 900)
        && group.is_some_and(|group| group > 0)
        && serial.is_some_and(|serial| serial > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_labels_of_persons_are_told_from_other_words() {
        for (text, expected) in [
            ("123-45-6789", true),
            ("call about 123 45 6789.", true),
            ("123.45.6789", true),
            ("id 123456789", true),
            ("SSN on file", true),
            ("(ssn: later)", true),
            ("Social  Security number", true),
            ("social-security", true),
            ("DOB 1970", true),
            ("Date of\nbirth", true),
            ("Place_of_Birth: X", true),
            ("born on a farm", true),
            ("000-12-3456", false),
            ("666-12-3456", false),
            ("900-12-3456", false),
            ("123-00-6789", false),
            ("123-45-0000", false),
            ("602-555-0100", false),
            ("2018-05-03", false),
            ("1123-45-6789", false),
            ("123-45-67890", false),
            ("letter of 3 May, ref. 2018/117", false),
            ("123 / 45 / 6789", false),
            ("dobson county, bornholm", false),
            ("", false),
        ] {
            assert_eq!(is_private(text), expected, "{text}");
        }
    }
}

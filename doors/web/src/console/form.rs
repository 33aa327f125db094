//! What was sent with a form and is wrong: said once above the form and once at the field, in the same words.

use ward_stix::problem::Problem;

/// The last year that dates may name.
const LAST_YEAR: i16 = 2199;

/// Something wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Its name, which is its id on the page; empty when it is none of the fields.
    pub field: String,
    pub words: String,
}

impl Wrong {
    pub fn new(field: &str, words: impl Into<String>) -> Wrong {
        Wrong { field: field.to_owned(), words: words.into() }
    }

    /// A problem that a verb found, said with the label of its field.
    pub fn of(problem: &Problem, field: &str, label: &str) -> Wrong {
        let goes_on = ["has ", "is ", "names "].iter().any(|verb| problem.message.starts_with(verb));
        let words = if goes_on { format!("{label} {}", problem.message) } else { capital(&problem.message) };
        Wrong::new(field, format!("{words}."))
    }
}

/// Adds what is wrong with fields that nothing was said of yet: once is enough for a field that could not be read at all.
pub fn add(wrong: &mut Vec<Wrong>, more: Vec<Wrong>) {
    let known: Vec<String> = wrong.iter().map(|one| one.field.clone()).collect();
    wrong.extend(more.into_iter().filter(|one| one.field.is_empty() || !known.contains(&one.field)));
}

/// As a sentence begins.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Midnight (UTC) at which a day begins, in microseconds; the text is as date fields of browsers send it, such as `2018-05-03`.
pub fn day(text: &str) -> Option<i64> {
    Some(date(text)?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

/// The day that is typed so.
pub fn date(text: &str) -> Option<jiff::civil::Date> {
    let date: jiff::civil::Date = text.parse().ok().filter(|_| text.len() == 10)?;
    // Later days have no time that all calendars can hold, and no alert matters so long.
    (date.year() <= LAST_YEAR).then_some(date)
}

/// The last microsecond of the day that begins then.
pub fn end_of_day(begins: i64) -> i64 {
    begins.saturating_add(86_400_000_000 - 1)
}

/// The day (UTC) of a time as date fields have it.
pub fn day_text(micros: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_written() {
        for text in ["2018-05-03", "1970-01-01", "2024-02-29"] {
            let begins = day(text).unwrap();
            assert_eq!((day_text(begins), day_text(end_of_day(begins))), (text.to_owned(), text.to_owned()));
        }
        for text in ["", "3 May 2018", "2023-02-29", "2018-05-03T12:00", "20180503", "-002018-05-03", "9999-12-30"] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn problems_are_sentences_and_a_field_has_one() {
        let problem = |message: &str| Problem::new("x", "headline", message);
        let mut wrong = vec![Wrong::of(&problem("has 5 characters, not 8 to 120"), "headline", "Headline")];
        assert_eq!(wrong[0].words, "Headline has 5 characters, not 8 to 120.");
        add(&mut wrong, vec![Wrong::of(&problem("an alert needs one"), "to", "To"), Wrong::new("headline", "again")]);
        let words: Vec<&str> = wrong.iter().map(|one| one.words.as_str()).collect();
        assert_eq!(words, ["Headline has 5 characters, not 8 to 120.", "An alert needs one."]);
    }
}

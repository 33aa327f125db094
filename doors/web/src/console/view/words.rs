//! Figures and times in the words of the console.

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use maud::{Markup, html};
use ward_stix::marking::Tlp;

/// The zone of the machine that serves the pages, as of every other program on it (`TZ`, `/etc/localtime`): an office's own machine stands where
/// the office is. UTC where the machine has none.
static ZONE: LazyLock<TimeZone> = LazyLock::new(TimeZone::system);

/// What the zone is called in which times are shown, such as `America/New_York`.
pub fn zone_name() -> &'static str {
    match ZONE.iana_name() {
        None => "the zone of the times on this page",
        Some("Etc/UTC" | "Etc/Unknown") => "UTC",
        Some(name) => name,
    }
}

/// When a day begins in that zone, and when the next one does, in microseconds UTC.
pub fn day_here(date: jiff::civil::Date) -> Option<(i64, i64)> {
    day_in(date, &ZONE)
}

fn day_in(date: jiff::civil::Date, zone: &TimeZone) -> Option<(i64, i64)> {
    let begins = |date: jiff::civil::Date| Some(date.to_zoned(zone.clone()).ok()?.timestamp().as_microsecond());
    Some((begins(date)?, begins(date.tomorrow().ok()?)?))
}

/// A time as people write it, local with UTC beside it: `18 August 2016, 08:00 EDT (12:00 UTC)`.
pub fn time(micros: i64) -> String {
    time_in(micros, &ZONE)
}

fn time_in(micros: i64, zone: &TimeZone) -> String {
    let at = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    let (local, utc) = (at.to_zoned(zone.clone()), at.to_zoned(TimeZone::UTC));
    if local.offset() == utc.offset() {
        return utc.strftime("%-d %B %Y, %H:%M UTC").to_string();
    }
    let local_text = local.strftime("%-d %B %Y, %H:%M %Z");
    let beside = if local.date() == utc.date() { "%H:%M UTC" } else { "%-d %B, %H:%M UTC" };
    format!("{local_text} ({})", utc.strftime(beside))
}

/// A time for machines and people.
pub fn moment(micros: i64) -> Markup {
    html! { time datetime=(ward_stix::timestamp::format_stix(micros)) { (time(micros)) } }
}

/// A time that may not be known.
pub fn moment_or(micros: Option<i64>, otherwise: &str) -> Markup {
    html! { @match micros { Some(micros) => (moment(micros)), None => (otherwise) } }
}

/// A number with commas between its thousands.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 answer`, `2 answers`.
pub fn count(value: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(value as u64), if value == 1 { one } else { many })
}

/// Answers with how often they were brought up to date: each version left the machine.
pub fn answers_in_versions(answers: usize, versions: usize) -> String {
    let said = count(answers, "answer", "answers");
    if versions == answers { said } else { format!("{said} in {} versions", number(versions as u64)) }
}

/// How a marking is said in the handling banner.
pub fn audience(tlp: Tlp) -> &'static str {
    match tlp {
        Tlp::Clear => "for anyone",
        Tlp::Green => "for election offices and those who protect them",
        Tlp::Amber => "for your office and those it serves, who need it to act",
        Tlp::AmberStrict => "for your office only",
        Tlp::Red => "only for those it was sent to",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        for (value, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn days_are_those_of_the_zone_in_which_times_are_shown() {
        let date = jiff::civil::date(2016, 8, 18);
        let noon = 1_471_521_600_000_000;
        for (zone, hours_before_noon) in [(TimeZone::UTC, 12), (TimeZone::fixed(jiff::tz::offset(-4)), 8)] {
            let (begins, ends) = day_in(date, &zone).unwrap();
            assert_eq!((noon - begins, ends - begins), (hours_before_noon * 3_600_000_000, 24 * 3_600_000_000));
            assert!(time_in(begins, &zone).starts_with("18 August 2016, 00:00"));
        }
    }

    #[test]
    fn times_are_written_out() {
        let noon = 1_471_521_600_000_000;
        let zone = |hours: i8| TimeZone::fixed(jiff::tz::offset(hours));
        for (zone, micros, expected) in [
            (TimeZone::UTC, noon, "18 August 2016, 12:00 UTC"),
            (zone(-4), noon, "18 August 2016, 08:00 -04 (12:00 UTC)"),
            (zone(-7), noon - 10 * 3_600_000_000, "17 August 2016, 19:00 -07 (18 August, 02:00 UTC)"),
        ] {
            assert_eq!(time_in(micros, &zone), expected);
        }
    }
}

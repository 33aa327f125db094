//! Figures and times in the words of the console.

use maud::{Markup, html};
use ward_stix::marking::Tlp;

/// A time as people write it, such as `18 August 2016, 12:00 UTC`.
pub fn time(micros: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%-d %B %Y, %H:%M UTC").to_string()
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
    fn times_are_written_out() {
        assert_eq!(time(1_471_521_600_000_000), "18 August 2016, 12:00 UTC");
    }
}

//! What commands print: results to standard output, messages to standard error; a closed pipe ends quietly.

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use ward_directory::{Here, NOTICE};
use ward_web::legible::{by_number, is_unseen, written_out};

/// Microseconds.
const DAY: i64 = 24 * 3_600_000_000;
/// Whether what is printed is a demonstration's: it then says so.
static OF_DEMONSTRATION: AtomicBool = AtomicBool::new(false);
/// Whether it has been said before the lines of text. JSON says it in each object.
static IS_SAID: AtomicBool = AtomicBool::new(false);

/// From now on what is printed is of this installation.
pub fn is_of(here: &Here) {
    OF_DEMONSTRATION.store(here.is_demonstration(), Ordering::Relaxed);
}

/// Prints a line to standard output; a demonstration's first line of text says what it is.
pub fn line(text: &str) -> anyhow::Result<()> {
    let is_said = !OF_DEMONSTRATION.load(Ordering::Relaxed) || IS_SAID.swap(true, Ordering::Relaxed);
    let notice = if is_said || text.contains(NOTICE) { String::new() } else { format!("{NOTICE}\n") };
    raw(&format!("{notice}{text}"))
}

/// Prints a line without more: what programs read and what carries its notice within.
pub fn raw(text: &str) -> anyhow::Result<()> {
    bytes(format!("{}\n", legible(text)).as_bytes())
}

/// A text with letters written out that nobody sees and that steer a terminal or turn the order of a line around: `[U+001B]`. Texts come from
/// files and from others; only what ends a line or sets a column is left as it is.
pub fn legible(text: &str) -> String {
    written_out(text, steers, by_number)
}

/// On a terminal a carriage return writes over the line.
fn steers(letter: char) -> bool {
    letter == '\r' || is_unseen(letter)
}

/// Writes bytes to standard output as they are.
pub fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    write_all(&mut std::io::stdout().lock(), bytes)
}

/// Prints a value as one line of JSON, in which letters that steer a terminal stand only within texts and have a form of their own; a
/// demonstration's object says what it is.
pub fn json<T: serde::Serialize>(value: &T) -> anyhow::Result<()> {
    let escaped = |text: &str| written_out(text, steers, |letter| format!("\\u{:04x}", u32::from(letter)));
    if !OF_DEMONSTRATION.load(Ordering::Relaxed) {
        return raw(&escaped(&serde_json::to_string(value)?));
    }
    let mut value = serde_json::to_value(value)?;
    if let Some(members) = value.as_object_mut() {
        members.insert("notice".to_owned(), NOTICE.into());
    }
    raw(&escaped(&value.to_string()))
}

/// Prints a result as JSON or as text for a person.
pub fn result<T: serde::Serialize>(as_json: bool, value: &T, text: impl FnOnce() -> String) -> anyhow::Result<()> {
    if as_json { json(value) } else { line(&text()) }
}

/// Prints a message to standard error. That nobody reads it is no failure of the command.
pub fn error(text: &str) {
    let mut out = std::io::stderr().lock();
    let _ = out.write_all(legible(text).as_bytes()).and_then(|()| out.flush());
}

/// Prints an error with its causes and a hint, as every command ends that fails.
pub fn failure(failed: &anyhow::Error) {
    let mut text = format!("error: {failed}");
    let mut last = failed.to_string();
    for cause in failed.chain().skip(1).map(ToString::to_string) {
        if !last.contains(&cause) {
            text.push_str(&format!("\n  because: {cause}"));
        }
        last = cause;
    }
    error(&format!("{text}\n"));
}

/// A time as RFC 3339 UTC.
pub fn time(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros).map_or_else(|_| micros.to_string(), |time| time.to_string())
}

/// A time from RFC 3339, or a date alone (its first moment, UTC), as microseconds.
pub fn parse_time(text: &str) -> Result<i64, String> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    whole
        .parse::<jiff::Timestamp>()
        .map(jiff::Timestamp::as_microsecond)
        .map_err(|_| format!("`{text}` is not a time: write 2016-08-18 or 2016-08-18T14:00:00Z"))
}

/// The end of a time that somebody gave: of a date alone its last moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    at: i64,
    /// For a date alone.
    day_begins_at: Option<i64>,
}

impl End {
    /// In microseconds UTC; of a day that is not over yet, now.
    pub fn by(self, now: i64) -> i64 {
        if self.day_begins_at.is_some_and(|begins_at| begins_at <= now) { self.at.min(now) } else { self.at }
    }
}

/// As [`parse_time`], but a date alone is its last moment, UTC.
pub fn parse_end(text: &str) -> Result<End, String> {
    let at = parse_time(text)?;
    let is_day = text.len() == 10;
    let end = if is_day { at.saturating_add(DAY - 1) } else { at };
    Ok(End { at: end, day_begins_at: is_day.then_some(at) })
}

fn write_all(out: &mut impl Write, bytes: &[u8]) -> anyhow::Result<()> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_steer_a_terminal_are_written_out() {
        for (text, shown) in [
            ("Arizona\nDoña Ana 東京", "Arizona\nDoña Ana 東京"),
            ("a\u{1b}[2Jb\rc\td", "a[U+001B][2Jb[U+000D]c\td"),
            ("\u{202e}x\u{2066}\u{9b}\u{7f}", "[U+202E]x[U+2066][U+009B][U+007F]"),
        ] {
            assert_eq!(legible(text), shown);
        }
    }

    #[test]
    fn a_day_alone_ends_with_its_last_moment_and_not_beyond_now() {
        let time = |text: &str| parse_time(text).unwrap();
        let now = time("2016-08-18T12:00:00Z");
        for (text, expected) in [
            ("2016-08-17", "2016-08-17T23:59:59.999999Z"),
            ("2016-08-18", "2016-08-18T12:00:00Z"),
            ("2016-08-19", "2016-08-19T23:59:59.999999Z"),
            ("2016-08-18T14:00:00Z", "2016-08-18T14:00:00Z"),
        ] {
            assert_eq!(parse_end(text).unwrap().by(now), time(expected), "{text}");
        }
        assert!(parse_end("2016-13-18").is_err() && parse_end("soon").is_err());
    }
}

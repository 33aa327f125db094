//! What commands print: results to standard output, messages to standard error; a closed pipe ends quietly.

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use ward_directory::{Here, NOTICE};

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

/// Prints a line as it is: what programs read and what carries its notice within.
pub fn raw(text: &str) -> anyhow::Result<()> {
    bytes(format!("{text}\n").as_bytes())
}

/// Writes bytes to standard output as they are.
pub fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    write_all(&mut std::io::stdout().lock(), bytes)
}

/// Prints a value as one line of JSON; a demonstration's object says what it is.
pub fn json<T: serde::Serialize>(value: &T) -> anyhow::Result<()> {
    if !OF_DEMONSTRATION.load(Ordering::Relaxed) {
        return raw(&serde_json::to_string(value)?);
    }
    let mut value = serde_json::to_value(value)?;
    if let Some(members) = value.as_object_mut() {
        members.insert("notice".to_owned(), NOTICE.into());
    }
    raw(&value.to_string())
}

/// Prints a result as JSON or as text for a person.
pub fn result<T: serde::Serialize>(as_json: bool, value: &T, text: impl FnOnce() -> String) -> anyhow::Result<()> {
    if as_json { json(value) } else { line(&text()) }
}

/// Prints a message to standard error. That nobody reads it is no failure of the command.
pub fn error(text: &str) {
    let mut out = std::io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
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

fn write_all(out: &mut impl Write, bytes: &[u8]) -> anyhow::Result<()> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

//! Reading one file on from its checkpoint.

use std::fs;
use std::io::Read;
use std::ops::ControlFlow;

use crate::checkpoint::{Checkpoint, Damage};
use crate::lines::{Line, Position, for_each_line};
use crate::open::{Compression, Reader, open};
use crate::plan::Reading;

/// What the caller did with a line. It matters only for a last line without newline; any other counts as taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The line was used; it will not be handed over again.
    Yes,
    /// The line is left for next time, when it may be complete.
    LeftForNextTime,
}

/// How a reading ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What to remember, whether or not there was an error.
    pub checkpoint: Checkpoint,
    /// Why the file could not be read, or not to its end. The lines before that place were handed over.
    pub error: Option<String>,
    /// A line that had been taken without its newline was continued; the continuation was passed over.
    pub continued: bool,
}

/// Hands over the lines that are new. The lines of `reading.checkpoint.header` are not handed over again: give them
/// to the parser first.
pub fn read(reading: &Reading, mut each: impl FnMut(Line<'_>) -> Taken) -> Outcome {
    let mut outcome = Outcome { checkpoint: reading.checkpoint.clone(), error: None, continued: false };
    let mut reader = match open(&reading.path) {
        Ok(reader) => reader,
        Err(error) => {
            outcome.error = Some(error.in_full());
            return outcome;
        }
    };
    let compression = reader.compression();
    let result = go_on(&mut reader, &mut outcome, &mut each);
    match result {
        Ok(()) => {
            let at_end = outcome.checkpoint.sealed;
            outcome.checkpoint.finished = at_end && reading.is_rotated;
            outcome.checkpoint.sealed = at_end && compression != Compression::Plain;
            outcome.checkpoint.damage = None;
        }
        Err(error) => {
            outcome.checkpoint.sealed = false;
            let reason = format!("`{}` could not be read to its end: {error}", reading.path.display());
            outcome.error = Some(reason.clone());
            let stored_length = fs::metadata(&reading.path).map(|metadata| metadata.len()).ok();
            outcome.checkpoint.damage = stored_length
                .filter(|_| compression != Compression::Plain)
                .map(|stored_length| Damage { reason, stored_length });
        }
    }
    outcome
}

/// Reads to the end; `sealed` is set for the time being if every byte was taken.
fn go_on(reader: &mut Reader, outcome: &mut Outcome, each: &mut impl FnMut(Line<'_>) -> Taken) -> std::io::Result<()> {
    let start = outcome.checkpoint.position();
    if reader.skip_to(start.offset)? < start.offset {
        return Err(std::io::Error::new(
            std::io::ErrorKind::UnexpectedEof,
            "it ends before the place reached last time",
        ));
    }
    let checkpoint = &mut outcome.checkpoint;
    let mut continued = false;
    // The line that was taken without its newline has been counted; what is left of it is not counted again.
    let mut rest_of_line = checkpoint.torn;
    let from = Position { lines: start.lines.saturating_sub(u64::from(rest_of_line)), ..start };
    let mut all_taken = true;
    for_each_line(&mut reader.by_ref(), from, |line| {
        if rest_of_line {
            rest_of_line = false;
            continued = !line.bytes.iter().all(|byte| *byte == b'\r');
            checkpoint.torn = !line.ended;
        } else {
            let taken = each(line);
            if !line.ended && taken == Taken::LeftForNextTime {
                all_taken = false;
                return ControlFlow::Break(());
            }
            checkpoint.torn = !line.ended;
        }
        checkpoint.offset = line.end;
        checkpoint.lines = line.number;
        ControlFlow::Continue(())
    })?;
    outcome.continued = continued;
    outcome.checkpoint.sealed = all_taken;
    Ok(())
}

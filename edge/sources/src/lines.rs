//! Lines out of bytes, with bounded memory and, for ordinary lines, without a copy.

use std::io::{self, Read};
use std::ops::ControlFlow;

use memchr::{memchr, memchr_iter};

/// A longer line is handed over cut to this many bytes; the rest is passed over up to the newline.
pub const LONGEST_LINE: usize = 1024 * 1024;
/// Small enough to stay in a processor's second-level cache.
const PIECE: usize = 256 * 1024;

/// One line, without its newline.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The bytes, at most [`LONGEST_LINE`] of them. A carriage return at the end is still there.
    pub bytes: &'a [u8],
    /// Counted from 1 from the beginning of the file.
    pub number: u64,
    /// False for the last line of a file that does not end with a newline.
    pub ended: bool,
    /// True if the line was longer than [`LONGEST_LINE`].
    pub cut: bool,
    /// The place after the line and its newline, in decompressed bytes from the beginning of the file.
    pub end: u64,
}

/// A place in a file: how many decompressed bytes and how many lines are before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Bytes before this place.
    pub offset: u64,
    /// Lines before this place.
    pub lines: u64,
}

/// Hands over every line from `start` (where the reader already is) to the end. When reading fails, the complete
/// lines before the failure have been handed over and the error is returned. Ends early when `each` says so.
pub fn for_each_line(
    reader: &mut impl Read,
    start: Position,
    mut each: impl FnMut(Line<'_>) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut buffer = vec![0_u8; LONGEST_LINE + PIECE];
    let mut filled = 0_usize;
    let mut position = start;
    loop {
        let until = filled.saturating_add(PIECE).min(buffer.len());
        let read = read_some(reader, buffer.get_mut(filled..until).unwrap_or_default())?;
        if read == 0 {
            break;
        }
        let searched = filled;
        filled = filled.saturating_add(read);
        let mut from = 0_usize;
        let fresh = buffer.get(searched..filled).unwrap_or_default();
        for newline in memchr_iter(b'\n', fresh) {
            let end = searched.saturating_add(newline);
            let bytes = buffer.get(from..end).unwrap_or_default();
            from = end.saturating_add(1);
            if each(position.line(bytes, bytes.len().saturating_add(1), true)).is_break() {
                return Ok(());
            }
        }
        buffer.copy_within(from..filled, 0);
        filled = filled.saturating_sub(from);
        if filled > LONGEST_LINE {
            let Some(kept) = pass_over(reader, &mut buffer, filled, &mut position, &mut each)? else { return Ok(()) };
            filled = kept;
        }
    }
    if filled > 0 {
        let bytes = buffer.get(..filled).unwrap_or_default();
        let _at_the_end = each(position.line(bytes, filled, false));
    }
    Ok(())
}

impl Position {
    fn line<'a>(&mut self, bytes: &'a [u8], length: usize, ended: bool) -> Line<'a> {
        self.lines = self.lines.saturating_add(1);
        self.offset = self.offset.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        let cut = bytes.len() > LONGEST_LINE;
        let bytes = bytes.get(..LONGEST_LINE).unwrap_or(bytes);
        Line { bytes, number: self.lines, ended, cut, end: self.offset }
    }
}

/// Reads on to the newline of a line that is already too long, hands over its beginning, and leaves what follows at
/// the start of the buffer; returns how much that is, or `None` if `each` ended it.
fn pass_over(
    reader: &mut impl Read,
    buffer: &mut [u8],
    filled: usize,
    position: &mut Position,
    each: &mut impl FnMut(Line<'_>) -> ControlFlow<()>,
) -> io::Result<Option<usize>> {
    let mut length = filled;
    let mut piece = vec![0_u8; PIECE];
    let (newline, read) = loop {
        let read = read_some(reader, &mut piece)?;
        match memchr(b'\n', piece.get(..read).unwrap_or_default()) {
            Some(newline) => break (Some(newline), read),
            None if read == 0 => break (None, 0),
            None => length = length.saturating_add(read),
        }
    };
    let after = newline.map_or(0, |newline| newline.saturating_add(1));
    let beginning = buffer.get(..filled).unwrap_or_default();
    if each(position.line(beginning, length.saturating_add(after), newline.is_some())).is_break() {
        return Ok(None);
    }
    let rest = piece.get(after..read).unwrap_or_default();
    let mut kept = 0_usize;
    // The rest may hold whole lines: they are shifted in front of what is read next, where only new bytes are
    // searched, so they are handed over here.
    let mut from = 0_usize;
    for newline in memchr_iter(b'\n', rest) {
        let bytes = rest.get(from..newline).unwrap_or_default();
        from = newline.saturating_add(1);
        if each(position.line(bytes, bytes.len().saturating_add(1), true)).is_break() {
            return Ok(None);
        }
    }
    let tail = rest.get(from..).unwrap_or_default();
    if let Some(place) = buffer.get_mut(..tail.len()) {
        place.copy_from_slice(tail);
        kept = tail.len();
    }
    Ok(Some(kept))
}

fn read_some(reader: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LINE, Position, for_each_line};
    use proptest::prelude::*;
    use std::io::Read;
    use std::ops::ControlFlow;

    /// Gives its bytes in small pieces, as a pipe does.
    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.min(into.len()).min(self.0.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn lines(bytes: &[u8], piece: usize) -> Vec<(Vec<u8>, u64, bool, bool, u64)> {
        let mut found = Vec::new();
        for_each_line(&mut Dribble(bytes, piece), Position::default(), |line| {
            found.push((line.bytes.to_vec(), line.number, line.ended, line.cut, line.end));
            ControlFlow::Continue(())
        })
        .unwrap();
        found
    }

    #[test]
    fn long_lines_are_cut_and_counted_once() {
        for length in [LONGEST_LINE, LONGEST_LINE + 1, LONGEST_LINE + 3_000_000] {
            for piece in [65_536, 1 << 20] {
                let mut bytes = b"first\n".to_vec();
                bytes.extend(std::iter::repeat_n(b'x', length));
                bytes.extend(b"\nsecond\nthird");
                let found = lines(&bytes, piece);
                assert_eq!(found.len(), 4);
                assert_eq!(found[1].0.len(), LONGEST_LINE);
                assert_eq!(found[1].3, length > LONGEST_LINE);
                assert_eq!(found[2].0, b"second");
                assert_eq!((found[3].0.as_slice(), found[3].1, found[3].2), (b"third".as_slice(), 4, false));
                assert_eq!(found[3].4, bytes.len() as u64);
            }
        }
    }

    proptest! {
        #[test]
        fn same_as_splitting(bytes in proptest::collection::vec(prop_oneof![3 => any::<u8>(), 1 => Just(b'\n')], 0..400), piece in 1_usize..50) {
            let found = lines(&bytes, piece);
            let mut expected: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
            if expected.last().is_some_and(|last| last.is_empty()) { expected.pop(); }
            prop_assert_eq!(found.iter().map(|line| line.0.as_slice()).collect::<Vec<_>>(), expected);
            prop_assert_eq!(found.last().map_or(0, |line| line.4), bytes.len() as u64);
        }
    }
}

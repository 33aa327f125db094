//! The file attached to a PDF that this crate made: an embedded file stream (ISO 32000-1, 7.11.4), deflated or plain.
//!
//! This reads no PDF of others: the stream is found by its type, and whoever asks compares the whole PDF afterwards.

use std::io::Read;

/// A longer attachment is refused.
const BYTES_MAX: u64 = 16 * 1024 * 1024;
const KIND: &[u8] = b"/EmbeddedFile";
const BEGIN: &[u8] = b"stream";
const END: &[u8] = b"endstream";

/// Why no file was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttachedError {
    #[error("no file is attached")]
    None,
    #[error("the attached file at byte {at} has no end")]
    Cut { at: usize },
    #[error("the attached file at byte {at} is damaged")]
    Damaged { at: usize },
    #[error("the attached file at byte {at} is longer than {BYTES_MAX} bytes")]
    Long { at: usize },
}

/// The bytes of the file attached to a PDF.
///
/// # Errors
/// [`AttachedError`].
pub fn attachment(pdf: &[u8]) -> Result<Vec<u8>, AttachedError> {
    let kind = place(pdf, KIND, 0).ok_or(AttachedError::None)?;
    let head = pdf.get(..kind).and_then(|before| before.windows(2).rposition(|pair| pair == b"<<")).unwrap_or(kind);
    let begin = place(pdf, BEGIN, kind).ok_or(AttachedError::Cut { at: kind })?;
    let at = begin + BEGIN.len();
    let is_deflated = pdf.get(head..begin).is_some_and(|head| place(head, b"/FlateDecode", 0).is_some());
    let rest = pdf.get(at..).unwrap_or_default();
    let rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).ok_or(AttachedError::Damaged { at })?;
    let end = place(rest, END, 0).ok_or(AttachedError::Cut { at })?;
    let stream = rest.get(..end).unwrap_or_default();
    if !is_deflated {
        let plain = stream.strip_suffix(b"\r\n").or_else(|| stream.strip_suffix(b"\n")).unwrap_or(stream);
        return if plain.len() as u64 > BYTES_MAX { Err(AttachedError::Long { at }) } else { Ok(plain.to_vec()) };
    }
    let mut bytes = Vec::new();
    let reader = flate2::read::ZlibDecoder::new(stream);
    reader.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|_| AttachedError::Damaged { at })?;
    if bytes.len() as u64 > BYTES_MAX { Err(AttachedError::Long { at }) } else { Ok(bytes) }
}

/// Where `wanted` first stands, from a place on.
fn place(bytes: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let found = bytes.get(from..)?.windows(wanted.len()).position(|window| window == wanted)?;
    Some(from + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_attachment_is_named() {
        for (pdf, expected) in [
            (&b"%PDF-1.7"[..], Err(AttachedError::None)),
            (b"<</Type/EmbeddedFile>>", Err(AttachedError::Cut { at: 7 })),
            (b"<</Type/EmbeddedFile>>stream\nabc", Err(AttachedError::Cut { at: 28 })),
            (b"<</Type/EmbeddedFile>>stream abc", Err(AttachedError::Damaged { at: 28 })),
            (
                b"<</Type/EmbeddedFile/Filter/FlateDecode>>stream\nabc\nendstream",
                Err(AttachedError::Damaged { at: 47 }),
            ),
            (b"<</Type/EmbeddedFile>>stream\nabc\nendstream", Ok(b"abc".to_vec())),
        ] {
            assert_eq!(attachment(pdf), expected, "{}", String::from_utf8_lossy(pdf));
        }
    }

    #[test]
    fn what_is_too_long_is_refused_before_it_is_held() {
        let long = vec![b'a'; usize::try_from(BYTES_MAX).unwrap() + 1];
        let plain = [b"<</Type/EmbeddedFile>>stream\n", long.as_slice(), b"endstream"].concat();
        assert_eq!(attachment(&plain), Err(AttachedError::Long { at: 28 }));
        let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut deflated, &long).unwrap();
        let deflated = deflated.finish().unwrap();
        let deflated =
            [b"<</Type/EmbeddedFile/Filter/FlateDecode>>stream\n", deflated.as_slice(), b"endstream"].concat();
        assert_eq!(attachment(&deflated), Err(AttachedError::Long { at: 47 }));
    }
}

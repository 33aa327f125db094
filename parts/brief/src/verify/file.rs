//! The file around a document: where the document is in it, and whether the rest is what the document gives.

use super::Forms;
use crate::document::Document;

/// What the block of the document begins with in a page; `json` escapes every `<`, so the next `</script>` ends it.
pub const HTML_BLOCK: &str = "<script type=\"application/json\" id=\"brief\">";
const HTML_BLOCK_END: &str = "</script>";

/// The forms that can be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Json,
    Html,
    Pdf,
}

/// Finds the document in a file.
pub fn read(bytes: &[u8]) -> Result<(Document, Form), String> {
    if bytes.starts_with(b"%PDF-") {
        let attached = ward_typeset::attachment(bytes);
        let attached = attached.map_err(|problem| format!("the PDF cannot be read: {problem}"))?;
        return Ok((document(&attached, "the attached `brief.json`")?, Form::Pdf));
    }
    if bytes.first() == Some(&b'{') {
        return Ok((document(bytes, "the file")?, Form::Json));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("the file is not a brief: it is no text from byte {} on", error.valid_up_to()))?;
    if text.starts_with("<!DOCTYPE html>") {
        let block = text.split_once(HTML_BLOCK).and_then(|(_, rest)| rest.split_once(HTML_BLOCK_END));
        let (block, _) = block.ok_or("the page holds no data block `brief`: it cannot be verified")?;
        return Ok((document(block.as_bytes(), "the page's data block")?, Form::Html));
    }
    Err("the file is not a brief: it begins neither as the JSON, nor as the HTML, nor as the PDF form does".to_owned())
}

fn document(bytes: &[u8], place: &str) -> Result<Document, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("{place} cannot be read as a brief: {error}"))
}

/// Where the file is not what its document gives.
pub fn problems(bytes: &[u8], document: &Document, form: Form, forms: &Forms<'_>) -> Option<String> {
    let expected = match form {
        Form::Json => format!("{}\n", document.json()).into_bytes(),
        Form::Html => (forms.html)(document).into_bytes(),
        Form::Pdf => match (forms.pdf)(document) {
            Ok(expected) => expected,
            Err(problem) => return Some(format!("the PDF cannot be made again to compare: {problem}")),
        },
    };
    if bytes == expected {
        return None;
    }
    let place = bytes.iter().zip(&expected).take_while(|(found, expected)| found == expected).count();
    let line = bytes.iter().take(place).filter(|byte| **byte == b'\n').count() + 1;
    let found = match form {
        Form::Json => format!("the text is not written in the one form of a brief, first at byte {place}"),
        Form::Html => format!("the page's text differs from what its figures give, first in line {line}"),
        Form::Pdf => format!("the PDF differs from what its figures give, first at byte {place}"),
    };
    Some(format!("{found}{}", super::document::other_program(document)))
}

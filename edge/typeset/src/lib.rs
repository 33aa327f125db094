//! Typesetting: a document's source and its data in, a PDF out; and the file that is attached to such a PDF, found again.
//!
//! PDF/UA-1 (ISO 14289-1): tagged, with language and title. The same input gives the same bytes: no clock, no file system, no network, and the
//! fonts are within the program. Data is never spliced into the source; the source reads it as a file of the small world it is set in. It must
//! not know what a document is about. typst stops here.

mod attached;
mod world;

use typst::comemo;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

pub use attached::{AttachedError, attachment};
pub use world::printable;

use world::World;

/// A file that the source may read.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// As the source names it, such as `page.json`.
    pub name: &'a str,
    pub bytes: &'a [u8],
}

/// Why there is no PDF.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypesetError {
    #[error("`{0}` is not a name of a file")]
    Name(String),
    #[error("the time of the document is out of range")]
    Time,
    #[error("the document cannot be set: {0}")]
    Set(String),
    #[error("the PDF cannot be written: {0}")]
    Write(String),
}

/// Sets a source, which may read these files, as a PDF that was made at this time (microseconds UTC).
///
/// # Errors
/// [`TypesetError`] with the compiler's own words for a source that is wrong, or a document that is not accessible.
pub fn pdf(source: &str, files: &[File<'_>], made_at: i64) -> Result<Vec<u8>, TypesetError> {
    let world = World::new(source, files)?;
    let set = typst::compile::<PagedDocument>(&world).output;
    let written = set.map_err(|errors| TypesetError::Set(words(&errors))).and_then(|document| {
        let standards = PdfStandards::new(&[PdfStandard::Ua_1]);
        let options = PdfOptions {
            creator: Smart::Custom(Some("Ward".to_owned())),
            timestamp: Some(Timestamp::new_utc(time(made_at).ok_or(TypesetError::Time)?)),
            standards: standards.map_err(|error| TypesetError::Write(error.message().to_string()))?,
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options).map_err(|errors| TypesetError::Write(words(&errors)))
    });
    // What the compiler remembers for a next time is of another document's data.
    comemo::evict(0);
    written
}

fn words(errors: &[SourceDiagnostic]) -> String {
    let words: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    words.join("; ")
}

fn time(micros: i64) -> Option<Datetime> {
    let at = jiff::Timestamp::from_microsecond(micros).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    let part = |value: i8| u8::try_from(value).ok();
    Datetime::from_ymd_hms(
        i32::from(at.year()),
        part(at.month())?,
        part(at.day())?,
        part(at.hour())?,
        part(at.minute())?,
        part(at.second())?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "#set document(title: \"T\")\n#set text(lang: \"en\", font: \"Libertinus Serif\")\n= T\n#json(\"data.json\").name\n\
                          #pdf.attach(\"data.json\", relationship: \"data\", mime-type: \"application/json\", description: \"the data\")";

    fn set(data: &str) -> Result<Vec<u8>, TypesetError> {
        pdf(SOURCE, &[File { name: "data.json", bytes: data.as_bytes() }], 1_471_521_600_000_000)
    }

    #[test]
    fn a_pdf_is_tagged_deterministic_and_holds_its_data() {
        let data = "{\"name\": \"#panic() $x$ *a* \\\\u{0}\"}";
        let one = set(data).unwrap();
        assert_eq!(one, set(data).unwrap());
        assert_eq!(attachment(&one).unwrap(), data.as_bytes());
        let text = String::from_utf8_lossy(&one);
        for mark in ["/MarkInfo", "/StructTreeRoot", "/Lang", "pdfuaid:part", "D:20160818120000Z"] {
            assert!(text.contains(mark), "{mark}");
        }
        assert_ne!(one, set("{\"name\": \"b\"}").unwrap());
    }

    #[test]
    fn a_source_reaches_nothing_but_its_files() {
        for source in
            ["#read(\"/etc/passwd\")", "#import \"@preview/a:0.1.0\"", "#image(\"x.png\")", "#datetime.today()"]
        {
            let refused = pdf(source, &[], 0);
            assert!(matches!(refused, Err(TypesetError::Set(_))), "{source}: {refused:?}");
        }
        assert_eq!(pdf("a", &[], i64::MAX), Err(TypesetError::Time));
        let untitled = pdf("a", &[], 0);
        assert!(
            matches!(untitled, Err(TypesetError::Write(_))),
            "a document without a title is not accessible: {untitled:?}"
        );
    }
}

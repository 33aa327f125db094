//! The world that a source is set in: its own text, the files it was given, two fonts, and nothing else.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt};

use crate::{File, TypesetError};

/// Regular and bold of Libertinus Serif come first in the assets.
const FONTS: usize = 2;
/// Stands for a character that the fonts do not have.
const UNKNOWN: char = '?';

static TYPES: LazyLock<Vec<Font>> =
    LazyLock::new(|| typst_assets::fonts().take(FONTS).flat_map(|data| Font::iter(Bytes::new(data))).collect());

/// A source with its files.
pub struct World {
    standard: LazyHash<Library>,
    book: LazyHash<FontBook>,
    main: Source,
    files: Vec<(FileId, Bytes)>,
}

impl World {
    pub fn new(source: &str, files: &[File<'_>]) -> Result<World, TypesetError> {
        let given = files.iter().map(|file| Ok((id(file.name)?, Bytes::new(file.bytes.to_vec()))));
        Ok(World {
            standard: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(TYPES.iter())),
            main: Source::new(id("main.typ")?, source.to_owned()),
            files: given.collect::<Result<_, TypesetError>>()?,
        })
    }
}

impl typst::World for World {
    fn library(&self) -> &LazyHash<Library> {
        &self.standard
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let found = self.files.iter().find(|(given, _)| *given == id);
        found.map(|(_, bytes)| bytes.clone()).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        TYPES.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// A text in which each character has a form in the fonts: what has none, and what only steers, becomes a question mark.
#[must_use]
pub fn printable(text: &str) -> String {
    let has_form = |c: char| !c.is_control() && TYPES.iter().all(|font| font.info().coverage.contains(u32::from(c)));
    text.chars().map(|c| if has_form(c) { c } else { UNKNOWN }).collect()
}

fn id(name: &str) -> Result<FileId, TypesetError> {
    let path = VirtualPath::new(name).map_err(|_| TypesetError::Name(name.to_owned()))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_fonts_do_not_have_is_a_question_mark() {
        for (text, expected) in [("Arizona", "Arizona"), ("Doña Ana", "Doña Ana"), ("a\u{202e}b\n東🗳", "a?b???")]
        {
            assert_eq!(printable(text), expected);
        }
    }
}

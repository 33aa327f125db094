//! What an archive could show at all: the facts of its segments together.

use ward_detect::coverage::SourceFacts;

use crate::error::ArchiveError;
use crate::index::Index;
use crate::lookback::Archive;

impl Archive {
    /// The facts of one source, or of all together: hours with events, lines rejected by reason, fields, how the
    /// clients' addresses look. What only the reader of files knows (unreadable and lost files) is for the caller to
    /// add.
    pub fn coverage(&self, source: Option<&str>) -> Result<SourceFacts, ArchiveError> {
        let mut facts = SourceFacts::declared(source.unwrap_or_default());
        for meta in self.segments.iter().filter(|meta| source.is_none_or(|source| meta.source == source)) {
            facts.merge(&Index::open(&meta.index_path(&self.folder))?.header.facts);
        }
        Ok(facts)
    }
}

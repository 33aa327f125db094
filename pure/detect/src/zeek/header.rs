//! The header of Zeek's tab-separated logs: `#separator`, `#set_separator`, `#empty_field`, `#unset_field`, `#path`
//! and `#fields`.

use crate::escape::unescape;

use super::record::Field;

/// The header lines in force. A new `#separator` or `#fields` line replaces what came before, as files are joined.
#[derive(Clone, Debug)]
pub(crate) struct ZeekHeader {
    separator: u8,
    set_separator: u8,
    empty: Vec<u8>,
    unset: Vec<u8>,
    path: Vec<u8>,
    fields: Vec<Option<Field>>,
    lines: Vec<u8>,
}

impl Default for ZeekHeader {
    fn default() -> Self {
        Self {
            separator: b'\t',
            set_separator: b',',
            empty: b"(empty)".to_vec(),
            unset: b"-".to_vec(),
            path: Vec::new(),
            fields: Vec::new(),
            lines: Vec::new(),
        }
    }
}

impl ZeekHeader {
    /// Takes one line that begins with `#`; lines that are no directive are comments.
    pub(crate) fn directive(&mut self, line: &[u8]) {
        if let Some(separator) = line.strip_prefix(b"#separator ") {
            *self = Self::default();
            self.separator = unescape(separator).first().copied().unwrap_or(b'\t');
            self.remember(line);
            return;
        }
        let mut parts = line.split(|byte| *byte == self.separator);
        let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        match name {
            b"#set_separator" => self.set_separator = unescape(value).first().copied().unwrap_or(b','),
            b"#empty_field" => self.empty = unescape(value).into_owned(),
            b"#unset_field" => self.unset = unescape(value).into_owned(),
            b"#path" => self.path = value.to_vec(),
            b"#fields" => self.fields = std::iter::once(value).chain(parts).map(Field::of).collect(),
            _ => return,
        }
        self.remember(line);
    }

    /// True once a `#fields` line came.
    pub(crate) fn is_active(&self) -> bool {
        !self.fields.is_empty()
    }

    /// True if the line has the separator that a line of this header must have.
    pub(crate) fn separates(&self, line: &[u8]) -> bool {
        self.fields.len() == 1 || memchr::memchr(self.separator, line).is_some()
    }

    /// What each column is; `None` for columns that tell nothing Ward looks for.
    pub(crate) fn fields(&self) -> &[Option<Field>] {
        &self.fields
    }

    /// The kind of log, such as `conn`.
    pub(crate) fn path(&self) -> &[u8] {
        &self.path
    }

    /// The columns of a line.
    pub(crate) fn split<'a>(&self, line: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let separator = self.separator;
        line.split(move |byte| *byte == separator)
    }

    /// The items of a column that holds a set or a list.
    pub(crate) fn split_set<'a>(&self, value: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let separator = self.set_separator;
        value.split(move |byte| *byte == separator)
    }

    /// True for the texts that stand for nothing.
    pub(crate) fn is_unset(&self, value: &[u8]) -> bool {
        value.is_empty() || value == self.unset || value == self.empty
    }

    /// The directives in force, to go on reading in the middle of the file.
    pub(crate) fn to_lines(&self) -> Option<Vec<u8>> {
        self.is_active().then(|| self.lines.clone())
    }

    /// Keeps the last line of each directive.
    fn remember(&mut self, line: &[u8]) {
        let name_of = |line: &[u8]| line.split(u8::is_ascii_whitespace).next().map(<[u8]>::to_vec);
        let name = name_of(line);
        let kept = self.lines.split_inclusive(|byte| *byte == b'\n').filter(|kept| name_of(kept) != name);
        self.lines = kept.flatten().chain(line).chain(b"\n").copied().collect();
    }
}

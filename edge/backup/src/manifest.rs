//! The manifest: the last file within, which says what the others are.

use serde::{Deserialize, Serialize};

/// The manifest's format, which a change that an older program would misread makes larger.
pub const FORMAT: u64 = 1;
/// Its name within the backup.
pub(crate) const NAME: &str = "manifest.json";

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u64,
    /// What the caller says of the whole: program, installation, time, counts.
    pub about: serde_json::Value,
    /// In the order in which they were written.
    pub files: Vec<PackedFile>,
}

/// One file within.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackedFile {
    /// With `/`, below the installation's folder.
    pub path: String,
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

/// Whether a name is one that a backup has: relative, of plain words, so that nothing is ever written elsewhere.
pub(crate) fn is_plain(path: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && !word.starts_with('.')
            && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
    };
    path.len() < 100 && path.split('/').all(is_word)
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn names() {
        for (name, is_plain) in [
            ("origin", true),
            ("keys/hub-1.token", true),
            ("archive/segments/2018-05-ab.parquet", true),
            ("", false),
            ("/etc/passwd", false),
            ("keys/../../x", false),
            ("./x", false),
            ("a//b", false),
            ("a\\b", false),
            (".hidden", false),
        ] {
            assert_eq!(super::is_plain(name), is_plain, "{name}");
        }
    }
}

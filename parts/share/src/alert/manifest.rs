//! The manifest of an alert: the text that two people sign, naming every object of the alert by its digest.
//!
//! Lines: `ward-alert/v1`, the origin of the hub's log, the report's id, its version, the SHA-256 of the report's bytes; then for each
//! further object its id, version and SHA-256, separated by single spaces. Whoever holds the objects can make the same text again.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

/// The first line.
const FORM: &str = "ward-alert/v1";

/// An object as it is listed: its id, its version's exact text, and its bytes.
pub type ObjectBytes<'a> = (&'a str, &'a str, &'a [u8]);

/// A manifest, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Origin of the log of the hub that made the alert.
    pub origin: String,
    pub report_id: String,
    pub modified: String,
    /// Lower-case hex.
    pub report_sha256: String,
    /// The objects beside the report, in the order of the text.
    pub objects: Vec<Listed>,
}

/// An object beside the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub stix_id: String,
    pub version: String,
    /// Lower-case hex.
    pub sha256: String,
}

/// Why a text is not a manifest, or not the manifest of these objects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestProblem {
    #[error("line {line} of the manifest is not as it must be")]
    Line {
        /// From 1.
        line: usize,
    },
    #[error("the manifest names `{0}` twice")]
    Twice(String),
    #[error("`{0}` is in the manifest and was not given")]
    Missing(String),
    #[error("`{0}` was given and is not in the manifest")]
    Unlisted(String),
    #[error("`{0}` is not byte for byte what was signed")]
    Changed(String),
    #[error("`{0}` is not the object that its bytes hold")]
    Misnamed(String),
}

impl Manifest {
    /// The manifest of a report and the other objects of its alert.
    #[must_use]
    pub fn of(origin: &str, report: ObjectBytes<'_>, others: &[ObjectBytes<'_>]) -> Manifest {
        let (report_id, modified, bytes) = report;
        let listed = |(id, version, bytes): &ObjectBytes<'_>| Listed {
            stix_id: (*id).to_owned(),
            version: (*version).to_owned(),
            sha256: sha256_hex(bytes),
        };
        Manifest {
            origin: origin.to_owned(),
            report_id: report_id.to_owned(),
            modified: modified.to_owned(),
            report_sha256: sha256_hex(bytes),
            objects: others.iter().map(listed).collect(),
        }
    }

    /// Reads a manifest's text.
    ///
    /// # Errors
    /// [`ManifestProblem::Line`] with the place, [`ManifestProblem::Twice`].
    pub fn parse(text: &str) -> Result<Manifest, ManifestProblem> {
        let lines: Vec<&str> = text.strip_suffix('\n').ok_or(ManifestProblem::Line { line: 1 })?.split('\n').collect();
        let [form, origin, report_id, modified, report_sha256, rest @ ..] = lines.as_slice() else {
            return Err(ManifestProblem::Line { line: lines.len() });
        };
        if *form != FORM {
            return Err(ManifestProblem::Line { line: 1 });
        }
        let mut objects = Vec::with_capacity(rest.len());
        let mut seen = BTreeSet::from([(*report_id, *modified)]);
        for (line, at) in rest.iter().zip(6..) {
            let parts: Vec<&str> = line.split(' ').collect();
            let [id, version, sha256] = parts.as_slice() else { return Err(ManifestProblem::Line { line: at }) };
            if !seen.insert((*id, *version)) {
                return Err(ManifestProblem::Twice((*id).to_owned()));
            }
            objects.push(Listed {
                stix_id: (*id).to_owned(),
                version: (*version).to_owned(),
                sha256: (*sha256).to_owned(),
            });
        }
        Ok(Manifest {
            origin: (*origin).to_owned(),
            report_id: (*report_id).to_owned(),
            modified: (*modified).to_owned(),
            report_sha256: (*report_sha256).to_owned(),
            objects,
        })
    }

    /// Whether `objects` are exactly the report and the objects listed, byte for byte, and are what they are called.
    ///
    /// # Errors
    /// The first object that is missing, not listed, changed or misnamed.
    pub fn check(&self, objects: &[ObjectBytes<'_>]) -> Result<(), ManifestProblem> {
        let listed = |id: &str, version: &str| {
            if (id, version) == (self.report_id.as_str(), self.modified.as_str()) {
                return Some(self.report_sha256.as_str());
            }
            let found = self.objects.iter().find(|object| object.stix_id == id && object.version == version);
            found.map(|object| object.sha256.as_str())
        };
        let mut given = BTreeSet::new();
        for (id, version, bytes) in objects {
            let sha256 = listed(id, version).ok_or_else(|| ManifestProblem::Unlisted((*id).to_owned()))?;
            if sha256_hex(bytes) != sha256 {
                return Err(ManifestProblem::Changed((*id).to_owned()));
            }
            let is_it = ward_stix::object::Object::parse(bytes).is_ok_and(|o| o.id() == *id && o.version() == *version);
            if !is_it {
                return Err(ManifestProblem::Misnamed((*id).to_owned()));
            }
            if !given.insert((*id, *version)) {
                return Err(ManifestProblem::Twice((*id).to_owned()));
            }
        }
        let all = self.objects.iter().map(|object| (object.stix_id.as_str(), object.version.as_str()));
        let mut all = all.chain([(self.report_id.as_str(), self.modified.as_str())]);
        match all.find(|object| !given.contains(object)) {
            Some((id, _)) => Err(ManifestProblem::Missing(id.to_owned())),
            None => Ok(()),
        }
    }
}

/// The text that is signed, with its final newline.
impl std::fmt::Display for Manifest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{FORM}\n{}\n{}\n{}\n{}", self.origin, self.report_id, self.modified, self.report_sha256)?;
        self.objects
            .iter()
            .try_for_each(|object| writeln!(f, "{} {} {}", object.stix_id, object.version, object.sha256))
    }
}

/// SHA-256 as lower-case hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"type":"report","id":"report--1","created":"2016-06-01T00:00:00.000Z","modified":"2016-06-01T00:00:00.000Z"}"#;
    const INDICATOR: &str = r#"{"type":"indicator","id":"indicator--1","modified":"2016-06-01T00:00:00.000Z"}"#;
    const AT: &str = "2016-06-01T00:00:00.000Z";

    fn objects() -> Vec<ObjectBytes<'static>> {
        vec![("report--1", AT, REPORT.as_bytes()), ("indicator--1", AT, INDICATOR.as_bytes())]
    }

    fn manifest() -> Manifest {
        Manifest::of("hub.example/log", objects()[0], &objects()[1..])
    }

    #[test]
    fn the_text_is_read_back() {
        let text = manifest().to_string();
        assert_eq!(text.lines().count(), 6);
        assert_eq!(Manifest::parse(&text).unwrap(), manifest());
        for (text, problem) in [
            (text.replace("ward-alert/v1", "ward-alert/v2"), ManifestProblem::Line { line: 1 }),
            (text.trim_end().to_owned(), ManifestProblem::Line { line: 1 }),
            (text.replace("indicator--1 ", "indicator--1"), ManifestProblem::Line { line: 6 }),
            (format!("{text}report--1 {AT} 00\n"), ManifestProblem::Twice("report--1".to_owned())),
            ("ward-alert/v1\na\nb\n".to_owned(), ManifestProblem::Line { line: 3 }),
        ] {
            assert_eq!(Manifest::parse(&text).unwrap_err(), problem);
        }
    }

    #[test]
    fn objects_are_all_there_and_unchanged() {
        let other = INDICATOR.replace("06-01", "06-02");
        let cases: [(Vec<ObjectBytes<'_>>, Result<(), ManifestProblem>); 6] = [
            (objects(), Ok(())),
            (objects()[..1].to_vec(), Err(ManifestProblem::Missing("indicator--1".to_owned()))),
            (objects()[1..].to_vec(), Err(ManifestProblem::Missing("report--1".to_owned()))),
            (vec![("indicator--1", AT, other.as_bytes())], Err(ManifestProblem::Changed("indicator--1".to_owned()))),
            (
                vec![("indicator--2", AT, INDICATOR.as_bytes())],
                Err(ManifestProblem::Unlisted("indicator--2".to_owned())),
            ),
            ([objects(), objects()].concat(), Err(ManifestProblem::Twice("report--1".to_owned()))),
        ];
        for (given, expected) in cases {
            assert_eq!(manifest().check(&given), expected);
        }
        let misnamed =
            Manifest::of("o", ("report--1", AT, REPORT.as_bytes()), &[("indicator--9", AT, INDICATOR.as_bytes())]);
        let given = [objects()[0], ("indicator--9", AT, INDICATOR.as_bytes())];
        assert_eq!(misnamed.check(&given), Err(ManifestProblem::Misnamed("indicator--9".to_owned())));
    }
}

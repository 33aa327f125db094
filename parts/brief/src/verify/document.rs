//! The document itself: its figures and sentences against its bundle, its digest, and what the record says of it.

use serde::Deserialize;
use ward_tlog::{VerifierKey, checkpoint, leaf_hash, verify_inclusion};

use crate::bundle::sha256_hex;
use crate::compute::{compute, time_text};
use crate::document::{Document, PROGRAM, Recorded, canonical};
use crate::freeze::{FROZEN, id};
use crate::sql::BriefRow;
use crate::verify::OnRecord;
use crate::{Brief, Figure};

/// What of an entry's body is looked at.
#[derive(Deserialize)]
struct EntryBody {
    act: String,
    subject: String,
    at: i64,
    detail: EntryDetail,
    rows: Vec<EntryRow>,
}

#[derive(Deserialize)]
struct EntryDetail {
    content_sha256: String,
    bundle_sha256: String,
}

#[derive(Deserialize)]
struct EntryRow {
    table: String,
    key: Vec<String>,
    sha256: String,
}

/// What does not hold between a document and its own bundle.
pub fn problems(document: &Document) -> Vec<String> {
    let (stated, computed) = (document.brief(), compute(&document.bundle));
    let mut problems = figures(&stated, &computed);
    for (name, stated, computed) in [
        ("bottom_line", &stated.bottom_line, &computed.bottom_line),
        ("seen", &stated.seen, &computed.seen),
        ("not_seen", &stated.not_seen, &computed.not_seen),
    ] {
        problems.extend(sentences(name, stated, computed));
    }
    for (name, stated, computed) in [
        ("as_of", canonical(&stated.as_of), canonical(&computed.as_of)),
        ("marking", canonical(&stated.marking), canonical(&computed.marking)),
        ("names", canonical(&stated.names), canonical(&computed.names)),
        ("blind_spots", canonical(&stated.blind_spots), canonical(&computed.blind_spots)),
        ("basis", canonical(&stated.basis), canonical(&computed.basis)),
        ("alerts", canonical(&stated.alerts), canonical(&computed.alerts)),
        ("named", canonical(&stated.named), canonical(&computed.named)),
        ("not_named", canonical(&stated.not_named), canonical(&computed.not_named)),
        ("notice", canonical(&stated.notice), canonical(&computed.notice)),
    ] {
        problems.extend(differs(name, &stated, &computed));
    }
    if !problems.is_empty() {
        problems.extend(Some(other_program(document)).filter(|words| !words.is_empty()));
    }
    let digest = document.digest();
    problems.extend(differs("content_sha256", &document.content_sha256, &digest));
    problems
}

/// Why a brief of another version may differ without anybody's doing; empty when it is of this one.
pub fn other_program(document: &Document) -> String {
    if document.program == PROGRAM {
        return String::new();
    }
    format!(" (made by `{}`, compared by `{PROGRAM}`: verify it with the program that made it)", document.program)
}

fn differs(name: &str, stated: &str, computed: &str) -> Option<String> {
    (stated != computed).then(|| format!("{name} is `{stated}`, recomputed `{computed}`"))
}

fn figures(stated: &Brief, computed: &Brief) -> Vec<String> {
    let mut problems = Vec::new();
    for (stated, computed) in stated.figures.iter().zip(&computed.figures) {
        let id = &computed.id;
        let value = |figure: &Figure| canonical(&figure.value);
        problems.extend(differs(&format!("figure {id}: value"), &value(stated), &value(computed)));
        for (name, stated, computed) in [
            ("id", stated.id.clone(), computed.id.clone()),
            ("name", stated.name.clone(), computed.name.clone()),
            ("reporting", stated.reporting.to_string(), computed.reporting.to_string()),
            ("of", stated.of.to_string(), computed.of.to_string()),
            ("caution", canonical(&stated.caution), canonical(&computed.caution)),
            ("definition", stated.definition.clone(), computed.definition.clone()),
            ("figures beside it", canonical(&stated.beside), canonical(&computed.beside)),
        ] {
            problems.extend(differs(&format!("figure {id}: {name}"), &stated, &computed));
        }
    }
    let (found, expected) = (stated.figures.len(), computed.figures.len());
    problems.extend(differs("the number of figures", &found.to_string(), &expected.to_string()));
    problems
}

fn sentences(name: &str, stated: &[String], computed: &[String]) -> Vec<String> {
    let nothing = String::new();
    let pairs = (0..stated.len().max(computed.len()))
        .map(|place| (place + 1, stated.get(place).unwrap_or(&nothing), computed.get(place).unwrap_or(&nothing)));
    pairs
        .filter_map(|(number, stated, computed)| differs(&format!("sentence {number} of `{name}`"), stated, computed))
        .collect()
}

/// How far a record vouches for a document, and what does not hold of it.
pub struct Vouched {
    pub on_record: OnRecord,
    pub words: String,
    pub problems: Vec<String>,
}

/// How far a record vouches for a document.
pub fn vouched(document: &Document, hub_log_key: Option<&str>) -> Vouched {
    let (Some(issue), Some(recorded)) = (&document.issue, &document.record) else {
        let mut problems = Vec::new();
        if document.issue.is_some() != document.record.is_some() {
            problems.push("a frozen brief has a number and an entry in the record; this has one of the two".to_owned());
        } else if hub_log_key.is_some() {
            problems.push("the brief is not frozen, so it is on no log".to_owned());
        }
        let words = "Not frozen: no record vouches for what it is made of. Only the arithmetic was checked.".to_owned();
        return Vouched { on_record: OnRecord::NotFrozen, words, problems };
    };
    let mut problems = entry(document, issue.number, recorded);
    match included(recorded, hub_log_key) {
        // A proof of an entry that is about something else proves nothing of this.
        Ok(words) if problems.is_empty() => {
            let on_record = if hub_log_key.is_some() { OnRecord::Proved } else { OnRecord::OwnKey };
            Vouched { on_record, words, problems }
        }
        included => {
            problems.extend(included.err());
            let words = "The file says that it is on the hub's record; nothing in it proves that. Only the arithmetic was checked.";
            Vouched { on_record: OnRecord::Stated, words: words.to_owned(), problems }
        }
    }
}

/// The entry against the document.
fn entry(document: &Document, number: i64, recorded: &Recorded) -> Vec<String> {
    let Ok(body) = serde_json::from_str::<EntryBody>(&recorded.entry.body) else {
        return vec!["the entry of the record cannot be read".to_owned()];
    };
    let row = row(document);
    let (act, subject) = (FROZEN.to_owned(), id(number));
    let mut problems = Vec::new();
    for (name, stated, computed) in [
        ("the act of the entry", &body.act, &act),
        ("the subject of the entry", &body.subject, &subject),
        ("the digest of the bundle in the record", &body.detail.bundle_sha256, &sha256_hex(row.bundle.as_bytes())),
        ("the digest of the figures in the record", &body.detail.content_sha256, &sha256_hex(row.content.as_bytes())),
        ("the time of freezing in the record", &time_text(body.at), &time_text(row.frozen_at)),
    ] {
        problems.extend(differs(name, stated, computed));
    }
    let digest = ward_store::row_digest("brief", &row.recorded()).unwrap_or_default();
    let key = [id(number)];
    let is_recorded =
        body.rows.iter().any(|one| one.table == "brief" && one.key.as_slice() == key && one.sha256 == digest);
    if !is_recorded {
        problems.push(
            "the brief is not the one that the record's entry was made of: its number, figures, bundle, program, person or times differ".to_owned(),
        );
    }
    problems
}

/// The row as it would have been written for this document.
fn row(document: &Document) -> BriefRow {
    let issue = document.issue.as_ref();
    BriefRow {
        number: issue.map_or(0, |issue| issue.number),
        as_of: document.bundle.as_of,
        content: canonical(&document.brief()),
        bundle: canonical(&document.bundle),
        program: document.program.clone(),
        frozen_by: issue.map(|issue| issue.frozen_by.clone()).unwrap_or_default(),
        frozen_at: issue.map_or(0, |issue| issue.frozen_at),
        supersedes: issue.and_then(|issue| issue.supersedes),
    }
}

/// The entry's place in the log, under the key given or else the key that the document names.
fn included(recorded: &Recorded, hub_log_key: Option<&str>) -> Result<String, String> {
    let given = hub_log_key.map(str::trim);
    if let Some(given) = given.filter(|given| *given != recorded.log_key) {
        return Err(format!("the log key is `{}`, not the one given, `{given}`", recorded.log_key));
    }
    let key: VerifierKey = recorded.log_key.parse().map_err(|error| format!("the log key cannot be read: {error}"))?;
    let digest = recorded.entry.digest().ok_or("the salt of the record's entry cannot be read")?;
    let inclusion = recorded.inclusion.as_ref();
    let inclusion =
        inclusion.ok_or("no signed checkpoint covers the record's entry yet: ask the hub for the file again")?;
    let (tree, _) = checkpoint::open(&inclusion.checkpoint, &key)
        .map_err(|error| format!("the checkpoint is not one of the hub's log: {error}"))?;
    let number = recorded.entry.number.and_then(|number| u64::try_from(number).ok());
    let number = number.ok_or("the record's entry has no number")?;
    verify_inclusion(number, tree.size, &leaf_hash(&digest), &inclusion.hashes, &tree.root)
        .map_err(|error| format!("the entry is not in the hub's log: {error}"))?;
    let whose = match given {
        Some(_) => "under the key given",
        None => "under the key that the file itself names; compare that key with what the hub tells you in another way",
    };
    Ok(format!(
        "Entry {number} of the log `{}`, proved by its signed checkpoint of {} entries, {whose}.",
        key.name(),
        tree.size
    ))
}

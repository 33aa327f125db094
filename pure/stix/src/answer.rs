//! An answer: a STIX `sighting` of an alert's report (or of one of its indicators) with Ward's extension, which says what
//! was searched, what could not be, and what was found.
//!
//! "Not seen" is an answer only with the coverage that makes it one. STIX 2.1, section 5.2 (sighting).

mod check;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub use check::{HIGHEST_REJECTED_PERCENT, LOWEST_COVERED_PERCENT, problems};

use crate::alert::strictest_tlp;
use crate::marking::Tlp;
use crate::object::Object;
use crate::timestamp;

/// Id of the extension that an answer carries.
pub const EXTENSION_ID: &str = "extension-definition--ae518b13-4e7f-405d-894f-a4ddb815113f";
/// The largest `count` that STIX allows on a sighting.
pub const LARGEST_COUNT: u64 = 999_999_999;

/// So many results fit into one STIX object with their reasons.
pub const INDICATORS_LISTED_MAX: usize = 1_500;
/// The definition of the count that says how many indicators were searched for where they are not listed.
pub const TOO_MANY_TO_LIST: &str = "indicators asked: they are too many to list, so only those that were seen are";
/// Part of the definition of a count of what a named person took back: nodes and people say it alike.
pub const FALSE_ALARM: &str = "reviewed and found to be a false alarm";

/// Whether one indicator was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// At least once.
    Seen,
    /// Not once, in sources that would have shown it.
    NotSeen,
    /// The sources do not show such things, or were blind.
    CouldNotBeSeen {
        /// Why, in plain words.
        reason: String,
    },
}

/// The whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// Searched, and nothing there.
    NotSeen,
    /// Searched in part, and nothing there.
    PartlySearched,
    /// Nothing could have been seen.
    Blind,
    /// Something matched; no person has looked at it yet.
    MatchUnderReview,
    /// A named person confirmed it.
    Confirmed(Rung),
}

/// How far it went, from least to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// Someone looked for a way in.
    Scanned,
    /// Someone tried to get in.
    Attempted,
    /// Someone got in.
    Accessed,
    /// Someone took data.
    DataTaken,
    /// Someone changed data.
    DataChanged,
    /// A system that counts votes was touched.
    TallySystemTouched,
}

/// What one source could show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCoverage {
    /// The owner's name for it.
    pub name: String,
    /// Its kind, such as `web log`.
    pub kind: String,
    /// Events searched.
    pub events_read: u64,
    /// Lines read, rejected ones included.
    pub lines_read: u64,
    /// Lines that could not be understood.
    pub lines_rejected: u64,
    /// Hours of the period asked.
    pub hours_asked: u64,
    /// Hours of the period with at least one event.
    pub hours_with_data: u64,
    /// Microseconds since 1970-01-01T00:00:00Z.
    #[serde(default, with = "timestamp::as_optional_text")]
    pub first_event: Option<i64>,
    /// Microseconds since 1970-01-01T00:00:00Z.
    #[serde(default, with = "timestamp::as_optional_text")]
    pub last_event: Option<i64>,
    /// Why the source could not have seen anything, in plain words.
    pub blind_because: Option<String>,
}

/// A figure and what it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountWithDefinition {
    /// The figure.
    pub value: u64,
    /// What is counted, in plain words.
    pub definition: String,
}

/// What was found for one indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorResult {
    /// Its id.
    pub indicator_ref: String,
    /// Whether it was seen.
    pub seen: Seen,
    /// How often.
    pub count: u64,
    /// Microseconds since 1970-01-01T00:00:00Z.
    #[serde(default, with = "timestamp::as_optional_text")]
    pub first: Option<i64>,
    /// Microseconds since 1970-01-01T00:00:00Z.
    #[serde(default, with = "timestamp::as_optional_text")]
    pub last: Option<i64>,
    /// Some of it lies outside the indicator's `valid_from` to `valid_until`.
    pub outside_validity: bool,
}

/// An answer; times are microseconds since 1970-01-01T00:00:00Z, `created` and `modified` RFC 3339 as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Id of the sighting; see [`sighting_id`].
    pub sighting_id: String,
    /// The report that is answered, or the indicator that was seen.
    pub of_ref: String,
    /// Identity of the jurisdiction that is spoken of.
    pub where_sighted_ref: String,
    /// Identity of who answers.
    pub answered_by_ref: String,
    /// When first answered.
    pub created: String,
    /// When last changed.
    pub modified: String,
    /// Start of the period searched.
    #[serde(with = "timestamp::as_text")]
    pub period_from: i64,
    /// End of the period searched.
    #[serde(with = "timestamp::as_text")]
    pub period_until: i64,
    /// The whole answer.
    pub finding: Finding,
    /// What was searched.
    pub sources: Vec<SourceCoverage>,
    /// What was found.
    pub indicators: Vec<IndicatorResult>,
    /// Name and office of the person who confirmed it.
    pub confirmed_by: Option<String>,
    /// Figures that go with a confirmation.
    pub counts: Vec<CountWithDefinition>,
    /// Ids of the indicators whose hits a named person reviewed as a false alarm; why stays with the office.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub false_alarms: Vec<String>,
    /// Name and office of the person who released the answer, if it did not go by itself.
    pub released_by: Option<String>,
    /// The jurisdiction lets other members of the hub see its name beside this answer; without it they see only counts.
    #[serde(default, rename = "name_released", skip_serializing_if = "std::ops::Not::not")]
    pub is_name_released: bool,
    /// Events that matched.
    pub count: u64,
    /// First of them.
    #[serde(default, with = "timestamp::as_optional_text")]
    pub first_seen: Option<i64>,
    /// Last of them.
    #[serde(default, with = "timestamp::as_optional_text")]
    pub last_seen: Option<i64>,
    /// Who may read it.
    pub tlp: Tlp,
}

/// Why an object is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// Another type, or no extension of an answer.
    #[error("not a sighting with the answer extension")]
    NotAnAnswer,
    /// A property of the sighting is missing or has the wrong form.
    #[error("property `{property}` is missing or has the wrong form")]
    Property {
        /// The property.
        property: &'static str,
    },
    /// The extension is not what it should be.
    #[error("the answer extension is not readable")]
    Extension(#[source] serde_json::Error),
}

impl Rung {
    /// Every rung, from least to worst.
    pub const ALL: [Self; 6] =
        [Self::Scanned, Self::Attempted, Self::Accessed, Self::DataTaken, Self::DataChanged, Self::TallySystemTouched];

    /// The form in data and on the command line, such as `data-taken`.
    pub fn text(self) -> &'static str {
        match self {
            Self::Scanned => "scanned",
            Self::Attempted => "attempted",
            Self::Accessed => "accessed",
            Self::DataTaken => "data-taken",
            Self::DataChanged => "data-changed",
            Self::TallySystemTouched => "tally-system-touched",
        }
    }

    /// The form for people, such as `data taken`.
    pub fn plain(self) -> &'static str {
        match self {
            Self::Scanned => "scanned",
            Self::Attempted => "attempted",
            Self::Accessed => "accessed",
            Self::DataTaken => "data taken",
            Self::DataChanged => "data changed",
            Self::TallySystemTouched => "tally system touched",
        }
    }

    /// The rung of a text in either form.
    pub fn of_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rung| rung.text() == text || rung.plain() == text)
    }
}

impl Finding {
    /// The form in data, such as `match-under-review`; a confirmation is `confirmed` whatever its rung.
    pub fn text(self) -> &'static str {
        match self {
            Self::NotSeen => "not-seen",
            Self::PartlySearched => "partly-searched",
            Self::Blind => "blind",
            Self::MatchUnderReview => "match-under-review",
            Self::Confirmed(_) => "confirmed",
        }
    }

    /// The form for people, such as `match under review` or `confirmed: data taken`.
    pub fn plain(self) -> String {
        match self {
            Self::Confirmed(rung) => format!("confirmed: {}", rung.plain()),
            other => other.text().replace('-', " "),
        }
    }
}

/// The id of the sighting with which a jurisdiction answers for a report or an indicator: the same each time, and
/// computable only by who knows the namespace (UUIDv5, RFC 9562 section 5.5).
pub fn sighting_id(namespace: Uuid, report_or_indicator_id: &str, jurisdiction_identity: &str) -> String {
    let name = format!("{report_or_indicator_id}\n{jurisdiction_identity}");
    format!("sighting--{}", Uuid::new_v5(&namespace, name.as_bytes()))
}

/// Properties of an [`Answer`] that the sighting itself carries, so that the extension does not.
const IN_THE_SIGHTING: [&str; 9] = [
    "sighting_id",
    "of_ref",
    "where_sighted_ref",
    "answered_by_ref",
    "created",
    "modified",
    "first_seen",
    "last_seen",
    "tlp",
];

/// The answer as a STIX sighting, in JSON. The extension keeps the exact count where it is more than STIX allows.
pub fn to_object(answer: &Answer) -> Vec<u8> {
    let mut extension = match serde_json::to_value(answer) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    extension.retain(|name, value| !IN_THE_SIGHTING.contains(&name.as_str()) && !is_empty(value));
    extension.insert("extension_type".to_owned(), Value::from("property-extension"));
    let mut sighting = json!({
        "type": "sighting",
        "spec_version": "2.1",
        "id": answer.sighting_id,
        "created_by_ref": answer.answered_by_ref,
        "created": answer.created,
        "modified": answer.modified,
        "sighting_of_ref": answer.of_ref,
        "where_sighted_refs": [answer.where_sighted_ref],
        "count": answer.count.min(LARGEST_COUNT),
        "summary": false,
        "object_marking_refs": [answer.tlp.official_id()],
        "extensions": {EXTENSION_ID: extension},
    });
    if let Some(members) = sighting.as_object_mut() {
        for (name, time) in [("first_seen", answer.first_seen), ("last_seen", answer.last_seen)] {
            if let Some(time) = time {
                members.insert(name.to_owned(), Value::from(timestamp::format_micros(time)));
            }
        }
    }
    sighting.to_string().into_bytes()
}

/// Reads an answer. What is read may still have [`problems`].
pub fn from_object(object: &Object) -> Result<Answer, AnswerError> {
    let sighting = object.value();
    let extension = sighting.get("extensions").and_then(|extensions| extensions.get(EXTENSION_ID));
    let Some(Value::Object(extension)) = extension.filter(|_| object.kind() == "sighting") else {
        return Err(AnswerError::NotAnAnswer);
    };
    let text = |property: &'static str| object.text(property).ok_or(AnswerError::Property { property });
    let tlp = strictest_tlp(object).ok_or(AnswerError::Property { property: "object_marking_refs" })?;
    let mut members = extension.clone();
    for list in ["sources", "indicators", "counts"] {
        members.entry(list).or_insert_with(|| Value::Array(Vec::new()));
    }
    let mut insert = |name: &str, value: Value| members.insert(name.to_owned(), value);
    insert("sighting_id", object.id().into());
    insert("of_ref", text("sighting_of_ref")?.into());
    insert("where_sighted_ref", only_place(sighting)?.into());
    insert("answered_by_ref", text("created_by_ref")?.into());
    insert("created", text("created")?.into());
    insert("modified", text("modified")?.into());
    insert("first_seen", object.text("first_seen").into());
    insert("last_seen", object.text("last_seen").into());
    insert("tlp", serde_json::to_value(tlp).map_err(AnswerError::Extension)?);
    serde_json::from_value(Value::Object(members)).map_err(AnswerError::Extension)
}

/// The definition of the extension as a STIX object, in JSON.
pub fn extension_definition() -> Vec<u8> {
    crate::alert::objects::extension_definition(
        EXTENSION_ID,
        "Ward answer",
        "What was searched for an alert and what was found. Properties: period_from and period_until (timestamps), \
         finding (not-seen, partly-searched, blind, match-under-review or an object with confirmed and the rung), count \
         (integer), sources (list of objects: name, kind, events_read, lines_read, lines_rejected, hours_asked, \
         hours_with_data, first_event, last_event, blind_because), indicators (list of objects: indicator_ref, seen, \
         count, first, last, outside_validity), confirmed_by, released_by (strings), name_released (boolean: \
         other members may see whose answer it is), counts (list of objects: value, \
         definition), false_alarms (list of ids of indicators).",
    )
}

/// STIX allows no empty lists, and null says nothing.
fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// An answer is for one jurisdiction.
fn only_place(sighting: &Value) -> Result<&str, AnswerError> {
    match sighting.get("where_sighted_refs").and_then(Value::as_array).map(Vec::as_slice) {
        Some([Value::String(place)]) => Ok(place),
        _ => Err(AnswerError::Property { property: "where_sighted_refs" }),
    }
}

#[cfg(test)]
mod tests;

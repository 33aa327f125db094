//! An alert: a STIX `report` with Ward's extension, written so that a clerk knows what to do today.
//!
//! `name` and `description` repeat the headline for tools that do not know the extension. STIX 2.1, section 4.16
//! (report), 7.3 (extensions) and appendix A (confidence scale).

mod check;
pub(crate) mod objects;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use check::problems;
pub use objects::{IdentityFacts, IndicatorFacts, identity_object, indicator_object};

use crate::marking::{Tlp, tlp_of_id};
use crate::object::Object;
use crate::timestamp;

/// Id of the extension that an alert carries.
pub const EXTENSION_ID: &str = "extension-definition--18cf5367-0c47-44e6-89f5-e330142721c0";
/// Id of the identity that defines Ward's extensions.
pub const WARD_IDENTITY_ID: &str = "identity--552fd717-b25c-4802-aaec-30fad174ecfb";
/// The most steps that an alert may ask for.
pub const MOST_STEPS: usize = 5;

/// An alert. All fields are needed; [`problems`] says what an alert still lacks before it can be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Id of the report.
    pub report_id: String,
    /// Identity that warns.
    pub created_by_ref: String,
    /// RFC 3339, as written.
    pub created: String,
    /// RFC 3339, as written; equal to `created` in the first version.
    pub modified: String,
    /// What happened, in one plain sentence.
    pub headline: String,
    /// Who has to do something.
    pub who_must_act: String,
    /// What to do today, at most [`MOST_STEPS`].
    pub steps: Vec<String>,
    /// How sure the sender is.
    pub confidence: Confidence,
    /// Why this is not just one more warning.
    pub why_different: String,
    /// When the alert stops mattering, in microseconds since 1970-01-01T00:00:00Z.
    #[serde(with = "timestamp::as_text")]
    pub stops_mattering_at: i64,
    /// Who may read it.
    pub tlp: Tlp,
    /// Ids of its indicators.
    pub indicator_refs: Vec<String>,
    /// Start of the period to be searched, in microseconds since 1970-01-01T00:00:00Z.
    #[serde(with = "timestamp::as_text")]
    pub search_from: i64,
    /// End of the period to be searched, in microseconds since 1970-01-01T00:00:00Z.
    #[serde(with = "timestamp::as_text")]
    pub search_until: i64,
    /// What this version corrects.
    pub correction: Option<Correction>,
}

/// How sure the sender is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// STIX confidence 15.
    Low,
    /// STIX confidence 50.
    Moderate,
    /// STIX confidence 85.
    High,
}

/// What a new version of an alert corrects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The `modified` of the version that was wrong.
    pub of_modified: String,
    /// What was wrong and what is right, in plain words.
    pub what_changed: String,
}

/// Why an object is no alert.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlertError {
    /// Another type, or no extension of an alert.
    #[error("not a report with the alert extension")]
    NotAnAlert,
    /// A property that an alert needs is missing or has the wrong form.
    #[error("property `{property}` is missing or has the wrong form")]
    Property {
        /// The property.
        property: &'static str,
    },
}

impl Confidence {
    /// The number on STIX's scale of 0 to 100.
    pub fn stix(self) -> u8 {
        match self {
            Self::Low => 15,
            Self::Moderate => 50,
            Self::High => 85,
        }
    }

    /// The word for a number on STIX's scale: low below 30, moderate below 70, else high.
    pub fn of_stix(confidence: u64) -> Option<Self> {
        match confidence {
            0..30 => Some(Self::Low),
            30..70 => Some(Self::Moderate),
            70..=100 => Some(Self::High),
            _ => None,
        }
    }
}

/// The alert as a STIX report, in JSON.
pub fn to_object(alert: &Alert) -> Vec<u8> {
    let mut extension = json!({
        "extension_type": "property-extension",
        "who_must_act": alert.who_must_act,
        "steps": alert.steps,
        "why_different": alert.why_different,
        "stops_mattering_at": timestamp::format_micros(alert.stops_mattering_at),
        "search_from": timestamp::format_micros(alert.search_from),
        "search_until": timestamp::format_micros(alert.search_until),
    });
    if let (Some(correction), Some(members)) = (&alert.correction, extension.as_object_mut()) {
        members.insert(
            "correction".to_owned(),
            json!({"of_modified": correction.of_modified, "what_changed": correction.what_changed}),
        );
    }
    let report = json!({
        "type": "report",
        "spec_version": "2.1",
        "id": alert.report_id,
        "created_by_ref": alert.created_by_ref,
        "created": alert.created,
        "modified": alert.modified,
        "published": alert.created,
        "name": alert.headline,
        "description": alert.headline,
        "report_types": ["threat-report"],
        "confidence": alert.confidence.stix(),
        "object_refs": alert.indicator_refs,
        "object_marking_refs": [alert.tlp.official_id()],
        "extensions": {EXTENSION_ID: extension},
    });
    report.to_string().into_bytes()
}

/// Reads an alert. What is read may still have [`problems`].
pub fn from_object(object: &Object) -> Result<Alert, AlertError> {
    let extension = object.value().get("extensions").and_then(|extensions| extensions.get(EXTENSION_ID));
    let Some(extension) = extension.filter(|_| object.kind() == "report") else {
        return Err(AlertError::NotAnAlert);
    };
    let text = |from: &Value, property: &'static str| {
        from.get(property).and_then(Value::as_str).map(str::to_owned).ok_or(AlertError::Property { property })
    };
    let micros = |property: &'static str| {
        let text = text(extension, property)?;
        timestamp::parse_micros(&text).ok_or(AlertError::Property { property })
    };
    let report = object.value();
    let confidence = report.get("confidence").and_then(Value::as_u64).and_then(Confidence::of_stix);
    Ok(Alert {
        report_id: object.id().to_owned(),
        created_by_ref: text(report, "created_by_ref")?,
        created: text(report, "created")?,
        modified: text(report, "modified")?,
        headline: text(report, "name")?,
        who_must_act: text(extension, "who_must_act")?,
        steps: texts(extension, "steps")?,
        confidence: confidence.ok_or(AlertError::Property { property: "confidence" })?,
        why_different: text(extension, "why_different")?,
        stops_mattering_at: micros("stops_mattering_at")?,
        tlp: strictest_tlp(object).ok_or(AlertError::Property { property: "object_marking_refs" })?,
        indicator_refs: texts(report, "object_refs")?,
        search_from: micros("search_from")?,
        search_until: micros("search_until")?,
        correction: correction(extension)?,
    })
}

/// The definition of the extension as a STIX object, in JSON.
pub fn extension_definition() -> Vec<u8> {
    objects::extension_definition(
        EXTENSION_ID,
        "Ward alert",
        "An alert that says who must act, what to do and until when it matters. Properties, all required but the last: \
         who_must_act (string), steps (list of 1 to 5 strings), why_different (string), stops_mattering_at, search_from \
         and search_until (timestamps), correction (object with of_modified and what_changed).",
    )
}

/// The strictest of an object's own TLP markings, `None` if it has none.
pub(crate) fn strictest_tlp(object: &Object) -> Option<Tlp> {
    object.object_marking_refs().into_iter().filter_map(tlp_of_id).max()
}

fn texts(from: &Value, property: &'static str) -> Result<Vec<String>, AlertError> {
    let list = from.get(property).and_then(Value::as_array).ok_or(AlertError::Property { property })?;
    list.iter().map(|entry| entry.as_str().map(str::to_owned).ok_or(AlertError::Property { property })).collect()
}

fn correction(extension: &Value) -> Result<Option<Correction>, AlertError> {
    let Some(correction) = extension.get("correction") else { return Ok(None) };
    let text = |name: &str| correction.get(name).and_then(Value::as_str).map(str::to_owned);
    match (text("of_modified"), text("what_changed")) {
        (Some(of_modified), Some(what_changed)) => Ok(Some(Correction { of_modified, what_changed })),
        _ => Err(AlertError::Property { property: "correction" }),
    }
}

#[cfg(test)]
mod tests;

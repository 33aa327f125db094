//! What an indicator says of itself, as far as the judgement asks for it.

use ward_stix::object::Object;
use ward_stix::pattern;
use ward_stix::term::Term;
use ward_stix::timestamp::parse_micros;

/// The label of an indicator that its sender wants looked at, and not acted on.
pub const WATCH_ONLY_LABEL: &str = "watch-only";

/// What an indicator says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// What it looks for exactly; empty where it cannot be compiled.
    pub terms: Vec<Term>,
    /// From 0 to 100.
    pub confidence: Option<u8>,
    /// Why it is to be looked at only, in the sender's sense.
    pub watch_only: Option<&'static str>,
    /// When its sender last stood for it: its newest version, or the start of its validity if that is later.
    pub stated_at: Option<i64>,
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub valid_from: Option<i64>,
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub valid_until: Option<i64>,
    /// Withdrawn for good.
    pub is_revoked: bool,
}

impl Stated {
    /// Reads it out of an indicator; `None` for other objects.
    pub fn of(object: &Object) -> Option<Self> {
        if object.kind() != "indicator" {
            return None;
        }
        let micros = |property: &str| object.text(property).and_then(parse_micros);
        let is_stix = object.text("pattern_type").is_none_or(|kind| kind == "stix");
        let compiled = object.text("pattern").filter(|_| is_stix).and_then(|text| pattern::compile(text).ok());
        let valid_from = micros("valid_from");
        Some(Self {
            terms: compiled.map(|compiled| compiled.terms).unwrap_or_default(),
            confidence: object.value().get("confidence").and_then(serde_json::Value::as_u64).and_then(percent),
            watch_only: watch_only(object),
            stated_at: micros("modified").max(valid_from),
            valid_from,
            valid_until: micros("valid_until"),
            is_revoked: object.is_revoked(),
        })
    }
}

fn percent(value: u64) -> Option<u8> {
    u8::try_from(value).ok().filter(|value| *value <= 100)
}

fn watch_only(object: &Object) -> Option<&'static str> {
    let has = |property: &str, wanted: &str| {
        let list = object.value().get(property).and_then(serde_json::Value::as_array);
        list.into_iter().flatten().filter_map(serde_json::Value::as_str).any(|text| text.eq_ignore_ascii_case(wanted))
    };
    if has("labels", WATCH_ONLY_LABEL) {
        return Some("its sender asks to review what matches, and does not say that it is bad");
    }
    // As MISP writes an attribute that is not meant for detection.
    if has("labels", "misp:to_ids=\"False\"") {
        return Some("its sender says that it is not meant for automatic detection");
    }
    has("indicator_types", "benign").then_some("its sender calls it benign")
}

//! The indicators of an alert as this installation searches for them, or why it does not.

use serde::Serialize;
use serde_json::{Value, json};
use ward_share::intake::version_key;
use ward_stix::object::Object;
use ward_stix::{broad, timestamp};
use ward_store::{StoreError, Tx};

use super::ReceivedAlert;
use crate::sql::received;
use ward_stix::question;

/// Searched for.
pub const ACTIVE: &str = "active";
/// Would match half the world.
pub const QUARANTINED: &str = "quarantined";
/// Cannot be looked for exactly.
pub const NOT_SEARCHED: &str = "not-searched";
/// Withdrawn by who made it.
pub const REVOKED: &str = "revoked";

/// An indicator of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IndicatorRow {
    pub id: String,
    pub version_key: String,
    pub report_id: String,
    pub pattern: String,
    /// [`ACTIVE`], [`QUARANTINED`], [`NOT_SEARCHED`] or [`REVOKED`].
    pub state: String,
    /// Why it is not searched for, or which parts of it are not; else empty.
    pub reason: String,
    /// Microseconds UTC.
    pub valid_from: Option<i64>,
    pub valid_until: Option<i64>,
    pub received_at: i64,
}

/// Puts the indicators of the newest version in force; those that it no longer has are withdrawn. Gives how many are in which state.
pub(super) async fn take_over(
    tx: &mut Tx,
    alert: &ReceivedAlert,
    objects: &[Object],
    now: i64,
) -> Result<Value, StoreError> {
    let mut counts = [(ACTIVE, 0), (QUARANTINED, 0), (NOT_SEARCHED, 0), (REVOKED, 0)];
    let mut current = Vec::new();
    for object in objects.iter().filter(|object| object.kind() == "indicator") {
        let row = indicator(object, &alert.report_id, now);
        received::put_indicator(tx, &row).await?;
        counts.iter_mut().filter(|(state, _)| *state == row.state).for_each(|(_, count)| *count += 1);
        current.push(row.id);
    }
    for id in received::indicator_ids(tx, &alert.report_id).await? {
        if !current.contains(&id) {
            received::withdraw_indicator(tx, &alert.report_id, &id, "it is no longer in the alert").await?;
        }
    }
    Ok(counts
        .into_iter()
        .map(|(state, count)| (state.to_owned(), json!(count)))
        .collect::<serde_json::Map<_, _>>()
        .into())
}

/// What becomes of an indicator here.
fn indicator(object: &Object, report_id: &str, now: i64) -> IndicatorRow {
    let (state, reason) = state(object);
    let micros = |property: &str| object.text(property).and_then(timestamp::parse_micros);
    IndicatorRow {
        id: object.id().to_owned(),
        version_key: version_key(object.version()),
        report_id: report_id.to_owned(),
        pattern: object.text("pattern").unwrap_or_default().to_owned(),
        state: state.to_owned(),
        reason,
        valid_from: micros("valid_from"),
        valid_until: micros("valid_until"),
        received_at: now,
    }
}

fn state(object: &Object) -> (&'static str, String) {
    if object.is_revoked() {
        return (REVOKED, "who made it has withdrawn it".to_owned());
    }
    let kind = object.text("pattern_type").unwrap_or_default();
    if kind != "stix" {
        return (NOT_SEARCHED, format!("its pattern is of the type `{kind}`, not `stix`"));
    }
    let compiled = match question::compile(object.text("pattern").unwrap_or_default()) {
        Ok(compiled) => compiled,
        Err(problem) => return (NOT_SEARCHED, format!("its pattern cannot be read: {problem}")),
    };
    let unsupported = compiled.unsupported.join("; ");
    match broad::too_broad(&compiled.terms) {
        Some(reason) => (QUARANTINED, reason),
        None if compiled.terms.is_empty() => (NOT_SEARCHED, unsupported),
        None => (ACTIVE, unsupported),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_and_what_is_not() {
        let check = |members: &str, expected: &str, reason: &str| {
            let json = format!(r#"{{"type":"indicator","id":"indicator--1",{members}}}"#);
            let (state, why) = state(&Object::parse(json.as_bytes()).unwrap());
            assert_eq!(state, expected, "{members}: {why}");
            assert!(why.contains(reason) && (reason.is_empty() == why.is_empty()), "{members}: {why}");
        };
        let stix = |pattern: &str| format!(r#""pattern_type":"stix","pattern":"{pattern}""#);
        check(&stix("[ipv4-addr:value = '192.0.2.1']"), ACTIVE, "");
        check(&stix("[ipv4-addr:value = '192.0.2.1' OR file:name = 'a']"), ACTIVE, "file:name");
        check(&stix("[ipv4-addr:value = '10.0.0.1']"), QUARANTINED, "private");
        check(&stix("[file:name = 'a.dll']"), NOT_SEARCHED, "file:name");
        check(&stix("[url:value = 'http://a.example/x?name=Smith']"), NOT_SEARCHED, "query values");
        check(&stix("[email-addr:value = 'a@b.example']"), NOT_SEARCHED, "about a person");
        check(&stix("[oops"), NOT_SEARCHED, "cannot be read");
        check(r#""pattern_type":"yara","pattern":"x""#, NOT_SEARCHED, "yara");
        check(&format!(r#"{},"revoked":true"#, stix("[ipv4-addr:value = '192.0.2.1']")), REVOKED, "withdrawn");
    }
}

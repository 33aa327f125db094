//! What holds of every text that is read as an object.

use serde_json::Value;
use ward_stix::object::{DEEPEST_NESTING, LARGEST_OBJECT, Object, ObjectError, VersionKey, labelled};
use ward_stix::validate::{self, Options};

/// The bytes stay; reading is serde_json's but for what is refused by name; nothing depends on how the JSON is written.
pub fn holds(data: &[u8]) {
    match Object::parse(data) {
        Ok(object) => read(data, &object),
        Err(error) => refused(data, &error),
    }
}

fn read(data: &[u8], object: &Object) {
    assert_eq!(object.bytes(), data, "the sender's bytes");
    let loose: Value = serde_json::from_slice(data).expect("serde_json reads it as well");
    assert_eq!(&loose, object.value());

    let written = serde_json::to_vec(object.value()).expect("a value is written");
    if written.len() <= LARGEST_OBJECT {
        let again = Object::parse(&written).expect("what was written is read");
        assert_eq!(again.value(), object.value());
        assert_eq!((again.id(), again.kind(), again.version()), (object.id(), object.kind(), object.version()));
        assert_eq!(again.references(), object.references());
        assert_eq!(validate::check(&again), validate::check(object));
    }
    version(object);
    references(object);
    rules(object);
    let labelled = labelled(data.to_vec(), "L");
    assert!(labelled.len() > LARGEST_OBJECT || Object::parse(&labelled).is_ok(), "a label breaks nothing");
}

/// Trailing zeros of a fraction make no other version.
fn version(object: &Object) {
    let text = object.version();
    assert_eq!(VersionKey::of(text), object.version_key());
    let Some(moment) = text.strip_suffix('Z').filter(|_| ward_stix::timestamp::parse(text).is_some()) else { return };
    let longer = if moment.contains('.') { format!("{moment}000Z") } else { format!("{moment}.000Z") };
    assert_eq!(VersionKey::of(&longer), object.version_key(), "{longer}");
    assert!(VersionKey::of(&longer.replace('Z', "1Z")) > object.version_key(), "{longer}");
}

fn references(object: &Object) {
    let references = object.references();
    let mut once = references.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), references.len(), "each once");
    assert!(references.iter().all(|id| id.contains("--")));
}

/// Common properties of objects with versions. On an observable they are custom, so that the full validation lets any value of them stand; a hub
/// reads versions, revocation, markings and references by their names, and does not.
const READ_BY_NAME: [&str; 9] = [
    "created",
    "modified",
    "revoked",
    "confidence",
    "labels",
    "lang",
    "external_references",
    "kill_chain_phases",
    "granular_markings",
];

/// What a hub refuses an object for is an error of the full validation too. A bundle is not an object, though valid.
fn rules(object: &Object) {
    if object.kind() == "bundle" {
        return;
    }
    let mut problems = validate::check(object);
    let by_name = |path: &str| path.contains("_ref") || READ_BY_NAME.iter().any(|name| path.starts_with(name));
    problems.retain(|problem| !by_name(&problem.path));
    let report = validate::validate(object.value(), &Options::default());
    assert!(problems.is_empty() || !report.errors.is_empty(), "refused for {problems:?}, but valid");
}

fn refused(data: &[u8], error: &ObjectError) {
    assert!(!error.to_string().is_empty());
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    let text = |property: &str| value.get(property).is_some_and(Value::is_string);
    let sound = data.len() <= LARGEST_OBJECT && depth(&value) <= DEEPEST_NESTING && text("type") && text("id");
    assert!(!sound || matches!(error, ObjectError::DuplicateKey { .. }), "refused without reason: {error}");
}

fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Array(members) => members.iter().map(depth).max(),
        Value::Object(members) => members.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}

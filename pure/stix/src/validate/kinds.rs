//! Rules of single types (STIX 2.1, sections 4 to 7).

use serde_json::Value;

use super::common::{Order, check_integer, check_order};
use crate::normal;
use crate::object::Object;
use crate::pattern;
use crate::problem::Problem;

/// The rules of the object's own type, beside its required properties, timestamps and references.
pub(super) fn check(object: &Object, found: &mut Vec<Problem>) {
    let value = object.value();
    match object.kind() {
        "campaign" | "infrastructure" | "intrusion-set" | "malware" | "threat-actor" => {
            check_order(value, "first_seen", "last_seen", Order::NotBefore, found);
        }
        "sighting" => check_sighting(value, found),
        "indicator" => check_indicator(object, found),
        "relationship" => check_order(value, "start_time", "stop_time", Order::After, found),
        "observed-data" => check_observed_data(value, found),
        "malware-analysis" => check_order(value, "analysis_started", "analysis_ended", Order::NotBefore, found),
        "location" => check_location(value, found),
        "marking-definition" => check_marking_definition(object, found),
        "network-traffic" => check_network_traffic(value, found),
        "ipv4-addr" => check_address(object, false, found),
        "ipv6-addr" => check_address(object, true, found),
        "artifact" => check_artifact(value, found),
        _ => {}
    }
    match object.kind() {
        "malware" => check_malware(value, found),
        "process" | "user-account" | "x509-certificate" => check_not_bare(object, found),
        _ => {}
    }
}

fn check_sighting(value: &Value, found: &mut Vec<Problem>) {
    check_order(value, "first_seen", "last_seen", Order::NotBefore, found);
    check_integer(value, "count", 0, crate::answer::LARGEST_COUNT, found);
    if value.get("summary").is_some_and(|summary| !summary.is_boolean()) {
        found.push(Problem::new("wrong-type", "summary", "is neither true nor false"));
    }
}

fn check_indicator(object: &Object, found: &mut Vec<Problem>) {
    check_order(object.value(), "valid_from", "valid_until", Order::After, found);
    let (Some(pattern), Some("stix")) = (object.text("pattern"), object.text("pattern_type")) else { return };
    if let Err(error) = pattern::parse(pattern) {
        found.push(Problem::new("pattern", "pattern", error.to_string()));
    }
}

fn check_malware(value: &Value, found: &mut Vec<Problem>) {
    match value.get("is_family") {
        Some(Value::Bool(true)) if value.get("name").is_none() => {
            found.push(Problem::new("missing", "name", "a malware family needs `name`"));
        }
        Some(Value::Bool(_)) | None => {}
        Some(_) => found.push(Problem::new("wrong-type", "is_family", "is neither true nor false")),
    }
}

fn check_observed_data(value: &Value, found: &mut Vec<Problem>) {
    check_order(value, "first_observed", "last_observed", Order::NotBefore, found);
    check_integer(value, "number_observed", 1, crate::answer::LARGEST_COUNT, found);
    if value.get("objects").is_some() && value.get("object_refs").is_some() {
        found.push(Problem::new("exclusive", "objects", "stands beside `object_refs`, which excludes it"));
    }
}

fn check_location(value: &Value, found: &mut Vec<Problem>) {
    let bounds = [("latitude", "longitude", 90.0), ("longitude", "latitude", 180.0)];
    for (property, other, bound) in bounds {
        let Some(number) = value.get(property) else { continue };
        if !number.as_f64().is_some_and(|number| (-bound..=bound).contains(&number)) {
            found.push(Problem::new("range", property, format!("{number} is not from -{bound} to {bound}")));
        }
        if value.get(other).is_none() {
            found.push(Problem::new("missing", other, format!("goes with `{property}`")));
        }
    }
    if value.get("precision").is_some() && value.get("latitude").is_none() {
        found.push(Problem::new("missing", "latitude", "goes with `precision`"));
    }
}

/// A marking says what it is by `definition_type` with `definition`, or by an extension (section 7.2.1).
fn check_marking_definition(object: &Object, found: &mut Vec<Problem>) {
    let value = object.value();
    if value.get("definition_type").is_some() != value.get("definition").is_some() {
        found.push(Problem::new("missing", "definition", "`definition_type` and `definition` go together"));
    }
    let Some(definition) = value.get("definition") else { return };
    let needed = match object.text("definition_type") {
        Some("statement") => "statement",
        Some("tlp") => "tlp",
        _ => return,
    };
    if !definition.get(needed).is_some_and(Value::is_string) {
        found.push(Problem::new("missing", format!("definition.{needed}"), "is missing or is not a text"));
    }
    if object.object_marking_refs().contains(&object.id()) {
        found.push(Problem::new("circular", "object_marking_refs", "an object cannot mark itself"));
    }
}

fn check_network_traffic(value: &Value, found: &mut Vec<Problem>) {
    check_order(value, "start", "end", Order::NotBefore, found);
    for port in ["src_port", "dst_port"] {
        check_integer(value, port, 0, u64::from(u16::MAX), found);
    }
    if value.get("is_active") == Some(&Value::Bool(true)) && value.get("end").is_some() {
        found.push(Problem::new("exclusive", "end", "traffic that is active has no `end`"));
    }
}

/// One address or network of the right family.
fn check_address(object: &Object, is_ipv6: bool, found: &mut Vec<Problem>) {
    let Some(text) = object.text("value") else { return };
    let family = if is_ipv6 { "IPv6" } else { "IPv4" };
    if text.contains(':') != is_ipv6 || normal::network(text).is_none() {
        found.push(Problem::new("address", "value", format!("`{text}` is not an {family} address or network")));
    }
}

fn check_artifact(value: &Value, found: &mut Vec<Problem>) {
    let has = |property: &str| value.get(property).is_some();
    if has("payload_bin") && has("url") {
        found.push(Problem::new("exclusive", "url", "stands beside `payload_bin`, which excludes it"));
    }
    if has("url") && !has("hashes") {
        found.push(Problem::new("missing", "hashes", "an artifact with `url` needs `hashes`"));
    }
}

/// Types all of whose properties are optional still need one of them.
fn check_not_bare(object: &Object, found: &mut Vec<Problem>) {
    const COMMON: [&str; 7] =
        ["type", "id", "spec_version", "object_marking_refs", "granular_markings", "defanged", "lang"];
    let members = object.value().as_object();
    if members.is_some_and(|members| members.keys().all(|name| COMMON.contains(&name.as_str()))) {
        found.push(Problem::new("missing", "", format!("a {} needs at least one property", object.kind())));
    }
}

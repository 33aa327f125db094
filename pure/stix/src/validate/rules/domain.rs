//! Rules of domain objects, relationships and meta objects (STIX 2.1, sections 2.5, 4, 5 and 7).

use serde_json::Value;

use super::{order, text};
use crate::validate::common::Order;
use crate::validate::document;
use crate::validate::findings::{Findings, below};
use crate::validate::form::Members;
use crate::validate::formats::{is_language, is_plain_word};

/// `last_seen` is not before `first_seen`.
pub(in crate::validate) fn seen(members: &Members, path: &str, found: &mut Findings<'_>) {
    order(members, ("first_seen", "last_seen"), Order::NotBefore, path, found);
}

/// A relationship stops after it starts.
pub(in crate::validate) fn relationship(members: &Members, path: &str, found: &mut Findings<'_>) {
    order(members, ("start_time", "stop_time"), Order::After, path, found);
}

/// An indicator ends after it begins, and should say what it finds.
pub(in crate::validate) fn indicator(members: &Members, path: &str, found: &mut Findings<'_>) {
    order(members, ("valid_from", "valid_until"), Order::After, path, found);
    for property in ["name", "description"] {
        if !members.contains_key(property) {
            found.warn("indicator-properties", below(path, property), "should be there");
        }
    }
}

/// A malware family has a name.
pub(in crate::validate) fn malware(members: &Members, path: &str, found: &mut Findings<'_>) {
    if members.get("is_family") == Some(&Value::Bool(true)) && !members.contains_key("name") {
        found.error("missing", below(path, "name"), "a malware family needs a name");
    }
}

/// The analysis ends after it started; the product is named in the usual way.
pub(in crate::validate) fn malware_analysis(members: &Members, path: &str, found: &mut Findings<'_>) {
    order(members, ("analysis_started", "analysis_ended"), Order::NotBefore, path, found);
    if text(members, "product").is_some_and(|product| !is_plain_word(product)) {
        let message = "should be in lower case, with hyphens between words";
        found.warn("malware-analysis-product", below(path, "product"), message);
    }
}

/// Latitude, longitude and precision stand together.
pub(in crate::validate) fn location(members: &Members, path: &str, found: &mut Findings<'_>) {
    for (property, other) in [("latitude", "longitude"), ("longitude", "latitude"), ("precision", "latitude")] {
        if members.contains_key(property) && !members.contains_key(other) {
            found.error("missing", below(path, other), format!("goes with `{property}`"));
        }
    }
}

/// What was observed comes as references, or in the older way within the object.
pub(in crate::validate) fn observed_data(members: &Members, path: &str, found: &mut Findings<'_>) {
    order(members, ("first_observed", "last_observed"), Order::NotBefore, path, found);
    let place = below(path, "objects");
    let Some(objects) = members.get("objects") else { return };
    if members.contains_key("object_refs") {
        found.error("exclusive", &place, "stands beside `object_refs`, which excludes it");
    }
    found.warn("deprecated-properties", &place, "is deprecated; `object_refs` takes its place");
    let Some(objects) = objects.as_object() else {
        found.error("wrong-type", &place, "is not a dictionary of observables");
        return;
    };
    for (key, object) in objects {
        if !key.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = format!("the key `{key}` should be a number counted from 0");
            found.warn("observable-object-keys", below(&place, key), message);
        }
        document::embedded(object, &below(&place, key), found);
    }
}

/// CVE and CAPEC numbers come with their own source names (sections 4.1 and 4.18); what is at a URL should have hashes.
pub(in crate::validate) fn external_reference(members: &Members, path: &str, found: &mut Findings<'_>) {
    let (source, number) = (text(members, "source_name"), text(members, "external_id").unwrap_or_default());
    for (name, is_number) in [("cve", is_cve as fn(&str) -> bool), ("capec", is_capec)] {
        if source == Some(name) && !is_number(number) {
            let message = format!("`{number}` is not a number of {}", name.to_uppercase());
            found.error("external-id", below(path, "external_id"), message);
        }
        if source != Some(name) && is_number(number) {
            let message = format!("a number of {} needs the source name `{name}`", name.to_uppercase());
            found.error("source-name", below(path, "source_name"), message);
        }
    }
    if members.contains_key("url") && !members.contains_key("hashes") {
        found.warn("extref-hashes", below(path, "hashes"), "should be there, since there is a URL");
    }
}

fn is_cve(text: &str) -> bool {
    let Some((year, number)) = text.strip_prefix("CVE-").and_then(|rest| rest.split_once('-')) else { return false };
    year.len() == 4 && number.len() >= 4 && is_digits(year) && is_digits(number)
}

fn is_capec(text: &str) -> bool {
    text.strip_prefix("CAPEC-").is_some_and(|number| !number.is_empty() && is_digits(number))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Names of kill chains and their phases are plain words.
pub(in crate::validate) fn kill_chain_phase(members: &Members, path: &str, found: &mut Findings<'_>) {
    for property in ["kill_chain_name", "phase_name"] {
        if text(members, property).is_some_and(|name| !is_plain_word(name)) {
            let message = "should be in lower case, with hyphens between words";
            found.warn("kill-chain-names", below(path, property), message);
        }
    }
}

/// Translations stand under language tags.
pub(in crate::validate) fn language_content(members: &Members, path: &str, found: &mut Findings<'_>) {
    let contents = members.get("contents").and_then(Value::as_object);
    for (language, content) in contents.into_iter().flatten() {
        let place = below(&below(path, "contents"), language);
        if !is_language(language) {
            found.error("format", &place, format!("`{language}` is not a language tag of RFC 5646"));
        }
        if !content.is_object() {
            found.error("wrong-type", &place, "is not a dictionary of translations");
        }
    }
}

/// An extension definition says what it is for, and which properties it adds.
pub(in crate::validate) fn extension_definition(members: &Members, path: &str, found: &mut Findings<'_>) {
    if !members.contains_key("description") {
        found.warn("extension-description", below(path, "description"), "should be there");
    }
    let kinds = members.get("extension_types").and_then(Value::as_array);
    let adds_properties = kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "toplevel-property-extension"));
    let place = below(path, "extension_properties");
    match members.contains_key("extension_properties") {
        true if !adds_properties => {
            found.error("exclusive", place, "goes only with the type `toplevel-property-extension`");
        }
        false if adds_properties => found.warn("extension-properties", place, "should name the added properties"),
        _ => {}
    }
}

//! Rules of cyber observables (STIX 2.1, section 6).

use serde_json::Value;

use super::{order, text};
use crate::validate::catalogue::OF_OBSERVABLES;
use crate::validate::common::Order;
use crate::validate::findings::{Findings, below};
use crate::validate::form::Members;

/// A payload is in the object or at a URL; a URL needs hashes, a key its algorithm.
pub(in crate::validate) fn artifact(members: &Members, path: &str, found: &mut Findings<'_>) {
    let has = |property: &str| members.contains_key(property);
    if has("payload_bin") && has("url") {
        found.error("exclusive", below(path, "url"), "stands beside `payload_bin`, which excludes it");
    }
    if has("url") && !has("hashes") {
        found.error("missing", below(path, "hashes"), "an artifact with `url` needs `hashes`");
    }
    if has("decryption_key") && !has("encryption_algorithm") {
        found.error("missing", below(path, "encryption_algorithm"), "goes with `decryption_key`");
    }
}

/// A message in parts has `body_multipart`, any other `body`.
pub(in crate::validate) fn email_message(members: &Members, path: &str, found: &mut Findings<'_>) {
    let wrong = match members.get("is_multipart") {
        Some(Value::Bool(true)) => "body",
        Some(Value::Bool(false)) => "body_multipart",
        _ => return,
    };
    if members.contains_key(wrong) {
        found.error("exclusive", below(path, wrong), "does not go with what `is_multipart` says");
    }
}

/// Traffic ends after it starts, and not while it is active; it should have both ports.
pub(in crate::validate) fn network_traffic(members: &Members, path: &str, found: &mut Findings<'_>) {
    order(members, ("start", "end"), Order::NotBefore, path, found);
    if members.get("is_active") == Some(&Value::Bool(true)) && members.contains_key("end") {
        found.error("exclusive", below(path, "end"), "traffic that is active has no end");
    }
    for port in ["src_port", "dst_port"] {
        if !members.contains_key(port) {
            found.warn("network-traffic-ports", below(path, port), "should be there");
        }
    }
}

/// Types all of whose properties are optional still need one of them.
pub(in crate::validate) fn not_bare(members: &Members, path: &str, found: &mut Findings<'_>) {
    let is_common = |name: &str| name != "extensions" && OF_OBSERVABLES.property(name).is_some();
    if members.keys().all(|name| is_common(name)) {
        found.error("missing", path, "at least one property of its own is needed");
    }
}

/// Structures all of whose properties are optional still need one of them.
pub(in crate::validate) fn not_empty(members: &Members, path: &str, found: &mut Findings<'_>) {
    if members.is_empty() {
        found.error("missing", path, "at least one property is needed");
    }
}

/// The priority of a Windows process is a class.
pub(in crate::validate) fn windows_process(members: &Members, path: &str, found: &mut Findings<'_>) {
    if text(members, "priority").is_some_and(|priority| !priority.ends_with("_CLASS")) {
        found.warn("windows-process-priority-format", below(path, "priority"), "should end with `_CLASS`");
    }
}

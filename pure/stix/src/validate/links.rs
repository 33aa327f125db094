//! The relationships that the standard names (STIX 2.1, sections 4 to 6, summed up in its appendix B).

use super::catalogue;
use super::findings::{Findings, below};
use super::form::Members;
use super::formats::id_type;
use super::table::Category;

const ADDRESSES: &str = "ipv4-addr ipv6-addr domain-name url";
const USED: &str = "attack-pattern infrastructure malware tool";
const TARGETED: &str = "identity location vulnerability";
const TARGETED_BY_SOFTWARE: &str = "identity infrastructure location vulnerability";
const FETCHED: &str = "malware tool file";

/// Type of the source, type of the relationship, types of the target; `*` stands for every observable.
const RELATIONSHIPS: [(&str, &str, &str); 64] = [
    ("attack-pattern", "delivers", "malware"),
    ("attack-pattern", "targets", TARGETED),
    ("attack-pattern", "uses", "malware tool"),
    ("campaign", "attributed-to", "intrusion-set threat-actor"),
    ("campaign", "compromises", "infrastructure"),
    ("campaign", "originates-from", "location"),
    ("campaign", "targets", TARGETED),
    ("campaign", "uses", USED),
    ("course-of-action", "investigates", "indicator"),
    ("course-of-action", "mitigates", "attack-pattern indicator malware tool vulnerability"),
    ("course-of-action", "remediates", "malware vulnerability"),
    ("identity", "located-at", "location"),
    ("indicator", "indicates", "attack-pattern campaign infrastructure intrusion-set malware threat-actor tool"),
    ("indicator", "based-on", "observed-data"),
    ("infrastructure", "communicates-with", "infrastructure ipv4-addr ipv6-addr domain-name url"),
    ("infrastructure", "consists-of", "infrastructure observed-data *"),
    ("infrastructure", "controls", "infrastructure malware"),
    ("infrastructure", "delivers", "malware"),
    ("infrastructure", "has", "vulnerability"),
    ("infrastructure", "hosts", "tool malware"),
    ("infrastructure", "located-at", "location"),
    ("infrastructure", "uses", "infrastructure"),
    ("intrusion-set", "attributed-to", "threat-actor"),
    ("intrusion-set", "compromises", "infrastructure"),
    ("intrusion-set", "hosts", "infrastructure"),
    ("intrusion-set", "owns", "infrastructure"),
    ("intrusion-set", "originates-from", "location"),
    ("intrusion-set", "targets", TARGETED),
    ("intrusion-set", "uses", USED),
    ("malware", "authored-by", "threat-actor intrusion-set"),
    ("malware", "beacons-to", "infrastructure"),
    ("malware", "exfiltrates-to", "infrastructure"),
    ("malware", "exfiltrate-to", "infrastructure"),
    ("malware", "communicates-with", ADDRESSES),
    ("malware", "controls", "malware"),
    ("malware", "downloads", FETCHED),
    ("malware", "drops", FETCHED),
    ("malware", "exploits", "vulnerability"),
    ("malware", "originates-from", "location"),
    ("malware", "targets", TARGETED_BY_SOFTWARE),
    ("malware", "uses", USED),
    ("malware", "variant-of", "malware"),
    ("malware-analysis", "characterizes", "malware"),
    ("malware-analysis", "analysis-of", "malware"),
    ("malware-analysis", "static-analysis-of", "malware"),
    ("malware-analysis", "dynamic-analysis-of", "malware"),
    ("threat-actor", "attributed-to", "identity"),
    ("threat-actor", "compromises", "infrastructure"),
    ("threat-actor", "hosts", "infrastructure"),
    ("threat-actor", "owns", "infrastructure"),
    ("threat-actor", "impersonates", "identity"),
    ("threat-actor", "located-at", "location"),
    ("threat-actor", "targets", TARGETED),
    ("threat-actor", "uses", USED),
    ("tool", "delivers", "malware"),
    ("tool", "drops", "malware"),
    ("tool", "has", "vulnerability"),
    ("tool", "targets", TARGETED_BY_SOFTWARE),
    ("tool", "uses", "infrastructure"),
    ("domain-name", "resolves-to", "domain-name ipv4-addr ipv6-addr"),
    ("ipv4-addr", "resolves-to", "mac-addr"),
    ("ipv4-addr", "belongs-to", "autonomous-system"),
    ("ipv6-addr", "resolves-to", "mac-addr"),
    ("ipv6-addr", "belongs-to", "autonomous-system"),
];

/// A relationship should be one that the standard names. Custom types have relationships of their own.
pub(super) fn relationship(members: &Members, path: &str, found: &mut Findings<'_>) {
    let text = |name: &str| members.get(name).and_then(serde_json::Value::as_str);
    let (Some(kind), Some(source), Some(target)) =
        (text("relationship_type"), text("source_ref").and_then(id_type), text("target_ref").and_then(id_type))
    else {
        return;
    };
    let (Some(_), Some(target_kind)) = (catalogue::find(source), catalogue::find(target)) else { return };
    let is_named = match kind {
        "related-to" => true,
        "derived-from" | "duplicate-of" => source == target,
        _ => RELATIONSHIPS.iter().any(|(from, name, targets)| {
            let accepts = |word| word == target || word == "*" && target_kind.category == Category::Observable;
            *from == source && *name == kind && targets.split(' ').any(accepts)
        }),
    };
    if !is_named {
        let message = format!("the standard has no relationship `{kind}` from {source} to {target}");
        found.warn("relationship-types", below(path, "relationship_type"), message);
    }
}

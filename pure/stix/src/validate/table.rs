//! The types of STIX 2.1 and what each needs (sections 4 to 7).

/// What a type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Category {
    /// SDOs, and language-content and extension-definition, which have the same common properties.
    Domain,
    /// SROs.
    Relationship,
    /// SCOs.
    Observable,
    /// The one object without `modified`.
    MarkingDefinition,
}

/// One type of the standard.
pub(super) struct Kind {
    pub name: &'static str,
    pub category: Category,
    /// Beside the common properties.
    pub required: &'static [&'static str],
    /// At least one of these.
    pub one_of: &'static [&'static str],
    /// Properties that are texts.
    pub texts: &'static [&'static str],
    /// Properties that are timestamps.
    pub times: &'static [&'static str],
}

const fn row(
    name: &'static str,
    category: Category,
    required: &'static [&'static str],
    one_of: &'static [&'static str],
    texts: &'static [&'static str],
    times: &'static [&'static str],
) -> Kind {
    Kind { name, category, required, one_of, texts, times }
}

use Category::{Domain, MarkingDefinition, Observable, Relationship};

const SEEN: &[&str] = &["first_seen", "last_seen"];
const NAMED: &[&str] = &["name", "description"];

static KINDS: [Kind; 42] = [
    row("attack-pattern", Domain, &["name"], &[], NAMED, &[]),
    row("campaign", Domain, &["name"], &[], NAMED, SEEN),
    row("course-of-action", Domain, &["name"], &[], NAMED, &[]),
    row("grouping", Domain, &["context", "object_refs"], &[], &["name", "description", "context"], &[]),
    row("identity", Domain, &["name"], &[], &["name", "description", "identity_class"], &[]),
    row("incident", Domain, &["name"], &[], NAMED, &[]),
    row(
        "indicator",
        Domain,
        &["pattern", "pattern_type", "valid_from"],
        &[],
        &["name", "description", "pattern", "pattern_type", "pattern_version"],
        &["valid_from", "valid_until"],
    ),
    row("infrastructure", Domain, &["name"], &[], NAMED, SEEN),
    row("intrusion-set", Domain, &["name"], &[], NAMED, SEEN),
    row("location", Domain, &[], &["region", "country", "latitude"], &["name", "region", "country"], &[]),
    row("malware", Domain, &["is_family"], &[], NAMED, SEEN),
    row(
        "malware-analysis",
        Domain,
        &["product"],
        &["result", "analysis_sco_refs"],
        &["product", "version", "result"],
        &["submitted", "analysis_started", "analysis_ended"],
    ),
    row("note", Domain, &["content", "object_refs"], &[], &["abstract", "content"], &[]),
    row(
        "observed-data",
        Domain,
        &["first_observed", "last_observed", "number_observed"],
        &["objects", "object_refs"],
        &[],
        &["first_observed", "last_observed"],
    ),
    row("opinion", Domain, &["opinion", "object_refs"], &[], &["opinion", "explanation"], &[]),
    row("report", Domain, &["name", "published", "object_refs"], &[], NAMED, &["published"]),
    row("threat-actor", Domain, &["name"], &[], NAMED, SEEN),
    row("tool", Domain, &["name"], &[], NAMED, &[]),
    row("vulnerability", Domain, &["name"], &[], NAMED, &[]),
    row("language-content", Domain, &["object_ref", "contents"], &[], &[], &["object_modified"]),
    row(
        "extension-definition",
        Domain,
        &["created_by_ref", "name", "schema", "version", "extension_types"],
        &[],
        &["name", "description", "schema", "version"],
        &[],
    ),
    row(
        "relationship",
        Relationship,
        &["relationship_type", "source_ref", "target_ref"],
        &[],
        &["relationship_type", "description"],
        &["start_time", "stop_time"],
    ),
    row("sighting", Relationship, &["sighting_of_ref"], &[], &["description"], SEEN),
    row("marking-definition", MarkingDefinition, &[], &["definition_type", "extensions"], &["name"], &[]),
    row("artifact", Observable, &[], &["payload_bin", "url", "hashes"], &["mime_type", "payload_bin", "url"], &[]),
    row("autonomous-system", Observable, &["number"], &[], &["name", "rir"], &[]),
    row("directory", Observable, &["path"], &[], &["path"], &["ctime", "mtime", "atime"]),
    row("domain-name", Observable, &["value"], &[], &["value"], &[]),
    row("email-addr", Observable, &["value"], &[], &["value", "display_name"], &[]),
    row("email-message", Observable, &["is_multipart"], &[], &["subject", "body", "message_id"], &["date"]),
    row("file", Observable, &[], &["hashes", "name"], &["name", "mime_type"], &["ctime", "mtime", "atime"]),
    row("ipv4-addr", Observable, &["value"], &[], &["value"], &[]),
    row("ipv6-addr", Observable, &["value"], &[], &["value"], &[]),
    row("mac-addr", Observable, &["value"], &[], &["value"], &[]),
    row("mutex", Observable, &["name"], &[], &["name"], &[]),
    row("network-traffic", Observable, &["protocols"], &["src_ref", "dst_ref"], &[], &["start", "end"]),
    row("process", Observable, &[], &[], &["cwd", "command_line"], &["created_time"]),
    row("software", Observable, &["name"], &[], &["name", "cpe", "swid", "vendor", "version"], &[]),
    row("url", Observable, &["value"], &[], &["value"], &[]),
    row(
        "user-account",
        Observable,
        &[],
        &[],
        &["user_id", "account_login", "account_type", "display_name"],
        &["account_created", "account_expires", "credential_last_changed", "account_first_login", "account_last_login"],
    ),
    row("windows-registry-key", Observable, &[], &[], &["key"], &["modified_time"]),
    row(
        "x509-certificate",
        Observable,
        &[],
        &[],
        &["version", "serial_number", "issuer", "subject"],
        &["validity_not_before", "validity_not_after"],
    ),
];

/// The type of the standard with this name.
pub(super) fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

const ADDRESSES: &[&str] = &["ipv4-addr", "ipv6-addr", "mac-addr", "domain-name"];

/// References with a closed list of targets: type, property, targets. An empty type stands for every type.
const REFERENCES: [(&str, &str, &[&str]); 22] = [
    ("", "created_by_ref", &["identity"]),
    ("", "object_marking_refs", &["marking-definition"]),
    ("sighting", "observed_data_refs", &["observed-data"]),
    ("sighting", "where_sighted_refs", &["identity", "location"]),
    ("malware", "operating_system_refs", &["software"]),
    ("malware", "sample_refs", &["artifact", "file"]),
    ("malware-analysis", "host_vm_ref", &["software"]),
    ("malware-analysis", "operating_system_ref", &["software"]),
    ("malware-analysis", "installed_software_refs", &["software"]),
    ("malware-analysis", "sample_ref", &["artifact", "file", "network-traffic"]),
    ("domain-name", "resolves_to_refs", &["ipv4-addr", "ipv6-addr", "domain-name"]),
    ("email-addr", "belongs_to_ref", &["user-account"]),
    ("email-message", "from_ref", &["email-addr"]),
    ("email-message", "sender_ref", &["email-addr"]),
    ("email-message", "to_refs", &["email-addr"]),
    ("file", "parent_directory_ref", &["directory"]),
    ("file", "content_ref", &["artifact"]),
    ("network-traffic", "src_ref", ADDRESSES),
    ("network-traffic", "dst_ref", ADDRESSES),
    ("process", "creator_user_ref", &["user-account"]),
    ("process", "parent_ref", &["process"]),
    ("windows-registry-key", "creator_user_ref", &["user-account"]),
];

/// Whether a property may refer to an object of a type. Custom types may stand anywhere but among the markings, since
/// extensions may add to the standard's lists.
pub(super) fn may_refer(from: &Kind, property: &str, target: &str) -> bool {
    if target == "bundle" {
        return false;
    }
    let rule = REFERENCES.iter().find(|(kind, name, _)| *name == property && (kind.is_empty() || *kind == from.name));
    match rule {
        Some((_, name, targets)) => {
            targets.contains(&target) || (*name != "object_marking_refs" && self::kind(target).is_none())
        }
        None => match (from.name, property) {
            ("relationship", "source_ref" | "target_ref") => {
                !matches!(target, "relationship" | "sighting" | "marking-definition" | "language-content")
            }
            ("sighting", "sighting_of_ref") => self::kind(target).is_none_or(|kind| kind.category == Category::Domain),
            _ => true,
        },
    }
}

//! Cyber observables (STIX 2.1, section 6), without their predefined extensions.

use super::common::{LANGUAGE, LANGUAGE_NOUN};
use super::{Kind, kind};
use crate::validate::form::Form::{
    Any, Boolean, Dictionary, Hashes, Integer, Like, List, OneOf, Open, Pointer, Registered, RegisteredKeys,
    Structure as Inner, Text, Time,
};
use crate::validate::form::{COUNT, DICTIONARY, Form, INTEGER, Structure, TEXTS, may, need};
use crate::validate::formats::{
    is_base64, is_character_set, is_cpe, is_domain_name, is_email_address, is_hex, is_ipv4, is_ipv6, is_mac_address,
    is_url, is_whole_registry_key,
};
use crate::validate::lists::List::{Ipfix, MediaTypes, Protocols};
use crate::validate::rules::observables as rules;
use crate::validate::table::Category::Observable;
use crate::validate::vocabulary as words;

const URL: Form = Like("a URL", is_url);
const CHARACTER_SET: Form = Like("a character set registered with IANA", is_character_set);
const MEDIA_TYPE: Form = Registered("mime-type", MediaTypes);
const ADDRESSES: &[&str] = &["ipv4-addr", "ipv6-addr", "mac-addr", "domain-name"];
const FILES: Form = List(&Pointer(&["file", "directory"]));
const PORT: Form = Integer(0, 65_535);

pub(super) const HEX: Form = Like("pairs of hexadecimal digits", is_hex);

static MIME_PART: Structure = Structure {
    properties: &[
        may("body", Text),
        may("body_raw_ref", Pointer(&["artifact", "file"])),
        may("content_type", Text),
        may("content_disposition", Text),
    ],
    any_of: &["body", "body_raw_ref"],
    rules: &[],
};

static REGISTRY_VALUE: Structure = Structure {
    properties: &[may("name", Text), may("data", Text), may("data_type", OneOf(words::REGISTRY_DATATYPE))],
    any_of: &["name", "data", "data_type"],
    rules: &[],
};

static X509_V3_EXTENSIONS: Structure = Structure::of(&[
    may("basic_constraints", Text),
    may("name_constraints", Text),
    may("policy_constraints", Text),
    may("key_usage", Text),
    may("extended_key_usage", Text),
    may("subject_key_identifier", Text),
    may("authority_key_identifier", Text),
    may("subject_alternative_name", Text),
    may("issuer_alternative_name", Text),
    may("subject_directory_attributes", Text),
    may("crl_distribution_points", Text),
    may("inhibit_any_policy", Text),
    may("private_key_usage_period_not_before", Time),
    may("private_key_usage_period_not_after", Time),
    may("certificate_policies", Text),
    may("policy_mappings", Text),
]);

/// The types.
pub(super) static KINDS: [Kind; 18] = [
    kind(
        "artifact",
        Observable,
        Structure {
            properties: &[
                may("mime_type", MEDIA_TYPE),
                may("payload_bin", Like("base64", is_base64)),
                may("url", URL),
                may("hashes", Hashes),
                may("encryption_algorithm", OneOf(words::ENCRYPTION_ALGORITHM)),
                may("decryption_key", Text),
            ],
            any_of: &["payload_bin", "url"],
            rules: &[rules::artifact],
        },
    ),
    kind("autonomous-system", Observable, Structure::of(&[need("number", COUNT), may("name", Text), may("rir", Text)])),
    kind(
        "directory",
        Observable,
        Structure::of(&[
            need("path", Text),
            may("path_enc", CHARACTER_SET),
            may("ctime", Time),
            may("mtime", Time),
            may("atime", Time),
            may("contains_refs", FILES),
        ]),
    ),
    kind(
        "domain-name",
        Observable,
        Structure::of(&[
            need("value", Like("a domain name", is_domain_name)),
            may("resolves_to_refs", List(&Pointer(&["ipv4-addr", "ipv6-addr", "domain-name"]))),
        ]),
    ),
    kind(
        "email-addr",
        Observable,
        Structure::of(&[
            need("value", Like("an e-mail address without a display name", is_email_address)),
            may("display_name", Text),
            may("belongs_to_ref", Pointer(&["user-account"])),
        ]),
    ),
    kind(
        "email-message",
        Observable,
        Structure {
            properties: &[
                need("is_multipart", Boolean),
                may("date", Time),
                may("content_type", Text),
                may("from_ref", Pointer(&["email-addr"])),
                may("sender_ref", Pointer(&["email-addr"])),
                may("to_refs", List(&Pointer(&["email-addr"]))),
                may("cc_refs", List(&Pointer(&["email-addr"]))),
                may("bcc_refs", List(&Pointer(&["email-addr"]))),
                may("message_id", Text),
                may("subject", Text),
                may("received_lines", TEXTS),
                may("additional_header_fields", DICTIONARY),
                may("body", Text),
                may("body_multipart", List(&Inner(&MIME_PART))),
                may("raw_email_ref", Pointer(&["artifact"])),
            ],
            any_of: &[],
            rules: &[rules::email_message],
        },
    ),
    kind(
        "file",
        Observable,
        Structure {
            properties: &[
                may("hashes", Hashes),
                may("size", COUNT),
                may("name", Text),
                may("name_enc", CHARACTER_SET),
                may("magic_number_hex", HEX),
                may("mime_type", MEDIA_TYPE),
                may("ctime", Time),
                may("mtime", Time),
                may("atime", Time),
                may("parent_directory_ref", Pointer(&["directory"])),
                may("contains_refs", List(&Pointer(&[]))),
                may("content_ref", Pointer(&["artifact"])),
            ],
            any_of: &["hashes", "name"],
            rules: &[],
        },
    ),
    kind(
        "ipv4-addr",
        Observable,
        Structure::of(&[
            need("value", Like("an IPv4 address or network", is_ipv4)),
            may("resolves_to_refs", List(&Pointer(&["mac-addr"]))),
            may("belongs_to_refs", List(&Pointer(&["autonomous-system"]))),
        ]),
    ),
    kind(
        "ipv6-addr",
        Observable,
        Structure::of(&[
            need("value", Like("an IPv6 address or network", is_ipv6)),
            may("resolves_to_refs", List(&Pointer(&["mac-addr"]))),
            may("belongs_to_refs", List(&Pointer(&["autonomous-system"]))),
        ]),
    ),
    kind(
        "mac-addr",
        Observable,
        Structure::of(&[need("value", Like("six pairs of lower-case digits between colons", is_mac_address))]),
    ),
    kind("mutex", Observable, Structure::of(&[need("name", Text)])),
    kind(
        "network-traffic",
        Observable,
        Structure {
            properties: &[
                may("start", Time),
                may("end", Time),
                may("is_active", Boolean),
                may("src_ref", Pointer(ADDRESSES)),
                may("dst_ref", Pointer(ADDRESSES)),
                may("src_port", PORT),
                may("dst_port", PORT),
                need("protocols", List(&Registered("protocols", Protocols))),
                may("src_byte_count", COUNT),
                may("dst_byte_count", COUNT),
                may("src_packets", COUNT),
                may("dst_packets", COUNT),
                may("ipfix", RegisteredKeys("ipfix", Ipfix, &Any)),
                may("src_payload_ref", Pointer(&["artifact"])),
                may("dst_payload_ref", Pointer(&["artifact"])),
                may("encapsulates_refs", List(&Pointer(&["network-traffic"]))),
                may("encapsulated_by_ref", Pointer(&["network-traffic"])),
            ],
            any_of: &["src_ref", "dst_ref"],
            rules: &[rules::network_traffic],
        },
    ),
    kind(
        "process",
        Observable,
        Structure {
            properties: &[
                may("is_hidden", Boolean),
                may("pid", INTEGER),
                may("created_time", Time),
                may("cwd", Text),
                may("command_line", Text),
                may("environment_variables", Dictionary(&Text)),
                may("opened_connection_refs", List(&Pointer(&["network-traffic"]))),
                may("creator_user_ref", Pointer(&["user-account"])),
                may("image_ref", Pointer(&["file"])),
                may("parent_ref", Pointer(&["process"])),
                may("child_refs", List(&Pointer(&["process"]))),
            ],
            any_of: &[],
            rules: &[rules::not_bare],
        },
    ),
    kind(
        "software",
        Observable,
        Structure::of(&[
            need("name", Text),
            may("cpe", Like("a CPE 2.3 name", is_cpe)),
            may("swid", Text),
            may("languages", List(&Like(LANGUAGE_NOUN, LANGUAGE))),
            may("vendor", Text),
            may("version", Text),
        ]),
    ),
    kind("url", Observable, Structure::of(&[need("value", URL)])),
    kind(
        "user-account",
        Observable,
        Structure {
            properties: &[
                may("user_id", Text),
                may("credential", Text),
                may("account_login", Text),
                may("account_type", Open(&words::ACCOUNT_TYPE)),
                may("display_name", Text),
                may("is_service_account", Boolean),
                may("is_privileged", Boolean),
                may("can_escalate_privs", Boolean),
                may("is_disabled", Boolean),
                may("account_created", Time),
                may("account_expires", Time),
                may("credential_last_changed", Time),
                may("account_first_login", Time),
                may("account_last_login", Time),
            ],
            any_of: &[],
            rules: &[rules::not_bare],
        },
    ),
    kind(
        "windows-registry-key",
        Observable,
        Structure {
            properties: &[
                may("key", Like("a registry key with its hive written out", is_whole_registry_key)),
                may("values", List(&Inner(&REGISTRY_VALUE))),
                may("modified_time", Time),
                may("creator_user_ref", Pointer(&["user-account"])),
                may("number_of_subkeys", COUNT),
            ],
            any_of: &[],
            rules: &[rules::not_bare],
        },
    ),
    kind(
        "x509-certificate",
        Observable,
        Structure {
            properties: &[
                may("is_self_signed", Boolean),
                may("hashes", Hashes),
                may("version", Text),
                may("serial_number", Text),
                may("signature_algorithm", Text),
                may("issuer", Text),
                may("validity_not_before", Time),
                may("validity_not_after", Time),
                may("subject", Text),
                may("subject_public_key_algorithm", Text),
                may("subject_public_key_modulus", Text),
                may("subject_public_key_exponent", INTEGER),
                may("x509_v3_extensions", Inner(&X509_V3_EXTENSIONS)),
            ],
            any_of: &[],
            rules: &[rules::not_bare],
        },
    ),
];

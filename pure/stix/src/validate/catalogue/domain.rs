//! Domain objects, relationships and meta objects (STIX 2.1, sections 4, 5 and 7).

use super::common::{ALIASES, DESCRIPTION, FIRST_SEEN, KILL_CHAIN_PHASES, LANGUAGE, LANGUAGE_NOUN, LAST_SEEN};
use super::{Kind, kind};
use crate::validate::form::Form::{
    self, Any, Boolean, Integer, Like, List, Number, OneOf, Open, Reference, Registered, Text, Time,
};
use crate::validate::form::{DICTIONARY, Structure, TEXTS, Targets, may, need};
use crate::validate::formats::is_relationship_type;
use crate::validate::rules::{domain, markings};
use crate::validate::table::Category::{Domain, MarkingDefinition, Relationship};
use crate::validate::{links, lists, patterns, vocabulary as words};

const OBJECTS: Form = List(&Reference(Targets::Any));
const SOFTWARE: Targets = Targets::Types(&["software"]);
const MOST_OBSERVATIONS: i64 = 999_999_999;

/// The types.
pub(super) static KINDS: [Kind; 24] = [
    kind("attack-pattern", Domain, Structure::of(&[need("name", Text), DESCRIPTION, ALIASES, KILL_CHAIN_PHASES])),
    kind(
        "campaign",
        Domain,
        Structure {
            properties: &[need("name", Text), DESCRIPTION, ALIASES, FIRST_SEEN, LAST_SEEN, may("objective", Text)],
            any_of: &[],
            rules: &[domain::seen],
        },
    ),
    kind("course-of-action", Domain, Structure::of(&[need("name", Text), DESCRIPTION])),
    kind(
        "grouping",
        Domain,
        Structure::of(&[
            may("name", Text),
            DESCRIPTION,
            need("context", Open(&words::GROUPING_CONTEXT)),
            need("object_refs", OBJECTS),
        ]),
    ),
    kind(
        "identity",
        Domain,
        Structure::of(&[
            need("name", Text),
            DESCRIPTION,
            may("roles", TEXTS),
            may("identity_class", Open(&words::IDENTITY_CLASS)),
            may("sectors", List(&Open(&words::INDUSTRY_SECTOR))),
            may("contact_information", Text),
        ]),
    ),
    kind("incident", Domain, Structure::of(&[need("name", Text), DESCRIPTION])),
    kind(
        "indicator",
        Domain,
        Structure {
            properties: &[
                may("name", Text),
                DESCRIPTION,
                may("indicator_types", List(&Open(&words::INDICATOR_TYPE))),
                need("pattern", Text),
                need("pattern_type", Open(&words::PATTERN_TYPE)),
                may("pattern_version", Text),
                need("valid_from", Time),
                may("valid_until", Time),
                KILL_CHAIN_PHASES,
            ],
            any_of: &[],
            rules: &[domain::indicator, patterns::indicator],
        },
    ),
    kind(
        "infrastructure",
        Domain,
        Structure {
            properties: &[
                need("name", Text),
                DESCRIPTION,
                may("infrastructure_types", List(&Open(&words::INFRASTRUCTURE_TYPE))),
                ALIASES,
                KILL_CHAIN_PHASES,
                FIRST_SEEN,
                LAST_SEEN,
            ],
            any_of: &[],
            rules: &[domain::seen],
        },
    ),
    kind(
        "intrusion-set",
        Domain,
        Structure {
            properties: &[
                need("name", Text),
                DESCRIPTION,
                ALIASES,
                FIRST_SEEN,
                LAST_SEEN,
                may("goals", TEXTS),
                may("resource_level", Open(&words::ATTACK_RESOURCE_LEVEL)),
                may("primary_motivation", Open(&words::ATTACK_MOTIVATION)),
                may("secondary_motivations", List(&Open(&words::ATTACK_MOTIVATION))),
            ],
            any_of: &[],
            rules: &[domain::seen],
        },
    ),
    kind(
        "location",
        Domain,
        Structure {
            properties: &[
                may("name", Text),
                DESCRIPTION,
                may("latitude", Number(-90.0, 90.0)),
                may("longitude", Number(-180.0, 180.0)),
                may("precision", Number(0.0, f64::MAX)),
                may("region", Open(&words::REGION)),
                may("country", Registered("countries", lists::List::Countries)),
                may("administrative_area", Text),
                may("city", Text),
                may("street_address", Text),
                may("postal_code", Text),
            ],
            any_of: &["region", "country", "latitude"],
            rules: &[domain::location],
        },
    ),
    kind(
        "malware",
        Domain,
        Structure {
            properties: &[
                may("name", Text),
                DESCRIPTION,
                may("malware_types", List(&Open(&words::MALWARE_TYPE))),
                need("is_family", Boolean),
                ALIASES,
                KILL_CHAIN_PHASES,
                FIRST_SEEN,
                LAST_SEEN,
                may("operating_system_refs", List(&Reference(SOFTWARE))),
                may("architecture_execution_envs", List(&Open(&words::PROCESSOR_ARCHITECTURE))),
                may("implementation_languages", List(&Open(&words::IMPLEMENTATION_LANGUAGE))),
                may("capabilities", List(&Open(&words::MALWARE_CAPABILITY))),
                may("sample_refs", List(&Reference(Targets::Types(&["artifact", "file"])))),
            ],
            any_of: &[],
            rules: &[domain::seen, domain::malware],
        },
    ),
    kind(
        "malware-analysis",
        Domain,
        Structure {
            properties: &[
                need("product", Text),
                may("version", Text),
                may("host_vm_ref", Reference(SOFTWARE)),
                may("operating_system_ref", Reference(SOFTWARE)),
                may("installed_software_refs", List(&Reference(SOFTWARE))),
                may("configuration_version", Text),
                may("modules", TEXTS),
                may("analysis_engine_version", Text),
                may("analysis_definition_version", Text),
                may("submitted", Time),
                may("analysis_started", Time),
                may("analysis_ended", Time),
                may("result_name", Text),
                may("result", Open(&words::MALWARE_RESULT)),
                may("analysis_sco_refs", List(&Reference(Targets::Observables))),
                may("sample_ref", Reference(Targets::Types(&["artifact", "file", "network-traffic"]))),
            ],
            any_of: &["result", "analysis_sco_refs"],
            rules: &[domain::malware_analysis],
        },
    ),
    kind(
        "note",
        Domain,
        Structure::of(&[
            may("abstract", Text),
            need("content", Text),
            may("authors", TEXTS),
            need("object_refs", OBJECTS),
        ]),
    ),
    kind(
        "observed-data",
        Domain,
        Structure {
            properties: &[
                need("first_observed", Time),
                need("last_observed", Time),
                need("number_observed", Integer(1, MOST_OBSERVATIONS)),
                may("objects", Any),
                may("object_refs", OBJECTS),
            ],
            any_of: &["objects", "object_refs"],
            rules: &[domain::observed_data],
        },
    ),
    kind(
        "opinion",
        Domain,
        Structure::of(&[
            may("explanation", Text),
            may("authors", TEXTS),
            need("opinion", OneOf(words::OPINION)),
            need("object_refs", OBJECTS),
        ]),
    ),
    kind(
        "report",
        Domain,
        Structure::of(&[
            need("name", Text),
            DESCRIPTION,
            may("report_types", List(&Open(&words::REPORT_TYPE))),
            need("published", Time),
            need("object_refs", OBJECTS),
        ]),
    ),
    kind(
        "threat-actor",
        Domain,
        Structure {
            properties: &[
                need("name", Text),
                DESCRIPTION,
                may("threat_actor_types", List(&Open(&words::THREAT_ACTOR_TYPE))),
                ALIASES,
                FIRST_SEEN,
                LAST_SEEN,
                may("roles", List(&Open(&words::THREAT_ACTOR_ROLE))),
                may("goals", TEXTS),
                may("sophistication", Open(&words::THREAT_ACTOR_SOPHISTICATION)),
                may("resource_level", Open(&words::ATTACK_RESOURCE_LEVEL)),
                may("primary_motivation", Open(&words::ATTACK_MOTIVATION)),
                may("secondary_motivations", List(&Open(&words::ATTACK_MOTIVATION))),
                may("personal_motivations", List(&Open(&words::ATTACK_MOTIVATION))),
            ],
            any_of: &[],
            rules: &[domain::seen],
        },
    ),
    kind(
        "tool",
        Domain,
        Structure::of(&[
            need("name", Text),
            DESCRIPTION,
            may("tool_types", List(&Open(&words::TOOL_TYPE))),
            ALIASES,
            KILL_CHAIN_PHASES,
            may("tool_version", Text),
        ]),
    ),
    kind("vulnerability", Domain, Structure::of(&[need("name", Text), DESCRIPTION])),
    kind(
        "relationship",
        Relationship,
        Structure {
            properties: &[
                need(
                    "relationship_type",
                    Like("a name of lower-case letters, digits and hyphens", is_relationship_type),
                ),
                DESCRIPTION,
                need("source_ref", Reference(Targets::DomainAndObservables)),
                need("target_ref", Reference(Targets::DomainAndObservables)),
                may("start_time", Time),
                may("stop_time", Time),
            ],
            any_of: &[],
            rules: &[domain::relationship, links::relationship],
        },
    ),
    kind(
        "sighting",
        Relationship,
        Structure {
            properties: &[
                DESCRIPTION,
                FIRST_SEEN,
                LAST_SEEN,
                may("count", Integer(0, MOST_OBSERVATIONS)),
                need("sighting_of_ref", Reference(Targets::Domain)),
                may("observed_data_refs", List(&Reference(Targets::Types(&["observed-data"])))),
                may("where_sighted_refs", List(&Reference(Targets::Types(&["identity", "location"])))),
                may("summary", Boolean),
            ],
            any_of: &[],
            rules: &[domain::seen],
        },
    ),
    kind(
        "language-content",
        Domain,
        Structure {
            properties: &[
                need("object_ref", Reference(Targets::Translated)),
                may("object_modified", Time),
                need("contents", DICTIONARY),
                may("lang", Like(LANGUAGE_NOUN, LANGUAGE)),
            ],
            any_of: &[],
            rules: &[domain::language_content],
        },
    ),
    kind(
        "extension-definition",
        Domain,
        Structure {
            properties: &[
                need("created_by_ref", Reference(Targets::Types(&["identity"]))),
                need("name", Text),
                DESCRIPTION,
                need("schema", Text),
                need("version", Text),
                need("extension_types", List(&OneOf(words::EXTENSION_TYPE))),
                may("extension_properties", TEXTS),
            ],
            any_of: &[],
            rules: &[domain::extension_definition],
        },
    ),
    kind(
        "marking-definition",
        MarkingDefinition,
        Structure {
            properties: &[may("name", Text), may("definition_type", Text), may("definition", DICTIONARY)],
            any_of: &["definition_type", "extensions"],
            rules: &[markings::definition],
        },
    ),
];

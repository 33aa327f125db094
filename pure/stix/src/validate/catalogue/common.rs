//! The properties that types share, and the structures within them (STIX 2.1, sections 2, 3 and 7.2).

use crate::validate::form::Form::{Boolean, Hashes, Integer, Like, List, Reference, Structure as Inner, Text, Time};
use crate::validate::form::{Property, Structure, TEXTS, Targets, may, need};
use crate::validate::formats::{is_language, is_url};
use crate::validate::rules::{domain, markings};

const MARKINGS: Targets = Targets::Types(&["marking-definition"]);

/// A language tag.
pub(super) const LANGUAGE: fn(&str) -> bool = is_language;
/// What a language tag is called.
pub(super) const LANGUAGE_NOUN: &str = "a language tag of RFC 5646";

const EXTERNAL_REFERENCE: Structure = Structure {
    properties: &[
        need("source_name", Text),
        may("description", Text),
        may("url", Like("a URL", is_url)),
        may("hashes", Hashes),
        may("external_id", Text),
    ],
    any_of: &["description", "url", "external_id"],
    rules: &[domain::external_reference],
};

const KILL_CHAIN_PHASE: Structure = Structure {
    properties: &[need("kill_chain_name", Text), need("phase_name", Text)],
    any_of: &[],
    rules: &[domain::kill_chain_phase],
};

const GRANULAR_MARKING: Structure = Structure {
    properties: &[
        may("lang", Like(LANGUAGE_NOUN, LANGUAGE)),
        may("marking_ref", Reference(MARKINGS)),
        need("selectors", TEXTS),
    ],
    any_of: &[],
    rules: &[markings::granular],
};

/// A list of references to outside sources.
pub(super) const EXTERNAL_REFERENCES: Property = may("external_references", List(&Inner(&EXTERNAL_REFERENCE)));
/// The phases of kill chains.
pub(super) const KILL_CHAIN_PHASES: Property = may("kill_chain_phases", List(&Inner(&KILL_CHAIN_PHASE)));
/// Other names.
pub(super) const ALIASES: Property = may("aliases", TEXTS);
/// The description.
pub(super) const DESCRIPTION: Property = may("description", Text);
/// The first time it was seen.
pub(super) const FIRST_SEEN: Property = may("first_seen", Time);
/// The last time it was seen.
pub(super) const LAST_SEEN: Property = may("last_seen", Time);

const OBJECT_MARKINGS: Property = may("object_marking_refs", List(&Reference(MARKINGS)));
const GRANULAR_MARKINGS: Property = may("granular_markings", List(&Inner(&GRANULAR_MARKING)));
const CREATED_BY: Property = may("created_by_ref", Reference(Targets::Types(&["identity"])));
// The envelope looks at their values itself.
const TYPE: Property = need("type", Text);
const ID: Property = need("id", Text);
const SPEC_VERSION: Property = need("spec_version", Text);
const EXTENSIONS: Property = may("extensions", crate::validate::form::Form::Any);

/// Common properties of domain and relationship objects.
pub(in crate::validate) static OF_DOMAIN: Structure = Structure::of(&[
    TYPE,
    ID,
    SPEC_VERSION,
    CREATED_BY,
    need("created", Time),
    need("modified", Time),
    may("revoked", Boolean),
    may("labels", TEXTS),
    may("confidence", Integer(0, 100)),
    may("lang", Like(LANGUAGE_NOUN, LANGUAGE)),
    EXTERNAL_REFERENCES,
    OBJECT_MARKINGS,
    GRANULAR_MARKINGS,
    EXTENSIONS,
]);

/// Common properties of observables.
pub(in crate::validate) static OF_OBSERVABLES: Structure = Structure::of(&[
    TYPE,
    ID,
    may("spec_version", Text),
    OBJECT_MARKINGS,
    GRANULAR_MARKINGS,
    may("defanged", Boolean),
    EXTENSIONS,
]);

/// Common properties of marking definitions, which have no versions.
pub(in crate::validate) static OF_MARKING_DEFINITIONS: Structure = Structure::of(&[
    TYPE,
    ID,
    SPEC_VERSION,
    CREATED_BY,
    need("created", Time),
    EXTERNAL_REFERENCES,
    OBJECT_MARKINGS,
    GRANULAR_MARKINGS,
    EXTENSIONS,
]);

/// What is known of the common properties of a type that nobody defined here: only what they are if they are there.
pub(in crate::validate) static OF_UNKNOWN: Structure = Structure::of(&[
    TYPE,
    ID,
    may("spec_version", Text),
    CREATED_BY,
    may("created", Time),
    may("modified", Time),
    may("revoked", Boolean),
    may("labels", TEXTS),
    may("confidence", Integer(0, 100)),
    EXTERNAL_REFERENCES,
    OBJECT_MARKINGS,
    GRANULAR_MARKINGS,
    EXTENSIONS,
]);

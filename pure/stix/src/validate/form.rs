//! What a property may hold: the words in which the catalogue of types is written, and [`super::walk`] reads.

use serde_json::{Map, Value};

use super::findings::Findings;
use super::lists::List;

/// The members of a JSON object.
pub(super) type Members = Map<String, Value>;

/// A rule that one structure has beside the forms of its properties. The text is the place of the structure.
pub(super) type Rule = fn(&Members, &str, &mut Findings<'_>);

/// What a property's value must be.
pub(super) enum Form {
    /// Any value.
    Any,
    /// A text.
    Text,
    /// True or false.
    Boolean,
    /// A whole number from the first to the second.
    Integer(i64, i64),
    /// A number from the first to the second.
    Number(f64, f64),
    /// An RFC 3339 timestamp with `Z`.
    Time,
    /// A text that a test accepts; the word says what it must be.
    Like(&'static str, fn(&str) -> bool),
    /// An id of an object of an allowed type.
    Reference(Targets),
    /// The same between observables, where identifiers cut short are in use and only their type is looked at.
    Pointer(&'static [&'static str]),
    /// A list, never empty, with every entry of a form.
    List(&'static Form),
    /// An object with properties of its own.
    Structure(&'static Structure),
    /// A dictionary with values of a form.
    Dictionary(&'static Form),
    /// A dictionary of hashes.
    Hashes,
    /// One of the words of a closed vocabulary, written between spaces.
    OneOf(&'static str),
    /// Should be a word of an open vocabulary.
    Open(&'static Vocabulary),
    /// Should be a name of a registry; the first word is the check's name.
    Registered(&'static str, List),
    /// A dictionary with keys that should be names of a registry.
    RegisteredKeys(&'static str, List, &'static Form),
}

/// What a reference may point to. Types that are not of the standard may stand anywhere but among the markings.
pub(super) enum Targets {
    /// Objects of every type but bundles.
    Any,
    /// Only these types.
    Types(&'static [&'static str]),
    /// Domain objects (SDOs).
    Domain,
    /// Observables (SCOs).
    Observables,
    /// Domain objects and observables: the ends of a relationship.
    DomainAndObservables,
    /// Every type but language-content and bundles.
    Translated,
}

/// An open vocabulary.
pub(super) struct Vocabulary {
    /// The check that asks for it.
    pub check: &'static str,
    /// The words in it, between spaces.
    pub words: &'static str,
}

/// One property.
pub(super) struct Property {
    pub name: &'static str,
    pub needed: bool,
    pub form: Form,
}

/// A set of properties: a type, an extension, or an object within one.
pub(super) struct Structure {
    pub properties: &'static [Property],
    /// At least one of these is there; empty for no such rule.
    pub any_of: &'static [&'static str],
    pub rules: &'static [Rule],
}

impl Structure {
    /// Only properties, no further rules.
    pub(super) const fn of(properties: &'static [Property]) -> Self {
        Self { properties, any_of: &[], rules: &[] }
    }
}

/// A property that must be there.
pub(super) const fn need(name: &'static str, form: Form) -> Property {
    Property { name, needed: true, form }
}

/// A property that may be there.
pub(super) const fn may(name: &'static str, form: Form) -> Property {
    Property { name, needed: false, form }
}

/// A whole number that is not negative.
pub(super) const COUNT: Form = Form::Integer(0, i64::MAX);
/// Any whole number.
pub(super) const INTEGER: Form = Form::Integer(i64::MIN, i64::MAX);
/// A list of texts.
pub(super) const TEXTS: Form = Form::List(&Form::Text);
/// A dictionary with any values.
pub(super) const DICTIONARY: Form = Form::Dictionary(&Form::Any);

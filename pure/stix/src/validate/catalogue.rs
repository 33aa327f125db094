//! The types of STIX 2.1 as data: the properties of each, what they must hold, and which extensions are predefined
//! (sections 4 to 7). [`super::walk`] reads it; what a table cannot say stands in [`super::rules`].

mod common;
mod domain;
mod extensions;
mod observables;

pub(super) use common::{OF_DOMAIN, OF_MARKING_DEFINITIONS, OF_OBSERVABLES, OF_UNKNOWN};

use super::form::{Property, Structure};
use super::table::Category;

/// One type of the standard.
pub(super) struct Kind {
    pub name: &'static str,
    pub category: Category,
    pub structure: Structure,
}

const fn kind(name: &'static str, category: Category, structure: Structure) -> Kind {
    Kind { name, category, structure }
}

impl Kind {
    /// The properties that its category has in common.
    pub(super) fn common(&self) -> &'static Structure {
        match self.category {
            Category::Domain | Category::Relationship => &OF_DOMAIN,
            Category::Observable => &OF_OBSERVABLES,
            Category::MarkingDefinition => &OF_MARKING_DEFINITIONS,
        }
    }

    /// Whether the type has a property of this name.
    pub(super) fn has(&self, property: &str) -> bool {
        self.structure.property(property).is_some() || self.common().property(property).is_some()
    }
}

impl Structure {
    /// Its property of this name.
    pub(super) fn property(&self, name: &str) -> Option<&'static Property> {
        self.properties.iter().find(|property| property.name == name)
    }
}

/// The type of this name.
pub(super) fn find(name: &str) -> Option<&'static Kind> {
    domain::KINDS.iter().chain(&observables::KINDS).find(|kind| kind.name == name)
}

/// The predefined extension of this name of a type.
pub(super) fn extension(kind: &str, name: &str) -> Option<&'static Structure> {
    let found = extensions::EXTENSIONS.iter().find(|(of, extension, _)| *of == kind && *extension == name);
    found.map(|(_, _, structure)| structure)
}

//! What the catalogue's tables cannot say: how the properties of one structure stand to each other.

pub(super) mod domain;
pub(super) mod markings;
pub(super) mod observables;

use super::common::{self, Order};
use super::findings::Findings;
use super::form::Members;

/// A text property.
fn text<'a>(members: &'a Members, name: &str) -> Option<&'a str> {
    members.get(name).and_then(serde_json::Value::as_str)
}

/// The later time comes after the earlier one, or not before it, where both are there.
pub(super) fn order(
    members: &Members,
    (earlier, later): (&str, &str),
    order: Order,
    path: &str,
    found: &mut Findings<'_>,
) {
    if let Some(message) = common::disorder(members.get(earlier), members.get(later), earlier, order) {
        found.error("order", super::findings::below(path, later), message);
    }
}

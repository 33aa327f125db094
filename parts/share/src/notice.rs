//! What a demonstration makes says so wherever it goes: each of its STIX objects carries the notice as a label (STIX 2.1, section 3.2).

use ward_directory::{Here, NOTICE};
use ward_stix::object::labelled;

/// An object that this installation makes; with the notice in a demonstration.
pub fn with_notice(here: &Here, object: Vec<u8>) -> Vec<u8> {
    if here.is_demonstration() { labelled(object, NOTICE) } else { object }
}

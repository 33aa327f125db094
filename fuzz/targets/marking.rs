//! The markings of an object, and signs of classified information.
#![no_main]

#[path = "../../pure/stix/tests/laws/marking.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));

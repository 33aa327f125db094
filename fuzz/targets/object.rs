//! An object: read, its version, its references, the standard's rules.
#![no_main]

#[path = "../../pure/stix/tests/laws/object.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));

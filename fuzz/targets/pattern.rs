//! A pattern: read, compiled to exact terms, matched.
#![no_main]

#[path = "../../pure/stix/tests/laws/pattern.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));

//! The filter of a request.
#![no_main]

#[path = "../../edge/taxii/tests/laws/filter.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));

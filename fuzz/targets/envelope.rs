//! What a sender posts, as the server takes it apart and as a client reads it.
#![no_main]

#[path = "../../edge/taxii/tests/laws/envelope.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));

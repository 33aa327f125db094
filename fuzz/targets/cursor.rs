//! The cursor of a page, from the source file of the hub that makes it.
#![no_main]

#[path = "../../parts/share/src/cursor.rs"]
mod cursor;
#[path = "../../parts/share/src/cursor/law.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));

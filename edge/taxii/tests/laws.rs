//! The laws that the fuzz targets hold Ward to, over what fuzzing found so far (docs/FUZZING.md).
#![cfg(test)]

#[path = "laws/envelope.rs"]
mod envelope;
#[path = "laws/filter.rs"]
mod filter;
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[test]
fn envelopes_keep_their_laws() {
    replay::replay("envelope", envelope::holds);
}

#[test]
fn filters_keep_their_laws() {
    replay::replay("filter", filter::holds);
}

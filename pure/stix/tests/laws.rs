//! The laws that the fuzz targets hold Ward to, over what fuzzing found so far (docs/FUZZING.md).
#![cfg(test)]

#[path = "laws/marking.rs"]
mod marking;
#[path = "laws/object.rs"]
mod object;
#[path = "laws/pattern.rs"]
mod pattern;
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[test]
fn objects_keep_their_laws() {
    replay::replay("object", object::holds);
}

#[test]
fn patterns_keep_their_laws() {
    replay::replay("pattern", pattern::holds);
}

#[test]
fn markings_keep_their_laws() {
    replay::replay("marking", marking::holds);
}

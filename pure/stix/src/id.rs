//! STIX identifiers, `type--UUID` (STIX 2.1, section 2.9).

/// The type and the UUID of an id, or `None` if it has not the form of one.
pub fn split(id: &str) -> Option<(&str, &str)> {
    let (kind, uuid) = id.split_once("--")?;
    let shape = [8, 4, 4, 4, 12];
    let mut groups = uuid.split('-');
    let right_shape = shape.iter().all(|length| {
        groups.next().is_some_and(|group| group.len() == *length && group.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    (is_type_name(kind) && right_shape && groups.next().is_none()).then_some((kind, uuid))
}

/// Whether an id has the form `kind--UUID`.
pub fn is_of(id: &str, kind: &str) -> bool {
    split(id).is_some_and(|(found, _)| found == kind)
}

/// Lower-case letters, digits and single hyphens, 3 to 250 characters, beginning and ending with a letter or digit
/// (sections 2.9 and 11.2).
pub fn is_type_name(kind: &str) -> bool {
    let right_characters = kind.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (3..=250).contains(&kind.len())
        && right_characters
        && !kind.starts_with('-')
        && !kind.ends_with('-')
        && !kind.contains("--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_other_texts() {
        let uuid = "613f2e26-407d-48c7-9eca-b8e91df99dc9";
        assert_eq!(split(&format!("x-usb--{uuid}")), Some(("x-usb", uuid)));
        assert!(is_of(&format!("report--{}", uuid.to_uppercase()), "report"));
        for bad in [
            "report",
            "report--",
            "report--1",
            "Report--613f2e26-407d-48c7-9eca-b8e91df99dc9",
            "--",
            "report--613f2e26-407d-48c7-9eca-b8e91df99dc9-",
            "ab--613f2e26-407d-48c7-9eca-b8e91df99dc9",
            "report--613f2e26407d48c79ecab8e91df99dc9",
        ] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }
}

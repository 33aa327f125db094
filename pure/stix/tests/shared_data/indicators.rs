//! Indicator lists as they were published.

use std::collections::BTreeMap;

use ward_stix::{broad, extract, object};

#[test]
fn the_grizzly_steppe_list_is_read_whole() {
    let Some(bytes) = crate::read("share/grizzly_steppe/JAR-16-20296A.csv") else { return };
    let text = String::from_utf8(bytes.clone()).unwrap();
    let candidates = extract::jar_csv(&text).unwrap();
    let mut kinds = BTreeMap::new();
    for candidate in &candidates {
        *kinds.entry(candidate.kind).or_insert(0) += 1;
    }
    assert_eq!(kinds, BTreeMap::from([("address", 876), ("domain", 10), ("hash", 24), ("url", 1)]));
    let lines = extract::indicator_file(&bytes).unwrap();
    assert_eq!(lines.len(), 911);
    assert!(lines.iter().all(|line| line.terms.len() == 1 && line.unsupported.is_empty()));
    let broad: Vec<String> = lines.iter().filter_map(|line| broad::too_broad(&line.terms)).collect();
    println!("{} of 911 are too broad: {broad:?}", broad.len());
}

#[test]
fn extracting_finds_every_row_of_the_grizzly_steppe_list() {
    let Some(bytes) = crate::read("share/grizzly_steppe/JAR-16-20296A.csv") else { return };
    let text = String::from_utf8(bytes).unwrap();
    let found = extract::extract(&text);
    for candidate in extract::jar_csv(&text).unwrap() {
        assert!(found.iter().any(|other| other.term == candidate.term), "{}", candidate.as_written);
    }
    let others: Vec<&str> = found
        .iter()
        .filter(|found| !matches!(found.kind, "address" | "hash"))
        .map(|found| found.as_written.as_str())
        .collect();
    println!("{} found; neither addresses nor hashes: {others:?}", found.len());
}

#[test]
fn real_bundles_are_split_without_loss() {
    for (file, count) in [
        ("share/attack/ics-attack-18.1.json", 1_826),
        ("share/attack/mobile-attack-17.1.json", 2_148),
        ("share/disarm/DISARM.json", 698),
    ] {
        let Some(bytes) = crate::read(file) else { return };
        let batch = ward_stix::bundle::split(&bytes).unwrap();
        assert_eq!(batch.objects.len(), count, "{file}");
        for object in batch.objects {
            let object: object::Object = object.unwrap();
            assert!(!object.id().is_empty());
        }
    }
}

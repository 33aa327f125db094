//! The PDF: tagged, with the document within, and no byte of it can change unseen.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::json;
use ward_brief::{Bundle, Document, Forms, pdf, verify};

/// Six states; none named.
fn document() -> Document {
    let answer = |standing: serde_json::Value| json!([{"standing": standing, "within": "window", "hours_per_mille": 987, "rejected_per_mille": 1, "alerts": 1}]);
    let standings = ["not-seen", "partly-searched", "blind", "match-under-review", "no-answer-yet"];
    let all = standings.map(|one| json!(one)).into_iter().chain([json!({"confirmed": "accessed"})]);
    let jurisdictions: Vec<_> = all
        .zip('a'..)
        .map(|(one, name)| json!({"pseudonym": name.to_string().repeat(64), "answers": answer(one)}))
        .collect();
    let acknowledged = json!([{"by_both_after_minutes": 7, "recipients": 1}]);
    let alert = json!({"report_id": "report--1", "modified": "2016-08-18T12:00:00.000Z", "published_at": 4, "first_seen_at": 1,
        "is_correction": false, "first_delivered_after_minutes": 5, "acknowledged": acknowledged});
    let bundle = json!({"hub": "Test Hub", "as_of": 1_471_521_600_000_000_i64, "events_from": null, "events_until": null,
        "has_every_alert": true, "jurisdictions_are_states": true, "are_names_withheld": false, "is_demonstration": true, "alerts": [alert],
        "recipients": 1, "recipients_lacking_verified_pair": 0, "jurisdictions": jurisdictions});
    let bundle: Bundle = serde_json::from_value(bundle).unwrap();
    Document::new(bundle, None, ward_brief::PROGRAM, None)
}

#[test]
fn a_pdf_is_tagged_with_the_document_within() {
    let document = document();
    let file = pdf(&document).unwrap();
    let text = String::from_utf8_lossy(&file);
    for mark in
        ["/MarkInfo", "/StructTreeRoot", "/Lang", "pdfuaid:part", "brief.json", "/EmbeddedFile", "D:20160818120000Z"]
    {
        assert!(text.contains(mark), "{mark}");
    }
    assert_eq!(file, pdf(&document).unwrap(), "the same bytes each time");
    assert_eq!(ward_typeset::attachment(&file).unwrap(), document.json().into_bytes());
}

#[test]
fn every_byte_of_a_pdf_counts() {
    let document = document();
    let file = pdf(&document).unwrap();
    // Setting the same document again and again would only take time.
    let made: RefCell<HashMap<String, Result<Vec<u8>, String>>> = RefCell::default();
    let pdf_of = |document: &Document| {
        let make = || pdf(document).map_err(|error| error.to_string());
        made.borrow_mut().entry(document.json()).or_insert_with(make).clone()
    };
    let forms = Forms { html: &|_| String::new(), pdf: &pdf_of };
    assert!(verify(&file, None, &forms).holds);
    for place in (0..file.len()).step_by(53) {
        let mut changed = file.clone();
        changed[place] = changed[place].wrapping_add(1 + (place % 7) as u8);
        let told = verify(&changed, None, &forms);
        assert!(!told.holds && !told.problems.is_empty(), "byte {place}: {told:?}");
    }
    // A PDF is not set again when its document does not hold by itself.
    let whole = ward_typeset::attachment(&file).unwrap();
    let damaged = String::from_utf8(whole).unwrap().replace("\"rejected_per_mille\":1", "\"rejected_per_mille\":2");
    let plain = [b"%PDF-1.7 <</Type/EmbeddedFile>>stream\n", damaged.as_bytes(), b"\nendstream"].concat();
    let never = Forms { html: &|_| String::new(), pdf: &|_| panic!("set again") };
    let told = verify(&plain, None, &never);
    assert!(!told.holds && told.problems.iter().any(|problem| problem.contains("of `not_seen`")), "{told:?}");
    let cut = verify(&file[..file.len() / 2], None, &forms);
    assert!(!cut.holds, "{cut:?}");
}

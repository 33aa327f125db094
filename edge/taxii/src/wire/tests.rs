//! Every resource read and written again gives the same JSON, and nothing empty is written.
//!
//! The shapes are those of the standard's property tables and examples; values are our own.

use super::*;
use serde_json::json;

fn round_trip<T: Serialize + DeserializeOwned>(shape: Value) {
    let read: T = read(shape.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {shape}"));
    assert_eq!(serde_json::to_value(&read).unwrap(), shape);
}

fn refuses<T: DeserializeOwned>(shape: Value) {
    assert!(read::<T>(shape.to_string().as_bytes()).is_err(), "{shape}");
}

#[test]
fn full_resources() {
    round_trip::<Discovery>(json!({
        "title": "Hub", "description": "Of the state", "contact": "desk@example.org",
        "default": "https://hub.example.org/share/",
        "api_roots": ["https://hub.example.org/share/", "/ingest/"]}));
    round_trip::<ApiRoot>(json!({
        "title": "Share", "description": "By entitlement",
        "versions": ["application/taxii+json;version=2.1"], "max_content_length": 104_857_600}));
    round_trip::<Collections>(json!({"collections": [
        {"id": "91a7b528-80eb-42ed-a74d-c6fbd5a26116", "title": "Alerts", "description": "For all", "alias": "alerts",
         "can_read": true, "can_write": false, "media_types": ["application/stix+json;version=2.1"]},
        {"id": "52892447-4d7e-4f70-b94d-d7f22742ff63", "title": "Answers", "can_read": false, "can_write": true}]}));
    round_trip::<Manifest>(json!({"more": true, "objects": [
        {"id": "indicator--29aba82c-5393-42a8-9edb-6a2cb1df070b", "date_added": "2018-05-03T12:00:00.000001Z",
         "version": "2018-05-03T11:00:00.123456789Z", "media_type": "application/stix+json;version=2.1"},
        {"id": "indicator--29aba82c-5393-42a8-9edb-6a2cb1df070b", "date_added": "2018-05-03T12:00:00.000002Z",
         "version": "2018-05-03T11:30:00Z"}]}));
    round_trip::<Versions>(json!({"more": true, "versions": ["2016-11-03T12:30:59.000Z", "2016-11-03T12:31:00.000Z"]}));
    round_trip::<Envelope>(json!({"more": true, "next": "123456789", "objects": [{"type": "indicator"}]}));
    round_trip::<ErrorMessage>(json!({
        "title": "Conflict", "description": "Already there", "error_id": "1234", "error_code": "581234",
        "http_status": "409", "external_details": "https://example.org/1234", "details": {"key": {"deep": [1]}}}));
}

#[test]
fn full_status_with_custom_properties() {
    round_trip::<Status>(json!({
        "id": "2d086da7-4bdc-4f91-900e-d77486753710", "status": "pending",
        "request_timestamp": "2018-05-03T12:00:00.000000Z", "total_count": 3,
        "success_count": 1, "successes": [{"id": "indicator--1", "version": "2018-05-27T12:02:41.312Z"}],
        "failure_count": 1,
        "failures": [{"id": "malware--1", "version": "2018-05-28T14:03:42.543Z", "message": "not processed"}],
        "pending_count": 1, "pendings": [{"id": "tool--1"}],
        "x_ward_receipts": [{"entry": 7}], "x_other": null}));
}

#[test]
fn nothing_empty_is_written() {
    round_trip::<Collections>(json!({}));
    round_trip::<Manifest>(json!({}));
    round_trip::<Envelope>(json!({}));
    round_trip::<Versions>(json!({}));
    round_trip::<Discovery>(json!({"title": "Hub"}));
    round_trip::<ErrorMessage>(json!({"title": "Not found"}));
    round_trip::<Status>(json!({"id": "1", "status": "complete", "total_count": 0, "success_count": 0,
        "failure_count": 0, "pending_count": 0}));
}

#[test]
fn empty_and_false_are_read() {
    let read: Envelope = serde_json::from_str(r#"{"more":false,"objects":[],"unknown":1}"#).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), "{}");
}

#[test]
fn object_bytes_are_untouched() {
    let object = "{ \"b\" : 1.0,\n  \"a\":\"\\u00e9\\/\", \"b\": 12345678901234567890123, \"z\":5e0 }";
    let text = format!("{{\"objects\": [ {object} , {object}]}}");
    let envelope: Envelope = serde_json::from_str(&text).unwrap();
    assert_eq!(envelope.objects.iter().map(|object| object.get()).collect::<Vec<_>>(), [object, object]);
    assert_eq!(serde_json::to_string(&envelope).unwrap(), format!("{{\"objects\":[{object},{object}]}}"));
}

#[test]
fn the_status_of_an_error_is_text() {
    let error = ErrorMessage::new(404, "Not found", None);
    assert_eq!(serde_json::to_value(&error).unwrap(), json!({"title": "Not found", "http_status": "404"}));
    let read: ErrorMessage = serde_json::from_str(r#"{"title":"Bad","http_status":400}"#).unwrap();
    assert_eq!(read.http_status.as_deref(), Some("400"));
}

#[test]
fn what_is_required_is_required() {
    refuses::<Discovery>(json!({}));
    refuses::<ApiRoot>(json!({"title": "Share", "versions": ["application/taxii+json;version=2.1"]}));
    refuses::<Collection>(json!({"id": "1", "title": "Alerts", "can_read": true}));
    refuses::<Manifest>(json!({"objects": [{"id": "x", "version": "1"}]}));
    refuses::<Status>(json!({"id": "1", "status": "done", "total_count": 0, "success_count": 0,
        "failure_count": 0, "pending_count": 0}));
    refuses::<Status>(json!({"id": "1", "status": "complete", "total_count": -1, "success_count": 0,
        "failure_count": 0, "pending_count": 0}));
    refuses::<Envelope>(json!([]));
    refuses::<Envelope>(json!([true, "next", [{"type": "note"}]]));
    refuses::<Envelope>(json!("{}"));
    refuses::<Envelope>(json!({"objects": {}}));
    refuses::<Envelope>(json!({"more": "true"}));
    refuses::<ErrorMessage>(json!({"http_status": "400"}));
}

//! Requests that nobody means well with: no panic, no 500, no word of the inside, and an end to what is taken.

use serde_json::json;
use ward_directory::Scope;
use ward_store::sign_checkpoint;
use ward_tlog::{CosignerKey, SigningKey};

use crate::callers::{Scene, names_no_internals};
use crate::setup::MEDIA_TYPE;

/// The public key of the example in C2SP's signed-note, as the log of a member.
pub const LOG_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

/// Method, path, media type, body, status.
type Case<'a> = (&'a str, &'a str, &'a str, &'a str, u16);

const THREATS: &str = "/share/collections/threat-information/objects/";
const ACKNOWLEDGE: &str = "/api/acknowledgements";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

const CASES: &[Case<'static>] = &[
    ("GET", "/api/alerts/%ff/%ff/evidence", "", "", 404),
    ("GET", "/api/alerts/%00/x/evidence", "", "", 404),
    ("GET", "/share/status/%00/", "", "", 404),
    ("GET", "/share/status/%ff/", "", "", 404),
    ("GET", "/share/collections/threat-information/objects/%00/", "", "", 404),
    ("GET", "/share/collections/threat-information/objects/?match[id]=%00", "", "", 400),
    ("GET", "/share/collections/threat-information/objects/?match[type]=%25,_", "", "", 200),
    ("GET", "/share/collections/threat-information/objects/?added_after=9999-12-31T23:59:60Z", "", "", 400),
    ("GET", "/share/collections/threat-information/objects/?added_after=9998-12-31T23:59:59.9Z", "", "", 200),
    ("GET", "/share/collections/threat-information/objects/?limit=18446744073709551615", "", "", 200),
    ("GET", "/share/collections/threat-information/objects/?limit=18446744073709551616", "", "", 400),
    ("GET", "/log/consistency", "", "", 400),
    ("GET", "/log/consistency?from=x&to=1", "", "", 400),
    ("GET", "/log/consistency?from=0&to=1", "", "", 400),
    ("GET", "/log/consistency?from=2&to=1", "", "", 404),
    ("GET", "/log/consistency?from=1&to=18446744073709551615", "", "", 404),
    ("GET", "/log/tile/0/x999/x999/x999/x999/x999/999", "", "", 404),
    ("GET", "/log/tile/63/000", "", "", 404),
    ("GET", "/log/tile/entries/000.p/255", "", "", 404),
    ("GET", "/log/tile/../../key", "", "", 404),
    ("POST", ACKNOWLEDGE, "", "{}", 415),
    ("POST", ACKNOWLEDGE, JSON, "{", 400),
    ("POST", ACKNOWLEDGE, JSON, "{}", 422),
    ("POST", ACKNOWLEDGE, JSON, "[1]", 422),
    ("POST", ACKNOWLEDGE, JSON, r#"{"report_id":"r","modified":"m","duty":"king","person":"P"}"#, 422),
    ("POST", ACKNOWLEDGE, JSON, r#"{"report_id":"r","modified":"m","duty":"it","person":"P","organisation":"o"}"#, 422),
    ("POST", "/api/cosignatures", JSON, r#"{"size":1e99,"line":"","witness":""}"#, 422),
    ("POST", "/api/cosignatures", JSON, r#"{"size":-1,"line":"","witness":"x"}"#, 400),
    ("POST", "/api/join", JSON, "{}", 422),
    ("POST", THREATS, MEDIA_TYPE, "{}", 422),
    ("POST", THREATS, MEDIA_TYPE, r#"{"objects":[null,5,"x",[],{}]}"#, 202),
    (
        "POST",
        THREATS,
        MEDIA_TYPE,
        r#"{"objects":[{"type":"indicator","id":"indicator--\u0000","spec_version":"2.1\u0000"}]}"#,
        202,
    ),
    ("POST", "/witness/add-checkpoint", "text/plain", "old 99999999999999999999\n\nx", 400),
    ("POST", "/welcome/guess", FORM, "name=E&email=e%00%40x&password=correct+horse+battery", 400),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_malformed_is_told_so_in_wards_own_words() {
    let scene = Scene::new().await;
    let hub = &scene.hub;
    let token = hub.token(&hub.arizona.organisation, &[Scope::Read, Scope::Write, Scope::Node]).await;
    let (big, deep) = ("x".repeat(3 << 20), "[".repeat(50_000));
    let nul = json!({"report_id": "report--\u{0}", "modified": "\u{0}", "duty": "it", "person": "P"}).to_string();
    let long_key = json!({"name": "n", "log_verifier_key": "k".repeat(4096)}).to_string();
    let many = "p".repeat(5_000);
    let long_password = format!("name=Eve&email=eve%40example.org&password={many}");
    let long_name = format!("name={many}&email=eve%40example.org&password=correct+horse+battery");
    let long: &[Case<'_>] = &[
        ("POST", ACKNOWLEDGE, JSON, &deep, 422),
        ("POST", ACKNOWLEDGE, JSON, &nul, 404),
        ("POST", ACKNOWLEDGE, JSON, &big, 413),
        ("POST", "/api/join", JSON, &big, 413),
        ("POST", "/api/join", JSON, &long_key, 400),
        ("POST", THREATS, MEDIA_TYPE, &deep, 422),
        ("POST", "/witness/add-checkpoint", "text/plain", &big, 413),
        ("POST", "/welcome/guess", FORM, &long_password, 400),
        ("POST", "/welcome/guess", FORM, &long_name, 400),
        ("POST", "/welcome/guess", FORM, &big, 413),
    ];
    // A connection each: after a body that is too large the server closes it.
    let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
    let mut wrong = Vec::new();
    for (method, path, media_type, body, expected) in CASES.iter().chain(long) {
        let mut request = http.request(method.parse().unwrap(), format!("{}{path}", hub.url)).bearer_auth(&token);
        if path.starts_with("/share") {
            request = request.header("accept", MEDIA_TYPE);
        }
        if !media_type.is_empty() {
            request = request.header("content-type", *media_type);
        }
        let what = format!("{method} {path} {:.60}", body);
        let Ok(answer) = request.body((*body).to_owned()).send().await else {
            // The server may close while the rest of a body that is too large is still being sent.
            assert_eq!(*expected, 413, "{what}");
            continue;
        };
        let status = answer.status().as_u16();
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{what}");
        let text = answer.text().await.unwrap();
        if status != *expected {
            wrong.push(format!("{what}: {status}, not {expected}: {text}"));
        }
        if *expected >= 400 && !path.starts_with("/welcome") {
            names_no_internals(&text, &what);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_witness_has_one_line_on_a_checkpoint_whatever_keys_it_makes() {
    let scene = Scene::new().await;
    let hub = &scene.hub;
    let log = SigningKey::from_seed("ward/arizona", &[1; 32]).unwrap();
    let join = hub.token(&hub.arizona.organisation, &[Scope::Join]).await;
    let body = json!({"name": "n", "log_verifier_key": log.verifier_key().to_string()}).to_string();
    let joined =
        hub.http.post(format!("{}/api/join", hub.url)).bearer_auth(&join).header("content-type", "application/json");
    let joined = crate::setup::json_of(joined.body(body).send().await.unwrap()).await;
    let node = joined["token"].as_str().unwrap();
    hub.settle().await;
    let size = sign_checkpoint(&hub.here.store, &hub.here.log_key, hub.here.now()).await.unwrap().unwrap();
    let checkpoint = async || {
        let answer = hub.http.get(format!("{}/log/checkpoint", hub.url)).send().await.unwrap();
        ward_tlog::Note::parse(answer.text().await.unwrap()).expect("everybody can read it")
    };
    let note = checkpoint().await;
    for (name, seed, expected) in [("ward/arizona", 2, 204), ("ward/arizona", 3, 204), ("ward/illinois", 4, 400)] {
        let witness = CosignerKey::from_seed(&format!("{name}/witness"), &[seed; 32]).unwrap();
        let line = witness.cosign(&note, 1_525_348_800).unwrap().to_string();
        let body = json!({"size": size, "line": line, "witness": witness.verifier_key().to_string()}).to_string();
        let sent = hub.http.post(format!("{}/api/cosignatures", hub.url)).bearer_auth(node);
        let sent = sent.header("content-type", "application/json").body(body).send().await.unwrap();
        assert_eq!(sent.status(), expected, "{name} {seed}");
    }
    assert_eq!(checkpoint().await.signatures().len(), note.signatures().len() + 1);
}

//! The rules of TAXII 2.1, each asked for as a client would.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use ward_directory::Scope;
use ward_stix::marking::Tlp;
use ward_taxii::client::{Client, Credentials, PageQuery};
use ward_taxii::timestamp::parse_micros;

use crate::setup::{Hub, MEDIA_TYPE, id, indicator, json_of};

const THREATS: &str = "/share/collections/threat-information";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_error_is_a_taxii_error() {
    let hub = Hub::listening().await;
    hub.add(&hub.arizona, &[indicator(1, Tlp::Green), indicator(2, Tlp::Red)]).await;
    let token = hub.illinois.token.as_str();
    let red = format!("{THREATS}/objects/{}/", id("indicator", 2));
    let green = format!("{THREATS}/objects/{}/", id("indicator", 1));
    let cases = [
        ("GET", "/taxii2", token, 404),
        ("GET", "/taxii2/x/", token, 404),
        ("GET", "/share", token, 404),
        ("GET", "/share/collections", token, 404),
        ("GET", &format!("{THREATS}/objects"), token, 404),
        ("GET", &format!("{THREATS}/nothing/"), token, 404),
        ("GET", "/share/collections/nothing/", token, 404),
        ("GET", "/share/collections/nothing/objects/", token, 404),
        ("GET", "/share/collections/threat-information/objects/", &hub.stranger.token, 404),
        ("GET", "/share/collections/alerts/manifest/", &hub.stranger.token, 404),
        ("GET", "/share/status/00000000-0000-4000-8000-000000000000/", token, 404),
        ("GET", &red, token, 404),
        ("GET", &format!("{red}versions/"), token, 404),
        ("DELETE", &red, token, 404),
        ("DELETE", &green, token, 403),
        ("GET", "/share/collections/answers/objects/", token, 403),
        ("GET", "/share/collections/answers/manifest/", token, 403),
        ("GET", &format!("/share/collections/answers/objects/{}/", id("sighting", 1)), token, 403),
        ("DELETE", &format!("/share/collections/answers/objects/{}/", id("sighting", 1)), token, 403),
        ("DELETE", &format!("/share/collections/alerts/objects/{}/", id("report", 1)), token, 403),
        ("GET", &format!("{THREATS}/objects/?limit=0"), token, 400),
        ("GET", &format!("{THREATS}/objects/?limit=-1"), token, 400),
        ("GET", &format!("{THREATS}/objects/?limit=x"), token, 400),
        ("GET", &format!("{THREATS}/objects/?added_after=yesterday"), token, 400),
        ("GET", &format!("{THREATS}/objects/?match[version]=all,last"), token, 400),
        ("GET", &format!("{THREATS}/objects/?match[id]=a&match%5Bid%5D=b"), token, 400),
        ("GET", &format!("{THREATS}/objects/?next=garbage"), token, 400),
        ("GET", &format!("{THREATS}/manifest/?next=garbage"), token, 400),
        ("GET", &format!("{green}?next=garbage"), token, 400),
        ("PUT", &format!("{THREATS}/objects/"), token, 405),
        ("POST", "/taxii2/", token, 405),
        ("GET", "/taxii2/", "ward_guess", 401),
        ("GET", "/share/collections/nothing/", "ward_guess", 401),
        ("GET", &red, "ward_guess", 401),
    ];
    for (method, path, token, expected) in cases {
        let answer = hub.ask(method, path, token).send().await.unwrap();
        let what = format!("{method} {path}");
        assert_eq!(answer.status(), expected, "{what}");
        is_taxii_error(answer, expected, &what).await;
    }
    // What may not be seen is told like what is not there.
    let told = async |path: &str| {
        let answer = hub.get(path, token).await;
        (without_date(answer.headers()), answer.text().await.unwrap())
    };
    let absent = format!("{THREATS}/objects/{}/", id("indicator", 99));
    assert_eq!(told(&red).await, told(&absent).await);
}

async fn is_taxii_error(answer: reqwest::Response, status: u16, what: &str) {
    assert_eq!(answer.headers()["content-type"], MEDIA_TYPE, "{what}");
    assert_eq!(answer.headers().contains_key("www-authenticate"), status == 401, "{what}");
    assert_eq!(answer.headers().contains_key("allow"), status == 405, "{what}");
    let body = json_of(answer).await;
    assert_eq!(body["http_status"], status.to_string(), "{what}");
    assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()), "{what}");
}

fn without_date(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    headers.remove("date");
    headers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_are_known_by_their_token_in_three_ways() {
    let hub = Hub::listening().await;
    let url = format!("{}/taxii2/", hub.url);
    let token = &hub.arizona.token;
    let ask = async |request: reqwest::RequestBuilder| request.send().await.unwrap().status().as_u16();
    assert_eq!(ask(hub.http.get(&url).bearer_auth(token)).await, 200);
    assert_eq!(ask(hub.http.get(&url).header("authorization", format!("Token {token}"))).await, 200);
    assert_eq!(ask(hub.http.get(&url).basic_auth("anybody", Some(token))).await, 200);
    assert_eq!(ask(hub.http.get(&url).basic_auth(token, Some(""))).await, 401);
    assert_eq!(ask(hub.http.get(&url)).await, 401);
    assert_eq!(ask(hub.http.get(&url).bearer_auth(token).header("authorization", "Bearer x")).await, 401);
    let join = hub.token(&hub.arizona.organisation, &[Scope::Join]).await;
    assert_eq!(ask(hub.http.get(&url).bearer_auth(join)).await, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_types_and_bodies() {
    let hub = Hub::listening().await;
    let token = &hub.arizona.token;
    let accept = async |value: &str| {
        let request = hub.http.get(format!("{}/share/", hub.url)).bearer_auth(token).header("accept", value);
        request.send().await.unwrap().status().as_u16()
    };
    for (value, expected) in [
        ("application/taxii+json", 200),
        ("application/taxii+json; version=2.1", 200),
        ("*/*", 200),
        ("application/taxii+json;version=2.1,application/stix+json;version=2.1", 200),
        ("application/taxii+json;version=2.0", 406),
        ("text/html", 406),
    ] {
        assert_eq!(accept(value).await, expected, "{value}");
    }
    let objects = format!("{THREATS}/objects/");
    let good = json!({"objects": [indicator(1, Tlp::Green)]}).to_string();
    let bundle = json!({"type": "bundle", "id": id("bundle", 1), "objects": [indicator(1, Tlp::Green)]}).to_string();
    let spaces = |length: usize| format!("{good}{}", " ".repeat(length - good.len()));
    let many = format!(r#"{{"objects":[0{}]}}"#, ",0".repeat(20_000));
    let (largest, larger) = (spaces(10 << 20), spaces((10 << 20) + 1));
    for (content_type, body, expected) in [
        (MEDIA_TYPE, good.as_str(), 202),
        ("application/taxii+json", good.as_str(), 202),
        (MEDIA_TYPE, bundle.as_str(), 202),
        (MEDIA_TYPE, largest.as_str(), 202),
        (MEDIA_TYPE, larger.as_str(), 413),
        ("application/json", good.as_str(), 415),
        ("", good.as_str(), 415),
        (MEDIA_TYPE, "", 422),
        (MEDIA_TYPE, "{", 422),
        (MEDIA_TYPE, "{}", 422),
        (MEDIA_TYPE, "[]", 422),
        (MEDIA_TYPE, r#"{"objects":[]}"#, 422),
        (MEDIA_TYPE, r#"{"objects":{}}"#, 422),
        (MEDIA_TYPE, many.as_str(), 422),
    ] {
        let request = hub.ask("POST", &objects, token).header("content-type", content_type).body(body.to_owned());
        let answer = request.send().await.unwrap();
        let what = format!("{content_type} {}", body.get(..40).unwrap_or(body));
        assert_eq!(answer.status(), expected, "{what}");
        assert_eq!(answer.headers()["content-type"], MEDIA_TYPE, "{what}");
        if expected != 202 {
            is_taxii_error(answer, expected, &what).await;
        }
    }
    assert_eq!(sent_in_pieces(&hub, &objects, larger.as_bytes()).await, "HTTP/1.1 413 Payload Too Large");
    assert_eq!(sent_in_pieces(&hub, &objects, good.as_bytes()).await, "HTTP/1.1 202 Accepted");
    let forbidden = hub.post("alerts", token, &[indicator(3, Tlp::Green)]).await;
    assert_eq!(forbidden.status(), 403);
    let public = hub.ask("POST", "/public/collections/public/objects/", token).header("content-type", MEDIA_TYPE);
    assert_eq!(public.body(good.clone()).send().await.unwrap().status(), 403);
    assert_eq!(hub.post("public", token, &[indicator(3, Tlp::Green)]).await.status(), 404, "it is behind another root");
    assert_eq!(hub.post("nothing", token, &[]).await.status(), 404);
}

/// The status line of the answer to a body without a declared length.
async fn sent_in_pieces(hub: &Hub, path: &str, body: &[u8]) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let stream = tokio::net::TcpStream::connect(hub.url.trim_start_matches("http://")).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    let token = &hub.arizona.token;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {token}\r\ncontent-type: {MEDIA_TYPE}\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let mut text = head.into_bytes();
    for piece in body.chunks(65_536) {
        text.extend(format!("{:x}\r\n", piece.len()).bytes().chain(piece.iter().copied()).chain(*b"\r\n"));
    }
    text.extend(b"0\r\n\r\n");
    // The server may close before it was sent everything.
    let sending = tokio::spawn(async move { to.write_all(&text).await.map(|()| to) });
    let mut answer = vec![0; 4096];
    let length = from.read(&mut answer).await.unwrap();
    sending.abort();
    String::from_utf8_lossy(&answer[..length]).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_has_its_dates() {
    let hub = Hub::listening().await;
    let token = &hub.illinois.token;
    let first = |headers: &HeaderMap| date(headers, "x-taxii-date-added-first");
    let last = |headers: &HeaderMap| date(headers, "x-taxii-date-added-last");
    let empty = hub.get(&format!("{THREATS}/objects/"), token).await;
    assert_eq!((first(empty.headers()), last(empty.headers())), (0, 0));
    assert_eq!(json_of(empty).await, json!({}));
    hub.add(&hub.arizona, &[indicator(1, Tlp::Green), indicator(2, Tlp::Red), indicator(3, Tlp::Green)]).await;
    let object = format!("{THREATS}/objects/{}/", id("indicator", 3));
    for path in
        [format!("{THREATS}/objects/"), format!("{THREATS}/manifest/"), object.clone(), format!("{object}versions/")]
    {
        let answer = hub.get(&path, token).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], MEDIA_TYPE);
        assert!(first(answer.headers()) > 0 && first(answer.headers()) <= last(answer.headers()), "{path}");
        let after = answer.headers()["x-taxii-date-added-last"].to_str().unwrap().to_owned();
        let rest = hub.get(&format!("{path}?added_after={after}"), token).await;
        assert_eq!(rest.headers()["x-taxii-date-added-last"], after.as_str(), "{path}");
        assert_eq!(rest.headers()["x-taxii-date-added-first"], after.as_str(), "{path}");
        assert_eq!(json_of(rest).await, json!({}), "{path}");
    }
    let manifest = json_of(hub.get(&format!("{THREATS}/manifest/"), token).await).await;
    let record = &manifest["objects"][0];
    assert_eq!(record["id"], id("indicator", 1));
    assert_eq!(record["version"], "2018-01-01T00:00:00.000Z");
    assert_eq!(record["media_type"], "application/stix+json;version=2.1");
    assert_eq!(manifest["objects"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        json_of(hub.get(&format!("{object}versions/"), token).await).await,
        json!({"versions": ["2018-01-01T00:00:00.000Z"]})
    );
}

fn date(headers: &HeaderMap, name: &str) -> i64 {
    parse_micros(headers[name].to_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resources_have_the_standards_shapes() {
    let hub = Hub::listening().await;
    let token = &hub.arizona.token;
    let discovery = json_of(hub.get("/taxii2/", token).await).await;
    let roots = ["/share/", "/public/", "/ingest/"];
    assert_eq!(discovery, json!({"title": "Test Hub", "default": "/share/", "api_roots": roots}));
    let root = json_of(hub.get("/share/", token).await).await;
    assert_eq!(root, json!({"title": "Test Hub", "versions": [MEDIA_TYPE], "max_content_length": 10_485_760}));
    let listed = json_of(hub.get("/share/collections/", token).await).await;
    let collections = listed["collections"].as_array().unwrap();
    assert!(collections.iter().map(|one| one["id"].as_str()).is_sorted());
    for one in collections {
        for name in [&one["id"], &one["alias"]] {
            let path = format!("/share/collections/{}/", name.as_str().unwrap());
            assert_eq!(json_of(hub.get(&path, token).await).await, *one);
        }
    }
    let aliases = |listed: &Value| -> Vec<String> {
        let all = listed["collections"].as_array().unwrap();
        let mut aliases: Vec<String> = all.iter().map(|one| one["alias"].as_str().unwrap().to_owned()).collect();
        aliases.sort();
        aliases
    };
    assert_eq!(aliases(&listed), ["alerts", "answers", "threat-information"]);
    for (root, alias) in [("public", "public"), ("ingest", "ingest")] {
        let strangers = json_of(hub.get(&format!("/{root}/collections/"), &hub.stranger.token).await).await;
        assert_eq!(aliases(&strangers), [alias]);
    }
    let writer = hub.token(&hub.stranger.organisation, &[Scope::Write]).await;
    assert_eq!(json_of(hub.get("/share/collections/", &writer).await).await, json!({}), "the key is left out");
    let answer = hub.post("threat-information", token, &[indicator(1, Tlp::Green)]).await;
    let status = json_of(answer).await;
    let path = format!("/share/status/{}/", status["id"].as_str().unwrap());
    assert_eq!(json_of(hub.get(&path, token).await).await, status);
    assert_eq!(hub.get(&path, &hub.illinois.token).await.status(), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_of_a_node_reads_writes_and_deletes() {
    let hub = Hub::listening().await;
    let own: Vec<Value> = (1..=10).map(|number| indicator(number, Tlp::Green)).collect();
    hub.add(&hub.arizona, &own).await;
    let credentials = Credentials::Bearer(hub.arizona.token.clone());
    let client = Client::new(hub.http.clone(), &format!("{}/share/", hub.url), credentials).unwrap();
    for limit in [1, 3, 10, 11] {
        let query = PageQuery { limit: Some(limit), ..PageQuery::default() };
        let found = client.all_objects("threat-information", &query, 100).await.unwrap();
        let found: Vec<String> = found.objects.iter().map(|object| object.get().to_owned()).collect();
        let sent: Vec<String> = own.iter().map(Value::to_string).collect();
        assert_eq!(found, sent, "byte for byte");
    }
    client.delete("threat-information", &id("indicator", 4), &PageQuery::default()).await.unwrap();
    let gone = hub.get(&format!("{THREATS}/objects/{}/", id("indicator", 4)), &hub.arizona.token).await;
    assert_eq!(gone.status(), 404);
    let page = client.manifest("threat-information", &PageQuery::default()).await.unwrap();
    assert_eq!(page.records.len(), 9);
}

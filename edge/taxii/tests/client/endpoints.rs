//! What is sent to each endpoint, and what is read from a good answer.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::value::RawValue;
use ward_taxii::client::{Client, ClientError, Credentials, PageQuery};
use ward_taxii::media::MEDIA_TYPE;
use ward_taxii::wire::Progress;

use crate::server::{Reply, Seen, Server};
use crate::{client_of, date, http, object};

#[tokio::test]
async fn every_endpoint_is_asked_as_the_standard_says() {
    let server = Server::start(|seen: &Seen| match seen.path.as_str() {
        "/taxii2/" => Reply::taxii(r#"{"title":"Hub","api_roots":["/share/"]}"#),
        "/share/" => Reply::taxii(r#"{"title":"Share","versions":["v"],"max_content_length":9}"#),
        "/share/collections/" => Reply::taxii("{}"),
        "/share/collections/a%2Fb%20c/" => {
            Reply::taxii(r#"{"id":"a/b c","title":"A","can_read":true,"can_write":false}"#)
        }
        "/share/collections/c/manifest/" => {
            let record = r#"{"objects":[{"id":"note--1","date_added":"d","version":"v"}]}"#;
            Reply::taxii(record).dated(date(1), date(1))
        }
        "/share/collections/c/objects/note--1/versions/" => Reply::taxii(r#"{"more":true,"versions":["1","2"]}"#),
        "/share/collections/c/objects/note--1/" if seen.method == "DELETE" => Reply::error(200, ""),
        _ => Reply::taxii("{}"),
    })
    .await;
    let client = client_of(&server);
    let query = PageQuery {
        added_after: Some(date(0)),
        limit: Some(3),
        next: Some("n&x".to_owned()),
        ids: vec!["note--1".to_owned(), "note--2".to_owned()],
        types: vec!["note".to_owned()],
        versions: vec!["all".to_owned()],
        spec_versions: vec!["2.1".to_owned()],
    };

    assert_eq!(client.discovery().await.unwrap().api_roots, ["/share/"]);
    assert_eq!(client.api_root().await.unwrap().max_content_length, 9);
    assert!(client.collections().await.unwrap().collections.is_empty());
    assert_eq!(client.collection("a/b c").await.unwrap().id, "a/b c");
    let manifest = client.manifest("c", &query).await.unwrap();
    assert_eq!((manifest.records.len(), manifest.more, manifest.date_added_last), (1, false, Some(date(1))));
    let versions = client.versions("c", "note--1", &query).await.unwrap();
    assert_eq!((versions.versions, versions.more), (vec!["1".to_owned(), "2".to_owned()], true));
    assert!(client.object("c", "note--1", &query).await.unwrap().objects.is_empty());
    client.delete("c", "note--1", &query).await.unwrap();
    assert!(client.objects("c", &query).await.unwrap().objects.is_empty());

    let common = "added_after=2018-05-03T12%3A00%3A00.000000Z&limit=3&next=n%26x";
    let every = format!(
        "{common}&match%5Bid%5D=note--1%2Cnote--2&match%5Btype%5D=note&match%5Bversion%5D=all&match%5Bspec_version%5D=2.1"
    );
    let asked: Vec<_> =
        server.seen().iter().map(|seen| format!("{} {}?{}", seen.method, seen.path, seen.query)).collect();
    assert_eq!(
        asked,
        [
            "GET /taxii2/?".to_owned(),
            "GET /share/?".to_owned(),
            "GET /share/collections/?".to_owned(),
            "GET /share/collections/a%2Fb%20c/?".to_owned(),
            format!("GET /share/collections/c/manifest/?{every}"),
            format!("GET /share/collections/c/objects/note--1/versions/?{common}&match%5Bspec_version%5D=2.1"),
            format!(
                "GET /share/collections/c/objects/note--1/?{common}&match%5Bversion%5D=all&match%5Bspec_version%5D=2.1"
            ),
            "DELETE /share/collections/c/objects/note--1/?match%5Bversion%5D=all&match%5Bspec_version%5D=2.1"
                .to_owned(),
            format!("GET /share/collections/c/objects/?{every}"),
        ]
    );
    for seen in server.seen() {
        assert_eq!(seen.header("accept"), MEDIA_TYPE);
        assert_eq!(seen.header("authorization"), "Bearer token");
        assert!(seen.header("user-agent").starts_with("ward/"));
    }
}

#[tokio::test]
async fn objects_are_posted_byte_for_byte_and_awaited() {
    let polls = AtomicU32::new(0);
    let status = |state: &str| {
        format!(
            r#"{{"id":"s","status":"{state}","total_count":2,"success_count":1,"failure_count":0,"pending_count":1,
            "successes":[{{"id":"note--1"}}],"x_ward_receipts":[7]}}"#
        )
    };
    let server = Server::start(move |seen: &Seen| match seen.path.as_str() {
        "/share/status/s/" if polls.fetch_add(1, Ordering::SeqCst) < 2 => Reply::taxii(status("pending")),
        "/share/status/s/" => Reply::taxii(status("complete")),
        "/share/status/slow/" => Reply::taxii(status("pending")),
        _ => Reply::error(202, status("pending")),
    })
    .await;
    let credentials = Credentials::Basic { user: "Aladdin".to_owned(), password: "open sesame".to_owned() };
    assert!(!format!("{credentials:?} {:?}", Credentials::Bearer("token".to_owned())).contains("sesame"));
    let client = Client::new(http(), &format!("{}/share/", server.url), credentials).unwrap();
    let (first, second) = (object(1), object(2));
    let objects: [&RawValue; 2] = [serde_json::from_str(&first).unwrap(), serde_json::from_str(&second).unwrap()];

    let pending = client.post("c", &objects).await.unwrap();
    assert_eq!((pending.status, pending.total_count), (Progress::Pending, 2));
    assert_eq!(pending.custom["x_ward_receipts"], serde_json::json!([7]));
    assert_eq!(client.wait(&pending.id, 5, Duration::ZERO).await.unwrap().status, Progress::Complete);
    let error = client.wait("slow", 3, Duration::ZERO).await.unwrap_err();
    assert!(matches!(&error, ClientError::StillPending { status_id, tries: 3 } if status_id == "slow"), "{error}");
    client.post("c", &[]).await.unwrap();

    let seen = server.seen();
    let posts: Vec<_> = seen.iter().filter(|seen| seen.method == "POST").collect();
    assert_eq!(posts[0].body, format!("{{\"objects\":[{first},{second}]}}"));
    assert_eq!(posts[1].body, "{}");
    assert_eq!((posts[0].header("content-type"), posts[0].header("accept")), (MEDIA_TYPE, MEDIA_TYPE));
    // The test vector of RFC 7617, section 2.
    assert_eq!(posts[0].header("authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    assert_eq!(seen.iter().filter(|seen| seen.path == "/share/status/s/").count(), 3);
    assert_eq!(seen.iter().filter(|seen| seen.path == "/share/status/slow/").count(), 3);
}

/// The futures can be run on any thread.
#[test]
fn futures_are_send() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let client = Client::new(http(), "http://127.0.0.1:1/", Credentials::Bearer("t".to_owned())).unwrap();
    let query = PageQuery::default();
    drop(send(client.objects("c", &query)));
    drop(send(client.post("c", &[])));
    drop(send(client.wait("s", 1, Duration::ZERO)));
    drop(send(client.all_objects("c", &query, 1)));
}

//! Refusals, wrong types, garbage, bodies without an end, and servers that are not there.

use std::time::Duration;

use ward_taxii::client::{Client, ClientError, Credentials, PageQuery};
use ward_taxii::media::MEDIA_TYPE;

use crate::server::{Reply, Server};
use crate::{ERROR, client_of, http};

async fn fail(reply: Reply) -> ClientError {
    let server = Server::start(move |_| reply.clone()).await;
    client_of(&server).objects("c", &PageQuery::default()).await.unwrap_err()
}

#[tokio::test]
async fn refusals_carry_what_the_server_said() {
    for status in [400_u16, 401, 403, 404, 406, 413, 415, 422, 500] {
        let error = fail(Reply::error(status, ERROR)).await;
        let ClientError::Refused { status: got, title, description, retry_after, url } = error else {
            panic!("{error}")
        };
        assert_eq!((got, title.as_str(), description.as_deref()), (status, "No", Some("Not for you")));
        assert_eq!(retry_after, None);
        assert!(url.ends_with("/share/collections/c/objects/"), "{url}");
    }
    let check = |error: ClientError, status: u16, expected: &str, wait: Option<u64>| {
        let ClientError::Refused { status: got, title, retry_after, .. } = error else { panic!("{error}") };
        assert_eq!((got, title.as_str(), retry_after), (status, expected, wait.map(Duration::from_secs)));
    };
    check(fail(Reply::error(404, "<html>").with("content-type", "text/html")).await, 404, "Not Found", None);
    check(fail(Reply::error(401, "")).await, 401, "Unauthorized", None);
    check(fail(Reply::error(400, r#"{"http_status":400}"#)).await, 400, "Bad Request", None);
    check(fail(Reply::error(403, vec![0xff; 200_000])).await, 403, "Forbidden", None);
    check(fail(Reply::error(429, ERROR).with("retry-after", "30")).await, 429, "No", Some(30));
    let later = Reply::error(503, ERROR)
        .with("date", "Thu, 03 May 2018 12:00:00 GMT")
        .with("retry-after", "Thu, 03 May 2018 12:01:00 GMT");
    check(fail(later).await, 503, "No", Some(60));
    check(fail(Reply::error(304, "")).await, 304, "Not Modified", None);
}

#[tokio::test]
async fn answers_that_are_not_taxii() {
    let check = async |content_type: &'static str| {
        let error = fail(Reply::taxii("{}").with("content-type", content_type)).await;
        assert!(matches!(&error, ClientError::NotTaxii { content_type: got, .. } if got == content_type), "{error}");
    };
    check("text/html").await;
    check("application/json").await;
    check("application/taxii+json;version=2.0").await;
    check("application/vnd.oasis.stix+json").await;
    check("").await;
}

#[tokio::test]
async fn garbage_bodies() {
    let long = format!("{{\"objects\":[{}", "[".repeat(200_000));
    let bodies: [&[u8]; 9] = [
        b"",
        b"[]",
        b"null",
        b"{\"objects\":[{]}",
        b"{\"objects\":",
        b"{\"objects\":[{\"a\":\"\xff\"}]}",
        b"{\"more\":1}",
        b"{}{}",
        long.as_bytes(),
    ];
    for body in bodies {
        let error = fail(Reply::taxii(body)).await;
        assert!(matches!(error, ClientError::Malformed { .. }), "{:?}: {error}", String::from_utf8_lossy(body));
    }
}

#[tokio::test]
async fn bodies_over_the_cap() {
    let body = format!("{{\"objects\":[\"{}\"]}}", "x".repeat(1_000));
    let length = body.len();
    let server = Server::start(move |_| Reply::taxii(body.clone())).await;
    let client = client_of(&server);
    let with_cap = async |cap| client.clone().with_body_cap(cap).objects("c", &PageQuery::default()).await;
    assert_eq!(with_cap(length).await.unwrap().objects.len(), 1);
    let error = with_cap(length - 1).await.unwrap_err();
    assert!(matches!(error, ClientError::TooLarge { cap_bytes, .. } if cap_bytes == length - 1), "{error}");

    // Without a length beforehand, and without an end.
    let url =
        raw_server(|| format!("HTTP/1.1 200 OK\r\ncontent-type: {MEDIA_TYPE}\r\n\r\n{}", " ".repeat(100_000))).await;
    let endless = Client::new(http(), &url, Credentials::Bearer("t".to_owned())).unwrap().with_body_cap(5_000);
    let error = endless.objects("c", &PageQuery::default()).await.unwrap_err();
    assert!(matches!(error, ClientError::TooLarge { cap_bytes: 5_000, .. }), "{error}");
}

#[tokio::test]
async fn servers_out_of_reach() {
    let ask = async |url: &str| {
        let client = Client::new(http(), url, Credentials::Bearer("t".to_owned())).unwrap();
        let query = PageQuery { next: Some("secret".to_owned()), ..PageQuery::default() };
        let error = client.objects("c", &query).await.unwrap_err();
        let ClientError::Unreachable { url, source } = error else { panic!("{error}") };
        assert!(!format!("{url} {source:?}").contains("secret"), "{url} {source:?}");
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    ask(&closed).await;
    ask(&raw_server(String::new).await).await;
    ask(&raw_server(|| "hello\r\n\r\n".to_owned()).await).await;
    // Cut off in the middle of a body.
    let cut = || format!("HTTP/1.1 200 OK\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: 50\r\n\r\n{{\"objects\":[");
    ask(&raw_server(cut).await).await;
}

/// Sends these bytes to whoever connects, then closes.
async fn raw_server(bytes: impl Fn() -> String + Send + 'static) -> String {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 4096]);
            // The client may hang up first.
            let _ = stream.write_all(bytes().as_bytes());
        }
    });
    url
}

#[tokio::test]
async fn addresses_and_ids_that_cannot_be_used() {
    let new = |url: &str| Client::new(http(), url, Credentials::Bearer("t".to_owned()));
    for bad in ["", "share", "/share/", "ftp://h/", "http://h/?a=b", "http://h/#x", "http://u:secret@h/"] {
        let error = new(bad).unwrap_err();
        assert!(matches!(error, ClientError::Address { .. }), "{bad}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
    let client = new("https://hub.example.org/a/share").unwrap();
    assert_eq!(client.api_root_url(), "https://hub.example.org/a/share/");
    assert_eq!(client.with_api_root("/other").unwrap().api_root_url(), "https://hub.example.org/other/");
    let same = "https://hub.example.org:443/other/";
    assert_eq!(client.with_api_root(same).unwrap().api_root_url(), "https://hub.example.org/other/");
    for bad in
        ["//evil.example/", "../x/", "https://evil.example/", "http://hub.example.org/x/", "/x/?a", "/\\evil.example/"]
    {
        let error = client.with_api_root(bad).unwrap_err();
        assert!(matches!(error, ClientError::Address { .. }), "{bad}");
    }
    for bad in ["", ".", ".."] {
        let error = client.collection(bad).await.unwrap_err();
        assert!(matches!(error, ClientError::Segment { .. }), "{bad}");
    }
    let broken = Client::new(http(), "http://127.0.0.1:1/", Credentials::Bearer("a\nb".to_owned())).unwrap();
    let error = broken.api_root().await.unwrap_err();
    assert!(matches!(error, ClientError::Request { .. }), "{error:?}");
}

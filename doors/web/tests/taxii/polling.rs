//! Polling again and again: what is known is not sent twice, what is sent is small, and nobody asks without end.

use std::num::NonZeroU32;

use ward_stix::marking::Tlp;
use ward_web::limit::Limits;

use crate::setup::{Hub, MEDIA_TYPE, indicator};

const OBJECTS: &str = "/share/collections/threat-information/objects/";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_poller_has_is_not_sent_again() {
    let hub = Hub::listening().await;
    hub.add(&hub.illinois, &[indicator(1, Tlp::Green), indicator(2, Tlp::Red)]).await;
    let tag = async |token: &str, known: &str, path: &str| {
        let answer = hub.ask("GET", path, token).header("if-none-match", known).send().await.unwrap();
        let tag = answer.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
        assert!(answer.headers().contains_key("x-taxii-date-added-last") || !path.contains("collections/threat"));
        (answer.status().as_u16(), tag.unwrap_or_default(), answer.bytes().await.unwrap().len())
    };
    for path in [OBJECTS, "/share/collections/threat-information/manifest/", "/share/"] {
        let (status, first, length) = tag(&hub.arizona.token, "", path).await;
        assert!(status == 200 && length > 0 && first.starts_with("W/\""), "{path}: {status} {first}");
        assert_eq!(tag(&hub.arizona.token, &first, path).await, (304, first.clone(), 0), "{path}");
        let listed = format!("\"other\", {}", first.trim_start_matches("W/"));
        assert_eq!(tag(&hub.arizona.token, &listed, path).await.0, 304, "{path}: in a list, and strong");
        assert_eq!(tag(&hub.arizona.token, "*", path).await.0, 200, "{path}");
    }
    // It is of what the caller sees: the same for who sees the same, another for who sees more.
    let (_, arizonas, _) = tag(&hub.arizona.token, "", OBJECTS).await;
    assert_ne!(tag(&hub.illinois.token, "", OBJECTS).await.1, arizonas);
    hub.add(&hub.illinois, &[indicator(3, Tlp::Red)]).await;
    assert_eq!(tag(&hub.arizona.token, &arizonas, OBJECTS).await.0, 304, "what is hidden changes nothing");
    hub.add(&hub.illinois, &[indicator(4, Tlp::Green)]).await;
    assert_eq!(tag(&hub.arizona.token, &arizonas, OBJECTS).await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_compressed_for_who_takes_it() {
    let hub = Hub::listening().await;
    let objects: Vec<_> = (1..=100).map(|number| indicator(number, Tlp::Green)).collect();
    hub.add(&hub.illinois, &objects).await;
    let page = async |encoding: &str| {
        let answer =
            hub.ask("GET", OBJECTS, &hub.arizona.token).header("accept-encoding", encoding).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], MEDIA_TYPE);
        let said = answer.headers().get("content-encoding").map(|said| said.to_str().unwrap().to_owned());
        (said, answer.bytes().await.unwrap())
    };
    let (_, plain) = page("identity").await;
    for encoding in ["gzip", "zstd"] {
        let (said, packed) = page(encoding).await;
        assert_eq!(said.as_deref(), Some(encoding));
        assert!(packed.len() * 4 < plain.len(), "{encoding}: {} of {}", packed.len(), plain.len());
        let unpacked = match encoding {
            "gzip" => {
                let mut text = Vec::new();
                std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed.as_ref()), &mut text).unwrap();
                text
            }
            _ => zstd::decode_all(packed.as_ref()).unwrap(),
        };
        assert_eq!(unpacked, plain, "{encoding}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_has_its_share_and_no_more() {
    let hub = Hub::with_limits(Limits::per_minute(NonZeroU32::new(5).unwrap())).await;
    for _ in 0..5 {
        assert_eq!(hub.get("/share/", &hub.arizona.token).await.status(), 200);
    }
    let another = hub.token(&hub.arizona.organisation, &[ward_directory::Scope::Read]).await;
    let refused = hub.get("/share/", &another).await;
    assert_eq!(refused.status(), 429, "more tokens do not make more");
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=12).contains(&wait), "{wait} s");
    assert_eq!(refused.headers()["content-type"], MEDIA_TYPE);
    assert_eq!(hub.get("/share/", &hub.illinois.token).await.status(), 200, "others have their own");
}

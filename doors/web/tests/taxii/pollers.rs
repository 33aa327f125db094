//! Pollers as products in use are written, by what is known of their requests: Microsoft Sentinel (Basic, `added_after`), OpenCTI (`next`, then
//! `added_after` cut to milliseconds) and Elastic (`added_after` without a fraction). Each must end with everything; cutting a date may only repeat.

use std::collections::BTreeSet;

use reqwest::RequestBuilder;
use serde_json::Value;
use ward_stix::marking::Tlp;

use crate::setup::{Hub, MEDIA_TYPE, id, indicator, json_of};

const OBJECTS: &str = "/share/collections/threat-information/objects/";

/// How a product asks.
struct Poller {
    name: &'static str,
    signs: fn(RequestBuilder, &str) -> RequestBuilder,
    /// What it keeps of `X-TAXII-Date-Added-Last`.
    keeps: fn(&str) -> String,
    follows_next: bool,
    /// Whether it keeps the whole date, so that nothing may come twice.
    is_exact: bool,
}

const POLLERS: [Poller; 3] = [
    Poller {
        name: "Sentinel",
        signs: |request, token| request.basic_auth("taxii", Some(token)),
        keeps: str::to_owned,
        follows_next: true,
        is_exact: true,
    },
    Poller {
        name: "OpenCTI",
        signs: |request, token| request.bearer_auth(token),
        keeps: |date| format!("{}Z", date.get(..23).unwrap()),
        follows_next: true,
        is_exact: false,
    },
    Poller {
        name: "Elastic",
        signs: |request, token| request.bearer_auth(token),
        keeps: |date| format!("{}Z", date.get(..19).unwrap()),
        follows_next: false,
        is_exact: false,
    },
];

/// What a poller has between two polls.
#[derive(Default)]
struct Kept {
    added_after: Option<String>,
    ids: Vec<String>,
}

/// One poll, to its end.
async fn poll(hub: &Hub, poller: &Poller, kept: &mut Kept) {
    let mut next: Option<String> = None;
    // More pages than there can be: a poller that goes round in a circle is found.
    for _ in 0..200 {
        let mut query: Vec<(&str, String)> = vec![("limit", "5".to_owned())];
        query.extend(kept.added_after.clone().map(|after| ("added_after", after)));
        query.extend(next.clone().map(|next| ("next", next)));
        let request = hub.http.get(format!("{}{OBJECTS}", hub.url)).header("accept", MEDIA_TYPE).query(&query);
        let answer = (poller.signs)(request, &hub.arizona.token).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", poller.name);
        let last = answer.headers()["x-taxii-date-added-last"].to_str().unwrap().to_owned();
        let page: Value = json_of(answer).await;
        let ids = page["objects"].as_array().into_iter().flatten().map(|one| one["id"].as_str().unwrap().to_owned());
        kept.ids.extend(ids);
        let more = page["more"] == true;
        match (more, poller.follows_next) {
            // With `next` the query stays as it was.
            (true, true) => next = Some(page["next"].as_str().unwrap().to_owned()),
            // Without it the last date leads on within this poll, whole; what is kept for the next poll is cut.
            (true, false) => kept.added_after = Some(last),
            (false, _) => {
                kept.added_after = Some((poller.keeps)(&last));
                return;
            }
        }
    }
    panic!("{} does not come to an end", poller.name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_product_ends_with_everything() {
    let hub = Hub::listening().await;
    let mut kept: [Kept; 3] = Default::default();
    let mut visible = BTreeSet::new();
    for round in 0..4 {
        let numbers: Vec<u64> = (round * 20 + 1..=round * 20 + 13).collect();
        // One in three is not for this reader.
        let tlp = |number: u64| if number.is_multiple_of(3) { Tlp::Red } else { Tlp::Green };
        let objects: Vec<Value> = numbers.iter().map(|number| indicator(*number, tlp(*number))).collect();
        hub.add(&hub.illinois, &objects).await;
        visible
            .extend(numbers.iter().filter(|number| !number.is_multiple_of(3)).map(|number| id("indicator", *number)));
        for (poller, kept) in POLLERS.iter().zip(&mut kept) {
            poll(&hub, poller, kept).await;
            let got: BTreeSet<String> = kept.ids.iter().cloned().collect();
            assert_eq!(got, visible, "{} after round {round}", poller.name);
            assert!(!poller.is_exact || kept.ids.len() == visible.len(), "{} got something twice", poller.name);
        }
    }
    // Polls without news bring nothing to whoever keeps the whole date, and never an error.
    for (poller, kept) in POLLERS.iter().zip(&mut kept) {
        let before = kept.ids.len();
        poll(&hub, poller, kept).await;
        assert!(!poller.is_exact || kept.ids.len() == before, "{}", poller.name);
    }
}

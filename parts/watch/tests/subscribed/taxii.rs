//! TAXII servers as they are: with `next`, without, with dates that have no fraction, and such as break off.

use serde_json::{Value, json};
use ward_share::ShareError;
use ward_share::subscription::{self, INTERVAL_SECONDS, Kind, NewSubscription, Secret};
use ward_stix::marking::Tlp;
use ward_store::testing::TestDatabase;
use ward_store::{Clock, test_both, values};
use ward_watch::subscribed::poll_due;

use crate::setup::*;

test_both!(
    quirks_of_servers,
    a_walk_that_broke_off_goes_on,
    what_is_no_business_of_a_source_is_refused,
    failures_wait_ever_longer,
    only_partners_are_sources,
);

const OBJECTS: &str = "/api/collections/c/objects/";

fn page(numbers: &[u64], more: bool, next: Option<&str>, last: Option<&'static str>) -> Answer {
    let mut body =
        json!({"objects": numbers.iter().map(|number| indicator(*number)).collect::<Vec<Value>>(), "more": more});
    if let Some(next) = next {
        body["next"] = json!(next);
    }
    Answer { status: 200, body, last }
}

/// Each server with its pages, what is held after one poll, and what is asked in the second.
async fn quirks_of_servers(database: TestDatabase) {
    type Pages = Vec<(&'static str, Answer)>;
    let cases: Vec<(&str, Pages, usize, &str)> = vec![
        (
            "one page, a date with a fraction",
            vec![("", page(&[1, 2], false, None, Some("2018-05-01T00:00:00.000001Z")))],
            2,
            "?added_after=2018-05-01T00:00:00.000001Z",
        ),
        (
            "a date without a fraction",
            vec![("", page(&[1], false, None, Some("2018-05-01T00:00:00Z")))],
            1,
            "?added_after=2018-05-01T00:00:00.000000Z",
        ),
        (
            "next is followed, all objects bear one date",
            vec![
                ("", page(&[1, 2], true, Some("n1"), Some("2018-05-01T00:00:00Z"))),
                ("?next=n1", page(&[3], false, None, Some("2018-05-01T00:00:00Z"))),
            ],
            3,
            "?added_after=2018-05-01T00:00:00.000000Z",
        ),
        (
            "more without next is asked on by date",
            vec![
                ("", page(&[1], true, None, Some("2018-05-01T00:00:00Z"))),
                ("?added_after=2018-05-01T00:00:00Z", page(&[2], false, None, Some("2018-05-02T00:00:00Z"))),
            ],
            2,
            "?added_after=2018-05-02T00:00:00.000000Z",
        ),
        ("no date at all", vec![("", page(&[1], false, None, None))], 1, ""),
        ("an empty page whose date is no date", vec![("", page(&[], false, None, Some("undefined")))], 0, ""),
    ];
    let hub = Hub::new(&database).await;
    for (name, pages, held, asked_then) in cases {
        let server = Server::default();
        for (query, answer) in pages {
            server.answers(&format!("{OBJECTS}{query}"), answer);
        }
        let subscription = hub.subscribe(Kind::Taxii, &format!("{}/api", server.listen().await)).await;
        let first = hub.poll().await.result.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((first.added, hub.held().await.len()), (held, held), "{name}");
        server.asked();
        let again = hub.poll().await;
        assert_eq!(server.asked()[0], format!("{OBJECTS}{asked_then}"), "{name}");
        // Nothing is new there, or all of it is known; a path that the table lacks is a refusal.
        assert!(again.result.is_err() || again.result.unwrap().added == 0, "{name}");
        assert_eq!(hub.held().await.len(), held, "{name}");
        forget(&hub, &subscription.id).await;
    }
    hub.verify_record().await;
}

/// Ends a subscription and takes away what came from it, for the next case.
async fn forget(hub: &Hub, id: &str) {
    subscription::remove(&hub.here, &hub.may(id.to_owned())).await.unwrap();
    let mut tx = hub.here.store.begin().await.unwrap();
    let gone = tx
        .fetch("SELECT id FROM collection_object WHERE organisation_id = $1", values![&hub.partner.id])
        .await
        .unwrap();
    tx.execute("DELETE FROM collection_object WHERE organisation_id = $1", values![&hub.partner.id]).await.unwrap();
    for row in gone {
        let subject = format!("collection_object {}", row.get::<String>("id").unwrap());
        let act = ward_store::Act {
            act: "row.erased",
            actor: "test",
            organisation: &hub.partner.id,
            subject: &subject,
            at: NOW,
            detail: &json!({}),
            rows: &[],
        };
        tx.record(act).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn a_walk_that_broke_off_goes_on(database: TestDatabase) {
    let hub = Hub::new(&database).await;
    let server = Server::default();
    server.answers(OBJECTS, page(&[1, 2], true, Some("n1"), Some("2018-05-01T00:00:00Z")));
    server.answers(&format!("{OBJECTS}?next=n1"), Answer { status: 503, ..page(&[], false, None, None) });
    hub.subscribe(Kind::Taxii, &format!("{}/api", server.listen().await)).await;
    assert!(hub.poll().await.result.unwrap_err().contains("503"));
    assert_eq!(hub.held().await, [id(1), id(2)], "what was taken stays taken");
    // Both objects of the first page bear the same date as those that follow, so it goes on with the server's own place.
    server.asked();
    server.answers(&format!("{OBJECTS}?next=n1"), page(&[3], false, None, Some("2018-05-01T00:00:00Z")));
    assert_eq!(hub.poll().await.result.unwrap().added, 1);
    assert_eq!(server.asked(), [format!("{OBJECTS}?next=n1")]);
    assert_eq!(hub.held().await, [id(1), id(2), id(3)]);
    assert_eq!((hub.subscription().await.taken, hub.subscription().await.failures), (3, 0));
    // A server that has forgotten its place is walked again from where the walk began.
    let after = "?added_after=2018-05-01T00:00:00.000000Z";
    server.answers(&format!("{OBJECTS}{after}"), page(&[4], true, Some("n2"), Some("2018-05-02T00:00:00Z")));
    assert!(hub.poll().await.result.is_err(), "the table has no n2 yet");
    server.answers(&format!("{OBJECTS}{after}"), page(&[4, 5], false, None, Some("2018-05-02T00:00:00Z")));
    let taken = hub.poll().await.result.unwrap();
    assert_eq!((taken.added, taken.already_here), (1, 1));
    assert_eq!(hub.held().await.len(), 5);
    hub.verify_record().await;
}

async fn what_is_no_business_of_a_source_is_refused(database: TestDatabase) {
    let hub = Hub::new(&database).await;
    let server = Server::default();
    let mut borrowed = indicator(2);
    borrowed["created_by_ref"] = json!(hub.member.identity_id);
    let mut broad = indicator(3);
    broad["pattern"] = json!("[ipv4-addr:value = '10.0.0.1']");
    let mut red = indicator(4);
    red["object_marking_refs"] = json!([Tlp::Red.official_id()]);
    let body = json!({"objects": [indicator(1), borrowed, broad, red, {"type": "indicator"}], "more": false});
    server.answers(OBJECTS, body);
    hub.subscribe(Kind::Taxii, &format!("{}/api", server.listen().await)).await;
    let taken = hub.poll().await.result.unwrap();
    assert_eq!((taken.added, taken.refused), (2, 3));
    assert_eq!(hub.held().await, [id(1), id(4)]);
    let sql = "SELECT h.content AS handling FROM collection_object o JOIN handling h ON h.id = o.handling_id ORDER BY o.stix_id";
    let rows = hub.here.store.fetch(sql, &[]).await.unwrap();
    let handling: Vec<String> = rows.iter().map(|row| row.get("handling").unwrap()).collect();
    assert!(handling[0].contains("green"), "what bears no TLP has the subscriber's: {}", handling[0]);
    assert!(handling[1].contains("red"), "{}", handling[1]);
}

async fn failures_wait_ever_longer(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let server = Server::default();
    hub.subscribe(Kind::Taxii, &format!("{}/api", server.listen().await)).await;
    for (failures, wait_seconds) in [(1, 7_200), (2, 14_400), (3, 28_800)] {
        assert_eq!(poll_due(&hub.here, &hub.http).await.unwrap().len(), 1);
        assert_eq!(poll_due(&hub.here, &hub.http).await.unwrap().len(), 0, "it is not due any more");
        let now = hub.subscription().await;
        assert_eq!((now.failures, now.next_at - hub.here.now()), (failures, wait_seconds * 1_000_000));
        assert!(now.last_error.unwrap().contains("404") && now.last_good_at.is_none());
        hub.here.clock = Clock::Fixed(now.next_at);
    }
    server.answers(OBJECTS, page(&[1], false, None, None));
    poll_due(&hub.here, &hub.http).await.unwrap();
    let now = hub.subscription().await;
    assert_eq!((now.failures, now.last_error, now.last_good_at), (0, None, Some(hub.here.now())));
}

async fn only_partners_are_sources(database: TestDatabase) {
    let hub = Hub::new(&database).await;
    let new = || hub.new_subscription(Kind::Taxii, "https://taxii.example/api");
    let refused = async |new: NewSubscription, why: &str| {
        let error = subscription::add(&hub.here, &hub.may(new)).await.unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    refused(NewSubscription { organisation_id: hub.member.id.clone(), ..new() }, "not a partner").await;
    refused(NewSubscription { organisation_id: "nobody".to_owned(), ..new() }, "not a partner").await;
    refused(NewSubscription { collection: String::new(), ..new() }, "by collection").await;
    refused(NewSubscription { kind: Kind::Misp, ..new() }, "as a whole").await;
    refused(NewSubscription { interval_seconds: INTERVAL_SECONDS.start() - 1, ..new() }, "between two polls").await;
    refused(NewSubscription { secret: Secret::Token("two words".to_owned()), ..new() }, "one word").await;
    let theirs = ward_directory::Who { organisation: hub.member.clone(), ..hub.analyst.clone() };
    let theirs =
        ward_directory::permit(&theirs, ward_policy::Verb::Create, ward_policy::Resource::Indicator, new()).unwrap();
    assert!(matches!(subscription::add(&hub.here, &theirs).await, Err(ShareError::Forbidden { .. })));
    // The secret is in a file of the folder alone, and goes with the subscription.
    let one = hub.subscribe(Kind::Taxii, "https://taxii.example/api/").await;
    let file = hub.here.folder.join(&one.secret_file);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "secret-word");
    assert!(!serde_json::to_string(&one).unwrap().contains("secret-"));
    subscription::remove(&hub.here, &hub.may(one.id.clone())).await.unwrap();
    assert!(!file.exists() && subscription::list(&hub.here).await.unwrap().is_empty());
    hub.verify_record().await;
}

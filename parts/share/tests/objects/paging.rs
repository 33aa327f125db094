//! Pages: everything once, in order, whatever way a reader goes on.

use serde_json::Value;
use ward_directory::Who;
use ward_share::handling::Handled;
use ward_share::{ShareError, anew, intake, page};
use ward_stix::marking;
use ward_stix::object::Object;
use ward_store::testing::TestDatabase;
use ward_store::{Clock, sequence, test_both};
use ward_taxii::filter::Filter;

use crate::setup::{Hub, SECOND, green, id, indicator, parse, red};

test_both!(
    every_way_to_go_on_loses_and_repeats_nothing,
    a_cursor_is_good_for_its_own_query_only,
    much_that_is_hidden_leaves_no_trace,
    a_limit_is_kept_and_capped,
    who_polls_while_others_write_gets_everything_once,
);

/// How a reader goes on after a page.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Next,
    LastDate,
}

/// All ids that a reader gets with pages of these sizes, in turn.
async fn read(hub: &Hub, who: &Who, limits: &[u64], by: By, manifest: bool) -> Vec<String> {
    let collection = hub.collection(who, "threat-information").await;
    let (mut filter, mut ids) = (Filter::default(), Vec::new());
    for limit in limits.iter().cycle() {
        filter.limit = Some(*limit);
        let (page_ids, more, next, last): (Vec<String>, _, _, _) = if manifest {
            let page = page::manifest(&hub.here, who, &collection, &filter).await.unwrap();
            (page.items.into_iter().map(|one| one.id).collect(), page.more, page.next, page.last_tick)
        } else {
            let page = page::objects(&hub.here, who, &collection, &filter).await.unwrap();
            let ids = page.items.iter().map(|body| Object::parse(body).unwrap().id().to_owned());
            (ids.collect(), page.more, page.next, page.last_tick)
        };
        assert!(page_ids.len() as u64 <= *limit);
        assert_eq!(more, next.is_some(), "`next` exactly with `more`");
        ids.extend(page_ids);
        if !more {
            return ids;
        }
        match by {
            By::Next => filter.next = next,
            By::LastDate => filter.added_after = Some(last),
        }
    }
    ids
}

async fn every_way_to_go_on_loses_and_repeats_nothing(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    let objects: Vec<Value> = (0..40).map(|n| if n % 3 == 1 { red(n) } else { green(n) }).collect();
    hub.add(&arizona, &objects).await;
    hub.add(&arizona, &[indicator(0, 9, &[marking::Tlp::Green.official_id()])]).await;
    let (owners, others) = (hub.arizona.clone(), hub.illinois.clone());
    for (who, expected) in [(&owners, 40), (&others, 27)] {
        let whole = read(&hub, who, &[1_000], By::Next, false).await;
        let mut unique = whole.clone();
        unique.sort();
        unique.dedup();
        assert_eq!((whole.len(), unique.len()), (expected, expected), "{}", who.name);
        assert_eq!(whole.last(), Some(&id("indicator", 0)), "the newest version came last");
        for limits in [&[1][..], &[2], &[3], &[7], &[13], &[26], &[27], &[28], &[39], &[40], &[41], &[5, 1, 9]] {
            for by in [By::Next, By::LastDate] {
                for manifest in [false, true] {
                    assert_eq!(
                        read(&hub, who, limits, by, manifest).await,
                        whole,
                        "{} {limits:?} {by:?} {manifest}",
                        who.name
                    );
                }
            }
        }
    }
}

async fn a_cursor_is_good_for_its_own_query_only(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &(0..6).map(green).collect::<Vec<_>>()).await;
    let page = hub.objects(&arizona, "threat-information", &parse("limit=2&match[type]=indicator")).await.unwrap();
    let next = page.next.unwrap();
    let ask = async |who: &Who, alias: &str, query: &str| {
        hub.objects(who, alias, &parse(&format!("next={next}&{query}"))).await
    };
    for query in [
        "match[type]=indicator&limit=2",
        "match[type]=indicator&limit=2",
        "limit=3&match[type]=indicator",
        "match[type]=indicator",
    ] {
        let page = ask(&arizona, "threat-information", query).await.unwrap();
        let first = Object::parse(&page.items[0]).unwrap();
        assert_eq!(first.id(), id("indicator", 2), "{query}");
    }
    let refused = |answer: Result<_, ShareError>| matches!(answer, Err(ShareError::Invalid(_)));
    assert!(refused(ask(&hub.illinois, "threat-information", "match[type]=indicator").await), "another organisation");
    assert!(refused(ask(&arizona, "alerts", "match[type]=indicator").await), "another collection");
    for query in [
        "",
        "match[type]=malware",
        "match[type]=indicator&match[version]=all",
        "match[type]=indicator&added_after=2018-01-01T00:00:00Z",
    ] {
        assert!(refused(ask(&arizona, "threat-information", query).await), "{query}");
    }
    let collection = hub.collection(&arizona, "threat-information").await;
    let filter = parse(&format!("match[type]=indicator&next={next}"));
    assert!(refused(page::manifest(&hub.here, &arizona, &collection, &filter).await.map(|_| page_of_nothing())));
    for garbage in ["x", "AAAA", &next[1..], &format!("{next}A")] {
        assert!(refused(
            hub.objects(&arizona, "threat-information", &parse(&format!("match[type]=indicator&next={garbage}"))).await
        ));
    }
}

fn page_of_nothing() -> page::Page<bytes::Bytes> {
    page::Page { items: Vec::new(), more: false, next: None, first_tick: 0, last_tick: 0 }
}

async fn much_that_is_hidden_leaves_no_trace(database: TestDatabase) {
    const HIDDEN: u64 = 3_000;
    let mut hub = Hub::new(&database).await;
    let owner = hub.arizona.organisation.id.clone();
    let until = hub.here.now() + 86_400 * SECOND;
    insert(&hub, (0..HIDDEN).map(red), hub.here.now(), &owner).await;
    insert(&hub, (HIDDEN..2 * HIDDEN).map(green), until, &owner).await;
    insert(&hub, [green(2 * HIDDEN)], hub.here.now(), &owner).await;
    insert(&hub, (2 * HIDDEN + 1..3 * HIDDEN).map(red), hub.here.now(), &owner).await;
    hub.tick().await;
    let whole = id("indicator", 2 * HIDDEN);
    for query in ["", "limit=1", "match[type]=indicator"] {
        for time in ["first", "second"] {
            let page = hub.objects(&hub.illinois, "threat-information", &parse(query)).await.unwrap();
            assert_eq!((page.items.len(), page.more), (1, false), "{query}, the {time} time");
        }
    }
    for by in [By::Next, By::LastDate] {
        for manifest in [false, true] {
            let found = read(&hub, &hub.illinois, &[10], by, manifest).await;
            assert_eq!(found, std::slice::from_ref(&whole), "{by:?} {manifest}");
        }
    }
    assert_eq!(hub.ids(&hub.illinois, &format!("match[id]={whole}")).await, [whole]);
    // What was passed over and comes into view later is offered behind all that.
    let stands = hub.objects(&hub.illinois, "threat-information", &parse("")).await.unwrap().last_tick;
    hub.pass(2);
    anew::turn_dates(&hub.here).await.unwrap();
    insert(&hub, [green(3 * HIDDEN)], hub.here.now(), &owner).await;
    hub.tick().await;
    let mut filter = Filter { added_after: Some(stands), ..parse("") };
    let mut found = std::collections::BTreeSet::new();
    loop {
        let page = hub.objects(&hub.illinois, "threat-information", &filter).await.unwrap();
        let ids = page.items.iter().map(|body| Object::parse(body).unwrap().id().to_owned());
        assert!(ids.into_iter().all(|id| found.insert(id)), "nothing comes twice");
        filter.added_after = Some(page.last_tick);
        if !page.more {
            break;
        }
    }
    let expected = (HIDDEN..2 * HIDDEN).chain([3 * HIDDEN]).map(|number| id("indicator", number)).collect();
    assert_eq!(found, expected);
}

/// Puts objects into the threat information, released at a time.
async fn insert(hub: &Hub, objects: impl IntoIterator<Item = Value>, released_at: i64, owner: &str) {
    let collection = hub.collection(&hub.arizona, "threat-information").await.id;
    let mut tx = hub.here.store.begin().await.unwrap();
    tx.take_turn(hub.here.now()).await.unwrap();
    for object in objects {
        let object = Object::parse(object.to_string().as_bytes()).unwrap();
        let handled = Handled::new(owner, &marking::resolve(&object, &|_| None), released_at);
        intake::insert(&mut tx, &collection, &object, &handled, owner, hub.here.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn a_limit_is_kept_and_capped(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &(0..1_005).map(green).collect::<Vec<_>>()).await;
    for (query, expected) in [
        ("", 1_000),
        ("limit=1000", 1_000),
        ("limit=99999999", 1_000),
        ("limit=18446744073709551615", 1_000),
        ("limit=4", 4),
    ] {
        let page = hub.objects(&hub.illinois, "threat-information", &parse(query)).await.unwrap();
        assert_eq!((page.items.len(), page.more), (expected, true), "{query}");
    }
}

async fn who_polls_while_others_write_gets_everything_once(database: TestDatabase) {
    const REQUESTS: u64 = 12;
    const OBJECTS: u64 = 9;
    let mut hub = Hub::new(&database).await;
    hub.here.clock = Clock::System;
    let hub = std::sync::Arc::new(hub);
    let writers = [hub.arizona.clone(), hub.pima.clone()].into_iter().zip(0_u64..).map(|(who, writer)| {
        let hub = std::sync::Arc::clone(&hub);
        tokio::spawn(async move {
            for request in 0..REQUESTS {
                let first = (writer * REQUESTS + request) * OBJECTS;
                let objects: Vec<Value> = (first..first + OBJECTS).map(green).collect();
                assert_eq!(hub.post(&who, "threat-information", &objects).await.unwrap().failure_count, 0);
            }
        })
    });
    let mut writers: Vec<_> = writers.collect();
    let (mut filter, mut ids) = (Filter::default(), Vec::new());
    let mut is_last = false;
    loop {
        sequence(&hub.here.store).await.unwrap();
        let page = hub.objects(&hub.illinois, "threat-information", &filter).await.unwrap();
        ids.extend(page.items.iter().map(|body| Object::parse(body).unwrap().id().to_owned()));
        filter.added_after = Some(page.last_tick);
        if is_last && page.items.is_empty() {
            break;
        }
        is_last = writers.iter().all(tokio::task::JoinHandle::is_finished);
    }
    for writer in &mut writers {
        writer.await.unwrap();
    }
    ids.sort();
    let expected: Vec<String> = (0..2 * REQUESTS * OBJECTS).map(|number| id("indicator", number)).collect();
    assert_eq!(ids, expected);
}

//! Who sees what: each object by its own markings, nothing by its traces.

use serde_json::{Value, json};
use ward_directory::Who;
use ward_share::handling::Handled;
use ward_share::{ShareError, anew, collections, intake, page};
use ward_stix::marking::{self, Tlp};
use ward_stix::object::Object;
use ward_store::testing::TestDatabase;
use ward_store::{sign_checkpoint, test_both, values, verify};
use ward_taxii::filter::{self, Endpoint, Filter};

use crate::setup::{Hub, green, id, indicator, parse, red, statement};

test_both!(
    markings_decide,
    a_marking_that_resolves_later_opens_once_and_only_by_its_owner,
    a_hidden_version_leaves_no_trace,
    alerts_are_for_their_recipients,
    ones_own_can_be_deleted_and_sent_again,
    what_is_hidden_looks_like_what_is_not_there,
    a_version_that_was_never_seen_changes_nothing_when_it_goes,
);

async fn markings_decide(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let acs = json!({"type": "marking-definition", "spec_version": "2.1", "id": id("marking-definition", 90), "created": "2018-01-01T00:00:00.000Z",
        "extensions": {"extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce": {"extension_type": "property-extension"}}});
    let (statement_id, acs_id) = (id("marking-definition", 91), id("marking-definition", 90));
    let mut granular = green(9);
    granular["granular_markings"] = json!([{"marking_ref": Tlp::Red.official_id(), "selectors": ["pattern"]}]);
    let acs_ids = [92, 93].map(|number| id("marking-definition", number));
    let federal = json!({"classification": "U", "permitted_organizations": ["USA.USG"]});
    let sets = [json!({"classification": "U"}), federal];
    let mut federal_part = green(16);
    federal_part["granular_markings"] = json!([{"marking_ref": acs_ids[1], "selectors": ["pattern"]}]);
    let of = |number, tlps: &[&str]| indicator(number, 0, tlps);
    let [clear, green_id, amber, strict, red_id] = Tlp::ALL.map(Tlp::official_id);
    let white = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9";
    // Sent by Arizona: who sees it? A is Arizona, H the hub, P Pima (Arizona's county), I Illinois.
    let cases: [(&str, Value, &str); 16] = [
        ("clear", of(1, &[clear]), "AHPI"),
        ("TLP 1 white", of(2, &[white]), "AHPI"),
        ("green", of(3, &[green_id]), "AHPI"),
        ("amber", of(4, &[amber]), "AH"),
        ("amber and strict", of(5, &[strict]), "AH"),
        ("red", of(6, &[red_id]), "AH"),
        ("green and red: the strictest counts", of(7, &[green_id, red_id]), "AH"),
        ("unmarked", of(8, &[]), "A"),
        ("a part marked red", granular, "AH"),
        ("an ACS marking that is not whole", of(10, &[clear, &acs_id]), "A"),
        ("a statement beside green", of(11, &[green_id, &statement_id]), "AHPI"),
        ("a marking that is nowhere", of(12, &[clear, &id("marking-definition", 99)]), "A"),
        ("unclassified for all", of(13, &[&acs_ids[0]]), "AHPI"),
        ("unclassified for all and amber", of(14, &[&acs_ids[0], amber]), "AH"),
        ("unclassified for organisations of which nobody here is known to be", of(15, &[&acs_ids[1]]), "A"),
        ("a part of it for such", federal_part, "A"),
    ];
    let arizona = hub.arizona.clone();
    let mut objects: Vec<Value> = cases.iter().map(|(_, object, _)| object.clone()).collect();
    objects.extend([acs, statement(91)]);
    objects.extend(acs_ids.iter().zip(sets).map(|(id, set)| acs_marking(id, set)));
    hub.add(&arizona, &objects).await;
    for (letter, who) in [('A', &hub.arizona), ('H', &hub.analyst), ('P', &hub.pima), ('I', &hub.illinois)] {
        let seen = hub.ids(who, "match[type]=indicator").await;
        for (name, object, expected) in &cases {
            let sees = seen.iter().any(|one| object["id"] == one.as_str());
            assert_eq!(sees, expected.contains(letter), "{letter}: {name}");
        }
    }
}

fn acs_marking(id: &str, control_set: Value) -> Value {
    json!({"type": "marking-definition", "spec_version": "2.1", "id": id, "created": "2018-01-01T00:00:00.000Z",
        "extensions": {"extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce": {"extension_type": "property-extension",
            "identifier": "isa:guide.19001.ACS3-1", "create_date_time": "2018-01-01T00:00:00Z", "responsible_entity_custodian": "USA.DHS",
            "policy_reference": "urn:isa:policy:acs:ns:v3.0?privdefault=permit&sharedefault=permit", "control_set": control_set}}})
}

async fn a_marking_that_resolves_later_opens_once_and_only_by_its_owner(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let (arizona, illinois) = (hub.arizona.clone(), hub.illinois.clone());
    let marking = id("marking-definition", 5);
    hub.add(&arizona, &[indicator(1, 0, &[Tlp::Green.official_id(), &marking]), green(2)]).await;
    assert_eq!(hub.ids(&hub.pima, "").await, [id("indicator", 2)]);
    let polled = hub.objects(&hub.pima, "threat-information", &parse("")).await.unwrap().last_tick;
    // Illinois says that it is only a statement; it is not Illinois's to say.
    hub.add(&illinois, &[statement(5)]).await;
    assert_eq!(hub.ids(&hub.pima, "").await, [id("indicator", 2)]);
    let later = id("marking-definition", 6);
    hub.add(&arizona, &[indicator(3, 0, &[Tlp::Green.official_id(), &later])]).await;
    assert_eq!(hub.ids(&hub.pima, "").await, [id("indicator", 2)]);
    hub.add(&arizona, &[statement(6)]).await;
    // Who had polled past it gets it now.
    let since = parse(&format!("added_after={}", ward_taxii::timestamp::format_micros(polled).unwrap()));
    let page = hub.objects(&hub.pima, "threat-information", &since).await.unwrap();
    let ids: Vec<String> = page.items.iter().map(|body| Object::parse(body).unwrap().id().to_owned()).collect();
    assert_eq!(ids, [id("indicator", 3)]);
    // A definition that is here already from another counts for what comes with it.
    hub.add(&arizona, &[indicator(4, 0, &[Tlp::Green.official_id(), &marking]), statement(5)]).await;
    assert_eq!(
        hub.ids(&hub.pima, "match[type]=indicator").await,
        [id("indicator", 2), id("indicator", 3), id("indicator", 4)]
    );
}

async fn a_hidden_version_leaves_no_trace(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    let (g, r) = (Tlp::Green.official_id(), Tlp::Red.official_id());
    hub.add(&arizona, &[indicator(1, 20, &[g])]).await;
    hub.add(&arizona, &[indicator(1, 30, &[r]), indicator(1, 10, &[r])]).await;
    let versions = async |who, query: &str| {
        let collection = hub.collection(who, "threat-information").await;
        let filter = filter::parse(query, Endpoint::Versions).unwrap();
        page::versions(&hub.here, who, &collection, &id("indicator", 1), &filter).await.unwrap().items
    };
    let at = |second: u64| format!("2018-01-01T00:00:{second:02}.000Z");
    for (query, arizonas, illinoiss) in [
        ("", vec![30], vec![20]),
        ("match[version]=last", vec![30], vec![20]),
        ("match[version]=first", vec![10], vec![20]),
        ("match[version]=all", vec![20, 30, 10], vec![20]),
        ("match[version]=first,last", vec![30, 10], vec![20]),
        ("match[version]=2018-01-01T00:00:20Z", vec![20], vec![20]),
        ("match[version]=2018-01-01T00:00:30Z", vec![30], vec![]),
        ("match[version]=2018-01-01T00:00:20.000000001Z", vec![], vec![]),
        ("match[spec_version]=2.0", vec![], vec![]),
        ("match[type]=malware", vec![], vec![]),
        ("match[type]=malware,indicator&match[version]=first", vec![10], vec![20]),
    ] {
        for (who, expected) in [(&hub.arizona, arizonas), (&hub.illinois, illinoiss)] {
            let mut found: Vec<String> = hub.pairs(who, query).await.into_iter().map(|(_, version)| version).collect();
            let mut expected: Vec<String> = expected.into_iter().map(at).collect();
            found.sort();
            expected.sort();
            assert_eq!(found, expected, "{}: {query}", who.name);
        }
    }
    assert_eq!(versions(&hub.illinois, "").await, [at(20)]);
    assert_eq!(versions(&hub.arizona, "").await.len(), 3);
}

async fn alerts_are_for_their_recipients(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let report_id = id("report", 1);
    let collection = collections::id_of(&hub.here, collections::Kind::Alerts).await.unwrap();
    let object = Object::parse(indicator(1, 0, &[Tlp::Amber.official_id()]).to_string().as_bytes()).unwrap();
    let owner = hub.here.installation.organisation_id.clone();
    let handled = Handled::new(&owner, &marking::resolve(&object, &|_| None), hub.here.now()).of_alert(&report_id, 1);
    let mut tx = hub.here.store.begin().await.unwrap();
    let recipient = "INSERT INTO alert_recipient (report_id, organisation_id, since_round) VALUES ($1, $2, $3)";
    tx.execute(recipient, values![&report_id, &hub.arizona.organisation.id, 1]).await.unwrap();
    let of_alert = "INSERT INTO alert_object (report_id, modified, place, stix_id, body) VALUES ($1, '', 0, $2, $3)";
    tx.execute(of_alert, values![&report_id, object.id(), object.bytes()]).await.unwrap();
    let now = hub.here.now();
    tx.take_turn(now).await.unwrap();
    assert!(!intake::insert(&mut tx, &collection, &object, &handled, &owner, now).await.unwrap().is_empty());
    assert!(intake::insert(&mut tx, &collection, &object, &handled, &owner, now).await.unwrap().is_empty(), "once");
    tx.commit().await.unwrap();
    let count =
        async |hub: &Hub, who: &Who, filter: Filter| hub.objects(who, "alerts", &filter).await.unwrap().items.len();
    hub.tick().await;
    let before = hub.here.now();
    for (who, expected) in [(&hub.analyst, 1), (&hub.arizona, 1), (&hub.pima, 1), (&hub.illinois, 0)] {
        assert_eq!(count(&hub, who, parse("")).await, expected, "{}", who.name);
    }
    hub.tick().await;
    let mut tx = hub.here.store.begin().await.unwrap();
    tx.take_turn(hub.here.now()).await.unwrap();
    tx.execute(recipient, values![&report_id, &hub.illinois.organisation.id, 2]).await.unwrap();
    assert_eq!(anew::next_round(&mut tx, &report_id, 2, now).await.unwrap().len(), 2, "the object and its handling");
    tx.commit().await.unwrap();
    let again = Filter { added_after: Some(before), ..Filter::default() };
    assert_eq!(count(&hub, &hub.arizona, again).await, 0, "who has it does not get it again");
    let since = Filter { added_after: Some(before), ..Filter::default() };
    assert_eq!(count(&hub, &hub.illinois, since).await, 1, "who polled before it was addressed gets it");
}

async fn ones_own_can_be_deleted_and_sent_again(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let (arizona, illinois) = (hub.arizona.clone(), hub.illinois.clone());
    let g = Tlp::Green.official_id();
    hub.add(&arizona, &[indicator(1, 10, &[g]), indicator(1, 20, &[g]), green(2), red(3)]).await;
    let first = hub.objects(&illinois, "threat-information", &parse("")).await.unwrap();
    let delete = async |hub: &Hub, who, number: u64, query: &str| {
        let collection = hub.collection(who, "threat-information").await;
        let filter = filter::parse(query, Endpoint::Delete).unwrap();
        page::delete(&hub.here, who, &collection, &id("indicator", number), &filter).await
    };
    assert!(matches!(delete(&hub, &illinois, 2, "").await, Err(ShareError::Forbidden { .. })), "seen, but another's");
    assert!(matches!(delete(&hub, &illinois, 3, "").await, Err(ShareError::Unseen { .. })), "not seen");
    assert!(matches!(delete(&hub, &arizona, 9, "").await, Err(ShareError::Unseen { .. })), "not there");
    delete(&hub, &arizona, 1, "match[version]=first").await.unwrap();
    assert_eq!(
        hub.pairs(&illinois, "match[id]=indicator--00000000-0000-4000-8000-000000000001&match[version]=all")
            .await
            .len(),
        1
    );
    delete(&hub, &arizona, 1, "match[version]=all").await.unwrap();
    assert_eq!(hub.ids(&illinois, "match[version]=all&match[type]=indicator").await, [id("indicator", 2)]);
    hub.add(&arizona, &[indicator(1, 20, &[g])]).await;
    let since = Filter { added_after: Some(first.last_tick), ..Filter::default() };
    let since = Filter { types: vec!["indicator".to_owned()], ..since };
    assert_eq!(hub.objects(&illinois, "threat-information", &since).await.unwrap().items.len(), 1, "a new tick");
    sign_checkpoint(&hub.here.store, &hub.here.log_key, hub.here.now()).await.unwrap();
    let verified = verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap().unwrap();
    assert_eq!(verified.erased, 2);
}

async fn what_is_hidden_looks_like_what_is_not_there(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let arizona = hub.arizona.clone();
    hub.add(&arizona, &[red(1)]).await;
    hub.add(&arizona, &[green(2)]).await;
    hub.add(&arizona, &[red(3), red(4)]).await;
    let (hidden, absent) = (id("indicator", 1), id("indicator", 77));
    let who = &hub.illinois;
    let collection = hub.collection(who, "threat-information").await;
    let everything = Filter::default();
    for id in [&hidden, &absent] {
        for answer in [
            page::object(&hub.here, who, &collection, id, &everything).await.err(),
            page::versions(&hub.here, who, &collection, id, &everything).await.err(),
            page::delete(&hub.here, who, &collection, id, &everything).await.err(),
        ] {
            assert!(matches!(answer, Some(ShareError::Unseen { what: "object", .. })));
        }
    }
    let page = page::objects(&hub.here, who, &collection, &everything).await.unwrap();
    assert_eq!((page.items.len(), page.more, page.next.is_none()), (1, false, true));
    assert_eq!(page.first_tick, page.last_tick, "the dates are those of the one object seen");
    let one = Filter { limit: Some(1), ..Filter::default() };
    assert!(!page::objects(&hub.here, who, &collection, &one).await.unwrap().more, "hidden ones are no more");
    let after = Filter { added_after: Some(page.last_tick), ..Filter::default() };
    let rest = page::manifest(&hub.here, who, &collection, &after).await.unwrap();
    assert_eq!(
        (rest.items.len(), rest.more, rest.first_tick, rest.last_tick),
        (0, false, page.last_tick, page.last_tick)
    );
}

/// A report of this second's version, green, that mentions something.
fn report(version: u64, mentions: &str) -> serde_json::Value {
    serde_json::json!({
        "type": "report", "spec_version": "2.1", "id": id("report", 1), "created": "2018-01-01T00:00:00.000Z",
        "modified": format!("2018-01-01T00:00:{version:02}.000Z"), "name": "What was seen", "published": "2018-01-01T00:00:00Z",
        "object_refs": [mentions], "object_marking_refs": [Tlp::Green.official_id()],
    })
}

async fn a_version_that_was_never_seen_changes_nothing_when_it_goes(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let (arizona, illinois) = (hub.arizona.clone(), hub.illinois.clone());
    hub.add(&arizona, &[red(5), green(6), report(10, &id("indicator", 6))]).await;
    let first = hub.objects(&illinois, "threat-information", &parse("")).await.unwrap();
    assert_eq!(first.items.len(), 2);
    let since = Filter { added_after: Some(first.last_tick), ..Filter::default() };
    let rest = async |hub: &Hub| hub.objects(&illinois, "threat-information", &since).await.unwrap().items;
    hub.add(&arizona, &[report(20, &id("indicator", 5))]).await;
    assert!(rest(&hub).await.is_empty(), "the newer version mentions what is hidden");
    let collection = hub.collection(&arizona, "threat-information").await;
    let newer = filter::parse("match[version]=2018-01-01T00:00:20Z", Endpoint::Delete).unwrap();
    page::delete(&hub.here, &arizona, &collection, &id("report", 1), &newer).await.unwrap();
    assert!(rest(&hub).await.is_empty(), "the older one was the last that is seen all along");
    // Sent again, it mentions what is seen.
    hub.add(&arizona, &[report(20, &id("indicator", 6))]).await;
    assert_eq!(rest(&hub).await.len(), 1, "now it is there, once");
    let all = hub.pairs(&illinois, "match[version]=all&match[type]=report").await;
    assert_eq!(all.len(), 2, "{all:?}");
}

//! Real files: the indicators of GRIZZLY STEPPE and ATT&CK.

use std::path::PathBuf;

use ward_directory::permit;
use ward_policy::{Resource, Verb};
use ward_quality::Act;
use ward_share::ShareError;
use ward_share::import::{Imported, import};
use ward_stix::marking::Tlp;
use ward_store::test_both;
use ward_store::testing::TestDatabase;

use crate::setup::{Hub, green, parse, red, statement};

test_both!(
    the_indicators_of_grizzly_steppe_are_imported_once,
    attack_is_imported_whole,
    a_file_is_read_object_by_object
);

/// A file of the test data; none when the folder is not there, which is an error where tests must be complete.
fn data(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var("WARD_DATA")
        .map_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    if !folder.is_dir() {
        assert!(std::env::var_os("CI").is_none(), "the test data is missing: {}", folder.display());
        println!("skipped: no test data in {}", folder.display());
        return None;
    }
    Some(std::fs::read(folder.join(name)).unwrap())
}

async fn bring(hub: &Hub, alias: &str, bytes: &[u8], tlp: Option<Tlp>) -> Result<Imported, ShareError> {
    let collection = hub.collection(&hub.analyst, alias).await;
    import(&hub.here, &permit(&hub.analyst, Verb::Create, Resource::Indicator, collection).unwrap(), bytes, tlp).await
}

async fn the_indicators_of_grizzly_steppe_are_imported_once(database: TestDatabase) {
    let Some(csv) = data("share/grizzly_steppe/JAR-16-20296A.csv") else { return };
    let mut hub = Hub::new(&database).await;
    let first = bring(&hub, "threat-information", &csv, Some(Tlp::Clear)).await.unwrap();
    println!(
        "added {}, already here {}, quarantined {:?}, refused {:?}",
        first.added, first.already_here, first.quarantined, first.refused
    );
    assert_eq!(first.added + first.already_here + first.quarantined.len() + first.refused.len(), 911);
    assert!(first.refused.is_empty());
    assert_eq!(first.by_type["indicator"], first.added);
    // All addresses, names and the URL, and the hashes that the report wants reviewed; two hashes it calls malware, without asking to review.
    assert_eq!(first.by_act, [(Act::Block, 2), (Act::Watch, 909)].into());
    let because = async |part: &str| {
        let sql = "SELECT COUNT(*) AS n FROM indicator_quality WHERE reasons LIKE $1";
        let row = hub.here.store.fetch_optional(sql, ward_store::values![format!("%{part}%")]).await.unwrap().unwrap();
        row.get::<i64>("n").unwrap()
    };
    // 876 addresses and 10 names and the URL are as old as the report, without an end; a content does not age.
    assert_eq!(because("it names no end").await, 887);
    assert_eq!(because("its sender asks to review what matches").await, 907);
    assert_eq!(because("its sender states none").await, 887, "a hash is exact enough without");
    // Two stand on the lists that the program carries. The report's many Tor exits do not: a list of that year is the owner's to bring.
    assert_eq!(because("Gmail").await, 2);
    assert_eq!(because("stands on the list").await, 2);
    let again = bring(&hub, "threat-information", &csv, Some(Tlp::Clear)).await.unwrap();
    assert_eq!((again.added, again.already_here), (0, first.added + first.already_here));
    assert_eq!(again.quarantined, first.quarantined);
    assert_eq!(
        hub.count("SELECT COUNT(*) AS n FROM quarantine").await,
        i64::try_from(first.quarantined.len()).unwrap()
    );
    hub.tick().await;
    assert_eq!(hub.ids(&hub.illinois, "").await.len(), first.added);
    assert!(matches!(bring(&hub, "answers", &csv, None).await, Err(ShareError::Invalid(_))));
    assert!(matches!(bring(&hub, "threat-information", b"nothing", None).await, Err(ShareError::Invalid(_))));
}

async fn attack_is_imported_whole(database: TestDatabase) {
    let (Some(ics), Some(mobile)) =
        (data("share/attack/ics-attack-18.1.json"), data("share/attack/mobile-attack-17.1.json"))
    else {
        return;
    };
    let mut hub = Hub::new(&database).await;
    let unmarked = bring(&hub, "threat-information", &ics, None).await.unwrap();
    assert_eq!(
        (unmarked.added, unmarked.refused.len(), unmarked.quarantined.len()),
        (1_826, 0, 0),
        "{:?}",
        unmarked.refused.first()
    );
    let marked = bring(&hub, "public", &mobile, Some(Tlp::Clear)).await.unwrap();
    assert_eq!(
        (marked.added, marked.refused.len(), marked.quarantined.len()),
        (2_148, 0, 0),
        "{:?}",
        marked.refused.first()
    );
    assert_eq!(bring(&hub, "public", &mobile, Some(Tlp::Clear)).await.unwrap().already_here, 2_148);
    hub.tick().await;
    let first_page = |page: ward_share::page::Page<bytes::Bytes>| (page.items.len(), page.more);
    let seen = async |who, alias| first_page(hub.objects(who, alias, &parse("")).await.unwrap());
    assert_eq!(seen(&hub.analyst, "threat-information").await, (1_000, true), "without a TLP it is the hub's own");
    assert_eq!(seen(&hub.illinois, "threat-information").await, (0, false));
    for who in [&hub.stranger, &hub.illinois, &hub.analyst] {
        assert_eq!(seen(who, "public").await, (1_000, true), "{}", who.name);
    }
}

async fn a_file_is_read_object_by_object(database: TestDatabase) {
    let mut hub = Hub::new(&database).await;
    let mut marked = green(1);
    marked["object_marking_refs"] = serde_json::json!([Tlp::Clear.official_id(), statement(1)["id"]]);
    let clear: serde_json::Value = serde_json::from_slice(Tlp::Clear.definition()).unwrap();
    let text =
        format!(r#"{{"type":"bundle","id":"bundle--1","objects":[{marked},{},5,{},{clear}]}}"#, red(2), statement(1));
    let imported = bring(&hub, "public", text.as_bytes(), Some(Tlp::Clear)).await.unwrap();
    assert_eq!(imported.added, 3);
    let places: Vec<&str> = imported.refused.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["object 3", "object 2"], "{:?}", imported.refused);
    hub.tick().await;
    let public = hub.objects(&hub.stranger, "public", &parse("")).await.unwrap();
    assert_eq!(public.items.len(), 3, "the definition stands after what it marks and counts all the same");
    let theirs = permit(
        &ward_directory::Who { organisation: hub.illinois.organisation.clone(), ..hub.analyst.clone() },
        Verb::Create,
        Resource::Indicator,
        hub.collection(&hub.analyst, "public").await,
    )
    .unwrap();
    assert!(matches!(import(&hub.here, &theirs, text.as_bytes(), None).await, Err(ShareError::Forbidden { .. })));
}

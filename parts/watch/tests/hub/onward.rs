//! What goes on from here: acknowledgements to the hub, and alerts to this installation's own members.

use ward_directory::{Duty, OrganisationKind, own_organisation, permit};
use ward_policy::{Resource, Role, Verb};
use ward_stix::marking::Tlp;
use ward_store::test_both;
use ward_store::testing::TestDatabase;
use ward_watch::WatchError;
use ward_watch::acknowledge::{acknowledge, acknowledgements};
use ward_watch::poll::poll;

use crate::server::{Out, Server};
use crate::setup::*;

test_both!(acknowledgements_arrive_when_the_hub_is_back, a_state_passes_an_alert_on_to_its_county);

async fn acknowledgements_arrive_when_the_hub_is_back(database: TestDatabase) {
    let (world, hub) = World::joined(database).await;
    let key = world.publish().await;
    world.poll(&hub).await;
    let clerk = world.node.person("Carla Clerk", Role::Clerk).await;
    let allowed = permit(&clerk, Verb::See, Resource::Alert, key.report_id.clone()).unwrap();
    let early = acknowledge(&world.node.here, &allowed, Duty::Election, "Carla Clerk").await.unwrap_err();
    assert!(matches!(early, WatchError::Unknown { .. }), "what is not proved is not acknowledged: {early}");
    world.work().await;
    world.server.tamper(|name, out| if name.contains("acknowledgements") { Out { status: 503, ..out } } else { out });
    for _ in 0..2 {
        acknowledge(&world.node.here, &allowed, Duty::Election, "Carla Clerk").await.unwrap();
    }
    world.work().await;
    let kept = acknowledgements(&world.node.here, &key.report_id).await.unwrap();
    let election = kept.iter().find(|one| one.duty == "election").unwrap();
    assert_eq!((election.person.as_str(), election.arrived_at), ("Carla Clerk", None));
    assert_eq!(world.node.entries("alert.acknowledged").await, 1);
    world.server.honest();
    world.step(60);
    world.work().await;
    let kept = acknowledgements(&world.node.here, &key.report_id).await.unwrap();
    assert!(kept.len() == 2 && kept.iter().all(|one| one.arrived_at.is_some()), "{kept:?}");
    let sql = "SELECT COUNT(*) AS n FROM acknowledgement WHERE person = $1";
    assert_eq!(world.hub.count(sql, "Carla Clerk").await, 1);
}

async fn a_state_passes_an_alert_on_to_its_county(database: TestDatabase) {
    // The tested database is the county's; the state is hub and node on its own.
    let world = World::new(database).await;
    let folder = TestDatabase::new(ward_store::testing::Kind::Sqlite);
    let clock = world.clock_file();
    let state = office(&folder, &clock, "State", true, OrganisationKind::State, None).await;
    let token = join_token(&world.hub, &world.arizona).await;
    let above = state.join(&world.http, &world.server.url, &token).await.unwrap();
    let state = Office {
        here: ward_directory::open(&state.here.folder, None, Some(state.here.clock.clone())).await.unwrap(),
        ..state
    };
    assert!(state.here.installation.is_hub && state.here.installation.is_node);
    let own = own_organisation(&state.here).await.unwrap();
    let county = organisation(&state, OrganisationKind::County, "Maricopa", Some(own.id)).await;
    let doors = Server::start(&state.here).await;
    let below = world.node.join(&world.http, &doors.url, &join_token(&state, &county).await).await.unwrap();
    assert_eq!(below.signers.len(), 4, "the state's own and those of the hub above it");
    let key = world.publish().await;
    poll(&state.here, &world.http, &above.id).await.unwrap();
    while ward_watch::jobs::work_once(&state.here, &world.http, "state").await.unwrap() {}
    assert_eq!(state.entries("alert.relayed").await, 1);
    while ward_store::sequence(&state.here.store).await.unwrap() > 0 {}
    settle(&state.here).await;
    assert_eq!(world.poll(&below).await.alerts, 1);
    world.work().await;
    let alert = world.received(&key).await;
    assert_eq!((alert.state.as_str(), alert.reason.as_str()), ("verified", ""));
    assert_eq!(alert.made_by.as_deref(), Some(world.hub.here.log_key.verifier_key().name()));
    assert_eq!(world.node.count("SELECT COUNT(*) AS n FROM indicator WHERE report_id = $1", &key.report_id).await, 2);
    // What is for the state alone stays there, and the record says why.
    world.hub.publish_as(Tlp::AmberStrict, &[&world.arizona]).await;
    settle(&world.hub.here).await;
    poll(&state.here, &world.http, &above.id).await.unwrap();
    while ward_watch::jobs::work_once(&state.here, &world.http, "state").await.unwrap() {}
    assert_eq!((state.entries("alert.verified").await, state.entries("alert.relayed").await), (2, 1));
    assert_eq!(state.entries("alert.not-relayed").await, 1);
}

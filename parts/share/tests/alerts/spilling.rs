//! What people write about answers, calls and readings is refused when it is marked as classified, and nothing of it is kept.

use ward_directory::{Here, permit};
use ward_policy::{Resource, Role, Verb};
use ward_share::ShareError;
use ward_share::acknowledge::{Duty, acknowledge};
use ward_share::answers::close_receipt;
use ward_share::by_hand::{Found, HandAnswer, HandSource, answer_by_hand};
use ward_share::chase::note_call;
use ward_stix::answer::Finding;
use ward_stix::marking::Tlp;
use ward_store::testing::{TestDatabase, is_kept};
use ward_store::{test_both, values};

use crate::answering::send;
use crate::setup::*;

test_both!(no_words_about_an_answer_are_kept_when_they_are_classified);

const BANNER: &str = "(S//NF) palimpsest";

async fn places(here: &Here) -> Vec<String> {
    let sql = "SELECT subject FROM entry WHERE act = 'spill.refused' ORDER BY id";
    here.store.fetch(sql, values![]).await.unwrap().iter().map(|row| row.get("subject").unwrap()).collect()
}

async fn no_words_about_an_answer_are_kept_when_they_are_classified(database: TestDatabase) {
    let hub = hub(database).await;
    let here = &hub.here;
    let key = hub.published(Tlp::Amber, &[&hub.maricopa, &hub.illinois]).await;
    let (county, clerk) =
        (hub.node(&hub.maricopa).await, person(here, &hub.administrator, &hub.illinois, "Cleo", Role::It).await);
    let mut refused: Vec<(&str, ShareError)> = Vec::new();
    let given = answer(&key.report_id, &hub.maricopa, &hub.maricopa, Finding::Blind, start());
    let receipt = send(&hub, &county, &given).await.unwrap().unwrap();
    let change = allowed(&hub.ana, Verb::Change, Resource::Answer);
    refused.push(("answer to a receipt", close_receipt(here, &change, receipt.number, BANNER).await.unwrap_err()));
    let remind = allowed(&hub.ana, Verb::Create, Resource::Reminder);
    let noted = note_call(here, &remind, &key.report_id, &hub.maricopa.id, BANNER).await;
    refused.push(("note of a call", noted.unwrap_err()));
    let read = acknowledge(here, &county, &key.report_id, &key.modified, Duty::It, BANNER).await;
    refused.push(("acknowledgement", read.unwrap_err()));
    for field in 0..3 {
        let text = |place: usize, plain: &str| if place == field { BANNER } else { plain }.to_owned();
        let source = HandSource { name: text(0, "Web log"), holds_from: start() - 70 * DAY, holds_until: start() };
        let entered = HandAnswer {
            report_id: key.report_id.clone(),
            modified: key.modified.clone(),
            found: Found::Something,
            sources: vec![source],
            has_searched_all: true,
            could_not_see: text(1, ""),
            saw: text(2, "Odd requests"),
            count: 1,
            is_name_released: false,
        };
        let permitted = permit(&clerk, Verb::Create, Resource::Answer, entered).unwrap();
        refused.push(("answer by hand", answer_by_hand(here, &permitted).await.unwrap_err()));
    }
    for (place, error) in &refused {
        let ShareError::Invalid(why) = error else { panic!("{place}: {error:?}") };
        assert!(why.iter().any(|why| why.contains("marked as classified")), "{place}: {why:?}");
    }
    assert_eq!(places(here).await, refused.iter().map(|(place, _)| *place).collect::<Vec<_>>());
    assert!(!is_kept(&here.store, "palimpsest").await);
    close_receipt(here, &change, receipt.number, "we looked at it").await.expect("the receipt is still open");
    assert!(is_kept(&here.store, "we looked at it").await, "what is kept is found");
}

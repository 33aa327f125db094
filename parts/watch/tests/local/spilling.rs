//! What people write at a node is refused when it is marked as classified, field by field, and nothing of it is kept or sent.

use ward_directory::Duty;
use ward_policy::{Resource, Verb};
use ward_stix::answer::{CountWithDefinition, Finding, Rung};
use ward_store::testing::{TestDatabase, is_kept};
use ward_store::values;
use ward_watch::WatchError;
use ward_watch::acknowledge::acknowledge;
use ward_watch::allow::{NewAllow, allow};
use ward_watch::answer::{AnswerFor, answer_for};
use ward_watch::confirm::{Confirm, Dismiss, confirm, dismiss};
use ward_watch::source::{ChangedOptions, NewSource, SourceOptions, add_source, change_options, sources};

use crate::setup::*;

ward_store::test_both!(no_words_of_a_node_are_kept_when_they_are_classified);

const BANNER: &str = "SECRET//NOFORN palimpsest";

/// An answer for another with the banner in one of its texts.
fn for_another(field: usize) -> AnswerFor {
    let text = |place: usize, plain: &str| if place == field { BANNER } else { plain }.to_owned();
    AnswerFor {
        report_id: REPORT.to_owned(),
        hub_id: None,
        jurisdiction: "identity--55555555-5555-4555-8555-555555555555".to_owned(),
        jurisdiction_name: text(0, "Pine County"),
        finding: Finding::Confirmed(Rung::Accessed),
        period_from: asked().0,
        period_until: asked().1,
        sources: Vec::new(),
        indicators: Vec::new(),
        count: 1,
        first_seen: Some(asked().0),
        last_seen: Some(asked().0),
        counts: vec![CountWithDefinition { value: 1, definition: text(1, "records viewed") }],
        what_it_was: text(2, ""),
        reason: text(3, "they called"),
    }
}

async fn no_words_of_a_node_are_kept_when_they_are_classified(database: TestDatabase) {
    let node = node(database).await;
    let here = &node.here;
    node.alert(asked().0, &[address(BAD)]).await;
    let attack = line(BAD, asked().0 + HOUR, "GET /voters HTTP/1.1", 500, 300, "sqlmap/1.0");
    node.with_log(&format!("{}{attack}", full_log())).await;
    node.look_back().await;
    let mut refused: Vec<(&str, WatchError)> = Vec::new();
    for (definition, reason) in [(BANNER, "seen"), ("records viewed", BANNER)] {
        let counts = vec![CountWithDefinition { value: 1, definition: definition.to_owned() }];
        let (report_id, reason) = (REPORT.to_owned(), reason.to_owned());
        let said = Confirm { report_id, rung: Rung::Accessed, counts, reason, release: true };
        let permitted = node.may(Verb::Confirm, Resource::Confirmation, said);
        refused.push(("confirmation", confirm(here, &permitted).await.unwrap_err()));
    }
    let said = Dismiss { report_id: REPORT.to_owned(), reason: BANNER.to_owned(), release: true };
    let permitted = node.may(Verb::Confirm, Resource::Confirmation, said);
    refused.push(("false alarm", dismiss(here, &permitted).await.unwrap_err()));
    for (value, reason) in [(BANNER, "ours"), ("192.0.2.1", BANNER)] {
        let new = NewAllow { value: value.to_owned(), reason: reason.to_owned() };
        refused.push(("allow-list", allow(here, &node.may(Verb::Create, Resource::AllowList, new)).await.unwrap_err()));
    }
    for (name, path) in [(BANNER, "/var/log/x"), ("web", BANNER)] {
        let (name, path) = (name.to_owned(), path.to_owned());
        let new = NewSource { name, path, options: SourceOptions::default() };
        refused.push(("source", add_source(here, &node.may(Verb::Create, Resource::Source, new)).await.unwrap_err()));
    }
    let source_id = sources(here).await.unwrap().remove(0).id;
    let options = SourceOptions { site_hosts: vec![BANNER.to_owned()], ..SourceOptions::default() };
    let change = node.may(Verb::Change, Resource::Source, ChangedOptions { source_id, options });
    refused.push(("source", change_options(here, &change).await.unwrap_err()));
    for field in 0..4 {
        let permitted = node.may(Verb::Create, Resource::Answer, for_another(field));
        refused.push(("answer for another", answer_for(here, &permitted).await.unwrap_err()));
    }
    let read = node.may(Verb::See, Resource::Alert, REPORT.to_owned());
    refused.push(("acknowledgement", acknowledge(here, &read, Duty::It, BANNER).await.unwrap_err()));
    for (place, error) in &refused {
        assert!(error.to_string().contains("marked as classified"), "{place}: {error}");
    }
    let sql = "SELECT subject FROM entry WHERE act = 'spill.refused' ORDER BY id";
    let told = here.store.fetch(sql, values![]).await.unwrap();
    let told: Vec<String> = told.iter().map(|row| row.get("subject").unwrap()).collect();
    assert_eq!(told, refused.iter().map(|(place, _)| *place).collect::<Vec<_>>());
    assert!(!is_kept(&node.here.store, "palimpsest").await);
    answer_for(here, &node.may(Verb::Create, Resource::Answer, for_another(9))).await.expect("without the banner");
    assert!(is_kept(&node.here.store, "they called").await, "what is kept is found");
}

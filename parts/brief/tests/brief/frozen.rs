//! Frozen briefs: on the record, never changed, and checked by somebody who has only the file.

use ward_brief::{
    BriefError, Document, Forms, OnRecord, Verification, compute, document, draft, drafted, freeze, frozen, issue,
    list, opening, pseudonym, verify,
};
use ward_directory::{Permit, Who, permit};
use ward_policy::{Resource, Role, Verb};
use ward_share::ShareError;
use ward_stix::answer::{Finding, Rung};
use ward_store::testing::TestDatabase;
use ward_store::{sequence, sign_checkpoint, test_both, values};

use crate::setup::{HOUR, Hub, answers, at, hub, person, published, reached, see, start};

test_both!(
    a_brief_is_frozen_and_proved,
    only_who_publishes_freezes,
    a_draft_is_kept_and_is_no_issue,
    a_changed_brief_is_found
);

fn publish(who: &Who) -> Permit<()> {
    permit(who, Verb::Publish, Resource::Brief, ()).unwrap()
}

async fn known(database: TestDatabase) -> Hub {
    let mut hub = hub(database).await;
    let key = published(&hub).await;
    for (place, finding) in
        [Finding::Confirmed(Rung::Scanned), Finding::NotSeen, Finding::PartlySearched].into_iter().enumerate()
    {
        answers(&hub, &key, place, finding).await;
    }
    reached(&hub, &key, 0, 10).await;
    hub.here = at(&hub.here, start() + 48 * HOUR);
    hub
}

async fn checkpoint(hub: &Hub) {
    while sequence(&hub.here.store).await.unwrap() > 0 {}
    sign_checkpoint(&hub.here.store, &hub.here.log_key, hub.here.now()).await.unwrap();
}

fn no_page(_: &Document) -> String {
    String::new()
}

fn no_pdf(_: &Document) -> Result<Vec<u8>, String> {
    Err("not here".to_owned())
}

fn verified(bytes: &[u8], key: Option<&str>) -> Verification {
    verify(bytes, key, &Forms { html: &no_page, pdf: &no_pdf })
}

fn file(document: &Document) -> Vec<u8> {
    format!("{}\n", document.json()).into_bytes()
}

/// A document whose own digest holds, whatever was done to it.
fn resealed(document: &Document) -> Vec<u8> {
    let seal = verified(&file(document), None).problems;
    let digest = seal.iter().find_map(|problem| {
        problem.strip_prefix("content_sha256 is `")?.split("recomputed `").nth(1)?.strip_suffix('`')
    });
    let digest = digest.map_or_else(|| document.content_sha256.clone(), str::to_owned);
    file(&Document { content_sha256: digest, ..document.clone() })
}

async fn a_brief_is_frozen_and_proved(database: TestDatabase) {
    let hub = known(database).await;
    let as_of = start() + 40 * HOUR;
    assert_eq!(freeze(&hub.here, &publish(&hub.dora), None, as_of, None).await.unwrap(), 1);
    let early = frozen(&hub.here, &see(&hub.ana), 1).await.unwrap();
    assert!(early.record.as_ref().unwrap().inclusion.is_none());
    let told = verified(&file(&early), None);
    let key = hub.here.installation.log_key.clone();
    for told in [told, verified(&file(&early), Some(&key))] {
        assert!(!told.holds, "nobody is told that all is well without a proof: {told:?}");
        assert!(told.problems.len() == 1 && told.problems[0].contains("no signed checkpoint covers"), "{told:?}");
        assert_eq!(told.on_record, OnRecord::Stated);
        assert!(told.vouched.contains("nothing in it proves that. Only the arithmetic was checked."), "{told:?}");
    }
    checkpoint(&hub).await;

    let one = frozen(&hub.here, &see(&hub.ana), 1).await.unwrap();
    let told = verified(&file(&one), Some(&key));
    assert!(told.holds && told.vouched.contains("under the key given") && told.notice.is_none(), "{told:?}");
    assert_eq!(told.on_record, OnRecord::Proved);
    let own_key = verified(&file(&one), None);
    assert_eq!((own_key.holds, own_key.on_record), (true, OnRecord::OwnKey));
    assert!(!one.json().contains("\"id\":\"brief"), "what no proof binds is left out");
    let other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let told = verified(&file(&one), Some(other));
    assert!(told.problems.iter().any(|problem| problem.contains("not the one given")), "{told:?}");
    assert_eq!(told.on_record, OnRecord::Stated);
    let live = document(&hub.here, &see(&hub.ana), None, as_of, None).await.unwrap();
    assert_eq!((live.brief(), compute(&one.bundle)), (one.brief(), one.brief()), "frozen is what was known");
    let told = verified(&file(&live), None);
    assert!(told.vouched.starts_with("Not frozen") && told.on_record == OnRecord::NotFrozen, "{told:?}");
    assert!(!verified(&file(&live), Some(&key)).holds);

    // The second supersedes the first, which stays as it was; no pseudonym joins the two.
    let second = freeze(&hub.here, &publish(&hub.ana), None, hub.here.now(), None).await.unwrap();
    let two = frozen(&hub.here, &see(&hub.dora), second).await.unwrap();
    assert_eq!((second, two.issue.as_ref().unwrap().supersedes), (2, Some(1)));
    let again = frozen(&hub.here, &see(&hub.ana), 1).await.unwrap();
    assert_eq!((again.brief(), &again.bundle, &again.issue), (one.brief(), &one.bundle, &one.issue));
    let names = |document: &Document| -> Vec<String> {
        document.bundle.jurisdictions.iter().map(|one| one.pseudonym.clone()).collect()
    };
    assert!(names(&one).iter().all(|name| !names(&two).contains(name)));
    let listed = list(&hub.here, &see(&hub.ana), 0, 25).await.unwrap();
    assert_eq!((listed.issues.iter().map(|one| one.number).collect::<Vec<_>>(), listed.total), (vec![2, 1], 2));
    let listed = list(&hub.here, &see(&hub.ana), 1, 1).await.unwrap();
    assert_eq!((listed.issues.iter().map(|one| one.number).collect::<Vec<_>>(), listed.total), (vec![1], 2));
    for (number, expected) in [(Some(1), Some(&one)), (Some(2), Some(&two)), (None, Some(&two)), (Some(3), None)] {
        let shown = issue(&hub.here, &see(&hub.ana), number).await.unwrap();
        let shown = shown.map(|one| (one.brief, Some(one.issue), one.program));
        assert_eq!(shown, expected.map(|one| (one.brief(), one.issue.clone(), one.program.clone())), "{number:?}");
    }
    nothing_joins(&one, &two);
    checkpoint(&hub).await;
    let record = ward_store::verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap();
    assert!(record.is_ok(), "{record:?}");

    // The hub can show an owner their line, and nobody is in the file by name or id.
    let state = &hub.states[0];
    let salt = opening(&hub.here, &publish(&hub.dora), 1, &state.id).await.unwrap().unwrap();
    assert!(names(&one).contains(&pseudonym(&salt, &state.id)));
    for state in &hub.states {
        for secret in [&state.id, &state.name, &state.identity_id] {
            assert!(!one.json().contains(secret.as_str()), "{secret}: {}", one.json());
        }
    }
}

async fn only_who_publishes_freezes(database: TestDatabase) {
    let hub = known(database).await;
    let own = ward_directory::own_organisation(&hub.here).await.unwrap();
    let lia = person(&hub.here, &hub.administrator, &own, "lia@hub.example", Role::Liaison).await;
    let theirs = person(&hub.here, &hub.administrator, &hub.states[0], "dan@arizona.example", Role::Director).await;
    // A permit for another thing opens nothing.
    for permit in [see(&lia), see(&hub.administrator), publish(&theirs)] {
        let refused = freeze(&hub.here, &permit, None, start(), None).await;
        assert!(matches!(refused, Err(BriefError::Share(ShareError::Forbidden { .. }))), "{refused:?}");
    }
    let refused = list(&hub.here, &see(&theirs), 0, 25).await;
    assert!(matches!(refused, Err(BriefError::Share(ShareError::Forbidden { .. }))), "{refused:?}");
    assert!(list(&hub.here, &see(&lia), 0, 25).await.unwrap().issues.is_empty(), "what was refused left nothing");
    let later = freeze(&hub.here, &publish(&hub.dora), None, hub.here.now() + 1, None).await;
    assert!(matches!(later, Err(BriefError::Share(ShareError::Invalid(_)))), "{later:?}");
    let none = frozen(&hub.here, &see(&lia), 1).await;
    assert!(matches!(none, Err(BriefError::Share(ShareError::Unseen { .. }))), "{none:?}");
    freeze(&hub.here, &publish(&hub.dora), None, start(), None).await.unwrap();
    let refused = frozen(&hub.here, &see(&theirs), 1).await;
    assert!(matches!(refused, Err(BriefError::Share(ShareError::Forbidden { .. }))), "{refused:?}");
}

async fn a_changed_brief_is_found(database: TestDatabase) {
    let hub = known(database).await;
    freeze(&hub.here, &publish(&hub.dora), None, hub.here.now(), None).await.unwrap();
    checkpoint(&hub).await;
    let one = frozen(&hub.here, &see(&hub.dora), 1).await.unwrap();
    let named = |change: &dyn Fn(&mut Document), what: &str| {
        let mut changed = one.clone();
        change(&mut changed);
        let told = verified(&resealed(&changed), None);
        assert!(!told.holds && told.problems.iter().any(|problem| problem.contains(what)), "{what}: {told:?}");
    };
    named(&|it| it.figures[1].value = 0.5.into(), "figure F2: value is `0.5`, recomputed `0.1667`");
    named(&|it| it.figures[0].reporting = 6, "figure F1: reporting is `6`, recomputed `3`");
    named(&|it| it.seen[0].push('!'), "sentence 1 of `seen` is");
    named(&|it| it.not_seen.truncate(1), "sentence 2 of `not_seen` is ``");
    named(&|it| it.as_of = "2016-08-20T12:00:01Z".to_owned(), "as_of is");
    named(&|it| it.notice = Some("x".to_owned()), "notice is");
    named(&|it| it.bundle.hub.push('!'), "the digest of the bundle in the record is");
    named(&|it| it.issue.as_mut().unwrap().number = 2, "the subject of the entry is `brief-1`, recomputed `brief-2`");
    named(
        &|it| it.issue.as_mut().unwrap().frozen_by = "Eve".to_owned(),
        "is not the one that the record's entry was made of",
    );
    named(&|it| it.record = None, "this has one of the two");
    named(&|it| it.record.as_mut().unwrap().entry.salt = "00".repeat(32), "the entry is not in the hub's log");
    // Whoever computes all anew is found by the record.
    let mut forged = one.clone();
    forged.bundle.jurisdictions.clear();
    let brief = compute(&forged.bundle);
    (forged.figures, forged.bottom_line, forged.seen) = (brief.figures, brief.bottom_line, brief.seen);
    (forged.not_seen, forged.named, forged.not_named) = (brief.not_seen, brief.named, brief.not_named);
    (forged.basis, forged.blind_spots) = (brief.basis, brief.blind_spots);
    let told = verified(&resealed(&forged), None);
    assert!(told.problems.iter().all(|problem| problem.contains("record")) && told.problems.len() == 3, "{told:?}");

    every_byte_counts(&file(&one));
    let sql = "UPDATE brief SET content = content || ' ' WHERE number = $1";
    let mut tx = hub.here.store.begin().await.unwrap();
    tx.execute(sql, values![1_i64]).await.unwrap();
    tx.commit().await.unwrap();
    let broken = ward_store::verify(&hub.here.store, hub.here.log_key.verifier_key()).await.unwrap().unwrap_err();
    assert!(broken.what.contains("`brief-1` of `brief`"), "{}", broken.what);
}

/// Of one office two briefs have nothing in common but small rounded figures.
fn nothing_joins(one: &Document, other: &Document) {
    let of_offices = |document: &Document| {
        let bundle = &document.bundle;
        let acknowledged = bundle.alerts.iter().map(|alert| serde_json::to_value(&alert.acknowledged).unwrap());
        let offices = bundle.jurisdictions.iter().map(|office| serde_json::to_value(office).unwrap());
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        acknowledged.chain(offices).for_each(|value| leaves(&value, &mut texts, &mut numbers));
        (texts, numbers)
    };
    let ((one_texts, numbers), (other_texts, _)) = (of_offices(one), of_offices(other));
    assert!(numbers.contains(&600) && numbers.iter().all(|number| *number <= 1_000), "{numbers:?}");
    let joined: Vec<_> = one_texts.iter().filter(|text| text.len() > 20 && other_texts.contains(text)).collect();
    assert!(one_texts.iter().any(|text| text.len() == 64) && joined.is_empty(), "{joined:?}");
    for document in [one, other] {
        let (texts, _) = of_offices(document);
        assert!(texts.iter().all(|text| !text.contains("report--")), "no office stands beside an alert");
    }
}

fn leaves(value: &serde_json::Value, texts: &mut Vec<String>, numbers: &mut Vec<u64>) {
    match value {
        serde_json::Value::Object(members) => members.values().for_each(|value| leaves(value, texts, numbers)),
        serde_json::Value::Array(values) => values.iter().for_each(|value| leaves(value, texts, numbers)),
        serde_json::Value::String(text) => texts.push(text.clone()),
        serde_json::Value::Number(number) => numbers.push(number.as_u64().unwrap()),
        _ => {}
    }
}

async fn a_draft_is_kept_and_is_no_issue(database: TestDatabase) {
    let mut hub = known(database).await;
    let creates = |who: &Who| permit(who, Verb::Create, Resource::Brief, ()).unwrap();
    let own = ward_directory::own_organisation(&hub.here).await.unwrap();
    let lia = person(&hub.here, &hub.administrator, &own, "lia@hub.example", Role::Liaison).await;
    assert_eq!(drafted(&hub.here, &see(&lia)).await.unwrap(), None);
    let refused = draft(&hub.here, &see(&lia)).await;
    assert!(matches!(refused, Err(BriefError::Share(ShareError::Forbidden { .. }))), "{refused:?}");
    for hours in [48, 50] {
        hub.here = at(&hub.here, start() + hours * HOUR);
        draft(&hub.here, &creates(&hub.ana)).await.unwrap();
        let kept = drafted(&hub.here, &see(&lia)).await.unwrap().unwrap();
        assert_eq!(kept.as_of, start() + hours * HOUR, "the newest alone is kept");
        let live = document(&hub.here, &see(&lia), None, hub.here.now(), None).await.unwrap();
        assert_eq!(kept.brief, live.brief());
    }
    assert_eq!(issue(&hub.here, &see(&lia), None).await.unwrap(), None);
    assert_eq!(list(&hub.here, &see(&lia), 0, 25).await.unwrap().total, 0);
}

/// Each byte in turn, to a digit, to another letter, to a blank, and out.
fn every_byte_counts(bytes: &[u8]) {
    for place in (0..bytes.len()).step_by(3) {
        for new in [b'0' + (place % 10) as u8, b'z', b' ', 0xff] {
            let mut changed = bytes.to_vec();
            if changed[place] == new {
                continue;
            }
            changed[place] = new;
            let told = verified(&changed, None);
            assert!(!told.holds && !told.problems.is_empty(), "byte {place} to {new}: {told:?}");
        }
        let mut shorter = bytes.to_vec();
        shorter.remove(place);
        assert!(!verified(&shorter, None).holds, "without byte {place}");
    }
    assert!(verified(bytes, None).holds);
}

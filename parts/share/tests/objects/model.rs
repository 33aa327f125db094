//! Sharing under random use: whatever is posted, marked, granted, deleted and polled in whatever order, each reader ends with what the plain rules
//! say, gets nothing twice, and cannot tell what is hidden from what was never sent.
//!
//! What is compared of an answer is in `asked.rs`. How long an answer takes is not: a request reads what it passes over, row by row, and the door keeps
//! the answer until the end of its class of time.

use std::collections::BTreeSet;

use ward_store::test_both;
use ward_store::testing::{Kind, TestDatabase};

use crate::rules::Key;
use crate::run::{POLLERS, Run, WATCHED};
use crate::script::{Case, Step, Thing, script};

test_both!(whoever_polls_ends_with_what_the_rules_say, what_is_hidden_changes_no_answer);

fn kind(database: &TestDatabase) -> Kind {
    if database.address.starts_with("sqlite") { Kind::Sqlite } else { Kind::Postgres }
}

/// Seeds that are played; others by `WARD_MODEL_SEED` and `WARD_MODEL_SEEDS`. PostgreSQL gets the first.
fn seeds(kind: Kind, known: &[u64]) -> Vec<u64> {
    let from_outside = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(first) = from_outside("WARD_MODEL_SEED") {
        return (first..first + from_outside("WARD_MODEL_SEEDS").unwrap_or(1)).collect();
    }
    let count = if kind == Kind::Sqlite { known.len() } else { 1 };
    known.iter().copied().take(count).collect()
}

async fn whoever_polls_ends_with_what_the_rules_say(database: TestDatabase) {
    let kind = kind(&database);
    for seed in seeds(kind, &[4, 2, 13, 19]) {
        play(kind, seed, &script(seed, 250, POLLERS), "whole").await;
    }
}

async fn what_is_hidden_changes_no_answer(database: TestDatabase) {
    let kind = kind(&database);
    for seed in seeds(kind, &[109, 105]) {
        let steps = script(seed, 200, POLLERS);
        let whole = play(kind, seed, &steps, "whole").await;
        let (seen, answers) = (&whole.ever_seen, &whole.answers);
        let mentioned = kept_hidden(&whole, &steps);
        let less: Vec<Step> = steps.iter().map(|step| without_hidden(step, seen, &mentioned)).collect();
        let part = play(kind, seed, &less, "without what is hidden").await;
        assert!(whole.posted.len() > part.posted.len(), "seed {seed}: nothing was hidden, so nothing was tried");
        for (one, other) in answers.iter().zip(&part.answers) {
            assert_eq!(one, other, "seed {seed}");
        }
        assert_eq!((answers.len(), seen), (part.answers.len(), &part.ever_seen), "seed {seed}");
    }
}

async fn play(kind: Kind, seed: u64, steps: &[Step], name: &str) -> Run {
    let database = TestDatabase::new(kind);
    let mut run = Run::new(&database, format!("seed {seed}, {name}")).await;
    for (place, step) in steps.iter().enumerate() {
        run.step(place, step).await;
    }
    run.end().await;
    run
}

/// A step without what the watched reader never sees. What is only mentioned by something seen, or by what is mentioned so, says something else: while
/// it is hidden, so is what mentions it, by design.
fn without_hidden(step: &Step, seen: &BTreeSet<Key>, mentioned: &BTreeSet<String>) -> Step {
    let Step::Post(things) = step else { return step.clone() };
    let mut kept = Vec::new();
    for thing in things {
        if seen.contains(&key(thing)) || thing.kind() == "marking-definition" {
            kept.push(thing.clone());
        } else if mentioned.contains(&thing.id) {
            let mut thing = thing.clone();
            thing.body["x_other"] = serde_json::json!("this is hidden, and says something else");
            kept.push(thing);
        }
    }
    Step::Post(kept)
}

/// The ids of what is mentioned by something that the watched reader sees, of what that mentions, and so on; and of what the reader asked a grant
/// for, which is granted by those who sent it, and so only when they did.
fn kept_hidden(whole: &Run, steps: &[Step]) -> BTreeSet<String> {
    let seen = whole.posted.iter().filter(|one| whole.ever_seen.contains(&key(one)));
    let mut mentioned: BTreeSet<String> = seen.flat_map(mentions).map(str::to_owned).collect();
    for step in steps {
        if let Step::Grant { to: WATCHED, covers: Case::Objects(ids), .. } = step {
            mentioned.extend(ids.iter().cloned());
        }
    }
    loop {
        let by_those = whole.posted.iter().filter(|one| mentioned.contains(&one.id)).flat_map(mentions);
        let more: Vec<String> = by_those.filter(|id| !mentioned.contains(*id)).map(str::to_owned).collect();
        if more.is_empty() {
            return mentioned;
        }
        mentioned.extend(more);
    }
}

fn key(thing: &Thing) -> Key {
    (thing.id.clone(), thing.version)
}

fn mentions(thing: &Thing) -> Vec<&str> {
    let single =
        ["source_ref", "target_ref", "created_by_ref"].map(|name| thing.body.get(name).and_then(|id| id.as_str()));
    let many = thing.body.get("object_refs").and_then(|ids| ids.as_array()).into_iter().flatten().map(|id| id.as_str());
    single.into_iter().chain(many).flatten().collect()
}

//! `/`: what needs the reader, from the node of their own office and from the hub they are a member of.

use axum::extract::State;
use axum::response::Response;
use ward_directory::Here;
use ward_directory::clearance::{ClearanceTask, clearance_tasks};
use ward_policy::{Resource, Verb};
use ward_share::tear_line;
use ward_watch::task::Kind;

use super::shell::{Place, answer, is_own, may};
use crate::console::error::PageError;
use crate::console::session::{SignedIn, percent_encoded};
use crate::console::view::clearances;
use crate::console::view::home::{Home, ToDo, home};
use crate::console::view::layout::Handling;

/// So many versions that can be passed on are lines of their own.
const VERSIONS_SHOWN: usize = 10;

/// The reader's page.
pub async fn page(State(here): State<Here>, signed_in: SignedIn) -> Result<Response, PageError> {
    let who = &signed_in.who;
    let of_node = ward_watch::task::tasks(&here, who).await?;
    let of_hub = ward_share::task::tasks(&here, who).await?;
    let markings = of_node.iter().filter_map(|task| task.tlp).chain(of_hub.iter().map(|task| task.tlp));
    let handling = markings.max().map_or(Handling::Own, Handling::Marked);
    let of_hub = of_hub.into_iter().map(of_the_hub);
    let of_people = if is_own(&here, who) { clearance_tasks(&here, who).await? } else { Vec::new() };
    let of_people = of_people.into_iter().map(of_person);
    let versions = if here.installation.is_hub { tear_line::tasks(&here, who).await? } else { Vec::new() };
    let versions = of_versions(versions);
    let mut to_do: Vec<ToDo> = of_node.into_iter().map(to_do).chain(of_hub).chain(versions).chain(of_people).collect();
    to_do.sort_by_key(|one| one.due_at.unwrap_or(i64::MIN));
    let shown = Home {
        now: here.now(),
        to_do,
        reads_alerts: may(who, Verb::See, Resource::Alert),
        sees_situation: here.installation.is_hub && may(who, Verb::See, Resource::Alert),
        of_hub: is_own(&here, who),
        shares: here.installation.is_hub,
        explains: here.installation.is_hub && is_own(&here, who) && may(who, Verb::See, Resource::Indicator),
        hubs: hubs(&here, who).await?,
    };
    Ok(answer(&here, &signed_in, Place::Home, handling, "Home", home(&shown)))
}

fn of_the_hub(task: ward_share::task::Task) -> ToDo {
    use ward_share::task::Kind;
    let version = task.version.as_deref().map(percent_encoded).unwrap_or_default();
    let alert = format!("/alerts/{}", task.report_id);
    let (verb, href) = match task.kind {
        Kind::Read => ("Read the alert", alert),
        Kind::Answer => ("Answer the alert", format!("{alert}#answer")),
        Kind::Silent => ("Your Ward has not answered", format!("{alert}#answer")),
        Kind::Sign => ("Sign the draft", format!("{alert}/sign?version={version}")),
        Kind::Publish => ("Publish the alert", format!("{alert}/publish?version={version}")),
        Kind::AnswerReceipt => ("Answer the receipt", format!("/receipts/{}", task.receipt.unwrap_or_default())),
        Kind::AnswerReceipts => ("Answer the other receipts", "/receipts".to_owned()),
        Kind::Approve => ("Decide on a request", format!("/requests/{}/approve", task.report_id)),
        Kind::ConfirmRecall => ("Delete what was called back", format!("/recalls/{}", task.report_id)),
        Kind::ApproveOthers => ("Decide on the other requests", "/requests".to_owned()),
        Kind::ConfirmOthers => ("Delete the rest of what was called back", "/recalls".to_owned()),
        Kind::Chase => ("Ask again who has not answered", format!("{alert}/silent")),
    };
    ToDo { verb, href, about: task.about, due_at: Some(task.due_at), asked_again_at: task.asked_again_at }
}

/// The first few, and one line for all the others.
fn of_versions(tasks: Vec<tear_line::Task>) -> Vec<ToDo> {
    let more = tasks.len().saturating_sub(VERSIONS_SHOWN);
    let rest = tasks.get(VERSIONS_SHOWN).map(|first| ToDo {
        verb: "See the other versions that can be passed on",
        href: "/tear-lines".to_owned(),
        about: format!("there are {more} more"),
        due_at: Some(first.due_at),
        asked_again_at: None,
    });
    tasks.into_iter().take(VERSIONS_SHOWN).map(of_version).chain(rest).collect()
}

fn of_version(task: tear_line::Task) -> ToDo {
    let verb = match task.kind {
        tear_line::TaskKind::Draft => "Draft a version that can be passed on",
        tear_line::TaskKind::Approve => "Approve a version that can be passed on",
    };
    let href = format!("/tear-lines/{}", task.tear_line_id);
    let about = "somebody asked for it".to_owned();
    ToDo { verb, href, about, due_at: Some(task.due_at), asked_again_at: None }
}

/// Anybody who left or was proposed comes before what has a day.
fn of_person(task: ClearanceTask) -> ToDo {
    let (verb, href) = (clearances::verb(&task), clearances::person(&task.person_id));
    ToDo { verb, href, about: task.person, due_at: None, asked_again_at: None }
}

fn to_do(task: ward_watch::task::Task) -> ToDo {
    let (verb, href) = match task.kind {
        Kind::Review => ("Say what the match was", format!("/alerts/{}/review", task.id)),
        Kind::Release => ("Release the answer", format!("/answers/{}", task.id)),
        Kind::ReleaseName => ("Release the name again?", format!("/alerts/{}/name", task.id)),
        Kind::Acknowledge => ("Read the alert", format!("/alerts/{}", task.id)),
        Kind::Mend => ("Make the source readable", "/sources".to_owned()),
    };
    ToDo { verb, href, about: task.about, due_at: task.due_at, asked_again_at: None }
}

/// For the node's own people: each hub, when it was last heard, and what went wrong.
async fn hubs(here: &Here, who: &ward_directory::Who) -> Result<Vec<(String, Option<i64>, Option<String>)>, PageError> {
    if !here.installation.is_node || !is_own(here, who) {
        return Ok(Vec::new());
    }
    let hubs = ward_watch::hub::hubs(here).await?;
    Ok(hubs.into_iter().map(|hub| (hub.name, hub.last_polled_at, hub.last_error)).collect())
}

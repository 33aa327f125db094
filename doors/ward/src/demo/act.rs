//! What happens in the scenario: logs are written, an alert is published, nodes answer, people look and confirm.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::sync::Semaphore;
use ward_directory::{Duty, Here};
use ward_policy::{Resource, Verb};
use ward_share::alert::{self, DraftAlert, IndicatorDraft};
use ward_share::situation::{Standing, situation};
use ward_stix::alert::Confidence;
use ward_stix::answer::{CountWithDefinition, Finding, Rung};
use ward_stix::marking::Tlp;
use ward_watch::WatchError;
use ward_watch::confirm::Confirm;
use ward_watch::name::NameRelease;
use ward_watch::release::{Release, Settings};
use ward_watch::review::Review;

use super::community::Community;
use super::logs::Shape;
use super::member::{self, Member};
use super::{SEED, facts, logs};
use crate::cli::directory::allowed;

/// How long the scenario waits for an answer before it says that something is wrong.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many members work at once in this process.
pub const AT_ONCE: usize = 4;

/// Seconds UTC of a date of the scenario.
pub fn seconds(time: &str) -> anyhow::Result<i64> {
    Ok(time.parse::<jiff::Timestamp>().context("a date of the scenario")?.as_second())
}

/// Writes every member's invented logs for a period. Gives the number of lines.
pub async fn logs_until(community: &Community, from: &str, until: &str) -> anyhow::Result<u64> {
    let (from, until) = (seconds(from)?, seconds(until)?);
    let mut writing = tokio::task::JoinSet::new();
    for member in &community.members {
        let (folder, plan) = (member.logs.clone(), member.plan.clone());
        writing.spawn_blocking(move || logs::write_hours(&folder, &plan, from, until, SEED));
    }
    let mut lines = 0;
    while let Some(written) = writing.join_next().await {
        lines += written?.context("the invented logs could not be written")?.lines;
    }
    Ok(lines)
}

/// Every member reads its own logs to their end; where its own process is at it already, that is waited for.
pub async fn read_all(community: &Community) -> anyhow::Result<()> {
    let mut reading = tokio::task::JoinSet::new();
    for member in &community.members {
        let (here, name) = (member.here.clone(), member.plan.state.name.clone());
        answer_by_itself(member).await?;
        reading.spawn(async move { read(&here).await.with_context(|| format!("{name} could not read its own logs")) });
    }
    all(reading).await.map(drop)
}

async fn read(here: &Here) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        match ward_watch::reading::read_sources(here).await {
            Err(WatchError::NotYet(_)) if began.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(100)).await
            }
            done => return Ok(done.map(drop)?),
        }
    }
}

/// The member's director lets answers go by themselves, alike for seen and not seen.
pub async fn answer_by_itself(member: &Member) -> anyhow::Result<()> {
    let settings = Settings { release: Release::Automatic, ..Settings::default() };
    let permit = allowed(&member.director, Verb::Release, Resource::Answer, settings)?;
    Ok(ward_watch::release::change_settings(&member.here, &permit).await?)
}

/// The hub's two analysts draft, sign and publish the alert of 18 August 2016.
pub async fn publish_alert(community: &Community) -> anyhow::Result<String> {
    let (hub, analyst) = (&community.hub, &community.analyst);
    let indicators = facts::indicators()?
        .into_iter()
        .map(|indicator| IndicatorDraft {
            pattern: format!("[ipv4-addr:value = '{}']", indicator.address),
            confirmed: true,
        })
        .collect();
    let draft = DraftAlert {
        headline: "Someone is trying doors on voter websites".to_owned(),
        who_must_act: "Whoever looks after the voter registration website and its logs".to_owned(),
        steps: vec![
            "Let Ward search your web logs since June".to_owned(),
            "Block the eight addresses unless you need one of them".to_owned(),
            "If Ward finds something, keep the logs and ring your state".to_owned(),
        ],
        confidence: Confidence::High,
        why_different: "The same few addresses were seen at voter registration websites of more than one state"
            .to_owned(),
        stops_mattering_at: seconds("2016-12-31T00:00:00Z")? * 1_000_000,
        tlp: Tlp::Amber,
        search_from: seconds("2016-06-01T00:00:00Z")? * 1_000_000,
        search_until: seconds("2016-12-01T00:00:00Z")? * 1_000_000,
        indicators,
        recipients: community.organisations.values().map(|organisation| organisation.id.clone()).collect(),
        first_seen_at: Some(seconds("2016-07-12T00:00:00Z")? * 1_000_000),
    };
    let key = alert::draft(hub, &allowed(analyst, Verb::Create, Resource::Alert, ())?, draft).await?;
    for signer in [analyst, &community.second_analyst] {
        alert::sign(hub, signer, &key, community.password()).await?;
    }
    alert::publish(hub, &allowed(analyst, Verb::Publish, Resource::Alert, ())?, &key).await?;
    Ok(key.report_id)
}

/// Lets all nodes work until the hub has an answer from everyone it asked.
pub async fn until_all_answered(community: &Community, report_id: &str, http: &reqwest::Client) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        settle(community, http).await?;
        let now = situation(&community.hub, &community.analyst, report_id).await?;
        if now.answered == now.asked {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            bail!("after {} s {} of {} have answered", PATIENCE.as_secs(), now.answered, now.asked);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// One round of work of every member that works in this process, a few at a time.
pub async fn settle(community: &Community, http: &reqwest::Client) -> anyhow::Result<()> {
    let few = Arc::new(Semaphore::new(AT_ONCE));
    let mut working = tokio::task::JoinSet::new();
    for member in community.members.iter().filter(|member| member.process.is_none()) {
        let (here, http, few) = (member.here.clone(), http.clone(), Arc::clone(&few));
        working.spawn(async move {
            let _turn = few.acquire().await?;
            member::work(&here, &http).await
        });
    }
    all(working).await.map(drop)
}

/// The results of all tasks; the first failure is everybody's.
pub async fn all<T: 'static>(mut tasks: tokio::task::JoinSet<anyhow::Result<T>>) -> anyhow::Result<Vec<T>> {
    let mut results = Vec::new();
    while let Some(done) = tasks.join_next().await {
        results.push(done??);
    }
    Ok(results)
}

/// The hub's analyst freezes the brief of this moment, and a checkpoint covers it. Gives its number.
pub async fn freeze_brief(community: &Community) -> anyhow::Result<i64> {
    let (hub, analyst) = (&community.hub, &community.analyst);
    let publishes = allowed(analyst, Verb::Publish, Resource::Brief, ())?;
    let number = ward_brief::freeze(hub, &publishes, None, hub.now(), None).await?;
    let (began, sees) = (Instant::now(), allowed(analyst, Verb::See, Resource::Brief, ())?);
    while began.elapsed() < PATIENCE {
        let frozen = ward_brief::frozen(hub, &sees, number).await?;
        if frozen.record.is_some_and(|record| record.inclusion.is_some()) {
            return Ok(number);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("after {} s no checkpoint covers the brief", PATIENCE.as_secs())
}

/// In every member with a match under review, the director looks at the lines and confirms what they are. Gives how many did.
pub async fn people_review(community: &Community, report_id: &str, http: &reqwest::Client) -> anyhow::Result<usize> {
    let mut confirmed = 0;
    for member in &community.members {
        if review(member, report_id).await? {
            confirmed += 1;
        }
    }
    settle(community, http).await?;
    until_confirmations_arrived(community, report_id, http).await?;
    Ok(confirmed)
}

/// What the invented director does with a match: reads what the node shows, and says what it is.
async fn review(member: &Member, report_id: &str) -> anyhow::Result<bool> {
    let here = &member.here;
    let shown = allowed(&member.director, Verb::See, Resource::Confirmation, report_id.to_owned())?;
    let review = ward_watch::review::review(here, &shown).await?;
    if review.finding != Finding::MatchUnderReview {
        return Ok(false);
    }
    let rung = review.proposal.rung.unwrap_or(Rung::Scanned);
    let said = Confirm {
        report_id: report_id.to_owned(),
        rung,
        counts: if rung >= Rung::Accessed { vec![listed_requests(&review)] } else { Vec::new() },
        reason: "read the lines that the node shows".to_owned(),
        release: true,
    };
    let permit = allowed(&member.director, Verb::Confirm, Resource::Confirmation, said)?;
    ward_watch::confirm::confirm(here, &permit).await?;
    if rung >= Rung::Accessed {
        // In history the state told the public of it in July 2016.
        let beside = Finding::Confirmed(rung);
        let named = NameRelease { report_id: report_id.to_owned(), is_released: true, beside, release: true };
        ward_watch::name::release_name(here, &allowed(&member.director, Verb::Release, Resource::Answer, named)?)
            .await?;
    }
    Ok(true)
}

/// What the director counts: it says how much was asked for, not how much was taken.
fn listed_requests(review: &Review) -> CountWithDefinition {
    let definition =
        "requests from the listed addresses, in the invented logs; how many records they got is not counted here";
    CountWithDefinition { value: review.events_matched, definition: definition.to_owned() }
}

/// The election official and the IT person of each state say that they have read the alert; where logs are kept badly, nobody does.
pub async fn people_acknowledge(
    community: &Community,
    report_id: &str,
    http: &reqwest::Client,
) -> anyhow::Result<usize> {
    let mut count = 0;
    for member in &community.members {
        if matches!(member.plan.shape, Shape::BehindProxy | Shape::NoLogsKept) {
            continue;
        }
        let permit = allowed(&member.director, Verb::See, Resource::Alert, report_id.to_owned())?;
        for (duty, person) in [(Duty::Election, "Robin Invented"), (Duty::It, "Kim Invented")] {
            ward_watch::acknowledge::acknowledge(&member.here, &permit, duty, person).await?;
        }
        count += 1;
    }
    settle(community, http).await?;
    Ok(count)
}

/// Waits until every state's answer covers the whole season that was asked for.
pub async fn until_season_covered(
    community: &Community,
    report_id: &str,
    http: &reqwest::Client,
) -> anyhow::Result<()> {
    let (began, end) = (Instant::now(), seconds("2016-12-01T00:00:00Z")? * 1_000_000);
    loop {
        settle(community, http).await?;
        let now = situation(&community.hub, &community.analyst, report_id).await?;
        let waiting = now.rows.iter().filter(|row| row.searched_until.is_none_or(|until| until < end)).count();
        if waiting == 0 {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            bail!("after {} s {waiting} answers do not cover the season", PATIENCE.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Waits until nothing is under review any more as the hub sees it.
async fn until_confirmations_arrived(
    community: &Community,
    report_id: &str,
    http: &reqwest::Client,
) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        let now = situation(&community.hub, &community.analyst, report_id).await?;
        let waiting = now.rows.iter().filter(|row| row.standing == Standing::MatchUnderReview).count();
        if waiting == 0 {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            bail!("after {} s {waiting} confirmations have not arrived at the hub", PATIENCE.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        settle(community, http).await?;
    }
}

/// Waits until the state, which is the county's hub, has an answer from it.
pub async fn until_county_answered(state: &Member, report_id: &str) -> anyhow::Result<()> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if situation(&state.here, &state.director, report_id).await?.answered > 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    bail!("after {} s the county's answer has not arrived at its state", PATIENCE.as_secs())
}

//! What the hub and its members share beside the alert: something that few may see, asked for and passed on, something called back, and who is cleared.
//!
//! It is invented like everything here, and goes through the same verbs as anyone's.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use ward_directory::clearance::{
    ChangeClearance, Changed, NewClearance, SponsorWord, Way, change_clearance, decide_proposal, open_clearance,
};
use ward_directory::{Here, Scope, Who, acting_as, person, stands_for};
use ward_policy::{Basis, Grade, Resource, Stage, Verb};
use ward_share::grant::Covers;
use ward_share::request::{self, Ask};
use ward_share::{ShareError, collections, intake, mark, page, tear_line};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_stix::timestamp::format_stix;
use ward_taxii::filter::Filter;

use super::community::Community;
use crate::cli::directory::allowed;

/// How long is waited for the hub to number what was added.
const PATIENCE: Duration = Duration::from_secs(60);

/// The indicators: the last part of the id, what it matches, its marking, and what is said of it.
const INDICATORS: [(u32, &str, Tlp, &str); 4] = [
    (1, "[ipv4-addr:value = '198.51.100.24']", Tlp::Red, "Seen by a source that must not be known. (Invented.)"),
    (2, "[ipv4-addr:value = '198.51.100.25']", Tlp::Red, "A second one of the same source. (Invented.)"),
    (3, "[ipv4-addr:value = '198.51.100.26']", Tlp::Green, "Tried passwords at a mail server. (Invented.)"),
    (4, "[ipv4-addr:value = '8.8.8.8']", Tlp::Green, "Asked for names by what was found. (Invented.)"),
];

fn indicator(number: u32) -> String {
    format!("indicator--20180503-0000-4000-8000-{number:012}")
}

/// The people who act.
struct People {
    analyst: Who,
    director: Who,
    liaison: Who,
    /// A member's clerk, who signs in on the hub.
    clerk: Who,
}

impl People {
    async fn of(community: &Community, code: &str) -> anyhow::Result<People> {
        let hub = &community.hub;
        let who =
            async |email: String| acting_as(hub, &email, None).await?.with_context(|| format!("nobody is {email}"));
        let analyst =
            Who { scopes: vec![Scope::Read, Scope::Write, Scope::Node], ..who("analyst@hub.invalid".into()).await? };
        Ok(People {
            analyst,
            director: who("director@hub.invalid".into()).await?,
            liaison: who("liaison@hub.invalid".into()).await?,
            clerk: who(format!("clerk@{code}.invalid")).await?,
        })
    }
}

/// All of it, with a member whose people sign in on the hub.
pub async fn share(community: &Community, report_id: &str) -> anyhow::Result<()> {
    let Some(member) = community.members.iter().find(|member| member.process.is_some()) else { return Ok(()) };
    let code = member.plan.state.code.to_lowercase();
    let hub = &community.hub;
    let people = People::of(community, &code).await?;
    add(hub, &people.analyst).await?;
    let of = &people.clerk.organisation.id;
    call_back(hub, &people.analyst, of).await?;
    pass_on(hub, &people, report_id).await?;
    ask(hub, &people).await?;
    clear(hub, &people, &format!("director@{code}.invalid")).await
}

/// Puts the indicators with the threat information, and waits until the hub has numbered them.
async fn add(hub: &Here, analyst: &Who) -> anyhow::Result<()> {
    let at = format_stix(hub.now());
    let own = &analyst.organisation.identity_id;
    let object = |(number, pattern, tlp, description): (u32, &str, Tlp, &str)| {
        let object = serde_json::json!({
            "type": "indicator", "spec_version": "2.1", "id": indicator(number), "created_by_ref": own, "created": at, "modified": at,
            "valid_from": at, "pattern_type": "stix", "pattern": pattern, "description": description,
            "object_marking_refs": [tlp.official_id()],
        });
        Object::parse(object.to_string().as_bytes())
    };
    let into = collections::find(hub, analyst, "threat-information").await?;
    let taken = intake::add(hub, analyst, &into, INDICATORS.map(object).into_iter().collect(), None).await?;
    if taken.failure_count > 0 {
        bail!("the hub refused its own indicators: {taken:?}");
    }
    let began = Instant::now();
    while page::objects(hub, analyst, &into, &Filter::default()).await?.items.len() < INDICATORS.len() {
        if began.elapsed() > PATIENCE {
            bail!("after {} s the hub has not numbered its indicators", PATIENCE.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// A member's machines fetch everything, and one of it turns out to be a mistake.
async fn call_back(hub: &Here, analyst: &Who, of: &str) -> anyhow::Result<()> {
    let machines = stands_for(hub, of, None).await?.context("the member's machines")?;
    let from = collections::find(hub, &machines, "threat-information").await?;
    page::objects(hub, &machines, &from, &Filter::default()).await?;
    let on = allowed(analyst, Verb::Change, Resource::Indicator, indicator(3))?;
    mark::change(hub, &on, mark::Change::Withdraw, "the address was written down wrongly").await?;
    Ok(())
}

/// A version of one indicator that can be passed on is released; that of the alert is asked for.
async fn pass_on(hub: &Here, people: &People, report_id: &str) -> anyhow::Result<()> {
    let choice = serde_json::from_value(serde_json::json!({
        "tlp": "green", "replace": {"description": "Block it and look for it in your logs. (Invented.)"},
    }))?;
    let drafted = tear_line::draft(hub, &people.analyst, &indicator(1), &choice).await?;
    for who in [&people.analyst, &people.director] {
        tear_line::approve(hub, who, &drafted.draft_id).await?;
    }
    match tear_line::ask(hub, &people.clerk, report_id).await {
        Err(ShareError::Unseen { .. }) => Ok(()),
        asked => Ok(asked.map(drop)?),
    }
}

/// A member asks to see the restricted indicators: the one is granted, the other waits.
async fn ask(hub: &Here, people: &People) -> anyhow::Result<()> {
    let one = |number: u32, purpose: &str| Ask {
        covers: Covers::Objects(vec![indicator(number)]),
        purpose: purpose.to_owned(),
        days: 90,
    };
    let granted = one(1, "Our county had a visit from the same network in the same week");
    let granted = request::ask(hub, &people.clerk, &granted).await?;
    for who in [&people.analyst, &people.director] {
        request::approve(hub, who, &granted).await?;
    }
    request::ask(hub, &people.clerk, &one(2, "We want to look for it before the election")).await?;
    Ok(())
}

/// A member's director is cleared, on the sponsor's word that a second person confirms; a clerk waits for it.
async fn clear(hub: &Here, people: &People, email: &str) -> anyhow::Result<()> {
    let nominated = |since| NewClearance {
        sponsor: "DHS".to_owned(),
        grade: Grade::Secret,
        basis: Basis::Final,
        stage: Stage::Nominated,
        since,
    };
    let now = hub.now();
    let of = ward_directory::person_of_email(hub, email).await?.context("the member's director")?;
    let on = |verb| allowed(&people.liaison, verb, Resource::Clearance, of.clone());
    let record = open_clearance(hub, &on(Verb::Create)?, &nominated(now)).await?;
    let change = ChangeClearance { stage: Some((Stage::Granted, now)), ..ChangeClearance::default() };
    let word = SponsorWord {
        person: "Dana Invented".to_owned(),
        at: now,
        way: Way::Letter,
        reference: "letter of the day, invented".to_owned(),
    };
    if let Changed::Proposed(id) = change_clearance(hub, &on(Verb::Change)?, &record, &change, Some(&word)).await? {
        let confirms = allowed(&people.director, Verb::Confirm, Resource::Clearance, of.clone())?;
        decide_proposal(hub, &confirms, &id, true).await?;
    }
    let clerk = person(hub, &people.clerk.actor).await?.context("the member's clerk")?;
    let on_clerk = allowed(&people.liaison, Verb::Create, Resource::Clearance, clerk)?;
    open_clearance(hub, &on_clerk, &nominated(now)).await?;
    Ok(())
}

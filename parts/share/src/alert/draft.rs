//! Drafting and correcting: everything that is wrong is said at once, and nothing is kept until nothing is.

use std::collections::BTreeSet;

use serde_json::json;
use ward_directory::{Here, Organisation, Permit, Who, organisations, own_organisation};
use ward_policy::{Resource, Verb};
use ward_stix::alert::{Alert, IdentityFacts, IndicatorFacts, identity_object, indicator_object, problems, to_object};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_stix::term::Term;
use ward_stix::{alert as stix_alert, broad, question, timestamp};
use ward_store::{Act, RowRef, random};

use super::manifest::Manifest;
use super::{
    AlertKey, COLLECTION, Correction, DRAFT, DraftAlert, IndicatorDraft, Loaded, hub_permits, load, newest_published,
    parse, with_states,
};
use crate::ShareError;
use crate::sql::alerts::{self, AlertRow};

/// Most indicators of one alert: an alert is read by people, and its entry in the record names every object.
pub const INDICATORS_MAX: usize = 1_000;
/// The least step between two versions, in microseconds: STIX times have milliseconds.
const VERSION_STEP: i64 = 1_000;

/// Drafts an alert. Nothing is sent; see `preview`, `sign`, `publish`.
///
/// # Errors
/// [`ShareError::Invalid`] with every reason at once: what the alert lacks, indicators that are not confirmed, too broad or not exact,
/// recipients that are not known.
pub async fn draft(here: &Here, permit: &Permit<()>, draft: DraftAlert) -> Result<AlertKey, ShareError> {
    hub_permits(here, permit.who(), Verb::Create, Resource::Alert)?;
    let (all, hub, now) = (organisations(here).await?, own_organisation(here).await?, here.now());
    let made_at = timestamp::format_stix(now);
    let recipients = with_states(here, &draft.recipients, &all);
    let mut reasons = unknown_recipients(&recipients, &all);
    let (patterns, problems_found) = check_indicators(&draft.indicators, &[]);
    reasons.extend(problems_found);
    let ids: Vec<String> = patterns.iter().map(|_| format!("indicator--{}", random::uuid())).collect();
    let alert = Alert {
        report_id: format!("report--{}", random::uuid()),
        created_by_ref: hub.identity_id.clone(),
        created: made_at.clone(),
        modified: made_at.clone(),
        headline: draft.headline,
        who_must_act: draft.who_must_act,
        steps: draft.steps,
        confidence: draft.confidence,
        why_different: draft.why_different,
        stops_mattering_at: draft.stops_mattering_at,
        tlp: draft.tlp,
        indicator_refs: ids.clone(),
        search_from: draft.search_from,
        search_until: draft.search_until,
        correction: None,
    };
    reasons.extend(problems(&alert).iter().map(ToString::to_string));
    refuse_if_any(reasons)?;
    let mut objects = vec![identity(here, &hub).await?];
    objects.extend(new_indicators(&alert, &ids, &patterns)?);
    keep(here, permit.who(), &alert, &objects, recipients, draft.first_seen_at).await
}

/// Drafts a new version of a published alert: same report, newer version, the correction said in plain words, to every recipient.
///
/// # Errors
/// As [`draft`]; [`ShareError::Unseen`] when it was never published.
pub async fn correct(
    here: &Here,
    permit: &Permit<()>,
    report_id: &str,
    correction: Correction,
) -> Result<AlertKey, ShareError> {
    hub_permits(here, permit.who(), Verb::Change, Resource::Alert)?;
    let before = published(here, report_id).await?;
    let (all, hub) = (organisations(here).await?, own_organisation(here).await?);
    let earlier = timestamp::parse_micros(&before.alert.modified).unwrap_or(0);
    let modified = timestamp::format_stix(here.now().max(earlier + VERSION_STEP));
    let asked: Vec<String> = before.row.recipients.iter().chain(&correction.add_recipients).cloned().collect();
    let recipients = with_states(here, &asked, &all);
    let mut reasons = unknown_recipients(&recipients, &all);
    let known = known_patterns(&before);
    let (patterns, problems_found) = check_indicators(&correction.add_indicators, &known);
    reasons.extend(problems_found);
    let ids: Vec<String> = patterns.iter().map(|_| format!("indicator--{}", random::uuid())).collect();
    let alert = corrected(&before.alert, &correction, &modified, &ids);
    reasons.extend(problems(&alert).iter().map(ToString::to_string));
    if before.row.relayed_from.is_some() {
        reasons.push("only the hub that made an alert corrects it".to_owned());
    }
    let (mut objects, not_revoked) = carried_over(&before, &correction.revoke, &modified)?;
    reasons.extend(not_revoked);
    refuse_if_any(reasons)?;
    objects.retain(|object| object.kind() != "identity");
    objects.insert(0, identity(here, &hub).await?);
    objects.extend(new_indicators(&alert, &ids, &patterns)?);
    keep(here, permit.who(), &alert, &objects, recipients, before.row.first_seen_at).await
}

async fn published(here: &Here, report_id: &str) -> Result<Loaded, ShareError> {
    let versions = alerts::versions(&here.store, report_id).await?;
    let newest = newest_published(&versions, here.now());
    let newest = newest.ok_or_else(|| ShareError::Unseen { what: "published alert", id: report_id.to_owned() })?;
    load(here, report_id, &newest.modified).await
}

fn refuse_if_any(reasons: Vec<String>) -> Result<(), ShareError> {
    if reasons.is_empty() { Ok(()) } else { Err(ShareError::Invalid(reasons)) }
}

fn unknown_recipients(recipients: &[String], all: &[Organisation]) -> Vec<String> {
    if recipients.is_empty() {
        return vec!["`recipients`: an alert needs at least one".to_owned()];
    }
    let unknown = recipients.iter().filter(|id| !all.iter().any(|organisation| &organisation.id == *id));
    unknown.map(|id| format!("`recipients`: no organisation `{id}`")).collect()
}

/// A pattern that will be searched, with what it looks for.
struct Checked<'a> {
    pattern: &'a str,
    looks_for: &'static str,
}

/// The patterns that may be published, and the reasons why others may not. `known` are already in the alert.
fn check_indicators<'a>(drafts: &'a [IndicatorDraft], known: &[String]) -> (Vec<Checked<'a>>, Vec<String>) {
    let (mut good, mut reasons) = (Vec::new(), Vec::new());
    let mut seen: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    if drafts.len() + known.len() > INDICATORS_MAX {
        reasons.push(format!("`indicators`: {} are more than {INDICATORS_MAX}", drafts.len() + known.len()));
    }
    for (draft, place) in drafts.iter().zip(0..) {
        let checked =
            if draft.confirmed { check_pattern(&draft.pattern) } else { Err("not confirmed by the analyst".into()) };
        match checked {
            Ok(_) if !seen.insert(&draft.pattern) => reasons.push(format!("`indicators[{place}]`: given twice")),
            Ok(looks_for) => good.push(Checked { pattern: &draft.pattern, looks_for }),
            Err(reason) => reasons.push(format!("`indicators[{place}]` ({}): {reason}", draft.pattern)),
        }
    }
    (good, reasons)
}

/// What an exact pattern looks for, or why it is not published.
fn check_pattern(text: &str) -> Result<&'static str, String> {
    let compiled = question::compile(text).map_err(|problem| problem.to_string())?;
    if let Some(reason) = compiled.unsupported.first() {
        return Err(reason.clone());
    }
    if let Some(reason) = broad::too_broad(&compiled.terms) {
        return Err(reason);
    }
    match compiled.terms.first() {
        None => Err("it looks for nothing that Ward can search".to_owned()),
        Some(Term::Network { first, last }) if first == last => Ok("Network address"),
        Some(Term::Network { .. }) => Ok("Range of network addresses"),
        Some(Term::Domain(_)) => Ok("Domain name"),
        Some(Term::Url(_)) => Ok("Web address"),
        Some(Term::Hash(_)) => Ok("File digest"),
        Some(Term::UserAgent(_)) => Ok("Browser or program name"),
    }
}

fn known_patterns(before: &Loaded) -> Vec<String> {
    before.objects.iter().filter_map(|object| object.text("pattern")).map(str::to_owned).collect()
}

fn corrected(before: &Alert, correction: &Correction, modified: &str, new_ids: &[String]) -> Alert {
    let text = |new: &Option<String>, old: &String| new.clone().unwrap_or_else(|| old.clone());
    Alert {
        modified: modified.to_owned(),
        headline: text(&correction.headline, &before.headline),
        who_must_act: text(&correction.who_must_act, &before.who_must_act),
        steps: correction.steps.clone().unwrap_or_else(|| before.steps.clone()),
        confidence: correction.confidence.unwrap_or(before.confidence),
        why_different: text(&correction.why_different, &before.why_different),
        stops_mattering_at: correction.stops_mattering_at.unwrap_or(before.stops_mattering_at),
        search_from: correction.search_from.unwrap_or(before.search_from),
        search_until: correction.search_until.unwrap_or(before.search_until),
        // A withdrawn indicator stays named, so that its withdrawal reaches everybody whom it reached.
        indicator_refs: before.indicator_refs.iter().chain(new_ids).cloned().collect(),
        correction: Some(stix_alert::Correction {
            of_modified: before.modified.clone(),
            what_changed: correction.what_changed.clone(),
        }),
        ..before.clone()
    }
}

/// The objects beside the report as they were, withdrawn indicators in their new version; and why some cannot be withdrawn.
fn carried_over(before: &Loaded, revoke: &[String], modified: &str) -> Result<(Vec<Object>, Vec<String>), ShareError> {
    let mut reasons = Vec::new();
    for id in revoke {
        match before.objects.iter().find(|object| object.id() == id && object.kind() == "indicator") {
            None => reasons.push(format!("`revoke`: no indicator `{id}` in this alert")),
            Some(object) if object.is_revoked() => reasons.push(format!("`revoke`: `{id}` is withdrawn already")),
            Some(_) => {}
        }
    }
    let mut objects = Vec::new();
    for object in before.objects.iter().skip(1) {
        let withdraw =
            revoke.iter().any(|id| id == object.id()) && !object.is_revoked() && object.kind() == "indicator";
        objects.push(if withdraw { revoked(object, before.alert.tlp, modified)? } else { object.clone() });
    }
    Ok((objects, reasons))
}

fn revoked(object: &Object, tlp: Tlp, modified: &str) -> Result<Object, ShareError> {
    let text = |property: &str| object.text(property).unwrap_or_default();
    parse(&indicator_object(&IndicatorFacts {
        id: object.id(),
        created_by_ref: text("created_by_ref"),
        created: text("created"),
        modified,
        name: text("name"),
        description: object.text("description"),
        pattern: text("pattern"),
        tlp,
        valid_from: text("valid_from"),
        valid_until: object.text("valid_until"),
        revoked: true,
    }))
}

fn new_indicators(alert: &Alert, ids: &[String], patterns: &[Checked<'_>]) -> Result<Vec<Object>, ShareError> {
    let valid_until = timestamp::format_stix(alert.stops_mattering_at);
    let indicator = |(id, checked): (&String, &Checked<'_>)| {
        parse(&indicator_object(&IndicatorFacts {
            id,
            created_by_ref: &alert.created_by_ref,
            created: &alert.modified,
            modified: &alert.modified,
            name: checked.looks_for,
            description: None,
            pattern: checked.pattern,
            tlp: alert.tlp,
            valid_from: &alert.modified,
            valid_until: Some(&valid_until),
            revoked: false,
        }))
    };
    ids.iter().zip(patterns).map(indicator).collect()
}

/// The identity of the hub: as it was sent before, unless its name has changed since. Everybody may know who warns.
async fn identity(here: &Here, hub: &Organisation) -> Result<Object, ShareError> {
    let created = timestamp::format_stix(hub.created_at);
    let mut modified = created.clone();
    if let Some(body) = alerts::newest_body(&here.store, COLLECTION, &hub.identity_id).await? {
        let sent = parse(&body)?;
        if sent.text("name") == Some(&hub.name) {
            return Ok(sent);
        }
        modified = timestamp::format_stix(here.now());
    }
    parse(&identity_object(&IdentityFacts {
        id: &hub.identity_id,
        created: &created,
        modified: &modified,
        name: &hub.name,
        identity_class: "organization",
        tlp: Tlp::Clear,
    }))
}

async fn keep(
    here: &Here,
    who: &Who,
    alert: &Alert,
    objects: &[Object],
    recipients: Vec<String>,
    first_seen_at: Option<i64>,
) -> Result<AlertKey, ShareError> {
    let report = parse(&to_object(alert))?;
    let others: Vec<_> = objects.iter().map(|object| (object.id(), object.version(), object.bytes())).collect();
    let origin = here.log_key.verifier_key().name();
    let manifest = Manifest::of(origin, (report.id(), report.version(), report.bytes()), &others).to_string();
    let row = AlertRow {
        report_id: alert.report_id.clone(),
        modified: alert.modified.clone(),
        state: DRAFT.to_owned(),
        headline: alert.headline.clone(),
        drafted_by: who.actor.clone(),
        drafted_at: here.now(),
        first_seen_at,
        recipients,
        manifest,
        note: None,
        published_at: None,
        entry_id: None,
        relayed_from: None,
    };
    let key = (row.report_id.as_str(), row.modified.as_str());
    let mut tx = here.store.begin().await?;
    alerts::insert_alert(&mut tx, &row).await?;
    for (object, place) in std::iter::once(&report).chain(objects).zip(0..) {
        alerts::insert_alert_object(&mut tx, key, place, object.id(), object.bytes()).await?;
    }
    let act = Act {
        act: "alert.drafted",
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: &row.report_id,
        at: row.drafted_at,
        detail: &json!({"modified": row.modified}),
        rows: &[RowRef { table: "alert", key: &[key.0, key.1] }],
    };
    tx.record(act).await?;
    tx.commit().await?;
    Ok(AlertKey { report_id: row.report_id, modified: row.modified })
}

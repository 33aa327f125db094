//! Drafting and correcting: everything that is wrong is said at once, and nothing is kept until nothing is.

use std::collections::BTreeSet;

use serde_json::json;
use ward_directory::{Here, Organisation, Permit, Who, organisations, own_organisation};
use ward_policy::{Resource, Verb};
use ward_stix::alert::{Alert, IdentityFacts, IndicatorFacts, identity_object, indicator_object, problems, to_object};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_stix::problem::Problem;
use ward_stix::term::Term;
use ward_stix::{alert as stix_alert, broad, question, timestamp};
use ward_store::{Act, RowRef, random};

use super::manifest::Manifest;
use super::{
    AlertKey, COLLECTION, Correction, DISCARDED, DRAFT, DraftAlert, IndicatorDraft, Loaded, REPLACED, hub_permits,
    load, newest_published, parse, with_states,
};
use crate::ShareError;
use crate::notice::with_notice;
use crate::spill;
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
    let made_at = timestamp::format_stix(here.now());
    let ids = Ids { report_id: format!("report--{}", random::uuid()), created: made_at.clone(), modified: made_at };
    prepared(here, &draft, ids).await?.keep(here, permit.who(), None).await
}

/// Puts another draft in the place of one that is not published. What was signed of the earlier one does not count for this one.
///
/// # Errors
/// As [`draft`]; [`ShareError::Invalid`] when the earlier one was published or replaced meanwhile, or corrects something.
pub async fn redraft(
    here: &Here,
    permit: &Permit<()>,
    replaces: &AlertKey,
    draft: DraftAlert,
) -> Result<AlertKey, ShareError> {
    hub_permits(here, permit.who(), Verb::Change, Resource::Alert)?;
    let before = load(here, &replaces.report_id, &replaces.modified).await?;
    if before.alert.correction.is_some() {
        return Err(ShareError::invalid("this draft corrects an alert: draft the correction anew"));
    }
    let modified = later_than(here, &before.alert.modified);
    let ids = Ids { report_id: replaces.report_id.clone(), created: before.alert.created, modified };
    prepared(here, &draft, ids).await?.keep(here, permit.who(), Some(replaces)).await
}

/// Throws a draft away. It stays in the record, and is neither signed nor published any more.
///
/// # Errors
/// [`ShareError::Forbidden`]; [`ShareError::Invalid`] when it is no draft any more.
pub async fn discard(here: &Here, permit: &Permit<()>, key: &AlertKey) -> Result<(), ShareError> {
    let who = permit.who();
    hub_permits(here, who, Verb::Change, Resource::Alert)?;
    let mut tx = here.store.begin().await?;
    if !alerts::replace_draft(&mut tx, &key.report_id, &key.modified, DISCARDED).await? {
        return Err(ShareError::invalid("this is no draft any more"));
    }
    let act = Act {
        act: "alert.discarded",
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: &key.report_id,
        at: here.now(),
        detail: &json!({"modified": key.modified}),
        rows: &[RowRef { table: "alert", key: &[&key.report_id, &key.modified] }],
    };
    tx.record(act).await?;
    Ok(tx.commit().await?)
}

/// Everything that keeps this from being drafted, each with its place; empty when nothing does.
///
/// # Errors
/// [`ShareError::Forbidden`] for who may not draft.
pub async fn draft_problems(here: &Here, permit: &Permit<()>, draft: &DraftAlert) -> Result<Vec<Problem>, ShareError> {
    hub_permits(here, permit.who(), Verb::Create, Resource::Alert)?;
    let made_at = timestamp::format_stix(here.now());
    let ids = Ids { report_id: format!("report--{}", random::uuid()), created: made_at.clone(), modified: made_at };
    Ok(prepared(here, draft, ids).await?.problems)
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
    corrected_version(here, report_id, &correction, None).await?.keep(here, permit.who(), None).await
}

/// Puts another correction in the place of one that is not published.
///
/// # Errors
/// As [`correct`]; [`ShareError::Invalid`] when the earlier one was published or replaced meanwhile.
pub async fn recorrect(
    here: &Here,
    permit: &Permit<()>,
    replaces: &AlertKey,
    correction: Correction,
) -> Result<AlertKey, ShareError> {
    hub_permits(here, permit.who(), Verb::Change, Resource::Alert)?;
    let prepared = corrected_version(here, &replaces.report_id, &correction, Some(&replaces.modified)).await?;
    prepared.keep(here, permit.who(), Some(replaces)).await
}

/// Everything that keeps this correction from being drafted; empty when nothing does.
///
/// # Errors
/// [`ShareError::Forbidden`] for who may not correct, [`ShareError::Unseen`] when it was never published.
pub async fn correction_problems(
    here: &Here,
    permit: &Permit<()>,
    report_id: &str,
    correction: &Correction,
) -> Result<Vec<Problem>, ShareError> {
    hub_permits(here, permit.who(), Verb::Change, Resource::Alert)?;
    Ok(corrected_version(here, report_id, correction, None).await?.problems)
}

/// What a version is called.
struct Ids {
    report_id: String,
    created: String,
    modified: String,
}

/// A version that could be kept, and what is wrong with it.
struct Prepared {
    alert: Alert,
    /// Beside the report.
    objects: Vec<Object>,
    recipients: Vec<String>,
    first_seen_at: Option<i64>,
    problems: Vec<Problem>,
}

async fn prepared(here: &Here, draft: &DraftAlert, ids: Ids) -> Result<Prepared, ShareError> {
    let (all, hub) = (organisations(here).await?, own_organisation(here).await?);
    let recipients = with_states(here, &draft.recipients, &all);
    let mut found = unknown_recipients(&recipients, &all);
    let (patterns, of_indicators) = check_indicators(&draft.indicators, &[]);
    found.extend(of_indicators);
    let indicator_ids: Vec<String> = patterns.iter().map(|_| format!("indicator--{}", random::uuid())).collect();
    let alert = Alert {
        report_id: ids.report_id,
        created_by_ref: hub.identity_id.clone(),
        created: ids.created,
        modified: ids.modified,
        headline: draft.headline.clone(),
        who_must_act: draft.who_must_act.clone(),
        steps: draft.steps.clone(),
        confidence: draft.confidence,
        why_different: draft.why_different.clone(),
        stops_mattering_at: draft.stops_mattering_at,
        tlp: draft.tlp,
        indicator_refs: indicator_ids.clone(),
        search_from: draft.search_from,
        search_until: draft.search_until,
        correction: None,
    };
    found.extend(problems(&alert));
    let mut objects = vec![identity(here, &hub).await?];
    if found.is_empty() {
        objects.extend(new_indicators(&alert, &indicator_ids, &patterns)?);
    }
    Ok(Prepared { alert, objects, recipients, first_seen_at: draft.first_seen_at, problems: found })
}

/// `after` is a version that this one must come after, beside the one that it corrects.
async fn corrected_version(
    here: &Here,
    report_id: &str,
    correction: &Correction,
    after: Option<&str>,
) -> Result<Prepared, ShareError> {
    let before = published(here, report_id).await?;
    let (all, hub) = (organisations(here).await?, own_organisation(here).await?);
    let modified =
        later_than(here, after.map_or(before.alert.modified.as_str(), |after| after.max(&before.alert.modified)));
    let asked: Vec<String> = before.row.recipients.iter().chain(&correction.add_recipients).cloned().collect();
    let recipients = with_states(here, &asked, &all);
    let mut found = unknown_recipients(&recipients, &all);
    let known = known_patterns(&before);
    let (patterns, of_indicators) = check_indicators(&correction.add_indicators, &known);
    found.extend(of_indicators);
    let ids: Vec<String> = patterns.iter().map(|_| format!("indicator--{}", random::uuid())).collect();
    let alert = corrected(&before.alert, correction, &modified, &ids);
    found.extend(problems(&alert));
    if before.row.relayed_from.is_some() {
        found.push(Problem::new("relayed", "", "only the hub that made an alert corrects it"));
    }
    let (mut objects, not_revoked) = carried_over(&before, &correction.revoke, &modified)?;
    found.extend(not_revoked);
    objects.retain(|object| object.kind() != "identity");
    objects.insert(0, identity(here, &hub).await?);
    if found.is_empty() {
        objects.extend(new_indicators(&alert, &ids, &patterns)?);
    }
    Ok(Prepared { alert, objects, recipients, first_seen_at: before.row.first_seen_at, problems: found })
}

/// Now, and later than an earlier version.
fn later_than(here: &Here, earlier: &str) -> String {
    let earlier = timestamp::parse_micros(earlier).unwrap_or(0);
    timestamp::format_stix(here.now().max(earlier + VERSION_STEP))
}

async fn published(here: &Here, report_id: &str) -> Result<Loaded, ShareError> {
    let versions = alerts::versions(&here.store, report_id).await?;
    let newest = newest_published(&versions, here.now());
    let newest = newest.ok_or_else(|| ShareError::Unseen { what: "published alert", id: report_id.to_owned() })?;
    load(here, report_id, &newest.modified).await
}

fn unknown_recipients(recipients: &[String], all: &[Organisation]) -> Vec<Problem> {
    if recipients.is_empty() {
        return vec![Problem::new("missing", "recipients", "an alert needs at least one recipient")];
    }
    let unknown = recipients.iter().filter(|id| !all.iter().any(|organisation| &organisation.id == *id));
    unknown.map(|id| Problem::new("unknown", "recipients", format!("no organisation `{id}`"))).collect()
}

/// A pattern that will be searched, with what it looks for.
struct Checked<'a> {
    pattern: &'a str,
    looks_for: &'static str,
}

/// The patterns that may be published, and the reasons why others may not. `known` are already in the alert.
fn check_indicators<'a>(drafts: &'a [IndicatorDraft], known: &[String]) -> (Vec<Checked<'a>>, Vec<Problem>) {
    let (mut good, mut found) = (Vec::new(), Vec::new());
    let mut seen: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    if drafts.len() + known.len() > INDICATORS_MAX {
        let message = format!("{} are more than {INDICATORS_MAX}", drafts.len() + known.len());
        found.push(Problem::new("length", "indicators", message));
    }
    for (draft, place) in drafts.iter().zip(0..) {
        let checked =
            if draft.confirmed { check_pattern(&draft.pattern) } else { Err("not confirmed by the analyst".into()) };
        let mut refuse = |reason: &str| {
            let message = format!("{}: {reason}", draft.pattern);
            found.push(Problem::new("indicator", format!("indicators[{place}]"), message));
        };
        match checked {
            Ok(_) if !seen.insert(&draft.pattern) => refuse("given twice"),
            Ok(looks_for) => good.push(Checked { pattern: &draft.pattern, looks_for }),
            Err(reason) => refuse(&reason),
        }
    }
    (good, found)
}

/// What an exact pattern looks for, or why it is not published.
pub(super) fn check_pattern(text: &str) -> Result<&'static str, String> {
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
fn carried_over(before: &Loaded, revoke: &[String], modified: &str) -> Result<(Vec<Object>, Vec<Problem>), ShareError> {
    let mut found = Vec::new();
    for id in revoke {
        let refusal = match before.objects.iter().find(|object| object.id() == id && object.kind() == "indicator") {
            None => format!("no indicator `{id}` in this alert"),
            Some(object) if object.is_revoked() => format!("`{id}` is withdrawn already"),
            Some(_) => continue,
        };
        found.push(Problem::new("revoke", "revoke", refusal));
    }
    let mut objects = Vec::new();
    for object in before.objects.iter().skip(1) {
        let withdraw =
            revoke.iter().any(|id| id == object.id()) && !object.is_revoked() && object.kind() == "indicator";
        objects.push(if withdraw { revoked(object, before.alert.tlp, modified)? } else { object.clone() });
    }
    Ok((objects, found))
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

/// An object as it is kept.
fn noticed(here: &Here, object: Vec<u8>) -> Result<Object, ShareError> {
    parse(&with_notice(here, object))
}

impl Prepared {
    /// Keeps it, with its entry, unless something is wrong with it; in the place of a draft when one is named.
    async fn keep(mut self, here: &Here, who: &Who, replaces: Option<&AlertKey>) -> Result<AlertKey, ShareError> {
        if !self.problems.is_empty() {
            return Err(ShareError::Invalid(self.problems.iter().map(ToString::to_string).collect()));
        }
        let objects = self.objects.iter().map(|object| noticed(here, object.bytes().to_vec()));
        self.objects = objects.collect::<Result<_, _>>()?;
        let (row, report) = self.row(here, who)?;
        spill::guard_objects(here, who, "alert draft", std::iter::once(&report).chain(&self.objects)).await?;
        let key = (row.report_id.as_str(), row.modified.as_str());
        let mut tx = here.store.begin().await?;
        let mut rows = vec![[key.0, key.1]];
        if let Some(earlier) = replaces {
            if !alerts::replace_draft(&mut tx, &earlier.report_id, &earlier.modified, REPLACED).await? {
                return Err(ShareError::invalid(
                    "this draft was published or replaced since you opened it; look at it again",
                ));
            }
            rows.push([&earlier.report_id, &earlier.modified]);
        }
        alerts::insert_alert(&mut tx, &row).await?;
        for (object, place) in std::iter::once(&report).chain(&self.objects).zip(0..) {
            alerts::insert_alert_object(&mut tx, key, place, object.id(), object.bytes()).await?;
        }
        let rows: Vec<RowRef<'_>> = rows.iter().map(|key| RowRef { table: "alert", key }).collect();
        let act = Act {
            act: "alert.drafted",
            actor: &who.actor,
            organisation: &who.organisation.id,
            subject: &row.report_id,
            at: row.drafted_at,
            detail: &json!({"modified": row.modified, "replaces": replaces.map(|earlier| &earlier.modified)}),
            rows: &rows,
        };
        tx.record(act).await?;
        tx.commit().await?;
        Ok(AlertKey { report_id: row.report_id, modified: row.modified })
    }

    /// The row and the report.
    fn row(&self, here: &Here, who: &Who) -> Result<(AlertRow, Object), ShareError> {
        let report = noticed(here, to_object(&self.alert))?;
        let others: Vec<_> =
            self.objects.iter().map(|object| (object.id(), object.version(), object.bytes())).collect();
        let origin = here.log_key.verifier_key().name();
        let manifest = Manifest::of(origin, (report.id(), report.version(), report.bytes()), &others).to_string();
        let row = AlertRow {
            report_id: self.alert.report_id.clone(),
            modified: self.alert.modified.clone(),
            state: DRAFT.to_owned(),
            headline: self.alert.headline.clone(),
            drafted_by: who.actor.clone(),
            drafted_at: here.now(),
            first_seen_at: self.first_seen_at,
            recipients: self.recipients.clone(),
            manifest,
            note: None,
            published_at: None,
            entry_id: None,
            relayed_from: None,
        };
        Ok((row, report))
    }
}

//! The preview: who will receive the alert, who lacks a verified contact, and how a clerk will read it.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use serde::Serialize;
use ward_directory::{Here, Permit};
use ward_policy::{Action, Attributes, Handling, Level, Recipient, Resource, Verb, decide};
use ward_quality::Verdict;
use ward_stix::alert::{Alert, Confidence};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_store::MICROS_PER_SECOND;

use super::{AlertKey, Loaded, PARENTS_MAX, handling, hub_permits, load};
use crate::ShareError;
use crate::quality;
use crate::sql::lists::{self, ReachableRow};

/// A contact that nobody made sure of for longer than this counts as not verified, in days.
pub const CONTACT_DAYS: i64 = 90;

/// What will happen when the alert is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// Everybody who will see it, those it is addressed to first.
    pub recipients: Vec<PreviewRecipient>,
    /// Those it is addressed to who may not see it, with the rule.
    pub will_not_see: Vec<PreviewRecipient>,
    /// Names of those it is addressed to without a verified election contact and a verified IT contact.
    pub lacks_contact: Vec<String>,
    /// How a clerk will read it.
    pub clerk_text: String,
    /// What nodes will do with each indicator once it is published.
    pub indicators: Vec<PreviewIndicator>,
}

/// An indicator in a preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PreviewIndicator {
    pub id: String,
    /// What it is called, or else its pattern.
    pub name: String,
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// An organisation in a preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PreviewRecipient {
    pub organisation_id: String,
    pub organisation: String,
    /// Named as a recipient, so that an answer is awaited.
    pub is_addressed: bool,
    /// Verified within [`CONTACT_DAYS`].
    pub has_election_contact: bool,
    pub has_it_contact: bool,
    /// The clause of the one decision.
    pub rule: &'static str,
}

/// Shows a draft or a published version to the hub's own people.
///
/// # Errors
/// [`ShareError::Forbidden`] or [`ShareError::Unseen`].
pub async fn preview(here: &Here, permit: &Permit<()>, key: &AlertKey) -> Result<Preview, ShareError> {
    hub_permits(here, permit.who(), Verb::See, Resource::Alert)?;
    preview_of(here, &load(here, &key.report_id, &key.modified).await?).await
}

/// The preview of a version; the caller has asked whether it may be shown.
pub(super) async fn preview_of(here: &Here, loaded: &Loaded) -> Result<Preview, ShareError> {
    let now = here.now();
    let all = lists::reachable(&here.store, now).await?;
    let own = all.iter().find(|one| one.id == here.installation.organisation_id);
    let mut preview = Preview {
        recipients: Vec::new(),
        will_not_see: Vec::new(),
        lacks_contact: Vec::new(),
        clerk_text: clerk_text(&loaded.alert, own.map_or("", |own| own.name.as_str())),
        indicators: indicators(here, loaded).await?,
    };
    let handling = handling(here, &loaded.report, Vec::new(), Some(now));
    let audience = Audience {
        addressed: loaded.row.recipients.iter().map(String::as_str).collect(),
        by_id: all.iter().map(|one| (one.id.as_str(), one)).collect(),
    };
    for organisation in all.iter().filter(|one| one.id != here.installation.organisation_id) {
        let (seen, allowed) = audience.decided(organisation, &handling, now);
        if seen.is_addressed && !(seen.has_election_contact && seen.has_it_contact) {
            preview.lacks_contact.push(seen.organisation.clone());
        }
        match (allowed, seen.is_addressed) {
            (true, _) => preview.recipients.push(seen),
            (false, true) => preview.will_not_see.push(seen),
            (false, false) => {}
        }
    }
    preview.recipients.sort_by_key(|seen| !seen.is_addressed);
    Ok(preview)
}

/// Judged as they will be once two people have signed.
async fn indicators(here: &Here, loaded: &Loaded) -> Result<Vec<PreviewIndicator>, ShareError> {
    let named = |(object, verdict): (&Object, Verdict)| {
        let name = object.text("name").or_else(|| object.text("pattern")).unwrap_or_default().to_owned();
        PreviewIndicator { id: object.id().to_owned(), name, verdict }
    };
    Ok(quality::foresee(here, loaded.objects.iter()).await?.into_iter().map(named).collect())
}

/// Everybody, and who of them is addressed.
struct Audience<'a> {
    addressed: HashSet<&'a str>,
    by_id: HashMap<&'a str, &'a ReachableRow>,
}

impl Audience<'_> {
    /// Of those addressed the one decision is told the ones that it could ask about: the organisation and those above it.
    fn decided(&self, organisation: &ReachableRow, handling: &Handling, now: i64) -> (PreviewRecipient, bool) {
        let client_of = self.above(organisation);
        let is_addressed = self.addressed.contains(organisation.id.as_str());
        let asked = std::iter::once(&organisation.id).chain(&client_of);
        let addressed = asked.filter(|id| self.addressed.contains(id.as_str())).cloned().collect();
        let recipient = Recipient {
            organisation: organisation.id.clone(),
            client_of,
            member: organisation.is_member,
            clearance: Level::Unclassified,
            attributes: Attributes::default(),
        };
        let decision = decide(&recipient, &Handling { addressed, ..handling.clone() }, Action::Read, now);
        let seen = PreviewRecipient {
            organisation_id: organisation.id.clone(),
            organisation: organisation.name.clone(),
            is_addressed,
            has_election_contact: is_recent(organisation.election_verified_at, now),
            has_it_contact: is_recent(organisation.it_verified_at, now),
            rule: decision.rule,
        };
        (seen, decision.allowed)
    }

    /// The organisations whose client it is, the nearest first.
    fn above(&self, organisation: &ReachableRow) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut next = organisation.parent_id.as_deref();
        while let Some(parent) = next.and_then(|id| self.by_id.get(id)) {
            if found.len() == PARENTS_MAX || found.contains(&parent.id) {
                break;
            }
            found.push(parent.id.clone());
            next = parent.parent_id.as_deref();
        }
        found
    }
}

/// Whether a contact that was last verified then counts as verified: within [`CONTACT_DAYS`] before `now`.
pub(crate) fn is_recent(verified_at: Option<i64>, now: i64) -> bool {
    let oldest = now - CONTACT_DAYS * 86_400 * MICROS_PER_SECOND;
    verified_at.is_some_and(|at| (oldest..=now).contains(&at))
}

/// A part of an alert as a clerk reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClerkSection {
    pub title: &'static str,
    /// One line, or one for each step.
    pub lines: Vec<String>,
}

/// The alert as a clerk reads it: plain words only, the headline first.
#[must_use]
pub fn clerk_text(alert: &Alert, sender: &str) -> String {
    let mut text = format!("{}\n\nFrom: {sender}\n", alert.headline);
    for section in clerk_sections(alert) {
        let is_numbered = section.title == STEPS;
        let numbered = section
            .lines
            .iter()
            .zip(1..)
            .map(|(line, number)| if is_numbered { format!("{number}. {line}") } else { line.clone() });
        let lines: Vec<String> = numbered.collect();
        // Writing to a text cannot fail.
        let _ = write!(text, "\n{}\n{}\n", section.title, lines.join("\n"));
    }
    text
}

/// The title of the section whose lines are steps, to be done one after the other.
pub const STEPS: &str = "What to do today";

/// What follows the headline, part by part.
#[must_use]
pub fn clerk_sections(alert: &Alert) -> Vec<ClerkSection> {
    let section = |title, line: String| ClerkSection { title, lines: vec![line] };
    let correction = alert.correction.as_ref().map(|correction| {
        let before = ward_stix::timestamp::parse_micros(&correction.of_modified).map_or_else(String::new, day);
        section("CORRECTION", format!("This replaces the warning of {before}. {}", correction.what_changed))
    });
    let own_work = format!(
        "Where your office runs Ward, it looks through your own records from {} to {} for signs of this and keeps watching from \
         now on. It tells you what it found and what it could not see. Your records stay in your office.",
        day(alert.search_from),
        day(alert.search_until)
    );
    let sections = [
        section("Who must act", alert.who_must_act.clone()),
        ClerkSection { title: STEPS, lines: alert.steps.clone() },
        section("How sure we are", sureness(alert.confidence).to_owned()),
        section("Why this one is different", alert.why_different.clone()),
        section("Until when", format!("This warning matters until {}.", day(alert.stops_mattering_at))),
        section("What Ward does by itself", own_work),
        section("Who may read this", audience(alert.tlp).to_owned()),
    ];
    correction.into_iter().chain(sections).collect()
}

/// The words behind low, moderate and high.
fn sureness(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "Low: we have a first report and have not been able to check it.",
        Confidence::Moderate => "Moderate: more than one thing points to it, but not every part is checked.",
        Confidence::High => "High: we have checked it, and independent reports agree.",
    }
}

fn audience(tlp: Tlp) -> &'static str {
    match tlp {
        Tlp::Clear => "Anyone. You may pass it on freely.",
        Tlp::Green => "Other election offices and those who protect them. Not the public.",
        Tlp::Amber => "People in your office, and the offices you serve, who need it to act.",
        Tlp::AmberStrict => "Only people in your office who need it to act.",
        Tlp::Red => "Only those it was sent to. Do not pass it on.",
    }
}

/// A day as people write it, such as `3 May 2018` (UTC).
fn day(micros: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clerk_reads_plain_words() {
        let at = |text: &str| ward_stix::timestamp::parse_micros(text).unwrap();
        let alert = Alert {
            report_id: "report--8f0cb1c5-1b0a-4c5b-9f4e-1c5f0a8f9c01".into(),
            created_by_ref: "identity--8f0cb1c5-1b0a-4c5b-9f4e-1c5f0a8f9c01".into(),
            created: "2016-08-18T00:00:00.000Z".into(),
            modified: "2016-08-19T00:00:00.000Z".into(),
            headline: "Someone is trying the doors of voter registration websites".into(),
            who_must_act: "Whoever looks after your website".into(),
            steps: vec!["Call your IT person.".into(), "Tell us what you find.".into()],
            confidence: Confidence::Moderate,
            why_different: "One office lost voter data this way.".into(),
            stops_mattering_at: at("2016-12-01T00:00:00Z"),
            tlp: Tlp::Amber,
            indicator_refs: vec!["indicator--8f0cb1c5-1b0a-4c5b-9f4e-1c5f0a8f9c01".into()],
            search_from: at("2016-06-01T00:00:00Z"),
            search_until: at("2016-08-18T00:00:00Z"),
            correction: Some(ward_stix::alert::Correction {
                of_modified: "2016-08-18T00:00:00.000Z".into(),
                what_changed: "One address was wrong.".into(),
            }),
        };
        let text = clerk_text(&alert, "Test Hub");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], alert.headline);
        assert!(
            text.contains("CORRECTION\nThis replaces the warning of 18 August 2016. One address was wrong.\n"),
            "{text}"
        );
        assert!(text.contains("What to do today\n1. Call your IT person.\n2. Tell us what you find.\n"), "{text}");
        assert!(text.contains("This warning matters until 1 December 2016."), "{text}");
        assert!(text.contains("from 1 June 2016 to 18 August 2016"), "{text}");
        for word in ["indicator", "TLP", "STIX", "report--", "identity--", "sighting", "pattern"] {
            assert!(!text.contains(word), "`{word}` is no plain word: {text}");
        }
        assert!(!clerk_text(&Alert { correction: None, ..alert }, "Test Hub").contains("CORRECTION"));
    }

    #[test]
    fn a_contact_counts_for_ninety_days() {
        let day = 86_400 * MICROS_PER_SECOND;
        let now = 1_000 * day;
        for (verified_at, expected) in [
            (None, false),
            (Some(now), true),
            (Some(now - 90 * day), true),
            (Some(now - 90 * day - 1), false),
            (Some(now + 1), false),
        ] {
            assert_eq!(is_recent(verified_at, now), expected, "{verified_at:?}");
        }
    }
}

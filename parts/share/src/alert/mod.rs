//! Alerts: drafted by an analyst, previewed as a clerk will read it, signed by two people, published, proved, corrected and relayed.
//!
//! An alert is a STIX report with its indicators and the identity that warns. What is signed is the manifest of their bytes; what is
//! recorded is the publication. Every version is a row of its own and is never changed after it was published.

mod draft;
pub mod evidence;
pub mod manifest;
mod page;
mod preview;
mod propose;
mod publish;
mod read;
mod relay;
mod sign;

use serde::{Deserialize, Serialize};
use ward_directory::{Here, Organisation, OrganisationKind, Permit, Refused, Scope, Who};
use ward_policy::{Attributes, Handling, Level, Need, Recipient, Resource, Verb};
use ward_stix::alert::{Alert, Confidence, from_object};
use ward_stix::marking::{self, Tlp};
use ward_stix::object::Object;
use ward_store::StoreError;

use crate::ShareError;
use crate::sql::alerts::{self, AlertRow, LoadedRow};
use crate::sql::tear_lines::CarriedRow;

pub use draft::{INDICATORS_MAX, correct, correction_problems, discard, draft, draft_problems, recorrect, redraft};
pub use evidence::{Evidence, EvidenceProblem, SIGNERS_NEEDED, Verified, verify_evidence};
pub use page::{AlertPage, page};
pub(crate) use preview::is_recent;
pub use preview::{
    CONTACT_DAYS, ClerkSection, Preview, PreviewIndicator, PreviewRecipient, STEPS, clerk_sections, clerk_text, preview,
};
pub use propose::{Proposal, Proposals, proposals};
pub use publish::{Published, publish};
pub use read::{AlertSummary, AlertView, evidence, list, read, recipients_of};
pub(crate) use read::{newest_of_each, visible};
pub use relay::{Relayed, RelayedAlert, relay};
pub use sign::{SignedBy, sign, signed_by};

/// Most parents of an organisation that are followed.
const PARENTS_MAX: usize = 8;

/// One version of an alert.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlertKey {
    /// Id of the report.
    pub report_id: String,
    /// The version, exact text.
    pub modified: String,
}

/// What an analyst writes. Times are microseconds UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftAlert {
    pub headline: String,
    pub who_must_act: String,
    pub steps: Vec<String>,
    pub confidence: Confidence,
    pub why_different: String,
    pub stops_mattering_at: i64,
    pub tlp: Tlp,
    /// The period that the recipients are asked to search.
    pub search_from: i64,
    pub search_until: i64,
    pub indicators: Vec<IndicatorDraft>,
    /// Ids of organisations; the state of a county is added by itself.
    pub recipients: Vec<String>,
    /// When any member first saw it, where that is known.
    pub first_seen_at: Option<i64>,
}

/// A STIX pattern that the analyst has looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorDraft {
    pub pattern: String,
    /// The analyst says: this one belongs to the alert.
    pub confirmed: bool,
}

/// What a correction changes; what is none or empty stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// What was wrong and what is right, in plain words.
    pub what_changed: String,
    pub headline: Option<String>,
    pub who_must_act: Option<String>,
    pub steps: Option<Vec<String>>,
    pub confidence: Option<Confidence>,
    pub why_different: Option<String>,
    pub stops_mattering_at: Option<i64>,
    pub search_from: Option<i64>,
    pub search_until: Option<i64>,
    /// Ids of indicators that are withdrawn for good.
    #[serde(default)]
    pub revoke: Vec<String>,
    #[serde(default)]
    pub add_indicators: Vec<IndicatorDraft>,
    #[serde(default)]
    pub add_recipients: Vec<String>,
}

/// The states of an alert's version.
pub(crate) const DRAFT: &str = "draft";
/// A draft in whose place there is another one.
pub(crate) const REPLACED: &str = "replaced";
/// A draft that was thrown away.
pub(crate) const DISCARDED: &str = "discarded";
pub(crate) const PUBLISHED_STATE: &str = "published";
/// The alias of the collection that published alerts go to.
pub(crate) const COLLECTION: &str = "alerts";

/// A version of an alert with its objects, read.
pub(crate) struct Loaded {
    pub row: AlertRow,
    /// The report first.
    pub objects: Vec<Object>,
    pub report: Object,
    pub alert: Alert,
    /// What stands of a version of it that can be passed on.
    pub carried: Option<CarriedRow>,
}

impl Loaded {
    pub fn key(&self) -> (&str, &str) {
        (&self.row.report_id, &self.row.modified)
    }
}

/// The version of an alert, whoever asks: the callers decide.
pub(crate) async fn load(here: &Here, report_id: &str, modified: &str) -> Result<Loaded, ShareError> {
    let unseen = || ShareError::Unseen { what: "alert", id: report_id.to_owned() };
    let loaded = alerts::loaded(&here.store, report_id, modified).await?;
    load_row(loaded.ok_or_else(unseen)?)
}

/// As [`load`], of what was read already.
pub(crate) fn load_row((row, bodies, carried): LoadedRow) -> Result<Loaded, ShareError> {
    let unseen = || ShareError::Unseen { what: "alert", id: row.report_id.clone() };
    let objects = bodies.iter().map(|body| parse(body)).collect::<Result<Vec<_>, _>>()?;
    let report = objects.first().cloned().ok_or_else(unseen)?;
    let alert = from_object(&report).map_err(|e| StoreError::Record(e.to_string()))?;
    Ok(Loaded { row, objects, report, alert, carried })
}

/// An object that this installation made or checked before it was kept.
pub(crate) fn parse(body: &[u8]) -> Result<Object, ShareError> {
    Ok(Object::parse(body)
        .map_err(|e| StoreError::Record(format!("an object that is kept here cannot be read: {e}")))?)
}

/// The newest version that was published by then.
pub(crate) fn newest_published(versions: &[AlertRow], as_of: i64) -> Option<&AlertRow> {
    let published = versions.iter().filter(|row| row.state == PUBLISHED_STATE);
    published.filter(|row| row.published_at.is_some_and(|at| at <= as_of)).max_by_key(|row| row.published_at)
}

/// Only the hub's own people, with a role for it. The permit is asked again here, so that a permit for something else opens nothing.
pub(crate) fn hub_permits(here: &Here, who: &Who, verb: Verb, resource: Resource) -> Result<(), ShareError> {
    let forbidden = || ShareError::Forbidden { who: who.name.clone() };
    if who.organisation.id != here.installation.organisation_id {
        return Err(forbidden());
    }
    let permitted: Result<Permit<()>, Refused> = ward_directory::permit(who, verb, resource, ());
    permitted.map(|_| ()).map_err(|_| forbidden())
}

/// Who only sends reads nothing, and learns nothing of what there is.
pub(crate) fn reads(who: &Who) -> Result<(), ShareError> {
    let reads = who.scopes.iter().any(|scope| matches!(scope, Scope::Read | Scope::Node));
    if reads { Ok(()) } else { Err(ShareError::Forbidden { who: who.name.clone() }) }
}

/// How the report of an alert is to be handled.
pub(crate) fn handling(here: &Here, report: &Object, addressed: Vec<String>, released_at: Option<i64>) -> Handling {
    let markings = marking::resolve(report, &|_| None);
    Handling {
        owner: here.installation.organisation_id.clone(),
        tlp: markings.tlp,
        acs: markings.acs,
        unknown_markings: !markings.unknown.is_empty(),
        granular: false,
        assigned_tlp: None,
        required_level: Level::Unclassified,
        addressed,
        released_at,
        withdrawn: false,
        need: Need::Collection,
        mentions_hidden: false,
    }
}

/// What the one decision asks of an organisation as such, without the clearance that a person may have.
pub(crate) fn recipient_of(organisation: &Organisation, all: &[Organisation]) -> Recipient {
    Recipient {
        organisation: organisation.id.clone(),
        client_of: parents(organisation, all).into_iter().map(|parent| parent.id.clone()).collect(),
        member: organisation.is_member,
        clearance: Level::Unclassified,
        attributes: Attributes::default(),
    }
}

/// The organisations whose client it is, the nearest first.
pub(crate) fn parents<'a>(organisation: &Organisation, all: &'a [Organisation]) -> Vec<&'a Organisation> {
    let mut found: Vec<&Organisation> = Vec::new();
    let mut next = organisation.parent_id.as_deref();
    while let Some(parent) = next.and_then(|id| all.iter().find(|other| other.id == id)) {
        if found.len() == PARENTS_MAX || found.iter().any(|seen| seen.id == parent.id) {
            break;
        }
        found.push(parent);
        next = parent.parent_id.as_deref();
    }
    found
}

/// The recipients and, for each county, its state: the chief state election official is always copied. The sender is not written to itself.
pub(crate) fn with_states(here: &Here, recipients: &[String], all: &[Organisation]) -> Vec<String> {
    let own = &here.installation.organisation_id;
    let mut full: Vec<String> = Vec::new();
    for id in recipients {
        let organisation = all.iter().find(|organisation| &organisation.id == id);
        let counties = organisation.filter(|organisation| organisation.kind == OrganisationKind::County);
        let states = counties.map(|county| parents(county, all)).unwrap_or_default();
        let states = states.into_iter().filter(|parent| parent.kind == OrganisationKind::State && &parent.id != own);
        for id in std::iter::once(id).chain(states.map(|state| &state.id)) {
            if !full.contains(id) {
                full.push(id.clone());
            }
        }
    }
    full
}

//! The hub's collections, and who may read from and write to each.
//!
//! What a caller may do with a collection follows from its kind, the caller's membership and the scopes of the token; it is only the outer
//! door: each object is decided on by itself.

use serde_json::json;
use ward_directory::{Here, Scope, Who};
use ward_store::{Act, RowRef, random};

use crate::ShareError;
use crate::sql::objects::{self, CollectionRow};

/// What a collection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Published alerts with everything that belongs to them; only publishing adds to it.
    Alerts,
    /// What members and the hub share with each other.
    ThreatInformation,
    /// Only what everyone may read.
    Public,
    /// What comes back: members write, the hub reads.
    Answers,
}

/// A collection, and what the caller may do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// A UUID, version 4.
    pub id: String,
    /// A readable name that may stand for the id.
    pub alias: String,
    pub title: String,
    pub description: String,
    pub kind: Kind,
    pub can_read: bool,
    pub can_write: bool,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 4] = [Kind::Alerts, Kind::ThreatInformation, Kind::Public, Kind::Answers];

    /// The alias of the collection of this kind; each hub has one of each.
    pub fn alias(self) -> &'static str {
        match self {
            Kind::Alerts => "alerts",
            Kind::ThreatInformation => "threat-information",
            Kind::Public => "public",
            Kind::Answers => "answers",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Kind::Alerts => "Alerts",
            Kind::ThreatInformation => "Threat information",
            Kind::Public => "Public",
            Kind::Answers => "Answers",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Kind::Alerts => "Alerts that two people signed, with their indicators, for those they are addressed to",
            Kind::ThreatInformation => {
                "Threat information of the hub and its members, each object for those its markings allow"
            }
            Kind::Public => "What everyone may read",
            Kind::Answers => "What members saw and did not see; the hub reads it",
        }
    }

    fn of_text(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.alias() == text)
    }
}

/// Makes the collections that a hub has, where they are missing. On an installation that is no hub it does nothing.
pub async fn ensure(here: &Here) -> Result<(), ShareError> {
    if !here.installation.is_hub || objects::collections(&here.store).await?.len() == Kind::ALL.len() {
        return Ok(());
    }
    let at = here.now();
    let mut tx = here.store.begin().await?;
    let mut added = Vec::new();
    for kind in Kind::ALL {
        let row = CollectionRow {
            id: random::uuid(),
            alias: kind.alias().to_owned(),
            title: kind.title().to_owned(),
            description: kind.description().to_owned(),
            kind: kind.alias().to_owned(),
        };
        if objects::insert_collection(&mut tx, &row, at).await? {
            added.push(row.id);
        }
    }
    for id in &added {
        let act = Act {
            act: "collection.added",
            actor: "ward",
            organisation: &here.installation.organisation_id,
            subject: id,
            at,
            detail: &json!({}),
            rows: &[RowRef { table: "collection", key: &[id] }],
        };
        tx.record(act).await?;
    }
    Ok(tx.commit().await?)
}

/// The collections that the caller may know of, by id.
pub async fn list(here: &Here, who: &Who) -> Result<Vec<Collection>, ShareError> {
    let rows = objects::collections(&here.store).await?;
    Ok(rows.into_iter().filter_map(|row| seen_by(here, who, row)).collect())
}

/// The collection with this id or alias, if the caller may know of it.
pub async fn find(here: &Here, who: &Who, id_or_alias: &str) -> Result<Collection, ShareError> {
    let found = list(here, who).await?.into_iter().find(|one| one.id == id_or_alias || one.alias == id_or_alias);
    found.ok_or_else(|| ShareError::Unseen { what: "collection", id: id_or_alias.to_owned() })
}

/// The id of the hub's collection of a kind, for what the hub itself puts there.
pub async fn id_of(here: &Here, kind: Kind) -> Result<String, ShareError> {
    let rows = objects::collections(&here.store).await?;
    let found = rows.into_iter().find(|row| row.alias == kind.alias()).map(|row| row.id);
    found.ok_or_else(|| ShareError::Unseen { what: "collection", id: kind.alias().to_owned() })
}

/// None when the caller may neither read nor write it.
fn seen_by(here: &Here, who: &Who, row: CollectionRow) -> Option<Collection> {
    let kind = Kind::of_text(&row.kind)?;
    let own = who.organisation.id == here.installation.organisation_id;
    let member = own || who.organisation.is_member;
    let has = |scope| who.scopes.contains(&scope);
    let (reads, writes) = (has(Scope::Read) || has(Scope::Node), has(Scope::Write));
    let (can_read, can_write) = match kind {
        Kind::Alerts => (reads && member, false),
        Kind::ThreatInformation => (reads && member, writes && member),
        Kind::Public => (reads, false),
        Kind::Answers => (reads && own, (writes || has(Scope::Node)) && member),
    };
    let CollectionRow { id, alias, title, description, kind: _ } = row;
    (can_read || can_write).then_some(Collection { id, alias, title, description, kind, can_read, can_write })
}

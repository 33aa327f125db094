//! The hub's collections, behind which root each is found, and who may read from and write to each.
//!
//! What a caller may do with a collection follows from its kind, the caller's membership and the scopes of the token; it is only the outer
//! door: each object is decided on by itself.

use serde_json::json;
use sha2::{Digest, Sha256};
use ward_directory::{Here, Scope, Who};
use ward_store::{Act, RowRef, random};

use crate::ShareError;
use crate::grant;
use crate::sql::objects::{self, CollectionRow};

/// Where collections are found: an API root for each way of sharing, in the shape that partners know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// Read by entitlement; members write to it as well.
    Share,
    /// Only what everyone may read.
    Public,
    /// Where a partner only hands in: one collection for each.
    Ingest,
}

impl Root {
    /// All of them.
    pub const ALL: [Root; 3] = [Root::Share, Root::Public, Root::Ingest];

    /// The name in its address: `/share/`.
    pub fn name(self) -> &'static str {
        match self {
            Root::Share => "share",
            Root::Public => "public",
            Root::Ingest => "ingest",
        }
    }

    /// The root of that name.
    pub fn of_name(name: &str) -> Option<Root> {
        Root::ALL.into_iter().find(|root| root.name() == name)
    }
}

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

/// The alias of every partner's own collection: each sees one.
pub(crate) const INGEST_ALIAS: &str = "ingest";

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
    pub root: Root,
    /// The collection in which its objects are: what a partner hands in is threat information like any other.
    pub kept_in: String,
    /// Bytes of the largest object that was ever in that.
    pub largest_bytes: usize,
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
            largest_bytes: 0,
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
    let is_part = is_part(here, who);
    // Who has no part in the collections may still have been granted something in them.
    let is_granted = !is_part
        && !who.organisation.id.is_empty()
        && !grant::held(&here.store, &who.organisation.id, here.now()).await?.is_empty();
    let ingest =
        rows.iter().find(|row| row.kind == Kind::ThreatInformation.alias()).and_then(|row| ingest(here, who, row));
    let mut seen: Vec<Collection> =
        rows.into_iter().filter_map(|row| seen_by(here, who, is_granted, row)).chain(ingest).collect();
    seen.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(seen)
}

/// The collection with this id or alias, if the caller may know of it.
pub async fn find(here: &Here, who: &Who, id_or_alias: &str) -> Result<Collection, ShareError> {
    let found = list(here, who).await?.into_iter().find(|one| one.id == id_or_alias || one.alias == id_or_alias);
    found.ok_or_else(|| unseen(id_or_alias))
}

/// As [`find`], behind one root: what is elsewhere is not there.
pub async fn find_behind(here: &Here, who: &Who, root: Root, id_or_alias: &str) -> Result<Collection, ShareError> {
    let found = find(here, who, id_or_alias).await?;
    if found.root == root { Ok(found) } else { Err(unseen(id_or_alias)) }
}

fn unseen(id_or_alias: &str) -> ShareError {
    ShareError::Unseen { what: "collection", id: id_or_alias.to_owned() }
}

/// The roots that the caller has something behind.
pub async fn roots(here: &Here, who: &Who) -> Result<Vec<Root>, ShareError> {
    let seen = list(here, who).await?;
    Ok(Root::ALL.into_iter().filter(|root| seen.iter().any(|one| one.root == *root)).collect())
}

/// The id of the hub's collection of a kind, for what the hub itself puts there.
pub async fn id_of(here: &Here, kind: Kind) -> Result<String, ShareError> {
    let rows = objects::collections(&here.store).await?;
    let found = rows.into_iter().find(|row| row.alias == kind.alias()).map(|row| row.id);
    found.ok_or_else(|| ShareError::Unseen { what: "collection", id: kind.alias().to_owned() })
}

/// None when the caller may neither read nor write it.
fn seen_by(here: &Here, who: &Who, is_granted: bool, row: CollectionRow) -> Option<Collection> {
    let kind = Kind::of_text(&row.kind)?;
    let own = who.organisation.id == here.installation.organisation_id;
    let member = is_part(here, who);
    let has = |scope| who.scopes.contains(&scope);
    let (reads, writes) = (has(Scope::Read) || has(Scope::Node), has(Scope::Write));
    let (can_read, can_write) = match kind {
        Kind::Alerts => (reads && (member || is_granted), false),
        Kind::ThreatInformation => (reads && (member || is_granted), writes && member),
        Kind::Public => (reads, false),
        Kind::Answers => (reads && own, (writes || has(Scope::Node)) && member),
    };
    let root = if kind == Kind::Public { Root::Public } else { Root::Share };
    let CollectionRow { id, alias, title, description, kind: _, largest_bytes } = row;
    let largest_bytes = usize::try_from(largest_bytes).unwrap_or(usize::MAX);
    let kept_in = id.clone();
    let seen = can_read || can_write;
    seen.then_some(Collection {
        id,
        alias,
        title,
        description,
        kind,
        root,
        kept_in,
        largest_bytes,
        can_read,
        can_write,
    })
}

/// Whether the caller's organisation has part in what members share.
fn is_part(here: &Here, who: &Who) -> bool {
    who.organisation.id == here.installation.organisation_id || who.organisation.is_member
}

/// A partner's own way in, for whoever may write: what comes in is kept with the threat information, as theirs.
fn ingest(here: &Here, who: &Who, threats: &CollectionRow) -> Option<Collection> {
    let is_partner = who.organisation.id != here.installation.organisation_id;
    (is_partner && who.scopes.contains(&Scope::Write)).then(|| Collection {
        id: ingest_id(&threats.id, &who.organisation.id),
        alias: INGEST_ALIAS.to_owned(),
        title: format!("From {}", who.organisation.name),
        description: "Threat information that you hand in; nothing is read here".to_owned(),
        kind: Kind::ThreatInformation,
        root: Root::Ingest,
        kept_in: threats.id.clone(),
        largest_bytes: 0,
        can_read: false,
        can_write: true,
    })
}

/// The same id each time, of the form that TAXII asks for (section 5.2: a UUID, version 4).
fn ingest_id(collection_id: &str, organisation_id: &str) -> String {
    let digest = Sha256::new().chain_update(collection_id).chain_update(b"\n").chain_update(organisation_id).finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

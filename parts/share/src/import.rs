//! Threat information from files: STIX bundles, and the CSV of a Joint Analysis Report, brought in by a named person of the hub.
//!
//! What has no marking of its own is for the hub's own organisation only, until that person gives it a TLP. Importing a file again adds nothing.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;
use ward_directory::{Here, Permit, Who, own_organisation};
use ward_quality::Act;
use ward_quality::stated::WATCH_ONLY_LABEL;
use ward_stix::alert::{IndicatorFacts, indicator_object};
use ward_stix::bundle::{self, Container};
use ward_stix::extract::{Candidate, JarRow, is_jar_csv, jar_rows};
use ward_stix::marking::Tlp;
use ward_stix::object::{Object, ObjectError, labelled};

use crate::ShareError;
use crate::collections::{Collection, Kind};
use crate::intake::{Batch, Origin, Outcome, mentioned_first};
use crate::quality;

/// Objects in one transaction.
const BATCH_OBJECTS: usize = 1_000;
/// Namespace of the ids of indicators made from CSV rows: the same row is the same indicator.
const CSV_NAMESPACE: Uuid = Uuid::from_u128(0x2b7c_5be2_9f0d_4c6a_8d5e_61a1_07c3_94f8);
/// JAR-16-20296A was published on 29 December 2016.
const CSV_CREATED: &str = "2016-12-29T00:00:00.000Z";
/// The second version of the indicators made from rows, which says what the report says of them.
const CSV_MODIFIED: &str = "2016-12-29T00:00:00.001Z";

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    pub added: usize,
    pub already_here: usize,
    /// Kept aside: id and reason.
    pub quarantined: Vec<(String, String)>,
    /// Place in the file and reason.
    pub refused: Vec<(String, String)>,
    /// How many of each type were added.
    pub by_type: BTreeMap<String, usize>,
    /// How many of the indicators that were added may block by themselves, are watched, are spent.
    pub by_act: BTreeMap<Act, usize>,
}

/// Something in a file: where it stands, and the object it holds or why it holds none.
struct Item {
    place: String,
    object: Result<Object, String>,
}

/// Brings a file into the collection that the permit is on (threat information or public). `assigned_tlp` is given to what is in it, on top of
/// the objects' own markings.
pub async fn import(
    here: &Here,
    permit: &Permit<Collection>,
    bytes: &[u8],
    assigned_tlp: Option<Tlp>,
) -> Result<Imported, ShareError> {
    let (who, collection) = (permit.who(), permit.on());
    if who.organisation.id != here.installation.organisation_id {
        return Err(ShareError::Forbidden { who: who.name.clone() });
    }
    if !matches!(collection.kind, Kind::ThreatInformation | Kind::Public) {
        return Err(ShareError::invalid(format!("files are not imported into `{}`", collection.alias)));
    }
    let items = read(here, bytes, assigned_tlp).await?;
    let mut imported = Imported::default();
    let mut readable: Vec<(&str, &Object)> = Vec::with_capacity(items.len());
    for item in &items {
        match &item.object {
            Ok(object) => readable.push((&item.place, object)),
            Err(reason) => imported.refused.push((item.place.clone(), reason.clone())),
        }
    }
    for part in readable.chunks(BATCH_OBJECTS) {
        import_part(here, who, collection, assigned_tlp, part, &mut imported).await?;
    }
    Ok(imported)
}

async fn import_part(
    here: &Here,
    who: &Who,
    collection: &Collection,
    assigned_tlp: Option<Tlp>,
    part: &[(&str, &Object)],
    imported: &mut Imported,
) -> Result<(), ShareError> {
    let mut batch = Batch::begin(here, who, collection, assigned_tlp, Origin::Imported).await?;
    batch.expect(part.iter().map(|(_, object)| *object)).await?;
    let mut outcomes = Vec::with_capacity(part.len());
    for (_, object) in part {
        outcomes.push(batch.place(object).await?);
    }
    let settled = part.iter().zip(outcomes).map(|((_, object), outcome)| batch.settled(object, outcome));
    let outcomes: Vec<Outcome> = settled.collect();
    let added = part.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Outcome::Added);
    batch.judge().await?;
    let acts = quality::acts_of(&mut batch.tx, added.map(|((_, object), _)| object.id())).await?;
    // Counted only once it lasts.
    batch.commit().await?;
    for act in acts {
        *imported.by_act.entry(act).or_default() += 1;
    }
    for ((place, object), outcome) in part.iter().zip(outcomes) {
        match outcome {
            Outcome::Added => {
                imported.added += 1;
                *imported.by_type.entry(object.kind().to_owned()).or_default() += 1;
            }
            Outcome::AlreadyHere => imported.already_here += 1,
            Outcome::Quarantined(reason) => imported.quarantined.push((object.id().to_owned(), reason)),
            Outcome::Refused(reason) => imported.refused.push(((*place).to_owned(), reason)),
        }
    }
    Ok(())
}

async fn read(here: &Here, bytes: &[u8], assigned_tlp: Option<Tlp>) -> Result<Vec<Item>, ShareError> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && is_jar_csv(text)
    {
        let owner = own_organisation(here).await?;
        return csv_items(text, &owner.identity_id, assigned_tlp);
    }
    let batch = bundle::split(bytes).map_err(|error| {
        ShareError::invalid(format!("neither a STIX bundle nor the CSV of a Joint Analysis Report: {error}"))
    })?;
    if batch.objects.is_empty() {
        return Err(ShareError::invalid("the file holds no objects"));
    }
    let place = |number: usize| match batch.container {
        Container::Single => "the object".to_owned(),
        _ => format!("object {}", number + 1),
    };
    // So that what mentions them finds them in an earlier or the same transaction.
    let mut items: Vec<Item> = Vec::with_capacity(batch.objects.len());
    items.extend(
        mentioned_first(&batch.objects).map(|(at, object)| Item { place: place(at), object: Ok(object.clone()) }),
    );
    items.extend(batch.objects.iter().enumerate().filter_map(|(at, object)| bad_item(place(at), object)));
    Ok(items)
}

fn bad_item(place: String, object: &Result<Object, ObjectError>) -> Option<Item> {
    object.as_ref().err().map(|error| Item { place, object: Err(error.to_string()) })
}

fn csv_items(text: &str, identity: &str, assigned_tlp: Option<Tlp>) -> Result<Vec<Item>, ShareError> {
    let rows = jar_rows(text).map_err(|error| ShareError::invalid(error.to_string()))?;
    let tlp = assigned_tlp.unwrap_or(Tlp::AmberStrict);
    let item = |row: JarRow| Item {
        place: format!("line {}", row.line),
        object: match &row.candidate {
            Ok(found) => csv_indicator(&row, found, identity, tlp),
            Err(reason) => Err(reason.clone()),
        },
    };
    Ok(rows.into_iter().map(item).collect())
}

/// The indicator of a row. The same pattern with another TLP is another indicator.
fn csv_indicator(row: &JarRow, found: &Candidate, identity: &str, tlp: Tlp) -> Result<Object, String> {
    let name = format!("{}\n{}", tlp.label(), found.pattern);
    let id = format!("indicator--{}", Uuid::new_v5(&CSV_NAMESPACE, name.as_bytes()));
    let bytes = indicator_object(&IndicatorFacts {
        id: &id,
        created_by_ref: identity,
        created: CSV_CREATED,
        modified: CSV_MODIFIED,
        name: &format!("{} {}", found.kind, found.term.text()),
        description: (!row.description.is_empty()).then_some(&row.description),
        pattern: &found.pattern,
        tlp,
        valid_from: CSV_CREATED,
        valid_until: None,
        revoked: false,
    });
    let bytes = if row.is_watch_only { labelled(bytes, WATCH_ONLY_LABEL) } else { bytes };
    Object::parse(&bytes).map_err(|error| error.to_string())
}

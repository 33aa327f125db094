//! The SQL of a request that brings many objects: which of their ids are here, asked together, and rows written together.

use std::collections::{BTreeMap, HashSet};

use ward_store::{StoreError, Tx, Value};

use super::objects::{NewObject, note_size};

const INTO: &str = "collection_object (id, collection_id, stix_id, kind, version, version_key, spec_version, created_by_ref, organisation_id,
                    body, sha256, handling_id, attention, received_at, tick, moment)";
const COLUMNS: usize = 16;
/// Places of `tick` and `moment` in a row, which are given when it is written.
const TICK: usize = 14;
const MOMENT: usize = 15;
/// Columns of `collection_object` that an entry's digest covers, by their places in a row.
const DIGESTED: [(&str, usize); 10] = [
    ("collection_id", 1),
    ("stix_id", 2),
    ("kind", 3),
    ("version", 4),
    ("version_key", 5),
    ("organisation_id", 8),
    ("body", 9),
    ("sha256", 10),
    ("handling_id", 11),
    ("received_at", 13),
];

/// Rows of `collection_object` that are to be written. They are not there before [`Arriving::write`].
#[derive(Debug, Default)]
pub struct Arriving {
    values: Vec<Value>,
    /// Bytes of the largest, by collection.
    largest: BTreeMap<String, usize>,
}

impl Arriving {
    /// Puts a row with the others. Its collection must not have the object in this version.
    pub fn push(&mut self, new: &NewObject<'_>) {
        let largest = self.largest.entry(new.collection_id.to_owned()).or_default();
        *largest = new.body.len().max(*largest);
        let row: [Value; COLUMNS] = [
            new.id.into(),
            new.collection_id.into(),
            new.stix_id.into(),
            new.kind.into(),
            new.version.into(),
            new.version_key.into(),
            new.spec_version.into(),
            new.created_by_ref.into(),
            new.organisation_id.into(),
            new.body.into(),
            new.sha256.into(),
            new.handling_id.into(),
            new.attention.into(),
            new.received_at.into(),
            0_i64.into(),
            0_i64.into(),
        ];
        self.values.extend(row);
    }

    /// Writes the rows.
    ///
    /// # Errors
    /// As any statement; also when one of the objects came to be here in the meantime, so that nothing is half done.
    pub async fn write(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        if self.values.is_empty() {
            return Ok(());
        }
        let mut values = std::mem::take(&mut self.values);
        let count = values.len() / COLUMNS;
        let ticks = tx.ticks(i64::try_from(count).unwrap_or(i64::MAX))?;
        for (row, tick) in values.chunks_mut(COLUMNS).zip(ticks.at..) {
            for (place, value) in [(TICK, tick), (MOMENT, ticks.moment)] {
                row.get_mut(place).into_iter().for_each(|given| *given = value.into());
            }
            let Some(Value::Text(Some(id))) = row.first() else { continue };
            let digested = DIGESTED.iter().filter_map(|(name, place)| Some((*name, row.get(*place)?)));
            tx.wrote("collection_object", id, &digested.collect::<Vec<_>>())?;
        }
        tx.insert_many(INTO, COLUMNS, "", values).await?;
        for (collection_id, bytes) in std::mem::take(&mut self.largest) {
            note_size(tx, &collection_id, bytes).await?;
        }
        tx.wrote_objects(count);
        Ok(())
    }
}

/// Those of these ids that some collection has an object of.
pub async fn present(tx: &mut Tx, stix_ids: &[&str]) -> Result<HashSet<String>, StoreError> {
    let rows = tx.fetch_among("SELECT DISTINCT stix_id FROM collection_object WHERE stix_id", stix_ids, "").await?;
    rows.iter().map(|row| row.get("stix_id")).collect()
}

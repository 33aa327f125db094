//! What was kept before its marking was refused as classified: erased, as if it had come after it. The record keeps that rows were erased and why, and
//! nothing of them.
//!
//! Only what the marking's own sender had sent goes: nobody makes others' objects go by sending a marking.

use serde_json::json;
use ward_stix::id;
use ward_stix::marking::{named_markings, tlp_of_id};
use ward_stix::object::Object;
use ward_store::Act;

use super::Batch;
use crate::ShareError;
use crate::anew::Erasure;
use crate::sql::spill::Held;
use crate::sql::{answers, objects, spill as sql, visibility};

/// Why it was erased.
const STOPPED: &str = "its marking was refused as classified";

impl Batch<'_> {
    /// Erases what the sender had sent and names this marking; markings among it are refused as well, and so is what names those.
    pub(super) async fn erase_naming(&mut self, marking: &str) -> Result<(), ShareError> {
        let sender = self.who.organisation.id.clone();
        let mut pending = vec![marking.to_owned()];
        while let Some(marking) = pending.pop() {
            // The official markings are everybody's; and only a plain id can be sought.
            if tlp_of_id(&marking).is_some() || !id::is_of(&marking, "marking-definition") {
                continue;
            }
            self.definitions.forget(&marking);
            for held in sql::objects_with(&mut self.tx, &marking, &sender).await? {
                if !names(&held.body, &marking) {
                    continue;
                }
                self.erase_object(&held).await?;
                if held.kind == "marking-definition" {
                    self.guard.remember(&mut self.tx, &held.stix_id, self.now).await?;
                    pending.push(held.stix_id);
                }
            }
            for (row, body) in sql::quarantined_with(&mut self.tx, &marking, &sender).await? {
                if names(&body, &marking) {
                    sql::delete_quarantined(&mut self.tx, &row).await?;
                    self.erased("quarantine", &row).await?;
                }
            }
        }
        Ok(())
    }

    async fn erase_object(&mut self, held: &Held) -> Result<(), ShareError> {
        if self.rows.iter().any(|(table, id)| *table == "collection_object" && *id == held.id) {
            objects::delete_object(&mut self.tx, &held.id).await?;
            self.erased("collection_object", &held.id).await?;
            self.withdrawn.insert((held.stix_id.clone(), held.version_key.clone()));
        } else if let Some(row) = visibility::placed(&mut self.tx, &held.id).await? {
            self.guard.erased += 1;
            let erasure = Erasure { who: self.who, collection: &self.collection.alias, why: STOPPED, is_spill: true };
            let left = erasure.write(self.here, &mut self.tx, &row).await?;
            self.left_views.extend(left);
        }
        if held.kind == "sighting" { self.erase_answer(held).await } else { Ok(()) }
    }

    /// The answer that the hub made of a sighting goes with it. What it said is not known any more: whatever else the office said counts for less, and
    /// it has to answer again.
    async fn erase_answer(&mut self, held: &Held) -> Result<(), ShareError> {
        let versions = answers::answer_versions(&mut self.tx, &held.stix_id).await?;
        let Some(gone) = versions.into_iter().find(|row| row.version_key == held.version_key) else { return Ok(()) };
        sql::delete_answer(&mut self.tx, &gone.sighting_id, &gone.version_key).await?;
        self.erased("answer", &format!("{} {}", gone.sighting_id, gone.version_key)).await?;
        let left = answers::not_doubted(&mut self.tx, &gone.of_ref).await?;
        for row in left.iter().filter(|row| row.organisation_id == gone.organisation_id).chain([&gone]) {
            answers::doubt(&mut self.tx, row, self.now).await?;
        }
        Ok(())
    }

    /// The record's verification knows an erased row by this act and subject. A row of this batch was not recorded yet and leaves nothing; gives whether
    /// it was one.
    async fn erased(&mut self, table: &str, key: &str) -> Result<bool, ShareError> {
        if let Some(place) = self.rows.iter().position(|(of, row)| *of == table && row == key) {
            self.rows.remove(place);
            return Ok(true);
        }
        self.guard.erased += 1;
        let act = Act {
            act: "row.erased",
            actor: &self.who.actor,
            organisation: &self.who.organisation.id,
            subject: &format!("{table} {key}"),
            at: self.now,
            detail: &json!({"why": STOPPED}),
            rows: &[],
        };
        self.tx.record(act).await?;
        Ok(false)
    }
}

/// Whether an object names a marking; what cannot be read is taken to.
fn names(body: &[u8], id: &str) -> bool {
    Object::parse(body).map_or(true, |object| named_markings(&object).iter().any(|named| named == id))
}

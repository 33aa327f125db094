//! What was granted to an organisation for a time: objects that it could not see otherwise.

use serde::{Deserialize, Serialize};
use ward_store::{Store, Tx};

use crate::ShareError;
use crate::sql::grants::{self, HeldRow};
use crate::sql::objects::Placed;
use crate::sql::visibility;

/// A grant that two people approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub id: String,
    /// Microseconds UTC.
    pub until: i64,
    pub covers: Covers,
    /// The organisations whose people approved: nobody gives away what others sent, also when it comes later.
    pub approved_by: Vec<String>,
}

/// What a grant is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Covers {
    /// A case: these objects in all their versions.
    Objects(Vec<String>),
    /// A class of information: everything of this type that an organisation sent, what comes later among it.
    Class { kind: String, organisation_id: String },
}

impl Grant {
    pub(crate) fn covers(&self, row: &Placed) -> bool {
        let is_theirs = self.approved_by.contains(&row.organisation_id);
        is_theirs
            && match &self.covers {
                Covers::Objects(ids) => ids.contains(&row.stix_id),
                Covers::Class { kind, organisation_id } => *kind == row.kind && *organisation_id == row.organisation_id,
            }
    }

    /// The rows of a collection that it covers.
    pub(crate) async fn rows(&self, tx: &mut Tx, collection_id: &str) -> Result<Vec<Placed>, ShareError> {
        let mut rows = Vec::new();
        match &self.covers {
            Covers::Objects(ids) => {
                for id in ids {
                    rows.extend(visibility::placed_versions(tx, id).await?);
                }
            }
            Covers::Class { kind, organisation_id } => {
                rows = visibility::placed_of(tx, collection_id, kind, organisation_id).await?;
            }
        }
        rows.retain(|row| row.collection_id == collection_id && self.covers(row));
        Ok(rows)
    }
}

/// The grants that an organisation holds at a time.
pub(crate) async fn held(store: &Store, organisation_id: &str, now: i64) -> Result<Vec<Grant>, ShareError> {
    of_rows(grants::held(store, organisation_id, now).await?)
}

/// From rows that come grant by grant.
pub(crate) fn of_rows(rows: Vec<HeldRow>) -> Result<Vec<Grant>, ShareError> {
    let mut held: Vec<Grant> = Vec::new();
    for (id, until, covers, approved_by) in rows {
        match held.last_mut().filter(|last| last.id == id) {
            Some(last) => last.approved_by.push(approved_by),
            None => {
                let covers =
                    serde_json::from_str(&covers).map_err(|e| ward_store::StoreError::Record(e.to_string()))?;
                held.push(Grant { id, until, covers, approved_by: vec![approved_by] });
            }
        }
    }
    Ok(held)
}

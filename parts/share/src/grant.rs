//! What was granted to an organisation for a time: objects that it could not see otherwise.

use serde::{Deserialize, Serialize};
use ward_store::{Store, Tx};

use crate::ShareError;
use crate::sql::objects::Placed;
use crate::sql::{grants, visibility};

/// A grant that two people approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub id: String,
    /// Microseconds UTC.
    pub until: i64,
    pub covers: Covers,
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
        match &self.covers {
            Covers::Objects(ids) => ids.contains(&row.stix_id),
            Covers::Class { kind, organisation_id } => *kind == row.kind && *organisation_id == row.organisation_id,
        }
    }

    /// The sequenced rows of a collection that it covers.
    pub(crate) async fn rows(&self, tx: &mut Tx, collection_id: &str) -> Result<Vec<Placed>, ShareError> {
        match &self.covers {
            Covers::Objects(ids) => {
                let mut rows = Vec::new();
                for id in ids {
                    let versions = visibility::placed_versions(tx, id).await?;
                    rows.extend(versions.into_iter().filter(|row| row.collection_id == collection_id));
                }
                Ok(rows)
            }
            Covers::Class { kind, organisation_id } => {
                Ok(visibility::placed_of(tx, collection_id, kind, organisation_id).await?)
            }
        }
    }
}

/// The grants that an organisation holds at a time.
pub(crate) async fn held(store: &Store, organisation_id: &str, now: i64) -> Result<Vec<Grant>, ShareError> {
    let rows = grants::held(store, organisation_id, now).await?;
    let grant = |(id, until, covers): (String, i64, String)| {
        let covers = serde_json::from_str(&covers).map_err(|e| ward_store::StoreError::Record(e.to_string()))?;
        Ok(Grant { id, until, covers })
    };
    rows.into_iter().map(grant).collect()
}

//! The draft: the figures of the moment, computed when somebody asks and kept until somebody asks again, so that looking costs nothing.
//!
//! It has no number, no record vouches for it, and freezing computes anew.

use ward_directory::{Here, Permit};
use ward_policy::Verb;

use crate::compute::compute;
use crate::document::{PROGRAM, canonical};
use crate::freeze::of_hub;
use crate::gather::gather;
use crate::sql::{self, DraftRow};
use crate::{Brief, BriefError};

/// The draft that was kept last.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Microseconds UTC.
    pub as_of: i64,
    pub brief: Brief,
    /// The program that computed it.
    pub program: String,
    /// Who asked.
    pub drafted_by: String,
}

/// Computes the figures of the moment and keeps them in the place of the draft before.
///
/// # Errors
/// [`ward_share::ShareError::Forbidden`] for who may not make briefs of this hub.
pub async fn draft(here: &Here, permit: &Permit<()>) -> Result<(), BriefError> {
    let who = permit.who();
    of_hub(here, who, Verb::Create)?;
    let as_of = here.now();
    let gathered = gather(here, permit, None, as_of, None).await?;
    let (content, program) = (canonical(&compute(&gathered.bundle)), PROGRAM.to_owned());
    let row = DraftRow { as_of, content, program, drafted_by: who.name.clone() };
    let mut tx = here.store.begin().await?;
    sql::keep_draft(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(())
}

/// The draft that was kept last. One of another program's form is as if it were not there: it can be made again.
///
/// # Errors
/// [`ward_share::ShareError::Forbidden`] for who may not see briefs of this hub.
pub async fn drafted(here: &Here, permit: &Permit<()>) -> Result<Option<Draft>, BriefError> {
    of_hub(here, permit.who(), Verb::See)?;
    let row = sql::draft(&here.store).await?;
    Ok(row.and_then(|row| {
        let brief = serde_json::from_str(&row.content).ok()?;
        Some(Draft { as_of: row.as_of, brief, program: row.program, drafted_by: row.drafted_by })
    }))
}

//! `/ledger`: what was sent to the reader's office; for the hub's people, to the office that they name.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use ward_directory::{Here, permit};
use ward_policy::{Resource, Verb};
use ward_share::collections;
use ward_share::ledger::{self, Part};
use ward_stix::marking::Tlp;

use super::shell::{Place, answer, check_hub, is_own, meant, refused};
use crate::console::error::PageError;
use crate::console::session::{Fields, SignedIn};
use crate::console::view::field::Filled;
use crate::console::view::layout::Handling;
use crate::console::view::ledger::{Ledger, ledger as shown};
use crate::error::ApiError;

/// The page.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    check_hub(&here)?;
    let (who, fields) = (&signed_in.who, Fields::of(pairs));
    let (of, after) = (fields.text("of"), fields.text("after"));
    let of_hub = is_own(&here, who);
    let mut wrong = Vec::new();
    let mut office = Some(who.organisation.id.clone());
    if of_hub {
        permit(who, Verb::See, Resource::Log, ()).map_err(ApiError::from)?;
        office = if of.is_empty() { None } else { meant(&here, of, &mut wrong).await?.map(|one| one.id) };
    }
    let only = fields.text("only");
    let part = if only.is_empty() { Part::After(after) } else { Part::Only(only) };
    let (pages, has_more) = match &office {
        Some(id) => ledger::sent(&here, who, id, part).await?,
        None => (Vec::new(), false),
    };
    let names: BTreeMap<String, String> =
        collections::list(&here, who).await?.into_iter().map(|one| (one.kept_in, one.title)).collect();
    let main = shown(&Ledger {
        of_hub,
        of: of.to_owned(),
        is_part: part != Part::After(""),
        pages,
        has_more,
        names,
        filled: Filled { fields: &fields, wrong: &wrong },
    });
    let page = if wrong.is_empty() { answer } else { refused };
    let handling = Handling::Marked(Tlp::AmberStrict);
    let title = if of_hub { "What was sent to an office" } else { "What was sent to us" };
    Ok(page(&here, &signed_in, if of_hub { Place::Record } else { Place::Alerts }, handling, title, main))
}

//! `/recalls`: what was called back, and saying that it is gone.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use ward_directory::{Here, permit};
use ward_policy::{Resource, Verb};
use ward_share::recall;
use ward_stix::marking::Tlp;

use super::shell::{Place, answer, check_hub, is_own, office_names};
use crate::console::error::PageError;
use crate::console::list::{Paged, ROWS_A_PAGE, page_of};
use crate::console::session::{FormName, Posted, SignedIn};
use crate::console::view::layout::Handling;
use crate::console::view::recalls::{RecallPage, Recalls, one_recall, recalls};
use crate::error::ApiError;

/// Who had what is for the offices in question.
const HANDLING: Handling = Handling::Marked(Tlp::AmberStrict);

/// Who is to delete things wants them on one page.
const OBJECTS_A_PAGE: usize = 200;

/// The form that says that it is gone.
pub struct Gone;

impl FormName for Gone {
    const NAME: &'static str = "confirm-recall";
}

/// From one's own office; for the hub's people from all.
pub async fn list(
    State(here): State<Here>,
    signed_in: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    check_hub(&here)?;
    let of_hub = sees_all(&here, &signed_in)?;
    let found = recall::recalls_page(&here, &signed_in.who, page_of(&pairs), ROWS_A_PAGE).await?;
    let shown = Recalls {
        names: names(&here, of_hub).await?,
        of_hub,
        open: found.open,
        recalls: Paged::of(found.rows, found.total, found.page),
    };
    Ok(answer(&here, &signed_in, Place::Alerts, HANDLING, "What was called back", recalls(&shown)))
}

/// What confirming says; for the hub's people what the recall asks of whom.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(recall_id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    check_hub(&here)?;
    let of_hub = sees_all(&here, &signed_in)?;
    let found = recall::recall_page(&here, &signed_in.who, &recall_id, page_of(&pairs), OBJECTS_A_PAGE).await?;
    let pages = found.total.div_ceil(OBJECTS_A_PAGE).max(1);
    let shown = RecallPage {
        recall_id,
        open: found.open,
        objects: Paged { rows: found.rows, total: found.total, page: found.page, pages },
        names: names(&here, of_hub).await?,
        token: (!of_hub).then(|| signed_in.token::<Gone>()),
    };
    let title = if of_hub { "A recall" } else { "Is it deleted?" };
    Ok(answer(&here, &signed_in, Place::Alerts, HANDLING, title, one_recall(&shown)))
}

/// Confirms.
pub async fn confirm(
    State(here): State<Here>,
    Path(recall_id): Path<String>,
    posted: Posted<Gone>,
) -> Result<Response, PageError> {
    check_hub(&here)?;
    recall::confirm(&here, &posted.signed_in.who, &recall_id).await?;
    Ok(Redirect::to("/recalls").into_response())
}

/// Whether the reader sees what was called back from everybody.
fn sees_all(here: &Here, signed_in: &SignedIn) -> Result<bool, PageError> {
    let of_hub = is_own(here, &signed_in.who);
    if of_hub {
        permit(&signed_in.who, Verb::See, Resource::Indicator, ()).map_err(ApiError::from)?;
    }
    Ok(of_hub)
}

/// Names of offices, for the hub's people.
async fn names(here: &Here, of_hub: bool) -> Result<BTreeMap<String, String>, PageError> {
    Ok(if of_hub { office_names(here).await? } else { BTreeMap::new() })
}

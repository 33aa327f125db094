//! `/alerts/{report}/answers/{organisation}`: one office's answer, down to what it was made of and its entry in the record.

use axum::extract::{Path, State};
use axum::response::Response;
use ward_directory::{Here, Who, permit};
use ward_policy::{Resource, Verb};
use ward_share::given::{AnswerKey, given};
use ward_stix::marking::Tlp;

use super::shell::{Place, answer, check_hub, is_own, may};
use crate::console::error::PageError;
use crate::console::session::SignedIn;
use crate::console::view::given::{self as view, Opens};
use crate::console::view::layout::Handling;
use crate::error::ApiError;

/// Whose answers somebody may open.
pub fn opens(here: &Here, who: &Who) -> Opens {
    if !may(who, Verb::See, Resource::Answer) {
        return Opens::Nobodys;
    }
    if is_own(here, who) { Opens::All } else { Opens::Of(who.organisation.id.clone()) }
}

/// The page.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path((report_id, organisation_id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let who = &signed_in.who;
    check_hub(&here)?;
    // Who sees no answers learns no more here than that there is nothing for them.
    let allowed = permit(who, Verb::See, Resource::Answer, AnswerKey { report_id, organisation_id });
    let found = given(&here, &allowed.map_err(|_| ApiError::NotFound)?).await?;
    let highest = found.versions().map(|version| version.answer.tlp).max().unwrap_or(Tlp::Red);
    let place = if is_own(&here, who) { Place::Situation } else { Place::Alerts };
    let title = format!("The answer of {}", found.organisation.name);
    let handling = Handling::Marked(highest.max(Tlp::Amber));
    Ok(answer(&here, &signed_in, place, handling, &title, view::given(&found)))
}

//! `/explain?as=&object=`: why somebody sees an object or does not, for the hub's people.

use axum::extract::{Query, State};
use axum::response::Response;
use ward_directory::{Here, Named, Who, organisation_named, permit, person_of_email, stands_for};
use ward_policy::{Resource, Verb};
use ward_share::explain::Explained;
use ward_share::{ShareError, tear_line};
use ward_stix::marking::Tlp;

use super::shell::{Place, SEVERAL, answer, is_own, refused};
use super::tear_lines::carried;
use crate::console::error::PageError;
use crate::console::form::Wrong;
use crate::console::list::page_of_all;
use crate::console::session::{Fields, SignedIn};
use crate::console::view::explain::{Asked, asked};
use crate::console::view::field::Filled;
use crate::console::view::layout::Handling;
use crate::error::ApiError;

/// The question, and its answer once somebody and something are named.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    if !here.installation.is_hub || !is_own(&here, &signed_in.who) {
        return Err(ApiError::NotFound.into());
    }
    let allowed = permit(&signed_in.who, Verb::See, Resource::Indicator, ()).map_err(ApiError::from)?;
    let fields = Fields::of(pairs.clone());
    let (who, object) = (fields.text("as"), fields.text("object"));
    let mut wrong = Vec::new();
    let (mut found, mut reader, mut passes_on) = (None, String::new(), None);
    if !who.is_empty() || !object.is_empty() {
        match reader_of(&here, who).await? {
            Err(why) => wrong.push(Wrong::new("as", why)),
            Ok(one) => match ward_share::explain::explain(&here, &allowed, &one, object).await {
                Ok(mut versions) => {
                    // The newest first.
                    versions.reverse();
                    let tlp = strictest(&versions);
                    passes_on = carried(&signed_in, tlp, tear_line::of(&here, &signed_in.who, object).await?);
                    found = Some(page_of_all(&pairs, versions));
                    reader = one.name;
                }
                Err(ShareError::Unseen { .. }) => wrong.push(Wrong::new("object", "No object here has this id.")),
                Err(error) => return Err(error.into()),
            },
        }
    }
    let shown = Asked { filled: Filled { fields: &fields, wrong: &wrong }, reader, found, passes_on };
    let page = if wrong.is_empty() { answer } else { refused };
    let handling = Handling::Marked(Tlp::AmberStrict);
    Ok(page(&here, &signed_in, Place::Alerts, handling, "Who sees it, and why", asked(&shown)))
}

/// [`Tlp::Clear`] if everyone may have each version as it is.
fn strictest(versions: &[Explained]) -> Tlp {
    let is_open = |one: &Explained| one.markings == [Tlp::Clear.label()];
    if versions.iter().all(is_open) { Tlp::Clear } else { Tlp::Red }
}

/// A person by their e-mail address, or the machines of an organisation by its name or id; else what is wrong with that.
async fn reader_of(here: &Here, who: &str) -> Result<Result<Who, &'static str>, PageError> {
    let found = match person_of_email(here, who).await? {
        Some(person) => stands_for(here, &person.organisation_id, Some(&person.id)).await?,
        None => match organisation_named(here, who).await? {
            Named::One(one) => stands_for(here, &one.id, None).await?,
            Named::Nobody => None,
            Named::Several(_) => return Ok(Err(SEVERAL)),
        },
    };
    Ok(found.ok_or("Nobody here has this e-mail address or name."))
}

//! The frame of a page for who looks: what their roles let them see is in the menu, and nothing else.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use maud::Markup;
use ward_directory::{Here, Named, Organisation, Who, organisation_named, organisations, permit, role_name};
use ward_policy::{Resource, Verb};

use super::sign_in::SignOut;
use crate::console::error::PageError;
use crate::console::form::Wrong;
use crate::console::page::page;
use crate::console::session::SignedIn;
use crate::console::style;
use crate::console::view::layout::{Handling, MenuItem, Shell, Viewer, layout};
use crate::error::ApiError;

/// Where in the menu a page is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Home,
    Alerts,
    Situation,
    Brief,
    Answers,
    Receipts,
    Sources,
    Clearances,
    Record,
}

/// What is wrong with a name that more than one organisation has.
pub const SEVERAL: &str = "More than one organisation here has this name. Give its id.";

/// The organisation that is meant by a name or an id in the field `of`; what is wrong with it is noted.
pub async fn meant(here: &Here, of: &str, wrong: &mut Vec<Wrong>) -> Result<Option<Organisation>, PageError> {
    match organisation_named(here, of).await? {
        Named::One(one) => return Ok(Some(one)),
        Named::Nobody => wrong.push(Wrong::new("of", "Nobody here has this name.")),
        Named::Several(_) => wrong.push(Wrong::new("of", SEVERAL)),
    }
    Ok(None)
}

/// A page for somebody who has signed in.
pub fn answer(
    here: &Here,
    signed_in: &SignedIn,
    place: Place,
    handling: Handling,
    title: &str,
    main: Markup,
) -> Response {
    page(StatusCode::OK, layout(&shell(here, signed_in, place, handling), title, main))
}

/// A page on which something that was sent is wrong, for somebody who has signed in.
pub fn refused(
    here: &Here,
    signed_in: &SignedIn,
    place: Place,
    handling: Handling,
    title: &str,
    main: Markup,
) -> Response {
    let shell = shell(here, signed_in, place, handling);
    page(StatusCode::UNPROCESSABLE_ENTITY, layout(&shell, &format!("Error: {title}"), main))
}

/// Whether this is one of the people of the office that runs this installation.
pub fn is_own(here: &Here, who: &Who) -> bool {
    who.organisation.id == here.installation.organisation_id
}

/// What only a hub has is not there on another installation.
pub fn check_hub(here: &Here) -> Result<(), ApiError> {
    if here.installation.is_hub { Ok(()) } else { Err(ApiError::NotFound) }
}

/// The names of all offices, by id.
pub async fn office_names(here: &Here) -> Result<BTreeMap<String, String>, ApiError> {
    Ok(organisations(here).await?.into_iter().map(|one| (one.id, one.name)).collect())
}

/// Whether the roles of somebody let them.
pub fn may(who: &Who, verb: Verb, resource: Resource) -> bool {
    permit(who, verb, resource, ()).is_ok()
}

/// Whether somebody may see what this installation's own node does.
pub fn may_on_node(here: &Here, who: &Who, verb: Verb, resource: Resource) -> bool {
    here.installation.is_node && is_own(here, who) && may(who, verb, resource)
}

fn shell(here: &Here, signed_in: &SignedIn, place: Place, handling: Handling) -> Shell {
    let who = &signed_in.who;
    let roles: Vec<&str> = who.roles.iter().map(|role| role_name(*role)).collect();
    Shell {
        installation: here.installation.name.clone(),
        viewer: Some(Viewer {
            name: who.name.clone(),
            organisation: who.organisation.name.clone(),
            roles: roles.join(", "),
            sign_out_token: signed_in.token::<SignOut>(),
        }),
        menu: menu(here, who, place),
        handling,
        is_demonstration: here.is_demonstration(),
        guide: guide(here),
        style: style::address(),
    }
}

/// In a demonstration, the address of the page that guides through it. That it cannot be read is no reason to show nothing.
pub fn guide(here: &Here) -> Option<String> {
    ward_directory::demonstration(here).ok().flatten()?.guide
}

fn menu(here: &Here, who: &Who, current: Place) -> Vec<MenuItem> {
    let see = |resource| may(who, Verb::See, resource);
    let entries = [
        (Place::Home, "Home", "/", true),
        (Place::Alerts, "Alerts", "/alerts", see(Resource::Alert)),
        (Place::Situation, "Situation", "/situation", here.installation.is_hub && see(Resource::Alert)),
        (Place::Brief, "Brief", "/brief", here.installation.is_hub && is_own(here, who) && see(Resource::Brief)),
        (Place::Answers, "Answers", "/answers", may_on_node(here, who, Verb::See, Resource::Answer)),
        (Place::Receipts, "Receipts", "/receipts", here.installation.is_hub && see(Resource::Answer)),
        (Place::Sources, "Sources", "/sources", may_on_node(here, who, Verb::See, Resource::Source)),
        (Place::Clearances, "Clearances", "/clearances", see(Resource::Clearance)),
        (Place::Record, "Record", "/record", is_own(here, who) && see(Resource::Log)),
    ];
    let shown = entries.into_iter().filter(|(_, _, _, is_shown)| *is_shown);
    shown.map(|(place, label, href, _)| MenuItem { label, href, is_current: place == current }).collect()
}

//! `/clearances`: seats and who is stuck, one person's record, who can be briefed, and the roster as a file.
//!
//! Lists of the cleared are answers to a form with a reason in it, never to an address alone.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use ward_directory::clearance::{
    Asked, PersonRecord, overview, own_record, record_of, roster, who_can_be_briefed, word_of,
};
use ward_directory::{DirectoryError, Here, level_name, permit, person_of_email};
use ward_policy::{Resource, Verb};
use ward_stix::marking::Tlp;

use super::shell::{Place, answer, is_own, may, refused};
use crate::console::csv::csv;
use crate::console::error::PageError;
use crate::console::form::{Wrong, capital, day_text};
use crate::console::session::{Fields, FormName, Posted, SignedIn};
use crate::console::view::clearances::{Briefing, List, briefing, list};
use crate::console::view::field::Filled;
use crate::console::view::layout::Handling;
use crate::console::view::person::{Forms, Record, record};
use crate::error::ApiError;

mod done;

/// Who is cleared is for nobody outside.
const HANDLING: Handling = Handling::Marked(Tlp::AmberStrict);

/// Every form on a person's page.
pub struct Keep;

impl FormName for Keep {
    const NAME: &'static str = "clearance";
}

/// The form that asks who can be briefed.
pub struct Ask;

impl FormName for Ask {
    const NAME: &'static str = "briefing";
}

/// The form that asks for the roster.
pub struct Export;

impl FormName for Export {
    const NAME: &'static str = "roster";
}

/// Seats, who is stuck, and the way to one person's record.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let fields = Fields::of(pairs);
    let email = fields.text("email");
    let mut wrong = Vec::new();
    if !email.is_empty() && may(&signed_in.who, Verb::See, Resource::Clearance) {
        let found = person_of_email(&here, email).await?;
        if let Some(found) =
            found.filter(|one| is_own(&here, &signed_in.who) || one.organisation_id == signed_in.who.organisation.id)
        {
            return Ok(Redirect::to(&format!("/clearances/people/{}", found.id)).into_response());
        }
        wrong.push(Wrong::new("email", "Nobody here has this e-mail address."));
    }
    show_list(&here, &signed_in, &fields, &wrong).await
}

async fn show_list(here: &Here, signed_in: &SignedIn, fields: &Fields, wrong: &[Wrong]) -> Result<Response, PageError> {
    let allowed = permit(&signed_in.who, Verb::See, Resource::Clearance, ()).map_err(ApiError::from)?;
    let shown = List {
        overview: overview(here, &allowed).await?,
        filled: Filled { fields, wrong },
        asks: may(&signed_in.who, Verb::See, Resource::Roster),
        export: may(&signed_in.who, Verb::Release, Resource::Roster).then(|| signed_in.token::<Export>()),
    };
    let page = if wrong.is_empty() { answer } else { refused };
    Ok(page(here, signed_in, Place::Clearances, HANDLING, "Clearances", list(&shown)))
}

/// The reader's own record.
pub async fn own(State(here): State<Here>, signed_in: SignedIn) -> Result<Response, PageError> {
    let found = own_record(&here, &signed_in.who).await?;
    show(&here, &signed_in, &found, &Fields::default(), &[])
}

/// Somebody's record.
pub async fn one(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(person_id): Path<String>,
) -> Result<Response, PageError> {
    let found = record_of(&here, &signed_in.who, &person_id).await?;
    show(&here, &signed_in, &found, &Fields::default(), &[])
}

/// Does one of the things that the page offers.
pub async fn keep(
    State(here): State<Here>,
    Path(person_id): Path<String>,
    posted: Posted<Keep>,
) -> Result<Response, PageError> {
    let (signed_in, fields) = (&posted.signed_in, &posted.fields);
    permit(&signed_in.who, Verb::Change, Resource::Clearance, ()).map_err(ApiError::from)?;
    let found = record_of(&here, &signed_in.who, &person_id).await?;
    let mut wrong = Vec::new();
    match done::done(&here, &signed_in.who, &person_id, fields, &mut wrong).await {
        Ok(()) if wrong.is_empty() => Ok(Redirect::to(&format!("/clearances/people/{person_id}")).into_response()),
        Ok(()) => show(&here, signed_in, &found, fields, &wrong),
        Err(DirectoryError::Invalid(reason)) => {
            show(&here, signed_in, &found, fields, &[Wrong::new("", sentence(&reason))])
        }
        Err(error) => Err(error.into()),
    }
}

fn show(
    here: &Here,
    signed_in: &SignedIn,
    found: &PersonRecord,
    fields: &Fields,
    wrong: &[Wrong],
) -> Result<Response, PageError> {
    let who = &signed_in.who;
    let is_themself = who.person_id.as_ref() == Some(&found.person_id);
    let changes = may(who, Verb::Change, Resource::Clearance) && !is_themself;
    let forms = changes.then(|| Forms {
        token: signed_in.token::<Keep>(),
        keeps: is_own(here, who),
        proposed_by: who.actor.clone(),
    });
    let shown = Record { found, filled: Filled { fields, wrong }, forms };
    let page = if wrong.is_empty() { answer } else { refused };
    let title = if is_themself { "My clearance" } else { "Clearance" };
    Ok(page(here, signed_in, Place::Clearances, HANDLING, title, record(&shown)))
}

/// The question who can be briefed.
pub async fn briefing_page(State(here): State<Here>, signed_in: SignedIn) -> Result<Response, PageError> {
    permit(&signed_in.who, Verb::See, Resource::Roster, ()).map_err(ApiError::from)?;
    let fields = Fields::of(vec![("level".to_owned(), "secret".to_owned())]);
    Ok(show_briefing(&here, &signed_in, &fields, &[], None))
}

/// Who can, and why others cannot.
pub async fn briefed(State(here): State<Here>, posted: Posted<Ask>) -> Result<Response, PageError> {
    let (signed_in, fields) = (&posted.signed_in, &posted.fields);
    permit(&signed_in.who, Verb::See, Resource::Roster, ()).map_err(ApiError::from)?;
    let mut wrong = Vec::new();
    let within = done::minutes(fields, "within", &mut wrong);
    let Some(grade) = done::chosen(fields, "level", "Say which level the briefing has.", &mut wrong) else {
        return Ok(show_briefing(&here, signed_in, fields, &wrong, None));
    };
    for (field, words) in [("topic", "Say what the briefing is about."), ("reason", "Say why you ask.")] {
        if fields.text(field).is_empty() {
            wrong.push(Wrong::new(field, words));
        }
    }
    if !wrong.is_empty() {
        return Ok(show_briefing(&here, signed_in, fields, &wrong, None));
    }
    let (topic, reason) = (fields.text("topic").to_owned(), fields.text("reason").to_owned());
    let asked = Asked { grade, topic, within_minutes: within, reason };
    let allowed = permit(&signed_in.who, Verb::See, Resource::Roster, asked).map_err(ApiError::from)?;
    match who_can_be_briefed(&here, &allowed).await {
        Ok(found) => Ok(show_briefing(&here, signed_in, fields, &[], Some(&found))),
        Err(DirectoryError::Invalid(reason)) => {
            let wrong = [Wrong::new("", sentence(&reason))];
            Ok(show_briefing(&here, signed_in, fields, &wrong, None))
        }
        Err(error) => Err(error.into()),
    }
}

fn show_briefing(
    here: &Here,
    signed_in: &SignedIn,
    fields: &Fields,
    wrong: &[Wrong],
    found: Option<&[ward_directory::clearance::Briefed]>,
) -> Response {
    let shown = Briefing { filled: Filled { fields, wrong }, token: signed_in.token::<Ask>(), found };
    let page = if wrong.is_empty() { answer } else { refused };
    page(here, signed_in, Place::Clearances, HANDLING, "Who can be briefed", briefing(&shown))
}

/// The roster, once its reason is on the record.
pub async fn export(State(here): State<Here>, posted: Posted<Export>) -> Result<Response, PageError> {
    let (signed_in, fields) = (&posted.signed_in, &posted.fields);
    let reason = fields.text("reason").to_owned();
    let allowed = permit(&signed_in.who, Verb::Release, Resource::Roster, reason).map_err(ApiError::from)?;
    let rows = match roster(&here, &allowed).await {
        Err(DirectoryError::Invalid(reason)) => {
            return show_list(&here, signed_in, fields, &[Wrong::new("reason", sentence(&reason))]).await;
        }
        found => found?,
    };
    let day = |at: Option<i64>| at.map(day_text).unwrap_or_default();
    let head = [
        "state",
        "person",
        "office",
        "organisation",
        "sponsor",
        "level",
        "kind",
        "stage",
        "nda_signed",
        "last_verified",
        "cleared_now_to",
    ];
    let rows = rows.into_iter().map(|row| {
        let (level, kind, stage) = (word_of(&row.grade), word_of(&row.basis), word_of(&row.stage));
        let (nda, verified) = (day(row.nda_signed_at), day(row.verified_at));
        let now = level_name(row.effective).to_owned();
        vec![row.state, row.person, row.office, row.organisation, row.sponsor, level, kind, stage, nda, verified, now]
    });
    Ok(csv(&here, "roster", &head, rows))
}

fn sentence(reason: &str) -> String {
    format!("{}.", capital(reason.trim_end_matches('.')))
}

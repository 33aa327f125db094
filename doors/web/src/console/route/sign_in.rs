//! `/sign-in` and `/sign-out`.

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use ward_directory::{Demonstration, Here, SignIn as Tried, Who, role_name};

use super::shell::guide;
use crate::console::error::PageError;
use crate::console::page::page;
use crate::console::session::{
    FormName, Posted, Visitor, fields, known_browser, known_cookie, no_session_cookie, place_here, session_cookie,
    stale_form,
};
use crate::console::style;
use crate::console::view::demo::Person;
use crate::console::view::layout::{Shell, layout};
use crate::console::view::sign_in::{self, Problem, SignIn};

/// The form that signs out, which is on every page.
pub struct SignOut;

impl FormName for SignOut {
    const NAME: &'static str = "sign-out";
}

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    next: String,
    /// In a demonstration: which of the invented people is meant, by their e-mail address.
    #[serde(default)]
    person: String,
}

/// The form.
pub async fn form(
    State(here): State<Here>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let visitor = Visitor::of(&headers, &here)?;
    let people = people(&here, &visitor, &wanted.person).await?;
    let shown = SignIn { token: visitor.token(), next: wanted.next, email: String::new(), problem: None, people };
    let mut answer = answer(&here, StatusCode::OK, &shown);
    if let Some(cookie) = visitor.cookie(&headers) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}

/// Signs in with address and password.
pub async fn sign_in(State(here): State<Here>, request: Request) -> Result<Response, Response> {
    let headers = request.headers().clone();
    let visitor = Visitor::of(&headers, &here).map_err(IntoResponse::into_response)?;
    let given = fields(request, &here).await?;
    if !visitor.made(&given) {
        return Err(stale_form());
    }
    let (email, next) = (given.text("email"), given.text("next"));
    let meant = ward_directory::person_of_email(&here, email).await;
    let meant = meant.map_err(|error| PageError::from(error).into_response())?;
    let known = meant.and_then(|person| known_browser(&headers, &here, &person.id));
    let tried = ward_directory::sign_in(&here, email, given.text("password"), known.as_deref()).await;
    let problem = match tried.map_err(|error| PageError::from(error).into_response())? {
        Tried::Done(session) => {
            let known = known_cookie(&headers, &here, &session.who.actor).map_err(IntoResponse::into_response)?;
            let mut answer = Redirect::to(place_here(next)).into_response();
            for cookie in [session_cookie(&headers, &here, &session.token), known].into_iter().flatten() {
                answer.headers_mut().append(header::SET_COOKIE, cookie);
            }
            return Ok(answer);
        }
        Tried::Wrong => Problem::Wrong,
        Tried::Wait { until } => Problem::Wait { until },
    };
    let status = match problem {
        Problem::Wrong => StatusCode::UNPROCESSABLE_ENTITY,
        Problem::Wait { .. } => StatusCode::TOO_MANY_REQUESTS,
    };
    let people = people(&here, &visitor, email).await.map_err(IntoResponse::into_response)?;
    let (email, next) = (email.to_owned(), next.to_owned());
    Ok(answer(&here, status, &SignIn { token: visitor.token(), next, email, problem: Some(problem), people }))
}

/// In a demonstration, its people with their password, the one who is meant first; nobody anywhere else.
async fn people(here: &Here, visitor: &Visitor, meant: &str) -> Result<Vec<Person>, PageError> {
    let Some(told) = ward_directory::demonstration(here)? else { return Ok(Vec::new()) };
    let people = ward_directory::invented_people(here, &told).await?;
    let mut shown: Vec<Person> =
        people.iter().map(|(email, who)| shown_person(&told, email, who, &visitor.token())).collect();
    shown.sort_by_key(|person| person.email != meant);
    Ok(shown)
}

/// An invented person, as a button signs them in.
pub fn shown_person(told: &Demonstration, email: &str, who: &Who, token: &str) -> Person {
    let roles: Vec<&str> = who.roles.iter().map(|role| role_name(*role)).collect();
    Person {
        name: who.name.clone(),
        is: format!("{} of {}", roles.join(" and "), who.organisation.name),
        email: email.to_owned(),
        password: told.password.clone(),
        token: token.to_owned(),
    }
}

/// Ends the session.
pub async fn sign_out(
    State(here): State<Here>,
    headers: HeaderMap,
    posted: Posted<SignOut>,
) -> Result<Response, PageError> {
    ward_directory::end_session(&here, posted.signed_in.secret()).await?;
    let mut answer = Redirect::to("/sign-in").into_response();
    if let Some(cookie) = no_session_cookie(&headers, &here) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}

fn answer(here: &Here, status: StatusCode, shown: &SignIn) -> Response {
    let shell = Shell {
        installation: here.installation.name.clone(),
        is_demonstration: here.is_demonstration(),
        guide: guide(here),
        ..Shell::bare(style::address())
    };
    let title = if shown.problem.is_some() { "Error: sign in" } else { "Sign in" };
    page(status, layout(&shell, title, sign_in::sign_in(shown)))
}

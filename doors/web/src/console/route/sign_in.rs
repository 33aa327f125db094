//! `/sign-in` and `/sign-out`.

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use ward_directory::Here;

use crate::console::error::PageError;
use crate::console::page::page;
use crate::console::session::{
    FormName, Posted, Visitor, fields, no_session_cookie, place_here, session_cookie, stale_form,
};
use crate::console::style;
use crate::console::view::layout::{Shell, layout};
use crate::console::view::sign_in::{self, SignIn};

/// The form that signs out, which is on every page.
pub struct SignOut;

impl FormName for SignOut {
    const NAME: &'static str = "sign-out";
}

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    next: String,
}

/// The form.
pub async fn form(
    State(here): State<Here>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let visitor = Visitor::of(&headers, &here)?;
    let shown = SignIn { token: visitor.token(), next: wanted.next, email: String::new(), has_failed: false };
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
    let session = ward_directory::sign_in(&here, email, given.text("password")).await;
    match session.map_err(|error| PageError::from(error).into_response())? {
        Some(session) => {
            let mut answer = Redirect::to(place_here(next)).into_response();
            if let Some(cookie) = session_cookie(&headers, &session.token) {
                answer.headers_mut().append(header::SET_COOKIE, cookie);
            }
            Ok(answer)
        }
        None => {
            let (email, next) = (email.to_owned(), next.to_owned());
            let shown = SignIn { token: visitor.token(), next, email, has_failed: true };
            Ok(answer(&here, StatusCode::UNPROCESSABLE_ENTITY, &shown))
        }
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
    if let Some(cookie) = no_session_cookie(&headers) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}

fn answer(here: &Here, status: StatusCode, shown: &SignIn) -> Response {
    let shell = Shell {
        installation: here.installation.name.clone(),
        is_demonstration: here.is_demonstration(),
        ..Shell::bare(style::address())
    };
    let title = if shown.has_failed { "Error: sign in" } else { "Sign in" };
    page(status, layout(&shell, title, sign_in::sign_in(shown)))
}

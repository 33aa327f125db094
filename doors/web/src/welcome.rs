//! `/welcome/{token}`: where an invitation is accepted: name, e-mail address and password, once.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use ward_directory::{DirectoryError, Here, NOTICE};

use crate::console::session::known_cookie;

/// A name, an address and a password, encoded, are shorter.
const FORM_BYTES_MAX: usize = 32 * 1024;

pub fn router() -> Router<Here> {
    Router::new().route("/welcome/{token}", get(form).post(accept)).layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
}

#[derive(Deserialize)]
struct Acceptance {
    name: String,
    email: String,
    password: String,
}

/// The form. Whether the link still holds is only told after it was sent, so that links cannot be tried out.
async fn form(State(here): State<Here>) -> Response {
    page(
        &here,
        StatusCode::OK,
        "Welcome to Ward",
        r#"<p>Set your name, your e-mail address and a password of at least 12 characters. This link works once.</p>
<form method="post"><p><label>Name<br><input name="name" autocomplete="name" required></label></p>
<p><label>E-mail address<br><input name="email" type="email" autocomplete="email" required></label></p>
<p><label>Password<br><input name="password" type="password" autocomplete="new-password" minlength="12" required></label></p>
<p><button>Save</button></p></form>"#,
    )
}

async fn accept(
    State(here): State<Here>,
    Path(token): Path<String>,
    headers: HeaderMap,
    Form(given): Form<Acceptance>,
) -> Response {
    let accepted = ward_directory::accept_invitation(&here, &token, &given.name, &given.email, &given.password).await;
    match accepted {
        Ok(person) => {
            let mut saved =
                page(&here, StatusCode::OK, "Saved", "<p>Your name, e-mail address and password are kept.</p>");
            // Whoever set the password is known here: a stranger's wrong tries do not keep them from the first sign-in.
            if let Ok(Some(cookie)) = known_cookie(&headers, &here, &person.id) {
                saved.headers_mut().append(header::SET_COOKIE, cookie);
            }
            saved
        }
        Err(DirectoryError::Busy) => page(
            &here,
            StatusCode::SERVICE_UNAVAILABLE,
            "Not saved",
            "<p>This server is busy. Go back and try again in a minute; the link still works.</p>",
        ),
        Err(DirectoryError::Spent) => page(
            &here,
            StatusCode::NOT_FOUND,
            "This link does not work",
            "<p>It was used or has expired. Ask for a new one.</p>",
        ),
        Err(DirectoryError::Invalid(reason)) => page(
            &here,
            StatusCode::BAD_REQUEST,
            "Not saved",
            &format!("<p>{}. Go back and try again.</p>", escape(&reason)),
        ),
        Err(error) => {
            tracing::error!(%error, "an invitation could not be accepted");
            page(
                &here,
                StatusCode::INTERNAL_SERVER_ERROR,
                "Not saved",
                "<p>Something went wrong here. Try again later.</p>",
            )
        }
    }
}

fn page(here: &Here, status: StatusCode, title: &str, body: &str) -> Response {
    let notice = if here.is_demonstration() { format!("<p><strong>{NOTICE}</strong></p>") } else { String::new() };
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>{notice}<main><h1>{title}</h1>{body}</main>{notice}</html>"
    );
    let policy = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, Html(html)).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

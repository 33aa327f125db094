//! `/`: what needs the reader.

use axum::extract::State;
use axum::response::Response;
use ward_directory::Here;

use super::shell::{Place, answer};
use crate::console::error::PageError;
use crate::console::session::SignedIn;
use crate::console::view::home;
use crate::console::view::layout::Handling;

/// The reader's page.
pub async fn home(State(here): State<Here>, signed_in: SignedIn) -> Result<Response, PageError> {
    Ok(answer(&here, &signed_in, Place::Home, Handling::Own, "Home", home::home()))
}

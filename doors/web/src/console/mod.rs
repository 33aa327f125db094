//! The console: pages for people, server-rendered, whole without script.
//!
//! A route (`route`) finds out who looks, calls a verb and builds plain view data; a view (`view`) makes markup of that and knows no store. Every
//! form carries a token of its session (`session`), every page the same headers (`page`), every list its sorting and filter in the address (`list`).

mod csv;
pub mod error;
mod form;
mod list;
pub(crate) mod page;
mod route;
pub(crate) mod session;
pub(crate) mod style;
mod tiles;
pub(crate) mod view;

use axum::Router;
use ward_directory::Here;

pub fn router() -> Router<Here> {
    route::router()
}

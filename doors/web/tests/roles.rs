//! Every role of every office on every page of the console, and every form sent by those it was not made for, over real HTTP.
//!
//! Two tables name each route and each form once; a route or a form of the sources that is not in them fails.
#![cfg(test)]

#[path = "console/browser.rs"]
#[expect(dead_code, reason = "shared with the console's tests, which use all of it")]
mod browser;
#[path = "roles/forms.rs"]
mod forms;
#[path = "console/scene.rs"]
#[expect(dead_code, reason = "shared with the console's tests, which use all of it")]
mod scene;
#[path = "console/setup.rs"]
#[expect(dead_code, reason = "shared with the console's tests, which use all of it")]
mod setup;
#[path = "sweep/sources.rs"]
mod sources;
#[path = "roles/sweep.rs"]
mod sweep;
#[path = "roles/table.rs"]
mod table;
#[path = "roles/token.rs"]
mod token;
#[path = "roles/world.rs"]
mod world;

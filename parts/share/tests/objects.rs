//! Objects in collections, on both databases: taken, decided on, paged, deleted and imported.
#![cfg(test)]

#[path = "objects/asked.rs"]
mod asked;
#[path = "objects/gating.rs"]
mod gating;
#[path = "objects/granting.rs"]
mod granting;
#[path = "objects/importing.rs"]
mod importing;
#[path = "objects/intake.rs"]
mod intake;
#[path = "objects/model.rs"]
mod model;
#[path = "objects/paging.rs"]
mod paging;
#[path = "objects/recalling.rs"]
mod recalling;
#[path = "objects/rules.rs"]
mod rules;
#[path = "objects/run.rs"]
mod run;
#[path = "objects/script.rs"]
mod script;
#[path = "objects/setup.rs"]
mod setup;
#[path = "objects/spilling.rs"]
mod spilling;
#[path = "objects/tear_lines.rs"]
mod tear_lines;
#[path = "objects/visibility.rs"]
mod visibility;

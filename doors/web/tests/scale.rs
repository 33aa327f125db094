//! The console with 6,500 jurisdictions and a year of alerts and answers: each page, for each role, in at most eight statements.
#![cfg(test)]

#[path = "console/browser.rs"]
mod browser;
#[path = "scale/bulk.rs"]
mod bulk;
#[path = "scale/pages.rs"]
mod pages;
#[path = "console/scene.rs"]
mod scene;
#[path = "console/setup.rs"]
mod setup;
#[path = "scale/sharing.rs"]
mod sharing;
#[path = "sweep/sources.rs"]
mod sources;
#[path = "scale/statements.rs"]
mod statements;
#[path = "scale/year.rs"]
mod year;

//! The console in a real browser, Chromium: what people see, with their keyboards, telephones and printers, with and without script.
//!
//! Skipped with a message where there is no Chromium, chromedriver or axe-core; a failure where CI is set.
#![cfg(test)]

#[path = "browser/axe.rs"]
mod axe;
#[path = "console/browser.rs"]
#[expect(dead_code, reason = "shared with the console's tests, which use all of it")]
mod browser;
#[path = "browser/chromium.rs"]
mod chromium;
#[path = "browser/errors.rs"]
mod errors;
#[path = "browser/guide.rs"]
mod guide;
#[path = "browser/keyboard.rs"]
mod keyboard;
#[path = "browser/pages.rs"]
mod pages;
#[path = "browser/print.rs"]
mod print;
#[path = "console/scene.rs"]
#[expect(dead_code, reason = "shared with the console's tests, which use all of it")]
mod scene;
#[path = "console/setup.rs"]
mod setup;
#[path = "roles/table.rs"]
#[expect(dead_code, reason = "shared with the sweep of roles, which uses all of it")]
mod table;
#[path = "browser/the_loop.rs"]
mod the_loop;
#[path = "roles/token.rs"]
mod token;
#[path = "browser/words.rs"]
mod words;
#[path = "roles/world.rs"]
mod world;
#[path = "browser/writing.rs"]
mod writing;

//! The console over real HTTP: a hub and a node with their people, in a browser's place a client that keeps cookies and sends forms.
#![cfg(test)]

#[path = "console/alerts.rs"]
mod alerts;
#[path = "console/answering.rs"]
mod answering;
#[path = "console/brief.rs"]
mod brief;
#[path = "console/browser.rs"]
mod browser;
#[path = "console/chasing.rs"]
mod chasing;
#[path = "console/clearances.rs"]
mod clearances;
#[path = "console/drafting.rs"]
mod drafting;
#[path = "console/given.rs"]
mod given;
#[path = "console/node.rs"]
mod node;
#[path = "console/scene.rs"]
mod scene;
#[path = "console/session.rs"]
mod session;
#[path = "console/setup.rs"]
mod setup;
#[path = "console/sharing.rs"]
mod sharing;

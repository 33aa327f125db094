//! Alerts from the draft to the answers, on both databases.
#![cfg(test)]

#[path = "alerts/answering.rs"]
mod answering;
#[path = "alerts/authority.rs"]
mod authority;
#[path = "alerts/by_hand.rs"]
mod by_hand;
#[path = "alerts/chasing.rs"]
mod chasing;
#[path = "alerts/drafting.rs"]
mod drafting;
#[path = "alerts/judging.rs"]
mod judging;
#[path = "alerts/pages.rs"]
mod pages;
#[path = "alerts/publishing.rs"]
mod publishing;
#[path = "alerts/relaying.rs"]
mod relaying;
#[path = "alerts/setup.rs"]
mod setup;
#[path = "alerts/situations.rs"]
mod situations;
#[path = "alerts/spilling.rs"]
mod spilling;
#[path = "alerts/weighing.rs"]
mod weighing;

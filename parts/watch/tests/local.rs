//! The node on its own: sources read, look-backs, answers held and released, review, confirmation and the block feed, on both databases.
#![cfg(test)]

#[path = "local/answers.rs"]
mod answers;
#[path = "local/backup.rs"]
mod backup;
#[path = "local/blind.rs"]
mod blind;
#[path = "local/blocking.rs"]
mod blocking;
#[path = "local/keeping.rs"]
mod keeping;
#[path = "local/overlooked.rs"]
mod overlooked;
#[path = "local/setup.rs"]
mod setup;
#[path = "local/spilling.rs"]
mod spilling;
#[path = "local/words.rs"]
mod words;

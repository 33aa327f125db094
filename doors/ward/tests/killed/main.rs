//! Killed at any moment, fifty times: what was acknowledged is there, nothing is there twice, and the record holds.
#![cfg(test)]

mod house;
mod hub;
mod node;

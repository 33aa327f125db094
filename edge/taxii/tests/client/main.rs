//! The client against a real HTTP server on this machine: every endpoint's request, every way an answer can be wrong,
//! and paging with well-behaved and broken servers.

#![cfg(test)]

mod endpoints;
mod errors;
mod paging;
mod server;

use std::time::Duration;

use server::Server;
use ward_taxii::client::{Client, Credentials};
use ward_taxii::timestamp::format_micros;

const ERROR: &str = r#"{"title":"No","description":"Not for you","http_status":"403"}"#;

fn http() -> reqwest::Client {
    // The second call finds it installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap()
}

fn client_of(server: &Server) -> Client {
    Client::new(http(), &format!("{}/share", server.url), Credentials::Bearer("token".to_owned())).unwrap()
}

fn object(number: usize) -> String {
    format!("{{\"id\": \"note--{number}\",  \"n\":{number}.0}}")
}

fn date(number: usize) -> String {
    format_micros(1_525_348_800_000_000 + i64::try_from(number).unwrap()).unwrap()
}

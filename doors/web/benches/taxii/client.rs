//! A TAXII client that measures the server: what it asks costs the server's processes so much CPU time.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use serde_json::Value;

use crate::cpu;
use crate::load;

const MEDIA_TYPE: &str = "application/taxii+json;version=2.1";
/// Objects in a request.
const BATCH: u64 = 1_000;
/// Seconds without work after which a database has nothing left to do; PostgreSQL is told to look every two.
const STILL_SECONDS: u32 = 5;

/// A server under test.
pub struct Subject {
    pub name: String,
    /// Of its collection, without a slash at the end.
    pub collection: String,
    /// The value of `Authorization`.
    pub authorization: String,
    /// Its processes, each with all below it; that of its database too.
    pub pids: Vec<u32>,
    pub http: reqwest::Client,
}

/// A client with connections of its own, which are kept.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

impl Subject {
    fn cpu_millis(&self) -> u64 {
        self.pids.iter().map(|pid| cpu::tree_millis(*pid)).sum()
    }

    pub fn peak_mib(&self) -> Vec<u64> {
        self.pids.iter().map(|pid| cpu::tree_peak_mib(*pid)).collect()
    }

    /// Posts the indicators from `from` up to before `until`; gives the CPU seconds of each tenth. `settle` waits until all of it is served.
    pub async fn ingest(&self, from: u64, until: u64, mut settle: impl FnMut()) -> Vec<f64> {
        let tenth = (until - from).div_ceil(10).max(BATCH);
        let mut seconds = Vec::new();
        let mut start = from;
        while start < until {
            let end = (start + tenth).min(until);
            let before = self.cpu_millis();
            let mut at = start;
            while at < end {
                self.post(load::envelope(at..(at + BATCH).min(end))).await;
                at += BATCH;
            }
            settle();
            if end == until {
                self.rest().await;
            }
            seconds.push((self.cpu_millis() - before) as f64 / 1000.0);
            start = end;
        }
        seconds
    }

    /// Waits until a database in processes of its own has cleaned up after what was written, which counts as the writing's.
    async fn rest(&self) {
        if self.pids.len() < 2 {
            return;
        }
        let (mut still, mut before) = (0, self.cpu_millis());
        while still < STILL_SECONDS {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = self.cpu_millis();
            still = if now - before > 20 { 0 } else { still + 1 };
            before = now;
        }
    }

    async fn post(&self, body: String) {
        let request =
            self.http.post(format!("{}/objects/", self.collection)).header(AUTHORIZATION, &self.authorization);
        let answer =
            request.header(ACCEPT, MEDIA_TYPE).header(CONTENT_TYPE, MEDIA_TYPE).body(body).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{}: {status} {}", self.name, text.get(..300).unwrap_or(&text));
        let counted: Value = serde_json::from_str(&text).unwrap();
        assert!(counted["failure_count"] == 0, "{}: {}", self.name, text.get(..600).unwrap_or(&text));
    }

    async fn get(&self, query: &str) -> (HeaderMap, Value) {
        let request =
            self.http.get(format!("{}/objects/{query}", self.collection)).header(AUTHORIZATION, &self.authorization);
        let answer = request.header(ACCEPT, MEDIA_TYPE).send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{}: {status} {}", self.name, text.get(..300).unwrap_or(&text));
        (headers, serde_json::from_str(&text).unwrap())
    }

    /// CPU milliseconds of a request, of so many, and the objects that it brought.
    pub async fn request(&self, query: &str, times: u32) -> (f64, usize) {
        let (_, first) = self.get(query).await;
        let before = self.cpu_millis();
        for _ in 0..times {
            self.get(query).await;
        }
        let millis = (self.cpu_millis() - before) as f64 / f64::from(times);
        (millis, first["objects"].as_array().map_or(0, Vec::len))
    }

    /// CPU seconds of reading everything, the pages, the objects, and the last `next` and date of addition.
    pub async fn full_poll(&self) -> (f64, u32, usize, String) {
        let before = self.cpu_millis();
        let (mut pages, mut objects, mut next, mut last) = (0, 0, String::new(), String::new());
        loop {
            let query = if next.is_empty() { "?limit=1000".to_owned() } else { format!("?limit=1000&next={next}") };
            let (headers, page) = self.get(&query).await;
            pages += 1;
            objects += page["objects"].as_array().map_or(0, Vec::len);
            if let Some(date) = headers.get("x-taxii-date-added-last").and_then(|date| date.to_str().ok()) {
                last = date.to_owned();
            }
            match (page["more"].as_bool(), page["next"].as_str()) {
                (Some(true), Some(after)) => next = after.replace('=', "%3D").replace('|', "%7C").replace('+', "%2B"),
                _ => break,
            }
        }
        ((self.cpu_millis() - before) as f64 / 1000.0, pages, objects, last)
    }

    /// A `next` in the middle of the collection, for a page that is not the first.
    pub async fn middle(&self, pages: u32) -> String {
        let mut next = String::new();
        for _ in 0..pages {
            let query = if next.is_empty() { "?limit=1000".to_owned() } else { format!("?limit=1000&next={next}") };
            let (_, page) = self.get(&query).await;
            match page["next"].as_str() {
                Some(after) => next = after.to_owned(),
                None => break,
            }
        }
        next
    }
}

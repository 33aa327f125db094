//! A node with its people, a hub that it joined, verified alerts, and logs in temporary folders.

use std::fmt::Write as _;
use std::path::PathBuf;

use ward_directory::{
    Here, Init, NewPerson, OrganisationKind, Permit, Who, acting_as, add_person, own_organisation, permit,
};
use ward_policy::{Resource, Role, Verb};
use ward_stix::alert::{Alert, Confidence, to_object};
use ward_stix::answer::{Answer, Finding, from_object, problems};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_stix::timestamp::{format_stix, parse_micros};
use ward_store::testing::TestDatabase;
use ward_store::{Clock, values};
use ward_watch::lookback::LookbackResult;
use ward_watch::release::{Release, Settings, change_settings};
use ward_watch::source::{Declared, NewSource, Source, SourceOptions, add_source};
use ward_watch::{lookback, reading};

pub const HOUR: i64 = 3_600_000_000;
pub const DAY: i64 = 24 * HOUR;
pub const REPORT: &str = "report--11111111-1111-4111-8111-111111111111";
pub const HUB_IDENTITY: &str = "identity--22222222-2222-4222-8222-222222222222";
pub const OWN_IDENTITY: &str = "identity--33333333-3333-4333-8333-333333333333";
/// The address that alerts name; no ordinary visitor has it.
pub const BAD: &str = "198.51.100.7";
pub const AGENT: &str = "Mozilla/5.0 (Windows NT 6.1) Gecko/20100101 Firefox/46.0";

pub struct Node {
    pub here: Here,
    pub administrator: Who,
    pub ida: Who,
    pub database: TestDatabase,
}

/// An indicator of the tests' alert.
#[derive(Clone)]
pub struct Given {
    pub pattern: String,
    pub state: &'static str,
    pub reason: &'static str,
    pub valid_from: i64,
    pub valid_until: Option<i64>,
}

pub fn at(text: &str) -> i64 {
    parse_micros(text).unwrap()
}

/// The period that the tests' alert asks about: three days.
pub fn asked() -> (i64, i64) {
    (at("2018-04-01T00:00:00Z"), at("2018-04-04T00:00:00Z"))
}

/// Six hours after the period asked.
pub fn now() -> i64 {
    asked().1 + 6 * HOUR
}

pub fn indicator_id(number: usize) -> String {
    format!("indicator--44444444-4444-4444-8444-{number:012}")
}

pub fn active(pattern: &str) -> Given {
    Given { pattern: pattern.to_owned(), state: "active", reason: "", valid_from: asked().0, valid_until: None }
}

pub fn address(value: &str) -> Given {
    active(&format!("[ipv4-addr:value = '{value}']"))
}

pub async fn node(database: TestDatabase) -> Node {
    let options = Init {
        folder: database.folder.join("node"),
        name: "Test County".to_owned(),
        state: "IL".to_owned(),
        is_hub: false,
        kind: OrganisationKind::County,
        database: Some(database.address.clone()),
        clock: Clock::Fixed(now()),
    };
    let (here, link) = ward_directory::init(options).await.unwrap();
    let token = link.strip_prefix("/welcome/").unwrap();
    let password = "a long enough password";
    ward_directory::accept_invitation(&here, token, "Ada Admin", "ada@county.example", password).await.unwrap();
    let administrator = acting_as(&here, "ada@county.example", None).await.unwrap().unwrap();
    let new = NewPerson {
        organisation_id: own_organisation(&here).await.unwrap().id,
        name: "Ida Fields".to_owned(),
        office: "IT director".to_owned(),
        email: "ida@county.example".to_owned(),
        role: Role::It,
    };
    add_person(&here, &permit(&administrator, Verb::Create, Resource::Person, new).unwrap()).await.unwrap();
    let ida = acting_as(&here, "ida@county.example", None).await.unwrap().unwrap();
    let node = Node { here, administrator, ida, database };
    node.join().await;
    node
}

impl Node {
    async fn join(&self) {
        let sql = "INSERT INTO hub (id, url, name, identity_id, verifier_key, own_organisation_id, own_identity_id, alerts_collection,
                     answers_collection, token_file, witness_key, signers, refused_signers, cosigned_size, submitted_size, joined_at)
                   VALUES ('hub-1', 'http://hub.example', 'Hub', $1, '', '', $2, 'alerts', 'answers', '', '', '[]', '[]', 0, 0, 0)";
        let mut tx = self.here.store.begin().await.unwrap();
        tx.execute(sql, values![HUB_IDENTITY, OWN_IDENTITY]).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub fn set_clock(&mut self, now: i64) {
        self.here.clock = Clock::Fixed(now);
    }

    pub fn may<T>(&self, verb: Verb, resource: Resource, on: T) -> Permit<T> {
        permit(&self.ida, verb, resource, on).unwrap()
    }

    /// A folder for logs.
    pub fn logs(&self, name: &str) -> PathBuf {
        let folder = self.database.folder.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    pub async fn declare(&self, name: &str, path: &std::path::Path, options: SourceOptions) -> Declared {
        let new = NewSource { name: name.to_owned(), path: path.display().to_string(), options };
        add_source(&self.here, &self.may(Verb::Create, Resource::Source, new)).await.unwrap()
    }

    /// Declares a folder with one log in it and reads it.
    pub async fn with_log(&self, text: &str) -> Source {
        let folder = self.logs("web");
        std::fs::write(folder.join("access.log"), text).unwrap();
        let declared = self.declare("web", &folder, SourceOptions::default()).await;
        assert_eq!(declared.warning, None);
        self.read().await;
        declared.source
    }

    pub async fn read(&self) -> Vec<reading::SourceReading> {
        reading::read_sources(&self.here).await.unwrap()
    }

    /// A verified version of the tests' alert, in force from now on.
    pub async fn alert(&self, modified: i64, indicators: &[Given]) {
        self.alert_about(modified, indicators, asked()).await;
    }

    pub async fn alert_about(&self, modified: i64, indicators: &[Given], (from, until): (i64, i64)) {
        let created = asked().0 - DAY;
        let alert = Alert {
            report_id: REPORT.to_owned(),
            created_by_ref: HUB_IDENTITY.to_owned(),
            created: format_stix(created),
            modified: format_stix(modified),
            headline: "Addresses that broke into a voter list".to_owned(),
            who_must_act: "Every office with a web server".to_owned(),
            steps: vec!["Look at what Ward found".to_owned()],
            confidence: Confidence::High,
            why_different: "It happened in our state".to_owned(),
            stops_mattering_at: until + 300 * DAY,
            tlp: Tlp::Amber,
            indicator_refs: (0..indicators.len()).map(indicator_id).collect(),
            search_from: from,
            search_until: until,
            correction: None,
        };
        let key = format_stix(modified);
        let mut tx = self.here.store.begin().await.unwrap();
        let object = "INSERT INTO received_object (hub_id, stix_id, version_key, version, kind, body, received_at)
                      VALUES ('hub-1', $1, $2, $2, $3, $4, 0)";
        tx.execute(object, values![REPORT, &key, "report", to_object(&alert)]).await.unwrap();
        let row = "INSERT INTO received_alert (report_id, modified, version_key, hub_id, headline, state, reason, received_at, verified_at)
                   VALUES ($1, $2, $2, 'hub-1', 'x', 'verified', '', 0, 0)";
        tx.execute(row, values![REPORT, &key]).await.unwrap();
        tx.execute("DELETE FROM indicator WHERE report_id = $1", values![REPORT]).await.unwrap();
        for (number, given) in indicators.iter().enumerate() {
            let row = "INSERT INTO indicator (id, version_key, report_id, pattern, state, reason, valid_from, valid_until, received_at)
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)";
            let values = values![
                indicator_id(number),
                &key,
                REPORT,
                &given.pattern,
                given.state,
                given.reason,
                given.valid_from,
                given.valid_until
            ];
            tx.execute(row, values).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    pub async fn settings(&self, release: Release, retention_days: Option<i64>) {
        let settings = Settings { release, retention_days, keep_raw: false };
        change_settings(&self.here, &self.may(Verb::Release, Resource::Answer, settings)).await.unwrap();
    }

    pub async fn look_back(&self) -> LookbackResult {
        lookback::run(&self.here, REPORT).await.unwrap();
        lookback::result(&self.here, REPORT).await.unwrap().unwrap()
    }

    /// All versions that were made, with their states, oldest first; each is checked for what an answer may not claim.
    pub async fn answers(&self) -> Vec<(Answer, String)> {
        let sql = "SELECT body, state FROM sent_answer ORDER BY modified, of_ref DESC";
        let rows = self.here.store.fetch(sql, &[]).await.unwrap();
        rows.iter()
            .map(|row| {
                let body: Vec<u8> = row.get("body").unwrap();
                let answer = from_object(&Object::parse(&body).unwrap()).unwrap();
                assert_eq!(problems(&answer), [], "{answer:?}");
                (answer, row.get("state").unwrap())
            })
            .collect()
    }

    /// The bytes of all versions that were made.
    pub async fn bodies(&self) -> Vec<String> {
        let rows = self.here.store.fetch("SELECT body FROM sent_answer", &[]).await.unwrap();
        rows.iter().map(|row| String::from_utf8(row.get("body").unwrap()).unwrap()).collect()
    }

    /// The kinds of the jobs that wait, with their data.
    pub async fn jobs(&self, kind: &str) -> Vec<String> {
        let sql = "SELECT data FROM job WHERE kind = $1 ORDER BY run_at";
        let rows = self.here.store.fetch(sql, values![kind]).await.unwrap();
        rows.iter().map(|row| row.get("data").unwrap()).collect()
    }

    pub async fn clear_jobs(&self) {
        let mut tx = self.here.store.begin().await.unwrap();
        tx.execute("DELETE FROM job", &[]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Recomputes the whole record.
    pub async fn verify_record(&self) {
        let store = &self.here.store;
        while ward_store::sequence(store).await.unwrap() > 0 {}
        let verified = ward_store::verify(store, self.here.log_key.verifier_key()).await.unwrap();
        assert!(verified.is_ok(), "{verified:?}");
    }
}

/// One line of a combined log.
pub fn line(client: &str, time: i64, request: &str, status: u16, bytes: u64, agent: &str) -> String {
    let text = format_stix(time);
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months[text[5..7].parse::<usize>().unwrap() - 1];
    let (day, year, clock) = (&text[8..10], &text[..4], &text[11..19]);
    format!("{client} - - [{day}/{month}/{year}:{clock} +0000] \"{request}\" {status} {bytes} \"-\" \"{agent}\"\n")
}

/// The address of the tests' visitor of a number: none of them ends in 0 or 255.
pub fn visitor(number: i64) -> String {
    let net = if number % 2 == 0 { "192.0.2" } else { "203.0.113" };
    format!("{net}.{}", 1 + number.rem_euclid(250))
}

/// A log with 20 events in each hour from `from` to `until`.
pub fn log(from: i64, until: i64) -> String {
    log_of(from, until, |number, time| line(&visitor(number), time, "GET /polling-places HTTP/1.1", 200, 5_120, AGENT))
}

pub fn log_of(from: i64, until: i64, mut each: impl FnMut(i64, i64) -> String) -> String {
    let mut text = String::new();
    let mut number = 0;
    let mut time = from;
    while time < until {
        write!(text, "{}", each(number, time)).unwrap();
        number += 1;
        time += HOUR / 20;
    }
    text
}

/// The log of the whole period asked.
pub fn full_log() -> String {
    log(asked().0, asked().1)
}

pub fn is_not_seen(finding: Finding) -> bool {
    finding == Finding::NotSeen
}

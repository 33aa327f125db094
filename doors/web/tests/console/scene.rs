//! The loop's two ends: a hub with a published alert, and Arizona's node, which joined it and keeps a web log.

use ward_directory::{Organisation, OrganisationKind, Scope, Who, issue_token, own_organisation, permit};
use ward_policy::{Resource, Role, Verb};
use ward_share::alert::{AlertKey, DraftAlert, IndicatorDraft, draft, publish, sign};
use ward_stix::alert::Confidence;
use ward_stix::marking::Tlp;
use ward_store::{sequence, sign_checkpoint};
use ward_watch::source::{NewSource, SourceOptions, add_source};

use crate::browser::{Browser, client};
use crate::setup::{Office, PASSWORD};

const HOUR: i64 = 3_600_000_000;
pub const DAY: i64 = 24 * HOUR;
/// The address that the alert names.
const BAD: &str = "203.0.113.7";
/// What somebody could put in an alert to reach the readers' browsers.
pub const HEADLINE: &str = "=Doors are tried <script>alert(1)</script> & \"more\"";

/// Somebody at an office who has signed in.
pub async fn browser(office: &Office, name: &str) -> Browser {
    Browser::signed_in(&office.url, &format!("{name}@office.example"), PASSWORD).await
}

/// Names and texts of a scene.
pub struct Words {
    pub hub: &'static str,
    pub node: &'static str,
    pub members: [&'static str; 2],
    /// Analyst and director, who sign.
    pub signers: [&'static str; 2],
    pub headline: &'static str,
    pub step: &'static str,
    pub source: &'static str,
    /// The name of the log file.
    pub file: &'static str,
    /// The request line that the log has from the bad address.
    pub request: &'static str,
}

pub const WORDS: Words = Words {
    hub: "Test Hub",
    node: "Arizona Node",
    members: ["Arizona", "Illinois"],
    signers: ["Ana", "Dora"],
    headline: HEADLINE,
    step: "Tell us <b>what</b> you find.",
    source: "web <i>log</i>",
    file: "access.log",
    request: "GET /voters?id=1%27%20OR%201=1--",
};

pub struct Scene {
    words: &'static Words,
    pub hub: Office,
    pub node: Office,
    pub arizona: Organisation,
    pub illinois: Organisation,
    pub analyst: Who,
    pub director: Who,
    http: reqwest::Client,
}

impl Scene {
    pub async fn new() -> Scene {
        Scene::of(&WORDS).await
    }

    pub async fn of(words: &'static Words) -> Scene {
        Scene::at(Office::hub(words.hub).await, words).await
    }

    /// The scene at a hub that has nobody yet.
    pub async fn at(hub: Office, words: &'static Words) -> Scene {
        let [arizona, illinois] = words.members;
        let (arizona, illinois) = (hub.member(arizona, "AZ").await, hub.member(illinois, "IL").await);
        let [analyst, director] = words.signers;
        let analyst = hub.signer("ana", analyst, Role::Analyst).await;
        let director = hub.signer("dora", director, Role::Director).await;
        let node = Office::new(words.node, OrganisationKind::State).await;
        let http = client();
        let scene = Scene { words, hub, node, arizona, illinois, analyst, director, http };
        scene.join().await;
        scene
    }

    async fn join(&self) {
        let allowed = permit(&self.hub.admin, Verb::Create, Resource::Token, self.arizona.clone()).unwrap();
        let token = issue_token(&self.hub.here, &allowed, &[Scope::Join], 14).await.unwrap();
        let own = own_organisation(&self.node.here).await.unwrap();
        let allowed = permit(&self.node.admin, Verb::Create, Resource::Token, own).unwrap();
        ward_watch::hub::join(&self.node.here, &self.http, &allowed, &self.hub.url, &token).await.unwrap();
    }

    /// The alert as a draft, for both members.
    pub async fn draft(&self) -> AlertKey {
        self.draft_for(Tlp::Green, &[&self.arizona, &self.illinois]).await
    }

    pub async fn draft_for(&self, tlp: Tlp, recipients: &[&Organisation]) -> AlertKey {
        let now = self.hub.here.now();
        let new = DraftAlert {
            headline: self.words.headline.into(),
            who_must_act: "Whoever looks after your website".into(),
            steps: vec!["Call your IT person today.".into(), self.words.step.into()],
            confidence: Confidence::Moderate,
            why_different: "One office lost voter data this way.".into(),
            stops_mattering_at: now + 90 * DAY,
            tlp,
            search_from: now - 3 * DAY,
            search_until: now,
            indicators: vec![IndicatorDraft { pattern: format!("[ipv4-addr:value = '{BAD}']"), confirmed: true }],
            recipients: recipients.iter().map(|one| one.id.clone()).collect(),
            first_seen_at: None,
        };
        let create = permit(&self.analyst, Verb::Create, Resource::Alert, ()).unwrap();
        draft(&self.hub.here, &create, new).await.unwrap()
    }

    pub async fn publish(&self, key: &AlertKey) {
        for signer in [&self.analyst, &self.director] {
            sign(&self.hub.here, signer, key, PASSWORD).await.unwrap();
        }
        let allowed = permit(&self.analyst, Verb::Publish, Resource::Alert, ()).unwrap();
        publish(&self.hub.here, &allowed, key).await.unwrap();
    }

    /// Arizona's node reads a log of the last days in which the address stands once.
    pub async fn read_logs(&self) {
        let folder = self.node.here.folder.join("web");
        std::fs::create_dir_all(&folder).unwrap();
        let now = self.node.here.now();
        let mut text = String::new();
        for minute in (0..3 * 24 * 60).rev().step_by(10) {
            text.push_str(&line("192.0.2.44", now - minute * HOUR / 60, "GET /polling-places"));
        }
        text.push_str(&line(BAD, now - HOUR, self.words.request));
        std::fs::write(folder.join(self.words.file), text).unwrap();
        let path = folder.display().to_string();
        let new = NewSource { name: self.words.source.to_owned(), path, options: SourceOptions::default() };
        let allowed = permit(&self.node.admin, Verb::Create, Resource::Source, new).unwrap();
        add_source(&self.node.here, &allowed).await.unwrap();
        ward_watch::reading::read_sources(&self.node.here).await.unwrap();
    }

    /// Both offices do what they do by themselves, until there is nothing left to do.
    pub async fn rounds(&self) {
        for _ in 0..3 {
            for office in [&self.hub, &self.node] {
                while sequence(&office.here.store).await.unwrap() > 0 {}
                sign_checkpoint(&office.here.store, &office.here.log_key, office.here.now()).await.unwrap();
            }
            for (hub, result) in ward_watch::round::round(&self.node.here, &self.http).await.unwrap() {
                result.unwrap_or_else(|error| panic!("{}: {error}", hub.name));
            }
        }
    }
}

fn line(client: &str, at: i64, request: &str) -> String {
    let at = jiff::Timestamp::from_microsecond(at).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
    let time = at.strftime("%d/%b/%Y:%H:%M:%S +0000");
    format!("{client} - - [{time}] \"{request} HTTP/1.1\" 200 5120 \"-\" \"Mozilla/5.0\"\n")
}

//! Which fields the events of a source have, and so which kinds of indicator it could show.

use serde::{Deserialize, Serialize};

use crate::event::{Event, EventKind};
use crate::kinds::Kind;
use crate::lines::Format;

/// Share of an access log's requests that must name their host, in percent.
const NAMED_HOSTS_PERCENT: u64 = 95;
/// Share of an access log's lines that must have a place for the User-Agent, in percent: of the rest nobody knows.
const USER_AGENTS_PERCENT: u64 = 99;

/// How many events have which field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldCounts {
    /// All events.
    pub events: u64,
    /// Those with a request target.
    pub targets: u64,
    /// Those whose line names the host of the request, or a name of another kind (DNS, TLS).
    pub names: u64,
    /// Those whose target and host are both known, from the line or from the site's hosts that the owner named.
    pub urls: u64,
    /// Those with a file hash.
    pub hashes: u64,
    /// Those with a User-Agent, or of an access log with a place for one: some clients send none.
    pub user_agents: u64,
}

impl FieldCounts {
    /// Counts one event.
    pub fn add(&mut self, event: &Event<'_>) {
        let has_host = event.host.is_some();
        // In an access log the only other name is that of the client, where the server resolves addresses to names.
        let has_name = has_host || (event.kind != EventKind::Web && !event.hosts.is_empty());
        let has_url = event.target.is_some() && (has_host || event.site_hosts.is_some());
        self.events += 1;
        self.targets += u64::from(event.target.is_some());
        self.names += u64::from(has_name);
        self.urls += u64::from(has_url);
        self.hashes += u64::from(!event.hashes.is_empty());
        self.user_agents += u64::from(event.user_agent.is_some() || event.has_agent_column);
    }

    /// Adds the counts of another part of the same source.
    pub fn merge(&mut self, other: &Self) {
        self.events += other.events;
        self.targets += other.targets;
        self.names += other.names;
        self.urls += other.urls;
        self.hashes += other.hashes;
        self.user_agents += other.user_agents;
    }

    /// Whether a kind other than addresses could be seen; if not, the plain reason.
    pub(crate) fn could_show(&self, kind: Kind, format: Option<Format>) -> Result<(), String> {
        let is_access_log = format == Some(Format::Combined);
        let (has, reason) = match (kind, is_access_log) {
            (Kind::Address, _) => (true, ""),
            (Kind::Domain, true) => (
                is_share(self.names, self.events, NAMED_HOSTS_PERCENT),
                "the log does not say which host was asked: domains show only in Referers",
            ),
            (Kind::Url, true) => (
                is_share(self.urls, self.targets, NAMED_HOSTS_PERCENT),
                "the log does not say which host was asked: name the site's hosts, until then URLs show only in Referers",
            ),
            (Kind::UserAgent, true) => {
                (is_share(self.user_agents, self.events, USER_AGENTS_PERCENT), "the log does not keep user agents")
            }
            (Kind::Hash, true) => (false, "an access log keeps neither bodies nor files: file hashes never show in it"),
            (Kind::Domain, false) => (self.names > 0, "the log names no hosts"),
            (Kind::Url, false) => (self.urls > 0, "the log has no web requests with their hosts"),
            (Kind::UserAgent, false) => (self.user_agents > 0, "the log has no user agents"),
            (Kind::Hash, false) => (self.hashes > 0, "the log has no file hashes"),
        };
        if has { Ok(()) } else { Err(reason.to_owned()) }
    }
}

fn is_share(part: u64, whole: u64, at_least_percent: u64) -> bool {
    part > 0 && part * 100 >= whole * at_least_percent
}

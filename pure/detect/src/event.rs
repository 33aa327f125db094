//! One log line as Ward understands it, and the observables in it.
//!
//! An event borrows from its line wherever the log's own escaping allows it, so that an ordinary line costs no
//! allocation. Observables are in the normal form of [`ward_stix::normal`], the same as the terms of indicators, so
//! that equality of bytes is equality of meaning.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kinds::{Kind, Kinds};
use crate::normal;

/// Lists up to this length are compared pairwise for duplicates; longer ones are sorted first, since a line of a
/// megabyte may name tens of thousands of addresses.
const PAIRWISE: usize = 32;

/// What a log line tells of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// A request to a web server, or seen by a sensor.
    Web,
    /// A connection or flow.
    Flow,
    /// A DNS question or answer.
    Dns,
    /// A TLS handshake.
    Tls,
    /// A file seen on the wire.
    File,
    /// A sensor's alert or notice.
    Alert,
    /// Anything else that a sensor writes.
    #[default]
    Other,
}

/// One parsed log line. Text fields are bytes as logged after undoing the log's own escaping (`\"`, `\\`, `\xhh`,
/// `\t`, `\n`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event<'a> {
    /// Microseconds since 1970, UTC. The parsers always set it: a line without a time is rejected.
    pub time: Option<i64>,
    /// Who came, after the walk through trusted proxies; IPv4 is mapped. `None` where the log has a name, a mask or nothing.
    pub client: Option<u128>,
    /// The other end (EVE `dest_ip`, Zeek `id.resp_h`).
    pub server: Option<u128>,
    /// Every other address of the line: DNS answers, and hops to the left of the client, which nobody vouches for.
    pub more_addresses: Vec<u128>,
    /// Names that the line gives, as normalised domains: DNS names, TLS server name, the client where the log resolves
    /// addresses to names. The host of `target` and of `referer` are not repeated here; [`Event::observables`] adds them.
    pub hosts: Vec<Cow<'a, [u8]>>,
    /// The host of `target` as logged (with its port if that is logged), when the log has it.
    pub host: Option<Cow<'a, [u8]>>,
    /// The hosts that `target` may belong to, each once, when the line names none and the owner named the site's hosts.
    pub site_hosts: Option<Arc<[String]>>,
    /// The request's method.
    pub method: Option<Cow<'a, [u8]>>,
    /// Path and query as sent, undecoded; an absolute URL where the client sent one.
    pub target: Option<Cow<'a, [u8]>>,
    /// The answer's status.
    pub status: Option<u16>,
    /// Length of the answer in bytes, as the log counts it.
    pub bytes: Option<u64>,
    /// The Referer; `None` for `-` and the empty text.
    pub referer: Option<Cow<'a, [u8]>>,
    /// The User-Agent; `None` for `-` and the empty text.
    pub user_agent: Option<Cow<'a, [u8]>>,
    /// The line is of an access log that has a place for the User-Agent, whether or not the client sent one.
    pub has_agent_column: bool,
    /// File hashes, lower-case hexadecimal.
    pub hashes: Vec<Cow<'a, [u8]>>,
    /// What the line tells of.
    pub kind: EventKind,
}

/// Something in an event that an indicator's term can be equal to (an address may also lie in a network), in normal
/// form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Observable<'a> {
    /// An address as IPv6, IPv4 mapped.
    Address(u128),
    /// Lower case, no trailing dot.
    Domain(&'a [u8]),
    /// `host/path?query`.
    Url(&'a [u8]),
    /// Lower-case hexadecimal.
    Hash(&'a [u8]),
    /// The User-Agent as sent.
    UserAgent(&'a [u8]),
}

impl Event<'_> {
    /// Hands each distinct observable to `each`, once. `scratch` is a buffer to reuse between events.
    ///
    /// A request's URL is built only when its host is known: from the line, from an absolute target, or from the
    /// site's hosts that the owner named. The Referer counts as a URL and its host as a domain.
    pub fn observables(&self, scratch: &mut Vec<u8>, each: &mut impl FnMut(Observable<'_>)) {
        self.observables_of(Kinds::ALL, scratch, each);
    }

    /// As [`Event::observables`], for the wanted kinds only; the others are not built.
    pub fn observables_of(&self, wanted: Kinds, scratch: &mut Vec<u8>, each: &mut impl FnMut(Observable<'_>)) {
        if wanted.contains(Kind::Address) {
            self.each_address(each);
        }
        if wanted.contains(Kind::Domain) || wanted.contains(Kind::Url) {
            self.each_name(wanted, scratch, each);
        }
        if wanted.contains(Kind::Hash) {
            each_distinct(&self.hashes, &mut |hash| each(Observable::Hash(hash)));
        }
        if wanted.contains(Kind::UserAgent)
            && let Some(user_agent) = &self.user_agent
        {
            each(Observable::UserAgent(user_agent));
        }
    }

    /// The same event with its own copy of all text.
    pub fn into_owned(self) -> Event<'static> {
        let own = |text: Cow<'_, [u8]>| -> Cow<'static, [u8]> { Cow::Owned(text.into_owned()) };
        Event {
            time: self.time,
            client: self.client,
            server: self.server,
            more_addresses: self.more_addresses,
            hosts: self.hosts.into_iter().map(own).collect(),
            host: self.host.map(own),
            site_hosts: self.site_hosts,
            method: self.method.map(own),
            target: self.target.map(own),
            status: self.status,
            bytes: self.bytes,
            referer: self.referer.map(own),
            user_agent: self.user_agent.map(own),
            has_agent_column: self.has_agent_column,
            hashes: self.hashes.into_iter().map(own).collect(),
            kind: self.kind,
        }
    }

    fn each_address(&self, each: &mut impl FnMut(Observable<'_>)) {
        if let Some(client) = self.client {
            each(Observable::Address(client));
        }
        if let Some(server) = self.server
            && self.client != Some(server)
        {
            each(Observable::Address(server));
        }
        each_distinct(&self.more_addresses, &mut |address| {
            if Some(*address) != self.client && Some(*address) != self.server {
                each(Observable::Address(*address));
            }
        });
    }

    fn each_name(&self, wanted: Kinds, scratch: &mut Vec<u8>, each: &mut impl FnMut(Observable<'_>)) {
        let referer = self.referer.as_deref().and_then(normal::referer);
        if wanted.contains(Kind::Domain) {
            let asked = self.asked_domain();
            let referring = referer.as_ref().and_then(normal::Url::domain);
            each_distinct(&self.hosts, &mut |host| each(Observable::Domain(host)));
            let is_new = |name: &[u8]| !self.hosts.iter().any(|host| host.as_ref() == name);
            if let Some(asked) = asked.as_deref().filter(|name| is_new(name)) {
                each(Observable::Domain(asked));
            }
            if let Some(referring) = referring.as_deref().filter(|name| is_new(name) && asked.as_deref() != Some(name))
            {
                each(Observable::Domain(referring));
            }
        }
        if wanted.contains(Kind::Url) {
            self.each_url(referer.as_ref(), scratch, each);
        }
    }

    /// The domain that the request was for, whoever names it: the log, an absolute target, or a CONNECT's authority.
    fn asked_domain(&self) -> Option<Cow<'_, [u8]>> {
        if let Some(host) = &self.host {
            return normal::domain_of_authority(host);
        }
        let target = self.target.as_deref()?;
        if self.method.as_deref() == Some(b"CONNECT") {
            return normal::domain_of_authority(target);
        }
        if target.starts_with(b"/") {
            return None;
        }
        normal::referer(target)?.domain().map(|name| Cow::Owned(name.into_owned()))
    }

    fn each_url(
        &self,
        referer: Option<&normal::Url<'_>>,
        scratch: &mut Vec<u8>,
        each: &mut impl FnMut(Observable<'_>),
    ) {
        let mut referer_is_new = true;
        if let Some(target) = self.target.as_deref() {
            let mut hand_out = |host: Option<&[u8]>| {
                if normal::request_url(host, target, scratch) {
                    referer_is_new = referer_is_new && referer.is_none_or(|url| url.text() != scratch.as_slice());
                    each(Observable::Url(scratch));
                }
            };
            match &self.site_hosts {
                Some(hosts) if self.host.is_none() && target.starts_with(b"/") => {
                    hosts.iter().for_each(|host| hand_out(Some(host.as_bytes())));
                }
                _ => hand_out(self.host.as_deref()),
            }
        }
        if let Some(url) = referer.filter(|_| referer_is_new) {
            each(Observable::Url(url.text()));
        }
    }
}

/// Hands each distinct item to `each`; in the list's order if the list is short.
fn each_distinct<T: Ord>(items: &[T], each: &mut impl FnMut(&T)) {
    if items.len() <= PAIRWISE {
        for (position, item) in items.iter().enumerate() {
            if !items.iter().take(position).any(|earlier| earlier == item) {
                each(item);
            }
        }
        return;
    }
    let mut sorted: Vec<&T> = items.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.into_iter().for_each(each);
}

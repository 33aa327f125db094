//! The keys that events are indexed under, and that indicators are looked up by: one form for both.
//!
//! A key is a kind byte and the normal form: `a` and 16 bytes of address, `d` and the domain's labels in reverse,
//! `u` and host and path, `h` and the hash, `g` and the user agent. A URL with a query, and anything longer than
//! [`LONGEST_PLAIN`] bytes or a user agent with a question mark (it may hold a URL), is kept only as a keyed digest:
//! `q` for URLs, `w` for user agents.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use ward_detect::event::Observable;
use ward_stix::term::Term;

pub(crate) const ADDRESS: u8 = b'a';
const DOMAIN: u8 = b'd';
const URL: u8 = b'u';
const HASH: u8 = b'h';
const USER_AGENT: u8 = b'g';
const URL_DIGEST: u8 = b'q';
const USER_AGENT_DIGEST: u8 = b'w';
/// Longer texts are kept as digests, so that one line cannot fill the index.
const LONGEST_PLAIN: usize = 300;
const DIGEST_BYTES: usize = 16;

/// The archive's own secret: without it a digest cannot be tried against guessed URLs.
#[derive(Clone)]
pub struct DigestKey(Hmac<Sha256>);

impl std::fmt::Debug for DigestKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("DigestKey(secret)")
    }
}

impl DigestKey {
    /// From 32 random bytes, made once for an archive.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(<Hmac<Sha256> as KeyInit>::new(&hmac_block(secret)))
    }

    /// HMAC-SHA-256 over the kind and the normal form, cut to 16 bytes.
    pub(crate) fn digest(&self, kind: u8, normal_form: &[u8]) -> [u8; DIGEST_BYTES] {
        let full = self.0.clone().chain_update([kind]).chain_update(normal_form).finalize().into_bytes();
        let mut cut = [0; DIGEST_BYTES];
        for (to, from) in cut.iter_mut().zip(full) {
            *to = from;
        }
        cut
    }

    /// The digest that a URL with a query is kept as.
    pub(crate) fn url(&self, normal_form: &[u8]) -> [u8; DIGEST_BYTES] {
        self.digest(URL_DIGEST, normal_form)
    }
}

/// A key shorter than a block is filled with zeros (RFC 2104, section 2).
fn hmac_block(secret: &[u8; 32]) -> hmac::digest::Key<Hmac<Sha256>> {
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    for (to, from) in block.iter_mut().zip(secret) {
        *to = *from;
    }
    block
}

/// The keys of one event, in the order of its observables.
#[derive(Default)]
pub(crate) struct Keys {
    pub bytes: Vec<u8>,
    pub ends: Vec<usize>,
}

impl Keys {
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| self.bytes.get(start..*end).unwrap_or_default())
    }

    pub fn push(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
    }

    pub fn push_observable(&mut self, observable: Observable<'_>, digest_key: &DigestKey) {
        of_observable(observable, digest_key, &mut self.bytes);
        self.ends.push(self.bytes.len());
    }
}

/// Appends the key of an observable.
fn of_observable(observable: Observable<'_>, digest_key: &DigestKey, out: &mut Vec<u8>) {
    match observable {
        Observable::Address(address) => out.extend(of_address(address)),
        Observable::Domain(domain) => {
            out.push(DOMAIN);
            for (number, label) in domain.rsplit(|byte| *byte == b'.').enumerate() {
                if number > 0 {
                    out.push(b'.');
                }
                out.extend_from_slice(label);
            }
        }
        Observable::Url(url) => text(URL, URL_DIGEST, url, digest_key, out),
        Observable::Hash(hash) => {
            out.push(HASH);
            out.extend_from_slice(hash);
        }
        Observable::UserAgent(agent) => text(USER_AGENT, USER_AGENT_DIGEST, agent, digest_key, out),
    }
}

fn text(plain: u8, digested: u8, text: &[u8], digest_key: &DigestKey, out: &mut Vec<u8>) {
    if text.contains(&b'?') || text.len() > LONGEST_PLAIN {
        out.push(digested);
        out.extend(digest_key.digest(digested, text));
    } else {
        out.push(plain);
        out.extend_from_slice(text);
    }
}

/// The key of an address.
pub(crate) fn of_address(address: u128) -> [u8; 17] {
    let mut key = [ADDRESS; 17];
    for (to, from) in key.iter_mut().skip(1).zip(address.to_be_bytes()) {
        *to = from;
    }
    key
}

/// The address of an address's key.
pub(crate) fn address_of(key: &[u8]) -> Option<u128> {
    let (kind, rest) = key.split_first()?;
    let bytes: [u8; 16] = rest.try_into().ok()?;
    (*kind == ADDRESS).then(|| u128::from_be_bytes(bytes))
}

/// What a term is looked up by.
pub(crate) enum Wanted {
    /// One key.
    Key(Vec<u8>),
    /// Every address key from the first to the last.
    Range([u8; 17], [u8; 17]),
}

pub(crate) fn of_term(term: &Term, digest_key: &DigestKey) -> Wanted {
    let observable = match term {
        Term::Network { first, last } if first == last => Observable::Address(*first),
        Term::Network { first, last } => return Wanted::Range(of_address(*first), of_address(*last)),
        Term::Domain(text) => Observable::Domain(text.as_bytes()),
        Term::Url(text) => Observable::Url(text.as_bytes()),
        Term::Hash(text) => Observable::Hash(text.as_bytes()),
        Term::UserAgent(text) => Observable::UserAgent(text.as_bytes()),
    };
    let mut key = Vec::new();
    of_observable(observable, digest_key, &mut key);
    Wanted::Key(key)
}

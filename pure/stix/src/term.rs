//! What Ward can look for in a log: the exact terms that indicators and log observables are both reduced to.
//!
//! A term is equal to an observable or it is not; there are no substrings and no wildcards. The one exception is
//! a network, which contains addresses. The normal forms are made in [`crate::normal`].

use serde::{Deserialize, Serialize};

/// What an exact matcher can look for, in normal form (the form that log observables are normalised to as well).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Term {
    /// Addresses as IPv6 (IPv4 mapped to `::ffff:a.b.c.d`), first and last of the network, inclusive; a single
    /// address has `first == last`.
    Network {
        /// The lowest address.
        first: u128,
        /// The highest address.
        last: u128,
    },
    /// Lower case, no trailing dot, A-labels. The exact host, never its parents or children.
    Domain(String),
    /// `host/path?query` without scheme, user information, default port and fragment; see [`crate::normal::url`].
    Url(String),
    /// Lower-case hexadecimal; 32 characters are MD5, 40 SHA-1, 64 SHA-256, 128 SHA-512.
    Hash(String),
    /// The exact User-Agent text.
    UserAgent(String),
}

impl Term {
    /// The field's word for this kind of term: `address`, `network`, `domain`, `url`, `hash` or `user-agent`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Network { first, last } if first == last => "address",
            Self::Network { .. } => "network",
            Self::Domain(_) => "domain",
            Self::Url(_) => "url",
            Self::Hash(_) => "hash",
            Self::UserAgent(_) => "user-agent",
        }
    }

    /// The term as people write it: an address, a network as CIDR where it is one, else the text itself.
    pub fn text(&self) -> String {
        match self {
            Self::Network { first, last } => crate::normal::format_network(*first, *last),
            Self::Domain(text) | Self::Url(text) | Self::Hash(text) | Self::UserAgent(text) => text.clone(),
        }
    }
}

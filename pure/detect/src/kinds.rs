//! The kinds of observable that Ward knows, and sets of them.
//!
//! A matcher says which kinds it needs, so that an event does not build the others; the coverage of a log says which
//! kinds it could show at all.

use serde::{Deserialize, Serialize};
use ward_stix::term::Term;

/// One kind of observable. An address and a network are one kind, since both look at addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An IPv4 or IPv6 address.
    Address,
    /// A host name.
    Domain,
    /// `host/path?query`.
    Url,
    /// A file's hash.
    Hash,
    /// The User-Agent of a request.
    UserAgent,
}

impl Kind {
    /// Every kind, in a fixed order.
    pub const ALL: [Self; 5] = [Self::Address, Self::Domain, Self::Url, Self::Hash, Self::UserAgent];

    /// The kind of observable that a term is compared with.
    pub fn of(term: &Term) -> Self {
        match term {
            Term::Network { .. } => Self::Address,
            Term::Domain(_) => Self::Domain,
            Term::Url(_) => Self::Url,
            Term::Hash(_) => Self::Hash,
            Term::UserAgent(_) => Self::UserAgent,
        }
    }

    /// Plain words, plural: `addresses`, `domains`, `URLs`, `file hashes`, `user agents`.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Address => "addresses",
            Self::Domain => "domains",
            Self::Url => "URLs",
            Self::Hash => "file hashes",
            Self::UserAgent => "user agents",
        }
    }

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// A set of [`Kind`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kinds(u8);

impl Kinds {
    /// No kind.
    pub const NONE: Self = Self(0);
    /// Every kind.
    pub const ALL: Self = Self(0b1_1111);

    /// Adds one kind.
    pub fn insert(&mut self, kind: Kind) {
        self.0 |= kind.bit();
    }

    /// True if the kind is in the set.
    pub fn contains(self, kind: Kind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// True if no kind is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The kinds of the set in the order of [`Kind::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        let mut set = Self::NONE;
        for kind in kinds {
            set.insert(kind);
        }
        set
    }
}

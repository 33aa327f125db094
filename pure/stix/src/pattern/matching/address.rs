//! Sets of addresses for `ISSUBSET` and `ISSUPERSET` (STIX 2.1, section 9.6.1).

use crate::normal;

/// An address or a network of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    is_v6: bool,
    first: u128,
    last: u128,
}

/// Reads an address or a network in CIDR form; bits beyond the prefix do not count.
pub(super) fn read(text: &str) -> Option<Network> {
    normal::network(text).map(|(first, last)| Network { is_v6: text.contains(':'), first, last })
}

impl Network {
    /// Whether the other lies in it; one address and one network lie in themselves.
    pub(super) fn holds(self, other: Self) -> bool {
        self.is_v6 == other.is_v6 && self.first <= other.first && other.last <= self.last
    }
}

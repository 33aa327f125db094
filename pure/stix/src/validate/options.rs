//! What a full validation asks for. Checks of recommendations (SHOULD) have the names and numbers by which the OASIS
//! validator (oasis-open/cti-stix-validator) lets them be switched on and off; requirements (MUST) are always checked.

use std::collections::BTreeSet;

/// Numbers and names of the checks; where that validator documents no number, the number is ours. A group holds every
/// check of its range of numbers.
const CHECKS: [(u16, &str); 49] = [
    (101, "custom-prefix"),
    (102, "custom-prefix-lax"),
    (103, "uuid-check"),
    (111, "open-vocab-format"),
    (121, "kill-chain-names"),
    (141, "observable-object-keys"),
    (142, "observable-dictionary-keys"),
    (143, "malware-analysis-product"),
    (149, "windows-process-priority-format"),
    (150, "hash-length"),
    (201, "marking-definition-type"),
    (202, "relationship-types"),
    (203, "duplicate-ids"),
    (211, "attack-motivation"),
    (212, "attack-resource-level"),
    (213, "identity-class"),
    (214, "indicator-types"),
    (215, "industry-sector"),
    (216, "malware-types"),
    (218, "report-types"),
    (219, "threat-actor-types"),
    (220, "threat-actor-role"),
    (221, "threat-actor-sophistication"),
    (222, "tool-types"),
    (223, "region"),
    (225, "grouping-context"),
    (226, "implementation-languages"),
    (227, "infrastructure-types"),
    (228, "malware-result"),
    (229, "malware-capabilities"),
    (230, "processor-architecture"),
    (231, "indicator-pattern-types"),
    (241, "hash-algo"),
    (243, "windows-pebinary-type"),
    (244, "account-type"),
    (271, "mime-type"),
    (272, "protocols"),
    (273, "ipfix"),
    (274, "http-request-headers"),
    (275, "socket-options"),
    (276, "pdf-doc-info"),
    (277, "countries"),
    (301, "network-traffic-ports"),
    (302, "extref-hashes"),
    (303, "indicator-properties"),
    (304, "deprecated-properties"),
    (305, "extension-description"),
    (306, "extension-properties"),
    (401, "extensions-use"),
];

/// Groups of checks: number, name, the numbers from and to.
const GROUPS: [(u16, &str, u16, u16); 5] = [
    (0, "all", 0, u16::MAX),
    (1, "format-checks", 100, 199),
    (2, "approved-values", 200, 299),
    (210, "all-vocabs", 210, 269),
    (270, "all-external-sources", 270, 279),
];

/// What a validation asks for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Warnings make an object invalid too.
    pub strict: bool,
    /// Only types of the standard are allowed.
    pub strict_types: bool,
    /// Only properties of the standard are allowed.
    pub strict_properties: bool,
    checks: BTreeSet<&'static str>,
}

/// A name or number that no check has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither the name nor the number of a check")]
pub struct UnknownCheck(pub String);

impl Default for Options {
    fn default() -> Self {
        Self {
            strict: false,
            strict_types: false,
            strict_properties: false,
            checks: CHECKS.iter().map(|(_, name)| *name).collect(),
        }
    }
}

impl Options {
    /// With checks switched off and on, by names or numbers between commas. Where only some are switched on, all others
    /// are off; a check that is in both is on.
    pub fn with_checks(mut self, disabled: &str, enabled: &str) -> Result<Self, UnknownCheck> {
        let (off, on) = (named(disabled)?, named(enabled)?);
        self.checks = if off.is_empty() && !on.is_empty() {
            on
        } else {
            let all = CHECKS.iter().map(|(_, name)| *name);
            all.filter(|name| !off.contains(name) || on.contains(name)).collect()
        };
        Ok(self)
    }

    /// Whether a check is on.
    pub(super) fn asks(&self, check: &str) -> bool {
        self.checks.contains(check)
    }
}

fn named(list: &str) -> Result<BTreeSet<&'static str>, UnknownCheck> {
    let mut found = BTreeSet::new();
    for word in list.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let number = word.parse::<u16>().ok();
        let group = GROUPS.iter().find(|(code, name, ..)| *name == word || number == Some(*code));
        let (from, to) = match (group, CHECKS.iter().find(|(code, name)| *name == word || number == Some(*code))) {
            (Some((_, _, from, to)), _) => (*from, *to),
            (None, Some((code, _))) => (*code, *code),
            (None, None) => return Err(UnknownCheck(word.to_owned())),
        };
        found.extend(CHECKS.iter().filter(|(code, _)| (from..=to).contains(code)).map(|(_, name)| *name));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_switched_by_names_numbers_and_groups() {
        let options = |disabled, enabled| Options::default().with_checks(disabled, enabled);
        let asks = |disabled, enabled, check| options(disabled, enabled).unwrap().asks(check);
        assert!(asks("", "", "region"));
        assert!(!asks("223", "", "region"));
        assert!(!asks("2, 101", "", "region"));
        assert!(!asks("2, 101", "", "custom-prefix"));
        assert!(asks("2, 101", "", "uuid-check"));
        assert!(!asks("", "uuid-check", "region"));
        assert!(asks("all-vocabs", "region", "region"));
        assert!(!asks("all-vocabs", "region", "tool-types"));
        assert!(!asks("all", "", "extensions-use"));
        assert_eq!(options("", "abc").unwrap_err(), UnknownCheck("abc".to_owned()));
        assert_eq!(options("999", "").unwrap_err().to_string(), "`999` is neither the name nor the number of a check");
    }

    #[test]
    fn every_check_has_one_number_and_one_name() {
        let numbers: BTreeSet<u16> = CHECKS.iter().map(|(code, _)| *code).collect();
        let names: BTreeSet<&str> = CHECKS.iter().map(|(_, name)| *name).collect();
        assert_eq!((numbers.len(), names.len()), (CHECKS.len(), CHECKS.len()));
    }
}
